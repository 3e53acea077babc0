//! The guide Upgrades and moves: each pair of configurations, in which the second changes nothing in the tenant.

use atlan_sim::Sim;

use super::Guide;
use crate::harness::{MOVES, REMOVED, Terraform, Workspace, start};

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let ws = Workspace::bare(terraform);
    ws.write_file("versions.tf", &guide.block("constraint"));
    ws.validate().ok();

    let (sim, ws) = start(terraform);
    apply(&ws, &sim, &guide.block("count"));
    moves(
        &ws,
        &sim,
        &guide.block("for-each"),
        &["atlan_user_invite.all[\"ada@example.com\"]", "atlan_user_invite.all[\"grace@example.com\"]"],
    );

    one_resource_for_all(guide, terraform);
    memberships(guide, terraform);

    let [invites, roles] = ["invites", "roles"].map(|name| guide.block(name));
    if !terraform.lacks(MOVES) {
        let (sim, ws) = start(terraform);
        apply(&ws, &sim, &invites);
        for email in ["ada@example.com", "grace@example.com"] {
            sim.accept(email).unwrap();
        }
        moves(
            &ws,
            &sim,
            &roles,
            &["atlan_user_role.all[\"ada@example.com\"]", "atlan_user_role.all[\"grace@example.com\"]"],
        );
        let back =
            format!("{invites}\nmoved {{\n  from = atlan_user_role.all\n  to = atlan_user_invite.all\n}}\n");
        moves(
            &ws,
            &sim,
            &back,
            &["atlan_user_invite.all[\"ada@example.com\"]", "atlan_user_invite.all[\"grace@example.com\"]"],
        );
    }
}

/// Both ways between single invitations and one resource, in which nobody is mailed and nothing is written.
fn one_resource_for_all(guide: &Guide, terraform: &Terraform) {
    let [singles, all, again] = ["one-each", "all-in-one", "one-each-again"].map(|name| guide.block(name));
    if terraform.lacks(REMOVED) {
        return;
    }
    let (sim, ws) = start(terraform);
    apply(&ws, &sim, &singles);
    sim.accept("ada@example.com").unwrap();
    moves(&ws, &sim, &all, &["atlan_user_invites.staff"]);
    moves(
        &ws,
        &sim,
        &format!("{singles}\n{again}"),
        &["atlan_user_invite.staff[\"ada@example.com\"]", "atlan_user_invite.staff[\"grace@example.com\"]"],
    );
    // Without the block, and one entry that moves in one apply.
    let (before, after) = all.split_once("removed {").unwrap();
    let (_, after) = after.split_once("resource \"atlan_user_invites\"").unwrap();
    let direct = format!("{before}\nresource \"atlan_user_invites\"{after}");
    ws.write(&direct);
    ws.try_plan().fails().says(&["is both removed and created"]);
    moves(&ws, &sim, &all, &["atlan_user_invites.staff"]);
    let forgets = direct.replace("on_existing = ", "on_destroy  = \"forget\"\n  on_existing = ");
    let without_ada = forgets
        .replace("in var.staff :", "in var.staff : email => { role = role } if role != \"$admin\" }\n#");
    moves(
        &ws,
        &sim,
        &format!(
            "{without_ada}\nimport {{\n  to = atlan_user_invite.ada\n  id = \"ada@example.com\"\n}}\nresource \"atlan_user_invite\" \
             \"ada\" {{\n  email = \"ada@example.com\"\n  role = \"$admin\"\n}}\n"
        ),
        &["atlan_user_invite.ada", "atlan_user_invites.staff"],
    );
}

fn memberships(guide: &Guide, terraform: &Terraform) {
    let [singles, set, again] = ["singles", "set", "singles-again"].map(|name| guide.block(name));
    let people = [
        "atlan_group.readers",
        "atlan_group_members.readers",
        "atlan_user_invite.readers[\"ada@example.com\"]",
        "atlan_user_invite.readers[\"grace@example.com\"]",
    ];
    if !terraform.lacks(REMOVED) {
        let (sim, ws) = start(terraform);
        apply(&ws, &sim, &singles);
        moves(&ws, &sim, &set, &people);
        ws.write(&format!("{singles}\n{again}"));
        ws.apply().ok().says(&["2 added, 0 changed, 0 destroyed"]);
        ws.plan_is_empty();
        assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    }
    // In one apply, and the way back that is refused.
    let (sim, ws) = start(terraform);
    apply(&ws, &sim, &singles);
    let (before, after) = set.split_once("removed {").unwrap();
    let (_, after) = after.split_once("resource \"atlan_group_members\"").unwrap();
    ws.write(&format!("{before}\nresource \"atlan_group_members\"{after}"));
    ws.apply().ok().says(&["1 added, 0 changed, 2 destroyed"]);
    ws.plan_is_empty();
    assert_eq!(ws.state().addresses(), people);
    assert_eq!(sim.groups()[0].members.len(), 2);
    ws.write(&singles);
    ws.try_plan().fails().says(&["Members are both removed and added", "destroy = false"]);
}

/// The first half of a pair.
fn apply(ws: &Workspace, sim: &Sim, hcl: &str) {
    ws.write(hcl);
    ws.apply().ok();
    ws.plan_is_empty();
    sim.clear_journal();
}

/// The second half, after which the state has these addresses.
#[track_caller]
fn moves(ws: &Workspace, sim: &Sim, hcl: &str, addresses: &[&str]) {
    ws.write(hcl);
    ws.apply().ok().says(&["0 destroyed"]);
    assert_eq!(ws.state().addresses(), addresses);
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}
