//! What each argument means: in a plan, on the wire, and in the next plan.

use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::unknown;

use crate::harness::*;

#[tokio::test]
async fn bad_values_are_refused_offline_at_the_attribute() {
    let group = bare_core().resource("atlan_group");
    let cases = [
        json!({}),
        json!({ "alias": "" }),
        json!({ "alias": "   " }),
        json!({ "alias": " Data" }),
        json!({ "alias": "Data\tTeam" }),
        json!({ "alias": "Data", "name": "Data Team" }),
        json!({ "alias": "Data", "name": "data-team" }),
        json!({ "alias": "Data", "name": "" }),
        json!({ "alias": "Data", "name": "—" }),
        json!({ "alias": "Data", "is_default": "perhaps" }),
        json!({ "alias": "Data", "on_existing": "replace" }),
        json!({ "alias": "Data", "timeouts": { "create": "soon" } }),
    ];
    let mut all = String::new();
    for config in cases {
        let report = group.validate(config.clone()).await;
        assert!(report.has_errors(), "{config}");
        all.push_str(&format!("{config}\n{report}\n"));
    }
    all.check(expect![[r#"
        {}
        error at alias: Missing required argument
          "alias" is required, but no definition was found.
        {"alias":""}
        error at alias: Invalid value for "alias"
          It must not be blank.
        {"alias":"   "}
        error at alias: Invalid value for "alias"
          It must not be blank.
        {"alias":" Data"}
        error at alias: Invalid value for "alias"
          It must not begin or end with white space. Did you mean "Data"?
        {"alias":"Data\tTeam"}
        error at alias: Invalid value for "alias"
          It must not contain control characters such as tabs or line breaks.
        {"alias":"Data","name":"Data Team"}
        error at name: Invalid value for "name"
          It must be one or more lower-case ASCII letters, digits and `_`. For a group that already exists, leave `name` out, and the group keeps its name. For a new group, "data_team" is a valid name.
        {"alias":"Data","name":"data-team"}
        error at name: Invalid value for "name"
          It must be one or more lower-case ASCII letters, digits and `_`. For a group that already exists, leave `name` out, and the group keeps its name. For a new group, "data_team" is a valid name.
        {"alias":"Data","name":""}
        error at name: Invalid value for "name"
          It must be one or more lower-case ASCII letters, digits and `_`. For a group that already exists, leave `name` out, and the group keeps its name.
        {"alias":"Data","name":"—"}
        error at name: Invalid value for "name"
          It must be one or more lower-case ASCII letters, digits and `_`. For a group that already exists, leave `name` out, and the group keeps its name.
        {"alias":"Data","is_default":"perhaps"}
        error at is_default: Incorrect attribute value type
          bool is required, not "perhaps".
        {"alias":"Data","on_existing":"replace"}
        error at on_existing: Invalid value for "on_existing"
          It must be one of "error" or "adopt", not "replace".
        {"alias":"Data","timeouts":{"create":"soon"}}
        error at timeouts.create: Invalid value for "timeouts.create"
          "soon" is not a duration: a number is missing. Write numbers with units, such as "30s", "5m" or "1h30m".
    "#]]);
}

#[tokio::test]
async fn an_alias_of_punctuation_alone_asks_for_a_name_while_planning() {
    let (sim, mut group) = managed("atlan_group").await;
    group.try_plan(json!({ "alias": "—!" })).await.failed().check(expect![[r#"
        error at alias: Could not plan atlan_group
          No internal name can be derived from "—!", because it has no letter or digit; set `name`."#]]);
    assert!(sim.journal().is_empty());
    group.apply(json!({ "alias": "—!", "name": "dash" })).await;
    assert_eq!((group.state()["alias"].as_str(), group.state()["name"].as_str()), (Some("—!"), Some("dash")));
    group.plan_is_empty().await;
}

#[tokio::test]
async fn the_plan_shows_the_name_that_the_alias_gives() {
    let (sim, mut group) = managed("atlan_group").await;
    let plan = group.plan(json!({ "alias": "Équipe Données & Co" })).await;
    assert_eq!(plan.planned()["name"], "equipe_donnees_co");
    plan.check(expect![
        "create: alias, name, description, is_default, on_existing; known after apply: id, path"
    ]);
    assert!(sim.journal().is_empty(), "a create is planned without a request");
}

#[tokio::test]
async fn a_group_lives_from_create_to_destroy() {
    let (sim, mut group) = managed("atlan_group").await;
    group
        .apply(json!({ "alias": "Data Stewards", "description": "Own the glossary", "is_default": true }))
        .await;
    writes(&sim).check(expect![[r#"POST /groups {"group":{"attributes":{"alias":["Data Stewards"],"description":["Own the glossary"],"isDefault":["true"]},"name":"data_stewards"}}"#]]);
    let state = group.state();
    serde_json::to_string_pretty(&state).expect("JSON").check(expect![[r#"
        {
          "alias": "Data Stewards",
          "description": "Own the glossary",
          "id": "<guid>",
          "is_default": true,
          "name": "data_stewards",
          "on_existing": "error",
          "path": "/data_stewards",
          "timeouts": null
        }"#]]);
    assert_eq!(state["id"], *sim.groups()[0].id);
    assert_eq!(group.identity(), json!({ "id": state["id"] }));
    group.plan_is_empty().await;

    let mut imported = core(&sim).resource("atlan_group");
    imported.import(state["id"].as_str().expect("an id")).await;
    assert_eq!(imported.state(), state);

    group.destroy().await;
    assert!(sim.groups().is_empty());
}

#[tokio::test]
async fn renaming_alias_updates_in_place_and_keeps_name() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data team" })).await;
    group.plan(json!({ "alias": "Data" })).await.check(expect!["update: alias"]);
    group.apply(json!({ "alias": "Data" })).await;
    writes(&sim).check(expect![[r#"
        POST /groups {"group":{"attributes":{"alias":["Data team"],"isDefault":["false"]},"name":"data_team"}}
        POST /groups/<guid> {"attributes":{"alias":["Data"],"description":[""],"isDefault":["false"]},"id":"<guid>","path":"/data_team"}"#]]);
    assert_eq!(
        (group.state()["name"].as_str(), group.state()["alias"].as_str()),
        (Some("data_team"), Some("Data"))
    );
    group.plan_is_empty().await;
}

#[tokio::test]
async fn another_name_makes_another_group() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data", "name": "data_1" })).await;
    let id = group.state()["id"].clone();
    group
        .plan(json!({ "alias": "Data", "name": "data_2" }))
        .await
        .check(expect!["replace because of name: name; known after apply: id, path"]);
    group.apply(json!({ "alias": "Data", "name": "data_2" })).await;
    assert_ne!(group.state()["id"], id);
    assert_eq!(sim.groups().len(), 1);
    group.plan_is_empty().await;
    assert!(group.plan(json!({ "alias": "Data" })).await.is_empty(), "a name that is no longer stated stays");
}

#[tokio::test]
async fn an_alias_that_is_known_later_gives_its_name_later() {
    let (_sim, mut group) = managed("atlan_group").await;
    let plan = group.plan(json!({ "alias": unknown() })).await;
    plan.check(expect![
        "create: description, is_default, on_existing; known after apply: alias, name, id, path"
    ]);
    group.apply_plan(&plan, json!({ "alias": "Late Riser" })).await;
    assert_eq!(group.state()["name"], "late_riser");
    group.plan_is_empty().await;
}

#[tokio::test]
async fn no_description_and_an_empty_one_are_the_same() {
    let (sim, mut group) = managed("atlan_group").await;
    let none = json!({ "alias": "Data" });
    let described = |text: &str| json!({ "alias": "Data", "description": text });
    let steps = [
        (none.clone(), "create", ""),
        (described(""), "no-op", ""),
        (none.clone(), "no-op", ""),
        (described("x"), "update: description", "x"),
        (described(""), "update: description", ""),
        (described("y"), "update: description", "y"),
        (none, "update: description", ""),
    ];
    for (config, action, description) in steps {
        let plan = group.plan(config.clone()).await.to_string();
        assert!(plan.starts_with(action), "{config}: {plan}");
        group.apply(config.clone()).await;
        group.plan_is_empty().await;
        let stored = sim.groups()[0].attributes.get("description").and_then(|texts| texts.first().cloned());
        assert_eq!(stored.unwrap_or_default(), description, "{config}");
    }
}

#[tokio::test]
async fn is_default_left_out_is_false() {
    let (sim, mut group) = managed("atlan_group").await;
    let steps =
        [(Value::Null, "false"), (json!(true), "true"), (Value::Null, "false"), (json!(false), "false")];
    for (is_default, stored) in steps {
        group.apply(json!({ "alias": "Data", "is_default": is_default })).await;
        group.plan_is_empty().await;
        assert_eq!(sim.groups()[0].attributes["isDefault"], [stored]);
    }
}

#[tokio::test]
async fn on_existing_and_timeouts_change_without_a_request() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data" })).await;
    sim.clear_journal();
    let config = json!({ "alias": "Data", "on_existing": "adopt", "timeouts": { "create": "1m" } });
    group.apply(config).await.check(expect!["update: on_existing, timeouts.create"]);
    assert!(sim.journal().writes().is_empty());
    group.plan_is_empty().await;
}

#[tokio::test]
async fn a_change_made_in_atlan_is_put_back() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data", "description": "Ours" })).await;
    let mut other = core(&sim).resource("atlan_group");
    other.import("data").await;
    other.apply(json!({ "alias": "Theirs", "description": "Theirs", "is_default": true })).await;
    let config = json!({ "alias": "Data", "description": "Ours" });
    group.plan(config.clone()).await.check(expect!["update: alias, description, is_default"]);
    group.apply(config).await;
    group.plan_is_empty().await;
}

#[tokio::test]
async fn a_deleted_group_is_made_again() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data" })).await;
    let mut other = core(&sim).resource("atlan_group");
    other.import("data").await;
    other.destroy().await;
    assert!(group.refresh().await.is_empty(), "no error, no warning");
    assert_eq!(group.state(), Value::Null);
    group.apply(json!({ "alias": "Data" })).await.check(expect![
        "create: alias, name, description, is_default, on_existing; known after apply: id, path"
    ]);
    assert_eq!(sim.groups().len(), 1);
}

#[tokio::test]
async fn deleting_a_deleted_group_succeeds() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data" })).await;
    let mut other = core(&sim).resource("atlan_group");
    other.import("data").await;
    other.destroy().await;
    group.set_core(&core(&sim).without_refresh());
    group.destroy().await;
    assert_eq!(group.state(), Value::Null);
}

#[tokio::test]
async fn white_space_that_the_tenant_trims_from_a_description_makes_no_difference() {
    for stores in ["trim", "keep"] {
        let (sim, mut group) = managed("atlan_group").await;
        sim.set(json!({ "group_text": stores })).expect("a switch");
        let config = |description: &str| json!({ "alias": "Data", "description": description });
        group.apply(config("Own the glossary\n")).await;
        assert_eq!(group.state()["description"], "Own the glossary\n", "as configured");
        group.plan_is_empty().await;
        assert!(group.plan(config("Own the glossary")).await.is_empty(), "{stores}");
        group.apply(config("Own it all\n\n")).await;
        group.plan_is_empty().await;
        group.apply(with(config("Own it all\n\n"), json!({ "is_default": true }))).await;
        group.plan_is_empty().await;
        let stored = sim.groups()[0].attributes["description"].clone();
        assert_eq!(stored[0].trim(), "Own it all");
        group.apply(json!({ "alias": "Data", "is_default": true })).await;
        group.plan_is_empty().await;
        assert!(sim.groups()[0].attributes.get("description").is_none_or(|texts| texts.concat().is_empty()));
    }
}

/// As people paste names into Atlan's dialogs.
#[tokio::test]
async fn white_space_around_a_name_in_atlan_is_no_change_to_the_configuration_that_terraform_writes() {
    let (sim, mut group) = managed("atlan_group").await;
    let id = group_by_other_means(&sim, "stewards", json!({ "alias": [" Data Stewards\t"] }));
    group.import(&id).await;
    let mut config = group.try_generate_config().await.expect("a configuration");
    assert_eq!(config["alias"], "Data Stewards");
    // An import must not set the internal name here.
    config.as_object_mut().expect("an object").remove("name");
    assert!(group.plan(config).await.is_empty());
}
