//! Terraform's own rules on plans and new states, checked before an answer leaves.
//!
//! Terraform checks every answer ("Provider produced invalid plan", "inconsistent result after apply") and blames the
//! whole provider. Checked here first, over the same values and the schema, a breach names the attribute, the rule and
//! what broke it, and tests without Terraform find it. [`plan`] holds the rules on plans, [`result`] those on what
//! comes out of an apply and on what may be stored. [`clear`] finds secrets where they do not belong, which is no rule of
//! Terraform's.
//!
//! Pure functions that decide nothing else: whether a breach stops the answer is up to the caller. That a value is of
//! its type is not checked here but where it is written, see [`crate::value::msgpack`].
//!
//! The rules are those of `hashicorp/terraform:internal/plans/objchange/` and of
//! `hashicorp/terraform:docs/resource-instance-change-lifecycle.md`.

mod clear;
mod plan;
mod result;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use clear::in_clear;
pub(crate) use plan::{planned, replace_paths};
pub(crate) use result::{answered, applied, stored};

use crate::schema::{Attribute, Nesting};
use crate::value::{Dynamic, Path, Step};

/// How many breaches are worth reporting of one answer.
const MAX_BREACHES: usize = 20;

/// How many characters of a value are shown.
const MAX_SHOWN: usize = 200;

/// A rule of Terraform's that an answer breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// Where; for anything inside a set, the set.
    pub(crate) path: Path,
    /// What is not allowed.
    pub(crate) rule: String,
    /// What broke the rule, by what it is ("planned"); sensitive values are masked.
    pub(crate) values: Vec<(&'static str, String)>,
}

/// One line: `users["ada"].age: a configured value … (configured: 7, planned: 8)`.
impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.rule)?;
        for (index, (name, value)) in self.values.iter().enumerate() {
            let separator = if index == 0 { " (" } else { ", " };
            write!(f, "{separator}{name}: {value}")?;
        }
        if self.values.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

/// Where a check is; turned into a [`Path`] only for a breach.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Option<At<'a>>,
    /// The innermost attribute around.
    attribute: Option<&'a Attribute>,
    /// Whether an attribute around is sensitive.
    secret: bool,
    /// Whether this is inside a set, where places have no path.
    in_set: bool,
}

#[derive(Clone, Copy)]
enum At<'a> {
    Attribute(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    fn attribute(&'a self, attribute: &'a Attribute) -> Place<'a> {
        let place = self.step(At::Attribute(&attribute.name));
        let secret = self.secret || attribute.sensitive || attribute.write_only;
        Place { attribute: Some(attribute), secret, ..place }
    }

    fn step(&'a self, step: At<'a>) -> Place<'a> {
        if self.in_set { *self } else { Place { above: Some(self), step: Some(step), ..*self } }
    }

    fn set_element(&self) -> Place<'a> {
        Place { in_set: true, ..*self }
    }

    fn path(&self) -> Path {
        let mut steps: Vec<_> = std::iter::successors(Some(self), |place| place.above)
            .filter_map(|place| {
                Some(match place.step? {
                    At::Attribute(name) => Step::Attribute(name.to_owned()),
                    At::Key(key) => Step::Key(key.to_owned()),
                    At::Index(index) => Step::Index(index),
                })
            })
            .collect();
        steps.reverse();
        steps.into_iter().collect()
    }

    /// The value as text, unless something around or inside is sensitive.
    fn show(&self, value: &Dynamic) -> String {
        if value.is_null() || value.is_unknown() {
            return value.to_string();
        }
        if self.secret || self.attribute.is_some_and(Attribute::holds_secrets) {
            return "(sensitive)".to_owned();
        }
        let text = value.to_string();
        match text.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// Collects breaches; or only whether there is one, where nobody wants to read them.
#[derive(Default)]
struct Report {
    breaches: Vec<Breach>,
    quiet: bool,
    failed: bool,
}

impl Report {
    fn quiet() -> Self {
        Report { quiet: true, ..Report::default() }
    }

    fn add(&mut self, place: &Place<'_>, rule: impl Into<String>, values: &[(&'static str, &Dynamic)]) {
        self.failed = true;
        if !self.quiet {
            let values = values.iter().map(|(name, value)| (*name, place.show(value))).collect();
            self.push(place, rule.into(), values);
        }
    }

    fn add_counts(&mut self, place: &Place<'_>, rule: &str, values: [(&'static str, usize); 2]) {
        self.failed = true;
        if !self.quiet {
            let values = values.map(|(name, count)| (name, format!("{count} elements"))).into();
            self.push(place, rule.to_owned(), values);
        }
    }

    fn push(&mut self, place: &Place<'_>, rule: String, values: Vec<(&'static str, String)>) {
        if self.breaches.len() < MAX_BREACHES {
            self.breaches.push(Breach { path: place.path(), rule, values });
        }
    }
}

/// An attribute of an object; of an object that is unknown as a whole, every attribute is unknown.
fn part<'a>(object: &'a Dynamic, name: &str) -> &'a Dynamic {
    if object.is_unknown() { object } else { object.get(name) }
}

fn items(value: &Dynamic) -> &[Dynamic] {
    value.as_list().unwrap_or_default()
}

/// Calls `each` for the objects nested in a value, with their places.
fn objects(nesting: Nesting, value: &Dynamic, place: &Place<'_>, each: &mut dyn FnMut(&Dynamic, &Place<'_>)) {
    match nesting {
        Nesting::Single => each(value, place),
        Nesting::List => {
            for (index, object) in items(value).iter().enumerate() {
                each(object, &place.step(At::Index(index)));
            }
        }
        Nesting::Set => items(value).iter().for_each(|object| each(object, &place.set_element())),
        Nesting::Map => {
            for (key, object) in value.as_map().into_iter().flatten() {
                each(object, &place.step(At::Key(key)));
            }
        }
    }
}
