//! Secrets that a handler copies where everybody sees them.

use std::collections::BTreeMap;

use expect_test::expect;
use serde_json::json;
use tfplug::{
    Args, ByName, CallCx, Change, Computed, CreateCx, Cx, DataSource, PlanCx, Resource, Result, Sensitive,
    State, Value, WriteOnly,
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
    /// What is typed in.
    pub pin: Option<Sensitive<i64>>,
    /// Where it is.
    pub spot: Option<Sensitive<Spot>>,
}

/// A spot that nobody may know.
#[derive(Args, Clone)]
pub(crate) struct Spot {
    /// Its port.
    pub port: i64,
}

#[derive(Computed)]
pub(crate) struct GateComputed {
    /// What the provider notes.
    #[attr(volatile)]
    pub notes: Vec<String>,
    /// What it notes in secret.
    #[attr(volatile)]
    pub secret: Option<Sensitive<String>>,
    /// What it notes by name.
    #[attr(volatile)]
    pub labels: BTreeMap<String, String>,
    /// What it counts.
    #[attr(volatile)]
    pub tally: Option<i64>,
    /// What it notes by room.
    #[attr(volatile)]
    pub rooms: BTreeMap<String, Room>,
}

#[derive(Computed)]
pub(crate) struct Room {
    /// What it notes there.
    #[attr(volatile)]
    pub note: Option<String>,
    /// What is written on it.
    #[attr(volatile)]
    pub labels: BTreeMap<String, String>,
}

pub(crate) struct Gate;

fn answer(desk: &Desk, args: &GateArgs) -> GateComputed {
    let code = args.code.as_ref().and_then(WriteOnly::get).cloned();
    let key = args.key.as_ref().map(|key| key.expose().clone());
    let note = match () {
        () if desk.fails("code") => code.clone(),
        () if desk.fails("key") => key.clone(),
        () => Some(args.name.clone()),
    };
    let label = key.clone().filter(|_| desk.fails("label"));
    let twice = key.clone().filter(|_| desk.fails("label twice")).map(|key| (key.clone(), key));
    let room = key.filter(|_| desk.fails("room")).map(|key| {
        let labels = BTreeMap::from([("x".to_owned(), key.clone()), (key.clone(), "x".to_owned())]);
        (key.clone(), Room { note: Some(key), labels })
    });
    let spot = args.spot.as_ref().map(Sensitive::expose);
    let tally = match () {
        () if desk.fails("pin") => args.pin.as_ref().map(|pin| *pin.expose()),
        () if desk.fails("port") => spot.map(|spot| spot.port),
        () => None,
    };
    GateComputed {
        notes: note.into_iter().collect(),
        secret: code.map(Sensitive::new),
        labels: label.into_iter().map(|label| (label, "x".to_owned())).chain(twice).collect(),
        tally,
        rooms: room.into_iter().collect(),
    }
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
                computed: GateComputed { notes: vec!["hunter2222".to_owned()], ..prior.computed },
                args: prior.args,
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

/// The key itself is in no text about it.
#[tokio::test]
async fn a_secret_key_of_a_map_and_a_secret_number_are_refused_in_clear() {
    for (fault, attribute, value, place) in [
        ("label", "key", json!("hunter2222"), "labels"),
        ("label twice", "key", json!("hunter2222"), "labels"),
        ("room", "key", json!("hunter2222"), "rooms"),
        ("pin", "pin", json!(471_147), "tally"),
    ] {
        let (desk, core) = core();
        desk.fail(fault);
        let config = json!({ "name": "n", attribute: value });
        let report = core.resource("hasty_gate").try_apply(config).await.expect_err(fault).to_string();
        let warning = format!("warning at {place}: The provider has a bug: it stores a secret in clear");
        assert!(report.contains(&warning), "{fault}: {report}");
        assert_eq!(report.matches("stores a secret in clear").count(), 1, "{fault}: {report}");
        assert!(report.contains(&format!("{place}: not sensitive, and it holds")), "{fault}: {report}");
        assert!(!report.contains("hunter2222") && !report.contains("471147"), "{report}");
    }
}

/// A short or round number is one like any other, and so is one of several in a sensitive object.
#[tokio::test]
async fn a_number_that_equals_another_by_chance_is_no_secret() {
    for (fault, attribute, value) in [
        ("pin", "pin", json!(4711)),
        ("pin", "pin", json!(3_600_000)),
        ("port", "spot", json!({ "port": 5432 })),
        ("port", "spot", json!({ "port": 543_254 })),
    ] {
        let (desk, core) = core();
        desk.fail(fault);
        core.resource("hasty_gate").apply(json!({ "name": "n", attribute: value })).await;
    }
}

/// A lookup.
#[derive(Args)]
pub(crate) struct LookupArgs {
    /// What opens it.
    pub key: Sensitive<String>,
    /// What is looked for.
    pub term: Option<String>,
}

#[derive(Computed)]
#[computed(data)]
pub(crate) struct LookupComputed {
    /// Where it was looked for.
    pub url: String,
}

pub(crate) struct Lookup;

impl DataSource for Lookup {
    const NAME: &'static str = "lookup";
    type Provider = Hasty;
    type Args = LookupArgs;
    type Computed = LookupComputed;

    async fn read(_: &CallCx<'_, Hasty>, args: &LookupArgs) -> Result<LookupComputed> {
        Ok(LookupComputed { url: args.key.expose().clone() })
    }
}

#[tokio::test]
async fn a_data_source_shows_no_secret_either() {
    let (_, core) = core();
    let lookup = core.data_source("hasty_lookup");
    let report = lookup.try_read(json!({ "key": "hunter2222" })).await.expect_err("a leak");
    expect![[r#"
        warning at url: The provider has a bug: it stores a secret in clear
          url of hasty_lookup is not sensitive, and has the value of a sensitive or write-only argument. It is in the state, and in every output that shows the attribute. Change the secret, and please report this.
        error: Provider discloses a secret
          url: not sensitive, and it holds a sensitive or write-only value of the same object"#]].assert_eq(&report.to_string());
    lookup.read(json!({ "key": "hunter2222", "term": "hunter2222" })).await;
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
