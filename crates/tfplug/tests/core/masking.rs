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
async fn what_a_move_cannot_read_is_not_repeated() {
    let (_cloud, mut brittle) = crate::managed("demo_brittle");
    let other = "registry.example.com/demo/other";
    let moved = brittle.try_move(other, "other_brittle", 3, r#"{"stuff":47114711}"#).await;
    let report = moved.expect_err("no text").to_string();
    assert!(report.contains("(sensitive)") && !report.contains("4711"), "{report}");
}
