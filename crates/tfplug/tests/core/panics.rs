//! A panic in each hook that a provider can write: a diagnostic, nothing lost, and the provider goes on.

use expect_test::expect;
use serde_json::{Value as Json, json};
use tfplug::testing::{Core, Report, unknown};

use crate::demo::{Cloud, Demo, Fault};
use crate::{Check, core, things};

/// What the practitioner reads of a panic, in one line.
fn line(hook: &str, report: &Report) -> String {
    assert!(report.has_errors(), "{hook}: {report}");
    let said: Vec<_> = report
        .iter()
        .map(|found| format!("{}: {}", found.summary, found.detail.lines().next().unwrap_or_default()))
        .collect();
    format!("{hook}: {}\n", said.join(" | "))
}

/// A run in which one thing exists.
async fn with_thing(fault: Option<&'static str>) -> (Cloud, Core, tfplug::testing::Instance) {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    if let Some(step) = fault {
        cloud.fail(step, Fault::Panic);
    }
    (cloud, core, thing)
}

#[tokio::test]
async fn in_the_hooks_of_the_provider() {
    let (cloud, core) = core();
    let wrong = core.clone().config(json!({ "cloud": "panic" }));
    let mut seen = line("validate", &wrong.configure().await);
    cloud.fail("configure", Fault::Panic);
    seen += &line("configure", &core.configure().await);
    cloud.repair();
    cloud.fail("scope", Fault::Panic);
    let mut thing = core.resource("demo_thing");
    seen += &line("scope", &thing.try_apply(json!({ "label": "Data" })).await.expect_err("a panic"));
    assert_eq!((thing.state(), cloud.len()), (Json::Null, 0));
    cloud.repair();
    seen.check(expect![[r#"
        validate: The provider has a bug: It panicked: no idea how to validate
        configure: The provider has a bug: It panicked: no idea how to configure
        scope: The provider has a bug: It panicked: no idea how to scope
    "#]]);

    // Nobody is there to hear it, and nothing depends on it.
    cloud.fail("finish", Fault::Panic);
    thing.apply(json!({ "label": "Data" })).await;
    cloud.repair();

    // What went well stays well.
    cloud.fail("remark", Fault::Panic);
    let applied = thing.apply(json!({ "label": "Date" })).await;
    assert_eq!(thing.state()["revision"], 2);
    applied.report().check(expect![[r#"
        warning: The provider has a bug
          It panicked after the call, when asked how it went. The call itself is not affected."#]]);
}

#[tokio::test]
async fn in_advice_after_a_failure_that_leaves_something() {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    cloud.fail("created", Fault::Confuse);
    let report = thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
    report.check(expect![[r#"
        error: Could not create demo_thing
          The cloud said something strange at created.

          What to do about it is missing, because the provider has a bug: it panicked: no advice"#]]);
    assert_eq!((&thing.state()["id"], thing.is_tainted()), (&json!("1"), true), "no orphan");

    cloud.fail("poke", Fault::Confuse);
    let poke = core.action("demo_poke").try_invoke(json!({ "id": "1", "times": 2 })).await;
    poke.expect_err("a failure, not success").check(expect![[r#"
        poke 1 for the 1. time
        poke 1 for the 2. time
        error: Could not invoke demo_poke
          The cloud said something strange at poke.

          What to do about it is missing, because the provider has a bug: it panicked: no advice"#]]);
    cloud.fail("list", Fault::Confuse);
    let listed =
        core.list("demo_thing").try_query(json!({})).await.expect_err("a failure, not an empty list");
    listed.check(expect![[r#"
        error: Could not list demo_thing
          The cloud said something strange at list.

          What to do about it is missing, because the provider has a bug: it panicked: no advice"#]]);
    cloud.fail("configure", Fault::Confuse);
    core.configure().await.check(expect![[r#"
        error: Could not configure the provider
          The cloud said something strange at configure.

          What to do about it is missing, because the provider has a bug: it panicked: no advice"#]]);
}

#[tokio::test]
async fn in_the_handlers_of_a_resource() {
    let mut seen = String::new();
    for step in ["plan", "update", "updated"] {
        let (cloud, _, mut thing) = with_thing(Some(step)).await;
        let before = thing.state();
        seen += &line(step, &thing.try_apply(json!({ "label": "Date" })).await.expect_err("a panic"));
        assert_eq!(thing.state(), before);
        cloud.repair();
        thing.apply(json!({ "label": "Date" })).await;
        thing.plan_is_empty().await;
    }
    for step in ["read", "delete", "plan_delete"] {
        let (cloud, _, mut thing) = with_thing(Some(step)).await;
        let before = (thing.state(), thing.identity());
        seen += &line(step, &thing.try_destroy().await.expect_err("a panic"));
        assert_eq!(((thing.state(), thing.identity()), cloud.len()), (before, 1));
        cloud.repair();
        thing.destroy().await;
    }
    for (step, id) in [("import", "thing/1"), ("read", "thing/1")] {
        let (cloud, core, _) = with_thing(Some(step)).await;
        let mut other = core.resource("demo_thing");
        seen += &line(step, &other.try_import(id).await.expect_err("a panic"));
        assert_eq!(other.state(), Json::Null);
        cloud.repair();
        other.import(id).await;
    }
    // The create is not confirmed, so the next read looks for the thing.
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    cloud.fail("answer", Fault::Panic);
    seen += &line("create", &thing.try_apply(json!({ "label": "Data" })).await.expect_err("a panic"));
    cloud.fail("find", Fault::Panic);
    seen += &line("find", &thing.try_refresh().await.expect_err("a panic"));
    assert_eq!(thing.state()["label"], "Data");
    cloud.repair();
    thing.refresh().await;
    assert_eq!(thing.state()["id"], "1");
    seen.check(expect![[r#"
        plan: The provider has a bug: It panicked: no idea how to plan
        update: The provider has a bug: It panicked: no idea how to update
        updated: The provider has a bug: It panicked: no idea how to updated
        read: The provider has a bug: It panicked: no idea how to read
        delete: The provider has a bug: It panicked: no idea how to delete
        plan_delete: The provider has a bug: It panicked: no idea how to plan_delete
        import: The provider has a bug: It panicked: no idea how to import
        read: The provider has a bug: It panicked: no idea how to read
        create: The provider has a bug: It panicked: no idea how to answer
        find: The provider has a bug: It panicked: no idea how to find
    "#]]);
}

#[tokio::test]
async fn in_types_tables_and_rules_of_a_resource() {
    let (cloud, core) = core();
    let mut seen = String::new();
    let mut brittle = core.resource("demo_brittle");
    seen += &line("parse", &brittle.validate(json!({ "stuff": "unreadable", "count_of": 1 })).await);
    seen += &line("validate", &core.resource("demo_thing").validate(json!({ "label": "panic" })).await);

    // The comparison comes when the object exists already.
    let config = json!({ "stuff": "incomparable", "count_of": 1 });
    let report = brittle.try_apply(config).await.expect_err("a panic");
    seen += &line("same after create", &report);
    assert_eq!((&brittle.state()["id"], brittle.is_tainted()), (&json!("1"), true), "no orphan");
    cloud.journal().check(expect!["create incomparable"]);

    let mut brittle = core.resource("demo_brittle");
    brittle.apply(json!({ "stuff": "glass", "count_of": 1 })).await;
    let before = brittle.state();
    let replace = brittle.try_apply(json!({ "stuff": "glass", "count_of": 13 })).await;
    seen += &line("replace_if", &replace.expect_err("a panic"));
    let same = brittle.try_apply(json!({ "stuff": "incomparable", "count_of": 1 })).await;
    seen += &line("same while planning", &same.expect_err("a panic"));
    let stored = json!({ "id": "1", "title": "odd", "name": "x" }).to_string();
    let upgrade = core.resource("demo_thing").try_upgrade(1, stored).await;
    seen += &line("upgrade", &upgrade.expect_err("a panic"));
    brittle.set_identity(0, r#"{"number":13}"#);
    seen += &line("identity upgrade", &brittle.try_refresh().await.expect_err("a panic"));
    assert_eq!(brittle.state(), before);
    let moved = r#"{"stuff":"odd"}"#;
    let moved = core.resource("demo_brittle").try_move("x/demo/other", "other_brittle", 3, moved).await;
    seen += &line("move", &moved.expect_err("a panic"));
    seen.check(expect![[r#"
        parse: The provider has a bug: It panicked: no idea how to parse
        validate: The provider has a bug: It panicked: no idea how to validate
        same after create: The provider has a bug: It panicked: no idea how to compare
        replace_if: The provider has a bug: It panicked: no idea whether to replace
        same while planning: The provider has a bug: It panicked: no idea how to compare
        upgrade: The provider has a bug: It panicked: no idea how to upgrade
        identity upgrade: The provider has a bug: It panicked: no idea how to upgrade
        move: The provider has a bug: It panicked: no idea how to move
    "#]]);
}

/// Arguments are written down for the first time when the object exists already.
#[tokio::test]
async fn in_writing_the_arguments_of_what_was_created() {
    let (cloud, core) = core();
    let mut brittle = core.resource("demo_brittle");
    let report = brittle.try_apply(json!({ "stuff": "unwritable", "count_of": 1 })).await;
    line("create", &report.expect_err("a panic")).check(expect![[r#"
        create: The provider has a bug: It panicked: no idea how to write
    "#]]);
    cloud.journal().check(expect!["create unwritable"]);
    assert_eq!((&brittle.state()["id"], brittle.is_tainted()), (&json!("1"), true), "no orphan");

    let mut brittle = core.resource("demo_brittle");
    let report = brittle.try_apply(json!({ "stuff": "unwritable", "count_of": 7 })).await;
    report.expect_err("it names another object");
    assert_eq!(brittle.state()["id"], "7", "no orphan: it has told of this one");
}

/// A comparison that panics must not hide that the answer is of another object.
#[tokio::test]
async fn in_a_comparison_of_an_answer_that_names_another_object() {
    let (_cloud, core) = core();
    let mut brittle = core.resource("demo_brittle");
    let created = brittle.try_apply(json!({ "stuff": "incomparable", "count_of": 7 })).await;
    let mut seen = line("create", &created.expect_err("a panic"));

    let mut brittle = core.resource("demo_brittle");
    brittle.apply(json!({ "stuff": "glass", "count_of": 1 })).await;
    let updated = brittle.try_apply(json!({ "stuff": "glass", "count_of": 7 })).await;
    seen += &line("update", &updated.expect_err("a panic"));
    seen.check(expect![[r#"
        create: The provider has a bug: It panicked: no idea how to compare | The provider has a bug: it told of another object: While it created demo_brittle it told that id is "7", but it is "1".
        update: The provider has a bug: It panicked: no idea how to compare | The provider has a bug: it answered with another object: Asked for demo_brittle { "id" = "1" } it answered with { "id" = "7" }. An object keeps its identity for all its life.
    "#]]);
    assert_eq!((&brittle.state()["id"], &brittle.identity()["id"]), (&json!("1"), &json!("1")));
}

#[tokio::test]
async fn in_the_hooks_of_all_other_kinds() {
    let (cloud, core) = core();
    things(&core, &["a", "bad"]).await;
    let mut seen = String::new();

    let summary = core.data_source("demo_summary");
    seen += &line("data validate", &summary.validate(json!({ "prefix": "panic" })).await);
    cloud.fail("count", Fault::Panic);
    seen += &line("data read", &summary.try_read(json!({ "prefix": "x" })).await.expect_err("a panic"));

    let join = core.function("join");
    let called = join.try_call([json!("-"), json!("panic")]).await;
    seen += &line("function call", &called.expect_err("a panic"));
    let called = join.try_call([json!("-"), json!("panic in check")]).await;
    seen += &line("function check", &called.expect_err("a panic"));

    let pass = core.ephemeral("demo_pass");
    seen += &line("ephemeral validate", &pass.validate(json!({ "guest": "panic" })).await);
    cloud.fail("open", Fault::Panic);
    seen += &line("open", &pass.try_open(json!({ "guest": "ada" })).await.expect_err("a panic"));
    cloud.repair();
    let mut opened = pass.open(json!({ "guest": "ada" })).await;
    cloud.fail("renew", Fault::Panic);
    seen += &line("renew", &opened.renew().await);
    cloud.fail("close", Fault::Panic);
    seen += &line("close", &opened.close().await);

    let list = core.list("demo_thing");
    seen += &line("list validate", &list.validate(json!({ "prefix": "panic" })).await);
    cloud.fail("page", Fault::Panic);
    let listed = list.try_query(json!({})).await.expect_err("a panic");
    assert_eq!(listed.objects().len(), 1, "what was found before is told");
    seen += &line("list mid-stream", listed.report());
    cloud.fail("list", Fault::Panic);
    seen += &line("list", list.try_query(json!({})).await.expect_err("a panic").report());

    let poke = core.action("demo_poke");
    seen += &line("action validate", &poke.validate(json!({ "id": "panic" })).await);
    let plan = poke.try_plan(json!({ "id": "1", "times": 13 })).await;
    seen += &line("action plan", &plan.expect_err("a panic"));
    cloud.fail("poke", Fault::Panic);
    let invoked = poke.try_invoke(json!({ "id": "1", "times": 2 })).await.expect_err("a panic");
    assert_eq!(invoked.progress().len(), 2, "what was told before is told");
    seen += &line("action invoke", invoked.report());
    seen.check(expect![[r#"
        data validate: The provider has a bug: It panicked: no idea how to validate
        data read: The provider has a bug: It panicked: no idea how to count
        function call: Error in function call: The provider has a bug. It panicked: no idea how to join
        function check: Error in function call: The provider has a bug. It panicked: no idea how to check
        ephemeral validate: The provider has a bug: It panicked: no idea how to validate
        open: The provider has a bug: It panicked: no idea how to open
        renew: The provider has a bug: It panicked: no idea how to renew
        close: The provider has a bug: It panicked: no idea how to close
        list validate: The provider has a bug: It panicked: no idea how to validate
        list mid-stream: The provider has a bug: It panicked: no idea how to page
        list: The provider has a bug: It panicked: no idea how to list
        action validate: The provider has a bug: It panicked: no idea how to validate
        action plan: The provider has a bug: It panicked: no idea how to plan
        action invoke: The provider has a bug: It panicked: no idea how to poke
    "#]]);

    cloud.repair();
    summary.read(json!({ "prefix": "x" })).await;
    join.call([json!("-"), json!("a")]).await;
    pass.open(json!({ "guest": "ada" })).await.close().await.check(expect![""]);
    list.query(json!({})).await;
    poke.invoke(json!({ "id": "1", "times": 2 })).await;
}

#[tokio::test]
async fn one_provider_process_serves_on_after_a_panic() {
    // The pass is opened and closed by the same provider, with a panic in between.
    let (cloud, core) = core();
    let mut opened = core.ephemeral("demo_pass").open(json!({ "guest": "ada" })).await;
    cloud.fail("renew", Fault::Panic);
    assert!(opened.renew().await.has_errors());
    cloud.repair();
    cloud.journal();
    opened.close().await.check(expect![""]);
    cloud.journal().check(expect!["close ada as renewed 0 times"]);
    let late = Core::new::<Demo>().config(json!({ "cloud": cloud.address() }));
    assert_eq!(late.function("longest").call([unknown()]).await, unknown());
}
