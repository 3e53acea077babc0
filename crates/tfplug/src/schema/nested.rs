//! The nested objects of a value. What a stage does to an object it does to those within it, by one of these walks.

use super::Nesting;
use crate::value::{Dynamic, Path};

/// Where a nested object is in the value of its attribute. Elements of sets have no path of their own.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    Whole,
    Index(usize),
    Key(&'a str),
}

impl At<'_> {
    pub(crate) fn under(self, path: &Path) -> Path {
        match self {
            At::Whole => path.clone(),
            At::Index(index) => path.index(index),
            At::Key(key) => path.key(key),
        }
    }

    /// The partner of the object in another value of the attribute.
    pub(crate) fn find(self, value: &Dynamic) -> Option<&Dynamic> {
        match self {
            At::Whole => Some(value),
            At::Index(index) => value.as_list()?.get(index),
            At::Key(key) => value.as_map()?.get(key),
        }
    }

    /// The same; null where there is none.
    pub(crate) fn of(self, value: &Dynamic) -> &Dynamic {
        self.find(value).unwrap_or(&Dynamic::Null)
    }
}

/// The nested objects of a value.
pub(crate) fn objects(nesting: Nesting, value: &Dynamic) -> Vec<(At<'_>, &Dynamic)> {
    match (nesting, value) {
        (Nesting::Single, Dynamic::Map(_)) => vec![(At::Whole, value)],
        (Nesting::List, Dynamic::List(items)) => {
            items.iter().enumerate().map(|(index, item)| (At::Index(index), item)).collect()
        }
        (Nesting::Set, Dynamic::List(items)) => items.iter().map(|item| (At::Whole, item)).collect(),
        (Nesting::Map, Dynamic::Map(entries)) => {
            entries.iter().map(|(key, item)| (At::Key(key), item)).collect()
        }
        _ => Vec::new(),
    }
}

/// The same with their paths.
pub(crate) fn elements<'a>(nesting: Nesting, value: &'a Dynamic, path: &Path) -> Vec<(&'a Dynamic, Path)> {
    objects(nesting, value).into_iter().map(|(at, item)| (item, at.under(path))).collect()
}

/// The value with what `f` makes of each nested object.
pub(crate) fn mapped(
    nesting: Nesting,
    value: &Dynamic,
    mut f: impl FnMut(At<'_>, &Dynamic) -> Dynamic,
) -> Dynamic {
    match (nesting, value) {
        (Nesting::Single, Dynamic::Map(_)) => f(At::Whole, value),
        (Nesting::List | Nesting::Set, Dynamic::List(_)) => {
            let mut items: Vec<Dynamic> =
                objects(nesting, value).into_iter().map(|(at, item)| f(at, item)).collect();
            if nesting == Nesting::Set {
                items.sort();
                items.dedup();
            }
            Dynamic::List(items)
        }
        (Nesting::Map, Dynamic::Map(entries)) => {
            Dynamic::Map(entries.iter().map(|(key, item)| (key.clone(), f(At::Key(key), item))).collect())
        }
        _ => value.clone(),
    }
}

/// Calls `f` with the nested objects of a value that changes, each with its partners in `config` and `prior` (null where it
/// has none). Elements of sets are their own configuration: Terraform has paired them when it proposed them.
pub(crate) fn each(
    nesting: Nesting,
    config: &Dynamic,
    prior: &Dynamic,
    value: &mut Dynamic,
    mut f: impl FnMut(At<'_>, &Dynamic, &Dynamic, &mut Dynamic),
) {
    match (nesting, value) {
        (Nesting::Single, value @ Dynamic::Map(_)) => f(At::Whole, config, prior, value),
        (Nesting::List, Dynamic::List(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                let at = At::Index(index);
                f(at, at.of(config), at.of(prior), item);
            }
        }
        (Nesting::Map, Dynamic::Map(entries)) => {
            for (key, item) in entries {
                let at = At::Key(key);
                f(at, at.of(config), at.of(prior), item);
            }
        }
        (Nesting::Set, Dynamic::List(items)) => {
            let known = prior.as_list().unwrap_or_default();
            for item in &mut *items {
                let own = item.clone();
                let partner = if known.binary_search(&own).is_ok() { own.clone() } else { Dynamic::Null };
                f(At::Whole, &own, &partner, item);
            }
            items.sort();
            // Two that are not known yet may turn out to differ.
            items.dedup_by(|a, b| a == b && a.is_wholly_known());
        }
        _ => {}
    }
}
