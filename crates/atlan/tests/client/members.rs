//! Memberships: who is read from which side, what is sent in how many requests, and what becomes of lost answers.

use std::sync::Arc;
use std::time::Duration;

use atlan::{Client, Error, Guid, Joined, ReadMode, User};
use atlan_sim::{Moment, Options, Rule, Sim};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::*;

pub(super) const OF_PERSON: &str = "/api/service/users/*/groups";
const OF_GROUP: &str = "/api/service/groups/*/members";
const REMOVE: &str = "/api/service/groups/*/members/remove";

/// A tenant of that many people and groups, without any membership.
pub(super) async fn world(users: usize, groups: usize) -> (Sim, Client, Vec<User>, Vec<Guid>) {
    let sim = Sim::start(Options { users, groups, ..Options::default() }).await.expect("a simulator");
    let all = client(&sim, |_| {});
    let people = all.users().await.expect("read");
    let everybody: Vec<&Guid> = people.iter().map(|user| &user.id).collect();
    let mut ids = Vec::new();
    for group in all.groups().await.expect("read") {
        let body = json!({ "users": everybody }).to_string();
        by_other_means(&sim, &format!("{GROUPS}/{}/members/remove", group.id), &body).await;
        ids.push(group.id);
    }
    // Without the admin, and as they are now.
    let client = client(&sim, |_| {});
    let mut people = client.users().await.expect("read");
    people.retain(|user| !user.email.starts_with("admin"));
    sim.clear_journal();
    (sim, client, people, ids)
}

pub(super) async fn put(sim: &Sim, group: &Guid, people: &[User]) {
    let ids: Vec<&Guid> = people.iter().map(|user| &user.id).collect();
    by_other_means(sim, &format!("{GROUPS}/{group}/members"), &json!({ "users": ids }).to_string()).await;
}

/// Calls ten at a time, as Terraform does; their results in order.
async fn ten_at_a_time<T: Send + 'static, F>(calls: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let (slots, mut tasks) = (Arc::new(Semaphore::new(10)), JoinSet::new());
    for (number, call) in calls.into_iter().enumerate() {
        let slots = Arc::clone(&slots);
        tasks.spawn(async move {
            let _slot = slots.acquire().await.expect("open");
            (number, call.await)
        });
    }
    let mut results: Vec<(usize, T)> = Vec::new();
    while let Some(result) = tasks.join_next().await {
        results.push(result.expect("no panic"));
    }
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

pub(super) async fn join_each(client: &Client, pairs: Vec<(Guid, User)>) -> Vec<Result<Joined, Error>> {
    let join = |(group, user): (Guid, User)| {
        let client = client.clone();
        async move { client.join(&group, &user).await }
    };
    ten_at_a_time(pairs.into_iter().map(join)).await
}

pub(super) fn count(sim: &Sim, method: &str) -> usize {
    sim.journal().on(method, "*").len()
}

pub(super) fn members(sim: &Sim, group: &Guid) -> Vec<String> {
    sim.groups().into_iter().find(|view| view.id == group.as_str()).expect("there").members
}

#[tokio::test]
async fn somebody_joins_is_seen_and_leaves() {
    let (sim, client, people, groups) = world(3, 2).await;
    let (group, ada) = (&groups[0], &people[0]);
    assert_eq!(client.member(group, &ada.id).await.expect("read"), None);
    let joined = client.join(group, ada).await.expect("joined");
    assert_eq!((joined.was_there, joined.shown, joined.restored), (false, true, vec![]));
    assert_eq!(members(&sim, group), [ada.email.as_str()]);
    let seen = client.member(group, &ada.id).await.expect("read").expect("in it");
    assert_eq!(seen.id, ada.id);
    let all = client.members(group).await.expect("read").expect("a group");
    assert_eq!(
        all.iter().map(|member| member.email.as_deref()).collect::<Vec<_>>(),
        [Some(ada.email.as_str())]
    );

    sim.clear_journal();
    assert!(client.join(group, ada).await.expect("there").was_there);
    assert_eq!(sim.journal().writes().len(), 0, "who is there is not added again");
    let left = client.leave(group, std::slice::from_ref(&ada.id)).await;
    assert!(left.iter().all(Result::is_ok), "{left:?}");
    assert!(members(&sim, group).is_empty());
    let left = client.leave(group, std::slice::from_ref(&ada.id)).await;
    assert!(left.iter().all(Result::is_ok), "gone already is fine: {left:?}");
    assert_eq!(client.member(group, &ada.id).await.expect("read"), None);
}

#[tokio::test]
async fn a_group_or_a_person_that_is_gone_has_no_members() {
    let (sim, client, people, groups) = world(3, 2).await;
    let (group, ada) = (&groups[0], &people[0]);
    client.join(group, ada).await.expect("joined");
    by_other_means(&sim, &format!("{GROUPS}/{group}/delete"), "").await;
    let fresh = crate::support::client(&sim, |_| {});
    assert_eq!(fresh.member(group, &ada.id).await.expect("read"), None);
    assert_eq!(fresh.members(group).await.expect("read"), None);
    let left = fresh.leave(group, std::slice::from_ref(&ada.id)).await;
    assert!(left.iter().all(Result::is_ok), "{left:?}");
    let error = fresh.join(group, ada).await.expect_err("no group");
    assert!(matches!(&error, Error::NotFound { subject } if subject.contains("group")), "{}", story(&error));
    sim.remove(&ada.email).expect("a person");
    let error = fresh.join(&groups[1], ada).await.expect_err("nobody");
    assert!(matches!(&error, Error::NotFound { subject } if subject.contains("person")), "{}", story(&error));
    assert_eq!(fresh.member(&groups[1], &ada.id).await.expect("read"), None);
}

/// A 404 of a gateway says nothing about a group that lists still show.
#[tokio::test]
async fn a_404_that_no_list_confirms_is_an_error() {
    let (sim, client, people, groups) = world(3, 1).await;
    sim.fault(Rule::on("GET", OF_GROUP).status(404).html()).expect("a rule");
    let error = client.member(&groups[0], &people[0].id).await.expect_err("unknown");
    assert_eq!(error.status(), Some(404), "{}", story(&error));
    assert!(client.members(&groups[0]).await.is_err());
    let fresh = crate::support::client(&sim, |config| config.read_mode = ReadMode::Single);
    sim.set_faults(vec![
        Rule::on("*", OF_PERSON).status(404).html(),
        Rule::on("POST", REMOVE).status(404).html(),
    ])
    .expect("rules");
    assert!(fresh.join(&groups[0], &people[0]).await.is_err());
    let left = fresh.leave(&groups[0], std::slice::from_ref(&people[0].id)).await;
    assert!(left.iter().all(Result::is_err), "{left:?}");
}

#[tokio::test]
async fn a_refresh_costs_the_pages_of_the_groups() {
    let (sim, client, people, groups) = world(300, 20).await;
    let mut pairs = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        let some: Vec<User> = people.iter().cycle().skip(number * 50).take(50).cloned().collect();
        put(&sim, group, &some).await;
        pairs.extend(some.into_iter().map(|user| (group.clone(), user.id)));
    }
    // No order must cost more: this one has several groups of one person at a time.
    pairs.sort_by(|one, other| one.1.cmp(&other.1));
    sim.clear_journal();
    let read = pairs.into_iter().map(|(group, user)| {
        let client = client.clone();
        async move { client.member(&group, &user).await }
    });
    let seen = ten_at_a_time(read).await;
    assert_eq!(seen.len(), 1000);
    assert!(seen.iter().all(|seen| matches!(seen, Ok(Some(_)))));
    assert_eq!(count(&sim, "*"), 20, "one page for each group");
}

#[tokio::test]
async fn one_of_many_members_is_asked_for_from_the_person_s_side() {
    let (sim, _, people, groups) = world(1200, 1).await;
    put(&sim, &groups[0], &people).await;
    for (mode, requests) in [(ReadMode::Auto, 2), (ReadMode::Single, 1), (ReadMode::Snapshot, 12)] {
        // Somebody beyond the first page, and somebody on it.
        let client = crate::support::client(&sim, |config| config.read_mode = mode);
        sim.clear_journal();
        let last = people.iter().max_by_key(|user| user.username.clone()).expect("people");
        assert!(client.member(&groups[0], &last.id).await.expect("read").is_some());
        assert_eq!(count(&sim, "*"), requests, "{mode:?}: {}", sim.journal());
    }
    // Many of them in the end cost no more than twice the pages.
    let client = crate::support::client(&sim, |_| {});
    sim.clear_journal();
    let read = people.iter().rev().take(200).cloned().map(|user| {
        let (client, group) = (client.clone(), groups[0].clone());
        async move { client.member(&group, &user.id).await }
    });
    let seen = ten_at_a_time(read).await;
    assert!(seen.iter().all(|seen| matches!(seen, Ok(Some(_)))));
    assert!(count(&sim, "*") <= 25, "{}", count(&sim, "*"));
}

#[tokio::test]
async fn nobody_is_called_gone_because_of_one_look_at_the_pages() {
    let (sim, _, people, groups) = world(40, 1).await;
    let group = &groups[0];
    put(&sim, group, &people[..5]).await;
    let absent = |count: usize| people[5..].iter().take(count).cloned().collect::<Vec<_>>();
    for (some, of_group, of_person) in [(absent(10), 1, 10), (absent(30), 2, 0)] {
        let client = crate::support::client(&sim, |_| {});
        sim.clear_journal();
        let read = some.into_iter().map(|user| {
            let (client, group) = (client.clone(), group.clone());
            async move { client.member(&group, &user.id).await }
        });
        let mut tasks = JoinSet::new();
        read.for_each(|read| drop(tasks.spawn(read)));
        while let Some(seen) = tasks.join_next().await {
            assert!(matches!(seen.expect("no panic"), Ok(None)));
        }
        let journal = sim.journal();
        assert_eq!((journal.count("GET", OF_GROUP), journal.count("GET", OF_PERSON)), (of_group, of_person));
    }
}

#[tokio::test]
async fn fifty_people_into_one_group_are_fifty_posts_and_few_reads() {
    let (sim, client, people, groups) = world(50, 1).await;
    let pairs = people.iter().map(|user| (groups[0].clone(), user.clone())).collect();
    let joined = join_each(&client, pairs).await;
    assert!(joined.iter().all(|joined| joined.as_ref().is_ok_and(|joined| joined.shown)), "{joined:?}");
    assert_eq!(members(&sim, &groups[0]).len(), 50);
    assert_eq!(count(&sim, "POST"), 50);
    assert!(count(&sim, "GET") <= 20, "{}", sim.journal());
}

#[tokio::test]
async fn fifty_people_known_to_be_absent_are_read_back_once() {
    let (sim, client, people, groups) = world(50, 1).await;
    let joined = client.join_all(&groups[0], &people).await;
    assert!(joined.iter().all(|joined| joined.as_ref().is_ok_and(|joined| joined.shown)), "{joined:?}");
    assert_eq!((count(&sim, "POST"), count(&sim, "GET")), (50, 1), "{}", sim.journal());
}

#[tokio::test]
async fn one_person_into_twenty_groups_is_four_posts() {
    let (sim, client, people, groups) = world(3, 20).await;
    let pairs = groups.iter().map(|group| (group.clone(), people[0].clone())).collect();
    let joined = join_each(&client, pairs).await;
    assert!(joined.iter().all(|joined| joined.as_ref().is_ok_and(|joined| joined.shown)), "{joined:?}");
    assert_eq!(sim.user(&people[0].email).expect("there").groups.len(), 20);
    assert!(count(&sim, "POST") <= 4, "{}", sim.journal());
    assert!(count(&sim, "GET") <= 6, "{}", sim.journal());
}

#[tokio::test]
async fn fifty_people_out_of_one_group_are_few_posts() {
    let (sim, client, people, groups) = world(50, 1).await;
    put(&sim, &groups[0], &people).await;
    sim.clear_journal();
    let leave = people.iter().cloned().map(|user| {
        let (client, group) = (client.clone(), groups[0].clone());
        async move { client.leave(&group, std::slice::from_ref(&user.id)).await }
    });
    let left = ten_at_a_time(leave).await;
    assert!(left.iter().flatten().all(Result::is_ok), "{left:?}");
    assert!(members(&sim, &groups[0]).is_empty());
    assert!(count(&sim, "POST") <= 10, "{}", sim.journal());
    assert!(count(&sim, "GET") <= 20, "{}", sim.journal());

    put(&sim, &groups[0], &people).await;
    sim.clear_journal();
    let ids: Vec<Guid> = people.iter().map(|user| user.id.clone()).collect();
    let left = client.leave(&groups[0], &ids).await;
    assert!(left.iter().all(Result::is_ok), "{left:?}");
    assert_eq!(count(&sim, "POST"), 1);
    assert!(count(&sim, "GET") <= 3, "{}", sim.journal());
    assert!(members(&sim, &groups[0]).is_empty());
}

#[tokio::test]
async fn an_answer_lost_before_or_after_the_effect_is_settled_by_a_read() {
    for moment in [Moment::Before, Moment::After] {
        for times in [1, 20] {
            let (sim, _, people, groups) = world(3, 1).await;
            let client = crate::support::client(&sim, |config| {
                config.max_retries = 2;
                config.request_timeout = Duration::from_millis(300);
            });
            let (group, ada) = (&groups[0], &people[0]);
            sim.set_faults(vec![Rule::on("POST", OF_PERSON).drop(moment).times(times)]).expect("a rule");
            let joined = client.join(group, ada).await;
            let there = times == 1 || moment == Moment::After;
            assert_eq!(joined.is_ok(), there, "{moment:?} {times}: {joined:?}");
            assert_eq!(members(&sim, group).len(), usize::from(there));
            put(&sim, group, &people[..1]).await;
            sim.set_faults(vec![Rule::on("POST", REMOVE).drop(moment).times(times)]).expect("a rule");
            let left = client.leave(group, std::slice::from_ref(&ada.id)).await;
            assert_eq!(left[0].is_ok(), there, "{moment:?} {times}: {left:?}");
            assert_eq!(members(&sim, group).is_empty(), there);
        }
    }
}

/// The answer to the first removal is lost. The second one succeeds, the person is added again, and only then does the first one take
/// effect.
#[tokio::test]
async fn a_removal_that_takes_effect_late_does_not_take_out_who_was_added_after_it() {
    let (sim, _, people, groups) = world(2, 1).await;
    let client = client(&sim, |config| config.request_timeout = Duration::from_millis(400));
    let (group, ada) = (&groups[0], &people[0]);
    put(&sim, group, &people).await;
    let late = Duration::from_millis(300);
    sim.fault(Rule::on("POST", REMOVE).drop(Moment::Before).late(late).times(1)).expect("a rule");
    let removed = client.leave(group, std::slice::from_ref(&ada.id)).await;
    assert!(removed.iter().all(Result::is_ok), "{removed:?}");
    client.removals_are_over(group, std::slice::from_ref(&ada.id)).await.expect("in time");
    client.join(group, ada).await.expect("added");
    sim.until(|entries| entries.iter().all(|entry| entry.applied || entry.method == "GET").then_some(()))
        .await;
    assert!(members(&sim, group).contains(&ada.email), "{}", sim.journal());

    // Whose removal was answered is not waited for.
    sim.clear_journal();
    client.leave(group, std::slice::from_ref(&ada.id)).await;
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let stopped = client.within(None, cancelled);
    stopped.removals_are_over(group, std::slice::from_ref(&ada.id)).await.expect("at once");
}

#[tokio::test]
async fn throttled_and_overloaded_writes_are_sent_again() {
    let (sim, client, people, groups) = world(3, 1).await;
    for rule in [Rule::on("POST", "*").status(429).retry_after(0), Rule::on("POST", "*").status(503)] {
        sim.set_faults(vec![rule.clone().times(1)]).expect("a rule");
        assert!(client.join(&groups[0], &people[0]).await.expect("joined").shown);
        sim.set_faults(vec![rule.times(1)]).expect("a rule");
        let left = client.leave(&groups[0], std::slice::from_ref(&people[0].id)).await;
        assert!(left.iter().all(Result::is_ok), "{left:?}");
    }
}

#[tokio::test]
async fn a_refusal_for_the_sake_of_one_does_not_stop_the_others() {
    // One of three groups that wait for a person is gone.
    let (sim, client, people, groups) = world(5, 4).await;
    by_other_means(&sim, &format!("{GROUPS}/{}/delete", groups[3]), "").await;
    let hold = sim.hold("POST", OF_PERSON, Moment::Before);
    let mut tasks = JoinSet::new();
    let join = |number: usize| {
        let (client, group, user) = (client.clone(), groups[number].clone(), people[0].clone());
        async move { (number, client.join_all(&group, &[user]).await.remove(0)) }
    };
    tasks.spawn(join(0));
    sim.arrived("POST", OF_PERSON).await;
    (1..4).for_each(|number| drop(tasks.spawn(join(number))));
    tokio::task::yield_now().await;
    hold.release();
    while let Some(joined) = tasks.join_next().await {
        let (number, joined) = joined.expect("no panic");
        assert_eq!(joined.is_ok(), number < 3, "{number}: {joined:?}");
    }
    assert_eq!(sim.user(&people[0].email).expect("there").groups.len(), 3);

    // One of three people to remove is out already.
    for refusal in
        [json!({ "members_remove_unknown": "not_found" }), json!({ "group_member_twice": "conflict" })]
    {
        sim.set(refusal).expect("a switch");
        put(&sim, &groups[1], &people[1..3]).await;
        let ids: Vec<Guid> = people[..4].iter().map(|user| user.id.clone()).collect();
        let left = client.leave(&groups[1], &ids).await;
        assert!(left.iter().all(Result::is_ok), "{left:?}");
        assert!(members(&sim, &groups[1]).is_empty());
        sim.set(json!({ "members_remove_unknown": null, "group_member_twice": null })).expect("switches");
    }
}

#[tokio::test]
async fn an_add_that_finds_the_person_there_is_as_wanted() {
    let (sim, client, people, groups) = world(3, 1).await;
    sim.set(json!({ "group_member_twice": "conflict" })).expect("a switch");
    put(&sim, &groups[0], &people[..1]).await;
    let joined = client.join_all(&groups[0], &people[..2]).await;
    assert!(joined.iter().all(|joined| joined.as_ref().is_ok_and(|joined| joined.shown)), "{joined:?}");
}

#[tokio::test]
async fn what_shows_late_is_waited_for_and_not_called_gone() {
    let (sim, _, people, groups) = world(3, 1).await;
    let client =
        crate::support::client(&sim, |config| config.timing.visible_within = Duration::from_millis(900));
    sim.set(json!({ "membership_visible_after_ms": 150 })).expect("a switch");
    assert!(client.join(&groups[0], &people[0]).await.expect("joined").shown);
    let left = client.leave(&groups[0], std::slice::from_ref(&people[0].id)).await;
    assert!(left.iter().all(Result::is_ok), "{left:?}");
    sim.set(json!({ "membership_visible_after_ms": 3_600_000 })).expect("a switch");
    let short =
        crate::support::client(&sim, |config| config.timing.visible_within = Duration::from_millis(100));
    assert!(!short.join(&groups[0], &people[1]).await.expect("accepted").shown);
    let left = short.leave(&groups[0], std::slice::from_ref(&people[0].id)).await;
    assert!(left.iter().all(Result::is_ok), "{left:?}");
    let hour = Duration::from_secs(3_601);
    assert!(client.join(&groups[0], &people[2]).await.is_ok());
    assert!(client.member(&groups[0], &people[2].id).await.expect("read").is_some(), "not yet is not gone");
    let later = crate::support::client(&sim, |_| {});
    let (looking, group, id) = (later.clone(), groups[0].clone(), people[2].id.clone());
    let looking = tokio::spawn(async move { looking.unseen_member(&group, &id).await });
    sim.arrived("GET", OF_GROUP).await;
    sim.advance(hour);
    assert!(looking.await.expect("no panic").expect("read").is_some());
}

#[tokio::test]
async fn members_are_known_by_guid_where_lists_show_no_addresses() {
    let (sim, client, people, groups) = world(30, 1).await;
    sim.set(json!({ "member_columns": "ignored" })).expect("a switch");
    put(&sim, &groups[0], &people).await;
    sim.clear_journal();
    let read = people.iter().cloned().map(|user| {
        let (client, group) = (client.clone(), groups[0].clone());
        async move { client.member(&group, &user.id).await }
    });
    let seen = ten_at_a_time(read).await;
    assert!(seen.iter().all(|seen| matches!(seen, Ok(Some(member)) if member.email.is_none())), "{seen:?}");
    assert_eq!(count(&sim, "*"), 1);
}

#[tokio::test]
async fn the_columns_are_named_on_every_page() {
    let (sim, client, people, groups) = world(250, 1).await;
    put(&sim, &groups[0], &people).await;
    sim.clear_journal();
    assert_eq!(client.members(&groups[0]).await.expect("read").expect("a group").len(), 250);
    let journal = sim.journal();
    assert_eq!(journal.len(), 3);
    for entry in journal.iter() {
        assert!(
            entry.query.contains("columns=id&columns=username&columns=email")
                && entry.query.contains("limit=100"),
            "{}",
            entry.query
        );
    }
}

#[tokio::test]
async fn the_groups_of_a_person_are_read_in_pages_of_a_hundred_by_name() {
    let (sim, client, people, groups) = world(1, 150).await;
    for group in &groups {
        put(&sim, group, &people).await;
    }
    sim.clear_journal();
    let read = client.groups_of(&people[0].id).await.expect("read").expect("a person");
    assert_eq!(read.len(), 150);
    let journal = sim.journal();
    assert_eq!(journal.len(), 2, "{journal}");
    for entry in journal.iter() {
        assert!(entry.query.contains("limit=100") && entry.query.contains("sort=name"), "{}", entry.query);
    }
}

#[tokio::test]
async fn one_request_removes_at_most_a_hundred_people() {
    let (sim, client, people, groups) = world(150, 1).await;
    put(&sim, &groups[0], &people).await;
    sim.clear_journal();
    let ids: Vec<atlan::Guid> = people.iter().map(|person| person.id.clone()).collect();
    let left = client.leave(&groups[0], &ids).await;
    assert!(left.iter().all(Result::is_ok), "{left:?}");
    let journal = sim.journal();
    let sizes = journal.on("POST", "*/members/remove");
    let sizes: Vec<usize> = sizes
        .iter()
        .map(|entry| entry.body.as_ref().expect("a body")["users"].as_array().expect("people").len())
        .collect();
    assert_eq!(sizes, [100, 50]);
}

#[tokio::test]
async fn the_end_of_a_call_keeps_what_has_left_and_sends_nothing_more() {
    use tokio_util::sync::CancellationToken;
    let (sim, client, people, groups) = world(3, 2).await;
    let cancel = CancellationToken::new();
    let cancelled = client.within(None, cancel.clone());
    let hold = sim.hold("POST", OF_PERSON, Moment::After);
    let (first, second) = (cancelled.clone(), cancelled.clone());
    let (group, other, ada) = (groups[0].clone(), groups[1].clone(), people[0].clone());
    let ada_too = ada.clone();
    let first = tokio::spawn(async move { first.join(&group, &ada).await });
    sim.arrived("POST", OF_PERSON).await;
    let second = tokio::spawn(async move { second.join(&other, &ada_too).await });
    sim.arrived_times("GET", OF_GROUP, 2).await;
    cancel.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), second).await.expect("at once");
    let error = ended.expect("no panic").expect_err("cancelled");
    assert!(matches!(error, Error::Stopped { .. }), "{}", story(&error));
    hold.release();
    let joined = first.await.expect("no panic").expect("its answer came");
    assert!(joined.shown, "read back in the time of grace");
    assert_eq!(sim.journal().count("POST", OF_PERSON), 1);
}

/// Several calls add and remove the same people at the same time. Each holds the turns of its people, so none may take them in another
/// order than the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_for_the_same_people_never_wait_for_each_other_for_ever() {
    let (_sim, client, people, groups) = world(12, 3).await;
    let rounds = async {
        for _ in 0..30 {
            let mut tasks = JoinSet::new();
            for (number, group) in groups.iter().enumerate() {
                let (client, group, mut people) = (client.clone(), group.clone(), people.clone());
                people.rotate_left(number * 5);
                tasks.spawn(async move {
                    let joined = client.join_all(&group, &people).await;
                    assert!(joined.iter().all(Result::is_ok), "{joined:?}");
                    let ids: Vec<Guid> = people.into_iter().map(|user| user.id).collect();
                    let left = client.leave(&group, &ids).await;
                    assert!(left.iter().all(Result::is_ok), "{left:?}");
                });
            }
            while let Some(done) = tasks.join_next().await {
                done.expect("no panic");
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), rounds).await.expect("they come to an end");
}
