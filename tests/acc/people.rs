//! A person from the invitation to the end of the access, as a practitioner sees it.

use atlan_sim::{KeyKind, Options};

use crate::harness::{Terraform, Workspace, each_terraform, start, tenant_with};

each_terraform![
    acceptance_expiry_and_disabling_plan_nothing_and_keep_the_guid,
    an_api_token_takes_a_weaker_step_and_says_what_access_remains,
    an_admins_own_token_cancels_and_disables,
    a_destroy_that_may_not_disable_keeps_the_person,
    the_last_admin_is_not_disabled,
];

const ADA: &str = "ada@example.com";

fn invitation(on_destroy: &str) -> String {
    format!(
        "resource \"atlan_user_invite\" \"ada\" {{\n  email = \"{ADA}\"\n  role = \"$member\"\n  on_destroy = \"{on_destroy}\"\n}}\n"
    )
}

fn acceptance_expiry_and_disabling_plan_nothing_and_keep_the_guid(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&invitation("revoke"));
    ws.apply().ok();
    let id = ws.state().text("atlan_user_invite.ada", "id");
    sim.accept(ADA).unwrap();
    ws.plan_is_empty();
    sim.disable(ADA).unwrap();
    ws.plan_is_empty();
    ws.apply().ok().says(&["0 added, 0 changed, 0 destroyed"]);
    assert_eq!(ws.state().text("atlan_user_invite.ada", "id"), id);
    assert_eq!(ws.state().text("atlan_user_invite.ada", "status"), "disabled");

    let (sim, ws) = start(terraform);
    ws.write(&invitation("revoke"));
    ws.apply().ok();
    sim.expire(ADA).unwrap();
    ws.plan_is_empty();
    assert_eq!(sim.mails().len(), 1);
}

fn an_api_token_takes_a_weaker_step_and_says_what_access_remains(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&invitation("revoke"));
    ws.apply().ok();
    ws.destroy().ok().says(&["keeps some access to Atlan", "lowered to $guest", "can still be accepted"]);
    assert_eq!(sim.user(ADA).unwrap().role, "$guest");
    assert!(ws.state().addresses().is_empty());

    ws.write(
        &invitation("forget").replace("$member", "$guest").replace("\n}", "\n  on_existing = \"adopt\"\n}"),
    );
    ws.apply().ok();
    ws.destroy().ok().says(&["stays in Atlan"]);
    assert_eq!(sim.mails().len(), 1);
}

fn an_admins_own_token_cancels_and_disables(terraform: &Terraform) {
    let sim = tenant_with(Options { key_kind: KeyKind::User, ..Options::default() });
    let ws = Workspace::new(terraform, &sim);
    ws.write(&invitation("revoke"));
    ws.apply().ok();
    ws.destroy().ok().does_not_say(&["Warning: ada@example.com"]);
    assert!(sim.user(ADA).is_none(), "the invitation is cancelled");
    ws.apply().ok();
    sim.accept(ADA).unwrap();
    ws.destroy().ok();
    assert!(!sim.user(ADA).unwrap().enabled, "the person is disabled");
}

fn a_destroy_that_may_not_disable_keeps_the_person(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&invitation("disable"));
    ws.apply().ok();
    sim.accept(ADA).unwrap();
    ws.destroy().fails().says(&["403", "An API token may not disable people", "downgrade"]);
    assert_eq!(ws.state().addresses(), ["atlan_user_invite.ada"]);
    assert!(sim.user(ADA).unwrap().enabled);
    ws.write(&invitation("downgrade"));
    ws.apply().ok();
    ws.destroy().ok();
    assert_eq!(sim.user(ADA).unwrap().role, "$guest");
}

fn the_last_admin_is_not_disabled(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let admin = sim.users().into_iter().find(|user| user.role == "$admin").unwrap();
    ws.write(&format!(
        "resource \"atlan_user_invite\" \"admin\" {{\n  email = {:?}\n  role = \"$admin\"\n}}\n\
         import {{\n  to = atlan_user_invite.admin\n  id = {:?}\n}}\n",
        admin.email, admin.id
    ));
    ws.apply().ok();
    sim.clear_journal();
    ws.destroy().fails().says(&["allow_self_lockout = true", "Nothing was changed"]);
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}
