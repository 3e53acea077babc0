//! A create that is given up after its deadline, of which nothing is known.

use serde_json::json;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Resource, Result, State};

use crate::{Hasty, core};

/// Something slow.
#[derive(Args)]
pub(crate) struct SlowArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
}

#[derive(Computed)]
pub(crate) struct SlowComputed {}

pub(crate) struct Slow;

impl Resource for Slow {
    const NAME: &'static str = "slow";
    type Provider = Hasty;
    type Id = ByName;
    type Args = SlowArgs;
    type Computed = SlowComputed;

    /// The request is sent, and its answer never comes.
    async fn create(cx: &CreateCx<'_, Self>, _: &SlowArgs) -> Result<SlowComputed> {
        cx.client.note("sent");
        std::future::pending().await
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &SlowArgs) -> Result<SlowComputed> {
        Ok(SlowComputed {})
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_given_up_promises_nothing_of_the_next_plan() {
    let (_, core) = core();
    let mut slow = core.resource("hasty_slow");
    let report = slow.try_apply(json!({ "name": "n" })).await.expect_err("given up").to_string();
    assert_eq!(slow.state(), json!(null), "the state knows nothing of it");
    assert!(!report.contains("the next plan shows what is there"), "{report}");
}
