//! Secrets in clear: a value of a sensitive or write-only argument in an attribute that everybody sees.

use std::collections::BTreeSet;

use super::{At, Place, objects};
use crate::schema::Attribute;
use crate::value::{Dynamic, Path};

/// How many characters a secret has at least. A shorter one may equal another value by chance.
const SHORTEST: usize = 8;

/// Where an object has a secret of the configuration as a whole text. What the configuration itself says in clear is none.
pub(crate) fn in_clear(attributes: &[Attribute], config: &Dynamic, object: &Dynamic) -> Vec<Path> {
    let (mut secrets, mut clear) = (BTreeSet::new(), BTreeSet::new());
    each(attributes, config, &Place::default(), &mut |is_secret, text, _| {
        let set = if is_secret { &mut secrets } else { &mut clear };
        set.insert(text.to_owned());
    });
    secrets.retain(|secret| secret.chars().count() >= SHORTEST && !clear.contains(secret));
    let mut found = Vec::new();
    if !secrets.is_empty() {
        each(attributes, object, &Place::default(), &mut |is_secret, text, place| {
            if !is_secret && secrets.contains(text) {
                found.push(place.path());
            }
        });
    }
    found
}

/// Calls `f` with each text in an object: whether Terraform hides it, and where it is.
fn each(
    attributes: &[Attribute],
    object: &Dynamic,
    place: &Place<'_>,
    f: &mut dyn FnMut(bool, &str, &Place<'_>),
) {
    for attribute in attributes {
        let value = object.get(&attribute.name);
        let place = place.attribute(attribute);
        match attribute.nested() {
            Some((nesting, inner)) if !attribute.sensitive && !attribute.write_only => {
                objects(nesting, value, &place, &mut |object, place| each(inner, object, place, f));
            }
            _ => texts(attribute.sensitive || attribute.write_only, value, &place, f),
        }
    }
}

fn texts(is_secret: bool, value: &Dynamic, place: &Place<'_>, f: &mut dyn FnMut(bool, &str, &Place<'_>)) {
    match value {
        Dynamic::String(text) => f(is_secret, text, place),
        Dynamic::List(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(is_secret, item, &place.step(At::Index(index)), f);
            }
        }
        Dynamic::Map(entries) => {
            for (key, item) in entries {
                texts(is_secret, item, &place.step(At::Key(key)), f);
            }
        }
        Dynamic::Typed(_, value) => texts(is_secret, value, place, f),
        Dynamic::Null | Dynamic::Unknown(_) | Dynamic::Bool(_) | Dynamic::Number(_) => {}
    }
}
