//! People whose address changes in Atlan, as resources see it that name a person in `user`. Such an object is about the person of the
//! state, by GUID. The configuration may follow later or never, and somebody else may get the old address.

use tfplug::{Attempting as _, Call, Error, Path, Private, PrivateKey, Result, Text as _};

use super::stored;
use crate::provider::Client;
use crate::run::{Run, TO_DESTROY};
use crate::types::{Email, Guid, Person, PersonName};

/// Set by a plan call with a prior state: the name in the plan, and the GUID of the person in the state. If a plan call without a prior
/// state finds it, this is the second call of a replacement, and the name must still mean this person.
const MEANT: PrivateKey<(String, String)> = PrivateKey::new("meant");

/// Notes whom the name in the plan means. `None`: the person is to be another one, or is not known yet.
pub(super) fn means(private: &Private, person: Option<(&Person, &Guid)>) {
    private.remove(&MEANT);
    if let Some((person, id)) = person {
        private.set(&MEANT, &(name(person).to_owned(), id.text().into_owned()));
    }
}

/// The GUID or the folded address by which a person is looked up.
pub(super) fn name(person: &Person) -> &str {
    match person.name() {
        PersonName::Email(email) => email,
        PersonName::Id(id) => id.as_str(),
    }
}

/// Warns that `user` is as the state has it, and stood for a person who has another address by now.
pub(super) fn warn(
    call: &Call,
    at: impl Into<Path>,
    resource: &str,
    person: &Person,
    id: &Guid,
    email: &Email,
) {
    let (old, new, id) = (person.text().trim().to_owned(), email.text(), id.text());
    call.warning_at(
        at,
        summary(resource),
        format!(
            "The address of the person (GUID {id}) changed in Atlan from {old} to {new}. The resource stays with this person, also if \
             somebody else has {old} now. Set `user = \"{new}\"`: that changes nothing in Atlan. {}",
            by_guid(&old)
        ),
    );
}

/// Refuses the create half of a replacement if the name has passed to somebody else, who must not be touched, or to nobody.
///
/// # Errors
/// If it has; failures of the requests.
pub(super) async fn refuse_replacement(
    client: Option<&Client>,
    private: &Private,
    resource: &str,
    person: &Person,
) -> Result<()> {
    let meant = private.get(&MEANT).filter(|(meant, _)| meant == name(person));
    private.remove(&MEANT);
    let (Some((_, id)), Some(client)) = (meant, client) else { return Ok(()) };
    let id: Guid = stored(&id)?;
    if client.person(person).await?.is_some_and(|found| found.id == *id) {
        return Ok(());
    }
    match client.user(&id).await? {
        Some(user) => Err(has_moved_on(resource, person, &user, &format!("\n\n{TO_DESTROY}"))),
        None => Ok(()),
    }
}

/// The address after an update. If the plan has found the person under an address that the state does not have yet, Atlan is asked.
///
/// # Errors
/// Failures of the request.
pub(super) async fn address_after(
    client: &Client,
    id: &Guid,
    (before, email): (&Person, &Email),
    planned: &Person,
) -> Result<Email> {
    if planned == before || planned.is(id, &email.text()) {
        return Ok(email.clone());
    }
    let user = client.user(id).await.attempting(|| format!("read the address of {}", email.text()))?;
    Ok(user.map_or_else(|| email.clone(), |user| user.email.into()))
}

/// Notes in a refresh that the object is gone from Atlan.
pub(super) fn departs(run: &Run, resource: &'static str, person: &Person, id: &Guid, email: &Email) {
    if let PersonName::Email(named) = person.name() {
        run.departs_under(resource, named.clone(), (id.clone(), *named != email.folded()));
    }
}

/// If the object of the state is gone and `user` stands for another person by now, the object would be created for them. If the address
/// is known to have passed on, that is refused. Otherwise somebody has come back under another GUID, or the address has passed on.
///
/// # Errors
/// If the address has passed on; failures of the request.
pub(super) async fn tell_of_heir(
    call: &Call,
    run: &Run,
    client: Option<&Client>,
    resource: &'static str,
    at: impl Into<Path>,
    person: &Person,
) -> Result<()> {
    let (Some((id, is_old)), Some(client)) = (run.departed_under(resource, name(person)), client) else {
        return Ok(());
    };
    let Some(user) = client.person(person).await?.filter(|user| user.id != *id) else { return Ok(()) };
    let (old, id) = (person.text().trim().to_owned(), id.text());
    if is_old {
        return Err(Error::new(
            summary(resource),
            format!(
                "The person in the state (GUID {id}) had another address in Atlan than {old}, and the object of the state is gone. Somebody \
                 else (GUID {0}) has {old} now, and this plan would create the resource for them. Nothing was sent.\n\nIf you mean them, \
                 set `user = \"{0}\"`. Otherwise, remove the resource from the configuration, or name the person whom you mean.\n\n\
                 {TO_DESTROY}",
                user.id
            ),
        ));
    }
    call.warning_at(
        at,
        has_another_guid(resource),
        format!(
            "The state has {old} with the GUID {id}. In Atlan, {old} has the GUID {} now, and this plan is for that person. If somebody else \
             has got the address, name the person whom you mean.",
            user.id
        ),
    );
    Ok(())
}

/// The error for a replacement by whoever has the old address. `user`: the person of the replaced object; `more` ends the detail.
pub(super) fn has_moved_on(resource: &str, person: &Person, user: &atlan::User, more: &str) -> Error {
    let old = person.text().trim().to_owned();
    Error::new(
        summary(resource),
        format!(
            "The address of the person (GUID {1}) changed in Atlan from {old} to {0}. A replacement would be for whoever has {old} now, if \
             anybody has. Nothing was sent. Set `user = \"{0}\"`. {2}{more}",
            user.email,
            user.id,
            by_guid(&old)
        ),
    )
}

/// The error for a replacement whose person has left Atlan since the plan. `user`: who has the address now.
pub(super) fn is_gone(resource: &str, person: &Person, id: &Guid, user: &atlan::User) -> Error {
    Error::new(
        has_another_guid(resource),
        format!(
            "The person in the state (GUID {}) no longer exists in Atlan, and {} is the person with GUID {} now. The plan of this replacement \
             did not show that. Nothing was sent.\n\nRun `terraform plan` again, without `-refresh=false`: it says what it would do for \
             that person.",
            id.text(),
            person.text().trim(),
            user.id
        ),
    )
}

fn has_another_guid(resource: &str) -> String {
    format!("The person of an `{resource}` has another GUID")
}

fn summary(resource: &str) -> String {
    format!("An `{resource}` names an old address")
}

fn by_guid(old: &str) -> String {
    format!("If you mean somebody else who has {old} now, set `user` to the GUID of that person.")
}
