//! Objects of every shape through their lives: values known and unknown, changed, replaced, drifted, imported.

use serde_json::{Value, json};

use crate::workspace::Workspace;

const EVERY: &str = include_str!("shapes/every.tf");
const A: &str = include_str!("shapes/a.hcl").trim_ascii();
const B: &str = include_str!("shapes/b.hcl").trim_ascii();
const MEANING: &str = include_str!("shapes/meaning.tf");
const MEANING_RESPELLED: &str = include_str!("shapes/meaning_respelled.tf");

/// All values known in the plan.
fn known(values: &str, name: &str, capacity: u32) -> String {
    with(&format!("locals {{ v = {values} }}"), name, capacity)
}

/// All values known only after another object has changed.
fn late(values: &str, name: &str, capacity: u32) -> String {
    let late = "locals { v = terraform_data.v.output }";
    with(&format!("resource \"terraform_data\" \"v\" {{ input = {values} }}\n{late}"), name, capacity)
}

fn with(values: &str, name: &str, capacity: u32) -> String {
    let name = format!("variable \"name\" {{ default = {name:?} }}");
    format!("{values}\n{name}\nlocals {{ capacity = {capacity} }}\n{EVERY}")
}

pub(crate) fn every_shape_lives_through_every_change(workspace: &Workspace) {
    workspace.configure(&late(A, "elm", 5));
    workspace.apply([7, 0, 0]);
    as_the_first_values_say(workspace);

    // What was unknown is the same once it is known.
    workspace.configure(&known(A, "elm", 5));
    workspace.apply([0, 0, 1]);
    workspace.configure(&known(B, "elm", 6));
    workspace.apply([0, 6, 0]);
    workspace.configure(&late(A, "elm", 7));
    workspace.apply([1, 6, 0]);
    workspace.configure(&late(B, "elm", 8));
    workspace.apply([0, 7, 0]);

    // Another name and ground and plot, and less capacity; `meaning` alone stays.
    workspace.configure(&late(B, "chestnut", 3));
    let said = workspace.apply([5, 0, 5]);
    assert_eq!(said.matches("must be replaced").count(), 5, "{said}");

    // Behind Terraform's back: one object changes, one goes.
    let mut plain = workspace.book("plain-1");
    plain["flags"] = json!([]);
    plain["labels"]["more"] = json!("other");
    plain["open"] = json!({"type": "string", "value": "text"});
    workspace.put_book("plain-1", &plain);
    std::fs::remove_file(workspace.shelf().join("deep-1.json")).unwrap();
    let said = workspace.run(&["plan", "-refresh-only"]);
    assert!(
        said.contains("shapes_plain.it has changed") && said.contains("shapes_deep.it has been deleted"),
        "{said}"
    );
    workspace.apply([1, 1, 0]);

    workspace.run(&["destroy", "-auto-approve"]);
    assert_eq!(workspace.books(), [""; 0]);
}

/// What of the state no handler has just echoed, or what is easily lost on the way.
fn as_the_first_values_say(workspace: &Workspace) {
    let plain = workspace.state("shapes_plain.it");
    // Numbers as they are written, because reading them would round them.
    let stored = workspace.state_file();
    for number in
        ["12345678901234567890123.456789", "18446744073709551615", &format!("\"vast\": 1{:040},", 7)]
    {
        assert!(stored.contains(number), "{number}: {stored}");
    }
    assert_eq!(plain["fine"].to_string(), "0.1");
    assert_eq!(plain["open"], json!({"list": [1, "two", null], "deep": {"yes": true}}));
    assert_eq!(plain["boxed"], json!([{"list": [1, "two", null], "deep": {"yes": true}}]));
    assert_eq!(plain["sorted"], json!(["always", "north", "née"]));
    assert_eq!(plain["lines"], json!([[{"x": 1, "y": 7}, {"x": 7, "y": null}], []]));
    assert_eq!(plain["card"]["letters"][2], json!({"letter": "m"}));
    let deep = workspace.state("shapes_deep.it");
    let leaf = &deep["named"]["first"]["named"]["l"];
    assert_eq!((&leaf["length"], &leaf["veins"]["side"]["length"]), (&json!(5), &json!(7)), "{deep}");
    assert_eq!(
        deep["many"][1],
        json!({
            "label": "second", "title": "SECOND", "weight": 1, "code": null, "pin": null, "one": null,
            "many": [], "several": null, "named": null,
        })
    );
    assert_eq!(deep["passing"], Value::Null);
    let house = workspace.state("shapes_blocks.it");
    assert_eq!(house["door"], json!({"code": "north", "colour": "red", "pin": null}));
    assert_eq!(
        (&house["floor"][0]["steps"], &house["floor"][1]["height"]),
        (&json!(42), &json!(3)),
        "{house}"
    );
    assert_eq!(house["chest"]["content"]["list"], json!([1, "two", null]));
    assert_eq!(house["wing"]["south"], json!({"people": null}));
}

pub(crate) fn another_spelling_is_no_change(workspace: &Workspace) {
    workspace.configure(MEANING);
    workspace.apply([1, 0, 0]);
    // The remote side spells in its own way, and is not heard.
    let said = workspace.run(&["plan", "-refresh-only"]);
    assert!(said.contains("No changes."), "{said}");
    let before = workspace.state("shapes_meaning.it");
    let respelled = if cfg!(feature = "url") {
        MEANING_RESPELLED.to_owned()
    } else {
        // Without the type for it a link is mere text.
        MEANING_RESPELLED.replace("https://example.com:443/", "HTTPS://Example.com")
    };
    workspace.configure(&respelled);
    workspace.apply([0, 0, 0]);
    assert_eq!(workspace.state("shapes_meaning.it"), before);
}

pub(crate) fn every_shape_is_imported(workspace: &Workspace) {
    // Limits of time are nobody's but the configuration's, so no import gives them.
    let every = known(A, "elm", 5).replace("timeouts { create = \"20s\" }", "");
    workspace.configure(&every);
    workspace.apply([6, 0, 0]);
    let types = ["plain", "deep", "blocks", "meaning", "ruled"];
    let before = types.map(|name| workspace.state(&format!("shapes_{name}.it")));
    std::fs::remove_file(workspace.path("terraform.tfstate")).unwrap();
    let mut imports = "import {\n  to = shapes_named.it\n  id = \"elm/7\"\n}\n".to_owned();
    for name in types {
        imports += &format!("import {{\n  to = shapes_{name}.it\n  id = \"{name}-1\"\n}}\n");
    }
    workspace.configure(&format!("{every}\n{imports}"));
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("6 imported, 0 added, 0 changed, 0 destroyed"), "{said}");
    workspace.assert_no_changes();
    for (name, before) in types.into_iter().zip(before) {
        let after = workspace.state(&format!("shapes_{name}.it"));
        // Of what means something, an import can only know the remote side's spelling.
        if name != "meaning" {
            assert_eq!(after, before);
        }
    }
}

pub(crate) fn generated_configuration_applies_without_edits(workspace: &Workspace) {
    // Terraform writes no secrets into configurations, so this one has none.
    let every = known(A, "elm", 5);
    let every = every
        .replace("timeouts { create = \"20s\" }", "")
        .replace("    code = local.v.text\n", "")
        .replace("  code  = local.v.text\n", "")
        .replace(", sap = \"red\"", "")
        .replace(", veins = { only = { sap = local.v.text } }", "")
        .lines()
        .filter(|line| !["  passing", "    pin "].iter().any(|start| line.starts_with(start)))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("    pin   = local.v.other\n", "");
    workspace.configure(&every);
    workspace.apply([6, 0, 0]);
    std::fs::remove_file(workspace.path("terraform.tfstate")).unwrap();
    let mut imports = String::new();
    for name in ["plain", "deep", "blocks", "meaning"] {
        imports += &format!("import {{\n  to = shapes_{name}.it\n  id = \"{name}-1\"\n}}\n");
    }
    workspace.configure(&imports);
    workspace.run(&["plan", "-generate-config-out=generated.tf"]);
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("4 imported, 0 added, 0 changed, 0 destroyed"), "{said}");
    workspace.assert_no_changes();
}

pub(crate) fn an_ephemeral_value_reaches_settings_and_write_only_arguments(workspace: &Workspace) {
    let shelf = workspace.shelf();
    workspace.configure(&format!(
        r#"
        ephemeral "shapes_ticket" "t" {{ to = ["bath", "paris"] }}
        provider "shapes" {{
          alias  = "second"
          folder = {shelf:?}
          token  = ephemeral.shapes_ticket.t.code
        }}
        resource "shapes_ruled" "it" {{
          provider       = shapes.second
          north          = "n"
          salt           = "s"
          secret         = ephemeral.shapes_ticket.t.code
          secret_version = 3
        }}
        "#
    ));
    workspace.apply([1, 0, 0]);
    assert_eq!(workspace.state("shapes_ruled.it")["secret_length"], 3);
    assert!(workspace.log().contains(&"configured by to-bath-paris".to_owned()), "{:?}", workspace.log());
    assert!(!workspace.state_file().contains("to-bath"));
    workspace.run(&["destroy", "-auto-approve"]);
    workspace.configure(r#"ephemeral "shapes_ticket" "t" { to = ["nowhere"] }"#);
    let said = workspace.fail(&["plan"]);
    assert!(said.contains("Nobody goes nowhere."), "{said}");
}

pub(crate) fn functions_take_and_give_every_type(workspace: &Workspace) {
    workspace.configure(
        r#"
        resource "terraform_data" "late" { input = "late" }
        output "swapped" { value = provider::shapes::swap(["a", 12345678901234567890.5]) }
        output "total"   { value = provider::shapes::total(1, null, 2) }
        output "none"    { value = provider::shapes::total() }
        output "centre"  { value = provider::shapes::centre([{ x = 1, y = 2 }, { x = 3, y = null }]) }
        output "kinds" {
          value = [
            provider::shapes::kind({ a = [1, "b"] }), provider::shapes::kind(null),
            provider::shapes::kind(toset(["a"])), provider::shapes::kind(terraform_data.late.output),
          ]
        }
        "#,
    );
    let said = workspace.run(&["plan"]);
    assert!(said.contains("(known after apply)"), "{said}");
    workspace.run(&["apply", "-auto-approve"]);
    let outputs = workspace.outputs();
    assert_eq!(outputs["swapped"]["value"][1], "a");
    assert!(workspace.state_file().contains("12345678901234567890.5"), "{}", workspace.state_file());
    assert_eq!((&outputs["total"]["value"], &outputs["none"]["value"]), (&json!(3), &json!(0)));
    assert_eq!(outputs["centre"]["value"], json!({"x": 2, "y": 1}));
    assert_eq!(
        outputs["kinds"]["value"],
        json!(["object({a = tuple([number, string])})", "null", "set(string)", "string"])
    );
    workspace.configure("output \"t\" { value = provider::shapes::total(9223372036854775807, 1) }");
    let said = workspace.fail(&["plan"]);
    assert!(said.contains("The sum is too large."), "{said}");
}
