//! Inputs that once failed, each with what it must not do again.

use super::{text, values};
use crate::types::Duration;

#[test]
fn a_small_number_does_not_become_a_hundred_kilobytes() {
    values::number(b"1e99999");
    values::json_state(b"\x02[1e99999]");
}

#[test]
fn almost_an_hour_is_no_overflow() {
    text::text::<Duration>(b"0.999999999999999h");
}

#[test]
fn errors_do_not_repeat_megabytes() {
    let long = "x".repeat(1 << 20);
    values::type_constraint(format!("[{long:?}]").as_bytes());
    values::json_value(format!("\u{3}{{{long:?}:1}}").as_bytes());
    text::text::<Duration>(long.as_bytes());
}
