//! Faults, seen from a client.

use std::time::Duration;

use atlan_sim::{Moment, Outcome, RetryAfter, Rule};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Api, group_body};

const GROUPS: &str = "/api/service/groups";

/// Creates a group; `None` when there was no answer.
async fn create(api: &Api, name: &str) -> Option<u16> {
    let request = api.request(Method::POST, "groups").json(&group_body(name));
    request.send().await.ok().map(|response| response.status().as_u16())
}

fn names(api: &Api) -> Vec<String> {
    api.groups().into_iter().map(|group| group.name).collect()
}

#[tokio::test]
async fn a_status_keeps_the_request_from_taking_effect_unless_applied() {
    let api = Api::start().await;
    api.fault(Rule::on("POST", GROUPS).status(503).times(1)).unwrap();
    api.fault(Rule::on("POST", GROUPS).status(504).applied().times(1)).unwrap();
    assert_eq!(create(&api, "a").await, Some(503));
    assert!(names(&api).is_empty());
    assert_eq!(create(&api, "b").await, Some(504));
    assert_eq!(names(&api), ["b"]);
    assert_eq!(create(&api, "c").await, Some(200));
    let seen: Vec<_> = api.journal().iter().map(|entry| (entry.status, entry.applied, entry.fault)).collect();
    assert_eq!(seen, [(Some(503), false, Some(0)), (Some(504), true, Some(1)), (Some(200), true, None)]);
}

#[tokio::test]
async fn a_connection_breaks_before_or_after_the_effect() {
    let api = Api::start().await;
    api.fault(Rule::on("POST", GROUPS).drop(Moment::Before).times(1)).unwrap();
    api.fault(Rule::on("POST", GROUPS).drop(Moment::After).times(1)).unwrap();
    assert_eq!(create(&api, "a").await, None);
    assert_eq!(create(&api, "b").await, None);
    assert_eq!(names(&api), ["b"]);
    let seen: Vec<_> =
        api.journal().iter().map(|entry| (entry.outcome, entry.status, entry.applied)).collect();
    assert_eq!(seen, [(Outcome::Dropped, None, false), (Outcome::Dropped, None, true)]);
}

#[tokio::test]
async fn a_lost_request_takes_effect_late() {
    let api = Api::start().await;
    let hour = Duration::from_secs(3600);
    api.fault(Rule::on("POST", GROUPS).drop(Moment::Before).late(hour).times(1)).unwrap();
    api.fault(Rule::on("POST", GROUPS).status(502).late(hour).times(1)).unwrap();
    assert_eq!(create(&api, "a").await, None);
    assert_eq!(create(&api, "b").await, Some(502));
    assert!(names(&api).is_empty(), "not yet");
    api.advance(hour);
    api.until(|entries| entries.iter().all(|entry| entry.applied).then_some(())).await;
    let mut late = names(&api);
    late.sort();
    assert_eq!(late, ["a", "b"]);
}

#[tokio::test]
async fn a_request_is_held_until_released() {
    let api = Api::start().await;
    for (moment, groups) in [(Moment::Before, 0), (Moment::After, 1)] {
        let hold = api.hold("POST", GROUPS, moment);
        let waiting = tokio::spawn(api.request(Method::POST, "groups").json(&group_body("a")).send());
        let entry = api.arrived("POST", GROUPS).await;
        assert_eq!((entry.status, entry.outcome), (None, Outcome::Open));
        if moment == Moment::After {
            api.until(|entries| entries[0].applied.then_some(())).await;
        }
        assert_eq!(names(&api).len(), groups);
        hold.release();
        assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
        api.idle().await;
        assert_eq!(names(&api).len(), 1);
        api.reset();
    }
}

#[tokio::test]
async fn replacing_the_rules_releases_what_they_held() {
    let api = Api::start().await;
    api.control(Method::PUT, "faults", json!([{ "method": "GET", "hold": "before" }])).await;
    let waiting = tokio::spawn(api.request(Method::GET, "users").send());
    api.arrived("GET", "*/users").await;
    api.control(Method::PUT, "faults", json!([])).await;
    assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn what_a_client_gave_up_on_takes_effect_all_the_same() {
    let api = Api::start().await;
    let hold = api.hold("POST", GROUPS, Moment::Before);
    let waiting = tokio::spawn(api.request(Method::POST, "groups").json(&group_body("a")).send());
    api.arrived("POST", GROUPS).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    hold.release();
    api.idle().await;
    assert_eq!(names(&api), ["a"]);
}

#[tokio::test]
async fn retry_after_is_a_number_a_date_or_anything() {
    let api = Api::start().await;
    api.fault(Rule::on("*", "*").status(429).retry_after(7)).unwrap();
    let get = async || {
        let response = api.request(Method::GET, "users").send().await.unwrap();
        response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned())
    };
    assert_eq!(get().await.as_deref(), Some("7"));
    api.switch("rate_limit_header", json!("date"));
    assert!(get().await.unwrap().ends_with(" GMT"));
    let odd = Rule { retry_after: Some(RetryAfter::Text("soon".into())), ..Rule::on("*", "*").status(503) };
    api.set_faults(vec![odd]).unwrap();
    assert_eq!(get().await.as_deref(), Some("soon"));
}

#[tokio::test]
async fn bodies_are_given_html_or_cut_short() {
    let api = Api::start().await;
    let get = async |rule: Value| {
        assert_eq!(api.control(Method::PUT, "faults", json!([rule])).await.0, 200);
        let response = api.request(Method::GET, "users").send().await.unwrap();
        (response.status().as_u16(), response.text().await.ok())
    };
    assert_eq!(get(json!({ "status": 418, "body": { "a": 1 } })).await, (418, Some(r#"{"a":1}"#.into())));
    assert_eq!(get(json!({ "status": 200, "body": "pot" })).await, (200, Some("pot".into())));
    assert!(get(json!({ "status": 502, "html": true })).await.1.unwrap().contains("502 Bad Gateway"));
    assert_eq!(get(json!({ "truncate": 10 })).await, (200, None), "a body that ends early is an error");
    assert_eq!(get(json!({ "status": 500, "truncate": 0 })).await, (500, None));
}

#[tokio::test]
async fn a_cut_answer_sends_what_it_promised_to_send() {
    let api = Api::start().await;
    api.fault(Rule::on("*", "*").truncate(10)).unwrap();
    let mut response = api.request(Method::GET, "roles").send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().as_deref(), Some(&b"{\"filterRe"[..]));
    assert!(response.chunk().await.is_err());
}

#[tokio::test]
async fn a_delay_runs_on_the_clock_of_the_tenant() {
    let api = Api::start().await;
    api.fault(Rule::on("GET", "*").delay(Duration::from_secs(3600))).unwrap();
    let waiting = tokio::spawn(api.request(Method::GET, "users").send());
    api.arrived("GET", "*").await;
    api.advance(Duration::from_secs(3601));
    assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_rule_may_ask_for_a_text_in_the_body() {
    let api = Api::start().await;
    let rule = json!([{ "method": "POST", "body_has": "\"b\"", "status": 500, "count": 1 }]);
    assert_eq!(api.control(Method::PUT, "faults", rule.clone()).await.0, 200);
    assert_eq!(api.control(Method::GET, "faults", Value::Null).await.1[0]["body_has"], rule[0]["body_has"]);
    assert_eq!(create(&api, "a").await, Some(200));
    assert_eq!(create(&api, "b").await, Some(500), "also not counted for the first");
    assert_eq!(create(&api, "b").await, Some(200));
    assert_eq!(names(&api), ["a", "b"]);
}

#[tokio::test]
async fn a_gateway_answers_with_a_page_or_a_redirect() {
    let api = Api::start().await;
    let id = api.group("a").await;
    let path = format!("groups/{id}/delete");
    api.fault(Rule::on("POST", "*/delete").status(404).html().times(1)).unwrap();
    let (status, body) = api.post_nothing(&path).await;
    assert!(status == 404 && body.as_str().unwrap().contains("404 Not Found"), "{status} {body}");
    api.fault(Rule::on("POST", "*/delete").redirect("https://login.example.com/auth?state=1")).unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let url = format!("{}/api/service/{path}", api.base_url());
    let answer = http.unwrap().post(url).bearer_auth(&api.bearer).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "https://login.example.com/auth?state=1");
    assert_eq!(names(&api), ["a"], "neither took effect");
    for bad in [json!([{ "location": "/x" }]), json!([{ "status": 302, "location": "a\nb" }])] {
        assert_eq!(api.control(Method::PUT, "faults", bad).await.0, 400);
    }
}
