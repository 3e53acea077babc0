//! Changes of many seats. Everybody is checked before anything is sent; then come additions, raised roles, lowered roles and
//! removals, in this order. If one person fails, the others are still handled.

use std::collections::{BTreeMap, BTreeSet};

use atlan::{Loss, User, UserStatus, WorkspaceRole};
use futures_util::future::join_all;
use tfplug::{Cx, Error, Path, Result, State, Value};

use super::additions::{Checked, New, check, give_up, losses_of_new, raised_of_new, seat};
use super::exchanged;
use super::keep_addresses;
use super::many;
use super::outcome::{Outcome, What};
use super::place::{Who, Work};
use super::plan::{leaving, object, raise_limit, too_many};
use super::read::guids;
use super::removals::{Leaving, leave, remove};
use super::{
    Entries, Entry, FIXED, HOLDER, NOT_ENABLED, SeatArgs, SeatStatus, TO_ENABLE, UserInvites,
    UserInvitesArgs, UserInvitesComputed, computed, entries, state,
};
use crate::explain::Blame as _;
use crate::provider::Client;
use crate::resources::{ById, OnDestroy};
use crate::run;
use crate::seat::{self, Farewell, checks};
use crate::types::{Guid, Role};
use crate::workspace_role;

/// An entry of the state that stays in the map.
pub(super) struct Staying {
    pub(super) email: String,
    id: Guid,
    /// The new key.
    spelled: String,
    role: Role,
    before: Entry,
    /// Atlan's record of the person, if the role may have to change.
    user: Option<User>,
    at: Path,
}

impl Staying {
    fn loss(&self) -> Option<Loss<'_>> {
        checks::loss_by_role(self.user.as_ref()?, self.role.into())
    }
}

pub(super) async fn update(
    cx: &Cx<'_, UserInvites>,
    id: &ById,
    prior: &State<UserInvites>,
    args: &UserInvitesArgs,
) -> Result<UserInvitesComputed> {
    let client = &cx.client;
    let before = entries(&prior.args.people, &prior.computed.people);
    let work = Work::new(client, cx, cx.private);
    let wanted: BTreeMap<String, (&String, &SeatArgs)> =
        args.people.iter().map(|(spelled, person)| (atlan::fold_email(spelled), (spelled, person))).collect();
    let gone = leaving(&before, Some(&wanted));
    let mut leaves: Vec<Leaving<'_>> = gone.iter().filter_map(|email| leave(&work, email, &before)).collect();
    for leaves in &leaves {
        // A create whose plan comes from now on finds out by itself what becomes of the person.
        if let Some(object) = object(&work.marks, &leaves.place.email, &leaves.before) {
            client.run().applied(&object);
        }
    }
    // The places have the marks of the plan.
    run::forget_plan(cx.private);
    if args.on_destroy != OnDestroy::Forget {
        too_many(args.max_removals.map_or(Value::Null, Value::Known), &before, &gone, raise_limit)?;
    }
    let fixed = cx.private.get(&FIXED).unwrap_or_default();
    cx.private.remove(&FIXED);
    let to_enable = cx.private.get(&TO_ENABLE).unwrap_or_default();
    cx.private.remove(&TO_ENABLE);
    let Sorted { mut stays, new, alone } = sorted(&work, wanted, &before, &fixed, args);
    let not_enabled = cx.private.get(&NOT_ENABLED).unwrap_or_default();
    let has_failed = |email: &str| prior.computed.failed.contains_key(email) || not_enabled.contains(email);
    look_up(client, &mut stays, &mut leaves, has_failed, args.on_destroy).await?;
    refuse_newer(&stays)?;
    exchanged::refuse(&leaves, |address| stays.iter().any(|stays| stays.email == *address))?;
    let others: BTreeMap<&str, &str> =
        stays.iter().map(|stays| (stays.id.as_str(), stays.email.as_str())).collect();
    let policy = args.on_destroy.into();
    let checked = check(client, &new, Some(&others)).await;
    let moves = checked.as_ref().map(|checked| moving(&new, checked)).unwrap_or_default();
    let moves_to = |leaves: &Leaving<'_>| moves.get(leaves.before.id.as_deref()?);
    let ends: Vec<&Leaving<'_>> = leaves.iter().filter(|leaves| moves_to(leaves).is_none()).collect();
    let checked = match checked {
        Ok(checked) => refuse_lockout(client, &new, checked, &stays, &ends, policy).await,
        Err(error) => Err(error),
    };
    let checked = match checked {
        Ok(checked) => checked,
        Err(error) => {
            work.remember(new.iter().map(|new| &new.place));
            return Err(error);
        }
    };
    let mut outcome = Outcome::default();
    let seated = seat(&new, checked, &mut outcome).await;
    enable(&work, stays.iter_mut().filter(|stays| to_enable.contains(&stays.email)), &mut outcome).await;
    change_roles(&work, &stays, &mut outcome, Direction::Up).await;
    match refuse_lockout_again(client, &new, &seated, &stays, &ends, &outcome, policy).await {
        Ok(()) => change_roles(&work, &stays, &mut outcome, Direction::Down).await,
        Err(error) => not_now(&stays, &ends, &error, &mut outcome),
    }
    for leaves in &leaves {
        // Otherwise, the new entry has the person, as configured or not.
        let has_not_moved =
            |email: &&String| new.iter().any(|new| new.place.email == **email && !new.has_person());
        if let Some(email) = moves_to(leaves).filter(has_not_moved) {
            outcome.fail(&leaves.place.email, What::Remove, keeps_the_person(email));
        }
    }
    let removed: Vec<&Leaving<'_>> =
        leaves.iter().filter(|leaves| !outcome.concerns(&leaves.place.email)).collect();
    remove(&work, &removed, policy, &mut outcome).await;
    work.remember(new.iter().map(|new| &new.place));
    work.remember_parts(new.iter().map(|new| &new.place));
    let is_gone = |email: &String| leaves.iter().any(|leaves| leaves.place.email == *email);
    work.forget_parts(|email| is_gone(email) && !outcome.concerns(email));
    work.send_warnings();
    let seated: Vec<(&New<'_>, Entry)> =
        new.iter().zip(&seated).map(|(new, user)| (new, new.entry(user.as_ref()))).collect();
    let mut after = in_the_map(&work, &before, seated, &stays, alone, &outcome);
    let mut failed = prior.computed.failed.clone();
    failed.retain(|email, _| fixed.contains(email));
    for leaves in &leaves {
        if outcome.concerns(&leaves.place.email) {
            if let Some(object) = object(&work.marks, &leaves.place.email, &leaves.before) {
                client.run().stays_after_all(object);
            }
            after.insert(leaves.place.email.clone(), leaves.before.clone());
        } else {
            work.forget([leaves.place.email.as_str()]);
        }
    }
    client.run().meets(HOLDER.resource, cx.private, guids(&after));
    keep_addresses(cx.private, |email| after.contains_key(email));
    if !outcome.has_failed() {
        return Ok(computed(&id.id, &after, failed));
    }
    failed.extend(outcome.failed());
    cx.checkpoint(&state(args, &id.id, &after, failed));
    Err(outcome.into_error())
}

/// The entries of the configuration.
struct Sorted<'a> {
    stays: Vec<Staying>,
    new: Vec<New<'a>>,
    /// Entries without a person that the plan has left as they are.
    alone: Vec<(String, Entry)>,
}

/// Sorts the entries of the configuration by what the state has of them.
fn sorted<'a>(
    work: &'a Work<'a>,
    wanted: BTreeMap<String, (&'a String, &'a SeatArgs)>,
    before: &Entries,
    fixed: &BTreeSet<String>,
    args: &UserInvitesArgs,
) -> Sorted<'a> {
    let mut sorted = Sorted { stays: Vec::new(), new: Vec::new(), alone: Vec::new() };
    for (email, (spelled, person)) in wanted {
        match before.get(&email) {
            Some(entry @ Entry { id: Some(id), .. }) => sorted.stays.push(Staying {
                id: id.clone(),
                spelled: spelled.clone(),
                role: person.role,
                before: entry.clone(),
                user: None,
                at: super::at(spelled).attr("role"),
                email,
            }),
            Some(entry) if fixed.contains(&email) => sorted.alone.push((email, entry.clone())),
            entry => {
                let is_unclear = entry.is_some_and(|entry| entry.status == SeatStatus::Unknown);
                let place = match is_unclear {
                    true => work.unclear_place(&email, spelled),
                    false => work.place(&email, spelled),
                };
                sorted.new.push(New::of(place, person.role, args.on_existing));
            }
        }
    }
    sorted
}

/// The entries of the configuration as they are after the change, whose plans have been applied.
fn in_the_map(
    work: &Work<'_>,
    before: &Entries,
    seated: Vec<(&New<'_>, Entry)>,
    stays: &[Staying],
    alone: Vec<(String, Entry)>,
    outcome: &Outcome,
) -> Entries {
    let applied = |email: &str, entry: &Entry| {
        if let Some(object) = object(&work.marks, email, entry) {
            work.client.run().applied(&object);
        }
    };
    let mut after: Entries = BTreeMap::new();
    for (new, entry) in seated {
        let email = &new.place.email;
        // If not, the outcome of its earlier invitation is still unknown.
        if let Some(before) = before.get(email).filter(|_| new.place.who() != Who::Attempted) {
            applied(email, before);
        }
        after.insert(email.clone(), entry);
    }
    for stays in stays {
        if let Some(object) = object(&work.marks, &stays.email, &stays.before) {
            work.client.run().changed(object);
        }
        after.insert(stays.email.clone(), stays.entry(outcome));
    }
    for (email, entry) in alone {
        applied(&email, &entry);
        after.insert(email, entry);
    }
    after
}

impl Staying {
    fn entry(&self, outcome: &Outcome) -> Entry {
        let role = match outcome.concerns(&self.email) {
            true => self.user.as_ref().and_then(|user| user.role).map_or(self.before.role, Role::from),
            false => self.role,
        };
        Entry { spelled: self.spelled.clone(), role, ..self.before.clone() }
    }
}

/// Looks up the people whose role may change and those who leave.
pub(super) async fn look_up(
    client: &Client,
    stays: &mut [Staying],
    leaves: &mut [Leaving<'_>],
    has_failed: impl Fn(&str) -> bool,
    policy: OnDestroy,
) -> Result<()> {
    let changes = |stays: &&mut Staying| stays.role != stays.before.role || has_failed(&stays.email);
    let mut wanted: BTreeMap<atlan::Guid, Vec<&mut Option<User>>> = BTreeMap::new();
    for stays in stays.iter_mut().filter(changes) {
        wanted.entry((*stays.id).clone()).or_default().push(&mut stays.user);
    }
    for leaves in leaves.iter_mut().filter(|_| policy != OnDestroy::Forget) {
        if let Some(id) = &leaves.before.id {
            wanted.entry((**id).clone()).or_default().push(&mut leaves.user);
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    for user in client.users_by_ids(&wanted.keys().cloned().collect()).await? {
        for place in wanted.remove(&user.id).unwrap_or_default() {
            *place = Some(user.clone());
        }
    }
    // A person who no longer exists: a change of the role fails with that reason, and a removal has nothing to do.
    Ok(())
}

/// Refuses the change as a whole if it would take roles away that people have got since the plan.
fn refuse_newer(stays: &[Staying]) -> Result<()> {
    let refused = |stays: &Staying| {
        let error =
            workspace_role::refuse_newer(stays.user.as_ref()?, stays.before.role, stays.role).err()?;
        Some((stays.email.clone(), error.at(stays.at.clone())))
    };
    let errors: Vec<_> = stays.iter().filter_map(refused).collect();
    if errors.is_empty() { Ok(()) } else { Err(many::error(errors)) }
}

/// What everybody loses together.
pub(super) fn losses<'a>(
    stays: &'a [Staying],
    leaves: impl IntoIterator<Item = &'a Leaving<'a>>,
    policy: Farewell,
) -> Vec<Loss<'a>> {
    let by_farewell = |leaves: &'a Leaving<'a>| checks::loss_by_farewell(leaves.user.as_ref()?, policy);
    stays.iter().filter_map(Staying::loss).chain(leaves.into_iter().filter_map(by_farewell)).collect()
}

/// People who stay and become admins.
fn raised(stays: &[Staying]) -> impl Iterator<Item = &User> {
    stays.iter().filter(|stays| stays.role == Role::Admin).filter_map(|stays| stays.user.as_ref())
}

/// The people whom a new entry names by their present address, by GUID, each with that address. Nobody who leaves under an old address
/// loses anything then.
fn moving(new: &[New<'_>], checked: &Checked) -> BTreeMap<atlan::Guid, String> {
    let found = new.iter().zip(&checked.found);
    found.filter_map(|(new, user)| Some((user.as_ref()?.id.clone(), new.place.email.clone()))).collect()
}

/// The entry of the new address could not take the person over, so the old one keeps them.
fn keeps_the_person(email: &str) -> Error {
    Error::new(
        "The entry keeps the person",
        format!("The person has the address {email} now, and the new entry could not take them over."),
    )
}

/// Refuses the change as a whole if it could lock the caller out. In that case, releases the claims of all people.
async fn refuse_lockout(
    client: &Client,
    new: &[New<'_>],
    checked: Checked,
    stays: &[Staying],
    leaves: &[&Leaving<'_>],
    policy: Farewell,
) -> Result<Checked> {
    let mut losses = losses(stays, leaves.iter().copied(), policy);
    losses.extend(losses_of_new(new, &checked));
    if losses.is_empty() {
        return Ok(checked);
    }
    let mut raised: Vec<User> = raised(stays).cloned().collect();
    raised.extend(raised_of_new(new, &checked));
    match client.refuse_lockout(&losses, &raised).await.blame(UserInvitesArgs::PEOPLE) {
        Ok(()) => Ok(checked),
        Err(error) => {
            drop(losses);
            give_up(new, checked);
            Err(error)
        }
    }
}

/// The same check again before the first removal or lowered role: the person who should remain as an admin may not have been raised.
async fn refuse_lockout_again(
    client: &Client,
    new: &[New<'_>],
    seated: &[Option<User>],
    stays: &[Staying],
    leaves: &[&Leaving<'_>],
    outcome: &Outcome,
    policy: Farewell,
) -> atlan::Result<()> {
    let losses = losses(stays, leaves.iter().copied(), policy);
    if losses.is_empty() {
        return Ok(());
    }
    let is_admin = |user: &&User| user.role == Some(WorkspaceRole::Admin);
    let mut admins: Vec<User> = raised(stays).cloned().collect();
    admins.retain(|user| !outcome.concerns(&atlan::fold_email(&user.email)));
    let seated = new.iter().zip(seated).filter(|(new, _)| !outcome.concerns(&new.place.email));
    admins.extend(seated.filter_map(|(_, user)| user.as_ref()).filter(is_admin).cloned());
    client.refuse_lockout(&losses, &admins).await
}

/// Nobody loses anything after all.
fn not_now(stays: &[Staying], leaves: &[&Leaving<'_>], why: &atlan::Error, outcome: &mut Outcome) {
    let error = || Error::new("Nobody was removed or lowered", format!("{}.", crate::members::reason(why)));
    for stays in stays.iter().filter(|stays| stays.loss().is_some()) {
        if outcome.concerns(&stays.email) {
            continue;
        }
        outcome.fail(&stays.email, What::ChangeRole, error());
    }
    for leaves in leaves {
        outcome.fail(&leaves.place.email, What::Remove, error());
    }
}

/// Enables people who are disabled since the list has taken them over and could not enable them.
async fn enable<'a>(work: &Work<'_>, failed: impl Iterator<Item = &'a mut Staying>, outcome: &mut Outcome) {
    for stays in failed {
        let Some(user) = &stays.user else { continue };
        if user.status != UserStatus::Disabled {
            work.forget_parts(|email| *email == stays.email);
            stays.before.status = user.status.into();
            continue;
        }
        let place = work.place(&stays.email, &stays.spelled);
        match seat::enable_again(&place, user).await {
            Ok(user) => {
                work.forget_parts(|email| *email == stays.email);
                stays.before.status = user.status.into();
            }
            Err(error) => outcome.fail(&stays.email, What::TakeOver, error),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// Changes the roles of people who stay.
async fn change_roles(work: &Work<'_>, stays: &[Staying], outcome: &mut Outcome, direction: Direction) {
    let is_due = |stays: &&Staying| {
        let changes = stays.user.is_some() || stays.role != stays.before.role;
        changes && !outcome.concerns(&stays.email) && stays.loss().is_some() == (direction == Direction::Down)
    };
    let steps = stays.iter().filter(is_due).map(|stays| async move {
        let (planned, at) = (stays.before.role, stays.at.clone());
        let changed = workspace_role::change(&work.client, &stays.id, planned, stays.role, at).await;
        (stays, changed)
    });
    for (stays, changed) in join_all(steps.collect::<Vec<_>>()).await {
        if let Err(error) = changed {
            outcome.fail(&stays.email, What::ChangeRole, error);
        }
    }
}
