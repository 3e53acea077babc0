//! The life of an `atlan_user_invite`, from the invitation through acceptance to the end of the access.

use crate::harness::{NAMES, Terraform, each_terraform, start, three_people};

each_terraform![
    a_person_is_invited_once_gets_another_role_and_the_invitation_is_withdrawn,
    another_address_replaces_the_invitation_and_another_case_does_not,
    a_changed_domain_of_active_people_is_one_warning,
    exchanged_addresses_of_which_one_is_applied_end_no_access,
    accepting_expiring_and_being_disabled_plan_nothing,
];

fn a_person_is_invited_once_gets_another_role_and_the_invitation_is_withdrawn(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    sim.set(serde_json::json!({ "key_kind": "user" })).unwrap(); // an API token can't withdraw invitations
    ws.write(
        r#"
        resource "atlan_user_invite" "ada" {
          email = "ada@example.com"
          role  = "$member"
        }"#,
    );
    ws.plan().does(&["create atlan_user_invite.ada"]);
    ws.apply().ok();

    let ada = sim.user("ada@example.com").unwrap();
    let state = ws.state();
    assert_eq!(state.text("atlan_user_invite.ada", "id"), ada.id);
    assert_eq!(state.text("atlan_user_invite.ada", "status"), "pending");
    ws.plan_is_empty();

    ws.write(
        r#"
        resource "atlan_user_invite" "ada" {
          email = "ada@example.com"
          role  = "guest"
        }"#,
    );
    let plan = ws.plan().does(&["update atlan_user_invite.ada"]);
    assert_eq!(plan.planned("atlan_user_invite.ada", "id"), &ada.id);
    ws.apply().ok();
    assert_eq!(sim.user("ada@example.com").unwrap().role, "$guest");
    assert_ne!(
        ws.state().text("atlan_user_invite.ada", "role_id"),
        state.text("atlan_user_invite.ada", "role_id")
    );
    ws.plan_is_empty();

    ws.destroy().ok();
    assert!(sim.user("ada@example.com").is_none());
    assert_eq!(sim.mails_to("ada@example.com"), 1);
    assert!(ws.state().addresses().is_empty());
}

fn another_address_replaces_the_invitation_and_another_case_does_not(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    sim.set(serde_json::json!({ "key_kind": "user" })).unwrap();
    let invite = |email: &str| {
        ws.write(&format!(
            r#"
            resource "atlan_user_invite" "ada" {{
              email = "{email}"
              role  = "$member"
            }}"#
        ));
    };
    invite("Ada@Example.com");
    ws.apply().ok();
    assert_eq!(ws.state().text("atlan_user_invite.ada", "email"), "Ada@Example.com", "spelled as configured");
    invite("ada@example.COM");
    ws.plan_is_empty();

    invite("lovelace@example.com");
    ws.plan().does(&["replace atlan_user_invite.ada"]);
    ws.apply().ok();
    assert!(sim.user("ada@example.com").is_none());
    assert_eq!(ws.state().text("atlan_user_invite.ada", "id"), sim.user("lovelace@example.com").unwrap().id);
    assert_eq!(sim.mails().len(), 2);
}

fn a_changed_domain_of_active_people_is_one_warning(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let invite = |domain: &str| {
        ws.write(&format!(
            r#"
            resource "atlan_user_invite" "all" {{
              for_each = toset(["ada", "bob", "eve"])
              email    = "${{each.key}}@{domain}"
              role     = "$member"
            }}"#
        ));
    };
    invite("example.com");
    ws.apply().ok();
    for name in NAMES {
        sim.accept(&format!("{name}@example.com")).unwrap();
    }
    invite("example.org");
    ws.terraform(&["plan", "-input=false"])
        .ok()
        .says(&["1 active person will lose access", "(and 2 more similar warnings elsewhere)"]);
}

/// Without `-target`, the plan is refused.
fn exchanged_addresses_of_which_one_is_applied_end_no_access(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let people = |ada: &str, bob: &str| {
        for (name, email) in [("ada", ada), ("bob", bob)] {
            ws.write_file(&format!("{name}.tf"), &format!(
                "resource \"atlan_user_invite\" \"{name}\" {{\n  email = \"{email}\"\n  role  = \"$member\"\n}}\n"
            ));
        }
    };
    let (ada, bob) = ("ada@example.com", "bob@example.com");
    people(ada, bob);
    ws.apply().ok();
    for email in [ada, bob] {
        sim.accept(email).unwrap();
    }
    people(bob, ada);
    sim.clear_journal();
    ws.terraform(&["apply", "-auto-approve", "-input=false", "-target=atlan_user_invite.ada"])
        .fails()
        .says(&["Replacing ada@example.com would fail after the delete", "without `-target`"]);
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    people(ada, bob);
    ws.plan_is_empty();
}

fn accepting_expiring_and_being_disabled_plan_nothing(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&three_people(""));
    ws.apply().ok();
    let address = |name: &str| format!("atlan_user_invite.all[\"{name}\"]");
    let before = NAMES.map(|name| ws.state().text(&address(name), "id"));

    sim.accept("ada@example.com").unwrap();
    sim.expire("bob@example.com").unwrap();
    sim.accept("eve@example.com").unwrap();
    sim.disable("eve@example.com").unwrap();
    ws.plan_is_empty();
    sim.clear_journal();
    ws.apply().ok();

    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    let state = ws.state();
    assert_eq!(NAMES.map(|name| state.text(&address(name), "id")), before);
    assert_eq!(NAMES.map(|name| state.text(&address(name), "status")), ["active", "expired", "disabled"]);
    assert_eq!(sim.mails().len(), 3);
}
