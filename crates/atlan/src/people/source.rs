//! People as the shared reads keep them: one allocation each, because a tenant may have 50,000.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::users;
use crate::client::Shared;
use crate::config::Sharing;
use crate::guid::Guid;
use crate::list::List;
use crate::reads::{Kind, Shelf};
use crate::records::{User, UserStatus, WorkspaceRole, fold_email};
use crate::request::filter;

/// A person in one piece of memory: GUID, address, user name, and who invited them when, one after the other.
#[derive(Debug)]
pub(crate) struct PackedUser {
    text: Box<str>,
    /// Where each of the first four texts ends.
    ends: [u16; 4],
    role: Option<WorkspaceRole>,
    status: UserStatus,
}

impl PackedUser {
    fn part(&self, number: usize) -> &str {
        let end = |number: usize| self.ends.get(number).map_or(self.text.len(), |end| usize::from(*end));
        let start = number.checked_sub(1).map_or(0, end);
        self.text.get(start..end(number)).unwrap_or_default()
    }
}

impl Kind for User {
    type Packed = PackedUser;

    const NAME: &'static str = "people";
    const PATH: &'static str = "users";
    const FEW: bool = false;
    const IN_ON_NATURALS: bool = true;
    const MANY_FORMS: bool = true;

    fn shelf(shared: &Shared) -> &Shelf<Self> {
        &shared.people
    }

    fn recent(sharing: &Sharing) -> Duration {
        sharing.people_recent
    }

    fn list() -> List {
        users()
    }

    fn natural(&self) -> Cow<'_, str> {
        folded(&self.email)
    }

    fn one_natural(key: &str) -> Value {
        filter::contains("email", key)
    }

    fn some_naturals(keys: &[&str]) -> Value {
        filter::one_of("email", keys.iter().copied())
    }

    fn is_unusual(&self) -> bool {
        self.natural() != self.email
    }

    fn pack(self) -> PackedUser {
        let optional = [self.username, self.invited_at, self.invited_by].map(Option::unwrap_or_default);
        let [username, invited_at, invited_by] = &optional;
        let mut text = String::new();
        let ends = [self.id.as_str(), &self.email, username, invited_at].map(|part| {
            text.push_str(part);
            u16::try_from(text.len()).unwrap_or(u16::MAX)
        });
        text.push_str(invited_by);
        PackedUser { text: text.into(), ends, role: self.role, status: self.status }
    }

    fn unpack(packed: &PackedUser) -> Self {
        let optional = |number| Some(packed.part(number)).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            id: Guid::known(packed.part(0)),
            email: packed.part(1).to_owned(),
            username: optional(2),
            role: packed.role,
            status: packed.status,
            invited_at: optional(3),
            invited_by: optional(4),
        }
    }

    fn packed_id(packed: &PackedUser) -> &str {
        packed.part(0)
    }

    fn packed_natural(packed: &PackedUser) -> Cow<'_, str> {
        folded(packed.part(1))
    }
}

/// As [`fold_email`], without a copy of what is folded already.
fn folded(email: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    if email.bytes().all(plain) { Cow::Borrowed(email) } else { Cow::Owned(fold_email(email)) }
}
