//! The life of an `atlan_group`.

use serde_json::json;

use crate::harness::{Terraform, each_terraform, start};

each_terraform![a_group_is_created_renamed_described_and_destroyed, a_new_name_replaces_the_group];

fn a_group_is_created_renamed_described_and_destroyed(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(
        r#"
        resource "atlan_group" "a" {
          alias       = "Data Stewards"
          description = "Own the glossary"
        }"#,
    );
    let plan = ws.plan().does(&["create atlan_group.a"]);
    assert_eq!(plan.planned("atlan_group.a", "name"), "data_stewards", "the plan shows the slug");
    assert!(plan.is_unknown("atlan_group.a", "id"));
    ws.apply().ok();

    let group = sim.groups().remove(0);
    assert_eq!((group.name.as_str(), group.alias.as_str()), ("data_stewards", "Data Stewards"));
    assert_eq!(group.attributes["description"], ["Own the glossary"]);
    assert_eq!(ws.state().text("atlan_group.a", "id"), group.id);
    assert_eq!(ws.state().object("atlan_group.a")["is_default"], json!(false));
    ws.plan_is_empty();

    ws.write(r#"resource "atlan_group" "a" { alias = "Stewards of Data" }"#);
    let plan = ws.plan().does(&["update atlan_group.a"]);
    assert_eq!(plan.planned("atlan_group.a", "name"), "data_stewards", "the name stays");
    ws.apply().ok();
    let renamed = sim.groups().remove(0);
    assert_eq!((renamed.id, renamed.alias.as_str()), (group.id, "Stewards of Data"));
    assert!(renamed.attributes.get("description").is_none_or(|texts| texts.concat().is_empty()), "cleared");
    ws.plan_is_empty();

    ws.destroy().ok();
    assert!(sim.groups().is_empty());
    assert!(ws.state().addresses().is_empty());
}

fn a_new_name_replaces_the_group(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(r#"resource "atlan_group" "a" { alias = "Data" }"#);
    ws.apply().ok();
    let first = sim.groups().remove(0);

    ws.write(
        r#"
        resource "atlan_group" "a" {
          alias = "Data"
          name  = "data_2"
        }"#,
    );
    ws.plan().does(&["replace atlan_group.a"]);
    ws.apply().ok();
    let groups = sim.groups();
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["data_2"]);
    assert_ne!(groups[0].id, first.id);
    ws.plan_is_empty();
}
