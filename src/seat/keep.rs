//! A seat that is there already: of the object that this one replaces, or of somebody whose access this process has just ended.

use atlan::{User, UserStatus};
use tfplug::{Error, Result};

use super::checks::Obstacle;
use super::leaving::RoleBefore;
use super::place::{NewPlace, Part};
use super::renewal::{Renewed, renew};
use super::role::{role_of_enabled, with_own_role};
use super::words::kept;
use super::{Wanted, enable, invite, made_in_part};
use crate::run::{self, Claim, Key};
use crate::workspace_role;

/// The person of the object that this one replaces: the seat stays.
pub(super) async fn keep(
    place: &impl NewPlace,
    wanted: &Wanted,
    claim: &mut Claim,
    id: &atlan::Guid,
) -> Result<User> {
    // From here on no failure loses the person.
    place.made(id);
    let Some(user) = place.client().user(id).await? else {
        // Somebody has removed the person since the plan.
        place.not_made();
        return invite(place, wanted, claim, None).await;
    };
    claim.made(&user.id);
    let mut expired = None;
    if let Some(obstacle) = Obstacle::to_keep(wanted, &user) {
        return Err(obstacle.error());
    }
    let before = place.client().run().inherit(&Key::Person(wanted.email.clone()));
    let before = before.map(|RoleBefore(role)| role);
    if let Some(planned) = before {
        workspace_role::refuse_newer(&user, planned.into(), wanted.role.into())
            .map_err(|error| error.at(wanted.role_at.clone()))?;
    }
    let was_disabled = user.status == UserStatus::Disabled;
    let mut is_enabled = was_disabled;
    let user = match user.status {
        UserStatus::Disabled => enable(place, &user).await?,
        UserStatus::Expired => match renew(place, wanted, claim, &user).await {
            Ok(Renewed::Invited(user)) => return Ok(*user),
            // The tenant keeps the record, so nobody can be invited at the address again.
            Ok(Renewed::Disabled) => {
                expired = Some("the tenant keeps the records of cancelled invitations".to_owned());
                place.warning(
                    format!("The invitation of {} was cancelled", user.email),
                    "It had expired, so Terraform cancelled it to send a new one. This tenant does not remove the record of a \
                     cancelled invitation but disables it, and a disabled person cannot be invited."
                        .to_owned(),
                );
                is_enabled = true;
                enable(place, &user).await?
            }
            Ok(Renewed::NotPending(user)) => *user,
            Ok(Renewed::Refused(refusal)) => {
                expired = Some(format!("Atlan did not let Terraform cancel it: {refusal}"));
                user
            }
            Ok(Renewed::NotTried(error)) => {
                expired = Some(format!(
                    "a new invitation would end the person's memberships in groups, and these could not be read: {error}"
                ));
                user
            }
            Err(error) => return Err(error),
        },
        UserStatus::Pending | UserStatus::Active => user,
    };
    let (now, planned) = (role_of_enabled(&user), before.or(user.role));
    let user = match with_own_role(place, wanted, planned, user).await {
        Err(error) if is_enabled => return Err(error.attempting(|| now)),
        with_role => with_role?,
    };
    kept(place, &user, expired.as_deref(), was_disabled);
    Ok(user)
}

/// The access of the person has just ended, by a resource whose removal the plan could not connect with this one. That is
/// undone, as far as it can be without another invitation.
pub(super) async fn restore(
    place: &impl NewPlace,
    wanted: &Wanted,
    claim: &mut Claim,
    id: &atlan::Guid,
) -> Result<User> {
    let Some(user) = place.client().user(id).await? else {
        let key = Key::Person(wanted.email.clone());
        let clash = run::Clash::Ended { key, by: wanted.by, new: wanted.by };
        return Err(Error::from(clash).at(wanted.email_at.clone()));
    };
    place.made(id);
    claim.made(&user.id);
    // What took the access away may have been sent twice, and the first request may still be on its way.
    place.client().changes_are_over(id).await?;
    let user = place.client().user(id).await?.unwrap_or(user);
    let mut part = Part { is_changed: true, is_enabled: false };
    let restored = async {
        let user =
            if place.client().may_be_disabled(&user) { enable(place, &user).await? } else { user.clone() };
        part.is_enabled = true;
        let planned = user.role;
        with_own_role(place, wanted, planned, user).await
    };
    let user = match restored.await {
        Ok(user) => user,
        Err(error) => {
            made_in_part(place, claim, &user, part);
            return Err(error);
        }
    };
    place.warning(
        format!("The access of {} was interrupted", user.email),
        format!(
            "This plan removed one resource for {0} and created another, whose address was not known while planning. So the \
             access ended for a moment, and the provider restored it with the role {1}. If the resource was renamed or moved, \
             use a `moved` block next time.",
            user.email, wanted.role
        ),
    );
    Ok(user)
}
