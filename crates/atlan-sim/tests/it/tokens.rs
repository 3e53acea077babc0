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

#[tokio::test]
async fn the_switch_says_which_credentials_work_with_tokens() {
    let api = Api::start().await;
    let (_, token) = api.post("apikeys", body("n")).await;
    let path = format!("apikeys/{}", text(&token["id"]));
    let statuses = async || {
        let (list, made) = (api.get("apikeys").await.0, api.post("apikeys", body("m")).await.0);
        let changed = api.post(&path, body("o")).await.0;
        [list, made, changed, answer(api.request(Method::DELETE, &path)).await.0]
    };
    api.switch("token_with", json!(["user", "oauth_client"]));
    assert_eq!(statuses().await, [403; 4]);
    assert_eq!(api.get("oauth-clients").await.0, 200, "OAuth clients are something else");
    api.switch("token_with", json!("all"));
    assert_eq!(statuses().await, [200; 4]);
}

#[tokio::test]
async fn personas_of_an_update_replace_the_others_are_added_or_are_ignored_if_there_are_none() {
    let api = Api::start().await;
    let (old, new) = ("default/LzgnFM", "default/Pq7wXa");
    for (value, after_one, after_none) in [
        ("replace", json!([new]), json!([])),
        ("merge", json!([old, new]), json!([old, new])),
        ("keep_when_empty", json!([new]), json!([new])),
    ] {
        api.switch("token_update_personas", json!(value));
        let (_, token) = api.post("apikeys", body(value)).await;
        let path = format!("apikeys/{}", text(&token["id"]));
        for (sent, expected) in [(json!([new]), after_one), (json!([]), after_none)] {
            let edit = json!({ "displayName": value, "personaQualifiedNames": sent });
            let (_, updated) = api.post(&path, edit).await;
            assert_eq!(updated["attributes"]["personaQualifiedName"], expected, "{value}: {sent}");
        }
    }
}

#[tokio::test]
async fn a_life_below_the_least_is_refused() {
    let api = Api::start().await;
    let made = async |seconds: i64| {
        api.post("apikeys", json!({ "displayName": "n", "validitySeconds": seconds })).await.0
    };
    assert_eq!(made(0).await, 200);
    api.switch("token_min_validity_seconds", json!(3600));
    assert_eq!((made(3599).await, made(3600).await), (400, 200));
    assert_eq!(made(-1).await, 200, "five years");
}

fn client_body(name: &str) -> Value {
    json!({ "displayName": name, "description": "", "role": "$guest" })
}

#[tokio::test]
async fn a_new_token_or_client_shows_late() {
    let api = Api::start().await;
    api.switch("token_visible_after_ms", json!(60_000));
    for (path, body) in [("apikeys", body("late")), ("oauth-clients", client_body("late"))] {
        let found = async || {
            api.filtered(path, json!({ "displayName": "late" })).await.1["records"].as_array().map(Vec::len)
        };
        assert_eq!(api.post(path, body).await.0, 200);
        api.advance(Duration::from_secs(30));
        assert_eq!(found().await, Some(0), "{path}");
        api.advance(Duration::from_secs(31));
        assert_eq!(found().await, Some(1), "{path}");
    }
}

#[tokio::test]
async fn a_lost_create_has_made_what_it_calls_a_failure() {
    let api = Api::start().await;
    for (value, status) in [(false, 200), (true, 500)] {
        api.switch("token_create_lost", json!(value));
        for (path, body) in [("apikeys", body as fn(&str) -> Value), ("oauth-clients", client_body)] {
            let name = status.to_string();
            let (answered, said) = api.post(path, body(&name)).await;
            assert_eq!(answered, status, "{path}: {said}");
            assert!(
                !value || !said.to_string().contains("eyJ") && said.get("clientSecret").is_none(),
                "{said}"
            );
            api.one(path, json!({ "displayName": name })).await;
        }
    }
}

#[tokio::test]
async fn the_record_of_an_expired_token_stays_or_goes() {
    let api = Api::start().await;
    for (value, left) in [("keep", 1), ("remove", 0)] {
        api.switch("expired_token_record", json!(value));
        let found = async || {
            api.filtered("apikeys", json!({ "displayName": value })).await.1["records"]
                .as_array()
                .map(Vec::len)
        };
        assert_eq!(api.post("apikeys", body(value)).await.0, 200);
        api.advance(Duration::from_secs(3599));
        assert_eq!(found().await, Some(1), "{value}: it lives");
        api.advance(Duration::from_secs(2));
        assert_eq!(found().await, Some(left), "{value}");
    }
}

#[tokio::test]
async fn what_is_deleted_twice_is_not_found_or_fine() {
    let api = Api::start().await;
    for (value, again) in [("not_found", 404), ("ok", 200)] {
        api.switch("token_delete_missing", json!(value));
        for (path, body, id) in
            [("apikeys", body(value), "id"), ("oauth-clients", client_body(value), "clientId")]
        {
            let (_, made) = api.post(path, body).await;
            let one = format!("{path}/{}", text(&made[id]));
            let delete = || answer(api.request(Method::DELETE, &one));
            assert_eq!((delete().await.0, delete().await.0), (200, again), "{value}: {path}");
            assert_eq!(
                api.filtered(path, json!({ "displayName": value })).await.1["records"],
                json!([]),
                "{value}: {path}"
            );
        }
    }
}
