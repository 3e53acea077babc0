//! Stored states of this and older versions of the schema.

use expect_test::expect;
use serde_json::json;

use crate::{Check, core, managed};

#[tokio::test]
async fn an_older_state_becomes_the_current_one() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    let current = thing.state();
    let old = json!({ "id": "1", "title": "Data", "name": "data", "timeouts": null });
    thing.upgrade(1, old.to_string()).await;
    assert_eq!(thing.state(), current);
    thing.plan_is_empty().await;
}

#[tokio::test]
async fn timeouts_survive_an_upgrade() {
    let (_cloud, mut thing) = managed("demo_thing");
    let old = r#"{"id":"1","title":"Data","name":"data","timeouts":{"create":"1m","delete":null}}"#;
    thing.upgrade(1, old).await;
    assert_eq!(
        thing.state()["timeouts"],
        json!({ "create": "1m", "read": null, "update": null, "delete": null })
    );
}

#[tokio::test]
async fn a_state_of_this_version_may_lack_or_exceed_attributes() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.upgrade(2, r#" { "id": "1", "label": "Data", "capacity": 12, "dropped": [1] } "#).await;
    assert_eq!((&thing.state()["id"], &thing.state()["capacity"]), (&json!("1"), &json!(12)));
    // Also within an object.
    thing.upgrade(2, r#"{ "id": "1", "label": "Data", "rules": [{ "who": "ada" }] }"#).await;
    assert_eq!(thing.state()["rules"], json!([{ "who": "ada", "times": 3 }]));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_stays() {
    let (_cloud, mut thing) = managed("demo_thing");
    let mut seen = String::new();
    for (version, stored) in [
        (0, "{}"),
        (1, "{}"),
        (1, "junk"),
        (1, r#"{"id":"1","title":"odd","name":"x"}"#),
        (2, "junk"),
        (2, "[]"),
        (2, "null"),
        (2, r#"{"label":[]}"#),
        (2, ""),
        (3, "{}"),
    ] {
        let report = thing.try_upgrade(version, stored).await.expect_err(stored);
        seen += &format!("{version} {stored}\n{report}\n\n");
    }
    seen.check(expect![[r#"
        0 {}
        error: The stored state of demo_thing is of an unknown version
          It has schema version 0; this provider knows version 2 and how to upgrade some older ones, not this one. Use a version of the provider that wrote it, or one after it.

        1 {}
        error: Could not read the stored state of demo_thing
          Missing field `id` at line 1 column 2.

        1 junk
        error: Could not read the stored state of demo_thing
          Expected value at line 1 column 1.

        1 {"id":"1","title":"odd","name":"x"}
        error: The provider has a bug
          It panicked: no idea how to upgrade

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.

        2 junk
        error: Could not read the stored state of demo_thing
          the JSON can't be read: expected value at line 1 column 1.

        2 []
        error: Could not read the stored state of demo_thing
          expected object({capacity = number, caption = string, id = string, label = string, loose = set(object({times = number, who = string})), main = object({number = number, times = number, who = string}), name = string, named = map(object({times = number, who = string})), notes = map(string), owner = string, password = string, password_version = number, path = string, revision = number, rules = list(object({tim…, got an array.

        2 null
        error: Could not read the stored state of demo_thing
          It is null.

        2 {"label":[]}
        error at label: Could not read the stored state of demo_thing
          label: expected string, got an array.

        2 
        error: The stored state of demo_thing is too old
          It was written by Terraform 0.11 or earlier. Upgrade it step by step with newer versions of Terraform first.

        3 {}
        error: Resource instance managed by newer provider version
          The state has schema version 3, the provider 2.

    "#]]);
}

#[tokio::test]
async fn a_state_without_an_argument_of_today_is_read_with_its_default() {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    // As of before `size`, `tags` and `main`; of the last, a computed one, there is nothing.
    let stored = r#"{"id":"1","label":"Data","name":"data","path":"/Data","revision":1}"#;
    thing.upgrade(2, stored).await;
    assert_eq!(thing.state()["size"], json!("small"));
    cloud.journal();
    thing.plan_is_empty().await;
    cloud.journal().check(expect!["read 1"]);

    let mut thing = core.without_refresh().resource("demo_thing");
    thing.upgrade(2, stored).await;
    thing.apply(json!({ "label": "Date" })).await;
    thing.destroy().await;
    cloud.journal().check(expect![[r#"
        update 1 Data to Date
        delete 1 Date of revision 2"#]]);
}

#[tokio::test]
async fn a_state_without_a_computed_value_that_must_be_there_is_an_error_and_no_import() {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "Data" })).await;
    let stored = r#"{"id":"1","label":"Data","name":"data","path":"/Data"}"#;
    thing.upgrade(2, stored).await;
    cloud.journal();
    let text = expect![[r#"
        error at revision: Could not read the stored state of demo_thing
          revision: expected a whole number, found nothing. An earlier version of the provider probably wrote this state, and this version does not say which value to assume. Please report this. Until it is fixed, use the version of the provider that wrote the state."#]];
    thing.try_refresh().await.expect_err("no revision").check(text);
    cloud.journal().check(expect![""]);
    assert_eq!(thing.state()["path"], json!("/Data"), "it stays");

    let mut thing = core.clone().without_refresh().resource("demo_thing");
    thing.upgrade(2, stored).await;
    thing.try_apply(json!({ "label": "Date" })).await.expect_err("no revision");
    cloud.journal().check(expect![""]);
    // What is to go is looked at before, so that nothing is missing.
    thing.destroy().await;
    cloud.journal().check(expect![[r#"
        read 1 without prior
        delete 1 Data of revision 1"#]]);
}
