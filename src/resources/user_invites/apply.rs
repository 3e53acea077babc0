//! Creates, changes and deletes of many seats. Everybody is checked before anything is sent; then come additions, raised roles,
//! lowered roles and removals, in this order. One failure is no reason to leave others out.

use std::collections::{BTreeMap, BTreeSet};

use atlan::{Loss, User, WorkspaceRole};
use futures_util::future::join_all;
use tfplug::{CreateCx, Cx, Error, Path, Result, State, Value};

use super::outcome::{Outcome, What};
use super::place::{Entry as Place, Who, Work};
use super::plan::{leaving, object, too_many};
use super::{
    ATTEMPTS, Entries, Entry, HOLDER, SeatArgs, SeatStatus, UserInvites, UserInvitesArgs,
    UserInvitesComputed, computed, entries, many, state,
};
use crate::explain::Blame as _;
use crate::provider::Client;
use crate::resources::{ById, OnDestroy};
use crate::run::entries as marks;
use crate::run::{self, Half, Key};
use crate::seat::{self, Begun, Farewell, Place as _, Wanted, checks};
use crate::types::{Guid, OnExisting, Role};
use crate::workspace_role;

/// Removals at the same time.
const AT_ONCE: usize = 10;

/// An entry that has no seat yet.
struct New<'a> {
    place: Place<'a>,
    role: Role,
    wanted: Wanted,
}

impl<'a> New<'a> {
    fn of(work: &'a Work<'a>, email: &str, spelled: &str, role: Role, on_existing: OnExisting) -> Self {
        let place = work.place(email, spelled);
        let wanted = place.wanted(role, on_existing);
        New { place, role, wanted }
    }

    /// What the state keeps of it.
    fn entry(&self, user: Option<&User>) -> Entry {
        let (id, status) = match self.place.who() {
            Who::Made(id) => {
                (Some(id.into()), user.map_or(SeatStatus::Pending, |user| SeatStatus::from(user.status)))
            }
            Who::Attempted => (None, SeatStatus::Unknown),
            Who::Nobody => (None, SeatStatus::Failed),
        };
        Entry { spelled: self.place.spelled.clone(), role: self.role, id, status }
    }
}

/// Entries that have been checked, and the people who are there already. Nothing has been sent.
struct Checked {
    begun: Vec<Begun>,
    found: Vec<Option<User>>,
}

/// Claims and checks everybody who gets a seat. `others`: who has one, by GUID, with the address.
///
/// # Errors
/// If anything stands in the way of anybody; nobody is claimed then.
async fn check(client: &Client, new: &[New<'_>], others: &BTreeMap<&str, &str>) -> Result<Checked> {
    let (mut begun, mut errors) = (Vec::new(), Vec::new());
    for New { place, wanted, .. } in new {
        match seat::begin(place, wanted).await {
            Ok(one) => begun.push((place, one)),
            Err(error) => errors.push((place.email.clone(), error)),
        }
    }
    let checked = match errors.is_empty() {
        true => find(client, new, &begun, others).await,
        false => Err(many::error(errors)),
    };
    match checked {
        Ok(found) => Ok(Checked { begun: begun.into_iter().map(|(_, begun)| begun).collect(), found }),
        Err(error) => {
            for (place, begun) in begun {
                begun.give_up(place);
            }
            Err(error)
        }
    }
}

/// Who of them is there already.
async fn find(
    client: &Client,
    new: &[New<'_>],
    begun: &[(&Place<'_>, Begun)],
    others: &BTreeMap<&str, &str>,
) -> Result<Vec<Option<User>>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let emails: BTreeSet<String> = new.iter().map(|new| new.place.email.clone()).collect();
    let users = client.users_before_invitations(&emails).await?;
    let users: BTreeMap<String, User> =
        users.into_iter().map(|user| (atlan::fold_email(&user.email), user)).collect();
    let mut obstacles = Vec::new();
    let mut found = Vec::with_capacity(new.len());
    for (New { place, wanted, .. }, (_, begun)) in new.iter().zip(begun) {
        let user = users.get(&place.email);
        if let Some(user) = user {
            if let Some(other) = others.get(user.id.as_str()) {
                return Err(same_person(other, &place.email, user).at(wanted.email_at.clone()));
            }
            obstacles.extend(seat::check(place, wanted, begun, user).await?);
        }
        found.push(user.cloned());
    }
    if obstacles.is_empty() {
        return Ok(found);
    }
    Err(checks::refused(&obstacles).at(UserInvitesArgs::PEOPLE))
}

fn same_person(one: &str, other: &str, user: &User) -> Error {
    Error::new(
        "Two entries are one person",
        format!(
            "The entries {one:?} and {other:?} are one person (GUID {}), whose address has changed in Atlan. Nothing was sent. Remove \
             {one:?} from `people`, set `on_destroy = \"forget\"` for that apply, and add {other:?} afterwards.",
            user.id
        ),
    )
}

/// Seats everybody, those whose role is lowered last. Returns those who have a seat now.
async fn seat(new: &[New<'_>], checked: Checked, outcome: &mut Outcome) -> Vec<Option<User>> {
    let mut seated: Vec<Option<User>> = vec![None; new.len()];
    let entries = new.iter().zip(checked.begun).zip(checked.found).enumerate();
    let (lowered, others): (Vec<_>, Vec<_>) = entries.partition(|(_, ((new, _), found))| {
        found.as_ref().is_some_and(|user| checks::loss_by_role(user, new.wanted.role).is_some())
    });
    for some in [others, lowered] {
        let steps = some.into_iter().map(|(number, ((new, begun), found))| async move {
            let before = found.clone();
            (number, before, seat::finish(&new.place, &new.wanted, begun, found).await)
        });
        for (number, before, finished) in join_all(steps).await {
            let (user, email) = (&mut seated[number], &new[number].place.email);
            match finished {
                Ok(now) => *user = Some(now),
                Err(error) => {
                    outcome.fail(email, What::Invite, error);
                    *user = before;
                }
            }
        }
    }
    seated
}

pub(super) async fn create(
    cx: &CreateCx<'_, UserInvites>,
    args: &UserInvitesArgs,
) -> Result<UserInvitesComputed> {
    run::forget_plan(cx.private);
    cx.private.remove(&ATTEMPTS);
    marks::begin(cx.private);
    let id = own_id()?;
    let work = Work::new(&cx.client, cx, cx.private);
    let new: Vec<New<'_>> = args
        .people
        .iter()
        .map(|(spelled, person)| {
            New::of(&work, &atlan::fold_email(spelled), spelled, person.role, args.on_existing)
        })
        .collect();
    let checked = match check(&cx.client, &new, &BTreeMap::new()).await {
        Ok(checked) => refuse_lockout_of_new(&cx.client, &new, checked).await,
        Err(error) => Err(error),
    };
    let mut outcome = Outcome::default();
    let seated = match checked {
        Ok(checked) => Ok(seat(&new, checked, &mut outcome).await),
        Err(error) => Err(error),
    };
    work.remember(new.iter().map(|new| &new.place));
    work.warn();
    let is_somebody = new.iter().any(|new| new.place.who() != Who::Nobody);
    match seated {
        Ok(seated) if is_somebody || new.is_empty() => {
            outcome.warn(cx);
            let entries = new
                .iter()
                .zip(&seated)
                .map(|(new, user)| (new.place.email.clone(), new.entry(user.as_ref())))
                .collect();
            Ok(computed(&id, &entries, outcome.failed()))
        }
        Ok(_) => Err(outcome.into_error()),
        Err(error) => {
            if is_somebody {
                // The delete half of this replacement has left them, and nothing was sent.
                let kept = new.iter().filter(|new| new.place.who() != Who::Nobody);
                let kept = kept.map(|new| (new.place.email.clone(), new.entry(None))).collect();
                cx.checkpoint(&state(args, &id, &kept, BTreeMap::new()));
            }
            Err(error)
        }
    }
}

/// A new identifier of the resource itself.
fn own_id() -> Result<Guid> {
    let id: atlan::Guid = uuid::Uuid::new_v4().to_string().parse()?;
    Ok(id.into())
}

/// Refuses to lower roles if that could lock the caller out. Gives everybody up then.
async fn refuse_lockout_of_new(client: &Client, new: &[New<'_>], checked: Checked) -> Result<Checked> {
    let losses: Vec<Loss<'_>> = losses_of_new(new, &checked).collect();
    if losses.is_empty() {
        return Ok(checked);
    }
    let raised = raised_of_new(new, &checked);
    match client.refuse_lockout(&losses, &raised).await.blame(UserInvitesArgs::PEOPLE) {
        Ok(()) => Ok(checked),
        Err(error) => {
            give_up(new, checked);
            Err(error)
        }
    }
}

fn give_up(new: &[New<'_>], checked: Checked) {
    for (new, begun) in new.iter().zip(checked.begun) {
        begun.give_up(&new.place);
    }
}

fn losses_of_new<'a>(new: &'a [New<'_>], checked: &'a Checked) -> impl Iterator<Item = Loss<'a>> {
    let lowered =
        |(new, found): (&New<'_>, &'a Option<User>)| checks::loss_by_role(found.as_ref()?, new.wanted.role);
    new.iter().zip(&checked.found).filter_map(lowered)
}

/// People who are there and become admins.
fn raised_of_new(new: &[New<'_>], checked: &Checked) -> Vec<User> {
    let found = new.iter().zip(&checked.found);
    let raised = found.filter(|(new, _)| new.wanted.role == WorkspaceRole::Admin);
    raised.filter_map(|(_, found)| found.clone()).collect()
}

/// An entry of the state that stays in the map.
struct Staying {
    email: String,
    id: Guid,
    /// The new key.
    spelled: String,
    role: Role,
    before: Entry,
    /// As Atlan has the person, if the role may have to be changed.
    user: Option<User>,
    at: Path,
}

impl Staying {
    fn loss(&self) -> Option<Loss<'_>> {
        checks::loss_by_role(self.user.as_ref()?, self.role.into())
    }
}

/// An entry that leaves the map.
struct Leaving<'a> {
    place: Place<'a>,
    before: Entry,
    user: Option<User>,
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
    // The places have the marks of the plan.
    run::forget_plan(cx.private);
    if args.on_destroy != OnDestroy::Forget {
        too_many(args.max_removals.map_or(Value::Null, Value::Known), &before, &gone)?;
    }
    let (mut stays, mut new) = (Vec::new(), Vec::new());
    for (email, (spelled, person)) in wanted {
        match before.get(&email) {
            Some(entry @ Entry { id: Some(id), .. }) => stays.push(Staying {
                id: id.clone(),
                spelled: spelled.clone(),
                role: person.role,
                before: entry.clone(),
                user: None,
                at: super::at(spelled).attr("role"),
                email,
            }),
            _ => new.push(New::of(&work, &email, spelled, person.role, args.on_existing)),
        }
    }
    let has_failed = |email: &str| prior.computed.failed.contains_key(email);
    look_up(client, &mut stays, &mut leaves, has_failed, args.on_destroy).await?;
    let others: BTreeMap<&str, &str> =
        stays.iter().map(|stays| (stays.id.as_str(), stays.email.as_str())).collect();
    let checked = match check(client, &new, &others).await {
        Ok(checked) => refuse_lockout(client, &new, checked, &stays, &leaves, args.on_destroy.into()).await,
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
    change_roles(&work, &stays, &mut outcome, Direction::Up).await;
    let policy = args.on_destroy.into();
    match refuse_lockout_again(client, &new, &seated, &stays, &leaves, &outcome, policy).await {
        Ok(()) => {
            change_roles(&work, &stays, &mut outcome, Direction::Down).await;
            remove(&work, &leaves, policy, &mut outcome).await;
        }
        Err(error) => not_now(&stays, &leaves, &error, &mut outcome),
    }
    work.remember(new.iter().map(|new| &new.place));
    work.warn();
    let mut after: Entries = BTreeMap::new();
    for (new, user) in new.iter().zip(&seated) {
        after.insert(new.place.email.clone(), new.entry(user.as_ref()));
    }
    for stays in &stays {
        if let Some(object) = object(cx.private, &stays.email, &stays.before) {
            client.run().applied(&object);
        }
        after.insert(stays.email.clone(), stays.entry(&outcome));
    }
    for leaves in &leaves {
        if outcome.concerns(&leaves.place.email) {
            after.insert(leaves.place.email.clone(), leaves.before.clone());
        } else {
            work.forget(&leaves.place.email);
        }
    }
    if !outcome.has_failed() {
        return Ok(computed(&id.id, &after, BTreeMap::new()));
    }
    cx.checkpoint(&state(args, &id.id, &after, outcome.failed()));
    Err(outcome.into_error())
}

fn leave<'a>(work: &'a Work<'a>, email: &str, before: &Entries) -> Option<Leaving<'a>> {
    let before = before.get(email)?.clone();
    Some(Leaving { place: work.place(email, &before.spelled), before, user: None })
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
async fn look_up(
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
    // Somebody who is not there any more: a change of the role says so, and a removal has nothing to do.
    Ok(())
}

/// What everybody loses together.
fn losses<'a>(stays: &'a [Staying], leaves: &'a [Leaving<'_>], policy: Farewell) -> Vec<Loss<'a>> {
    let by_farewell = |leaves: &'a Leaving<'_>| checks::loss_by_farewell(leaves.user.as_ref()?, policy);
    stays.iter().filter_map(Staying::loss).chain(leaves.iter().filter_map(by_farewell)).collect()
}

/// People who stay and become admins.
fn raised(stays: &[Staying]) -> impl Iterator<Item = &User> {
    stays.iter().filter(|stays| stays.role == Role::Admin).filter_map(|stays| stays.user.as_ref())
}

/// Refuses the change as a whole if it could lock the caller out. Gives everybody up then.
async fn refuse_lockout(
    client: &Client,
    new: &[New<'_>],
    checked: Checked,
    stays: &[Staying],
    leaves: &[Leaving<'_>],
    policy: Farewell,
) -> Result<Checked> {
    let mut losses = losses(stays, leaves, policy);
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

/// The same once more before the first loss: an admin who was to remain may not have been raised.
async fn refuse_lockout_again(
    client: &Client,
    new: &[New<'_>],
    seated: &[Option<User>],
    stays: &[Staying],
    leaves: &[Leaving<'_>],
    outcome: &Outcome,
    policy: Farewell,
) -> atlan::Result<()> {
    let losses = losses(stays, leaves, policy);
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
fn not_now(stays: &[Staying], leaves: &[Leaving<'_>], why: &atlan::Error, outcome: &mut Outcome) {
    let error = || Error::new("Nobody was removed or lowered", format!("{}.", crate::members::reason(why)));
    for stays in stays.iter().filter(|stays| stays.loss().is_some()) {
        outcome.fail(&stays.email, What::ChangeRole, error());
    }
    for leaves in leaves {
        outcome.fail(&leaves.place.email, What::Remove, error());
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
        let changed =
            workspace_role::change(work.client, &stays.id, stays.role.into(), stays.at.clone()).await;
        (stays, changed)
    });
    for (stays, changed) in join_all(steps.collect::<Vec<_>>()).await {
        if let Err(error) = changed {
            outcome.fail(&stays.email, What::ChangeRole, error);
        }
    }
}

/// Ends the access of people, some at a time. Those for whom that fails are in the outcome.
async fn remove(work: &Work<'_>, leaves: &[Leaving<'_>], policy: Farewell, outcome: &mut Outcome) {
    // What became of unclear invitations takes a while to learn, and all of them at once take no longer than one.
    let unclear = leaves
        .iter()
        .filter(|leaves| leaves.before.id.is_none())
        .map(|leaves| async move { (leaves, seat::find(&leaves.place, HOLDER, &leaves.place.email).await) });
    let mut people: Vec<(&Leaving<'_>, Guid)> = Vec::new();
    for (leaves, found) in join_all(unclear.collect::<Vec<_>>()).await {
        match found {
            Ok(None) => {
                if let Some(object) = object(work.private, &leaves.place.email, &leaves.before) {
                    work.client.run().deleted(&object);
                }
            }
            Ok(Some(user)) => people.push((leaves, user.id.into())),
            Err(error) => outcome.fail(&leaves.place.email, What::Remove, error),
        }
    }
    people.extend(leaves.iter().filter_map(|leaves| Some((leaves, leaves.before.id.clone()?))));
    for some in people.chunks(AT_ONCE) {
        let steps = some.iter().map(|(leaves, id)| async move {
            (leaves, seat::leave(&leaves.place, HOLDER, id, &leaves.place.email, policy).await)
        });
        for (leaves, left) in join_all(steps.collect::<Vec<_>>()).await {
            if let Err(error) = left {
                outcome.fail(&leaves.place.email, What::Remove, error);
            }
        }
    }
}

pub(super) async fn delete(cx: &Cx<'_, UserInvites>, id: &ById, prior: &State<UserInvites>) -> Result<()> {
    let client = &cx.client;
    let before = entries(&prior.args.people, &prior.computed.people);
    let work = Work::new(client, cx, cx.private);
    let none: BTreeMap<String, ()> = BTreeMap::new();
    let all = leaving(&before, Some(&none));
    let all: Vec<Leaving<'_>> = all.iter().filter_map(|email| leave(&work, email, &before)).collect();
    // In a replacement of the resource by itself, most keep their seats.
    let (keep, mut leaves): (Vec<_>, Vec<_>) = all.into_iter().partition(|leaves| {
        let key = Key::Person(leaves.place.email.clone());
        run::half(client.run(), leaves.place.marks(), &key) == Half::OfItself
    });
    let policy = prior.args.on_destroy;
    if policy != OnDestroy::Forget {
        let unplanned = leaves.iter().filter(|leaves| was_not_planned(&work, leaves));
        let unplanned = unplanned.map(|leaves| leaves.place.email.clone()).collect();
        too_many(prior.args.max_removals.map_or(Value::Null, Value::Known), &before, &unplanned)?;
    }
    look_up(client, &mut [], &mut leaves, |_| false, policy).await?;
    let losses = losses(&[], &leaves, policy.into());
    if !losses.is_empty() {
        client.refuse_lockout(&losses, &[]).await.blame(UserInvitesArgs::PEOPLE)?;
    }
    let mut outcome = Outcome::default();
    remove(&work, &leaves, policy.into(), &mut outcome).await;
    if !outcome.has_failed() {
        // Without a request, and without a failure.
        remove(&work, &keep, policy.into(), &mut outcome).await;
    }
    work.warn();
    if !outcome.has_failed() {
        return Ok(());
    }
    let mut remain = before;
    for leaves in leaves.iter().filter(|leaves| !outcome.concerns(&leaves.place.email)) {
        remain.remove(&leaves.place.email);
        work.forget(&leaves.place.email);
    }
    cx.checkpoint(&state(&prior.args, &id.id, &remain, outcome.failed()));
    Err(outcome.into_error())
}

/// Whether no plan has shown that the person of an entry leaves: under `create_before_destroy`, Terraform plans the removal of the old
/// object in the apply.
fn was_not_planned(work: &Work<'_>, leaves: &Leaving<'_>) -> bool {
    let (run, email) = (work.client.run(), &leaves.place.email);
    let half = run::half(run, leaves.place.marks(), &Key::Person(email.clone()));
    object(work.private, email, &leaves.before)
        .is_some_and(|object| run.is_deposed(&object, &half) && !run.is_made_again(&object))
}
