//! What the state holds after an error, a panic, a deadline or Ctrl-C, and that the next apply converges.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::Instance;

use crate::demo::{Cloud, Fault};
use crate::{Check, core, managed, stop_when_waiting};

/// A failed apply and what it leaves, in one text; then everything is set right and the next apply converges.
async fn failing(
    cloud: &Cloud,
    thing: &mut Instance,
    label: &str,
    step: &'static str,
    fault: Fault,
) -> String {
    cloud.fail(step, fault);
    let report = thing.try_apply(json!({ "label": label })).await.expect_err("a failure");
    cloud.repair();
    let left = match thing.state() {
        serde_json::Value::Null => "nothing".to_owned(),
        state => format!(
            "id {}, label {}, revision {}{}",
            state["id"],
            state["label"],
            state["revision"],
            if thing.is_tainted() { ", tainted" } else { "" }
        ),
    };
    thing.apply(json!({ "label": label })).await;
    thing.plan_is_empty().await;
    assert_eq!(cloud.len(), 1, "after {step} there is one thing and no orphan");
    format!("{report}\nleft: {left}\n\n")
}

#[tokio::test]
async fn an_error_while_creating_loses_nothing() {
    let mut seen = String::new();
    for step in ["create", "answer", "created", "checkpoint"] {
        let (cloud, mut thing) = managed("demo_thing");
        seen += &failing(&cloud, &mut thing, "Data", step, Fault::Refuse).await;
    }
    seen.check(expect![[r#"
        error: Could not create demo_thing
          The cloud refused create.

          Ask the owner of the cloud.
        left: nothing

        error: Could not create demo_thing
          The cloud refused answer.

          Ask the owner of the cloud.
        left: id null, label "Data", revision null, tainted

        error: Could not create demo_thing
          The cloud refused created.

          Ask the owner of the cloud.
        left: id "1", label "Data", revision null, tainted

        error: Could not create demo_thing
          The cloud refused checkpoint.

          Ask the owner of the cloud.
        left: id "1", label "Data", revision 1, tainted

    "#]]);
}

#[tokio::test]
async fn a_panic_while_creating_loses_nothing() {
    let mut seen = String::new();
    for step in ["create", "answer", "created", "checkpoint"] {
        let (cloud, mut thing) = managed("demo_thing");
        seen += &failing(&cloud, &mut thing, "Data", step, Fault::Panic).await;
    }
    seen.check(expect![[r#"
        error: The provider has a bug
          It panicked: no idea how to create

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.
        left: nothing

        error: The provider has a bug
          It panicked: no idea how to answer

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.
        left: id null, label "Data", revision null, tainted

        error: The provider has a bug
          It panicked: no idea how to created

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.
        left: id "1", label "Data", revision null, tainted

        error: The provider has a bug
          It panicked: no idea how to checkpoint

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.
        left: id "1", label "Data", revision 1, tainted

    "#]]);
}

#[tokio::test]
async fn a_failed_update_leaves_what_is_true() {
    let mut seen = String::new();
    for step in ["update", "updated", "checkpoint"] {
        for fault in [Fault::Refuse, Fault::Panic] {
            let (cloud, mut thing) = managed("demo_thing");
            thing.apply(json!({ "label": "Data" })).await;
            seen += &failing(&cloud, &mut thing, "Date", step, fault).await;
        }
    }
    seen.check(expect![[r#"
        error: Could not update demo_thing
          The cloud refused update.

          Ask the owner of the cloud.
        left: id "1", label "Data", revision 1

        error: The provider has a bug
          It panicked: no idea how to update

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.
        left: id "1", label "Data", revision 1

        error: Could not update demo_thing
          The cloud refused updated.

          Ask the owner of the cloud.
        left: id "1", label "Data", revision 1

        error: The provider has a bug
          It panicked: no idea how to updated

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.
        left: id "1", label "Data", revision 1

        error: Could not update demo_thing
          The cloud refused checkpoint.

          Ask the owner of the cloud.
        left: id "1", label "Date", revision 2

        error: The provider has a bug
          It panicked: no idea how to checkpoint

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.
        left: id "1", label "Date", revision 2

    "#]]);
}

#[tokio::test]
async fn all_that_an_update_reports_stands_at_its_attribute_and_is_a_failure() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.apply(json!({ "lie": "none", "note": "before" })).await;
    let before = liar.state();
    let mut seen = String::new();
    for note in ["doubt", "doubts"] {
        let report = liar.try_apply(json!({ "lie": "none", "note": note })).await.expect_err("a failure");
        seen += &format!("{report}\n\n");
        assert_eq!(liar.state(), before);
        assert!(!liar.is_tainted());
    }
    seen.check(expect![[r#"
        warning at note: Doubtful
          It may be a lie.
        error at note: Could not update demo_liar
          The provider gave no reason but the warnings beside this error.

        warning at note: Doubtful
          It may be a lie.
        error at note: Refused
          It is a lie.
        error at lie: Refused
          So is this.

    "#]]);
}

#[tokio::test]
async fn a_failed_delete_keeps_the_thing() {
    for fault in [Fault::Refuse, Fault::Panic] {
        let (cloud, mut thing) = managed("demo_thing");
        thing.apply(json!({ "label": "Data" })).await;
        let before = thing.state();
        cloud.fail("delete", fault);
        thing.try_destroy().await.expect_err("a failure");
        assert_eq!(thing.state(), before);
        assert!(!thing.is_tainted());
        cloud.repair();
        thing.destroy().await;
        assert_eq!(cloud.len(), 0);
    }
}

#[tokio::test]
async fn a_failed_read_keeps_the_thing() {
    for fault in [Fault::Refuse, Fault::Panic] {
        let (cloud, mut thing) = managed("demo_thing");
        thing.apply(json!({ "label": "Data" })).await;
        let before = (thing.state(), thing.identity());
        cloud.fail("read", fault);
        thing.try_refresh().await.expect_err("a failure");
        thing.try_plan(json!({ "label": "Data" })).await.expect_err("a failure");
        thing.try_destroy().await.expect_err("a failure");
        assert_eq!((thing.state(), thing.identity()), before);
        assert_eq!(cloud.len(), 1);
    }
}

#[tokio::test]
async fn a_failed_plan_changes_nothing() {
    for fault in [Fault::Refuse, Fault::Panic] {
        for step in ["plan", "plan_delete"] {
            let (cloud, mut thing) = managed("demo_thing");
            thing.apply(json!({ "label": "Data" })).await;
            let before = thing.state();
            cloud.fail(step, fault);
            if step == "plan" {
                thing.try_apply(json!({ "label": "Date" })).await.expect_err("a failure");
            } else {
                thing.try_destroy().await.expect_err("a failure");
            }
            assert_eq!((thing.state(), cloud.len()), (before, 1));
        }
    }
}

#[tokio::test]
async fn a_replacement_that_fails_half_way_is_made_up_for() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data", "name": "one" })).await;
    cloud.fail("create", Fault::Refuse);
    let config = json!({ "label": "Data", "name": "two" });
    thing.try_apply(config.clone()).await.expect_err("a failure");
    assert_eq!((thing.state(), cloud.len()), (json!(null), 0), "the old one is gone");
    cloud.repair();
    thing.apply(config).await;
    assert_eq!(cloud.len(), 1);
}

#[tokio::test]
async fn a_replacement_that_creates_first_and_fails_keeps_the_old_one() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.create_before_destroy();
    thing.apply(json!({ "label": "Data", "name": "one" })).await;
    cloud.fail("create", Fault::Refuse);
    thing.try_apply(json!({ "label": "Data", "name": "two" })).await.expect_err("a failure");
    assert_eq!((&thing.state()["name"], cloud.len(), thing.deposed()), (&json!("one"), 1, 0));

    cloud.repair();
    cloud.fail("delete", Fault::Refuse);
    thing.try_apply(json!({ "label": "Data", "name": "two" })).await.expect_err("a failure");
    assert_eq!((&thing.state()["name"], cloud.len(), thing.deposed()), (&json!("two"), 2, 1));
    cloud.repair();
    thing.destroy().await;
    assert_eq!((cloud.len(), thing.deposed()), (0, 0));
}

#[tokio::test]
async fn a_deadline_ends_what_takes_too_long() {
    let (cloud, mut thing) = managed("demo_thing");
    cloud.fail("created", Fault::Wait);
    let config = json!({ "label": "Data", "timeouts": { "create": "20ms" } });
    thing.try_apply(config.clone()).await.expect_err("a failure").check(expect![[r#"
        error: Could not create demo_thing
          Created took too long."#]]);
    assert!(thing.is_tainted());
    assert_eq!(thing.state()["id"], "1");
    cloud.repair();
    thing.apply(config).await;
    assert_eq!(cloud.len(), 1);
}

#[tokio::test]
async fn ctrl_c_ends_what_is_running_and_starts_nothing_new() {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    cloud.fail("created", Fault::Wait);
    let stop = async {
        cloud.waiting().await;
        core.stop().await;
    };
    let (result, ()) = tokio::join!(thing.try_apply(json!({ "label": "Data" })), stop);
    result.expect_err("stopped").check(expect![[r#"
        error: Could not create demo_thing
          Stopped at created."#]]);
    assert!(thing.is_tainted());
    assert_eq!(thing.state()["id"], "1");

    // The replacement is stopped while it deletes: the other half is not begun.
    cloud.repair();
    cloud.fail("delete", Fault::Wait);
    let stop = async {
        cloud.waiting().await;
        cloud.repair();
        core.stop().await;
    };
    let (result, ()) = tokio::join!(thing.try_apply(json!({ "label": "Data" })), stop);
    result.expect_err("stopped").check(expect![[r#"
        error: Could not delete demo_thing
          Stopped at delete."#]]);
    assert_eq!((&thing.state()["id"], cloud.len()), (&json!("1"), 1));

    cloud.fail("delete", Fault::Linger);
    let stop = async {
        cloud.waiting().await;
        core.stop().await;
    };
    let (result, ()) = tokio::join!(thing.try_apply(json!({ "label": "Data" })), stop);
    result.expect_err("stopped").check(expect![[r#"
        error: Execution halted
          The create was not started."#]]);
    assert_eq!((thing.state(), cloud.len()), (json!(null), 0));

    cloud.repair();
    thing.apply(json!({ "label": "Data" })).await;
    assert_eq!((&thing.state()["id"], cloud.len()), (&json!("2"), 1));
}

#[tokio::test]
async fn ctrl_c_ends_reads_imports_and_updates() {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    let before = (thing.state(), thing.identity());
    let mut seen = String::new();
    for step in ["read", "update", "import"] {
        cloud.fail(step, Fault::Wait);
        let mut other = core.resource("demo_thing");
        let stopped = async {
            match step {
                "read" => thing.try_refresh().await.map(drop),
                "update" => thing.try_apply(json!({ "label": "Date" })).await.map(drop),
                _ => other.try_import("thing/1").await.map(drop),
            }
        };
        let (result, ()) = tokio::join!(stopped, stop_when_waiting(&cloud, &core));
        seen += &format!("{}\n", result.expect_err("stopped"));
        assert_eq!((thing.state(), thing.identity()), before);
        assert_eq!(other.state(), json!(null));
        cloud.repair();
    }
    seen.check(expect![[r#"
        error: Could not read demo_thing
          Stopped at read.
        error: Could not update demo_thing
          Stopped at update.
        error: Could not import demo_thing
          Stopped at import.
    "#]]);
    thing.apply(json!({ "label": "Date" })).await;
}

#[tokio::test]
async fn a_create_that_nobody_confirmed_is_found_by_the_next_read() {
    let (cloud, mut thing) = managed("demo_thing");
    cloud.fail("answer", Fault::Refuse);
    thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
    assert_eq!((&thing.state()["id"], thing.is_tainted()), (&json!(null), true));
    assert_eq!(thing.identity(), json!(null));
    cloud.repair();
    cloud.journal();
    thing.refresh().await;
    cloud.journal().check(expect!["find Data"]);
    assert_eq!((&thing.state()["id"], &thing.identity()["id"]), (&json!("1"), &json!("1")));
    assert!(thing.is_tainted(), "what was found stays marked for replacement");

    let (cloud, mut thing) = managed("demo_thing");
    cloud.fail("answer", Fault::Refuse);
    thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
    cloud.remove("1");
    cloud.repair();
    thing.refresh().await;
    assert_eq!(thing.state(), json!(null), "it never was");
}

#[tokio::test]
async fn no_secret_is_repeated() {
    let (cloud, core) = core();
    let core = core.env("DEMO_KEY", "canary-4711");
    let mut thing = core.resource("demo_thing");
    cloud.fail("create", Fault::Leak);
    let report = thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
    report.check(expect![[r#"
        error: Could not create demo_thing
          The cloud refused create with key (sensitive).

          Ask the owner of the cloud."#]]);
    assert!(!report.to_string().contains("canary"));
}

#[tokio::test]
async fn private_values_of_a_failed_create_are_kept() {
    let (cloud, mut thing) = managed("demo_thing");
    cloud.fail("created", Fault::Panic);
    let config = json!({ "label": "Data", "password": "hunter22", "password_version": 1 });
    let report = thing.try_apply(config).await.expect_err("a failure");
    assert!(!report.to_string().contains("hunter22"));
    assert_eq!(thing.private(), br#"{".half_created":"dHJ1ZQ==","passwords":"MQ=="}"#);
    assert_eq!(thing.state()["password"], json!(null));
    cloud.repair();
    thing.refresh().await;
    assert_eq!(thing.private(), br#"{"passwords":"MQ=="}"#, "it is whole now");
}
