//! Bad input, and what goes wrong between Terraform and Atlan.

use atlan_sim::{Moment, Rule};

use super::*;

const GROUP: &str = "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b";

#[tokio::test]
async fn bad_input_is_refused_at_its_attribute_without_a_request() {
    let (sim, membership, ..) = world().await;
    sim.clear_journal();
    for (config, at, why) in [
        (edge(GROUP, ""), "user", "is not a person: give a GUID or an email address"),
        (edge(GROUP, "  "), "user", "is not a person: give a GUID or an email address"),
        (edge(GROUP, "ada"), "user", "is not a person: give a GUID or an email address"),
        (edge(GROUP, "ada@"), "user", "is not an email address such as"),
        (edge(GROUP, "apikey-0b5e4f3d"), "user", "API tokens are not people: they cannot be members"),
        (edge(GROUP, "service-account-apikey-0b5e4f3d"), "user", "API tokens are not people"),
        (json!({ "group_id": GROUP, "user": null }), "user", "that invitation did not succeed"),
        (edge("data_stewards", ADA), "group_id", "is not a GUID such as"),
        (edge("", ADA), "group_id", "is not a GUID"),
        (edge("no/guid", ADA), "group_id", "is not a GUID"),
        (json!({ "group_id": null, "user": ADA }), "group_id", "must not be null"),
    ] {
        let said = membership.validate(config.clone()).await;
        assert_eq!(places(&said), [at], "{config}: one error: {said}");
        assert!(said.to_string().contains(why), "{config}: {said}");
    }
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
}

#[tokio::test]
async fn whoever_or_whatever_is_unknown_to_atlan_is_named_and_nothing_is_sent() {
    let (sim, mut membership, group, _) = world().await;
    let said = membership.try_apply(edge(&group, "nobody@example.com")).await.failed().to_string();
    assert!(said.contains("error at user:") && said.contains("nobody@example.com"), "{said}");
    assert!(said.contains("refer to `atlan_user_invite.NAME.email`"), "{said}");
    let said = membership.try_apply(edge(GROUP, ADA)).await.failed().to_string();
    assert!(said.contains("error at group_id:") && said.contains(GROUP), "{said}");
    assert!(said.contains("It may have been deleted"), "{said}");
    assert!(membership.state().is_null());
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn a_tenant_that_lets_nobody_join_before_acceptance_is_explained() {
    let (sim, mut membership, group, _) = world().await;
    sim.set(json!({ "group_add_pending": "reject" })).expect("a switch");
    sim.invite("bob@example.com", "$guest").expect("invited");
    let config = edge(&group, "bob@example.com");
    let said = membership.try_apply(config.clone()).await.failed().to_string();
    assert!(
        said.contains("error at user:") && said.contains("has not accepted the invitation yet"),
        "{said}"
    );
    assert!(membership.state().is_null());
    sim.accept("bob@example.com").expect("pending");
    membership.apply(config).await;
    membership.plan_is_empty().await;
}

#[tokio::test]
async fn a_change_that_fails_leaves_the_truth_and_the_next_apply_converges() {
    let post = |path| Rule::on("POST", path);
    let cases = vec![
        ("lost before, once", post("*").drop(Moment::Before).times(1), true, true),
        ("lost after, once", post("*").drop(Moment::After).times(1), true, true),
        ("429 with a pause", post("*").status(429).retry_after(0).times(2), true, true),
        ("503", post("*").status(503).times(2), true, true),
        ("500 with effect", post("*").status(500).applied().times(1), true, true),
        ("lost before, always", post("*").drop(Moment::Before), false, false),
        ("lost after, always", post("*").drop(Moment::After), true, true),
        ("500 without effect", post("*").status(500), false, false),
        ("403", post("*").status(403), false, false),
        ("400", post("*").status(400), false, false),
        ("404 of a gateway", post("*").status(404).html(), false, false),
    ];
    side_by_side(cases, |(case, rule, joins, leaves)| async move {
        let (sim, mut membership, group, _) = world().await;
        membership.set_core(&core_with(&sim, json!({ "max_retries": 2, "request_timeout": "400ms" })));
        sim.set_faults(vec![rule.clone()]).expect("a rule");
        let applied = membership.try_apply(edge(&group, ADA)).await;
        assert_eq!(applied.is_ok(), joins, "{case}: {applied:?}");
        assert_eq!(membership.state().is_null(), !joins, "{case}");
        assert!(!membership.is_tainted(), "{case}");
        sim.set_faults(vec![]).expect("no rule");
        membership.apply(edge(&group, ADA)).await;
        membership.plan_is_empty().await;
        assert_eq!(members(&sim, &group), [ADA], "{case}");

        sim.set_faults(vec![rule]).expect("a rule");
        let destroyed = membership.try_destroy().await;
        assert_eq!(destroyed.is_ok(), leaves, "{case}: {destroyed:?}");
        assert_eq!(membership.state().is_null(), leaves, "{case}");
        sim.set_faults(vec![]).expect("no rule");
        if !leaves {
            membership.destroy().await;
        }
        assert!(members(&sim, &group).is_empty(), "{case}");
    })
    .await;
}

/// A tenant replaces a person's groups, and the provider cannot put the person back.
#[tokio::test]
async fn groups_that_somebody_may_be_out_of_are_named() {
    let (sim, mut membership, group, ada) = world().await;
    for (name, alias) in [("legal", "Legal"), ("finance", "Finance")] {
        let other = group_by_other_means(&sim, name, json!({ "alias": [alias] }));
        join_by_other_means(&sim, &other, &[&ada]);
    }
    sim.set(json!({ "user_groups_post": "replace" })).expect("a switch");
    sim.fault(Rule::on("POST", OF_PERSON).after_n(1).status(403)).expect("a rule");
    let said = membership.try_apply(edge(&group, ADA)).await.failed().to_string();
    assert!(said.contains("ada@example.com may be out of other groups"), "{said}");
    assert!(
        said.contains("\"Legal\"") && said.contains("\"Finance\"") && said.contains("Stewards"),
        "{said}"
    );
    assert!(said.contains("403") && said.contains("add the person where they are missing"), "{said}");
    assert!(membership.state().is_null());
    sim.set_faults(vec![]).expect("no rule");
    membership.apply(edge(&group, ADA)).await;
    membership.plan_is_empty().await;
}

#[tokio::test]
async fn the_headings_of_failures_name_the_group() {
    let (sim, mut membership, group, _) = world().await;
    membership.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
    sim.set_faults(vec![Rule::on("POST", OF_PERSON).status(403)]).expect("a rule");
    let said = membership.try_apply(edge(&group, ADA)).await.failed().to_string();
    assert!(said.contains("Could not add ada@example.com to the group \"Stewards\""), "{said}");
    sim.set_faults(vec![]).expect("no rule");
    membership.apply(edge(&group, ADA)).await;
    sim.set_faults(vec![Rule::on("POST", "*").status(403)]).expect("a rule");
    let said = membership.try_destroy().await.failed().to_string();
    assert!(said.contains("Could not remove ada@example.com from the group \"Stewards\""), "{said}");
    let reads = [OF_GROUP, OF_PERSON].map(|path| Rule::on("GET", path).status(403));
    sim.set_faults(reads.to_vec()).expect("rules");
    membership.set_core(&core_with(&sim, json!({ "max_retries": 0 })).without_refresh());
    let said = membership.try_destroy().await.failed().to_string();
    assert!(said.contains("Could not see whether ada@example.com has left the group \"Stewards\""), "{said}");
    assert!(said.contains("Atlan accepted the removal") && !said.contains("Could not remove"), "{said}");
    sim.set_faults(vec![Rule::on("GET", OF_GROUP).status(403)]).expect("a rule");
    membership.set_core(&core(&sim));
    let said = membership.try_refresh().await.failed().to_string();
    assert!(said.contains("Could not read ada@example.com's membership of \"Stewards\""), "{said}");
}

#[tokio::test]
async fn reads_that_fail_call_nobody_gone() {
    for rule in [
        Rule::on("GET", OF_GROUP).status(403),
        Rule::on("GET", OF_GROUP).status(404).html(),
        Rule::on("GET", OF_GROUP).status(500),
        Rule::on("GET", OF_GROUP).truncate(9),
        Rule::on("GET", OF_PERSON).status(404),
    ] {
        let (sim, mut membership, group, ada) = world().await;
        membership.apply(edge(&group, ADA)).await;
        let missing = json!({ "users": [ada] });
        let is_of_person = rule.path.as_deref() == Some(OF_PERSON);
        if is_of_person {
            // Only then is the person's side asked.
            by_other_means(&sim, &format!("{GROUPS}/{group}/members/remove"), &missing);
        }
        membership.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
        sim.set_faults(vec![rule.clone()]).expect("a rule");
        membership.try_refresh().await.failed();
        assert!(!membership.state().is_null(), "{rule:?}");
    }
}

#[tokio::test]
async fn settings_that_are_unknown_while_planning_are_no_obstacle() {
    let (sim, _, group, _) = world().await;
    let unknown = json!({ "base_url": tfplug::testing::unknown(), "api_key": sim.api_key() });
    let core = core(&sim).config_while_planning(unknown);
    let mut membership = core.resource("atlan_group_member");
    membership.apply(edge(&group, ADA)).await;
    let mut of_unknown = core.resource("atlan_group_member");
    let config = json!({ "group_id": tfplug::testing::unknown(), "user": tfplug::testing::unknown() });
    let plan = of_unknown.plan(config).await.to_string();
    assert!(plan.starts_with("create"), "{plan}");
}

/// As of an invitation that did not succeed: the plan did not know the address, and the apply has none.
#[tokio::test]
async fn a_person_who_turns_out_to_be_null_is_an_error_before_any_write() {
    let (sim, mut membership, group, _) = world().await;
    let plan = membership.plan(json!({ "group_id": group, "user": tfplug::testing::unknown() })).await;
    let said = membership.try_apply_plan(&plan, json!({ "group_id": group, "user": null })).await.failed();
    assert_eq!(places(&said), ["user"], "{said}");
    assert!(said.to_string().contains("that invitation did not succeed"), "{said}");
    assert!(membership.state().is_null() && writes(&sim).is_empty());
}

/// The group is new, and no list shows it before the memberships are made.
#[tokio::test]
async fn a_group_of_the_same_run_that_shows_late_takes_members() {
    for kind in ["atlan_group_member", "atlan_group_members"] {
        for late in [60, 3_600_000] {
            let (sim, ..) = world().await;
            sim.set(json!({ "group_visible_after_ms": late })).expect("a switch");
            let run = core(&sim).one_run();
            let mut group = run.resource("atlan_group");
            group.apply(json!({ "alias": "New", "timeouts": { "create": "200ms" } })).await;
            let id = group.state()["id"].as_str().expect("a GUID").to_owned();
            let mut object = run.resource(kind);
            let config = match kind {
                "atlan_group_member" => edge(&id, ADA),
                _ => json!({ "group_id": id, "members": [ADA] }),
            };
            let applied = object.try_apply(config.clone()).await;
            assert!(applied.is_ok(), "{kind}, {late}: {applied:?}");
            assert!(!object.is_tainted());
            assert_eq!(members(&sim, &id), [ADA], "{kind}, {late}");
            sim.advance(std::time::Duration::from_secs(3_601));
            object.set_core(&core(&sim));
            let plan = object.plan(config).await;
            assert!(plan.is_empty(), "{kind}, {late}: {plan}");
            object.destroy().await;
            assert!(members(&sim, &id).is_empty());
        }
    }
}

/// The first record that a list happens to show is not better than the other.
#[tokio::test]
async fn an_address_that_two_people_have_names_neither_and_a_guid_does() {
    let (sim, mut membership, group, _) = world().await;
    sim.set(json!({ "email_case": "preserve" })).expect("a switch");
    for email in ["Kim@example.com", "kim@example.com"] {
        sim.admit(email, "$member", false).expect("a newcomer");
    }
    let ids: Vec<String> = sim
        .users()
        .into_iter()
        .filter(|user| user.email.eq_ignore_ascii_case("kim@example.com"))
        .map(|user| user.id)
        .collect();
    sim.clear_journal();
    for user in ["kim@example.com", "Kim@example.com"] {
        let said = membership.try_apply(edge(&group, user)).await.failed().to_string();
        assert!(
            said.contains("is the address of 2 people") && ids.iter().all(|id| said.contains(id)),
            "{said}"
        );
        assert!(said.contains("Use the GUID instead"), "{said}");
    }
    assert_eq!(writes(&sim), "");
    membership.apply(edge(&group, &ids[1])).await;
    assert_eq!(membership.state()["user_id"], *ids[1]);
    membership.plan_is_empty().await;
}

/// A destroy that trusted the answer would forget a membership that goes on.
#[tokio::test]
async fn a_removal_that_atlan_ignores_is_an_error_that_says_so_and_the_membership_is_kept() {
    let (sim, mut membership, group, _) = world().await;
    membership.apply(edge(&group, ADA)).await;
    let before = membership.state();
    membership.set_core(&core(&sim).give(soon_given_up()));
    sim.fault(ignored("POST", "*/members/remove")).expect("a rule");
    let said = membership.try_destroy().await.failed().to_string();
    assert!(said.contains("Could not remove ada@example.com from the group \"Stewards\""), "{said}");
    assert!(said.contains("but the record still shows the membership"), "{said}");
    assert_eq!((membership.state(), members(&sim, &group)), (before, vec![ADA.to_owned()]));
    sim.set_faults(vec![]).expect("no rule");
    membership.plan_is_empty().await;
    membership.destroy().await;
    assert!(members(&sim, &group).is_empty());
}
