//! What a failed call says, and that it never says a secret.

use std::time::Duration;

use atlan::{Client, Config, Credentials, Error, GroupUpdate, Secret, Stop};
use atlan_sim::{Moment, Rule};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::servers::serve_always;
use crate::support::*;

const V2_GROUPS: &str = "/api/service/v2/groups";

#[tokio::test]
async fn a_refusal_quotes_the_message_of_atlan() {
    let (sim, client) = tenant().await;
    let group = client.create_group(&stewards()).await.expect("created");
    for status in [400, 401, 403, 404, 409, 500] {
        for shape in ["code_message", "error_code", "bare", "html", "empty"] {
            sim.set(serde_json::json!({ "error_shape": shape })).expect("a switch");
            sim.set_faults(vec![Rule::on("POST", "/api/service/groups/*").status(status)]).expect("a rule");
            sim.clear_journal();
            let change = GroupUpdate { alias: Some("Other".into()), ..GroupUpdate::default() };
            let error = client.update_group(&group.id, &change).await.expect_err("refused");
            let journal = sim.journal().writes();
            assert_eq!(journal.len(), 1, "{status}: final");
            let refusal = error.refusal().expect("a refusal");
            assert_eq!((refusal.status, refusal.call.attempts), (status, 1));
            assert_eq!(Some(&refusal.call.request_id), journal[0].request_id.as_ref());
            let text = error.to_string();
            assert!(
                text.starts_with(&format!("POST /api/service/groups/{} was refused with {status}", group.id)),
                "{text}"
            );
            let said = refusal.message.as_deref().unwrap_or_default().contains("fault injected");
            assert_eq!(said, !["html", "empty"].contains(&shape), "{shape}: {text}");
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_a_401_without_the_key() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| config.credentials = Credentials::ApiKey(Secret::new("canary-7be1")));
    let error = client.group_by_name("x").await.expect_err("refused");
    assert_eq!(error.status(), Some(401));
    assert!(!format!("{error:?} {}", story(&error)).contains("canary"), "{error:?}");
    assert!(!format!("{client:?}").contains("canary"));
}

#[tokio::test]
async fn a_request_to_a_closed_port_counts_as_not_sent() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let mut config =
        Config::new(atlan::parse_base_url(&url).expect("a URL"), Credentials::ApiKey(Secret::new("key")));
    config.timing.backoff = Duration::from_millis(1);
    config.max_retries = 2;
    let error = Client::new(config).expect("good settings").invite(&ada()).await.expect_err("nobody there");
    match &error {
        Error::GaveUp { call, last, .. } => {
            assert_eq!(call.attempts, 3);
            assert!(matches!(**last, Error::NotSent { .. }), "{last}");
        }
        other => panic!("{other}"),
    }
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_error_describes_an_answer_that_is_not_json() {
    let (sim, client) = tenant().await;
    let cases = [
        (Rule { html: true, ..Rule::on("GET", V2_GROUPS).status(200) }, "an HTML page"),
        (Rule { body: Some("".into()), ..Rule::on("GET", V2_GROUPS).status(200) }, "the body is empty"),
        (
            Rule {
                body: Some(serde_json::json!({ "filterRecord": 3 })),
                ..Rule::on("GET", V2_GROUPS).status(200)
            },
            "`records` is missing",
        ),
        (
            Rule {
                body: Some(serde_json::json!({ "filterRecord": 1, "records": [{ "id": "g" }] })),
                ..Rule::on("GET", V2_GROUPS).status(200)
            },
            "`records[0].name` is missing",
        ),
    ];
    for (rule, problem) in cases {
        sim.set_faults(vec![rule]).expect("a rule");
        let error = client.groups().await.expect_err(problem);
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[tokio::test]
async fn a_read_whose_answer_is_cut_short_is_repeated() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("GET", V2_GROUPS).truncate(10).times(2)).expect("a rule");
    assert_eq!(client.groups().await.expect("read at last"), vec![]);
    assert_eq!(sim.journal().len(), 3);
}

#[tokio::test]
async fn the_error_after_the_last_attempt_names_attempts_wait_and_answer() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("*", "*").status(503)).expect("a rule");
    let error = client.groups().await.expect_err("gives up");
    let text = story(&error);
    assert!(text.starts_with("GET /api/service/v2/groups failed 6 times, after waiting "), "{text}");
    assert!(text.contains("was refused with 503: fault injected"), "{text}");
    let ids: Vec<_> = sim.journal().into_iter().map(|entry| entry.request_id).collect();
    assert!(
        ids.windows(2).all(|pair| pair[0] == pair[1] && pair[0].is_some()),
        "one id through all attempts: {ids:?}"
    );
}

#[tokio::test]
async fn a_deadline_ends_a_read_and_names_it() {
    let (sim, client) = tenant().await;
    let hold = sim.hold("GET", V2_GROUPS, Moment::Before);
    let scoped = client.within(Some(Instant::now() + Duration::from_secs(1)), CancellationToken::new());
    let (result, _) = tokio::join!(scoped.groups(), sim.arrived("GET", V2_GROUPS));
    let error = result.expect_err("held");
    assert!(matches!(error, Error::Stopped { stop: Stop::Deadline, .. }), "{error}");
    hold.release();
    let error = scoped.groups().await.expect_err("over");
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    assert_eq!(sim.journal().len(), 1, "nothing starts after the deadline");
    client.groups().await.expect("other calls go on");
}

#[tokio::test]
async fn cancelling_ends_a_pause_at_once() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("GET", V2_GROUPS).status(503).retry_after(50)).expect("a rule");
    let cancel = CancellationToken::new();
    let scoped = client.within(None, cancel.clone());
    let start = Instant::now();
    let (result, ()) = tokio::join!(scoped.groups(), async {
        sim.arrived("GET", V2_GROUPS).await;
        sim.idle().await;
        cancel.cancel();
    });
    let error = result.expect_err("cancelled");
    assert!(matches!(error, Error::Stopped { stop: Stop::Cancelled, .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

fn at(url: &str) -> Client {
    let url = atlan::parse_base_url(url).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new("key")));
    config.timing.backoff = Duration::from_millis(1);
    Client::new(config).expect("good settings")
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_target_is_named() {
    let cases = [
        ("https://login.example.com/auth?client=canary", "https://login.example.com/auth ("),
        ("/login", "/login ("),
        ("//other.example.com", "http://other.example.com/ ("),
    ];
    for (location, shown) in cases {
        let reply =
            format!("HTTP/1.1 302 Found\nLocation: {location}\nConnection: close\nContent-Length: 0\n\n");
        let server = serve_always(reply.leak()).await;
        let error = at(&server.url).groups().await.expect_err("not followed");
        assert_eq!(error.status(), Some(302));
        let said = error.to_string();
        assert!(said.contains("was redirected with 302 to ") && said.contains(shown), "{said}");
        assert!(!said.contains("canary"), "{said}");
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn a_host_without_an_address_is_named_and_tried_for_a_moment_only() {
    let error = at("https://no-such-tenant.invalid").groups().await.expect_err("nowhere");
    let said = story(&error);
    assert!(said.contains("was not sent: the host no-such-tenant.invalid was not found: "), "{said}");
    assert_eq!(error.call().map(|call| call.attempts), Some(3), "{said}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_missing_role_is_named_and_asked_for_again() {
    let (sim, client) = tenant().await;
    let none = serde_json::json!({ "filterRecord": 0, "totalRecord": 0, "records": [] });
    sim.fault(Rule { body: Some(none), ..Rule::on("GET", "/api/service/roles").status(200).times(1) })
        .expect("a rule");
    let error = client.invite(&ada()).await.expect_err("no roles");
    assert!(matches!(error, Error::RoleMissing { .. }), "{error}");
    client.invite(&ada()).await.expect("the roles are there now");
}
