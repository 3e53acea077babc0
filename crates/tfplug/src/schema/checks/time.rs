//! Checks of durations and points in time, written as [`crate::Duration`] and [`crate::types::Timestamp`] read them.
//! Text that is neither is the type's to refuse.

use std::ops::RangeBounds;
use std::time::Duration as Span;

use super::text::text;
use super::{Check, owned, range_words};
use crate::types::{Text as _, Timestamp, duration_text, parse_duration};

/// A duration within bounds: `lasting(Duration::from_secs(30)..)`.
pub fn lasting(bounds: impl RangeBounds<Span>) -> Check {
    let rule = range_words(&bounds, |span| duration_text(*span));
    let (words, bounds) = (rule.clone(), owned(&bounds));
    text(rule, move |value| match parse_duration(value) {
        Ok(span) if !bounds.contains(&span) => Err(format!("It must be {words}, not {value:?}.")),
        _ => Ok(()),
    })
}

/// A point in time within bounds: `dated(start..)`.
pub fn dated(bounds: impl RangeBounds<jiff::Timestamp>) -> Check {
    let rule = range_words(&bounds, jiff::Timestamp::to_string)
        .replace("at least", "not before")
        .replace("at most", "not after")
        .replace("above", "after")
        .replace("below", "before");
    let (words, bounds) = (rule.clone(), owned(&bounds));
    text(rule, move |value| match Timestamp::parse(value) {
        Ok(time) if !bounds.contains(&time.get()) => Err(format!("It must be {words}, not {value:?}.")),
        _ => Ok(()),
    })
}
