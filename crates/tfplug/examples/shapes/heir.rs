//! `shapes_heir`: takes over the state of another resource type, with its private values and its identity.

use serde::Deserialize;
use tfplug::{Args, Computed, CreateCx, Cx, MoveCx, Moves, Resource, Result, State};

use super::Shapes;
use super::named::MADE_IN;
use super::store::ById;

/// An object that takes over another one.
#[derive(Args, Clone)]
pub(crate) struct HeirArgs {
    /// Any text.
    note: Option<String>,
}

/// What is computed.
#[derive(Computed, Clone)]
pub(crate) struct HeirComputed {
    /// Type and number, or the name of the object that it takes over.
    #[attr(keep)]
    id: String,
    /// The identity and the private value of the object that it takes over.
    #[attr(keep)]
    inherited: Option<String>,
}

/// The part of a `shapes_named` that the heir needs.
#[derive(Deserialize)]
struct Stored {
    id: String,
    note: Option<String>,
}

/// The part of the identity of a `shapes_named` that the heir needs.
#[derive(Deserialize)]
struct Region {
    region: String,
}

pub(crate) struct Heir;

impl Resource for Heir {
    const NAME: &'static str = "heir";
    type Provider = Shapes;
    type Id = ById;
    type Args = HeirArgs;
    type Computed = HeirComputed;

    async fn create(cx: &CreateCx<'_, Self>, _: &HeirArgs) -> Result<HeirComputed> {
        Ok(HeirComputed { id: cx.client.take(Self::NAME)?, inherited: None })
    }

    async fn read(cx: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        // The private value is still there at the read after the move.
        let kept = cx.private.get(&MADE_IN);
        Ok(prior.filter(|prior| prior.computed.inherited.is_none() || kept.is_some()))
    }

    async fn update(_: &Cx<'_, Self>, _: &ById, prior: &State<Self>, _: &HeirArgs) -> Result<HeirComputed> {
        Ok(prior.computed.clone())
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }

    fn moves() -> Moves<Self> {
        Moves::none().from_source("example/shapes", "shapes_named", 0, |cx: &MoveCx<'_>, old: Stored| {
            let region = cx.identity::<Region>()?.map_or("none".to_owned(), |identity| identity.region);
            let made_in = cx.source.get(&MADE_IN).unwrap_or_else(|| "nowhere".to_owned());
            Ok(State {
                args: HeirArgs { note: old.note },
                computed: HeirComputed { id: old.id, inherited: Some(format!("{region}, {made_in}")) },
            })
        })
    }
}
