//! Actions: everything is checked before the first write, each person gets a line, and nothing is sent twice.

use atlan_sim::{KeyKind, Rule, Sim};
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

/// A person who cannot be disabled is not lowered to a guest in place of that, and no invitation is cancelled to be sent anew.
#[tokio::test]
async fn an_action_that_is_refused_sends_nothing_else() {
    let disable = "POST /users/<guid> {\"enabled\":false}";
    let enable = "POST /users/<guid> {\"enabled\":true}";
    let resend = "POST /users/<guid>/resendinvite";
    let cases: Vec<(&str, Value, &str, u16)> = [
        ("atlan_disable_user", json!({ "users": [ADA] }), disable),
        ("atlan_enable_user", json!({ "users": [EVE] }), enable),
        ("atlan_resend_invite", json!({ "users": [BOB] }), resend),
        (
            "atlan_remove_user",
            with(removal(), json!({ "transfer_to": "kim@example.com" })),
            "POST /workflows ",
        ),
    ]
    .into_iter()
    .flat_map(|(action, config, write)| {
        [400, 403, 404, 500].map(|status| (action, config.clone(), write, status))
    })
    .collect();
    side_by_side(cases, |(action, config, write, status)| async move {
        let sim = leaver().await;
        person_by_other_means(&sim, "kim@example.com");
        sim.disable(EVE).expect("active");
        sim.clear_journal();
        sim.fault(Rule::on("POST", "*").status(status)).expect("a rule");
        let core = core_with(&sim, json!({ "max_retries": 0, "request_timeout": "300ms" }));
        let timeout = json!({ "timeout": "1s" });
        let said = refused(&core, action, with(config, timeout)).await;
        let sent = repeatable(&writes(&sim));
        assert_eq!(sent.lines().count(), 1, "{action}, {status}: {said}\n{sent}");
        assert!(sent.starts_with(write), "{action}, {status}: {sent}");
        let people: Vec<_> =
            [ADA, BOB, EVE].into_iter().map(|email| sim.user(email).expect("there")).collect();
        assert!(people.iter().all(|user| user.role == "$member"), "{action}, {status}: {people:?}");
        assert!(
            people[1].pending && people[0].enabled && !people[2].enabled,
            "{action}, {status}: {people:?}"
        );
    })
    .await;
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
        (
            "atlan_remove_user",
            of(json!({ "transfer_to": " ADA@example.com" })),
            "transfer_to",
            "somebody else",
        ),
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

/// Another resource of the run has read everybody before somebody removed the person.
#[tokio::test]
async fn a_person_who_was_removed_since_the_list_was_read_is_named_and_nobody_is_changed() {
    let two = |email: &str| json!({ "users": [email, EVE] });
    for (action, gone, config) in [
        ("atlan_disable_user", ADA, two(ADA)),
        ("atlan_enable_user", ADA, two(ADA)),
        ("atlan_resend_invite", BOB, json!({ "users": [BOB] })),
        ("atlan_remove_user", ADA, removal()),
        ("atlan_remove_user", EVE, removal()),
    ] {
        let sim = leaver().await;
        person_by_other_means(&sim, "kim@example.com");
        if action == "atlan_enable_user" {
            for email in [ADA, EVE] {
                sim.disable(email).expect("active");
            }
        }
        let run = core_with(&sim, json!({ "read_mode": "snapshot" })).one_run();
        run.resource("atlan_user_role").apply(json!({ "user": "kim@example.com", "role": "$guest" })).await;
        let id = sim.user(gone).expect("there").id;
        sim.remove(gone).expect("there");
        sim.clear_journal();
        let said = refused(&run, action, config).await;
        assert!(said.contains(gone) || said.contains(&id), "{action}: {said}");
        if action != "atlan_resend_invite" {
            assert!(
                said.contains("There is no such person") && said.contains("since this run read"),
                "{said}"
            );
        }
        let sent = writes(&sim);
        // Only the answer tells that there is no invitation any more.
        let most = usize::from(action == "atlan_resend_invite");
        assert!(sent.lines().count() <= most, "{action}: {sent}");
        if gone == ADA {
            assert_eq!(enabled(&sim, EVE), action != "atlan_enable_user", "{action}: {said}");
        }
        if gone == EVE {
            assert!(sim.user(ADA).is_some(), "{said}");
        }
    }
}

/// What a person owns would be transferred to somebody who cannot log in, or an admin would be removed.
#[tokio::test]
async fn nobody_is_removed_by_what_a_list_said_earlier_in_the_run() {
    for (case, path, words) in [
        ("the heir is disabled by others", "transfer_to", "eve@example.com is disabled"),
        ("the heir is disabled by this run", "transfer_to", "eve@example.com is disabled"),
        ("the person is an admin by now", "user", "remove an admin"),
    ] {
        let sim = leaver().await;
        person_by_other_means(&sim, "kim@example.com");
        let run = core_with(&sim, json!({ "read_mode": "snapshot" })).one_run();
        run.resource("atlan_user_role").apply(json!({ "user": "kim@example.com", "role": "$guest" })).await;
        match case {
            "the heir is disabled by others" => sim.disable(EVE).expect("there"),
            "the person is an admin by now" => sim.give_role(ADA, "$admin").expect("there"),
            _ => {
                sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
                let users = json!({ "users": [EVE] });
                run.action("atlan_disable_user").try_invoke(users).await.expect_err("it does not show");
            }
        }
        sim.clear_journal();
        let said = refused(&run, "atlan_remove_user", removal()).await;
        assert!(said.contains(words), "{case}: {said}");
        assert_eq!((places(&said), writes(&sim)), (vec![path.to_owned()], String::new()), "{case}");
    }
}

/// A second process knows no more than what is in Atlan, like one after a kill. `after_a_kill_the_same_action_finishes_what_was_begun` kills one.
#[tokio::test]
async fn a_second_process_sends_nothing_that_is_done_already() {
    let sim = cast().await;
    sim.advance(std::time::Duration::from_secs(3 * 86_400));
    sim.disable(ADA).expect("active");
    let enable = json!({ "users": [ADA] });
    let resend = json!({ "users": [BOB], "older_than": "24h" });
    for is_again in [false, true] {
        sim.clear_journal();
        core(&sim).action("atlan_enable_user").invoke(enable.clone()).await;
        core(&sim).action("atlan_resend_invite").invoke(resend.clone()).await;
        assert_eq!(writes(&sim).lines().count(), if is_again { 0 } else { 2 }, "{}", sim.journal());
    }
    assert_eq!((enabled(&sim, ADA), sim.mails_to(BOB)), (true, 2));
}
