//! Rules about several attributes of one object, as data: sentences for the documentation and a verdict on a
//! configuration.
//!
//! Derives write them from `#[args(conflicts(a, b))]` and `#[attr(requires(a))]`. What is not known yet may turn out
//! either way, so it breaks no rule; Terraform asks again when more is known. Values that a provider takes from the
//! environment count in the same way until the environment has been looked at.

mod arithmetic;

use std::cmp::Ordering;

use super::Attribute;
use crate::value::{Dynamic, Number};

/// A rule about several attributes of one object. Names are those of attributes of the same object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// At most one of these is given.
    Conflicts(&'static [&'static str]),
    /// One of these is given, and no other of them.
    ExactlyOneOf(&'static [&'static str]),
    /// At least one of these is given.
    AtLeastOneOf(&'static [&'static str]),
    /// All of these are given, or none.
    RequiredTogether(&'static [&'static str]),
    /// Where the first is given, none of the others is.
    ConflictsWith(&'static str, &'static [&'static str]),
    /// Where the first is given, so are the others.
    Requires(&'static str, &'static [&'static str]),
    /// The first still works, but the second, which is write-only, keeps the value out of plan and state.
    Prefer(&'static str, &'static str),
    /// The first is compared with the sum of the others, where all are known.
    Sum(&'static str, Relation, &'static [&'static str]),
    /// The first is the product of the others, where all are known.
    Product(&'static str, &'static [&'static str]),
}

/// How a number compares with a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relation {
    /// It is the sum.
    Equals,
    /// It is the sum or more.
    AtLeast,
    /// It is the sum or less.
    AtMost,
}

/// Whether a configuration gives a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Given,
    Absent,
    /// Not known yet.
    Perhaps,
}

impl Presence {
    /// What the value of an attribute says by itself.
    pub(crate) fn of(attribute: &Attribute, value: &Dynamic) -> Self {
        match value.untyped() {
            Dynamic::Null => Presence::Absent,
            // A block that is left out is an empty collection.
            Dynamic::List(items) if attribute.is_block() && items.is_empty() => Presence::Absent,
            Dynamic::Map(entries) if attribute.is_block() && entries.is_empty() => Presence::Absent,
            Dynamic::Unknown(refinements) if !refinements.is_not_null() => Presence::Perhaps,
            _ => Presence::Given,
        }
    }
}

/// How an object breaks the rules of its attributes. `presence` may know more than [`Presence::of`].
pub(crate) fn breaches(
    attributes: &[Attribute],
    object: &Dynamic,
    presence: impl Fn(&Attribute, &Dynamic) -> Presence,
) -> Vec<Breach> {
    let named = |name: &str| attributes.iter().find(|attribute| attribute.name == name);
    let secret = |attribute: &Attribute| attribute.sensitive || attribute.write_only;
    let presence =
        |name: &str| named(name).map_or(Presence::Absent, |found| presence(found, object.get(name)));
    // The value of a secret is in no message, so it is not compared with others either.
    let value = |name: &str| match named(name) {
        Some(attribute) if !secret(attribute) => match (object.get(name), &attribute.default) {
            (Dynamic::Null, Some(default)) => default,
            (value, _) => value,
        },
        _ => &Dynamic::Null,
    };
    let rules = attributes.iter().flat_map(|attribute| &attribute.rules);
    rules.flat_map(|rule| rule.breaches(&presence, &value)).collect()
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The attribute to blame; `None` for the object, when nothing is there to blame.
    pub(crate) attribute: Option<&'static str>,
    pub(crate) summary: String,
    pub(crate) detail: String,
    /// The attribute that is missing beside the blamed one.
    pub(crate) missing: Option<&'static str>,
    /// Whether it is bad taste only.
    pub(crate) warning: bool,
}

impl Rule {
    /// The attributes that it is about.
    pub fn attributes(&self) -> Vec<&'static str> {
        match self {
            Rule::Conflicts(names)
            | Rule::ExactlyOneOf(names)
            | Rule::AtLeastOneOf(names)
            | Rule::RequiredTogether(names) => names.to_vec(),
            Rule::ConflictsWith(name, others)
            | Rule::Requires(name, others)
            | Rule::Sum(name, _, others)
            | Rule::Product(name, others) => [&[*name], *others].concat(),
            Rule::Prefer(name, instead) => vec![name, instead],
        }
    }

    /// The attributes of which the rule needs that they can be absent. One with a default never is for the handler, and always is
    /// where the configuration says nothing.
    pub(super) fn demands_absence(&self) -> Vec<&'static str> {
        match self {
            Rule::Conflicts(_) | Rule::ExactlyOneOf(_) | Rule::AtLeastOneOf(_) | Rule::ConflictsWith(..) => {
                self.attributes()
            }
            Rule::RequiredTogether(_)
            | Rule::Requires(..)
            | Rule::Prefer(..)
            | Rule::Sum(..)
            | Rule::Product(..) => Vec::new(),
        }
    }

    /// Which attribute needs which other one.
    pub(super) fn needed(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Rule::Requires(name, others) => others.iter().map(|other| (*name, *other)).collect(),
            // Both ways, and one of them is enough to find what excludes the other.
            Rule::RequiredTogether(names) => {
                let pairs = names
                    .iter()
                    .enumerate()
                    .flat_map(|(at, name)| names.iter().skip(at + 1).map(move |other| (*name, *other)));
                pairs.collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the two cannot be given together.
    pub(super) fn excludes(&self, a: &str, b: &str) -> bool {
        match self {
            Rule::Conflicts(names) | Rule::ExactlyOneOf(names) => names.contains(&a) && names.contains(&b),
            Rule::ConflictsWith(name, others) => {
                (*name == a && others.contains(&b)) || (*name == b && others.contains(&a))
            }
            _ => false,
        }
    }

    /// Whether who reads about the attribute of that name wants to know: of a rule about several alike at each of them,
    /// of a rule that one states about others only there.
    pub fn concerns(&self, name: &str) -> bool {
        match self {
            Rule::Conflicts(names)
            | Rule::ExactlyOneOf(names)
            | Rule::AtLeastOneOf(names)
            | Rule::RequiredTogether(names) => names.contains(&name),
            Rule::ConflictsWith(own, _)
            | Rule::Requires(own, _)
            | Rule::Prefer(own, _)
            | Rule::Sum(own, ..)
            | Rule::Product(own, _) => *own == name,
        }
    }

    /// The rule as a sentence in Markdown.
    pub fn sentence(&self) -> String {
        match self {
            Rule::Conflicts(names) => format!("At most one of {} can be given.", listed(names, "and")),
            Rule::ExactlyOneOf(names) => format!("Exactly one of {} must be given.", listed(names, "and")),
            Rule::AtLeastOneOf(names) => format!("At least one of {} must be given.", listed(names, "and")),
            Rule::RequiredTogether(names) => {
                format!("{} must be given together or not at all.", listed(names, "and"))
            }
            Rule::ConflictsWith(name, others) => {
                format!("`{name}` cannot be given together with {}.", listed(others, "or"))
            }
            Rule::Requires(name, others) => format!("`{name}` needs {}.", listed(others, "and")),
            Rule::Prefer(name, instead) => {
                format!("Prefer `{instead}` to `{name}`: it is stored in no plan and no state.")
            }
            Rule::Sum(name, relation, others) => {
                let relation = match relation {
                    Relation::Equals => "equal to",
                    Relation::AtLeast => "at least",
                    Relation::AtMost => "at most",
                };
                format!("`{name}` must be {relation} the sum of {}.", listed(others, "and"))
            }
            Rule::Product(name, others) => {
                format!("`{name}` must be equal to the product of {}.", listed(others, "and"))
            }
        }
    }

    /// How a configuration breaks the rule, given what it says about an attribute and that attribute's value.
    fn breaches<'a>(
        &self,
        presence: &impl Fn(&str) -> Presence,
        value: &impl Fn(&str) -> &'a Dynamic,
    ) -> Vec<Breach> {
        let with = |wanted: Presence, names: &[&'static str]| -> Vec<&'static str> {
            names.iter().copied().filter(|name| presence(name) == wanted).collect()
        };
        let given = |names: &[&'static str]| with(Presence::Given, names);
        let absent = |names: &[&'static str]| with(Presence::Absent, names);
        match self {
            Rule::Conflicts(names) => self.one_too_many(&given(names)),
            Rule::ExactlyOneOf(names) if absent(names).len() == names.len() => vec![self.nothing_given()],
            Rule::ExactlyOneOf(names) => self.one_too_many(&given(names)),
            Rule::AtLeastOneOf(names) if absent(names).len() == names.len() => vec![self.nothing_given()],
            Rule::AtLeastOneOf(_) => Vec::new(),
            Rule::RequiredTogether(names) => match given(names).first() {
                Some(name) => self.missing(name, &absent(names)),
                None => Vec::new(),
            },
            Rule::ConflictsWith(name, others) if presence(name) == Presence::Given => {
                let conflicting = given(others).into_iter();
                conflicting.map(|other| self.breach(name, conflict(name, other))).collect()
            }
            Rule::Requires(name, others) if presence(name) == Presence::Given => {
                self.missing(name, &absent(others))
            }
            Rule::Prefer(name, instead) if presence(name) == Presence::Given => {
                let summary = format!("\"{name}\" is stored in the state");
                let detail = format!(
                    "This value is stored in the state in plain text. `{instead}` takes the same value and is not stored."
                );
                vec![Breach { attribute: Some(name), summary, detail, missing: None, warning: true }]
            }
            Rule::Sum(name, relation, others) => {
                let numbers = Numbers::of(name, others, value);
                let order = numbers.as_ref().and_then(|all| arithmetic::with_sum(all.own, &all.parts));
                let holds = order.is_none_or(|order| match relation {
                    Relation::Equals => order.is_eq(),
                    Relation::AtLeast => order.is_ge(),
                    Relation::AtMost => order.is_le(),
                });
                self.miscalculated(name, holds, numbers, " + ")
            }
            Rule::Product(name, others) => {
                let numbers = Numbers::of(name, others, value);
                let order = numbers.as_ref().and_then(|all| arithmetic::with_product(all.own, &all.parts));
                self.miscalculated(name, order.is_none_or(Ordering::is_eq), numbers, " × ")
            }
            Rule::ConflictsWith(..) | Rule::Requires(..) | Rule::Prefer(..) => Vec::new(),
        }
    }

    fn breach(&self, attribute: &'static str, summary: String) -> Breach {
        Breach { attribute: Some(attribute), summary, detail: self.sentence(), missing: None, warning: false }
    }

    fn nothing_given(&self) -> Breach {
        let (summary, detail) = ("Missing argument".to_owned(), self.sentence());
        Breach { attribute: None, summary, detail, missing: None, warning: false }
    }

    /// Each after the first is one too many.
    fn one_too_many(&self, given: &[&'static str]) -> Vec<Breach> {
        match given {
            [first, others @ ..] => {
                others.iter().map(|other| self.breach(other, conflict(other, first))).collect()
            }
            [] => Vec::new(),
        }
    }

    /// `name` is given and needs what is missing.
    fn missing(&self, name: &'static str, missing: &[&'static str]) -> Vec<Breach> {
        let breach = |missing: &&'static str| Breach {
            missing: Some(missing),
            ..self.breach(name, format!("\"{name}\" needs \"{missing}\""))
        };
        missing.iter().map(breach).collect()
    }

    fn miscalculated(
        &self,
        name: &'static str,
        holds: bool,
        numbers: Option<Numbers<'_>>,
        sign: &str,
    ) -> Vec<Breach> {
        let Some(Numbers { own, parts }) = numbers.filter(|_| !holds) else { return Vec::new() };
        let shown: Vec<String> = parts.iter().map(|part| part.to_string()).collect();
        let mut breach = self.breach(name, format!("Invalid value for \"{name}\""));
        breach.detail = format!("{} It is {own}, not {}.", breach.detail, shown.join(sign));
        vec![breach]
    }
}

/// A number and those that it is compared with, all of them known.
struct Numbers<'a> {
    own: &'a Number,
    parts: Vec<&'a Number>,
}

impl<'a> Numbers<'a> {
    fn of(name: &str, others: &[&str], value: &impl Fn(&str) -> &'a Dynamic) -> Option<Self> {
        let number = |name: &str| match value(name).untyped() {
            Dynamic::Number(number) => Some(number),
            _ => None,
        };
        let parts = others.iter().map(|other| number(other)).collect::<Option<_>>()?;
        Some(Numbers { own: number(name)?, parts })
    }
}

fn conflict(name: &str, other: &str) -> String {
    format!("\"{name}\" conflicts with \"{other}\"")
}

fn listed(names: &[&str], last_word: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {last_word} {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests;
