//! Plans by entry of nested attributes, in the hands of the real Terraform and of `Core`: the provider of `tests/office`.

use std::collections::BTreeSet;
use std::process::{Command, ExitCode};

use serde_json::{Value, json};
use tfplug::testing::{Core, Instance, unknown};

use crate::courier::run;
use crate::workspace::Workspace;

#[path = "../office/zone.rs"]
mod zone;

use zone::Zones;

pub(crate) fn main() -> ExitCode {
    tfplug::serve::<Zones>()
}

/// A zone in the hands of `Core`, beside the one of the real Terraform.
fn twin() -> Instance {
    Core::new::<Zones>().resource("zones_zone")
}

fn with(name: &str, value: Value) -> Value {
    let mut zone = json!({ "name": "Home", "records": { "a": { "text": "one" }, "b": { "text": "two" } } });
    zone[name] = value;
    zone
}

fn configure(workspace: &Workspace, arguments: &Value, more: &str) {
    let lines = arguments.as_object().unwrap().iter().map(|(name, value)| format!("  {name} = {value}\n"));
    let zone = format!("resource \"zones_zone\" \"it\" {{\n{}}}\n{more}", lines.collect::<String>());
    workspace.configure_all("", &zone);
}

/// The actions on the zone that Terraform plans, and what it plans the zone to be.
fn plan(workspace: &Workspace) -> (Value, Value) {
    workspace.run(&["plan", "-out=plan"]);
    let plan = workspace.json(&["show", "-json", "plan"]);
    let changes = plan["resource_changes"].as_array().unwrap();
    let change = &changes.iter().find(|change| change["address"] == "zones_zone.it").unwrap()["change"];
    (change["actions"].clone(), merge(&change["after"], &change["after_unknown"]))
}

/// What is planned, with the marker for what is unknown.
fn merge(after: &Value, unknowns: &Value) -> Value {
    match (after, unknowns) {
        (_, Value::Bool(true)) => unknown(),
        (Value::Object(after), Value::Object(unknowns)) => {
            let keys = after.keys().chain(unknowns.keys());
            let part = |key| {
                merge(after.get(key).unwrap_or(&Value::Null), unknowns.get(key).unwrap_or(&Value::Null))
            };
            Value::Object(keys.map(|key| (key.clone(), part(key))).collect())
        }
        (after, _) => after.clone(),
    }
}

/// Applies a configuration by both, and plans it once more. The actions, and the records as they were planned.
fn apply(workspace: &Workspace, twin: &mut Instance, arguments: &Value) -> (Value, Value) {
    configure(workspace, arguments, "");
    let (actions, planned) = plan(workspace);
    workspace.run(&["apply", "plan"]);
    workspace.assert_no_changes();
    let twins = run(twin.apply(arguments.clone()));
    run(twin.plan_is_empty());
    assert_eq!(planned, twins.plan().planned(), "Core, beside Terraform");
    assert_eq!(workspace.state("zones_zone.it"), twin.state(), "Core, beside Terraform");
    (actions, planned["records"].clone())
}

pub(crate) fn only_the_touched_entries_of_a_map_are_planned_anew(workspace: &Workspace) {
    let mut twin = twin();
    apply(workspace, &mut twin, &with("remark", json!(null)));
    let untouched =
        json!({ "id": "record-b", "text": "two", "ttl": 60, "length": 3, "width": 6, "etag": "two/60" });
    let mut change = |records| apply(workspace, &mut twin, &with("records", records));

    let (actions, records) = change(json!({ "a": { "text": "three" }, "b": { "text": "two" } }));
    assert_eq!(actions, json!(["update"]));
    let touched = json!({
        "id": "record-a", "text": "three", "ttl": 60, "length": 5, "width": unknown(), "etag": unknown(),
    });
    assert_eq!(records, json!({ "a": touched, "b": untouched }));

    let (actions, records) = change(json!({ "b": { "text": "two" }, "c": { "text": "new", "ttl": 9 } }));
    assert_eq!(actions, json!(["update"]));
    let new = json!({
        "id": unknown(), "text": "new", "ttl": 9, "length": 3, "width": unknown(), "etag": unknown(),
    });
    assert_eq!(records, json!({ "b": untouched, "c": new }));

    // A text that is known only after another object has changed.
    let mut late = with("records", json!({ "b": { "text": "two" } }));
    late["remark"] = json!("recheck");
    configure(workspace, &late, "");
    let main = std::fs::read_to_string(workspace.path("main.tf")).unwrap();
    let main = main.replace("\"two\"", "terraform_data.late.output");
    workspace
        .write("main.tf", &format!("{main}\nresource \"terraform_data\" \"late\" {{ input = \"four\" }}\n"));
    let (_, planned) = plan(workspace);
    assert_eq!(
        planned["records"]["b"],
        json!({
            "id": "record-b", "text": unknown(), "ttl": 60, "length": unknown(), "width": unknown(), "etag": unknown(),
        })
    );
    workspace.run(&["apply", "plan"]);
    workspace.assert_no_changes();
    assert_eq!(workspace.state("zones_zone.it")["records"]["b"]["length"], 4);

    configure(workspace, &with("records", json!({ "a": { "text": "o n e" } })), "");
    let said = workspace.fail(&["plan"]);
    assert!(said.contains("\"o n e\" has a space in it."), "{said}");
}

pub(crate) fn values_follow_what_plan_fills_in(workspace: &Workspace) {
    let mut twin = twin();
    apply(workspace, &mut twin, &with("remark", json!(null)));
    for config in [with("name", json!("HOME")), with("name", json!("Away")), with("remark", json!("recheck"))]
    {
        let (actions, _) = apply(workspace, &mut twin, &config);
        assert_eq!(actions, json!(["update"]));
    }
}

pub(crate) fn new_nested_objects_force_replacement(workspace: &Workspace) {
    let mut twin = twin();
    apply(workspace, &mut twin, &with("remark", json!(null)));
    let mirror = |region: Value| json!({ "host": "m", "region": region });
    let contact = |role: Value| json!([{ "who": "ada", "role": role }]);
    let record = json!({ "a": { "text": "one" }, "b": { "text": "two" }, "old": { "text": "one" } });
    let (update, replace) = (json!(["update"]), json!(["delete", "create"]));
    for (name, value, action) in [
        ("mirrors", json!([mirror(json!(null))]), &update),
        ("mirrors", json!([mirror(json!(null)), mirror(json!("north"))]), &replace),
        ("mirrors", json!([mirror(json!(null))]), &update),
        ("contacts", contact(json!(null)), &update),
        ("contacts", contact(json!("all")), &replace),
        ("contacts", json!([]), &update),
        ("records", record, &replace),
    ] {
        let (actions, _) = apply(workspace, &mut twin, &with(name, value.clone()));
        assert_eq!(actions, *action, "{name} = {value}");
    }
}

/// What each call noted: process, call, walk.
fn notes(log: &str) -> Vec<[&str; 3]> {
    log.lines().map(|line| line.split(' ').collect::<Vec<_>>().try_into().unwrap()).collect()
}

/// The processes and walks of one call, sorted.
fn of<'a>(notes: &[[&'a str; 3]], call: &str) -> Vec<(&'a str, &'a str)> {
    let mut found: Vec<_> =
        notes.iter().filter(|note| note[1] == call).map(|[process, _, walk]| (*process, *walk)).collect();
    found.sort_unstable();
    found
}

/// A zone that is about the variable `walk`.
const WALKED: &str = r#"
variable "walk" { type = string }
resource "zones_zone" "it" {
  name    = var.walk
  records = { a = { text = var.walk } }
}
"#;

/// Three runs of a test, each with its own values.
fn runs() -> String {
    let run = |name: &str| {
        format!(
            r#"
            run "{name}" {{
              variables {{ walk = "{name}" }}
              assert {{
                condition     = zones_zone.it.path == "{name}" && zones_zone.it.records.a.length == 3
                error_message = "The run has its own values."
              }}
            }}
            "#
        )
    };
    ["one", "two", "six"].map(run).concat()
}

pub(crate) fn runs_of_a_test_have_a_client_each(workspace: &Workspace) {
    let log = workspace.path("walks");
    let provider = format!("provider \"zones\" {{\n  walk = var.walk\n  log = {log:?}\n}}\n");
    workspace.configure_all("", &format!("{provider}{WALKED}"));
    workspace.write("walks.tftest.hcl", &runs());
    let said = workspace.run(&["test"]);
    assert!(said.contains("3 passed, 0 failed"), "{said}");

    let log = std::fs::read_to_string(log).unwrap();
    let notes = notes(&log);
    let walks = |call| of(&notes, call).into_iter().map(|(_, walk)| walk).collect::<BTreeSet<_>>();
    assert_eq!((walks("create"), walks("update")), (["one"].into(), ["two", "six"].into()), "{log}");
    assert_eq!(of(&notes, "delete").len(), 1, "{log}");
    assert_eq!(
        of(&notes, "configured"),
        of(&notes, "finished"),
        "each client has a last word, by the process that made it"
    );
}

/// A provider that the test itself configures: from 1.13 on one process then serves the walks of all runs.
pub(crate) fn runs_of_a_test_may_share_a_process(workspace: &Workspace) {
    let log = workspace.path("walks");
    workspace.configure_all("", WALKED);
    let provider = format!("provider \"zones\" {{\n  walk = \"all\"\n  log = {log:?}\n}}\n");
    workspace.write("walks.tftest.hcl", &(provider + &runs()));
    let said = workspace.run(&["test"]);
    assert!(said.contains("3 passed, 0 failed"), "{said}");

    let log = std::fs::read_to_string(log).unwrap();
    let notes = notes(&log);
    let changes = ["create", "update", "delete"].map(|call| of(&notes, call));
    assert_eq!(changes.each_ref().map(Vec::len), [1, 2, 1], "{log}");
    let processes: BTreeSet<_> = changes.iter().flatten().map(|(process, _)| process).collect();
    assert_eq!(processes.len(), if workspace.minor < 13 { 4 } else { 1 }, "{log}");
    assert_eq!(of(&notes, "configured"), of(&notes, "finished"), "{log}");
    assert_eq!(notes.last().unwrap()[1], "finished", "{log}");
}

/// A process that a person has started serves every walk, each with a configuration of its own. What one of them remembers
/// does not reach the next.
pub(crate) fn walks_of_one_process_share_nothing(workspace: &Workspace) {
    let log = workspace.path("walks");
    let provider = format!("provider \"zones\" {{\n  walk = var.walk\n  log = {log:?}\n}}\n");
    workspace.configure_all("", &format!("{provider}{WALKED}"));
    let (mut process, attach) = workspace.debug();
    for (walk, command) in [("one", "apply"), ("two", "apply"), ("two", "destroy")] {
        let variables = [("TF_REATTACH_PROVIDERS", attach.as_str()), ("TF_VAR_walk", walk)];
        workspace.run_with(&variables, &[command, "-auto-approve"]);
    }
    assert!(Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap().success());
    assert!(process.wait().unwrap().success());

    let log = std::fs::read_to_string(log).unwrap();
    let notes = notes(&log);
    let changes =
        ["create", "update", "delete"].map(|call| of(&notes, call).into_iter().map(|(_, walk)| walk));
    assert_eq!(changes.map(Vec::from_iter), [["one"], ["two"], ["two"]], "{log}");
    let processes: BTreeSet<_> = notes.iter().map(|[process, ..]| *process).collect();
    assert_eq!(processes, [process.id().to_string().as_str()].into(), "{log}");
    assert_eq!(of(&notes, "configured"), of(&notes, "finished"), "{log}");
    let mut has_planned = None;
    for [_, call, walk] in notes {
        match call {
            "configured" => has_planned = Some(false),
            "planned" => assert_eq!(has_planned.replace(true), Some(false), "{walk}: {log}"),
            "planned-again" => assert_eq!(has_planned, Some(true), "{walk}: {log}"),
            _ => {}
        }
    }
}

/// At the end of the process a client is dropped on the main thread. A panic there is no line of the log, but plain text on
/// standard error, which Terraform logs.
pub(crate) fn a_panic_on_the_main_thread_shows_no_secret(workspace: &Workspace) {
    workspace.configure_all(
        "",
        r#"
        provider "zones" { pin = 47114711 }
        resource "zones_zone" "it" {
          name    = "Home"
          records = {}
        }
        "#,
    );
    let said = workspace.run_with(&[("TF_LOG_PROVIDER", "TRACE")], &["plan"]);
    assert!(said.contains("panic: pin (sensitive) does not end it"), "{said}");
    assert!(!said.contains("47114711"), "{said}");
}
