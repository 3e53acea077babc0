//! `atlan_group_members` with the real Terraform: partial refusals and the postcondition, moves from single memberships, stops in
//! the middle.

use atlan_sim::Rule;

use crate::harness::{
    JOINS, LEAVES, TEAM, Terraform, apply_until, converges_after_kills, each_terraform, interrupt, members,
    start,
};
use crate::queries::map;

each_terraform![
    a_set_lives_from_invitations_to_destroy,
    a_refusal_of_some_fails_by_the_postcondition_and_is_planned_again,
    members_who_are_not_listed_are_imported_and_removed_by_a_plan_that_shows_it,
    single_memberships_become_a_set_in_one_apply,
    a_set_that_leaves_takes_nobody_along_whom_single_memberships_hold,
    ctrl_c_in_the_middle_keeps_the_truth,
    after_a_kill_the_next_apply_converges,
    a_sign_in_between_two_plans_shows_as_a_change_and_a_mapping_of_the_group_is_refused,
];

/// The people, and a set of those whose addresses the expression gives.
fn set_of(members: &str) -> String {
    format!(
        r#"{TEAM}
    resource "atlan_group_members" "team" {{
      group_id    = atlan_group.team.id
      members     = {members}
      on_existing = "adopt"

      lifecycle {{
        postcondition {{
          condition     = length(self.failed) == 0
          error_message = "Not as configured: ${{join(", ", keys(self.failed))}}"
        }}
      }}
    }}"#
    )
}

fn everybody() -> String {
    set_of("[for invite in atlan_user_invite.all : invite.email]")
}

fn a_set_lives_from_invitations_to_destroy(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&everybody());
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((members(&sim), sim.mails().len()), (3, 3));
    ws.write(&set_of("[\"ADA@example.com\"]"));
    ws.plan().does(&["update atlan_group_members.team"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(members(&sim), 1);
    ws.write(&set_of("[]"));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((members(&sim), sim.users().len()), (0, 4));
    ws.destroy().ok();
    assert!(sim.groups().is_empty());
}

fn a_refusal_of_some_fails_by_the_postcondition_and_is_planned_again(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(TEAM);
    ws.apply().ok();
    let bob = sim.user("bob@example.com").expect("invited").id;
    sim.set_faults(vec![Rule::on("POST", &format!("/api/service/users/{bob}/groups")).status(400)])
        .expect("a rule");
    ws.write(&everybody());
    ws.apply().fails().says(&["Not as configured: bob@example.com", "bob@example.com: not added"]);
    assert_eq!(members(&sim), 2);
    assert!(!ws.state().is_tainted("atlan_group_members.team"));
    sim.set_faults(vec![]).expect("no rule");
    ws.plan().does(&["update atlan_group_members.team"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(members(&sim), 3);
}

fn members_who_are_not_listed_are_imported_and_removed_by_a_plan_that_shows_it(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&everybody());
    ws.apply().ok();
    ws.terraform(&["state", "rm", "atlan_group_members.team"]).ok();
    let group = ws.state().text("atlan_group.team", "id");
    ws.write(&set_of("[\"ada@example.com\"]").replace("on_existing = \"adopt\"", ""));
    ws.try_plan().fails().says(&["The group has other members", "bob@example.com", &group]);
    assert_eq!(members(&sim), 3);
    ws.import("atlan_group_members.team", "team").ok();
    ws.plan().does(&["update atlan_group_members.team"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(members(&sim), 1);
}

fn single_memberships() -> String {
    format!(
        r#"{TEAM}
        resource "atlan_group_member" "all" {{
          for_each = atlan_user_invite.all
          group_id = atlan_group.team.id
          user     = each.value.email
        }}"#
    )
}

/// The single memberships come first, by `-target`. In one plan, the two are refused, too.
fn a_set_that_leaves_takes_nobody_along_whom_single_memberships_hold(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&everybody());
    ws.apply().ok();
    ws.write(&single_memberships());
    ws.terraform(&["apply", "-auto-approve", "-input=false", "-target=atlan_group_member.all"]).ok();
    ws.apply()
        .fails()
        .says(&["Members are both removed and added", "remove the old resource from the state"]);
    assert_eq!(members(&sim), 3);
    ws.terraform(&["state", "rm", "atlan_group_members.team"]).ok();
    ws.plan_is_empty();
    assert_eq!(members(&sim), 3);
}

fn single_memberships_become_a_set_in_one_apply(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&single_memberships());
    ws.apply().ok();
    ws.write(&everybody());
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(members(&sim), 3);
}

fn ctrl_c_in_the_middle_keeps_the_truth(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(TEAM);
    ws.apply().ok();
    for (path, configuration) in [(JOINS, everybody()), (LEAVES, set_of("[]"))] {
        ws.write(&configuration);
        let (running, hold) = apply_until(&sim, &ws, path);
        drop(interrupt(running, hold));
        let state = ws.state();
        assert!(!state.is_tainted("atlan_group_members.team"), "{path}");
        ws.apply().ok();
        ws.plan_is_empty();
        sim.clear_journal();
    }
    assert_eq!(members(&sim), 0);
}

fn after_a_kill_the_next_apply_converges(terraform: &Terraform) {
    converges_after_kills(terraform, &everybody(), &set_of("[]"));
}

/// A mapping by somebody else's hand changes the members at a sign-in; one of the same configuration is refused.
fn a_sign_in_between_two_plans_shows_as_a_change_and_a_mapping_of_the_group_is_refused(
    terraform: &Terraform,
) {
    let (sim, ws) = start(terraform);
    ws.write(&everybody());
    ws.apply().ok();
    let mapping = r#"
    resource "atlan_sso_group_mapping" "team" {
      idp_alias = "okta"
      group_id  = atlan_group.team.id
      sso_group = "team"
    }"#;
    ws.write(&format!("{}{mapping}", everybody()));
    ws.try_plan().fails().says(&["Two resources decide who is in a group", "destroy = false"]);
    map(&sim, &sim.groups()[0]);
    sim.sign_in("ada@example.com", "okta", &[], None).unwrap();
    assert_eq!(members(&sim), 2);
    ws.write(&everybody());
    ws.plan().does(&["update atlan_group_members.team"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(members(&sim), 3);
}
