//! From create to drift; imports; spellings.

use expect_test::expect;

use super::*;

#[tokio::test]
async fn somebody_who_is_there_gets_a_role() {
    let (sim, mut ada) = world().await;
    ada.plan(role(ADA, "$admin")).await.check(expect![
        "create: user, role, on_destroy; known after apply: id, email, status, previous_role"
    ]);
    ada.apply(role(ADA, "$admin")).await;
    assert_eq!(role_of(&sim, ADA), "$admin");
    let (state, id) = (ada.state(), sim.user(ADA).expect("there").id);
    assert_eq!((&state["id"], &state["email"]), (&json!(id), &json!(ADA)));
    assert_eq!((&state["status"], &state["previous_role"]), (&json!("active"), &json!("$member")));
    assert_eq!(ada.identity(), json!({ "id": id }));
    ada.plan_is_empty().await;
    writes(&sim).check(expect![[r#"POST /users/<guid>/roles/update {"roleId":"<guid>"}"#]]);
    assert!(sim.mails().is_empty());

    sim.clear_journal();
    ada.plan(role(ADA, "guest")).await.check(expect!["update: role"]);
    ada.apply(role(ADA, "guest")).await;
    assert_eq!(role_of(&sim, ADA), "$guest");
    assert_eq!(ada.state()["previous_role"], "$member", "what was found at the creation stays");
    ada.plan_is_empty().await;
    writes(&sim).check(expect![[r#"POST /users/<guid>/roles/update {"roleId":"<guid>"}"#]]);
}

/// The plan of a new resource shows only the new role.
#[tokio::test]
async fn the_plan_and_the_apply_say_that_a_new_resource_lowers_a_role() {
    let warning = "warning at role: A new `atlan_user_role` lowers a role";
    for (in_plan, in_apply, wanted) in [
        ("$member", "$member", "$member"),
        ("$guest", "$guest", "$member"),
        ("$admin", "$admin", "$guest"),
        ("$member", "$admin", "$member"),
    ] {
        let (sim, mut ada) = world().await;
        sim.give_role(ADA, in_plan).expect("there");
        let plan = ada.plan(role(ADA, wanted)).await;
        sim.give_role(ADA, in_apply).expect("there");
        let applied = ada.apply_plan(&plan, role(ADA, wanted)).await;
        // The apply does not repeat what the plan said.
        let is_news = in_apply == "$admin" && in_plan != "$admin";
        for (said, is_lowered) in [(plan.report(), in_plan == "$admin"), (applied.report(), is_news)] {
            let said = said.to_string();
            assert_eq!(said.contains(warning), is_lowered, "{in_plan}, {in_apply}, {wanted}: {said}");
            assert_eq!(said.contains("has the role $admin, and this new"), is_lowered, "{said}");
        }
        assert_eq!(ada.state()["previous_role"], in_apply);
        ada.plan_is_empty().await;
    }
}

/// The plan may use a list that is some minutes old, also within the apply.
#[tokio::test]
async fn a_role_that_was_raised_since_the_list_was_read_is_not_lowered() {
    let (sim, mut ada) = world().await;
    ada.set_core(&core_with(&sim, json!({ "read_mode": "snapshot" })).one_process());
    let plan = ada.plan(role(ADA, "$guest")).await;
    sim.give_role(ADA, "$admin").expect("there");
    sim.clear_journal();
    let said = ada.try_apply_plan(&plan, role(ADA, "$guest")).await.failed().to_string();
    assert!(said.contains("error at role: The role of ada@example.com changed since the plan"), "{said}");
    assert_eq!((writes(&sim).as_str(), role_of(&sim, ADA), ada.state().is_null()), ("", "$admin", true));
    let plan = ada.plan(role(ADA, "$guest")).await;
    assert!(plan.report().to_string().contains("A new `atlan_user_role` lowers a role"), "{plan}");
}

#[tokio::test]
async fn a_role_that_the_person_has_is_taken_over_without_a_write() {
    let (sim, mut ada) = world().await;
    ada.apply(role(ADA, "member")).await;
    assert_eq!((writes(&sim), &ada.state()["previous_role"]), (String::new(), &json!("$member")));
    ada.plan_is_empty().await;
    ada.apply(json!({ "user": ADA, "role": "member", "on_destroy": "downgrade" })).await;
    assert_eq!(writes(&sim), "", "only the policy changed");
}

#[tokio::test]
async fn another_spelling_of_the_person_changes_nothing() {
    let (sim, mut ada) = world().await;
    ada.apply(role(" Ada@Example.com", "$member")).await;
    let id = sim.user(ADA).expect("there").id;
    for spelling in [ADA.to_owned(), "ADA@EXAMPLE.COM".to_owned(), id.clone(), id.to_uppercase()] {
        let plan = ada.plan(role(&spelling, "$member")).await;
        assert!(plan.is_empty(), "{spelling}: {plan}");
    }
    assert_eq!(ada.state()["user"], " Ada@Example.com", "the configured spelling stays");
    sim.admit("bob@example.com", "$guest", false).expect("a newcomer");
    let bob = sim.user("bob@example.com").expect("there").id;
    ada.plan(role(&bob, "$member"))
        .await
        .check(expect!["replace because of user: user; known after apply: id, email, status, previous_role"]);
    ada.apply(role(&bob, "$member")).await;
    assert_eq!((role_of(&sim, ADA), role_of(&sim, "bob@example.com")), ("$member", "$member"));
    assert_eq!(ada.state()["previous_role"], "$guest");
}

#[tokio::test]
async fn invited_people_have_roles_too_and_a_change_of_status_plans_nothing() {
    let (sim, mut bob) = managed("atlan_user_role").await;
    sim.invite("bob@example.com", "$guest").expect("invited");
    bob.apply(role("bob@example.com", "$member")).await;
    assert_eq!(bob.state()["status"], "pending");
    for (happens, status) in
        [(Sim::expire as fn(&Sim, &str) -> _, "expired"), (Sim::accept, "active"), (Sim::disable, "disabled")]
    {
        if status == "active" {
            sim.remove("bob@example.com").expect("there");
            sim.invite("bob@example.com", "$member").expect("invited again");
            bob.forget();
            bob.import("bob@example.com").await;
        }
        happens(&sim, "bob@example.com").expect(status);
        bob.plan_is_empty().await;
        bob.refresh().await;
        assert_eq!(bob.state()["status"], status);
    }
}

#[tokio::test]
async fn a_disabled_person_gets_the_role_with_a_warning() {
    let (sim, mut ada) = world().await;
    sim.disable(ADA).expect("there");
    let applied = ada.apply(role(ADA, "$guest")).await;
    assert!(applied.report().to_string().contains("ada@example.com is disabled"), "{}", applied.report());
    assert_eq!(role_of(&sim, ADA), "$guest");
    assert!(!sim.user(ADA).expect("there").enabled);
}

/// Also by an `atlan_user_invites` whose entry has left the map.
#[tokio::test]
async fn the_plan_says_that_the_person_is_disabled() {
    let (sim, mut ada) = given("$admin").await;
    let warning = "warning at user: The person of an `atlan_user_role` is disabled";
    for (is_disabled, wanted) in [(false, "$admin"), (true, "$admin"), (true, "$member"), (false, "$member")]
    {
        match is_disabled {
            true => sim.disable(ADA).expect("there"),
            false => sim.enable(ADA).expect("there"),
        }
        let plan = ada.plan(role(ADA, wanted)).await;
        let said = plan.report().to_string();
        assert_eq!(said.contains(warning) && said.contains(ADA), is_disabled, "{said}");
        assert_eq!(plan.is_empty(), wanted == "$admin");
    }
}

#[tokio::test]
async fn drift_is_repaired_in_place_and_whoever_is_gone_leaves_the_state() {
    let (sim, mut ada) = given("$admin").await;
    sim.give_role(ADA, "$guest").expect("there");
    ada.plan(role(ADA, "$admin")).await.check(expect!["update: role"]);
    ada.apply(role(ADA, "$admin")).await;
    assert_eq!((role_of(&sim, ADA), &ada.state()["previous_role"]), ("$admin", &json!("$member")));
    ada.plan_is_empty().await;
    sim.remove(ADA).expect("there");
    ada.refresh().await;
    assert!(ada.state().is_null());
    let said = ada.try_plan(role(ADA, "$admin")).await.failed().to_string();
    assert!(said.contains("error at user:") && said.contains("Nobody is known to Atlan"), "{said}");
    assert!(said.contains("`atlan_user_role` manages people who exist"), "{said}");
}

#[tokio::test]
async fn a_role_that_the_identity_provider_sets_at_each_sign_in_shows_as_the_same_update() {
    let (sim, mut ada) = given("$member").await;
    sim.sign_in(ADA, "okta", &[], Some("$admin")).expect("signed in");
    for _ in 0..2 {
        ada.plan(role(ADA, "$member")).await.check(expect!["update: role"]);
        ada.apply(role(ADA, "$member")).await;
        sim.sign_in(ADA, "okta", &[], Some("$admin")).expect("signed in");
    }
}

#[tokio::test]
async fn imports_take_a_guid_or_an_address_in_any_case() {
    let (sim, mut ada) = given("$admin").await;
    let id = sim.user(ADA).expect("there").id;
    let mut state = ada.state();
    state["previous_role"] = json!(null);
    for text in [id.clone(), id.to_uppercase(), ADA.to_owned(), "ADA@example.com".to_owned()] {
        ada.forget();
        ada.import(&text).await;
        assert_eq!(ada.state(), state, "{text}");
        let plan = ada.plan(role(&id, "admin")).await;
        assert!(plan.is_empty(), "{text}: {plan}");
    }
    ada.forget();
    ada.import_identity(json!({ "id": id })).await;
    assert_eq!(ada.state(), state);
    for text in ["nobody@example.com", "00000000-0000-4000-8000-000000000000", "ada"] {
        ada.forget();
        let said = ada.try_import(text).await.failed().to_string();
        assert!(said.contains("Could not import") && said.contains("nobody with this"), "{text}: {said}");
    }
}

/// Somebody has lowered the role since the plan, but not as far as the plan does.
#[tokio::test]
async fn a_role_that_was_lowered_since_the_plan_is_lowered_further() {
    let (sim, mut ada) = given("$admin").await;
    let plan = ada.plan(role(ADA, "$guest")).await;
    sim.give_role(ADA, "$member").expect("there");
    let applied = ada.try_apply_plan(&plan, role(ADA, "$guest")).await;
    if let Err(said) = &applied {
        assert!(!said.to_string().contains("somebody has raised the role"), "nobody has: {said}");
    }
    applied.expect("lowered");
    assert_eq!(role_of(&sim, ADA), "$guest");
    ada.plan_is_empty().await;
}
