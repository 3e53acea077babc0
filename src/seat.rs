//! A person's seat in the tenant: how a resource gets it, keeps it and gives it up. Resources differ in their
//! attributes; this file decides what happens to the person.
//!
//! - **Never twice.** Once Atlan has accepted an invitation, no failure loses the person: the state keeps the GUID, or
//!   at least the mark that the invitation was attempted, and the next apply takes over the person it finds.
//! - **Replacement by the same person** (tainted, `-replace`) keeps the seat. [`crate::run`] says how the halves of a
//!   replacement recognise each other.
//! - **A person who is already in the tenant** is not ours, unless the record says that this credential invited them.

mod farewell;
mod renewal;
mod words;

use atlan::{Cancelled, Existing, Invite, Timestamp, User, UserStatus, WorkspaceRole};
use renewal::Groups;
use tfplug::{CreateCx, Cx, Error, Path, Private, PrivateKey, Resource, Result};

use crate::explain::Blame as _;
use crate::provider::Atlan;
use crate::resources::ById;
use crate::run::{self, Claim, Half, Holder, Kept, Key, Object, Run, Successor};
use crate::types::{Guid, OnExisting};
use words::{ANOTHER_MAIL, higher_role, is_disabled, kept, not_with_this, stays_disabled, unknown_successor};

/// Marks an object whose invitation was sent but whose outcome is unknown. The value is the time of sending by the
/// server's clock, or empty if unknown.
///
/// A plan of a tainted object does not get the object's private data, and neither do the halves of its replacement. So the
/// delete half recognises such an object by the missing GUID, and tells the create half through the [`Run`].
const ATTEMPTED: PrivateKey<String> = PrivateKey::new("attempted");

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

/// A person as an object of the state.
pub(crate) fn object(by: &'static Holder, email: &str, id: &atlan::Guid, private: &Private) -> Object {
    Object::new(by, Key::Person(email.to_owned()), id, private)
}

/// The plan of a change. `next` is the address by the plan, if it is known.
///
/// # Errors
/// If two resources of the plan are for the same person.
pub(crate) fn plan_change(run: &Run, private: &Private, object: Object, next: Option<String>) -> Result<()> {
    run::planned_change(run, private, object, &successor(next)).map_err(run::error)
}

/// The plan of a create.
///
/// # Errors
/// If two resources of the plan are for the same person.
pub(crate) fn plan_create(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    email: Option<String>,
    role: Option<WorkspaceRole>,
) -> Result<()> {
    run::planned_create(run, private, by, &successor(email), role.map(|role| role.to_string()))?;
    Ok(())
}

fn successor(email: Option<String>) -> Successor {
    email.map_or(Successor::Unknown, |email| Successor::Key(Key::Person(email)))
}

/// The plan of a destroy.
///
/// # Errors
/// If two resources of the plan are for the same person.
pub(crate) fn plan_delete(run: &Run, private: &Private, object: Object, farewell: Farewell) -> Result<()> {
    Ok(run::plan_delete(run, private, object, farewell == Farewell::Forget)?)
}

/// As [`plan_delete`], for an object without a GUID, because its invitation is unclear.
///
/// # Errors
/// As [`plan_delete`].
pub(crate) fn plan_delete_unclear(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    email: &str,
    farewell: Farewell,
) -> Result<()> {
    plan_delete(run, private, Object::unclear(by, Key::Person(email.to_owned()), private), farewell)
}

/// Gives a person a seat, by an invitation or by taking over an existing person.
///
/// Also returns the GUID of the role.
///
/// # Errors
/// Any failure; the state keeps what is known of the person.
pub(crate) async fn take<R>(cx: &CreateCx<'_, R>, wanted: &Wanted) -> Result<(User, atlan::Guid)>
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    let attempted = attempt(cx.private);
    run::forget_plan(cx.private);
    cx.private.remove(&ATTEMPTED);
    let key = Key::Person(wanted.email.clone());
    let (run, seal) = (cx.client.run(), Some(wanted.role.as_str()));
    if let Err(error) = run.ends_are_over(cx, &key).await {
        remember(cx, run.take_kept(wanted.by, &key, seal), attempted);
        return Err(error);
    }
    let mut claim = match run.claim(wanted.by, &key, cx.private, seal) {
        Ok(claim) => claim,
        Err(clash) => {
            remember(cx, run.take_kept(wanted.by, &key, seal), attempted);
            return Err(Error::from(clash).at(wanted.email_at.clone()));
        }
    };
    let kept = claim.kept().cloned();
    let attempted = if let Some(Kept::Attempt) = kept { Some(None) } else { attempted };
    // Before anything is sent, so that nothing has to be looked up afterwards.
    let role = match cx.client.role_by_name(wanted.role).await {
        Ok(role) => role,
        Err(error) => {
            remember(cx, kept, attempted);
            return Err(error).blame(wanted.role_at.clone());
        }
    };
    let user = match kept {
        Some(Kept::Object(id)) => keep(cx, wanted, &mut claim, &id).await?,
        Some(Kept::Ended(id)) => restore(cx, wanted, &mut claim, &id).await?,
        Some(Kept::Attempt) | None => invite(cx, wanted, &mut claim, attempted).await?,
    };
    Ok((user, role.id))
}

/// Records that the person exists and belongs to this object.
fn made<R>(cx: &CreateCx<'_, R>, claim: &mut Claim, user: &User)
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    claim.made(&user.id);
    cx.created(&ById { id: user.id.clone().into() });
}

/// An earlier apply that may have invited the person, with its time, if known.
type Attempt = Option<Timestamp>;

/// Invites a person.
async fn invite<R>(
    cx: &CreateCx<'_, R>,
    wanted: &Wanted,
    claim: &mut Claim,
    attempt: Option<Attempt>,
) -> Result<User>
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    let invite = Invite { email: wanted.email.clone(), role: wanted.role };
    let invited = match attempt {
        Some(since) => {
            // Until it is known what became of that attempt, no failure forgets it.
            remember_attempt(cx, since);
            // Read first, because the look may use up the time of this call.
            cx.client.current().await?;
            cx.client.invite_after_unknown(&invite).await
        }
        None => cx.client.invite(&invite).await,
    };
    match invited {
        Ok(user) => {
            is_found(cx.private);
            made(cx, claim, &user);
            with_role(cx, wanted, user).await
        }
        Err(atlan::Error::AlreadyExists(Existing::User(user))) => {
            if let Some(since) = attempt
                && cx.client.invited_by_us(&user, since).await?
            {
                is_found(cx.private);
                made(cx, claim, &user);
                return with_role(cx, wanted, *user).await;
            }
            is_found(cx.private);
            cx.not_created();
            existing(cx, wanted, claim, *user).await
        }
        // The earliest of several attempts counts.
        Err(error @ atlan::Error::OutcomeUnknown { since, .. }) if attempt.is_none() => {
            remember_attempt(cx, since);
            Err(error).blame(wanted.email_at.clone())
        }
        Err(error) => Err(error).blame(wanted.email_at.clone()),
    }
}

/// Before a create fails: the delete half has removed from the state what it has kept.
fn remember<R>(cx: &CreateCx<'_, R>, kept: Option<Kept>, attempted: Option<Attempt>)
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    match (kept, attempted) {
        (Some(Kept::Object(id) | Kept::Ended(id)), _) => cx.created(&ById { id: id.into() }),
        (_, Some(since)) => remember_attempt(cx, since),
        (Some(Kept::Attempt), None) => remember_attempt(cx, None),
        (None, None) => {}
    }
}

fn remember_attempt<R>(cx: &CreateCx<'_, R>, since: Attempt)
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    cx.private.set(&ATTEMPTED, &since.map(|since| since.to_string()).unwrap_or_default());
    cx.attempted();
}

/// Sets the configured role, whatever role the invitation resulted in.
async fn with_role<R>(cx: &Cx<'_, R>, wanted: &Wanted, user: User) -> Result<User>
where
    R: Resource<Provider = Atlan>,
{
    if user.role == Some(wanted.role) {
        return Ok(user);
    }
    cx.client.change_role(&user.id, wanted.role).await.blame(wanted.role_at.clone())
}

/// Takes over a person who is not ours. No step before the last may make the object exist: after a failure the person
/// must be unmanaged, not tainted.
async fn existing<R>(cx: &CreateCx<'_, R>, wanted: &Wanted, claim: &mut Claim, user: User) -> Result<User>
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    let disabled = user.status == UserStatus::Disabled;
    if wanted.on_existing == OnExisting::Error {
        if disabled {
            return Err(is_disabled(&user).at(wanted.email_at.clone()));
        }
        return Err(atlan::Error::AlreadyExists(Existing::User(Box::new(user))))
            .blame(wanted.email_at.clone());
    }
    if user.role.is_some_and(|present| present > wanted.role) {
        return Err(higher_role(&user, wanted.role).at(wanted.role_at.clone()));
    }
    let expired = user.status == UserStatus::Expired;
    let user = if disabled { enable(cx, &user).await? } else { user };
    let present = user.role.map_or("another role", WorkspaceRole::as_str);
    let now = format!("set the role of {}, who is enabled now and can log in with {present}", user.email);
    let user = match with_role(cx, wanted, user).await {
        Err(error) if disabled => return Err(error.attempting(|| now)),
        with_role => with_role?,
    };
    made(cx, claim, &user);
    if expired {
        cx.warn(
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

/// Lets a disabled person log in again.
async fn enable<R>(cx: &Cx<'_, R>, user: &User) -> Result<User>
where
    R: Resource<Provider = Atlan>,
{
    match cx.client.enable(&user.id).await {
        Err(refusal) if is_refusal(&refusal) => {
            let ask = match refusal.is_forbidden() {
                true => format!("{}, or ask", not_with_this(cx, "enable people").await),
                false => "Ask".to_owned(),
            };
            Err(Error::new(
                format!("Could not enable {}", user.email),
                format!(
                    "The person is in the tenant with GUID {}, but is disabled, and Terraform could not enable them: \
                     {refusal}.\n\n{ask} an admin to enable the person in Atlan. Then run `terraform apply` again.",
                    user.id
                ),
            ))
        }
        enabled => Ok(enabled?),
    }
}

/// The person of the object that this one replaces: the seat stays.
async fn keep<R>(cx: &CreateCx<'_, R>, wanted: &Wanted, claim: &mut Claim, id: &atlan::Guid) -> Result<User>
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    // From here on no failure loses the person.
    cx.created(&ById { id: id.clone().into() });
    let Some(user) = cx.client.user(id).await? else {
        // Somebody has removed the person since the plan.
        cx.not_created();
        return invite(cx, wanted, claim, None).await;
    };
    claim.made(&user.id);
    let mut expired = None;
    let was_disabled = user.status == UserStatus::Disabled;
    let user = match user.status {
        UserStatus::Disabled if wanted.on_existing == OnExisting::Error => {
            return Err(stays_disabled(&user).at(wanted.email_at.clone()));
        }
        UserStatus::Disabled => enable(cx, &user).await?,
        UserStatus::Expired => match renew(cx, wanted, claim, &user).await {
            Ok(Renewed::Invited(user)) => return Ok(*user),
            // The tenant keeps the record, so nobody can be invited at the address again.
            Ok(Renewed::Disabled) => {
                expired = Some("the tenant keeps the records of cancelled invitations".to_owned());
                cx.warn(
                    format!("The invitation of {} was cancelled", user.email),
                    "It had expired, so Terraform cancelled it to send a new one. This tenant does not remove the record of a \
                     cancelled invitation but disables it, and a disabled person cannot be invited.",
                );
                enable(cx, &user).await?
            }
            Ok(Renewed::NotPending(user)) => *user,
            Ok(Renewed::Refused(refusal)) => {
                expired = Some(format!("Atlan did not let Terraform cancel it: {refusal}"));
                user
            }
            Err(error) => return Err(error),
        },
        UserStatus::Pending | UserStatus::Active => user,
    };
    let user = with_role(cx, wanted, user).await?;
    kept(cx, &user, expired.as_deref(), was_disabled);
    Ok(user)
}

/// What became of an expired invitation.
enum Renewed {
    /// The person was invited anew.
    Invited(Box<User>),
    /// Its record was disabled instead of removed.
    Disabled,
    /// The person is pending no more.
    NotPending(Box<User>),
    /// Atlan refused to cancel it.
    Refused(atlan::Error),
}

/// Cancels an expired invitation, and invites the person again.
async fn renew<R>(cx: &CreateCx<'_, R>, wanted: &Wanted, claim: &mut Claim, user: &User) -> Result<Renewed>
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    let groups = Groups::of(cx, user).await;
    match cx.client.cancel_invitation(&user.id).await {
        Ok(Cancelled::Removed) => {}
        Ok(Cancelled::Disabled) => return Ok(Renewed::Disabled),
        Err(atlan::Error::NotPending { user }) => return Ok(Renewed::NotPending(user)),
        Err(refusal) if is_refusal(&refusal) => return Ok(Renewed::Refused(refusal)),
        Err(error) => return Err(error.into()),
    }
    cx.not_created();
    match invite(cx, wanted, claim, None).await {
        Ok(invited) => {
            groups.rejoin(cx, &user.id, &invited).await;
            Ok(Renewed::Invited(Box::new(invited)))
        }
        Err(error) => {
            groups.not_invited(cx, user);
            Err(error)
        }
    }
}

/// The access of the person has just ended, by a resource whose removal the plan could not connect with this one. That is
/// undone, as far as it can be without another invitation.
async fn restore<R>(
    cx: &CreateCx<'_, R>,
    wanted: &Wanted,
    claim: &mut Claim,
    id: &atlan::Guid,
) -> Result<User>
where
    R: Resource<Provider = Atlan, Id = ById>,
{
    let Some(user) = cx.client.user(id).await? else {
        let key = Key::Person(wanted.email.clone());
        let clash = run::Clash::Ended { key, by: wanted.by, new: wanted.by };
        return Err(Error::from(clash).at(wanted.email_at.clone()));
    };
    cx.created(&ById { id: id.clone().into() });
    claim.made(&user.id);
    let user = if user.status == UserStatus::Disabled { enable(cx, &user).await? } else { user };
    let user = with_role(cx, wanted, user).await?;
    cx.warn(
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

/// The person of an object whose invitation was attempted and never confirmed. `None`: there is no such person, or they
/// are not ours.
///
/// # Errors
/// Failures of the look-up.
pub(crate) async fn find<R>(cx: &Cx<'_, R>, by: &'static Holder, email: &str) -> Result<Option<User>>
where
    R: Resource<Provider = Atlan>,
{
    let key = Key::Person(email.to_owned());
    let half = run::half(cx.client.run(), cx.private, &key);
    match half {
        // The delete half of a replacement without a refresh. The create half looks before it sends anything.
        Half::OfItself => {
            cx.client.run().keep(by, key, Kept::Attempt, cx.private);
            return Ok(None);
        }
        Half::Unknown => return Err(unknown_successor(email)),
        Half::Leaves | Half::PlannedHere | Half::Tainted => {}
    }
    // Read first, because the look may use up the time of this call.
    cx.client.current().await?;
    // The invitation may still take effect, and once the object has left the state, that would go unnoticed.
    let user = cx.client.user_after_unknown(email).await?;
    let since = attempt(cx.private).flatten();
    let ours = match user {
        Some(user) if cx.client.invited_by_us(&user, since).await? => Some(user),
        _ => None,
    };
    if ours.is_none() && half == Half::PlannedHere {
        cx.client.run().applied(&Object::unclear(by, key, cx.private));
    }
    Ok(ours)
}

/// The object has been found, so its outcome is known now.
pub(crate) fn is_found(private: &Private) {
    private.remove(&ATTEMPTED);
}

fn attempt(private: &Private) -> Option<Attempt> {
    private.get(&ATTEMPTED).map(|since| since.parse().ok())
}

/// Refuses to replace a person by an address that is not known yet.
///
/// # Errors
/// If `next` is unknown.
pub(crate) fn refuse_unknown(email: &str, next: Option<&String>) -> Result<()> {
    if next.is_none() { Err(unknown_successor(email)) } else { Ok(()) }
}

/// Gives a seat up.
///
/// # Errors
/// When the access could not be ended as the policy asks; the state keeps the person.
pub(crate) async fn leave<R>(
    cx: &Cx<'_, R>,
    by: &'static Holder,
    id: &Guid,
    email: &str,
    policy: Farewell,
) -> Result<()>
where
    R: Resource<Provider = Atlan>,
{
    let run = cx.client.run();
    let key = Key::Person(email.to_owned());
    let object = Object::new(by, key.clone(), id, cx.private);
    let half = run::half(run, cx.private, &key);
    match half {
        Half::OfItself => {
            run.applied(&object);
            run.keep(by, key, Kept::Object((**id).clone()), cx.private);
            return Ok(());
        }
        Half::Unknown => return Err(unknown_successor(email)),
        Half::Leaves | Half::PlannedHere | Half::Tainted => {}
    }
    if policy == Farewell::Forget {
        cx.warn(
            format!("{email} stays in Atlan"),
            "`on_destroy` is `forget`: Terraform no longer manages this person, whose access is unchanged.",
        );
    } else {
        let Some(user) = cx.client.user(id).await? else {
            run.deleted(&object);
            return Ok(());
        };
        let Some(ending) = run.to_end(cx, &object, &half).await? else {
            kept(cx, &user, None, false);
            return Ok(());
        };
        farewell::end(cx, user, policy).await?;
        if half == Half::Leaves {
            ending.done(id);
        }
    }
    run.deleted(&object);
    Ok(())
}

/// Whether Atlan refused this particular step, as opposed to a lost connection, a lock-out or the page of a gateway, which
/// says nothing about what Atlan permits.
fn is_refusal(error: &atlan::Error) -> bool {
    !error.is_of_gateway()
        && error.status().is_some_and(|status| (400..500).contains(&status) && !matches!(status, 401 | 429))
        || matches!(error, atlan::Error::NotApplied { .. })
}
