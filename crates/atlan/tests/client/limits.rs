//! Pace, pauses, tokens, headers.

use std::time::Duration;

use atlan::{Credentials, Error, GroupUpdate, Invite, ReadMode, Secret, Stop, WorkspaceRole};
use atlan_sim::{Authorization, Moment, RetryAfter, Rule, Sim};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::secrets::{heard, listen};
use crate::support::*;

const TOKEN: &str = "/api/service/oauth-clients/token";

#[tokio::test]
async fn a_429_pauses_for_as_long_as_it_asks_in_seconds_or_as_a_date() {
    for header in ["seconds", "date"] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "rate_limit_header": header })).expect("a switch");
        // A date has whole seconds, so a date two seconds ahead is at least one second ahead.
        sim.fault(Rule::on("GET", "*").status(429).retry_after(2).times(1)).expect("a rule");
        let start = Instant::now();
        client.groups().await.expect("read after the pause");
        assert!(start.elapsed() > Duration::from_millis(900), "{header}: {:?}", start.elapsed());
        assert!(client.waited().throttled > Duration::from_millis(900), "{header}: {:?}", client.waited());
        assert_eq!(sim.journal().len(), 2);
    }
}

#[tokio::test]
async fn a_429_pauses_all_requests() {
    let (sim, _) = tenant().await;
    // Each list is a request.
    let client = client(&sim, |config| config.read_mode = ReadMode::Single);
    sim.fault(Rule::on("GET", "/api/service/roles").status(429).retry_after(1).times(1)).expect("a rule");
    let other = client.within(None, Default::default());
    let roles = tokio::spawn({
        let client = client.clone();
        async move { client.role_by_name(atlan::WorkspaceRole::Admin).await }
    });
    sim.arrived("GET", "/api/service/roles").await;
    sim.idle().await;
    let start = Instant::now();
    // The answer may still be on its way to the client: ask until a request is held back.
    while other.waited().total().is_zero() {
        other.groups().await.expect("read");
        assert!(start.elapsed() < Duration::from_secs(10), "never held back");
    }
    assert!(other.waited().throttled > Duration::from_millis(500), "{:?}", other.waited());
    roles.await.expect("no panic").expect("read");
}

#[tokio::test]
async fn a_create_that_meets_a_429_waits_for_the_pause_once() {
    let (sim, client) = tenant().await;
    for path in [GROUPS, USERS] {
        sim.fault(Rule::on("POST", path).status(429).retry_after(1).times(1)).expect("a rule");
    }
    let scoped = || client.within(None, Default::default());
    let (group, person) = (scoped(), scoped());
    group.create_group(&stewards()).await.expect("made");
    person.invite(&ada()).await.expect("invited");
    for client in [group, person] {
        // The wait is counted until the end of the pause, even if this machine continues later.
        assert!((0.5..1.5).contains(&client.waited().throttled.as_secs_f64()), "{:?}", client.waited());
    }
}

#[tokio::test]
async fn a_429_without_a_header_backs_off() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("GET", "*").status(429).times(3)).expect("a rule");
    client.groups().await.expect("read at last");
    assert_eq!(sim.journal().len(), 4);
}

#[tokio::test]
async fn a_longer_pause_than_allowed_is_an_error_that_names_it() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("*", "*").status(429).retry_after(300)).expect("a rule");
    let start = Instant::now();
    let error = client.groups().await.expect_err("too long");
    assert!(matches!(error, Error::PauseTooLong { .. }), "{error}");
    assert!(
        error.to_string().contains("300 s") && error.to_string().contains("retry_max_wait (60 s)"),
        "{error}"
    );
    let text = RetryAfter::Text("soon".into());
    sim.set_faults(vec![Rule { retry_after: Some(text), ..Rule::on("*", "*").status(429).times(1) }])
        .expect("a rule");
    client.groups().await.expect("a header that says nothing is none");
    assert!(start.elapsed() < Duration::from_secs(20), "nobody waited: {:?}", start.elapsed());
}

/// The looks for what was made do not go on while Atlan asks for silence, and what they met is named.
#[tokio::test]
async fn a_pause_too_long_ends_the_wait_for_what_was_made_to_show() {
    let (sim, client) = tenant().await;
    client.group_by_name("stewards").await.expect("read");
    client.role_by_name(WorkspaceRole::Member).await.expect("read");
    client.user_by_email("ada@example.com").await.expect("read");
    sim.set_faults(vec![Rule::on("GET", "*").status(429).retry_after(300)]).expect("a rule");
    sim.clear_journal();
    client.create_group(&stewards()).await.expect("Atlan has answered with its GUID");
    assert_eq!(sim.journal().count("GET", "*"), 1, "{}", sim.journal());
    sim.clear_journal();
    let error = client.invite(&ada()).await.expect_err("unseen");
    assert!(story(&error).contains("Atlan asks to wait 300 s"), "{}", story(&error));
    assert_eq!(sim.journal().count("GET", "*"), 1, "{}", sim.journal());
}

/// A gateway may count and refuse a request that it has passed on. Without a look, nobody knows.
#[tokio::test]
async fn after_a_429_whose_look_fails_the_outcome_is_unknown() {
    let (sim, client) = tenant().await;
    client.role_by_name(WorkspaceRole::Member).await.expect("read");
    sim.fault(Rule::on("POST", USERS).status(429).retry_after(300)).expect("a rule");
    // The look before the invitation is answered.
    sim.fault(Rule::on("GET", USERS).after_n(1).status(403)).expect("a rule");
    let error = client.invite(&ada()).await.expect_err("refused");
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{}", story(&error));
    assert!(story(&error).contains("was refused with 403"), "{}", story(&error));
}

#[tokio::test]
async fn a_deadline_or_ctrl_c_ends_a_wait_for_the_pace_and_nothing_is_sent() {
    let (sim, _) = tenant().await;
    // Three requests a minute: the first leaves at once, the second 20 seconds later.
    let client = client(&sim, |config| config.requests_per_second = 0.05);
    let (cancel, start) = (CancellationToken::new(), Instant::now());
    client.groups().await.expect("the first request");
    let before = sim.journal().len();
    let soon = Some(Instant::now() + Duration::from_millis(100));
    let hurried = client.within(soon, CancellationToken::new());
    let error = hurried.create_group(&stewards()).await.expect_err("too slow");
    assert!(matches!(error, Error::Stopped { stop: Stop::Deadline, .. }), "{error:?}");
    assert!(hurried.waited().pace >= Duration::from_millis(50), "{:?}", hurried.waited());

    let cancelled = client.within(None, cancel.clone());
    let group = stewards();
    let (result, ()) = tokio::join!(cancelled.create_group(&group), async { cancel.cancel() });
    let error = result.expect_err("cancelled");
    assert!(matches!(error, Error::Stopped { stop: Stop::Cancelled, .. }), "{error:?}");
    assert_eq!(sim.journal().len(), before);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_deadline_or_ctrl_c_ends_the_wait_of_a_change_for_the_pace() {
    let (sim, other) = tenant().await;
    let group = other.create_group(&stewards()).await.expect("made").id;
    for cancelled in [false, true] {
        // Four requests a minute, two of them at once: the list, and the look before the change.
        let client = client(&sim, |config| config.requests_per_second = 4.0 / 60.0);
        client.groups().await.expect("read");
        sim.clear_journal();
        let (cancel, soon) = (CancellationToken::new(), Instant::now() + Duration::from_millis(200));
        let scoped = client.within((!cancelled).then_some(soon), cancel.clone());
        let id = group.clone();
        let change = GroupUpdate { alias: Some("Owners".into()), ..GroupUpdate::default() };
        let call = tokio::spawn(async move { scoped.update_group(&id, &change).await });
        sim.until(|entries| entries.iter().any(|entry| entry.status.is_some()).then_some(())).await;
        if cancelled {
            cancel.cancel();
        }
        let ended = tokio::time::timeout(Duration::from_secs(5), call).await.expect("it ends soon");
        let error = ended.expect("no panic").expect_err("nothing may be sent yet");
        assert!(matches!(error, Error::Stopped { .. }), "{error:?}");
        assert_eq!(sim.journal().writes().len(), 0, "{}", sim.journal());
    }
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.max_concurrent_requests = 3;
        config.read_mode = atlan::ReadMode::Single;
    });
    let hold = sim.hold("GET", "*", Moment::Before);
    let reads: Vec<_> = (0..8)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.group_by_name(&format!("g{number}")).await })
        })
        .collect();
    sim.arrived_times("GET", "*", 3).await;
    // No other request may start; the rest follow when the held ones are released.
    assert_eq!(sim.journal().len(), 3);
    hold.release();
    for read in reads {
        assert_eq!(read.await.expect("no panic").expect("read"), None);
    }
    assert_eq!(sim.journal().len(), 8);
}

#[tokio::test]
async fn the_summary_says_what_was_done_and_why() {
    let sim = Sim::start(atlan_sim::Options { users: 150, ..Default::default() }).await.expect("a simulator");
    let client = client(&sim, |config| config.read_mode = atlan::ReadMode::Snapshot);
    sim.fault(Rule::on("GET", USERS).status(429).times(1)).expect("a rule");
    client.user_by_email(&sim.users()[3].email).await.expect("read").expect("there");
    client.invite(&ada()).await.expect("invited");
    let summary = client.summary();
    assert_eq!(summary.total() as usize, sim.journal().len(), "{summary}");
    assert_eq!(summary.requests["POST users"], 1);
    assert_eq!((summary.retries, summary.throttled), (1, 1));
    assert_eq!((summary.batches, summary.invitations, summary.largest_batch), (1, 1, 1));
    client.create_group(&stewards()).await.expect("made");
    let text = client.summary().to_string();
    // The pause after the 429 is random.
    let (before, rest) = text.split_once("waited ").expect("the time waited");
    let after = rest.split_once(" s; ").expect("a time in seconds").1;
    assert_eq!(
        (before, after),
        (
            "9 requests (1 GET roles, 4 GET users, 2 GET v2/groups, 1 POST groups, 1 POST users), 1 retries, 1 times throttled, ",
            "1 invitations in 1 batches, the largest of 1; people: pages, as read_mode says; groups: pages, as read_mode says",
        ),
        "{text}"
    );
}

#[tokio::test]
async fn progress_is_visible_in_long_waits() {
    let sim = Sim::start(atlan_sim::Options { users: 500, page_limit: 50, ..Default::default() })
        .await
        .expect("a simulator");
    let client = client(&sim, |config| {
        config.read_mode = atlan::ReadMode::Snapshot;
        // Every look and every page counts as a long wait.
        config.timing.progress = Duration::ZERO;
    });
    sim.set(json!({ "invite_visible_after_ms": 50 })).expect("a switch");
    listen();
    client.user_by_email(&sim.users()[3].email).await.expect("read").expect("there");
    client.invite(&ada()).await.expect("invited");
    let log = heard();
    let line = |words: &[&str]| log.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(line(&["INFO", "reading pages", "kind=\"people\"", "read=300", "of=501"]), "{log}");
    assert!(
        line(&["INFO", "waiting for what was made to show", "waiting=1", "list=\"the list of users\""]),
        "{log}"
    );
}

#[tokio::test]
async fn a_refresh_of_hundreds_does_not_starve_a_write() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.max_concurrent_requests = 2;
        config.read_mode = atlan::ReadMode::Single;
    });
    let group = client.create_group(&stewards()).await.expect("made");
    sim.clear_journal();
    let hold = sim.hold("GET", "*", atlan_sim::Moment::Before);
    let mut reads = tokio::task::JoinSet::new();
    for number in 0..500 {
        let client = client.clone();
        reads.spawn(async move { client.group_by_name(&format!("g{number}")).await });
    }
    sim.arrived_times("GET", "*", 2).await;
    // All reads wait in the line before the write comes.
    let write = tokio::spawn(async move { client.delete_group(&group.id).await });
    tokio::task::yield_now().await;
    hold.release();
    write.await.expect("no panic").expect("deleted");
    let before = sim.journal().iter().position(|entry| entry.method == "POST").expect("the write");
    assert!(before <= 5, "{before} of 500 reads went first");
    while let Some(read) = reads.join_next().await {
        read.expect("no panic").expect("read");
    }
}

#[tokio::test]
async fn a_pause_too_long_ends_a_batch_without_sending_it_again() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("POST", USERS).status(429).retry_after(300)).expect("a rule");
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..6 {
        let client = client.clone();
        let email = format!("person-{number}@example.com");
        calls.spawn(async move { client.invite(&atlan::Invite { email, ..ada() }).await });
    }
    while let Some(call) = calls.join_next().await {
        let error = call.expect("no panic").expect_err("too long");
        assert!(matches!(error, Error::PauseTooLong { .. }), "{}", story(&error));
    }
    assert!(sim.journal().count("POST", USERS) <= 2, "{}", sim.journal());
}

#[tokio::test]
async fn every_request_carries_the_headers_that_identify_the_client() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.user_agent = "test/1".into();
        config.agent_id = "tester".into();
    });
    client.invite(&ada()).await.expect("invited");
    for entry in sim.journal() {
        assert_eq!(entry.user_agent.as_deref(), Some("test/1"));
        assert_eq!(entry.agent["x-atlan-agent"], "sdk");
        assert_eq!(entry.agent["x-atlan-agent-id"], "tester");
        assert_eq!(entry.agent["x-atlan-client-origin"], "product_sdk");
        assert_eq!(entry.authorization, Authorization::Right);
    }
}

pub(crate) async fn oauth_tenant() -> (Sim, atlan::Client) {
    let sim = Sim::start(atlan_sim::Options::default()).await.expect("a simulator");
    let (client_id, secret) = sim.oauth_client();
    let client = client(&sim, |config| {
        config.credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
        // Each list is a request.
        config.read_mode = ReadMode::Single;
    });
    (sim, client)
}

#[tokio::test]
async fn an_oauth_client_fetches_one_token_when_needed() {
    let (sim, client) = oauth_tenant().await;
    assert_eq!(sim.journal().len(), 0, "nothing before the first request");
    let (one, other) = tokio::join!(client.groups(), client.users());
    one.expect("read");
    other.expect("read");
    let journal = sim.journal();
    assert_eq!(journal.count("POST", TOKEN), 1, "{journal}");
    assert_eq!(journal.on("POST", TOKEN)[0].authorization, Authorization::Missing);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let (sim, client) = oauth_tenant().await;
    client.groups().await.expect("read");
    sim.fault(Rule::on("GET", "*").status(401).times(1)).expect("a rule");
    client.groups().await.expect("read with a new token");
    assert_eq!(sim.journal().count("POST", TOKEN), 2);
    sim.set_faults(vec![Rule::on("GET", "*").status(401)]).expect("a rule");
    assert_eq!(client.groups().await.expect_err("refused for good").status(), Some(401));
    assert_eq!(sim.journal().count("POST", TOKEN), 3);
}

#[tokio::test]
async fn a_batch_whose_token_is_refused_is_sent_with_a_new_one_and_mails_nobody_twice() {
    for lost in [false, true] {
        let (sim, _) = oauth_tenant().await;
        let (client_id, secret) = sim.oauth_client();
        let client = client(&sim, |config| {
            config.credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
            config.request_timeout = Duration::from_millis(300);
        });
        sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
        client.role_by_name(WorkspaceRole::Member).await.expect("roles");
        sim.clear_journal();
        let mut rules = vec![Rule::on("POST", USERS).status(401).times(1)];
        if lost {
            rules.push(Rule::on("POST", USERS).drop(Moment::After).times(1));
        }
        sim.set_faults(rules).expect("rules");
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..5 {
            let client = client.clone();
            let invite = Invite { email: format!("person-{number}@example.com"), ..ada() };
            calls.spawn(async move { client.invite(&invite).await });
        }
        while let Some(call) = calls.join_next().await {
            call.expect("no panic").unwrap_or_else(|error| panic!("{lost}: {}", story(&error)));
        }
        assert_eq!(sim.mails().len(), 5, "{lost}: {}", sim.journal());
        let journal = sim.journal();
        assert_eq!(journal.count("POST", TOKEN), 1, "{lost}: {journal}");
        let posts = journal.on("POST", USERS);
        assert_eq!(posts[0].status, Some(401), "{lost}");
        assert_eq!(posts[0].body, posts[1].body, "{lost}: the same people");
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_it_lapses() {
    let (sim, client) = oauth_tenant().await;
    sim.set(json!({ "oauth_token_seconds": 1 })).expect("a switch");
    client.groups().await.expect("read");
    let start = Instant::now();
    while sim.journal().count("POST", TOKEN) < 2 {
        client.groups().await.expect("read, whatever the time");
        assert!(start.elapsed() < Duration::from_secs(10), "never renewed");
    }
    assert_eq!(sim.journal().iter().filter(|entry| entry.status == Some(401)).count(), 0);
}

#[tokio::test]
async fn the_error_for_a_wrong_client_secret_does_not_contain_it() {
    let (sim, _) = oauth_tenant().await;
    let (client_id, _) = sim.oauth_client();
    let client = client(&sim, |config| {
        config.credentials = Credentials::OAuth { client_id, client_secret: Secret::new("canary-9a2d") };
    });
    let error = client.invite(&ada()).await.expect_err("refused");
    assert!(error.status().is_some_and(|status| (400..500).contains(&status)), "{}", story(&error));
    assert!(story(&error).contains("/oauth-clients/token"), "{}", story(&error));
    assert!(!format!("{error:?}{}", story(&error)).contains("canary"));
    assert_eq!(sim.journal().count("*", "/api/service/users"), 0);
}

/// Each change needs a recent look. One whose look has become too old in the queue sends nothing, so it uses up nothing of the pace.
#[tokio::test]
async fn changes_that_look_again_before_they_are_sent_use_up_no_pace() {
    let options =
        atlan_sim::Options { users: 400, latency: Duration::from_millis(100), ..Default::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    let client = client(&sim, |config| {
        // 900 requests leave at full speed, about twice as many as are needed.
        config.requests_per_second = 30.0;
        config.request_timeout = Duration::from_secs(60);
    });
    let client = client.within(None, CancellationToken::new());
    let mut changes = tokio::task::JoinSet::new();
    let people = sim.users().into_iter().filter(|user| user.role != "$admin");
    let people: Vec<atlan::Guid> = people.map(|user| user.id.parse().expect("a GUID")).collect();
    for id in &people {
        let (client, id) = (client.clone(), id.clone());
        changes.spawn(async move { client.change_role(&id, WorkspaceRole::Admin).await });
    }
    while let Some(change) = changes.join_next().await {
        change.expect("no panic").expect("raised");
    }
    let (sent, writes) = (sim.journal().len(), sim.journal().writes().len());
    assert!(sent < 800 && writes == people.len(), "{sent}, {writes} of {}", people.len());
    assert_eq!(client.waited().pace, Duration::ZERO, "{sent} requests");
}

/// Nothing has left, so nothing is in doubt: the refusal is that of the request for a token.
#[tokio::test]
async fn an_invitation_that_gets_no_token_was_certainly_not_sent() {
    for status in [429, 503] {
        let (sim, _) = oauth_tenant().await;
        let (client_id, secret) = sim.oauth_client();
        let client = client(&sim, |config| {
            config.credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
            config.max_retries = 1;
        });
        client.role_by_name(WorkspaceRole::Member).await.expect("roles");
        // The token has lapsed, and the server that grants tokens is busy.
        sim.set_faults(vec![
            Rule::on("POST", USERS).status(401).times(1),
            Rule::on("POST", TOKEN).status(status),
        ])
        .expect("rules");
        let error = client.invite(&ada()).await.expect_err("no token");
        assert!(matches!(error, Error::NotSent { .. }), "{status}: {}", story(&error));
        assert_eq!(sim.mails().len(), 0);
    }
}
