//! The switches: how this tenant behaves where only a real tenant could tell.
//!
//! `PUT /_sim/settings` takes any subset of the fields below, by name; `null` puts one back to its default.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::rate::RateWindow;

pub use switches::KeyKind;
pub(crate) use switches::*;

mod switches;

/// All switches of a tenant. The field is the name on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    // Inviting
    pub(crate) invite_duplicate: InviteDuplicate,
    pub(crate) invite_batch: InviteBatch,
    /// Most people that an invitation may name; 0 is no limit.
    pub(crate) invite_max_batch: usize,
    pub(crate) invite_visible_after_ms: u64,
    pub(crate) invite_visible_order: VisibleOrder,
    /// How long lists show people as they were before a change, and people who were removed.
    pub(crate) user_changes_visible_after_ms: u64,
    pub(crate) email_case: EmailCase,
    pub(crate) pending_username: PendingUsername,
    pub(crate) accept_keeps_username: bool,
    pub(crate) invite_plus_address: Refuse,
    pub(crate) invite_disposable_domains: Vec<String>,
    pub(crate) sso_enforced: bool,
    /// The status of what single sign-on refuses.
    pub(crate) sso_refused_with: u16,
    pub(crate) invite_ttl_days: u32,
    pub(crate) expired_record: ExpiredRecord,
    pub(crate) invite_role_unknown: RoleUnknown,
    pub(crate) invite_role_mismatch: RoleMismatch,
    pub(crate) invite_empty_list: EmptyInvite,
    pub(crate) void_body: VoidBody,
    // Pending, disabled, removed
    pub(crate) cancel_invite: CancelInvite,
    #[serde(deserialize_with = "kinds")]
    pub(crate) cancel_invite_with: Vec<KeyKind>,
    #[serde(deserialize_with = "kinds")]
    pub(crate) delete_active_with: Vec<KeyKind>,
    #[serde(deserialize_with = "kinds")]
    pub(crate) enable_disable_with: Vec<KeyKind>,
    pub(crate) update_pending: RefusePending,
    pub(crate) role_change_pending: AllowPending,
    pub(crate) group_add_pending: AllowPending,
    pub(crate) role_change_scim: AllowPending,
    pub(crate) role_change_self: Guard,
    pub(crate) disable_self: Guard,
    pub(crate) last_admin: Guard,
    pub(crate) role_change_path_alias: bool,
    pub(crate) get_user_by_id: bool,
    pub(crate) group_members_post: bool,
    pub(crate) resend_invite: bool,
    #[serde(deserialize_with = "kinds")]
    pub(crate) resend_with: Vec<KeyKind>,
    pub(crate) resend_updates_invited_at: bool,
    pub(crate) scim_enable_disable: ScimChange,
    pub(crate) workflow_outcome: WorkflowOutcome,
    pub(crate) creator_disabled_kills_token: bool,
    pub(crate) status_strings: StatusStrings,
    pub(crate) never_logged_in: NeverLoggedIn,
    // Groups
    pub(crate) group_name_taken: NameTaken,
    pub(crate) group_name_case: NameCase,
    pub(crate) group_name_charset: NameCharset,
    pub(crate) group_alias_taken: Twice,
    pub(crate) group_update: GroupUpdate,
    pub(crate) group_empty_list: EmptyList,
    pub(crate) group_empty_string: EmptyString,
    pub(crate) group_text: GroupText,
    pub(crate) group_update_without_path: WithoutPath,
    pub(crate) group_rename_name: RenameName,
    pub(crate) group_delete_missing: DeleteMissing,
    pub(crate) group_visible_after_ms: u64,
    /// How long lists show groups as they were before a change, and those that were deleted.
    pub(crate) group_changes_visible_after_ms: u64,
    pub(crate) membership_visible_after_ms: u64,
    pub(crate) default_group_join: DefaultJoin,
    pub(crate) default_group_retroactive: bool,
    pub(crate) group_member_twice: MemberTwice,
    pub(crate) group_create_unknown_user: UnknownMember,
    pub(crate) user_groups_post: UserGroupsPost,
    pub(crate) members_remove_unknown: MembersRemoveUnknown,
    pub(crate) member_columns: MemberColumns,
    // Single sign-on
    #[serde(deserialize_with = "kinds")]
    pub(crate) sso_with: Vec<KeyKind>,
    /// How long lists lack a new mapper.
    pub(crate) mapper_visible_after_ms: u64,
    pub(crate) mapper_unknown_provider: UnknownProvider,
    pub(crate) mapper_name_taken: Taken,
    pub(crate) mapper_group_twice: Twice,
    pub(crate) mapper_update: MapperUpdate,
    pub(crate) mapper_delete_missing: DeleteMissing,
    // Lists, limits, errors
    pub(crate) default_limit: usize,
    pub(crate) page_limit: usize,
    pub(crate) limit_over_max: LimitOverMax,
    pub(crate) limit_zero: LimitZero,
    pub(crate) total_record: TotalRecord,
    pub(crate) count_false: CountFalse,
    pub(crate) count_absent: CountAbsent,
    pub(crate) empty_records: EmptyRecords,
    pub(crate) ilike_underscore: IlikeUnderscore,
    pub(crate) filter_unknown_field: UnknownField,
    pub(crate) filter_case_sensitive: bool,
    /// Fields for which there is no `$in`.
    pub(crate) filter_in_refused: BTreeMap<String, NoIn>,
    pub(crate) filter_or: FilterOr,
    pub(crate) foreign_records: ForeignRecords,
    pub(crate) list_counts: ListCounts,
    pub(crate) column_unknown: UnknownColumn,
    pub(crate) lists_without_columns: WithoutColumns,
    pub(crate) v1_groups: V1Groups,
    pub(crate) error_shape: ErrorShape,
    pub(crate) rate_limit_header: RateLimitHeader,
    pub(crate) key_kind: KeyKind,
    pub(crate) oauth_update_method: OauthUpdateMethod,
    pub(crate) token_name_taken: Twice,
    #[serde(deserialize_with = "kinds")]
    pub(crate) token_with: Vec<KeyKind>,
    pub(crate) token_update_personas: PersonaUpdate,
    /// The shortest life of a token.
    pub(crate) token_min_validity_seconds: u64,
    /// How long lists lack a new token, or a new OAuth client.
    pub(crate) token_visible_after_ms: u64,
    /// Whether a token or an OAuth client is made and the answer is 500.
    pub(crate) token_create_lost: bool,
    pub(crate) expired_token_record: ExpiredRecord,
    pub(crate) token_delete_missing: DeleteMissing,
    // Beyond what is unknown: how fast this tenant is.
    /// Requests answered a minute for each address, then 429 until the minute is over; 0 is no limit.
    pub(crate) requests_per_minute: u32,
    pub(crate) rate_limit_window: RateWindow,
    /// Life of a token of an OAuth client, in seconds.
    pub(crate) oauth_token_seconds: u32,
    /// How long the workflow that removes a person takes.
    pub(crate) workflow_takes_ms: u64,
}

/// Values of `status` in a user record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StatusStrings {
    pub(crate) enabled: String,
    pub(crate) disabled: String,
    pub(crate) pending: String,
}

/// All kinds of credentials.
fn everybody() -> Vec<KeyKind> {
    vec![KeyKind::User, KeyKind::OauthClient, KeyKind::ApiToken]
}

/// A list of kinds, or `"all"`.
fn kinds<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<KeyKind>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Word(String),
        List(Vec<KeyKind>),
    }
    match Written::deserialize(from)? {
        Written::List(kinds) => Ok(kinds),
        Written::Word(word) if word == "all" => Ok(everybody()),
        Written::Word(word) => {
            Err(serde::de::Error::custom(format!("`{word}` is neither a list of kinds nor `all`")))
        }
    }
}

impl Default for StatusStrings {
    fn default() -> Self {
        Self { enabled: "Enabled".into(), disabled: "Disabled".into(), pending: "Enabled".into() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            invite_duplicate: InviteDuplicate::default(),
            invite_batch: InviteBatch::default(),
            invite_max_batch: 0,
            invite_visible_after_ms: 0,
            invite_visible_order: VisibleOrder::default(),
            user_changes_visible_after_ms: 0,
            email_case: EmailCase::default(),
            pending_username: PendingUsername::default(),
            accept_keeps_username: true,
            invite_plus_address: Refuse::default(),
            invite_disposable_domains: ["yopmail.com", "temp-mail.org", "mailinator.com"]
                .map(String::from)
                .into(),
            sso_enforced: false,
            sso_refused_with: 403,
            invite_ttl_days: 7,
            expired_record: ExpiredRecord::default(),
            invite_role_unknown: RoleUnknown::default(),
            invite_role_mismatch: RoleMismatch::default(),
            invite_empty_list: EmptyInvite::default(),
            void_body: VoidBody::default(),
            cancel_invite: CancelInvite::default(),
            cancel_invite_with: vec![KeyKind::User, KeyKind::OauthClient],
            delete_active_with: vec![KeyKind::User],
            enable_disable_with: vec![KeyKind::User],
            update_pending: RefusePending::default(),
            role_change_pending: AllowPending::default(),
            group_add_pending: AllowPending::default(),
            role_change_scim: AllowPending::default(),
            role_change_self: Guard::default(),
            disable_self: Guard::default(),
            last_admin: Guard::default(),
            role_change_path_alias: true,
            get_user_by_id: true,
            group_members_post: true,
            resend_invite: true,
            resend_with: everybody(),
            resend_updates_invited_at: true,
            scim_enable_disable: ScimChange::default(),
            workflow_outcome: WorkflowOutcome::default(),
            creator_disabled_kills_token: false,
            status_strings: StatusStrings::default(),
            never_logged_in: NeverLoggedIn::default(),
            group_name_taken: NameTaken::default(),
            group_name_case: NameCase::default(),
            group_name_charset: NameCharset::default(),
            group_alias_taken: Twice::default(),
            group_update: GroupUpdate::default(),
            group_empty_list: EmptyList::default(),
            group_empty_string: EmptyString::default(),
            group_text: GroupText::default(),
            group_update_without_path: WithoutPath::default(),
            group_rename_name: RenameName::default(),
            group_delete_missing: DeleteMissing::default(),
            group_visible_after_ms: 0,
            group_changes_visible_after_ms: 0,
            membership_visible_after_ms: 0,
            default_group_join: DefaultJoin::default(),
            default_group_retroactive: false,
            group_member_twice: MemberTwice::default(),
            group_create_unknown_user: UnknownMember::default(),
            user_groups_post: UserGroupsPost::default(),
            members_remove_unknown: MembersRemoveUnknown::default(),
            member_columns: MemberColumns::default(),
            sso_with: everybody(),
            mapper_visible_after_ms: 0,
            mapper_unknown_provider: UnknownProvider::default(),
            mapper_name_taken: Taken::default(),
            mapper_group_twice: Twice::default(),
            mapper_update: MapperUpdate::default(),
            mapper_delete_missing: DeleteMissing::default(),
            default_limit: 20,
            page_limit: 100,
            limit_over_max: LimitOverMax::default(),
            limit_zero: LimitZero::default(),
            total_record: TotalRecord::default(),
            count_false: CountFalse::default(),
            count_absent: CountAbsent::default(),
            empty_records: EmptyRecords::default(),
            ilike_underscore: IlikeUnderscore::default(),
            filter_unknown_field: UnknownField::default(),
            filter_case_sensitive: true,
            filter_in_refused: BTreeMap::new(),
            filter_or: FilterOr::default(),
            foreign_records: ForeignRecords::default(),
            list_counts: ListCounts::default(),
            column_unknown: UnknownColumn::default(),
            lists_without_columns: WithoutColumns::default(),
            v1_groups: V1Groups::default(),
            error_shape: ErrorShape::default(),
            rate_limit_header: RateLimitHeader::default(),
            key_kind: KeyKind::default(),
            oauth_update_method: OauthUpdateMethod::default(),
            token_name_taken: Twice::default(),
            token_with: everybody(),
            token_update_personas: PersonaUpdate::default(),
            token_min_validity_seconds: 0,
            token_visible_after_ms: 0,
            token_create_lost: false,
            expired_token_record: ExpiredRecord::default(),
            token_delete_missing: DeleteMissing::default(),
            requests_per_minute: 0,
            rate_limit_window: RateWindow::default(),
            oauth_token_seconds: 600,
            workflow_takes_ms: 0,
        }
    }
}

impl Settings {
    /// These settings with `changes` applied; `null` takes the value from `defaults`.
    ///
    /// # Errors
    /// What is wrong with `changes`: not an object, an unknown name, or a value the switch does not have.
    pub(crate) fn with(&self, changes: &Value, defaults: &Settings) -> Result<Settings, String> {
        let Value::Object(changes) = changes else {
            return Err("settings are a JSON object of switches".into());
        };
        let (mut merged, defaults) = (self.to_map()?, defaults.to_map()?);
        for (name, value) in changes {
            let value = if value.is_null() { defaults.get(name).cloned() } else { Some(value.clone()) };
            merged.insert(name.clone(), value.unwrap_or(Value::Null));
        }
        let settings: Settings = serde_json::from_value(Value::Object(merged)).map_err(|e| e.to_string())?;
        if settings.page_limit == 0 || settings.default_limit == 0 {
            return Err("page_limit and default_limit start at 1".into());
        }
        Ok(settings)
    }

    fn to_map(&self) -> Result<Map<String, Value>, String> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Ok(Map::new()),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_laid_over_and_null_goes_back() {
        let start = Settings { page_limit: 7, ..Settings::default() };
        let changed = start.with(&json!({ "invite_batch": "per_entry", "page_limit": 50 }), &start).unwrap();
        assert_eq!((changed.invite_batch, changed.page_limit), (InviteBatch::PerEntry, 50));
        assert_eq!(
            changed.with(&json!({ "invite_batch": null, "page_limit": null }), &start).unwrap(),
            start
        );
    }

    #[test]
    fn unknown_names_and_values_are_refused() {
        let settings = Settings::default();
        for bad in [
            json!([]),
            json!({ "invite_batsch": "atomic" }),
            json!({ "invite_batsch": null }),
            json!({ "invite_batch": "sometimes" }),
            json!({ "page_limit": 0 }),
            json!({ "page_limit": -1 }),
        ] {
            assert!(settings.with(&bad, &settings).is_err(), "{bad}");
        }
    }
}
