//! What a refusal looks like, and the rate limit.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::Api;

#[tokio::test]
async fn a_refusal_has_the_shape_of_the_setting() {
    let api = Api::start().await;
    let get = async || {
        let request = api.request(Method::GET, "users/none").header("X-Atlan-Request-Id", "r-1");
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["x-atlan-request-id"]),
            (404, &"r-1".parse().unwrap())
        );
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (kind, response.text().await.unwrap())
    };
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let (kind, body) = get().await;
    assert_eq!(kind.as_deref(), Some("application/json"));
    assert_eq!(parsed(&body), json!({ "code": 404, "message": "user none not found", "requestId": "r-1" }));
    api.switch("error_shape", json!("error_code"));
    let expected =
        json!({ "errorCode": "ATLAN-404-00-000", "errorMessage": "user none not found", "errorId": "r-1" });
    assert_eq!(parsed(&get().await.1), expected);
    api.switch("error_shape", json!("bare"));
    assert_eq!(parsed(&get().await.1), json!({ "error": "user none not found" }));
    api.switch("error_shape", json!("html"));
    let (kind, body) = get().await;
    assert!(kind.as_deref() == Some("text/html") && body.contains("404 Not Found"));
    api.switch("error_shape", json!("empty"));
    assert_eq!(get().await, (None, String::new()));
}

#[tokio::test]
async fn a_request_id_is_made_when_none_is_sent() {
    let api = Api::start().await;
    let response = api.request(Method::GET, "users").send().await.unwrap();
    let id = response.headers()["x-atlan-request-id"].to_str().unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(api.journal()[0].request_id, None, "the journal has what was sent");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_404() {
    let api = Api::start().await;
    for (method, path) in [
        (Method::GET, "nothing"),
        (Method::GET, "groups/"),
        (Method::DELETE, "groups/x"),
        (Method::PUT, "users/x"),
        (Method::POST, "v2/groups"),
    ] {
        let (status, _) = crate::harness::answer(api.request(method.clone(), path)).await;
        assert_eq!(status, 404, "{method} {path}");
    }
    let (status, _) = crate::harness::answer(api.http.get(format!("{}/api", api.base_url()))).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn too_many_requests_a_minute_are_429() {
    let api = Api::start().await;
    api.switch("requests_per_minute", json!(2));
    let get = async || {
        let response = api.request(Method::GET, "users").send().await.unwrap();
        let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
        (response.status().as_u16(), wait)
    };
    assert_eq!([get().await.0, get().await.0], [200, 200]);
    let (status, wait) = get().await;
    assert!(status == 429 && (1..=60).contains(&wait.unwrap().parse::<u32>().unwrap()));
    api.switch("rate_limit_header", json!("date"));
    assert!(get().await.1.unwrap().ends_with(" GMT"));
    api.switch("rate_limit_header", json!("none"));
    assert_eq!(get().await, (429, None));
    api.advance(Duration::from_secs(60));
    assert_eq!(get().await.0, 200);

    api.switch("rate_limit_window", json!("sliding"));
    api.advance(Duration::from_secs(40));
    assert_eq!([get().await.0, get().await.0], [200, 429]);
    api.advance(Duration::from_secs(21));
    assert_eq!([get().await.0, get().await.0], [200, 429], "one of the two has left the last minute");
}
