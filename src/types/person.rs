//! How a configuration names a person: by GUID or by email address, in one attribute.
//!
//! The state keeps the configured spelling, and also the GUID and the address. From these a plan can see, without any
//! request, that another spelling names the same person.

use std::borrow::Cow;

use tfplug::{Change, KeyOf, Resource, Text, Value};

use super::{Email, Guid};

/// A person, as a configuration names them: text with an `@` is an address, anything else a GUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    text: String,
    name: PersonName,
}

/// What a [`Person`] is looked up by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonName {
    /// A folded email address.
    Email(String),
    /// A GUID in lower case.
    Id(atlan::Guid),
}

impl Person {
    /// What to look the person up by; equal for all spellings of one address, and for all of one GUID.
    pub fn name(&self) -> &PersonName {
        &self.name
    }

    /// Whether it names the person with this GUID and this address.
    pub fn is(&self, id: &atlan::Guid, email: &str) -> bool {
        match &self.name {
            PersonName::Email(address) => *address == atlan::fold_email(email),
            PersonName::Id(own) => own.as_str().eq_ignore_ascii_case(id.as_str()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let name = if text.contains('@') {
            PersonName::Email(atlan::fold_email(text))
        } else {
            PersonName::Id(text.trim().to_ascii_lowercase().parse().ok()?)
        };
        Some(Person { text: text.to_owned(), name })
    }
}

impl Text for Person {
    const RULE: &'static str = "the GUID or the email address of a person";

    const WHEN_NULL: &'static str =
        "If it comes from an invitation, that invitation did not succeed, so the person has no GUID.";

    fn parse(text: &str) -> Result<Self, String> {
        let name = text.trim();
        let of_token = ["apikey-", "service-account-"].iter().any(|start| name.starts_with(start));
        if of_token && !name.contains('@') {
            return Err(format!(
                "{text:?} names an API token. API tokens are not people: they cannot be members of groups and have no workspace \
                 role. Give the GUID or the email address of a person."
            ));
        }
        if name.contains('@') {
            Email::parse(text)?;
        } else if Guid::of_import(name).is_none() {
            return Err(format!(
                "{text:?} is not a person: give a GUID or an email address such as \"ada@example.com\"."
            ));
        }
        Self::stored(text)
    }

    fn stored(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| format!("{text:?} is neither a GUID nor an email address."))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }

    fn same(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// By which an object of Terraform knows a person after an import.
impl From<&Email> for Person {
    fn from(email: &Email) -> Self {
        Person { text: email.text().into_owned(), name: PersonName::Email(email.folded()) }
    }
}

impl From<&Guid> for Person {
    fn from(id: &Guid) -> Self {
        Person { text: id.text().into_owned(), name: PersonName::Id((**id).clone()) }
    }
}

/// How the name in a plan relates to the person of the state.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// It names that person.
    Present,
    /// It is the name in the state, by which the configuration had this person, who has another address by now. Somebody else may
    /// have the old one.
    Before(Person),
    /// The state does not tell whom it names: somebody else, or the same person under an address that the state does not have yet.
    Other(Person),
    /// Known after apply.
    Unknown,
}

/// Compares the planned name of a person with the state, offline. `None`: the object is new. Another spelling of the person, such as
/// the GUID in place of the address, plans no change. Exception: the configured name replaces an old address in the state, because
/// other resources that refer to it would find somebody else. `id` and `email` are the attributes that hold both.
pub(crate) fn planned_name<R: Resource>(
    change: &mut Change<'_, R>,
    user: impl KeyOf<R, Value = Person> + Copy,
    id: impl KeyOf<R, Value = Guid>,
    email: impl KeyOf<R, Value = Email>,
) -> Option<Named> {
    let (Value::Known(id), Value::Known(email)) = (change.prior(id), change.prior(email)) else {
        return None;
    };
    let before = change.prior(user).known();
    let Value::Known(person) = change.planned(user) else { return Some(Named::Unknown) };
    Some(if person.is(&id, &email.text()) {
        if before.is_some_and(|before| before.is(&id, &email.text())) {
            change.keep_spelling(user);
        }
        Named::Present
    } else if before.is_some_and(|before| before.same(&person)) {
        Named::Before(person)
    } else {
        Named::Other(person)
    })
}

/// Plans nothing for a GUID in another case, which Terraform would take for another object.
pub(crate) fn keep_guid_spelling<R: Resource>(
    change: &mut Change<'_, R>,
    id: impl KeyOf<R, Value = Guid> + Copy,
) {
    if let (Value::Known(planned), Value::Known(prior)) = (change.planned(id), change.prior(id))
        && planned.folded() == prior.folded()
    {
        change.keep_spelling(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910";

    fn person(text: &str) -> Person {
        Person::parse(text).expect(text)
    }

    #[test]
    fn a_person_has_many_spellings() {
        let guid: atlan::Guid = ID.parse().expect("a GUID");
        for text in ["ada@example.com", "Ada@Example.COM", " ada@example.com\n", ID, &ID.to_uppercase()] {
            assert!(person(text).is(&guid, "Ada@example.com"), "{text}");
            assert_eq!(person(text).text(), text, "the spelling stays");
        }
        for other in ["bob@example.com", "8f0c2e9a-0000-4000-8000-000000000001"] {
            assert!(!person(other).is(&guid, "ada@example.com"), "{other}");
        }
        assert!(person("Ada@Example.com").same(&person("ada@example.com ")));
        assert!(person(ID).same(&person(&ID.to_uppercase())));
        assert!(!person(ID).same(&person("ada@example.com")), "only the object knows both");
    }

    #[test]
    fn what_names_nobody_is_refused_with_what_to_write() {
        for text in
            ["", "  ", "ada", "$admin", "0b5e4f3d-2c1b-4a09-8f7e", "6d5c4b3a-2910-0b5e4f3d2c1b4a098f7e"]
        {
            let problem = Person::parse(text).expect_err(text);
            assert!(problem.contains("is not a person: give a GUID or an email address"), "{problem}");
        }
        for text in ["apikey-0b5e4f3d", "service-account-apikey-0b5e4f3d"] {
            let problem = Person::parse(text).expect_err(text);
            assert!(problem.contains("API tokens are not people: they cannot be members"), "{problem}");
        }
        let problem = Person::parse("ada@").expect_err("half an address");
        assert!(problem.contains("is not an email address such as"), "{problem}");
    }

    #[test]
    fn what_a_state_has_is_taken_as_it_is() {
        for text in ["odd@example", "f-0d7a54c3_x"] {
            assert_eq!(Person::stored(text).map(|person| person.text().into_owned()), Ok(text.to_owned()));
        }
    }
}
