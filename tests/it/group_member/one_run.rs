//! Several memberships in one run: clashes, and people who move from one resource to another.

use atlan_sim::{Moment, Rule, Sim};
use tfplug::testing::{Instance, Plan};

use super::*;

#[tokio::test]
async fn two_resources_for_one_membership_are_an_error_in_the_plan() {
    let (sim, mut one, group, ada) = world().await;
    one.apply(edge(&group, ADA)).await;
    for created_first in [false, true] {
        let run = core(&sim).one_run();
        let mut other = run.resource("atlan_group_member");
        one.set_core(&run);
        sim.clear_journal();
        let said = if created_first {
            other.plan(edge(&group, "Ada@example.com")).await;
            one.try_plan(edge(&group, ADA)).await.failed()
        } else {
            one.plan(edge(&group, ADA)).await;
            other.try_plan(edge(&group, "Ada@example.com")).await.failed()
        };
        let said = said.to_string();
        assert!(said.contains("error at user: Two resources manage one membership"), "{said}");
        assert!(said.contains(ADA) && said.contains(&group), "{said}");
        assert_eq!(writes(&sim), "");
    }
    // By another name the plan cannot see it, so the second one is refused at its apply.
    let run = core(&sim).one_run();
    let group = group_by_other_means(&sim, "second", json!({ "alias": ["Second"] }));
    let (mut one, mut other) = (run.resource("atlan_group_member"), run.resource("atlan_group_member"));
    one.apply(edge(&group, ADA)).await;
    let said = other.try_apply(edge(&group, &ada)).await.failed().to_string();
    assert!(said.contains("Two resources manage one membership"), "{said}");
    assert!(other.state().is_null());
}

#[tokio::test]
async fn a_second_resource_is_refused_in_the_plan_whatever_it_calls_the_person() {
    for first_by_guid in [false, true] {
        let (sim, mut one, group, ada) = world().await;
        let (first, second) = if first_by_guid { (ada.as_str(), ADA) } else { (ADA, ada.as_str()) };
        one.apply(edge(&group, first)).await;
        for second in [second.to_uppercase(), second.to_owned()] {
            let run = core(&sim).one_run();
            let mut other = run.resource("atlan_group_member");
            one.set_core(&run);
            one.plan(edge(&group, first)).await;
            let said = other.try_plan(edge(&group.to_uppercase(), &second)).await.failed().to_string();
            assert!(said.contains("error at user: Two resources manage one membership"), "{said}");
            assert!(said.contains(ADA), "{said}");
        }
    }
}

/// The state has one membership at two addresses, and the configuration loses one of them, or the second is a deposed object.
#[tokio::test]
async fn destroying_one_of_two_resources_for_a_membership_is_refused_in_the_plan() {
    let (sim, mut one, group, ada) = world().await;
    one.apply(edge(&group, ADA)).await;
    for destroyed_first in [false, true] {
        let run = core(&sim).one_run();
        let mut other = core(&sim).resource("atlan_group_member");
        other.import(&format!("{group}/{ada}")).await;
        one.set_core(&run);
        other.set_core(&run);
        let said = if destroyed_first {
            other.try_plan_destroy().await.expect("alone");
            one.try_plan(edge(&group, &ada)).await.failed()
        } else {
            one.plan(edge(&group, &ada)).await;
            other.try_plan_destroy().await.failed()
        };
        let said = said.to_string();
        assert!(said.contains("Two resources manage one membership"), "{said}");
        assert!(said.contains("removed {") && said.contains("deposed object"), "{said}");
        assert!(said.contains(ADA) && said.contains(&group), "{said}");
        // Both may be destroyed.
        one.try_plan_destroy().await.expect("no clash");
        other.try_plan_destroy().await.expect("no clash");
    }
}

#[tokio::test]
async fn a_mapping_and_memberships_of_one_group_are_warned_of_once() {
    for mapping_first in [false, true] {
        let (sim, mut membership, group, _) = world().await;
        let run = core(&sim).one_run();
        membership.set_core(&run);
        let mut mapping = run.resource("atlan_sso_group_mapping");
        let maps = json!({ "idp_alias": "okta", "group_id": group, "sso_group": "data-stewards" });
        let mut said = Vec::new();
        for plans_mapping in [mapping_first, !mapping_first, mapping_first] {
            let plan = match plans_mapping {
                true => mapping.plan(maps.clone()).await,
                false => membership.plan(edge(&group, ADA)).await,
            };
            said.push(plan.report().to_string());
        }
        assert!(said[1].contains("warning: Sign-ins may end memberships of"), "{mapping_first}: {said:?}");
        assert!(said[1].contains("identity provider does not list"), "{said:?}");
        assert!([0, 2].iter().all(|plan| !said[*plan].contains("Sign-ins")), "{mapping_first}: {said:?}");

        mapping.set_core(&core(&sim));
        mapping.apply(maps.clone()).await;
        let run = core(&sim).one_run();
        membership.set_core(&run);
        mapping.set_core(&run);
        mapping.plan(maps).await;
        mapping.try_plan_destroy().await.expect("no clash");
        let plan = membership.plan(edge(&group, ADA)).await;
        assert!(!plan.report().to_string().contains("Sign-ins"), "the mapping goes: {}", plan.report());
    }
}

/// A membership that goes from one resource to another in one run, as after a rename without `moved`.
struct Move {
    sim: Sim,
    old: Instance,
    new: Instance,
    group: String,
    destroy: Plan,
    create: Plan,
}

impl Move {
    async fn planned() -> Self {
        let (sim, mut old, group, _) = world().await;
        old.apply(edge(&group, ADA)).await;
        let run = core(&sim).one_run();
        let mut new = run.resource("atlan_group_member");
        old.set_core(&run);
        let destroy = old.try_plan_destroy().await.expect("no clash").expect("a plan");
        let create = new.plan(edge(&group, ADA)).await;
        Move { sim, old, new, group, destroy, create }
    }
}

#[tokio::test]
async fn a_membership_that_moves_to_another_resource_is_kept_in_every_order() {
    for order in ["create first", "destroy first", "at once"] {
        let Move { sim, mut old, mut new, group, destroy, create } = Move::planned().await;
        match order {
            "create first" => {
                new.apply_plan(&create, edge(&group, ADA)).await;
                old.apply_plan(&destroy, Value::Null).await;
            }
            "destroy first" => {
                old.apply_plan(&destroy, Value::Null).await;
                new.apply_plan(&create, edge(&group, ADA)).await;
            }
            _ => {
                tokio::join!(
                    old.apply_plan(&destroy, Value::Null),
                    new.apply_plan(&create, edge(&group, ADA))
                );
            }
        }
        assert_eq!(members(&sim, &group), [ADA], "{order}: {}", sim.journal());
        assert!(old.state().is_null());
        new.set_core(&core(&sim));
        new.plan_is_empty().await;
    }
}

/// The configuration grants the membership at the other address, so nobody is taken out. Without the resource, nobody would manage it.
#[tokio::test]
async fn a_membership_whose_other_resource_cannot_be_created_stays_with_the_old_one() {
    for at_once in [true, false] {
        let Move { sim, mut old, mut new, group, destroy, create } = Move::planned().await;
        sim.clear_journal();
        sim.fault(Rule::on("GET", OF_GROUP).status(403).times(1)).expect("a rule");
        let said = if at_once {
            let hold = sim.hold("GET", OF_GROUP, Moment::Before);
            let removal = async {
                sim.arrived("GET", OF_GROUP).await;
                tokio::join!(old.try_apply_plan(&destroy, Value::Null), async { hold.release() }).0
            };
            let (created, removed) = tokio::join!(new.try_apply_plan(&create, edge(&group, ADA)), removal);
            created.failed();
            removed
        } else {
            new.try_apply_plan(&create, edge(&group, ADA)).await.failed();
            old.try_apply_plan(&destroy, Value::Null).await
        };
        let said = said.failed().to_string();
        assert!(said.contains("The membership was not removed") && said.contains(ADA), "{said}");
        assert_eq!((writes(&sim), members(&sim, &group)), (String::new(), vec![ADA.to_owned()]));
        // The same configuration once more.
        let run = core(&sim).one_run();
        old.set_core(&run);
        new.set_core(&run);
        let destroy = old.try_plan_destroy().await.expect("no clash").expect("a plan");
        new.apply(edge(&group, ADA)).await;
        old.apply_plan(&destroy, Value::Null).await;
        assert_eq!(members(&sim, &group), [ADA]);
    }
}

#[tokio::test]
async fn a_replacement_by_itself_ends_in_the_group() {
    for create_before_destroy in [false, true] {
        let (sim, mut membership, group, _) = world().await;
        if create_before_destroy {
            membership.create_before_destroy();
        }
        membership.apply(edge(&group, ADA)).await;
        membership.taint();
        membership.set_core(&core(&sim).one_run());
        membership.apply(edge(&group, ADA)).await;
        membership.set_core(&core(&sim));
        assert_eq!(members(&sim, &group), [ADA], "{create_before_destroy}: {}", sim.journal());
        membership.plan_is_empty().await;
    }
}

/// In `terraform test` of 1.13 and later, one process may serve several applies. What it has made earlier is no clash once it is planned to go.
#[tokio::test]
async fn a_membership_moves_to_another_resource_in_a_later_apply_of_the_same_process() {
    for kind in ["atlan_group_member", "atlan_group_members"] {
        for created_first in [false, true] {
            let (sim, mut old, group, _) = world().await;
            let process = core(&sim).one_process();
            old.set_core(&process);
            old.apply(edge(&group, ADA)).await;
            let mut new = process.resource(kind);
            let config = match kind {
                "atlan_group_member" => edge(&group, ADA),
                _ => json!({ "group_id": group, "members": [ADA], "on_existing": "adopt" }),
            };
            let leaves = old.try_plan_destroy().await.expect("no clash").expect("a plan");
            let comes = new.plan(config.clone()).await;
            if created_first {
                new.apply_plan(&comes, config.clone()).await;
                old.apply_plan(&leaves, Value::Null).await;
            } else {
                old.apply_plan(&leaves, Value::Null).await;
                new.apply_plan(&comes, config.clone()).await;
            }
            assert_eq!(members(&sim, &group), [ADA], "{kind}, {created_first}: {}", sim.journal());
            new.plan_is_empty().await;
        }
    }
}

const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";

/// A list with `count` has lost its first entry: each membership is replaced by that of the next person, and the last one is destroyed.
/// Terraform orders none of the three before another, except the halves of a replacement.
#[tokio::test]
async fn a_list_that_loses_an_entry_takes_nobody_out_who_stays() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (sim, first, group, _) = world().await;
        let mut list = vec![first];
        for person in [BOB, EVE] {
            person_by_other_means(&sim, person);
            list.push(core(&sim).resource("atlan_group_member"));
        }
        for (membership, person) in list.iter_mut().zip([ADA, BOB, EVE]) {
            membership.apply(edge(&group, person)).await;
        }
        let run = core(&sim).one_run();
        let mut plans = Vec::new();
        for (membership, next) in list.iter_mut().zip([Some(BOB), Some(EVE), None]) {
            membership.set_core(&run);
            plans.push(match next {
                Some(person) => membership.plan(edge(&group, person)).await,
                None => membership.try_plan_destroy().await.expect("no clash").expect("a plan"),
            });
        }
        for number in order {
            let config = [edge(&group, BOB), edge(&group, EVE), Value::Null][number].clone();
            list[number].apply_plan(&plans[number], config).await;
        }
        let mut there = members(&sim, &group);
        there.sort();
        assert_eq!(there, [BOB, EVE], "{order:?}: {}", sim.journal());
        for (membership, person) in list.iter_mut().zip([BOB, EVE]) {
            membership.set_core(&core(&sim));
            membership.plan_is_empty().await;
            assert_eq!(membership.state()["email"], person);
        }
    }
}

/// Two memberships of one person take each other's group.
#[tokio::test]
async fn a_person_whose_memberships_take_turns_stays_in_both_groups() {
    for first in [0, 1] {
        let (sim, one, group, _) = world().await;
        let other = group_by_other_means(&sim, "ops", json!({ "alias": ["Ops"] }));
        let mut both = [one, core(&sim).resource("atlan_group_member")];
        both[0].apply(edge(&group, ADA)).await;
        both[1].apply(edge(&other, ADA)).await;
        let run = core(&sim).one_run();
        let next = [edge(&other, ADA), edge(&group, ADA)];
        let mut plans = Vec::new();
        for (membership, config) in both.iter_mut().zip(&next) {
            membership.set_core(&run);
            plans.push(membership.plan(config.clone()).await);
        }
        for number in [first, 1 - first] {
            both[number].apply_plan(&plans[number], next[number].clone()).await;
        }
        assert_eq!(
            (members(&sim, &group), members(&sim, &other)),
            (vec![ADA.to_owned()], vec![ADA.to_owned()]),
            "{first}"
        );
    }
}

/// Under `create_before_destroy`, Terraform plans the removal of the old object in the apply. A list with `count` that gets a new first entry
/// looks like this.
#[tokio::test]
async fn a_membership_whose_other_resource_cannot_be_created_stays_under_create_before_destroy() {
    let (sim, mut old, group, _) = world().await;
    person_by_other_means(&sim, BOB);
    old.create_before_destroy();
    old.apply(edge(&group, ADA)).await;
    let run = core(&sim).one_run();
    let mut new = run.resource("atlan_group_member");
    old.set_core(&run);
    let changes = old.plan(edge(&group, BOB)).await;
    let comes = new.plan(edge(&group, ADA)).await;
    sim.fault(Rule::on("GET", OF_GROUP).status(403).times(1)).expect("a rule");
    new.try_apply_plan(&comes, edge(&group, ADA)).await.failed();
    let changed = old.try_apply_plan(&changes, edge(&group, BOB)).await;
    let mut there = members(&sim, &group);
    there.sort();
    assert_eq!(there, [ADA, BOB], "{}", sim.journal());
    let said = changed.failed().to_string();
    assert!(said.contains("The membership was not removed") && said.contains(ADA), "{said}");
}

/// The plan of a tainted object does not show what it holds, so its delete half has to find out who has come by another resource.
#[tokio::test]
async fn a_tainted_membership_that_gets_another_person_takes_nobody_out_who_has_come() {
    for created_first in [true, false] {
        let (sim, mut old, group, _) = world().await;
        person_by_other_means(&sim, BOB);
        old.apply(edge(&group, ADA)).await;
        old.taint();
        let run = core(&sim).one_run();
        let mut new = run.resource("atlan_group_member");
        old.set_core(&run);
        let changes = old.plan(edge(&group, BOB)).await;
        let comes = new.plan(edge(&group, ADA)).await;
        if created_first {
            new.apply_plan(&comes, edge(&group, ADA)).await;
            old.apply_plan(&changes, edge(&group, BOB)).await;
        } else {
            old.apply_plan(&changes, edge(&group, BOB)).await;
            new.apply_plan(&comes, edge(&group, ADA)).await;
        }
        let mut there = members(&sim, &group);
        there.sort();
        assert_eq!(there, [ADA, BOB], "{created_first}: {}", sim.journal());
    }
}

/// The create fails before it knows the GUID of the person.
#[tokio::test]
async fn a_membership_whose_other_resource_cannot_look_the_person_up_stays_with_the_old_one() {
    let Move { sim, mut old, mut new, group, destroy, create } = Move::planned().await;
    sim.clear_journal();
    sim.fault(Rule::on("GET", USERS).status(403).times(1)).expect("a rule");
    new.try_apply_plan(&create, edge(&group, ADA)).await.failed();
    let removed = old.try_apply_plan(&destroy, Value::Null).await;
    assert_eq!((writes(&sim), members(&sim, &group)), (String::new(), vec![ADA.to_owned()]));
    let said = removed.failed().to_string();
    assert!(said.contains("The membership was not removed") && said.contains(ADA), "{said}");
}

#[tokio::test]
async fn a_membership_that_fails_after_the_destroy_of_another_resource_says_who_is_out_of_the_group() {
    let Move { sim, mut old, mut new, group, destroy, create } = Move::planned().await;
    old.apply_plan(&destroy, Value::Null).await;
    sim.fault(Rule::on("POST", OF_PERSON).status(403).times(1)).expect("a rule");
    let said = new.try_apply_plan(&create, edge(&group, ADA)).await.failed().to_string();
    assert!(said.contains("warning: 1 person is out of the group") && said.contains(ADA), "{said}");

    new.apply(edge(&group, ADA)).await;
    assert_eq!(members(&sim, &group), [ADA]);
}
