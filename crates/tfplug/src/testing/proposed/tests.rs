use crate::schema::{Attribute, Kind, Mode, Nesting, object_type};
use crate::testing::schema;
use crate::value::{Dynamic, Type};

fn proposed_new_state(attributes: &[Attribute], prior: &Dynamic, config: &Dynamic) -> Dynamic {
    super::proposed_new_state(&schema::told(attributes), prior, config)
}

fn text(name: &str, mode: Mode) -> Attribute {
    Attribute::new(name, Kind::Value(Type::String), mode)
}

/// What nested objects have: an argument, a computed attribute, and one that is both.
fn inner() -> Vec<Attribute> {
    vec![text("a", Mode::Optional), text("c", Mode::Computed), text("o", Mode::OptionalComputed)]
}

fn nested(nesting: Nesting, mode: Mode) -> Attribute {
    Attribute::new("n", Kind::Nested(nesting, inner()), mode)
}

fn block(nesting: Nesting) -> Attribute {
    Attribute::new(
        "n",
        Kind::Block { nesting, min_items: 0, max_items: 0, attributes: inner() },
        Mode::Optional,
    )
}

/// `a`, `c` and `o` of a nested object; `?` is unknown, `-` null.
fn object(parts: &str) -> Dynamic {
    let entries = ["a", "c", "o"].into_iter().zip(parts.chars());
    Dynamic::Map(entries.map(|(name, part)| (name.to_owned(), leaf(part))).collect())
}

fn leaf(part: char) -> Dynamic {
    match part {
        '?' => Dynamic::unknown(),
        '-' => Dynamic::Null,
        other => Dynamic::String(other.to_string()),
    }
}

fn list(objects: &[&str]) -> Dynamic {
    Dynamic::List(objects.iter().map(|parts| object(parts)).collect())
}

fn map(objects: &[(&str, &str)]) -> Dynamic {
    Dynamic::Map(objects.iter().map(|(key, parts)| ((*key).to_owned(), object(parts))).collect())
}

/// Proposes for one attribute `n`.
#[track_caller]
fn proposes(attribute: Attribute, prior: Dynamic, config: Dynamic, expected: Dynamic) {
    let with = |value| Dynamic::Map([("n".to_owned(), value)].into());
    let attributes = [attribute];
    let proposed = proposed_new_state(&attributes, &with(prior), &with(config));
    assert_eq!(proposed, object_type(&attributes).normalize(with(expected)), "got {proposed}");
}

#[test]
fn nothing_is_proposed_for_a_delete() {
    let prior = Dynamic::Map([("n".to_owned(), "x".into())].into());
    assert_eq!(proposed_new_state(&[text("n", Mode::Computed)], &prior, &Dynamic::Null), Dynamic::Null);
}

#[test]
fn computed_values_stay_where_the_configuration_is_silent() {
    for (mode, prior, config, proposed) in [
        (Mode::Required, 'x', 'y', 'y'),
        (Mode::Optional, 'x', '-', '-'),
        (Mode::Optional, 'x', '?', '?'),
        (Mode::Computed, 'x', '-', 'x'),
        (Mode::Computed, '-', '-', '-'),
        (Mode::OptionalComputed, 'x', '-', 'x'),
        (Mode::OptionalComputed, 'x', 'y', 'y'),
        (Mode::OptionalComputed, 'x', '?', '?'),
    ] {
        proposes(text("n", mode), leaf(prior), leaf(config), leaf(proposed));
    }
    let write_only = Attribute { write_only: true, ..text("n", Mode::Optional) };
    proposes(write_only, Dynamic::Null, "secret".into(), "secret".into());
}

#[test]
fn for_a_create_the_configuration_is_proposed() {
    let attributes = [text("x", Mode::Computed), Attribute { name: "b".into(), ..block(Nesting::List) }];
    let config = Dynamic::Map([("x".to_owned(), Dynamic::Null), ("b".to_owned(), list(&["p--"]))].into());
    assert_eq!(proposed_new_state(&attributes, &Dynamic::Null, &config), config);
}

#[test]
fn single_objects_are_merged() {
    for attribute in [nested(Nesting::Single, Mode::Optional), block(Nesting::Single)] {
        proposes(attribute.clone(), object("pcd"), object("q--"), object("qcd"));
        proposes(attribute.clone(), Dynamic::Null, object("q--"), object("q--"));
        proposes(attribute.clone(), object("pcd"), Dynamic::Null, Dynamic::Null);
        proposes(attribute, object("pcd"), Dynamic::unknown(), Dynamic::unknown());
    }
}

#[test]
fn lists_are_paired_by_position() {
    for attribute in [nested(Nesting::List, Mode::Optional), block(Nesting::List)] {
        proposes(
            attribute.clone(),
            list(&["p12", "q34"]),
            list(&["q--", "p-x", "r--"]),
            list(&["q12", "p3x", "r--"]),
        );
        proposes(attribute.clone(), list(&["p12", "q34"]), list(&["q--"]), list(&["q12"]));
        proposes(attribute.clone(), list(&["p12"]), list(&[]), list(&[]));
        proposes(attribute, list(&["p12"]), Dynamic::unknown(), Dynamic::unknown());
    }
    proposes(nested(Nesting::List, Mode::Optional), list(&["p12"]), Dynamic::Null, Dynamic::Null);
}

#[test]
fn maps_are_paired_by_key() {
    for attribute in [nested(Nesting::Map, Mode::Optional), block(Nesting::Map)] {
        let (prior, config) = (map(&[("k", "p12"), ("l", "q34")]), map(&[("l", "p--"), ("m", "r--")]));
        proposes(attribute.clone(), prior.clone(), config, map(&[("l", "p34"), ("m", "r--")]));
        proposes(attribute, prior, map(&[]), map(&[]));
    }
}

#[test]
fn sets_are_paired_with_what_may_have_been_configured_so() {
    for attribute in [nested(Nesting::Set, Mode::Optional), block(Nesting::Set)] {
        // The argument is the same: the computed values stay. A new one has none.
        proposes(attribute.clone(), list(&["p12", "q34"]), list(&["q--", "r--"]), list(&["q34", "r--"]));
        // Given where it was computed before, it must be the same to pair.
        proposes(attribute.clone(), list(&["p12"]), list(&["p-2"]), list(&["p12"]));
        proposes(attribute.clone(), list(&["p12"]), list(&["p-x"]), list(&["p-x"]));
        // Each prior element is used once.
        proposes(attribute.clone(), list(&["p12"]), list(&["p--", "p-2"]), list(&["p12", "p-2"]));
        proposes(attribute.clone(), list(&["p12"]), list(&["?--"]), list(&["?--"]));
        proposes(attribute, list(&["p12"]), Dynamic::unknown(), Dynamic::unknown());
    }
}

#[test]
fn sets_inside_of_set_elements_must_be_equal_to_pair() {
    let tags = Attribute::new("tags", Kind::Value(Type::Set(Box::new(Type::String))), Mode::OptionalComputed);
    let attribute = Attribute::new(
        "n",
        Kind::Nested(Nesting::Set, vec![text("id", Mode::Computed), tags]),
        Mode::Optional,
    );
    let element = |id: char, tags: Dynamic| {
        Dynamic::List(vec![Dynamic::Map([("id".to_owned(), leaf(id)), ("tags".to_owned(), tags)].into())])
    };
    let tags = Dynamic::List(vec!["x".into()]);
    proposes(
        attribute.clone(),
        element('1', tags.clone()),
        element('-', tags.clone()),
        element('1', tags.clone()),
    );
    proposes(attribute, element('1', tags), element('-', Dynamic::Null), element('-', Dynamic::Null));
}

#[test]
fn deeper_objects_of_set_elements_are_looked_into() {
    let deep = |nesting| Attribute { name: "deep".into(), ..nested(nesting, Mode::Optional) };
    let element = |value: Dynamic| Dynamic::List(vec![Dynamic::Map([("deep".to_owned(), value)].into())]);
    for (nesting, prior, config, merged) in [
        (Nesting::Single, object("p12"), object("p--"), object("p12")),
        (Nesting::Single, object("p12"), object("q--"), object("q--")),
        (Nesting::List, list(&["p12"]), list(&["p--"]), list(&["p12"])),
        (Nesting::List, list(&["p12", "q34"]), list(&["p--"]), list(&["p--"])),
        (Nesting::Map, map(&[("k", "p12")]), map(&[("k", "p--")]), map(&[("k", "p12")])),
        (Nesting::Map, map(&[("k", "p12")]), map(&[("l", "p--")]), map(&[("l", "p--")])),
    ] {
        let attribute = Attribute::new("n", Kind::Nested(Nesting::Set, vec![deep(nesting)]), Mode::Optional);
        proposes(attribute, element(prior), element(config), element(merged));
    }
}

#[test]
fn objects_that_were_configured_are_gone_when_they_no_longer_are() {
    for (nesting, filled, configured) in [
        (Nesting::Single, object("-12"), object("p12")),
        (Nesting::List, list(&["-12"]), list(&["-12", "p34"])),
        (Nesting::Map, map(&[("k", "-12")]), map(&[("k", "p12")])),
        (Nesting::Set, list(&["-12"]), list(&["p12"])),
    ] {
        let attribute = nested(nesting, Mode::OptionalComputed);
        proposes(attribute.clone(), filled.clone(), Dynamic::Null, filled.clone());
        proposes(attribute, configured.clone(), Dynamic::Null, Dynamic::Null);
        proposes(nested(nesting, Mode::Computed), configured.clone(), Dynamic::Null, configured);
    }
}

#[test]
fn objects_of_open_type_are_merged_and_typed_anew() {
    let inner = vec![
        Attribute::new("a", Kind::Value(Type::Dynamic), Mode::Optional),
        Attribute::new("c", Kind::Value(Type::Dynamic), Mode::Computed),
    ];
    let attribute = Attribute::new("n", Kind::Nested(Nesting::List, inner), Mode::Optional);
    assert_eq!(attribute.ty(), Type::Dynamic);
    let element = |a: Type, c: Type| {
        let open = |ty: Type, value: Dynamic| match ty {
            Type::Dynamic => Dynamic::Null,
            ty => Dynamic::Typed(Box::new(ty), Box::new(value)),
        };
        let object_type = Type::Object([("a".to_owned(), a.clone()), ("c".to_owned(), c.clone())].into());
        let object = [("a".to_owned(), open(a, "x".into())), ("c".to_owned(), open(c, true.into()))];
        let list = Dynamic::List(vec![Dynamic::Map(object.into())]);
        Dynamic::Typed(Box::new(Type::Tuple(vec![object_type])), Box::new(list))
    };
    let (prior, config) = (element(Type::String, Type::Bool), element(Type::String, Type::Dynamic));
    proposes(attribute, prior.clone(), config, prior);
}
