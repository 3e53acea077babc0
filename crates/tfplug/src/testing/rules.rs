//! Terraform's rules on what a provider answers about an object.
//!
//! The framework holds its answers against such rules before they leave ([`crate::pipeline::promises`]). Were they asked
//! here, too, a rule that is missing or wrong there would be missing here. So these are written from Terraform's own:
//! [`planned`] from `hashicorp/terraform:internal/plans/objchange/plan_valid.go`, [`compatible`] from `compatible.go`
//! beside it. They share values, types and paths with the framework, no decision. Two laws over random values find
//! where the two disagree.

mod compatible;
mod planned;
mod secrets;
mod stored;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::RangeInclusive;

pub(super) use compatible::compatible;
pub(super) use planned::{planned, replaced_for};
pub(super) use secrets::disclosed;
pub(super) use stored::{stored, write_only};

use super::schema::Attribute;
use crate::value::{Dynamic, Path};

/// What is wrong with an answer, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    path: Path,
    text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.text)
    }
}

/// Collects problems.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, path: &Path, text: impl Into<String>) {
        self.0.push(Problem { path: path.clone(), text: text.into() });
    }
}

/// A value as text, unless the schema hides it.
fn shown(attribute: &Attribute, value: &Dynamic) -> String {
    fn hides(attribute: &Attribute) -> bool {
        attribute.sensitive || attribute.nested().is_some_and(|(_, inner)| inner.iter().any(hides))
    }
    let told = value.is_null() || value.is_unknown() || !hides(attribute);
    if told { value.to_string() } else { "(sensitive)".to_owned() }
}

/// An attribute of an object. Of null every attribute is null, of an unknown object unknown.
fn part<'a>(object: &'a Dynamic, name: &str) -> &'a Dynamic {
    if object.is_unknown() { object } else { object.get(name) }
}

/// An element of a list; null where the list has none.
fn element(list: &Dynamic, index: usize) -> &Dynamic {
    list.as_list().and_then(|items| items.get(index)).unwrap_or(&Dynamic::Null)
}

fn count(value: &Dynamic) -> usize {
    value
        .as_list()
        .map(<[_]>::len)
        .or_else(|| value.as_map().map(|entries| entries.len()))
        .unwrap_or_default()
}

/// How many elements a set may turn out to have: of several that are not wholly known, some may prove to be equal.
fn set_count(set: &Dynamic) -> RangeInclusive<usize> {
    let most = count(set);
    if most < 2 || set.is_wholly_known() { most..=most } else { 1..=most }
}
