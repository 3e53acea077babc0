//! What a plan of a role shows and refuses: a person who does not exist, another resource that has the person, and a
//! role that a create lowers. Nothing is written.

use atlan::{UserStatus, WorkspaceRole};
use tfplug::{At as _, Change, Error, PlanCx, PrivateKey, Resource as _, Result, Text as _, Value};

use super::replaced::{Replaced, seal};
use super::{HOLDER, UserRole, UserRoleArgs, UserRoleComputed, key};
use crate::members;
use crate::provider::Client;
use crate::run::{self, Key, Object, Run, Successor, TO_DESTROY};
use crate::seat;
use crate::types::{Person, PersonName, Status, keep_spelling};

/// The role that the last plan of a new object has found. Terraform makes that plan right before the create, but a list that was read
/// some minutes earlier may answer it.
pub(super) const FOUND: PrivateKey<String> = PrivateKey::new("found");

pub(super) async fn plan(cx: &PlanCx<'_, UserRole>, change: &mut Change<'_, UserRole>) -> Result<()> {
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
