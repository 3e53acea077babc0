//! Plans by entry of nested attributes, in the hands of the real Terraform and of `Core`: the provider of `tests/office`.

use std::process::ExitCode;

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

/// Whether one process serves several walks, as it may, or each walk has its own.
pub(crate) fn runs_of_a_test_have_a_client_each(workspace: &Workspace) {
    let log = workspace.path("walks");
    workspace.configure_all(
        "",
        &format!(
            r#"
            variable "walk" {{ type = string }}
            provider "zones" {{
              walk = var.walk
              log  = {log:?}
            }}
            resource "zones_zone" "it" {{
              name    = var.walk
              records = {{ a = {{ text = var.walk }} }}
            }}
            "#
        ),
    );
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
    workspace.write("walks.tftest.hcl", &["one", "two", "six"].map(run).concat());
    let said = workspace.run(&["test"]);
    assert!(said.contains("3 passed, 0 failed"), "{said}");

    let log = std::fs::read_to_string(log).unwrap();
    let of = |call: &str| -> Vec<(&str, &str)> {
        let calls = log.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        calls.filter(|line| line[1] == call).map(|line| (line[0], line[2])).collect()
    };
    let walks = |call: &str| of(call).into_iter().map(|(_, walk)| walk).collect::<Vec<_>>();
    assert_eq!((walks("create"), walks("update")), (vec!["one"], vec!["two", "six"]), "{log}");
    assert_eq!(walks("delete").len(), 1, "{log}");
    let (mut configured, mut finished) = (of("configured"), of("finished"));
    configured.sort_unstable();
    finished.sort_unstable();
    assert_eq!(configured, finished, "each client has a last word, by the process that made it");
}
