//! Secrets in clear: a value of a sensitive or write-only argument in an attribute that everybody sees.

use std::collections::BTreeSet;

use super::{At, Place, objects};
use crate::schema::{Attribute, Nesting};
use crate::value::{Dynamic, Path, Step};

/// How many characters a secret text has at least. A shorter one may equal another value by chance.
const SHORTEST: usize = 8;

/// How many digits a secret number has at least, without zeros at its ends. A shorter or rounder one is a number like any other.
const FEWEST_DIGITS: usize = 6;

/// A text or a number, to be told from each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Text,
    Number,
}

/// Where an object has a secret of the configuration as a whole text, as a number or as a key of a map, each place once. The path of
/// a map stands for such a key, and for all that it leads to. What the configuration itself says in clear is no secret.
pub(crate) fn in_clear(attributes: &[Attribute], config: &Dynamic, object: &Dynamic) -> Vec<Path> {
    let (mut secrets, mut clear) = (BTreeSet::new(), BTreeSet::new());
    each(attributes, config, &Place::default(), &mut |is_secret, form, text, _| {
        let set = if is_secret { &mut secrets } else { &mut clear };
        set.insert((form, text.to_owned()));
    });
    secrets.retain(|secret| is_long_enough(secret.0, &secret.1) && !clear.contains(secret));
    let mut found = Vec::new();
    if !secrets.is_empty() {
        let is_shown = |step: &&Step| match step {
            Step::Key(key) => !secrets.contains(&(Form::Text, key.clone())),
            Step::Attribute(_) | Step::Index(_) => true,
        };
        each(attributes, object, &Place::default(), &mut |is_secret, form, text, place| {
            if !is_secret && secrets.contains(&(form, text.to_owned())) {
                let path = place.path().steps().iter().take_while(is_shown).cloned().collect();
                if !found.contains(&path) {
                    found.push(path);
                }
            }
        });
    }
    found
}

fn is_long_enough(form: Form, text: &str) -> bool {
    match form {
        Form::Text => text.chars().count() >= SHORTEST,
        Form::Number => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.trim_matches('0').len() >= FEWEST_DIGITS
        }
    }
}

/// Is called with a text or a number in an object: whether Terraform hides it, and where it is.
type Each<'a> = dyn FnMut(bool, Form, &str, &Place<'_>) + 'a;

/// Calls `f` with each text and each number in an object, and with the keys of its maps. Those of a map that is hidden are names more
/// often than secrets; and a number within a hidden map or object is often one that others have as well, such as a port.
fn each(attributes: &[Attribute], object: &Dynamic, place: &Place<'_>, f: &mut Each<'_>) {
    for attribute in attributes {
        let value = object.get(&attribute.name);
        let place = place.attribute(attribute);
        let is_secret = attribute.sensitive || attribute.write_only;
        match attribute.nested() {
            Some((nesting, inner)) if !is_secret => {
                if nesting == Nesting::Map {
                    value
                        .as_map()
                        .into_iter()
                        .flatten()
                        .for_each(|(key, _)| f(false, Form::Text, key, &place));
                }
                objects(nesting, value, &place, &mut |object, place| each(inner, object, place, f));
            }
            _ => values(is_secret, true, value, &place, f),
        }
    }
}

/// The same in one value. `numbers`: whether those in it count.
fn values(is_secret: bool, numbers: bool, value: &Dynamic, place: &Place<'_>, f: &mut Each<'_>) {
    match value {
        Dynamic::String(text) => f(is_secret, Form::Text, text, place),
        Dynamic::Number(number) if numbers => f(is_secret, Form::Number, &number.to_string(), place),
        Dynamic::List(items) => {
            for (index, item) in items.iter().enumerate() {
                values(is_secret, numbers, item, &place.step(At::Index(index)), f);
            }
        }
        Dynamic::Map(entries) => {
            for (key, item) in entries {
                if !is_secret {
                    f(false, Form::Text, key, place);
                }
                values(is_secret, numbers && !is_secret, item, &place.step(At::Key(key)), f);
            }
        }
        Dynamic::Typed(_, value) => values(is_secret, numbers, value, place, f),
        Dynamic::Null | Dynamic::Unknown(_) | Dynamic::Bool(_) | Dynamic::Number(_) => {}
    }
}
