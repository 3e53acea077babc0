//! Values that mean the same: no plan shows a change, and the state keeps the spelling that it has.

use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::{Core, Instance};

use crate::check;
use crate::thing::Types;

fn thing() -> Instance {
    Core::new::<Types>().config(json!({ "key": "k" })).resource("types_thing")
}

#[tokio::test]
async fn another_spelling_is_no_change_in_read_or_plan() {
    for (name, first, second) in [
        ("json", json!("{\"b\": [1.0],\n \"a\": null}"), json!("{\"a\":null,\"b\":[1e0]}")),
        ("at", json!("2026-01-31T09:00:00+01:00"), json!("2026-01-31T08:00:00.000Z")),
        ("address", json!("2001:DB8:0:0::1"), json!("2001:db8::1")),
        ("network", json!("2001:0db8::/32"), json!("2001:DB8::/32")),
        (
            "uuid",
            json!("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"),
            json!("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
        ),
        ("wait", json!("90s"), json!("1m30s")),
        ("list", json!(["[ 1 ]", "{}"]), json!(["[1]", "{ }"])),
    ] {
        let mut thing = thing();
        thing.apply(json!({ name: first })).await;
        thing.plan_is_empty().await;
        assert_eq!(thing.state()[name], first, "the read spells it in another way");
        assert!(thing.plan(json!({ name: second })).await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn another_meaning_is_a_change() {
    for (name, first, second) in [
        ("json", json!("[1,2]"), json!("[2,1]")),
        ("at", json!("2026-01-31T09:00:00+01:00"), json!("2026-01-31T09:00:00Z")),
        ("address", json!("192.0.2.1"), json!("192.0.2.2")),
        ("network", json!("10.0.0.0/8"), json!("10.0.0.0/9")),
        ("wait", json!("90s"), json!("91s")),
        ("list", json!(["1", "2"]), json!(["2", "1"])),
        ("ratio", json!(0.5), json!(0.75)),
        ("open", json!("1"), json!(1)),
    ] {
        let mut thing = thing();
        thing.apply(json!({ name: first })).await;
        assert_eq!(thing.plan(json!({ name: second })).await.changed(), [name]);
        thing.apply(json!({ name: second })).await;
        thing.plan_is_empty().await;
        assert_eq!(stored(&thing, name), second);
    }
}

#[tokio::test]
async fn what_a_plan_promises_of_an_unknown_value_is_kept() {
    let mut thing = thing();
    thing.apply(json!({ "labels": { "a": "" } })).await;
    thing.plan_is_empty().await;
    assert_eq!(thing.state()["id"], "thing-1");
    let mut liar = self::thing();
    let report = liar.try_apply(json!({ "labels": { "lie": "" } })).await.expect_err("a promise is broken");
    check(
        &report,
        expect![[r#"
        error at id: The provider has a bug: its answer breaks a rule of Terraform
          id: the plan promised that the value would begin with "thing-" (result: "1")

          Please report this with the configuration of the object."#]],
    );
}

#[tokio::test]
async fn what_the_configuration_says_is_not_promised_about() {
    let mut thing = thing();
    let plan = thing.plan(json!({ "json": tfplug::testing::unknown() })).await;
    thing.apply_plan(&plan, json!({ "json": "{}" })).await;
    assert_eq!(thing.state()["json"], "{}");
}

#[tokio::test]
async fn what_is_within_a_secret_is_secret() {
    let mut thing = thing();
    let doors = |code: &str| json!({ "door": { "code": code }, "doors": [{ "code": code, "hint": "pet" }] });
    check(
        &thing.validate(doors("hunter2")).await,
        expect![[r#"
        error at door.code: Invalid value for "door.code"
          It must be four digits.
        error at doors[0].code: Invalid value for "doors[0].code"
          It must be four digits."#]],
    );
    thing.apply(doors("4711")).await;
    thing.plan_is_empty().await;
    assert_eq!(thing.state()["door"], Value::Null);
    assert_eq!(thing.state()["doors"], json!([{ "code": "4711", "hint": "pet" }]));
    let schema = <crate::thing::ThingArgs as tfplug::Fields>::attributes();
    let inner = |name: &str| {
        let attribute = schema.iter().find(|attribute| attribute.name == name).unwrap();
        attribute.nested().unwrap().1.to_vec()
    };
    assert!(inner("door").iter().all(|attribute| attribute.write_only && !attribute.sensitive));
    assert!(inner("doors").iter().all(|attribute| attribute.sensitive && !attribute.write_only));
}

/// An attribute in the state; of one of open type, the value without the type that is stored beside it.
fn stored(thing: &Instance, name: &str) -> Value {
    let state = thing.state();
    if name == "open" { state[name]["value"].clone() } else { state[name].clone() }
}

#[tokio::test]
async fn numbers_and_values_of_open_type_are_stored_as_they_are_written() {
    let mut thing = thing();
    for (name, value) in [
        ("ratio", json!(0.6)),
        ("big", json!(u64::MAX)),
        ("open", json!({ "a": [1, "b", null, true] })),
        ("open", json!("text")),
        ("open", json!([])),
    ] {
        thing.apply(json!({ name: value })).await;
        thing.plan_is_empty().await;
        assert_eq!(stored(&thing, name), value);
    }
}

#[tokio::test]
async fn what_has_no_meaning_is_refused_with_what_would_have() {
    let thing = thing();
    let mut seen = String::new();
    let bad: [(&str, Value); 14] = [
        ("json", json!("{'a': 1}")),
        ("at", json!("2026-01-31")),
        ("address", json!("localhost")),
        ("address", json!("203.0.113.1")),
        ("network", json!("10.1.2.3/8")),
        ("uuid", json!("f81d4fae")),
        ("wait", json!("2h")),
        ("wait", json!("soon")),
        ("list", json!(["[1]", "[1"])),
        ("ratio", json!(0.25)),
        ("ratio", json!(1e39)),
        ("big", json!(-1)),
        ("labels", json!({ "long": "YQ==", "ok": "YQ==", "a": "?" })),
        ("labels", json!({ "a": tfplug::testing::unknown(), "b": "?" })),
    ];
    for (name, value) in bad {
        let report = thing.validate(json!({ name: value })).await;
        seen += &format!("{report}\n");
    }
    check(
        &seen,
        expect![[r#"
            error at json: Invalid value for "json"
              It must be JSON: key must be a string at line 1 column 2.
            error at at: Invalid value for "at"
              "2026-01-31" is not a point in time: it does not begin like "2026-01-31T08:00:00". Write date, time and offset, such as "2026-01-31T08:00:00Z" or "2026-01-31T09:00:00+01:00".
            error at address: Invalid value for "address"
              It must be an IP address such as `192.0.2.1` or `2001:db8::1`, not "localhost".
            error at address: Invalid value for "address"
              It must be within 2001:db8::/32 or 192.0.2.0/24, not "203.0.113.1".
            error at network: Invalid value for "network"
              "10.1.2.3/8" names an address within a network. Write the network itself, "10.0.0.0/8", or one bit for each of the address.
            error at uuid: Invalid value for "uuid"
              It must be a UUID such as `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`, not "f81d4fae".
            error at wait: Invalid value for "wait"
              It must be 1s to 1h, not "2h".
            error at wait: Invalid value for "wait"
              "soon" is not a duration: a number is missing. Write numbers with units, such as "30s", "5m" or "1h30m".
            error at list[1]: Invalid value for "list[1]"
              It must be JSON: EOF while parsing a list at line 1 column 2.
            error at ratio: Invalid value for "ratio"
              It must be 0 or at least 0.5, not 0.25.
            error at ratio: Invalid value for "ratio"
              It must be a number from -3.4028235e38 to 3.4028235e38.
            error at big: Invalid value for "big"
              It must be a whole number from 0 to 18446744073709551615, not -1.
            error at labels: Invalid value for "labels"
              It must be of length at most 2, not 3.
            error at labels: Invalid value for "labels"
              Key "long": it must be of length 1 to 3, not 4.
            error at labels["a"]: Invalid value for "labels["a"]"
              It must be base64 with padding. Invalid symbol 63, offset 0.
            error at labels["b"]: Invalid value for "labels["b"]"
              It must be base64 with padding. Invalid symbol 63, offset 0.
        "#]],
    );
}
