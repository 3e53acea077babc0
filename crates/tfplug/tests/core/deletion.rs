//! Deletes of objects of which the state has only a part: the framework looks for them first.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::{Core, Instance};

use crate::demo::{Cloud, Demo, Fault};
use crate::{Check as _, core};

/// A thing whose create failed at a step, in a run that reads nothing before it deletes.
async fn half_created(step: &'static str) -> (Cloud, Core, Instance) {
    let (cloud, core) = core();
    let core = core.without_refresh();
    let mut thing = core.resource("demo_thing");
    cloud.fail(step, Fault::Refuse);
    thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
    cloud.repair();
    cloud.journal();
    (cloud, core, thing)
}

#[tokio::test]
async fn an_unclear_create_is_looked_for_and_what_is_found_is_deleted() {
    let (cloud, _, mut thing) = half_created("answer").await;
    assert_eq!(thing.identity(), json!(null));
    cloud.change("1", |record| record.revision = 7);
    thing.destroy().await;
    cloud.journal().check(expect![[r#"
        find Data
        delete 1 Data of revision 7"#]]);
    assert_eq!((cloud.len(), thing.state()), (0, json!(null)));
}

#[tokio::test]
async fn an_unclear_create_that_had_no_effect_is_deleted_without_a_request() {
    let (cloud, _, mut thing) = half_created("answer").await;
    cloud.remove("1");
    thing.destroy().await;
    cloud.journal().check(expect!["find Data"]);
    assert_eq!(thing.state(), json!(null));
}

#[tokio::test]
async fn a_delete_that_fails_leaves_what_it_has_checkpointed() {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    cloud.fail("remains", Fault::Refuse);
    thing.try_destroy().await.expect_err("a failure");
    assert_eq!((thing.state()["revision"].as_i64(), thing.is_tainted()), (Some(101), false));
    cloud.repair();
    thing.destroy().await;
    assert_eq!((cloud.len(), thing.state()), (0, json!(null)), "no checkpoint of a delete that went well");
}

#[tokio::test]
async fn a_look_that_fails_keeps_an_unclear_create_in_the_state() {
    let (cloud, _, mut thing) = half_created("answer").await;
    let before = thing.state();
    cloud.fail("find", Fault::Refuse);
    thing.try_destroy().await.expect_err("a failure").check(expect![[r#"
        error: Could not delete demo_thing
          The cloud refused find.

          Ask the owner of the cloud."#]]);
    assert_eq!((cloud.len(), thing.state(), thing.is_tainted()), (1, before, true));
}

#[tokio::test]
async fn what_a_look_has_found_is_kept_when_its_delete_fails() {
    let (cloud, _, mut thing) = half_created("answer").await;
    cloud.fail("delete", Fault::Refuse);
    thing.try_destroy().await.expect_err("a failure");
    assert_eq!((&thing.state()["path"], &thing.identity()), (&json!("/Data"), &json!({ "id": "1" })));
    cloud.repair();
    cloud.journal();
    thing.destroy().await;
    cloud.journal().check(expect!["delete 1 Data of revision 1"]);
}

#[tokio::test]
async fn an_unclear_create_that_is_replaced_is_looked_for() {
    let (cloud, _, mut thing) = half_created("answer").await;
    thing.apply(json!({ "label": "Data" })).await;
    cloud.journal().check(expect![[r#"
        find Data
        delete 1 Data of revision 1
        create 2 Data (planned "Data")"#]]);
    assert_eq!((cloud.len(), thing.is_tainted()), (1, false));
}

#[tokio::test]
async fn an_object_of_which_only_the_identity_is_stored_is_read_before_its_delete() {
    let (cloud, core, mut thing) = half_created("created").await;
    assert_eq!((&thing.identity()["id"], &thing.state()["revision"]), (&json!("1"), &json!(null)));
    thing.destroy().await;
    cloud.journal().check(expect![[r#"
        read 1 without prior
        delete 1 Data of revision 1"#]]);

    // Somebody else has deleted it.
    let mut thing = core.resource("demo_thing");
    cloud.fail("created", Fault::Refuse);
    thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
    cloud.remove("2");
    cloud.repair();
    thing.destroy().await;
    assert_eq!(thing.state(), json!(null));

    let mut thing = core.resource("demo_thing");
    cloud.fail("created", Fault::Refuse);
    thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
    cloud.repair();
    cloud.fail("read", Fault::Refuse);
    let before = thing.state();
    thing.try_destroy().await.expect_err("a failure");
    assert_eq!((cloud.len(), thing.state()), (1, before));
}

#[tokio::test]
async fn a_look_that_fails_in_a_replacement_leaves_an_object_that_the_next_read_completes() {
    for step in ["answer", "created"] {
        let (cloud, _, mut thing) = half_created(step).await;
        cloud.fail(if step == "answer" { "find" } else { "read" }, Fault::Refuse);
        thing.try_apply(json!({ "label": "Data" })).await.expect_err("a failure");
        assert!(thing.is_tainted(), "{step}");
        cloud.repair();
        thing.set_core(&Core::new::<Demo>().config(json!({ "cloud": cloud.address() })));
        thing.apply(json!({ "label": "Data" })).await;
        thing.plan_is_empty().await;
        assert_eq!((cloud.len(), thing.is_tainted()), (1, false), "{step}");
    }
}

#[tokio::test]
async fn an_update_of_an_object_that_the_state_has_in_part_asks_for_a_read() {
    let (cloud, _, mut thing) = half_created("created").await;
    thing.untaint();
    let said = thing.try_apply(json!({ "label": "Other" })).await.expect_err("a failure");
    said.check(expect![[r#"
        error: Could not update demo_thing
          An earlier run could not finish creating this object, so the state has only a part of it. Nothing was changed. Run the command again without `-refresh=false`: Terraform then reads the object first."#]]);
    thing.set_core(&Core::new::<Demo>().config(json!({ "cloud": cloud.address() })));
    thing.apply(json!({ "label": "Other" })).await;
    thing.plan_is_empty().await;
}
