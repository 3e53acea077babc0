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
