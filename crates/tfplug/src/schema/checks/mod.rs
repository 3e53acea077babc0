//! Checks of known values, as data: a rule in words for the documentation and a test for validation.
//!
//! A check passes over null and unknown; whether a value must be given is the attribute's [`super::Mode`]. Checks of
//! this module go in `check = …` of a field, alone or several in an array, and combine by [`all`], [`any`], [`each`]
//! and [`keys`]:
//!
//! ```
//! use tfplug::schema::checks::{any, at_least, each, len, none_of, one_of};
//!
//! let tags = [len(1..=50), each(len(..=64)), each(none_of(&["all"]))];
//! let port = any([one_of(&[0]), at_least(1024)]);
//! assert_eq!(tags[1].rule(), "each of length at most 64");
//! assert_eq!(port.rule(), "0 or at least 1024");
//! ```
//!
//! Rules about several attributes are not here: see [`super::Rule`].

mod collection;
mod combinators;
mod network;
mod number;
mod text;
mod time;

use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

pub use collection::{each, keys, no_nulls, unique};
pub use combinators::{all, any};
pub use network::within;
pub use number::{Limit, at_least, at_most, between};
pub use text::{
    base64, bytes, len, matches, none_of, none_of_ignoring_case, not_blank, one_of, one_of_ignoring_case,
};
pub use time::{dated, lasting};

use crate::value::{Dynamic, Type};

type Fits = dyn Fn(&Type) -> bool + Send + Sync;
type Test = dyn Fn(&Dynamic) -> Result<(), String> + Send + Sync;

/// A rule that a known value has to satisfy.
#[derive(Clone)]
pub struct Check {
    rule: String,
    test: Arc<Test>,
    /// Whether the test also sees collections in which something is unknown.
    partial: bool,
    /// The types about which the test says anything.
    fits: Arc<Fits>,
    /// The check that each element has to pass, if this is all that it tests.
    element: Option<Arc<Check>>,
    /// Whether it is about values of which none is listed.
    lists_nothing: bool,
}

impl Check {
    /// A rule in words, completing "must be …", and its test, which sees only values that are known to the last part.
    /// The test's error says what is wrong with this value, as a sentence.
    pub fn new(
        rule: impl Into<String>,
        test: impl Fn(&Dynamic) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Check {
            rule: rule.into(),
            test: Arc::new(test),
            partial: false,
            fits: Arc::new(|_| true),
            element: None,
            lists_nothing: false,
        }
    }

    /// The same with a test that also sees collections in which something is unknown, and refuses them only when
    /// nothing that may become known can make them right.
    pub(crate) fn partial(
        rule: impl Into<String>,
        test: impl Fn(&Dynamic) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Check { partial: true, ..Check::new(rule, test) }
    }

    /// The same for values of these types. Of a value of another type it says nothing, so no attribute may have it.
    pub(crate) fn of(self, fits: impl Fn(&Type) -> bool + Send + Sync + 'static) -> Self {
        Check { fits: Arc::new(fits), ..self }
    }

    /// The same, which tests nothing but this of each element. So a refusal can point at the element.
    pub(crate) fn of_each(self, element: Check) -> Self {
        Check { element: Some(Arc::new(element)), ..self }
    }

    /// The same, if it lists values and there are none. No attribute may have it.
    pub(crate) fn of_nothing(self, lists_nothing: bool) -> Self {
        Check { lists_nothing, ..self }
    }

    /// Whether it is about values of which none is listed.
    pub(crate) fn lists_nothing(&self) -> bool {
        self.lists_nothing || self.element().is_some_and(Check::lists_nothing)
    }

    /// The check of each element, if this is all that is tested.
    pub(crate) fn element(&self) -> Option<&Check> {
        self.element.as_deref()
    }

    /// Whether the test says anything about values of a type.
    pub(crate) fn fits(&self, ty: &Type) -> bool {
        *ty == Type::Dynamic || (self.fits)(ty)
    }

    /// The rule in words; empty when it goes without saying.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Tests a value. Null passes, and what is not known well enough.
    ///
    /// # Errors
    /// What is wrong with the value, as a sentence.
    pub fn test(&self, value: &Dynamic) -> Result<(), String> {
        let seen = !value.is_null() && !value.is_unknown() && (self.partial || value.is_wholly_known());
        if seen { (self.test)(value.untyped()) } else { Ok(()) }
    }

    /// Tests a value that nobody may see: what the refusal says does not depend on it.
    ///
    /// # Errors
    /// The rule, as a sentence.
    pub(crate) fn test_hidden(&self, value: &Dynamic) -> Result<(), String> {
        self.test(value).map_err(|_| match self.rule.as_str() {
            "" => "It is not one of the values that its type allows.".to_owned(),
            rule => obligation("It must", "", rule),
        })
    }
}

/// A rule as a sentence: `subject` is "Must", and `also` may be " also". A rule about elements or keys has a subject of its own.
pub(crate) fn obligation(subject: &str, also: &str, rule: &str) -> String {
    let element = rule.trim_start_matches("each ");
    let key = element.strip_prefix("with each key ");
    let subject = match (key, element == rule) {
        (None, true) => subject,
        (None, false) => "Each element must",
        (Some(_), true) => "Each key must",
        (Some(_), false) => "Each key of each element must",
    };
    let rule = key.unwrap_or(element);
    match rule.strip_prefix("not ") {
        Some(rest) => format!("{subject}{also} not be {rest}."),
        None => format!("{subject}{also} be {rule}."),
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({:?})", self.rule)
    }
}

/// One check or several, as `check = …` of a derive takes them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no check",
    label = "neither a `Check` nor an array of them",
    note = "write `between(1..=9)` for numbers, `len(1..=9)` for lengths, `one_of(&[\"a\", \"b\"])` for values; all of them \
            are in `tfplug::schema::checks`"
)]
pub trait Checks {
    /// The checks.
    fn into_checks(self) -> Vec<Check>;
}

impl Checks for Check {
    fn into_checks(self) -> Vec<Check> {
        vec![self]
    }
}

impl Checks for Vec<Check> {
    fn into_checks(self) -> Vec<Check> {
        self
    }
}

impl<const N: usize> Checks for [Check; N] {
    fn into_checks(self) -> Vec<Check> {
        self.into()
    }
}

/// Bounds in words: `2 to 9`, `at least 2`, `at most 9`, `below 9`; empty when there are none.
fn range_words<T: PartialEq>(bounds: &impl RangeBounds<T>, shown: impl Fn(&T) -> String) -> String {
    let low = match bounds.start_bound() {
        Bound::Included(low) => Some(("at least", low)),
        Bound::Excluded(low) => Some(("above", low)),
        Bound::Unbounded => None,
    };
    let high = match bounds.end_bound() {
        Bound::Included(high) => Some(("at most", high)),
        Bound::Excluded(high) => Some(("below", high)),
        Bound::Unbounded => None,
    };
    match (low, high) {
        (Some((_, low)), Some((_, high))) if low == high => shown(low),
        (Some(("at least", low)), Some(("at most", high))) => format!("{} to {}", shown(low), shown(high)),
        (Some((over, low)), Some((under, high))) => {
            format!("{over} {} and {under} {}", shown(low), shown(high))
        }
        (Some((word, limit)), None) | (None, Some((word, limit))) => format!("{word} {}", shown(limit)),
        (None, None) => String::new(),
    }
}

/// The same bounds, owned, to be kept in a test.
fn owned<T: Clone>(bounds: &impl RangeBounds<T>) -> (Bound<T>, Bound<T>) {
    (bounds.start_bound().cloned(), bounds.end_bound().cloned())
}

#[cfg(test)]
mod tests;
