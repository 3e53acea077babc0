//! The values of each switch. The first one is the default: what is most likely true of a real tenant.

use serde::{Deserialize, Serialize};

/// Declares an enum that is written in snake case and defaults to its first value.
macro_rules! switch {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident, $($(#[$value_doc:meta])* $value:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name {
            #[default]
            $(#[$first_doc])* $first,
            $($(#[$value_doc])* $value),+
        }
    };
}

switch! {
    /// A second invitation of an address that is pending or active.
    InviteDuplicate {
        /// 409, nothing sent.
        Conflict,
        /// 200, no mail, the record untouched.
        Skip,
        /// 200 and a second mail.
        Resend,
        /// 400, nothing sent.
        BadRequest,
    }
}
switch! {
    /// One bad entry among many.
    InviteBatch {
        /// Nothing is created.
        Atomic,
        /// The good ones before the bad one are created, then the error.
        Partial,
        /// 200; the bad ones are silently missing.
        PerEntry,
    }
}
switch! {
    /// Spelling of a stored email address.
    EmailCase { Fold, Preserve }
}
switch! {
    /// Username before acceptance; `LocalPart` counts up on a clash.
    PendingUsername { LocalPart, Email, Null }
}
switch! {
    /// Whether the tenant refuses or accepts a request.
    Refuse { Reject, Accept }
}
switch! {
    /// The same for people who have not accepted yet.
    RefusePending { Reject, Allow }
}
switch! {
    /// The same, allowed unless switched off.
    AllowPending { Allow, Reject }
}
switch! {
    /// Guards against locking oneself out.
    Guard { Forbid, Allow }
}
switch! {
    /// What happens to the record of an expired invitation.
    ExpiredRecord { Keep, Remove }
}
switch! {
    /// Status for an unknown role.
    RoleUnknown { BadRequest, NotFound, ServerError }
}
switch! {
    /// `roleName` and `roleId` disagree.
    RoleMismatch { IdWins, NameWins, BadRequest }
}
switch! {
    /// An invitation with an empty list of people.
    EmptyInvite { Ok, BadRequest }
}
switch! {
    /// Body of answers that no client reads.
    VoidBody { Empty, Object, Null }
}
switch! {
    /// What deleting a pending person does.
    CancelInvite { Delete, NotFound, DisableInstead }
}
switch! {
    /// `lastLoginTime` of a person who never logged in.
    NeverLoggedIn { Absent, Zero, Null }
}
switch! {
    /// A group whose name exists.
    NameTaken { Conflict, BadRequest, Existing }
}
switch! {
    /// Upper case in the internal name of a group.
    NameCase { AsSent, Fold }
}
switch! {
    /// Characters allowed in the internal name of a group.
    NameCharset { Lenient, Documented }
}
switch! {
    /// Something that exists twice.
    Twice { Allow, Conflict }
}
switch! {
    /// A name that exists already.
    Taken { Conflict, Allow }
}
switch! {
    /// Lists of an identity provider that the tenant does not have.
    UnknownProvider { NotFound, EmptyList }
}
switch! {
    /// Fields that an update of a mapper leaves out.
    MapperUpdate { Replace, Merge }
}
switch! {
    /// Attributes that an update of a group leaves out.
    GroupUpdate { Merge, Replace }
}
switch! {
    /// `"description":[]`.
    EmptyList { Remove, Ignore }
}
switch! {
    /// `"description":[""]`.
    EmptyString { Keep, Remove }
}
switch! {
    /// Whether white space at the ends of a group's attributes is stored.
    GroupText { Keep, Trim }
}
switch! {
    /// An update without the group's path.
    WithoutPath { BadRequest, Accept }
}
switch! {
    /// A different name in an update of a group.
    RenameName { Ignore, Rename }
}
switch! {
    /// Deleting a group that is not there.
    DeleteMissing { NotFound, Ok }
}
switch! {
    /// When a person joins the default groups.
    DefaultJoin { Invite, Accept, Never }
}
switch! {
    /// Adding a present member, removing an absent one.
    MemberTwice { Ok, Conflict }
}
switch! {
    /// What `POST /users/{id}/groups` does with the person's other groups.
    UserGroupsPost {
        /// It leaves them.
        Add,
        /// It takes the person out of them.
        Replace,
    }
}
switch! {
    /// An unknown or absent GUID among those to remove from a group.
    MembersRemoveUnknown { Ignore, NotFound }
}
switch! {
    /// `columns` of a list of members.
    MemberColumns {
        /// They are shown.
        Honoured,
        /// They make no difference: neither address nor attributes.
        Ignored,
    }
}
switch! {
    /// What a list of people shows without `columns`.
    WithoutColumns {
        /// Neither address nor attributes.
        Minimal,
        /// Everything, as SDK tests of 2023 saw it.
        Full,
    }
}
switch! {
    /// Unknown people in a new group.
    UnknownMember { PerUser, NotFound }
}
switch! {
    /// A `limit` above the largest page.
    LimitOverMax { Clamp, BadRequest }
}
switch! {
    /// `limit=0`.
    LimitZero { Default, Empty }
}
switch! {
    /// What `totalRecord` counts.
    TotalRecord { All, Filtered }
}
switch! {
    /// Totals with `count=false`.
    CountFalse { Omit, Include }
}
switch! {
    /// Totals without `count`.
    CountAbsent { Include, Omit }
}
switch! {
    /// `records` of an empty page, `GET /users` excepted.
    EmptyRecords { Array, Null }
}
switch! {
    /// `_` in `$ilike`.
    IlikeUnderscore { Wildcard, Literal }
}
switch! {
    /// A filter on a field that does not exist.
    UnknownField { BadRequest, Ignore, MatchNone }
}
switch! {
    /// `groupCount` of people and `userCount` of groups.
    ListCounts { Present, Absent }
}
switch! {
    /// A column of people that no SDK asks for.
    UnknownColumn { Ignore, BadRequest }
}
switch! {
    /// How `/groups` differs from `/v2/groups`.
    V1Groups { Same, NoPersonas }
}
switch! {
    /// Body of a refusal.
    ErrorShape { CodeMessage, ErrorCode, Bare, Html, Empty }
}
switch! {
    /// `Retry-After` of a 429.
    RateLimitHeader { Seconds, Date, None }
}
switch! {
    /// The persona list of an update of a token.
    PersonaUpdate {
        /// It replaces the list.
        Replace,
        /// It is added to the list.
        Merge,
        /// It replaces the list, unless it is empty.
        KeepWhenEmpty,
    }
}
switch! {
    /// Methods that update an OAuth client.
    OauthUpdateMethod { Both, Put, Post }
}

/// What kind of credential calls; it decides what the caller may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum KeyKind {
    /// A long-lived API token: a service account that a person made.
    #[default]
    ApiToken,
    /// A bearer token of an OAuth client: a service account with a role.
    OauthClient,
    /// The session of a human admin.
    User,
}
switch! {
    /// The order in which lists show the people of a batch.
    VisibleOrder {
        /// All at the same time.
        Together,
        /// The last person first; the first person only after the full delay.
        LastFirst,
    }
}
switch! {
    /// What becomes of `$or`.
    FilterOr {
        /// One of its branches must hold.
        Supported,
        /// 400.
        BadRequest,
        /// As if there were no condition.
        Ignore,
        /// Matches nothing.
        MatchNone,
        /// Only the first branch counts.
        First,
    }
}
switch! {
    /// What `$in` does on a field that does not support it.
    NoIn {
        /// 400.
        BadRequest,
        /// As if there were no condition.
        Ignore,
    }
}
switch! {
    /// An odd record at the end of unfiltered lists of people and groups, as another program or a bug may leave it.
    ForeignRecords {
        None,
        /// An id that is no GUID, as Keycloak gives to accounts of a federated directory.
        OddId,
        /// A person without `enabled`; a group without attributes.
        NoEnabled,
        /// A person without `email`; a group without attributes.
        NoEmail,
        /// Null in every field but the id.
        Nulls,
    }
}
switch! {
    /// Whether people of SCIM may be enabled and disabled.
    ScimChange { Reject, Allow }
}
switch! {
    /// What becomes of the workflow that removes a person.
    WorkflowOutcome {
        /// The person is removed.
        Done,
        /// It is accepted, without an effect.
        Nothing,
        /// 400.
        Refused,
    }
}
