//! `atlan_users`.

use atlan_sim::{KeyKind, Options, Rule, Sim};
use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::unknown;

use super::{read, refused, requests};
use crate::harness::*;

fn emails(found: &Value) -> String {
    found["users"].as_object().expect("users").keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// An active admin, a pending member, a disabled guest who came by SCIM, and a person of another domain.
async fn some_people() -> Sim {
    let sim = tenant(KeyKind::ApiToken).await;
    sim.invite("pending@example.com", "$member").expect("invited");
    sim.admit("scim@example.com", "$guest", true).expect("a newcomer");
    sim.disable("scim@example.com").expect("disabled");
    sim.admit("eve@sub.example.com", "$member", false).expect("a newcomer");
    sim
}

#[tokio::test]
async fn people_are_filtered_by_all_arguments_together() {
    let sim = some_people().await;
    let core = core(&sim);
    for (config, expected, missing) in [
        (json!({}), "admin@example.com eve@sub.example.com pending@example.com scim@example.com", json!([])),
        (json!({ "role": "member" }), "eve@sub.example.com pending@example.com", json!([])),
        (json!({ "status": "active" }), "admin@example.com eve@sub.example.com", json!([])),
        (json!({ "status": "disabled", "role": "$guest" }), "scim@example.com", json!([])),
        (json!({ "email_domain": "Example.com", "role": "$member" }), "pending@example.com", json!([])),
        (
            json!({ "emails": ["EVE@sub.example.com", "Nobody@example.com", "scim@example.com"] }),
            "eve@sub.example.com scim@example.com",
            json!(["nobody@example.com"]),
        ),
        (
            json!({ "emails": ["scim@example.com", "x@example.com"], "status": "active" }),
            "",
            json!(["x@example.com"]),
        ),
        (json!({ "emails": [] }), "", json!([])),
    ] {
        let found = read(&core, "atlan_users", config.clone()).await;
        assert_eq!((emails(&found).as_str(), &found["missing"]), (expected, &missing), "{config}");
    }
    let found = read(&core, "atlan_users", json!({ "status": "disabled" })).await;
    found["users"].check(expect![[r#"{"scim@example.com":{"id":"<guid>","invited_at":null,"is_scim":true,"role":"$guest","status":"disabled","username":"scim"}}"#]]);
}

#[tokio::test]
async fn addresses_take_a_request_for_seventy_five_and_absence_few_more() {
    let sim = Sim::start(Options { users: 5000, ..Options::default() }).await.expect("a simulator");
    let there: Vec<String> = sim.users().into_iter().skip(1).map(|user| user.email).collect();
    let absent: Vec<String> = (0..50).map(|n| format!("nobody-{n}@example.com")).collect();
    for (present, missing, most) in
        [(75, 0, 1), (150, 0, 2), (1, 0, 1), (0, 1, 1), (74, 1, 2), (75, 50, 5), (0, 50, 5)]
    {
        sim.clear_journal();
        let emails: Vec<&String> = there[..present].iter().chain(&absent[..missing]).collect();
        let found = read(&core(&sim), "atlan_users", json!({ "emails": emails })).await;
        assert_eq!(found["users"].as_object().map(serde_json::Map::len), Some(present));
        assert_eq!(found["missing"].as_array().map(Vec::len), Some(missing));
        let sent = sim.journal().len();
        assert!(sent <= most, "{present} there and {missing} not: {}", sim.journal());
    }
}

#[tokio::test]
async fn everybody_costs_the_pages_once_a_run() {
    let sim = Sim::start(Options { users: 450, ..Options::default() }).await.expect("a simulator");
    let run = core(&sim).one_run();
    for config in [json!({}), json!({ "role": "$guest" }), json!({ "status": "pending" })] {
        read(&run, "atlan_users", config).await;
    }
    let person = sim.users().remove(5);
    read(&run, "atlan_user", json!({ "username": person.username })).await;
    read(&run, "atlan_user", json!({ "email": person.email })).await;
    assert_eq!(requests(&sim), [("GET users".to_owned(), 5)]);
}

#[tokio::test]
async fn addresses_in_any_case_are_found_whatever_filters_do() {
    for switches in [
        json!({}),
        json!({ "filter_in_refused": { "email": "bad_request" } }),
        json!({ "filter_in_refused": { "email": "ignore" } }),
        json!({ "filter_or": "match_none" }),
        json!({ "filter_or": "bad_request" }),
        json!({ "filter_or": "first" }),
        json!({ "filter_case_sensitive": false }),
    ] {
        let sim = Sim::start(Options { users: 300, ..Options::default() }).await.expect("a simulator");
        sim.set(json!({ "email_case": "preserve" })).expect("a switch");
        sim.admit("Ada.L@Example.com", "$member", false).expect("a newcomer");
        sim.set(switches.clone()).expect("switches");
        let generated = sim.users().remove(3).email;
        let config = json!({ "emails": ["ada.l@example.com", "x@example.com", "y@example.com", generated.to_uppercase()] });
        for mode in ["auto", "snapshot", "single"] {
            let core = core_with(&sim, json!({ "read_mode": mode }));
            let found = read(&core, "atlan_users", config.clone()).await;
            assert_eq!(emails(&found), format!("ada.l@example.com {generated}"), "{switches} {mode}");
            assert_eq!(found["missing"], json!(["x@example.com", "y@example.com"]), "{switches} {mode}");
        }
    }
}

#[tokio::test]
async fn too_many_people_and_two_of_one_address_are_errors_and_people_without_address_left_out() {
    let sim = some_people().await;
    let core = core(&sim);
    let mut said = String::new();
    said += &refused(&core, "atlan_users", json!({ "max_results": 3 })).await;
    assert_eq!(
        emails(&read(&core, "atlan_users", json!({ "max_results": 2, "role": "$member" })).await).len(),
        39
    );
    sim.set(json!({ "foreign_records": "no_email" })).expect("a switch");
    assert_eq!(emails(&read(&core, "atlan_users", json!({ "role": "$guest" })).await), "scim@example.com");
    sim.set(json!({ "email_case": "preserve" })).expect("a switch");
    sim.admit("Eve@sub.example.com", "$guest", false).expect("a newcomer");
    said += "\n";
    said += &refused(&core, "atlan_users", json!({})).await;
    said.check(expect![[r#"
        error at max_results: Too many people
          4 people match, more than max_results = 3. The result is stored in the state. Narrow it by `emails`, `role`, `status`, `email_domain` or `group_id`, or raise `max_results`.
        error: Two people have the address eve@sub.example.com
          In this tenant the case of addresses counts: the people with the GUIDs <guid> and <guid> have addresses that differ in nothing else. `users` has one entry for each address in lower case. Use arguments that only one of them matches."#]]);
    let narrower =
        read(&core, "atlan_users", json!({ "role": "$guest", "email_domain": "sub.example.com" })).await;
    assert_eq!(emails(&narrower), "eve@sub.example.com");
}

#[tokio::test]
async fn a_list_without_addresses_is_an_error_and_nobody_is_missing() {
    let sim = some_people().await;
    let record = json!({ "id": "00000000-0000-4000-8000-000000000001", "username": "a", "enabled": true });
    let body = json!({ "totalRecord": 1, "filterRecord": 1, "records": [record] });
    sim.fault(Rule { body: Some(body), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
    for config in [json!({}), json!({ "emails": ["ada@example.com"] })] {
        let said = refused(&core(&sim), "atlan_users", config.clone()).await;
        assert!(said.contains("`records[0].email` is missing"), "{config}: {said}");
    }
}

#[tokio::test]
async fn bad_filters_are_refused_before_any_request_and_unknown_ones_wait() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim);
    let mut said = String::new();
    for config in [
        json!({ "emails": ["ada@example.com", "ada"] }),
        json!({ "emails": ["ada@example.com", null] }),
        json!({ "role": "owner" }),
        json!({ "status": "gone" }),
        json!({ "email_domain": "@example.com" }),
        json!({ "max_results": 0 }),
    ] {
        said += &format!("{config}\n{}\n", refused(&core, "atlan_users", config.clone()).await);
    }
    said.check(expect![[r#"
        {"emails":["ada@example.com","ada"]}
        error at emails: Invalid value for "emails"
          Element 0: "ada" is not an email address such as "ada@example.com": Missing separator character '@'.
        {"emails":["ada@example.com",null]}
        error at emails: Invalid value for "emails"
          It must not hold null.
        {"role":"owner"}
        error at role: Invalid value for "role"
          It must be one of "$admin" (also "admin"), "$member" (also "member") or "$guest" (also "guest"), not "owner".
        {"status":"gone"}
        error at status: Invalid value for "status"
          It must be one of "pending", "expired", "active" or "disabled", not "gone".
        {"email_domain":"@example.com"}
        error at email_domain: Invalid value for "email_domain"
          It must be what follows the `@` of an email address, such as "example.com".
        {"max_results":0}
        error at max_results: Invalid value for "max_results"
          It must be at least 1, not 0.
    "#]]);
    let source = core.data_source("atlan_users");
    assert!(source.read(json!({ "emails": ["ada@example.com", unknown()] })).await.is_put_off());
    assert!(sim.journal().is_empty(), "{}", sim.journal());
    let later = source.try_read_in_apply(json!({ "emails": ["ada@example.com"] })).await.expect("people");
    assert_eq!(later.value()["missing"], json!(["ada@example.com"]));
}
