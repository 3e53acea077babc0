//! Checks of numbers.

use std::ops::RangeInclusive;

use super::Check;
use crate::value::{Dynamic, Number, Type};

/// A number that limits others, as a check takes it. A literal beyond `i32` says its type: `5_000_000_000_i64`.
pub trait Limit {
    /// The number; `None` when it limits nothing, which infinities and what is no number do not.
    fn limit(self) -> Option<Number>;
}

macro_rules! limit {
    ($($number:ty),*) => {$(
        impl Limit for $number {
            fn limit(self) -> Option<Number> {
                Some(Number::from(self))
            }
        }
    )*};
}

limit!(i32, u32, i64, u64, usize);

impl Limit for Number {
    fn limit(self) -> Option<Number> {
        Some(self)
    }
}

impl Limit for f64 {
    fn limit(self) -> Option<Number> {
        Number::from_f64(self)
    }
}

/// A number of at least `low`.
pub fn at_least(low: impl Limit) -> Check {
    within(low.limit(), None)
}

/// A number of at most `high`.
pub fn at_most(high: impl Limit) -> Check {
    within(None, high.limit())
}

/// A number within bounds: `between(1..=9)`, `between(0.5..=1.0)`.
pub fn between(bounds: RangeInclusive<impl Limit>) -> Check {
    let (low, high) = bounds.into_inner();
    within(low.limit(), high.limit())
}

fn within(low: Option<Number>, high: Option<Number>) -> Check {
    let rule = match (&low, &high) {
        (Some(low), Some(high)) => format!("between {low} and {high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => String::new(),
    };
    let text = rule.clone();
    Check::new(rule, move |value| match value {
        Dynamic::Number(value)
            if low.as_ref().is_some_and(|low| value < low)
                || high.as_ref().is_some_and(|high| value > high) =>
        {
            Err(format!("It must be {text}, not {value}."))
        }
        _ => Ok(()),
    })
    .of(|ty| *ty == Type::Number)
}
