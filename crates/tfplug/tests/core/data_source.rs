//! Data sources: read while planning or while applying, refused, stopped.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use crate::demo::Fault;
use crate::{Check, core, stop_when_waiting, things};

#[tokio::test]
async fn what_is_known_is_read_while_planning() {
    let (cloud, core) = core();
    things(&core, &["Data", "Date", "Other"]).await;
    cloud.journal();
    let summary = core.data_source("demo_summary");
    let data = summary.read(json!({ "prefix": "Dat" })).await;
    data.check(expect![[r#"{"at_least":0,"author":null,"ids":{"Data":"1","Date":"2"},"only":null,"prefix":"Dat","timeouts":null,"total":2}"#]]);
    assert!(!data.is_put_off());
    cloud.journal().check(expect![["count Dat"]]);
}

#[tokio::test]
async fn what_is_not_known_yet_is_read_while_applying() {
    let (cloud, core) = core();
    let summary = core.data_source("demo_summary");
    let later = summary.read(json!({ "prefix": unknown(), "only": [{ "size": "small" }] })).await;
    assert!(later.is_put_off());
    later.check(expect![[r#"{"at_least":{"(unknown)":null},"author":{"(unknown)":null},"ids":{"(unknown)":null},"only":[{"size":"small"}],"prefix":{"(unknown)":null},"timeouts":null,"total":{"(unknown)":null}}"#]]);
    assert_eq!(cloud.journal(), "", "nobody is asked");
    let config = json!({ "prefix": "D", "only": [{ "size": "small" }] });
    summary.try_read_in_apply(config).await.unwrap().check(expect![[r#"{"at_least":0,"author":null,"ids":{},"only":[{"size":"small"}],"prefix":"D","timeouts":null,"total":0}"#]]);
    summary.try_read_in_apply(json!({ "prefix": unknown() })).await.expect_err("a refusal").check(expect![[
        r#"
        error: Configuration contains unknown value
          All of it has to be known here."#
    ]]);
}

#[tokio::test]
async fn wrong_configurations_are_refused_where_they_are_wrong() {
    let (cloud, core) = core();
    let summary = core.data_source("demo_summary");
    let mut seen = String::new();
    for config in [
        json!({}),
        json!({ "prefix": null }),
        json!({ "prefix": "" }),
        json!({ "prefix": "x", "at_least": "many" }),
        json!({ "prefix": "x", "total": 1 }),
        json!({ "prefix": "x", "prefixx": 1 }),
        json!({ "prefix": "x", "only": [{}, { "size": null }] }),
        json!({ "prefix": "x", "timeouts": { "read": "soon" } }),
        json!({ "prefix": "slow" }),
    ] {
        let report = summary.validate(config.clone()).await;
        seen += &format!("{config}\n{report}\n\n");
        if report.has_errors() {
            assert_eq!(summary.try_read(config).await.expect_err("a refusal"), report);
        }
    }
    seen.check(expect![[r#"
        {}
        error at prefix: Missing required argument
          "prefix" is required, but no definition was found.

        {"prefix":null}
        error at prefix: Missing value for "prefix"
          `prefix` is required and must not be null.

        {"prefix":""}
        error at prefix: Invalid value for "prefix"
          It must not be blank.

        {"at_least":"many","prefix":"x"}
        error at at_least: Incorrect attribute value type
          number is required, not "many".

        {"prefix":"x","total":1}
        error at total: "total" cannot be configured
          `total` is decided by the provider. Remove it from the configuration.

        {"prefix":"x","prefixx":1}
        error at prefixx: Unsupported argument
          An argument named "prefixx" is not expected here.

        {"only":[{},{"size":null}],"prefix":"x"}
        error at only[0].size: Missing required argument
          "size" is required, but no definition was found.

        {"prefix":"x","timeouts":{"read":"soon"}}
        error at timeouts.read: Invalid value for "timeouts.read"
          "soon" is not a duration: a number is missing. Write numbers with units, such as "30s", "5m" or "1h30m".

        {"prefix":"slow"}
        warning at prefix: Slow
          It takes long.

    "#]]);
    assert_eq!(cloud.journal(), "", "nobody is asked");
}

#[tokio::test]
async fn what_is_not_found_is_an_error_at_its_argument() {
    let (_cloud, core) = core();
    let config = json!({ "prefix": "x", "at_least": 1 });
    core.data_source("demo_summary").try_read(config).await.expect_err("a failure").check(expect![[r#"
        error at at_least: Too few things
          There are 0, not 1."#]]);
}

#[tokio::test]
async fn the_module_can_say_something() {
    let (cloud, core) = core();
    let core = core.provider_meta(json!({ "author": "ada" }));
    let data = core.data_source("demo_summary").read(json!({ "prefix": "x" })).await;
    assert_eq!(data.value()["author"], "ada");
    cloud.journal();
    core.resource("demo_thing").apply(json!({ "label": "Data" })).await;
    cloud.journal().check(expect![[r#"
        for ada
        create 1 Data (planned "Data")"#]]);
    let wrong = core.provider_meta(json!({ "writer": "ada" }));
    wrong.data_source("demo_summary").try_read(json!({ "prefix": "x" })).await.expect_err("a refusal").check(
        expect![[r#"
            error at writer: Unsupported argument
              An argument named "writer" is not expected here."#]],
    );
}

#[tokio::test]
async fn a_deadline_and_ctrl_c_end_a_read() {
    let (cloud, core) = core();
    let summary = core.data_source("demo_summary");
    cloud.fail("count", Fault::Wait);
    let config = json!({ "prefix": "x", "timeouts": { "read": "20ms" } });
    summary.try_read(config).await.expect_err("a failure").check(expect![[r#"
        error: Could not read demo_summary
          Count took too long."#]]);
    cloud.waiting().await;
    let stop = stop_when_waiting(&cloud, &core);
    let (result, ()) = tokio::join!(summary.try_read(json!({ "prefix": "x" })), stop);
    result.expect_err("stopped").check(expect![[r#"
        error: Could not read demo_summary
          Stopped at count."#]]);
    cloud.repair();
    summary.read(json!({ "prefix": "x" })).await;
}
