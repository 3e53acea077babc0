//! `atlan_role` and `atlan_roles`.

use atlan_sim::{KeyKind, Rule};
use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use super::{read, refused, requests};
use crate::harness::*;

#[tokio::test]
async fn a_workspace_role_is_found_in_any_spelling_and_another_by_its_exact_name() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim);
    let admin = by_other_means_get(&sim, "/api/service/roles")["records"]
        .as_array()
        .expect("records")
        .iter()
        .find(|role| role["name"] == "$admin")
        .expect("a role")["id"]
        .clone();
    for spelling in ["$admin", "admin", "Admin", " ADMIN "] {
        let role = read(&core, "atlan_role", json!({ "name": spelling })).await;
        assert_eq!((&role["id"], &role["name"]), (&admin, &json!(spelling)), "the state keeps the spelling");
        assert_eq!((&role["description"], &role["level"]), (&json!("Admin"), &json!("workspace")));
    }
    let sub_role = read(&core, "atlan_role", json!({ "name": "$admin_connections" })).await;
    assert_eq!(
        (&sub_role["description"], &sub_role["level"]),
        (&json!("Admins (Connections)"), &json!("admin-subrole"))
    );
    let of_keycloak = read(&core, "atlan_role", json!({ "name": "offline_access" })).await;
    assert!(of_keycloak["id"].is_string(), "{of_keycloak}");
}

#[tokio::test]
async fn roles_are_listed_by_level_without_those_of_other_levels() {
    for ignores in [false, true] {
        let sim = tenant(KeyKind::ApiToken).await;
        if ignores {
            // A server that ignores the filter answers with all roles.
            let all = by_other_means_get(&sim, "/api/service/roles?count=true");
            sim.fault(Rule { body: Some(all), ..Rule::on("GET", ROLES).status(200) }).expect("a rule");
        }
        let core = core(&sim);
        let names = |roles: &serde_json::Value| {
            let roles = roles["roles"].as_object().expect("roles");
            roles.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        let all = read(&core, "atlan_roles", json!({})).await;
        assert_eq!(
            names(&all),
            "$admin $admin_connections $admin_governance $admin_workflows $guest $member",
            "{ignores}"
        );
        let level = |level: &'static str| read(&core, "atlan_roles", json!({ "level": level }));
        assert_eq!(names(&level("workspace").await), "$admin $guest $member", "{ignores}");
        assert_eq!(
            names(&level("admin-subrole").await),
            "$admin_connections $admin_governance $admin_workflows",
            "{ignores}"
        );
        assert_eq!(names(&level("no such level").await), "", "no role is no error");
        let guest = &all["roles"]["$guest"];
        assert_eq!((&guest["description"], &guest["level"]), (&json!("Guest"), &json!("workspace")));
        assert!(guest["id"].is_string());
    }
}

#[tokio::test]
async fn roles_cost_one_request_a_run() {
    let sim = tenant(KeyKind::ApiToken).await;
    let run = core(&sim).one_run();
    for name in ["$admin", "member", "$guest", "$admin_connections"] {
        read(&run, "atlan_role", json!({ "name": name })).await;
    }
    assert_eq!(requests(&sim), [("GET roles".to_owned(), 1)]);
    sim.clear_journal();
    for _ in 0..3 {
        read(&run, "atlan_roles", json!({})).await;
    }
    assert_eq!(requests(&sim), [("GET roles".to_owned(), 1)]);
}

#[tokio::test]
async fn a_role_that_is_not_there_is_an_error_that_names_similar_ones() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim);
    refused(&core, "atlan_role", json!({ "name": "$admin_conections" })).await.check(expect![[r#"
        error at name: Could not read role "$admin_conections"
          The tenant http://<tenant> has no role with this name. Similar: "$admin_connections", "$admin". Names of roles are compared exactly, except for $admin, $member and $guest. The data source `atlan_roles` lists them."#]]);
    refused(&core, "atlan_role", json!({ "name": "owner" })).await.check(expect![[r#"
        error at name: Could not read role "owner"
          The tenant http://<tenant> has no role with this name. Names of roles are compared exactly, except for $admin, $member and $guest. The data source `atlan_roles` lists them."#]]);
}

#[tokio::test]
async fn bad_names_are_refused_before_any_request_and_unknown_ones_wait() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim);
    let mut said = String::new();
    for (source, config) in [
        ("atlan_role", json!({})),
        ("atlan_role", json!({ "name": null })),
        ("atlan_role", json!({ "name": " " })),
        ("atlan_role", json!({ "name": "$admin", "level": "workspace" })),
        ("atlan_roles", json!({ "level": "" })),
        ("atlan_roles", json!({ "roles": {} })),
    ] {
        said += &format!("{source} {config}\n{}\n", refused(&core, source, config.clone()).await);
    }
    said.check(expect![[r#"
        atlan_role {}
        error at name: Missing required argument
          "name" is required, but no definition was found.
        atlan_role {"name":null}
        error at name: Missing value for "name"
          `name` is required and must not be null.
        atlan_role {"name":" "}
        error at name: Invalid value for "name"
          It must not be blank.
        atlan_role {"level":"workspace","name":"$admin"}
        error at level: "level" cannot be configured
          `level` is decided by the provider. Remove it from the configuration.
        atlan_roles {"level":""}
        error at level: Invalid value for "level"
          It must not be blank.
        atlan_roles {"roles":{}}
        error at roles: "roles" cannot be configured
          `roles` is decided by the provider. Remove it from the configuration.
    "#]]);
    assert!(core.data_source("atlan_role").read(json!({ "name": unknown() })).await.is_put_off());
    assert!(sim.journal().is_empty(), "{}", sim.journal());
    let later = core.data_source("atlan_role").try_read_in_apply(json!({ "name": "guest" })).await;
    assert_eq!(later.expect("a role").value()["description"], "Guest");
}
