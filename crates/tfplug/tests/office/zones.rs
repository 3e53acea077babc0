//! The plan of a zone, entry by entry.

use expect_test::expect;
use serde_json::{Value as Json, json};
use tfplug::testing::{Core, Instance, unknown};

use crate::zone::Zones;

/// A configuration in which one argument has another value.
fn with(name: &str, value: Json) -> Json {
    let records = json!({ "a": { "text": "one" }, "b": { "text": "two" } });
    let mut zone = json!({ "name": "Home", "records": records });
    zone[name] = value;
    zone
}

/// A zone with two records.
async fn two_records() -> Instance {
    let mut instance = Core::new::<Zones>().resource("zones_zone");
    let created = instance.apply(with("remark", json!(null))).await;
    expect!["create: name, records, path; known after apply: id, url, stamp, first_remark, digest"]
        .assert_eq(&created.to_string());
    instance.plan_is_empty().await;
    instance
}

/// Applies one configuration after the other, and plans each once more. The plans, a line each.
async fn apply_all(instance: &mut Instance, configs: impl IntoIterator<Item = Json>) -> String {
    let mut plans = String::new();
    for config in configs {
        plans += &format!("{}\n", instance.apply(config).await);
        instance.plan_is_empty().await;
    }
    plans
}

#[tokio::test]
async fn only_the_touched_entries_of_a_map_are_planned_anew() {
    let mut zone = two_records().await;
    let untouched = zone.state()["records"]["b"].clone();
    let records = [
        json!({ "a": { "text": "three" }, "b": { "text": "two" } }),
        json!({ "a": { "text": "three", "ttl": 9 }, "b": { "text": "two" } }),
        json!({ "a": { "text": "three", "ttl": 9 }, "b": { "text": "two" }, "c": { "text": "new" } }),
        json!({ "b": { "text": "two" }, "c": { "text": "new" } }),
    ];
    let plans = apply_all(&mut zone, records.map(|records| with("records", records))).await;
    expect![[r#"
        update: records["a"].text, records["a"].length; known after apply: records["a"].width, records["a"].etag, stamp, first_remark, digest
        update: records["a"].ttl; known after apply: records["a"].etag, stamp, first_remark, digest
        update: records["c"].text, records["c"].ttl, records["c"].length; known after apply: records["c"].id, records["c"].width, records["c"].etag, stamp, first_remark, digest
        update: records["a"]; known after apply: stamp, first_remark, digest
    "#]].assert_eq(&plans);
    assert_eq!(zone.state()["records"]["b"], untouched);
    assert_eq!(zone.state()["records"]["c"]["id"], "record-c");
}

#[tokio::test]
async fn an_entry_that_is_partly_unknown_is_planned_by_what_is_known() {
    let mut zone = two_records().await;
    let records = json!({ "a": { "text": unknown() }, "b": { "text": "two" } });
    let plan = zone.plan(with("records", records)).await;
    expect![[r#"update: known after apply: records["a"].text, records["a"].length, records["a"].width, records["a"].etag, stamp, first_remark, digest"#]].assert_eq(&plan.to_string());
}

/// The name in other letters leaves the path and so the link as they are, and so does another text of the same length.
#[tokio::test]
async fn attributes_follow_a_value_that_plan_fills_in() {
    let mut zone = two_records().await;
    let same_length = json!({ "a": { "text": "six" }, "b": { "text": "two" } });
    let configs = [with("name", json!("HOME")), with("name", json!("Away")), with("records", same_length)];
    expect![[r#"
        update: name; known after apply: stamp, first_remark, digest
        update: name, path; known after apply: url, stamp, first_remark, digest
        update: name, records["a"].text, path; known after apply: records["a"].etag, url, stamp, first_remark, digest
    "#]]
    .assert_eq(&apply_all(&mut zone, configs).await);
}

#[tokio::test]
async fn plan_makes_values_of_entries_unknown() {
    let mut zone = two_records().await;
    expect![[r#"
        update: remark; known after apply: records["a"].etag, records["b"].etag, stamp, first_remark, digest
    "#]]
    .assert_eq(&apply_all(&mut zone, [with("remark", json!("recheck"))]).await);
    // What follows such a value is unknown, too.
    expect![[r#"
        update: remark; known after apply: records["a"].length, records["a"].width, records["a"].etag, records["b"].length, records["b"].width, records["b"].etag, stamp, digest
    "#]]
    .assert_eq(&apply_all(&mut zone, [with("remark", json!("remeasure"))]).await);
}

#[tokio::test]
async fn a_value_is_kept_once_it_is_not_null() {
    let mut zone = two_records().await;
    let configs = ["one", "two"].map(|remark| with("remark", json!(remark)));
    expect![[r#"
        update: remark; known after apply: stamp, first_remark, digest
        update: remark; known after apply: stamp, digest
    "#]]
    .assert_eq(&apply_all(&mut zone, configs).await);
    assert_eq!(zone.state()["first_remark"], "one");
}

#[tokio::test]
async fn an_error_of_plan_stands_at_the_entry() {
    let mut zone = two_records().await;
    let failed = zone.try_plan(with("records", json!({ "a": { "text": "o n e" } }))).await.unwrap_err();
    expect![[r#"
        error at records["a"].text: Not a word
          "o n e" has a space in it."#]]
    .assert_eq(&failed.to_string());
}

#[tokio::test]
async fn what_plan_promises_of_a_value_of_an_entry_is_kept() {
    let mut zone = two_records().await;
    let records = json!({ "a": { "text": "one" }, "b": { "text": "two" }, "stray": { "text": "six" } });
    let failed = zone.try_apply(with("records", records)).await.expect_err("a promise is broken").to_string();
    assert!(failed.starts_with(r#"error at records["stray"].id: The provider has a bug"#), "{failed}");
    assert!(failed.contains(r#"would begin with "record-" (result: "stray")"#), "{failed}");
}

#[tokio::test]
async fn an_entry_can_force_a_replacement() {
    let mut zone = two_records().await;
    let old = |ttl: Json| with("records", json!({ "old": { "text": "one", "ttl": ttl } }));
    expect![[r#"
        replace because of records["old"].ttl: records["a"], records["b"], records["old"].text, records["old"].ttl, records["old"].length; known after apply: records["old"].id, records["old"].width, records["old"].etag, id, url, stamp, first_remark, digest
        replace because of records["old"].ttl: records["old"].ttl; known after apply: records["old"].id, records["old"].width, records["old"].etag, id, url, stamp, first_remark, digest
    "#]].assert_eq(&apply_all(&mut zone, [old(json!(null)), old(json!(3))]).await);
}

/// An attribute of a nested object that is new changes from null. One of an object that is removed replaces nothing.
#[tokio::test]
async fn what_replaces_does_so_in_new_nested_objects() {
    let mut zone = two_records().await;
    let mirror = |region: Json| json!({ "host": "m", "region": region });
    let plan = zone.plan(with("mirrors", unknown())).await;
    expect![[r#"replace because of mirrors: known after apply: records["a"].id, records["a"].width, records["a"].etag, records["b"].id, records["b"].width, records["b"].etag, mirrors, id, url, stamp, first_remark, digest"#]].assert_eq(&plan.to_string());
    let mirrors = [
        json!([mirror(json!(null))]),
        json!([mirror(json!(null)), mirror(json!("north"))]),
        json!([mirror(json!(null))]),
        json!(null),
    ];
    let plans = apply_all(&mut zone, mirrors.map(|mirrors| with("mirrors", mirrors))).await;
    expect![[r#"
        update: mirrors; known after apply: stamp, first_remark, digest
        replace because of mirrors[1].region: mirrors; known after apply: records["a"].id, records["a"].width, records["a"].etag, records["b"].id, records["b"].width, records["b"].etag, id, url, stamp, first_remark, digest
        update: mirrors; known after apply: stamp, first_remark, digest
        update: mirrors; known after apply: stamp, first_remark, digest
    "#]].assert_eq(&plans);

    let contact = |role: Json| json!([{ "who": "ada", "role": role }]);
    let contacts = [contact(json!(null)), contact(json!("all")), json!([])];
    let plans = apply_all(&mut zone, contacts.map(|contacts| with("contacts", contacts))).await;
    expect![[r#"
        update: contacts; known after apply: stamp, first_remark, digest
        replace because of contacts: contacts; known after apply: records["a"].id, records["a"].width, records["a"].etag, records["b"].id, records["b"].width, records["b"].etag, id, url, stamp, first_remark, digest
        update: contacts; known after apply: stamp, first_remark, digest
    "#]].assert_eq(&plans);
}
