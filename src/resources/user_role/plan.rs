//! What a plan of a role shows and refuses: a person who does not exist, another resource that has the person, and a
//! role that a create lowers. Nothing is written.

use atlan::{UserStatus, WorkspaceRole};
use tfplug::{Change, Error, PlanCx, PrivateKey, Resource as _, Result, Text as _, Value};

use super::replaced::{Replaced, seal};
use super::{HOLDER, OnDestroy, UserRole, UserRoleArgs, UserRoleComputed, key};
use crate::members;
use crate::provider::Client;
use crate::resources::renamed::{self, name};
use crate::run::{self, Key, Object, Run, Successor, TO_DESTROY};
use crate::seat;
use crate::types::{Email, Guid, Named, Person, PersonName, Role, Status, planned_name};

/// The role that the last plan of a new object has found. Terraform makes that plan right before the create, but a list that was read
/// some minutes earlier may answer it.
pub(super) const FOUND: PrivateKey<String> = PrivateKey::new("found");

pub(super) async fn plan(cx: &PlanCx<'_, UserRole>, change: &mut Change<'_, UserRole>) -> Result<()> {
    let (user, id, email) = (UserRoleArgs::USER, UserRoleComputed::ID, UserRoleComputed::EMAIL);
    let named = planned_name(change, user, id, email);
    match (named, change.prior(id), change.prior(email)) {
        (Some(named), Value::Known(id), Value::Known(email)) => {
            of_present(cx, change, named, &id, email).await
        }
        _ => of_new(cx, change).await,
    }
    .map_err(|error| error.at(user))
}

/// The plan of an object that exists.
async fn of_present(
    cx: &PlanCx<'_, UserRole>,
    change: &mut Change<'_, UserRole>,
    named: Named,
    id: &Guid,
    mut email: Email,
) -> Result<()> {
    let user = UserRoleArgs::USER;
    let planned = change.planned(user).known();
    let mut next = None;
    match named {
        Named::Present => {}
        Named::Before(person) => renamed::warn(cx, user, HOLDER.resource, &person, id, &email),
        Named::Other(person) => {
            let hint = format!(
                "The state has the role of {0} (GUID {1}). If this person is meant, set `user = \"{0}\"`.",
                email.text(),
                id.text()
            );
            match wanted(cx, &person, &format!("\n\n{hint}\n\n{TO_DESTROY}")).await? {
                (_, Some(found)) if found.id == **id => {
                    // The state does not have the new address yet.
                    change.unknown(UserRoleComputed::EMAIL);
                    email = found.email.into();
                }
                (successor, _) => next = Some(successor),
            }
        }
        // Perhaps the same person. A replacement would lower the role and set it again, and lose it if the second step failed.
        Named::Unknown if is_lowered(change) => return Err(unknown_successor(&email)),
        Named::Unknown => next = Some(Successor::Unknown),
    }
    if next.is_some() {
        change.replace(user);
    }
    renamed::means(cx.private, planned.as_ref().filter(|_| next.is_none()).map(|person| (person, id)));
    if change.prior(UserRoleComputed::STATUS) == Value::Known(Status::from(UserStatus::Disabled)) {
        seat::warn_of_disabled(cx, user, HOLDER.resource, &email.text(), false);
    }
    let object = Object::new(HOLDER, key(&email), id, cx.private);
    let next = next.unwrap_or_else(|| Successor::Key(key(&email)));
    run::planned_change(&cx.session::<Run>(), cx.private, object, &next).map_err(run::error)
}

/// The plan of an object that is to be created, perhaps in place of another one.
async fn of_new(cx: &PlanCx<'_, UserRole>, change: &Change<'_, UserRole>) -> Result<()> {
    let (next, found) = match change.planned(UserRoleArgs::USER) {
        Value::Known(person) => {
            renamed::refuse_replacement(cx.client.as_ref(), cx.private, HOLDER.resource, &person).await?;
            let (run, client) = (cx.session::<Run>(), cx.client.as_ref());
            renamed::tell_of_heir(cx, &run, client, HOLDER.resource, UserRoleArgs::USER, &person).await?;
            match wanted(cx, &person, &format!("\n\n{TO_DESTROY}")).await {
                // Under `create_before_destroy`, Terraform repeats this plan in the apply. If it failed there, the state would have
                // nothing but a deposed object. The create looks again.
                Err(error) => {
                    let Some(failed) = error.downcast_ref::<atlan::Error>() else { return Err(error) };
                    could_not_look(cx, &person, failed);
                    (by_name(&person), None)
                }
                Ok(wanted) => wanted,
            }
        }
        Value::Null | Value::Unknown => (Successor::Unknown, None),
    };
    let role = change.planned(UserRoleArgs::ROLE).known();
    let planned = run::planned_create(&cx.session::<Run>(), cx.private, HOLDER, &next, role.map(seal));
    cx.private.remove(&FOUND);
    if let Some(found) = &found {
        if let Some(role) = role {
            warn_if_lower(cx, found, role.into());
        }
        if let Some(present) = found.role {
            cx.private.set(&FOUND, &present.to_string());
        }
    }
    Ok(planned.map(drop)?)
}

fn could_not_look(cx: &PlanCx<'_, UserRole>, person: &Person, error: &atlan::Error) {
    let person = person.text().trim().to_owned();
    cx.warning_at(
        UserRoleArgs::USER,
        format!("Could not see which role {person} has"),
        format!("{error}. The apply looks again, and sets the role of the configuration, also if {person} has a higher one."),
    );
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
/// there while planning. `more` ends the error if nobody is.
async fn wanted(
    cx: &PlanCx<'_, UserRole>,
    person: &Person,
    more: &str,
) -> Result<(Successor, Option<atlan::User>)> {
    let name = name(person);
    // Terraform plans a create half once more, after the delete half. Without that plan, the state would lose the person.
    if let Some(replaced) = cx.session::<Run>().inheritance::<Replaced>(&Key::Person(name.to_owned())) {
        return Ok((Successor::Key(key(&replaced.computed.email)), None));
    }
    let Some(client) = &cx.client else { return Ok((by_name(person), None)) };
    if let Some(user) = client.person(person).await? {
        return Ok((Successor::Key(Key::Person(atlan::fold_email(&user.email))), Some(user)));
    }
    if !client.run().has_departed(UserRole::NAME, name) {
        return Err(nobody(client, person, more));
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
    Ok((by_name(person), None))
}

/// What is known of a person whom no list has shown.
fn by_name(person: &Person) -> Successor {
    match person.name() {
        PersonName::Email(email) => Successor::Key(Key::Person(email.clone())),
        PersonName::Id(_) => Successor::Unknown,
    }
}

/// Whether a destroy may lower the role.
fn is_lowered(change: &Change<'_, UserRole>) -> bool {
    let prior = (change.prior(UserRoleArgs::ON_DESTROY), change.prior(UserRoleArgs::ROLE));
    let (Value::Known(on_destroy), Value::Known(role)) = prior else { return true };
    may_lower(on_destroy, change.prior(UserRoleComputed::PREVIOUS_ROLE).known(), role)
}

/// Whether a destroy of a role by this policy may lower it. `previous`: the role before the resource.
pub(super) fn may_lower(on_destroy: OnDestroy, previous: Option<Role>, role: Role) -> bool {
    let target = match on_destroy {
        OnDestroy::Keep => return false,
        OnDestroy::Downgrade => Some(WorkspaceRole::Guest),
        OnDestroy::Restore => previous.map(WorkspaceRole::from),
    };
    target.is_some_and(|target| target < WorkspaceRole::from(role))
}

/// A replacement by somebody who is not known yet, perhaps by the same person.
pub(super) fn unknown_successor(email: &Email) -> Error {
    let email = email.text();
    Error::new(
        format!("Could not replace the role of {email} yet"),
        format!(
            "This resource is to be replaced, and its new `user` is known only after other changes are applied. If it turns out to be \
             {email} again, the person would lose the role for a moment, and for longer if the apply failed in between. Nothing was \
             changed. First use `-target` to apply the resource that `user` comes from, then run `terraform apply` again. Or first set \
             `on_destroy = \"keep\"` and run `terraform apply`.\n\n{TO_DESTROY}"
        ),
    )
}

/// `more` ends the detail.
pub(super) fn nobody(client: &Client, person: &Person, more: &str) -> Error {
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
