//! List resources: a stream that ends at the limit, at an error, or when nobody listens.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use crate::demo::Fault;
use crate::{Check, core, stop_when_waiting, things};

#[tokio::test]
async fn names_and_identities_are_listed() {
    let (cloud, core) = core();
    things(&core, &["Data", "Date", "Other"]).await;
    cloud.journal();
    let listed = core.list("demo_thing").query(json!({ "prefix": "Dat" })).await;
    listed.check(expect![[r#"
        Data {"id":"1"}
        Date {"id":"2"}"#]]);
    assert!(listed.objects().iter().all(|object| object.state().is_null()), "nobody asked for more");
    assert_eq!(core.list("demo_thing").query(json!({})).await.objects().len(), 3);
}

#[tokio::test]
async fn whole_objects_are_those_of_the_state() {
    let (_cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "Data", "password": "hunter22", "password_version": 1 })).await;
    let listed = core.list("demo_thing").include_resource().query(json!({})).await;
    let found = &listed.objects()[0];
    assert_eq!((found.display_name(), found.identity()), ("Data", thing.identity()));
    assert_eq!(found.state(), thing.state());
}

#[tokio::test]
async fn the_limit_ends_the_list_and_the_paging() {
    let (cloud, core) = core();
    things(&core, &["a", "b", "c", "d"]).await;
    for (limit, pages) in [(1, 1), (3, 3), (4, 4), (9, 4)] {
        cloud.journal();
        let listed = core.list("demo_thing").limit(limit).query(json!({})).await;
        assert_eq!(listed.objects().len(), pages);
        assert_eq!(cloud.journal().lines().count(), pages, "no page is read that nobody wants");
    }
}

#[tokio::test]
async fn nothing_more_is_read_for_a_terraform_that_hangs_up() {
    let (cloud, core) = core();
    let labels: Vec<_> = (0..80).map(|number| format!("label {number}")).collect();
    things(&core, &labels.iter().map(String::as_str).collect::<Vec<_>>()).await;
    cloud.journal();
    let listed = core.list("demo_thing").give_up_after(2).query(json!({})).await;
    assert_eq!(listed.objects().len(), 2);
    cloud.done().await;
    let pages = cloud.journal().lines().count();
    assert!(pages < 80, "the handler has noticed at page {pages}");
}

#[tokio::test]
async fn an_error_ends_the_list_after_what_was_found() {
    let (cloud, core) = core();
    things(&core, &["a", "b", "bad", "c"]).await;
    for fault in [Fault::Refuse, Fault::Panic] {
        cloud.fail("page", fault);
        let listed = core.list("demo_thing").try_query(json!({})).await.expect_err("a failure");
        assert_eq!(listed.objects().len(), 2);
        if matches!(fault, Fault::Refuse) {
            listed.check(expect![[r#"
                a {"id":"1"}
                b {"id":"2"}
                error: Could not list demo_thing
                  The cloud refused page.

                  Ask the owner of the cloud."#]]);
        }
    }
    cloud.repair();
    assert_eq!(core.list("demo_thing").query(json!({})).await.objects().len(), 4);
}

#[tokio::test]
async fn what_was_asked_for_and_is_missing_is_named() {
    let (_cloud, core) = core();
    things(&core, &["a"]).await;
    let list = core.list("demo_thing").include_resource();
    list.try_query(json!({ "names": true })).await.expect_err("a breach").check(expect![[r#"
        error: Provider produced invalid list result
          The whole of "a" was asked for and is missing."#]]);
}

#[tokio::test]
async fn wrong_filters_are_refused_where_they_are_wrong() {
    let (cloud, core) = core();
    let list = core.list("demo_thing");
    let mut seen = String::new();
    for filter in [
        json!({ "prefix": "*" }),
        json!({ "prefix": ["a"] }),
        json!({ "names": "maybe" }),
        json!({ "label": "a" }),
        json!({ "limit": 3 }),
        json!({ "timeouts": { "read": "x" } }),
    ] {
        let report = list.validate(filter.clone()).await;
        seen += &format!("{filter}\n{report}\n\n");
        assert_eq!(*list.try_query(filter).await.expect_err("a refusal").report(), report);
    }
    list.validate(json!({ "prefix": unknown() })).await.check(expect![""]);
    seen += &list.try_query(json!({ "prefix": unknown() })).await.expect_err("a refusal").to_string();
    seen.check(expect![[r#"
        {"prefix":"*"}
        error at prefix: No pattern
          Leave it out to list all.

        {"prefix":["a"]}
        error at prefix: Incorrect attribute value type
          string is required, not ["a"].

        {"names":"maybe"}
        error at names: Incorrect attribute value type
          bool is required, not "maybe".

        {"label":"a"}
        error at label: Unsupported argument
          An argument named "label" is not expected here.

        {"limit":3}
        error at limit: Unsupported argument
          An argument named "limit" is not expected here.

        {"timeouts":{"read":"x"}}
        error at timeouts.read: Invalid value for "timeouts.read"
          "x" is not a duration: a number is missing. Write numbers with units, such as "30s", "5m" or "1h30m".

        error: Configuration contains unknown value
          All of it has to be known here."#]]);
    assert_eq!(cloud.journal(), "", "nobody is asked");
}

#[tokio::test]
async fn a_deadline_and_ctrl_c_end_a_list() {
    let (cloud, core) = core();
    things(&core, &["a", "bad"]).await;
    let list = core.list("demo_thing");
    cloud.fail("page", Fault::Wait);
    let filter = json!({ "timeouts": { "read": "20ms" } });
    list.try_query(filter).await.expect_err("a failure").check(expect![[r#"
        a {"id":"1"}
        error: Could not list demo_thing
          Page took too long."#]]);
    cloud.waiting().await;
    let stop = stop_when_waiting(&cloud, &core);
    let (result, ()) = tokio::join!(list.try_query(json!({})), stop);
    result.expect_err("stopped").check(expect![[r#"
        a {"id":"1"}
        error: Could not list demo_thing
          Stopped at page."#]]);
}
