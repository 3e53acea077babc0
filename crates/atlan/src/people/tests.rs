use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::error::Call;

fn answer() -> Answer {
    let call = Call { method: "GET", path: "/u".into(), request_id: "r".into(), attempts: 1, late: false };
    Answer { call, status: 200, body: Vec::new(), date: "2026-03-10T00:00:00Z".parse().ok(), title: None }
}

fn read(record: Value) -> Result<User, &'static str> {
    User::read(serde_json::from_value(record).expect("a record"), &answer())
}

fn status(fields: Value) -> UserStatus {
    let mut record = json!({ "id": "u1", "email": "a@b.c", "enabled": true, "emailVerified": true });
    for (key, value) in fields.as_object().expect("fields") {
        record[key] = value.clone();
    }
    read(record).expect("complete").status
}

#[test]
fn status_comes_from_the_flags_in_order() {
    use UserStatus::{Active, Disabled, Expired, Pending};
    let cases = [
        (json!({}), Active),
        (json!({ "status": "Disabled" }), Active),
        (json!({ "enabled": false }), Disabled),
        (json!({ "enabled": false, "emailVerified": false, "isLocked": true }), Disabled),
        (json!({ "isLocked": true, "emailVerified": false }), Active),
        (json!({ "emailVerified": false }), Pending),
        (json!({ "emailVerified": false, "lastLoginTime": 0 }), Pending),
        (json!({ "emailVerified": false, "lastLoginTime": null, "loginEvents": null }), Pending),
        (json!({ "emailVerified": false, "lastLoginTime": 1_708_967_980_214_u64 }), Active),
        (json!({ "emailVerified": false, "loginEvents": [{ "type": "LOGIN" }] }), Active),
        (json!({ "emailVerified": false, "loginEvents": [{ "type": "LOGIN_ERROR" }, {}] }), Pending),
        (json!({ "emailVerified": false, "attributes": { "invitedAt": ["2026-03-03T00:00:00Z"] } }), Pending),
        (json!({ "emailVerified": false, "attributes": { "invitedAt": ["2026-03-02T23:59:59Z"] } }), Expired),
        (json!({ "emailVerified": false, "attributes": { "invitedAt": ["last week"] } }), Pending),
    ];
    for (fields, expected) in cases {
        assert_eq!(status(fields.clone()), expected, "{fields}");
    }
}

#[test]
fn a_record_names_what_it_lacks() {
    assert_eq!(read(json!({ "email": "a@b.c", "enabled": true })), Err("id"));
    assert_eq!(read(json!({ "id": "u1", "email": "a@b.c" })), Err("enabled"));
    assert_eq!(
        read(json!({ "id": "u1", "enabled": true })),
        Err("email"),
        "nobody can be invited without an address"
    );
    let bare = read(json!({ "id": "u1", "email": "a@b.c", "enabled": true, "workspaceRole": "$other" }));
    assert_eq!(bare.expect("complete").role, None);
}

proptest! {
    #[test]
    fn folding_ignores_case_and_space_and_is_stable(email in "[a-zA-Z0-9._-]{1,20}@[a-zA-Z0-9.-]{1,20}", pad in "[ \t]{0,3}") {
        let folded = fold_email(&email);
        prop_assert_eq!(fold_email(&folded), folded.clone());
        prop_assert_eq!(fold_email(&email.to_uppercase()), folded.clone());
        prop_assert_eq!(fold_email(&format!("{pad}{email}{pad}")), folded);
    }
}
