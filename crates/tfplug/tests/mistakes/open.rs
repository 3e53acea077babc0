//! Values of open type. Terraform knows whether `["a"]` is a list, a set or a tuple, and a remote side that speaks JSON does not.

use serde_json::json;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Dynamic, Resource, Result, State};

use crate::{Hasty, core};

/// A memo.
#[derive(Args)]
pub(crate) struct MemoArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What it says.
    pub body: Option<Dynamic>,
}

#[derive(Computed)]
pub(crate) struct MemoComputed {
    /// Another one at each update.
    #[attr(volatile)]
    pub revision: i64,
}

pub(crate) struct Memo;

impl Resource for Memo {
    const NAME: &'static str = "memo";
    type Provider = Hasty;
    type Id = ByName;
    type Args = MemoArgs;
    type Computed = MemoComputed;

    async fn create(_: &CreateCx<'_, Self>, _: &MemoArgs) -> Result<MemoComputed> {
        Ok(MemoComputed { revision: 1 })
    }

    /// As out of JSON.
    async fn read(_: &Cx<'_, Self>, id: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let body = Some(Dynamic::List(vec!["b".into(), "a".into()]));
        let revision = prior.map_or(1, |prior| prior.computed.revision);
        Ok(Some(State {
            args: MemoArgs { name: id.name.clone(), body },
            computed: MemoComputed { revision },
        }))
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, prior: &State<Self>, _: &MemoArgs) -> Result<MemoComputed> {
        Ok(MemoComputed { revision: prior.computed.revision + 1 })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

/// The state has what `tolist(…)` or a variable of type `list(string)` gave, the configuration a tuple of the same elements.
#[tokio::test]
async fn another_type_of_the_same_elements_is_no_change() {
    for ty in ["list", "set"] {
        let (_, core) = core();
        let mut memo = core.without_refresh().resource("hasty_memo");
        let stored =
            json!({ "name": "n", "revision": 1, "body": { "value": ["b", "a"], "type": [ty, "string"] } });
        memo.upgrade(0, stored.to_string()).await;
        let plan = memo.plan(json!({ "name": "n", "body": ["b", "a"] })).await;
        assert!(plan.is_empty(), "{ty}: {:?}", plan.changed());
    }
}
