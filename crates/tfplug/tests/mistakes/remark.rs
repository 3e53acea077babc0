//! `Provider::remark`: "What there is to say about how a call went, asked after each".

use serde_json::json;
use tfplug::testing::Core;
use tfplug::{
    Args, ByName, Change, Computed, ConfigureCx, CreateCx, Cx, Diagnostic, PlanCx, Provider, Registry,
    Resource, Result, State,
};

struct Chatty;

impl Provider for Chatty {
    const ADDRESS: &'static str = "example.com/demo/chatty";
    const VERSION: &'static str = "0.0.0";
    type Args = ();
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: ()) -> Result<()> {
        Ok(())
    }

    fn remark(_: &()) -> Option<Diagnostic> {
        Some(Diagnostic::warning("It took long", "The other side was busy."))
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Talk>();
    }
}

/// A talk.
#[derive(Args)]
struct TalkArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
}

#[derive(Computed)]
struct TalkComputed {}

struct Talk;

impl Resource for Talk {
    const NAME: &'static str = "talk";
    type Provider = Chatty;
    type Id = ByName;
    type Args = TalkArgs;
    type Computed = TalkComputed;

    async fn plan(cx: &PlanCx<'_, Self>, _: &mut Change<'_, Self>) -> Result<()> {
        assert!(cx.client.is_some(), "it asks the other side, and waits");
        Ok(())
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, _: &State<Self>) -> Result<()> {
        cx.warning("Think twice", "It is gone then.");
        Ok(())
    }

    async fn create(_: &CreateCx<'_, Self>, _: &TalkArgs) -> Result<TalkComputed> {
        Ok(TalkComputed {})
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &TalkArgs) -> Result<TalkComputed> {
        Ok(TalkComputed {})
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_plan_is_remarked_on_as_every_other_call() {
    let mut talk = Core::new::<Chatty>().resource("chatty_talk");
    let plan = talk.plan(json!({ "name": "n" })).await;
    assert!(plan.report().to_string().contains("It took long"), "{}", plan.report());
    talk.apply(json!({ "name": "n" })).await;
    let plan = talk.try_plan_destroy().await.expect("a plan").expect("an object");
    assert!(plan.report().to_string().contains("It took long"), "{}", plan.report());
}
