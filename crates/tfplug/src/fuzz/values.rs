//! Targets: values as MessagePack and JSON, their types, what is promised about unknown ones, and numbers.
//!
//! A value can't be read without its type, so the first byte of an input chooses one of [`TYPES`].

use super::{short, targets};
use crate::value::{Bound, Dynamic, Number, Refinements, Type, ValueError, json, msgpack};

targets! {
    msgpack_of_any_type: values(msgpack::encode) => msgpack_value,
    json_of_any_type: values(json::encode) => json_value,
    stored_json_of_any_type: values(json::encode) => json_state,
    a_type_constraint: TYPES.map(Vec::from) => type_constraint,
    promises_about_an_unknown: promised() => refinements,
    a_number: ["0", "-1.50", "1e1999", "9223372036854775808", "0.1e-1990"].map(Vec::from) => number,
}

const TYPES: [&str; 12] = [
    r#""bool""#,
    r#""number""#,
    r#""string""#,
    r#""dynamic""#,
    r#"["list","number"]"#,
    r#"["set","string"]"#,
    r#"["set",["object",{"a":"number","b":["set","dynamic"]}]]"#,
    r#"["map",["list","bool"]]"#,
    r#"["map","dynamic"]"#,
    r#"["object",{"list":["list","dynamic"],"name":"string","size":"number"}]"#,
    r#"["tuple",["string","dynamic",["map","number"]]]"#,
    r#"["list",["list",["list",["list","dynamic"]]]]"#,
];

fn ty(json: &str) -> Type {
    Type::from_json(json.as_bytes()).unwrap()
}

/// Values of a type: null, unknown, empty, small and nested.
fn samples(ty: &Type) -> Vec<Dynamic> {
    let texts = ["", "a", "ünï", "1e3", "true"];
    let mut samples = match ty {
        Type::Bool => vec![true.into(), false.into()],
        Type::Number => ["0", "-7", "0.5", "0.1", "1e400", "18446744073709551615"]
            .map(|text| number_of(text).into())
            .into(),
        Type::String => texts.map(Dynamic::from).into(),
        Type::Dynamic => ["string", "number", "bool"]
            .map(|name| format!("{name:?}"))
            .into_iter()
            .chain([TYPES[4].to_owned(), TYPES[7].to_owned()])
            .map(|json| self::ty(&json))
            .filter_map(|ty| Some(Dynamic::Typed(Box::new(ty.clone()), Box::new(samples(&ty).pop()?))))
            .collect(),
        Type::List(element) | Type::Set(element) => {
            vec![Dynamic::List(Vec::new()), Dynamic::List(samples(element))]
        }
        Type::Map(element) => {
            let entries = texts.iter().map(|&key| key.to_owned()).zip(samples(element));
            vec![Dynamic::Map(Default::default()), Dynamic::Map(entries.collect())]
        }
        Type::Object(attributes) => {
            let of = |ty: &Type| samples(ty).pop().unwrap_or(Dynamic::Null);
            vec![Dynamic::Map(attributes.iter().map(|(name, ty)| (name.clone(), of(ty))).collect())]
        }
        Type::Tuple(elements) => {
            vec![Dynamic::List(
                elements.iter().map(|ty| samples(ty).pop().unwrap_or(Dynamic::Null)).collect(),
            )]
        }
    };
    samples.insert(0, Dynamic::Null);
    samples
}

/// The samples of all types as bytes, each behind the byte that chooses its type.
fn values(encode: fn(&Dynamic, &Type) -> Result<Vec<u8>, ValueError>) -> Vec<Vec<u8>> {
    let mut corpus = Vec::new();
    for (index, json) in TYPES.iter().enumerate() {
        let ty = ty(json);
        for sample in samples(&ty) {
            let bytes = encode(&ty.normalize(sample), &ty).unwrap();
            corpus.push([vec![index as u8], bytes].concat());
        }
    }
    corpus
}

/// The type that an input begins with, and what it has to say about it.
fn split(input: &[u8]) -> Option<(Type, &[u8])> {
    let (first, rest) = input.split_first()?;
    Some((ty(TYPES[usize::from(*first) % TYPES.len()]), rest))
}

/// Expects that what was read comes back from what is written of it.
fn there_and_back(
    read: Result<Dynamic, ValueError>,
    ty: &Type,
    encode: fn(&Dynamic, &Type) -> Result<Vec<u8>, ValueError>,
    decode: fn(&[u8], &Type) -> Result<Dynamic, ValueError>,
) {
    match read {
        Ok(value) => {
            let bytes = encode(&value, ty).unwrap();
            assert_eq!(decode(&bytes, ty), Ok(value));
        }
        Err(error) => short(error.message()),
    }
}

pub(super) fn msgpack_value(input: &[u8]) {
    let Some((ty, bytes)) = split(input) else { return };
    there_and_back(msgpack::decode(bytes, &ty), &ty, msgpack::encode, msgpack::decode);
}

pub(super) fn json_value(input: &[u8]) {
    let Some((ty, bytes)) = split(input) else { return };
    there_and_back(json::decode(bytes, &ty), &ty, json::encode, json::decode);
}

/// What is stored may be of another form than the type, but what was made of it is not.
pub(super) fn json_state(input: &[u8]) {
    let Some((ty, bytes)) = split(input) else { return };
    there_and_back(json::decode_state(bytes, &ty), &ty, json::encode, json::decode);
}

pub(super) fn type_constraint(input: &[u8]) {
    match Type::from_json(input) {
        Ok(ty) => assert_eq!(Type::from_json(&ty.to_json()), Ok(ty)),
        Err(error) => short(error.message()),
    }
}

fn promised() -> Vec<Vec<u8>> {
    let none = Refinements::default;
    let half = || number_of("0.5");
    let refinements = [
        none(),
        none().with_not_null(),
        none().with_not_null().with_prefix("pre-"),
        none().with_lower(half(), true).with_upper(number_of("1e400"), false),
        none().with_length(Some(1), Some(u64::MAX)),
    ];
    refinements.map(|promises| msgpack::encode(&Dynamic::Unknown(promises), &Type::String).unwrap()).into()
}

/// Equality passes promises over, so each is compared, and held against values.
pub(super) fn refinements(input: &[u8]) {
    let promises = |bytes: &[u8]| match msgpack::decode(bytes, &Type::String) {
        Ok(Dynamic::Unknown(promises)) => Some(promises),
        _ => None,
    };
    let Some(read) = promises(input) else { return };
    for value in [Dynamic::Null, "pre-1".into(), number_of("0.5").into(), Dynamic::List(Vec::new())] {
        let _ = read.broken_by(&value);
    }
    let bytes = msgpack::encode(&Dynamic::Unknown(read.clone()), &Type::String).unwrap();
    let again = promises(&bytes).unwrap();
    let shown = |promises: &Refinements| {
        let bound = |bound: Option<&Bound>| bound.map(|bound| (bound.number.clone(), bound.inclusive));
        let lengths = (promises.min_length(), promises.max_length());
        (promises.is_not_null(), bound(promises.lower()), bound(promises.upper()), lengths)
    };
    // Promises may be left out where Terraform would refuse that much, but none may be invented.
    if !again.is_empty() {
        assert_eq!(shown(&again), shown(&read));
        let prefix = again.prefix().unwrap_or_default();
        assert!(read.prefix().unwrap_or_default().starts_with(prefix));
    }
}

fn number_of(text: &str) -> Number {
    Number::parse(text).unwrap()
}

pub(super) fn number(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Number::parse(text) {
        Ok(number) => {
            let written = number.to_string();
            assert_eq!(Number::parse(&written), Ok(number.clone()));
            assert!(written.len() <= 4_100, "{} digits", written.len());
            let float = number.as_f64();
            assert!(!float.is_nan());
            if let Some(exact) = number.exact_fraction() {
                assert_eq!(Number::from_f64(exact).map(|again| again.as_f64()), Some(float));
            }
            if let Some(int) = number.as_i64() {
                assert_eq!(Number::from(int), number);
            }
        }
        Err(error) => short(error.message()),
    }
}
