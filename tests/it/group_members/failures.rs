//! Bad input; refusals of some people among many; what goes wrong between Terraform and Atlan.

use atlan_sim::{Moment, Rule};

use super::*;

const GROUP: &str = "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b";

#[tokio::test]
async fn bad_input_is_refused_at_its_attribute_without_a_request() {
    let (sim, set, _) = world().await;
    sim.clear_journal();
    let people = |members: Value| json!({ "group_id": GROUP, "members": members });
    for (config, at, why) in [
        (people(json!(["ada"])), "members", "is not a person: give a GUID or an email address"),
        (people(json!([ADA, ""])), "members", "is not a person: give a GUID or an email address"),
        (people(json!(["apikey-0b5e4f3d"])), "members", "API tokens are not people"),
        (people(json!([ADA, null])), "members", "that invitation did not succeed"),
        (people(json!(null)), "members", "must not be null"),
        (people(json!([ADA, "ADA@example.com"])), "members", "Two entries are one person"),
        (set_of("stewards", &[ADA]), "group_id", "is not a GUID such as"),
        (with(set_of(GROUP, &[ADA]), json!({ "on_existing": "keep" })), "on_existing", "adopt"),
        (with(set_of(GROUP, &[ADA]), json!({ "max_removals": -1 })), "max_removals", "a whole number from 0"),
    ] {
        let said = set.validate(config.clone()).await;
        assert_eq!(places(&said), [at], "{config}: one error: {said}");
        assert!(said.to_string().contains(why), "{config}: {said}");
    }
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
}

#[tokio::test]
async fn unknown_people_are_one_error_that_lists_them_all_and_nothing_is_sent() {
    let (sim, mut set, group) = world().await;
    let config = set_of(&group, &[ADA, "kim@example.com", "lee@example.com", GROUP]);
    let said = set.try_apply(config).await.failed().to_string();
    assert!(said.contains("error at members: 3 people do not exist"), "{said}");
    for name in ["kim@example.com", "lee@example.com", GROUP, "atlan_user_invite.NAME.email"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    let said = set.try_apply(set_of(GROUP, &[ADA])).await.failed().to_string();
    assert!(said.contains("error at group_id: The group does not exist"), "{said}");
    assert!(set.state().is_null());
    assert_eq!(writes(&sim), "");
}

/// One of fifty is refused: the others join, nothing is tainted, and the next plan is an update.
#[tokio::test]
async fn one_refusal_of_many_is_a_warning_and_planned_again() {
    let (sim, mut set, group, mut people) = crowd(50).await;
    sim.set(json!({ "group_add_pending": "reject" })).expect("a switch");
    people.retain(|email| !sim.user(email).expect("there").pending);
    sim.invite("new@example.com", "$guest").expect("invited");
    people.push("new@example.com".to_owned());
    let applied = set.apply(set_of(&group, &people)).await;
    let said = applied.report().to_string();
    assert!(said.contains("Could not add or remove 1 person"), "{said}");
    assert!(
        said.contains("new@example.com: not added") && said.contains("has not accepted the invitation yet"),
        "{said}"
    );
    assert!(!set.is_tainted());
    assert_eq!(members(&sim, &group).len(), people.len() - 1);
    let failed = set.state()["failed"].clone();
    assert_eq!(failed.as_object().map(|failed| failed.len()), Some(1), "{failed}");
    // Planned again, also without a refresh.
    for core in [core(&sim).without_refresh(), core(&sim)] {
        set.set_core(&core);
        let plan = set.plan(set_of(&group, &people)).await.to_string();
        assert!(plan.starts_with("update"), "{plan}");
    }
    sim.accept("new@example.com").expect("pending");
    set.set_core(&core(&sim).without_refresh());
    set.apply(set_of(&group, &people)).await;
    assert_eq!(members(&sim, &group).len(), people.len());
    assert_eq!(set.state()["failed"], json!({}));
    set.set_core(&core(&sim));
    set.plan_is_empty().await;
}

#[tokio::test]
async fn a_create_none_of_whose_additions_took_effect_leaves_no_state() {
    let (sim, mut set, group) = world().await;
    for rule in [Rule::on("POST", OF_PERSON).status(403), Rule::on("POST", OF_PERSON).status(400)] {
        sim.set_faults(vec![rule]).expect("a rule");
        let said = set.try_apply(set_of(&group, &[ADA, BOB])).await.failed().to_string();
        assert!(said.contains(ADA) && said.contains(BOB), "{said}");
        assert!(set.state().is_null());
    }
    sim.set_faults(vec![]).expect("no rule");
    set.apply(set_of(&group, &[ADA, BOB])).await;
    sim.set_faults(vec![Rule::on("POST", "*").status(403)]).expect("a rule");
    let before = set.state();
    let said = set.try_apply(set_of(&group, &[EVE])).await.failed().to_string();
    assert!(said.contains("Could not add or remove 3 people") && said.contains("\"Stewards\""), "{said}");
    let state = set.state();
    assert_eq!((&state["members"], &state["user_ids"]), (&before["members"], &before["user_ids"]));
    assert_eq!(state["failed"].as_object().map(|failed| failed.len()), Some(3), "{state}");
    assert!(!set.is_tainted());
    set.try_destroy().await.failed();
    assert_eq!(set.state()["members"], before["members"]);
    sim.set_faults(vec![]).expect("no rule");
    set.plan(set_of(&group, &[ADA, BOB])).await;
    set.destroy().await;
    assert!(members(&sim, &group).is_empty());
}

/// An update fails, unlike a create: that taints nothing. The additions and removals that went well are in the state.
#[tokio::test]
async fn an_update_that_fails_for_some_is_an_error_with_the_true_state() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let hurried = core_with(&sim, json!({ "max_retries": 0 }));
    set.set_core(&hurried);
    let eve = id(&sim, EVE);
    sim.set_faults(vec![Rule::on("POST", &format!("{USERS}/{eve}/groups")).status(400)]).expect("a rule");
    let said = set.try_apply(set_of(&group, &[BOB, EVE])).await.failed().to_string();
    assert!(said.contains("Could not add eve@example.com to the group \"Stewards\""), "{said}");
    assert!(said.contains("was refused with 400"), "{said}");
    assert_eq!(members(&sim, &group), [BOB], "a failed addition does not hold up a removal");
    let state = set.state();
    assert_eq!(state["members"], json!([BOB]));
    assert!(state["failed"][EVE].as_str().is_some_and(|why| why.starts_with("not added: ")), "{state}");
    sim.set_faults(vec![Rule::on("POST", "*/members/remove").status(403)]).expect("a rule");
    let said = set.try_apply(set_of(&group, &[EVE])).await.failed().to_string();
    assert!(said.contains("Could not remove bob@example.com from the group"), "{said}");
    assert_eq!(members(&sim, &group), [BOB, EVE]);
    assert_eq!(
        set.state()["members"],
        json!([BOB, EVE]),
        "so the next plan removes Bob, also without a refresh"
    );
    sim.set_faults(vec![]).expect("no rule");
    set.set_core(&core(&sim).without_refresh());
    set.apply(set_of(&group, &[EVE])).await;
    assert_eq!(members(&sim, &group), [EVE]);
    set.set_core(&core(&sim));
    set.plan_is_empty().await;
    assert_eq!(set.state()["failed"], json!({}));
}

/// A create succeeds with a warning; the next apply knows from `failed` whom it has to remove, also without a refresh.
#[tokio::test]
async fn a_create_that_cannot_remove_somebody_is_repeated_by_an_update() {
    let (sim, mut set, group) = world().await;
    join_by_other_means(&sim, &group, &[&id(&sim, BOB)]);
    let config = with(set_of(&group, &[ADA]), json!({ "on_existing": "adopt" }));
    set.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
    sim.set_faults(vec![Rule::on("POST", "*/members/remove").status(403)]).expect("a rule");
    let applied = set.apply(config.clone()).await;
    let said = applied.report().to_string();
    assert!(said.contains("bob@example.com: not removed: "), "{said}");
    assert_eq!((&set.state()["members"], members(&sim, &group).len()), (&json!([ADA]), 2));
    sim.set_faults(vec![]).expect("no rule");
    set.set_core(&core(&sim).without_refresh());
    set.apply(config).await;
    assert_eq!(members(&sim, &group), [ADA]);
    set.set_core(&core(&sim));
    set.plan_is_empty().await;
}

#[tokio::test]
async fn a_reason_that_has_passed_leaves_the_state_at_the_next_refresh() {
    let (sim, mut set, group) = world().await;
    let eve = id(&sim, EVE);
    sim.set_faults(vec![Rule::on("POST", &format!("{USERS}/{eve}/groups")).status(400)]).expect("a rule");
    set.apply(set_of(&group, &[ADA, EVE])).await;
    sim.set_faults(vec![]).expect("no rule");
    set.refresh().await;
    assert_eq!(set.state()["members"], json!([ADA]));
    assert!(set.state()["failed"][EVE].is_string());
    join_by_other_means(&sim, &group, &[&eve]);
    set.set_core(&core(&sim));
    set.apply(set_of(&group, &[ADA, EVE])).await;
    assert_eq!(set.state()["failed"], json!({}));
    set.plan_is_empty().await;
}

/// Lists that fail, or that something else answered, remove nobody from the state.
#[tokio::test]
async fn reads_that_fail_call_nobody_gone() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA])).await;
    let before = set.state();
    for rule in [
        Rule::on("GET", OF_GROUP).status(403),
        Rule::on("GET", OF_GROUP).status(404).html(),
        Rule::on("GET", OF_GROUP).status(500),
        Rule::on("GET", OF_GROUP).truncate(9),
    ] {
        set.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
        sim.set_faults(vec![rule.clone()]).expect("a rule");
        let said = set.try_refresh().await.failed().to_string();
        assert!(said.contains("Could not read the members of the group \"Stewards\""), "{said}");
        assert_eq!(set.state(), before, "{rule:?}");
    }
}

/// A tenant replaces a person's groups, and the provider cannot put the person back.
#[tokio::test]
async fn groups_that_somebody_may_be_out_of_are_named() {
    let (sim, mut set, group) = world().await;
    let legal = group_by_other_means(&sim, "legal", json!({ "alias": ["Legal"] }));
    join_by_other_means(&sim, &legal, &[&id(&sim, ADA)]);
    sim.set(json!({ "user_groups_post": "replace" })).expect("a switch");
    sim.fault(Rule::on("POST", OF_PERSON).after_n(1).status(403)).expect("a rule");
    let said = set.try_apply(set_of(&group, &[ADA])).await;
    let said = match said {
        Ok(applied) => applied.report().to_string(),
        Err(report) => report.to_string(),
    };
    assert!(
        said.contains("ada@example.com may be out of other groups") && said.contains("\"Legal\""),
        "{said}"
    );
    assert!(!set.is_tainted());
    sim.set_faults(vec![]).expect("no rule");
    set.apply(set_of(&group, &[ADA])).await;
    set.plan_is_empty().await;
}

#[tokio::test]
async fn settings_that_are_unknown_while_planning_are_no_obstacle() {
    let (sim, _, group) = world().await;
    let unknown = json!({ "base_url": tfplug::testing::unknown(), "api_key": sim.api_key() });
    let core = core(&sim).config_while_planning(unknown);
    let mut set = core.resource("atlan_group_members");
    set.apply(set_of(&group, &[ADA])).await;
    let mut of_unknown = core.resource("atlan_group_members");
    let config =
        json!({ "group_id": tfplug::testing::unknown(), "members": [tfplug::testing::unknown(), ADA] });
    let plan = of_unknown.plan(config).await.to_string();
    assert!(plan.starts_with("create"), "{plan}");
}

#[tokio::test]
async fn a_change_that_fails_leaves_the_truth_and_the_next_apply_converges() {
    let post = |path| Rule::on("POST", path);
    let cases = vec![
        ("lost before, once", post("*").drop(Moment::Before).times(1)),
        ("lost after, once", post("*").drop(Moment::After).times(1)),
        ("429 with a pause", post("*").status(429).retry_after(0).times(2)),
        ("503", post("*").status(503).times(2)),
        ("500 with effect", post("*").status(500).applied().times(1)),
        ("lost before, one of three", post("*").drop(Moment::Before).after_n(2)),
        ("lost after, always", post("*").drop(Moment::After)),
        ("500 without effect, one of three", post("*").status(500).after_n(2)),
        ("403, one of three", post("*").status(403).after_n(2)),
        ("30 % of answers lost", post("*").drop(Moment::After).probability(0.3, 7)),
    ];
    side_by_side(cases, |(case, rule)| async move {
        let (sim, mut set, group) = world().await;
        let hurried = core_with(&sim, json!({ "max_retries": 2, "request_timeout": "400ms" }));
        set.set_core(&hurried);
        sim.set_faults(vec![rule.clone()]).expect("a rule");
        let applied = set.try_apply(set_of(&group, &[ADA, BOB, EVE])).await;
        assert!(!set.is_tainted(), "{case}: {applied:?}");
        sim.set_faults(vec![]).expect("no rule");
        set.apply(with(set_of(&group, &[ADA, BOB, EVE]), json!({ "on_existing": "adopt" }))).await;
        assert_eq!(members(&sim, &group), [ADA, BOB, EVE], "{case}");
        set.plan_is_empty().await;

        sim.set_faults(vec![rule]).expect("a rule");
        let destroyed = set.try_destroy().await;
        sim.set_faults(vec![]).expect("no rule");
        assert_eq!(set.state().is_null(), destroyed.is_ok(), "{case}");
        if destroyed.is_err() {
            set.destroy().await;
        }
        assert!(members(&sim, &group).is_empty(), "{case}");
    })
    .await;
}

#[tokio::test]
async fn memberships_that_show_late_are_kept_with_a_warning() {
    let (sim, mut set, group) = world().await;
    sim.set(json!({ "membership_visible_after_ms": 3_600_000 })).expect("a switch");
    let config = with(set_of(&group, &[ADA, BOB]), json!({ "timeouts": { "create": "300ms" } }));
    let applied = set.apply(config.clone()).await;
    assert!(applied.report().to_string().contains("2 memberships do not show yet"), "{}", applied.report());
    sim.clear_journal();
    let looking = tokio::spawn(async move {
        let plan = set.plan(config).await;
        (set, plan)
    });
    sim.arrived_times("GET", OF_GROUP, 2).await;
    sim.advance(std::time::Duration::from_secs(3_601));
    let (_, plan) = looking.await.expect("no panic");
    assert!(plan.is_empty(), "not yet is not gone: {plan}");
}

/// A set whose changes are sent one after another.
fn one_by_one(sim: &Sim) -> tfplug::testing::Core {
    core_with(sim, json!({ "max_concurrent_requests": 1 }))
}

fn reasons(set: &Instance, why: &str) -> usize {
    let failed = set.state()["failed"].clone();
    let reasons = failed.as_object().expect("a map").values().filter_map(Value::as_str);
    reasons.filter(|reason| reason.contains(why)).count()
}

/// What was not sent is in `failed` and planned again, and nothing is tainted.
#[tokio::test]
async fn what_ctrl_c_kept_from_being_sent_is_in_failed_and_done_by_the_next_apply() {
    let (sim, mut set, group) = world().await;
    let stopped = one_by_one(&sim);
    set.set_core(&stopped);
    let all = set_of(&group, &[ADA, BOB, EVE]);
    let at = ("POST", OF_PERSON, Moment::Before);
    let applied = interrupted(&sim, &stopped, at, set.try_apply(all.clone())).await;
    let said = applied.expect("a create never fails when somebody was added").report().to_string();
    assert!(said.contains("not added: not sent: interrupted"), "{said}");
    assert!(!set.is_tainted());
    assert_eq!((members(&sim, &group).len(), reasons(&set, "not sent: interrupted")), (1, 2), "{said}");
    set.set_core(&core(&sim).without_refresh());
    set.apply(all.clone()).await;
    assert_eq!((members(&sim, &group).len(), &set.state()["failed"]), (3, &json!({})));

    let kim = person_by_other_means(&sim, "kim@example.com");
    let fewer = set_of(&group, &[kim.as_str(), EVE]);
    let stopped = one_by_one(&sim);
    set.set_core(&stopped);
    let said = interrupted(&sim, &stopped, at, set.try_apply(fewer.clone())).await.failed().to_string();
    assert!(said.contains("not removed: not sent: interrupted"), "{said}");
    assert!(!set.is_tainted());
    assert_eq!(
        (members(&sim, &group).len(), reasons(&set, "not removed: not sent: interrupted")),
        (4, 2),
        "{said}"
    );
    set.set_core(&core(&sim));
    set.apply(fewer).await;
    assert_eq!((members(&sim, &group).len(), &set.state()["failed"]), (2, &json!({})));
    set.plan_is_empty().await;
}

#[tokio::test]
async fn what_the_end_of_the_time_kept_from_being_sent_is_in_failed_and_done_by_the_next_apply() {
    let (sim, mut set, group) = world().await;
    set.set_core(&one_by_one(&sim));
    // The second add takes longer than there is time.
    sim.fault(Rule::on("POST", OF_PERSON).after_n(1).delay(std::time::Duration::from_millis(900)))
        .expect("a rule");
    let config = set_of(&group, &[ADA, BOB, EVE]);
    let hurry = with(config.clone(), json!({ "timeouts": { "create": "500ms" } }));
    let said = set.apply(hurry).await.report().to_string();
    assert!(said.contains("not sent: the time of the operation was over"), "{said}");
    assert!(!set.is_tainted() && reasons(&set, "not sent: the time of the operation was over") > 0);
    sim.set_faults(vec![]).expect("no rule");
    sim.idle().await;
    set.set_core(&core(&sim));
    set.apply(config).await;
    assert_eq!((members(&sim, &group).len(), &set.state()["failed"]), (3, &json!({})));
    set.plan_is_empty().await;
}

/// A message that names everybody of a large set could not be read; `failed` has them all.
#[tokio::test]
async fn a_warning_about_many_people_names_twenty_and_counts_the_others() {
    let (sim, mut set, group, people) = crowd(23).await;
    sim.fault(Rule::on("POST", OF_PERSON).status(400).times(22)).expect("a rule");
    let said = set.apply(set_of(&group, &people)).await.report().to_string();
    assert!(said.contains("Could not add or remove 22 people"), "{said}");
    assert_eq!(said.matches(": not added: ").count(), 20, "{said}");
    assert!(said.contains("- and 2 more"), "{said}");
    assert_eq!(set.state()["failed"].as_object().map(|failed| failed.len()), Some(22), "{}", set.state());
    assert!(!set.is_tainted() && members(&sim, &group).len() == 1);
}

/// A request of unknown outcome has left, so the people may be in the group: the state keeps them, and the next plan is an update.
#[tokio::test]
async fn a_create_of_unknown_outcome_keeps_its_entries() {
    let (sim, mut set, group) = world().await;
    set.set_core(&core_with(&sim, json!({ "max_retries": 0, "request_timeout": "400ms" })));
    sim.fault(Rule::on("POST", OF_PERSON).drop(Moment::Before)).expect("a rule");
    let applied =
        set.try_apply(set_of(&group, &[ADA, BOB])).await.expect("nobody knows that nothing was done");
    assert!(
        applied.report().to_string().contains("Could not add or remove 2 people"),
        "{}",
        applied.report()
    );
    assert!(!set.is_tainted() && members(&sim, &group).is_empty());
    let state = set.state();
    assert_eq!(state["members"], json!([ADA, BOB]));
    assert_eq!(state["user_ids"], json!({ ADA: id(&sim, ADA), BOB: id(&sim, BOB) }));
    assert_eq!(state["failed"].as_object().map(|failed| failed.len()), Some(2), "{state}");
    sim.set_faults(vec![]).expect("no rule");
    set.set_core(&core(&sim).without_refresh());
    let plan = set.plan(set_of(&group, &[ADA, BOB])).await.to_string();
    assert!(plan.starts_with("update"), "{plan}");
    set.apply(set_of(&group, &[ADA, BOB])).await;
    assert_eq!(
        (members(&sim, &group), &set.state()["failed"]),
        (vec![ADA.to_owned(), BOB.to_owned()], &json!({}))
    );
    set.set_core(&core(&sim));
    set.plan_is_empty().await;
}

/// Terraform repeats the plan of the new object in the apply, when the old one is a deposed object already.
#[tokio::test]
async fn under_create_before_destroy_a_refused_read_does_not_leave_a_deposed_object_alone() {
    let (sim, mut set, group) = world().await;
    set.create_before_destroy();
    set.apply(set_of(&group, &[ADA, BOB])).await;
    set.replace_next();
    let plan = set.plan(set_of(&group, &[ADA, BOB])).await;
    set.set_core(&core(&sim));
    sim.fault(Rule::on("GET", OF_GROUP).status(403).times(1)).expect("a rule");
    set.apply_plan(&plan, set_of(&group, &[ADA, BOB])).await;
    assert_eq!(members(&sim, &group), [ADA, BOB]);
    set.plan_is_empty().await;
}

/// The next plan would not know of somebody who is still in the group, if the state named only the others.
#[tokio::test]
async fn a_removal_that_atlan_ignores_is_an_error_that_says_so_and_the_person_stays_in_the_state() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    set.set_core(&core(&sim).give(soon_given_up()));
    sim.fault(ignored("POST", "*/members/remove")).expect("a rule");
    let said = set.try_apply(set_of(&group, &[ADA])).await.failed().to_string();
    assert!(said.contains("Could not remove bob@example.com from the group \"Stewards\""), "{said}");
    assert!(said.contains("but the record still shows the membership"), "{said}");
    assert_eq!(
        (&set.state()["members"], members(&sim, &group)),
        (&json!([ADA, BOB]), vec![ADA.to_owned(), BOB.to_owned()])
    );
    let failed = set.state()["failed"][BOB].clone();
    assert!(failed.as_str().is_some_and(|why| why.starts_with("not removed: ")), "{failed}");
    sim.set_faults(vec![]).expect("no rule");
    set.set_core(&core(&sim).without_refresh());
    set.apply(set_of(&group, &[ADA])).await;
    assert_eq!(members(&sim, &group), [ADA]);
}
