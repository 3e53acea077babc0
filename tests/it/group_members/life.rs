//! From create to delete: who is added and removed, what the plan shows, and in how many requests.

use atlan_sim::Rule;
use expect_test::expect;

use super::*;

#[tokio::test]
async fn a_set_is_created_changed_emptied_and_destroyed() {
    let (sim, mut set, group) = world().await;
    set.plan(set_of(&group, &[ADA, BOB]))
        .await
        .check(expect!["create: group_id, members, on_existing; known after apply: id, user_ids, failed"]);
    set.apply(set_of(&group, &[ADA, BOB])).await;
    assert_eq!(members(&sim, &group), [ADA, BOB]);
    let state = set.state();
    assert_eq!(state["id"], group);
    assert_eq!(state["user_ids"], json!({ ADA: id(&sim, ADA), BOB: id(&sim, BOB) }));
    assert_eq!(state["failed"], json!({}));
    assert_eq!(set.identity(), json!({ "group_id": group }));
    set.plan_is_empty().await;

    sim.clear_journal();
    set.apply(set_of(&group, &[BOB, EVE]))
        .await
        .check(expect!["update: members; known after apply: user_ids, failed"]);
    assert_eq!(members(&sim, &group), [BOB, EVE]);
    writes(&sim).check(expect![[r#"
        POST /users/<guid>/groups {"groups":["<guid>"]}
        POST /groups/<guid>/members/remove {"users":["<guid>"]}"#]]);
    set.plan_is_empty().await;
    set.apply(set_of::<&str>(&group, &[])).await;
    assert!(members(&sim, &group).is_empty());
    set.plan_is_empty().await;
    set.apply(set_of(&group, &[EVE])).await;
    let report = set.destroy().await;
    assert!(report.to_string().contains("1 person leaves the group"), "{report}");
    assert!(members(&sim, &group).is_empty());
    assert_eq!(sim.users().len(), 4, "everybody stays in the tenant");
}

/// The create would refuse the group after the delete had removed its members.
#[tokio::test]
async fn a_replacement_of_a_set_removes_nobody_if_others_have_joined_since_the_plan() {
    for joins in [false, true] {
        let (sim, mut set, group) = world().await;
        let config = set_of(&group, &[ADA, BOB]);
        set.apply(config.clone()).await;
        set.taint();
        let plan = set.plan(config.clone()).await;
        sim.clear_journal();
        if !joins {
            set.apply_plan(&plan, config).await;
            assert_eq!(members(&sim, &group), [ADA, BOB]);
            continue;
        }
        join_by_other_means(&sim, &group, &[&id(&sim, EVE)]);
        sim.clear_journal();
        let said = set.try_apply_plan(&plan, config.clone()).await.failed().to_string();
        let more = "The group \"Stewards\" has 1 member who is not listed, more than the plan has shown";
        assert!(said.contains(more), "{said}");
        assert_eq!((writes(&sim).as_str(), members(&sim, &group).len()), ("", 3));
        set.untaint();
        set.apply(config).await;
        assert_eq!(members(&sim, &group), [ADA, BOB]);
        set.destroy().await;
    }
}

/// With `adopt`, the create refuses more removals than `max_removals`. If the group changes, people who joined the new group count.
#[tokio::test]
async fn a_replacement_removes_nobody_if_the_create_would_refuse_the_group() {
    let adopts = json!({ "on_existing": "adopt", "max_removals": 0 });
    for (moves, more) in [(false, adopts.clone()), (true, json!({})), (true, adopts)] {
        let (sim, mut set, group) = world().await;
        let other = group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
        set.apply(set_of(&group, &[ADA, BOB])).await;
        let next = if moves { &other } else { &group };
        let config = with(set_of(next, &[ADA, BOB]), more);
        if !moves {
            set.taint();
        }
        let plan = set.plan(config.clone()).await;
        join_by_other_means(&sim, next, &[&id(&sim, EVE)]);
        sim.clear_journal();
        let said = set.try_apply_plan(&plan, config).await.failed().to_string();
        assert!(said.contains("more than the plan has shown"), "{said}");
        assert_eq!((writes(&sim).as_str(), set.state()["group_id"].as_str()), ("", Some(&*group)));
        assert!(members(&sim, &group).len() >= 2, "nobody is removed");
    }
}

/// Whom the plan has shown counts, too: two removals are more than one.
#[tokio::test]
async fn a_replacement_counts_those_whom_the_plan_has_shown_against_max_removals() {
    let (sim, mut set, group) = world().await;
    let other = group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
    let kim = person_by_other_means(&sim, "kim@example.com");
    join_by_other_means(&sim, &other, &[&id(&sim, EVE)]);
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let config = with(set_of(&other, &[ADA, BOB]), json!({ "on_existing": "adopt", "max_removals": 1 }));
    let plan = set.plan(config.clone()).await;
    join_by_other_means(&sim, &other, &[&kim]);
    sim.clear_journal();
    let said = set.try_apply_plan(&plan, config.clone()).await.failed().to_string();
    let more = "The group \"Analysts\" has 2 members who are not listed, more than the plan has shown";
    assert!(said.contains(more), "{said}");
    assert_eq!((writes(&sim).as_str(), members(&sim, &group)), ("", vec![ADA.to_owned(), BOB.to_owned()]));
    set.apply(with(config, json!({ "max_removals": 2 }))).await;
    assert_eq!(
        (members(&sim, &group).len(), members(&sim, &other)),
        (0, vec![ADA.to_owned(), BOB.to_owned()])
    );
}

/// Somebody who is listed was removed from the tenant since the plan, or the next group was deleted.
#[tokio::test]
async fn a_replacement_removes_nobody_if_the_create_would_find_no_person_or_group() {
    for (moves, said) in [(false, "Atlan knows nobody as bob@example.com"), (true, "was deleted")] {
        let (sim, mut set, group) = world().await;
        let other = group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
        set.apply(set_of(&group, &[ADA, BOB])).await;
        let config = set_of(if moves { &other } else { &group }, &[ADA, BOB]);
        if !moves {
            set.taint();
        }
        let plan = set.plan(config.clone()).await;
        match moves {
            true => drop(by_other_means(&sim, &format!("{GROUPS}/{other}/delete"), &json!({}))),
            false => sim.remove(BOB).expect("there"),
        }
        sim.clear_journal();
        let failed = set.try_apply_plan(&plan, config.clone()).await.failed().to_string();
        assert!(failed.contains("would fail after the delete") && failed.contains(said), "{failed}");
        assert_eq!(writes(&sim), "");
        assert!(members(&sim, &group).contains(&ADA.to_owned()), "nobody is removed");
        // A refresh shows that Bob is gone from the group, and the configuration still has him.
        set.refresh().await;
        set.try_apply(config).await.failed();
        assert!(members(&sim, &group).contains(&ADA.to_owned()), "nobody is removed");
    }
}

/// Whoever is invited by another resource of the plan need not be there when the old object is deleted, only when the new one is created.
#[tokio::test]
async fn a_replacement_does_not_ask_for_people_whom_the_same_plan_invites() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA])).await;
    for (email, summary) in [
        ("lee@example.com", "Replacing the members would fail after the delete"),
        // Without the reference to the invitation, Terraform does not wait for it.
        ("kim@example.com", "There is no such person"),
    ] {
        let run = core(&sim).one_run();
        let mut invite = run.resource("atlan_user_invite");
        invite.plan(json!({ "email": "kim@example.com", "role": "$guest" })).await;
        set.set_core(&run);
        set.replace_next();
        let said = set.try_apply(set_of(&group, &[ADA, email])).await.failed().to_string();
        assert!(said.contains(summary), "{said}");
        assert_eq!(members(&sim, &group).len(), usize::from(email == "lee@example.com"));
    }
}

/// Another resource has the person, and invites nobody.
#[tokio::test]
async fn a_replacement_asks_for_people_whom_another_resource_has() {
    let (sim, mut set, group) = world().await;
    let mut invite = core(&sim).resource("atlan_user_invite");
    let seat = json!({ "email": BOB, "role": "$member", "on_existing": "adopt" });
    invite.apply(seat.clone()).await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let run = core(&sim).one_run();
    invite.set_core(&run);
    assert!(invite.plan(seat).await.is_empty());
    set.set_core(&run);
    set.replace_next();
    let plan = set.plan(set_of(&group, &[ADA, BOB])).await;
    sim.remove(BOB).expect("there");
    sim.clear_journal();
    let said = set.try_apply_plan(&plan, set_of(&group, &[ADA, BOB])).await.failed().to_string();
    assert!(said.contains("Atlan knows nobody as bob@example.com"), "{said}");
    assert_eq!((writes(&sim).as_str(), members(&sim, &group)), ("", vec![ADA.to_owned()]));
}

/// Whoever is listed is no reason to refuse, although the state does not have them yet.
#[tokio::test]
async fn a_replacement_goes_on_if_those_who_joined_are_listed() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA])).await;
    set.taint();
    let config = set_of(&group, &[ADA, EVE]);
    let plan = set.plan(config.clone()).await;
    join_by_other_means(&sim, &group, &[&id(&sim, EVE)]);
    set.apply_plan(&plan, config).await;
    assert_eq!(members(&sim, &group).len(), 2);
}

#[tokio::test]
async fn people_are_named_either_way_and_another_spelling_changes_nothing() {
    let (sim, mut set, group) = world().await;
    let ada = id(&sim, ADA);
    set.apply(set_of(&group, &[ada.as_str(), "Bob@Example.com"])).await;
    set.plan_is_empty().await;
    for spelling in [[ADA, BOB], [&ada.to_uppercase(), " BOB@example.com"]] {
        let plan = set.plan(set_of(&group, &spelling)).await;
        assert!(plan.is_empty(), "{spelling:?}: {plan}");
    }
    // Somebody new beside other spellings: only one is added.
    sim.clear_journal();
    set.apply(set_of(&group, &[ADA, BOB, EVE])).await;
    assert_eq!(sim.journal().writes().len(), 1, "{}", sim.journal());
    set.plan_is_empty().await;
    for twice in [vec![ADA, "Ada@Example.com"], vec![&ada, &ada.to_uppercase()]] {
        let said = set.validate(set_of(&group, &twice)).await.to_string();
        assert!(said.contains("error at members: Two entries are one person"), "{said}");
    }
    sim.clear_journal();
    let said = set.try_apply(set_of(&group, &[ADA, &ada])).await.failed().to_string();
    assert!(said.contains("error at members: Two entries are one person") && said.contains(&ada), "{said}");
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn members_who_are_not_listed_are_an_error_at_creation_or_adopted() {
    let (sim, mut set, group) = world().await;
    join_by_other_means(&sim, &group, &[&id(&sim, BOB), &id(&sim, EVE)]);
    sim.clear_journal();
    let said = set.try_plan(set_of(&group, &[ADA, BOB])).await.failed().to_string();
    assert!(said.contains("error at members: The group has other members"), "{said}");
    assert!(said.contains(EVE) && !said.contains(BOB), "{said}");
    assert!(said.contains("import {") && said.contains(&format!("id = \"{group}\"")), "{said}");
    assert_eq!(writes(&sim), "");

    // A group that is known only at apply.
    let unknown = json!({ "group_id": tfplug::testing::unknown(), "members": [ADA] });
    let plan = set.plan(unknown).await;
    let said = set.try_apply_plan(&plan, set_of(&group, &[ADA])).await.failed().to_string();
    assert!(said.contains("The group has other members") && set.state().is_null(), "{said}");
    assert_eq!(writes(&sim), "");

    // As the error says: imported, the removals show in a plan.
    set.import(&group).await;
    assert_eq!(sorted(members(&sim, &group)), [BOB, EVE]);
    let plan = set.plan(set_of(&group, &[BOB, EVE])).await;
    assert!(plan.is_empty(), "{plan}");
    set.apply(set_of(&group, &[ADA, BOB])).await;
    assert_eq!(members(&sim, &group), [ADA, BOB]);

    let mut adopting = core(&sim).resource("atlan_group_members");
    let adopt = json!({ "on_existing": "adopt" });
    let plan = adopting.plan(with(set_of(&group, &[EVE]), adopt.clone())).await;
    let said = plan.report().to_string();
    assert!(
        said.contains("warning: 2 people leave the group") && said.contains(ADA) && said.contains(BOB),
        "{said}"
    );
    let limited = with(set_of(&group, &[EVE]), json!({ "on_existing": "adopt", "max_removals": 1 }));
    let said = adopting.try_plan(limited).await.failed().to_string();
    assert!(said.contains("error at members: More removals") && said.contains("max_removals = 1"), "{said}");
    adopting.apply(with(set_of(&group, &[EVE]), adopt)).await;
    assert_eq!(members(&sim, &group), [EVE]);
    adopting.plan_is_empty().await;
}

#[tokio::test]
async fn more_removals_than_allowed_are_an_error_in_the_plan() {
    let (sim, mut set, group, people) = crowd(30).await;
    let limit = json!({ "max_removals": 10 });
    set.apply(with(set_of(&group, &people), limit.clone())).await;
    sim.clear_journal();
    let said = set.try_plan(with(set_of(&group, &people[..15]), limit.clone())).await.failed().to_string();
    assert!(said.contains("error at members: More removals than `max_removals` allows"), "{said}");
    assert!(said.contains("This plan removes 15 people") && said.contains("and 5 more"), "{said}");
    assert_eq!(writes(&sim), "");
    set.apply(with(set_of(&group, &people[..20]), limit.clone())).await;
    assert_eq!(members(&sim, &group).len(), 20);
    // Known only at apply.
    let plan = set
        .plan(with(json!({ "group_id": group, "members": tfplug::testing::unknown() }), limit.clone()))
        .await;
    let said =
        set.try_apply_plan(&plan, with(set_of(&group, &people[..5]), limit)).await.failed().to_string();
    assert!(said.contains("more than max_removals = 10"), "{said}");
    assert_eq!(members(&sim, &group).len(), 20);
}

#[tokio::test]
async fn changes_by_others_show_in_the_plan_and_are_undone() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    join_by_other_means(&sim, &group, &[&id(&sim, EVE)]);
    by_other_means(&sim, &format!("{GROUPS}/{group}/members/remove"), &json!({ "users": [id(&sim, ADA)] }));
    set.refresh().await;
    assert_eq!(set.state()["members"], json!([BOB, EVE]));
    set.apply(set_of(&group, &[ADA, BOB])).await;
    assert_eq!(members(&sim, &group), [ADA, BOB]);
    set.plan_is_empty().await;
    // Somebody came after the plan: the next plan shows it.
    let plan = set.plan(set_of(&group, &[ADA])).await;
    join_by_other_means(&sim, &group, &[&id(&sim, EVE)]);
    set.apply_plan(&plan, set_of(&group, &[ADA])).await;
    assert_eq!(sorted(members(&sim, &group)), [ADA, EVE], "nobody is removed whom the plan did not show");
    set.apply(set_of(&group, &[ADA])).await;
    assert_eq!(members(&sim, &group), [ADA]);
    by_other_means(&sim, &format!("{GROUPS}/{group}/delete"), &json!({}));
    set.refresh().await;
    assert!(set.state().is_null(), "the group is gone");
}

#[tokio::test]
async fn a_destroy_removes_the_people_of_the_state_and_nobody_else() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    join_by_other_means(&sim, &group, &[&id(&sim, EVE)]);
    set.set_core(&core(&sim).without_refresh());
    set.destroy().await;
    assert_eq!(members(&sim, &group), [EVE]);
    set.apply(with(set_of(&group, &[EVE]), json!({ "on_existing": "adopt" }))).await;
    by_other_means(&sim, &format!("{GROUPS}/{group}/delete"), &json!({}));
    set.destroy().await;
    assert!(set.state().is_null(), "a group that is gone is success");
}

#[tokio::test]
async fn a_default_group_is_warned_about() {
    let (sim, mut set, _) = world().await;
    let everyone = group_by_other_means(&sim, "all", json!({ "alias": ["All"], "isDefault": ["true"] }));
    let ids = sim.users().into_iter().map(|user| user.id).collect::<Vec<_>>();
    by_other_means(&sim, &format!("{GROUPS}/{everyone}/members/remove"), &json!({ "users": ids }));
    let plan = set.plan(set_of(&everyone, &[ADA])).await;
    let said = plan.report().to_string();
    assert!(said.contains("This is a default group") && said.contains("`atlan_group_member`"), "{said}");
}

/// Each new person joins it by themselves, so the set takes them out again.
#[tokio::test]
async fn new_people_in_a_default_group_are_planned_out_with_a_warning() {
    for join in ["invite", "accept"] {
        let (sim, mut set, _) = world().await;
        sim.set(json!({ "default_group_join": join })).expect("a switch");
        let group = group_by_other_means(&sim, "all", json!({ "alias": ["All"], "isDefault": ["true"] }));
        set.apply(set_of(&group, &[ADA])).await;
        assert_eq!(members(&sim, &group), [ADA]);
        sim.invite("new@example.com", "$guest").expect("invited");
        sim.accept("new@example.com").expect("pending");
        assert!(members(&sim, &group).contains(&"new@example.com".to_owned()), "{:?}", members(&sim, &group));
        set.set_core(&core(&sim));
        let plan = set.plan(set_of(&group, &[ADA])).await;
        assert!(plan.to_string().starts_with("update: members"), "{plan}");
        assert!(plan.report().to_string().contains("This is a default group"), "{}", plan.report());
        set.apply(set_of(&group, &[ADA])).await;
        assert_eq!(members(&sim, &group), [ADA], "{join}");
        set.plan_is_empty().await;
    }
}

/// A tenant may put everybody into a group that becomes a default group.
#[tokio::test]
async fn everybody_whom_a_new_default_group_takes_in_is_planned_out_with_a_warning() {
    let (sim, mut set, group) = world().await;
    sim.set(json!({ "default_group_retroactive": true })).expect("a switch");
    set.apply(set_of(&group, &[ADA])).await;
    let becomes_default =
        json!({ "id": group, "path": "/stewards", "attributes": { "isDefault": ["true"] } });
    by_other_means(&sim, &format!("{GROUPS}/{group}"), &becomes_default);
    assert!(members(&sim, &group).contains(&BOB.to_owned()), "{:?}", members(&sim, &group));
    // A single membership, in a run of its own, takes over what is there.
    sim.clear_journal();
    core(&sim).resource("atlan_group_member").apply(json!({ "group_id": group, "user": BOB })).await;
    assert_eq!(writes(&sim), "");
    set.set_core(&core(&sim));
    let plan = set.plan(set_of(&group, &[ADA])).await;
    assert!(plan.to_string().starts_with("update: members"), "{plan}");
    assert!(plan.report().to_string().contains("This is a default group"), "{}", plan.report());
    set.apply(set_of(&group, &[ADA])).await;
    assert_eq!(members(&sim, &group), [ADA]);
    set.plan_is_empty().await;
}

#[tokio::test]
async fn a_set_is_imported_by_every_name() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    for columns in ["honoured", "ignored"] {
        sim.set(json!({ "member_columns": columns })).expect("a switch");
        for text in [group.as_str(), "stewards", "alias:Stewards"] {
            let mut imported = core(&sim).resource("atlan_group_members");
            imported.import(text).await;
            assert_eq!(imported.state(), set.state(), "{text}");
        }
        let mut imported = core(&sim).resource("atlan_group_members");
        imported.import_identity(json!({ "group_id": group })).await;
        assert_eq!(imported.state(), set.state());
    }
    let nobody = "00000000-0000-4000-8000-000000000000";
    let mut imported = core(&sim).resource("atlan_group_members");
    let said = imported.try_import(nobody).await.failed().to_string();
    assert!(said.contains("The group does not exist") && said.contains(nobody), "{said}");
    let said = imported.try_import("none").await.failed().to_string();
    assert!(said.contains("Could not import the members of \"none\""), "{said}");
}

/// Lists of members without addresses must not make everybody a stranger.
#[tokio::test]
async fn members_are_matched_by_guid_where_lists_show_no_addresses() {
    let (sim, mut set, group, people) = crowd(40).await;
    sim.set(json!({ "member_columns": "ignored" })).expect("a switch");
    set.apply(set_of(&group, &people)).await;
    sim.clear_journal();
    set.plan_is_empty().await;
    assert_eq!(sim.journal().on("GET", USERS).len(), 0, "no request for people: {}", sim.journal());
    assert_eq!(sim.journal().len(), 1, "{}", sim.journal());
}

/// The configuration goes on to name a person by the address that they had when they were added.
#[tokio::test]
async fn a_person_whose_address_changes_in_atlan_stays_without_a_change() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let record = json!({ "id": id(&sim, ADA), "email": "ada.l@example.com", "username": "ada" });
    let other = json!({ "id": id(&sim, BOB), "email": BOB, "username": "bob" });
    let body = json!({ "totalRecord": 2, "filterRecord": 2, "records": [record, other] });
    sim.set_faults(vec![Rule { body: Some(body), ..Rule::on("GET", OF_GROUP).status(200) }]).expect("a rule");
    for _ in 0..2 {
        set.plan_is_empty().await;
        assert_eq!(set.state()["user_ids"][ADA], id(&sim, ADA));
    }
    sim.clear_journal();
    set.apply(with(set_of(&group, &[ADA, BOB]), json!({ "max_removals": 5 }))).await;
    assert_eq!(writes(&sim), "");
    assert_eq!(sim.journal().on("GET", USERS).len(), 0, "{}", sim.journal());
}

/// Ada was removed by hand and invited again: another GUID, the same address.
#[tokio::test]
async fn a_person_who_came_back_under_another_guid_is_added_anew() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    sim.remove(ADA).expect("a person");
    let again = person_by_other_means(&sim, ADA);
    set.apply(set_of(&group, &[ADA, BOB])).await;
    assert_eq!(sorted(members(&sim, &group)), [ADA, BOB]);
    assert_eq!(set.state()["user_ids"][ADA], again);
    set.plan_is_empty().await;
}

/// The plan shows another limit and nothing else, so the apply changes nobody. The next plan shows that she is missing.
#[tokio::test]
async fn a_person_who_came_back_since_the_plan_of_another_limit_is_added_by_the_next_apply() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let limited = with(set_of(&group, &[ADA, BOB]), json!({ "max_removals": 5 }));
    let plan = set.plan(limited.clone()).await;
    sim.remove(ADA).expect("a person");
    let again = person_by_other_means(&sim, ADA);
    sim.clear_journal();
    set.apply_plan(&plan, limited.clone()).await;
    assert_eq!(writes(&sim), "");
    set.apply(limited).await;
    assert_eq!(sorted(members(&sim, &group)), [ADA, BOB]);
    assert_eq!(set.state()["user_ids"][ADA], again);
    set.plan_is_empty().await;
}

/// The create could not add her, and the state has her first GUID. There is no refresh before the next apply.
#[tokio::test]
async fn a_person_who_was_refused_and_came_back_is_added_under_the_new_guid() {
    let (sim, _, group) = world().await;
    let mut set = core(&sim).without_refresh().resource("atlan_group_members");
    let first = id(&sim, ADA);
    let refused = Rule::on("POST", &format!("*/users/{first}/groups")).status(403);
    sim.set_faults(vec![refused]).expect("a rule");
    set.apply(set_of(&group, &[ADA, BOB])).await;
    assert_eq!(set.state()["user_ids"][ADA], first);
    sim.set_faults(vec![]).expect("no rule");
    sim.remove(ADA).expect("a person");
    let again = person_by_other_means(&sim, ADA);
    set.apply(set_of(&group, &[ADA, BOB])).await;
    assert_eq!(sorted(members(&sim, &group)), [ADA, BOB]);
    assert_eq!(set.state()["user_ids"][ADA], again);
}

#[tokio::test]
async fn members_cost_their_pages_and_one_who_moves_between_pages_is_not_lost() {
    let (sim, mut set, group, people) = crowd(1000).await;
    let ids: Vec<String> = people.iter().map(|email| id(&sim, email)).collect();
    join_by_other_means(&sim, &group, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    set.import(&group).await;
    sim.clear_journal();
    let plan = set.plan(set_of(&group, &people)).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(sim.journal().on("GET", OF_GROUP).len(), 10, "{}", sim.journal());
    // A page that repeats another one: whoever it should have shown is asked for once more.
    let first = by_other_means_get(
        &sim,
        &format!("{GROUPS}/{group}/members?limit=100&offset=0&sort=username&columns=id"),
    );
    let rule = atlan_sim::Rule {
        body: Some(first),
        ..atlan_sim::Rule::on("GET", OF_GROUP).status(200).after_n(1).times(1)
    };
    sim.set_faults(vec![rule]).expect("a rule");
    let plan = set.plan(set_of(&group, &people)).await;
    assert!(plan.is_empty(), "{plan}");
}

/// Bob moves from one page to another while the apply reads them, so no page shows him.
#[tokio::test]
async fn somebody_whom_paging_skips_is_removed_all_the_same() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB, EVE])).await;
    let plan = set.plan(set_of(&group, &[ADA, EVE])).await;
    let record = |email: &str| json!({ "id": id(&sim, email), "email": email, "username": email });
    let body = json!({ "totalRecord": 2, "filterRecord": 2, "records": [record(ADA), record(EVE)] });
    let skips = Rule { body: Some(body), ..Rule::on("GET", OF_GROUP).status(200).times(1) };
    sim.set_faults(vec![skips]).expect("a rule");
    set.apply_plan(&plan, set_of(&group, &[ADA, EVE])).await;
    assert_eq!(sorted(members(&sim, &group)), [ADA, EVE], "{}", sim.journal());
    set.plan_is_empty().await;
}
