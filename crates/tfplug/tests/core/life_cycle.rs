//! From create to destroy when nothing goes wrong.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::{Action, unknown};

use crate::demo::Size;
use crate::{Check, core, managed};

#[tokio::test]
async fn a_thing_is_created_changed_and_destroyed() {
    let (cloud, mut thing) = managed("demo_thing");
    let config = json!({ "label": "Data", "owner": "Ada@example.com" });
    thing
        .plan(config.clone())
        .await
        .check(expect!["create: label, name, owner, size; known after apply: main, id, path, revision"]);
    assert_eq!(cloud.len(), 0, "a plan makes nothing");

    thing.apply(config).await;
    expect![[r#"
        {
          "capacity": null,
          "caption": null,
          "id": "1",
          "label": "Data",
          "loose": null,
          "main": null,
          "name": "data",
          "named": null,
          "notes": null,
          "owner": "Ada@example.com",
          "password": null,
          "password_version": null,
          "path": "/Data",
          "revision": 1,
          "rules": null,
          "secret": null,
          "size": "small",
          "steps": null,
          "tags": null,
          "timeouts": null
        }"#]]
    .assert_eq(&format!("{:#}", thing.state()));
    assert_eq!(thing.identity(), json!({ "id": "1" }));
    thing.plan_is_empty().await;
    cloud.journal();

    let renamed = json!({ "label": "Date", "owner": "Ada@example.com" });
    thing.apply(renamed).await.check(expect!["update: label; known after apply: path, revision"]);
    cloud.journal().check(expect![[r#"
        read 1
        update 1 Data to Date"#]]);
    thing.plan_is_empty().await;

    thing.destroy().await;
    cloud.journal().check(expect![[r#"
        read 1
        read 1
        delete 1 Date of revision 2"#]]);
    assert_eq!((thing.state(), cloud.len()), (json!(null), 0));
}

#[tokio::test]
async fn other_timeouts_are_stored_without_an_update() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data", "timeouts": { "create": "1m" } })).await;
    cloud.journal();
    let limits = json!({ "label": "Data", "timeouts": { "create": "1m", "update": "2m" } });
    thing.apply(limits).await.check(expect!["update: timeouts.update"]);
    cloud.journal().check(expect!["read 1"]);
    assert_eq!(thing.state()["timeouts"]["update"], "2m");
    assert_eq!(thing.identity(), json!({ "id": "1" }));
    thing.plan_is_empty().await;

    let late = json!({ "label": "Data", "timeouts": { "create": unknown() } });
    let plan = thing.plan(late).await;
    plan.check(expect!["update: timeouts.update; known after apply: timeouts.create"]);
    thing.apply_plan(&plan, json!({ "label": "Data", "timeouts": { "create": "3m" } })).await;
    assert_eq!(
        thing.state()["timeouts"],
        json!({ "create": "3m", "read": null, "update": null, "delete": null })
    );
    thing.plan_is_empty().await;
    cloud.journal();

    // With any other change it is one of the object.
    let both = json!({ "label": "Date", "timeouts": { "create": "1m" } });
    thing
        .apply(both)
        .await
        .check(expect!["update: label, timeouts.create; known after apply: path, revision"]);
    cloud.journal().check(expect![[r#"
        read 1
        update 1 Data to Date"#]]);
    thing.apply(json!({ "label": "Date" })).await.check(expect!["update: timeouts"]);
    cloud.journal().check(expect!["read 1"]);
}

#[tokio::test]
async fn a_replacement_deletes_before_it_creates() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data", "name": "one" })).await;
    cloud.journal();
    thing
        .apply(json!({ "label": "Data", "name": "two" }))
        .await
        .check(expect!["replace because of name: name; known after apply: main, id, path, revision"]);
    cloud.journal().check(expect![[r#"
        read 1
        delete 1 Data of revision 1
        create 2 Data (planned "Data")"#]]);
    assert_eq!(thing.state()["id"], "2");
    thing.plan_is_empty().await;
}

#[tokio::test]
async fn a_replacement_can_create_first() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.create_before_destroy();
    thing.apply(json!({ "label": "Data", "name": "one" })).await;
    cloud.journal();
    thing.apply(json!({ "label": "Data", "name": "two" })).await;
    cloud.journal().check(expect![[r#"
        read 1
        create 2 Data (planned "Data")
        delete 1 Data of revision 1"#]]);
    assert_eq!((thing.deposed(), cloud.len()), (0, 1));
}

#[tokio::test]
async fn a_condition_decides_whether_a_change_replaces() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data", "capacity": 5 })).await;
    let grown = thing.plan(json!({ "label": "Data", "capacity": 6 })).await;
    assert_eq!(grown.action(), Action::Update);
    let shrunk = thing.plan(json!({ "label": "Data", "capacity": 4 })).await;
    shrunk
        .check(expect!["replace because of capacity: capacity; known after apply: main, id, path, revision"]);
    assert_eq!(shrunk.replaced_for(), ["capacity"]);
    let dropped = thing.plan(json!({ "label": "Data" })).await;
    assert_eq!(dropped.action(), Action::Update, "null is no smaller number");
}

#[tokio::test]
async fn another_spelling_of_the_same_changes_nothing() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data", "owner": "ada@example.com", "size": "large" })).await;
    let plan = thing.plan(json!({ "label": "Data", "owner": "ADA@example.com", "size": "big" })).await;
    assert!(plan.is_empty(), "{plan}");
    cloud.change("1", |record| record.args.owner = Some(crate::demo::Email("Ada@Example.Com".to_owned())));
    thing.refresh().await;
    assert_eq!(thing.state()["owner"], "ada@example.com", "the stored spelling stays");
}

#[tokio::test]
async fn drift_is_planned_back_and_what_is_gone_is_made_again() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    cloud.change("1", |record| {
        record.args.label = "Else".to_owned();
        record.args.size = Size::Large;
    });
    thing
        .apply(json!({ "label": "Data" }))
        .await
        .check(expect!["update: label, size; known after apply: path, revision"]);
    thing.plan_is_empty().await;

    cloud.remove("1");
    let plan = thing.plan(json!({ "label": "Data" })).await;
    assert_eq!(plan.action(), Action::Create);
    assert_eq!(thing.state()["id"], "1", "a plan leaves the state as it is");
    thing.refresh().await;
    assert_eq!(thing.state(), json!(null));
    thing.destroy().await;
}

#[tokio::test]
async fn a_tainted_thing_is_replaced() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    thing.taint();
    cloud.journal();
    thing
        .apply(json!({ "label": "Data" }))
        .await
        .check(expect!["replace because of taint: known after apply: main, id, path, revision"]);
    cloud.journal().check(expect![[r#"
        read 1
        delete 1 Data of revision 1
        create 2 Data (planned "Data")"#]]);
    assert!(!thing.is_tainted());
    thing.plan_is_empty().await;
}

/// As Terraform does it with `-replace`: the plan knows the object, and is made again without it.
#[tokio::test]
async fn a_thing_is_replaced_on_request_whatever_else_changes() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    for (label, plan) in [
        ("Data", expect!["replace because of -replace: known after apply: main, id, path, revision"]),
        (
            "Else",
            expect!["replace because of -replace: label, name; known after apply: main, id, path, revision"],
        ),
    ] {
        thing.replace_next();
        thing.apply(json!({ "label": label })).await.check(plan);
        thing.plan_is_empty().await;
    }
    cloud.journal().check(expect![[r#"
        create 1 Data (planned "Data")
        read 1
        delete 1 Data of revision 1
        create 2 Data (planned "Data")
        read 2
        read 2
        delete 2 Data of revision 1
        create 3 Else (planned "Else")
        read 3"#]]);
}

#[tokio::test]
async fn what_is_known_late_is_planned_again() {
    let (_cloud, mut thing) = managed("demo_thing");
    let plan = thing.plan(json!({ "label": unknown(), "capacity": unknown() })).await;
    plan.check(expect!["create: size; known after apply: label, name, capacity, main, id, path, revision"]);
    thing.apply_plan(&plan, json!({ "label": "Data", "capacity": 2 })).await;
    assert_eq!(thing.state()["name"], "data");
    thing.plan_is_empty().await;

    let plan = thing.plan(json!({ "label": unknown(), "capacity": 2 })).await;
    plan.check(expect!["update: known after apply: label, path, revision"]);
    thing.apply_plan(&plan, json!({ "label": "Data", "capacity": 2 })).await;
    thing.plan_is_empty().await;
}

#[tokio::test]
async fn a_write_only_value_reaches_the_handler_and_no_state() {
    let (cloud, mut thing) = managed("demo_thing");
    let config =
        |version: i64| json!({ "label": "Data", "password": "hunter22", "password_version": version });
    let applied = thing.apply(config(1)).await;
    assert!(!applied.plan().planned().to_string().contains("hunter22"));
    cloud.journal().check(expect![[r#"
        create 1 Data (planned "Data")
        password of 8 characters"#]]);
    assert_eq!(thing.state()["password"], json!(null));
    assert_eq!(passwords(&thing), "1");
    thing.plan_is_empty().await;
    thing.refresh().await;
    assert_eq!(passwords(&thing), "1", "a read keeps what is private");
    thing.apply(config(2)).await;
    assert_eq!(passwords(&thing), "2");
}

/// The private value of the number of passwords.
fn passwords(thing: &tfplug::testing::Instance) -> String {
    use base64::Engine as _;
    let private: serde_json::Value = serde_json::from_slice(thing.private()).expect("JSON");
    let text = private["passwords"].as_str().expect("a password was set");
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).expect("base64")).expect("text")
}

#[tokio::test]
async fn private_bytes_of_others_do_no_harm() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    thing.set_private(br#"{"schema_version":"1"}"#);
    thing.plan_is_empty().await;
    thing.refresh().await;
    assert_eq!(thing.private(), b"");
}

#[tokio::test]
async fn an_identity_is_added_to_states_without_one() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    thing.forget_identity();
    assert_eq!(thing.identity(), json!(null));
    thing.refresh().await;
    assert_eq!(thing.identity(), json!({ "id": "1" }));
}

#[tokio::test]
async fn a_destroy_may_warn_and_needs_no_object() {
    let (cloud, mut thing) = managed("demo_thing");
    thing.destroy().await;
    thing.apply(json!({ "label": "Data", "size": "large" })).await;
    thing.destroy().await.check(expect![[r#"
        warning at size: A large thing goes
          It took long to make."#]]);
    assert_eq!(cloud.len(), 0);
}

#[tokio::test]
async fn without_refresh_nothing_is_read() {
    let (cloud, core) = core();
    let mut thing = core.without_refresh().resource("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    thing.plan_is_empty().await;
    thing.destroy().await;
    cloud.journal().check(expect![[r#"
        create 1 Data (planned "Data")
        delete 1 Data of revision 1"#]]);
}
