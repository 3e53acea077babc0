//! What an add to one group does to the other groups of a person: kept, replaced and restored, deleted meanwhile, shown late.

use std::collections::BTreeSet;
use std::time::Duration;

use atlan::{Client, Error, Guid, Joined, ReadMode, User};
use atlan_sim::{Moment, Rule, Sim};
use serde_json::{Value, json};

use crate::members::{OF_PERSON, count, join_each, members, put, world};
use crate::support::*;

/// Ten adds for one person at once, in a tenant that replaces the person's groups.
#[tokio::test]
async fn no_group_is_lost_where_an_add_replaces() {
    for (meaning, restored) in [("add", 0), ("replace", 1)] {
        let (sim, client, people, groups) = world(3, 12).await;
        sim.set(json!({ "user_groups_post": meaning })).expect("a switch");
        put(&sim, &groups[10], &people[..1]).await;
        put(&sim, &groups[11], &people[..1]).await;
        let ada = client.user(&people[0].id).await.expect("read").expect("there");
        // As read before the person was put into groups: what is known then must not matter.
        for user in [ada, people[0].clone()] {
            let fresh = crate::support::client(&sim, |_| {});
            let user = fresh.user(&user.id).await.expect("read").expect("there");
            let pairs = groups[..10].iter().map(|group| (group.clone(), user.clone())).collect();
            let joined = join_each(&fresh, pairs).await;
            let told: Vec<Guid> =
                joined.iter().flat_map(|joined| joined.as_ref().expect("joined").restored.clone()).collect();
            assert_eq!(
                sim.user(&user.email).expect("there").groups.len(),
                12,
                "{meaning}: {}",
                sim.journal()
            );
            let first = told.is_empty() || told.iter().collect::<BTreeSet<_>>().len() == 2;
            assert!(first && told.len() <= restored * 2, "{meaning}: told once: {told:?}");
        }
    }
}

/// A tenant that replaces a person's groups. Ada is in the second and third of four groups.
async fn replacing() -> (Sim, User, Vec<Guid>) {
    let (sim, _, people, groups) = world(3, 4).await;
    put(&sim, &groups[1], &people[..1]).await;
    put(&sim, &groups[2], &people[..1]).await;
    sim.set(json!({ "user_groups_post": "replace" })).expect("a switch");
    let ada = client(&sim, |_| {}).user(&people[0].id).await.expect("read").expect("there");
    (sim, ada, groups)
}

/// Ada is in the second of so many groups. From now on lists lag for longer than the client waits, and `switches` rule.
async fn lagging(groups: usize, switches: Value) -> (Sim, Client, User, Vec<Guid>) {
    let (sim, _, people, groups) = world(3, groups).await;
    put(&sim, &groups[1], &people[..1]).await;
    let client = hasty(&sim);
    let ada = client.user(&people[0].id).await.expect("read").expect("there");
    sim.set(json!({ "membership_visible_after_ms": 3_600_000 })).expect("a switch");
    sim.set(switches).expect("switches");
    (sim, client, ada, groups)
}

/// A client that soon gives up waiting for a change to show.
fn hasty(sim: &Sim) -> Client {
    client(sim, |config| config.timing.visible_within = Duration::from_millis(100))
}

fn groups_of(sim: &Sim, user: &User) -> usize {
    sim.user(&user.email).expect("there").groups.len()
}

#[tokio::test]
async fn no_group_is_lost_when_the_add_or_what_follows_it_fails() {
    let on = |method| Rule::on(method, OF_PERSON);
    let cases = [
        ("the add has an effect and fails", on("POST").status(500).applied().times(1)),
        ("the answer to the add is lost", on("POST").drop(Moment::After).times(1)),
        ("a 503 in spite of the effect", on("POST").status(503).applied().times(1)),
        ("the add has no effect and fails", on("POST").status(500).times(1)),
        ("the restoration fails once", on("POST").status(500).after_n(1).times(1)),
        ("the answer to the restoration is lost", on("POST").drop(Moment::After).after_n(1).times(1)),
        ("the read after the add fails", on("GET").status(500).after_n(1).times(1)),
        ("the read after the add is refused", on("GET").status(403).after_n(1).times(1)),
        ("all reads after the add fail", on("GET").status(500).after_n(1)),
    ];
    for (case, rule) in cases {
        let (sim, ada, groups) = replacing().await;
        sim.set_faults(vec![rule]).expect("a rule");
        let joined = impatient(&sim).join(&groups[0], &ada).await;
        assert!(joined.is_ok(), "{case}: {joined:?}");
        assert_eq!(groups_of(&sim, &ada), 3, "{case}: {}", sim.journal());
    }
}

#[tokio::test]
async fn lost_groups_are_named_and_restored_by_the_next_add() {
    for first_has_effect in [true, false] {
        let (sim, ada, groups) = replacing().await;
        let fails = Rule::on("POST", OF_PERSON).status(500);
        let rules = match first_has_effect {
            true => vec![fails.after_n(1)],
            false => vec![fails],
        };
        sim.set_faults(rules).expect("a rule");
        let client = client(&sim, |_| {});
        let error = client.join(&groups[0], &ada).await.expect_err("not restored");
        let lost = match &error {
            Error::GroupsLost { groups, .. } => groups.iter().collect::<BTreeSet<_>>(),
            _ => BTreeSet::new(),
        };
        let expected = if first_has_effect { groups[1..3].iter().collect() } else { BTreeSet::new() };
        assert_eq!(lost, expected, "{}", story(&error));
        assert_eq!(error.status().is_some(), !first_has_effect, "{}", story(&error));
        sim.set_faults(vec![]).expect("no rule");
        let joined = client.join(&groups[3], &ada).await.expect("joined");
        assert_eq!(joined.restored.iter().collect::<BTreeSet<_>>(), expected);
        assert!(joined.unconfirmed.is_empty(), "{joined:?}");
        assert_eq!(groups_of(&sim, &ada), 3 + usize::from(first_has_effect), "{}", sim.journal());
    }
}

#[tokio::test]
async fn all_groups_of_a_person_are_more_than_a_lagging_list_shows() {
    let (sim, ada, groups) = replacing().await;
    let client = hasty(&sim);
    sim.set(json!({ "membership_visible_after_ms": 3_600_000 })).expect("a switch");
    let joined = client.join(&groups[0], &ada).await.expect("accepted");
    assert_eq!(joined.unconfirmed.len(), 2, "lists show nothing yet: {joined:?}");
    client.leave(&groups[2], std::slice::from_ref(&ada.id)).await;
    client.join(&groups[3], &ada).await.expect("accepted");
    sim.advance(Duration::from_secs(3_601));
    for (number, is_in) in [(0, true), (1, true), (2, false), (3, true)] {
        assert_eq!(members(&sim, &groups[number]).len(), usize::from(is_in), "{number}: {}", sim.journal());
    }
}

/// Somebody deletes one of Ada's groups while she is added to another. That is no sign of a tenant that replaces groups.
#[tokio::test]
async fn a_group_that_is_deleted_during_an_add_is_not_taken_for_a_loss() {
    let (sim, client, people, groups) = world(3, 4).await;
    let ada = &people[0];
    put(&sim, &groups[1], &people[..1]).await;
    put(&sim, &groups[2], &people[..1]).await;
    let ada = crate::support::client(&sim, |_| {}).user(&ada.id).await.expect("read").expect("there");
    let hold = sim.hold("POST", OF_PERSON, Moment::After);
    let (joining, group, who) = (client.clone(), groups[0].clone(), ada.clone());
    let joining = tokio::spawn(async move { joining.join(&group, &who).await });
    sim.arrived("POST", OF_PERSON).await;
    by_other_means(&sim, &format!("{GROUPS}/{}/delete", groups[1]), "").await;
    hold.release();
    let joined = joining.await.expect("no panic");
    nothing_was_lost(&sim, &joined, &client.join(&groups[3], &ada).await);
}

/// Neither of two adds, one after the other, has found a group that the person has lost.
fn nothing_was_lost(sim: &Sim, joined: &atlan::Result<Joined>, next: &atlan::Result<Joined>) {
    assert!(
        joined.as_ref().is_ok_and(|joined| joined.restored.is_empty()),
        "{joined:?}\n{next:?}\n{}",
        sim.journal()
    );
    assert!(next.is_ok(), "{next:?}");
}

/// The same in one process, one step after the other: what is known of Ada's groups is some seconds old.
#[tokio::test]
async fn a_group_that_this_client_has_deleted_is_not_taken_for_a_loss() {
    let (sim, _, people, groups) = world(3, 4).await;
    let client = crate::support::client(&sim, |config| config.read_mode = ReadMode::Single);
    put(&sim, &groups[0], &people[..1]).await;
    put(&sim, &groups[1], &people[..1]).await;
    let ada = crate::support::client(&sim, |_| {}).user(&people[0].id).await.expect("read").expect("there");
    let left = client.leave(&groups[0], std::slice::from_ref(&ada.id)).await;
    assert!(left.iter().all(Result::is_ok), "{left:?}");
    client.delete_group(&groups[1]).await.expect("deleted");
    sim.clear_journal();
    let joined = client.join(&groups[2], &ada).await;
    nothing_was_lost(&sim, &joined, &client.join(&groups[3], &ada).await);
}

/// Lists lag for longer than a change may take to settle: people do not wait for each other to find out again and again what an add does.
#[tokio::test]
async fn many_adds_do_not_follow_each_other_where_lists_lag() {
    let (sim, _, people, groups) = world(12, 2).await;
    put(&sim, &groups[1], &people).await;
    let client = hasty(&sim);
    let people = client.users().await.expect("read");
    let people: Vec<User> = people.into_iter().filter(|user| !user.email.starts_with("admin")).collect();
    sim.set(json!({ "membership_visible_after_ms": 3_600_000 })).expect("a switch");
    let joined = client.join_all(&groups[0], &people).await;
    assert!(joined.iter().all(Result::is_ok), "{joined:?}");
    let (posts, gets) = (count(&sim, "POST"), count(&sim, "GET"));
    assert!(posts <= 24, "12 people: {posts} POSTs, {gets} GETs\n{}", sim.journal());
}

/// Lists lag for longer than a change may take to settle, and the tenant refuses to add somebody who is in the group already. So it
/// refuses the list of all groups, which was only to make sure.
#[tokio::test]
async fn an_add_that_was_accepted_does_not_fail_because_all_groups_are_refused() {
    let (sim, client, ada, groups) = lagging(3, json!({ "group_member_twice": "conflict" })).await;
    let joined = client.join(&groups[0], &ada).await;
    let next = client.join(&groups[2], &ada).await;
    sim.advance(Duration::from_secs(3_601));
    assert_eq!(groups_of(&sim, &ada), 3, "{}", sim.journal());
    assert!(joined.is_ok() && next.is_ok(), "{joined:?}\n{next:?}");
}

/// The tenant has replaced her groups, and refuses to take the other one back. Lists still show it.
#[tokio::test]
async fn an_add_that_may_have_cost_a_group_names_it_although_lists_lag() {
    let (sim, client, ada, groups) = lagging(2, json!({ "user_groups_post": "replace" })).await;
    sim.fault(Rule::on("POST", OF_PERSON).after_n(1).status(403)).expect("a rule");
    let error = client.join(&groups[0], &ada).await.expect_err("refused");
    assert!(
        matches!(&error, Error::GroupsLost { groups: lost, .. } if *lost == [groups[1].clone()]),
        "{error:?}"
    );
}
