//! API tokens and OAuth clients.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Api, answer, fields, text};

fn body(name: &str) -> Value {
    json!({ "displayName": name, "description": "", "personaQualifiedNames": ["default/LzgnFM"], "validitySeconds": 3600 })
}

#[tokio::test]
async fn a_token_is_created_used_updated_and_deleted() {
    let mut api = Api::start().await;
    let (status, token) = api.post("apikeys", body("n")).await;
    assert_eq!(status, 200);
    let (id, secret) = (text(&token["id"]), text(&token["attributes"]["accessToken"]));
    assert!(text(&token["clientId"]).starts_with("apikey-"));
    assert_eq!(token["attributes"]["access.token.lifespan"], "3600");

    let listed = api.one("apikeys", json!({ "displayName": "n" })).await;
    assert!(!fields(&listed["attributes"]).contains(&"accessToken"), "the secret is shown once");
    assert_eq!(listed["attributes"]["personaQualifiedName"], r#"["default/LzgnFM"]"#);
    let strings = listed["attributes"].as_object().unwrap().values();
    assert!(strings.into_iter().all(|value| value.is_string() || value.is_null()));

    let key = std::mem::replace(&mut api.bearer, secret);
    assert_eq!(
        text(&api.get("users/current").await.1["username"]),
        format!("service-account-{}", text(&token["clientId"]))
    );
    api.advance(Duration::from_secs(3601));
    assert_eq!(api.get("users/current").await.0, 401, "its life is over");
    api.bearer = key;

    let edit = json!({ "displayName": "m", "description": "d", "personaQualifiedNames": [] });
    let (_, updated) = api.post(&format!("apikeys/{id}"), edit).await;
    assert_eq!(
        (&updated["displayName"], &updated["attributes"]["personaQualifiedName"]),
        (&json!("m"), &json!([]))
    );
    let delete = || answer(api.request(Method::DELETE, &format!("apikeys/{id}")));
    assert_eq!(delete().await, (200, Value::Null));
    assert_eq!(api.filtered("apikeys", json!({ "id": id })).await.1["records"], json!([]));
    assert_eq!(delete().await.0, 404);
}

#[tokio::test]
async fn a_life_out_of_range_is_five_years() {
    let api = Api::start().await;
    for seconds in [-1, 157_680_001] {
        let (_, token) = api.post("apikeys", json!({ "displayName": "n", "validitySeconds": seconds })).await;
        assert_eq!(token["attributes"]["access.token.lifespan"], "157680000");
    }
    assert_eq!(api.post("apikeys", json!({ "description": "" })).await.0, 400);
}

#[tokio::test]
async fn two_tokens_share_a_name_unless_that_is_a_conflict() {
    let api = Api::start().await;
    for (value, expected) in [("allow", 200), ("conflict", 409)] {
        api.switch("token_name_taken", json!(value));
        assert_eq!(api.post("apikeys", body("terraform")).await.0, expected);
        // A token may keep its own name.
        let (_, own) = api.post("apikeys", body(value)).await;
        let path = format!("apikeys/{}", text(&own["id"]));
        assert_eq!(api.post(&path, body(value)).await.0, 200);
        assert_eq!(api.post(&path, body("terraform")).await.0, expected);
    }
}

#[tokio::test]
async fn an_oauth_client_is_created_updated_and_deleted() {
    let api = Api::start().await;
    let create =
        json!({ "displayName": "n", "description": "", "role": "$member", "personaQNs": ["default/LzgnFM"] });
    let (status, client) = api.post("oauth-clients", create).await;
    let id = text(&client["clientId"]);
    assert!(status == 200 && id.starts_with("oauth-client-") && client["clientSecret"].is_string());
    let path = format!("oauth-clients/{id}");
    assert!(api.get(&path).await.1.get("clientSecret").is_none());

    let update =
        |method: Method, name: &str| answer(api.request(method, &path).json(&json!({ "displayName": name })));
    let (_, updated) = update(Method::PUT, "m").await;
    assert_eq!((&updated["displayName"], &updated["personaQNs"]), (&json!("m"), &json!(["default/LzgnFM"])));
    assert_eq!(update(Method::POST, "o").await.0, 200);
    for (value, put, post) in [("put", 200, 404), ("post", 404, 200)] {
        api.switch("oauth_update_method", json!(value));
        assert_eq!((update(Method::PUT, "p").await.0, update(Method::POST, "p").await.0), (put, post));
    }
    assert_eq!(api.one("oauth-clients", json!({ "displayName": "p" })).await["role"], "$member");
    assert_eq!(answer(api.request(Method::DELETE, &path)).await, (200, Value::Null));
    assert_eq!(api.get(&path).await.0, 404);
    assert_eq!(api.post("oauth-clients", json!({ "displayName": "n", "role": "$shoe" })).await.0, 400);
}

#[tokio::test]
async fn personas_are_found_by_name_and_unknown_ones_are_refused() {
    let api = Api::start().await;
    let search = async |terms: serde_json::Value| {
        let body = json!({ "dsl": { "from": 0, "size": 300, "query": { "bool": { "filter": terms } } } });
        let request = api.http.post(format!("{}/api/meta/search/indexsearch", api.base_url()));
        answer(request.bearer_auth(&api.bearer).json(&body)).await
    };
    let of_type = json!({ "term": { "__typeName.keyword": { "value": "PERSONA" } } });
    let named = |name: &str| json!([of_type, { "term": { "name.keyword": { "value": name } } }]);
    let (status, found) = search(named("Data Assets")).await;
    assert_eq!((status, &found["approximateCount"]), (200, &json!(1)));
    assert_eq!(found["entities"][0]["attributes"]["qualifiedName"], "default/LzgnFM");
    let (_, nobody) = search(named("Nobody")).await;
    assert_eq!((&nobody["approximateCount"], nobody.get("entities")), (&json!(0), None));
    assert_eq!(search(json!([of_type])).await.1["approximateCount"], 3);
    let tables = json!([{ "term": { "__typeName.keyword": "Table" } }]);
    assert_eq!(search(tables).await.1["approximateCount"], 0);

    let none = json!(["default/none"]);
    let token = json!({ "displayName": "n", "personaQualifiedNames": none, "validitySeconds": 60 });
    assert_eq!(api.post("apikeys", token).await.0, 400);
    let client = json!({ "displayName": "n", "role": "$guest", "personaQNs": none });
    assert_eq!(api.post("oauth-clients", client).await.0, 400);
}

#[tokio::test]
async fn the_control_route_says_which_tokens_are_alive_and_when_they_were_used_and_no_secret() {
    let mut api = Api::start().await;
    let (_, token) = api.post("apikeys", body("n")).await;
    let secret = text(&token["attributes"]["accessToken"]);
    let shown = async |api: &Api| {
        let (status, all) = api.control(Method::GET, "tokens", Value::Null).await;
        assert!(status == 200 && !all.to_string().contains("eyJ"), "{all}");
        all.as_array().unwrap().clone()
    };
    let all = shown(&api).await;
    assert_eq!(all.len(), 2, "the one that the tenant starts with, too");
    assert!(all[0]["last_used"].is_string() && all[1]["last_used"].is_null(), "{all:?}");
    assert_eq!((&all[1]["display_name"], &all[1]["alive"]), (&json!("n"), &json!(true)));
    let key = std::mem::replace(&mut api.bearer, secret);
    api.get("users/current").await;
    let first = text(&shown(&api).await[1]["last_used"]).parse::<jiff::Timestamp>().unwrap();
    api.advance(Duration::from_secs(60));
    api.get("users/current").await;
    let second = text(&shown(&api).await[1]["last_used"]).parse::<jiff::Timestamp>().unwrap();
    assert!((60..90).contains(&second.duration_since(first).as_secs()), "{first}, {second}");
    api.advance(Duration::from_secs(3601));
    api.bearer = key;
    let all = shown(&api).await;
    assert_eq!((&all[1]["alive"], &all[1]["last_used"]), (&json!(false), &json!(second.to_string())));
}
