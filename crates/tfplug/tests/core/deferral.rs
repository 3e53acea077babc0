//! What is deferred while the provider's settings are not known: if Terraform allows deferral, and if it does not.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::{Core, Deferral, unknown};

use crate::demo::Cloud;
use crate::{Check, core};

const UNKNOWN: Option<Deferral> = Some(Deferral::ProviderConfigUnknown);

/// A provider whose settings are not known while planning.
fn late() -> (Cloud, Core, Core) {
    let (cloud, core) = core();
    let late = core.clone().config_while_planning(json!({ "cloud": unknown() }));
    (cloud, core, late)
}

#[tokio::test]
async fn a_terraform_that_waits_puts_off_what_it_cannot_plan() {
    let (cloud, core, late) = late();
    let late = late.allow_deferral();
    let mut thing = late.resource("demo_thing");
    let config = json!({ "label": "Data" });
    let plan = thing.plan(config.clone()).await;
    assert_eq!(plan.deferred(), UNKNOWN);
    plan.check(expect!["deferred create: label, name, size; known after apply: main, id, path, revision"]);
    thing.apply_plan(&plan, config.clone()).await;
    assert_eq!((thing.state(), cloud.len()), (json!(null), 0), "nothing is done this time");

    // The next run knows the settings.
    thing.set_core(&core);
    thing.apply(config.clone()).await;
    thing.plan_is_empty().await;
    let before = (thing.state(), thing.identity());

    thing.set_core(&late);
    cloud.journal();
    assert_eq!(thing.plan(json!({ "label": "Date" })).await.deferred(), UNKNOWN);
    thing.refresh().await.check(expect![[r#"
        warning: Read deferred
          Deferred to a later run: the provider's settings are not known yet."#]]);
    thing.destroy().await.check(expect![[r#"
        warning: Deletion deferred
          Deferred to a later run: the provider's settings are not known yet."#]]);
    let mut other = late.resource("demo_thing");
    other.import("thing/1").await.check(expect![[r#"
        warning: Import deferred
          Deferred to a later run: the provider's settings are not known yet."#]]);
    assert_eq!((thing.state(), thing.identity()), before);
    assert_eq!((other.state(), cloud.journal()), (json!(null), String::new()));
}

#[tokio::test]
async fn a_terraform_that_waits_puts_off_what_it_cannot_ask() {
    let (cloud, _, late) = late();
    let late = late.allow_deferral();
    let data = late.data_source("demo_summary").read(json!({ "prefix": "x" })).await;
    assert_eq!(data.deferred(), UNKNOWN);
    data.check(expect![[r#"{"at_least":{"(unknown)":null},"author":{"(unknown)":null},"ids":{"(unknown)":null},"only":null,"prefix":"x","timeouts":null,"total":{"(unknown)":null}}"#]]);
    let pass = late.ephemeral("demo_pass").open(json!({ "guest": "ada" })).await;
    assert_eq!(pass.deferred(), UNKNOWN);
    pass.close().await.check(expect![""]);
    let plan = late.action("demo_poke").plan(json!({ "id": "1" })).await;
    assert_eq!(plan.deferred(), UNKNOWN);
    assert_eq!(cloud.journal(), "", "nobody is asked");
    // Once the settings are known, they are known to all.
    late.data_source("demo_summary").try_read_in_apply(json!({ "prefix": "x" })).await.unwrap();
}

#[tokio::test]
async fn without_settings_a_terraform_that_does_not_wait_is_told_so() {
    let (cloud, _, late) = late();
    let mut seen = String::new();
    let data = late.data_source("demo_summary").try_read(json!({ "prefix": "x" })).await;
    seen += &format!("{}\n", data.expect_err("a failure"));
    let opened = late.ephemeral("demo_pass").try_open(json!({ "guest": "ada" })).await;
    seen += &format!("{}\n", opened.expect_err("a failure"));
    let listed = late.list("demo_thing").try_query(json!({})).await;
    seen += &format!("{}\n", listed.expect_err("a failure"));
    seen.check(expect![[r#"
        error: The provider is not configured
          Some of its settings are known only after other changes are applied, so demo_summary cannot be reached yet. Apply those changes first, for example with `-target`.
        error: The provider is not configured
          Some of its settings are known only after other changes are applied, so demo_pass cannot be reached yet. Apply those changes first, for example with `-target`.
        error: The provider is not configured
          Some of its settings are known only after other changes are applied, so demo_thing cannot be reached yet. Apply those changes first, for example with `-target`.
    "#]]);
    assert_eq!(cloud.journal(), "", "nobody is asked");
    late.action("demo_poke").plan(json!({ "id": "1" })).await.check(expect!["invoke"]);
    late.action("demo_poke").invoke(json!({ "id": "1" })).await;
}
