//! What the state may hold, wherever it comes from: an apply, a read, an import, an upgrade or a move.

use super::super::schema::{Attribute, Kind, Nesting};
use super::{Found, Problem, shown};
use crate::value::{Dynamic, Path};

/// What may not be stored in an object: anything unknown, write-only values, and null for repeated blocks, which
/// Terraform repairs without a word.
pub(in crate::testing) fn stored(attributes: &[Attribute], object: &Dynamic) -> Vec<Problem> {
    let mut found = Found::default();
    if object.is_unknown() {
        found.add(&Path::root(), "the whole object is unknown");
    }
    walk(attributes, object, &Path::root(), &mut |attribute, value, path| {
        // What is unknown in nested objects is told where it is.
        let known = match attribute.nested() {
            None => value.is_wholly_known(),
            Some((nesting, _)) => !value.is_unknown() && !elements(nesting, value).any(Dynamic::is_unknown),
        };
        if !known {
            found.add(path, format!("not wholly known: {}", shown(attribute, value)));
        }
        let repeated = matches!(attribute.kind, Kind::Block(nesting, _) if nesting != Nesting::Single);
        if repeated && value.is_null() {
            found.add(path, "no blocks are stored as null, not as none");
        }
    });
    found.0.extend(write_only(attributes, object));
    found.0
}

/// Write-only values of an object. Neither a plan nor the state may hold any.
pub(in crate::testing) fn write_only(attributes: &[Attribute], object: &Dynamic) -> Vec<Problem> {
    let mut found = Found::default();
    walk(attributes, object, &Path::root(), &mut |attribute, value, path| {
        if attribute.write_only && !value.is_null() {
            found.add(path, "a write-only value has to be null");
        }
    });
    found.0
}

/// Calls `each` for every attribute of the object and of the known objects in it.
fn walk(
    attributes: &[Attribute],
    object: &Dynamic,
    path: &Path,
    each: &mut dyn FnMut(&Attribute, &Dynamic, &Path),
) {
    if object.as_map().is_none() {
        return;
    }
    for attribute in attributes {
        let (value, path) = (object.get(&attribute.name), path.attr(&attribute.name));
        each(attribute, value, &path);
        let Some((nesting, inner)) = attribute.nested() else { continue };
        match (nesting, value.untyped()) {
            (Nesting::List, Dynamic::List(items)) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| walk(inner, item, &path.index(index), each));
            }
            (Nesting::Map, Dynamic::Map(entries)) => {
                entries.iter().for_each(|(key, item)| walk(inner, item, &path.key(key), each));
            }
            // Elements of sets have no path of their own.
            (nesting, value) => elements(nesting, value).for_each(|item| walk(inner, item, &path, each)),
        }
    }
}

/// The objects that a value holds.
pub(super) fn elements(nesting: Nesting, value: &Dynamic) -> impl Iterator<Item = &Dynamic> {
    let single = (nesting == Nesting::Single).then_some(value);
    let items = value.as_list().into_iter().flatten();
    let entries = value.as_map().filter(|_| nesting == Nesting::Map).into_iter().flat_map(|map| map.values());
    single.into_iter().chain(items).chain(entries)
}
