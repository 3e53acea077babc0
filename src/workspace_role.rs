//! A person's workspace role, as the resources of people read and change it.

use atlan::{LockoutReason, RoleChange, User, WorkspaceRole};
use tfplug::{Error, Path, Result};

use crate::explain::Blame as _;
use crate::provider::Client;
use crate::types::Role;

/// The role that a record names, or else the one before.
///
/// # Errors
/// If there is neither.
pub(crate) fn of(user: &User, before: Option<Role>) -> Result<Role> {
    user.role.map(Role::from).or(before).ok_or_else(|| {
        Error::new(
            format!("{} has no workspace role", user.email),
            "Atlan's record of the person names none of $admin, $member and $guest. Give the person a role in Atlan first.",
        )
    })
}

/// Gives a person another role. `planned`: the role that the person had when the change was planned.
///
/// # Errors
/// If the outcome is not certain; if the change would lower a role that the person has got since the plan. A refusal says what may be
/// the reason.
pub(crate) async fn change(
    client: &Client,
    id: &atlan::Guid,
    planned: Role,
    role: Role,
    at: Path,
) -> Result<User> {
    let (before, wanted) = (planned.into(), role.into());
    let sent = client.exchange_planned_role(id, before, wanted).await;
    let user = explained(client, id, wanted, &at, sent).await?.outcome.blame(at.clone())?;
    refuse_newer(&user, planned, role).map_err(|error| error.at(at))?;
    Ok(user)
}

/// Refuses to lower a role that somebody has raised since the plan, for example when a saved plan is applied late. Other requests for
/// the person may have been sent before, for example to enable them.
///
/// # Errors
/// If the change would do that.
pub(crate) fn refuse_newer(user: &User, planned: Role, role: Role) -> Result<()> {
    refuse_unless_kept(user, planned, role, set)
}

/// The same for the end of an `atlan_user_role`.
///
/// # Errors
/// If the end would lower the role.
pub(crate) fn refuse_newer_at_end(user: &User, planned: Role, role: Role) -> Result<()> {
    refuse_unless_kept(user, planned, role, |_| "first apply `on_destroy = \"keep\"`".to_owned())
}

/// `keep`: how to keep the present role.
fn refuse_unless_kept(
    user: &User,
    planned: Role,
    role: Role,
    keep: impl FnOnce(WorkspaceRole) -> String,
) -> Result<()> {
    let (planned, role) = (WorkspaceRole::from(planned), WorkspaceRole::from(role));
    match user.role.filter(|present| *present > role && *present > planned) {
        Some(present) => Err(newer(user, planned, present, role, &keep(present))),
        None => Ok(()),
    }
}

/// Somebody has raised the role since the plan, and the change to `role` would lower it.
pub(crate) fn raised(user: &User, planned: WorkspaceRole, role: WorkspaceRole) -> Error {
    let present = user.role.unwrap_or(planned);
    newer(user, planned, present, role, &set(present))
}

fn set(present: WorkspaceRole) -> String {
    format!("set `role = \"{present}\"`")
}

fn newer(
    user: &User,
    planned: WorkspaceRole,
    present: WorkspaceRole,
    role: WorkspaceRole,
    keep: &str,
) -> Error {
    Error::new(
        format!("The role of {} changed since the plan", user.email),
        format!(
            "The person had {planned} as far as the plan knew, and has {present} now. So somebody has raised the role, and \
             the change to {role} would take that away. The role was not changed.\n\nRun `terraform plan` again, without \
             `-refresh=false`: it shows the present role. To keep it, {keep}."
        ),
    )
}

/// Gives a person another role, whichever they have, and tells the role before. `planned`: the role that the person had when the
/// change was planned, if known. An unclear outcome is no error.
///
/// # Errors
/// If the role is certainly unchanged; if the change would lower a role that the person has got since the plan.
pub(crate) async fn exchange(
    client: &Client,
    id: &atlan::Guid,
    planned: Option<Role>,
    role: Role,
    at: Path,
) -> Result<RoleChange> {
    let wanted = role.into();
    let sent = match planned {
        Some(planned) => client.exchange_planned_role(id, planned.into(), wanted).await,
        None => client.exchange_role(id, wanted).await,
    };
    let change = explained(client, id, wanted, &at, sent).await?;
    if let (Some(planned), Ok(user)) = (planned, &change.outcome) {
        refuse_newer(user, planned, role).map_err(|error| error.at(at))?;
    }
    Ok(change)
}

/// A refusal says what may be the reason.
async fn explained(
    client: &Client,
    id: &atlan::Guid,
    role: WorkspaceRole,
    at: &Path,
    sent: atlan::Result<RoleChange>,
) -> Result<RoleChange> {
    match sent {
        Err(error) => match refusal(client, id, role, &error).await {
            Some(why) => Err(why.at(at.clone())),
            None => Err(error).blame(at.clone()),
        },
        changed => Ok(changed?),
    }
}

/// Why Atlan may have refused a role, if the person's record tells it.
pub(crate) async fn refusal(
    client: &Client,
    id: &atlan::Guid,
    role: WorkspaceRole,
    error: &atlan::Error,
) -> Option<Error> {
    if error.is_of_gateway() || !matches!(error.status(), Some(400 | 403 | 409 | 422)) {
        return None;
    }
    let user = client.user(id).await.ok().flatten()?;
    let email = &user.email;
    if user.is_scim == Some(true) {
        return Some(Error::new(
            format!("{email} is managed by SCIM"),
            format!(
                "Atlan did not give {email} the role {role}: {error}.\n\nThe person is managed by SCIM, so the identity provider may \
                 decide about the role. Change it there, and set `role` to what the person has."
            ),
        ));
    }
    if user.role.is_none_or(|present| present > role)
        && let Some(why) = guarded(client, &user, error).await
    {
        return Some(Error::new(
            format!("Atlan guards the role of {email}"),
            format!("Atlan did not give {email} the role {role}: {error}.\n\n{why}"),
        ));
    }
    // 403 is more often about the credential.
    if user.status.is_invited() && !error.is_forbidden() {
        return Some(Error::new(
            format!("{email} has not accepted the invitation yet"),
            format!(
                "Atlan did not give {email} the role {role}: {error}.\n\nThis tenant may require that the \
                 person accepts the invitation first. Run `terraform apply` again after they have accepted \
                 it."
            ),
        ));
    }
    None
}

/// Why another credential would be refused, too, when access was to be taken away from a person whom Atlan guards.
pub(crate) async fn guarded(client: &Client, user: &User, error: &atlan::Error) -> Option<&'static str> {
    if error.is_of_gateway() || !error.is_forbidden() {
        return None;
    }
    if user.is_scim == Some(true) {
        return Some(
            "The person is managed by SCIM, so the identity provider may decide about the access. Change it there.",
        );
    }
    match client.guarded(user).await.ok()?? {
        LockoutReason::Caller => Some(
            "The person is the identity that makes the requests, and Atlan lets nobody take away their own access, whatever \
             `allow_self_lockout` says. Another admin can do it.",
        ),
        LockoutReason::LastAdmin => Some(
            "The person is the last enabled admin of the tenant, and Atlan keeps the last one, whatever `allow_self_lockout` says. Make \
             another person an admin first.",
        ),
        _ => None,
    }
}
