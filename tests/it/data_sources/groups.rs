//! `atlan_groups`.

use atlan_sim::{KeyKind, Options, Sim};
use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::unknown;

use super::{read, refused, requests};
use crate::harness::*;

fn names(found: &Value) -> String {
    found["groups"].as_object().expect("groups").keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn groups_are_filtered_by_all_arguments_together() {
    let sim = tenant(KeyKind::ApiToken).await;
    let default = json!({ "alias": ["Data Teams"], "isDefault": ["true"], "description": ["Everybody"] });
    let id = group_by_other_means(&sim, "data_teams", default);
    group_by_other_means(&sim, "data_stewards", json!({ "alias": ["Stewards of DATA"] }));
    group_by_other_means(&sim, "finance", json!({ "alias": ["Finance Data"] }));
    group_by_other_means(&sim, "dataxops", json!({ "alias": ["Ops_1"] }));
    let core = core(&sim);
    for (config, expected) in [
        (json!({}), "data_stewards data_teams dataxops finance"),
        (json!({ "name_prefix": "data_" }), "data_stewards data_teams"),
        (json!({ "name_prefix": "Data_" }), ""),
        (json!({ "alias_contains": "data" }), "data_stewards data_teams finance"),
        (json!({ "alias_contains": "s_1" }), "dataxops"),
        (json!({ "alias_contains": "%" }), ""),
        (json!({ "is_default": true }), "data_teams"),
        (json!({ "is_default": false, "name_prefix": "data", "alias_contains": "data" }), "data_stewards"),
    ] {
        assert_eq!(names(&read(&core, "atlan_groups", config.clone()).await), expected, "{config}");
    }
    let found = read(&core, "atlan_groups", json!({ "is_default": true })).await;
    assert_eq!(
        found["groups"],
        json!({ "data_teams": {
            "id": id, "alias": "Data Teams", "description": "Everybody", "is_default": true, "path": "/data_teams",
        } })
    );
}

#[tokio::test]
async fn groups_cost_their_pages_once_a_run() {
    let sim = Sim::start(Options { groups: 250, ..Options::default() }).await.expect("a simulator");
    let run = core(&sim).one_run();
    for config in [json!({}), json!({ "name_prefix": "d" }), json!({ "is_default": true })] {
        read(&run, "atlan_groups", config).await;
    }
    assert_eq!(requests(&sim), [("GET v2/groups".to_owned(), 3)]);
}

#[tokio::test]
async fn bad_filters_are_refused_before_any_request_and_unknown_ones_wait() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim);
    let mut said = String::new();
    for config in [
        json!({ "name_prefix": "" }),
        json!({ "alias_contains": " " }),
        json!({ "is_default": "perhaps" }),
        json!({ "name": "a" }),
    ] {
        said += &format!("{config}\n{}\n", refused(&core, "atlan_groups", config.clone()).await);
    }
    said.check(expect![[r#"
        {"name_prefix":""}
        error at name_prefix: Invalid value for "name_prefix"
          It must not be blank.
        {"alias_contains":" "}
        error at alias_contains: Invalid value for "alias_contains"
          It must not be blank.
        {"is_default":"perhaps"}
        error at is_default: Incorrect attribute value type
          bool is required, not "perhaps".
        {"name":"a"}
        error at name: Unsupported argument
          An argument named "name" is not expected here.
    "#]]);
    assert!(core.data_source("atlan_groups").read(json!({ "name_prefix": unknown() })).await.is_put_off());
    assert!(sim.journal().is_empty(), "{}", sim.journal());
    let later = core.data_source("atlan_groups").try_read_in_apply(json!({ "name_prefix": "x" })).await;
    assert_eq!(names(&later.expect("groups").value()), "");
}
