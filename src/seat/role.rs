//! The role of a person who has a seat or is about to get one. If it is known which role the plan has seen, no step takes a role away that
//! somebody has raised since.

use atlan::{User, WorkspaceRole};
use tfplug::Result;

use super::{Place, Wanted};
use crate::explain::Blame as _;
use crate::workspace_role;

/// Sets the configured role, whatever role the invitation resulted in.
async fn with_role(place: &impl Place, wanted: &Wanted, user: User) -> Result<User> {
    if user.role == Some(wanted.role) {
        return Ok(user);
    }
    place.client().change_role(&user.id, wanted.role).await.blame(wanted.role_at.clone())
}

/// The outcome of [`with_planned_role`].
pub(super) enum RoleSet {
    /// The person has the configured role.
    Done(User),
    /// Somebody has raised the role since it was `planned`, and it stays as it is.
    Raised { user: User, planned: WorkspaceRole },
}

/// Sets the configured role, unless somebody has raised the role since it was `planned`: that may be minutes ago.
pub(super) async fn with_planned_role(
    place: &impl Place,
    wanted: &Wanted,
    planned: Option<WorkspaceRole>,
    user: User,
) -> Result<RoleSet> {
    let Some(planned) = planned.filter(|_| user.role != Some(wanted.role)) else {
        return with_role(place, wanted, user).await.map(RoleSet::Done);
    };
    let changed = place.client().exchange_planned_role(&user.id, planned, wanted.role).await;
    let user = changed.and_then(|changed| changed.outcome).blame(wanted.role_at.clone())?;
    let is_newer = user.role.is_some_and(|present| present > wanted.role && present > planned);
    Ok(if is_newer { RoleSet::Raised { user, planned } } else { RoleSet::Done(user) })
}

/// What failed, for an error about the role of somebody who was just enabled.
pub(super) fn role_of_enabled(user: &User) -> String {
    let present = user.role.map_or("another role", WorkspaceRole::as_str);
    format!("set the role of {}, who is enabled now and can log in with {present}", user.email)
}

/// As [`with_planned_role`], for the person of this object. A role that somebody has raised since is an error.
pub(super) async fn with_own_role(
    place: &impl Place,
    wanted: &Wanted,
    planned: Option<WorkspaceRole>,
    user: User,
) -> Result<User> {
    match with_planned_role(place, wanted, planned, user).await? {
        RoleSet::Done(user) => Ok(user),
        RoleSet::Raised { user, planned } => {
            Err(workspace_role::raised(&user, planned, wanted.role).at(wanted.role_at.clone()))
        }
    }
}
