//! Sets and single memberships in one run.

use std::time::Duration;

use atlan_sim::{Entry, Moment, Rule};
use tfplug::testing::Plan;

use super::*;

#[tokio::test]
async fn two_sets_or_a_set_and_a_single_membership_of_one_group_clash_in_the_plan() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA])).await;
    let single = json!({ "group_id": group, "user": BOB });
    for (resource, config) in
        [("atlan_group_members", set_of(&group, &[BOB])), ("atlan_group_member", single.clone())]
    {
        for created_first in [false, true] {
            let run = core(&sim).one_run();
            let mut other = run.resource(resource);
            let adopt = json!({ "on_existing": "adopt" });
            let config =
                if resource == "atlan_group_members" { with(config.clone(), adopt) } else { config.clone() };
            set.set_core(&run);
            sim.clear_journal();
            let said = if created_first {
                other.plan(config).await;
                set.try_plan(set_of(&group, &[ADA])).await.failed()
            } else {
                set.plan(set_of(&group, &[ADA])).await;
                other.try_plan(config).await.failed()
            };
            let is_of_set = created_first || resource == "atlan_group_members";
            assert_eq!(places(&said), [if is_of_set { "group_id" } else { "user" }], "{resource}: {said}");
            let said = said.to_string();
            assert!(said.contains("Two resources manage one group's members"), "{resource}: {said}");
            assert_eq!(writes(&sim), "");
        }
    }
}

#[tokio::test]
async fn a_set_that_becomes_single_memberships_is_an_error_in_the_plan() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA])).await;
    for created_first in [false, true] {
        let run = core(&sim).one_run();
        let mut single = run.resource("atlan_group_member");
        set.set_core(&run);
        let config = json!({ "group_id": group, "user": ADA });
        let said = if created_first {
            single.plan(config).await;
            set.try_plan_destroy().await.map(drop).failed()
        } else {
            set.try_plan_destroy().await.expect("no clash");
            let said = single.try_plan(config).await.map(drop).failed();
            assert_eq!(places(&said), ["user"], "{said}");
            said
        };
        let said = said.to_string();
        assert!(
            said.contains("Members are both removed and added") && said.contains("destroy = false"),
            "{said}"
        );
    }
    assert_eq!(members(&sim, &group), [ADA]);
}

/// Single memberships of these people, and the plans of their destroys in the run that plans the set.
async fn edges_leave(
    sim: &Sim,
    set: &mut Instance,
    group: &str,
    people: &[impl AsRef<str>],
) -> (Vec<Instance>, Vec<Plan>) {
    let run = core(sim).one_run();
    set.set_core(&run);
    let (mut edges, mut plans) = (Vec::new(), Vec::new());
    for person in people {
        let mut edge = core(sim).resource("atlan_group_member");
        edge.apply(json!({ "group_id": group, "user": person.as_ref() })).await;
        edge.set_core(&run);
        plans.push(edge.try_plan_destroy().await.expect("no clash").expect("a plan"));
        edges.push(edge);
    }
    (edges, plans)
}

/// Fifty single memberships become one set: whatever comes first, everybody is in the group at the end.
#[tokio::test]
async fn single_memberships_become_a_set_in_every_order() {
    for order in ["create first", "destroy first", "at once", "one destroy, then all"] {
        let (sim, mut set, group, people) = crowd(50).await;
        let (mut edges, mut plans) = edges_leave(&sim, &mut set, &group, &people).await;
        let config = set_of(&group, &people);
        let create = set.plan(config.clone()).await;
        let mut destroys = tokio::task::JoinSet::new();
        let mut start = |edges: Vec<Instance>, plans: Vec<Plan>| {
            for (mut edge, plan) in edges.into_iter().zip(plans) {
                destroys.spawn(async move {
                    edge.apply_plan(&plan, Value::Null).await;
                    assert!(edge.state().is_null());
                });
            }
        };
        match order {
            "create first" => {
                set.apply_plan(&create, config.clone()).await;
                start(edges, plans);
            }
            "destroy first" => {
                start(edges, plans);
                while let Some(done) = destroys.join_next().await {
                    done.expect("no panic");
                }
                set.apply_plan(&create, config.clone()).await;
            }
            "at once" => {
                start(edges, plans);
                set.apply_plan(&create, config.clone()).await;
            }
            _ => {
                let (first, plan) = (edges.remove(0), plans.remove(0));
                start(vec![first], vec![plan]);
                sim.arrived("POST", "/api/service/groups/*/members/remove").await;
                start(edges, plans);
                set.apply_plan(&create, config.clone()).await;
            }
        }
        while let Some(done) = destroys.join_next().await {
            done.expect("no panic");
        }
        assert_eq!(members(&sim, &group).len(), 50, "{order}: {}", sim.journal());
        set.set_core(&core(&sim));
        let plan = set.plan(config).await;
        assert!(plan.is_empty(), "{order}: {plan}");
    }
}

/// The removal of a single membership is sent twice, because the first answer is lost. The set adds the person again, and only then would
/// the first removal take effect.
#[tokio::test]
async fn a_removal_that_takes_effect_late_takes_nobody_out_of_the_set_that_follows() {
    let (sim, mut set, group) = world().await;
    let run = core_with(&sim, json!({ "request_timeout": "500ms" })).one_run();
    let mut edge = core(&sim).resource("atlan_group_member");
    edge.apply(json!({ "group_id": group, "user": ADA })).await;
    let adopt = json!({ "on_existing": "adopt" });
    let config = with(set_of(&group, &[ADA, BOB]), adopt);
    set.set_core(&run);
    edge.set_core(&run);
    let destroy = edge.try_plan_destroy().await.expect("no clash").expect("a plan");
    let create = set.plan(config.clone()).await;
    let late = Duration::from_millis(300);
    sim.fault(
        Rule::on("POST", "/api/service/groups/*/members/remove").drop(Moment::Before).late(late).times(1),
    )
    .expect("a rule");
    edge.apply_plan(&destroy, Value::Null).await;
    set.apply_plan(&create, config).await;
    let is_over = |entries: &[Entry]| entries.iter().all(|entry| entry.applied || entry.method == "GET");
    sim.until(|entries| is_over(entries).then_some(())).await;
    assert_eq!(members(&sim, &group), [ADA, BOB], "{}", sim.journal());
}

#[tokio::test]
async fn a_set_and_a_mapping_of_one_group_are_an_error_in_the_plan() {
    for mapping_first in [false, true] {
        let (sim, mut set, group) = world().await;
        let run = core(&sim).one_run();
        set.set_core(&run);
        let mut mapping = run.resource("atlan_sso_group_mapping");
        let maps = json!({ "idp_alias": "okta", "group_id": group, "sso_group": "data-stewards" });
        let said = if mapping_first {
            mapping.plan(maps.clone()).await;
            set.try_plan(set_of(&group, &[ADA])).await.failed()
        } else {
            set.plan(set_of(&group, &[ADA])).await;
            mapping.try_plan(maps.clone()).await.failed()
        };
        let said = said.to_string();
        assert!(said.contains("error at group_id: Two resources decide who is in a group"), "{said}");
        assert!(said.contains(&group) && said.contains("destroy = false"), "{said}");
        assert_eq!(writes(&sim), "");

        // Known only at apply: the second one is refused before it sends anything.
        let (mut set, mut mapping) =
            (run.resource("atlan_group_members"), run.resource("atlan_sso_group_mapping"));
        if mapping_first {
            mapping.apply(maps).await;
            sim.clear_journal();
            set.try_apply(set_of(&group, &[ADA])).await.failed();
        } else {
            set.apply(set_of(&group, &[ADA])).await;
            sim.clear_journal();
            mapping.try_apply(maps).await.failed();
        }
        assert_eq!(writes(&sim), "");
    }
}

/// In `terraform test` of 1.13 and later, one process may serve several applies, each with another owner of the group.
#[tokio::test]
async fn a_set_and_a_mapping_take_turns_in_the_applies_of_one_process() {
    for new_first in [false, true] {
        let (sim, mut set, group) = world().await;
        let process = core(&sim).one_process();
        set.set_core(&process);
        let mut mapping = process.resource("atlan_sso_group_mapping");
        let maps = json!({ "idp_alias": "okta", "group_id": group, "sso_group": "data-stewards" });
        let people = set_of(&group, &[ADA]);
        set.apply(people.clone()).await;
        for _ in 0..2 {
            take_over(new_first, &mut set, &mut mapping, &maps).await;
            assert_eq!(members(&sim, &group), [""; 0], "{}", sim.journal());
            take_over(new_first, &mut mapping, &mut set, &people).await;
            assert_eq!(members(&sim, &group), [ADA], "{}", sim.journal());
        }
    }
}

/// One apply deletes the old object and creates the new one.
async fn take_over(new_first: bool, old: &mut Instance, new: &mut Instance, config: &Value) {
    let (leaves, comes);
    if new_first {
        comes = new.plan(config.clone()).await;
        leaves = old.try_plan_destroy().await.expect("no clash").expect("a plan");
    } else {
        leaves = old.try_plan_destroy().await.expect("no clash").expect("a plan");
        comes = new.plan(config.clone()).await;
    }
    old.apply_plan(&leaves, Value::Null).await;
    new.apply_plan(&comes, config.clone()).await;
}

/// A run in which single memberships became a set has ended early: some of them are still in the state.
#[tokio::test]
async fn a_single_membership_beside_a_set_is_not_destroyed() {
    for set_first in [false, true] {
        let (sim, mut set, group) = world().await;
        set.apply(set_of(&group, &[ADA, BOB])).await;
        let mut single = core(&sim).resource("atlan_group_member");
        single.import(&format!("{group}/{}", id(&sim, ADA))).await;
        let run = core(&sim).one_run();
        set.set_core(&run);
        single.set_core(&run);
        let said = if set_first {
            set.plan(set_of(&group, &[ADA, BOB])).await;
            single.try_plan_destroy().await.map(drop).failed()
        } else {
            single.try_plan_destroy().await.expect("no clash");
            set.try_plan(set_of(&group, &[ADA, BOB])).await.map(drop).failed()
        };
        let said = said.to_string();
        assert!(said.contains("A set manages the members of this group") && said.contains(ADA), "{said}");
        assert!(said.contains("from = atlan_group_member.OLD") && said.contains("destroy = false"), "{said}");
        single.forget();
        set.plan_is_empty().await;
        assert_eq!(members(&sim, &group), [ADA, BOB]);
    }
}

/// An apply of the single memberships alone, as with `-target`, has put them into the state. They have no changes, so an apply calls the
/// provider only for the set, and nobody would add the people again.
#[tokio::test]
async fn a_set_is_not_destroyed_while_the_state_has_single_memberships_of_its_group() {
    for set_first in [false, true] {
        let (sim, mut set, group) = world().await;
        set.apply(set_of(&group, &[ADA, BOB])).await;
        let (mut single, config) =
            (core(&sim).resource("atlan_group_member"), json!({ "group_id": group, "user": ADA }));
        single.apply(config.clone()).await;
        let run = core(&sim).one_run();
        set.set_core(&run);
        single.set_core(&run);
        sim.clear_journal();
        let said = if set_first {
            set.try_plan_destroy().await.expect("no clash yet");
            single.try_plan(config).await.map(drop).failed()
        } else {
            single.plan(config).await;
            set.try_plan_destroy().await.map(drop).failed()
        };
        let said = said.to_string();
        assert!(said.contains("Members are both removed and added"), "{said}");
        // The way out for an object that has no address.
        assert!(said.contains("deposed") && said.contains("`terraform state rm` for this address"), "{said}");
        assert_eq!((writes(&sim).as_str(), members(&sim, &group).len()), ("", 2));
    }
}

/// The new object of a replacement under `create_before_destroy` has another group: the people of the old one leave it.
#[tokio::test]
async fn the_plan_of_a_destroy_says_who_leaves_although_a_set_of_another_group_was_made() {
    let (sim, mut set, group) = world().await;
    let other = group_by_other_means(&sim, "other", json!({ "alias": ["Other"] }));
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let run = core(&sim).one_process();
    run.resource("atlan_group_members").apply(set_of(&other, &[EVE])).await;
    set.set_core(&run);
    let plan = set.try_plan_destroy().await.expect("no clash").expect("a plan");
    assert!(plan.report().to_string().contains("2 people leave the group"), "{plan}");
}

#[tokio::test]
async fn a_replacement_of_a_set_by_itself_ends_with_the_same_members() {
    for create_before_destroy in [false, true] {
        let (sim, mut set, group) = world().await;
        if create_before_destroy {
            set.create_before_destroy();
        }
        set.apply(set_of(&group, &[ADA, BOB])).await;
        set.taint();
        set.set_core(&core(&sim).one_run());
        let said = set.apply(set_of(&group, &[ADA, BOB])).await.report().to_string();
        assert!(!said.contains("leave the group"), "nobody does: {said}");
        assert_eq!(members(&sim, &group), [ADA, BOB], "{create_before_destroy}: {}", sim.journal());
        set.set_core(&core(&sim));
        set.plan_is_empty().await;
        let other = group_by_other_means(&sim, "other", json!({ "alias": ["Other"] }));
        set.set_core(&core(&sim).one_run());
        let applied = set.apply(set_of(&other, &[ADA])).await;
        assert!(applied.plan().to_string().starts_with("replace"), "{}", applied.plan());
        assert_eq!(members(&sim, &other), [ADA]);
        assert!(members(&sim, &group).is_empty());
    }
}

/// People of a set are in other groups too, and the tenant replaces a person's groups: nobody loses one.
#[tokio::test]
async fn a_tenant_that_replaces_groups_is_found_out_once_and_nobody_loses_a_group() {
    let (sim, mut set, group, people) = crowd(30).await;
    let others = group_by_other_means(&sim, "others", json!({ "alias": ["Others"] }));
    let ids: Vec<String> = people.iter().map(|email| id(&sim, email)).collect();
    join_by_other_means(&sim, &others, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    sim.set(json!({ "user_groups_post": "replace" })).expect("a switch");
    let applied = set.apply(set_of(&group, &people)).await;
    let said = applied.report().to_string();
    assert_eq!(said.matches("was out of groups for a moment").count(), 1, "{said}");
    assert_eq!((members(&sim, &group).len(), members(&sim, &others).len()), (30, 30));
    set.plan_is_empty().await;
}

/// Single memberships become a set whose create fails before it has claimed the group: it names somebody unknown; or somebody else has
/// joined since the plan, which already the plan in the apply refuses.
#[tokio::test]
async fn single_memberships_stay_if_the_set_that_follows_is_refused() {
    for case in ["unknown person", "unlisted member", "refused look"] {
        let (sim, mut set, group) = world().await;
        let (mut edges, plans) = edges_leave(&sim, &mut set, &group, &[ADA, BOB]).await;
        let config = match case {
            "unknown person" => set_of(&group, &[ADA, BOB, "kim@example.com"]),
            _ => set_of(&group, &[ADA, BOB]),
        };
        let create = set.plan(config.clone()).await;
        match case {
            "unlisted member" => join_by_other_means(&sim, &group, &[&id(&sim, EVE)]),
            "refused look" => sim.fault(Rule::on("GET", OF_GROUP).status(403)).expect("a rule"),
            _ => {}
        }
        sim.clear_journal();
        set.try_apply_plan(&create, config).await.failed();
        let mut said = Vec::new();
        for (edge, plan) in edges.iter_mut().zip(&plans) {
            said.push(edge.try_apply_plan(plan, Value::Null).await);
        }
        let there = members(&sim, &group);
        assert_eq!(writes(&sim), "", "{case}: {there:?} are left");
        assert!([ADA, BOB].iter().all(|email| there.iter().any(|one| one == email)), "{case}: {there:?}");
        for said in said {
            let said = said.failed().to_string();
            assert!(said.contains("The membership was not removed"), "{case}: {said}");
        }
    }
}

/// The destroys come first, and the set fails after them: in the plan that Terraform repeats in the apply, or in its create.
#[tokio::test]
async fn a_set_that_fails_after_the_destroys_says_who_is_out_of_the_group() {
    for case in ["unlisted member", "refused addition"] {
        let (sim, mut set, group) = world().await;
        let (mut edges, plans) = edges_leave(&sim, &mut set, &group, &[ADA, BOB]).await;
        let config = set_of(&group, &[ADA, BOB]);
        let create = set.plan(config.clone()).await;
        for (edge, plan) in edges.iter_mut().zip(&plans) {
            edge.apply_plan(plan, Value::Null).await;
        }
        match case {
            "unlisted member" => join_by_other_means(&sim, &group, &[&id(&sim, EVE)]),
            _ => sim.fault(Rule::on("POST", OF_PERSON).status(403).times(2)).expect("a rule"),
        }
        let said = set.try_apply_plan(&create, config).await.failed().to_string();
        assert!(said.contains("warning: 2 people are out of the group"), "{case}: {said}");
        assert!(said.contains(ADA) && said.contains(BOB), "{case}: {said}");

        set.set_core(&core(&sim));
        set.apply(set_of(&group, &[ADA, BOB, EVE])).await;
        assert_eq!(members(&sim, &group).len(), 3, "{case}");
    }
}
