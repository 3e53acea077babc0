//! Each rule with what keeps it and what breaks it; and laws that hold the judge and the framework against each other.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Problem, compatible, planned, replaced_for, stored, write_only};
use crate::pipeline::promises;
use crate::schema::{Attribute, Kind, Mode, Nesting};
use crate::testing::proposed::properties::{all_unknown, any_object, attributes};
use crate::testing::proposed::proposed_new_state;
use crate::testing::schema::{Schema, told};
use crate::value::{Dynamic, Path, Refinements, Type};

fn text(name: &str, mode: Mode) -> Attribute {
    Attribute::new(name, Kind::Value(Type::String), mode)
}

/// What nested objects have: an argument, a computed attribute, and a write-only one outside sets.
fn inner(nesting: Nesting) -> Vec<Attribute> {
    let mut inner = vec![text("a", Mode::Optional), text("c", Mode::Computed)];
    if nesting != Nesting::Set {
        inner.push(Attribute { write_only: true, ..text("w", Mode::Optional) });
    }
    inner
}

fn nested(nesting: Nesting, mode: Mode) -> Attribute {
    Attribute::new("n", Kind::Nested(nesting, inner(nesting)), mode)
}

fn block(nesting: Nesting) -> Attribute {
    let kind = Kind::Block { nesting, min_items: 0, max_items: 0, attributes: inner(nesting) };
    Attribute::new("n", kind, Mode::Optional)
}

fn plain(ty: Type, mode: Mode) -> Attribute {
    Attribute::new("n", Kind::Value(ty), mode)
}

fn of(ty: fn(Box<Type>) -> Type) -> Type {
    ty(Box::new(Type::String))
}

/// A value out of JSON, in which `"?"` is unknown.
fn value(ty: &Type, json: &Json) -> Dynamic {
    let parsed = match (ty, json) {
        (_, Json::Null) => Dynamic::Null,
        (_, Json::String(text)) if text == "?" => Dynamic::unknown(),
        (Type::Dynamic, Json::Array(_)) => {
            let ty = Type::List(Box::new(Type::String));
            Dynamic::Typed(Box::new(ty.clone()), Box::new(value(&ty, json)))
        }
        (Type::Dynamic, json) => Dynamic::Typed(Box::new(Type::String), Box::new(value(&Type::String, json))),
        (Type::List(ty) | Type::Set(ty), Json::Array(items)) => {
            Dynamic::List(items.iter().map(|item| value(ty, item)).collect())
        }
        (Type::Map(ty), Json::Object(entries)) => {
            Dynamic::Map(entries.iter().map(|(key, item)| (key.clone(), value(ty, item))).collect())
        }
        (Type::Object(types), Json::Object(entries)) => Dynamic::Map(
            types
                .iter()
                .map(|(name, ty)| (name.clone(), value(ty, entries.get(name).unwrap_or(&Json::Null))))
                .collect(),
        ),
        (_, Json::String(text)) => Dynamic::String(text.clone()),
        (ty, json) => panic!("{json} is no {ty}"),
    };
    ty.normalize(parsed)
}

/// A schema of one attribute `n`, or of that of another name.
fn schema(attribute: Attribute) -> Schema {
    Schema::new("test", 0, told(&[attribute]))
}

/// The whole object of which the attribute is `json`.
fn object(schema: &Schema, json: &Json) -> Dynamic {
    if *json == json!("(none)") {
        return Dynamic::Null;
    }
    let name = schema.attributes[0].name.clone();
    value(&schema.ty, &Json::Object([(name, json.clone())].into_iter().collect()))
}

/// What is said about each case, for one snapshot. Every case has a neighbour on the other side of its rule.
#[derive(Default)]
struct Said(String);

impl Said {
    fn add(&mut self, case: &str, problems: &[Problem]) {
        let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let said = if texts.is_empty() { "well".to_owned() } else { texts.join("\n    ") };
        self.0 += &format!("{case}: {said}\n");
    }

    fn plan(&mut self, case: &str, attribute: Attribute, prior: Json, config: Json, plan: Json) {
        let schema = schema(attribute);
        let [prior, config, plan] = [prior, config, plan].map(|json| object(&schema, &json));
        self.add(case, &planned(&schema.attributes, &prior, &config, &plan));
    }

    fn result(&mut self, case: &str, attribute: Attribute, plan: Json, result: Json) {
        let schema = schema(attribute);
        let [plan, result] = [plan, result].map(|json| object(&schema, &json));
        self.add(case, &compatible(&schema.attributes, &plan, &result));
    }

    fn check(self, expect: Expect) {
        expect.assert_eq(&self.0);
    }
}

#[test]
fn rules_on_plans_of_values() {
    use Mode::{Computed, Optional, OptionalComputed, Required};
    let mut said = Said::default();
    let none = || json!("(none)");
    said.plan("as configured", text("n", Required), none(), json!("x"), json!("x"));
    said.plan("otherwise", text("n", Required), none(), json!("x"), json!("y"));
    said.plan("as before", text("n", Required), json!("y"), json!("x"), json!("y"));
    said.plan("neither nor", text("n", Required), json!("y"), json!("x"), json!("z"));
    said.plan("not as before: it was null", text("n", Optional), json!(null), json!("x"), json!(null));
    said.plan(
        "not as before: nothing is configured",
        text("n", Optional),
        json!("y"),
        json!(null),
        json!("y"),
    );
    said.plan("unknown though configured", text("n", OptionalComputed), none(), json!("x"), json!("?"));
    said.plan("known though unknown", text("n", Optional), none(), json!("?"), json!("x"));
    said.plan("computed", text("n", Computed), none(), json!(null), json!("x"));
    said.plan("computed, unknown", text("n", Computed), none(), json!(null), json!("?"));
    said.plan("computed where not configured", text("n", OptionalComputed), none(), json!(null), json!("x"));
    said.plan("not computed", text("n", Optional), none(), json!(null), json!("x"));
    said.plan("not computed, unknown", text("n", Optional), none(), json!(null), json!("?"));
    let secret = Attribute { sensitive: true, ..text("n", Required) };
    said.plan("sensitive", secret, json!("one"), json!("two"), json!("three"));
    said.plan("no object", text("n", Computed), none(), json!(null), none());
    said.plan("an object for none", text("n", Computed), json!("x"), none(), json!("x"));
    said.plan(
        "a set in another order",
        plain(of(Type::Set), Optional),
        none(),
        json!(["a", "b"]),
        json!(["b", "a"]),
    );
    said.plan(
        "a list in another order",
        plain(of(Type::List), Optional),
        none(),
        json!(["a", "b"]),
        json!(["b", "a"]),
    );
    said.check(expect![[r#"
        as configured: well
        otherwise: n: "y" is planned, but "x" configured
        as before: well
        neither nor: n: "z" is planned, but "x" configured, and "y" was there before
        not as before: it was null: n: null is planned, but "x" configured
        not as before: nothing is configured: n: "y" is planned for what is neither configured nor computed
        unknown though configured: n: (unknown) is planned, but "x" configured
        known though unknown: n: "x" is planned, but (unknown) configured
        computed: well
        computed, unknown: well
        computed where not configured: well
        not computed: n: "x" is planned for what is neither configured nor computed
        not computed, unknown: n: (unknown) is planned for what is neither configured nor computed
        sensitive: n: (sensitive) is planned, but (sensitive) configured, and (sensitive) was there before
        no object: configured, but planned as absent
        an object for none: planned, but not configured
        a set in another order: well
        a list in another order: n: ["b", "a"] is planned, but ["a", "b"] configured
    "#]]);
}

#[test]
fn rules_on_plans_of_nested_objects() {
    use Mode::{Optional, OptionalComputed};
    use Nesting::{List, Map, Set, Single};
    let mut said = Said::default();
    let none = || json!("(none)");
    said.plan(
        "completed",
        nested(Single, Optional),
        none(),
        json!({ "a": "x" }),
        json!({ "a": "x", "c": "?" }),
    );
    said.plan("changed", nested(Single, Optional), none(), json!({ "a": "x" }), json!({ "a": "y" }));
    said.plan("absent", nested(Single, Optional), none(), json!({ "a": "x" }), json!(null));
    said.plan("unknown", nested(Single, Optional), none(), json!({ "a": "x" }), json!("?"));
    said.plan("made up", nested(Single, Optional), none(), json!(null), json!({ "a": "x" }));
    said.plan("computed", nested(Single, OptionalComputed), none(), json!(null), json!({ "a": "x" }));
    said.plan("one more", nested(List, Optional), none(), json!([{}]), json!([{}, { "c": "x" }]));
    said.plan("one fewer", nested(List, Optional), none(), json!([{}, {}]), json!([{}]));
    said.plan("list known though unknown", nested(List, Optional), none(), json!("?"), json!([{}]));
    said.plan(
        "object known though unknown",
        nested(Single, Optional),
        none(),
        json!("?"),
        json!({ "a": "x" }),
    );
    said.plan(
        "second changed",
        nested(List, Optional),
        none(),
        json!([{}, { "a": "x" }]),
        json!([{}, { "a": "y" }]),
    );
    said.plan(
        "second as before",
        nested(List, Optional),
        json!([{}, { "a": "y" }]),
        json!([{}, { "a": "x" }]),
        json!([{}, { "a": "y" }]),
    );
    said.plan("another key", nested(Map, Optional), none(), json!({ "k": {} }), json!({ "l": { "c": "x" } }));
    said.plan("a key more", nested(Map, Optional), none(), json!({ "k": {} }), json!({ "k": {}, "l": {} }));
    said.plan(
        "entry changed",
        nested(Map, Optional),
        none(),
        json!({ "k": { "a": "x" } }),
        json!({ "k": { "a": "y" } }),
    );
    said.plan("element changed", nested(Set, Optional), none(), json!([{ "a": "x" }]), json!([{ "a": "y" }]));
    said.plan(
        "elements more",
        nested(Set, Optional),
        none(),
        json!([{ "a": "x" }]),
        json!([{ "a": "x" }, { "a": "y" }]),
    );
    said.plan(
        "unknown elements may be equal",
        nested(Set, Optional),
        none(),
        json!([{ "a": "x" }, { "a": "?" }]),
        json!([{ "a": "x" }]),
    );
    said.plan(
        "one unknown element is one",
        nested(Set, Optional),
        none(),
        json!([{ "a": "?" }]),
        json!([{ "a": "x" }, { "a": "y" }]),
    );
    said.plan(
        "enough if they are equal",
        nested(Set, Optional),
        none(),
        json!([{ "a": "x" }]),
        json!([{ "a": "?" }, { "c": "?" }]),
    );
    said.check(expect![[r#"
        completed: well
        changed: n.a: "y" is planned, but "x" configured
        absent: n: configured, but planned as absent
        unknown: n: configured, but planned as unknown
        made up: n: { "a" = "x", "c" = null, "w" = null } is planned for what is neither configured nor computed
        computed: well
        one more: n: number of elements: 1 configured, 2 planned
        one fewer: n: number of elements: 2 configured, 1 planned
        list known though unknown: n: configured as unknown, but planned as known
        object known though unknown: n.a: "x" is planned, but (unknown) configured
        second changed: n[1].a: "y" is planned, but "x" configured
        second as before: well
        another key: n["k"]: configured, but not planned
            n["l"]: planned, but not configured
        a key more: n: number of elements: 1 configured, 2 planned
        entry changed: n["k"].a: "y" is planned, but "x" configured
        element changed: well
        elements more: n: number of elements: 1 configured, 2 planned
        unknown elements may be equal: well
        one unknown element is one: n: number of elements: 1 configured, 2 planned
        enough if they are equal: well
    "#]]);
}

#[test]
fn rules_on_plans_of_blocks() {
    use Nesting::{List, Map, Set, Single};
    let mut said = Said::default();
    let none = || json!("(none)");
    said.plan("completed", block(Single), none(), json!({ "a": "x" }), json!({ "a": "x", "c": "?" }));
    said.plan("absent", block(Single), none(), json!({ "a": "x" }), json!(null));
    said.plan("made up", block(Single), none(), json!(null), json!({ "a": "x" }));
    said.plan("null for none", block(List), none(), json!([]), json!(null));
    said.plan("unknown", block(List), none(), json!([{}]), json!("?"));
    said.plan("unknown as configured", block(List), none(), json!("?"), json!("?"));
    said.plan("known though unknown", block(Map), none(), json!("?"), json!({}));
    said.plan("one more", block(List), none(), json!([{}]), json!([{}, {}]));
    said.plan("unknown one", block(List), none(), json!([{ "a": "x" }]), json!(["?"]));
    said.plan("one changed", block(List), none(), json!([{ "a": "x" }]), json!([{ "a": "y" }]));
    said.plan("another key", block(Map), none(), json!({ "k": {} }), json!({ "l": { "c": "x" } }));
    said.plan("unknown entry", block(Map), none(), json!({ "k": {} }), json!({ "k": "?" }));
    said.plan("unknown element", block(Set), none(), json!([{ "a": "x" }]), json!(["?"]));
    said.plan("any elements", block(Set), none(), json!([{ "a": "x" }]), json!([{ "a": "y" }, { "a": "z" }]));
    said.check(expect![[r#"
        completed: well
        absent: n: configured, but planned as absent
        made up: n: planned, but not configured
        null for none: n: no blocks are planned as null, not as none
        unknown: n: blocks are planned as unknown
        unknown as configured: well
        known though unknown: n: blocks that are unknown are planned otherwise
        one more: n: number of elements: 1 configured, 2 planned
        unknown one: n[0]: a block is planned as unknown, not its content
        one changed: n[0].a: "y" is planned, but "x" configured
        another key: n["k"]: configured, but not planned
            n["l"]: planned, but not configured
        unknown entry: n["k"]: a block is planned as unknown, not its content
        unknown element: n: a block is planned as unknown, not its content
        any elements: well
    "#]]);
}

#[test]
fn rules_on_results() {
    use Mode::{Optional, Required};
    use Nesting::{List, Map, Set, Single};
    let mut said = Said::default();
    let none = || json!("(none)");
    said.result("as planned", text("n", Required), json!("x"), json!("x"));
    said.result("otherwise", text("n", Required), json!("x"), json!("y"));
    said.result("null", text("n", Required), json!("x"), json!(null));
    said.result("not null", text("n", Optional), json!(null), json!("x"));
    said.result("unknown again", text("n", Optional), json!("x"), json!("?"));
    said.result("anything of unknown", text("n", Optional), json!("?"), json!("x"));
    said.result("no object", text("n", Optional), json!("x"), none());
    said.result("an object for none", text("n", Optional), none(), json!("x"));
    let secret = Attribute { sensitive: true, ..text("n", Required) };
    said.result("sensitive", secret, json!("one"), json!("two"));
    said.result("of any type", plain(Type::Dynamic, Optional), json!("?"), json!(["a"]));
    said.result("of another type", plain(Type::Dynamic, Optional), json!("x"), json!(["a"]));
    said.result("a list that grows", plain(of(Type::List), Optional), json!(["a"]), json!(["a", "b"]));
    said.result("a map that loses", plain(of(Type::Map), Optional), json!({ "k": "?" }), json!({}));
    said.result("a map that gains", plain(of(Type::Map), Optional), json!({}), json!({ "k": "a" }));
    said.result("a set of equals", plain(of(Type::Set), Optional), json!(["a", "?"]), json!(["a"]));
    said.result("a set that grows", plain(of(Type::Set), Optional), json!(["?"]), json!(["a", "b"]));
    said.result("a set that loses", plain(of(Type::Set), Optional), json!(["a", "?"]), json!(["b"]));
    said.result("a set that gains", plain(of(Type::Set), Optional), json!(["a", "b"]), json!(["a", "c"]));
    said.result(
        "nested in a list",
        nested(List, Optional),
        json!([{ "a": "x", "c": "?" }]),
        json!([{ "a": "y" }]),
    );
    said.result(
        "nested in a set",
        nested(Set, Optional),
        json!([{ "a": "x", "c": "?" }]),
        json!([{ "a": "x", "c": "y" }]),
    );
    said.result(
        "nested in a set, otherwise",
        nested(Set, Optional),
        json!([{ "a": "x", "c": "?" }]),
        json!([{ "a": "y" }]),
    );
    said.result("an unknown block may be none", block(Single), json!("?"), json!(null));
    said.result("a block that goes", block(Single), json!({ "a": "x" }), json!(null));
    said.result("any number of unknown blocks", block(List), json!("?"), json!([{}, {}]));
    said.result("blocks more", block(List), json!([{}]), json!([{}, {}]));
    said.result("a block otherwise", block(Map), json!({ "k": { "a": "x" } }), json!({ "k": { "a": "y" } }));
    said.result(
        "a set of blocks that grows",
        block(Set),
        json!([{ "a": "?" }]),
        json!([{ "a": "x" }, { "a": "y" }]),
    );
    said.check(expect![[r#"
        as planned: well
        otherwise: n: was planned as "x" and is "y"
        null: n: was planned as "x" and is null
        not null: n: was planned as null and is "x"
        unknown again: n: was planned as "x" and is unknown
        anything of unknown: well
        no object: was planned and is absent
        an object for none: was planned as absent and is there
        sensitive: n: a sensitive value is not as planned
        of any type: well
        of another type: n: "x" was planned, and ["a"] is of another type
        a list that grows: n: number of elements: 1 planned, 2 in the result
        a map that loses: n["k"]: was planned and is missing
        a map that gains: n["k"]: was not planned and is there
        a set of equals: well
        a set that grows: n: number of elements: 1 planned, 2 in the result
        a set that loses: n: "a" was planned, and nothing like it is there
        a set that gains: n: "b" was planned, and nothing like it is there
        nested in a list: n[0].a: was planned as "x" and is "y"
        nested in a set: well
        nested in a set, otherwise: n: { "a" = "x", "c" = (unknown) } was planned, and nothing like it is there
        an unknown block may be none: well
        a block that goes: n: was planned and is absent
        any number of unknown blocks: well
        blocks more: n: number of elements: 1 planned, 2 in the result
        a block otherwise: n["k"].a: was planned as "x" and is "y"
        a set of blocks that grows: n: number of elements: 1 planned, 2 in the result
    "#]]);
}

#[test]
fn promises_about_unknown_values_are_kept() {
    let none = Refinements::default;
    let list = |items: usize| Dynamic::List(vec!["x".into(); items]);
    let number = |number: i64| crate::value::Number::from(number);
    for (ty, promised, kept, broken) in [
        (Type::String, none().with_not_null(), "x".into(), Dynamic::Null),
        (Type::String, none().with_prefix("ab"), "abc".into(), "xabc".into()),
        (Type::String, none().with_prefix("ab"), Dynamic::Null, "a".into()),
        (Type::Number, none().with_lower(number(2), true), 2.into(), 1.into()),
        (Type::Number, none().with_lower(number(2), false), 3.into(), 2.into()),
        (Type::Number, none().with_upper(number(2), true), 2.into(), 3.into()),
        (Type::Number, none().with_upper(number(2), false), 1.into(), 2.into()),
        (of(Type::List), none().with_length(Some(1), Some(2)), list(2), list(3)),
        (of(Type::List), none().with_length(Some(1), None), list(1), list(0)),
    ] {
        let attributes = told(&[plain(ty, Mode::Computed)]);
        let with = |value| Dynamic::Map([("n".to_owned(), value)].into());
        let plan = with(Dynamic::Unknown(promised.clone()));
        assert_eq!(compatible(&attributes, &plan, &with(kept)), [], "{promised:?}");
        assert_eq!(
            compatible(&attributes, &plan, &with(broken.clone())).len(),
            1,
            "{promised:?} by {broken}"
        );
    }
}

#[test]
fn rules_on_what_is_stored() {
    use Nesting::{List, Map, Set, Single};
    let mut said = Said::default();
    let mut store = |case: &str, attribute: Attribute, json: Json| {
        let schema = schema(attribute);
        let object = object(&schema, &json);
        said.add(case, &stored(&schema.attributes, &object));
    };
    store("known", text("n", Mode::Optional), json!("x"));
    store("unknown", text("n", Mode::Computed), json!("?"));
    store("unknown inside", plain(of(Type::List), Mode::Optional), json!(["?"]));
    store("null", nested(List, Mode::Optional), json!(null));
    store("null for no blocks", block(Map), json!(null));
    store("no blocks", block(Map), json!({}));
    store("no block", block(Single), json!(null));
    for (nesting, json) in
        [(Single, json!({ "w": "x" })), (List, json!([{ "w": "x" }])), (Map, json!({ "k": { "w": "x" } }))]
    {
        store(&format!("write-only in a {nesting:?}"), nested(nesting, Mode::Optional), json.clone());
        store(&format!("write-only in a {nesting:?} of blocks"), block(nesting), json);
    }
    store("unknown in a set", nested(Set, Mode::Optional), json!([{ "c": "?" }]));
    store("unknown element", nested(List, Mode::Optional), json!(["?"]));
    said.check(expect![[r#"
        known: well
        unknown: n: not wholly known: (unknown)
        unknown inside: n: not wholly known: [(unknown)]
        null: well
        null for no blocks: n: no blocks are stored as null, not as none
        no blocks: well
        no block: well
        write-only in a Single: n.w: a write-only value has to be null
        write-only in a Single of blocks: n.w: a write-only value has to be null
        write-only in a List: n[0].w: a write-only value has to be null
        write-only in a List of blocks: n[0].w: a write-only value has to be null
        write-only in a Map: n["k"].w: a write-only value has to be null
        write-only in a Map of blocks: n["k"].w: a write-only value has to be null
        unknown in a set: n.c: not wholly known: (unknown)
        unknown element: n: not wholly known: [(unknown)]
    "#]]);
}

#[test]
fn a_replacement_is_for_something() {
    let open = plain(Type::Dynamic, Mode::Optional);
    let cases = [
        (text("n", Mode::Optional), json!("x"), Path::attribute("n"), true),
        (text("n", Mode::Optional), json!(null), Path::attribute("n"), true),
        (text("n", Mode::Optional), json!("x"), Path::attribute("m"), false),
        (nested(Nesting::Single, Mode::Optional), json!({}), Path::attribute("n").attr("a"), true),
        (nested(Nesting::Single, Mode::Optional), json!(null), Path::attribute("n").attr("a"), false),
        (nested(Nesting::Single, Mode::Optional), json!("?"), Path::attribute("n").attr("a"), true),
        (nested(Nesting::Single, Mode::Optional), json!("?"), Path::attribute("n").attr("b"), false),
        (nested(Nesting::List, Mode::Optional), json!([{}]), Path::attribute("n").index(0).attr("a"), true),
        (nested(Nesting::List, Mode::Optional), json!([{}]), Path::attribute("n").index(1).attr("a"), false),
        (
            nested(Nesting::Map, Mode::Optional),
            json!({ "k": {} }),
            Path::attribute("n").key("k").attr("a"),
            true,
        ),
        (
            nested(Nesting::Map, Mode::Optional),
            json!({ "k": {} }),
            Path::attribute("n").key("l").attr("a"),
            false,
        ),
        (nested(Nesting::Set, Mode::Optional), json!([{}]), Path::attribute("n").index(0), false),
        (open.clone(), json!(["x"]), Path::attribute("n").index(0), true),
        (open, json!(["x"]), Path::attribute("n").index(1), false),
    ];
    for (attribute, json, path, exists) in cases {
        let schema = schema(attribute);
        let (value, null) = (object(&schema, &json), object(&schema, &json!(null)));
        for (prior, planned) in [(&value, &null), (&null, &value)] {
            // What leads nowhere in null may still lead somewhere in the other.
            let problems = replaced_for(&schema.ty, prior, planned, std::slice::from_ref(&path));
            assert_eq!(problems.is_empty(), exists, "{path} in {json}");
        }
    }
}

/// The top-level attributes with problems.
fn to_blame<'p>(paths: impl IntoIterator<Item = &'p Path>) -> BTreeSet<String> {
    paths.into_iter().map(|path| path.steps()[..1].iter().cloned().collect::<Path>().to_string()).collect()
}

/// Takes each attribute from one of the objects.
fn mixed(objects: &[&Dynamic], choices: &[prop::sample::Index]) -> Dynamic {
    let attributes = attributes();
    let entries = attributes.iter().zip(choices).map(|(attribute, choice)| {
        let objects: Vec<_> = objects.iter().filter(|object| !object.is_null()).collect();
        (attribute.name.clone(), objects[choice.index(objects.len())].get(&attribute.name).clone())
    });
    Dynamic::Map(entries.collect())
}

fn choices() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    proptest::collection::vec(any::<prop::sample::Index>(), attributes().len())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn judge_and_framework_agree_on_plans(
        prior in prop_oneof![Just(Dynamic::Null), any_object(&attributes(), false)],
        config in any_object(&attributes(), true),
        other in any_object(&attributes(), true),
        choices in choices(),
    ) {
        let declared = attributes();
        let seen = told(&declared);
        let proposed = proposed_new_state(&seen, &prior, &config);
        let mut unknown = proposed.clone();
        all_unknown(&declared, &config, &mut unknown);
        let plan = mixed(&[&prior, &config, &other, &proposed, &unknown], &choices);
        let ours = promises::planned(&declared, &prior, &config, &plan);
        let mut judged = planned(&seen, &prior, &config, &plan);
        judged.extend(write_only(&seen, &plan));
        // The framework stops when it has found twenty.
        prop_assume!(judged.len() < 20);
        prop_assert_eq!(
            to_blame(judged.iter().map(|problem| &problem.path)),
            to_blame(ours.iter().map(|breach| &breach.path)),
            "prior {}\nconfig {}\nplan {}\njudge {:?}\nframework {:?}", prior, config, plan, judged, ours
        );
    }

    #[test]
    fn judge_and_framework_agree_on_results(
        state in any_object(&attributes(), false),
        other in any_object(&attributes(), true),
        more in any_object(&attributes(), true),
        choices in (choices(), choices()),
    ) {
        let declared = attributes();
        let seen = told(&declared);
        let mut unknown = state.clone();
        all_unknown(&declared, &Dynamic::Null, &mut unknown);
        let plan = mixed(&[&state, &unknown, &other], &choices.0);
        let result = mixed(&[&state, &state, &unknown, &other, &more], &choices.1);
        let ours = promises::applied(&declared, &plan, &result);
        let mut judged = stored(&seen, &result);
        judged.extend(compatible(&seen, &plan, &result));
        prop_assume!(judged.len() < 20);
        prop_assert_eq!(
            to_blame(judged.iter().map(|problem| &problem.path)),
            to_blame(ours.iter().map(|breach| &breach.path)),
            "plan {}\nresult {}\njudge {:?}\nframework {:?}", plan, result, judged, ours
        );
    }
}
