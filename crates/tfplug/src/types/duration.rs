//! Lengths of time in the notation that Terraform practitioners know from Go: `30s`, `1m30s`, `1.5h`, `250ms`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::time::Duration as Span;

use super::Text;
use crate::value::display::shorten;

/// A length of time, zero or more. `"90s"` and `"1m30s"` mean the same and are equal.
#[derive(Clone, Debug)]
pub struct Duration {
    text: String,
    span: Span,
}

impl Duration {
    /// The length of time.
    pub fn get(&self) -> Span {
        self.span
    }
}

impl Text for Duration {
    const RULE: &'static str = "a duration such as `30s`, `5m` or `1h30m`";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Duration { text: text.to_owned(), span: parse_duration(text)? })
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl PartialEq for Duration {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span
    }
}

impl Eq for Duration {}

impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Duration {
    fn cmp(&self, other: &Self) -> Ordering {
        self.span.cmp(&other.span)
    }
}

/// Units in nanoseconds; longer names before their prefixes.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration as Go writes it (`golang/go:src/time/format.go`): numbers with units, or `0`. Not negative.
///
/// # Errors
/// What is wrong with the text and what is allowed.
pub fn parse_duration(text: &str) -> Result<Span, String> {
    let wrong = |why: &str| {
        Err(format!(
            "{:?} is not a duration: {why}. Write numbers with units, such as \"30s\", \"5m\" or \"1h30m\".",
            shorten(text)
        ))
    };
    if text == "0" {
        return Ok(Span::ZERO);
    }
    if text.is_empty() {
        return wrong("it is empty");
    }
    if text.starts_with('-') {
        return wrong("it is negative");
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut nanoseconds: u128 = 0;
    loop {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return wrong("a number is missing");
        }
        let Some(&(unit, size)) = UNITS.iter().find(|(unit, _)| starts_with_unit(after, unit)) else {
            return wrong(
                "a unit is missing or unknown; known are \"ns\", \"us\", \"ms\", \"s\", \"m\" and \"h\"",
            );
        };
        let Ok(whole) = (if whole.is_empty() { Ok(0) } else { whole.parse::<u64>() }) else {
            return wrong("it is too long");
        };
        nanoseconds = nanoseconds.saturating_add(u128::from(whole) * u128::from(size));
        // Digits beyond the fifteenth are finer than a nanosecond, even of hours.
        let (mut place, mut parts) = (1, 0);
        for digit in fraction.bytes().take(15) {
            parts = parts * 10 + u128::from(digit - b'0');
            place *= 10;
        }
        nanoseconds = nanoseconds.saturating_add(parts * u128::from(size) / place);
        rest = after.strip_prefix(unit).unwrap_or(after);
        if rest.is_empty() {
            break;
        }
    }
    // The longest that Go can hold, about 292 years.
    match u64::try_from(nanoseconds) {
        Ok(nanoseconds) if i64::try_from(nanoseconds).is_ok() => Ok(Span::from_nanos(nanoseconds)),
        _ => wrong("it is too long"),
    }
}

/// A duration as a person would write it: `1h30m`, `250ms`, `0s`.
pub(crate) fn duration_text(span: Span) -> String {
    let mut rest = span.as_nanos();
    let mut text = String::new();
    for (unit, size) in [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ] {
        if rest >= size {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Duration { text: duration_text(span), span }
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// `m` must not match the beginning of `ms`.
fn starts_with_unit(text: &str, unit: &str) -> bool {
    text.strip_prefix(unit)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, milliseconds) in [
            ("0", 0),
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            (".5s", 500),
            ("5.s", 5_000),
            ("250ms", 250),
            ("+2m", 120_000),
            ("1h0.001s", 3_600_001),
        ] {
            assert_eq!(parse_duration(text), Ok(Span::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse_duration("1.000000001s"), Ok(Span::from_nanos(1_000_000_001)));
        assert_eq!(parse_duration("3us"), Ok(Span::from_micros(3)));
    }

    #[test]
    fn refusals_say_why_and_what_is_allowed() {
        for (text, why) in [
            ("", "it is empty"),
            ("-1s", "it is negative"),
            ("5", "a unit is missing"),
            ("5 m", "a unit is missing"),
            ("m", "a number is missing"),
            ("5d", "a unit is missing or unknown"),
            ("99999999999999999999h", "it is too long"),
            ("9999999h", "it is too long"),
        ] {
            let problem = parse_duration(text).expect_err(text);
            assert!(problem.contains(why) && problem.contains("\"1h30m\""), "{text}: {problem}");
        }
    }

    #[test]
    fn other_spellings_of_one_length_mean_the_same() {
        let read = |text| Duration::parse(text).expect(text);
        assert!(read("90s").same(&read("1m30s")));
        assert!(!read("90s").same(&read("91s")));
    }

    #[test]
    fn lengths_are_written_in_whole_units() {
        for text in ["0s", "250ms", "1h30m", "1m30s", "2h1ns", "1s5us"] {
            assert_eq!(Duration::from(parse_duration(text).expect(text)).text(), text);
        }
    }
}
