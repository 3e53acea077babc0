//! The smallest provider: no arguments, no objects. Terraform could start it, read its schema and end it.

use tfplug::{Args, ConfigureCx, Provider, Registry, Result};

/// The variable that says what goes wrong: `panic` or `hang` in `configure`, `never` in `register`.
pub(crate) const MISBEHAVIOUR: &str = "EMPTY_MISBEHAVIOUR";

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
        match std::env::var(MISBEHAVIOUR).as_deref() {
            Ok("panic") => panic!("on purpose"),
            Ok("hang") => {
                tracing::info!(target: "process", "hanging");
                std::future::pending().await
            }
            _ => Ok(()),
        }
    }

    fn register(_: &mut Registry<Self>) {
        while std::env::var(MISBEHAVIOUR).is_ok_and(|misbehaviour| misbehaviour == "never") {
            std::thread::park();
        }
    }
}
