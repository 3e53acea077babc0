//! Rarer needs of a provider, each against the protocol as Terraform plays it: identities of several parts, waiting,
//! putting off, looking into what is only partly known, planning by entry.

mod badge;
mod desk;
mod identity;
mod waiting;
mod zone;
mod zones;

use tfplug::{Args, ConfigureCx, Provider, Registry, Result};

/// A provider without a cloud.
struct Office;

/// There is nothing to say.
#[derive(Args)]
struct NoArgs {}

impl Provider for Office {
    const NAME: &'static str = "office";
    const ADDRESS: &'static str = "example.com/demo/office";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = NoArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: NoArgs) -> Result<()> {
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<badge::Badge>().resource::<desk::Desk>();
    }
}
