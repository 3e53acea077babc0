//! The end of a seat, by policy, credential and status of the person.

use atlan_sim::{KeyKind, Moment, Rule};
use serde_json::json;

use super::*;

/// What became of the person.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Gone,
    Disabled,
    Guest,
    Untouched,
    /// The destroy failed, and the state keeps the person.
    Kept,
}

#[tokio::test]
async fn each_policy_does_what_the_credential_may() {
    use Fate::{Disabled, Gone, Guest, Kept, Untouched};
    let (token, user) = (KeyKind::ApiToken, KeyKind::User);
    // Policy, credential, whether the person has accepted, what becomes of them, whether there is a warning.
    let cases = vec![
        ("revoke", token, false, Guest, true),
        ("revoke", token, true, Guest, true),
        ("revoke", user, false, Gone, false),
        ("revoke", user, true, Disabled, false),
        ("disable", token, false, Kept, false),
        ("disable", token, true, Kept, false),
        ("disable", user, false, Gone, false),
        ("disable", user, true, Disabled, false),
        ("downgrade", token, false, Guest, true),
        ("downgrade", token, true, Guest, false),
        ("downgrade", user, false, Gone, false),
        ("downgrade", user, true, Guest, false),
        ("forget", token, false, Untouched, true),
        ("forget", user, true, Untouched, true),
    ];
    side_by_side(cases, |(policy, key_kind, accepted, fate, warns)| async move {
        let case = format!("{policy} by {key_kind:?}, accepted: {accepted}");
        let (sim, mut invite) = managed_by(key_kind, "atlan_user_invite").await;
        invite.apply(with(ada("$member"), json!({ "on_destroy": policy }))).await;
        if accepted {
            sim.accept(ADA).expect("there");
        }
        let before = invite.state();
        let result = invite.try_destroy().await;
        let there = match sim.user(ADA) {
            None => Gone,
            Some(user) if !user.enabled => Disabled,
            Some(user) if user.role == "$guest" => Guest,
            Some(_) => Untouched,
        };
        match result {
            Ok(destroyed) => {
                assert_eq!(there, fate, "{case}");
                assert!(invite.state().is_null(), "{case}");
                let said = destroyed.to_string();
                assert_eq!(said.contains("warning"), warns, "{case}: {said}");
                if fate == Guest && warns {
                    assert!(said.contains("keeps some access") && said.contains("$guest"), "{case}: {said}");
                }
            }
            Err(report) => {
                assert_eq!(fate, Kept, "{case}: {report}");
                assert_eq!(there, Untouched, "{case}");
                assert_eq!(invite.state()["id"], before["id"], "{case}");
                assert!(report.to_string().contains("403"), "{case}: {report}");
            }
        }
    })
    .await;
}

/// A refused read after the write says nothing about what the credential may do, so no weaker step follows.
#[tokio::test]
async fn a_read_that_is_refused_after_somebody_was_disabled_is_an_error() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    sim.accept(ADA).expect("there");
    let disables = format!("/api/service/users/{}", invite.state()["id"].as_str().expect("a GUID"));
    let hold = sim.hold("POST", &disables, Moment::After);
    let destroyed = tokio::spawn(async move {
        let said = invite.try_destroy().await.failed().to_string();
        (invite, said)
    });
    sim.arrived("POST", &disables).await;
    sim.fault(Rule::on("GET", USERS).status(403).times(1)).expect("a rule");
    hold.release();
    let (mut invite, said) = destroyed.await.expect("no panic");
    assert!(said.contains("GET /api/service/users was refused with 403"), "{said}");
    sim.set_faults(Vec::new()).expect("no rules");
    invite.destroy().await;
    let ada = sim.user(ADA).expect("there");
    assert_eq!((ada.enabled, ada.role), (false, "$member"));
}

#[tokio::test]
async fn the_destroy_of_a_deleted_or_disabled_person_sends_nothing() {
    let (sim, mut invite) = invited().await;
    sim.remove(ADA).expect("there");
    invite.destroy().await;
    let (sim, mut invite) = invited().await;
    sim.accept(ADA).expect("there");
    sim.disable(ADA).expect("there");
    sim.clear_journal();
    invite.destroy().await;
    assert_eq!(writes(&sim), "");
}

/// The configuration gives the person access, but they cannot log in.
#[tokio::test]
async fn the_plan_of_somebody_who_is_disabled_and_stays_says_so() {
    let cases = [
        (
            "atlan_user_invite",
            ada("$member"),
            "warning at email: The person of an `atlan_user_invite` is disabled",
        ),
        (
            "atlan_user_invites",
            json!({ "people": { (ADA): { "role": "$member" }, "bob@example.com": { "role": "$member" } } }),
            "warning at people: 1 person is disabled",
        ),
    ];
    for (kind, config, warning) in cases {
        let (sim, mut object) = managed_by(KeyKind::User, kind).await;
        object.apply(config.clone()).await;
        sim.accept(ADA).expect("there");
        for is_disabled in [false, true, false] {
            match is_disabled {
                true => sim.disable(ADA).expect("there"),
                false => sim.enable(ADA).expect("there"),
            }
            let plan = object.plan(config.clone()).await;
            let said = plan.report().to_string();
            assert!(plan.is_empty(), "{plan}");
            assert_eq!(said.contains(warning) && said.contains(ADA), is_disabled, "{kind}: {said}");
            assert_eq!(said.contains("`atlan_enable_user`"), is_disabled, "{kind}: {said}");
        }
        // No warning about a person whom the plan removes.
        sim.disable(ADA).expect("there");
        let without = match kind {
            "atlan_user_invite" => json!({ "email": "eve@example.com", "role": "$member" }),
            _ => json!({ "people": { "bob@example.com": { "role": "$member" } } }),
        };
        let said = object.plan(without).await.report().to_string();
        assert!(!said.contains("is disabled"), "{kind}: {said}");
    }
}

/// Somebody enabled the person after the list was read that the destroy starts from.
#[tokio::test]
async fn a_person_who_was_enabled_since_the_last_look_loses_the_access_all_the_same() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    sim.accept(ADA).expect("there");
    sim.disable(ADA).expect("there");
    let process = core_with(&sim, json!({ "read_mode": "snapshot" })).one_process();
    invite.set_core(&process);
    invite.refresh().await;
    sim.enable(ADA).expect("there");
    invite.set_core(&process.without_refresh());
    invite.destroy().await;
    assert!(!sim.user(ADA).expect("there").enabled, "{}", sim.journal());
}

/// Somebody removed the person after the list was read that the destroy starts from.
#[tokio::test]
async fn a_person_who_was_removed_since_the_last_look_blocks_no_destroy() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    sim.accept(ADA).expect("there");
    let process = core_with(&sim, json!({ "read_mode": "snapshot" })).one_process();
    invite.set_core(&process);
    invite.refresh().await;
    sim.remove(ADA).expect("there");
    invite.set_core(&process.without_refresh());
    sim.clear_journal();
    invite.destroy().await;
    assert_eq!((writes(&sim).as_str(), invite.state().is_null()), ("", true));
}

/// As with a plan of the destroy that was saved before the person accepted and somebody raised the role.
#[tokio::test]
async fn a_destroy_of_somebody_whose_role_was_raised_since_the_plan_says_so() {
    // Somebody who is disabled has no access that a removal would end.
    for (raised, is_disabled) in [(false, false), (true, false), (true, true)] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        invite.set_core(&core(&sim).without_refresh());
        sim.accept(ADA).expect("there");
        if raised {
            sim.give_role(ADA, "$admin").expect("there");
        }
        if is_disabled {
            sim.disable(ADA).expect("there");
        }
        let said = invite.destroy().await.to_string();
        assert!(!sim.user(ADA).expect("there").enabled);
        let warns = raised && !is_disabled;
        assert_eq!(said.contains("ada@example.com had a higher role than the state shows"), warns, "{said}");
        assert_eq!(said.contains("role $member, but the person had $admin"), warns, "{said}");
    }
}

#[tokio::test]
async fn a_failure_that_is_no_refusal_leads_to_no_weaker_step() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
    invite.apply(ada("$member")).await;
    sim.fault(atlan_sim::Rule::on("POST", "/api/service/users/*/delete").status(500)).expect("a rule");
    invite.try_destroy().await.failed();
    assert_eq!(sim.user(ADA).expect("there").role, "$member");
    assert!(!invite.state().is_null());
    sim.set_faults(vec![]).expect("rules");
    invite.destroy().await;
    assert!(sim.user(ADA).is_none());
}

#[tokio::test]
async fn the_page_of_a_gateway_is_a_failure_and_lowers_nobody() {
    for (path, accepted) in [("*/delete", false), ("/api/service/users/*", true)] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        if accepted {
            sim.accept(ADA).expect("there");
        }
        let before = invite.state();
        sim.fault(atlan_sim::Rule::on("POST", path).status(404).html().times(1)).expect("a rule");
        let error = invite.try_destroy().await.expect_err("the gateway refuses").to_string();
        assert!(error.contains("404"), "{error}");
        assert_eq!(invite.state()["id"], before["id"], "{path}: the state keeps the person");
        assert_eq!(sim.user(ADA).map(|user| user.role), Some("$member"), "{path}: the role is untouched");
        invite.try_destroy().await.expect("Atlan itself permits it");
    }
}

#[tokio::test]
async fn a_cancelled_invitation_that_a_list_still_shows_is_removed() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    let said = invite.destroy().await.to_string();
    assert_eq!((said.as_str(), invite.state().is_null()), ("", true));
    assert!(sim.user(ADA).is_none());
}

/// The list shows the cancellation between the request for it, answered 404, and the change of the role.
#[tokio::test]
async fn a_list_that_catches_up_with_a_cancellation_ends_the_destroy_without_a_warning() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    let id = invite.state()["id"].as_str().expect("a GUID").to_owned();
    by_other_means(&sim, &format!("{USERS}/{id}/delete"), &json!({}));
    let (roles, delete) = ("/api/service/roles", format!("{USERS}/{id}/delete"));
    sim.clear_journal();
    let first = sim.hold("POST", &delete, Moment::Before);
    let catches_up = async {
        sim.arrived("POST", &delete).await;
        sim.clear_journal();
        let second = sim.hold("GET", roles, Moment::Before);
        first.release();
        sim.arrived("GET", roles).await;
        sim.advance(std::time::Duration::from_secs(3600));
        second.release();
    };
    let (said, ()) = tokio::join!(invite.destroy(), catches_up);
    assert_eq!((said.to_string().as_str(), invite.state().is_null()), ("", true), "{}", sim.journal());
    assert_eq!(sim.journal().count("POST", "*/roles/update"), 0, "{}", sim.journal());
}

/// An earlier apply has cancelled the invitation and lost the answer, and lists are late. Atlan itself says twice that there is no such person,
/// as a tenant would that has none of the two requests.
#[tokio::test]
async fn an_invitation_that_a_list_shows_stays_in_the_state_although_atlan_answers_404() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    let id = invite.state()["id"].as_str().expect("a GUID").to_owned();
    sim.fault(Rule::on("POST", &format!("{USERS}/{id}/*")).status(404)).expect("a rule");
    let said = invite.try_destroy().await.failed().to_string();
    assert!(said.contains("Could not see that the invitation of ada@example.com is cancelled"), "{said}");
    assert_eq!((invite.state()["id"].as_str(), sim.user(ADA).is_some()), (Some(&*id), true));

    sim.set_faults(Vec::new()).expect("no rules");
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    by_other_means(&sim, &format!("{USERS}/{id}/delete"), &json!({}));
    assert!(sim.user(ADA).is_none());
    invite.try_destroy().await.failed();
    assert_eq!(invite.state()["id"], *id);
    sim.advance(std::time::Duration::from_secs(3600));
    invite.destroy().await;
    assert!(invite.state().is_null());
}

#[tokio::test]
async fn a_refusal_blames_no_api_token_where_there_is_none() {
    let (sim, mut invite) = managed_by(KeyKind::OauthClient, "atlan_user_invite").await;
    invite.apply(with(ada("$member"), json!({ "on_destroy": "disable" }))).await;
    sim.accept(ADA).expect("there");
    let destroyed = invite.try_destroy().await.failed().to_string();
    sim.disable(ADA).expect("there");
    invite.forget();
    let adopt = with(ada("$member"), json!({ "on_existing": "adopt" }));
    let adopted = invite.try_apply(adopt).await.failed().to_string();
    for (said, verb) in [(destroyed, "disable people"), (adopted, "enable people")] {
        assert!(said.contains(&format!("This OAuth client may not {verb}.")), "{said}");
        // The simulator's own message speaks of its caller.
        assert!(!said.contains("API token may"), "{said}");
    }
}

/// In a plan, a changed address looks like a harmless correction. A plan of a destroy needs no warning.
#[tokio::test]
async fn a_replacement_that_ends_the_access_of_an_active_person_warns() {
    let loses = "warning at email: 1 active person will lose access";
    for (policy, accepted, expected) in [
        ("revoke", true, loses),
        ("disable", true, loses),
        ("downgrade", true, "warning at email: 1 active person will be lowered to $guest"),
        ("forget", true, ""),
        ("revoke", false, ""),
    ] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        let config = with(ada("$member"), json!({ "on_destroy": policy }));
        invite.apply(config.clone()).await;
        if accepted {
            sim.accept(ADA).expect("there");
        }
        let other = with(config.clone(), json!({ "email": "ada.l@example.com" }));
        let planned = invite.plan(other).await;
        assert_eq!(planned.replaced_for(), ["email"], "{policy}");
        let said = planned.report().to_string();
        assert_eq!(said.contains("warning"), !expected.is_empty(), "{policy}: {said}");
        assert!(said.contains(expected), "{policy}: {said}");
        if !expected.is_empty() {
            assert!(said.contains("it invites ada.l@example.com"), "{policy}: {said}");
        }
        // Another spelling, another role and a destroy need no warning.
        let spelled = with(config, json!({ "email": "Ada@Example.com", "role": "$guest" }));
        let said = invite.plan(spelled).await.report().to_string();
        assert!(!said.contains("warning"), "{policy}: {said}");
        let destroy = invite.try_plan_destroy().await.expect("planned").expect("a destroy");
        let said = destroy.report().to_string();
        assert!(!said.contains("warning"), "{policy}: {said}");
    }
}

/// Somebody else removes the person between the look-up and the change of the role.
#[tokio::test]
async fn a_downgrade_of_somebody_who_is_removed_meanwhile_is_done() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    invite.apply(with(ada("$member"), json!({ "on_destroy": "downgrade" }))).await;
    sim.accept(ADA).expect("there");
    invite.set_core(&core(&sim));
    sim.clear_journal();
    let hold = sim.hold("GET", ROLES, Moment::Before);
    let meanwhile = async {
        sim.arrived("GET", ROLES).await;
        sim.remove(ADA).expect("there");
        hold.release();
    };
    let (destroyed, ()) = tokio::join!(invite.try_destroy(), meanwhile);
    destroyed.expect("nobody is left to lower");
    assert!(invite.state().is_null());
}
