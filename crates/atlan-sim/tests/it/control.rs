//! The control routes over HTTP; the same in process is used all over these tests.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Api, group_body};

#[tokio::test]
async fn the_journal_is_read_and_cleared() {
    let api = Api::start().await;
    let create = api.request(Method::POST, "groups?x=%20y").json(&group_body("a"));
    let create = create
        .header("user-agent", "test/1")
        .header("x-atlan-agent-id", "terraform")
        .header("x-atlan-request-id", "r");
    create.send().await.unwrap();
    api.get("users").await;
    let (status, journal) = api.control(Method::GET, "requests", Value::Null).await;
    assert_eq!((status, journal.as_array().map(Vec::len)), (200, Some(2)));
    let entry = &journal[0];
    for (field, expected) in [
        ("method", json!("POST")),
        ("path", json!("/api/service/groups")),
        ("query", json!("x=%20y")),
        ("body", group_body("a")),
        ("status", json!(200)),
        ("outcome", json!("answered")),
        ("authorization", json!("right")),
        ("user_agent", json!("test/1")),
        ("request_id", json!("r")),
        ("agent", json!({ "x-atlan-agent-id": "terraform" })),
    ] {
        assert_eq!(entry[field], expected, "{field}");
    }
    assert!(entry["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    let seen = api.journal();
    assert_eq!(seen.to_string(), "POST /api/service/groups 200\nGET /api/service/users 200\n");
    assert_eq!((seen.writes().len(), seen.count("GET", "*"), seen.on("*", "*/groups").len()), (1, 1, 1));
    assert_eq!(seen[0].parameter("x").as_deref(), Some(" y"));
    assert_eq!(api.control(Method::DELETE, "requests", Value::Null).await.0, 200);
    assert!(api.journal().is_empty(), "control requests are not in it either");
}

/// So that a test states in one line what something costs.
#[tokio::test]
async fn the_journal_is_grouped_by_kind() {
    let api = Api::start().await;
    let (one, other) = ("0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910", "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b");
    for path in [
        format!("groups/{one}/members?limit=100"),
        format!("groups/{other}/members"),
        format!("oauth-clients/oauth-client-{one}"),
        "users".to_owned(),
        "idp/okta/mappers".to_owned(),
    ] {
        api.get(&path).await;
    }
    api.request(Method::POST, "groups").json(&group_body("a")).send().await.unwrap();
    assert_eq!(
        api.journal().by_kind().to_string(),
        "2 GET /groups/*/members, 1 GET /idp/okta/mappers, 1 GET /oauth-clients/*, 1 GET /users, 1 POST /groups"
    );
    assert_eq!(api.journal().writes().by_kind().to_string(), "1 POST /groups");
    let (status, kinds) = api.control(Method::GET, "requests/kinds", Value::Null).await;
    assert_eq!((status, &kinds["GET /api/service/groups/*/members"]), (200, &json!(2)), "{kinds}");
    api.control(Method::DELETE, "requests", Value::Null).await;
    assert_eq!(api.journal().by_kind().to_string(), "");
}

#[tokio::test]
async fn reset_brings_back_the_start() {
    let api = Api::start().await;
    let before = api.group("a").await;
    api.member("ada@example.com").await;
    api.switch("page_limit", json!(5));
    api.control(Method::PUT, "faults", json!([{ "path": "/never", "status": 500 }])).await;
    assert_eq!(api.control(Method::POST, "reset", Value::Null).await.0, 200);
    assert!(api.journal().is_empty() && api.groups().is_empty() && api.mails().is_empty());
    assert_eq!(api.users().len(), 1);
    assert_eq!(api.control(Method::GET, "settings", Value::Null).await.1["page_limit"], 100);
    assert_eq!(api.control(Method::GET, "faults", Value::Null).await.1, json!([]));
    assert_ne!(api.group("a").await, before, "GUIDs are not used again");
}

#[tokio::test]
async fn people_accept_expire_and_are_disabled() {
    let api = Api::start().await;
    let fate = async |email: &str, fate: &str| {
        api.control(Method::POST, &format!("users/{email}/{fate}"), Value::Null).await.0
    };
    api.set(json!({ "invite_plus_address": "accept" })).unwrap();
    api.invited("ada+1@example.com").await;
    assert_eq!(fate("ada%2B1%40example.com", "expire").await, 200);
    assert_eq!(fate("ada+1@example.com", "accept").await, 409, "expired");
    api.invited("bob@example.com").await;
    assert_eq!(fate("BOB@example.com", "accept").await, 200);
    assert_eq!(fate("bob@example.com", "expire").await, 409, "accepted");
    assert_eq!(fate("bob@example.com", "disable").await, 200);
    assert!(!api.user("bob@example.com").unwrap().enabled);
    assert_eq!(fate("bob@example.com", "enable").await, 200);
    assert_eq!(fate("bob@example.com", "remove").await, 200);
    assert_eq!(fate("bob@example.com", "disable").await, 404);
    assert_eq!(fate("ada+1@example.com", "promote").await, 404);
}

#[tokio::test]
async fn settings_faults_and_time_are_set() {
    let api = Api::start().await;
    let (status, settings) = api.control(Method::PUT, "settings", json!({ "invite_batch": "partial" })).await;
    assert_eq!(
        (status, &settings["invite_batch"], &settings["page_limit"]),
        (200, &json!("partial"), &json!(100))
    );
    assert_eq!(api.control(Method::PUT, "settings", json!({ "invite_batch": "never" })).await.0, 400);
    assert_eq!(api.control(Method::PUT, "settings", json!({ "invite_bitch": "never" })).await.0, 400);

    let rules = json!([{ "method": "GET", "status": 503, "count": 1 }]);
    assert_eq!(api.control(Method::PUT, "faults", rules).await.0, 200);
    assert_eq!(api.control(Method::GET, "faults", Value::Null).await.1[0]["status"], 503);
    assert_eq!([api.get("users").await.0, api.get("users").await.0], [503, 200]);
    assert_eq!(api.control(Method::PUT, "faults", json!([{ "statis": 1 }])).await.0, 400);
    assert_eq!(api.control(Method::PUT, "faults", json!([{ "status": 1 }])).await.0, 400);
    assert_eq!(api.control(Method::DELETE, "faults", Value::Null).await.0, 200);

    api.invited("ada@example.com").await;
    let (status, clock) =
        api.control(Method::POST, "clock", json!({ "advance_ms": 8 * 24 * 3600 * 1000_u64 })).await;
    assert!(status == 200 && clock["now"].is_string());
    assert!(api.accept("ada@example.com").is_err(), "the invitation has run out");
    let (_, mails) = api.control(Method::GET, "mails", Value::Null).await;
    assert_eq!((&mails[0]["email"], &mails[0]["again"]), (&json!("ada@example.com"), &json!(false)));
    assert_eq!(api.control(Method::GET, "nothing", Value::Null).await.0, 404);
}

/// Another program may get the port right away, but not each time.
#[tokio::test]
async fn dropping_the_simulator_closes_its_port() {
    let mut closed = false;
    for _ in 0..5 {
        let api = Api::start().await;
        let address = api.base_url().trim_start_matches("http://").to_owned();
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(api);
        closed |= std::net::TcpStream::connect(&address).is_err();
    }
    assert!(closed);
}

#[tokio::test]
async fn answers_are_dated_by_the_clock_of_the_tenant() {
    let api = Api::start().await;
    let date = async || {
        let answer = api.request(Method::GET, "users").send().await.unwrap();
        let dates: Vec<_> = answer.headers().get_all("date").iter().collect();
        assert_eq!(dates.len(), 1);
        dates[0].to_str().unwrap().to_owned()
    };
    let parse = |date: &str| {
        jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).expect("a date").as_second()
    };
    let before = parse(&date().await);
    api.advance(Duration::from_secs(3600));
    assert!((3600..3700).contains(&(parse(&date().await) - before)));
}

#[tokio::test]
async fn people_may_come_without_an_invitation() {
    let api = Api::start().await;
    let newcomer = json!({ "email": "Eve.Roe@example.com", "role": "$guest", "scim": true });
    assert_eq!(api.control(Method::POST, "users", newcomer.clone()).await.0, 200);
    let eve = api.users().pop().expect("somebody");
    assert_eq!((eve.email.as_str(), eve.role, eve.pending), ("eve.roe@example.com", "$guest", false));
    let shown = api.get("users?filter={\"email\":\"eve.roe@example.com\"}").await.1["records"][0].clone();
    assert_eq!((&shown["isScimUser"], &shown["firstName"]), (&json!(true), &json!("Eve")));
    assert!(shown["attributes"].get("invitedAt").is_none() && shown["lastLoginTime"].is_number(), "{shown}");
    assert!(api.mails().is_empty());
    assert_eq!(api.control(Method::POST, "users", newcomer).await.0, 409);
    let owner = json!({ "email": "x@example.com", "role": "owner" });
    assert_eq!(api.control(Method::POST, "users", owner).await.0, 400);
}

#[tokio::test]
async fn memberships_are_shown() {
    let api = Api::start().await;
    let (_, none) = api.control(Method::GET, "memberships", Value::Null).await;
    assert_eq!(none, json!([]));
    api.invite("ada@example.com", "$member").await;
    let ada = api.user("ada@example.com").unwrap().id;
    api.request(Method::POST, "groups").json(&group_body("a")).send().await.unwrap();
    let group = api.groups()[0].id.clone();
    let body = json!({ "users": [ada] });
    api.request(Method::POST, &format!("groups/{group}/members")).json(&body).send().await.unwrap();
    let (_, shown) = api.control(Method::GET, "memberships", Value::Null).await;
    let expected = json!([{ "group_id": group, "group": "a", "user_id": ada, "email": "ada@example.com" }]);
    assert_eq!(shown, expected);
}

/// People set switches by hand, so each must be in the table.
#[tokio::test]
async fn the_readme_lists_every_switch() {
    let api = Api::start().await;
    let (_, settings) = api.control(Method::GET, "settings", Value::Null).await;
    let readme = include_str!("../../README.md");
    let names = settings.as_object().unwrap().keys();
    let missing: Vec<&String> = names.filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
