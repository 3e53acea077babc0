//! An address that changes in Atlan. The membership is that of the person with its GUID, whoever has the address.

use super::*;

const BOB: &str = "bob@example.com";

/// Ada is in the group by Terraform; by now Atlan has her under another address. Also the GUIDs.
async fn renamed(refreshes: bool) -> (Sim, Instance, String, String) {
    let (sim, mut membership, group, ada) = world().await;
    membership.apply(edge(&group, ADA)).await;
    sim.give_address(ADA, BOB).expect("free");
    let core = core(&sim);
    membership.set_core(&if refreshes { core } else { core.without_refresh() });
    sim.clear_journal();
    (sim, membership, group, ada)
}

#[tokio::test]
async fn a_configuration_that_follows_changes_only_the_name() {
    for refreshes in [true, false] {
        let (sim, mut membership, group, ada) = renamed(refreshes).await;
        let plan = membership.plan(edge(&group, BOB)).await;
        let expected = if refreshes { "update: user" } else { "update: user; known after apply: email" };
        assert_eq!(plan.to_string(), expected);
        membership.apply(edge(&group, BOB)).await;
        let state = membership.state();
        assert_eq!((&state["user"], &state["email"]), (&json!(BOB), &json!(BOB)));
        assert_eq!((writes(&sim).as_str(), &state["user_id"]), ("", &json!(ada)));
        membership.set_core(&core(&sim));
        for spelling in [BOB, &ada] {
            let plan = membership.plan(edge(&group, spelling)).await;
            assert!(plan.is_empty() && plan.report().is_empty(), "{plan}");
        }
        membership.destroy().await;
        assert!(members(&sim, &group).is_empty());
    }
}

/// Somebody new has the old address.
#[tokio::test]
async fn a_configuration_with_the_old_address_keeps_the_person_and_hears_the_new_one() {
    for newcomer in [true, false] {
        let (sim, mut membership, group, ada) = renamed(true).await;
        if newcomer {
            person_by_other_means(&sim, ADA);
            sim.clear_journal();
        }
        for _ in 0..2 {
            let plan = membership.plan(edge(&group, ADA)).await;
            let said = plan.report().to_string();
            assert!(plan.is_empty(), "{plan}");
            assert!(said.contains("warning at user: An `atlan_group_member` names an old address"), "{said}");
            assert!(said.contains("`user = \"bob@example.com\"`") && said.contains(&ada), "{said}");
            membership.refresh().await;
        }
        assert_eq!((writes(&sim).as_str(), members(&sim, &group)), ("", vec![BOB.to_owned()]));
        membership.destroy().await;
        assert!(members(&sim, &group).is_empty());
    }
}

/// The old name stands for the person of the state, so nothing leaves or joins, and another resource may come for the new owner.
#[tokio::test]
async fn the_new_owner_of_the_address_may_join_by_another_resource() {
    let (sim, mut membership, group, _) = renamed(true).await;
    person_by_other_means(&sim, ADA);
    sim.clear_journal();
    let run = core(&sim).one_run();
    membership.set_core(&run);
    let mut other = run.resource("atlan_group_member");
    let follows = membership.plan(edge(&group, BOB)).await;
    let joins = other.plan(edge(&group, ADA)).await;
    membership.apply_plan(&follows, edge(&group, BOB)).await;
    other.apply_plan(&joins, edge(&group, ADA)).await;
    assert_eq!(members(&sim, &group).len(), 2);
    assert_eq!(writes(&sim).lines().count(), 1, "{}", writes(&sim));
    for (instance, user) in [(&mut membership, BOB), (&mut other, ADA)] {
        instance.set_core(&core(&sim));
        let plan = instance.plan(edge(&group, user)).await;
        assert!(plan.is_empty() && plan.report().is_empty(), "{plan}");
    }
}

/// By a replacement because of another group: the new object is for whoever has the address.
#[tokio::test]
async fn an_old_address_adds_its_new_owner_to_no_other_group() {
    for newcomer in [true, false] {
        let (sim, mut membership, group, ada) = renamed(true).await;
        let other = group_by_other_means(&sim, "ops", json!({ "alias": ["Ops"] }));
        if newcomer {
            person_by_other_means(&sim, ADA);
        }
        sim.clear_journal();
        let said = membership.try_apply(edge(&other, ADA)).await.failed().to_string();
        assert!(said.contains("error at user: An `atlan_group_member` names an old address"), "{said}");
        assert!(said.contains("`user = \"bob@example.com\"`") && said.contains(&ada), "{said}");
        assert_eq!((writes(&sim).as_str(), members(&sim, &group)), ("", vec![BOB.to_owned()]));
        membership.apply(edge(&other, BOB)).await;
        assert_eq!((members(&sim, &group), members(&sim, &other)), (vec![], vec![BOB.to_owned()]));
        membership.plan_is_empty().await;
    }
}

/// No plan can see that a replacement would be about the newcomer: a tainted object is planned without its state, and a saved plan is
/// applied later.
#[tokio::test]
async fn a_replacement_does_not_add_the_new_owner_of_the_address() {
    for is_tainted in [true, false] {
        let (sim, mut membership, group, ada) = world().await;
        membership.apply(edge(&group, ADA)).await;
        let other = group_by_other_means(&sim, "ops", json!({ "alias": ["Ops"] }));
        let passes_on = || {
            sim.give_address(ADA, BOB).expect("free");
            person_by_other_means(&sim, ADA);
            sim.clear_journal();
        };
        let (plan, config);
        if is_tainted {
            passes_on();
            membership.taint();
            config = edge(&group, ADA);
            plan = membership.plan(config.clone()).await;
        } else {
            config = edge(&other, ADA);
            plan = membership.plan(config.clone()).await;
            passes_on();
        }
        let said = membership.try_apply_plan(&plan, config).await.failed().to_string();
        assert!(said.contains("error at user: An `atlan_group_member` names an old address"), "{said}");
        assert!(said.contains("`user = \"bob@example.com\"`") && said.contains(&ada), "{said}");
        assert_eq!((writes(&sim).as_str(), members(&sim, &group)), ("", vec![BOB.to_owned()]));
        assert!(members(&sim, &other).is_empty());
        membership.apply(edge(&group, BOB)).await;
        membership.plan_is_empty().await;
    }
}

/// Others have removed her from the group after her address had passed on.
#[tokio::test]
async fn the_new_owner_of_the_address_does_not_join_once_the_person_has_left_the_group() {
    let (sim, mut membership, group, ada) = renamed(true).await;
    person_by_other_means(&sim, ADA);
    membership.refresh().await;
    by_other_means(&sim, &format!("{GROUPS}/{group}/members/remove"), &json!({ "users": [ada] }));
    sim.clear_journal();
    let said = membership.try_plan(edge(&group, ADA)).await.failed().to_string();
    assert!(said.contains("error at user: An `atlan_group_member` names an old address"), "{said}");
    membership.apply(edge(&group, BOB)).await;
    assert_eq!(members(&sim, &group), [BOB]);
    membership.plan_is_empty().await;
}

/// The same if the person has left Atlan.
#[tokio::test]
async fn a_saved_replacement_does_not_add_whoever_has_the_address_of_somebody_who_is_gone() {
    let (sim, mut membership, group, ada) = world().await;
    membership.apply(edge(&group, ADA)).await;
    membership.replace_next();
    let plan = membership.plan(edge(&group, ADA)).await;
    sim.remove(ADA).expect("there");
    person_by_other_means(&sim, ADA);
    sim.clear_journal();
    let said = membership.try_apply_plan(&plan, edge(&group, ADA)).await.failed().to_string();
    assert!(said.contains("error at user: The person of an `atlan_group_member` has another GUID"), "{said}");
    assert!(said.contains(&ada) && said.contains("`terraform plan` again"), "{said}");
    assert_eq!((writes(&sim).as_str(), members(&sim, &group).len()), ("", 0));
}

/// The groups of a person show no addresses, so the state of the first membership keeps the old one.
#[tokio::test]
async fn the_old_and_the_new_owner_of_an_address_have_two_memberships() {
    for switch in ["read_mode", "member_columns"] {
        let (sim, mut membership, group, ada) = world().await;
        let core = match switch {
            "read_mode" => core_with(&sim, json!({ "read_mode": "single" })),
            _ => {
                sim.set(json!({ "member_columns": "ignored" })).expect("a switch");
                core(&sim)
            }
        };
        membership.set_core(&core);
        membership.apply(edge(&group, ADA)).await;
        sim.give_address(ADA, BOB).expect("free");
        let newcomer = person_by_other_means(&sim, ADA);
        let mut other = core.resource("atlan_group_member");
        other.apply(edge(&group, &newcomer)).await;
        let run = core.one_run();
        membership.set_core(&run);
        other.set_core(&run);
        let plan = membership.plan(edge(&group, &ada)).await;
        assert_eq!(membership.state()["email"], ADA, "{switch}: {plan}");
        let plan = other.try_plan(edge(&group, &newcomer)).await;
        let plan = plan.unwrap_or_else(|said| panic!("{switch}: two people, but: {said}"));
        assert!(plan.is_empty(), "{switch}: {plan}");
    }
}

/// A tainted object is planned as a new one, so its configured address means whoever has it now. Nobody has said that Ada should leave.
#[tokio::test]
async fn under_create_before_destroy_a_tainted_membership_takes_nobody_out_whose_address_has_changed() {
    let (sim, mut membership, group, _) = world().await;
    membership.create_before_destroy();
    membership.apply(edge(&group, ADA)).await;
    membership.taint();
    sim.give_address(ADA, "ada.l@example.com").expect("free");
    sim.admit(ADA, "$guest", false).expect("a newcomer");
    let said = membership.apply(edge(&group, ADA)).await.report().to_string();
    assert!(said.contains("ada.l@example.com stays in the group"), "{said}");
    assert_eq!(
        (members(&sim, &group), membership.deposed()),
        (vec!["ada.l@example.com".to_owned(), ADA.to_owned()], 0)
    );
    membership.plan_is_empty().await;
}
