//! Invitations that are sent together, and the outcome of each.

use std::collections::BTreeSet;
use std::time::Duration;

use atlan::{Client, Error, Existing, Invite, ReadMode, User, WorkspaceRole};
use atlan_sim::{Moment, Options, Rule, Sim};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::*;

fn invite(email: &str) -> Invite {
    Invite { email: email.into(), role: WorkspaceRole::Guest }
}

/// Invites as Terraform does: `at_once` calls at a time, the next as soon as one ends.
async fn invite_all(
    client: &Client,
    emails: Vec<String>,
    at_once: usize,
) -> Vec<(String, Result<User, Error>)> {
    let mut emails = emails.into_iter();
    let (mut calls, mut done) = (JoinSet::new(), Vec::new());
    loop {
        while calls.len() < at_once
            && let Some(email) = emails.next()
        {
            let client = client.clone();
            calls.spawn(async move {
                let result = client.invite(&invite(&email)).await;
                (email, result)
            });
        }
        let Some(call) = calls.join_next().await else { return done };
        done.push(call.expect("no panic"));
    }
}

fn people(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("person-{number}@example.com")).collect()
}

/// One mail each, and the GUIDs of the tenant.
fn assert_invited(sim: &Sim, done: &[(String, Result<User, Error>)]) {
    for (email, result) in done {
        let user = result.as_ref().unwrap_or_else(|error| panic!("{email}: {}", story(error)));
        assert_eq!(Some(user.id.as_str()), sim.user(email).map(|user| user.id).as_deref(), "{email}");
        assert_eq!(sim.mails_to(email), 1, "{email}");
    }
}

#[tokio::test]
async fn a_thousand_people_take_a_hundred_and_some_posts() {
    let (sim, client) = tenant().await;
    let done = invite_all(&client, people(1000), 10).await;
    assert_invited(&sim, &done);
    let journal = sim.journal();
    let posts = journal.count("POST", USERS);
    assert!(posts <= 120, "{posts} POSTs");
    assert!(journal.len() <= 240, "{} requests, {posts} of them POSTs", journal.len());
}

#[tokio::test]
async fn latency_does_not_change_the_number_of_requests() {
    let latency = Duration::from_millis(30);
    let sim = Sim::start(Options { latency, ..Options::default() }).await.expect("a simulator");
    let client = client(&sim, |_| {});
    let done = invite_all(&client, people(200), 10).await;
    assert_invited(&sim, &done);
    let journal = sim.journal();
    let posts = journal.count("POST", USERS);
    assert!(posts <= 24 && journal.len() <= 52, "{} requests, {posts} of them POSTs", journal.len());
}

#[tokio::test]
async fn the_next_batch_gathers_while_one_is_under_way() {
    let (sim, client) = tenant().await;
    let hold = sim.hold("POST", USERS, Moment::Before);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.invite(&invite("first@example.com")).await }
    });
    sim.arrived("POST", USERS).await;
    let others = tokio::spawn({
        let client = client.clone();
        async move { invite_all(&client, people(7), 7).await }
    });
    // Every call has looked for its person, so all entries wait in the outbox.
    let looked = |entries: &[atlan_sim::Entry]| {
        let looks = entries.iter().filter(|entry| entry.fits("GET", USERS));
        (looks.filter(|entry| entry.status.is_some()).count() >= 2).then_some(())
    };
    sim.until(looked).await;
    assert_eq!(sim.journal().count("POST", USERS), 1);
    hold.release();
    first.await.expect("no panic").expect("invited");
    assert_invited(&sim, &others.await.expect("no panic"));
    let posts = sim.journal().count("POST", USERS);
    assert!(posts <= 3, "{posts}");
}

#[tokio::test]
async fn a_refused_entry_fails_its_own_call_only() {
    for (switch, posts) in [("atomic", 8), ("partial", 8), ("per_entry", 1)] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "invite_batch": switch })).expect("a switch");
        client.role_by_name(WorkspaceRole::Guest).await.expect("a role");
        let mut emails = people(9);
        emails.insert(4, "bad@yopmail.com".into());
        let start = Instant::now();
        // An entry that the server drops without an error may still show until the call ends.
        let client = client.within(Some(start + Duration::from_secs(2)), CancellationToken::new());
        let done = invite_all(&client, emails, 10).await;
        let (bad, good): (Vec<_>, Vec<_>) = done.into_iter().partition(|(email, _)| email.starts_with("bad"));
        assert_invited(&sim, &good);
        let error = bad[0].1.as_ref().expect_err("refused");
        match switch {
            "per_entry" => assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}"),
            _ => assert_eq!(error.status(), Some(400), "{switch}: {error}"),
        }
        assert_eq!(sim.mails().len(), 9);
        assert!(sim.journal().count("POST", USERS) <= posts, "{switch}: {}", sim.journal());
        assert!(start.elapsed() < Duration::from_secs(3), "{switch}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn only_a_status_that_may_blame_an_entry_splits_a_batch() {
    for (status, splits) in [
        (400, true),
        (409, true),
        (413, true),
        (422, true),
        (401, false),
        (403, false),
        (404, false),
        (405, false),
    ] {
        let (sim, client) = tenant().await;
        client.role_by_name(WorkspaceRole::Guest).await.expect("a role");
        sim.fault(Rule::on("POST", USERS).body_has("\"bad@example.com\"").status(status)).expect("a rule");
        let mut emails = people(8);
        emails.insert(3, "bad@example.com".into());
        let done = invite_all(&client, emails, 9).await;
        let failed = done.iter().filter(|(_, result)| result.is_err()).count();
        let posts = sim.journal().count("POST", USERS);
        if splits {
            assert_eq!(failed, 1, "{status}: {}", sim.journal());
        } else {
            // The first entry may have left alone.
            assert!(failed >= 8 && posts <= 2, "{status}: {failed} failed in {posts} requests");
        }
        assert_eq!(sim.mails().len(), 9 - failed, "{status}");
    }
}

#[tokio::test]
async fn a_few_bad_entries_of_a_large_batch_are_found_in_three_rounds() {
    // Each round takes as long as a change may take to settle: ten seconds with a real tenant.
    for switch in ["atomic", "partial"] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "invite_batch": switch })).expect("a switch");
        client.role_by_name(WorkspaceRole::Guest).await.expect("a role");
        let mut emails = people(40);
        let bad = ["one@yopmail.com", "two@yopmail.com"];
        emails.insert(7, bad[0].into());
        emails.insert(30, bad[1].into());
        let done = invite_all(&client, emails, 42).await;
        let (refused, good): (Vec<_>, Vec<_>) =
            done.into_iter().partition(|(email, _)| bad.contains(&email.as_str()));
        assert_invited(&sim, &good);
        assert!(refused.iter().all(|(_, result)| result.as_ref().is_err_and(|e| e.status() == Some(400))));
        let journal = sim.journal();
        for email in bad {
            let posts = journal.on("POST", USERS);
            let with_it = posts.iter().filter(|entry| format!("{:?}", entry.body).contains(email)).count();
            assert!(with_it <= 3, "{switch}: {with_it} requests with {email}");
        }
        assert!(journal.count("POST", USERS) <= 24, "{switch}: {journal}");
    }
}

#[tokio::test]
async fn people_who_are_there_are_found_before_invitations_in_any_case() {
    for (case, ada) in [("fold", "ada@example.com"), ("preserve", "Ada@Example.com")] {
        for read_mode in [ReadMode::Auto, ReadMode::Snapshot, ReadMode::Single] {
            let (sim, _) = tenant().await;
            sim.set(json!({ "email_case": case })).expect("a switch");
            sim.invite("Ada@Example.com", "$member").expect("nobody yet");
            sim.admit("granada@example.com", "$guest", false).expect("nobody yet");
            let client = client(&sim, |config| config.read_mode = read_mode);
            let look = async |emails: &[&str]| {
                let emails = emails.iter().map(|email| (*email).to_owned()).collect();
                let found = client.users_before_invitations(&emails).await.expect("read");
                found.into_iter().map(|user| user.email).collect::<Vec<_>>()
            };
            let found = look(&["ada@example.com", "bob@example.com", "da@example.com"]).await;
            assert_eq!(found, [ada], "{case}, {read_mode:?}");
            assert_eq!(look(&["Ada@example.com"]).await, [""; 0], "an address that is not folded");
            assert_eq!(look(&[]).await, [""; 0]);
        }
    }
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("GET", USERS).status(403)).expect("a rule");
    let refused = client.users_before_invitations(&people(3).into_iter().collect()).await;
    assert!(refused.expect_err("no look, no proof").is_forbidden());
}

/// The look has proved that nobody is there, so the invitations that follow need no look of their own.
#[tokio::test]
async fn one_look_before_many_invitations_is_enough() {
    let (sim, client) = tenant().await;
    client.role_by_name(WorkspaceRole::Guest).await.expect("a role");
    sim.clear_journal();
    let everybody = people(250);
    let found = client.users_before_invitations(&everybody.iter().cloned().collect()).await.expect("read");
    assert!(found.is_empty(), "{found:?}");
    let journal = sim.journal();
    assert!(journal.len() <= 2, "whole pages take fewer requests than ten filters\n{journal}");
    sim.clear_journal();
    assert_invited(&sim, &invite_all(&client, everybody, 250).await);
    let journal = sim.journal();
    let first = journal.iter().find(|entry| entry.fits("*", USERS)).map(|entry| entry.method.as_str());
    assert_eq!(first, Some("POST"), "{journal}");
}

/// A thousand people at once, and one of them whom the tenant refuses.
async fn a_thousand_and_a_bad_one(sim: &Sim, bad: &str, at: usize) -> Vec<(String, Result<User, Error>)> {
    let client = client(sim, |_| {});
    let mut emails = people(999);
    emails.insert(at, bad.into());
    let done = invite_all(&client, emails, 1000).await;
    let (bad, good): (Vec<_>, Vec<_>) = done.into_iter().partition(|(email, _)| email == bad);
    assert_invited(sim, &good);
    assert_eq!(sim.mails().len(), 999);
    bad
}

#[tokio::test]
async fn one_bad_entry_among_a_thousand_costs_fourteen_more_posts() {
    for (at, status) in [(0, 400), (500, 409), (555, 422), (999, 413)] {
        let (sim, _) = tenant().await;
        sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
        sim.fault(Rule::on("POST", USERS).body_has("\"bad@example.com\"").status(status)).expect("a rule");
        let bad = a_thousand_and_a_bad_one(&sim, "bad@example.com", at).await;
        let journal = sim.journal();
        match &bad[0].1 {
            // The words of the tenant say that the person is there, and they never show.
            Err(Error::OutcomeUnknown { .. }) if status == 409 => {}
            Err(error) if error.status() == Some(status) => {}
            other => panic!("{status}: {other:?}"),
        }
        let posts = journal.count("POST", USERS);
        assert!(posts <= 24, "{status}: {posts} POSTs");
    }
}

#[tokio::test]
async fn a_thousand_people_at_once_take_few_requests_with_and_without_a_bad_one() {
    let (sim, client) = tenant().await;
    assert_invited(&sim, &invite_all(&client, people(1000), 1000).await);
    let journal = sim.journal();
    let (posts, all) = (journal.count("POST", USERS), journal.len());
    assert!(posts <= 10 && all <= 50, "{all} requests, {posts} of them POSTs");
    for switch in ["atomic", "partial"] {
        let (sim, _) = tenant().await;
        sim.set(json!({ "invite_batch": switch, "invite_duplicate": "resend" })).expect("switches");
        let bad = a_thousand_and_a_bad_one(&sim, "bad@yopmail.com", 333).await;
        assert!(bad[0].1.as_ref().is_err_and(|error| error.status() == Some(400)));
        let journal = sim.journal();
        let (posts, all) = (journal.count("POST", USERS), journal.len());
        assert!(posts <= 24 && all <= 80, "{switch}: {all} requests, {posts} of them POSTs\n{journal}");
    }
}

#[tokio::test]
async fn batches_shrink_to_what_the_tenant_takes_and_stay_there() {
    for (most, posts) in [(60, 20), (30, 32), (10, 90)] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "invite_max_batch": most, "invite_duplicate": "resend" })).expect("switches");
        let emails = people(500);
        assert_invited(&sim, &invite_all(&client, emails[..400].to_vec(), 400).await);
        assert_eq!(sim.mails().len(), 400);
        let journal = sim.journal();
        assert!(journal.count("POST", USERS) <= posts, "{most}: {}", journal.count("POST", USERS));
        sim.clear_journal();
        assert_invited(&sim, &invite_all(&client, emails[400..].to_vec(), 100).await);
        let journal = sim.journal();
        let refused = journal.on("POST", USERS).iter().filter(|entry| entry.status == Some(413)).count();
        assert_eq!(refused, 0, "{most}: the client has learned\n{journal}");
    }
}

#[tokio::test]
async fn a_tenant_that_takes_single_invitations_only_gets_them() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "invite_max_batch": 1, "invite_duplicate": "resend" })).expect("switches");
    let mut emails = people(29);
    emails.insert(11, "bad@yopmail.com".into());
    let done = invite_all(&client, emails, 30).await;
    let (bad, good): (Vec<_>, Vec<_>) = done.into_iter().partition(|(email, _)| email.starts_with("bad"));
    assert_invited(&sim, &good);
    assert!(bad[0].1.as_ref().is_err_and(|error| error.status() == Some(400)));
    assert_eq!(sim.mails().len(), 29);
}

#[tokio::test]
async fn a_slow_batch_halves_those_that_follow() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| config.request_timeout = Duration::from_secs(6));
    let slow = Rule { delay: Some(Duration::from_millis(2100)), ..Rule::on("POST", USERS) };
    sim.fault(slow.times(1)).expect("a rule");
    assert_invited(&sim, &invite_all(&client, people(300), 300).await);
    let journal = sim.journal();
    let posts = journal.on("POST", USERS);
    let sizes: Vec<usize> = posts.iter().map(size).collect();
    assert_eq!(sizes, [100, 50, 50, 50, 50]);
}

/// People in an invitation.
fn size(entry: &atlan_sim::Entry) -> usize {
    entry.body.as_ref().and_then(|body| body["users"].as_array()).map_or(0, Vec::len)
}

#[test]
fn whoever_the_bad_ones_are_everybody_else_is_invited_once() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let bad = prop::collection::btree_set(0..130_usize, 0..5);
    let statuses = prop::sample::select(vec![400, 409, 413, 422]);
    let modes = prop::sample::select(vec!["atomic", "partial", "per_entry"]);
    let most = prop::sample::select(vec![0, 0, 7, 40]);
    let cases = (2..130_usize, bad, statuses, modes, most);
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&cases, |(count, bad, status, mode, most)| {
        runtime.block_on(some_are_bad(count, &bad, status, mode, most));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// Some of so many people are refused: with this status, or, where a batch takes effect in part, by their domain.
async fn some_are_bad(count: usize, bad: &BTreeSet<usize>, status: u16, mode: &str, most: usize) {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| config.timing.settle = Duration::from_millis(60));
    let client = client.within(Some(Instant::now() + Duration::from_secs(2)), CancellationToken::new());
    sim.set(json!({ "invite_batch": mode, "invite_max_batch": most, "invite_duplicate": "resend" }))
        .expect("switches");
    let domain = if mode == "atomic" { "bad.example.com" } else { "yopmail.com" };
    if mode == "atomic" {
        sim.fault(Rule::on("POST", USERS).body_has("@bad.example.com\"").status(status)).expect("a rule");
    }
    let email = |number| format!("p{number}@{}", if bad.contains(&number) { domain } else { "example.com" });
    let done = invite_all(&client, (0..count).map(email).collect(), count).await;
    let (refused, good): (Vec<_>, Vec<_>) = done.into_iter().partition(|(email, _)| email.ends_with(domain));
    assert_invited(&sim, &good);
    assert_eq!(sim.mails().len(), good.len());
    assert!(refused.iter().all(|(_, result)| result.is_err()), "{refused:?}");
}

#[tokio::test]
async fn a_person_who_shows_long_after_the_others_is_waited_for_until_the_call_ends() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.timing.settle = Duration::from_millis(100);
        config.timing.visible_within = Duration::from_millis(300);
    });
    sim.set(json!({ "invite_visible_after_ms": 1500, "invite_visible_order": "last_first" }))
        .expect("switches");
    client.role_by_name(WorkspaceRole::Guest).await.expect("a role");
    let client = client.within(Some(Instant::now() + Duration::from_secs(20)), CancellationToken::new());
    assert_invited(&sim, &invite_all(&client, people(5), 5).await);
    assert_eq!(sim.mails().len(), 5);
}

#[tokio::test]
async fn a_part_that_shows_late_is_not_sent_again() {
    // The good entries before the bad one are created, the answer is an error, and lists don't show them at once.
    let (sim, client) = tenant().await;
    sim.set(
        json!({ "invite_batch": "partial", "invite_visible_after_ms": 150, "invite_duplicate": "resend" }),
    )
    .expect("switches");
    let mut emails = people(5);
    emails.push("bad+one@example.com".into());
    let done = invite_all(&client, emails, 6).await;
    let (bad, good): (Vec<_>, Vec<_>) = done.into_iter().partition(|(email, _)| email.starts_with("bad"));
    assert_invited(&sim, &good);
    assert!(bad[0].1.is_err());
}

#[tokio::test]
async fn a_lost_answer_of_a_batch_mails_nobody_twice() {
    let post = || Rule::on("POST", USERS);
    let late = Duration::from_millis(120);
    let rules = [
        ("dropped before", post().drop(Moment::Before)),
        ("dropped after", post().drop(Moment::After)),
        ("502 with effect", post().status(502).applied()),
        ("503 with effect", post().status(503).applied()),
        ("429", post().status(429)),
        ("504, late effect", post().status(504).late(late)),
    ];
    for batch in ["atomic", "partial", "per_entry"] {
        for (what, rule) in rules.clone() {
            let (sim, _) = tenant().await;
            sim.set(json!({ "invite_batch": batch, "invite_duplicate": "resend" })).expect("switches");
            let client = impatient(&sim);
            sim.fault(rule.times(1)).expect("a rule");
            let done = invite_all(&client, people(8), 8).await;
            assert_eq!(sim.mails().len(), 8, "{batch}, {what}: {}", sim.journal());
            assert_invited(&sim, &done);
        }
    }
}

#[tokio::test]
async fn cancelling_one_call_takes_only_its_entry_out() {
    let (sim, client) = tenant().await;
    let hold = sim.hold("POST", USERS, Moment::Before);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.invite(&invite("first@example.com")).await }
    });
    sim.arrived("POST", USERS).await;
    let cancel = CancellationToken::new();
    let mut calls = Vec::new();
    for number in 0..3 {
        let client = if number == 1 { client.within(None, cancel.clone()) } else { client.clone() };
        let email = format!("person-{number}@example.com");
        calls.push(tokio::spawn(async move { client.invite(&invite(&email)).await }));
    }
    sim.arrived_times("GET", USERS, 2).await;
    cancel.cancel();
    let stopped = calls.remove(1).await.expect("no panic").expect_err("cancelled");
    assert!(matches!(stopped, Error::Stopped { .. }), "{}", story(&stopped));
    hold.release();
    first.await.expect("no panic").expect("invited");
    for call in calls {
        call.await.expect("no panic").expect("invited");
    }
    assert_eq!(sim.mails_to("person-1@example.com"), 0);
    assert_eq!(sim.mails().len(), 3);
}

#[tokio::test]
async fn cancelling_one_call_of_a_batch_that_has_left_keeps_its_result() {
    let (sim, client) = tenant().await;
    let hold = sim.hold("POST", USERS, Moment::Before);
    let cancel = CancellationToken::new();
    let scoped = client.within(None, cancel.clone());
    let calls = tokio::spawn(async move { invite_all(&scoped, people(4), 4).await });
    sim.arrived("POST", USERS).await;
    cancel.cancel();
    hold.release();
    let done = calls.await.expect("no panic");
    let sent = sim.mails().len();
    assert!(sent >= 1);
    assert_eq!(done.iter().filter(|(_, result)| result.is_ok()).count(), sent);
}

#[tokio::test]
async fn two_calls_for_one_person_are_one_invitation() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
    let twice = vec!["ada@example.com".to_owned(), "ADA@example.com".to_owned()];
    let done = invite_all(&client, twice, 2).await;
    assert_eq!(done.iter().filter(|(_, result)| result.is_ok()).count(), 1);
    let second = done.iter().find_map(|(_, result)| result.as_ref().err()).expect("one fails");
    assert!(matches!(second, Error::AlreadyExists(Existing::User(_))), "{second}");
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_blames_no_entry_splits_no_batch() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "sso_enforced": true })).expect("a switch");
    let done = invite_all(&client, people(10), 10).await;
    assert!(done.iter().all(|(_, result)| result.as_ref().is_err_and(Error::is_sso_refusal)));
    let posts = sim.journal().count("POST", USERS);
    assert!(posts <= 2, "{posts}");
}

#[tokio::test]
async fn a_refusal_for_the_sake_of_single_sign_on_answers_everybody_on_the_way() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "sso_enforced": true })).expect("a switch");
    let done = invite_all(&client, people(1000), 1000).await;
    assert!(done.iter().all(|(_, result)| result.as_ref().is_err_and(Error::is_sso_refusal)));
    assert_eq!((sim.journal().count("POST", USERS), sim.mails().len()), (1, 0));
    // A later call asks again.
    sim.set(json!({ "sso_enforced": false })).expect("a switch");
    assert_invited(&sim, &invite_all(&client, people(3), 3).await);
}

/// Somebody whom a colleague has invited, in a tenant that keeps addresses as they are sent and mails again for a duplicate.
async fn eve_is_kept_in_mixed_case(sim: &Sim, client: &Client) {
    sim.set(json!({ "email_case": "preserve", "invite_duplicate": "resend" })).expect("switches");
    let role = client.role_by_name(WorkspaceRole::Member).await.expect("a role").id;
    let body = json!({ "users": [{ "email": "Eve@Example.com", "roleName": "$member", "roleId": role }] });
    by_other_means(sim, USERS, &body.to_string()).await;
    assert_eq!(sim.mails_to("Eve@Example.com"), 1);
}

/// Everybody but Eve is invited, and she is not mailed again.
fn assert_eve_is_left_alone(sim: &Sim, done: &[(String, Result<User, Error>)], what: &str) {
    for (email, result) in done {
        match result {
            Err(Error::AlreadyExists(Existing::User(user))) if email.starts_with("eve") => {
                assert_eq!(user.email, "Eve@Example.com", "{what}");
            }
            Ok(_) if !email.starts_with("eve") => {}
            other => panic!("{what}: {email}: {other:?}"),
        }
    }
    assert_eq!(sim.mails().len(), done.len(), "{what}: {}", sim.journal());
}

#[tokio::test]
async fn a_person_stored_in_another_case_is_found_before_a_batch_too() {
    for switch in ["supported", "bad_request", "ignore", "match_none", "first"] {
        // Two callers at once look people up, and so do ten in a tenant of more than twenty pages.
        for (users, others) in [(5, 1), (2_100, 9)] {
            let sim = Sim::start(Options { users, ..Options::default() }).await.expect("a simulator");
            let client = client(&sim, |_| {});
            eve_is_kept_in_mixed_case(&sim, &client).await;
            sim.set(json!({ "filter_or": switch })).expect("a switch");
            let what = format!("{switch}, {users} users");
            // The first wave knows nobody yet; a later one knows whom the first has shown.
            let calls = others + 1;
            let mut emails = people(others);
            emails.push("eve@example.com".into());
            let done = invite_all(&client, emails, calls).await;
            assert_eve_is_left_alone(&sim, &done, &what);
            let again = vec!["kim@example.com".into(), "eve@example.com".into()];
            let before = sim.mails().len();
            let done = invite_all(&client, again, 2).await;
            assert!(done.iter().any(|(email, result)| email.starts_with("kim") && result.is_ok()), "{what}");
            assert_eq!((sim.mails_to("eve@example.com"), sim.mails().len()), (1, before + 1), "{what}");
        }
    }
}

#[tokio::test]
async fn a_look_for_several_people_takes_one_request_if_the_filter_proves_that_it_works() {
    let sim = Sim::start(Options { users: 2_100, ..Options::default() }).await.expect("a simulator");
    let client = client(&sim, |_| {});
    client.role_by_name(WorkspaceRole::Guest).await.expect("a role");
    client.user_by_email(&sim.users()[7].email).await.expect("read").expect("there");
    sim.clear_journal();
    let done = invite_all(&client, people(4), 4).await;
    assert_invited(&sim, &done);
    // A look, an invitation, and a look.
    assert_eq!(sim.journal().len(), 3, "{}", sim.journal());
}

/// The message quotes the address, which says nothing about the tenant.
#[tokio::test]
async fn an_address_that_names_single_sign_on_is_refused_alone() {
    let (sim, client) = tenant().await;
    let emails = ["ada@example.com", "sso+pilot@example.com", "bob@example.com"].map(str::to_owned);
    for (email, result) in invite_all(&client, emails.to_vec(), 10).await {
        match result {
            Ok(user) => assert!(!user.email.starts_with("sso"), "{user:?}"),
            Err(error) => {
                assert!(email.starts_with("sso"), "{email}: {error}");
                assert!(!error.is_sso_refusal(), "{error}");
            }
        }
    }
    assert_eq!(sim.mails().len(), 2, "{}", sim.journal());
}
