//! The life of a group.

use std::time::Duration;

use atlan::{Error, Existing, GroupUpdate};
use atlan_sim::{Moment, Rule};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_group_lives_from_create_to_delete() {
    let (sim, client) = tenant().await;
    let group = client.create_group(&stewards()).await.expect("created");
    assert_eq!((group.name.as_str(), group.alias.as_str()), ("data_stewards", "Data Stewards"));
    assert_eq!(
        (group.path.as_str(), group.description.as_deref()),
        ("/data_stewards", Some("Own the glossary"))
    );
    assert!(!group.is_default);
    assert_eq!(client.group(&group.id).await.expect("read"), Some(group.clone()));
    assert_eq!(client.groups_by_alias("Data Stewards").await.expect("read"), vec![group.clone()]);
    assert_eq!(
        client.groups_by_alias("Data Steward").await.expect("read"),
        vec![],
        "part of an alias is no match"
    );

    let change =
        GroupUpdate { alias: Some("Data Team".into()), is_default: Some(true), ..GroupUpdate::default() };
    let changed = client.update_group(&group.id, &change).await.expect("updated");
    assert_eq!((changed.id.clone(), changed.name.as_str()), (group.id.clone(), "data_stewards"));
    assert_eq!((changed.alias.as_str(), changed.is_default), ("Data Team", true));
    assert_eq!(changed.description.as_deref(), Some("Own the glossary"), "what is not stated stays");
    assert_eq!(
        sim.journal().on("POST", "/api/service/groups/*")[0].body,
        Some(json!({ "id": group.id, "path": "/data_stewards", "attributes": {
            "alias": ["Data Team"], "description": ["Own the glossary"], "isDefault": ["true"] } }))
    );

    client.delete_group(&group.id).await.expect("deleted");
    assert_eq!(client.group(&group.id).await.expect("read"), None);
    client.delete_group(&group.id).await.expect("gone already is fine");
    let error = client.update_group(&group.id, &change).await.expect_err("gone");
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn creating_takes_three_requests() {
    let (sim, client) = tenant().await;
    client.create_group(&stewards()).await.expect("created");
    let journal = sim.journal();
    assert_eq!(journal.count("GET", "/api/service/v2/groups"), 2, "{journal}");
    assert_eq!(journal.count("POST", GROUPS), 1, "{journal}");
    assert_eq!(
        journal.on("POST", GROUPS)[0].body,
        Some(json!({ "group": { "name": "data_stewards", "attributes": {
            "alias": ["Data Stewards"], "description": ["Own the glossary"], "isDefault": ["false"] } } }))
    );
}

#[tokio::test]
async fn a_description_is_cleared_by_an_empty_string() {
    let (sim, client) = tenant().await;
    let group = client.create_group(&stewards()).await.expect("created");
    let clear = GroupUpdate { description: Some(String::new()), ..GroupUpdate::default() };
    assert_eq!(client.update_group(&group.id, &clear).await.expect("updated").description, None);
    let body = sim.journal().writes().last().and_then(|entry| entry.body.clone()).expect("a body");
    assert_eq!(body["attributes"]["description"], json!([""]));
    sim.clear_journal();
    client.update_group(&group.id, &clear).await.expect("the same");
    assert_eq!(sim.journal().writes().len(), 0, "what is so already is not written");
}

#[tokio::test]
async fn the_error_for_a_taken_name_names_the_group_that_has_it() {
    let (sim, client) = tenant().await;
    let group = client.create_group(&stewards()).await.expect("created");
    match client.create_group(&stewards()).await {
        Err(Error::AlreadyExists(Existing::Group(existing))) => assert_eq!(*existing, group),
        other => panic!("{other:?}"),
    }
    assert_eq!(sim.journal().count("POST", GROUPS), 1, "nothing was sent");
}

#[tokio::test]
async fn the_error_for_a_name_taken_in_the_same_moment_names_the_group_too() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("POST", GROUPS).status(409).applied().times(1)).expect("a rule");
    match client.create_group(&stewards()).await {
        Err(Error::AlreadyExists(existing)) => assert_eq!(existing.id().as_str(), sim.groups()[0].id),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lost_answer_makes_one_group_whatever_became_of_the_request() {
    let rules = [
        Rule::on("POST", GROUPS).drop(Moment::Before),
        Rule::on("POST", GROUPS).drop(Moment::After),
        Rule::on("POST", GROUPS).drop(Moment::Before).late(Duration::from_millis(50)),
        Rule::on("POST", GROUPS).status(500).applied(),
        Rule::on("POST", GROUPS).status(502).applied(),
        Rule::on("POST", GROUPS).status(503).applied(),
        Rule::on("POST", GROUPS).status(504),
        Rule::on("POST", GROUPS).truncate(5),
        Rule { html: true, ..Rule::on("POST", GROUPS).status(200).applied() },
        Rule { body: Some(json!({})), ..Rule::on("POST", GROUPS).status(200).applied() },
    ];
    for rule in rules {
        let (sim, _) = tenant().await;
        let client = impatient(&sim);
        sim.fault(rule.clone().times(1)).expect("a rule");
        let group = client
            .create_group(&stewards())
            .await
            .unwrap_or_else(|error| panic!("{rule:?}: {}", story(&error)));
        let groups = sim.groups();
        assert_eq!(groups.len(), 1, "{rule:?}");
        assert_eq!(groups[0].id, group.id.as_str(), "{rule:?}");
    }
}

#[tokio::test]
async fn a_group_that_shows_late_is_waited_for() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "group_visible_after_ms": 300 })).expect("a switch");
    let group = client.create_group(&stewards()).await.expect("created");
    assert_eq!(client.group(&group.id).await.expect("read"), Some(group), "it shows when the create ends");
}

#[tokio::test]
async fn a_lost_answer_of_a_group_that_shows_late_makes_one_group() {
    for taken in ["conflict", "bad_request", "existing"] {
        let (sim, _) = tenant().await;
        sim.set(json!({ "group_visible_after_ms": 250, "group_name_taken": taken })).expect("switches");
        sim.fault(Rule::on("POST", GROUPS).drop(Moment::After).times(1)).expect("a rule");
        let group = impatient(&sim).create_group(&stewards()).await;
        let group = group.unwrap_or_else(|error| panic!("{taken}: {}", story(&error)));
        assert_eq!(sim.groups().len(), 1, "{taken}");
        assert_eq!(sim.groups()[0].id, group.id.as_str(), "{taken}");
    }
}

#[tokio::test]
async fn a_group_that_never_shows_is_reported_with_its_guid() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "group_visible_after_ms": 3_600_000 })).expect("a switch");
    let deadline = tokio::time::Instant::now() + Duration::from_millis(300);
    let group =
        client.within(Some(deadline), Default::default()).create_group(&stewards()).await.expect("created");
    assert_eq!(group.id.as_str(), sim.groups()[0].id);
    assert_eq!((group.path.as_str(), group.alias.as_str()), ("/data_stewards", "Data Stewards"));
}

#[tokio::test]
async fn a_change_that_the_server_accepts_and_ignores_is_an_error() {
    let (sim, client) = tenant().await;
    let group = client.create_group(&stewards()).await.expect("created");
    let rule = Rule { body: Some(json!({})), ..Rule::on("POST", "/api/service/groups/*").status(200) };
    sim.fault(rule).expect("a rule");
    let change = GroupUpdate { alias: Some("Other".into()), ..GroupUpdate::default() };
    let error = client.update_group(&group.id, &change).await.expect_err("not applied");
    assert!(matches!(error, Error::NotApplied { .. }), "{error}");
    assert!(error.to_string().contains("\"Data Stewards\""), "{error}");
}

#[tokio::test]
async fn a_deleted_group_is_gone_from_lists_before_the_call_returns() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "group_changes_visible_after_ms": 150 })).expect("a switch");
    let group = client.create_group(&stewards()).await.expect("made");
    client.delete_group(&group.id).await.expect("deleted");
    assert_eq!(crate::support::client(&sim, |_| {}).group(&group.id).await.expect("read"), None);
    client.delete_group(&group.id).await.expect("gone already");

    sim.set(json!({ "group_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    let group = client.create_group(&stewards()).await.expect("made");
    let error = client.delete_group(&group.id).await.expect_err("lists show it");
    assert!(story(&error).contains("the record still shows the group"), "{}", story(&error));
}

#[tokio::test]
async fn after_a_500_the_list_tells_whether_a_change_or_deletion_took_effect() {
    for applied in [false, true] {
        let (sim, client) = tenant().await;
        let group = client.create_group(&stewards()).await.expect("created");
        let fails = |path| {
            sim.clear_journal();
            let rule = Rule::on("POST", path).status(500).times(1);
            sim.fault(if applied { rule.applied() } else { rule }).expect("a rule");
        };
        let check = |result: Result<(), Error>| {
            match result {
                Ok(()) => assert!(applied, "nothing took effect"),
                Err(error) => assert!(!applied && error.status() == Some(500), "{error}"),
            }
            assert_eq!(sim.journal().writes().len(), 1, "{}", sim.journal());
        };
        fails("*/groups/*");
        let update = GroupUpdate { alias: Some("Owners".to_owned()), ..GroupUpdate::default() };
        check(client.update_group(&group.id, &update).await.map(drop));
        fails("*/delete");
        check(client.delete_group(&group.id).await);
    }
}

#[tokio::test]
async fn a_404_of_a_gateway_deletes_no_group() {
    let (sim, client) = tenant().await;
    let group = client.create_group(&stewards()).await.expect("made");
    sim.fault(Rule::on("POST", "*/delete").status(404).html().times(1)).expect("a rule");
    let error = client.delete_group(&group.id).await.expect_err("it is still there");
    assert_eq!(error.status(), Some(404));
    assert_eq!(sim.groups().len(), 1);
}
