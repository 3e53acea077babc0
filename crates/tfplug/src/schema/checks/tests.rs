use std::collections::BTreeMap;
use std::time::Duration as Span;

use super::*;
use crate::types::Cidr;
use crate::value::{Number, Type};

fn list(items: &[Dynamic]) -> Dynamic {
    Dynamic::List(items.to_vec())
}

fn map(entries: &[(&str, Dynamic)]) -> Dynamic {
    Dynamic::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

fn number(text: &str) -> Dynamic {
    Dynamic::Number(Number::parse(text).expect(text))
}

/// A check accepts all of these and refuses the one with these words; its rule; and it passes over what it cannot know.
fn verdict(check: &Check, rule: &str, accepted: &[Dynamic], refused: impl Into<Dynamic>, words: &str) {
    assert_eq!(check.rule(), rule);
    for value in accepted {
        assert_eq!(check.test(value), Ok(()), "{rule}: {value}");
    }
    let refused = refused.into();
    assert_eq!(check.test(&refused).expect_err(rule), words);
    let typed = Dynamic::Typed(Box::new(Type::Dynamic), Box::new(refused));
    assert_eq!(
        check.test(&typed).expect_err(rule),
        words,
        "a type that a value brings along changes nothing"
    );
    assert_eq!(check.test(&Dynamic::Null), Ok(()), "{rule}: null");
    assert_eq!(check.test(&Dynamic::unknown()), Ok(()), "{rule}: unknown");
}

#[test]
fn lengths() {
    verdict(
        &len(2..=3),
        "of length 2 to 3",
        &["äö".into(), "abc".into()],
        "äöüß",
        "It must be of length 2 to 3, not 4.",
    );
    verdict(&len(1..), "of length at least 1", &["a".into()], "", "It must be of length at least 1, not 0.");
    verdict(&len(..=1), "of length at most 1", &["".into()], "ab", "It must be of length at most 1, not 2.");
    verdict(&len(..2), "of length below 2", &["a".into()], "ab", "It must be of length below 2, not 2.");
    verdict(&len(2..=2), "of length 2", &["ab".into()], "a", "It must be of length 2, not 1.");
    let words = "It must be of length at most 1, not 2.";
    verdict(
        &len(..=1),
        "of length at most 1",
        &[list(&[]), map(&[("a", 1.into())])],
        list(&[1.into(), 2.into()]),
        words,
    );
    verdict(
        &bytes(..=4),
        "at most 4 bytes long",
        &["äö".into()],
        "äöü",
        "It must be at most 4 bytes long, not 6.",
    );
}

#[test]
fn a_length_that_may_yet_fit_is_not_refused() {
    let unknown = Dynamic::unknown();
    // Of a set, the three may turn out to be one or two.
    assert!(len(2..=2).test(&list(&["a".into(), unknown.clone(), unknown.clone()])).is_ok());
    assert!(len(1..=1).test(&list(&[unknown.clone(), unknown.clone()])).is_ok());
    assert!(len(3..).test(&list(&["a".into(), unknown.clone()])).is_err());
    assert!(len(..=1).test(&list(&["a".into(), "b".into(), unknown.clone()])).is_err());
    assert!(len(..1).test(&list(std::slice::from_ref(&unknown))).is_err());
    assert!(len(2..).test(&map(&[("a", unknown)])).is_err(), "keys of a map are known");
}

#[test]
fn texts() {
    verdict(&not_blank(), "not blank", &["a ".into()], " \t", "It must not be blank.");
    verdict(
        &one_of(&["a", "b", "c"]),
        r#"one of "a", "b" or "c""#,
        &["b".into()],
        "d",
        r#"It must be one of "a", "b" or "c", not "d"."#,
    );
    verdict(&one_of(&["a"]), r#""a""#, &["a".into()], "d", r#"It must be "a", not "d"."#);
    verdict(&none_of(&["a", "b"]), r#"none of "a" and "b""#, &["A".into()], "b", r#"It must not be "b"."#);
    verdict(&none_of(&["a"]), r#"other than "a""#, &["b".into()], "a", r#"It must not be "a"."#);
    verdict(
        &one_of_ignoring_case(&["ÄB", "c"]),
        r#"one of "ÄB" or "c" in any case"#,
        &["äb".into(), "C".into()],
        "d",
        r#"It must be one of "ÄB" or "c" in any case, not "d"."#,
    );
    verdict(
        &none_of_ignoring_case(&["a", "b"]),
        r#"none of "a" and "b" in any case"#,
        &["c".into()],
        "B",
        r#"It must not be "b" in any case."#,
    );
    verdict(
        &matches("lower-case", |text| text == text.to_lowercase()),
        "lower-case",
        &["a".into()],
        "A",
        r#"It must be lower-case, not "A"."#,
    );
    verdict(
        &base64(),
        "base64 with padding",
        &["".into(), "YQ==".into(), "+/8=".into()],
        "YQ",
        "It must be base64 with padding. Invalid padding.",
    );
    assert!(base64().test(&"-_8=".into()).is_err() && base64().test(&"YQ==\n".into()).is_err());
}

#[test]
fn numbers() {
    verdict(&at_least(0), "at least 0", &[0.into(), number("0.1")], -1, "It must be at least 0, not -1.");
    verdict(
        &at_most(3),
        "at most 3",
        &[3.into()],
        number("3.000000000000000000001"),
        "It must be at most 3, not 3.000000000000000000001.",
    );
    verdict(
        &between(1..=9),
        "between 1 and 9",
        &[1.into(), 9.into()],
        10,
        "It must be between 1 and 9, not 10.",
    );
    verdict(
        &between(0.5..=1.5),
        "between 0.5 and 1.5",
        &[number("0.5")],
        2,
        "It must be between 0.5 and 1.5, not 2.",
    );
    verdict(
        &at_least(u64::MAX),
        "at least 18446744073709551615",
        &[],
        1,
        "It must be at least 18446744073709551615, not 1.",
    );
    verdict(
        &one_of(&[80, 443]),
        "one of 80 or 443",
        &[number("4.43e2")],
        81,
        "It must be one of 80 or 443, not 81.",
    );
    verdict(&none_of(&[0, 1]), "none of 0 and 1", &[2.into()], 0, "It must not be 0.");
    verdict(&one_of(&[true]), "true", &[true.into()], false, "It must be true, not false.");
    assert!(between(f64::NEG_INFINITY..=1.0).test(&number("-1e400")).is_ok(), "infinity limits nothing");
}

#[test]
fn collections() {
    let short = || each(len(..=1));
    let words = "Element 1: it must be of length at most 1, not 2.";
    verdict(
        &short(),
        "each of length at most 1",
        &[list(&["a".into(), Dynamic::Null])],
        list(&["a".into(), "ab".into()]),
        words,
    );
    let words = "Element \"k\": it must be of length at most 1, not 2.";
    verdict(
        &short(),
        "each of length at most 1",
        &[map(&[("long", "a".into())])],
        map(&[("k", "ab".into())]),
        words,
    );
    verdict(
        &keys(len(..=1)),
        "with each key of length at most 1",
        &[map(&[("k", "long".into())])],
        map(&[("ab", "a".into())]),
        "Key \"ab\": it must be of length at most 1, not 2.",
    );
    let words = "It must not hold the same value twice: \"a\".";
    verdict(
        &unique(),
        "without repetitions",
        &[list(&["a".into(), "b".into()])],
        list(&["a".into(), "b".into(), "a".into()]),
        words,
    );
    verdict(
        &no_nulls(),
        "without null elements",
        &[list(&["a".into()])],
        list(&["a".into(), Dynamic::Null]),
        "It must not hold null.",
    );
    assert!(no_nulls().test(&map(&[("k", Dynamic::Null)])).is_err());
}

#[test]
fn what_is_unknown_in_a_collection_hides_nothing_beside_it() {
    let unknown = Dynamic::unknown();
    let mixed = list(&[unknown.clone(), "ab".into(), "ab".into(), Dynamic::Null, unknown.clone()]);
    for check in [each(len(..=1)), unique(), no_nulls(), all([each(len(..=1))]), any([each(len(..=1))])] {
        assert!(check.test(&mixed).is_err(), "{check:?}");
        assert!(check.test(&list(&[unknown.clone(), unknown.clone()])).is_ok(), "{check:?}");
    }
    let whole = Check::new("never", |_| Err("Never.".to_owned()));
    assert!(whole.test(&mixed).is_ok(), "other checks see only what is wholly known");
    assert!(keys(len(..=1)).test(&map(&[("ab", unknown)])).is_err());
}

#[test]
fn times() {
    let (second, hour) = (Span::from_secs(1), Span::from_secs(3600));
    verdict(
        &lasting(second..=hour),
        "1s to 1h",
        &["60m".into(), "1s".into(), "no duration".into()],
        "61m",
        "It must be 1s to 1h, not \"61m\".",
    );
    verdict(&lasting(second..), "at least 1s", &[], "0", "It must be at least 1s, not \"0\".");
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().expect("an instant");
    verdict(
        &dated(start..),
        "not before 2026-01-01T00:00:00Z",
        &["2026-01-01T01:00:00+01:00".into(), "soon".into()],
        "2026-01-01T00:59:59+01:00",
        "It must be not before 2026-01-01T00:00:00Z, not \"2026-01-01T00:59:59+01:00\".",
    );
    verdict(
        &dated(..start),
        "before 2026-01-01T00:00:00Z",
        &[],
        "2026-01-01T00:00:00Z",
        "It must be before 2026-01-01T00:00:00Z, not \"2026-01-01T00:00:00Z\".",
    );
}

#[test]
fn networks() {
    let private = within(&[Cidr::v4([10, 0, 0, 0], 8), Cidr::v6([0xfd00, 0, 0, 0, 0, 0, 0, 0], 8)]);
    verdict(
        &private,
        "within 10.0.0.0/8 or fd00::/8",
        &["10.1.2.3".into(), "10.1.0.0/16".into(), "fd00::1".into(), "no address".into()],
        "11.0.0.0/16",
        "It must be within 10.0.0.0/8 or fd00::/8, not \"11.0.0.0/16\".",
    );
    assert!(private.test(&"0.0.0.0/0".into()).is_err() && private.test(&"::1".into()).is_err());
}

#[test]
fn several_checks_combine() {
    let both = all([not_blank(), len(..=2)]);
    verdict(
        &both,
        "not blank and of length at most 2",
        &["a".into()],
        "abc",
        "It must be of length at most 2, not 3.",
    );
    let either = any([one_of(&[0]), at_least(1024)]);
    verdict(
        &either,
        "0 or at least 1024",
        &[0.into(), 1024.into()],
        80,
        "It must be 0 or at least 1024, not 80.",
    );
    assert!(any(Vec::new()).test(&"a".into()).is_ok(), "no alternative, no rule");
    assert_eq!(both.into_checks().len(), 1);
}

#[test]
fn the_value_of_a_secret_is_in_no_refusal() {
    let unsaid = Check::new("", |value| Err(format!("Not {value}.")));
    for check in [one_of(&["a"]), each(len(..=1)), unsaid, any([one_of(&["a"]), len(..=1)])] {
        let values = [Dynamic::from("hunter2"), list(&["hunter2".into()])];
        let refusals: Vec<String> =
            values.iter().filter_map(|value| check.test_hidden(value).err()).collect();
        assert!(
            !refusals.is_empty() && !refusals.iter().any(|text| text.contains("hunter2")),
            "{refusals:?}"
        );
        assert!(!refusals.iter().any(|text| text == "It must be ."));
    }
    let none: BTreeMap<String, Dynamic> = BTreeMap::new();
    assert!(len(..).test_hidden(&Dynamic::Map(none)).is_ok());
}
