//! Finds the people whom the entries of `members` name: from the state, which needs no request, or by a look-up.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{At as _, Error, Result, Text as _};

use super::GroupMembersArgs;
use crate::members;
use crate::provider::Client;
use crate::types::{Guid, Person, PersonName};

pub(super) const TWICE: &str = "Two entries are one person";

/// The first two people with the same name.
pub(super) fn twice<N: Ord>(people: &BTreeSet<Person>, name: impl Fn(&Person) -> N) -> Option<[&Person; 2]> {
    let mut names = BTreeMap::new();
    people.iter().find_map(|person| names.insert(name(person), person).map(|other| [other, person]))
}

pub(super) fn same_person(entries: [&Person; 2]) -> String {
    format!(
        "Two entries are one person: {:?} and {:?}. Remove one of them.",
        entries[0].text(),
        entries[1].text()
    )
}

/// What identifies a person without a request: the GUID if the state knows it, otherwise the folded address.
pub(super) fn key(person: &Person, user_ids: &BTreeMap<String, Guid>) -> String {
    match person.name() {
        PersonName::Id(id) => id.as_str().to_owned(),
        PersonName::Email(email) => match user_ids.get(email) {
            Some(id) => id.text().into_owned(),
            None => email.clone(),
        },
    }
}

/// An entry of `members`, and whom it is.
pub(super) struct Entry {
    pub(super) person: Person,
    /// As in `user_ids`.
    pub(super) email: String,
    pub(super) id: atlan::Guid,
    /// `None`: the state knew the person, so nothing was asked.
    pub(super) user: Option<atlan::User>,
}

impl Entry {
    fn of(person: Person, user: atlan::User) -> Self {
        let email = match person.name() {
            PersonName::Email(email) => email.clone(),
            PersonName::Id(_) => atlan::fold_email(&user.email),
        };
        Entry { person, email, id: user.id.clone(), user: Some(user) }
    }
}

/// Whom the entries name. Nothing is asked about those whom the state knows, unless another entry is the same person.
///
/// # Errors
/// If somebody does not exist or is named twice; failures of the requests.
pub(super) async fn entries(
    client: &Client,
    people: &BTreeSet<Person>,
    known: &BTreeMap<String, Guid>,
) -> Result<Vec<Entry>> {
    let emails: BTreeMap<&str, &String> = known.iter().map(|(email, id)| (id.as_str(), email)).collect();
    let (mut entries, mut others) = (Vec::new(), BTreeSet::new());
    for person in people {
        match emails
            .get_key_value(key(person, known).as_str())
            .and_then(|(id, email)| Some(((*email).clone(), id.parse::<atlan::Guid>().ok()?)))
        {
            Some((email, id)) => entries.push(Entry { person: person.clone(), email, id, user: None }),
            None => drop(others.insert(person.clone())),
        }
    }
    let found = members::people(client, &others).await.at(GroupMembersArgs::MEMBERS)?;
    let found: Vec<Entry> = found.into_iter().map(|(person, user)| Entry::of(person, user)).collect();
    for entry in &mut entries {
        if found.iter().any(|other| other.id == entry.id)
            && let Some(user) = client.person(&entry.person).await?
        {
            // The address of the person has changed in Atlan, and the new one is an entry, too. So the old one means its new owner.
            *entry = Entry::of(entry.person.clone(), user);
        }
    }
    entries.extend(found);
    refuse_twice(&entries)?;
    Ok(entries)
}

fn refuse_twice(entries: &[Entry]) -> Result<()> {
    let mut seen: BTreeMap<&atlan::Guid, &Person> = BTreeMap::new();
    for Entry { person, id, .. } in entries {
        if let Some(other) = seen.insert(id, person) {
            return Err(Error::new(TWICE, same_person([other, person])).at(GroupMembersArgs::MEMBERS));
        }
    }
    Ok(())
}

/// Looks up people whom the state knew and who are not in the group: they may have come back with another GUID.
pub(super) async fn look_again(
    client: &Client,
    entries: &mut [Entry],
    there: &BTreeSet<atlan::Guid>,
) -> Result<()> {
    let is_open = |entry: &Entry| entry.user.is_none() && !there.contains(&entry.id);
    let open = entries.iter().filter(|entry| is_open(entry)).map(|entry| entry.person.clone()).collect();
    let found = members::people(client, &open).await.at(GroupMembersArgs::MEMBERS)?;
    let mut found: BTreeMap<Person, atlan::User> = found.into_iter().collect();
    for entry in entries.iter_mut() {
        if let Some(user) = found.remove(&entry.person) {
            *entry = Entry::of(entry.person.clone(), user);
        }
    }
    refuse_twice(entries)
}

/// People who are to be added.
pub(super) fn absent(entries: &[Entry], there: &BTreeSet<atlan::Guid>) -> Vec<atlan::User> {
    entries.iter().filter_map(|entry| entry.user.clone()).filter(|user| !there.contains(&user.id)).collect()
}
