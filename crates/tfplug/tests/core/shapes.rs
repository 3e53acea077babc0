//! Attributes of every shape, through plan, apply, read and the second plan.

use expect_test::expect;
use serde_json::{Value as Json, json};
use tfplug::testing::unknown;

use crate::{Check, managed};

fn everything() -> Json {
    json!({
        "label": "All",
        "name": "all",
        "owner": "ada@example.com",
        "size": "large",
        "capacity": 7,
        "steps": ["b", "a", "b"],
        "tags": ["y", "x", "y"],
        "notes": { "k": "v" },
        "main": { "who": "ada" },
        "rules": [{ "who": "ada", "times": 1 }, { "who": "bob" }],
        "named": { "one": { "who": "ada" } },
        "loose": [{ "who": "bob" }, { "who": "ada", "times": 2 }],
        "secret": "hush",
        "timeouts": { "create": "1m" },
    })
}

fn with(name: &str, value: Json) -> Json {
    let mut config = everything();
    config[name] = value;
    config
}

#[tokio::test]
async fn every_shape_survives() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(everything()).await.check(expect!["create: label, name, owner, size, capacity, steps, tags, notes, main.who, main.times, rules, named, loose, secret, timeouts.create; known after apply: main.number, id, path, revision"]);
    expect![[r#"
        {
          "capacity": 7,
          "caption": null,
          "id": "1",
          "label": "All",
          "loose": [
            {
              "times": 2,
              "who": "ada"
            },
            {
              "times": 3,
              "who": "bob"
            }
          ],
          "main": {
            "number": 3,
            "times": 3,
            "who": "ada"
          },
          "name": "all",
          "named": {
            "one": {
              "times": 3,
              "who": "ada"
            }
          },
          "notes": {
            "k": "v"
          },
          "owner": "ada@example.com",
          "password": null,
          "password_version": null,
          "path": "/All",
          "revision": 1,
          "rules": [
            {
              "times": 1,
              "who": "ada"
            },
            {
              "times": 3,
              "who": "bob"
            }
          ],
          "secret": "hush",
          "size": "large",
          "steps": [
            "b",
            "a",
            "b"
          ],
          "tags": [
            "x",
            "y"
          ],
          "timeouts": {
            "create": "1m",
            "delete": null,
            "read": null,
            "update": null
          }
        }"#]]
    .assert_eq(&format!("{:#}", thing.state()));
    thing.plan_is_empty().await;
    thing.refresh().await;
    thing.plan_is_empty().await;
}

#[tokio::test]
async fn a_change_is_shown_where_it_is() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(everything()).await;
    let mut seen = String::new();
    for (name, value) in [
        ("steps", json!(["a"])),
        ("tags", json!(["z"])),
        ("notes", json!({ "k": "w" })),
        ("main", json!({ "who": "eve" })),
        ("rules", json!([{ "who": "ada", "times": 1 }, { "who": "eve" }])),
        ("rules", json!([])),
        ("named", json!({ "one": { "who": "ada", "times": 5 } })),
        ("named", json!(null)),
        ("loose", json!([{ "who": "bob", "times": 3 }])),
        ("secret", json!("other")),
        ("timeouts", json!({ "create": "2m" })),
        ("caption", json!("old")),
    ] {
        let plan = thing.plan(with(name, value.clone())).await;
        seen += &format!("{name} = {value}: {plan}\n");
        let mut before = thing.state();
        thing.apply(with(name, value)).await;
        thing.plan_is_empty().await;
        thing.apply(everything()).await;
        thing.plan_is_empty().await;
        before["revision"] = thing.state()["revision"].clone();
        assert_eq!(thing.state(), before, "back after {name}");
    }
    seen.check(expect![[r#"
        steps = ["a"]: update: steps; known after apply: revision
        tags = ["z"]: update: tags; known after apply: revision
        notes = {"k":"w"}: update: notes; known after apply: revision
        main = {"who":"eve"}: update: main.who; known after apply: revision
        rules = [{"times":1,"who":"ada"},{"who":"eve"}]: update: rules[1].who; known after apply: revision
        rules = []: update: rules; known after apply: revision
        named = {"one":{"times":5,"who":"ada"}}: update: named["one"].times; known after apply: revision
        named = null: update: named; known after apply: revision
        loose = [{"times":3,"who":"bob"}]: update: loose; known after apply: revision
        secret = "other": update: secret; known after apply: revision
        timeouts = {"create":"2m"}: update: timeouts.create
        caption = "old": update: caption; known after apply: revision
        warning at caption: "caption" is deprecated
          Use `label`.
    "#]]);
}

#[tokio::test]
async fn order_and_repetition_in_a_set_mean_nothing() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(everything()).await;
    let mut config = with("tags", json!(["x", "x", "y"]));
    config["loose"] = json!([{ "who": "ada", "times": 2 }, { "who": "bob", "times": 3 }]);
    let plan = thing.plan(config).await;
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test]
async fn nested_values_may_be_unknown() {
    let (_cloud, mut thing) = managed("demo_thing");
    let config = |who: Json| {
        let mut config = everything();
        config["main"] = json!({ "who": who });
        config["rules"] = json!([{ "who": who }]);
        config["named"] = json!({ "one": { "who": who } });
        config["loose"] = json!([{ "who": who }]);
        config["tags"] = json!(["x", who]);
        config
    };
    let plan = thing.plan(config(unknown())).await;
    plan.check(expect!["create: label, name, owner, size, capacity, steps, tags, notes, main.times, rules, named, loose, secret, timeouts.create; known after apply: main.who, main.number, id, path, revision"]);
    thing.apply_plan(&plan, config(json!("eve"))).await;
    thing.plan_is_empty().await;

    let mut whole = everything();
    for name in ["main", "rules", "named", "loose", "tags", "steps", "notes"] {
        whole[name] = unknown();
    }
    let plan = thing.plan(whole).await;
    plan.check(expect!["update: known after apply: steps, tags, notes, main, rules, named, loose, revision"]);
    thing.apply_plan(&plan, everything()).await;
    thing.plan_is_empty().await;
}

#[tokio::test]
async fn converted_values_are_those_of_the_schema() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": 12, "capacity": "7" })).await;
    assert_eq!((&thing.state()["label"], &thing.state()["capacity"]), (&json!("12"), &json!(7)));
}
