//! Generated configurations, as JSON, in three forms: while planning, while applying, and as Terraform reads them.
//!
//! What is known late, in the first plan not yet, is marked where it stands.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use tfplug::schema::Nesting;
use tfplug::testing::unknown;
use tfplug::value::Type;

use crate::shape::{Field, Holds, Source};

/// Key of the object around a value that is known late.
const LATE: &str = "(late)";

/// A configuration of an object with these fields.
pub(crate) fn configuration(fields: &[Field]) -> BoxedStrategy<Json> {
    let entries: Vec<_> = fields
        .iter()
        .filter(|field| !matches!(field.source, Source::Computed(_)))
        .map(|field| {
            let name = field.name.clone();
            argument(field).prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    entries.prop_map(|entries| Json::Object(entries.into_iter().flatten().collect())).boxed()
}

fn argument(field: &Field) -> BoxedStrategy<Option<Json>> {
    let value = match &field.holds {
        Holds::Value(ty) => late(leaf(ty)),
        // Terraform takes an unknown object with open parts for one of unknown type, and refuses every plan of it.
        Holds::Nested(nesting, fields) if crate::shape::ty(fields).contains_dynamic() => {
            objects(*nesting, fields)
        }
        Holds::Nested(nesting, fields) => late(objects(*nesting, fields)),
        Holds::Block(nesting, fields) => objects(*nesting, fields),
    };
    let block = matches!(field.holds, Holds::Block(..));
    match field.source {
        Source::Required => value.prop_map(Some).boxed(),
        _ => prop_oneof![
            5 => value.prop_map(Some),
            2 => Just(None),
            u32::from(!block) => Just(Some(Json::Null)),
        ]
        .boxed(),
    }
}

fn late(value: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
    (value, 0..12u8)
        .prop_map(|(value, rare)| if rare == 11 { json!({ LATE: known(&value) }) } else { value })
        .boxed()
}

fn objects(nesting: Nesting, fields: &[Field]) -> BoxedStrategy<Json> {
    let object = configuration(fields);
    match nesting {
        Nesting::Single => object,
        Nesting::List | Nesting::Set => vec(object, 0..4).prop_map(Json::Array).boxed(),
        Nesting::Map => btree_map(key(), object, 0..3).prop_map(json_map).boxed(),
    }
}

fn json_map(entries: std::collections::BTreeMap<String, Json>) -> Json {
    Json::Object(entries.into_iter().collect())
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just("k"), Just("K"), Just("a b"), Just("é")].prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-cA-C]{1,2}",
        1 => prop_oneof![
            Just(""), Just("${x}"), Just("%{ if y }"), Just("a\nb"), Just("\"q\""), Just("Ä\u{301}"),
            Just("true"), Just("12"), Just("[bold]"), Just("日本"),
        ]
        .prop_map(str::to_owned),
    ]
}

fn leaf(ty: &Type) -> BoxedStrategy<Json> {
    let element = |ty: &Type| {
        let value = leaf(ty);
        prop_oneof![8 => value, 1 => Just(Json::Null)]
    };
    match ty {
        Type::String => text().prop_map(Json::String).boxed(),
        Type::Bool => any::<bool>().prop_map(Json::Bool).boxed(),
        Type::Number => prop_oneof![
            4 => (-2..3i64).prop_map(Json::from),
            1 => any::<i64>().prop_map(Json::from),
            1 => Just(json!(0.1)),
            // As text, because JSON's numbers end at those of floating point here.
            1 => prop_oneof![
                Just("123456789012345678901234567890"), Just("-0.000000000000000000001"), Just("1e100"),
                Just("3.14159265358979323846264338327950288"), Just("1.0"), Just("18446744073709551616"),
            ]
            .prop_map(Json::from),
        ]
        .boxed(),
        Type::List(ty) | Type::Set(ty) => vec(element(ty), 0..4).prop_map(Json::Array).boxed(),
        Type::Map(ty) => btree_map(key(), element(ty), 0..3).prop_map(json_map).boxed(),
        Type::Object(attributes) => {
            let entries: Vec<_> = attributes
                .iter()
                .map(|(name, ty)| {
                    let name = name.clone();
                    element(ty).prop_map(move |value| (name.clone(), value))
                })
                .collect();
            entries.prop_map(|entries| Json::Object(entries.into_iter().collect())).boxed()
        }
        Type::Dynamic | Type::Tuple(_) => prop_oneof![
            text().prop_map(Json::String),
            (-2..3i64).prop_map(Json::from),
            any::<bool>().prop_map(Json::Bool),
            vec(text(), 0..3).prop_map(Json::from),
            btree_map(key(), -2..3i64, 0..3)
                .prop_map(|entries| Json::Object(entries.into_iter().map(|(k, v)| (k, v.into())).collect())),
        ]
        .boxed(),
    }
}

/// The value that is known late, if this marks one.
fn late_value(json: &Json) -> Option<&Json> {
    json.as_object().filter(|entries| entries.len() == 1)?.get(LATE)
}

fn each(json: &Json, mut f: impl FnMut(&Json) -> Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.iter().map(f).collect()),
        Json::Object(entries) => {
            Json::Object(entries.iter().map(|(name, value)| (name.clone(), f(value))).collect())
        }
        other => other.clone(),
    }
}

/// The configuration while planning.
pub(crate) fn planning(json: &Json) -> Json {
    if late_value(json).is_some() { unknown() } else { each(json, planning) }
}

/// The configuration when all is known.
pub(crate) fn known(json: &Json) -> Json {
    late_value(json).map_or_else(|| each(json, known), known)
}

/// `first`, with the arguments of `second` whose turn it is; nothing of `first` is late any more.
pub(crate) fn changed(first: &Json, second: &Json, turns: &[bool]) -> Json {
    let (before, after) = (known(first), second.as_object().cloned().unwrap_or_default());
    let before = before.as_object().cloned().unwrap_or_default();
    let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let entries = names.into_iter().zip(turns.iter().cycle()).filter_map(|(name, turn)| {
        let value = if *turn { after.get(&name) } else { before.get(&name) }.cloned()?;
        Some((name, value))
    });
    let mut entries: Map<_, _> = entries.collect();
    // What is required can't be missing from either.
    for (name, value) in before {
        if after.contains_key(&name) {
            entries.entry(name).or_insert(value);
        }
    }
    Json::Object(entries)
}

/// The configuration as Terraform reads it, and what is known late in it by the names under which it is found.
pub(crate) fn written(json: &Json, prefix: &str, late: &mut Map<String, Json>) -> Json {
    if let Some(value) = late_value(json) {
        let name = format!("{prefix}_{}", late.len());
        let reference = format!("${{terraform_data.{name}.output}}");
        late.insert(name, escaped(value));
        return Json::String(reference);
    }
    match json {
        Json::String(_) => escaped(json),
        other => each(other, |value| written(value, prefix, late)),
    }
}

/// A value without meaning to Terraform's templates.
fn escaped(json: &Json) -> Json {
    match json {
        Json::String(text) => Json::String(text.replace("${", "$${").replace("%{", "%%{")),
        other => each(other, escaped),
    }
}
