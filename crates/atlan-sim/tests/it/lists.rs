//! Envelope, pages, sorting, totals: the same for every list.

use std::collections::BTreeSet;

use atlan_sim::Options;
use serde_json::{Value, json};

use crate::harness::{Api, column};

/// A tenant with 25 people (the admin among them) and 7 groups, at most 10 records a page.
async fn tenant() -> Api {
    Api::with(Options { users: 24, groups: 7, page_limit: 10, ..Options::default() }).await
}

fn size(answer: (u16, Value)) -> usize {
    assert_eq!(answer.0, 200, "{}", answer.1);
    answer.1["records"].as_array().unwrap().len()
}

#[tokio::test]
async fn paging_yields_every_record_once() {
    let api = tenant().await;
    for (limit, expected) in [(9, vec![9, 9, 7, 0]), (10, vec![10, 10, 5, 0]), (5, vec![5, 5, 5, 5, 5, 0])] {
        for sort in ["", "&sort=username", "&sort=-email"] {
            let (mut sizes, mut seen) = (Vec::new(), BTreeSet::new());
            for page in 0..expected.len() {
                let answer = api.get(&format!("users?limit={limit}&offset={}{sort}", page * limit)).await;
                let ids = column(&answer, "id");
                sizes.push(ids.len());
                seen.extend(ids);
                assert_eq!((&answer.1["totalRecord"], &answer.1["filterRecord"]), (&json!(25), &json!(25)));
            }
            assert_eq!((&sizes, seen.len()), (&expected, 25), "limit {limit}{sort}");
        }
    }
}

#[tokio::test]
async fn the_limit_has_a_default_and_a_ceiling() {
    let api = tenant().await;
    api.switch("default_limit", json!(7));
    assert_eq!(size(api.get("users").await), 7);
    assert_eq!(size(api.get("users?limit=").await), 7);
    assert_eq!(size(api.get("users?limit=0").await), 7);
    assert_eq!(size(api.get("users?limit=11").await), 10, "clamped");
    api.set(json!({ "limit_zero": "empty", "limit_over_max": "bad_request" })).unwrap();
    assert_eq!(size(api.get("users?limit=0").await), 0);
    assert_eq!(api.get("users?limit=11").await.0, 400);
    api.set(json!({ "page_limit": 100, "default_limit": 20 })).unwrap();
    assert_eq!(size(api.get("users").await), 20);
    for bad in ["limit=-1", "limit=x", "offset=-1", "count=perhaps", "sort=shoe", "filter=x"] {
        assert_eq!(api.get(&format!("users?{bad}")).await.0, 400, "{bad}");
    }
}

#[tokio::test]
async fn sorting_goes_both_ways() {
    let api = tenant().await;
    let mut names = column(&api.get("v2/groups?sort=name&limit=10").await, "name");
    assert!(names.is_sorted());
    assert_eq!(column(&api.get("v2/groups?sort=%2Bname&limit=10").await, "name"), names);
    assert_eq!(column(&api.get("v2/groups?sort=+name&limit=10").await, "name"), names);
    names.reverse();
    assert_eq!(column(&api.get("v2/groups?sort=-name&limit=10").await, "name"), names);
    let newest = column(&api.get("groups?sort=-createdAt&limit=1").await, "name");
    assert_eq!(newest, ["marketing_7"]);
}

#[tokio::test]
async fn totals_count_everything_or_what_matched() {
    let api = tenant().await;
    let count = async || {
        let body = api.filtered("v2/groups", json!({ "name": "risk_11" })).await.1;
        let none = (body["totalRecord"].clone(), body["filterRecord"].clone());
        let body = api.filtered("v2/groups", json!({ "name": "finance_4" })).await.1;
        (none, (body["totalRecord"].clone(), body["filterRecord"].clone()))
    };
    assert_eq!(count().await, ((json!(7), json!(0)), (json!(7), json!(1))));
    api.switch("total_record", json!("filtered"));
    assert_eq!(count().await, ((json!(0), json!(0)), (json!(1), json!(1))));
}

#[tokio::test]
async fn totals_can_be_left_out() {
    let api = tenant().await;
    let counted = async |query: &str| api.get(&format!("users{query}")).await.1.get("totalRecord").is_some();
    assert!(counted("?count=true").await && counted("?count=True").await && counted("").await);
    assert!(!counted("?count=false").await);
    api.set(json!({ "count_false": "include", "count_absent": "omit" })).unwrap();
    assert!(counted("?count=false").await && counted("?count=true").await);
    assert!(!counted("").await);
}

#[tokio::test]
async fn an_empty_page_is_an_array_or_null_but_for_users() {
    let api = tenant().await;
    for (value, expected) in [("array", json!([])), ("null", Value::Null)] {
        api.switch("empty_records", json!(value));
        for path in ["v2/groups", "roles", "apikeys", "oauth-clients"] {
            assert_eq!(api.get(&format!("{path}?offset=50")).await.1["records"], expected, "{path}");
        }
        assert_eq!(api.get("users?offset=50").await.1["records"], json!([]));
    }
}

#[tokio::test]
async fn roles_are_listed_as_the_sdks_ask() {
    let api = tenant().await;
    let cache = api.get("roles?count=True&offset=0&limit=10&filter=%7B%22name%22%3A%7B%22%24ilike%22%3A%22%24%25%22%7D%7D").await;
    let names = column(&cache, "name");
    for name in ["$admin", "$member", "$guest", "$api-token-default-access"] {
        assert!(names.contains(&name.to_owned()), "{name}");
    }
    assert!(names.iter().all(|name| name.starts_with('$')));
    let levels = json!({ "$or": [{ "level": "workspace" }, { "level": "admin-subrole" }] });
    assert_eq!(api.filtered("roles", levels).await.1["filterRecord"], 6);
    let admin = api.one("roles", json!({ "name": "$admin" })).await;
    assert_eq!((&admin["description"], &admin["memberCount"]), (&json!("Admin"), &json!("1")));
    assert_eq!((&admin["userCount"], &admin["level"]), (&json!("1"), &json!("workspace")));
}

#[tokio::test]
async fn filters_follow_their_switches() {
    let api = tenant().await;
    let matched = async |filter: Value| {
        let (status, body) = api.filtered("users", filter).await;
        if status == 200 { body["filterRecord"].as_u64() } else { None }
    };
    let shoe = json!({ "shoe": "42" });
    assert_eq!(matched(shoe.clone()).await, None);
    api.switch("filter_unknown_field", json!("ignore"));
    assert_eq!(matched(shoe.clone()).await, Some(25));
    api.switch("filter_unknown_field", json!("match_none"));
    assert_eq!(matched(shoe).await, Some(0));
    let underscore = json!({ "username": { "$ilike": "ad_in" } });
    assert_eq!(matched(underscore.clone()).await, Some(1));
    api.switch("ilike_underscore", json!("literal"));
    assert_eq!(matched(underscore).await, Some(0));
    let capitals = json!({ "email": { "$in": ["ADMIN@example.com"] } });
    assert_eq!(matched(capitals.clone()).await, Some(0));
    api.switch("filter_case_sensitive", json!(false));
    assert_eq!(matched(capitals).await, Some(1));
}

#[tokio::test]
async fn the_same_numbers_make_the_same_people_and_groups() {
    let (one, two) = (tenant().await, tenant().await);
    assert_eq!(one.groups(), two.groups());
    assert_eq!(one.users(), two.users());
    let created = async |api: &Api| (api.group("a").await, api.member("ada@example.com").await);
    assert_eq!(created(&one).await, created(&two).await);
}

#[tokio::test]
async fn a_tenant_of_fifty_thousand_answers_look_ups_from_its_indexes() {
    let api = Api::with(Options { users: 50_000, groups: 200, ..Options::default() }).await;
    let people = api.get("users?limit=100&offset=49900&sort=username&columns=email").await;
    let emails = column(&people, "email");
    assert_eq!((emails.len(), &people.1["totalRecord"]), (100, &json!(50_001)));
    let found = api.filtered("users?limit=100", json!({ "email": { "$in": emails } })).await;
    assert_eq!(found.1["filterRecord"], 100);
}

#[tokio::test]
async fn counts_may_be_absent_and_columns_unknown() {
    let api = tenant().await;
    let first = |answer: (u16, Value)| answer.1["records"][0].clone();
    for (value, counted) in [("present", true), ("absent", false)] {
        api.switch("list_counts", json!(value));
        assert_eq!(first(api.get("users").await).get("groupCount").is_some(), counted, "{value}");
        assert_eq!(first(api.get("v2/groups").await).get("userCount").is_some(), counted, "{value}");
    }
    assert_eq!(api.get("users?columns=email&columns=isScimUser").await.0, 200);
    api.switch("column_unknown", json!("bad_request"));
    assert_eq!(api.get("users?columns=email&columns=isScimUser").await.0, 400);
    assert_eq!(api.get("users?columns=email&columns=isLocked&columns=assignedRole").await.0, 200);
}
