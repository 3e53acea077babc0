//! Combines messages about many people: a text that is the same for several of them appears once.

use std::collections::BTreeMap;

use tfplug::{Call, Diagnostic, Diagnostics, Error, Severity};

use crate::explain;

/// Most people that a message names.
pub(super) const MOST_NAMES: usize = 20;

/// A number of people, as messages say it.
pub(super) fn count(people: usize) -> String {
    crate::members::count(people)
}

/// The same as the subject of a sentence.
pub(super) fn are(people: usize) -> String {
    format!("{} {}", count(people), if people == 1 { "is" } else { "are" })
}

/// Some names, and how many others there are.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(str::to_owned).collect();
    crate::members::listed(&names, MOST_NAMES)
}

/// Messages, each about the person of a folded address. Messages that differ only in the person become one, at the place of the first.
pub(super) fn grouped(messages: Vec<(String, Diagnostic)>) -> Vec<Diagnostic> {
    let mut groups: Vec<(Diagnostic, Vec<String>)> = Vec::new();
    let mut known: BTreeMap<(Severity, String, String), usize> = BTreeMap::new();
    for (email, message) in messages {
        let text = |text: &str| without_guids(&text.replace(&email, "<person>"));
        let kind = (message.severity, text(&message.summary), text(&message.detail));
        match known.get(&kind) {
            Some(group) => groups[*group].1.push(email),
            None => {
                known.insert(kind, groups.len());
                groups.push((message, Vec::new()));
            }
        }
    }
    let one = |(mut message, others): (Diagnostic, Vec<String>)| {
        if !others.is_empty() {
            let names = listed(others.iter().map(String::as_str));
            let others = if others.len() == 1 { String::new() } else { format!("{} others: ", others.len()) };
            message.detail.push_str(&format!("\n\nThe same is true of {others}{names}."));
        }
        message
    };
    groups.into_iter().map(one).collect()
}

/// Errors, each about a person, as one.
pub(super) fn error(errors: Vec<(String, Error)>) -> Error {
    let several = |(email, error): (String, Error)| {
        let attempt = format!("invite {email}");
        let messages = error.into_diagnostics(&attempt, explain::advice_of_entries);
        messages.into_iter().map(move |message| (email.clone(), message)).collect::<Vec<_>>()
    };
    let messages = errors.into_iter().flat_map(several).collect();
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(grouped(messages));
    diagnostics.into()
}

/// Warns about everybody.
pub(super) fn send_grouped(call: &Call, warnings: Vec<(String, Diagnostic)>) {
    for Diagnostic { summary, detail, path, .. } in grouped(warnings) {
        call.warning_at(path, summary, detail);
    }
}

/// The text with all GUIDs made equal.
pub(super) fn without_guids(text: &str) -> String {
    const LENGTH: usize = 36;
    let is_guid = |bytes: &[u8]| {
        bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let (mut result, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        if rest.as_bytes().get(..LENGTH).is_some_and(is_guid) {
            result.push_str("<guid>");
            rest = &rest[LENGTH..];
        } else {
            result.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(messages: &[(&str, &str, &str)]) -> Vec<String> {
        let messages = messages
            .iter()
            .map(|(email, summary, detail)| ((*email).to_owned(), Diagnostic::warning(*summary, *detail)));
        let grouped = grouped(messages.collect());
        grouped.into_iter().map(|message| format!("{}: {}", message.summary, message.detail)).collect()
    }

    #[test]
    fn what_differs_in_the_person_alone_is_said_once() {
        let kept = |email: &'static str, guid: &str| {
            let summary: &'static str = Box::leak(format!("{email} was not replaced").into_boxed_str());
            let detail: &'static str = Box::leak(format!("The GUID is still {guid}.").into_boxed_str());
            (email, summary, detail)
        };
        let one = kept("ada@example.com", "8f0c2e9a-0000-4000-8000-000000000001");
        let other = kept("bob@example.com", "8f0c2e9a-0000-4000-8000-000000000002");
        let first =
            "ada@example.com was not replaced: The GUID is still 8f0c2e9a-0000-4000-8000-000000000001.";
        assert_eq!(told(&[one]), [first]);
        assert_eq!(told(&[one, other]), [format!("{first}\n\nThe same is true of bob@example.com.")]);
        let third = ("eve@example.com", "eve@example.com stays in Atlan", "é");
        assert_eq!(told(&[one, third]), [first, "eve@example.com stays in Atlan: é"]);
        let many: Vec<_> = (0..30).map(|_| other).collect();
        assert!(told(&many)[0].ends_with(", and 9 more."), "{:?}", told(&many));
        assert!(told(&many)[0].contains("The same is true of 29 others: bob@"), "{:?}", told(&many));
    }
}
