//! `atlan_user_role`: the workspace role of a person who exists. It never invites and never ends a seat: a destroy restores the
//! earlier role, but never raises one.
//!
//! Only the state knows the person's earlier role. So a create that may have changed the role always leaves a state,
//! and a replacement passes the earlier role from the old half to the new one.

use atlan::{UserStatus, WorkspaceRole};
use serde::Deserialize;
use tfplug::{
    Args, At as _, Attempting as _, Change, Choice, Computed, CreateCx, Cx, Error, Moves, PlanCx, PrivateKey,
    Resource, Result, State, Text as _, Value,
};

use super::{ById, person_named};
use crate::members;
use crate::provider::{Atlan, Client};
use crate::run::{self, Half, Holder, Kept, Key, Object, Run, Successor, TO_DESTROY};
use crate::seat;
use crate::types::{Email, Guid, Person, PersonName, Role, Status, keep_spelling};
use crate::workspace_role;

/// The workspace role of a person who is in the tenant: by single sign-on, by SCIM, or because somebody invited them.
/// To invite people, use `atlan_user_invite`, which sets the role, too. Manage each person with only one of these
/// resources.
///
/// A create gives the role that the configuration sets, also a lower one. In that case the plan warns. If somebody raises the
/// role between the plan and the apply, the apply of a create lowers it all the same, and the warning stands in the apply;
/// `previous_role` then has the higher role. An update, a destroy, and a replacement without `create_before_destroy` refuse to take
/// such a role away.
///
/// This resource never invites anybody and never ends anybody's access. A destroy gives the person their earlier role
/// back, unless it is higher than the present one.
///
/// A `moved` block (`from = atlan_user_invite.NAME`, Terraform 1.8 and later) turns an `atlan_user_invite` into this
/// resource, or the reverse. Nothing changes in Atlan.
///
/// If the identity provider synchronises roles, Atlan sets the role at each sign-in, and the next plan shows the same
/// change again. In that case remove this resource, or exclude the person from the synchronisation.
#[derive(Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct UserRoleArgs {
    /// GUID or email address of the person. Another spelling of the same person changes nothing.
    #[attr(replace)]
    pub user: Person,
    /// Workspace role of the person. Changed in place.
    pub role: Role,
    /// Policy for a destroy. `restore` gives the person the role that they had before this resource. If that role is
    /// unknown or higher than the present one, the role stays as it is, with a warning. If the person was an admin
    /// before and stays one, a warning says so, too. `downgrade` lowers the role to `$guest`. `keep` leaves the role
    /// alone, with a warning. A destroy does not touch disabled people.
    #[attr(default = OnDestroy::Restore)]
    pub on_destroy: OnDestroy,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
#[computed(args = UserRoleArgs)]
pub struct UserRoleComputed {
    /// GUID of the person.
    #[attr(keep)]
    pub id: Guid,
    /// Email address of the person as Atlan stores it.
    #[attr(keep)]
    pub email: Email,
    /// Status of the person. If only the status changes, the plan stays empty. If the person is disabled, it warns.
    #[attr(keep)]
    pub status: Status,
    /// Workspace role of the person before this resource set one. Null after an import or a move. If the resource is
    /// replaced for the same person, the new resource keeps this value. With `create_before_destroy`, the new
    /// resource has the role that the replaced one had set, and a warning says what the value was before.
    #[attr(keep)]
    pub previous_role: Option<Role>,
}

/// Policy for a destroy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum OnDestroy {
    /// The earlier role, unless it is higher.
    #[default]
    Restore,
    /// Lower to `$guest`.
    Downgrade,
    /// Leave alone.
    Keep,
}

/// How the register of a run identifies it.
const HOLDER: &Holder =
    &Holder { resource: "atlan_user_role", by_entry: false, keyed_by: "person", on_existing: false };

/// GUID of the role in the state, as far as known: an `atlan_user_invite` that this one becomes needs it.
pub(super) const ROLE_ID: PrivateKey<String> = PrivateKey::new("role_id");

/// The role that the last plan of a new object has found. Terraform makes that plan right before the create, but a list that was read
/// some minutes earlier may answer it.
const FOUND: PrivateKey<String> = PrivateKey::new("found");

/// Managed roles of people.
pub struct UserRole;

impl Resource for UserRole {
    const NAME: &'static str = "user_role";

    type Provider = Atlan;
    type Id = ById;
    type Args = UserRoleArgs;
    type Computed = UserRoleComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let (user, id, email) = (UserRoleArgs::USER, UserRoleComputed::ID, UserRoleComputed::EMAIL);
        keep_spelling(change, user, id, email);
        let prior = match (change.prior(email), change.prior(id)) {
            (Value::Known(email), Value::Known(id)) => Some((email, id)),
            _ => None,
        };
        let mut found = None;
        let next = match change.planned(user) {
            Value::Known(person) => match &prior {
                Some((email, id)) if person.is(id, &email.text()) => Successor::Key(key(email)),
                _ => {
                    let (next, record) = wanted(cx, &person).await.at(user)?;
                    found = record;
                    next
                }
            },
            Value::Null | Value::Unknown => Successor::Unknown,
        };
        if let Some((email, _)) = &prior
            && change.prior(UserRoleComputed::STATUS) == Value::Known(Status::from(UserStatus::Disabled))
        {
            seat::warn_of_disabled(cx, UserRoleArgs::USER, HOLDER.resource, &email.text());
        }
        let run = cx.session::<Run>();
        let planned = match prior {
            Some((email, id)) => {
                let object = Object::new(HOLDER, key(&email), &id, cx.private);
                run::planned_change(&run, cx.private, object, &next).map_err(run::error)
            }
            None => {
                let role = change.planned(UserRoleArgs::ROLE).known();
                let planned = run::planned_create(&run, cx.private, HOLDER, &next, role.map(seal));
                cx.private.remove(&FOUND);
                if let Some(found) = &found {
                    if let Some(role) = role {
                        warn_if_lower(cx, found, role.into());
                    }
                    if let Some(present) = found.role {
                        cx.private.set(&FOUND, &present.to_string());
                    }
                }
                planned.map(|_| ()).map_err(Error::from)
            }
        };
        planned.map_err(|error| error.at(user))
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        let run = cx.session::<Run>();
        let object = Object::new(HOLDER, key(&prior.computed.email), &prior.computed.id, cx.private);
        Ok(run::plan_delete(&run, cx.private, object, prior.args.on_destroy == OnDestroy::Keep)?)
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &UserRoleArgs) -> Result<UserRoleComputed> {
        let asked = || format!("set the role of {}", args.user.text().trim());
        create(cx, args).await.attempting(asked)
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        if prior.is_none() {
            run::imported(cx.private);
        }
        let id = id.read_by(prior.is_none());
        let asked = || match &prior {
            Some(prior) => format!("read the role of {}", prior.computed.email.text()),
            None => format!("read the role of {}", id.as_str()),
        };
        let Some(user) = cx.client.user(&id).await.attempting(asked)? else {
            if let Some(State { computed, .. }) = &prior {
                for name in [computed.email.folded(), computed.id.as_str().to_owned()] {
                    cx.client.run().departs(Self::NAME, name);
                }
            }
            return Ok(None);
        };
        cx.client.run().reads(HOLDER, &user);
        let role =
            workspace_role::of(&user, prior.as_ref().map(|prior| prior.args.role)).attempting(asked)?;
        if prior.as_ref().is_none_or(|prior| prior.args.role != role) {
            cx.private.remove(&ROLE_ID);
        }
        Ok(Some(state(user, role, prior)))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &UserRoleArgs,
    ) -> Result<UserRoleComputed> {
        run::forget_plan(cx.private);
        if args.role != prior.args.role {
            let at = UserRoleArgs::ROLE.into();
            let changed = workspace_role::change(&cx.client, &id.id, prior.args.role, args.role, at).await;
            changed.attempting(|| format!("change the role of {}", prior.computed.email.text()))?;
            remember_id(cx, args.role).await;
        }
        cx.client.run().applied(&Object::new(HOLDER, key(&prior.computed.email), &id.id, cx.private));
        // Other changes show in the next refresh.
        Ok(prior.computed.clone())
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        let asked = || format!("end the role of {}", prior.computed.email.text());
        delete(cx, id, prior).await.attempting(asked)
    }

    fn missing(cx: &Cx<'_, Self>, id: &ById) -> Error {
        super::nobody(&cx.client, id.id.as_str(), "nobody with this GUID")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        person_named(&cx.client, text).await
    }

    fn moves() -> Moves<Self> {
        Moves::none().from_source("atlanhq/atlan", "atlan_user_invite", 0, |cx, invite: Invite| {
            let (Some(id), Some(status)) = (invite.id, invite.status) else {
                return Err(Error::new(
                    "The outcome of the invitation is unknown",
                    "The invitation may not have been sent, so there may be no such person yet. Run \
                     `terraform apply` without the `moved` block first.",
                ));
            };
            match invite.role_id {
                Some(role) => cx.private.set(&ROLE_ID, &role),
                None => cx.private.remove(&ROLE_ID),
            }
            let email = Email::from(invite.email);
            Ok(State {
                args: UserRoleArgs {
                    user: Person::from(&email),
                    role: super::stored(&invite.role)?,
                    on_destroy: OnDestroy::Restore,
                },
                computed: UserRoleComputed {
                    id: super::stored(&id)?,
                    email,
                    status: super::stored(&status)?,
                    previous_role: None,
                },
            })
        })
    }
}

/// What a stored `atlan_user_invite` has.
#[derive(Deserialize)]
struct Invite {
    id: Option<String>,
    email: String,
    role: String,
    role_id: Option<String>,
    status: Option<String>,
}

fn key(email: &Email) -> Key {
    Key::Person(email.folded())
}

/// What tells the create half of a replacement from a create by another resource.
fn seal(role: Role) -> String {
    WorkspaceRole::from(role).to_string()
}

/// The plan of a new object shows no role but the new one. Terraform plans a new object once more in the apply, so this also tells of
/// a role that somebody has raised since the plan. One summary for all, so that Terraform groups them.
fn warn_if_lower(cx: &PlanCx<'_, UserRole>, user: &atlan::User, role: WorkspaceRole) {
    let Some(present) = user.role.filter(|present| *present > role) else { return };
    cx.warning_at(
        UserRoleArgs::ROLE,
        "A new `atlan_user_role` lowers a role",
        format!(
            "{} has the role {present}, and this new resource sets {role}. To leave the person as they are, set `role = \"{present}\"`. If \
             the plan did not warn of this and the apply does, somebody raised the role in between.",
            user.email
        ),
    );
}

/// The person whom a new object is for, with the record of Atlan if it was read: nobody else in the run can create them, so they must be
/// there while planning.
async fn wanted(cx: &PlanCx<'_, UserRole>, person: &Person) -> Result<(Successor, Option<atlan::User>)> {
    let (by_name, name) = match person.name() {
        PersonName::Email(email) => (Successor::Key(Key::Person(email.clone())), email.as_str()),
        PersonName::Id(id) => (Successor::Unknown, id.as_str()),
    };
    // Terraform plans a create half once more, after the delete half. Without that plan, the state would lose the person.
    if let Some(replaced) = cx.session::<Run>().inheritance::<Replaced>(&Key::Person(name.to_owned())) {
        return Ok((Successor::Key(key(&replaced.computed.email)), None));
    }
    let Some(client) = &cx.client else { return Ok((by_name, None)) };
    if let Some(user) = client.person(person).await? {
        return Ok((Successor::Key(Key::Person(atlan::fold_email(&user.email))), Some(user)));
    }
    if !client.run().has_departed(UserRole::NAME, name) {
        return Err(nobody(client, person, &format!("\n\n{TO_DESTROY}")));
    }
    cx.warning_at(
        UserRoleArgs::USER,
        format!("{} has left Atlan", person.text().trim()),
        format!(
            "The state has a role of this person, and the person no longer exists in Atlan ({}). The apply will fail, because \
             `atlan_user_role` manages people who exist. Remove the resource from the configuration, or invite the person with \
             `atlan_user_invite`, which sets the role, too.",
            client.tenant()
        ),
    );
    Ok((by_name, None))
}

/// `more` ends the detail.
fn nobody(client: &Client, person: &Person, more: &str) -> Error {
    let detail = match person.name() {
        PersonName::Email(_) => format!(
            "Nobody is known to Atlan ({}) as {}. `atlan_user_role` manages people who exist. Invite with `atlan_user_invite`, which sets \
             the role, too. With single sign-on, people exist after their first sign-in: use the data \
             source `atlan_users` with `for_each` to give roles to the people who are there.",
            client.tenant(),
            person.text().trim()
        ),
        PersonName::Id(_) => members::nobody(client, person),
    };
    Error::new("There is no such person", format!("{detail}{more}"))
}

async fn create(cx: &CreateCx<'_, UserRole>, args: &UserRoleArgs) -> Result<UserRoleComputed> {
    run::forget_plan(cx.private);
    let found = cx.private.get(&FOUND).and_then(|role| super::stored::<Role>(&role).ok());
    cx.private.remove(&FOUND);
    let role = WorkspaceRole::from(args.role);
    let user = match cx.client.person(&args.user).await {
        Ok(Some(user)) => user,
        Ok(None) => return Err(nobody(&cx.client, &args.user, "").at(UserRoleArgs::USER)),
        Err(error) => {
            stays_unseen(cx, args);
            return Err(error.into());
        }
    };
    let (run, key, seal) = (cx.client.run(), Key::Person(atlan::fold_email(&user.email)), seal(args.role));
    if let Err(error) = run.ends_are_over(cx, &key).await {
        let kept = run.take_kept(HOLDER, &key, Some(&seal));
        stays(cx, args, &user, is_same(kept.as_ref(), &user), &key);
        return Err(error);
    }
    let mut claim = match run.claim(HOLDER, &key, cx.private, Some(&seal)) {
        Ok(claim) => claim,
        Err(clash) => {
            let kept = run.take_kept(HOLDER, &key, Some(&seal));
            stays(cx, args, &user, is_same(kept.as_ref(), &user), &key);
            return Err(Error::from(clash).at(UserRoleArgs::USER));
        }
    };
    let is_replacement = is_same(claim.kept(), &user);
    let planned =
        run.inheritance::<Replaced>(&key).filter(|_| is_replacement).map(|replaced| replaced.role).or(found);
    let at = UserRoleArgs::ROLE.into();
    let change = match workspace_role::exchange(&cx.client, &user.id, planned, args.role, at).await {
        Ok(change) => change,
        Err(error) => {
            stays(cx, args, &user, is_replacement, &key);
            return Err(error);
        }
    };
    claim.made(&user.id);
    let before = inherited(run, &key).and_then(|replaced| replaced.computed.previous_role);
    let previous = if is_replacement { before } else { change.before.map(Role::from) };
    remember_id(cx, args.role).await;
    let user = match change.outcome {
        Ok(user) => user,
        Err(error) => {
            is_unclear(cx, &user, role, change.before, &error);
            user
        }
    };
    if user.status == UserStatus::Disabled {
        cx.warning(
            format!("{} is disabled", user.email),
            format!(
                "The person has the role {role}, but cannot log in until an admin enables them in Atlan."
            ),
        );
    }
    Ok(computed(user, previous))
}

/// Whether the delete half of a replacement has left the person whom the create half has found. Somebody who left Atlan and came back
/// has another GUID, so what the replaced object knew is about a record that no longer exists.
fn is_same(kept: Option<&Kept>, user: &atlan::User) -> bool {
    matches!(kept, Some(Kept::Object(id)) if *id == user.id)
}

/// What the state of a replaced object had.
#[derive(Clone)]
struct Replaced {
    role: Role,
    computed: UserRoleComputed,
}

/// Leaves what the state has to the create half, which may know the person by address or GUID.
fn bequeath(run: &Run, prior: &State<UserRole>) {
    let replaced = Replaced { role: prior.args.role, computed: prior.computed.clone() };
    for key in keys(&replaced.computed) {
        run.bequeath(key, replaced.clone());
    }
}

/// What the state of the replaced object had, once. `key`: of the address or the GUID.
fn inherited(run: &Run, key: &Key) -> Option<Replaced> {
    let replaced: Replaced = run.inherit(key)?;
    keys(&replaced.computed).iter().for_each(|key| drop(run.inherit::<Replaced>(key)));
    Some(replaced)
}

fn keys(replaced: &UserRoleComputed) -> [Key; 2] {
    [key(&replaced.email), Key::Person(replaced.id.as_str().to_owned())]
}

/// A create that replaces an object for the same person fails: the state keeps what the delete half had.
fn stays(
    cx: &CreateCx<'_, UserRole>,
    args: &UserRoleArgs,
    user: &atlan::User,
    is_replacement: bool,
    key: &Key,
) {
    if !is_replacement {
        return;
    }
    let previous = inherited(cx.client.run(), key).and_then(|replaced| replaced.computed.previous_role);
    keep(cx, args, computed(user.clone(), previous));
}

/// The same for a person who could not even be looked up: the state keeps what it knew of them.
fn stays_unseen(cx: &CreateCx<'_, UserRole>, args: &UserRoleArgs) {
    let run = cx.client.run();
    let name = match args.user.name() {
        PersonName::Email(email) => email.clone(),
        PersonName::Id(id) => id.as_str().to_owned(),
    };
    let Some(Replaced { computed: replaced, .. }) = inherited(run, &Key::Person(name)) else { return };
    let kept = run.take_kept(HOLDER, &key(&replaced.email), Some(&seal(args.role)));
    if matches!(kept, Some(Kept::Object(id)) if id == *replaced.id) {
        keep(cx, args, replaced);
    }
}

fn keep(cx: &CreateCx<'_, UserRole>, args: &UserRoleArgs, computed: UserRoleComputed) {
    cx.created(&ById { id: computed.id.clone() });
    let args = UserRoleArgs { user: args.user.clone(), ..*args };
    cx.checkpoint(&State { args, computed });
}

/// Keeps the GUID of the role. It was looked up for the change, so no request is due.
async fn remember_id(cx: &Cx<'_, UserRole>, role: Role) {
    cx.private.remove(&ROLE_ID);
    if let Ok(role) = cx.client.role_by_name(role.into()).await {
        cx.private.set(&ROLE_ID, &role.id.to_string());
    }
}

/// Warns that a create ends without knowing which role the person has. As an error it would lose the earlier role.
fn is_unclear(
    cx: &Cx<'_, UserRole>,
    user: &atlan::User,
    role: WorkspaceRole,
    before: Option<WorkspaceRole>,
    error: &atlan::Error,
) {
    let before = before.map_or("no role", WorkspaceRole::as_str);
    cx.warning(
        format!("The role of {} is not certain", user.email),
        format!(
            "The request for the role {role} was sent, and its outcome could not be learned: {error}. The state has the resource, with \
             {before} as `previous_role`. Run `terraform apply` again: the next plan shows which role the person has, and sets it \
             if need be."
        ),
    );
}

async fn delete(cx: &Cx<'_, UserRole>, id: &ById, prior: &State<UserRole>) -> Result<()> {
    let (run, key) = (cx.client.run(), key(&prior.computed.email));
    let object = Object::new(HOLDER, key.clone(), &id.id, cx.private);
    let half = run::half(run, cx.private, &key);
    if half == Half::OfItself {
        run.applied(&object);
        bequeath(run, prior);
        run.keep(HOLDER, key, Kept::Object((*id.id).clone()), cx.private);
        return Ok(());
    }
    if prior.args.on_destroy == OnDestroy::Keep {
        remains(cx, prior, None, "`on_destroy` is `keep`, so Terraform left the role alone");
        run.deleted(&object);
        return Ok(());
    }
    let Some(ending) = run.to_end(cx, &object, &half).await? else {
        is_held(cx, prior);
        return Ok(());
    };
    end(cx, id, prior).await?;
    if half == Half::Leaves {
        ending.done(&id.id);
    }
    run.deleted(&object);
    Ok(())
}

/// Sets the earlier role, or `$guest`, unless that would raise the role. If the person no longer exists or is
/// disabled, that is a success.
async fn end(cx: &Cx<'_, UserRole>, id: &ById, prior: &State<UserRole>) -> Result<()> {
    let target = match (prior.args.on_destroy, prior.computed.previous_role) {
        (OnDestroy::Downgrade, _) => WorkspaceRole::Guest,
        (_, Some(previous)) => previous.into(),
        (_, None) => {
            let Some(user) = cx.client.user(&id.id).await? else { return Ok(()) };
            if user.status != UserStatus::Disabled {
                let role = user.role.map_or(prior.args.role, Role::from);
                let why = "It is not known which role the person had before this resource, because the resource was imported or \
                           moved, so the destroy changed nothing";
                remains(cx, prior, Some(role), why);
            }
            return Ok(());
        }
    };
    let planned = prior.args.role;
    let user = match cx.client.lower_role(&id.id, planned.into(), target).await {
        Ok(user) => user,
        Err(error) if error.is_not_found() && cx.client.user(&id.id).await?.is_none() => return Ok(()),
        Err(error) => {
            let explained = workspace_role::refusal(&cx.client, &id.id, target, &error).await;
            return Err(explained.unwrap_or_else(|| error.into()));
        }
    };
    if user.status == UserStatus::Disabled {
        return Ok(());
    }
    if let Err(error) = workspace_role::refuse_newer_at_end(&user, planned, target.into()) {
        // Terraform 1.11 plans the end of a resource that has left the configuration by the state of before the refresh. With the
        // present role in the state, the next plan shows it.
        let args = UserRoleArgs {
            user: prior.args.user.clone(),
            role: user.role.map_or(planned, Role::from),
            ..prior.args
        };
        cx.checkpoint(&State { args, computed: prior.computed.clone() });
        return Err(error);
    }
    match user.role {
        Some(present) if present < target => {
            let why = format!(
                "Before this resource, the person had {target}, which is higher. A destroy never raises a role, so it changed nothing"
            );
            remains(cx, prior, Some(present.into()), &why);
        }
        // The person keeps the rights of an admin although the configuration no longer names them.
        Some(present @ WorkspaceRole::Admin) => {
            let why = "The person had this role when the resource was created, so the destroy changed nothing. If a replacement under \
                       `create_before_destroy` created it, the replaced resource may have set the role";
            remains(cx, prior, Some(present.into()), why);
        }
        _ => {}
    }
    Ok(())
}

/// Warns that the person keeps a role. `role`: the present one, if Atlan was asked. `why` is a sentence without its full stop.
fn remains(cx: &Cx<'_, UserRole>, prior: &State<UserRole>, role: Option<Role>, why: &str) {
    let email = prior.computed.email.text();
    let role = role.map_or("that they have".to_owned(), |role| WorkspaceRole::from(role).to_string());
    cx.warning(
        format!("{email} keeps the role {role}"),
        format!(
            "{why}. Terraform no longer manages the role of this person. To give the person another one, change it in Atlan, or in an \
             `atlan_user_role` with that `role` and `on_destroy = \"keep\"`."
        ),
    );
}

/// Another resource of this process has the person, such as the new half of a replacement under `create_before_destroy`.
fn is_held(cx: &Cx<'_, UserRole>, prior: &State<UserRole>) {
    let before = match prior.computed.previous_role {
        Some(previous) if previous != prior.args.role => format!(
            " The role before this resource was {}.\n\nIf that resource is the new half of a replacement, \
             Terraform told it nothing about the old half: its `previous_role` is {}, and a destroy of it \
             would leave this role. To lower the role when you remove the resource, first set `on_destroy \
             = \"downgrade\"` and run `terraform apply`, or first set `role` to {0}.",
            WorkspaceRole::from(previous),
            WorkspaceRole::from(prior.args.role)
        ),
        _ => String::new(),
    };
    cx.warning(
        format!("The role of {} was not restored", prior.computed.email.text()),
        format!(
            "Another resource of this configuration manages the person now, such as the new half of a \
             replacement under `create_before_destroy`. So the role stays as that resource set it.{before}"
        ),
    );
}

fn computed(user: atlan::User, previous_role: Option<Role>) -> UserRoleComputed {
    UserRoleComputed {
        id: user.id.into(),
        email: user.email.into(),
        status: user.status.into(),
        previous_role,
    }
}

/// A person as an object. `prior`: as the state has it; `None` after an import.
pub(crate) fn state(user: atlan::User, role: Role, prior: Option<State<UserRole>>) -> State<UserRole> {
    let (name, on_destroy, previous) = match prior {
        Some(prior) => (Some(prior.args.user), prior.args.on_destroy, prior.computed.previous_role),
        None => (None, OnDestroy::Restore, None),
    };
    let computed = computed(user, previous);
    let user = name.unwrap_or_else(|| Person::from(&computed.email));
    State { args: UserRoleArgs { user, role, on_destroy }, computed }
}
