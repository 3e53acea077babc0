//! Checks of known values, as data: a rule in words for the documentation and a test for validation.
//!
//! A check never sees null or unknown; whether a value must be given is the attribute's [`super::Mode`].

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::value::{Dynamic, Number};

type Test = dyn Fn(&Dynamic) -> Result<(), String> + Send + Sync;

/// A rule that a known value has to satisfy.
#[derive(Clone)]
pub struct Check {
    rule: String,
    test: Arc<Test>,
}

impl Check {
    /// A rule in words, completing "must be …", and its test. The test's error says what is wrong with this value.
    pub fn new(
        rule: impl Into<String>,
        test: impl Fn(&Dynamic) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Check { rule: rule.into(), test: Arc::new(test) }
    }

    /// The rule in words; empty when it goes without saying.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Tests a known value.
    ///
    /// # Errors
    /// What is wrong with the value, as a sentence.
    pub fn test(&self, value: &Dynamic) -> Result<(), String> {
        (self.test)(value)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({:?})", self.rule)
    }
}

/// One check or several, as `check = …` of a derive takes them.
pub trait Checks {
    /// The checks.
    fn into_checks(self) -> Vec<Check>;
}

impl Checks for Check {
    fn into_checks(self) -> Vec<Check> {
        vec![self]
    }
}

impl<const N: usize> Checks for [Check; N] {
    fn into_checks(self) -> Vec<Check> {
        self.into()
    }
}

/// Length within bounds: characters of text, elements of a collection.
pub fn len(bounds: RangeInclusive<usize>) -> Check {
    let rule = format!("of length {} to {}", bounds.start(), bounds.end());
    let text = rule.clone();
    Check::new(rule, move |value| {
        let length = match value {
            Dynamic::String(text) => text.chars().count(),
            Dynamic::List(items) => items.len(),
            Dynamic::Map(entries) => entries.len(),
            _ => return Ok(()),
        };
        if bounds.contains(&length) { Ok(()) } else { Err(format!("It must be {text}, not {length}.")) }
    })
}

/// Text with at least one character that is not white space.
pub fn not_blank() -> Check {
    Check::new("not blank", |value| match value.as_str() {
        Some(text) if text.trim().is_empty() => Err("It must not be blank.".to_owned()),
        _ => Ok(()),
    })
}

/// A number of at least `low`.
pub fn at_least(low: i64) -> Check {
    number(format!("at least {low}"), move |value| *value >= Number::from(low))
}

/// A number of at most `high`.
pub fn at_most(high: i64) -> Check {
    number(format!("at most {high}"), move |value| *value <= Number::from(high))
}

/// A number within bounds.
pub fn between(bounds: RangeInclusive<i64>) -> Check {
    let (low, high) = (Number::from(*bounds.start()), Number::from(*bounds.end()));
    let rule = format!("between {} and {}", bounds.start(), bounds.end());
    number(rule, move |value| *value >= low && *value <= high)
}

fn number(rule: String, test: impl Fn(&Number) -> bool + Send + Sync + 'static) -> Check {
    let text = rule.clone();
    Check::new(rule, move |value| match value {
        Dynamic::Number(value) if !test(value) => Err(format!("It must be {text}, not {value}.")),
        _ => Ok(()),
    })
}

/// One of these texts.
pub fn one_of(allowed: &'static [&'static str]) -> Check {
    let list = quoted(allowed);
    let text = list.clone();
    Check::new(format!("one of {list}"), move |value| match value.as_str() {
        Some(given) if !allowed.contains(&given) => Err(format!("It must be one of {text}, not {given:?}.")),
        _ => Ok(()),
    })
}

/// A list of texts as prose: `"a", "b" or "c"`.
pub(crate) fn quoted(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(check: &Check, value: impl Into<Dynamic>) -> String {
        check.test(&value.into()).expect_err("refused")
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        assert_eq!(refusal(&len(2..=3), "äöüß"), "It must be of length 2 to 3, not 4.");
        assert_eq!(refusal(&not_blank(), " \t"), "It must not be blank.");
        assert_eq!(refusal(&at_least(0), -1), "It must be at least 0, not -1.");
        assert_eq!(refusal(&at_most(3), 4), "It must be at most 3, not 4.");
        assert_eq!(refusal(&between(1..=9), 10), "It must be between 1 and 9, not 10.");
        assert_eq!(refusal(&one_of(&["a", "b", "c"]), "d"), r#"It must be one of "a", "b" or "c", not "d"."#);
    }

    #[test]
    fn bounds_are_inclusive() {
        assert!(len(2..=3).test(&"ab".into()).is_ok());
        assert!(between(1..=9).test(&9.into()).is_ok());
        assert!(at_least(0).test(&0.into()).is_ok());
    }
}
