//! A person's seat in the tenant: how a resource gets it, keeps it and gives it up. Resources differ in their
//! attributes; this file decides what happens to the person.
//!
//! - **Never twice.** Once Atlan has accepted an invitation, no failure loses the person: the state keeps the GUID, or
//!   at least the mark that the invitation was attempted, and the next apply takes over the person it finds.
//! - **Replacement by the same person** (tainted, `-replace`) keeps the seat. [`crate::run`] says how the halves of a
//!   replacement recognise each other.
//! - **A person who is already in the tenant** is not ours, unless the record says that this credential invited them.
//!
//! A seat is taken in three steps, so that a resource of many people checks everybody before the first write: [`begin`] claims the
//! person, [`check`] says what stands in the way if they are there already, [`finish`] invites them or takes them over. What is
//! learned on the way is reported to the [`NewPlace`] at once. [`leave`] gives a seat up.

mod attempts;
pub(crate) mod checks;
mod farewell;
mod keep;
mod leaving;
mod place;
mod plan;
mod renewal;
mod role;
mod words;

use atlan::{Existing, Invite, User, UserStatus, WorkspaceRole};
use attempts::{Attempt, attempt, remember_attempt};
pub(crate) use attempts::{
    Outcome, Trace, attempted, find, forget_attempt, outcome, set_attempt, set_unclear, trace,
};
use checks::{Obstacle, Why};
use keep::{keep, restore};
pub(crate) use leaving::{hand_over, is_replaced_by_another, leave};
pub(crate) use place::{NewPlace, Part, Place};
pub(crate) use plan::{object, plan_change, plan_create, plan_delete, plan_delete_unclear, refuse_unknown};
use role::{RoleSet, role_of_enabled, with_own_role, with_planned_role};
use tfplug::{Error, Path, Result};

use crate::explain::Blame as _;
use crate::run::{self, Claim, Holder, Kept, Key};
use crate::types::OnExisting;
use words::{
    ANOTHER_MAIL, adopted_disabled, disabled_since, enabled_and_raised, enabled_later, is_higher,
    not_with_this,
};
pub(crate) use words::{
    ENABLE_AGAIN, REPLACEMENT_ENABLES, active_people, forgotten, losses_of_active, warn_of_disabled,
};

/// The person who gets a seat.
pub(crate) struct Wanted {
    /// What is to hold the seat.
    pub(crate) by: &'static Holder,
    /// Folded.
    pub(crate) email: String,
    pub(crate) role: WorkspaceRole,
    pub(crate) on_existing: OnExisting,
    /// The attribute of the address, for errors.
    pub(crate) email_at: Path,
    /// The attribute of the role, for errors.
    pub(crate) role_at: Path,
}

/// What happens to the access of a person whose seat is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// The strongest step that the credential may take.
    Revoke,
    /// Disable, or fail.
    Disable,
    /// Lower to `$guest`.
    Downgrade,
    /// Leave alone.
    Forget,
}

/// Gives a person a seat, by an invitation or by taking over an existing person.
///
/// Also returns the GUID of the role.
///
/// # Errors
/// Any failure; the state keeps what is known of the person.
pub(crate) async fn take(place: &impl NewPlace, wanted: &Wanted) -> Result<(User, atlan::Guid)> {
    let begun = begin(place, wanted).await?;
    let role_id = begun.role_id.clone();
    Ok((finish(place, wanted, begun, None).await?, role_id))
}

/// A seat that nobody else in this process may work on until it is finished or given up. Nothing has been written.
pub(crate) struct Begun {
    claim: Claim,
    /// An earlier apply that may have invited the person.
    attempt: Option<Attempt>,
    /// GUID of the role.
    pub(crate) role_id: atlan::Guid,
}

impl Begun {
    /// The person who is to keep the seat, if this replaces an object of the same person.
    pub(crate) fn kept(&self) -> Option<&atlan::Guid> {
        match self.claim.kept() {
            Some(Kept::Object(id)) => Some(id),
            Some(Kept::Ended(_) | Kept::Attempt) | None => None,
        }
    }

    /// The person is not worked on after all. The state keeps what is known of them.
    pub(crate) fn give_up(self, place: &impl NewPlace) {
        remember(place, self.claim.kept().cloned(), self.attempt);
    }
}

/// The first step of a seat: claims the person for this object.
///
/// # Errors
/// A clash with another resource; failures of the request. The state keeps what is known of the person.
pub(crate) async fn begin(place: &impl NewPlace, wanted: &Wanted) -> Result<Begun> {
    let attempt = attempt(place.marks());
    run::forget_plan(place.marks());
    forget_attempt(place.marks());
    let key = Key::Person(wanted.email.clone());
    let (run, seal) = (place.client().run(), Some(wanted.role.as_str()));
    if let Err(error) = run.ends_are_over(place.call(), &key).await {
        remember(place, run.take_kept(wanted.by, &key, seal), attempt);
        return Err(error);
    }
    let claim = match run.claim(wanted.by, &key, place.marks(), seal) {
        Ok(claim) => claim,
        Err(clash) => {
            remember(place, run.take_kept(wanted.by, &key, seal), attempt);
            return Err(Error::from(clash).at(wanted.email_at.clone()));
        }
    };
    let attempt = if let Some(Kept::Attempt) = claim.kept() { Some(Attempt::OF_OTHER_HALF) } else { attempt };
    // Before anything is sent, so that nothing has to be looked up afterwards.
    match place.client().role_by_name(wanted.role).await {
        Ok(role) => Ok(Begun { claim, attempt, role_id: role.id }),
        Err(error) => {
            remember(place, claim.kept().cloned(), attempt);
            Err(error).blame(wanted.role_at.clone())
        }
    }
}

/// The second step, for a person who is in the tenant: what stands in the way of the seat.
///
/// # Errors
/// Failures of the request that finds out who the caller is.
pub(crate) async fn check<'a>(
    place: &impl Place,
    wanted: &'a Wanted,
    begun: &Begun,
    user: &User,
) -> Result<Option<Obstacle<'a>>> {
    match begun.claim.kept() {
        Some(Kept::Object(id)) if *id == user.id => Ok(Obstacle::to_keep(wanted, user)),
        Some(Kept::Ended(id)) if *id == user.id => Ok(None),
        _ if is_ours(place, user, begun.attempt).await? => Ok(None),
        _ => Ok(Obstacle::to_take_over(wanted, user)),
    }
}

/// The last step: invites the person or takes them over. `found`: the person, if a look-up has shown them.
///
/// # Errors
/// Any failure; the state keeps what is known of the person.
pub(crate) async fn finish(
    place: &impl NewPlace,
    wanted: &Wanted,
    begun: Begun,
    found: Option<User>,
) -> Result<User> {
    let Begun { mut claim, attempt, .. } = begun;
    match claim.kept().cloned() {
        Some(Kept::Object(id)) => return keep(place, wanted, &mut claim, &id).await,
        Some(Kept::Ended(id)) => return restore(place, wanted, &mut claim, &id).await,
        Some(Kept::Attempt) | None => {}
    }
    if let Some(attempt) = attempt {
        // Until it is known what became of that attempt, no failure forgets it.
        remember_attempt(place, attempt);
    }
    match found {
        Some(user) => meet(place, wanted, &mut claim, attempt, user).await,
        None => invite(place, wanted, &mut claim, attempt).await,
    }
}

/// Records that the person exists and belongs to this object.
fn made(place: &impl NewPlace, claim: &mut Claim, user: &User) {
    claim.made(&user.id);
    place.made(&user.id);
}

/// Invites a person.
async fn invite(
    place: &impl NewPlace,
    wanted: &Wanted,
    claim: &mut Claim,
    attempt: Option<Attempt>,
) -> Result<User> {
    let invite = Invite { email: wanted.email.clone(), role: wanted.role };
    let invited = match attempt {
        Some(attempt) => {
            // Read first, because the look-up may use up the time of this call.
            place.client().current().await?;
            place.client().invite_after_unknown(&invite, attempt.is_accepted).await
        }
        None => place.client().invite(&invite).await,
    };
    match invited {
        Ok(user) => is_invited(place, wanted, claim, None, user).await,
        Err(atlan::Error::AlreadyExists(Existing::User(user))) => {
            meet(place, wanted, claim, attempt, *user).await
        }
        Err(error @ atlan::Error::OutcomeUnknown { since, is_accepted, .. }) => {
            let given_up = place.client().server_time();
            remember_attempt(place, Attempt::and(attempt, Attempt { since, given_up, is_accepted }));
            Err(error).blame(wanted.email_at.clone())
        }
        Err(error) => Err(error).blame(wanted.email_at.clone()),
    }
}

/// The person is there: by an earlier attempt of ours, or because of somebody else.
async fn meet(
    place: &impl NewPlace,
    wanted: &Wanted,
    claim: &mut Claim,
    attempt: Option<Attempt>,
    user: User,
) -> Result<User> {
    if is_ours(place, &user, attempt).await? {
        return is_invited(place, wanted, claim, attempt, user).await;
    }
    forget_attempt(place.marks());
    place.not_made();
    match Obstacle::to_take_over(wanted, &user) {
        Some(obstacle) => Err(obstacle.error()),
        None => take_over(place, wanted, claim, user).await,
    }
}

/// Whether the person comes from an invitation that was attempted.
async fn is_ours(place: &impl Place, user: &User, attempt: Option<Attempt>) -> Result<bool> {
    match attempt {
        Some(attempt) => Ok(place.client().invited_by_us(user, attempt.since).await?),
        None => Ok(false),
    }
}

/// The person is there by our invitation. `attempt`: of an earlier apply. Without a refresh, no plan has shown what became of the person
/// since, so a higher role stays for the next one.
async fn is_invited(
    place: &impl NewPlace,
    wanted: &Wanted,
    claim: &mut Claim,
    attempt: Option<Attempt>,
    user: User,
) -> Result<User> {
    forget_attempt(place.marks());
    made(place, claim, &user);
    let planned = user.role;
    if attempt.is_some() && user.status == UserStatus::Disabled {
        disabled_since(place, &user);
    }
    if attempt.is_some()
        && let Some(present) = user.role.filter(|present| *present > wanted.role)
    {
        is_higher(place, &user, present, wanted.role);
        return Ok(user);
    }
    let invited = || format!("set the role of {}, who was invited", user.email);
    match with_own_role(place, wanted, planned, user.clone()).await {
        Err(error) => Err(error.attempting(invited)),
        with_role => with_role,
    }
}

/// Before a create fails: the delete half has removed from the state what it has kept.
fn remember(place: &impl NewPlace, kept: Option<Kept>, attempted: Option<Attempt>) {
    match (kept, attempted) {
        (Some(Kept::Object(id) | Kept::Ended(id)), _) => place.made(&id),
        (_, Some(attempt)) => remember_attempt(place, attempt),
        (Some(Kept::Attempt), None) => remember_attempt(place, Attempt::OF_OTHER_HALF),
        (None, None) => {}
    }
}

/// Takes over a person who is not ours and whom nothing stands in the way of. No step before the last may make a single resource exist:
/// after a failure the person must be unmanaged, not tainted. An entry of a list keeps the person, and the next apply tries again.
async fn take_over(place: &impl NewPlace, wanted: &Wanted, claim: &mut Claim, user: User) -> Result<User> {
    let disabled = place.client().may_be_disabled(&user);
    let expired = user.status == UserStatus::Expired;
    let now = match disabled {
        true => match enable(place, &user).await {
            Ok(now) => now,
            Err(error) => {
                let part = Part { is_changed: may_be_done(&error), is_enabled: false };
                made_in_part(place, claim, &user, part);
                return Err(error);
            }
        },
        false => user.clone(),
    };
    let (enabled, planned) = (role_of_enabled(&now), now.role);
    let with_role = match with_planned_role(place, wanted, planned, now).await {
        Ok(RoleSet::Done(user)) => Ok(user),
        // A later plan would lower the role of somebody who is managed.
        Ok(RoleSet::Raised { user, .. }) => {
            if disabled && place.is_entry() {
                enabled_and_raised(place, &user);
            }
            Err(Obstacle { wanted, user, why: Why::HigherRole }.error())
        }
        Err(error) => {
            let part = Part { is_changed: disabled || may_be_done(&error), is_enabled: true };
            if made_in_part(place, claim, &user, part) && disabled {
                adopted_disabled(place, &user);
            }
            Err(error)
        }
    };
    let user = match with_role {
        Err(error) if disabled => return Err(error.attempting(|| enabled)),
        with_role => with_role?,
    };
    made(place, claim, &user);
    if disabled {
        adopted_disabled(place, &user);
    }
    if expired {
        place.warning(
            format!("The invitation of {} has expired", user.email),
            format!(
                "Terraform took the person over (GUID {}), but they cannot accept the invitation any more, and no mail was sent. \
                 {ANOTHER_MAIL}",
                user.id
            ),
        );
    }
    Ok(user)
}

/// An entry that could not take the person over as configured has them all the same. Whether it is an entry.
fn made_in_part(place: &impl NewPlace, claim: &mut Claim, user: &User, part: Part) -> bool {
    let is_entry = place.made_in_part(&user.id, part);
    if is_entry {
        claim.made(&user.id);
    }
    is_entry
}

/// Whether a request that has failed may have had an effect. A refusal that is explained has none, nor has a write that Atlan refused.
fn may_be_done(error: &Error) -> bool {
    let cause = error.downcast_ref::<atlan::Error>();
    cause.is_some_and(|cause| is_of_read(cause) || !matches!(cause.status(), Some(400..=407 | 409..=499)))
}

/// Whether a read failed. It may have come after a write that Atlan accepted, to see its effect.
fn is_of_read(error: &atlan::Error) -> bool {
    error.call().is_some_and(|call| call.method == "GET")
}

/// As [`enable`], for an entry that has the person already and could not enable them before.
///
/// # Errors
/// As [`enable`].
pub(crate) async fn enable_again(place: &impl Place, user: &User) -> Result<User> {
    let user = enable(place, user).await?;
    enabled_later(place, &user);
    Ok(user)
}

/// Lets a disabled person log in again.
async fn enable(place: &impl Place, user: &User) -> Result<User> {
    match place.client().enable(&user.id).await {
        Err(unseen @ atlan::Error::NotApplied { .. }) => Err(Error::new(
            format!("Could not see that {} is enabled", user.email),
            format!(
                "The person is in the tenant with GUID {}: {unseen}. If Atlan's list is late, the person can log in by now. Run `terraform \
                 apply` again in a minute or two. If the error comes again, {}.",
                user.id,
                match user.is_scim {
                    Some(true) => "enable the person in the identity provider, because SCIM manages them",
                    _ => "ask an admin to enable the person in Atlan",
                }
            ),
        )),
        Err(refusal) if is_refusal(&refusal) => {
            let way = match (user.is_scim, refusal.is_forbidden()) {
                (Some(true), _) => {
                    "SCIM manages the person, so only the identity provider can enable them. Enable them there"
                        .to_owned()
                }
                (_, true) => {
                    let other = not_with_this(place, "enable people").await;
                    format!("{other}, or ask an admin to enable the person in Atlan")
                }
                (_, false) => "Ask an admin to enable the person in Atlan".to_owned(),
            };
            Err(Error::new(
                format!("Could not enable {}", user.email),
                format!(
                    "The person is in the tenant with GUID {}, but is disabled, and Terraform could not enable them: \
                     {refusal}.\n\n{way}. Then run `terraform apply` again.",
                    user.id
                ),
            ))
        }
        enabled => Ok(enabled?),
    }
}

/// Whether Atlan refused this particular step, as opposed to a lost connection, a lock-out or the page of a gateway, which
/// says nothing about what Atlan permits. Nor does a read, or 408, which says that the request did not arrive in time.
fn is_refusal(error: &atlan::Error) -> bool {
    !error.is_of_gateway()
        && !error.is_not_sent()
        && !is_of_read(error)
        && error
            .status()
            .is_some_and(|status| (400..500).contains(&status) && !matches!(status, 401 | 408 | 429))
        || matches!(error, atlan::Error::NotApplied { .. })
}

#[cfg(test)]
mod tests;
