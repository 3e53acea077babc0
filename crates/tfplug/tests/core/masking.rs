//! A secret made at run time, which no schema knows of: masked from the moment on at which a handler says so.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::Core;

use crate::demo::{Demo, Fault};
use crate::{Check, core, managed};

/// The handler has masked what its error then repeats: the text says that something was there, and not what.
fn masked(step: &str, said: &impl ToString) {
    let said = said.to_string();
    assert!(said.contains("with key (sensitive)"), "{step}: {said}");
    assert!(!said.contains("token-of"), "{step}: {said}");
}

#[tokio::test]
async fn handlers_of_resources_mask_what_was_made_at_run_time() {
    for step in ["plan", "create", "read", "update", "plan_delete", "delete", "import"] {
        let (cloud, mut thing) = managed("demo_thing");
        if !["plan", "create", "import"].contains(&step) {
            thing.apply(json!({ "label": "a" })).await;
        }
        cloud.fail(step, Fault::Mint);
        let report = match step {
            "create" | "update" => thing.try_apply(json!({ "label": "b" })).await.err(),
            "plan" => thing.try_plan(json!({ "label": "b" })).await.err(),
            "read" => thing.try_refresh().await.err(),
            "import" => thing.try_import("thing/1").await.err(),
            _ => thing.try_destroy().await.err(),
        };
        masked(step, &report.expect("a failure"));
    }
}

#[tokio::test]
async fn handlers_of_the_other_kinds_mask_what_was_made_at_run_time() {
    let (cloud, core) = core();
    let block = core.ephemeral("demo_pass");
    let (mut renewed, closed) =
        (block.open(json!({ "guest": "ada" })).await, block.open(json!({ "guest": "bob" })).await);
    for step in ["count", "list", "poke", "open", "renew", "close"] {
        cloud.fail(step, Fault::Mint);
    }
    let data = core.data_source("demo_summary").try_read(json!({ "prefix": "D" })).await;
    masked("count", &data.expect_err("a failure"));
    masked("list", &core.list("demo_thing").try_query(json!({})).await.expect_err("a failure"));
    let poked = core.action("demo_poke").try_invoke(json!({ "id": "1", "times": 2 })).await;
    masked("poke", &poked.expect_err("a failure"));
    masked("open", &block.try_open(json!({ "guest": "ada" })).await.expect_err("a failure"));
    masked("renew", &renewed.renew().await);
    masked("close", &closed.close().await);
}

#[tokio::test]
async fn configure_masks_what_was_made_at_run_time() {
    let (cloud, _) = core();
    let core = Core::new::<Demo>().config(json!({ "cloud": cloud.address(), "key": "lapsed" }));
    core.configure().await.check(expect![[r#"
        error: The key is of no use
          Its last session was (sensitive)."#]]);
}

#[tokio::test]
async fn what_an_upgrade_cannot_read_is_not_repeated() {
    let (_cloud, mut thing) = crate::managed("demo_thing");
    // Of version 1, whose `title` is no attribute any more: who knows what it holds.
    let stored = json!({ "id": "1", "title": 47114711, "name": "lamp" }).to_string();
    let report = thing.try_upgrade(1, stored).await.expect_err("no text").to_string();
    assert!(report.contains("(sensitive)") && !report.contains("4711"), "{report}");
    // Nor by the handler, in whatever part of its error.
    let stored = json!({ "id": "1", "title": "refused-4711", "name": "lamp" }).to_string();
    let report = thing.try_upgrade(1, stored).await.expect_err("refused").to_string();
    assert!(report.contains("No way for (sensitive)") && !report.contains("4711"), "{report}");
    // What the schema has in clear is shown.
    let stored = json!({ "id": 47114711, "title": "lamp", "name": "lamp" }).to_string();
    let report = thing.try_upgrade(1, stored).await.expect_err("no text").to_string();
    assert!(report.contains("47114711"), "{report}");
}

#[tokio::test]
async fn what_an_upgrade_of_an_identity_cannot_read_is_not_repeated() {
    let (_cloud, mut brittle) = managed("demo_brittle");
    brittle.apply(json!({ "stuff": "glass", "count_of": 1 })).await;
    // Of version 0, whose `number` is no attribute any more.
    brittle.set_identity(0, r#"{ "number": "token-47114711" }"#);
    let report = brittle.try_refresh().await.expect_err("no number").to_string();
    assert!(report.contains("(sensitive)") && !report.contains("4711"), "{report}");
}

/// A panic is an error like any other, and its text may quote what it could not take.
#[tokio::test]
async fn what_a_conversion_panics_about_is_not_repeated() {
    let (_cloud, core) = crate::core();
    let stored = json!({ "id": "1", "title": "odd-token-4711", "name": "lamp" }).to_string();
    let upgraded = core.resource("demo_thing").try_upgrade(1, stored).await;
    let mut brittle = core.resource("demo_brittle");
    brittle.apply(json!({ "stuff": "glass", "count_of": 1 })).await;
    brittle.set_identity(0, r#"{ "number": 47114711 }"#);
    let named = brittle.try_refresh().await;
    let other = "registry.example.com/demo/other";
    let stored = r#"{ "stuff": "odd-token-4711" }"#;
    let moved = core.resource("demo_brittle").try_move(other, "other_brittle", 3, stored).await;
    for (step, report) in [("upgrade", upgraded), ("identity upgrade", named), ("move", moved)] {
        let report = report.expect_err(step).to_string();
        assert!(report.contains("no idea what (sensitive) is"), "{step}: {report}");
        assert!(!report.contains("4711"), "{step}: {report}");
    }
}

#[tokio::test]
async fn what_a_move_cannot_read_is_not_repeated() {
    let (_cloud, core) = crate::core();
    let mut brittle = core.resource("demo_brittle");
    let other = "registry.example.com/demo/other";
    let moved = brittle.try_move(other, "other_brittle", 3, r#"{"stuff":47114711}"#).await;
    let report = moved.expect_err("no text").to_string();
    assert!(report.contains("(sensitive)") && !report.contains("4711"), "{report}");
    // Nor what is in the identity of the source.
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "glass" })).await;
    thing.set_identity(0, r#"{ "id": 47114711 }"#);
    let moved =
        core.resource("demo_brittle").try_move_from("registry.example.com/demo/demo", &mut thing).await;
    let report = moved.expect_err("no text").to_string();
    assert!(report.contains("(sensitive)") && !report.contains("4711"), "{report}");
}
