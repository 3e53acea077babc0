//! An example provider of which every attribute shape is some object's: what `library.rs` leaves out to be short.
//!
//! Its objects do nothing but remember what they were told, one JSON file each, and answer with the same in another
//! form. The conformance tests (`tests/conformance/`) drive it with the real Terraform; look here for how a shape is
//! declared.

mod blocks;
mod deep;
mod heir;
mod kinds;
mod meaning;
mod named;
mod plain;
mod ruled;
mod slow;
mod store;

use std::process::ExitCode;

use store::Shaped;
pub(crate) use store::Shelf;
use tfplug::{Args, ConfigureCx, Provider, Registry, Result, Sensitive};

pub(crate) fn main() -> ExitCode {
    tfplug::serve::<Shapes>()
}

/// Objects of every shape, remembered in a folder.
#[derive(Args)]
pub(crate) struct ShapesArgs {
    /// Folder that remembers them; the current one by default.
    #[attr(env = "SHAPES_FOLDER")]
    folder: Option<String>,
    /// Who asks, as an ephemeral value may say it.
    token: Option<Sensitive<String>>,
}

/// The provider.
pub(crate) struct Shapes;

impl Provider for Shapes {
    const NAME: &'static str = "shapes";
    const ADDRESS: &'static str = "registry.terraform.io/example/shapes";
    const VERSION: &'static str = "0.0.1";
    const LOG_TARGETS: &'static [&'static str] = &["shapes"];

    type Args = ShapesArgs;
    type Client = Shelf;

    async fn configure(_: &ConfigureCx<'_>, args: ShapesArgs) -> Result<Shelf> {
        let shelf = Shelf::new(args.folder.unwrap_or_else(|| ".".to_owned()));
        if let Some(token) = &args.token {
            shelf.note(&format!("configured by {}", token.expose()))?;
        }
        Ok(shelf)
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<Shaped<plain::Plain>>()
            .resource::<Shaped<deep::Deep>>()
            .resource::<Shaped<blocks::Blocks>>()
            .resource::<Shaped<meaning::Meaning>>()
            .resource::<Shaped<ruled::Ruled>>()
            .resource::<slow::Slow>()
            .resource::<named::Named>()
            .resource::<heir::Heir>()
            .list_resource::<named::Named>()
            .data_source::<kinds::Mirror>()
            .ephemeral_resource::<kinds::Ticket>()
            .action::<kinds::Announce>()
            .function::<kinds::Swap>()
            .function::<kinds::Total>()
            .function::<kinds::Kind>()
            .function::<kinds::Centre>();
    }
}
