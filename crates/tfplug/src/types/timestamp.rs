//! Points in time as RFC 3339 writes them: `2026-03-29T01:30:00+01:00`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::Text;
use crate::value::display::shorten;

/// A point in time. Spellings with another offset mean the same when they name the same instant, and are equal.
#[derive(Clone, Debug)]
pub struct Timestamp {
    text: String,
    instant: jiff::Timestamp,
}

impl Timestamp {
    /// The instant.
    pub fn get(&self) -> jiff::Timestamp {
        self.instant
    }
}

impl Text for Timestamp {
    const RULE: &'static str = "a point in time such as `2026-01-31T08:00:00Z` (RFC 3339)";

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            Err(format!(
                "{:?} is not a point in time: {why}. Write date, time and offset, such as \
                 \"2026-01-31T08:00:00Z\" or \"2026-01-31T09:00:00+01:00\".",
                shorten(text)
            ))
        };
        if let Some(why) = misshapen(text) {
            return wrong(why);
        }
        match text.parse() {
            Ok(instant) => Ok(Timestamp { text: text.to_owned(), instant }),
            Err(_) => wrong("there is no such date or time of day"),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// What is wrong with the form. The reader of dates knows more forms than RFC 3339 allows, and Terraform's own functions
/// would not read them.
fn misshapen(text: &str) -> Option<&'static str> {
    let fits = |text: &str, form: &str| {
        text.len() == form.len()
            && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                b'T' => byte.eq_ignore_ascii_case(&b't'),
                form => byte == form,
            })
    };
    const START: &str = "0000-00-00T00:00:00";
    let Some((start, mut rest)) = text.split_at_checked(START.len()).filter(|(start, _)| fits(start, START))
    else {
        return Some("it does not begin like \"2026-01-31T08:00:00\"");
    };
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        match fraction.len() - rest.len() {
            0 => return Some("digits are missing after the point"),
            1..=9 => {}
            _ => return Some("it is finer than nanoseconds"),
        }
    }
    let offset = rest.eq_ignore_ascii_case("z") || fits(rest, "+00:00");
    if start.ends_with("60") && offset {
        return Some("leap seconds have no place on the clock of computers");
    }
    (!offset).then_some("it must end in an offset, \"Z\" or like \"+01:00\"")
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(instant: jiff::Timestamp) -> Self {
        Timestamp { text: instant.to_string(), instant }
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant.cmp(&other.instant)
    }
}

impl Hash for Timestamp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.instant.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_instant_means_the_same() {
        let read = |text| Timestamp::parse(text).expect(text);
        let noon = read("2026-01-31T12:00:00Z");
        for text in ["2026-01-31T13:00:00+01:00", "2026-01-31t12:00:00.000z", "2026-01-31T05:30:00-06:30"] {
            assert!(noon.same(&read(text)), "{text}");
            assert_eq!(read(text).text(), text, "the spelling is kept");
        }
        assert!(!noon.same(&read("2026-01-31T12:00:00.000000001Z")));
        assert!(noon < read("2026-01-31T12:00:00-01:00"));
        assert_eq!(Timestamp::from(noon.get()).text(), "2026-01-31T12:00:00Z");
    }

    #[test]
    fn other_forms_are_refused() {
        for (text, why) in [
            ("", "it does not begin like"),
            ("2026-01-31", "it does not begin like"),
            ("2026-01-31 12:00:00Z", "it does not begin like"),
            ("+002026-01-31T12:00:00Z", "it does not begin like"),
            ("2026-01-31T12:00Z", "it does not begin like"),
            ("2026-01-31T12:00:00", "it must end in an offset"),
            ("2026-01-31T12:00:00+0100", "it must end in an offset"),
            ("2026-01-31T12:00:00+01:00[Europe/Paris]", "it must end in an offset"),
            ("2026-01-31T12:00:00.Z", "digits are missing"),
            ("2026-01-31T12:00:00.0000000001Z", "finer than nanoseconds"),
            ("2026-06-30T23:59:60Z", "leap seconds"),
            ("2026-02-29T12:00:00Z", "no such date"),
            ("2026-01-31T24:00:00Z", "no such date"),
            ("2026-01-3é", "it does not begin like"),
        ] {
            let problem = Timestamp::parse(text).expect_err(text);
            assert!(problem.contains(why), "{text}: {problem}");
        }
    }
}
