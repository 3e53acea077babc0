//! Addresses that change in Atlan. An entry keeps its person by GUID.

use super::*;

const NEW: &str = "kim@example.com";

/// Ada and Bob are in the group by Terraform; by now Atlan has Ada under another address.
async fn renamed(most: Option<u32>) -> (Sim, Instance, String) {
    let (sim, mut set, group) = world().await;
    set.apply(limited(&group, &[ADA, BOB], most)).await;
    sim.give_address(ADA, NEW).expect("free");
    sim.clear_journal();
    (sim, set, group)
}

fn limited(group: &str, people: &[&str], most: Option<u32>) -> Value {
    with(set_of(group, people), json!({ "max_removals": most }))
}

#[tokio::test]
async fn a_configuration_that_follows_removes_nobody() {
    for most in [None, Some(0)] {
        for refreshes in [true, false] {
            let (sim, mut set, group) = renamed(most).await;
            let core_now = core(&sim);
            set.set_core(&if refreshes { core_now } else { core_now.without_refresh() });
            let kept = set.plan(limited(&group, &[ADA, BOB], most)).await;
            assert!(kept.is_empty(), "{kept}");
            set.apply(limited(&group, &[NEW, BOB], most)).await;
            assert_eq!((writes(&sim).as_str(), members(&sim, &group).len()), ("", 2));
            assert_eq!(set.state()["user_ids"][NEW], json!(id(&sim, NEW)));
            set.set_core(&core(&sim));
            set.plan_is_empty().await;
        }
    }
}

/// The limit still counts who leaves.
#[tokio::test]
async fn somebody_who_leaves_counts_although_another_one_has_a_new_address() {
    let (sim, mut set, group) = renamed(Some(0)).await;
    for people in [&[NEW][..], &[NEW, EVE], &[EVE, BOB]] {
        let said = set.try_plan(limited(&group, people, Some(0))).await.failed().to_string();
        assert!(said.contains("removes 1 person, more than max_removals = 0"), "{said}");
    }
    assert_eq!(writes(&sim), "");
}

/// With the new address in the configuration, too, the old one can only be meant for its new owner.
#[tokio::test]
async fn the_new_owner_of_the_address_may_join() {
    let (sim, mut set, group) = renamed(None).await;
    let said = set.try_apply(set_of(&group, &[ADA, NEW, BOB])).await.failed().to_string();
    assert!(said.contains("Two entries are one person"), "{said}");
    person_by_other_means(&sim, ADA);
    sim.clear_journal();
    set.apply(set_of(&group, &[ADA, NEW, BOB])).await;
    assert_eq!(members(&sim, &group).len(), 3);
    assert_eq!(writes(&sim).lines().count(), 1, "{}", writes(&sim));
    for email in [ADA, NEW, BOB] {
        assert_eq!(set.state()["user_ids"][email], json!(id(&sim, email)));
    }
    set.plan_is_empty().await;
}

/// An ordinary plan keeps the person of the entry. A replacement looks the addresses up again.
#[tokio::test]
async fn a_replacement_does_not_add_the_new_owner_of_an_address() {
    for way in ["-replace", "taint", "another group"] {
        let (sim, mut set, group) = world().await;
        let other = group_by_other_means(&sim, "ops", json!({ "alias": ["Ops"] }));
        let config =
            |group: &str, people: &[&str]| with(set_of(group, people), json!({ "on_existing": "adopt" }));
        set.apply(config(&group, &[ADA, BOB])).await;
        sim.give_address(ADA, "kim@example.com").expect("free");
        person_by_other_means(&sim, ADA);
        sim.clear_journal();
        match way {
            "-replace" => set.replace_next(),
            "taint" => set.taint(),
            _ => {}
        }
        let to = if way == "another group" { &other } else { &group };
        let said = set.try_apply(config(to, &[ADA, BOB])).await.failed().to_string();
        assert!(said.contains("error at members: Addresses of members have changed"), "{way}: {said}");
        assert!(said.contains("the member ada@example.com is kim@example.com now"), "{way}: {said}");
        assert_eq!((writes(&sim).as_str(), members(&sim, &group).len()), ("", 2));
        set.apply(config(to, &["kim@example.com", BOB])).await;
        assert_eq!(members(&sim, to).len(), 2);
        set.plan_is_empty().await;
    }
}

/// Ada has left Atlan, and somebody else has her address, or she has come back.
#[tokio::test]
async fn the_plan_says_that_an_entry_is_about_another_person() {
    let (sim, mut set, group) = world().await;
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let ada = id(&sim, ADA);
    sim.remove(ADA).expect("there");
    person_by_other_means(&sim, ADA);
    let plan = set.plan(set_of(&group, &[ADA, BOB])).await;
    let said = plan.report().to_string();
    assert!(
        said.contains("warning at members: The person of an `atlan_group_members` has another GUID"),
        "{said}"
    );
    assert!(said.contains(&ada) && said.contains(&id(&sim, ADA)), "{said}");
    set.apply(set_of(&group, &[ADA, BOB])).await;
    let plan = set.plan(set_of(&group, &[ADA, BOB])).await;
    assert!(plan.is_empty() && plan.report().is_empty(), "{}", plan.report());
}

/// Somebody else has got the old address of a member, and joins the group by other means. Both are in the group, and only one of them is listed.
#[tokio::test]
async fn the_new_owner_of_an_address_who_joins_by_other_means_is_planned_out() {
    // The order of the two GUIDs must not matter.
    for _ in 0..6 {
        let (sim, mut set, group) = renamed(None).await;
        let heir = person_by_other_means(&sim, ADA);
        join_by_other_means(&sim, &group, &[&heir]);
        sim.clear_journal();
        let plan = set.plan(set_of(&group, &[ADA, BOB])).await;
        assert!(!plan.is_empty(), "the unlisted person is not shown: {}", set.state());
        set.apply(set_of(&group, &[ADA, BOB])).await;
        assert_eq!(sorted(members(&sim, &group)), [BOB, NEW], "Ada keeps the membership, her heir does not");
        set.plan_is_empty().await;
        set.destroy().await;
        assert!(members(&sim, &group).is_empty(), "{:?}", members(&sim, &group));
    }
}

/// "Whoever has the old address by now can be listed, too": by GUID as well as by address.
#[tokio::test]
async fn the_new_owner_of_the_address_may_be_listed_by_guid() {
    let (sim, mut set, group) = renamed(None).await;
    let heir = person_by_other_means(&sim, ADA);
    set.apply(set_of(&group, &[ADA, BOB, heir.as_str()])).await;
    assert_eq!(members(&sim, &group).len(), 3);
    let ids = set.state()["user_ids"].as_object().cloned().unwrap_or_default();
    assert_eq!(ids.len(), 3, "{}", set.state());
    set.plan_is_empty().await;
}
