//! The smallest provider: no arguments, no objects. Terraform could start it, read its schema and end it.

use tfplug::{Args, ConfigureCx, Objects, Provider, Result};

pub(crate) struct Empty;

/// A provider that has nothing to offer.
#[derive(Args)]
pub(crate) struct EmptyArgs {}

impl Provider for Empty {
    const NAME: &'static str = "empty";
    const ADDRESS: &'static str = "registry.terraform.io/example/empty";
    const VERSION: &'static str = "0.1.0";
    const LOG_TARGETS: &'static [&'static str] = &["process"];
    type Args = EmptyArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: EmptyArgs) -> Result<()> {
        Ok(())
    }

    fn register(_: &mut Objects<Self>) {}
}
