//! `timeouts(create = "5m", …)`: default limits of operations, read at compile time.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::entry::Entry;
use crate::errors::Errors;
use crate::suggest::unknown_option;

/// The operations, in the order of `tfplug::Timeouts`.
const OPERATIONS: [&str; 8] = ["create", "read", "update", "delete", "open", "renew", "close", "invoke"];

/// Limits of operations in nanoseconds, and whether they are written as a block.
#[derive(Default)]
pub(crate) struct Timeouts {
    limits: [Option<u64>; 8],
    block: bool,
}

impl Timeouts {
    /// Reads the list.
    pub(crate) fn read(entries: Vec<Entry>, errors: &mut Errors) -> Self {
        let mut timeouts = Timeouts::default();
        for entry in entries {
            let name = entry.name.clone();
            if name == "block" {
                timeouts.block |= entry.word(errors).is_some();
                continue;
            }
            let Some(slot) =
                OPERATIONS.iter().zip(&mut timeouts.limits).find(|(operation, _)| name == **operation)
            else {
                errors
                    .push(&name, unknown_option(&name.to_string(), &[&OPERATIONS[..], &["block"]].concat()));
                continue;
            };
            if slot.1.is_some() {
                errors.push(&name, format!("`{name}` is given twice: remove one of the two"));
                continue;
            }
            let Some(text) = entry.text(errors) else { continue };
            match nanoseconds(&text.value()) {
                Ok(span) => *slot.1 = Some(span),
                Err(problem) => errors.push(&text, problem),
            }
        }
        timeouts
    }

    /// The constant of type `tfplug::Timeouts`.
    pub(crate) fn expand(&self) -> TokenStream {
        let limits = self.limits.map(|limit| match limit {
            Some(limit) => {
                quote!(::core::option::Option::Some(::core::time::Duration::from_nanos(#limit)))
            }
            None => quote!(::core::option::Option::None),
        });
        let operations = OPERATIONS.map(|operation| format_ident!("{operation}"));
        let block = self.block;
        quote!(_tfplug::Timeouts { #(#operations: #limits,)* block: #block })
    }
}

/// Units in nanoseconds. A limit finer than a millisecond has no use, so it is likely a slip.
const UNITS: [(&str, u64); 4] =
    [("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];

/// Reads whole numbers with units, such as `1h30m`; more than zero.
fn nanoseconds(text: &str) -> Result<u64, String> {
    let problem = |why: &str| {
        format!("not a duration: {why}; write whole numbers with units, such as `30s`, `5m`, `1h30m`")
    };
    let mut sum: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (unit, after) =
            after.split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()));
        if number.is_empty() {
            return Err(problem(&format!("a number is missing before `{rest}`")));
        }
        if unit.is_empty() {
            return Err(problem(&format!("a unit is missing after `{number}`")));
        }
        let Some((_, size)) = UNITS.iter().find(|(known, _)| *known == unit) else {
            return Err(problem(&format!("`{unit}` is no unit; known are `ms`, `s`, `m` and `h`")));
        };
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*size));
        sum = part.and_then(|part| sum.checked_add(part)).ok_or_else(|| problem("it is too long"))?;
        rest = after;
    }
    if sum == 0 { Err(problem("it must be more than zero")) } else { Ok(sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_with_units_are_durations() {
        for (text, milliseconds) in [("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("250ms", 250)] {
            assert_eq!(nanoseconds(text), Ok(milliseconds * 1_000_000), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for (text, why) in [
            ("0s", "more than zero"),
            ("5", "a unit is missing after `5`"),
            ("5d", "`d` is no unit"),
            ("m", "a number is missing before `m`"),
            ("-5m", "a number is missing before `-5m`"),
            ("1.5h", "a unit is missing after `1`"),
            ("5 m", "a unit is missing after `5`"),
            ("9999999999h", "too long"),
        ] {
            let problem = nanoseconds(text).expect_err(text);
            assert!(problem.contains(why), "{text}: {problem}");
        }
    }
}
