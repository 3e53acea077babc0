//! From create to delete; imports; who is read how often.

use std::time::Duration;

use expect_test::expect;

use super::*;

#[tokio::test]
async fn somebody_is_added_and_removed() {
    let (sim, mut membership, group, ada) = world().await;
    membership
        .plan(edge(&group, ADA))
        .await
        .check(expect!["create: group_id, user; known after apply: id, user_id, email"]);
    membership.apply(edge(&group, ADA)).await;
    assert_eq!(members(&sim, &group), [ADA]);
    let state = membership.state();
    assert_eq!(state["id"], format!("{group}/{ada}"));
    assert_eq!((&state["user_id"], &state["email"]), (&json!(ada), &json!(ADA)));
    assert_eq!(membership.identity(), json!({ "group_id": group, "user_id": ada }));
    membership.plan_is_empty().await;
    writes(&sim).check(expect![[r#"POST /users/<guid>/groups {"groups":["<guid>"]}"#]]);
    membership.destroy().await;
    assert!(members(&sim, &group).is_empty());
    assert!(sim.user(ADA).is_some_and(|user| user.enabled), "the person stays in the tenant");
}

#[tokio::test]
async fn another_spelling_of_the_person_changes_nothing() {
    let (sim, mut membership, group, ada) = world().await;
    membership.apply(edge(&group, " Ada@Example.com")).await;
    sim.clear_journal();
    for spelling in [ADA.to_owned(), "ADA@EXAMPLE.COM".to_owned(), ada.clone(), ada.to_uppercase()] {
        let plan = membership.plan(edge(&group, &spelling)).await;
        assert!(plan.is_empty(), "{spelling}: {plan}");
    }
    assert_eq!(membership.state()["user"], " Ada@Example.com", "the configured spelling stays");
    assert_eq!(sim.journal().on("GET", USERS).len(), 0, "compared offline");
    membership.destroy().await;
    membership.apply(edge(&group.to_uppercase(), &ada)).await;
    membership.plan_is_empty().await;
    let plan = membership.plan(edge(&group, ADA)).await;
    assert!(plan.is_empty(), "a GUID in another case, and the address: {plan}");
    let bob = person_by_other_means(&sim, "bob@example.com");
    membership
        .plan(edge(&group, &bob))
        .await
        .check(expect!["replace because of user: group_id, user; known after apply: id, user_id, email"]);
}

#[tokio::test]
async fn another_person_or_another_group_moves_the_membership() {
    let (sim, mut membership, group, _) = world().await;
    let other = group_by_other_means(&sim, "ops", json!({ "alias": ["Ops"] }));
    let bob = person_by_other_means(&sim, "bob@example.com");
    for create_first in [false, true] {
        if create_first {
            membership.create_before_destroy();
        }
        membership.apply(edge(&group, ADA)).await;
        let applied = membership.apply(edge(&group, "bob@example.com")).await;
        assert_eq!(applied.plan().replaced_for(), ["user"]);
        membership.plan_is_empty().await;
        assert_eq!(
            (members(&sim, &group), &membership.state()["user_id"]),
            (vec!["bob@example.com".to_owned()], &json!(bob))
        );
        let applied = membership.apply(edge(&other, "bob@example.com")).await;
        assert_eq!(applied.plan().replaced_for(), ["group_id"]);
        membership.plan_is_empty().await;
        assert_eq!(
            (members(&sim, &group).len(), members(&sim, &other)),
            (0, vec!["bob@example.com".to_owned()])
        );
        assert_eq!(membership.identity(), json!({ "group_id": other, "user_id": bob }));
        membership.destroy().await;
        assert!(members(&sim, &other).is_empty() && membership.deposed() == 0);
    }
}

#[tokio::test]
async fn a_membership_that_exists_is_taken_over_without_a_write() {
    let (sim, mut membership, group, ada) = world().await;
    join_by_other_means(&sim, &group, &[&ada]);
    sim.clear_journal();
    membership.apply(edge(&group, ADA)).await;
    assert_eq!(writes(&sim), "");
    membership.plan_is_empty().await;
    membership.destroy().await;
    assert!(members(&sim, &group).is_empty());
}

#[tokio::test]
async fn invited_people_join_before_they_accept_and_default_groups_are_taken_over() {
    let (sim, mut membership, group, _) = world().await;
    let everyone = group_by_other_means(&sim, "all", json!({ "alias": ["All"], "isDefault": ["true"] }));
    sim.invite("bob@example.com", "$guest").expect("invited");
    membership.apply(edge(&group, "bob@example.com")).await;
    membership.plan_is_empty().await;
    sim.accept("bob@example.com").expect("pending");
    membership.plan_is_empty().await;
    let mut of_default = core(&sim).resource("atlan_group_member");
    sim.clear_journal();
    of_default.apply(edge(&everyone, "bob@example.com")).await;
    assert_eq!(writes(&sim), "", "already in it");
    assert_eq!(sim.user("bob@example.com").expect("there").groups, ["stewards", "all"]);
}

#[tokio::test]
async fn whatever_is_gone_leaves_the_state_and_is_planned_again() {
    for gone in ["membership", "group", "person", "group_at_destroy"] {
        let (sim, mut membership, group, ada) = world().await;
        membership.apply(edge(&group, ADA)).await;
        match gone {
            "membership" => drop(by_other_means(
                &sim,
                &format!("{GROUPS}/{group}/members/remove"),
                &json!({ "users": [ada] }),
            )),
            "person" => sim.remove(ADA).expect("a person"),
            _ => drop(by_other_means(&sim, &format!("{GROUPS}/{group}/delete"), &json!({}))),
        }
        if gone == "group_at_destroy" {
            membership.set_core(&core(&sim).without_refresh());
            membership.destroy().await;
        } else {
            membership.refresh().await;
        }
        assert!(membership.state().is_null(), "{gone}: {}", membership.state());
    }
}

/// Ada was removed by hand and invited again: another GUID, the same address.
#[tokio::test]
async fn a_person_who_came_back_under_another_guid_is_added_anew() {
    let (sim, mut membership, group, ada) = world().await;
    membership.apply(edge(&group, ADA)).await;
    sim.remove(ADA).expect("a person");
    let again = person_by_other_means(&sim, ADA);
    assert_ne!(again, ada);
    let applied = membership.apply(edge(&group, ADA)).await;
    assert!(applied.plan().to_string().starts_with("create"), "{}", applied.plan());
    assert_eq!(membership.state()["user_id"], again);
    assert_eq!(members(&sim, &group), [ADA]);
    membership.plan_is_empty().await;
}

#[tokio::test]
async fn a_membership_is_imported_by_every_name() {
    let (sim, mut membership, _, ada) = world().await;
    let group = group_by_other_means(&sim, "ops", json!({ "alias": ["Ops / On call"] }));
    membership.apply(edge(&group, ADA)).await;
    let state = membership.state();
    for text in [
        format!("{group}/{ada}"),
        format!("{}/{}", group.to_uppercase(), ada.to_uppercase()),
        format!("ops/{ADA}"),
        format!("ops/{ada}"),
        "alias:Ops / On call/ADA@example.com".to_owned(),
    ] {
        let mut imported = core(&sim).resource("atlan_group_member");
        imported.import(&text).await;
        assert_eq!(imported.state(), state, "{text}");
        let plan = imported.plan(edge(&group, &ada)).await;
        assert!(plan.is_empty(), "{text}: {plan}");
    }
    let mut imported = core(&sim).resource("atlan_group_member");
    imported.import_identity(json!({ "group_id": group, "user_id": ada })).await;
    assert_eq!(imported.state(), state);
    // Whether lists show addresses or not.
    sim.set(json!({ "member_columns": "ignored" })).expect("a switch");
    imported.forget();
    imported.import(&format!("{group}/{ada}")).await;
    assert_eq!(imported.state(), state);
}

#[tokio::test]
async fn an_import_that_finds_nothing_says_what_it_looked_for() {
    let (sim, mut membership, group, ada) = world().await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (text, why) in [
        ("stewards".to_owned(), "The id is GROUP/USER."),
        (format!("stewards/{ADA}"), "ada@example.com is not in the group stewards."),
        (format!("alias:Stewards/{ADA}"), "ada@example.com is not in the group alias:Stewards."),
        (format!("{group}/{nobody}"), nobody),
        (format!("{nobody}/{ada}"), "there may be no such group or person"),
        ("stewards/bob@example.com".to_owned(), "Nobody is known to Atlan"),
        (format!("none/{ADA}"), "has no group with this internal name"),
        (format!("alias:None/{ADA}"), "has no group that is shown under this name"),
        ("stewards/ada".to_owned(), "is not a person: give a GUID or an email address"),
    ] {
        let said = membership.try_import(&text).await.failed().to_string();
        assert!(said.contains(&format!("Could not import {text:?}")) && said.contains(why), "{text}: {said}");
        assert!(text.contains(&ada) || !said.contains(&ada), "another name than what was typed: {said}");
        assert!(membership.state().is_null());
    }
    drop(sim);
}

#[tokio::test]
async fn a_refresh_of_one_of_fifty_thousand_members_takes_two_requests() {
    let options = atlan_sim::Options { users: 49_999, ..Default::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    let people: Vec<String> = sim.users().into_iter().map(|user| user.id).collect();
    join_by_other_means(&sim, &group, &people.iter().map(String::as_str).collect::<Vec<_>>());
    let last = sim.users().into_iter().max_by_key(|user| user.username.clone()).expect("people");
    let mut membership = core(&sim).resource("atlan_group_member");
    membership.apply(edge(&group, &last.email)).await;
    sim.clear_journal();
    membership.plan_is_empty().await;
    assert_eq!(sim.journal().len(), 2, "{}", sim.journal());
}

#[tokio::test]
async fn the_email_address_follows_the_list_and_plans_nothing() {
    let (sim, mut membership, group, _) = world().await;
    sim.set(json!({ "member_columns": "ignored" })).expect("a switch");
    membership.apply(edge(&group, ADA)).await;
    membership.plan_is_empty().await;
    assert_eq!(membership.state()["email"], ADA);
    sim.clear_journal();
    membership.refresh().await;
    assert_eq!(sim.journal().on("GET", USERS).len(), 0, "no request for the person");
}

/// Ten memberships of one person at once, in a tenant whose adds replace.
#[tokio::test]
async fn ten_groups_of_one_person_at_once_lose_nothing_where_adds_replace() {
    let (sim, _, default, ada) = world().await;
    join_by_other_means(&sim, &default, &[&ada]);
    sim.set(json!({ "user_groups_post": "replace" })).expect("a switch");
    let run = core(&sim).one_run();
    let mut edges = Vec::new();
    for number in 0..10 {
        let group = group_by_other_means(&sim, &format!("g{number}"), json!({ "alias": ["G"] }));
        edges.push((run.resource("atlan_group_member"), edge(&group, ADA)));
    }
    let mut plans = Vec::new();
    for (object, config) in &mut edges {
        plans.push(object.plan(config.clone()).await);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for ((mut object, config), plan) in edges.into_iter().zip(plans) {
        tasks.spawn(async move {
            let applied = object.apply_plan(&plan, config.clone()).await;
            (object, config, applied)
        });
    }
    let mut warnings = 0;
    while let Some(applied) = tasks.join_next().await {
        let (mut object, config, applied) = applied.expect("no panic");
        warnings += usize::from(applied.report().to_string().contains("was out of groups for a moment"));
        object.set_core(&core(&sim));
        let plan = object.plan(config).await;
        assert!(plan.is_empty(), "{plan}");
    }
    assert_eq!(sim.user(ADA).expect("there").groups.len(), 11, "{}", sim.journal());
    assert_eq!(warnings, 1);
}

#[tokio::test]
async fn a_membership_that_shows_late_is_kept_with_a_warning() {
    let (sim, mut membership, group, _) = world().await;
    sim.set(json!({ "membership_visible_after_ms": 3_600_000 })).expect("a switch");
    let config = with(edge(&group, ADA), json!({ "timeouts": { "create": "300ms" } }));
    let applied = membership.apply(config.clone()).await;
    assert!(applied.report().to_string().contains("does not show yet"), "{}", applied.report());
    let looking = {
        let config = config.clone();
        tokio::spawn(async move {
            let plan = membership.plan(config).await;
            (membership, plan)
        })
    };
    sim.clear_journal();
    sim.arrived("GET", OF_GROUP).await;
    sim.advance(Duration::from_secs(3_601));
    let (mut membership, plan) = looking.await.expect("no panic");
    assert!(plan.is_empty(), "not yet is not gone: {plan}");
    membership.refresh().await;
    assert!(!membership.state().is_null());
}

/// Otherwise the person would be in neither group.
#[tokio::test]
async fn a_replacement_by_a_group_that_does_not_exist_removes_nobody() {
    let (sim, mut membership, group, _) = world().await;
    membership.apply(edge(&group, ADA)).await;
    sim.clear_journal();
    let nowhere = "00000000-0000-4000-8000-000000000000";
    let said = membership.try_apply(edge(nowhere, ADA)).await.failed().to_string();
    assert!(said.contains("would fail after the delete") && said.contains(nowhere), "{said}");
    assert_eq!((writes(&sim).as_str(), members(&sim, &group)), ("", vec![ADA.to_owned()]));
    membership.apply(edge(&group, ADA)).await;
    membership.plan_is_empty().await;
}

#[tokio::test]
async fn a_replacement_by_nobody_removes_nobody() {
    let (sim, mut membership, group, _) = world().await;
    membership.apply(edge(&group, ADA)).await;
    sim.clear_journal();
    let said = membership.try_apply(edge(&group, "typo@example.com")).await.failed().to_string();
    assert!(said.contains("Replacing the membership would fail after the delete"), "{said}");
    assert!(said.contains("typo@example.com") && said.contains("Correct `user`"), "{said}");
    assert_eq!((writes(&sim).as_str(), members(&sim, &group)), ("", vec![ADA.to_owned()]));
    membership.apply(edge(&group, ADA)).await;
    // Somebody whom the same plan invites is not there yet.
    let run = core(&sim).one_run();
    membership.set_core(&run);
    let mut invite = run.resource("atlan_user_invite");
    let seat = json!({ "email": "kim@example.com", "role": "$guest" });
    let comes = invite.plan(seat.clone()).await;
    let moves = membership.plan(edge(&group, "kim@example.com")).await;
    invite.apply_plan(&comes, seat).await;
    membership.apply_plan(&moves, edge(&group, "kim@example.com")).await;
    assert_eq!(members(&sim, &group), ["kim@example.com"]);
}
