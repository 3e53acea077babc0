//! States from elsewhere with limits.

use serde::Deserialize;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Moves, Resource, Result, State, Upgrades};

use crate::{Hasty, core};

/// Something that has grown.
#[derive(Args)]
#[args(version = 1, timeouts(update = "5m"))]
pub(crate) struct GrownArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
}

#[derive(Computed)]
pub(crate) struct GrownComputed {
    /// How large it is.
    #[attr(keep)]
    pub size: i64,
}

#[derive(Deserialize)]
struct GrownV0 {
    name: String,
    size: i64,
}

pub(crate) struct Grown;

fn grown(old: GrownV0) -> Result<State<Grown>> {
    Ok(State { args: GrownArgs { name: old.name }, computed: GrownComputed { size: old.size } })
}

impl Resource for Grown {
    const NAME: &'static str = "grown";
    type Provider = Hasty;
    type Id = ByName;
    type Args = GrownArgs;
    type Computed = GrownComputed;

    async fn create(_: &CreateCx<'_, Self>, _: &GrownArgs) -> Result<GrownComputed> {
        Ok(GrownComputed { size: 1 })
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &GrownArgs) -> Result<GrownComputed> {
        Ok(GrownComputed { size: 1 })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, grown)
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("demo/hasty", "hasty_seed", 0, grown)
    }
}

#[tokio::test]
async fn limits_are_carried_over_by_a_move_as_by_an_upgrade() {
    let (_, core) = core();
    let stored = r#"{"name":"n","size":1,"timeouts":{"update":"7m"}}"#;
    let mut grown = core.resource("hasty_grown");
    grown.try_upgrade(0, stored).await.expect("upgraded");
    assert_eq!(grown.state()["timeouts"]["update"], "7m");
    let mut grown = core.resource("hasty_grown");
    grown.try_move("example.com/demo/hasty", "hasty_seed", 0, stored).await.expect("moved");
    assert_eq!(grown.state()["timeouts"]["update"], "7m");
}
