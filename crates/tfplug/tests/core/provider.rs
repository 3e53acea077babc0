//! The provider block: environment, unknown settings, failures.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::{Core, unknown};

use crate::demo::{Cloud, Demo, Fault};
use crate::{Check, core};

#[tokio::test]
async fn the_environment_fills_gaps() {
    let cloud = Cloud::default();
    let core = Core::new::<Demo>().env("DEMO_CLOUD", cloud.address());
    assert!(core.configure().await.is_empty());
    let elsewhere = core.clone().config(json!({ "cloud": "nowhere" }));
    elsewhere.configure().await.check(expect![[r#"
        error: Could not configure the provider
          There is no cloud at nowhere."#]]);
    Core::new::<Demo>().env("DEMO_CLOUD", "").configure().await.check(expect![[r#"
        error at cloud: No cloud
          Set `cloud` or DEMO_CLOUD."#]]);
    core.terraform_version("0.15").configure().await.check(expect![[r#"
        warning: Old Terraform
          It may not work."#]]);
}

#[tokio::test]
async fn a_provider_that_fails_stops_everything_but_validation() {
    let (cloud, core) = core();
    for fault in [Fault::Refuse, Fault::Panic] {
        cloud.fail("configure", fault);
        core.configure().await.iter().for_each(|found| assert!(!found.summary.is_empty()));
        assert!(core.configure().await.has_errors());
        let mut thing = core.resource("demo_thing");
        assert!(thing.validate(json!({ "label": "x" })).await.is_empty());
        thing.try_apply(json!({ "label": "x" })).await.expect_err("a failure");
        assert_eq!(thing.state(), json!(null));
    }
}

#[tokio::test]
async fn what_calls_share_is_there_without_settings_and_ends_with_the_configuration() {
    let (_, core) = core();
    let late = core.clone().config_while_planning(json!({ "cloud": unknown() }));
    for core in [core, late] {
        let run = core.one_run();
        for (core, before) in [(&run, 0), (&run, 1), (&core.one_run(), 0)] {
            let mut thing = core.resource("demo_thing");
            let report = thing.plan(json!({ "label": "counted" })).await.report().to_string();
            assert_eq!(report, format!("warning: Counted\n  {before} plans before this one"));
        }
    }
}

/// An apply plans again, in a provider process of its own unless one process does everything.
#[tokio::test]
async fn one_process_plans_and_applies() {
    let (_, core) = core();
    for (core, counts) in [(core.clone(), [0, 0]), (core.one_run(), [0, 1]), (core.one_process(), [0, 2])] {
        let mut thing = core.resource("demo_thing");
        for before in counts {
            let applied = thing.apply(json!({ "label": "counted" })).await;
            let report = applied.plan().report().to_string();
            assert_eq!(report, format!("warning: Counted\n  {before} plans before this one"));
            thing.forget();
        }
    }
}

#[tokio::test]
async fn settings_known_late_are_waited_for() {
    let (cloud, core) = core();
    let late = core.clone().config_while_planning(json!({ "cloud": unknown() }));
    let mut thing = late.resource("demo_thing");
    let plan = thing.plan(json!({ "label": "Data" })).await;
    plan.check(expect!["create: label, name, size; known after apply: main, id, path, revision"]);
    thing.apply_plan(&plan, json!({ "label": "Data" })).await;
    assert_eq!(cloud.len(), 1);
    cloud.journal();

    thing.plan_is_empty().await;
    thing.destroy().await;
    cloud.journal().check(expect!["delete 1 Data of revision 1"]);
    thing.try_import("thing/1").await.expect_err("a failure").check(expect![[r#"
        error: The provider is not configured
          Some of its settings are known only after other changes are applied, so demo_thing cannot be reached yet. Apply those changes first, for example with `-target`."#]]);
    // By identity nobody is asked until the read, which must not store half a thing either.
    thing.try_import_identity(json!({ "id": "1" })).await.expect_err("a failure").check(expect![[r#"
        error: The provider is not configured
          Some of its settings are known only after other changes are applied, so demo_thing cannot be reached yet. Apply those changes first, for example with `-target`."#]]);
    assert_eq!(thing.state(), json!(null));
}

/// The guide: "Every other call also has a deadline, by default 20 minutes."
#[tokio::test(start_paused = true)]
async fn settings_that_take_for_ever_are_given_up() {
    let (cloud, core) = core();
    cloud.fail("configure", Fault::Hang);
    let hour = std::time::Duration::from_secs(3600);
    let report = tokio::time::timeout(hour, core.configure()).await.expect("an end");
    assert!(report.has_errors(), "{report}");
}

/// Terraform tells all providers that run, configured or not.
#[tokio::test(start_paused = true)]
async fn ctrl_c_ends_the_configuration() {
    let (cloud, core) = core();
    cloud.fail("configure", Fault::Hang);
    let stop = async {
        cloud.waiting().await;
        core.stop().await;
    };
    let both = async { tokio::join!(core.configure(), stop).0 };
    let report = tokio::time::timeout(std::time::Duration::from_secs(120), both).await.expect("an end");
    assert!(report.has_errors(), "{report}");
}
