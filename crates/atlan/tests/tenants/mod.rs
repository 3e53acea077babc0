//! Tenants of every kind that only a real one could tell: all values of all switches of the simulator that could touch
//! groups, people, roles, lists or errors. Client and provider walk the same table, here and in `tests/it/switches.rs`, where
//! a test compares it with the simulator's own settings.

use serde_json::{Map, Value, json};

/// A switch and its values, the default first.
pub(crate) type Switch = (&'static str, Vec<Value>);

/// Settings of the simulator that are no part of the table, and why.
pub(crate) const LEFT_OUT: [(&str, &str); 4] = [
    (
        "requests_per_minute",
        "a limit and no open question: tests/it and the client's tests of limits have it",
    ),
    ("rate_limit_window", "how that limit counts: the tables of `cargo xtask numbers` have it"),
    ("oauth_token_seconds", "a time and no open question: the client's tests of OAuth have it"),
    ("workflow_takes_ms", "removal of people for good, which no resource does"),
];

/// Every switch with all its values; where any number would do, one that makes a difference.
pub(crate) fn table() -> Vec<Switch> {
    let everybody = json!(["user", "oauth_client", "api_token"]);
    let words = json!({ "enabled": "Enabled", "disabled": "Disabled", "pending": "Enabled" });
    let other_words = json!({ "enabled": "Disabled", "disabled": "Enabled", "pending": "Invited" });
    let domains = json!(["yopmail.com", "temp-mail.org", "mailinator.com"]);
    let rows: Vec<(&'static str, Value)> = vec![
        // Inviting
        ("invite_duplicate", json!(["conflict", "skip", "resend", "bad_request"])),
        ("invite_batch", json!(["atomic", "partial", "per_entry"])),
        ("invite_max_batch", json!([0, 2])),
        ("invite_visible_after_ms", json!([0, 150])),
        ("invite_visible_order", json!(["together", "last_first"])),
        ("user_changes_visible_after_ms", json!([0, 150])),
        ("email_case", json!(["fold", "preserve"])),
        ("pending_username", json!(["local_part", "email", "null"])),
        ("accept_keeps_username", json!([true, false])),
        ("invite_plus_address", json!(["reject", "accept"])),
        ("invite_disposable_domains", json!([domains, []])),
        ("sso_enforced", json!([false, true])),
        ("sso_refused_with", json!([403, 400, 422])),
        ("invite_ttl_days", json!([7, 30])),
        ("expired_record", json!(["keep", "remove"])),
        ("invite_role_unknown", json!(["bad_request", "not_found", "server_error"])),
        ("invite_role_mismatch", json!(["id_wins", "name_wins", "bad_request"])),
        ("invite_empty_list", json!(["ok", "bad_request"])),
        ("void_body", json!(["empty", "object", "null"])),
        // Pending, disabled, removed
        ("cancel_invite", json!(["delete", "not_found", "disable_instead"])),
        ("cancel_invite_with", json!([["user", "oauth_client"], everybody, ["user"]])),
        ("delete_active_with", json!([["user"], ["user", "oauth_client"], everybody])),
        ("enable_disable_with", json!([["user"], ["user", "oauth_client"], everybody])),
        ("update_pending", json!(["reject", "allow"])),
        ("role_change_pending", json!(["allow", "reject"])),
        ("group_add_pending", json!(["allow", "reject"])),
        ("role_change_scim", json!(["allow", "reject"])),
        ("role_change_self", json!(["forbid", "allow"])),
        ("disable_self", json!(["forbid", "allow"])),
        ("last_admin", json!(["forbid", "allow"])),
        ("role_change_path_alias", json!([true, false])),
        ("get_user_by_id", json!([true, false])),
        ("group_members_post", json!([true, false])),
        ("resend_invite", json!([true, false])),
        ("resend_with", json!([everybody, ["user"]])),
        ("resend_updates_invited_at", json!([true, false])),
        ("scim_enable_disable", json!(["reject", "allow"])),
        ("workflow_outcome", json!(["done", "nothing", "refused"])),
        ("creator_disabled_kills_token", json!([false, true])),
        ("status_strings", json!([words, other_words])),
        ("never_logged_in", json!(["absent", "zero", "null"])),
        // Groups
        ("group_name_taken", json!(["conflict", "bad_request", "existing"])),
        ("group_name_case", json!(["as_sent", "fold"])),
        ("group_name_charset", json!(["lenient", "documented"])),
        ("group_alias_taken", json!(["allow", "conflict"])),
        ("group_update", json!(["merge", "replace"])),
        ("group_empty_list", json!(["remove", "ignore"])),
        ("group_empty_string", json!(["keep", "remove"])),
        ("group_text", json!(["keep", "trim"])),
        ("group_update_without_path", json!(["bad_request", "accept"])),
        ("group_rename_name", json!(["ignore", "rename"])),
        ("group_delete_missing", json!(["not_found", "ok"])),
        ("group_visible_after_ms", json!([0, 150])),
        ("membership_visible_after_ms", json!([0, 150])),
        ("group_changes_visible_after_ms", json!([0, 150])),
        ("default_group_join", json!(["invite", "accept", "never"])),
        ("default_group_retroactive", json!([false, true])),
        ("group_member_twice", json!(["ok", "conflict"])),
        ("group_create_unknown_user", json!(["per_user", "not_found"])),
        ("user_groups_post", json!(["add", "replace"])),
        ("members_remove_unknown", json!(["ignore", "not_found"])),
        ("member_columns", json!(["honoured", "ignored"])),
        // Single sign-on
        ("sso_with", json!([everybody, ["user"], ["user", "oauth_client"]])),
        ("mapper_visible_after_ms", json!([0, 150])),
        ("mapper_unknown_provider", json!(["not_found", "empty_list"])),
        ("mapper_name_taken", json!(["conflict", "allow"])),
        ("mapper_group_twice", json!(["allow", "conflict"])),
        ("mapper_update", json!(["replace", "merge"])),
        ("mapper_delete_missing", json!(["not_found", "ok"])),
        // Lists, limits, errors
        ("default_limit", json!([20, 3])),
        ("page_limit", json!([100, 3, 25])),
        ("limit_over_max", json!(["clamp", "bad_request"])),
        ("limit_zero", json!(["default", "empty"])),
        ("total_record", json!(["all", "filtered"])),
        ("count_false", json!(["omit", "include"])),
        ("count_absent", json!(["include", "omit"])),
        ("empty_records", json!(["array", "null"])),
        ("ilike_underscore", json!(["wildcard", "literal"])),
        ("filter_unknown_field", json!(["bad_request", "ignore", "match_none"])),
        ("filter_case_sensitive", json!([true, false])),
        ("foreign_records", json!(["none", "odd_id", "no_enabled", "no_email", "nulls"])),
        ("lists_without_columns", json!(["minimal", "full"])),
        (
            "filter_in_refused",
            json!([{}, { "email": "bad_request", "name": "ignore" }, { "id": "bad_request" }, { "email": "ignore" }]),
        ),
        ("filter_or", json!(["supported", "bad_request", "ignore", "match_none", "first"])),
        ("list_counts", json!(["present", "absent"])),
        ("column_unknown", json!(["ignore", "bad_request"])),
        ("v1_groups", json!(["same", "no_personas"])),
        ("error_shape", json!(["code_message", "error_code", "bare", "html", "empty"])),
        ("rate_limit_header", json!(["seconds", "date", "none"])),
        ("key_kind", json!(["api_token", "oauth_client", "user"])),
        // API tokens and OAuth clients
        ("oauth_update_method", json!(["both", "put", "post"])),
        ("token_name_taken", json!(["allow", "conflict"])),
        ("token_with", json!([everybody, ["user", "api_token"]])),
        ("token_update_personas", json!(["replace", "merge", "keep_when_empty"])),
        ("token_min_validity_seconds", json!([0, 3600])),
        ("token_visible_after_ms", json!([0, 150])),
        ("token_create_lost", json!([false, true])),
        ("expired_token_record", json!(["keep", "remove"])),
        ("token_delete_missing", json!(["not_found", "ok"])),
    ];
    rows.into_iter().map(|(name, values)| (name, values.as_array().expect("a list").clone())).collect()
}

/// Every value but the defaults, one at a time, and the tenant that is all defaults.
pub(crate) fn singles() -> Vec<Value> {
    let mut singles = vec![json!({})];
    singles.extend(changes().into_iter().map(|change| alone(&[change])));
    singles
}

/// Every two values of two different switches.
pub(crate) fn pairs() -> Vec<Value> {
    let changes = changes();
    let mut pairs = Vec::new();
    for (at, one) in changes.iter().enumerate() {
        let others = changes[at..].iter().filter(|other| other.0 != one.0);
        pairs.extend(others.map(|other| alone(&[one.clone(), other.clone()])));
    }
    pairs
}

fn changes() -> Vec<(&'static str, Value)> {
    let but_default = |(name, values): Switch| values.into_iter().skip(1).map(move |value| (name, value));
    table().into_iter().flat_map(but_default).collect()
}

/// These values and nothing else, except what one of them needs to make a difference.
fn alone(changes: &[(&'static str, Value)]) -> Value {
    let mut switches: Map<String, Value> =
        changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    if switches.contains_key("limit_over_max") {
        // Nobody asks for more than the default page holds, and a tenant that refused the 20 that every SDK asks for would
        // have no clients.
        switches.insert("page_limit".to_owned(), json!(25));
    }
    if switches.contains_key("invite_visible_order") {
        // Without a time all would show at once.
        switches.entry("invite_visible_after_ms").or_insert(json!(150));
    }
    Value::Object(switches)
}
