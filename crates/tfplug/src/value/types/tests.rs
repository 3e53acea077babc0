use super::Type;
use crate::value::{Dynamic, Refinements};

fn ty(json: &str) -> Type {
    Type::from_json(json.as_bytes()).unwrap()
}

#[test]
fn json_form_goes_both_ways() {
    for (json, shown) in [
        (r#""bool""#, "bool"),
        (r#""number""#, "number"),
        (r#""string""#, "string"),
        (r#""dynamic""#, "any"),
        (r#"["list","string"]"#, "list(string)"),
        (r#"["set",["map","number"]]"#, "set(map(number))"),
        (r#"["object",{}]"#, "object({})"),
        (r#"["object",{"a":"bool","b":["list","dynamic"]}]"#, "object({a = bool, b = list(any)})"),
        (r#"["tuple",["string",["tuple",[]]]]"#, "tuple([string, tuple([])])"),
    ] {
        assert_eq!(String::from_utf8(ty(json).to_json()).unwrap(), json);
        assert_eq!(ty(json).to_string(), shown);
    }
    assert_eq!(ty(r#" ["object", {"a":"bool"}, ["a"]] "#), ty(r#"["object",{"a":"bool"}]"#));
}

#[test]
fn what_is_no_type_is_refused() {
    for json in [
        "",
        "string",
        r#""text""#,
        "null",
        "[]",
        r#"["list"]"#,
        r#"["list","string","string"]"#,
        r#"["tuple",{}]"#,
        r#"["object",[]]"#,
        r#"["object",{"a":1}]"#,
        r#"["string","string"]"#,
        r#""string" x"#,
    ] {
        assert!(Type::from_json(json.as_bytes()).is_err(), "{json}");
    }
    let deep = format!("{}\"string\"{}", "[\"list\",".repeat(10_000), "]".repeat(10_000));
    assert!(Type::from_json(deep.as_bytes()).is_err());
}

#[test]
fn sets_are_sorted_and_unique_at_every_level() {
    let list = |items: &[&str]| Dynamic::List(items.iter().map(|&item| item.into()).collect());
    let sets = ty(r#"["set",["set","string"]]"#);
    let given = Dynamic::List(vec![list(&["b", "a", "b"]), list(&["a"]), list(&["a", "b"])]);
    let normal = Dynamic::List(vec![list(&["a"]), list(&["a", "b"])]);
    assert_eq!(sets.normalize(given.clone()), normal);
    assert_eq!(ty(r#"["list",["list","string"]]"#).normalize(given.clone()), given, "lists stay as they are");

    let typed = |value| Dynamic::Typed(Box::new(ty(r#"["set",["set","string"]]"#)), Box::new(value));
    assert_eq!(Type::Dynamic.normalize(typed(given)), typed(normal));

    let unknown =
        Dynamic::List(vec![Dynamic::unknown(), "a".into(), Dynamic::Unknown(Refinements::default())]);
    assert_eq!(
        ty(r#"["set","string"]"#).normalize(unknown),
        Dynamic::List(vec![Dynamic::unknown(), Dynamic::unknown(), "a".into()]),
        "two unknown elements may turn out to differ"
    );
}

#[test]
fn a_value_closes_open_types() {
    let open = ty(r#"["list",["object",{"name":"string","value":"dynamic"}]]"#);
    let object = |value: Dynamic| {
        Dynamic::Map([("name".to_owned(), Dynamic::Null), ("value".to_owned(), value)].into())
    };
    let typed = Dynamic::Typed(Box::new(Type::Bool), Box::new(true.into()));
    let value = Dynamic::List(vec![object(typed), object(Dynamic::unknown())]);
    let closed = ty(
        r#"["tuple",[["object",{"name":"string","value":"bool"}],["object",{"name":"string","value":"dynamic"}]]]"#,
    );
    assert_eq!(open.resolve(&value), closed);
    assert_eq!(Type::Dynamic.resolve(&Dynamic::List(vec![1.into()])), ty(r#"["tuple",["number"]]"#));
    assert_eq!(ty(r#"["list","string"]"#).resolve(&Dynamic::List(Vec::new())), ty(r#"["list","string"]"#));
}
