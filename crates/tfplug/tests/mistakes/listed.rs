//! Secrets that a handler answers and speaks of at once. "Values of sensitive and write-only attributes are masked without a
//! word" (`Call::mask`).

use serde_json::json;
use tfplug::types::Sensitive;
use tfplug::{
    Args, ByName, CallCx, Change, Computed, CreateCx, Cx, List, ListSink, PlanCx, Resource, Result, State,
};

use crate::{Hasty, core};

/// Something with a token.
#[derive(Args)]
pub(crate) struct MintedArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
}

#[derive(Computed)]
pub(crate) struct MintedComputed {
    /// Its token.
    #[attr(keep)]
    pub token: Sensitive<String>,
}

/// All of them.
#[derive(Args)]
pub(crate) struct MintedFilter {}

pub(crate) struct Minted;

fn minted(token: &str) -> MintedComputed {
    MintedComputed { token: Sensitive::new(token.to_owned()) }
}

impl Resource for Minted {
    const NAME: &'static str = "minted";
    type Provider = Hasty;
    type Id = ByName;
    type Args = MintedArgs;
    type Computed = MintedComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if change.is_create() {
            change.fill(MintedComputed::TOKEN, Sensitive::new("made-by-the-plan".to_owned()));
            cx.warning("A new token", "It is made-by-the-plan.");
        }
        Ok(())
    }

    async fn create(_: &CreateCx<'_, Self>, _: &MintedArgs) -> Result<MintedComputed> {
        Ok(minted("made-by-the-plan"))
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &MintedArgs) -> Result<MintedComputed> {
        Ok(minted("made-by-the-plan"))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

impl List for Minted {
    type Filter = MintedFilter;

    async fn list(cx: &CallCx<'_, Hasty>, _: &MintedFilter, sink: &ListSink<Self>) -> Result<()> {
        cx.warning("An odd token", "It is found-by-the-list.");
        let state =
            State { args: MintedArgs { name: "n".to_owned() }, computed: minted("found-by-the-list") };
        sink.send("n\u{1b}[2J\nm", &ByName { name: "n".to_owned() }, &state).await
    }
}

#[tokio::test]
async fn what_a_list_finds_is_masked() {
    let (_, core) = core();
    let listed = core.list("hasty_minted").include_resource().query(json!({})).await;
    let report = listed.report().to_string();
    assert!(report.contains("It is (sensitive)."), "{report}");
}

#[tokio::test]
async fn a_terminal_sees_text_only_in_the_name_of_what_is_found() {
    let (_, core) = core();
    let listed = core.list("hasty_minted").query(json!({})).await;
    let names: Vec<&str> = listed.objects().iter().map(|object| object.display_name()).collect();
    assert_eq!(names, ["n[2J m"]);
}

#[tokio::test]
async fn what_a_plan_fills_in_is_masked() {
    let (_, core) = core();
    let plan = core.resource("hasty_minted").plan(json!({ "name": "n" })).await;
    let report = plan.report().to_string();
    assert!(report.contains("It is (sensitive)."), "{report}");
}
