//! One person in an invitation and in a role.

use super::*;

/// The role and an invitation for Ada in one run of Terraform.
async fn run() -> (Sim, tfplug::testing::Core) {
    let sim = tenant(atlan_sim::KeyKind::ApiToken).await;
    sim.admit(ADA, "$member", false).expect("a newcomer");
    let run = core(&sim).one_run();
    (sim, run)
}

#[tokio::test]
async fn a_person_in_both_is_an_error_in_the_plan_that_names_both_types() {
    for invite_first in [true, false] {
        let (sim, run) = run().await;
        let (mut invite, mut ada) = (run.resource("atlan_user_invite"), run.resource("atlan_user_role"));
        let invitation = json!({ "email": ADA, "role": "$member" });
        let said = if invite_first {
            invite.import(ADA).await;
            invite.plan(invitation).await;
            ada.try_plan(role(ADA, "$admin")).await.failed().to_string()
        } else {
            ada.import(ADA).await;
            ada.plan(role(ADA, "$member")).await;
            invite.try_plan(with(invitation, json!({ "on_existing": "adopt" }))).await.failed().to_string()
        };
        assert_eq!(places(&said), [if invite_first { "user" } else { "email" }], "{said}");
        assert!(said.contains("ada@example.com is managed at another resource address"), "{said}");
        assert!(said.contains("an `atlan_user_invite`") && said.contains("an `atlan_user_role`"), "{said}");
        let (from, to) = if invite_first { ("invite", "role") } else { ("role", "invite") };
        assert!(said.contains(&format!("from = atlan_user_{from}.OLD\n")), "{said}");
        assert!(said.contains(&format!("to   = atlan_user_{to}.NEW\n")), "{said}");
        assert_eq!(writes(&sim), "");
    }
}

#[tokio::test]
async fn a_person_who_leaves_one_for_the_other_is_an_error_in_the_plan_unless_the_old_one_lets_go() {
    for harmless in [true, false] {
        let (sim, run) = run().await;
        let (mut invite, mut ada) = (run.resource("atlan_user_invite"), run.resource("atlan_user_role"));
        invite.import(ADA).await;
        let on_destroy = if harmless { "forget" } else { "revoke" };
        invite.apply(json!({ "email": ADA, "role": "$member", "on_destroy": on_destroy })).await;
        invite.try_plan_destroy().await.expect("planned");
        let planned = ada.try_plan(role(ADA, "$admin")).await;
        if harmless {
            planned.expect("nothing is lost");
            continue;
        }
        let said = planned.failed().to_string();
        assert_eq!(places(&said), ["user"], "{said}");
        assert!(said.contains("ada@example.com is both removed and created"), "{said}");
        assert!(said.contains("from = atlan_user_invite.OLD"), "{said}");
        assert!(said.contains("to   = atlan_user_role.NEW"), "{said}");
        assert!(said.contains("destroy = false"), "{said}");
        assert!(said.contains("an `atlan_user_role` takes over what is there"), "{said}");
        assert_eq!(writes(&sim), "");
    }
}

#[tokio::test]
async fn two_roles_of_one_person_are_found_by_guid_and_address() {
    let (sim, run) = run().await;
    let id = sim.user(ADA).expect("there").id;
    let (mut one, mut other) = (run.resource("atlan_user_role"), run.resource("atlan_user_role"));
    let first = one.plan(role(ADA, "$admin")).await;
    let second = other.plan(role(&id, "$guest")).await;
    one.apply_plan(&first, role(ADA, "$admin")).await;
    let said = other.try_apply_plan(&second, role(&id, "$guest")).await.failed().to_string();
    assert_eq!(places(&said), ["user"], "{said}");
    assert!(said.contains("ada@example.com is configured twice"), "{said}");
    assert!(other.state().is_null());
    assert_eq!(role_of(&sim, ADA), "$admin");
}

#[tokio::test]
async fn two_creates_of_different_types_are_an_error_in_the_apply() {
    let (sim, run) = run().await;
    let (mut invite, mut ada) = (run.resource("atlan_user_invite"), run.resource("atlan_user_role"));
    let invitation = json!({ "email": ADA, "role": "$member", "on_existing": "adopt" });
    let first = ada.plan(role(ADA, "$admin")).await;
    let second = invite.plan(invitation.clone()).await;
    ada.apply_plan(&first, role(ADA, "$admin")).await;
    let said = invite.try_apply_plan(&second, invitation).await.failed().to_string();
    assert!(said.contains("an `atlan_user_role` manages ada@example.com already"), "{said}");
    assert!(invite.state().is_null());
    assert_eq!(role_of(&sim, ADA), "$admin");
}

/// The name turns out to be that of the same person: a plan that cannot know that must not take the role away in between.
#[tokio::test]
async fn a_replacement_by_a_name_known_only_after_apply_takes_no_role_away() {
    for refused in [false, true] {
        let (sim, mut ada) = given("$admin").await;
        sim.clear_journal();
        if refused {
            // The second request is that of the create half.
            sim.fault(atlan_sim::Rule::on("POST", ROLE_UPDATES).after_n(1).status(403)).expect("a rule");
        }
        let late = json!({ "user": tfplug::testing::unknown(), "role": "$admin" });
        // A refusal by the plan would do, as an `atlan_user_invite` has it.
        let Ok(plan) = ada.try_plan(late).await else { continue };
        let applied = ada.try_apply_plan(&plan, role(ADA, "$admin")).await;
        assert_eq!(role_of(&sim, ADA), "$admin", "{applied:?}");
        assert_eq!(writes(&sim), "", "{applied:?}");
        assert!(!ada.state().is_null());
    }
}

/// Without a refresh, no plan knows that the address of the person has changed, so the removal of the invitation ends the access.
#[tokio::test]
async fn a_role_gives_back_an_access_that_the_same_apply_has_ended() {
    const NEW: &str = "ada.l@example.com";
    let (sim, mut invite) = managed_by(atlan_sim::KeyKind::User, "atlan_user_invite").await;
    invite.apply(json!({ "email": ADA, "role": "$member" })).await;
    sim.accept(ADA).expect("pending");
    sim.give_address(ADA, NEW).expect("free");
    let run = core(&sim).without_refresh().one_run();
    invite.set_core(&run);
    let mut ada = run.resource("atlan_user_role");
    let destroy = invite.try_plan_destroy().await.expect("no clash").expect("a plan");
    let plan = ada.plan(role(NEW, "$member")).await;
    invite.apply_plan(&destroy, Value::Null).await;
    assert!(!sim.user(NEW).expect("there").enabled);
    let said = ada.apply_plan(&plan, role(NEW, "$member")).await.report().to_string();
    assert!(said.contains("The access of ada.l@example.com was interrupted"), "{said}");
    let user = sim.user(NEW).expect("there");
    assert_eq!((user.enabled, user.role), (true, "$member"));
    assert_eq!(ada.state()["status"], "active");
}
