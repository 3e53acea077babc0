//! `atlan_remove_user`: refused before the request, sent once, and followed to its end.

use std::time::Duration;

use atlan_sim::{Moment, Rule};

use super::*;
use crate::api_token::{TOKENS, acts, alive};

const WORKFLOWS: &str = "/api/service/workflows";

/// The body of the workflow that was sent.
fn submitted(sim: &Sim) -> Value {
    let journal = sim.journal();
    let sent = journal.iter().find(|entry| entry.fits("POST", WORKFLOWS)).expect("a workflow");
    sent.body.clone().expect("a body")
}

fn parameter(workflow: &Value, name: &str) -> Value {
    let parameters = &workflow["spec"]["templates"][0]["dag"]["tasks"][0]["arguments"]["parameters"];
    let all = parameters.as_array().expect("parameters");
    all.iter().find(|one| one["name"] == name).expect(name)["value"].clone()
}

#[tokio::test]
async fn a_person_is_removed_and_what_they_own_is_transferred() {
    let sim = leaver().await;
    let (ada, eve) = (sim.user(ADA).expect("there"), sim.user(EVE).expect("there").id);
    let removed = core(&sim).action("atlan_remove_user").invoke(removal()).await;
    let expected = ["ada@example.com: Atlan has accepted the removal", "ada@example.com: removed"];
    assert_eq!(lines(&removed), expected);
    assert!(sim.user(ADA).is_none());
    let body = submitted(&sim);
    let value = |name: &str| parameter(&body, name);
    assert_eq!((value("user-id"), value("transfer-assets-to-user-id")), (json!(ada.id), json!(eve)));
    assert_eq!((value("username"), value("user-email")), (json!(ada.username), json!(ADA)));
    assert_eq!(value("wf-creator-email"), json!(sim.users()[0].email));
    assert_eq!(body["metadata"]["labels"]["package.argoproj.io/version"], "0.2.105");
}

#[tokio::test]
async fn each_reason_against_a_removal_is_found_before_anything_is_sent() {
    let sim = leaver().await;
    sim.admit("boss@example.com", "$admin", false).expect("admitted");
    sim.admit("gone@example.com", "$member", false).expect("admitted");
    sim.disable("gone@example.com").expect("active");
    let core = core(&sim);
    let id = sim.user(ADA).expect("there").id;
    let me = sim.users()[0].email.clone();
    let cases = [
        (
            json!({ "confirm_email": "ada@example.org" }),
            "confirm_email",
            "must write the address a second time",
        ),
        (
            json!({ "user": id, "confirm_email": BOB }),
            "confirm_email",
            "must write the address a second time",
        ),
        (json!({ "user": BOB, "confirm_email": BOB }), "user", "has not accepted the invitation"),
        (
            json!({ "user": "boss@example.com", "confirm_email": "boss@example.com" }),
            "user",
            "remove an admin",
        ),
        (json!({ "user": me, "confirm_email": me }), "user", "remove an admin"),
        (
            json!({ "user": "nobody@example.com", "confirm_email": "nobody@example.com" }),
            "user",
            "Nobody is known",
        ),
        (json!({ "transfer_to": "nobody@example.com" }), "transfer_to", "Nobody is known"),
        (json!({ "transfer_to": ADA }), "transfer_to", "Name somebody else"),
        (json!({ "transfer_to": id }), "transfer_to", "Name somebody else"),
        (json!({ "transfer_to": BOB }), "transfer_to", "bob@example.com is pending"),
        (json!({ "transfer_to": "gone@example.com" }), "transfer_to", "gone@example.com is disabled"),
    ];
    for (wrong, path, words) in cases {
        let said = refused(&core, "atlan_remove_user", with(removal(), wrong.clone())).await;
        assert_eq!(places(&said), [path], "{wrong}: {said}");
        assert!(said.contains(words), "{wrong}: {said}");
    }
    assert_eq!(writes(&sim), "");
}

/// The next apply would invite the person again.
#[tokio::test]
async fn a_person_whom_a_resource_of_the_run_holds_is_not_removed() {
    let sim = leaver().await;
    let run = core(&sim).one_run();
    let mut invite = run.resource("atlan_user_invite");
    invite.apply(json!({ "email": ADA, "role": "$member", "on_existing": "adopt" })).await;
    sim.clear_journal();
    let said = refused(&run, "atlan_remove_user", removal()).await;
    assert!(said.contains("In this configuration, an `atlan_user_invite` manages the person"), "{said}");
    assert!(said.contains("`on_destroy = \"forget\"`"), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
    let run = core(&sim).one_run();
    let mut role = run.resource("atlan_user_role");
    role.plan(json!({ "user": ADA, "role": "$guest" })).await;
    role.apply(json!({ "user": ADA, "role": "$guest" })).await;
    let said = refused(&run, "atlan_remove_user", removal()).await;
    assert!(
        said.contains("an `atlan_user_role` manages the person") && said.contains("`on_destroy = \"keep\"`"),
        "{said}"
    );
    role.set_core(&core(&sim));
    role.destroy().await;
    let run = core(&sim).one_run();
    let mut invites = run.resource("atlan_user_invites");
    let listed = json!({ "people": { ADA: { "role": "$member" } }, "on_existing": "adopt" });
    invites.apply(listed).await;
    let said = refused(&run, "atlan_remove_user", removal()).await;
    assert!(said.contains("an entry of `atlan_user_invites` manages the person"), "{said}");
    // Another run knows nothing of it.
    core(&sim).action("atlan_remove_user").invoke(removal()).await;
}

/// With `-invoke`, Terraform plans no resource, and the process of the apply knows nothing of the state.
#[tokio::test]
async fn a_person_whose_resource_was_read_is_not_removed() {
    for (kind, config) in [
        ("atlan_user_invite", json!({ "email": ADA, "role": "$member", "on_existing": "adopt" })),
        ("atlan_user_role", json!({ "user": ADA, "role": "$guest" })),
    ] {
        let sim = leaver().await;
        let mut resource = core(&sim).resource(kind);
        resource.apply(config.clone()).await;
        sim.clear_journal();
        let run = core(&sim).one_run();
        resource.set_core(&run);
        resource.refresh().await;
        let action = run.action("atlan_remove_user");
        let id = sim.user(ADA).unwrap().id;
        for user in [ADA.to_owned(), ADA.to_uppercase(), id] {
            let refused =
                action.try_plan(with(removal(), json!({ "user": user }))).await.expect_err("a refusal");
            let said = refused.to_string();
            assert!(said.contains(&format!("an `{kind}` manages the person")), "{said}");
            assert_eq!(places(&said), ["user"]);
        }
        assert_eq!(writes(&sim), "");
        // The action may follow once a plan removes the resource.
        resource.try_plan_destroy().await.unwrap();
        action.plan(removal()).await;
    }
}

/// What this run has done to the person who is to take over counts, although the list of people does not show it yet.
#[tokio::test]
async fn an_heir_counts_as_this_run_has_left_them() {
    for (action, is_there) in [("atlan_disable_user", true), ("atlan_enable_user", false)] {
        let sim = leaver().await;
        if !is_there {
            sim.disable(EVE).expect("active");
        }
        sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
        let run = core(&sim).one_run();
        let unseen = run.action(action).try_invoke(json!({ "users": [EVE] })).await;
        assert!(unseen.is_err(), "it does not show");
        let removed = run.action("atlan_remove_user").try_invoke(removal()).await;
        match removed {
            Ok(_) => assert!(!is_there, "Eve cannot log in"),
            Err(refused) => {
                assert!(is_there && refused.to_string().contains("eve@example.com is disabled"), "{refused}");
            }
        }
        assert_eq!(sim.user(ADA).is_some(), is_there);
    }
}

/// What the person would take over is lost if they cannot log in.
#[tokio::test]
async fn an_heir_whom_a_lost_request_should_have_enabled_counts_as_disabled() {
    let sim = leaver().await;
    sim.disable(EVE).expect("active");
    let lost = Rule::on("POST", &format!("/api/service/users/{}", sim.user(EVE).expect("there").id))
        .drop(Moment::Before);
    sim.fault(lost).expect("a rule");
    let run = impatient(&sim).one_run();
    let enabled = run.action("atlan_enable_user").try_invoke(json!({ "users": [EVE] })).await;
    assert!(enabled.is_err(), "the request is lost");
    let refused = run.action("atlan_remove_user").try_invoke(removal()).await.expect_err("Eve cannot log in");
    assert!(refused.to_string().contains("eve@example.com is disabled"), "{refused}");
    assert!(sim.user(ADA).is_some());
}

/// The caller may be no admin by the time of the check, if the tenant lets others remove people.
#[tokio::test]
async fn the_maker_of_the_token_of_the_run_is_not_removed() {
    let sim = tenant(KeyKind::ApiToken).await;
    person_by_other_means(&sim, EVE);
    sim.admit("boss@example.com", "$admin", false).expect("admitted");
    let maker = sim.users()[0].email.clone();
    sim.give_role(&maker, "$member").expect("another admin is there");
    let config = json!({ "user": maker, "transfer_to": EVE, "confirm_email": maker });
    let said = refused(&core(&sim), "atlan_remove_user", config).await;
    assert!(said.contains("created the API token that makes the requests"), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
}

#[tokio::test]
async fn tokens_that_would_die_with_the_person_are_listed() {
    let sim = tenant(KeyKind::OauthClient).await;
    person_by_other_means(&sim, EVE);
    sim.admit("boss@example.com", "$admin", false).expect("admitted");
    // The maker of the token that the tenant starts with.
    let maker = sim.users()[0].email.clone();
    sim.give_role(&maker, "$member").expect("another admin is there");
    let config = json!({ "user": maker, "transfer_to": EVE, "confirm_email": maker });
    let said = refused(&core(&sim), "atlan_remove_user", config.clone()).await;
    assert!(
        said.contains("- \"terraform\" (apikey-") && said.contains("set `delete_tokens = true`"),
        "{said}"
    );
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
    let config = with(config, json!({ "delete_tokens": true }));
    let said = refused(&core(&sim), "atlan_remove_user", config).await;
    assert!(said.contains("This OAuth client may not do this"), "{said}");
    assert_eq!(sim.journal().count("POST", WORKFLOWS), 1);
}

#[tokio::test]
async fn tokens_die_with_the_person_if_the_action_says_so() {
    let sim = leaver().await;
    let secrets = ["dbt", "looker"].map(|name| sim.make_token(ADA, name).expect("a token"));
    sim.make_token(EVE, "of Eve").expect("a token");
    let said = refused(&core(&sim), "atlan_remove_user", removal()).await;
    assert!(said.contains("- \"dbt\" (apikey-") && said.contains("- \"looker\" (apikey-"), "{said}");
    assert!(!said.contains("of Eve") && writes(&sim).is_empty(), "{said}");
    assert!(acts(&sim, &secrets[0]).await);
    let config = with(removal(), json!({ "delete_tokens": true }));
    core(&sim).action("atlan_remove_user").invoke(config).await;
    assert!(sim.user(ADA).is_none());
    for secret in secrets {
        assert!(!acts(&sim, &secret).await);
    }
    assert_eq!(alive(&sim), ["of Eve"]);
}

/// Lists of tokens may spell the user name of a maker in another way than lists of people.
#[tokio::test]
async fn the_maker_of_a_token_is_found_in_any_case() {
    let sim = leaver().await;
    sim.make_token(ADA, "dbt").expect("a token");
    let mut listed = by_other_means_get(&sim, TOKENS);
    let of_ada = |token: &&mut Value| token["displayName"] == "dbt";
    let token = listed["records"].as_array_mut().expect("records").iter_mut().find(of_ada).expect("dbt");
    let maker = token["attributes"]["createdBy"].as_str().expect("a maker").to_uppercase();
    token["attributes"]["createdBy"] = json!(maker);
    sim.fault(Rule { body: Some(listed), ..Rule::on("GET", TOKENS).status(200) }).expect("a rule");
    sim.clear_journal();
    let said = refused(&core(&sim), "atlan_remove_user", removal()).await;
    assert!(said.contains("- \"dbt\" (apikey-"), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
}

/// A second workflow would run beside the first.
#[tokio::test]
async fn a_workflow_is_submitted_again_only_if_the_first_request_had_no_effect() {
    let on = || Rule::on("POST", WORKFLOWS).times(1);
    let cases = vec![
        ("429 with Retry-After", on().status(429).retry_after(0), 2, true),
        ("500, done", on().status(500).applied(), 1, true),
        ("503, done", on().status(503).applied(), 1, true),
        ("cut off", on().truncate(5), 1, true),
        ("500", on().status(500), 1, false),
        ("503", on().status(503), 1, false),
    ];
    side_by_side(cases, |(case, rule, times, is_done)| async move {
        let sim = leaver().await;
        sim.fault(rule).expect("a rule");
        let hurry = with(removal(), json!({ "timeout": if is_done { "30s" } else { "400ms" } }));
        let removed = impatient(&sim).action("atlan_remove_user").try_invoke(hurry).await;
        assert_eq!(sim.journal().count("POST", WORKFLOWS), times, "{case}: {}", sim.journal());
        assert_eq!((removed.is_ok(), sim.user(ADA).is_none()), (is_done, is_done), "{case}: {removed:?}");
        if let Err(failed) = removed {
            let said = failed.to_string();
            assert!(said.contains("The answer to the request was lost"), "{case}: {said}");
            assert!(said.contains("before you run the action again"), "{case}: {said}");
            core(&sim).action("atlan_remove_user").invoke(removal()).await;
            assert!(sim.user(ADA).is_none(), "{case}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_followed_and_the_workflow_is_submitted_once() {
    for moment in [Moment::After, Moment::Before] {
        let sim = leaver().await;
        let late = Rule::on("POST", WORKFLOWS).times(1).drop(moment);
        let late = if moment == Moment::Before { late.late(Duration::from_millis(60)) } else { late };
        sim.fault(late).expect("a rule");
        let removed = impatient(&sim).action("atlan_remove_user").try_invoke(removal()).await;
        let removed = removed.unwrap_or_else(|failed| panic!("{moment:?}: {failed}"));
        assert!(removed.to_string().contains("the answer was lost; waiting for the removal"), "{removed}");
        assert!(sim.user(ADA).is_none());
        assert_eq!(sim.journal().count("POST", WORKFLOWS), 1, "{}", sim.journal());
    }
}

#[tokio::test]
async fn a_removal_that_does_not_happen_is_an_error_that_says_where_to_look() {
    let sim = leaver().await;
    sim.set(json!({ "workflow_outcome": "nothing" })).expect("a switch");
    let config = with(removal(), json!({ "timeout": "300ms" }));
    let said = refused(&core(&sim), "atlan_remove_user", config).await;
    assert!(
        said.contains("The workflow was accepted, and no list has shown that ada@example.com is gone"),
        "{said}"
    );
    assert!(said.contains("Look at the workflow in Atlan"), "{said}");
    sim.set(json!({ "workflow_outcome": "refused" })).expect("a switch");
    let said = refused(&core(&sim), "atlan_remove_user", removal()).await;
    assert!(
        said.contains("Could not remove ada@example.com") && said.contains("was refused with 400"),
        "{said}"
    );
    assert!(sim.user(ADA).is_some());
}

#[tokio::test]
async fn ctrl_c_ends_the_wait_for_a_removal_and_says_that_it_goes_on() {
    let sim = leaver().await;
    sim.set(json!({ "workflow_takes_ms": 3_600_000 })).expect("a switch");
    let core = core(&sim);
    let remove = core.action("atlan_remove_user");
    let interrupt = async {
        sim.until(|journal| {
            journal.iter().any(|entry| entry.fits("POST", WORKFLOWS) && entry.applied).then_some(())
        })
        .await;
        core.stop().await;
    };
    let (removed, ()) = tokio::join!(remove.try_invoke(removal()), interrupt);
    let said = removed.expect_err("interrupted").to_string();
    assert!(said.contains("The workflow was accepted") && said.contains("cancelled"), "{said}");
    assert_eq!(sim.journal().count("POST", WORKFLOWS), 1, "{}", sim.journal());
}

/// The action reports from time to time that a long removal still goes on.
#[tokio::test]
async fn a_long_removal_is_told_of() {
    let sim = leaver().await;
    sim.set(json!({ "workflow_takes_ms": 3_600_000 })).expect("a switch");
    let timing = atlan::Timing { progress: Duration::from_millis(30), ..quick_timing() };
    let core = core(&sim).give(timing);
    let remove = core.action("atlan_remove_user");
    let later = async {
        let looks = |journal: &[atlan_sim::Entry]| {
            let submitted = journal.iter().position(|entry| entry.fits("POST", WORKFLOWS))?;
            (journal.len() > submitted + 12).then_some(())
        };
        sim.until(looks).await;
        sim.advance(Duration::from_secs(2 * 3600));
    };
    let (removed, ()) = tokio::join!(remove.try_invoke(removal()), later);
    let removed = removed.unwrap_or_else(|failed| panic!("{failed}"));
    assert!(removed.to_string().contains("ada@example.com: still there after 0 s"), "{removed}");
    assert!(lines(&removed).last().expect("a line").ends_with("removed"), "{removed}");
}

/// Terraform may plan an action before the resources that do not depend on it.
#[tokio::test]
async fn a_resource_that_is_planned_after_the_removal_of_its_person_is_refused() {
    let listed = json!({ "people": { ADA: { "role": "$member" } }, "on_existing": "adopt" });
    for (kind, config) in [
        ("atlan_user_invite", json!({ "email": ADA, "role": "$member", "on_existing": "adopt" })),
        ("atlan_user_invites", listed),
        ("atlan_user_role", json!({ "user": ADA, "role": "$guest" })),
    ] {
        let sim = leaver().await;
        for exists in [false, true] {
            let mut resource = core(&sim).resource(kind);
            if exists {
                resource.apply(config.clone()).await;
            }
            sim.clear_journal();
            let id = sim.user(ADA).unwrap().id;
            for user in [ADA.to_uppercase(), id] {
                let run = core(&sim).one_run();
                resource.set_core(&run);
                run.action("atlan_remove_user").plan(with(removal(), json!({ "user": user }))).await;
                let refused = resource.try_plan(config.clone()).await.expect_err("a refusal");
                let said = refused.to_string();
                let clash = if exists { "managed" } else { "created" };
                assert!(said.contains(&format!("ada@example.com is {clash} and removed")), "{said}");
                // `terraform test` uses the same process to clean up.
                resource.try_plan(config.clone()).await.expect("the record has ended");
            }
            assert_eq!(writes(&sim), "");
            if exists {
                resource.set_core(&core(&sim));
                resource.try_plan_destroy().await.unwrap();
            }
        }
    }
}

/// Something else in the run has read the tokens some minutes ago.
#[tokio::test]
async fn a_token_that_the_person_made_since_the_run_read_the_tokens_is_protected_too() {
    let sim = leaver().await;
    let run = core(&sim).one_run();
    let report = run.data_source("atlan_access_report");
    report.try_read_in_apply(json!({ "include_api_tokens": true })).await.expect("read");
    let secret = sim.make_token(ADA, "dbt").expect("a token");
    let said = run.action("atlan_remove_user").try_invoke(removal()).await;
    assert!(acts(&sim, &secret).await, "the token died with the person, although `delete_tokens` is false");
    assert!(said.expect_err("a refusal").to_string().contains("- \"dbt\" (apikey-"));
}

/// From now on, lists of people show Ada's record as changed.
fn ada_is_listed(sim: &Sim, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    let mut listed = by_other_means_get(
        sim,
        &format!(
            "{USERS}?limit=100&columns=id&columns=username&columns=email&columns=emailVerified&columns=enabled&columns=workspaceRole&columns=attributes&columns=lastLoginTime&columns=loginEvents&columns=createdTimestamp"
        ),
    );
    let of_ada = |user: &&mut Value| user["email"] == ADA;
    let ada = listed["records"].as_array_mut().expect("records").iter_mut().find(of_ada).expect("Ada");
    change(ada.as_object_mut().expect("a record"));
    sim.fault(Rule { body: Some(listed), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
    sim.clear_journal();
}

/// Tokens name their makers by user name.
#[tokio::test]
async fn somebody_without_a_user_name_is_not_removed_as_if_they_had_made_no_tokens() {
    let sim = leaver().await;
    sim.make_token(ADA, "dbt").expect("a token");
    ada_is_listed(&sim, |ada| drop(ada.remove("username")));
    let config = with(removal(), json!({ "timeout": "3s" }));
    let said = refused(&core(&sim), "atlan_remove_user", config).await;
    assert!(said.contains("user name") && said.contains("delete_tokens = true"), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
}

/// Such a person may be an admin, and may be none.
#[tokio::test]
async fn somebody_whose_role_is_none_of_the_three_is_not_removed_and_not_called_an_admin() {
    for role in [json!("$steward"), Value::Null] {
        let sim = leaver().await;
        ada_is_listed(&sim, |ada| drop(ada.insert("workspaceRole".to_owned(), role.clone())));
        let said = refused(&core(&sim), "atlan_remove_user", removal()).await;
        assert!(said.contains("names none of the roles $admin, $member and $guest"), "{role}: {said}");
        assert!(said.contains("Nothing was sent. Give the person a role first."), "{role}: {said}");
        assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()), "{role}");
    }
}

/// A machine has no name and no address that the workflow could give as those of its creator.
#[tokio::test]
async fn a_machine_submits_the_removal_in_the_name_of_the_heir() {
    for kind in [KeyKind::ApiToken, KeyKind::OauthClient] {
        let sim = tenant(kind).await;
        for email in [ADA, EVE] {
            person_by_other_means(&sim, email);
        }
        let said = refused(&core(&sim), "atlan_remove_user", removal()).await;
        assert!(said.contains("was refused with 403"), "{kind:?}: {said}");
        assert_eq!(parameter(&submitted(&sim), "wf-creator-email"), json!(EVE), "{kind:?}");
    }
}
