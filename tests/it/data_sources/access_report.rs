//! `atlan_access_report` beside a truth made by hand.

use std::time::Duration;

use atlan_sim::{KeyKind, Options, Rule};
use serde_json::json;

use super::*;
use crate::api_token::TOKENS;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The addresses in a list of people.
fn emails(list: &Value) -> Vec<&str> {
    list.as_array()
        .expect("a list")
        .iter()
        .map(|person| person["email"].as_str().expect("an address"))
        .collect()
}

/// 300 people in bands, and the admin who made the key. Of every hundred: 60 are active members, 20 active guests, 5 active admins, 10
/// pending, 3 expired, 2 disabled. The address tells the band, and the number makes it unique.
fn band(number: usize) -> &'static str {
    match number % 100 {
        0..60 => "member",
        60..80 => "guest",
        80..85 => "admin",
        85..95 => "pending",
        95..98 => "expired",
        _ => "disabled",
    }
}

fn email(number: usize) -> String {
    format!("{}{number:03}@example.com", band(number))
}

async fn three_hundred() -> Sim {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    // Expired invitations are older than the others.
    for number in (0..300).filter(|number| band(*number) == "expired") {
        sim.invite(&email(number), "$member").expect("invited");
    }
    sim.advance(DAY * 8);
    for number in 0..300 {
        let email = email(number);
        match band(number) {
            "pending" => sim.invite(&email, "$member").expect("invited"),
            "expired" => {}
            "guest" => sim.admit(&email, "$guest", false).expect("a newcomer"),
            "admin" => sim.admit(&email, "$admin", false).expect("a newcomer"),
            band => {
                sim.admit(&email, "$member", false).expect("a newcomer");
                if band == "disabled" {
                    sim.disable(&email).expect("there");
                }
            }
        }
    }
    sim
}

/// Addresses of these bands, sorted.
fn of(bands: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = (0..300).filter(|number| bands.contains(&band(*number))).map(email).collect();
    all.sort();
    all
}

#[tokio::test]
async fn the_report_is_the_truth_about_three_hundred_people() {
    let sim = three_hundred().await;
    let id = |email: &str| sim.user(email).expect("there").id;
    let team = group_by_other_means(&sim, "team", json!({ "alias": ["Team"] }));
    group_by_other_means(&sim, "empty", json!({ "alias": ["Empty"], "isDefault": ["true"] }));
    let (ada, bob, gone) =
        (id("member000@example.com"), id("guest060@example.com"), id("disabled098@example.com"));
    join_by_other_means(&sim, &team, &[&ada, &bob, &gone]);
    sim.clear_journal();
    // Everybody is expected but the guests, two of them under another role; and somebody who is not there.
    let mut expected = serde_json::Map::new();
    for number in (0..300).filter(|number| band(*number) != "guest") {
        let role = match number {
            0 => json!("$admin"),
            1 => json!(null),
            _ if band(number) == "admin" => json!("admin"),
            _ => json!("$member"),
        };
        expected.insert(email(number).to_uppercase(), role);
    }
    expected.insert("nobody@example.com".to_owned(), json!(null));
    let report = core(&sim)
        .data_source("atlan_access_report")
        .read(json!({
            "expected_users": expected,
            "expected_groups": ["team", "legal"],
            "expected_members": { "team": ["member000@example.com", "member001@example.com"], "legal": ["member000@example.com"] },
            "expected_admins": ["admin@example.com", "admin080@example.com"],
            "inactive_days": 30,
            "pending_days": 3,
            "ignore": ["Guest061@example.com"],
        }))
        .await
        .value();
    // The list of people, that of groups, and the members of one group that exists.
    assert_eq!(sim.journal().len(), 4 + 1 + 1, "{}", sim.journal());

    let mut guests = of(&["guest"]);
    guests.retain(|email| email != "guest061@example.com");
    guests.insert(0, "admin@example.com".to_owned());
    assert_eq!(emails(&report["unexpected_users"]), guests);
    assert_eq!(report["missing_users"], json!(["nobody@example.com"]));
    assert_eq!(emails(&report["wrong_roles"]), ["member000@example.com"]);
    assert_eq!(report["wrong_roles"][0]["expected_role"], "$admin");
    assert_eq!(report["wrong_roles"][0]["role"], "$member");
    assert_eq!(report["unexpected_groups"], json!(["empty"]));
    assert_eq!(report["missing_groups"], json!(["legal"]));
    assert_eq!(report["unexpected_members"], json!({ "team": ["guest060@example.com"] }));
    assert_eq!(
        report["missing_members"],
        json!({ "team": ["member001@example.com"], "legal": ["member000@example.com"] })
    );
    let mut admins = of(&["admin"]);
    admins.retain(|email| email != "admin080@example.com");
    assert_eq!(emails(&report["unexpected_admins"]), admins);
    admins.insert(0, "admin080@example.com".to_owned());
    admins.push("admin@example.com".to_owned());
    assert_eq!(emails(&report["admins"]), admins);
    assert_eq!(emails(&report["pending"]), of(&["pending"]));
    assert_eq!(emails(&report["expired"]), of(&["expired"]));
    assert_eq!(emails(&report["pending_too_long"]), of(&["expired"]), "the pending ones are new");
    assert_eq!(emails(&report["disabled"]), of(&["disabled"]));
    assert_eq!(report["empty_groups"], json!(["empty"]));
    assert_eq!(report["default_groups"], json!(["empty"]));
    let lonely = emails(&report["users_without_groups"]);
    assert!(!lonely.contains(&"member000@example.com") && lonely.contains(&"member001@example.com"));
    assert!(lonely.contains(&"pending085@example.com") && !lonely.contains(&"disabled098@example.com"));
    assert_eq!(
        report["counts"],
        json!({ "users": 301, "active": 256, "pending": 30, "expired": 9, "disabled": 6, "admins": 16, "members": 180,
            "guests": 60, "groups": 2 })
    );
    assert_eq!(report["expiring_tokens"], json!(null));
    let somebody = &report["unexpected_users"][1];
    assert_eq!(somebody["id"], json!(id("guest060@example.com")));
    assert_eq!((&somebody["role"], &somebody["status"]), (&json!("$guest"), &json!("active")));
}

#[tokio::test]
async fn what_is_not_asked_for_is_null_and_days_go_by_the_clock_of_the_tenant() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    sim.admit("ada@example.com", "$member", false).expect("a newcomer");
    sim.sign_in("ada@example.com", "okta", &[], None).expect("signed in");
    sim.invite("bob@example.com", "$guest").expect("invited");
    let read = async |config| core(&sim).data_source("atlan_access_report").read(config).await.value();
    let report = read(json!({})).await;
    for list in [
        "unexpected_users",
        "missing_users",
        "wrong_roles",
        "unexpected_groups",
        "missing_groups",
        "unexpected_members",
        "missing_members",
        "inactive_users",
        "unexpected_admins",
        "expiring_tokens",
        "orphaned_tokens",
        "long_lived_tokens",
    ] {
        assert_eq!(report[list], json!(null), "{list}");
    }
    let config = json!({ "inactive_days": 20, "pending_days": 5 });
    let report = read(config.clone()).await;
    let inactive = emails(&report["inactive_users"]);
    assert!(!inactive.contains(&"ada@example.com") && !inactive.contains(&"bob@example.com"), "{inactive:?}");
    assert_eq!(emails(&report["pending_too_long"]), Vec::<&str>::new());
    sim.advance(DAY * 6);
    let report = read(config.clone()).await;
    assert_eq!(emails(&report["pending_too_long"]), ["bob@example.com"]);
    sim.advance(DAY * 15);
    let report = read(config).await;
    assert!(emails(&report["inactive_users"]).contains(&"ada@example.com"), "{report}");
    assert_eq!(emails(&report["expired"]), ["bob@example.com"]);
}

/// Servers leave the time out, or have 0 or null.
#[tokio::test]
async fn active_people_who_have_never_logged_in_are_inactive() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    sim.admit("ada@example.com", "$member", false).expect("a newcomer");
    sim.invite("bob@example.com", "$guest").expect("invited");
    sim.set(json!({ "lists_without_columns": "full" })).expect("a switch");
    let listed = by_other_means_get(&sim, USERS);
    let inactive = async || {
        let report = core(&sim).data_source("atlan_access_report").read(json!({ "inactive_days": 30 })).await;
        let people = report.value()["inactive_users"].as_array().expect("a list").clone();
        people.into_iter().find(|person| person["email"] == "ada@example.com")
    };
    assert_eq!(inactive().await, None, "Ada came today");
    for never in [None, Some(json!(0)), Some(Value::Null)] {
        let mut listed = listed.clone();
        for person in listed["records"].as_array_mut().expect("records") {
            let person = person.as_object_mut().expect("a person");
            person.remove("loginEvents");
            person.remove("lastLoginTime");
            person.extend(never.clone().map(|time| ("lastLoginTime".to_owned(), time)));
        }
        let rule = Rule { body: Some(listed), ..Rule::on("GET", USERS).status(200) };
        sim.set_faults(vec![rule]).expect("a rule");
        let ada = inactive().await.unwrap_or_else(|| panic!("{never:?}: she is not listed"));
        assert_eq!((&ada["status"], &ada["last_login_at"]), (&json!("active"), &json!(null)), "{never:?}");
    }
}

#[tokio::test]
async fn lists_that_need_counts_are_null_with_a_warning_where_the_tenant_does_not_count() {
    let sim = Sim::start(Options { users: 3, groups: 2, ..Options::default() }).await.expect("a simulator");
    sim.set(json!({ "list_counts": "absent" })).expect("a switch");
    let read = core(&sim).data_source("atlan_access_report").read(json!({})).await;
    assert_eq!(
        (&read.value()["users_without_groups"], &read.value()["empty_groups"]),
        (&json!(null), &json!(null))
    );
    assert!(read.report().to_string().contains("The tenant does not count memberships"), "{}", read.report());
}

#[tokio::test]
async fn tokens_that_end_soon_live_long_or_have_lost_their_maker_are_listed() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    let mut short = core(&sim).resource("atlan_api_token");
    short.apply(json!({ "display_name": "short", "validity": "48h", "store_token": true })).await;
    let mut long = core(&sim).resource("atlan_api_token");
    long.apply(json!({ "display_name": "long", "validity": "10000h", "store_token": true })).await;
    let config = json!({ "include_api_tokens": true, "token_days": 3 });
    let report = core(&sim).data_source("atlan_access_report").read(config).await.value();
    let names = |list: &str| -> Vec<String> {
        let list = report[list].as_array().expect("a list");
        list.iter().map(|token| token["display_name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names("expiring_tokens"), ["short"]);
    assert!(names("long_lived_tokens").contains(&"long".to_owned()));
    assert!(!names("long_lived_tokens").contains(&"short".to_owned()));
    assert_eq!(names("orphaned_tokens"), Vec::<String>::new(), "tokens of service accounts have no person");
}

#[tokio::test]
async fn tokens_whose_maker_is_disabled_or_gone_are_orphaned() {
    let sim =
        Sim::start(Options { key_kind: KeyKind::User, ..Options::default() }).await.expect("a simulator");
    let maker = sim.users().first().expect("who owns the key").email.clone();
    for name in ["looker", "dbt"] {
        let mut token = core(&sim).resource("atlan_api_token");
        token.apply(json!({ "display_name": name, "validity": "48h", "store_token": true })).await;
    }
    // Somebody else asks.
    let (id, secret) = sim.oauth_client();
    let other = json!({ "api_key": null, "oauth_client_id": id, "oauth_client_secret": secret });
    let orphans = async || {
        let report = core_with(&sim, other.clone()).data_source("atlan_access_report");
        let report = report.read(json!({ "include_api_tokens": true })).await.value();
        let tokens = report["orphaned_tokens"].as_array().expect("a list").clone();
        let text = |token: &Value, part: &str| token[part].as_str().expect("text").to_owned();
        tokens
            .iter()
            .map(|token| (text(token, "display_name"), text(token, "created_by")))
            .collect::<Vec<_>>()
    };
    assert_eq!(orphans().await, [], "the maker can log in");
    let username = sim.user(&maker).expect("there").username.expect("a name");
    // The tenant comes with a token of the same person.
    let all = ["dbt", "looker", "terraform"].map(|name| (name.to_owned(), username.clone()));
    sim.disable(&maker).expect("there");
    assert_eq!(orphans().await, all, "disabled");
    sim.enable(&maker).expect("there");
    assert_eq!(orphans().await, [], "enabled again");
    // A tenant whose tokens outlive the people who made them.
    let mut listed = by_other_means_get(&sim, TOKENS);
    for token in listed["records"].as_array_mut().expect("records") {
        let is_of_looker = token["displayName"] == "looker";
        token["attributes"]["createdBy"] =
            json!(if is_of_looker { "someone.else" } else { username.as_str() });
    }
    sim.fault(Rule { body: Some(listed), ..Rule::on("GET", TOKENS).status(200) }).expect("a rule");
    assert_eq!(orphans().await, [("looker".to_owned(), "someone.else".to_owned())], "gone");
}

/// Break-glass accounts.
#[tokio::test]
async fn people_to_ignore_are_in_no_list() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    let [gone, late, boss, out] =
        ["gone@example.com", "late@example.com", "boss@example.com", "out@example.com"];
    sim.invite(late, "$member").expect("invited");
    sim.invite(gone, "$member").expect("invited");
    sim.expire(gone).expect("pending");
    sim.admit(boss, "$admin", false).expect("a newcomer");
    sim.admit(out, "$member", false).expect("a newcomer");
    sim.disable(out).expect("active");
    let team = group_by_other_means(&sim, "team", json!({ "alias": ["Team"] }));
    join_by_other_means(&sim, &team, &[&sim.user(boss).expect("there").id]);
    sim.advance(DAY * 3);
    let asked = |ignore: &[&str]| {
        json!({
            "expected_users": { (boss): "$guest", "nobody@example.com": null },
            "expected_members": { "team": [late, "nobody@example.com"] },
            "expected_admins": [],
            "pending_days": 1,
            "inactive_days": 1,
            "ignore": ignore,
        })
    };
    let read = async |ignore: &[&str]| {
        core(&sim).data_source("atlan_access_report").read(asked(ignore)).await.value()
    };
    let everybody = [gone, late, boss, out, "nobody@example.com", "admin@example.com"];
    let (with, without) =
        (read(&[]).await, read(&everybody.map(str::to_uppercase).each_ref().map(String::as_str)).await);
    for list in [
        "unexpected_users",
        "missing_users",
        "wrong_roles",
        "unexpected_members",
        "missing_members",
        "unexpected_admins",
        "pending_too_long",
        "inactive_users",
        "admins",
        "pending",
        "expired",
        "disabled",
        "users_without_groups",
    ] {
        let is_empty = |report: &Value| match &report[list] {
            Value::Array(people) => people.is_empty(),
            Value::Object(groups) => groups.is_empty(),
            other => panic!("{list}: {other}"),
        };
        assert!(!is_empty(&with) && is_empty(&without), "{list}: {} and {}", with[list], without[list]);
    }
    assert_eq!(without["counts"], with["counts"], "they count all the same");
}

#[tokio::test]
async fn old_invitations_are_listed_oldest_first_and_invited_admins_are_no_admins_yet() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    sim.invite("zoe@example.com", "$member").expect("invited");
    sim.advance(DAY * 2);
    sim.invite("ada@example.com", "$admin").expect("invited");
    sim.advance(DAY * 2);
    let config = json!({ "pending_days": 1, "expected_admins": ["admin@example.com"] });
    let report = core(&sim).data_source("atlan_access_report").read(config).await.value();
    assert_eq!(emails(&report["pending_too_long"]), ["zoe@example.com", "ada@example.com"]);
    assert_eq!(emails(&report["pending"]), ["ada@example.com", "zoe@example.com"]);
    assert_eq!(emails(&report["admins"]), ["admin@example.com"]);
    assert_eq!(emails(&report["unexpected_admins"]), ["ada@example.com"]);
}

/// Not all records say when the person was invited.
#[tokio::test]
async fn the_age_of_an_invitation_falls_back_to_that_of_the_record() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    sim.invite("bob@example.com", "$guest").expect("invited");
    sim.advance(DAY * 6);
    sim.set(json!({ "lists_without_columns": "full" })).expect("a switch");
    let mut listed = by_other_means_get(&sim, USERS);
    for person in listed["records"].as_array_mut().expect("records") {
        let attributes = person["attributes"].as_object_mut().expect("attributes");
        attributes.remove("invitedAt");
    }
    sim.fault(Rule { body: Some(listed.clone()), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
    let too_long = async |days: u32| {
        let report =
            core(&sim).data_source("atlan_access_report").read(json!({ "pending_days": days })).await.value();
        emails(&report["pending_too_long"]).len()
    };
    assert_eq!((too_long(5).await, too_long(7).await), (1, 0), "{listed}");
}

#[tokio::test]
async fn bad_input_is_refused_at_its_element_without_a_request() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    for (config, at, why) in [
        (
            json!({ "expected_users": { "ada": "$guest" } }),
            "expected_users[\"ada\"]",
            "is not an email address such as",
        ),
        (
            json!({ "expected_users": { "ada@x.com": null, "Ada@x.com": null } }),
            "expected_users[\"ada@x.com\"]",
            "are the same address",
        ),
        (
            json!({ "expected_users": { "ada@x.com": "owner" } }),
            "expected_users[\"ada@x.com\"]",
            "one of \"$admin\"",
        ),
        (json!({ "ignore": ["ada"] }), "ignore", "is not an email address such as"),
        (
            json!({ "expected_members": { "team": ["ada"] } }),
            "expected_members[\"team\"]",
            "is not an email address such as",
        ),
        (json!({ "expected_admins": ["ada@"] }), "expected_admins", "is not an email address such as"),
        (json!({ "pending_days": -1 }), "pending_days", "a whole number from 0"),
        (json!({ "inactive_days": -1 }), "inactive_days", "a whole number from 0"),
        (json!({ "token_days": -1 }), "token_days", "a whole number from 0"),
    ] {
        let said = core(&sim).data_source("atlan_access_report").validate(config.clone()).await;
        assert_eq!(places(&said), [at], "{config}: {said}");
        assert!(said.to_string().contains(why), "{config}: {said}");
    }
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
}

#[tokio::test]
async fn a_refusal_says_who_called() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    sim.fault(Rule::on("GET", GROUP_LIST).status(403)).expect("a rule");
    let said = core(&sim).data_source("atlan_access_report").try_read(json!({})).await.failed().to_string();
    assert!(said.contains("Could not read groups as service-account-apikey-"), "{said}");
}

/// Terraform reads the report after the memberships on which it depends, in the process that has made them.
#[tokio::test]
async fn in_an_apply_the_report_knows_the_memberships_that_the_apply_has_made() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    for email in ["ada@example.com", "bob@example.com"] {
        sim.admit(email, "$member", false).expect("a new person");
    }
    let run = core(&sim).one_run();
    let mut group = run.resource("atlan_group");
    group.apply(json!({ "alias": "Stewards" })).await;
    let report = run.data_source("atlan_access_report");
    let config =
        json!({ "expected_members": { "stewards": ["ada@example.com"] }, "ignore": ["admin@example.com"] });
    let before = report.read(config.clone()).await;
    assert_eq!(before.value()["empty_groups"], json!(["stewards"]));
    let mut ada = run.resource("atlan_group_member");
    let group_id = group.state()["id"].clone();
    ada.apply(json!({ "group_id": group_id, "user": "ada@example.com" })).await;
    let after = report.try_read_in_apply(config.clone()).await.expect("a report");
    assert_eq!(after.value()["empty_groups"], json!([]));
    assert_eq!(emails(&after.value()["users_without_groups"]), ["bob@example.com"]);
    assert_eq!(after.value()["missing_members"], json!({}));
    ada.destroy().await;
    let gone = report.try_read_in_apply(config).await.expect("a report");
    assert_eq!(gone.value()["empty_groups"], json!(["stewards"]));
}

#[tokio::test]
async fn a_thousand_people_and_a_hundred_groups_take_twelve_requests() {
    let sim =
        Sim::start(Options { users: 999, groups: 100, ..Options::default() }).await.expect("a simulator");
    core(&sim).data_source("atlan_access_report").read(json!({ "inactive_days": 1 })).await;
    assert!(sim.journal().len() <= 12, "{}", sim.journal());
    sim.clear_journal();
    core(&sim).data_source("atlan_access_report").read(json!({ "include_api_tokens": true })).await;
    assert!(sim.journal().len() <= 13, "{}", sim.journal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_people_and_a_thousand_groups_take_512_requests() {
    let options = Options { users: 49_999, groups: 1_000, ..Options::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    let report = core(&sim).data_source("atlan_access_report").read(json!({})).await.value();
    assert_eq!(report["counts"]["users"], 50_000);
    assert_eq!(report["counts"]["groups"], 1_000);
    let requests = sim.journal().len();
    assert!(requests <= 512, "{requests} requests");
}

/// Expired and disabled people have no access: they are in `expired` and `disabled` only, whatever their role and groups are.
#[tokio::test]
async fn people_without_access_are_neither_unexpected_nor_of_a_wrong_role() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    let (gone, out) = ("gone@example.com", "out@example.com");
    sim.invite(gone, "$admin").expect("invited");
    sim.expire(gone).expect("pending");
    sim.admit(out, "$admin", false).expect("a newcomer");
    sim.disable(out).expect("active");
    // In no group.
    sim.invite("late@example.com", "$member").expect("invited");
    sim.expire("late@example.com").expect("pending");
    let team = group_by_other_means(&sim, "team", json!({ "alias": ["Team"] }));
    join_by_other_means(
        &sim,
        &team,
        &[gone, out].map(|email| sim.user(email).expect("there").id).each_ref().map(String::as_str),
    );
    let config = json!({
        "expected_users": { (gone): "$guest", (out): "$guest", "late@example.com": null, "admin@example.com": null },
        "expected_admins": ["admin@example.com"],
        "expected_members": { "team": [] },
    });
    let report = core(&sim).data_source("atlan_access_report").read(config).await.value();
    for list in [
        "wrong_roles",
        "unexpected_admins",
        "unexpected_users",
        "missing_users",
        "pending",
        "users_without_groups",
    ] {
        let people: &[Value] = report[list].as_array().expect("a list");
        let people = people.iter().filter(|person| person["email"] != "admin@example.com");
        assert_eq!(people.count(), 0, "{list}: {}", report[list]);
    }
    assert_eq!(report["unexpected_members"], json!({}));
    assert_eq!(emails(&report["admins"]), ["admin@example.com"]);
    assert_eq!(
        (emails(&report["expired"]), emails(&report["disabled"])),
        (vec![gone, "late@example.com"], vec![out])
    );
    let config = json!({ "expected_users": { "admin@example.com": null } });
    let report = core(&sim).data_source("atlan_access_report").read(config).await.value();
    assert_eq!(report["unexpected_users"], json!([]));
}
