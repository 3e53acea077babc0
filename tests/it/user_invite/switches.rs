//! A life cycle under every value of every switch that a tenant may have for people, roles, lists and errors.

use atlan_sim::KeyKind;
use serde_json::{Value, json};

use super::*;

fn switches() -> Vec<Value> {
    vec![
        json!({ "invite_duplicate": "skip" }),
        json!({ "invite_duplicate": "resend" }),
        json!({ "invite_duplicate": "bad_request" }),
        json!({ "invite_batch": "partial" }),
        json!({ "invite_batch": "per_entry" }),
        json!({ "email_case": "preserve" }),
        json!({ "pending_username": "email" }),
        json!({ "pending_username": "null" }),
        json!({ "accept_keeps_username": false }),
        json!({ "invite_role_mismatch": "name_wins" }),
        json!({ "expired_record": "remove" }),
        json!({ "void_body": "object" }),
        json!({ "void_body": "null" }),
        json!({ "cancel_invite": "not_found" }),
        json!({ "cancel_invite": "disable_instead" }),
        json!({ "cancel_invite_with": ["user", "oauth_client", "api_token"] }),
        json!({ "get_user_by_id": false }),
        json!({ "status_strings": { "enabled": "x", "disabled": "y", "pending": "z" } }),
        json!({ "never_logged_in": "zero" }),
        json!({ "never_logged_in": "null" }),
        json!({ "default_limit": 2, "page_limit": 3 }),
        json!({ "page_limit": 50, "limit_over_max": "bad_request" }),
        json!({ "limit_zero": "empty" }),
        json!({ "total_record": "filtered" }),
        json!({ "count_false": "include" }),
        json!({ "count_absent": "omit" }),
        json!({ "empty_records": "null" }),
        json!({ "ilike_underscore": "literal" }),
        json!({ "filter_unknown_field": "match_none" }),
        json!({ "filter_case_sensitive": false }),
        json!({ "error_shape": "error_code" }),
        json!({ "error_shape": "bare" }),
        json!({ "error_shape": "html" }),
        json!({ "error_shape": "empty" }),
        json!({ "role_change_path_alias": false }),
    ]
}

#[tokio::test]
async fn a_life_cycle_under_every_switch() {
    let cases: Vec<(Value, KeyKind)> = switches()
        .into_iter()
        .flat_map(|switch| [(switch.clone(), KeyKind::ApiToken), (switch, KeyKind::User)])
        .collect();
    side_by_side(cases, |(switch, key_kind)| async move {
        let case = format!("{switch} with {key_kind:?}");
        let (sim, mut invite) = managed_by(key_kind, "atlan_user_invite").await;
        sim.set(switch).expect("a switch");
        let config = |role: &str| json!({ "email": "Ada@example.com", "role": role });
        invite.try_apply(config("$member")).await.unwrap_or_else(|report| panic!("{case}: {report}"));
        assert_eq!(sim.mails().len(), 1, "{case}");
        assert_eq!(invite.plan(config("$member")).await.to_string(), "no-op", "{case}");
        invite.try_apply(config("$guest")).await.unwrap_or_else(|report| panic!("{case}: {report}"));
        sim.accept(ADA).unwrap_or_else(|error| panic!("{case}: {error:?}"));
        assert_eq!(invite.plan(config("guest")).await.to_string(), "no-op", "{case}");
        invite.try_destroy().await.unwrap_or_else(|report| panic!("{case}: {report}"));
        assert!(invite.state().is_null(), "{case}");
        invite
            .try_apply(json!({ "email": "grace@example.com", "role": "$member" }))
            .await
            .unwrap_or_else(|report| panic!("{case}: {report}"));
        invite.try_destroy().await.unwrap_or_else(|report| panic!("{case}: {report}"));
        assert_eq!(sim.mails().len(), 2, "{case}");
    })
    .await;
}

#[tokio::test]
async fn where_pending_people_keep_their_role_a_change_fails_until_they_accept() {
    let (sim, mut invite) = invited().await;
    sim.set(json!({ "role_change_pending": "reject" })).expect("a switch");
    let before = invite.state();
    let said = invite.try_apply(ada("$guest")).await.failed().to_string();
    assert!(said.contains("was refused with 4"), "{said}");
    assert_eq!(invite.state()["role"], before["role"]);
    // Neither may the invitation be cancelled nor the role be lowered: the person is kept.
    invite.try_destroy().await.failed();
    assert_eq!(invite.state()["id"], before["id"]);
    sim.accept(ADA).expect("there");
    invite.apply(ada("$guest")).await;
    invite.plan_is_empty().await;
    invite.destroy().await;
}

#[tokio::test]
async fn a_credential_that_may_do_more_does_more() {
    for (switch, accepted, gone) in [
        (json!({ "enable_disable_with": ["user", "oauth_client", "api_token"] }), true, false),
        (json!({ "cancel_invite_with": ["user", "oauth_client", "api_token"] }), false, true),
        (
            json!({ "cancel_invite_with": ["user", "oauth_client", "api_token"], "update_pending": "allow" }),
            false,
            true,
        ),
    ] {
        let (sim, mut invite) = invited().await;
        sim.set(switch.clone()).expect("a switch");
        if accepted {
            sim.accept(ADA).expect("there");
        }
        let said = invite.destroy().await.to_string();
        assert!(!said.contains("warning"), "{switch}: {said}");
        assert_eq!(sim.user(ADA).is_none(), gone, "{switch}");
        assert!(gone || !sim.user(ADA).expect("there").enabled, "{switch}");
    }
}

#[tokio::test]
async fn addresses_that_a_tenant_refuses_are_an_error_with_its_words() {
    let plus = json!({ "email": "ada+work@example.com", "role": "$member" });
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let said = invite.try_apply(plus.clone()).await.failed().to_string();
    assert!(said.contains("error at email:") && said.contains("was refused with 400"), "{said}");
    assert!(invite.state().is_null() && sim.mails().is_empty());
    sim.set(json!({ "invite_plus_address": "accept" })).expect("a switch");
    invite.apply(plus).await;
    invite.plan_is_empty().await;

    let disposable = json!({ "email": "ada@mailinator.com", "role": "$member" });
    let (sim, mut invite) = managed("atlan_user_invite").await;
    invite.try_apply(disposable.clone()).await.failed();
    sim.set(json!({ "invite_disposable_domains": [] })).expect("a switch");
    invite.apply(disposable).await;
    assert_eq!(sim.mails().len(), 1);
}
