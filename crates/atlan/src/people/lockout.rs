//! Protection against lock-out: checks, before a person loses access, how that person is related to the caller.
//!
//! Three people are protected: the identity that makes the requests, the creator of the API token that makes them
//! (deleting a person deletes their tokens; whether disabling does is unknown), and the last enabled admin. A check
//! that cannot be made counts as failed for everybody whom it may concern. If the creator of the token is unknown,
//! that is everybody who ever logged in, whatever their role is now: only an admin can create a token, but an admin
//! may have been demoted since.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use tokio::sync::MutexGuard;

use super::People;
use super::source::Everybody;
use crate::api::Api;
use crate::error::{Error, LockoutReason, Result};
use crate::guid::Guid;
use crate::reads::Source;
use crate::records::{User, UserStatus, WorkspaceRole};

/// What a person is to lose.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// The person.
    pub user: &'a User,
    /// Completes "it is not safe to …", such as `disable` or `lower the role of`.
    pub action: &'static str,
}

/// Whose role this process has asked to lower, while no list has shown it.
#[derive(Debug, Default)]
pub(super) struct Lowered(Mutex<HashSet<Guid>>);

impl Lowered {
    fn has(&self, id: &Guid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// Whether it is new.
    pub(super) fn add(&self, id: &Guid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone())
    }

    /// A list shows the role that was asked for, or the request has had no effect.
    pub(super) fn remove(&self, id: &Guid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

impl People {
    /// Refuses a write that takes access away from `user` and could lock the caller out. The guard, if there is one, is
    /// held until the write is done: of two demotions at once, the second sees the first.
    pub(super) async fn refuse_lockout(
        &self,
        api: &Api,
        action: &'static str,
        user: &User,
    ) -> Result<Option<MutexGuard<'_, ()>>> {
        if api.config().allow_self_lockout {
            return Ok(None);
        }
        self.refuse_close(api, action, user).await?;
        if !may_be_admin(user) {
            return Ok(None);
        }
        let guard = api.wait("GET", Everybody.list().path(), self.admins.lock()).await?;
        if self.another_admin(api, &BTreeSet::from([&user.id])).await? {
            return Ok(Some(guard));
        }
        Err(lockout(action, user, LockoutReason::LastAdmin, None))
    }

    /// Why Atlan itself may refuse to take access away from `user`, whatever `allow_self_lockout` says.
    pub(crate) async fn guarded(&self, api: &Api, user: &User) -> Result<Option<LockoutReason>> {
        if self.identity.current(api).await?.is(user) {
            return Ok(Some(LockoutReason::Caller));
        }
        let is_last = may_be_admin(user) && !self.another_admin(api, &BTreeSet::from([&user.id])).await?;
        Ok(is_last.then_some(LockoutReason::LastAdmin))
    }

    /// As [`People::refuse_lockout`], for many people at once: of two admins, the second sees that the first goes. `raised`: people
    /// who become admins before.
    pub(crate) async fn refuse_lockout_of(
        &self,
        api: &Api,
        losses: &[Loss<'_>],
        raised: &[User],
    ) -> Result<()> {
        if api.config().allow_self_lockout {
            return Ok(());
        }
        for Loss { user, action } in losses {
            self.refuse_close(api, action, user).await?;
        }
        let admins: Vec<&Loss<'_>> = losses.iter().filter(|loss| may_be_admin(loss.user)).collect();
        let Some(Loss { user, action }) = admins.first() else { return Ok(()) };
        let leaving: BTreeSet<&Guid> = losses.iter().map(|loss| &loss.user.id).collect();
        let remains = |user: &User| user.status == UserStatus::Active && !leaving.contains(&user.id);
        if raised.iter().any(remains) || self.another_admin(api, &leaving).await? {
            return Ok(());
        }
        let reason = if admins.len() > 1 { LockoutReason::AllAdmins } else { LockoutReason::LastAdmin };
        Err(lockout(action, user, reason, None))
    }

    /// Whether somebody other than these people is an enabled admin. No filter on roles is known to work, so people are paged until one is
    /// found. Lists may lag, so somebody whose access this process has taken away does not count, whatever a list shows.
    async fn another_admin(&self, api: &Api, but: &BTreeSet<&Guid>) -> Result<bool> {
        let mut found = false;
        let visit = |other: User| {
            found = !but.contains(&other.id)
                && other.role == Some(WorkspaceRole::Admin)
                && other.status == UserStatus::Active
                && !self.may_be_disabled(&other)
                && !self.lowered.has(&other.id);
            !found
        };
        api.walk(&Everybody.list(), visit).await?;
        Ok(found)
    }

    /// Refuses the identity that makes the requests, and the maker of the API token that makes them.
    async fn refuse_close(&self, api: &Api, action: &'static str, user: &User) -> Result<()> {
        let refuse = |reason, cause| Err(lockout(action, user, reason, cause));
        if self.identity.current(api).await?.is(user) {
            return refuse(LockoutReason::Caller, None);
        }
        // A person who has never accepted cannot have made the token.
        let may_have_made_it = !user.status.is_invited();
        match self.identity.creator(api).await.map(|creator| creator.is(user)) {
            Ok(Some(true)) => return refuse(LockoutReason::TokenCreator, None),
            Ok(None) if may_have_made_it => return refuse(LockoutReason::CreatorUnknown, None),
            Ok(_) => {}
            Err(error @ Error::Stopped { .. }) => return Err(error),
            Err(error) if may_have_made_it => {
                return refuse(LockoutReason::CreatorUnknown, Some(Box::new(error)));
            }
            Err(error) => tracing::warn!(%error, "could not learn who made the API token"),
        }
        Ok(())
    }
}

fn lockout(action: &'static str, user: &User, reason: LockoutReason, cause: Option<Box<Error>>) -> Error {
    Error::Lockout { action, user: Box::new(user.clone()), reason, cause }
}

/// A record that names no role may be an admin's. A person who cannot log in has no access to lose.
fn may_be_admin(user: &User) -> bool {
    user.status == UserStatus::Active && user.role.is_none_or(|role| role == WorkspaceRole::Admin)
}
