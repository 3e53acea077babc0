//! Laws that hold for every value: what is written is what is read, no bytes do harm, equality is equality of meaning.

use std::collections::{BTreeMap, HashSet};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tfplug::value::{Dynamic, Number, Refinements, Type, json, msgpack};

fn number_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|int| int.to_string()),
        any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(|float| float.to_string()),
        "-?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?",
    ]
}

fn number() -> impl Strategy<Value = Number> {
    number_text().prop_filter_map("a number", |text| Number::parse(&text).ok())
}

fn ty(open: bool) -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        3 => Just(Type::String),
        2 => Just(Type::Number),
        1 => Just(Type::Bool),
        u32::from(open) => Just(Type::Dynamic),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|element| Type::List(Box::new(element))),
            inner.clone().prop_map(|element| Type::Set(Box::new(element))),
            inner.clone().prop_map(|element| Type::Map(Box::new(element))),
            btree_map("[a-z_]{1,6}", inner.clone(), 0..4).prop_map(Type::Object),
            vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

/// Any value of that type, in canonical form; unknown in some places if `unknown` allows it.
fn value(ty: &Type, unknown: bool) -> BoxedStrategy<Dynamic> {
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Dynamic::Bool).boxed(),
        Type::Number => number().prop_map(Dynamic::Number).boxed(),
        Type::String => any::<String>().prop_map(Dynamic::String).boxed(),
        Type::List(element) => vec(value(element, unknown), 0..4).prop_map(Dynamic::List).boxed(),
        Type::Set(element) => {
            let ty = ty.clone();
            vec(value(element, unknown), 0..4)
                .prop_map(move |items| ty.normalize(Dynamic::List(items)))
                .boxed()
        }
        Type::Map(element) => {
            btree_map(any::<String>(), value(element, unknown), 0..4).prop_map(Dynamic::Map).boxed()
        }
        Type::Tuple(elements) => elements
            .iter()
            .map(|element| value(element, unknown))
            .collect::<Vec<_>>()
            .prop_map(Dynamic::List)
            .boxed(),
        Type::Object(attributes) => {
            let names: Vec<String> = attributes.keys().cloned().collect();
            let values: Vec<_> = attributes.values().map(|ty| value(ty, unknown)).collect();
            values.prop_map(move |values| Dynamic::Map(names.iter().cloned().zip(values).collect())).boxed()
        }
        Type::Dynamic => self::ty(false)
            .prop_flat_map(move |own| {
                let value = value(&own, unknown);
                value.prop_map(move |value| Dynamic::Typed(Box::new(own.clone()), Box::new(value)))
            })
            .boxed(),
    };
    prop_oneof![
        12 => known,
        2 => Just(Dynamic::Null),
        u32::from(unknown) => Just(Dynamic::unknown()),
        u32::from(unknown) => Just(Dynamic::Unknown(Refinements::default().with_not_null())),
    ]
    .boxed()
}

fn typed_value(unknown: bool) -> impl Strategy<Value = (Type, Dynamic)> {
    ty(true).prop_flat_map(move |ty| {
        let value = value(&ty, unknown);
        (Just(ty), value)
    })
}

proptest! {
    #[test]
    fn any_value_survives_msgpack((ty, value) in typed_value(true)) {
        let bytes = msgpack::encode(&value, &ty).expect("a value of its type");
        prop_assert_eq!(msgpack::decode(&bytes, &ty).expect("what was written"), value);
    }

    #[test]
    fn any_known_value_survives_json((ty, value) in typed_value(false)) {
        let bytes = json::encode(&value, &ty).expect("a known value of its type");
        serde_json::from_slice::<&serde_json::value::RawValue>(&bytes).expect("valid JSON");
        prop_assert_eq!(json::decode(&bytes, &ty).expect("what was written"), value.clone());
        prop_assert_eq!(json::decode_state(&bytes, &ty).expect("what was written"), value);
    }

    #[test]
    fn any_type_survives_json(ty in ty(true)) {
        prop_assert_eq!(Type::from_json(&ty.to_json()).expect("what was written"), ty);
    }

    #[test]
    fn arbitrary_bytes_are_values_or_errors(ty in ty(true), bytes in vec(any::<u8>(), 0..64)) {
        let read = [msgpack::decode(&bytes, &ty), json::decode(&bytes, &ty), json::decode_state(&bytes, &ty)];
        for value in read.into_iter().flatten() {
            let bytes = msgpack::encode(&value, &ty).expect("what is read can be written");
            prop_assert_eq!(msgpack::decode(&bytes, &ty).expect("what was written"), value);
        }
    }

    #[test]
    fn damaged_messages_are_values_or_errors(
        (ty, value) in typed_value(true),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = msgpack::encode(&value, &ty).expect("a value of its type");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        if let Ok(value) = msgpack::decode(&bytes, &ty) {
            prop_assert!(msgpack::encode(&value, &ty).is_ok());
        }
    }

    #[test]
    fn normalizing_changes_nothing_further((ty, value) in typed_value(true)) {
        prop_assert_eq!(ty.normalize(value.clone()), value);
    }

    #[test]
    fn a_number_equals_its_own_text(text in number_text()) {
        let number = Number::parse(&text).expect("a number");
        let again = Number::parse(&number.to_string()).expect("its own text");
        prop_assert_eq!(&again, &number);
        prop_assert_eq!(HashSet::from([again, number]).len(), 1);
    }

    #[test]
    fn floats_come_back_unchanged(float in any::<f64>().prop_filter("finite", |float| float.is_finite())) {
        let number = Number::from_f64(float).expect("finite");
        prop_assert_eq!(number.as_f64(), float);
    }

    #[test]
    fn numbers_are_in_the_order_of_their_values(a in number(), b in number(), c in number()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
        // Rounding to floating point keeps the order, but may make neighbours equal.
        if a < b {
            prop_assert!(a.as_f64() <= b.as_f64(), "{} and {}", a, b);
        }
    }

    #[test]
    fn whole_numbers_compare_as_integers(a in any::<i64>(), b in any::<i64>()) {
        prop_assert_eq!(Number::from(a).cmp(&Number::from(b)), a.cmp(&b));
        let tenth = |int: i64| Number::parse(&format!("{int}e-1")).expect("a number");
        prop_assert_eq!(tenth(a).cmp(&tenth(b)), a.cmp(&b));
        prop_assert_eq!(Number::from(a).cmp(&tenth(b)), (i128::from(a) * 10).cmp(&i128::from(b)));
    }
}

#[test]
fn ten_thousand_objects_take_no_time() {
    let ty = Type::List(Box::new(Type::Object(
        (0..10).map(|index| (format!("attribute_{index}"), Type::Set(Box::new(Type::String)))).collect(),
    )));
    let object: BTreeMap<_, _> = (0..10)
        .map(|index| (format!("attribute_{index}"), Dynamic::List(vec!["a".into(), "b".into()])))
        .collect();
    let value = Dynamic::List(vec![Dynamic::Map(object); 10_000]);
    let bytes = msgpack::encode(&value, &ty).unwrap();
    assert_eq!(msgpack::decode(&bytes, &ty).unwrap(), value);
    let bytes = json::encode(&value, &ty).unwrap();
    assert_eq!(json::decode(&bytes, &ty).unwrap(), value);
}
