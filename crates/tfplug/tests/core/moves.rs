//! Objects that come from elsewhere: states of other types, identities of older versions; and the configuration that
//! describes an object.

use expect_test::expect;
use serde_json::json;

use crate::{Check, managed};

const OTHER: &str = "registry.example.com/demo/other";

#[tokio::test]
async fn a_state_of_another_type_is_taken_over() {
    let (_cloud, mut brittle) = managed("demo_brittle");
    let other = json!({ "stuff": "glass", "more": 1 }).to_string();
    brittle.try_move(OTHER, "other_brittle", 3, &other).await.unwrap().check(expect![""]);
    brittle.state().check(expect![[r#"{"alias":"glass","count_of":1,"id":"1","stuff":"glass"}"#]]);
    assert_eq!(brittle.identity(), json!({ "id": "1" }));
    brittle.plan(json!({ "stuff": "glass", "count_of": 1 })).await.check(expect!["no-op"]);
    // Only into an address where nothing is.
    brittle.try_move(OTHER, "other_brittle", 3, other).await.expect_err("a refusal").check(expect![[r#"
        error: Unresolved resource instance address changes
          There is an object in the state."#]]);
}

/// OpenTofu 1.10 and 1.11 name the provider by the first word of the type only.
#[tokio::test]
async fn private_values_and_the_identity_of_the_source_are_handed_over() {
    for provider in ["other.registry/demo/demo", "demo"] {
        let (_cloud, core) = crate::core();
        let (mut thing, mut brittle) = (core.resource("demo_thing"), core.resource("demo_brittle"));
        thing.apply(json!({ "label": "glass", "password": "hunter22", "password_version": 1 })).await;
        let private = thing.private().to_vec();
        assert!(!private.is_empty());
        brittle.try_move_from(provider, &mut thing).await.unwrap().check(expect![""]);
        brittle.state().check(expect![[
            r#"{"alias":"Some(\"1\") with Some(1) passwords","count_of":1,"id":"1","stuff":"glass"}"#
        ]]);
        // Both types are of one provider, so the private values pass on.
        assert_eq!(brittle.private(), private, "{provider}");
        assert!(thing.state().is_null());
    }
}

#[tokio::test]
async fn private_values_of_another_provider_do_not_pass_on_by_themselves() {
    let (_cloud, core) = crate::core();
    let (mut thing, mut brittle) = (core.resource("demo_thing"), core.resource("demo_brittle"));
    thing.apply(json!({ "label": "glass", "password": "hunter22", "password_version": 1 })).await;
    brittle.try_move_from(OTHER, &mut thing).await.unwrap().check(expect![""]);
    assert_eq!(brittle.private(), b"");
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused() {
    let (_cloud, mut brittle) = managed("demo_brittle");
    let mut seen = String::new();
    for (provider, type_name, version, state) in [
        ("registry.example.com/demo/third", "other_brittle", 3, "{}"),
        ("third", "other_brittle", 3, "{}"),
        (OTHER, "other_thing", 3, "{}"),
        (OTHER, "other_brittle", 2, "{}"),
        (OTHER, "other_brittle", 3, "{}"),
        (OTHER, "other_brittle", 3, "junk"),
        (OTHER, "other_brittle", 3, r#"{"stuff":"odd"}"#),
    ] {
        let report = brittle.try_move(provider, type_name, version, state).await.expect_err(state);
        seen += &format!("{provider} {type_name} {version} {state}\n{report}\n\n");
        assert_eq!(brittle.state(), json!(null));
    }
    seen.check(expect![[r#"
        registry.example.com/demo/third other_brittle 3 {}
        error: other_brittle cannot become demo_brittle
          demo_brittle takes over no state of other_brittle of registry.example.com/demo/third in schema version 3. Remove the `moved` block, and import the object instead.

        third other_brittle 3 {}
        error: other_brittle cannot become demo_brittle
          demo_brittle takes over no state of other_brittle of third in schema version 3. Remove the `moved` block, and import the object instead.

        registry.example.com/demo/other other_thing 3 {}
        error: other_thing cannot become demo_brittle
          demo_brittle takes over no state of other_thing of registry.example.com/demo/other in schema version 3. Remove the `moved` block, and import the object instead.

        registry.example.com/demo/other other_brittle 2 {}
        error: other_brittle cannot become demo_brittle
          demo_brittle takes over no state of other_brittle of registry.example.com/demo/other in schema version 2. Remove the `moved` block, and import the object instead.

        registry.example.com/demo/other other_brittle 3 {}
        error: Could not move a state to demo_brittle
          Missing field `stuff` at line 1 column 2.

        registry.example.com/demo/other other_brittle 3 junk
        error: Could not move a state to demo_brittle
          Expected value at line 1 column 1.

        registry.example.com/demo/other other_brittle 3 {"stuff":"odd"}
        error: The provider has a bug
          It panicked: no idea how to move

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.

    "#]]);
}

#[tokio::test]
async fn an_identity_of_an_older_version_becomes_the_current_one() {
    let (_cloud, mut brittle) = managed("demo_brittle");
    let config = json!({ "stuff": "glass", "count_of": 1 });
    brittle.apply(config.clone()).await;
    brittle.set_identity(0, r#"{ "number": 1 }"#);
    brittle.plan(config).await.check(expect!["no-op"]);
    assert_eq!(brittle.identity(), json!({ "number": 1 }), "a plan alone stores nothing");
    brittle.refresh().await;
    assert_eq!(brittle.identity(), json!({ "id": "1" }));
}

#[tokio::test]
async fn an_identity_that_cannot_be_read_is_refused_and_stays() {
    let (_cloud, mut brittle) = managed("demo_brittle");
    brittle.apply(json!({ "stuff": "glass", "count_of": 1 })).await;
    let mut seen = String::new();
    for (version, stored) in
        [(0, r#"{"number":13}"#), (0, "{}"), (0, "junk"), (1, "[]"), (2, r#"{"id":"1"}"#)]
    {
        brittle.set_identity(version, stored);
        let report = brittle.try_refresh().await.expect_err(stored);
        seen += &format!("{version} {stored}\n{report}\n\n");
        brittle.try_destroy().await.expect_err(stored);
        assert!(!brittle.state().is_null());
    }
    seen.check(expect![[r#"
        0 {"number":13}
        error: The provider has a bug
          It panicked: no idea how to upgrade

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.

        0 {}
        error: Could not read the stored identity of demo_brittle
          Missing field `number` at line 1 column 2.

        0 junk
        error: Could not read the stored identity of demo_brittle
          Expected value at line 1 column 1.

        1 []
        error: Invalid resource identity
          expected object({id = string}), got an array

        2 {"id":"1"}
        error: Resource instance managed by newer provider version
          The state has identity version 2, the provider 1.

    "#]]);
}

#[tokio::test]
async fn a_generated_configuration_describes_the_object() {
    let (_cloud, mut thing) = managed("demo_thing");
    thing.try_generate_config().await.expect_err("there is none").check(expect![[r#"
        error: Nothing to describe
          There is no object in the state."#]]);
    thing.apply(json!({ "label": "Data", "capacity": 3, "tags": ["a"], "password": "hunter22", "password_version": 1 })).await;
    let mut config = thing.try_generate_config().await.unwrap();
    config.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    config
        .check(expect![[r#"{"capacity":3,"label":"Data","name":"data","password_version":1,"tags":["a"]}"#]]);
    thing.plan(config).await.check(expect!["no-op"]);
}
