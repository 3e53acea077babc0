//! A field called `timeouts` of a struct without the option `timeouts(…)`: it is the provider's own.

use serde::Deserialize;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Moves, Resource, Result, State, Upgrades};

use crate::{Hasty, core};

/// A lock.
#[derive(Args)]
#[args(version = 1)]
pub(crate) struct LockArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// After how many seconds it gives up, try by try.
    pub timeouts: Option<Vec<i64>>,
}

#[derive(Computed)]
pub(crate) struct LockComputed {}

#[derive(Deserialize)]
struct LockV0 {
    name: String,
    timeouts: String,
}

pub(crate) struct Lock;

fn lock(old: LockV0) -> Result<State<Lock>> {
    let timeouts = old.timeouts.split(',').map(str::parse).collect::<Result<_, _>>()?;
    Ok(State { args: LockArgs { name: old.name, timeouts: Some(timeouts) }, computed: LockComputed {} })
}

impl Resource for Lock {
    const NAME: &'static str = "lock";
    type Provider = Hasty;
    type Id = ByName;
    type Args = LockArgs;
    type Computed = LockComputed;

    async fn create(_: &CreateCx<'_, Self>, _: &LockArgs) -> Result<LockComputed> {
        Ok(LockComputed {})
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &LockArgs) -> Result<LockComputed> {
        Ok(LockComputed {})
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, lock)
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("demo/hasty", "hasty_bolt", 0, lock)
    }
}

#[tokio::test]
async fn what_an_upgrade_or_a_move_makes_of_it_counts() {
    let (_, core) = core();
    let stored = r#"{"name":"n","timeouts":"1,2"}"#;
    let mut lock = core.resource("hasty_lock");
    lock.try_upgrade(0, stored).await.expect("upgraded");
    assert_eq!(lock.state()["timeouts"], serde_json::json!([1, 2]));
    let mut lock = core.resource("hasty_lock");
    lock.try_move("example.com/demo/hasty", "hasty_bolt", 0, stored).await.expect("moved");
    assert_eq!(lock.state()["timeouts"], serde_json::json!([1, 2]));
}
