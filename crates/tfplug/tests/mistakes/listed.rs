//! Secrets that a handler answers and speaks of at once. "Values of sensitive and write-only attributes are masked without a
//! word" (`Call::mask`).

use std::cell::Cell;

use serde_json::json;
use tfplug::schema::{Check, not_blank};
use tfplug::types::Sensitive;
use tfplug::{
    Args, ByName, CallCx, Change, Computed, CreateCx, Cx, List, ListSink, PlanCx, Resource, Result, State,
};

use crate::{Hasty, core};

/// Something with a token.
#[derive(Args)]
pub(crate) struct MintedArgs {
    /// Its name.
    #[attr(replace, check = counted())]
    pub name: String,
}

thread_local! {
    /// How often this thread has made the schema of [`MintedArgs`].
    static MADE: Cell<usize> = const { Cell::new(0) };
}

/// A check whose making counts that of the schema.
fn counted() -> Check {
    MADE.set(MADE.get() + 1);
    not_blank()
}

#[derive(Computed)]
pub(crate) struct MintedComputed {
    /// Its token.
    #[attr(keep)]
    pub token: Sensitive<String>,
}

/// All of them.
#[derive(Args)]
pub(crate) struct MintedFilter {
    /// How many there are: one, if nothing is said.
    pub number: Option<u32>,
}

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

    /// Saves what there is once for each letter of the name.
    async fn create(cx: &CreateCx<'_, Self>, args: &MintedArgs) -> Result<MintedComputed> {
        for _ in args.name.chars() {
            let args = MintedArgs { name: args.name.clone() };
            cx.checkpoint(&State { args, computed: minted("made-by-the-plan") });
        }
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

    async fn list(cx: &CallCx<'_, Hasty>, filter: &MintedFilter, sink: &ListSink<Self>) -> Result<()> {
        cx.warning("An odd token", "It is found-by-the-list.");
        for index in 0..filter.number.unwrap_or(1) {
            let name = format!("n{index}");
            let args = MintedArgs { name: name.clone() };
            let state = State { args, computed: minted("found-by-the-list") };
            sink.send("n\u{1b}[2J\nm", &ByName { name }, &state).await?;
        }
        Ok(())
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

/// How often the schema is made while this runs.
async fn made<T>(run: impl Future<Output = T>) -> usize {
    let before = MADE.get();
    run.await;
    MADE.get() - before
}

#[tokio::test]
async fn no_schema_is_made_for_each_object_of_a_list_and_for_each_checkpoint() {
    let (_, core) = core();
    let list = core.list("hasty_minted").include_resource();
    let few = made(list.query(json!({ "number": 1 }))).await;
    let many = made(list.query(json!({ "number": 50 }))).await;
    assert!(many <= few, "{many} for 50 objects, {few} for one");
    let (mut short, mut long) = (core.resource("hasty_minted"), core.resource("hasty_minted"));
    let few = made(short.apply(json!({ "name": "n" }))).await;
    let many = made(long.apply(json!({ "name": "n".repeat(50) }))).await;
    assert!(many <= few, "{many} for 50 checkpoints, {few} for one");
}
