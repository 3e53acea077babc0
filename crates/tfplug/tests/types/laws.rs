//! Laws of types whose values are endless: equality of meaning is one, and reading takes what was written.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;
use tfplug::Text;
use tfplug::types::{Cidr, Duration, Json, Timestamp, Uuid, parse_duration};

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Whole ones mean the same as integers, but are other `Value`s.
        any::<f64>().prop_filter("not whole", |float| float.fract() != 0.0).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..5).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

/// The same document with the keys of objects the other way round, and white space wherever it may be.
fn respelled(value: &Value, space: &str) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| respelled(item, space)).collect();
            format!("{space}[{space}{}{space}]{space}", items.join(","))
        }
        Value::Object(entries) => {
            let entries = entries.iter().rev().map(|(key, value)| {
                let escaped: String = key.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
                format!("\"{escaped}\"{space}:{}", respelled(value, space))
            });
            format!("{{{space}{}}}", entries.collect::<Vec<_>>().join(&format!("{space},")))
        }
        Value::Number(number) if number.is_i64() => format!("{space}{number}.0e0"),
        other => format!("{space}{other}"),
    }
}

fn json(text: &str) -> Json {
    Json::parse(text).expect(text)
}

proptest! {
    #[test]
    fn a_document_means_the_same_however_it_is_spelled(
        document in document(),
        space in "[ \t\r\n]{0,3}",
    ) {
        let (plain, other) = (json(&document.to_string()), json(&respelled(&document, &space)));
        prop_assert!(plain.same(&other) && other.same(&plain));
        prop_assert_eq!(plain.cmp(&other), std::cmp::Ordering::Equal);
        prop_assert_eq!(other.to::<Value>().unwrap(), json(&other.text()).to::<Value>().unwrap());
    }

    #[test]
    fn different_documents_mean_something_else(a in document(), b in document()) {
        prop_assert_eq!(json(&a.to_string()).same(&json(&b.to_string())), a == b);
        let (in_array, alone) = (json(&format!("[{a}]")), json(&a.to_string()));
        prop_assert!(!in_array.same(&alone));
    }

    #[test]
    fn order_of_documents_is_one(documents in vec(document(), 3)) {
        let [a, b, c] = [0, 1, 2].map(|index| json(&documents[index].to_string()));
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn no_text_harms_a_reader(text in any::<String>(), bytes in "[-+:.TZtz0-9a-fhmsuµn/\\[\\]{}\",]{0,40}") {
        for text in [text, bytes] {
            let _ = Json::parse(&text);
            let _ = Cidr::stored(&text);
            if let Ok(time) = Timestamp::parse(&text) {
                prop_assert!(time.same(&time.get().into()));
            }
            if let Ok(uuid) = Uuid::parse(&text) {
                prop_assert_eq!(uuid.to_string(), text.to_lowercase());
            }
            if let Ok(span) = parse_duration(&text) {
                prop_assert_eq!(Duration::from(span).get(), span);
            }
        }
    }

    #[test]
    fn a_duration_is_read_as_it_is_written(nanoseconds in 0_u64..=i64::MAX.unsigned_abs()) {
        let duration = Duration::from(std::time::Duration::from_nanos(nanoseconds));
        prop_assert_eq!(Duration::parse(&duration.text()).map(|read| read.get()), Ok(duration.get()));
        let in_nanoseconds = Duration::parse(&format!("{nanoseconds}ns")).expect("a duration");
        prop_assert!(in_nanoseconds.same(&duration));
    }

    #[test]
    fn an_instant_has_any_offset(seconds in 0_i64..4_000_000_000, hours in -23_i64..=23, half in any::<bool>()) {
        let minutes = hours * 60 + if half { 30 * hours.signum() } else { 0 };
        let instant: Timestamp = jiff::Timestamp::from_second(seconds).unwrap().into();
        let local: Timestamp = jiff::Timestamp::from_second(seconds + minutes * 60).unwrap().into();
        let sign = if minutes < 0 { '-' } else { '+' };
        let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
        let spelled = Timestamp::parse(&local.text().replace('Z', &offset)).expect("a point in time");
        prop_assert!(spelled.same(&instant));
        prop_assert_eq!(spelled.same(&local), minutes == 0);
    }

    #[test]
    fn a_network_covers_what_it_contains(
        address in any::<[u8; 4]>(),
        wide in any::<[u16; 8]>(),
        length in 0_u8..=128,
        other in any::<[u8; 4]>(),
    ) {
        let networks =
            [Cidr::v4(address, length), Cidr::v6(wide, length)].map(|network| (network, network.to_string()));
        for (network, text) in networks {
            prop_assert_eq!(Cidr::parse(&text), Ok(network));
            prop_assert!(network.contains(network.network()) && network.covers(&network));
            let around = Cidr::of(network.network(), network.length().saturating_sub(1)).expect("shorter");
            prop_assert!(around.covers(&network));
            prop_assert_eq!(network.covers(&around), network.length() == 0);
        }
        let network = Cidr::v4(address, length);
        let bits = u32::from(network.length());
        let prefix = |address: [u8; 4]| u64::from(u32::from_be_bytes(address)) >> (32 - bits);
        prop_assert_eq!(network.contains(other.into()), prefix(address) == prefix(other));
    }
}
