//! Invitations: who may be invited, batches, mails, acceptance, expiry, cancelling.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Api, fields, text};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn an_invitation_makes_a_pending_person_at_once() {
    let api = Api::start().await;
    api.switch("lists_without_columns", json!("full"));
    assert_eq!(api.invite("Ada.L@Example.com", "$guest").await, (200, Value::Null));
    let ada = api.one("users", json!({ "email": { "$in": ["ada.l@example.com"] } })).await;
    assert_eq!((&ada["email"], &ada["username"]), (&json!("ada.l@example.com"), &json!("ada.l")));
    assert_eq!((&ada["enabled"], &ada["emailVerified"]), (&json!(true), &json!(false)));
    assert_eq!((&ada["workspaceRole"], &ada["firstName"]), (&json!("$guest"), &Value::Null));
    assert!(text(&ada["attributes"]["invitedBy"][0]).starts_with("service-account-apikey-"));
    let at = text(&ada["attributes"]["invitedAt"][0]);
    assert!(at.len() == 20 && at.ends_with('Z') && at.parse::<jiff::Timestamp>().is_ok(), "{at}");
    assert!(ada["attributes"].get("designation").is_none());
    assert_eq!(ada["loginEvents"], json!([]));
    assert_eq!(api.mails_to("ADA.L@example.com"), 1);
}

#[tokio::test]
async fn acceptance_keeps_the_guid() {
    let api = Api::start().await;
    let before = api.invited(ADA).await;
    api.accept("ADA@example.com").unwrap();
    let after = api.one("users", json!({ "email": ADA })).await;
    assert_eq!((&before["id"], &before["username"]), (&after["id"], &after["username"]));
    assert_eq!((&after["emailVerified"], &after["firstName"]), (&json!(true), &json!("Ada")));
    assert!(after["lastLoginTime"].is_i64());
    assert!(api.accept(ADA).is_err(), "there is no open invitation any more");
    assert!(api.accept("nobody@example.com").is_err());
}

#[tokio::test]
async fn a_second_invitation_conflicts_is_skipped_mailed_again_or_a_bad_request() {
    for (value, status, mails) in
        [("conflict", 409, 1), ("skip", 200, 1), ("resend", 200, 2), ("bad_request", 400, 1)]
    {
        let api = Api::start().await;
        api.switch("invite_duplicate", json!(value));
        api.invited(ADA).await;
        assert_eq!(api.invite("ADA@example.com", "$admin").await.0, status, "{value}");
        assert_eq!(api.mails_to(ADA), mails, "{value}");
        assert_eq!(api.user(ADA).unwrap().role, "$member", "{value}");
    }
}

#[tokio::test]
async fn a_batch_is_atomic_partial_or_decided_per_entry() {
    for (value, status, created) in [
        ("atomic", 400, &[][..]),
        ("partial", 400, &["a@x.org"]),
        ("per_entry", 200, &["a@x.org", "c@x.org"]),
    ] {
        let api = Api::start().await;
        api.switch("invite_batch", json!(value));
        let role = api.role("$member").await;
        let entry = |email: &str| json!({ "email": email, "roleName": "$member", "roleId": role });
        let users = json!({ "users": [entry("a@x.org"), entry("not an address"), entry("c@x.org")] });
        assert_eq!(api.post("users", users).await.0, status, "{value}");
        let mails: Vec<String> = api.mails().into_iter().map(|mail| mail.email).collect();
        assert_eq!(mails, created, "{value}");
        assert_eq!(api.users().len(), 1 + created.len(), "{value}");
    }
}

#[tokio::test]
async fn an_invitation_of_too_many_people_is_too_large_and_invites_nobody() {
    let api = Api::start().await;
    let role = api.role("$member").await;
    let entry =
        |number: usize| json!({ "email": format!("p{number}@x.org"), "roleName": "$member", "roleId": role });
    let batch = |numbers: std::ops::Range<usize>| json!({ "users": numbers.map(entry).collect::<Vec<_>>() });
    assert_eq!(api.post("users", batch(0..200)).await.0, 200, "there is no limit unless one is set");
    for how in ["atomic", "partial", "per_entry"] {
        api.set(json!({ "invite_batch": how, "invite_max_batch": 3 })).unwrap();
        let mails = api.mails().len();
        assert_eq!(api.post("users", batch(mails..mails + 4)).await.0, 413, "{how}");
        assert_eq!(api.mails().len(), mails, "{how}: nobody is mailed");
        assert_eq!(api.post("users", batch(mails..mails + 3)).await.0, 200, "{how}");
        assert_eq!(api.mails().len(), mails + 3, "{how}");
    }
    api.switch("invite_max_batch", Value::Null);
    assert_eq!(api.post("users", batch(300..310)).await.0, 200);
}

#[tokio::test]
async fn one_address_twice_in_an_atomic_batch_is_a_duplicate() {
    for (value, status, mails) in [("conflict", 409, 0), ("skip", 200, 1)] {
        let api = Api::start().await;
        api.switch("invite_duplicate", json!(value));
        let role = api.role("$member").await;
        let entry = |email: &str| json!({ "email": email, "roleName": "$member", "roleId": role });
        let users = json!({ "users": [entry(ADA), entry("Ada@Example.com")] });
        assert_eq!(api.post("users", users).await.0, status);
        assert_eq!(api.mails_to(ADA), mails);
    }
}

#[tokio::test]
async fn an_invited_person_shows_after_a_while() {
    let api = Api::start().await;
    api.switch("invite_visible_after_ms", json!(5000));
    assert_eq!(api.invite(ADA, "$member").await.0, 200);
    assert_eq!(api.filtered("users", json!({ "email": ADA })).await.1["records"], json!([]));
    assert_eq!(api.invite(ADA, "$member").await.0, 409, "the tenant knows");
    api.advance(Duration::from_millis(5001));
    assert_eq!(api.filtered("users", json!({ "email": ADA })).await.1["filterRecord"], 1);
}

#[tokio::test]
async fn addresses_are_folded_or_preserved() {
    let api = Api::start().await;
    api.switch("email_case", json!("preserve"));
    assert_eq!(api.invite("Ada@Example.com", "$member").await.0, 200);
    let found = api.filtered("users", json!({ "email": "Ada@Example.com" })).await.1;
    assert_eq!((&found["filterRecord"], &found["records"][0]["username"]), (&json!(1), &json!("ada")));
    assert_eq!(api.filtered("users", json!({ "email": ADA })).await.1["filterRecord"], 0);
    api.switch("filter_case_sensitive", json!(false));
    assert_eq!(api.filtered("users", json!({ "email": ADA })).await.1["filterRecord"], 1);
    assert_eq!(api.invite(ADA, "$member").await.0, 409);
}

#[tokio::test]
async fn a_pending_username_is_the_local_part_the_address_or_null() {
    let api = Api::start().await;
    let mut names = Vec::new();
    for (value, email) in [
        ("local_part", "x@a.org"),
        ("local_part", "X@b.org"),
        ("local_part", "x@c.org"),
        ("email", "x@d.org"),
        ("null", "x@e.org"),
    ] {
        api.switch("pending_username", json!(value));
        names.push(api.invited(&email.to_lowercase()).await["username"].clone());
    }
    assert_eq!(json!(names), json!(["x", "x-2", "x-3", "x@d.org", null]));
    api.accept("x@e.org").unwrap();
    assert!(api.user("x@e.org").unwrap().username.is_some());
}

#[tokio::test]
async fn acceptance_can_change_the_username() {
    let api = Api::start().await;
    api.switch("accept_keeps_username", json!(false));
    api.member(ADA).await;
    assert_ne!(api.user(ADA).unwrap().username.as_deref(), Some("ada"));
}

#[tokio::test]
async fn plus_addresses_and_disposable_domains_are_refused_unless_switched_off() {
    let api = Api::start().await;
    for email in
        ["ada+1@example.com", "ada@yopmail.com", "ada", "@example.com", "ada@", "a b@example.com", "ada@host"]
    {
        assert_eq!(api.invite(email, "$member").await.0, 400, "{email}");
    }
    api.set(json!({ "invite_plus_address": "accept", "invite_disposable_domains": [] })).unwrap();
    for email in ["ada+1@example.com", "ada@yopmail.com"] {
        assert_eq!(api.invite(email, "$member").await.0, 200, "{email}");
    }
}

#[tokio::test]
async fn sso_can_be_enforced() {
    let api = Api::start().await;
    api.switch("sso_enforced", json!(true));
    let (status, body) = api.invite(ADA, "$member").await;
    assert_eq!(status, 403);
    assert!(text(&body["message"]).contains("SSO"));
}

#[tokio::test]
async fn an_unknown_role_is_400_404_or_500() {
    let api = Api::start().await;
    let subrole = api.role("$admin_connections").await;
    for (value, expected) in [("bad_request", 400), ("not_found", 404), ("server_error", 500)] {
        api.switch("invite_role_unknown", json!(value));
        for id in ["", "none", &subrole] {
            let body = json!({ "users": [{ "email": ADA, "roleName": "$member", "roleId": id }] });
            assert_eq!(api.post("users", body).await.0, expected);
        }
    }
    assert_eq!(api.post("users", json!({ "users": [{ "email": ADA }] })).await.0, 400);
}

#[tokio::test]
async fn when_role_name_and_id_disagree_one_wins_or_nobody() {
    for (value, expected) in
        [("id_wins", Some("$guest")), ("name_wins", Some("$member")), ("bad_request", None)]
    {
        let api = Api::start().await;
        api.switch("invite_role_mismatch", json!(value));
        let guest = api.role("$guest").await;
        let body = json!({ "users": [{ "email": ADA, "roleName": "$member", "roleId": guest }] });
        assert_eq!(api.post("users", body).await.0, if expected.is_some() { 200 } else { 400 });
        assert_eq!(api.user(ADA).map(|user| user.role), expected);
    }
}

#[tokio::test]
async fn inviting_nobody_is_fine_or_a_bad_request() {
    let api = Api::start().await;
    for body in [json!({ "users": [] }), json!({}), json!({ "users": null })] {
        assert_eq!(api.post("users", body).await.0, 200);
    }
    api.switch("invite_empty_list", json!("bad_request"));
    assert_eq!(api.post("users", json!({ "users": [] })).await.0, 400);
}

#[tokio::test]
async fn an_expired_invitation_keeps_its_record_or_loses_it() {
    let api = Api::start().await;
    api.invited(ADA).await;
    api.expire(ADA).unwrap();
    assert!(api.accept(ADA).is_err(), "the link is dead");
    assert_eq!(api.filtered("users", json!({ "email": ADA })).await.1["filterRecord"], 1);
    api.switch("expired_record", json!("remove"));
    assert_eq!(api.filtered("users", json!({ "email": ADA })).await.1["filterRecord"], 0);
    assert_eq!(api.invite(ADA, "$member").await.0, 200, "the address is free again");
    api.set(json!({ "expired_record": "keep", "invite_ttl_days": 1 })).unwrap();
    api.advance(Duration::from_secs(24 * 3600 + 1));
    assert!(api.accept(ADA).is_err(), "a day is over");
}

#[tokio::test]
async fn an_invitation_is_sent_again_unless_the_route_is_missing() {
    let api = Api::start().await;
    let id = text(&api.invited(ADA).await["id"]);
    let path = format!("users/{id}/resendinvite");
    assert_eq!(api.post_nothing(&path).await.0, 200);
    assert_eq!(api.mails().iter().map(|mail| mail.again).collect::<Vec<_>>(), [false, true]);
    api.switch("resend_invite", json!(false));
    assert_eq!(api.post_nothing(&path).await.0, 404);
    api.switch("resend_invite", json!(true));
    api.switch("resend_with", json!(["user"]));
    assert_eq!(api.post_nothing(&path).await.0, 403);
    api.set(json!({ "resend_with": null, "resend_updates_invited_at": false })).unwrap();
    let invited_at = async || api.get(&format!("users/{id}")).await.1["attributes"]["invitedAt"].clone();
    let before = invited_at().await;
    assert!(before.is_array(), "{before}");
    api.advance(Duration::from_secs(60));
    assert_eq!(api.post_nothing(&path).await.0, 200);
    assert_eq!(invited_at().await, before);
    api.switch("resend_updates_invited_at", json!(true));
    assert_eq!(api.post_nothing(&path).await.0, 200);
    assert_ne!(invited_at().await, before);
    api.accept(ADA).unwrap();
    assert_eq!(api.post_nothing(&path).await.0, 400);
}

#[tokio::test]
async fn cancelling_deletes_disables_or_is_unknown() {
    let api = Api::as_admin().await;
    let id = text(&api.invited(ADA).await["id"]);
    let path = format!("users/{id}/delete");
    api.switch("cancel_invite", json!("not_found"));
    assert_eq!(api.post_nothing(&path).await.0, 404);
    api.switch("cancel_invite", json!("disable_instead"));
    assert_eq!(api.post_nothing(&path).await.0, 200);
    assert!(!api.user(ADA).unwrap().enabled);
    api.switch("cancel_invite", json!("delete"));
    assert_eq!(api.post_nothing(&path).await.0, 200);
    assert_eq!(api.user(ADA), None);
    assert_eq!(api.invite(ADA, "$member").await.0, 200, "the address is free again");
}

#[tokio::test]
async fn the_kind_of_key_decides_who_cancels() {
    let api = Api::start().await;
    let id = text(&api.invited(ADA).await["id"]);
    let path = format!("users/{id}/delete");
    assert_eq!(api.post_nothing(&path).await.0, 403, "an API token may not");
    api.switch("key_kind", json!("oauth_client"));
    api.switch("cancel_invite_with", json!(["user"]));
    assert_eq!(api.post_nothing(&path).await.0, 403);
    api.switch("cancel_invite_with", json!(["user", "oauth_client"]));
    assert_eq!(api.post_nothing(&path).await.0, 200);
}

#[tokio::test]
async fn the_time_of_a_login_that_never_was_is_absent_zero_or_null() {
    let api = Api::start().await;
    api.invited(ADA).await;
    for (value, expected) in [("absent", None), ("zero", Some(json!(0))), ("null", Some(Value::Null))] {
        api.switch("never_logged_in", json!(value));
        let ada = api.one("users", json!({ "email": ADA })).await;
        assert_eq!(fields(&ada).contains(&"lastLoginTime").then(|| ada["lastLoginTime"].clone()), expected);
    }
}
