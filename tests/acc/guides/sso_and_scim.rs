//! The guide Single sign-on and SCIM.

use super::Guide;
use crate::harness::{MOVES, Terraform, start};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let [roles, mapping, members] = ["roles", "mapping", "members"].map(|name| guide.block(name));
    who_signs_in_gets_a_role(&roles, &members, terraform);
    the_claim_decides(&mapping, &members, terraform);
    an_invitation_becomes_a_role(&guide.block("invited"), &guide.block("moved"), terraform);
}

fn who_signs_in_gets_a_role(roles: &str, members: &str, terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&format!("{roles}\n{members}"));
    ws.apply().ok().says(&["1 added", ADA, GRACE]);
    ws.plan_is_empty();
    sim.sign_in("Ada@example.com", "okta", &[], None).unwrap();
    ws.plan().does(&[
        "create atlan_group_member.readers[\"ada@example.com\"]",
        "create atlan_user_role.team[\"ada@example.com\"]",
    ]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(sim.user(ADA).unwrap().role, "$admin");

    // Role sync takes it back, and each plan repeats the change.
    sim.sign_in(ADA, "okta", &[], Some("$guest")).unwrap();
    ws.plan().does(&["update atlan_user_role.team[\"ada@example.com\"]"]);

    let without = roles.replace("\"ada@example.com\"   = \"$admin\"", "");
    ws.apply().ok();
    ws.write(&without);
    ws.apply().ok();
    let ada = sim.user(ADA).unwrap();
    assert!(ada.enabled && ada.role != "$admin", "{ada:?}");
    assert!(sim.mails().is_empty());

    // A tenant that enforces single sign-on.
    sim.set(serde_json::json!({ "sso_enforced": true })).unwrap();
    ws.write(
        "resource \"atlan_user_invite\" \"eve\" {\n  email = \"eve@example.com\"\n  role = \"$member\"\n}\n",
    );
    ws.apply().fails().says(&["single sign-on"]);
}

fn the_claim_decides(mapping: &str, members: &str, terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(mapping);
    ws.apply().ok();
    let members_now =
        || sim.groups().iter().find(|group| group.name == "data_stewards").unwrap().members.clone();
    sim.sign_in(ADA, "okta", &["data-stewards"], None).unwrap();
    assert_eq!(members_now(), [ADA]);
    sim.sign_in(ADA, "okta", &[], None).unwrap();
    assert!(members_now().is_empty());

    // Both in one configuration: a warning.
    let edge = members
        .replace("data.atlan_users.team.users", "{ ada = { id = \"ada@example.com\" } }")
        .replace("atlan_group.readers.id", "atlan_group.stewards.id");
    ws.write(&format!("{mapping}\n{edge}"));
    ws.try_plan().ok().says(&["Warning", "sign-in"]);
    let set = "resource \"atlan_group_members\" \"stewards\" {\n  group_id = atlan_group.stewards.id\n  members = []\n}\n";
    ws.write(&format!("{mapping}\n{set}"));
    ws.try_plan().fails().says(&["Two resources decide who is in a group"]);
}

fn an_invitation_becomes_a_role(invited: &str, moved: &str, terraform: &Terraform) {
    if terraform.lacks(MOVES) {
        return;
    }
    let (sim, ws) = start(terraform);
    ws.write(invited);
    ws.apply().ok();
    sim.accept(ADA).unwrap();
    ws.plan_is_empty();
    sim.clear_journal();
    ws.write(moved);
    ws.apply().ok().says(&["0 added, 0 changed, 0 destroyed"]);
    assert_eq!(ws.state().addresses(), ["atlan_user_role.ada"]);
    let back = moved
        .replace("atlan_user_role", "X")
        .replace("atlan_user_invite", "atlan_user_role")
        .replace('X', "atlan_user_invite");
    let (back, _) = back.split_once("\nresource").unwrap();
    ws.write(&format!("{back}\n{invited}"));
    ws.apply().ok();
    assert_eq!(ws.state().addresses(), ["atlan_user_invite.ada"]);
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}
