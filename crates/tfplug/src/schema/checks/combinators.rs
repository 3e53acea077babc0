//! Several checks as one.

use super::text::prose;
use super::{Check, Checks};

/// Passes what all of these pass, and reports the first that refuses. On a field, an array says the same and reports
/// every refusal; this is for use within [`any`] and [`super::each`].
pub fn all(checks: impl Checks) -> Check {
    let checks = checks.into_checks();
    Check::partial(rules(&checks, "and"), move |value| checks.iter().try_for_each(|check| check.test(value)))
}

/// Passes what at least one of these passes.
pub fn any(checks: impl Checks) -> Check {
    let checks = checks.into_checks();
    let rule = rules(&checks, "or");
    let words = rule.clone();
    Check::partial(rule, move |value| {
        let mut refusals = checks.iter().map(|check| check.test(value).err());
        // A value that is not known well enough for one of them may yet pass.
        match refusals.any(|refusal| refusal.is_none()) || checks.is_empty() {
            true => Ok(()),
            false if words.is_empty() => Err("None of the alternatives allows this value.".to_owned()),
            false => Err(format!("It must be {words}, not {value}.")),
        }
    })
}

fn rules(checks: &[Check], word: &str) -> String {
    let rules = checks.iter().map(Check::rule).filter(|rule| !rule.is_empty());
    prose(&rules.map(str::to_owned).collect::<Vec<_>>(), word)
}
