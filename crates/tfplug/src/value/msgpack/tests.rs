use super::{decode, encode};
use crate::value::{Dynamic, Number, Refinements, Type};

fn ty(json: &str) -> Type {
    Type::from_json(json.as_bytes()).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let hex: String = hex.split_whitespace().collect();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn number(text: &str) -> Dynamic {
    Dynamic::Number(Number::parse(text).unwrap())
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xa0 | u8::try_from(text.len()).unwrap()];
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn map<const N: usize>(entries: [(&str, Dynamic); N]) -> Dynamic {
    Dynamic::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Both directions at once.
#[track_caller]
fn same(json_type: &str, value: Dynamic, wire: &[u8]) {
    let ty = ty(json_type);
    assert_eq!(encode(&value, &ty).unwrap(), wire, "{value} as {ty}");
    assert_eq!(decode(wire, &ty).unwrap(), value, "{value} as {ty}");
}

#[track_caller]
fn refused(json_type: &str, wire: &[u8], message: &str) {
    assert_eq!(decode(wire, &ty(json_type)).unwrap_err().to_string(), message);
}

#[test]
fn numbers_are_written_as_terraform_writes_them() {
    let number = |number: &str, wire: &[u8]| same(r#""number""#, self::number(number), wire);
    number("1.0", &bytes("01"));
    number("1e3", &bytes("cd 03e8"));
    number("-0", &bytes("00"));
    number("-1", &bytes("ff"));
    number("-33", &bytes("d0 df"));
    number("128", &bytes("cc 80"));
    number("9223372036854775807", &bytes("cf 7fffffffffffffff"));
    number("-9223372036854775808", &bytes("d3 8000000000000000"));
    number("0.5", &bytes("cb 3fe0000000000000"));
    number("0.1", &text("0.1"));
    number("123.456", &text("123.456"));
    number("1e-7", &text("0.0000001"));
    number("9223372036854775808", &text("9223372036854775808"));
    number("12345678901234567890123", &text("12345678901234567890123"));
    let digits = format!("1{}", "0".repeat(400));
    number("1e400", &[&[0xda, 1, 0x91], digits.as_bytes()].concat());
}

#[test]
fn numbers_are_read_from_any_form() {
    for (wire, expected) in [
        (bytes("cf ffffffffffffffff"), "18446744073709551615"),
        (bytes("ce ffffffff"), "4294967295"),
        (bytes("cd 0001"), "1"),
        (bytes("d1 ffff"), "-1"),
        (bytes("d2 ffffffff"), "-1"),
        (bytes("ca 3fc00000"), "1.5"),
        (bytes("cb 3fb999999999999a"), "0.1"),
        (text("1e3"), "1000"),
    ] {
        assert_eq!(decode(&wire, &Type::Number).unwrap(), number(expected), "{wire:x?}");
    }
    refused(r#""number""#, &text("ten"), r#"expected a number, got "ten""#);
    refused(r#""number""#, &bytes("c3"), "expected number, got a bool");
    let infinite = "expected a finite number, got inf, which no configuration has";
    refused(r#""number""#, &bytes("cb 7ff0000000000000"), infinite);
}

#[test]
fn each_type_has_its_form() {
    same(r#""bool""#, true.into(), &bytes("c3"));
    same(r#""bool""#, Dynamic::Null, &bytes("c0"));
    same(r#""string""#, "é".into(), &bytes("a2 c3a9"));
    same(r#"["list","bool"]"#, Dynamic::List(vec![true.into(), Dynamic::Null]), &bytes("92 c3 c0"));
    same(r#"["tuple",["bool","number"]]"#, Dynamic::List(vec![true.into(), 7.into()]), &bytes("92 c3 07"));
    same(r#"["map","number"]"#, map([("b", 2.into()), ("a", 1.into())]), &bytes("82 a161 01 a162 02"));
    same(
        r#"["object",{"b":"bool","a":"number"}]"#,
        map([("a", 1.into()), ("b", Dynamic::Null)]),
        &bytes("82 a161 01 a162 c0"),
    );
    assert_eq!(
        decode(&bytes("93 02 01 02"), &ty(r#"["set","number"]"#)).unwrap(),
        Dynamic::List(vec![1.into(), 2.into()]),
        "sets come in any order, repetitions are dropped"
    );
}

#[test]
fn values_of_open_type_bring_it_along() {
    let typed = |json: &str, value: Dynamic| Dynamic::Typed(Box::new(ty(json)), Box::new(value));
    let wire = |json: &str, value: &str| {
        [&[0x92, 0xc4, u8::try_from(json.len()).unwrap()], json.as_bytes(), &bytes(value)].concat()
    };
    for (json, value, hex) in [
        (r#""bool""#, Dynamic::Bool(true), "c3"),
        (r#""string""#, Dynamic::Null, "c0"),
        (r#""string""#, Dynamic::unknown(), "d4 0000"),
        (r#"["list","number"]"#, Dynamic::List(vec![1.into()]), "91 01"),
    ] {
        same(r#""dynamic""#, typed(json, value), &wire(json, hex));
    }
    same(r#""dynamic""#, Dynamic::Null, &bytes("c0"));
    same(r#""dynamic""#, Dynamic::unknown(), &bytes("d4 0000"));

    let bare = Dynamic::List(vec![1.into(), Dynamic::Null]);
    let closed = r#"["tuple",["number","dynamic"]]"#;
    assert_eq!(encode(&bare, &Type::Dynamic).unwrap(), wire(closed, "92 01 c0"));
    refused(r#""dynamic""#, &bytes("c3"), "expected an array of a type and a value, got a bool");
    refused(r#""dynamic""#, &wire("string", "c0"), "expected a type: expected value at line 1 column 1");
}

#[test]
fn any_extension_is_an_unknown_value() {
    for hex in
        ["d4 00 00", "d5 07 0102", "c7 00 0c", "c7 05 0c 81 01 c2 02 a1", "c7 01 0c 05", "c8 0001 7f 00"]
    {
        assert_eq!(decode(&bytes(hex), &Type::String).unwrap(), Dynamic::unknown(), "{hex}");
    }
    refused(r#""string""#, &bytes("c7 05 0c 81"), "the bytes end in the middle of a value");
}

#[test]
fn promises_about_unknown_values_survive() {
    #[track_caller]
    fn both_ways(promised: Refinements, hex: &str) {
        assert_eq!(encode(&Dynamic::Unknown(promised.clone()), &Type::String).unwrap(), bytes(hex));
        let Dynamic::Unknown(read) = decode(&bytes(hex), &Type::String).unwrap() else {
            panic!("not unknown")
        };
        assert_eq!(format!("{read:?}"), format!("{promised:?}"));
    }
    let none = Refinements::default;
    both_ways(none(), "d4 00 00");
    both_ways(none().with_not_null(), "c7 03 0c 81 01 c2");
    both_ways(none().with_not_null().with_prefix("pre-"), "c7 09 0c 82 01 c2 02 a4 7072652d");
    both_ways(none().with_lower(Number::from(1), true), "c7 05 0c 81 03 92 01 c3");
    both_ways(none().with_upper(Number::from(9), false), "c7 05 0c 81 04 92 09 c2");
    both_ways(none().with_length(Some(1), Some(2)), "c7 05 0c 82 05 01 06 02");
}

#[test]
fn promises_stay_within_what_terraform_takes() {
    let long = Dynamic::Unknown(Refinements::default().with_prefix("é".repeat(200) + "x"));
    let Dynamic::Unknown(read) = decode(&encode(&long, &Type::String).unwrap(), &Type::String).unwrap()
    else {
        panic!("not unknown")
    };
    assert_eq!(read.prefix().map(str::len), Some(256));

    let huge = Dynamic::Unknown(Refinements::default().with_lower(Number::parse("1e1999").unwrap(), true));
    assert_eq!(encode(&huge, &Type::Number).unwrap(), bytes("d4 00 00"), "a promise too long is not made");
}

#[test]
fn errors_say_where_and_what_was_expected() {
    let users = r#"["map",["object",{"age":"number","tags":["set",["list","bool"]]}]]"#;
    let user = |age: &str, tags: &str| bytes(&format!("81 a3 616461 82 a3 616765 {age} a4 74616773 {tags}"));
    assert!(decode(&user("07", "90"), &ty(users)).is_ok());
    refused(users, &user("c3", "90"), r#"["ada"].age: expected number, got a bool"#);
    refused(users, &user("07", "92 91 c3 91 07"), r#"["ada"].tags: expected bool, got a number"#);
    refused(users, &bytes("81 a3 616461 81 a3 616765 07"), r#"["ada"]: the attribute "tags" is missing"#);
    refused(users, &bytes("81 a3 616461 81 a1 78 07"), r#"["ada"]: the object has no attribute "x""#);
    refused(
        users,
        &bytes("81 a3 616461 82 a3 616765 07 a3 616765 07"),
        r#"["ada"]: the attribute "age" is given twice"#,
    );
    refused(r#"["map","bool"]"#, &bytes("82 a1 78 c3 a1 78 c3"), r#"the key "x" is given twice"#);
    refused(r#"["map","bool"]"#, &bytes("81 07 c3"), "expected a text key, got a number");
    refused(r#"["tuple",["bool"]]"#, &bytes("92 c3 c3"), "expected 1 elements, got 2");
    refused(r#""bool""#, &bytes("c3 c3"), "1 bytes follow after the end of the value");
    refused(r#""bool""#, &[], "the bytes end in the middle of a value");
    refused(r#""string""#, &bytes("c4 01 61"), "expected string, got bytes");
    assert!(
        decode(&bytes("a2 c328"), &Type::String).unwrap_err().message().starts_with("expected text in UTF-8")
    );
}

#[test]
fn values_of_another_type_are_not_written() {
    for (json, value, message) in [
        (r#""bool""#, Dynamic::from("x"), "expected bool, got a string"),
        (r#"["list","bool"]"#, Dynamic::List(vec![1.into()]), "[0]: expected bool, got a number"),
        (r#"["set","bool"]"#, Dynamic::List(vec![1.into()]), "expected bool, got a number"),
        (r#"["object",{"a":"bool"}]"#, map([]), r#"the attribute "a" is missing"#),
        (r#"["object",{}]"#, map([("a", Dynamic::Null)]), r#"the object has no attribute "a""#),
        (
            r#"["tuple",["bool"]]"#,
            Dynamic::List(Vec::new()),
            "expected tuple([bool]), got a list, set or tuple",
        ),
        (r#"["map","bool"]"#, map([("k", map([]))]), r#"["k"]: expected bool, got a map or object"#),
        (
            r#""bool""#,
            Dynamic::Typed(Box::new(Type::String), Box::new("x".into())),
            "expected bool, got string",
        ),
    ] {
        assert_eq!(encode(&value, &ty(json)).unwrap_err().to_string(), message);
    }
}

#[test]
fn nesting_is_limited_before_the_stack_is() {
    // Each level of an open value is three bytes of array and type more.
    let level = bytes("92 c4 09 22 64796e616d6963 22");
    let listed = [bytes("92 c4 12"), br#"["list","dynamic"]"#.to_vec(), bytes("91")].concat();
    let run = move || {
        for level in [level, listed] {
            let deep = [level.repeat(100_000), bytes("c0")].concat();
            let error = decode(&deep, &Type::Dynamic).unwrap_err();
            assert_eq!(error.message(), "the value nests over 512 deep");
        }
        let mut deep_type = Type::Bool;
        let mut deep_value = Dynamic::Bool(true);
        for _ in 0..600 {
            deep_type = Type::List(Box::new(deep_type));
            deep_value = Dynamic::List(vec![deep_value]);
        }
        assert_eq!(encode(&deep_value, &deep_type).unwrap_err().message(), "the value nests over 512 deep");
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn announced_lengths_reserve_nothing() {
    for hex in ["dd ffffffff", "df ffffffff", "db ffffffff", "c6 ffffffff", "c9 ffffffff 0c"] {
        for json in
            [r#""string""#, r#"["list","bool"]"#, r#"["map","bool"]"#, r#"["set","bool"]"#, r#""dynamic""#]
        {
            assert!(decode(&bytes(hex), &ty(json)).is_err(), "{hex} as {json}");
        }
    }
}
