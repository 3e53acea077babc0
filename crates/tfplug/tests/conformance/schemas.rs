//! What Terraform and practitioners get to know of schemas: shapes, rules, deprecation.

use expect_test::expect_file;
use serde_json::Value;
use tfplug::testing::Core;

use crate::shapes::Shapes;
use crate::workspace::Workspace;

pub(crate) fn every_broken_rule_is_named_at_once(workspace: &Workspace) {
    workspace.configure(
        r#"
        resource "shapes_ruled" "it" {
          red      = "r"
          green    = "g"
          north    = "n"
          south    = "s"
          user     = "u"
          name     = "far too long"
          capacity = 101
          ways     = [{ key = "k", bell = "b" }]
        }
        resource "shapes_plain" "it" {
          name    = "n"
          small   = 2147483648
          natural = -1
          size    = "medium"
          words   = ["a", null]
          labels  = { k = null }
          primes  = [2, null]
          lines   = [[{ x = null, y = 1 }, null]]
        }
        resource "shapes_meaning" "it" {
          document  = "{"
          wait      = "soon"
          at        = "tomorrow"
          address   = "300.0.0.1"
          network   = "10.1.2.3/8"
          key       = "1"
          documents = ["[]", "]"]
        }
        resource "shapes_blocks" "it" {
          door {}
          floor {}
          floor {}
          floor {}
          floor {}
        }
        "#,
    );
    let said = workspace.fail(&["validate"]);
    for text in [
        "At most one of `red` and `green` can be given.",
        "Exactly one of `north` and `south` must be given.",
        "At least one of `salt` and `pepper` must be given.",
        "`user` and `password` must be given together or not at all.",
        "Exactly one of `key` and `bell` must be given.",
        "It must be of length 1 to 8, not 12.",
        "It must be between 0 and 100, not 101.",
        "It must be of length at most 3, not 4.",
        "Invalid value for \"documents[1]\"",
        "It must be a whole number from -2147483648 to 2147483647, not 2147483648.",
        "It must be a whole number from 0 to 18446744073709551615, not -1.",
        "It must be one of \"small\" or \"large\", not \"medium\".",
        "It must be JSON",
        "\"soon\" is not a duration",
        "\"tomorrow\" is not a point in time",
        "It must be an IP address",
        "\"10.0.0.0/8\"",
        "It must be a UUID",
        "Invalid value for \"words[1]\"",
        "Invalid value for \"labels[\"k\"]\"",
        "It must not hold null.",
        "`lines[0][0].x` is required and must not be null.",
        "Invalid value for \"lines[0][1]\"",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert_eq!(said.matches("Error: ").count(), 23, "{said}");
}

pub(crate) fn deprecated_attributes_are_warned_about(workspace: &Workspace) {
    workspace.configure(
        r#"
        resource "shapes_ruled" "it" {
          north = "n"
          salt  = "s"
          title = "old"
        }
        output "number" { value = shapes_ruled.it.number }
        "#,
    );
    let said = workspace.run(&["plan"]);
    assert!(said.contains("Warning: \"title\" is deprecated") && said.contains("Use `name`."), "{said}");
    // Terraform warns by itself where a deprecated attribute is read, and tells our text from 1.15 on.
    assert!(said.contains("Warning: Deprecated"), "{said}");
    assert_eq!(said.contains("Use `id`."), workspace.minor >= 15, "{said}");
}

pub(crate) fn terraform_sees_every_shape(workspace: &Workspace) {
    // It panics with all that is wrong with any schema.
    Core::new::<Shapes>();
    workspace.configure("");
    let said = workspace.json(&["providers", "schema", "-json"]);
    let mut schemas = said["provider_schemas"]["registry.terraform.io/example/shapes"].clone();
    without_descriptions(&mut schemas);
    expect_file!["shapes/schemas.txt"].assert_eq(&lines(&schemas, ""));
}

/// Texts are tried where pages are made of them.
fn without_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            entries.retain(|key, value| !(key.starts_with("description") && value.is_string()));
            entries.values_mut().for_each(without_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(without_descriptions),
        _ => {}
    }
}

/// One line for whatever holds no object.
fn lines(schema: &Value, path: &str) -> String {
    match schema {
        Value::Object(entries) if entries.values().any(Value::is_object) => {
            let leaves: Vec<_> = entries.iter().filter(|(_, value)| !value.is_object()).collect();
            let mut text = String::new();
            if !leaves.is_empty() {
                let leaves: Vec<_> = leaves.iter().map(|(key, value)| format!("{key}={value}")).collect();
                text += &format!("{path}: {}\n", leaves.join(" "));
            }
            for (key, value) in entries.iter().filter(|(_, value)| value.is_object()) {
                text += &lines(value, &format!("{path}/{key}"));
            }
            text
        }
        Value::Object(entries) => {
            let leaves: Vec<_> = entries.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{path}: {}\n", leaves.join(" "))
        }
        other => format!("{path}: {other}\n"),
    }
}
