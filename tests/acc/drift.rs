//! Changes that others make in Atlan, and what Terraform does about them.

use crate::harness::{Terraform, call, each_terraform, start};
use serde_json::json;

each_terraform![objects_changed_or_removed_by_others_are_restored];

fn objects_changed_or_removed_by_others_are_restored(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(
        r#"
        resource "atlan_group" "renamed" { alias = "As configured" }
        resource "atlan_group" "deleted" { alias = "To be deleted" }
        resource "atlan_user_invite" "promoted" {
          email = "ada@example.com"
          role  = "$guest"
        }
        resource "atlan_user_invite" "removed" {
          email = "bob@example.com"
          role  = "$member"
        }"#,
    );
    ws.apply().ok();
    let state = ws.state();
    let (renamed, deleted) = (state.object("atlan_group.renamed"), state.text("atlan_group.deleted", "id"));
    let id = renamed["id"].as_str().unwrap();
    let update = json!({ "id": id, "path": renamed["path"], "attributes": { "alias": ["By hand"] } });
    call(&sim, "POST", &format!("/api/service/groups/{id}"), &update);
    call(&sim, "POST", &format!("/api/service/groups/{deleted}/delete"), &json!({}));
    let member = call(&sim, "GET", "/api/service/roles?limit=100", &json!(null))["records"]
        .as_array()
        .and_then(|roles| roles.iter().find(|role| role["name"] == "$member"))
        .map(|role| role["id"].clone())
        .unwrap();
    let ada = sim.user("ada@example.com").unwrap().id;
    call(&sim, "POST", &format!("/api/service/users/{ada}/roles/update"), &json!({ "roleId": member }));
    sim.remove("bob@example.com").unwrap();

    let plan = ws.plan().does(&[
        "create atlan_group.deleted",
        "update atlan_group.renamed",
        "update atlan_user_invite.promoted",
        "create atlan_user_invite.removed",
    ]);
    assert_eq!(plan.planned("atlan_group.renamed", "alias"), "As configured");
    ws.apply().ok();
    let aliases: Vec<String> = sim.groups().into_iter().map(|group| group.alias).collect();
    assert_eq!(aliases, ["As configured", "To be deleted"]);
    assert_eq!(sim.user("ada@example.com").unwrap().role, "$guest");
    assert!(sim.user("bob@example.com").unwrap().pending);
    ws.plan_is_empty();
}
