//! An address that changes in Atlan. The object is about the person with its GUID, whoever has the address.

use tfplug::testing::Plan;

use super::*;

const BOB: &str = "bob@example.com";

/// Ada is an admin by Terraform and was a member before; by now Atlan has her under another address. Also her GUID.
async fn renamed(refreshes: bool) -> (Sim, Instance, String) {
    let (sim, mut ada) = given("$admin").await;
    let id = sim.user(ADA).expect("there").id;
    sim.give_address(ADA, BOB).expect("free");
    let core = core(&sim);
    ada.set_core(&if refreshes { core } else { core.without_refresh() });
    sim.clear_journal();
    (sim, ada, id)
}

/// Whether a plan warns that `user` names the address of before, and of nothing else.
fn names_the_old_address(plan: &Plan) -> bool {
    let said = plan.report().to_string();
    let summary = "warning at user: An `atlan_user_role` names an old address";
    assert_eq!(said.matches("warning").count(), usize::from(said.contains(summary)), "{said}");
    assert_eq!(said.contains("`user = \"bob@example.com\"`"), said.contains(summary), "{said}");
    said.contains(summary)
}

/// Both before and after the state has the new address.
#[tokio::test]
async fn a_configuration_that_follows_changes_only_the_name() {
    for (refreshes, is_refreshed) in [(true, false), (true, true), (false, false), (false, true)] {
        let (sim, mut ada, id) = renamed(refreshes).await;
        if is_refreshed {
            ada.set_core(&core(&sim));
            ada.refresh().await;
            ada.set_core(&if refreshes { core(&sim) } else { core(&sim).without_refresh() });
        }
        let plan = ada.plan(role(BOB, "$admin")).await;
        let expected =
            if refreshes || is_refreshed { "update: user" } else { "update: user; known after apply: email" };
        assert_eq!(plan.to_string(), expected);
        ada.apply(role(BOB, "$admin")).await;
        let state = ada.state();
        assert_eq!((&state["user"], &state["email"], &state["id"]), (&json!(BOB), &json!(BOB), &json!(id)));
        assert_eq!((writes(&sim).as_str(), &state["previous_role"]), ("", &json!("$member")));
        for _ in 0..2 {
            let plan = ada.plan(role(BOB, "$admin")).await;
            assert!(plan.is_empty() && plan.report().is_empty(), "{plan}");
            ada.set_core(&core(&sim));
        }
        ada.destroy().await;
        assert_eq!(role_of(&sim, BOB), "$member");
    }
}

/// Somebody new has the old address, and their role is nobody's business.
#[tokio::test]
async fn a_change_of_the_role_is_about_the_person_of_the_state() {
    for (refreshes, follows) in [(true, true), (true, false), (false, true), (false, false)] {
        let (sim, mut ada, id) = renamed(refreshes).await;
        sim.admit(ADA, "$guest", false).expect("a newcomer");
        let config = role(if follows { BOB } else { ADA }, "$member");
        let plan = ada.plan(config.clone()).await;
        assert_eq!(names_the_old_address(&plan), refreshes && !follows, "{plan}");
        assert_eq!(plan.replaced_for(), Vec::<String>::new());
        ada.apply(config.clone()).await;
        assert_eq!((role_of(&sim, BOB), role_of(&sim, ADA)), ("$member", "$guest"));
        assert_eq!((&ada.state()["id"], &ada.state()["previous_role"]), (&json!(id), &json!("$member")));
        ada.set_core(&core(&sim));
        let plan = ada.plan(config).await;
        assert!(plan.is_empty(), "{plan}");
        assert_eq!(names_the_old_address(&plan), !follows, "{plan}");
        ada.destroy().await;
        assert_eq!((role_of(&sim, BOB), role_of(&sim, ADA)), ("$member", "$guest"));
    }
}

#[tokio::test]
async fn a_configuration_with_the_old_address_keeps_the_person_and_hears_the_new_one() {
    for newcomer in [false, true] {
        let (sim, mut ada, id) = renamed(true).await;
        if newcomer {
            sim.admit(ADA, "$guest", false).expect("a newcomer");
        }
        for _ in 0..2 {
            let plan = ada.plan(role(ADA, "$admin")).await;
            assert!(plan.is_empty() && names_the_old_address(&plan), "{plan}");
            assert!(plan.report().to_string().contains(&id), "{plan}");
            ada.refresh().await;
            assert_eq!((&ada.state()["email"], &ada.state()["id"]), (&json!(BOB), &json!(id)));
        }
        assert_eq!(writes(&sim), "");
        ada.destroy().await;
        assert_eq!(role_of(&sim, BOB), "$member");
        assert_eq!(sim.user(ADA).map(|user| user.role), newcomer.then_some("$guest"));
    }
}

/// A GUID names the same person whatever the address is.
#[tokio::test]
async fn a_guid_in_place_of_the_old_address_changes_only_the_name() {
    for refreshes in [true, false] {
        let (sim, mut ada, id) = renamed(refreshes).await;
        ada.apply(role(&id, "$admin")).await;
        ada.set_core(&core(&sim));
        ada.refresh().await;
        ada.apply(role(&id, "$admin")).await;
        assert_eq!((&ada.state()["email"], &ada.state()["id"]), (&json!(BOB), &json!(id)));
        let plan = ada.plan(role(&id, "$admin")).await;
        assert!(plan.is_empty() && plan.report().is_empty(), "{plan}");
        // The other way round, the plan compares offline.
        sim.give_address(BOB, "kim@example.com").expect("free");
        for user in ["kim@example.com", &id] {
            let plan = ada.plan(role(user, "$admin")).await;
            assert!(plan.report().is_empty() && plan.replaced_for().is_empty(), "{user}: {plan}");
        }
        assert_eq!(writes(&sim), "");
    }
}

#[tokio::test]
async fn a_replacement_by_the_same_person_under_a_new_address_keeps_the_role_of_before() {
    for refreshes in [true, false] {
        for create_first in [false, true] {
            let (sim, mut ada, id) = renamed(refreshes).await;
            if create_first {
                ada.create_before_destroy();
            }
            ada.taint();
            ada.apply(role(BOB, "$admin")).await;
            let state = ada.state();
            assert_eq!((writes(&sim).as_str(), role_of(&sim, BOB)), ("", "$admin"));
            assert_eq!((&state["id"], &state["email"]), (&json!(id), &json!(BOB)));
            // Terraform tells the new half nothing of the old one if it comes first.
            let before = if create_first { "$admin" } else { "$member" };
            assert_eq!(state["previous_role"], before);
            assert!(!ada.is_tainted() && ada.deposed() == 0);
            ada.set_core(&core(&sim));
            ada.plan_is_empty().await;
        }
    }
}

/// A new object is for whoever has the address, so nothing of it may start from an old one.
#[tokio::test]
async fn a_replacement_by_the_old_address_is_refused() {
    for refreshes in [true, false] {
        for newcomer in [true, false] {
            let (sim, mut ada, id) = renamed(refreshes).await;
            if newcomer {
                sim.admit(ADA, "$guest", false).expect("a newcomer");
            }
            ada.taint();
            let said = ada.try_apply(role(ADA, "$admin")).await.failed().to_string();
            let why = match (refreshes, newcomer) {
                (true, true) => "bob@example.com was not replaced",
                (false, true) => "An `atlan_user_role` names an old address",
                (_, false) => "There is no such person",
            };
            assert!(said.contains(why), "{said}");
            assert_eq!((writes(&sim).as_str(), role_of(&sim, BOB)), ("", "$admin"), "{said}");
            assert_eq!(sim.user(ADA).map(|user| user.role), newcomer.then_some("$guest"), "{said}");
            assert_eq!((&ada.state()["id"], &ada.state()["previous_role"]), (&json!(id), &json!("$member")));
        }
    }
}

/// The state has the new address, so the old one names somebody else, or nobody.
#[tokio::test]
async fn the_old_address_is_another_person_once_the_state_has_the_new_one() {
    let (sim, mut ada, id) = renamed(true).await;
    ada.apply(role(BOB, "$admin")).await;
    let said = ada.try_plan(role(ADA, "$admin")).await.failed().to_string();
    assert!(said.contains("error at user: There is no such person"), "{said}");
    assert!(said.contains("`user = \"bob@example.com\"`") && said.contains(&id), "{said}");
    sim.admit(ADA, "$guest", false).expect("a newcomer");
    let plan = ada.plan(role(ADA, "$admin")).await;
    assert_eq!(plan.replaced_for(), ["user"]);
    ada.apply(role(ADA, "$admin")).await;
    assert_eq!((role_of(&sim, BOB), role_of(&sim, ADA)), ("$member", "$admin"));
    assert_eq!(ada.state()["previous_role"], "$guest");
    ada.plan_is_empty().await;
}

/// Between the plan of a replacement and its apply, the address passes to somebody else, or to nobody.
#[tokio::test]
async fn a_replacement_does_not_touch_somebody_who_got_the_address_since_the_plan() {
    for newcomer in [true, false] {
        let (sim, mut ada) = given("$admin").await;
        let id = sim.user(ADA).expect("there").id;
        ada.taint();
        let plan = ada.plan(role(ADA, "$admin")).await;
        sim.give_address(ADA, BOB).expect("free");
        if newcomer {
            sim.admit(ADA, "$guest", false).expect("a newcomer");
        }
        sim.clear_journal();
        let said = ada.try_apply_plan(&plan, role(ADA, "$admin")).await.failed().to_string();
        assert!(said.contains("error at user: An `atlan_user_role` names an old address"), "{said}");
        assert!(said.contains("`user = \"bob@example.com\"`") && said.contains(&id), "{said}");
        assert_eq!((writes(&sim).as_str(), role_of(&sim, BOB)), ("", "$admin"));
        assert_eq!(sim.user(ADA).map(|user| user.role), newcomer.then_some("$guest"));
        assert_eq!((&ada.state()["id"], &ada.state()["previous_role"]), (&json!(id), &json!("$member")));
        // The advice.
        ada.apply(role(BOB, "$admin")).await;
        ada.plan_is_empty().await;
        ada.destroy().await;
        assert_eq!((role_of(&sim, BOB), writes(&sim).lines().count()), ("$member", 1));
    }
}

/// The name in the state may be an old address, which the invitation must not get.
#[tokio::test]
async fn a_role_with_an_old_name_becomes_an_invitation_with_the_present_one() {
    let (sim, mut ada, _) = renamed(true).await;
    ada.refresh().await;
    let mut invite = core(&sim).without_refresh().resource("atlan_user_invite");
    invite.try_move_from("registry.terraform.io/atlanhq/atlan", &mut ada).await.expect("moved");
    assert_eq!(invite.state()["email"], BOB);
    let plan = invite.plan(json!({ "email": BOB, "role": "$admin" })).await;
    assert!(plan.is_empty(), "{plan}");
}

/// Ada has a new address, Eve has got the old one, and Ada is removed from Atlan.
#[tokio::test]
async fn whoever_has_the_old_address_does_not_get_the_role_once_the_person_is_gone() {
    for refreshed in [true, false] {
        let (sim, mut ada, _) = renamed(true).await;
        sim.admit(ADA, "$guest", false).expect("a newcomer");
        if refreshed {
            ada.refresh().await;
        }
        sim.remove(BOB).expect("there");
        sim.clear_journal();
        if refreshed {
            let said = ada.try_plan(role(ADA, "$admin")).await.failed().to_string();
            assert!(said.contains("error at user: An `atlan_user_role` names an old address"), "{said}");
            assert!(said.contains("If you mean them, set `user = "), "{said}");
        } else {
            // The state does not have the new address, so the person may have come back.
            let plan = ada.plan(role(ADA, "$admin")).await;
            let said = plan.report().to_string();
            assert!(
                said.contains("warning at user: The person of an `atlan_user_role` has another GUID"),
                "{said}"
            );
        }
        assert_eq!((writes(&sim).as_str(), role_of(&sim, ADA)), ("", "$guest"));
        // The GUID says who is meant.
        let newcomer = sim.user(ADA).expect("there").id;
        ada.apply(role(&newcomer, "$member")).await;
        assert_eq!(role_of(&sim, ADA), "$member");
    }
}

/// A saved plan is applied after Ada has left Atlan and somebody else has got her address.
#[tokio::test]
async fn a_saved_replacement_gives_no_role_to_whoever_has_the_address_of_somebody_who_is_gone() {
    let (sim, mut ada) = given("$admin").await;
    ada.replace_next();
    let plan = ada.plan(role(ADA, "$admin")).await;
    sim.remove(ADA).expect("there");
    sim.admit(ADA, "$guest", false).expect("a newcomer");
    sim.clear_journal();
    let said = ada.try_apply_plan(&plan, role(ADA, "$admin")).await.failed().to_string();
    assert!(said.contains("error at user: The person of an `atlan_user_role` has another GUID"), "{said}");
    assert_eq!((writes(&sim).as_str(), role_of(&sim, ADA)), ("", "$guest"));
    let plan = ada.plan(role(ADA, "$admin")).await;
    assert!(plan.report().to_string().contains("has another GUID"), "{}", plan.report());
}

/// A saved plan is applied late. The GUID still names the same person.
#[tokio::test]
async fn a_replacement_by_guid_keeps_the_role_of_before_if_the_address_changes_after_the_plan() {
    for is_tainted in [true, false] {
        let (sim, mut ada) = world().await;
        let id = sim.user(ADA).expect("there").id;
        ada.apply(role(&id, "$admin")).await;
        assert_eq!(ada.state()["previous_role"], "$member");
        if is_tainted {
            ada.taint();
        } else {
            ada.replace_next();
        }
        let plan = ada.plan(role(&id, "$admin")).await;
        sim.give_address(ADA, BOB).expect("free");
        ada.apply_plan(&plan, role(&id, "$admin")).await;
        assert_eq!(
            (&ada.state()["id"], &ada.state()["previous_role"]),
            (&json!(id), &json!("$member")),
            "{is_tainted}"
        );
    }
}

/// A tainted object is planned as a new one, so its configured address means whoever has it now. Under `create_before_destroy` that comes
/// first, and nobody has said that Ada should lose the role.
#[tokio::test]
async fn under_create_before_destroy_a_tainted_role_takes_nothing_from_the_person_with_a_new_address() {
    let (sim, mut ada) = given("$admin").await;
    ada.create_before_destroy();
    ada.taint();
    sim.give_address(ADA, "ada.l@example.com").expect("free");
    sim.admit(ADA, "$guest", false).expect("a newcomer");
    let said = ada.apply(role(ADA, "$admin")).await.report().to_string();
    assert!(said.contains("ada.l@example.com keeps the role that they have"), "{said}");
    assert_eq!((role_of(&sim, "ada.l@example.com"), role_of(&sim, ADA)), ("$admin", "$admin"));
    assert_eq!(ada.deposed(), 0);
    ada.plan_is_empty().await;
}
