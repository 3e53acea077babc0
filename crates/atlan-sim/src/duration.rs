//! Durations as people write them: `50ms`, `1.5s`, `2m`, or in JSON a plain number of milliseconds.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

/// Reads a number with a unit (`ms`, `s`, `m`, `h`).
///
/// # Errors
/// A sentence for the person who wrote it.
pub fn parse(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is not a duration such as 50ms, 1.5s or 2m");
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| bad())?;
    let seconds = match &text[digits..] {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        "" if number == 0.0 => 0.0,
        _ => return Err(bad()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| bad())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Milliseconds(u64),
    Text(String),
}

/// For serde: a number of milliseconds or a text with a unit.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    match Option::<Written>::deserialize(from)? {
        None => Ok(None),
        Some(Written::Milliseconds(n)) => Ok(Some(Duration::from_millis(n))),
        Some(Written::Text(text)) => parse(&text).map(Some).map_err(serde::de::Error::custom),
    }
}

/// For serde: milliseconds.
pub(crate) fn serialize<S: Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => to.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_a_unit() {
        let ms = |text| parse(text).map(|d| d.as_millis());
        assert_eq!(ms("50ms"), Ok(50));
        assert_eq!(ms("1.5s"), Ok(1500));
        assert_eq!(ms("2m"), Ok(120_000));
        assert_eq!(ms("0"), Ok(0));
        for text in ["", "5", "ms", "-1s", "1.2.3s", "5 weeks"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
