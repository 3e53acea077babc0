//! Pace, pauses, tokens, headers.

use std::time::Duration;

use atlan::{Credentials, Error, Secret};
use atlan_sim::{Authorization, Moment, RetryAfter, Rule, Sim};
use serde_json::json;
use tokio::time::Instant;

use crate::support::*;

const TOKEN: &str = "/api/service/oauth-clients/token";

#[tokio::test]
async fn a_429_pauses_for_as_long_as_it_asks_in_seconds_or_as_a_date() {
    for header in ["seconds", "date"] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "rate_limit_header": header })).expect("a switch");
        // A date has whole seconds, so of two at least one lies ahead.
        sim.fault(Rule::on("GET", "*").status(429).retry_after(2).times(1)).expect("a rule");
        let start = Instant::now();
        client.groups().await.expect("read after the pause");
        assert!(start.elapsed() > Duration::from_millis(900), "{header}: {:?}", start.elapsed());
        assert!(client.waited() > Duration::from_millis(900), "{header}: {:?}", client.waited());
        assert_eq!(sim.journal().len(), 2);
    }
}

#[tokio::test]
async fn a_429_pauses_everybody() {
    let (sim, client) = tenant().await;
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
    while other.waited().is_zero() {
        other.groups().await.expect("read");
        assert!(start.elapsed() < Duration::from_secs(10), "never held back");
    }
    assert!(other.waited() > Duration::from_millis(500), "{:?}", other.waited());
    roles.await.expect("no panic").expect("read");
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
    // Those held are all there can be; the rest follow only when they are let go.
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
    assert!(summary.to_string().contains("people: pages, as read_mode says"), "{summary}");
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
async fn every_request_says_who_asks() {
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

async fn oauth_tenant() -> (Sim, atlan::Client) {
    let sim = Sim::start(atlan_sim::Options::default()).await.expect("a simulator");
    let (client_id, secret) = sim.oauth_client();
    let client = client(&sim, |config| {
        config.credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
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
async fn a_wrong_client_secret_is_told_without_the_secret() {
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
