//! People as the shared reads keep them: one allocation each, because a tenant may have 50,000.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::config::Sharing;
use crate::guid::Guid;
use crate::list::List;
use crate::reads::Source;
use crate::records::{User, UserStatus, WorkspaceRole, fold_email};
use crate::request::filter;

/// Columns asked for: no more than used, because pages of thousands of people are read. `loginEvents` and `lastLoginTime`
/// tell people who came by single sign-on from pending ones;
/// `groupCount` tells whether a new membership could be the loss of another.
const COLUMNS: [&str; 14] = [
    "id",
    "username",
    "email",
    "emailVerified",
    "enabled",
    "isLocked",
    "workspaceRole",
    "attributes",
    "lastLoginTime",
    "loginEvents",
    "firstName",
    "lastName",
    "createdTimestamp",
    "groupCount",
];

/// Begins the time at which a record was made, in milliseconds since 1970, in place of that of the invitation.
const CREATED: char = '@';

/// A column that no SDK asks for, so a server may refuse it.
const SCIM: &str = "isScimUser";

/// A person in one piece of memory: GUID, address, user name, who invited them when, and their names, one after the other.
#[derive(Debug)]
pub(crate) struct PackedUser {
    text: Box<str>,
    /// Milliseconds since 1970; 0 is never.
    last_login: i64,
    /// Where each of the first six texts ends.
    ends: [u16; 6],
    role: Option<WorkspaceRole>,
    status: UserStatus,
    is_scim: Option<bool>,
    is_in_groups: Option<bool>,
}

impl PackedUser {
    fn part(&self, number: usize) -> &str {
        let end = |number: usize| self.ends.get(number).map_or(self.text.len(), |end| usize::from(*end));
        let start = number.checked_sub(1).map_or(0, end);
        self.text.get(start..end(number)).unwrap_or_default()
    }
}

/// Everybody in the tenant.
#[derive(Debug)]
pub(crate) struct Everybody;

impl Source for Everybody {
    type Record = User;
    type Packed = PackedUser;

    fn name(&self) -> &'static str {
        "people"
    }

    fn list(&self) -> List {
        let list = List::of("users").with("sort", "username").with("maxLoginEvents", "1");
        let list = COLUMNS.iter().fold(list, |list, column| list.with("columns", column));
        list.with_if_taken("columns", SCIM).readable()
    }

    fn recent(&self, sharing: &Sharing) -> Duration {
        sharing.people_recent
    }

    fn is_small(&self) -> bool {
        false
    }

    fn knows_in_on_naturals(&self) -> bool {
        true
    }

    fn has_many_forms(&self) -> bool {
        true
    }

    fn natural_field(&self) -> &'static str {
        "email"
    }

    fn natural<'a>(&self, user: &'a User) -> Cow<'a, str> {
        folded(&user.email)
    }

    fn order<'a>(&self, user: &'a User) -> &'a str {
        user.username.as_deref().unwrap_or_default()
    }

    fn one_natural(&self, key: &str) -> Value {
        filter::contains("email", key)
    }

    fn some_naturals(&self, keys: &[&str]) -> Value {
        filter::one_of("email", keys.iter().copied())
    }

    fn is_unusual(&self, user: &User) -> bool {
        self.natural(user) != user.email
    }

    fn pack(&self, user: User) -> PackedUser {
        // A record has one of the two.
        let since =
            user.invited_at.or_else(|| user.created_at.map(|at| format!("{CREATED}{}", at.as_millisecond())));
        let optional = [user.username, since, user.invited_by, user.first_name, user.last_name];
        let optional = optional.map(Option::unwrap_or_default);
        let [username, invited_at, invited_by, first_name, last_name] = &optional;
        let mut text = String::new();
        let ends =
            [user.id.as_str(), &user.email, username, invited_at, invited_by, first_name].map(|part| {
                text.push_str(part);
                u16::try_from(text.len()).unwrap_or(u16::MAX)
            });
        text.push_str(last_name);
        PackedUser {
            text: text.into(),
            last_login: user.last_login_at.map_or(0, Timestamp::as_millisecond),
            ends,
            role: user.role,
            status: user.status,
            is_scim: user.is_scim,
            is_in_groups: user.is_in_groups,
        }
    }

    fn unpack(&self, packed: &PackedUser) -> User {
        let optional = |number| Some(packed.part(number)).filter(|text| !text.is_empty()).map(str::to_owned);
        let created = packed.part(3).strip_prefix(CREATED);
        User {
            id: Guid::known(packed.part(0)),
            email: packed.part(1).to_owned(),
            username: optional(2),
            role: packed.role,
            status: packed.status,
            invited_at: optional(3).filter(|_| created.is_none()),
            invited_by: optional(4),
            first_name: optional(5),
            last_name: optional(6),
            is_scim: packed.is_scim,
            last_login_at: moment(packed.last_login),
            created_at: created.and_then(|at| moment(at.parse().ok()?)),
            is_in_groups: packed.is_in_groups,
        }
    }

    fn packed_id<'a>(&self, packed: &'a PackedUser) -> &'a str {
        packed.part(0)
    }

    fn packed_natural<'a>(&self, packed: &'a PackedUser) -> Cow<'a, str> {
        folded(packed.part(1))
    }
}

/// A time as it is packed.
fn moment(at: i64) -> Option<Timestamp> {
    Some(at).filter(|at| *at > 0).and_then(|at| Timestamp::from_millisecond(at).ok())
}

/// As [`fold_email`], without a copy of what is folded already.
fn folded(email: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    if email.bytes().all(plain) { Cow::Borrowed(email) } else { Cow::Owned(fold_email(email)) }
}
