//! Configurations that are refused or accepted with a word, and where.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use crate::{Check, core, managed};

#[tokio::test]
async fn what_is_wrong_is_named() {
    let (cloud, thing) = managed("demo_thing");
    let mut seen = String::new();
    for config in [
        json!({}),
        json!({ "label": null }),
        json!({ "label": "" }),
        json!({ "label": "x", "id": "1", "revision": 2 }),
        json!({ "label": "x", "owner": "nobody", "size": "huge", "capacity": 1.5 }),
        json!({ "label": "x", "rules": [{ "who": "ada" }, { "who": null }] }),
        json!({ "label": "x", "steps": ["a", null], "tags": ["b", null], "notes": { "k": null } }),
        json!({ "label": "x", "rules": [null], "named": { "one": null } }),
        json!({ "label": "x", "main": { "who": "ada", "number": 1 } }),
        json!({ "label": "x", "nonsense": 1 }),
        json!({ "label": ["x"] }),
        json!({ "label": "x", "timeouts": { "create": "soon" } }),
        json!({ "label": "panic" }),
    ] {
        seen += &format!("{config}\n{}\n\n", thing.validate(config.clone()).await);
    }
    seen.check(expect![[r#"
        {}
        error at label: Missing required argument
          "label" is required, but no definition was found.

        {"label":null}
        error at label: Missing value for "label"
          `label` is required and must not be null.

        {"label":""}
        error at label: Invalid value for "label"
          It must not be blank.

        {"id":"1","label":"x","revision":2}
        error at id: "id" cannot be configured
          `id` is decided by the provider. Remove it from the configuration.
        error at revision: "revision" cannot be configured
          `revision` is decided by the provider. Remove it from the configuration.

        {"capacity":1.5,"label":"x","owner":"nobody","size":"huge"}
        error at owner: Invalid value for "owner"
          It must be an address with one @, not "nobody".
        error at size: Invalid value for "size"
          It must be one of "small" or "large" (also "big"), not "huge".
        error at capacity: Invalid value for "capacity"
          It must be a whole number from -9223372036854775808 to 9223372036854775807, not 1.5.

        {"label":"x","rules":[{"who":"ada"},{"who":null}]}
        error at rules[1].who: Missing value for "who"
          `rules[1].who` is required and must not be null.

        {"label":"x","notes":{"k":null},"steps":["a",null],"tags":["b",null]}
        error at steps[1]: Invalid value for "steps[1]"
          It must not be null.
        error at tags: Invalid value for "tags"
          It must not hold null.
        error at notes["k"]: Invalid value for "notes["k"]"
          It must not be null.

        {"label":"x","named":{"one":null},"rules":[null]}
        error at rules[0]: Incorrect attribute value type
          An object is required, not null.
        error at named["one"]: Incorrect attribute value type
          An object is required, not null.

        {"label":"x","main":{"number":1,"who":"ada"}}
        error at main.number: "number" cannot be configured
          `main.number` is decided by the provider. Remove it from the configuration.

        {"label":"x","nonsense":1}
        error at nonsense: Unsupported argument
          An argument named "nonsense" is not expected here.

        {"label":["x"]}
        error at label: Incorrect attribute value type
          string is required, not ["x"].

        {"label":"x","timeouts":{"create":"soon"}}
        error at timeouts.create: Invalid value for "timeouts.create"
          "soon" is not a duration: a number is missing. Write numbers with units, such as "30s", "5m" or "1h30m".

        {"label":"panic"}
        error: The provider has a bug
          It panicked: no idea how to validate

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.

    "#]]);
    assert_eq!(cloud.journal(), "", "validation asks nobody");
}

#[tokio::test]
async fn what_is_doubtful_is_a_warning() {
    let (_cloud, thing) = managed("demo_thing");
    let config = json!({ "label": "x", "caption": "y", "password": "hunter22" });
    thing.validate(config).await.check(expect![[r#"
        warning at caption: "caption" is deprecated
          Use `label`.
        warning at password: A password without version
          Set `password_version`, or it is never changed."#]]);
}

#[tokio::test]
async fn unknown_values_pass() {
    let (_cloud, thing) = managed("demo_thing");
    for config in [
        json!({ "label": unknown(), "owner": unknown(), "size": unknown(), "rules": unknown() }),
        json!({ "label": "x", "rules": [unknown(), { "who": unknown() }], "named": { "k": unknown() } }),
        json!({ "label": "x", "loose": [unknown()], "timeouts": unknown(), "main": unknown() }),
    ] {
        let report = thing.validate(config.clone()).await;
        assert!(report.is_empty(), "{config}: {report}");
    }
}

#[tokio::test]
async fn a_write_only_value_needs_a_terraform_that_knows_it() {
    let (_cloud, core) = core();
    let thing = core.without_write_only().resource("demo_thing");
    let config = json!({ "label": "x", "password": "hunter22", "password_version": 1 });
    thing.validate(config).await.check(expect![[r#"
        error at password: "password" needs a newer Terraform
          `password` is write-only, which Terraform supports from version 1.11 on."#]]);
}
