//! Several checks as one.

use super::text::prose;
use super::{Check, Checks};
use crate::value::Type;

/// Passes what all of these pass, and reports the first that refuses. On a field, an array says the same and reports
/// every refusal; this is for use within [`any`] and [`super::each`].
pub fn all(checks: impl Checks) -> Check {
    let checks = checks.into_checks();
    let fits = all_fit(&checks);
    Check::partial(rules(&checks, "and"), move |value| checks.iter().try_for_each(|check| check.test(value)))
        .of(fits)
}

/// Passes what at least one of these passes.
pub fn any(checks: impl Checks) -> Check {
    let checks = checks.into_checks();
    let rule = rules(&checks, "or");
    let (words, fits) = (rule.clone(), all_fit(&checks));
    Check::partial(rule, move |value| {
        let mut refusals = checks.iter().map(|check| check.test(value).err());
        // A value that is not known well enough for one of them may yet pass.
        match refusals.any(|refusal| refusal.is_none()) || checks.is_empty() {
            true => Ok(()),
            false if words.is_empty() => Err("None of the alternatives allows this value.".to_owned()),
            false => Err(format!("It must be {words}, not {value}.")),
        }
    })
    .of(fits)
}

fn all_fit(checks: &[Check]) -> impl Fn(&Type) -> bool + Send + Sync + 'static {
    let checks = checks.to_vec();
    move |ty| checks.iter().all(|check| check.fits(ty))
}

fn rules(checks: &[Check], word: &str) -> String {
    let rules = checks.iter().map(Check::rule).filter(|rule| !rule.is_empty());
    prose(&rules.map(str::to_owned).collect::<Vec<_>>(), word)
}
