//! People whose address changes in Atlan, as resources see it that name a person in `user`. Such an object is about the person of the
//! state, by GUID. The configuration may follow later or never, and somebody else may get the old address.

use tfplug::{Call, Error, Path, Private, PrivateKey, Result, Text as _};

use super::stored;
use crate::provider::Client;
use crate::types::{Email, Guid, Person, PersonName};

/// Set by a plan call with a prior state: the name in the plan, and the GUID of the person in the state. If a plan call without a prior
/// state finds it, this is the second call of a replacement, and the name is to mean nobody else.
const MEANT: PrivateKey<(String, String)> = PrivateKey::new("meant");

/// Notes whom the name in the plan means. `None`: the person is to be another one, or is not known yet.
pub(super) fn means(private: &Private, person: Option<(&Person, &Guid)>) {
    private.remove(&MEANT);
    if let Some((person, id)) = person {
        private.set(&MEANT, &(name(person).to_owned(), id.text().into_owned()));
    }
}

/// By what a person is looked up, as text.
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
        Some(user) => Err(has_moved_on(resource, person, &user)),
        None => Ok(()),
    }
}

/// The error for a replacement by whoever has the old address. `user`: the person of the replaced object.
pub(super) fn has_moved_on(resource: &str, person: &Person, user: &atlan::User) -> Error {
    let old = person.text().trim().to_owned();
    Error::new(
        summary(resource),
        format!(
            "The address of the person (GUID {1}) changed in Atlan from {old} to {0}. A replacement would be for whoever has {old} now. Set \
             `user = \"{0}\"`. {2}",
            user.email,
            user.id,
            by_guid(&old)
        ),
    )
}

fn summary(resource: &str) -> String {
    format!("An `{resource}` names an old address")
}

fn by_guid(old: &str) -> String {
    format!("If you mean somebody else who has {old} now, set `user` to the GUID of that person.")
}
