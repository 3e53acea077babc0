//! Creates of roles. Only the state knows the person's earlier role, so a create that may have changed the role always
//! leaves a state.

use atlan::{UserStatus, WorkspaceRole};
use tfplug::{CreateCx, Cx, Error, Result, State};

use super::plan::{FOUND, nobody};
use super::replaced::{Replaced, inherited, is_same, seal};
use super::{HOLDER, UserRole, UserRoleArgs, UserRoleComputed, computed, key, remember_id};
use crate::resources::{ById, renamed, stored};
use crate::run::{self, Kept, Key};
use crate::types::Role;
use crate::workspace_role;

pub(super) async fn create(cx: &CreateCx<'_, UserRole>, args: &UserRoleArgs) -> Result<UserRoleComputed> {
    run::forget_plan(cx.private);
    let found = cx.private.get(&FOUND).and_then(|role| stored::<Role>(&role).ok());
    cx.private.remove(&FOUND);
    let role = WorkspaceRole::from(args.role);
    let user = match cx.client.person(&args.user).await {
        Ok(Some(user)) => user,
        Ok(None) => {
            let error = match moved_on(cx, args, None).await {
                Some(error) => error,
                None => nobody(&cx.client, &args.user, ""),
            };
            return Err(error.at(UserRoleArgs::USER));
        }
        Err(error) => {
            stays_unseen(cx, args);
            return Err(error.into());
        }
    };
    // If the plan could not look, what somebody raises from now on stays.
    let found = found.or(user.role.map(Role::from));
    if let Some(error) = passed_on(cx, args, &user).await {
        return Err(error.at(UserRoleArgs::USER));
    }
    let (run, key, seal) = (cx.client.run(), Key::Person(atlan::fold_email(&user.email)), seal(args.role));
    // The address may have changed after the plan, so what the delete half has left has the old one as its key.
    let id_key = Key::Person(user.id.as_str().to_owned());
    let old = run.inheritance::<Replaced>(&id_key).map(|replaced| super::key(&replaced.computed.email));
    let left = old.filter(|old| *old != key).and_then(|old| run.take_kept(HOLDER, &old, Some(&seal)));
    let is_left = is_same(left.as_ref(), &user);
    let left_by = if is_left { id_key } else { key.clone() };
    if let Err(error) = run.ends_are_over(cx, &key).await {
        let kept = run.take_kept(HOLDER, &key, Some(&seal));
        stays(cx, args, &user, is_left || is_same(kept.as_ref(), &user), &left_by);
        return Err(error);
    }
    let mut claim = match run.claim(HOLDER, &key, cx.private, Some(&seal)) {
        Ok(claim) => claim,
        Err(clash) => {
            let kept = run.take_kept(HOLDER, &key, Some(&seal));
            stays(cx, args, &user, is_left || is_same(kept.as_ref(), &user), &left_by);
            return Err(Error::from(clash).at(UserRoleArgs::USER));
        }
    };
    let (is_replacement, key) = (is_left || is_same(claim.kept(), &user), left_by);
    let has_ended = matches!(claim.kept(), Some(Kept::Ended(id)) if *id == user.id);
    let user = if has_ended { undo_end(cx, user).await } else { user };
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
                "The person has the role {role}, but cannot log in until an admin enables them in Atlan or, if SCIM manages the person, the \
                 identity provider does."
            ),
        );
    }
    Ok(computed(user, previous))
}

/// Another resource of this apply has just ended the access of the person, because no plan has shown that it is the same person. That
/// is undone. The role comes with the create.
async fn undo_end(cx: &CreateCx<'_, UserRole>, user: atlan::User) -> atlan::User {
    let enabled = async {
        // What took the access away may have been sent twice, and the first request may still be on its way.
        cx.client.changes_are_over(&user.id).await?;
        cx.client.enable(&user.id).await
    };
    let (what, now) = match enabled.await {
        Ok(now) => ("the provider gave it back".to_owned(), now),
        Err(error) => (
            format!(
                "the provider could not give it back: {error}. Ask an admin to enable the person in Atlan"
            ),
            user,
        ),
    };
    cx.warning(
        format!("The access of {} was interrupted", now.email),
        format!(
            "This plan removed another resource for {}, and it was not known while planning that this one is for the same person. So the \
             access ended, and {what}. Next time, run `terraform apply` without `-refresh=false`, and use a `moved` block if the resource \
             changes its type or address.",
            now.email
        ),
    );
    now
}

/// Between the plan and the apply of a replacement, the address of the person has passed to somebody else, whose role is not to be
/// touched. The state keeps what it had.
async fn passed_on(cx: &CreateCx<'_, UserRole>, args: &UserRoleArgs, user: &atlan::User) -> Option<Error> {
    let replaced = cx.client.run().inheritance::<Replaced>(&name(args))?;
    if *replaced.computed.id == user.id { None } else { moved_on(cx, args, Some(user)).await }
}

/// The address has passed on. `heir`: who has it now. `None`: nobody has it, and the person of the replaced object no longer exists.
async fn moved_on(
    cx: &CreateCx<'_, UserRole>,
    args: &UserRoleArgs,
    heir: Option<&atlan::User>,
) -> Option<Error> {
    let replaced = cx.client.run().inheritance::<Replaced>(&name(args))?;
    let error = match cx.client.user(&replaced.computed.id).await {
        Ok(None) => renamed::is_gone(HOLDER.resource, &args.user, &replaced.computed.id, heir?),
        Ok(Some(user)) => renamed::has_moved_on(HOLDER.resource, &args.user, &user, ""),
        Err(error) => error.into(),
    };
    stays_unseen(cx, args);
    Some(error)
}

fn name(args: &UserRoleArgs) -> Key {
    Key::Person(renamed::name(&args.user).to_owned())
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
    let Some(Replaced { computed: replaced, .. }) = inherited(run, &name(args)) else { return };
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
