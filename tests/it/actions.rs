//! Actions: everything is checked before the first write, each person gets a line, and nothing is sent twice.

use atlan_sim::{KeyKind, Sim};
use serde_json::{Value, json};
use tfplug::testing::{Core, Invoked, unknown};

use crate::harness::*;

mod disable_enable;
mod remove_user;
mod resend_invite;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";

/// A tenant with the session of its admin as key. Ada is a member, and Bob is invited.
async fn cast() -> Sim {
    let sim = tenant(KeyKind::User).await;
    person_by_other_means(&sim, ADA);
    sim.invite(BOB, "$member").expect("invited");
    sim
}

/// The same with Eve, who gets what Ada owns when Ada is removed.
async fn leaver() -> Sim {
    let sim = cast().await;
    person_by_other_means(&sim, EVE);
    sim
}

fn removal() -> Value {
    json!({ "user": ADA, "transfer_to": EVE, "confirm_email": "Ada@example.com" })
}

async fn refused(core: &Core, action: &str, config: Value) -> String {
    core.action(action).try_invoke(config.clone()).await.expect_err("a refusal").to_string()
}

fn lines(invoked: &Invoked) -> Vec<&str> {
    invoked.progress().iter().map(String::as_str).collect()
}

fn enabled(sim: &Sim, email: &str) -> bool {
    sim.user(email).expect("there").enabled
}

#[tokio::test]
async fn an_api_token_may_not_and_is_told_who_may() {
    let sim = tenant(KeyKind::ApiToken).await;
    person_by_other_means(&sim, ADA);
    person_by_other_means(&sim, EVE);
    for (action, config) in [
        ("atlan_disable_user", json!({ "users": [ADA] })),
        ("atlan_remove_user", json!({ "user": ADA, "transfer_to": EVE, "confirm_email": ADA })),
    ] {
        let said = refused(&core(&sim), action, config).await;
        assert!(
            said.contains("An API token may not do this. Use an admin's own token as `api_key`."),
            "{said}"
        );
    }
    assert!(enabled(&sim, ADA));
}

#[tokio::test]
async fn an_empty_set_of_people_is_no_mistake() {
    let sim = cast().await;
    for action in ["atlan_disable_user", "atlan_enable_user", "atlan_resend_invite"] {
        let done = core(&sim).action(action).invoke(json!({ "users": [] })).await;
        assert!(done.progress().is_empty(), "{done}");
    }
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn what_is_unknown_is_skipped_while_planning_and_bad_values_are_refused_offline() {
    let sim = leaver().await;
    let core = core(&sim);
    core.action("atlan_remove_user")
        .plan(json!({ "user": unknown(), "transfer_to": EVE, "confirm_email": ADA }))
        .await;
    core.action("atlan_disable_user").plan(json!({ "users": unknown() })).await;
    let of = |more: Value| with(removal(), more);
    let cases = [
        ("atlan_disable_user", json!({ "users": ["ada"] }), "users", "is not a person"),
        ("atlan_disable_user", json!({ "users": [ADA], "timeout": "0s" }), "timeout", "longer than zero"),
        ("atlan_enable_user", json!({ "users": [ADA], "timeout": "soon" }), "timeout", "soon"),
        ("atlan_disable_user", json!({}), "users", "users"),
        ("atlan_enable_user", json!({ "users": null }), "users", "users"),
        ("atlan_enable_user", json!({ "users": [ADA, null] }), "users", "null"),
        ("atlan_resend_invite", json!({ "users": [null] }), "users", "null"),
        ("atlan_resend_invite", json!({ "users": [ADA], "max_mails": 0 }), "max_mails", "at least 1"),
        ("atlan_resend_invite", json!({ "users": [ADA], "older_than": "soon" }), "older_than", "soon"),
        ("atlan_resend_invite", json!({ "users": [ADA], "timeout": "0s" }), "timeout", "longer than zero"),
        ("atlan_remove_user", of(json!({ "user": "ada" })), "user", "is not a person"),
        ("atlan_remove_user", of(json!({ "user": null })), "user", "user"),
        ("atlan_remove_user", of(json!({ "transfer_to": " ADA@example.com" })), "transfer_to", ""),
        ("atlan_remove_user", of(json!({ "transfer_to": "eve" })), "transfer_to", "is not a person"),
        ("atlan_remove_user", of(json!({ "transfer_to": null })), "transfer_to", "transfer_to"),
        ("atlan_remove_user", of(json!({ "confirm_email": BOB })), "confirm_email", "is not confirmed"),
        ("atlan_remove_user", of(json!({ "confirm_email": "ada" })), "confirm_email", "ada"),
        ("atlan_remove_user", of(json!({ "confirm_email": null })), "confirm_email", "confirm_email"),
        ("atlan_remove_user", of(json!({ "timeout": "0s" })), "timeout", "longer than zero"),
    ];
    for (action, config, path, words) in cases {
        let said = core.action(action).validate(config.clone()).await;
        assert_eq!(places(&said), [path], "{action} {config}: {said}");
        assert!(said.to_string().contains(words), "{action} {config}: {said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}
