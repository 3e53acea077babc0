use super::{decode, decode_state, encode};
use crate::value::{Dynamic, Number, Type};

fn ty(json: &str) -> Type {
    Type::from_json(json.as_bytes()).unwrap()
}

fn read(json_type: &str, json: &str) -> String {
    match decode(json.as_bytes(), &ty(json_type)) {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

fn read_state(json_type: &str, json: &str) -> String {
    match decode_state(json.as_bytes(), &ty(json_type)) {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn each_type_is_read_from_its_form() {
    for (json_type, json, value) in [
        (r#""bool""#, " true ", "true"),
        (r#""number""#, "-1.50e1", "-15"),
        (r#""number""#, "12345678901234567890123.4", "12345678901234567890123.4"),
        (r#""string""#, r#""a\u00e9\n\ud83d\ude00""#, r#""aé\n😀""#),
        (r#""string""#, "null", "null"),
        (r#"["list","number"]"#, "[2, 1, null, 2]", "[2, 1, null, 2]"),
        (r#"["set","number"]"#, "[2, 1, 2.0]", "[1, 2]"),
        (r#"["tuple",["bool","string"]]"#, r#"[true,"x"]"#, r#"[true, "x"]"#),
        (r#"["map","bool"]"#, r#"{"b":true,"a\"":false}"#, r#"{ "a\"" = false, "b" = true }"#),
        (r#"["object",{"a":"bool","b":"bool"}]"#, r#"{"b":null,"a":true}"#, r#"{ "a" = true, "b" = null }"#),
        (r#""dynamic""#, r#"{"value":[1,"x"],"type":["tuple",["number","string"]]}"#, r#"[1, "x"]"#),
        (r#""dynamic""#, r#"{"type":"string","value":null}"#, "null"),
        (r#""dynamic""#, "null", "null"),
    ] {
        assert_eq!(read(json_type, json), value, "{json}");
    }
}

#[test]
fn errors_say_where_and_what_was_expected() {
    let users = r#"["map",["object",{"age":"number","tags":["set",["list","bool"]]}]]"#;
    for (json_type, json, error) in [
        (users, r#"{"ada":{"age":true,"tags":[]}}"#, r#"["ada"].age: expected number, got a bool"#),
        (users, r#"{"ada":{"age":1,"tags":[[1]]}}"#, r#"["ada"].tags: expected bool, got a number"#),
        (users, r#"{"ada":{"age":1}}"#, r#"["ada"]: the attribute "tags" is missing"#),
        (users, r#"{"ada":{"x":1}}"#, r#"["ada"]: the object has no attribute "x""#),
        (r#"["list","bool"]"#, "{}", "expected list(bool), got an object"),
        (r#"["tuple",["bool"]]"#, "[]", "expected 1 elements, got 0"),
        (r#""string""#, "1", "expected string, got a number"),
        (
            r#""number""#,
            "1e999999999",
            "the number 1e999999999 has over 2000 digits on one side of the decimal point",
        ),
    ] {
        assert_eq!(read(json_type, json), format!("error: {error}"), "{json}");
    }
    for json in ["", "tru", "[1,]", r#""\ud800""#, "1 2", "01", r#"{"a":1"#, r#"{"value":1}"#] {
        for json_type in [r#""string""#, r#""number""#, r#"["list","number"]"#, r#""dynamic""#] {
            assert!(read(json_type, json).starts_with("error: "), "{json} as {json_type}");
        }
    }
    assert!(decode(b"\"\xff\"", &Type::String).unwrap_err().message().starts_with("expected UTF-8"));
}

#[test]
fn older_states_are_read_leniently() {
    let user = r#"["list",["object",{"age":"number","name":"string","on":"bool"}]]"#;
    assert_eq!(
        read_state(user, r#"[{"name":1.50,"age":"1e2","gone":{"x":[]}}]"#),
        r#"[{ "age" = 100, "name" = "1.5", "on" = null }]"#
    );
    assert_eq!(
        read_state(user, r#"[{"name":true,"on":"false"}]"#),
        r#"[{ "age" = null, "name" = "true", "on" = false }]"#
    );
    assert_eq!(read_state(user, r#"[{"age":"x"}]"#), r#"error: [0].age: expected a number, got "x""#);
    // A part of a secret is masked by nobody.
    let long = format!(r#"[{{"age":"{}"}}]"#, "token-of-many-letters".repeat(4));
    assert_eq!(read_state(user, &long), "error: [0].age: expected a number, got a long string");
    assert_eq!(read_state(user, r#"[{"on":"yes"}]"#), "error: [0].on: expected bool, got a string");
    assert_eq!(read_state(user, r#"[{"age":true}]"#), "error: [0].age: expected number, got a bool");
    assert_eq!(read_state(user, r#"[{"name":[]}]"#), "error: [0].name: expected string, got an array");
}

#[test]
fn values_are_written_in_one_form() {
    let number = |text: &str| Dynamic::Number(Number::parse(text).unwrap());
    let typed =
        Dynamic::Typed(Box::new(ty(r#"["list","number"]"#)), Box::new(Dynamic::List(vec![number("1e20")])));
    let entries = [("b".to_owned(), typed), ("a\"".to_owned(), Dynamic::Null)];
    let map = Dynamic::Map(entries.into());
    let json = br#"{"a\"":null,"b":{"value":[100000000000000000000],"type":["list","number"]}}"#;
    assert_eq!(encode(&map, &ty(r#"["map","dynamic"]"#)).unwrap(), json);

    let unknown = Dynamic::List(vec![true.into(), Dynamic::unknown()]);
    let error = encode(&unknown, &ty(r#"["list","bool"]"#)).unwrap_err();
    assert_eq!(error.to_string(), "[1]: the value is not known, which JSON can't express");
    let error = encode(&Dynamic::Map([].into()), &ty(r#"["object",{"a":"bool"}]"#)).unwrap_err();
    assert_eq!(error.to_string(), r#"the attribute "a" is missing"#);
}

#[test]
fn nesting_is_limited_before_the_stack_is() {
    let run = || {
        let open = r#"{"type":"dynamic","value":"#.repeat(20_000) + "null" + &"}".repeat(20_000);
        assert_eq!(read(r#""dynamic""#, &open), "error: the value nests over 128 deep");
        let lists = "[".repeat(20_000) + &"]".repeat(20_000);
        assert!(read(r#"["list","bool"]"#, &lists).starts_with("error: [0]: expected bool"));
        let mut deep = Dynamic::Null;
        for _ in 0..200 {
            deep = Dynamic::Typed(Box::new(ty(r#"["list","dynamic"]"#)), Box::new(Dynamic::List(vec![deep])));
        }
        assert_eq!(encode(&deep, &Type::Dynamic).unwrap_err().message(), "the value nests over 128 deep");
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}
