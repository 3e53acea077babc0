//! The same life of a group under every value of every switch that touches groups.

use serde_json::{Value, json};

use crate::harness::*;

/// Every value but the default of the switches about groups, and of those about lists and answers that they pass.
fn switches() -> Vec<Value> {
    let values = [
        ("group_name_taken", json!(["bad_request", "existing"])),
        ("group_name_case", json!(["fold"])),
        ("group_name_charset", json!(["documented"])),
        ("group_alias_taken", json!(["conflict"])),
        ("group_update", json!(["replace"])),
        ("group_empty_list", json!(["ignore"])),
        ("group_empty_string", json!(["remove"])),
        ("group_update_without_path", json!(["accept"])),
        ("group_rename_name", json!(["rename"])),
        ("group_delete_missing", json!(["ok"])),
        ("group_visible_after_ms", json!([120])),
        ("membership_visible_after_ms", json!([120])),
        ("default_group_join", json!(["accept", "never"])),
        ("default_group_retroactive", json!([true])),
        ("group_member_twice", json!(["conflict"])),
        ("group_create_unknown_user", json!(["not_found"])),
        ("void_body", json!(["object", "null"])),
        ("default_limit", json!([1])),
        ("page_limit", json!([1])),
        ("limit_over_max", json!(["bad_request"])),
        ("limit_zero", json!(["empty"])),
        ("total_record", json!(["filtered"])),
        ("count_false", json!(["include"])),
        ("count_absent", json!(["omit"])),
        ("empty_records", json!(["null"])),
        ("ilike_underscore", json!(["literal"])),
        ("filter_unknown_field", json!(["ignore", "match_none"])),
        ("filter_case_sensitive", json!([false])),
        ("v1_groups", json!(["no_personas"])),
        ("error_shape", json!(["error_code", "bare", "html", "empty"])),
        ("key_kind", json!(["oauth_client", "user"])),
    ];
    let each = |(name, values): (&str, Value)| -> Vec<Value> {
        values.as_array().expect("a list").iter().map(|value| json!({ name: value })).collect()
    };
    let mut all: Vec<Value> = values.into_iter().flat_map(each).collect();
    all.push(json!({}));
    all
}

#[tokio::test]
async fn the_life_of_a_group_is_the_same_under_every_switch() {
    side_by_side(switches(), |switch| async move {
        let (sim, mut group) = managed("atlan_group").await;
        // In the way of filters that find too much.
        group_by_other_means(&sim, "data_teams", json!({ "alias": ["Data teams"] }));
        group_by_other_means(&sim, "dataxteam", json!({ "alias": ["Data team "] }));
        sim.set(switch.clone()).expect("a switch");
        let others = sim.groups().len();

        group.apply(json!({ "alias": "Data team", "description": "Ours", "is_default": true })).await;
        group.plan_is_empty().await;
        let mut second = core(&sim).resource("atlan_group");
        let report = second.try_apply(json!({ "alias": "Data team" })).await.failed();
        let id = group.state()["id"].as_str().expect("an id").to_owned();
        assert!(report.to_string().contains(&id), "{switch}: {report}");

        group.apply(json!({ "alias": "Data" })).await;
        group.plan_is_empty().await;
        group.apply(json!({ "alias": "Data", "description": "Again" })).await;
        group.plan_is_empty().await;
        let state = group.state();
        let seen = (state["name"].as_str(), state["description"].as_str(), state["is_default"].as_bool());
        assert_eq!(seen, (Some("data_team"), Some("Again"), Some(false)), "{switch}");
        for way in [id.as_str(), "data_team", "alias:Data"] {
            let mut imported = core(&sim).resource("atlan_group");
            imported.import(way).await;
            assert_eq!(imported.state(), state, "{switch}: {way}");
        }
        group.destroy().await;
        assert_eq!(sim.groups().len(), others, "{switch}");
    })
    .await;
}
