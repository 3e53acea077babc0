//! Puts the new state of an object together out of what was planned and what a handler answered.
//!
//! Arguments go into the state as planned, so that none of them can turn up as changed by the apply; computed values
//! come from the answer; and where an answer means the same as what was there, the spelling that was there stays.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::diag::Error;
use crate::schema::{Attribute, Kind, Nesting, any_within, complete, nested, taken};
use crate::value::Dynamic;

/// What `settle` makes of the attributes. It compares by the provider's types, which may panic, but the object exists
/// whatever they do: then everything is taken as it was answered, and the panic is an error beside it.
pub(super) fn surely(
    attributes: &[Attribute],
    settle: impl Fn(&[Attribute]) -> Dynamic,
) -> (Dynamic, Option<Error>) {
    match catch_unwind(AssertUnwindSafe(|| settle(attributes))) {
        Ok(object) => (object, None),
        Err(panic) => (settle(&literally(attributes)), Some(super::bug(&*panic))),
    }
}

/// The attributes, of which values are the same only if they are equal.
fn literally(attributes: &[Attribute]) -> Vec<Attribute> {
    let mut attributes = attributes.to_vec();
    for attribute in &mut attributes {
        attribute.same = None;
        if let Kind::Nested(_, inner) | Kind::Block { attributes: inner, .. } = &mut attribute.kind {
            *inner = literally(inner);
        }
    }
    attributes
}

/// The object after an apply. `answer` holds what the handler answered, which may be only a part of the attributes.
pub(super) fn applied(
    attributes: &[Attribute],
    config: &Dynamic,
    planned: &Dynamic,
    answer: &Dynamic,
) -> Dynamic {
    let entries = attributes.iter().map(|attribute| {
        let name = &attribute.name;
        let answered = answer.as_map().and_then(|entries| entries.get(name));
        let value = attribute_applied(attribute, config.get(name), planned.get(name), answered);
        (name.clone(), value)
    });
    Dynamic::Map(entries.collect())
}

fn attribute_applied(
    attribute: &Attribute,
    config: &Dynamic,
    planned: &Dynamic,
    answered: Option<&Dynamic>,
) -> Dynamic {
    if attribute.write_only {
        return Dynamic::Null;
    }
    let Some(answered) = answered else { return known(planned) };
    let configured = attribute.mode.is_configurable() && !config.is_null();
    if let Some((nesting, inner)) = attribute.nested()
        && configured
    {
        let pairs = matches!(
            (nesting, planned, answered),
            (Nesting::Single | Nesting::Map, Dynamic::Map(_), Dynamic::Map(_))
                | (Nesting::List, Dynamic::List(_), Dynamic::List(_))
        );
        return match pairs {
            true => nested::mapped(nesting, planned, |at, planned| match at.find(answered) {
                Some(answered) => applied(inner, at.of(config), planned, answered),
                None => known(planned),
            }),
            false if planned.is_wholly_known() => planned.clone(),
            false => complete(attribute, answered),
        };
    }
    if configured || (planned.is_wholly_known() && attribute.same(planned, answered)) {
        return known(planned);
    }
    complete(attribute, answered)
}

/// The value with null for all that is unknown.
pub(super) fn known(value: &Dynamic) -> Dynamic {
    match value {
        Dynamic::Unknown(_) => Dynamic::Null,
        Dynamic::List(items) => Dynamic::List(items.iter().map(known).collect()),
        Dynamic::Map(entries) => {
            Dynamic::Map(entries.iter().map(|(key, value)| (key.clone(), known(value))).collect())
        }
        Dynamic::Typed(ty, value) => Dynamic::Typed(ty.clone(), Box::new(known(value))),
        Dynamic::Null | Dynamic::Bool(_) | Dynamic::Number(_) | Dynamic::String(_) => value.clone(),
    }
}

/// The value with null for what only floating-point numbers have. It cannot be written; an error has said so.
pub(super) fn without_nan(value: &mut Dynamic) {
    match value {
        Dynamic::Number(number) if !number.is_number() => *value = Dynamic::Null,
        Dynamic::List(items) => items.iter_mut().for_each(without_nan),
        Dynamic::Map(entries) => entries.values_mut().for_each(without_nan),
        Dynamic::Typed(_, value) => without_nan(value),
        Dynamic::Null | Dynamic::Unknown(_) | Dynamic::Bool(_) | Dynamic::Number(_) | Dynamic::String(_) => {}
    }
}

/// An object as it was read, with the prior spelling where both mean the same. Attributes that the handler does not know
/// (`timeouts`) keep their prior value; write-only ones are null.
pub(super) fn read(attributes: &[Attribute], prior: &Dynamic, mut found: Dynamic) -> Dynamic {
    let entries = attributes.iter().map(|attribute| {
        let before = prior.get(&attribute.name);
        match taken(&mut found, &attribute.name) {
            Some((name, _)) if attribute.write_only => (name, Dynamic::Null),
            Some((name, mut value)) => {
                spell_value(attribute, before, &mut value);
                (name, value)
            }
            None if attribute.write_only => (attribute.name.clone(), Dynamic::Null),
            None => (attribute.name.clone(), before.clone()),
        }
    });
    Dynamic::Map(entries.collect())
}

/// Gives an object the spelling of `before` where both mean the same. Adds no attributes.
pub(super) fn spell(attributes: &[Attribute], before: &Dynamic, found: &mut Dynamic) {
    let Some(entries) = found.as_map_mut() else { return };
    for attribute in attributes {
        if let Some(value) = entries.get_mut(&attribute.name) {
            spell_value(attribute, before.get(&attribute.name), value);
        }
    }
}

fn spell_value(attribute: &Attribute, before: &Dynamic, value: &mut Dynamic) {
    if value == before {
        return;
    }
    if attribute.same(before, value) {
        value.clone_from(before);
    } else if let Some((nesting, inner)) = attribute.nested()
        && nesting != Nesting::Set
        && any_within(inner, |attribute| attribute.same.is_some())
    {
        nested::each(nesting, &Dynamic::Null, before, value, |_, _, before, value| {
            spell(inner, before, value)
        });
    }
}
