//! `atlan_group_member` with the real Terraform: a group, people and memberships in one configuration, and stops in the middle.

use crate::harness::{
    JOINS, LEAVES, TEAM, Terraform, apply_until, call, converges_after_kills, each_terraform, interrupt,
    members, start,
};

each_terraform![
    people_are_invited_and_join_in_one_apply,
    a_membership_is_imported_and_removed_by_others,
    bad_input_is_refused_while_planning,
    ctrl_c_while_somebody_joins_or_leaves_loses_nothing,
    after_a_kill_the_next_apply_converges,
    sixty_memberships_at_once_are_all_there,
];

/// The team with all its members.
fn with_members() -> String {
    format!(
        r#"{TEAM}
    resource "atlan_group_member" "all" {{
      for_each = atlan_user_invite.all
      group_id = atlan_group.team.id
      user     = each.value.email
    }}"#
    )
}

fn people_are_invited_and_join_in_one_apply(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&with_members());
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((members(&sim), sim.mails().len()), (3, 3));
    let state = ws.state();
    let ada = "atlan_group_member.all[\"ada@example.com\"]";
    let id = format!("{}/{}", state.text("atlan_group.team", "id"), state.text(ada, "user_id"));
    assert_eq!(state.text(ada, "id"), id);
    ws.write(TEAM);
    ws.apply().ok();
    assert_eq!((members(&sim), sim.users().len()), (0, 4), "everybody stays in the tenant");
    ws.write(&with_members());
    ws.apply().ok();
    ws.destroy().ok();
    assert!(sim.groups().is_empty());
}

fn a_membership_is_imported_and_removed_by_others(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&with_members());
    ws.apply().ok();
    let group = sim.groups().remove(0);
    let ada = sim.user("ada@example.com").expect("there");
    ws.terraform(&["state", "rm", "atlan_group_member.all[\"ada@example.com\"]"]).ok();
    ws.import("atlan_group_member.all[\"ada@example.com\"]", "team/Ada@example.com").ok();
    ws.plan_is_empty();
    let body = serde_json::json!({ "users": [ada.id] });
    call(&sim, "POST", &format!("/api/service/groups/{}/members/remove", group.id), &body);
    ws.plan().does(&["create atlan_group_member.all[\"ada@example.com\"]"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(members(&sim), 3);
}

fn bad_input_is_refused_while_planning(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(
        r#"
        resource "atlan_group_member" "a" {
          group_id = "data_stewards"
          user     = "ada"
        }"#,
    );
    ws.try_plan()
        .fails()
        .says(&["is not a GUID such as", "is not a person: give a GUID or an email address"]);
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
}

fn ctrl_c_while_somebody_joins_or_leaves_loses_nothing(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(TEAM);
    ws.apply().ok();
    for (path, configuration) in [(JOINS, with_members()), (LEAVES, TEAM.to_owned())] {
        ws.write(&configuration);
        let (running, hold) = apply_until(&sim, &ws, path);
        interrupt(running, hold).fails();
        let state = ws.state();
        let managed = state.addresses().iter().filter(|address| address.contains("group_member")).count();
        assert_eq!(managed, members(&sim), "{path}: {:?}", state.addresses());
        ws.apply().ok();
        ws.plan_is_empty();
        sim.clear_journal();
    }
    assert_eq!(members(&sim), 0);
}

fn after_a_kill_the_next_apply_converges(terraform: &Terraform) {
    converges_after_kills(terraform, &with_members(), TEAM);
}

/// Twelve people in five groups each, fifty objects at a time, in a tenant whose adds replace the groups of a person.
fn sixty_memberships_at_once_are_all_there(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    sim.set(serde_json::json!({ "user_groups_post": "replace" })).unwrap();
    for number in 0..12 {
        sim.admit(&format!("p{number}@example.com"), "$member", false).unwrap();
    }
    let groups = r#"
    resource "atlan_group" "all" {
      count = 5
      alias = "Team ${count.index}"
    }"#;
    let memberships = r#"
    resource "atlan_group_member" "all" {
      count    = 60
      group_id = atlan_group.all[count.index % 5].id
      user     = "p${floor(count.index / 5)}@example.com"
    }"#;
    let at_once =
        |command: &[&str]| ws.terraform(&[command, &["-auto-approve", "-parallelism=50"]].concat()).ok();
    ws.write(&format!("{groups}{memberships}"));
    at_once(&["apply"]);
    ws.plan_is_empty();
    assert_eq!((members(&sim), ws.state().addresses().len()), (60, 65));
    ws.write(groups);
    at_once(&["apply"]);
    assert_eq!((members(&sim), ws.state().addresses().len()), (0, 5));
    ws.plan_is_empty();
}
