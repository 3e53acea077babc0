//! What a destroy does to the role: never more than before.

use super::*;

/// Destroys, and expects this role and, if any, this in a warning.
async fn ends(sim: &Sim, ada: &mut Instance, present: &str, warning: Option<&str>) {
    sim.clear_journal();
    let said = ada.destroy().await.to_string();
    assert_eq!(role_of(sim, ADA), present, "{said}");
    match warning {
        Some(warning) => assert!(said.contains("warning") && said.contains(warning), "{said}"),
        None => assert!(said.is_empty(), "{said}"),
    }
    assert!(ada.state().is_null());
    assert!(sim.user(ADA).expect("there").enabled, "the seat stays");
}

#[tokio::test]
async fn the_role_of_before_comes_back() {
    let (sim, mut ada) = given("$admin").await;
    ends(&sim, &mut ada, "$member", None).await;
    assert_eq!(sim.journal().on("POST", ROLE_UPDATES).len(), 1);
}

/// Ada was an admin, Terraform made her a guest.
#[tokio::test]
async fn a_destroy_never_raises_a_role() {
    let (sim, mut ada) = world().await;
    sim.give_role(ADA, "$admin").expect("there");
    ada.apply(role(ADA, "$guest")).await;
    assert_eq!(ada.state()["previous_role"], "$admin");
    let why = "Before this resource, the person had $admin, which is higher";
    ends(&sim, &mut ada, "$guest", Some(why)).await;
    assert_eq!(writes(&sim), "");
}

/// Somebody lowers the role after the refresh, or right before the write.
#[tokio::test]
async fn a_role_that_others_have_lowered_meanwhile_is_not_raised() {
    let (sim, mut ada) = given("$admin").await;
    ada.set_core(&core(&sim).without_refresh());
    sim.give_role(ADA, "$guest").expect("there");
    ends(&sim, &mut ada, "$guest", Some("keeps the role $guest")).await;
    assert_eq!(writes(&sim), "");

    let (sim, mut ada) = given("$admin").await;
    ada.set_core(&core(&sim));
    sim.fault(atlan_sim::Rule::on("POST", ROLE_UPDATES).status(503).times(1)).expect("a rule");
    let held = sim.hold("POST", ROLE_UPDATES, atlan_sim::Moment::Before);
    let destroying = tokio::spawn(async move {
        let said = ada.destroy().await.to_string();
        (ada, said)
    });
    sim.arrived("POST", ROLE_UPDATES).await;
    sim.give_role(ADA, "$guest").expect("there");
    held.release();
    let (ada, said) = destroying.await.expect("no panic");
    assert!(ada.state().is_null());
    assert!(said.contains("keeps the role $guest"), "{said}");
    assert_eq!(role_of(&sim, ADA), "$guest");
}

/// As with a plan of the destroy that was saved before somebody raised the role.
#[tokio::test]
async fn a_destroy_takes_no_role_away_that_the_person_has_got_since_the_plan() {
    for (policy, after) in [("restore", "$member"), ("downgrade", "$guest")] {
        let (sim, mut ada) = given("$guest").await;
        ada.apply(with(role(ADA, "$guest"), json!({ "on_destroy": policy }))).await;
        ada.set_core(&core(&sim).without_refresh());
        sim.give_role(ADA, "$admin").expect("there");
        sim.clear_journal();
        let said = ada.try_destroy().await.failed().to_string();
        assert!(said.contains("The role of ada@example.com changed since the plan"), "{policy}: {said}");
        assert!(said.contains("first apply `on_destroy = \"keep\"`"), "{policy}: {said}");
        assert_eq!((writes(&sim).as_str(), role_of(&sim, ADA)), ("", "$admin"), "{policy}");
        assert_eq!(ada.state()["role"], "$admin", "the next plan shows it");
        ada.set_core(&core(&sim));
        ends(&sim, &mut ada, after, None).await;
    }
}

/// A plan of a replacement shows no change of the role.
#[tokio::test]
async fn a_replacement_takes_no_role_away_that_the_person_has_got_since_the_plan() {
    let (sim, mut ada) = given("$guest").await;
    ada.taint();
    let plan = ada.plan(role(ADA, "$guest")).await;
    sim.give_role(ADA, "$admin").expect("there");
    sim.clear_journal();
    let said = ada.try_apply_plan(&plan, role(ADA, "$guest")).await.failed().to_string();
    assert!(said.contains("The role of ada@example.com changed since the plan"), "{said}");
    assert_eq!((writes(&sim).as_str(), role_of(&sim, ADA)), ("", "$admin"));
    assert_eq!(ada.state()["previous_role"], "$member", "the state keeps what it had");
    ada.apply(role(ADA, "$guest")).await;
    assert_eq!(role_of(&sim, ADA), "$guest");
    ada.plan_is_empty().await;
}

#[tokio::test]
async fn a_role_that_others_have_raised_meanwhile_goes_back_to_the_one_of_before() {
    let (sim, mut ada) = given("$guest").await;
    sim.give_role(ADA, "$admin").expect("there");
    ends(&sim, &mut ada, "$member", None).await;
}

#[tokio::test]
async fn without_a_known_role_of_before_nothing_is_changed() {
    let (sim, mut ada) = given("$admin").await;
    ada.forget();
    ada.import(ADA).await;
    ends(&sim, &mut ada, "$admin", Some("ada@example.com keeps the role $admin")).await;
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn policies_lower_or_keep() {
    for (policy, present, warning) in
        [("downgrade", "$guest", None), ("keep", "$admin", Some("`on_destroy` is `keep`"))]
    {
        let (sim, mut ada) = world().await;
        ada.apply(with(role(ADA, "$admin"), json!({ "on_destroy": policy }))).await;
        ends(&sim, &mut ada, present, warning).await;
    }
}

#[tokio::test]
async fn whoever_is_gone_or_disabled_is_success() {
    for policy in ["restore", "downgrade"] {
        for gone in [true, false] {
            let (sim, mut ada) = world().await;
            ada.apply(with(role(ADA, "$admin"), json!({ "on_destroy": policy }))).await;
            ada.set_core(&core(&sim).without_refresh());
            let happens = if gone { Sim::remove } else { Sim::disable };
            happens(&sim, ADA).expect("there");
            sim.clear_journal();
            let said = ada.destroy().await.to_string();
            // Whoever enables them gives them the higher role again.
            let warns =
                said.contains("ada@example.com keeps the role $admin") && said.contains("is disabled");
            assert!(
                (if gone { said.is_empty() } else { warns }) && ada.state().is_null(),
                "{policy} {gone}: {said}"
            );
            assert_eq!(writes(&sim), "");
        }
    }
}

#[tokio::test]
async fn a_replacement_by_the_same_person_changes_nothing_and_keeps_the_role_of_before() {
    for tainted in [true, false] {
        let (sim, mut ada) = given("$admin").await;
        let id = sim.user(ADA).expect("there").id;
        sim.clear_journal();
        let config = if tainted {
            ada.taint();
            role(ADA, "$admin")
        } else {
            // Of another spelling that the offline comparison knows, nothing is replaced; so another person, and back.
            role(&id, "$admin")
        };
        ada.apply(config.clone()).await;
        assert_eq!((writes(&sim), role_of(&sim, ADA)), (String::new(), "$admin"));
        assert_eq!(ada.state()["previous_role"], "$member", "tainted: {tainted}");
        assert!(!ada.is_tainted());
        let plan = ada.plan(config).await;
        assert!(plan.is_empty(), "{plan}");
        ends(&sim, &mut ada, "$member", None).await;
    }
}

/// Ada leaves and comes back between the plan of a replacement and its apply, or it is somebody else who has her address. What the old
/// object knew is about another record.
#[tokio::test]
async fn a_role_of_somebody_who_returned_takes_the_role_of_now_as_the_one_of_before() {
    for fails in [false, true] {
        let (sim, mut ada) = world().await;
        sim.give_role(ADA, "$guest").expect("there");
        ada.apply(role(ADA, "$admin")).await;
        ada.taint();
        let plan = ada.plan(role(ADA, "$admin")).await;
        let old = sim.user(ADA).expect("there").id;
        sim.remove(ADA).expect("there");
        sim.admit(ADA, "$member", false).expect("a newcomer");
        let said = ada.try_apply_plan(&plan, role(ADA, "$admin")).await.failed().to_string();
        assert!(said.contains("has another GUID") && role_of(&sim, ADA) == "$member", "{said}");
        if fails {
            sim.fault(atlan_sim::Rule::on("POST", ROLE_UPDATES).status(403).times(1)).expect("a rule");
            ada.try_apply(role(ADA, "$admin")).await.failed();
            assert!(ada.state().is_null(), "the state knows of nobody: {}", ada.state());
        }
        ada.apply(role(ADA, "$admin")).await;
        assert_ne!(ada.state()["id"], json!(old));
        assert_eq!((role_of(&sim, ADA), &ada.state()["previous_role"]), ("$admin", &json!("$member")));
        ends(&sim, &mut ada, "$member", None).await;
    }
}

#[tokio::test]
async fn a_replacement_that_fails_half_way_keeps_the_role_of_before() {
    let (sim, mut ada) = given("$admin").await;
    ada.taint();
    sim.fault(atlan_sim::Rule::on("POST", ROLE_UPDATES).status(403).times(1)).expect("a rule");
    let said = ada.try_apply(role(ADA, "$guest")).await.failed().to_string();
    assert!(said.contains("was refused with 403"), "{said}");
    assert_eq!(ada.state()["previous_role"], "$member", "{}", ada.state());
    ada.apply(role(ADA, "$guest")).await;
    assert_eq!((role_of(&sim, ADA), &ada.state()["previous_role"]), ("$guest", &json!("$member")));
    ada.plan_is_empty().await;
}

#[tokio::test]
async fn under_create_before_destroy_the_old_half_undoes_nothing_and_says_what_was_before() {
    let (sim, mut ada) = given("$admin").await;
    ada.taint();
    ada.create_before_destroy();
    let applied = ada.apply(role(ADA, "$admin")).await;
    let said = applied.report().to_string();
    assert_eq!(role_of(&sim, ADA), "$admin");
    assert!(said.contains("was not restored") && said.contains("before this resource was $member"), "{said}");
    assert!(said.contains("`previous_role` is $admin"), "{said}");
    assert!(said.contains("`on_destroy = \"downgrade\"`"), "the way out: {said}");
    ada.plan_is_empty().await;
    ends(&sim, &mut ada, "$admin", Some("ada@example.com keeps the role $admin")).await;
}

/// The new half of a replacement under `create_before_destroy` finds the role that its old half has set.
#[tokio::test]
async fn a_destroy_that_leaves_an_admin_says_so() {
    let (sim, mut ada) = world().await;
    sim.give_role(ADA, "$admin").expect("there");
    ada.apply(role(ADA, "$admin")).await;
    ends(&sim, &mut ada, "$admin", Some("ada@example.com keeps the role $admin")).await;
    // A disabled admin has no access to lose.
    ada.apply(role(ADA, "$admin")).await;
    sim.disable(ADA).expect("there");
    let said = ada.destroy().await.to_string();
    assert!(said.is_empty(), "{said}");
    ends_as_member(&sim, &mut ada).await;
}

/// Members are no surprise.
async fn ends_as_member(sim: &Sim, ada: &mut Instance) {
    sim.enable(ADA).expect("there");
    sim.give_role(ADA, "$member").expect("there");
    ada.apply(role(ADA, "$member")).await;
    ends(sim, ada, "$member", None).await;
}

/// The new object has the person by then.
#[tokio::test]
async fn under_create_before_destroy_the_old_half_that_keeps_the_role_does_not_say_that_nobody_manages_it() {
    let (_sim, mut ada) = world().await;
    let keep = with(role(ADA, "$admin"), json!({ "on_destroy": "keep" }));
    ada.apply(keep.clone()).await;
    ada.create_before_destroy();
    ada.replace_next();
    let said = ada.apply(keep).await.report().to_string();
    assert!(!said.contains("no longer manages the role of this person"), "{said}");
    ada.plan_is_empty().await;
}
