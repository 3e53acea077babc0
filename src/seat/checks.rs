//! What may stand in the way of a change of seats. Nothing here writes, so that a resource of many people asks for everybody first.

use atlan::{Existing, Loss, User, UserStatus, WorkspaceRole};
use tfplug::Error;

use super::words::{entries_refused, higher_role, is_disabled, stays_disabled};
use super::{Farewell, Wanted};
use crate::types::OnExisting;

/// Why a person who is there does not get the seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// They are in the tenant, and `on_existing` is `error`.
    Exists,
    /// The seat is theirs already, but they are disabled, and `on_existing` is `error`.
    StaysDisabled,
    /// Their role is higher than the one they are to have.
    HigherRole,
}

/// When entries are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The resource is changed.
    Update,
    /// The whole resource is created, perhaps as the new half of a replacement.
    Create,
    /// Before the delete of a replacement, for its create.
    DeleteHalf,
}

/// A person who is there and does not get the seat.
pub(crate) struct Obstacle<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) user: User,
    pub(super) why: Why,
}

impl<'a> Obstacle<'a> {
    /// For a person who has no seat of this process.
    pub(crate) fn to_take_over(wanted: &'a Wanted, user: &User) -> Option<Self> {
        let why = if wanted.on_existing == OnExisting::Error {
            Why::Exists
        } else if user.role.is_some_and(|present| present > wanted.role) {
            Why::HigherRole
        } else {
            return None;
        };
        Some(Obstacle { wanted, user: user.clone(), why })
    }

    /// For the person of the object that this one replaces.
    pub(crate) fn to_keep(wanted: &'a Wanted, user: &User) -> Option<Self> {
        let stays_disabled = user.status == UserStatus::Disabled && wanted.on_existing == OnExisting::Error;
        stays_disabled.then(|| Obstacle { wanted, user: user.clone(), why: Why::StaysDisabled })
    }

    /// As an error that points at the attribute.
    pub(crate) fn error(self) -> Error {
        let (email_at, role_at) = (self.wanted.email_at.clone(), self.wanted.role_at.clone());
        if self.wanted.by.by_entry {
            let at = if self.why == Why::HigherRole { role_at } else { email_at };
            return entries_refused(&[self], Stage::Update).at(at);
        }
        let Obstacle { wanted, user, why } = self;
        match why {
            Why::Exists if user.status == UserStatus::Disabled => is_disabled(&user).at(email_at),
            Why::Exists => {
                Error::from(atlan::Error::AlreadyExists(Existing::User(Box::new(user)))).at(email_at)
            }
            Why::StaysDisabled => stays_disabled(&user).at(email_at),
            Why::HigherRole => higher_role(&user, wanted.role).at(role_at),
        }
    }
}

/// All obstacles of a change of entries as one error, without a path. There is at least one, and all have the same `on_existing`.
pub(crate) fn refused(obstacles: &[Obstacle<'_>], stage: Stage) -> Error {
    entries_refused(obstacles, stage)
}

/// What a person loses who is to have this role.
pub(crate) fn loss_by_role(user: &User, role: WorkspaceRole) -> Option<Loss<'_>> {
    let lowered = user.role.is_none_or(|present| role < present);
    lowered.then_some(Loss { user, action: "lower the role of" })
}

/// What a person loses whose seat is given up.
pub(crate) fn loss_by_farewell(user: &User, policy: Farewell) -> Option<Loss<'_>> {
    let action = match policy {
        Farewell::Forget => return None,
        _ if user.status.is_invited() => "cancel the invitation of",
        Farewell::Downgrade => return loss_by_role(user, WorkspaceRole::Guest),
        _ if user.status == UserStatus::Disabled => return None,
        Farewell::Revoke | Farewell::Disable => "disable",
    };
    Some(Loss { user, action })
}
