//! What is promised about a value that is not known yet.
//!
//! Terraform sends such promises with unknown values ("not null, begins with `pre-`"). A provider that plans one has
//! to keep it at apply, so results are compared with them.

use std::cmp::Ordering;

use super::{Dynamic, Number};

/// What is certain about an unknown value; mostly nothing.
///
/// All refinements compare as equal: unknown values are told apart by their place, not by what is promised.
#[derive(Clone, Debug, Default)]
pub struct Refinements(Option<Box<Promises>>);

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Promises {
    pub(super) not_null: bool,
    pub(super) prefix: Option<String>,
    pub(super) lower: Option<Bound>,
    pub(super) upper: Option<Bound>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
}

/// A limit of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The limit.
    pub number: Number,
    /// Whether the limit itself is allowed.
    pub inclusive: bool,
}

impl Refinements {
    /// Whether nothing is promised.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the value will not be null.
    pub fn is_not_null(&self) -> bool {
        self.0.as_ref().is_some_and(|promises| promises.not_null)
    }

    /// What the text will begin with.
    pub fn prefix(&self) -> Option<&str> {
        self.0.as_ref()?.prefix.as_deref()
    }

    /// The least the number may be.
    pub fn lower(&self) -> Option<&Bound> {
        self.0.as_ref()?.lower.as_ref()
    }

    /// The most the number may be.
    pub fn upper(&self) -> Option<&Bound> {
        self.0.as_ref()?.upper.as_ref()
    }

    /// The fewest elements the list, set or map may have.
    pub fn min_length(&self) -> Option<u64> {
        self.0.as_ref()?.min_length
    }

    /// The most elements the list, set or map may have.
    pub fn max_length(&self) -> Option<u64> {
        self.0.as_ref()?.max_length
    }

    /// Promises as well that the value will not be null.
    #[must_use]
    pub fn with_not_null(self) -> Self {
        self.with(|promises| promises.not_null = true)
    }

    /// Promises as well what the text will begin with.
    #[must_use]
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        self.with(|promises| promises.prefix = Some(prefix.into()))
    }

    /// Promises as well the least the number may be.
    #[must_use]
    pub fn with_lower(self, number: Number, inclusive: bool) -> Self {
        self.with(|promises| promises.lower = Some(Bound { number, inclusive }))
    }

    /// Promises as well the most the number may be.
    #[must_use]
    pub fn with_upper(self, number: Number, inclusive: bool) -> Self {
        self.with(|promises| promises.upper = Some(Bound { number, inclusive }))
    }

    /// Promises as well how many elements the list, set or map may have.
    #[must_use]
    pub fn with_length(self, fewest: Option<u64>, most: Option<u64>) -> Self {
        self.with(|promises| (promises.min_length, promises.max_length) = (fewest, most))
    }

    /// The promise that the value breaks, in words that follow "has to". Unknown values break none that is looked at
    /// here.
    pub fn broken_by(&self, value: &Dynamic) -> Option<String> {
        let promises = self.0.as_ref()?;
        let length = |count: usize| {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            match (promises.min_length, promises.max_length) {
                (Some(fewest), _) if count < fewest => Some(format!("have at least {fewest} elements")),
                (_, Some(most)) if count > most => Some(format!("have at most {most} elements")),
                _ => None,
            }
        };
        match value {
            Dynamic::Null => promises.not_null.then(|| "be not null".to_owned()),
            Dynamic::String(text) => {
                let prefix = promises.prefix.as_ref().filter(|prefix| !text.starts_with(prefix.as_str()))?;
                Some(format!("begin with {prefix:?}"))
            }
            Dynamic::Number(number) => {
                let above = promises.lower.as_ref().filter(|bound| {
                    !(*number > bound.number || (bound.inclusive && *number == bound.number))
                });
                let below = promises.upper.as_ref().filter(|bound| {
                    !(*number < bound.number || (bound.inclusive && *number == bound.number))
                });
                match (above, below) {
                    (Some(bound), _) => Some(format!("be {} {}", above_word(bound), bound.number)),
                    (None, Some(bound)) => Some(format!("be {} {}", below_word(bound), bound.number)),
                    (None, None) => None,
                }
            }
            Dynamic::List(items) => length(items.len()),
            Dynamic::Map(entries) => length(entries.len()),
            Dynamic::Typed(_, value) => self.broken_by(value),
            Dynamic::Unknown(_) | Dynamic::Bool(_) => None,
        }
    }

    fn with(self, change: impl FnOnce(&mut Promises)) -> Self {
        let mut promises = self.0.unwrap_or_default();
        change(&mut promises);
        Refinements((*promises != Promises::default()).then_some(promises))
    }
}

fn above_word(bound: &Bound) -> &'static str {
    if bound.inclusive { "at least" } else { "above" }
}

fn below_word(bound: &Bound) -> &'static str {
    if bound.inclusive { "at most" } else { "below" }
}

impl From<Promises> for Refinements {
    fn from(promises: Promises) -> Self {
        Refinements((promises != Promises::default()).then(|| Box::new(promises)))
    }
}

impl PartialEq for Refinements {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Refinements {}

impl PartialOrd for Refinements {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Refinements {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

#[cfg(test)]
mod tests {
    use super::Refinements;
    use crate::value::{Dynamic, Number};

    #[test]
    fn a_value_may_break_each_promise() {
        let none = Refinements::default;
        let list = |count: usize| Dynamic::List(vec![Dynamic::Bool(true); count]);
        let half = || Number::parse("0.5").unwrap();
        for (promised, kept, broken, words) in [
            (none().with_not_null(), Dynamic::from(""), Dynamic::Null, "be not null"),
            (none().with_prefix("pre-"), "pre-1".into(), "per".into(), "begin with \"pre-\""),
            (none().with_lower(half(), true), Dynamic::Number(half()), 0.into(), "be at least 0.5"),
            (none().with_lower(half(), false), 1.into(), Dynamic::Number(half()), "be above 0.5"),
            (none().with_upper(half(), true), Dynamic::Number(half()), 1.into(), "be at most 0.5"),
            (none().with_upper(half(), false), 0.into(), Dynamic::Number(half()), "be below 0.5"),
            (none().with_length(Some(1), None), list(1), list(0), "have at least 1 elements"),
            (none().with_length(None, Some(1)), list(1), list(2), "have at most 1 elements"),
        ] {
            assert_eq!(promised.broken_by(&kept), None, "{promised:?}");
            assert_eq!(promised.broken_by(&broken).as_deref(), Some(words));
        }
        assert_eq!(none().with_prefix("x").broken_by(&Dynamic::Null), None, "null unless promised otherwise");
    }

    #[test]
    fn unknowns_are_equal_whatever_is_promised() {
        assert_eq!(Dynamic::unknown(), Dynamic::Unknown(Refinements::default().with_not_null()));
        assert!(Refinements::default().with_length(None, None).is_empty());
    }
}
