//! `atlan_group`.

use atlan_sim::{KeyKind, Options, Sim};
use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use super::{read, refused, requests};
use crate::harness::*;

async fn with_groups(groups: usize) -> Sim {
    Sim::start(Options { users: 12, groups, ..Options::default() }).await.expect("a simulator")
}

#[tokio::test]
async fn a_group_is_found_by_each_of_its_names_with_one_request() {
    let sim = with_groups(3).await;
    let group = sim.groups().remove(1);
    let upper = group.id.to_uppercase();
    for (argument, value) in
        [("id", &group.id), ("id", &upper), ("name", &group.name), ("alias", &group.alias)]
    {
        sim.clear_journal();
        let mut found = read(&core(&sim), "atlan_group", json!({ argument: value })).await;
        assert_eq!(&found[argument], value, "the state keeps the spelling");
        found["id"] = json!(group.id);
        let description = &group.attributes["description"][0];
        assert_eq!(
            found,
            json!({
                "id": group.id, "name": group.name, "alias": group.alias, "description": description,
                "is_default": false, "path": format!("/{}", group.name), "member_count": 4,
                "include_members": false, "members": null, "timeouts": null,
            })
        );
        assert_eq!(requests(&sim), [("GET v2/groups".to_owned(), 1)], "{argument}");
    }
}

#[tokio::test]
async fn many_groups_of_a_run_share_their_request() {
    let sim = with_groups(40).await;
    let run = core(&sim).one_run();
    for group in sim.groups() {
        read(&run, "atlan_group", json!({ "name": group.name })).await;
        read(&run, "atlan_group", json!({ "alias": group.alias })).await;
        read(&run, "atlan_group", json!({ "id": group.id })).await;
    }
    assert_eq!(requests(&sim), [("GET v2/groups".to_owned(), 1)]);
}

#[tokio::test]
async fn a_tenant_that_counts_nobody_gives_no_number() {
    let sim = with_groups(1).await;
    sim.set(json!({ "list_counts": "absent" })).expect("a switch");
    let found = read(&core(&sim), "atlan_group", json!({ "name": sim.groups()[0].name })).await;
    assert_eq!(found["member_count"], json!(null));
    assert_eq!(found["is_default"], false);
}

#[tokio::test]
async fn the_group_made_in_the_same_run_is_found() {
    let sim = with_groups(2).await;
    sim.set(json!({ "group_visible_after_ms": 2000 })).expect("a switch");
    let run = core(&sim).one_run();
    let mut group = run.resource("atlan_group");
    group.apply(json!({ "alias": "Data", "timeouts": { "create": "1s" } })).await;
    let config = json!({ "id": group.state()["id"] });
    let found = run.data_source("atlan_group").try_read_in_apply(config).await.expect("a group").value();
    assert_eq!((&found["name"], &found["alias"]), (&json!("data"), &json!("Data")));
}

#[tokio::test]
async fn what_is_not_there_is_an_error_with_similar_names_and_several_of_one_alias_with_guids() {
    let sim = tenant(KeyKind::ApiToken).await;
    for (name, alias) in [
        ("data_stewards", "Data Stewards"),
        ("data_stewards_eu", "Data Stewards EU"),
        ("finance", "Finance"),
        ("one", "Twice"),
        ("two", "Twice"),
        ("axb", "A.B"),
        ("a_b", "A_B"),
    ] {
        group_by_other_means(&sim, name, json!({ "alias": [alias] }));
    }
    let core = core(&sim);
    let mut said = String::new();
    for config in [
        json!({ "alias": "Data Steward" }),
        json!({ "alias": "data stewards" }),
        json!({ "name": "fniance" }),
        json!({ "name": "marketing" }),
        json!({ "id": "00000000-0000-4000-8000-000000000000" }),
        json!({ "alias": "Twice" }),
    ] {
        said += &format!("{config}\n{}\n", refused(&core, "atlan_group", config.clone()).await);
    }
    said.check(expect![[r#"
        {"alias":"Data Steward"}
        error at alias: Could not read group "Data Steward"
          The tenant http://<tenant> has no group that is shown under this name. Similar: "Data Stewards", "Data Stewards EU".
        {"alias":"data stewards"}
        error at alias: Could not read group "data stewards"
          The tenant http://<tenant> has no group that is shown under this name. Similar: "Data Stewards", "Data Stewards EU".
        {"name":"fniance"}
        error at name: Could not read group "fniance"
          The tenant http://<tenant> has no group with this internal name. Similar: "finance".
        {"name":"marketing"}
        error at name: Could not read group "marketing"
          The tenant http://<tenant> has no group with this internal name.
        {"id":"<guid>"}
        error at id: Could not read group "<guid>"
          The tenant http://<tenant> has no group with this GUID.
        {"alias":"Twice"}
        error at alias: Could not read group "Twice"
          2 groups are shown under this name. Use `id` or `name` instead of `alias`:

            - <guid> (one)
            - <guid> (two)
    "#]]);
    assert_eq!(read(&core, "atlan_group", json!({ "alias": "A_B" })).await["name"], "a_b", "no wildcard");
}

#[tokio::test]
async fn bad_arguments_are_refused_before_any_request_and_unknown_ones_wait() {
    let sim = with_groups(1).await;
    let core = core(&sim);
    let mut said = String::new();
    for config in [
        json!({}),
        json!({ "id": null, "name": null }),
        json!({ "name": "a", "alias": "A" }),
        json!({ "id": "a/b" }),
        json!({ "name": "" }),
        json!({ "alias": " " }),
        json!({ "name": "a", "member_count": 1 }),
    ] {
        said += &format!("{config}\n{}\n", refused(&core, "atlan_group", config.clone()).await);
    }
    said.check(expect![[r#"
        {}
        error: Missing argument
          Exactly one of `id`, `name` and `alias` must be given.
        {"id":null,"name":null}
        error: Missing argument
          Exactly one of `id`, `name` and `alias` must be given.
        {"alias":"A","name":"a"}
        error at alias: "alias" conflicts with "name"
          Exactly one of `id`, `name` and `alias` must be given.
        {"id":"a/b"}
        error at id: Invalid value for "id"
          "a/b" is not a GUID: a GUID consists of letters, digits, `-` and `_`, at most 128 of them.
        {"name":""}
        error at name: Invalid value for "name"
          It must not be blank.
        {"alias":" "}
        error at alias: Invalid value for "alias"
          It must not be blank.
        {"member_count":1,"name":"a"}
        error at member_count: "member_count" cannot be configured
          `member_count` is decided by the provider. Remove it from the configuration.
    "#]]);
    let source = core.data_source("atlan_group");
    assert!(source.read(json!({ "id": unknown() })).await.is_put_off());
    assert!(sim.journal().is_empty(), "{}", sim.journal());
    let name = sim.groups()[0].name.clone();
    let later = source.try_read_in_apply(json!({ "name": name })).await.expect("a group");
    assert_eq!(later.value()["name"], name);
}
