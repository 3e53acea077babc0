//! Rules about several attributes: where each is broken, and what is said.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::{Core, unknown};

use crate::check;
use crate::thing::Types;

#[tokio::test]
async fn broken_rules_are_named_at_the_attribute() {
    let thing = Core::new::<Types>().config(json!({ "key": "k" })).resource("types_thing");
    let mut seen = String::new();
    for config in [
        json!({ "ratio": 0.5, "big": 1 }),
        json!({ "access": [{}] }),
        json!({ "access": [{ "password": "a" }, { "password": "b", "password_wo": "c", "hint": "d" }] }),
        json!({ "access": [{ "password_wo": "a" }] }),
        json!({ "access": [{ "password_wo": "a", "version": 1, "low": 3, "high": 2 }] }),
        json!({ "access": [{ "password_wo": "a", "version": 1, "high": 0 }] }),
    ] {
        seen += &format!("{config}\n{}\n\n", thing.validate(config.clone()).await);
    }
    check(
        &seen,
        expect![[r#"
            {"big":1,"ratio":0.5}
            error at big: "big" conflicts with "ratio"
              At most one of `ratio` and `big` can be given.

            {"access":[{}]}
            error at access[0]: Missing argument
              Exactly one of `password` and `password_wo` must be given.

            {"access":[{"password":"a"},{"hint":"d","password":"b","password_wo":"c"}]}
            warning at access[0].password: "password" is stored in the state
              This value is stored in the state in plain text. `password_wo` takes the same value and is not stored.
            error at access[1].password_wo: "password_wo" conflicts with "password"
              Exactly one of `password` and `password_wo` must be given.
            warning at access[1].password: "password" is stored in the state
              This value is stored in the state in plain text. `password_wo` takes the same value and is not stored.
            error at access[1].password: "password" conflicts with "hint"
              `password` cannot be given together with `hint`.
            error at access[1].password_wo: "password_wo" needs "version"
              `password_wo` needs `version`.

            {"access":[{"password_wo":"a"}]}
            error at access[0].password_wo: "password_wo" needs "version"
              `password_wo` needs `version`.

            {"access":[{"high":2,"low":3,"password_wo":"a","version":1}]}
            error at access[0].high: Invalid value for "high"
              `high` must be at least the sum of `low`. It is 2, not 3.

            {"access":[{"high":0,"password_wo":"a","version":1}]}
            error at access[0].high: Invalid value for "high"
              `high` must be at least the sum of `low`. It is 0, not 1.

        "#]],
    );
}

#[tokio::test]
async fn what_may_turn_out_right_breaks_no_rule() {
    let thing = Core::new::<Types>().config(json!({ "key": "k" })).resource("types_thing");
    for config in [
        json!({}),
        json!({ "ratio": 0.5, "big": unknown() }),
        json!({ "access": unknown() }),
        json!({ "access": [] }),
        json!({ "access": [unknown()] }),
        json!({ "access": [{ "password": unknown() }] }),
        json!({ "access": [{ "password_wo": unknown(), "password": unknown(), "hint": "d" }] }),
        json!({ "access": [{ "password_wo": "a", "version": unknown() }] }),
        json!({ "access": [{ "password_wo": "a", "version": 1, "low": 3, "high": unknown() }] }),
        json!({ "access": [{ "password_wo": "a", "version": 1, "high": 2 }] }),
    ] {
        assert!(thing.validate(config.clone()).await.is_empty(), "{config}");
    }
}

#[tokio::test]
async fn an_old_terraform_is_not_told_of_what_it_cannot_do() {
    let core = Core::new::<Types>().config(json!({ "key": "k" }));
    let config = json!({ "access": [{ "password": "a" }] });
    check(
        &core.resource("types_thing").validate(config.clone()).await,
        expect![[r#"
        warning at access[0].password: "password" is stored in the state
          This value is stored in the state in plain text. `password_wo` takes the same value and is not stored."#]],
    );
    assert!(core.without_write_only().resource("types_thing").validate(config).await.is_empty());
}

#[tokio::test]
async fn the_environment_counts_once_it_has_been_looked_at() {
    let core = Core::new::<Types>();
    let configured = |core: &Core| {
        let core = core.clone();
        async move { core.configure().await.to_string() }
    };
    check(
        &configured(&core).await,
        expect![[r#"
        error: Missing argument
          Exactly one of `key` and `token` must be given."#]],
    );
    check(
        &configured(&core.clone().config(json!({ "key": "k", "token": "t", "user": "u" }))).await,
        expect![[r#"
            error at token: "token" conflicts with "key"
              Exactly one of `key` and `token` must be given."#]],
    );
    check(
        &configured(&core.clone().config(json!({ "user": "u" })).env("TYPES_KEY", "k")).await,
        expect![[r#"
            error at user: "user" needs "token"
              `token` and `user` must be given together or not at all.
            error at user: "user" needs "token"
              `user` needs `token`."#]],
    );
    for (config, variables) in [
        (json!({ "key": "k" }), &[][..]),
        (json!({}), &["TYPES_KEY"]),
        (json!({ "user": "u" }), &["TYPES_TOKEN"]),
        // A variable that happens to be set conflicts with nothing.
        (json!({ "key": "k" }), &["TYPES_TOKEN"]),
        (json!({ "token": unknown(), "user": "u" }), &[]),
    ] {
        let core =
            variables.iter().fold(core.clone().config(config.clone()), |core, name| core.env(*name, "x"));
        assert_eq!(configured(&core).await, "", "{config} {variables:?}");
    }
}
