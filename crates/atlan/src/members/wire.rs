//! Memberships on the wire: a member of a group, and a group of a person.

use serde::Deserialize;

use crate::answer::Answer;
use crate::error::Result;
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::request::filter;

/// Path of the groups of a person.
pub(super) const GROUPS_OF: &str = "users/{id}/groups";
/// Columns of a member. Without them some servers show no address.
const COLUMNS: [&str; 3] = ["id", "username", "email"];

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// GUID of the person.
    pub id: Guid,
    /// Email address as stored, where the list shows it: some servers do not.
    pub email: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct MemberWire {
    id: Option<Guid>,
    email: Option<String>,
}

impl Record for Member {
    type Wire = MemberWire;

    fn read(wire: MemberWire, _: &Answer) -> Result<Self, &'static str> {
        let email = wire.email.filter(|email| !email.is_empty());
        Ok(Self { id: wire.id.ok_or("id")?, email })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// A group that somebody is in.
#[derive(Clone, Debug)]
pub(super) struct GroupOf {
    pub(super) id: Guid,
}

#[derive(Deserialize)]
pub(super) struct GroupOfWire {
    id: Option<Guid>,
}

impl Record for GroupOf {
    type Wire = GroupOfWire;

    fn read(wire: GroupOfWire, _: &Answer) -> Result<Self, &'static str> {
        Ok(Self { id: wire.id.ok_or("id")? })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// The members of a group.
pub(super) fn members_of(group: &Guid) -> List {
    let list = List::of("groups/{id}/members").about(group).with("sort", "username");
    COLUMNS.iter().fold(list, |list, column| list.with("columns", column))
}

/// One account, be it a person or not, as lists of members show it.
pub(super) fn account(id: &Guid) -> List {
    let list = List::of("users").filter(&filter::id(id));
    COLUMNS.iter().fold(list, |list, column| list.with("columns", column))
}

/// The groups of a person.
pub(super) fn groups_of(user: &Guid) -> List {
    List::of(GROUPS_OF).about(user).with("sort", "name")
}
