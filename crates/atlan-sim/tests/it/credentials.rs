//! Who is let in, and who the caller is.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, answer, text};

async fn with_bearer(api: &Api, bearer: &str) -> Answer {
    answer(api.http.get(format!("{}/api/service/users/current", api.base_url())).bearer_auth(bearer)).await
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_401() {
    let api = Api::start().await;
    let url = format!("{}/api/service/users", api.base_url());
    assert_eq!(answer(api.http.get(&url)).await.0, 401);
    assert_eq!(answer(api.http.get(&url).header("authorization", "Basic x")).await.0, 401);
    let (status, body) = with_bearer(&api, "wrong").await;
    assert_eq!((status, &body["code"]), (401, &json!(401)));
    assert!(text(&body["message"]).contains("authentication error 401"));
    let lower = api.http.get(&url).header("authorization", format!("bearer {}", api.api_key()));
    assert_eq!(answer(lower).await.0, 200);
    let seen: Vec<_> = api.journal().iter().map(|entry| format!("{:?}", entry.authorization)).collect();
    assert_eq!(seen, ["Missing", "Missing", "Wrong", "Right"]);
    assert!(!format!("{:?}", api.journal()).contains(&api.api_key()), "the key is not kept");
}

#[tokio::test]
async fn an_api_token_leads_to_the_person_who_made_it() {
    let api = Api::start().await;
    let (_, me) = api.get("users/current").await;
    let username = text(&me["username"]);
    assert_eq!(api.filtered("users", json!({ "username": username })).await.1["filterRecord"], 0);
    let client_id = username.strip_prefix("service-account-").unwrap();
    let token = api.one("apikeys", json!({ "clientId": client_id })).await;
    let creator = text(&token["attributes"]["createdBy"]);
    assert_eq!(api.one("users", json!({ "username": creator })).await["workspaceRole"], "$admin");
    let (_, whoami) = api.get("whoami").await;
    assert_eq!((&whoami["userId"], &whoami["username"]), (&me["id"], &me["username"]));
    let roles: Vec<_> = whoami["roles"].as_array().unwrap().iter().map(|role| text(&role["name"])).collect();
    assert!(roles.contains(&"$api-token-default-access".to_owned()));
}

#[tokio::test]
async fn the_kind_of_key_decides_who_the_caller_is() {
    let api = Api::start().await;
    let mut names = Vec::new();
    for kind in ["api_token", "oauth_client", "user"] {
        api.switch("key_kind", json!(kind));
        let (_, whoami) = api.get("whoami").await;
        assert_eq!(whoami["assignedRole"]["name"], "$admin");
        names.push(text(&api.get("users/current").await.1["username"]));
    }
    assert!(names[0].starts_with("service-account-apikey-"));
    assert!(names[1].starts_with("service-account-oauth-client-"));
    assert_eq!(names[2], "admin");
}

/// Trades the credentials of a client for a bearer token.
async fn token(api: &Api, id: &str, secret: &str) -> Answer {
    let url = format!("{}/api/service/oauth-clients/token", api.base_url());
    answer(api.http.post(url).json(&json!({ "clientId": id, "clientSecret": secret }))).await
}

#[tokio::test]
async fn an_oauth_client_gets_a_token_that_lapses() {
    let api = Api::start().await;
    api.switch("oauth_token_seconds", json!(60));
    let (id, secret) = api.oauth_client();
    let (status, body) = token(&api, &id, &secret).await;
    assert_eq!((status, &body["tokenType"], &body["expiresIn"]), (200, &json!("Bearer"), &json!(60)));
    let bearer = text(&body["accessToken"]);
    let (_, me) = with_bearer(&api, &bearer).await;
    assert_eq!(me["username"], format!("service-account-{id}"));
    api.advance(Duration::from_secs(61));
    assert_eq!(with_bearer(&api, &bearer).await.0, 401);
    assert_eq!(token(&api, &id, "wrong").await.0, 401);
    assert_eq!(token(&api, "none", &secret).await.0, 401);
    assert_eq!(api.journal()[0].body, Some(json!({ "clientId": id, "clientSecret": "***" })));
    assert!(api.journal().writes().is_empty(), "fetching a token changes nothing");
}

#[tokio::test]
async fn a_client_may_do_what_its_role_allows() {
    let api = Api::start().await;
    let (_, client) = api
        .post(
            "oauth-clients",
            json!({ "displayName": "reader", "description": "", "role": "$guest", "personaQNs": [] }),
        )
        .await;
    let (_, body) = token(&api, &text(&client["clientId"]), &text(&client["clientSecret"])).await;
    let bearer = text(&body["accessToken"]);
    let url = format!("{}/api/service/groups", api.base_url());
    assert_eq!(answer(api.http.get(&url).bearer_auth(&bearer)).await.0, 200);
    let create = api.http.post(&url).bearer_auth(&bearer).json(&crate::harness::group_body("a"));
    assert_eq!(answer(create).await.0, 403);
    let deleted = api.request(Method::DELETE, &format!("oauth-clients/{}", text(&client["clientId"])));
    assert_eq!(answer(deleted).await, (200, Value::Null));
    assert_eq!(with_bearer(&api, &bearer).await.0, 401);
}

#[tokio::test]
async fn disabling_the_creator_can_kill_the_token() {
    let api = Api::start().await;
    api.disable("admin@example.com").unwrap();
    assert_eq!(api.get("users").await.0, 200);
    api.switch("creator_disabled_kills_token", json!(true));
    assert_eq!(api.get("users").await.0, 401);
    api.enable("admin@example.com").unwrap();
    assert_eq!(api.get("users").await.0, 200);
}
