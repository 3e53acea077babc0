use super::Number;

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

#[test]
fn one_value_has_one_form() {
    for (given, shown) in [
        ("0", "0"),
        ("-0", "0"),
        ("0.000e99999999999999999999", "0"),
        ("1.50", "1.5"),
        ("15e-1", "1.5"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("-1e-7", "-0.0000001"),
        ("007", "7"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9223372036854775808"),
        ("92233720368547758.070e2", "9223372036854775807"),
        ("12345678901234567890123.4560", "12345678901234567890123.456"),
    ] {
        assert_eq!(number(given).to_string(), shown, "{given}");
        assert_eq!(number(given), number(shown), "{given}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", "+", ".5", "5.", "1e", "1e+", "1.5.2", "0x10", "1_000", " 1", "inf", "NaN", "--1", "1e5e5",
        "é",
    ] {
        let error = Number::parse(text).unwrap_err();
        assert!(error.message().starts_with("expected a number"), "{text}: {error}");
    }
}

#[test]
fn huge_exponents_are_refused_without_being_written_out() {
    for text in ["1e2001", "-1e-2001", "1e99999", "1e999999999999999999999", "1e-999999999999999999999"] {
        assert!(Number::parse(text).unwrap_err().message().contains("over 2000 digits"), "{text}");
    }
    assert_eq!(number("1e400").to_string(), format!("1{}", "0".repeat(400)));
    assert_eq!(number("1e1999").to_string().len(), 2_000);
    assert_eq!(number("1e-2000").to_string().len(), 2_002);
}

#[test]
fn order_is_by_value() {
    let ascending =
        ["-1e400", "-9223372036854775809", "-9223372036854775808", "-10", "-9.5", "-9", "-0.1", "-0.01", "0"]
            .into_iter()
            .chain([
                "0.01",
                "0.1",
                "0.11",
                "0.2",
                "9",
                "9.5",
                "10",
                "100",
                "9223372036854775807",
                "9223372036854775808",
                "1e400",
            ]);
    let ascending: Vec<Number> = ascending.map(number).collect();
    for (a, left) in ascending.iter().enumerate() {
        for (b, right) in ascending.iter().enumerate() {
            assert_eq!(left.cmp(right), a.cmp(&b), "{left} and {right}");
        }
    }
}

#[test]
fn conversions_lose_nothing_or_say_so() {
    assert_eq!(number("1e3").as_i64(), Some(1000));
    assert_eq!(number("9223372036854775808").as_i64(), None);
    assert_eq!(number("0.5").as_i64(), None);
    assert_eq!(Number::from(u64::MAX).as_u64(), Some(u64::MAX));
    assert_eq!(Number::from(u64::MAX).to_string(), "18446744073709551615");
    assert_eq!(number("18446744073709551616").as_u64(), None);
    assert_eq!(number("9223372036854775808.5").as_u64(), None);
    assert_eq!(number("-1").as_u64(), None);
    assert_eq!(Number::from(7_usize), Number::from(7_i32));
    assert_eq!(number("1e400").as_f64(), f64::INFINITY);
    assert_eq!(Number::from_f64(0.1), Some(number("0.1")));
    assert_eq!(Number::from_f64(-0.0), Some(number("0")));
    assert_eq!(Number::from_f64(1e300), Some(number("1e300")));
    assert_eq!(Number::from_f64(f64::MIN_POSITIVE).map(|tiny| tiny.as_f64()), Some(f64::MIN_POSITIVE));
    assert_eq!(Number::from_f64(f64::INFINITY), None);
    assert_eq!(Number::from_f64(f64::NAN), None);
}

#[test]
fn only_binary_fractions_are_exact_in_floating_point() {
    for (text, exact) in [
        ("0.5", true),
        ("-2.375", true),
        ("0.1", false),
        ("0.15", false),
        ("123.456", false),
        ("2", false),
        ("1e400", false),
        ("9223372036854775808", false),
        ("2251799813685248.5", true),
        ("9007199254740992.5", false),
        ("0.0000152587890625", true),
    ] {
        let float = number(text).exact_fraction();
        assert_eq!(float.is_some(), exact, "{text}");
        assert!(float.is_none_or(|float| float == text.parse::<f64>().unwrap()), "{text}");
    }
}
