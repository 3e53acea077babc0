//! Secrets of a request in an answer that does not hide them. Terraform cannot see this: it is a rule for providers.

use std::collections::BTreeSet;

use super::super::schema::{Attribute, Nesting};
use super::stored::elements;
use super::{Found, Problem};
use crate::value::{Dynamic, Number, Path, Step};

/// Shorter texts may equal another value by chance.
const SHORTEST: usize = 8;

/// So may numbers of fewer digits, zeros at the ends not counted.
const FEWEST_DIGITS: usize = 6;

/// Where `answer` has a sensitive or write-only value of `asked` in an attribute that is neither. What `asked` has in clear
/// as well is no secret.
pub(in crate::testing) fn disclosed(
    attributes: &[Attribute],
    asked: &Dynamic,
    answer: &Dynamic,
) -> Vec<Problem> {
    let (mut secrets, mut clear) = (BTreeSet::new(), BTreeSet::new());
    walk(attributes, asked, &Path::root(), &mut |hidden, value, _| {
        if hidden {
            secrets.insert(value)
        } else {
            clear.insert(value)
        };
    });
    let is_secret = |value: &Told<'_>| value.is_long() && secrets.contains(value) && !clear.contains(value);
    let mut places = Vec::new();
    walk(attributes, answer, &Path::root(), &mut |hidden, value, path| {
        if !hidden && is_secret(&value) {
            // A key that is a secret itself is not shown, nor the way behind it.
            let leads_on = |step: &&Step| !matches!(step, Step::Key(key) if is_secret(&Told::Text(key)));
            let place: Path = path.steps().iter().take_while(leads_on).cloned().collect();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    });
    let mut found = Found::default();
    for place in places {
        found.add(&place, "not sensitive, and it holds a sensitive or write-only value of the same object");
    }
    found.0
}

/// A value that may be secret. The key of a map is a text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Told<'a> {
    Text(&'a str),
    Number(&'a Number),
}

impl Told<'_> {
    fn is_long(&self) -> bool {
        match self {
            Told::Text(text) => text.chars().count() >= SHORTEST,
            Told::Number(number) => {
                let digits: String = number.to_string().chars().filter(char::is_ascii_digit).collect();
                digits.trim_matches('0').len() >= FEWEST_DIGITS
            }
        }
    }
}

/// Calls `each` with whether a value is hidden, with the value, and with its path. Numbers within a hidden map or object are passed
/// over.
fn walk<'a>(
    attributes: &[Attribute],
    object: &'a Dynamic,
    path: &Path,
    each: &mut dyn FnMut(bool, Told<'a>, &Path),
) {
    for attribute in attributes {
        let (value, path) = (object.get(&attribute.name), path.attr(&attribute.name));
        let hidden = attribute.sensitive || attribute.write_only;
        match attribute.nested() {
            Some((nesting, inner)) if !hidden => {
                if let (Nesting::Map, Some(entries)) = (nesting, value.as_map()) {
                    entries.keys().for_each(|key| each(false, Told::Text(key), &path));
                }
                elements(nesting, value).for_each(|item| walk(inner, item, &path, each));
            }
            _ => values(hidden, true, value, &path, each),
        }
    }
}

/// The keys of a hidden map are names more often than secrets.
fn values<'a>(
    hidden: bool,
    numbers: bool,
    value: &'a Dynamic,
    path: &Path,
    each: &mut dyn FnMut(bool, Told<'a>, &Path),
) {
    match value.untyped() {
        Dynamic::String(text) => each(hidden, Told::Text(text), path),
        Dynamic::Number(number) if numbers => each(hidden, Told::Number(number), path),
        Dynamic::List(items) => {
            for (at, item) in items.iter().enumerate() {
                values(hidden, numbers, item, &path.index(at), each);
            }
        }
        Dynamic::Map(entries) => {
            for (key, item) in entries {
                if !hidden {
                    each(false, Told::Text(key), path);
                }
                values(hidden, numbers && !hidden, item, &path.key(key), each);
            }
        }
        _ => {}
    }
}
