//! What the objects for machine credentials share: how long they live, and how a secret gets from Atlan's answer to Terraform.

use std::ops::RangeInclusive;
use std::time::Duration as Span;

use atlan::Secret;
use tfplug::{Duration, Sensitive, Text as _};
use uuid::Uuid;

/// Shortest life of a token.
pub(crate) const SHORTEST: Span = Span::from_secs(60);

/// What is wrong with the life of a token. `longest`: as text, and why it is the longest.
pub(crate) fn life_problem(
    life: &Duration,
    allowed: RangeInclusive<Span>,
    longest: (&str, &str),
) -> Option<String> {
    let is_good = allowed.contains(&life.get()) && life.get().subsec_nanos() == 0;
    let (text, why) = longest;
    let problem = || {
        format!("{:?} is not a whole number of seconds from `1m` to `{text}`, which is {why}.", life.text())
    };
    (!is_good).then(problem)
}

/// What makes the name of an attempt unique: eight hexadecimal digits.
pub(crate) fn digits() -> String {
    Uuid::new_v4().simple().to_string().chars().take(8).collect()
}

/// A secret for Terraform.
pub(crate) fn sensitive(secret: &Secret) -> Sensitive<String> {
    Sensitive::new(secret.reveal().to_owned())
}

/// An error and what caused it.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
