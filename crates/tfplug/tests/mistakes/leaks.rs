//! Secrets that a handler copies where everybody sees them.

use expect_test::expect;
use serde_json::json;
use tfplug::{
    Args, ByName, Change, Computed, CreateCx, Cx, PlanCx, Resource, Result, Sensitive, State, Value,
    WriteOnly,
};

use crate::{Desk, Hasty, core};

/// A gate.
#[derive(Args, Clone)]
pub(crate) struct GateArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What opens it.
    pub code: Option<WriteOnly<String>>,
    /// What else opens it.
    pub key: Option<Sensitive<String>>,
}

#[derive(Computed)]
pub(crate) struct GateComputed {
    /// What the provider notes.
    #[attr(volatile)]
    pub notes: Vec<String>,
    /// What it notes in secret.
    #[attr(volatile)]
    pub secret: Option<Sensitive<String>>,
}

pub(crate) struct Gate;

fn answer(desk: &Desk, args: &GateArgs) -> GateComputed {
    let code = args.code.as_ref().and_then(WriteOnly::get).cloned();
    let key = args.key.as_ref().map(|key| key.expose().clone());
    let note = match () {
        () if desk.fails("code") => code.clone(),
        () if desk.fails("key") => key,
        () => Some(args.name.clone()),
    };
    GateComputed { notes: note.into_iter().collect(), secret: code.map(Sensitive::new) }
}

impl Resource for Gate {
    const NAME: &'static str = "gate";
    type Provider = Hasty;
    type Id = ByName;
    type Args = GateArgs;
    type Computed = GateComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let fails = cx.client.as_ref().is_some_and(|desk| desk.fails("plan"));
        if let (true, Value::Known(code)) = (fails, change.config(GateArgs::CODE)) {
            change.fill(GateComputed::NOTES, vec![code]);
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &GateArgs) -> Result<GateComputed> {
        Ok(answer(&cx.client, args))
    }

    async fn read(cx: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior.map(|prior| match cx.client.fails("read") {
            true => State {
                computed: GateComputed { notes: vec!["hunter2222".to_owned()], secret: None },
                ..prior
            },
            false => prior,
        }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ByName, _: &State<Self>, args: &GateArgs) -> Result<GateComputed> {
        Ok(answer(&cx.client, args))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_secret_that_is_stored_in_clear_is_refused() {
    for (fault, attribute) in [("code", "code"), ("key", "key"), ("plan", "code"), ("read", "key")] {
        let (desk, core) = core();
        let mut gate = core.resource("hasty_gate");
        if fault == "read" {
            gate.apply(json!({ "name": "n", "key": "hunter2222" })).await;
        }
        desk.fail(fault);
        let report = gate.try_apply(json!({ "name": "n", attribute: "hunter2222" })).await;
        let report = report.expect_err(fault).to_string();
        assert!(report.contains("notes[0]: ") && report.contains("not sensitive"), "{fault}: {report}");
        assert!(!report.contains("hunter2222"), "{report}");
    }
}

/// By chance, or because the configuration itself has it in clear.
#[tokio::test]
async fn what_need_not_be_a_secret_is_none() {
    let (desk, core) = core();
    desk.fail("code");
    core.resource("hasty_gate").apply(json!({ "name": "n", "code": "running" })).await;
    let (_, core) = crate::core();
    let config = json!({ "name": "hunter2222", "code": "hunter2222", "key": "hunter2222" });
    core.resource("hasty_gate").apply(config).await;
}

/// Where no test has found it, the practitioner hears of it.
#[tokio::test]
async fn the_provider_warns_of_a_secret_that_it_stores_in_clear() {
    let (desk, core) = core();
    desk.fail("code");
    let mut gate = core.resource("hasty_gate");
    let report = gate.try_apply(json!({ "name": "n", "code": "hunter2222" })).await.expect_err("a leak");
    expect![[r#"
        warning at notes[0]: The provider has a bug: it stores a secret in clear
          notes[0] of hasty_gate is not sensitive, and has the value of a sensitive or write-only argument. It is in the state, and in every output that shows the attribute. Change the secret, and please report this.
        error: Provider discloses a secret
          notes[0]: not sensitive, and it holds a sensitive or write-only value of the same object"#]].assert_eq(&report.to_string());
}
