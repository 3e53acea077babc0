use serde_json::{Value as Json, json};

use super::result::CANDIDATES;
use super::{applied, planned, replace_paths, stored};
use crate::schema::{Attribute, Kind, Mode, Nesting, absent_object, object_type};
use crate::value::{Dynamic, Number, Path, Refinements, Step, Type};

fn text(name: &str, mode: Mode) -> Attribute {
    Attribute::new(name, Kind::Value(Type::String), mode)
}

fn nested(name: &str, nesting: Nesting) -> Attribute {
    let inner = vec![text("name", Mode::Optional), text("id", Mode::Computed)];
    Attribute::new(name, Kind::Nested(nesting, inner), Mode::Optional)
}

fn block(name: &str, nesting: Nesting) -> Attribute {
    let attributes = vec![text("name", Mode::Optional), text("id", Mode::Computed)];
    Attribute::new(name, Kind::Block { nesting, min_items: 0, max_items: 0, attributes }, Mode::Optional)
}

fn attributes() -> Vec<Attribute> {
    let secret = Attribute { sensitive: true, ..text("secret", Mode::Optional) };
    let token = Attribute { write_only: true, ..text("token", Mode::Optional) };
    let tags = Attribute::new("tags", Kind::Value(Type::Set(Box::new(Type::String))), Mode::Optional);
    let extra = Attribute::new("extra", Kind::Value(Type::Dynamic), Mode::Optional);
    let mut vault = nested("vault", Nesting::Single);
    if let Kind::Nested(_, inner) = &mut vault.kind {
        inner[0].sensitive = true;
    }
    vec![
        text("id", Mode::Computed),
        text("name", Mode::Required),
        text("note", Mode::Optional),
        text("slug", Mode::OptionalComputed),
        secret,
        token,
        tags,
        extra,
        vault,
        nested("owner", Nesting::Single),
        nested("rules", Nesting::List),
        nested("users", Nesting::Map),
        nested("members", Nesting::Set),
        block("limits", Nesting::Single),
        block("disk", Nesting::List),
        block("zone", Nesting::Map),
        block("port", Nesting::Set),
    ]
}

/// JSON with `"?"` for what is unknown.
fn value(json: &Json) -> Dynamic {
    match json {
        Json::Null => Dynamic::Null,
        Json::Bool(value) => Dynamic::Bool(*value),
        Json::Number(number) => Dynamic::Number(Number::parse(&number.to_string()).unwrap()),
        Json::String(text) if text == "?" => Dynamic::unknown(),
        Json::String(text) => Dynamic::String(text.clone()),
        Json::Array(items) => Dynamic::List(items.iter().map(value).collect()),
        Json::Object(entries) => {
            Dynamic::Map(entries.iter().map(|(key, json)| (key.clone(), value(json))).collect())
        }
    }
}

/// Objects nested in `value` get the attributes that are left out, as null.
fn complete(attributes: &[Attribute], value: Dynamic) -> Dynamic {
    let Dynamic::Map(given) = value else { return value };
    let Dynamic::Map(mut entries) = absent_object(attributes) else { panic!("an object") };
    for (name, value) in given {
        let attribute =
            attributes.iter().find(|attribute| attribute.name == name).expect("a known attribute");
        let value = match (attribute.nested(), value) {
            (Some((Nesting::Single, inner)), value) => complete(inner, value),
            (Some((Nesting::Map, inner)), Dynamic::Map(items)) => {
                Dynamic::Map(items.into_iter().map(|(key, item)| (key, complete(inner, item))).collect())
            }
            (Some((_, inner)), Dynamic::List(items)) => {
                Dynamic::List(items.into_iter().map(|item| complete(inner, item)).collect())
            }
            (_, value) => value,
        };
        entries.insert(name, value);
    }
    Dynamic::Map(entries)
}

fn object(json: &Json) -> Dynamic {
    let attributes = attributes();
    object_type(&attributes).normalize(complete(&attributes, value(json)))
}

fn lines(breaches: Vec<super::Breach>) -> Vec<String> {
    breaches.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn plan(prior: Json, config: Json, plan: Json, expected: &[&str]) {
    let breaches = planned(&attributes(), &object(&prior), &object(&config), &object(&plan));
    assert_eq!(lines(breaches), expected, "{prior} {config} {plan}");
}

#[track_caller]
fn apply(plan: Json, result: Json, expected: &[&str]) {
    let breaches = applied(&attributes(), &object(&plan), &object(&result));
    assert_eq!(lines(breaches), expected, "{plan} {result}");
}

#[test]
fn a_plan_is_for_an_object_exactly_if_one_is_configured() {
    plan(json!({}), Json::Null, Json::Null, &[]);
    plan(Json::Null, json!({}), Json::Null, &["what is configured may not be planned as absent"]);
    plan(json!({}), Json::Null, json!({}), &["what is not configured may not be planned"]);
}

#[test]
fn a_configured_value_is_planned_as_configured_or_left() {
    let rule = "a configured value has to be planned as configured or left as it was";
    for name in ["name", "note", "slug", "extra"] {
        plan(json!({}), json!({ name: "a" }), json!({ name: "a" }), &[]);
        plan(json!({ name: "A" }), json!({ name: "a" }), json!({ name: "A" }), &[]);
        plan(json!({}), json!({ name: "?" }), json!({ name: "?" }), &[]);
        let line = format!(r#"{name}: {rule} (configured: "a", planned: "b")"#);
        plan(json!({}), json!({ name: "a" }), json!({ name: "b" }), &[&line]);
        let line = format!(r#"{name}: {rule} (configured: "a", planned: "b", before: "A")"#);
        plan(json!({ name: "A" }), json!({ name: "a" }), json!({ name: "b" }), &[&line]);
        let line = format!(r#"{name}: {rule} (configured: "a", planned: null)"#);
        plan(json!({}), json!({ name: "a" }), json!({ name: null }), &[&line]);
        let line = format!(r#"{name}: {rule} (configured: "a", planned: (unknown))"#);
        plan(json!({}), json!({ name: "a" }), json!({ name: "?" }), &[&line]);
        let line = format!(r#"{name}: {rule} (configured: (unknown), planned: "a")"#);
        plan(json!({}), json!({ name: "?" }), json!({ name: "a" }), &[&line]);
    }
    plan(json!({ "tags": ["x"] }), json!({ "tags": ["b", "a"] }), json!({ "tags": ["a", "b"] }), &[]);
}

#[test]
fn only_computed_values_may_be_planned_without_configuration() {
    for any in [json!("x"), json!("?"), Json::Null] {
        plan(json!({ "id": "1" }), json!({}), json!({ "id": any }), &[]);
        plan(json!({ "slug": "1" }), json!({}), json!({ "slug": any }), &[]);
    }
    plan(json!({}), json!({ "id": "from ignore_changes" }), json!({ "id": "x" }), &[]);
    let rule =
        "an attribute that is not computed has to be planned as null where the configuration is silent";
    let line = format!(r#"note: {rule} (configured: null, planned: "old", before: "old")"#);
    plan(json!({ "note": "old" }), json!({}), json!({ "note": "old" }), &[&line]);
    plan(json!({ "note": "old" }), json!({}), json!({}), &[]);
    let line = format!("note: {rule} (configured: null, planned: (unknown))");
    plan(json!({}), json!({}), json!({ "note": "?" }), &[&line]);
    let line = format!("rules: {rule} (configured: null, planned: [])");
    plan(json!({}), json!({}), json!({ "rules": [] }), &[&line]);
}

#[test]
fn sensitive_values_are_masked() {
    let rule = "a configured value has to be planned as configured or left as it was";
    let line = format!("secret: {rule} (configured: (sensitive), planned: (sensitive))");
    plan(json!({}), json!({ "secret": "hush" }), json!({ "secret": "other" }), &[&line]);
    let line = format!("vault.name: {rule} (configured: (sensitive), planned: null)");
    plan(json!({}), json!({ "vault": { "name": "hush" } }), json!({ "vault": {} }), &[&line]);
    let line =
        "vault: what is configured may not be planned as absent (configured: (sensitive), planned: null)";
    plan(json!({}), json!({ "vault": { "name": "hush" } }), json!({}), &[line]);

    let inner = vec![text("name", Mode::Optional)];
    let vault = Attribute {
        sensitive: true,
        ..Attribute::new("n", Kind::Nested(Nesting::Single, inner), Mode::Optional)
    };
    let hidden = |name: &str| value(&json!({ "n": { "name": name } }));
    let breaches = planned(&[vault], &Dynamic::Null, &hidden("hush"), &hidden("other"));
    assert_eq!(lines(breaches), [format!("n.name: {rule} (configured: (sensitive), planned: (sensitive))")]);

    apply(
        json!({ "secret": "hush" }),
        json!({ "secret": "other" }),
        &["secret: a known value has to come out as planned (planned: (sensitive), result: (sensitive))"],
    );
}

#[test]
fn write_only_values_are_never_planned_nor_stored() {
    plan(json!({}), json!({ "token": "t" }), json!({}), &[]);
    for config in [json!({}), json!({ "token": "t" })] {
        let line = "token: a write-only value is never planned (planned: (sensitive))";
        plan(json!({}), config, json!({ "token": "t" }), &[line]);
    }
    apply(
        json!({}),
        json!({ "token": "t" }),
        &["token: a write-only value is never stored (result: (sensitive))"],
    );

    let token = Attribute { write_only: true, sensitive: true, ..text("token", Mode::Optional) };
    for (nesting, place, json) in [
        (Nesting::Single, "n.token", json!({ "token": "t" })),
        (Nesting::List, "n[0].token", json!([{ "token": "t" }])),
        (Nesting::Map, r#"n["k"].token"#, json!({ "k": { "token": "t" } })),
    ] {
        let attributes = [Attribute::new("n", Kind::Nested(nesting, vec![token.clone()]), Mode::Optional)];
        let object = value(&json!({ "n": json }));
        let line = format!("{place}: a write-only value is never planned (planned: (sensitive))");
        assert_eq!(lines(planned(&attributes, &Dynamic::Null, &object, &object)), [line]);
        let line = format!("{place}: a write-only value is never stored (result: (sensitive))");
        assert_eq!(lines(stored(&attributes, &object)), [line]);
    }
}

#[test]
fn nested_objects_are_planned_where_they_are_configured() {
    let absent = |name: &str, config: &str| {
        format!(
            "{name}: what is configured may not be planned as absent (configured: {config}, planned: null)"
        )
    };
    let unknown = |name: &str, config: &str| {
        format!(
            "{name}: what is configured may not be planned as unknown (configured: {config}, planned: (unknown))"
        )
    };
    for (name, config, shown) in [
        ("owner", json!({}), r#"{ "id" = null, "name" = null }"#),
        ("rules", json!([]), "[]"),
        ("users", json!({}), "{}"),
        ("members", json!([]), "[]"),
    ] {
        plan(json!({}), json!({ name: config }), json!({ name: config }), &[]);
        plan(json!({}), json!({ name: "?" }), json!({ name: "?" }), &[]);
        plan(json!({}), json!({ name: config }), json!({}), &[&absent(name, shown)]);
        plan(json!({}), json!({ name: config }), json!({ name: "?" }), &[&unknown(name, shown)]);
    }
    let rule = "a configured value that is unknown has to be planned as unknown";
    let line = format!("rules: {rule} (configured: (unknown), planned: [])");
    plan(json!({}), json!({ "rules": "?" }), json!({ "rules": [] }), &[&line]);
    let line = format!("users: {rule} (configured: (unknown), planned: {{}})");
    plan(json!({}), json!({ "users": "?" }), json!({ "users": {} }), &[&line]);
}

#[test]
fn leaves_of_nested_objects_keep_to_the_rules() {
    let rule = "a configured value has to be planned as configured or left as it was";
    for (name, place, wrap) in [
        ("owner", "owner", (|object| object) as fn(Json) -> Json),
        ("rules", "rules[1]", |object| json!([{ "name": "first" }, object])),
        ("users", r#"users["ada"]"#, |object| json!({ "ada": object, "bob": {} })),
        ("limits", "limits", |object| object),
        ("disk", "disk[1]", |object| json!([{ "name": "first" }, object])),
        ("zone", r#"zone["ada"]"#, |object| json!({ "ada": object, "bob": {} })),
    ] {
        let with = |object: Json| json!({ name: wrap(object) });
        plan(json!({}), with(json!({ "name": "a" })), with(json!({ "name": "a", "id": "?" })), &[]);
        plan(json!({}), with(json!({ "name": "?" })), with(json!({ "name": "?", "id": "1" })), &[]);
        plan(with(json!({ "name": "A" })), with(json!({ "name": "a" })), with(json!({ "name": "A" })), &[]);
        let line = format!(r#"{place}.name: {rule} (configured: "a", planned: "b")"#);
        plan(json!({}), with(json!({ "name": "a" })), with(json!({ "name": "b" })), &[&line]);
    }
}

#[test]
fn as_many_elements_are_planned_as_are_configured() {
    let count = |name: &str, configured: usize, planned: usize| {
        let rule = "as many elements have to be planned as are configured";
        format!("{name}: {rule} (configured: {configured} elements, planned: {planned} elements)")
    };
    for name in ["rules", "disk", "members"] {
        let line = count(name, 1, 2);
        plan(json!({}), json!({ name: [{}] }), json!({ name: [{ "id": "1" }, { "id": "2" }] }), &[&line]);
        plan(json!({}), json!({ name: [{}] }), json!({ name: [{ "id": "?" }] }), &[]);
        plan(json!({}), json!({ name: [{}] }), json!({ name: [] }), &[&count(name, 1, 0)]);
    }
    for name in ["users", "zone"] {
        let rule = "the planned keys have to be those that are configured";
        let line = format!(r#"{name}: {rule} (configured: ["a", "b"], planned: ["b", "c"])"#);
        plan(
            json!({}),
            json!({ name: { "a": {}, "b": {} } }),
            json!({ name: { "b": {}, "c": {} } }),
            &[&line],
        );
    }
}

#[test]
fn of_sets_only_the_number_counts() {
    let names = |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>();
    plan(json!({}), json!({ "members": names(&["a"]) }), json!({ "members": names(&["b"]) }), &[]);
    plan(json!({}), json!({ "port": names(&["a"]) }), json!({ "port": names(&["b"]) }), &[]);
    // Unknown elements may turn out equal, on either side.
    plan(json!({}), json!({ "members": names(&["a"]) }), json!({ "members": names(&["?", "b"]) }), &[]);
    plan(json!({}), json!({ "members": names(&["?", "a"]) }), json!({ "members": names(&["b"]) }), &[]);
    let rule = "a block may not be planned as unknown; what it holds may";
    plan(json!({}), json!({ "port": [{}] }), json!({ "port": ["?"] }), &[&format!("port: {rule}")]);
}

#[test]
fn blocks_are_neither_null_nor_unknown() {
    for (name, none) in [("disk", json!([])), ("zone", json!({})), ("port", json!([]))] {
        plan(Json::Null, json!({}), json!({ name: none }), &[]);
        let rule = "repeated blocks are never null; none of them are planned as empty";
        let line = format!("{name}: {rule} (configured: {}, planned: null)", value(&none));
        plan(Json::Null, json!({}), json!({ name: null }), &[&line]);

        plan(Json::Null, json!({ name: "?" }), json!({ name: "?" }), &[]);
        let rule = "blocks that are configured as unknown have to be planned as unknown";
        let line = format!("{name}: {rule} (configured: (unknown), planned: {})", value(&none));
        plan(Json::Null, json!({ name: "?" }), json!({ name: none }), &[&line]);
        let rule = "blocks may not be planned as unknown; what they hold may";
        let line = format!("{name}: {rule} (configured: {}, planned: (unknown))", value(&none));
        plan(Json::Null, json!({}), json!({ name: "?" }), &[&line]);
    }
    plan(
        json!({}),
        json!({}),
        json!({ "limits": {} }),
        &["limits: what is not configured may not be planned"],
    );
    plan(
        json!({}),
        json!({ "limits": {} }),
        json!({}),
        &["limits: what is configured may not be planned as absent"],
    );
    let rule = "a block may not be planned as unknown; what it holds may";
    let line =
        format!(r#"disk[0]: {rule} (configured: {{ "id" = null, "name" = null }}, planned: (unknown))"#);
    plan(json!({}), json!({ "disk": [{}] }), json!({ "disk": ["?"] }), &[&line]);
}

#[test]
fn known_values_come_out_as_planned() {
    apply(Json::Null, Json::Null, &[]);
    let breaches = applied(&attributes(), &object(&json!({})), &Dynamic::Null);
    assert_eq!(breaches[0].rule, "what was planned may not come out as null");
    assert_eq!(breaches[0].path, Path::root());
    apply(json!({ "name": "a", "tags": ["x"] }), json!({ "name": "a", "tags": ["x"] }), &[]);
    let line = r#"name: a known value has to come out as planned (planned: "a", result: "b")"#;
    apply(json!({ "name": "a" }), json!({ "name": "b" }), &[line]);
    let line = r#"note: what was planned as null has to come out as null (planned: null, result: "x")"#;
    apply(json!({}), json!({ "note": "x" }), &[line]);
    let line = r#"note: what was planned may not come out as null (planned: "x", result: null)"#;
    apply(json!({ "note": "x" }), json!({}), &[line]);
    let line = "id: everything has to be known in what is stored (result: (unknown))";
    apply(json!({ "id": "?" }), json!({ "id": "?" }), &[line]);
    apply(json!({ "id": "1" }), json!({ "id": "?" }), &[line]);
}

#[test]
fn unknown_values_come_out_as_anything() {
    for any in [json!("x"), Json::Null] {
        apply(json!({ "id": "?" }), json!({ "id": any }), &[]);
    }
    for (name, any) in [
        ("owner", json!({ "name": "x" })),
        ("rules", json!([{}, {}])),
        ("users", json!({ "a": {} })),
        ("members", json!([{}])),
        ("limits", json!({})),
        ("disk", json!([{}])),
        ("zone", json!({ "a": {} })),
        ("port", json!([{}])),
    ] {
        apply(json!({ name: "?" }), json!({ name: any }), &[]);
    }
    apply(json!({ "limits": "?" }), json!({}), &[]);
}

#[test]
fn promises_about_unknown_values_are_kept() {
    let promised = |promise: Refinements, result: Dynamic| {
        let with = |value| Dynamic::Map([("id".to_owned(), value)].into());
        let attributes = [text("id", Mode::Computed)];
        lines(applied(&attributes, &with(Dynamic::Unknown(promise)), &with(result)))
    };
    assert!(promised(Refinements::default().with_prefix("a-"), "a-1".into()).is_empty());
    assert_eq!(
        promised(Refinements::default().with_prefix("a-"), "b".into()),
        [r#"id: the plan promised that the value would begin with "a-" (result: "b")"#]
    );
    assert_eq!(
        promised(Refinements::default().with_not_null(), Dynamic::Null),
        ["id: the plan promised that the value would be not null (result: null)"]
    );
}

#[test]
fn nested_objects_come_out_where_they_were_planned() {
    for (name, place, wrap) in [
        ("owner", "owner", (|object| object) as fn(Json) -> Json),
        ("rules", "rules[1]", |object| json!([{ "name": "first" }, object])),
        ("users", r#"users["ada"]"#, |object| json!({ "ada": object, "bob": {} })),
        ("limits", "limits", |object| object),
        ("disk", "disk[1]", |object| json!([{ "name": "first" }, object])),
        ("zone", r#"zone["ada"]"#, |object| json!({ "ada": object, "bob": {} })),
    ] {
        let with = |object: Json| json!({ name: wrap(object) });
        apply(with(json!({ "name": "a", "id": "?" })), with(json!({ "name": "a", "id": "1" })), &[]);
        let line =
            format!(r#"{place}.id: a known value has to come out as planned (planned: "1", result: "2")"#);
        apply(with(json!({ "id": "1" })), with(json!({ "id": "2" })), &[&line]);
    }
    for name in ["rules", "disk"] {
        let rule = "as many elements have to come out as were planned";
        let line = format!("{name}: {rule} (planned: 1 elements, result: 2 elements)");
        apply(json!({ name: [{}] }), json!({ name: [{}, {}] }), &[&line]);
    }
    for name in ["users", "zone"] {
        let object = r#"{ "id" = null, "name" = null }"#;
        let lost = format!(r#"{name}["a"]: a planned key has to come out (planned: {object})"#);
        let new = format!(r#"{name}["b"]: only planned keys may come out (result: {object})"#);
        apply(json!({ name: { "a": {} } }), json!({ name: { "b": {} } }), &[&lost, &new]);
    }
}

#[test]
fn sets_come_out_with_elements_that_fit() {
    for name in ["members", "port"] {
        let element = |name: &str, id: &str| json!({ "name": name, "id": id });
        let with = |elements: &[Json]| json!({ name: elements });
        apply(
            with(&[element("a", "?"), element("b", "?")]),
            with(&[element("b", "1"), element("a", "2")]),
            &[],
        );
        // Elements that turn out equal become one.
        apply(with(&[element("a", "?"), element("?", "1")]), with(&[element("a", "1")]), &[]);
        let lost = format!(
            r#"{name}: every planned element of a set has to come out (planned: {{ "id" = (unknown), "name" = "a" }})"#
        );
        apply(with(&[element("a", "?")]), with(&[element("b", "1")]), &[&lost]);
        let larger = format!(
            "{name}: a set may come out smaller than planned, but not larger (planned: 1 elements, result: 2 elements)"
        );
        apply(with(&[element("a", "?")]), with(&[element("a", "1"), element("a", "2")]), &[&larger]);
        let new = format!(
            r#"{name}: only planned elements of a set may come out (result: {{ "id" = "1", "name" = "b" }})"#
        );
        apply(
            with(&[element("a", "?"), element("a", "1")]),
            with(&[element("a", "1"), element("b", "1")]),
            &[&new],
        );
    }
    let lost = r#"tags: every planned element of a set has to come out (planned: "b")"#;
    apply(json!({ "tags": ["a", "b"] }), json!({ "tags": ["a"] }), &[lost]);
    apply(json!({ "tags": ["a", "?"] }), json!({ "tags": ["a", "b"] }), &[]);
    apply(json!({ "tags": ["a", "?"] }), json!({ "tags": ["a"] }), &[]);
}

#[test]
fn values_of_open_type_keep_their_type() {
    let extra = |value: Dynamic| Dynamic::Map([("extra".to_owned(), value)].into());
    let typed = |ty: Type, value: Dynamic| Dynamic::Typed(Box::new(ty), Box::new(value));
    let list = |ty: Type| Type::List(Box::new(ty));
    let attributes = [Attribute::new("extra", Kind::Value(Type::Dynamic), Mode::Computed)];
    let check =
        |planned: Dynamic, result: Dynamic| lines(applied(&attributes, &extra(planned), &extra(result)));

    assert!(check(Dynamic::unknown(), typed(Type::Bool, true.into())).is_empty());
    assert!(check(typed(Type::String, Dynamic::unknown()), typed(Type::String, "x".into())).is_empty());
    assert!(
        check(typed(list(Type::Dynamic), Dynamic::unknown()), typed(list(Type::Bool), Dynamic::List(vec![])))
            .is_empty()
    );
    assert_eq!(
        check(typed(Type::String, Dynamic::unknown()), typed(Type::Bool, true.into())),
        ["extra: a value has to come out of the planned type (planned: (unknown), result: true)"]
    );
    assert_eq!(
        check(
            typed(list(Type::Bool), Dynamic::List(vec![true.into()])),
            typed(list(Type::Bool), Dynamic::List(vec![false.into()]))
        ),
        ["extra[0]: a known value has to come out as planned (planned: true, result: false)"]
    );
}

#[test]
fn what_is_stored_is_wholly_known() {
    let check = |json: Json| lines(stored(&attributes(), &object(&json)));
    assert!(check(json!({ "members": [{ "id": "1" }], "zone": { "a": {} } })).is_empty());
    assert!(check(Json::Null).is_empty());
    assert_eq!(check(json!("?")), ["everything has to be known in what is stored"]);
    let unknown = "everything has to be known in what is stored";
    for (json, place, value) in [
        (json!({ "tags": ["?"] }), "tags", "[(unknown)]"),
        (json!({ "rules": [{}, { "id": "?" }] }), "rules[1].id", "(unknown)"),
        (json!({ "users": { "a": "?" } }), r#"users["a"]"#, "(unknown)"),
        (json!({ "members": [{ "id": "?" }] }), "members", "(unknown)"),
        (json!({ "limits": "?" }), "limits", "(unknown)"),
    ] {
        assert_eq!(check(json), [format!("{place}: {unknown} (result: {value})")]);
    }
    assert_eq!(
        check(json!({ "disk": null })),
        ["disk: repeated blocks are never null; none of them are stored as empty"]
    );
}

#[test]
fn paths_that_force_replacement_exist() {
    let prior = object(&json!({ "users": { "ada": {} }, "members": [{}], "rules": [{}] }));
    let next = object(&json!({ "users": { "bob": {} }, "rules": "?" }));
    let path = |steps: &[Step]| steps.iter().cloned().collect::<Path>();
    let (attribute, key) = (|name: &str| Step::Attribute(name.into()), |key: &str| Step::Key(key.into()));
    for (path, exists) in [
        (Path::root(), true),
        (Path::attribute("name"), true),
        (Path::attribute("members"), true),
        (path(&[attribute("users"), key("ada"), attribute("name")]), true),
        (path(&[attribute("users"), key("bob")]), true),
        (path(&[attribute("rules"), Step::Index(7), attribute("name")]), true),
        (path(&[attribute("users"), key("cy")]), false),
        (path(&[attribute("members"), Step::Index(0)]), false),
        (path(&[attribute("owner"), attribute("name")]), false),
        (path(&[attribute("name"), attribute("x")]), false),
        (Path::attribute("nothing"), false),
    ] {
        let breaches = replace_paths(&attributes(), &prior, &next, [&path]);
        assert_eq!(breaches.is_empty(), exists, "{path}");
        assert!(breaches.iter().all(|breach| breach.path == path));
    }
}

#[test]
fn breaches_are_few_and_short() {
    let rules = |name: &str| json!({ "rules": vec![json!({ "name": name.repeat(1000) }); 10_000] });
    let breaches = planned(&attributes(), &Dynamic::Null, &object(&rules("a")), &object(&rules("b")));
    assert_eq!(breaches.len(), super::MAX_BREACHES);
    assert!(breaches.iter().all(|breach| breach.to_string().len() < 700));
}

#[test]
fn large_sets_are_compared_in_good_time() {
    let members = |id: &dyn Fn(usize) -> Json| json!({ "members": (0..10_000).map(|index| json!({ "name": index.to_string(), "id": id(index) })).collect::<Vec<_>>() });
    apply(members(&|_| json!("?")), members(&|index| json!(format!("id {index}"))), &[]);
}

/// Half of the elements may become one thing and half another, and nothing else tells them apart: each half has to be
/// told without holding all of it against all of it.
#[test]
fn a_large_set_looks_at_each_candidate_a_few_times() {
    let kind = |index: usize| if index.is_multiple_of(2) { "even" } else { "odd" };
    let members = |count: usize, id: &dyn Fn(usize) -> Json| json!({ "members": (0..count).map(|index| json!({ "name": kind(index), "id": id(index) })).collect::<Vec<_>>() });
    let looks = |count: usize| {
        let before = CANDIDATES.get();
        apply(members(count, &|_| json!("?")), members(count, &|index| json!(index.to_string())), &[]);
        CANDIDATES.get() - before
    };
    for count in [500, 1000] {
        let looks = looks(count);
        assert!((count..=3 * count).contains(&looks), "{looks} looks at {count} candidates");
    }
}

/// It is in no state, and the masker knows neither a short one nor the beginning of one that was cut.
#[test]
fn a_write_only_value_is_shown_in_no_breach() {
    let token = Attribute { write_only: true, ..text("token", Mode::Optional) };
    let vault = Attribute::new("vault", Kind::Nested(Nesting::Single, vec![token]), Mode::Optional);
    let config = value(&json!({ "vault": { "token": "pin" } }));
    let breaches = planned(&[vault], &Dynamic::Null, &config, &value(&json!({ "vault": "?" })));
    let shown = breaches.iter().map(ToString::to_string).collect::<String>();
    assert!(shown.contains("(sensitive)") && !shown.contains("pin"), "{shown}");
}
