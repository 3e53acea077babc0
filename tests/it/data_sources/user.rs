//! `atlan_user`.

use atlan_sim::{KeyKind, Options, Rule, Sim};
use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use super::{read, refused, requests};
use crate::harness::*;

async fn with_people(users: usize) -> Sim {
    Sim::start(Options { users, ..Options::default() }).await.expect("a simulator")
}

#[tokio::test]
async fn a_person_is_found_by_each_name_with_one_request() {
    let sim = with_people(300).await;
    let person = sim.users().remove(6);
    let username = person.username.clone().expect("a name");
    let (upper_id, upper_email) = (person.id.to_uppercase(), person.email.to_uppercase());
    for (argument, value) in [
        ("id", &person.id),
        ("id", &upper_id),
        ("email", &person.email),
        ("email", &upper_email),
        ("username", &username),
        ("username", &username.to_uppercase()),
    ] {
        sim.clear_journal();
        let mut found = read(&core(&sim), "atlan_user", json!({ argument: value })).await;
        assert_eq!(&found[argument], value, "the state keeps the spelling");
        (found["id"], found["email"], found["username"]) =
            (json!(person.id), json!(person.email), json!(username));
        let expected = json!({
            "id": person.id, "email": person.email, "username": username, "first_name": "Frances",
            "last_name": "Hoare", "role": "$member", "status": "active", "is_scim": false,
            "invited_at": "2024-01-01T00:07:00Z", "invited_by": "admin", "last_login_at": "2024-01-01T01:07:00Z",
            "include_groups": false, "groups": null, "timeouts": null,
        });
        assert_eq!(found, expected);
        assert_eq!(requests(&sim), [("GET users".to_owned(), 1)], "{argument}");
    }
}

#[tokio::test]
async fn people_of_every_status_are_read() {
    let sim = tenant(KeyKind::ApiToken).await;
    for email in ["pending@example.com", "expired@example.com", "off@example.com"] {
        sim.invite(email, "$member").expect("invited");
    }
    sim.expire("expired@example.com").expect("expired");
    sim.accept("off@example.com").expect("accepted");
    sim.disable("off@example.com").expect("disabled");
    sim.admit("eve@example.com", "$guest", true).expect("a newcomer");
    sim.set(json!({ "pending_username": "null" })).expect("a switch");
    sim.invite("nameless@example.com", "$guest").expect("invited");
    let core = core(&sim);
    for (email, status, scim, invited, has_name) in [
        ("pending@example.com", "pending", false, true, true),
        ("expired@example.com", "expired", false, true, true),
        ("off@example.com", "disabled", false, true, true),
        ("eve@example.com", "active", true, false, true),
        ("nameless@example.com", "pending", false, true, false),
    ] {
        let found = read(&core, "atlan_user", json!({ "email": email })).await;
        assert_eq!((&found["status"], &found["is_scim"]), (&json!(status), &json!(scim)), "{email}");
        assert_eq!(found["invited_at"].is_string(), invited, "{email}");
        assert_eq!(found["invited_by"].is_string(), invited, "{email}");
        assert_eq!(found["username"].is_string(), has_name, "{email}");
        assert_eq!(found["last_login_at"].is_string(), !matches!(status, "pending" | "expired"), "{email}");
    }
    sim.set(json!({ "column_unknown": "bad_request" })).expect("a switch");
    let found = read(&core, "atlan_user", json!({ "email": "eve@example.com" })).await;
    assert_eq!((&found["is_scim"], &found["status"]), (&json!(null), &json!("active")), "not told");
}

#[tokio::test]
async fn nobody_is_an_error_with_similar_people_and_several_one_with_guids() {
    let sim = tenant(KeyKind::ApiToken).await;
    sim.set(json!({ "email_case": "preserve" })).expect("a switch");
    for email in
        ["ada@example.com", "adam@example.com", "grace.h@example.com", "Bob@example.com", "bob@example.com"]
    {
        sim.admit(email, "$member", false).expect("a newcomer");
    }
    let core = core(&sim);
    let mut said = String::new();
    for config in [
        json!({ "email": "adda@example.com" }),
        json!({ "email": "rgace.h@example.com" }),
        json!({ "email": "zoe@elsewhere.example" }),
        json!({ "username": "gracee.h" }),
        json!({ "id": "00000000-0000-4000-8000-000000000000" }),
        json!({ "email": "BOB@example.com" }),
    ] {
        sim.clear_journal();
        said += &format!("{config}\n{}\n", refused(&core, "atlan_user", config.clone()).await);
        assert!(sim.journal().len() <= 3, "{config}: {}", sim.journal());
    }
    said.check(expect![[r#"
        {"email":"adda@example.com"}
        error at email: Could not read adda@example.com
          The tenant http://<tenant> has nobody with this email address. Similar: "ada@example.com", "adam@example.com", "admin@example.com". People who come by single sign-on exist after their first login; the data source `atlan_users` reads the people who are there.
        {"email":"rgace.h@example.com"}
        error at email: Could not read rgace.h@example.com
          The tenant http://<tenant> has nobody with this email address. Similar: "grace.h@example.com". People who come by single sign-on exist after their first login; the data source `atlan_users` reads the people who are there.
        {"email":"zoe@elsewhere.example"}
        error at email: Could not read zoe@elsewhere.example
          The tenant http://<tenant> has nobody with this email address. People who come by single sign-on exist after their first login; the data source `atlan_users` reads the people who are there.
        {"username":"gracee.h"}
        error at username: Could not read user "gracee.h"
          The tenant http://<tenant> has nobody with this user name. Similar: "grace.h". People who come by single sign-on exist after their first login; the data source `atlan_users` reads the people who are there.
        {"id":"<guid>"}
        error at id: Could not read <guid>
          The tenant http://<tenant> has nobody with this GUID. People who come by single sign-on exist after their first login; the data source `atlan_users` reads the people who are there.
        {"email":"BOB@example.com"}
        error at email: Could not read BOB@example.com
          2 people match. Use `id` instead:

            - <guid>
            - <guid>
    "#]]);
}

/// The simulator gives no user name twice, and Atlan may not either.
#[tokio::test]
async fn several_people_with_one_user_name_are_listed() {
    let sim = with_people(2).await;
    let mut listed =
        by_other_means_get(&sim, &format!("{USERS}?columns=email&columns=username&columns=enabled"));
    let records = listed["records"].as_array_mut().expect("records");
    for (record, username) in records.iter_mut().zip(["Ada", "ada", "adam"]) {
        record["username"] = json!(username);
    }
    let ids: Vec<String> =
        records.iter().map(|record| record["id"].as_str().expect("a GUID").to_owned()).collect();
    sim.fault(Rule { body: Some(listed), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
    let said = core(&sim).data_source("atlan_user").try_read(json!({ "username": "ada" })).await.failed();
    said.check(expect![[r#"
        error at username: Could not read user "ada"
          2 people match. Use `id` instead:

            - <guid>
            - <guid>"#]]);
    let named: Vec<bool> = ids.iter().map(|id| said.to_string().contains(id)).collect();
    assert_eq!(named, [true, true, false], "{said}");
}

#[tokio::test]
async fn a_failed_search_for_similar_people_hides_nothing() {
    let sim = tenant(KeyKind::ApiToken).await;
    let nobody = json!({ "totalRecord": 1, "filterRecord": 0, "records": [] });
    sim.set_faults(vec![
        Rule { body: Some(nobody), ..Rule::on("GET", USERS).status(200).times(1) },
        Rule::on("GET", USERS).status(403),
    ])
    .expect("rules");
    let said = refused(&core(&sim), "atlan_user", json!({ "username": "ada" })).await;
    assert!(said.contains("has nobody with this user name. People who"), "{said}");
}

#[tokio::test]
async fn bad_arguments_are_refused_before_any_request_and_unknown_ones_wait() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim);
    let mut said = String::new();
    for config in [
        json!({}),
        json!({ "email": "a@b.org", "username": "a" }),
        json!({ "email": "ada" }),
        json!({ "username": " " }),
        json!({ "id": "" }),
        json!({ "email": "a@b.org", "role": "$guest" }),
    ] {
        said += &format!("{config}\n{}\n", refused(&core, "atlan_user", config.clone()).await);
    }
    said.check(expect![[r#"
        {}
        error: Missing argument
          Exactly one of `id`, `email` and `username` must be given.
        {"email":"a@b.org","username":"a"}
        error at username: "username" conflicts with "email"
          Exactly one of `id`, `email` and `username` must be given.
        {"email":"ada"}
        error at email: Invalid value for "email"
          "ada" is not an email address such as "ada@example.com": Missing separator character '@'.
        {"username":" "}
        error at username: Invalid value for "username"
          It must not be blank.
        {"id":""}
        error at id: Invalid value for "id"
          "" is not a GUID: a GUID consists of letters, digits, `-` and `_`, at most 128 of them.
        {"email":"a@b.org","role":"$guest"}
        error at role: "role" cannot be configured
          `role` is decided by the provider. Remove it from the configuration.
    "#]]);
    let source = core.data_source("atlan_user");
    assert!(source.read(json!({ "email": unknown() })).await.is_put_off());
    assert!(sim.journal().is_empty(), "{}", sim.journal());
    let admin = sim.users().remove(0).email;
    let later = source.try_read_in_apply(json!({ "email": admin })).await.expect("somebody");
    assert_eq!(later.value()["role"], "$admin");
}

/// The list that finds the person was read earlier in the run. `for_each` over no groups would look as if they were in none.
#[tokio::test]
async fn the_groups_of_somebody_who_was_removed_during_the_run_are_an_error() {
    let sim = with_people(300).await;
    let email = sim.users().remove(6).email;
    let run = core(&sim).one_run();
    read(&run, "atlan_users", json!({})).await;
    sim.remove(&email).expect("there");
    let said = refused(&run, "atlan_user", json!({ "email": email, "include_groups": true })).await;
    assert!(said.contains("any more") && said.contains(&email), "{said}");
}
