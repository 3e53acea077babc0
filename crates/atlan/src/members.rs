//! Memberships: which people are in which groups. They are about groups and people alike, so this module is in a
//! layer above both.
//!
//! People are added from their side, one request for each person with all groups that wait, and removed from the side of
//! the group, one request for many people: the two routes that Atlan's SDKs use. Both may be repeated without harm, so a
//! lost answer is settled by a read. Status 200 with an empty body proves nothing, so every write is read back.
//!
//! `sight.rs` reads, `join.rs` adds, `leave.rs` removes; `others.rs` keeps the other groups of people; `line.rs`
//! combines waiting changes into one request.

use std::sync::Arc;

use tokio::time::Instant;

use crate::api::Api;
use crate::error::{Error, Result};
use crate::groups::Groups;
use crate::guid::Guid;
use crate::list::Walk;
use crate::people::People;
use crate::reads::Need;
use crate::records::Group;

mod join;
mod known;
mod leave;
mod line;
mod others;
mod sight;
mod wire;

pub use join::Joined;
use join::Joins;
use known::Pair;
use leave::Leaves;
use sight::Sight;
pub use wire::Member;

/// The memberships of a tenant.
#[derive(Debug)]
pub(crate) struct Members {
    sight: Arc<Sight>,
    people: Arc<People>,
    groups: Arc<Groups>,
    joins: Joins,
    leaves: Leaves,
}

impl Members {
    pub(crate) fn new(people: &Arc<People>, groups: &Arc<Groups>) -> Self {
        Self {
            sight: Arc::default(),
            people: Arc::clone(people),
            groups: Arc::clone(groups),
            joins: Joins::default(),
            leaves: Leaves::default(),
        }
    }

    /// Somebody in a group. `None`: they are not in it, or one of the two does not exist.
    pub(crate) async fn find(&self, api: &Api, group: &Guid, user: &Guid) -> Result<Option<Member>> {
        let pair = Pair { group: group.clone(), user: user.clone() };
        // The write itself has waited as long as that.
        let within = api.timing().visible_within * 2;
        match self.sight.see(api, pair.clone(), Need::Any).await {
            Ok(None) if self.sight.known(|known| known.is_not_yet_shown(&pair, within)) => {
                Ok(Some(Member { id: user.clone(), email: None }))
            }
            Err(error) if is_missing(&error) => match self.missing(api, group, Some(user)).await? {
                Some(_) => Ok(None),
                None => Err(error),
            },
            seen => seen,
        }
    }

    /// As [`Members::find`], for a membership that an earlier client created and never saw in a list.
    pub(crate) async fn unseen(&self, api: &Api, group: &Guid, user: &Guid) -> Result<Option<Member>> {
        let until = Instant::now() + api.timing().visible_within / 2;
        let api = api.looking_until(until);
        let seen = api.poll(until, |api| async move { self.find(&api, group, user).await }).await?;
        match (seen, api.scope.stop()) {
            (None, Some(stop)) => Err(api.stopped("GET", wire::members_of(group).path(), stop, None)),
            (seen, _) => Ok(seen),
        }
    }

    /// Everybody in a group, by a new request. `None`: there is no such group.
    pub(crate) async fn all(&self, api: &Api, group: &Guid) -> Result<Option<Vec<Member>>> {
        match self.sight.members(api, group).await {
            Err(error) if is_missing(&error) => match self.missing(api, group, None).await? {
                Some(_) => Ok(None),
                None => Err(error),
            },
            members => members.map(Some),
        }
    }

    /// Everybody in a group, page by page.
    pub(crate) fn pages(&self, group: &Guid) -> Walk<Member> {
        Walk::new(wire::members_of(group))
    }

    pub(crate) async fn address_of(&self, api: &Api, account: &Guid) -> Result<Option<String>> {
        let found: Vec<Member> = api.list(&wire::account(account)).await?;
        Ok(found.into_iter().find(|one| one.id == *account).and_then(|one| one.email))
    }

    /// The same group with the number of members that it has now. The record may be older than what this process has written.
    pub(crate) async fn counted(&self, api: &Api, group: Group) -> Result<Group> {
        if group.member_count.is_none() || !self.sight.known(|known| known.has_written(&group.id)) {
            return Ok(group);
        }
        Ok(self.groups.for_write(api, &group.id).await?.unwrap_or(group))
    }

    /// Whether numbers of members and of groups may be older than what this process has written.
    pub(crate) fn counts_are_old(&self) -> bool {
        self.sight.known(|known| known.has_written_any())
    }

    /// The groups of a person, by a new request. `None`: nobody has this GUID.
    pub(crate) async fn groups_of(&self, api: &Api, user: &Guid) -> Result<Option<Vec<Group>>> {
        match api.list(&wire::groups_of(user)).await {
            Err(error) if is_missing(&error) && !self.people.exists(api, user).await? => Ok(None),
            groups => groups.map(Some),
        }
    }

    /// What a 404 was about, by lists that are read now: the group, else the person. `None`: both are there, so something
    /// else answered.
    async fn missing(&self, api: &Api, group: &Guid, user: Option<&Guid>) -> Result<Option<String>> {
        if !self.groups.exists(api, group).await? {
            return Ok(Some(format!("the group {group}")));
        }
        match user {
            Some(user) if !self.people.exists(api, user).await? => Ok(Some(format!("the person {user}"))),
            _ => Ok(None),
        }
    }

    /// The same error, or a better one where a list tells what is missing.
    async fn explained(&self, api: &Api, error: Error, group: &Guid, user: &Guid) -> Error {
        if !is_missing(&error) {
            return error;
        }
        match self.missing(&api.settling(), group, Some(user)).await {
            Ok(Some(subject)) => Error::NotFound { subject },
            _ => error,
        }
    }
}

/// Whether a request about one object was answered with 404, by Atlan or by a gateway: a list must tell.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.status == 404)
}
