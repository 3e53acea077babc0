//! Secrets of a request in an answer that does not hide them. Terraform cannot see this: it is a rule for providers.

use std::collections::BTreeSet;

use super::super::schema::Attribute;
use super::stored::elements;
use super::{Found, Problem};
use crate::value::{Dynamic, Path};

/// Shorter secrets may equal another value by chance.
const SHORTEST: usize = 8;

/// Where `answer` has a sensitive or write-only value of `asked` in an attribute that is neither. What `asked` has in clear
/// as well is no secret.
pub(in crate::testing) fn disclosed(
    attributes: &[Attribute],
    asked: &Dynamic,
    answer: &Dynamic,
) -> Vec<Problem> {
    let (mut secrets, mut clear) = (BTreeSet::new(), BTreeSet::new());
    walk(attributes, asked, &Path::root(), &mut |hidden, text, _| {
        if hidden {
            secrets.insert(text.to_owned())
        } else {
            clear.insert(text.to_owned())
        };
    });
    let mut found = Found::default();
    walk(attributes, answer, &Path::root(), &mut |hidden, text, path| {
        let is_secret = text.chars().count() >= SHORTEST && secrets.contains(text) && !clear.contains(text);
        if !hidden && is_secret {
            found.add(path, "not sensitive, and it holds a sensitive or write-only value of the same object");
        }
    });
    found.0
}

fn walk(attributes: &[Attribute], object: &Dynamic, path: &Path, each: &mut dyn FnMut(bool, &str, &Path)) {
    for attribute in attributes {
        let (value, path) = (object.get(&attribute.name), path.attr(&attribute.name));
        let hidden = attribute.sensitive || attribute.write_only;
        match attribute.nested() {
            Some((nesting, inner)) if !hidden => {
                elements(nesting, value).for_each(|item| walk(inner, item, &path, each));
            }
            _ => texts(hidden, value, &path, each),
        }
    }
}

fn texts(hidden: bool, value: &Dynamic, path: &Path, each: &mut dyn FnMut(bool, &str, &Path)) {
    match value.untyped() {
        Dynamic::String(text) => each(hidden, text, path),
        Dynamic::List(items) => {
            items.iter().enumerate().for_each(|(at, item)| texts(hidden, item, &path.index(at), each));
        }
        Dynamic::Map(entries) => {
            entries.iter().for_each(|(key, item)| texts(hidden, item, &path.key(key), each));
        }
        _ => {}
    }
}
