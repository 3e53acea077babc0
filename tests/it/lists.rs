//! Lists that lack something, through the whole provider: an error that names it, or a way around; the state is kept
//! either way.

use atlan_sim::{KeyKind, Rule};
use serde_json::{Value, json};

use crate::harness::*;

/// Answers to the list of a resource, and words of the error; none where the provider finds a way around.
type Case = (&'static str, Value, &'static [&'static str]);

fn cases(whole: &Value) -> Vec<Case> {
    let without = |field: &str| {
        let mut record = whole.clone();
        record.as_object_mut().expect("a record").remove(field);
        json!({ "totalRecord": 1, "filterRecord": 1, "records": [record] })
    };
    vec![
        ("no id", without("id"), &["`records[0].id` is missing"]),
        ("no records", json!({ "totalRecord": 1, "filterRecord": 1 }), &["`records` is missing"]),
        ("no totals, nobody", json!({ "records": [] }), &["Record` is missing"]),
        ("no totals, null", json!({ "records": null }), &["Record` is missing"]),
        (
            "somebody counted, nobody there",
            json!({ "totalRecord": 7, "filterRecord": 7, "records": [] }),
            &["`records` is empty, and there should be 7 of them"],
        ),
        ("nothing at all", json!({}), &["`records` is missing"]),
        ("no object", json!([]), &["`records` is missing"]),
        ("another shape", json!({ "records": 7 }), &["does not have the expected shape"]),
        ("no totals", json!({ "records": [whole] }), &[]),
        ("a total too large", json!({ "totalRecord": 900, "filterRecord": 900, "records": [whole] }), &[]),
        ("a total too small", json!({ "totalRecord": 0, "filterRecord": 0, "records": [whole] }), &[]),
    ]
}

async fn keeps_its_state(
    resource: &str,
    config: Value,
    list: &'static str,
    more: impl Fn(&Value) -> Vec<Case>,
) {
    for mode in ["auto", "snapshot", "single"] {
        let sim = tenant(KeyKind::ApiToken).await;
        let mut object = core_with(&sim, json!({ "read_mode": mode })).resource(resource);
        object.apply(config.clone()).await;
        let before = object.state();
        let id = before["id"].as_str().expect("a GUID");
        sim.set(json!({ "lists_without_columns": "full" })).expect("a switch");
        let shown = by_other_means_get(&sim, list);
        let records = shown["records"].as_array().expect("records");
        let whole = records.iter().find(|record| record["id"] == id).expect("the object").clone();
        for (what, body, words) in cases(&whole).into_iter().chain(more(&whole)) {
            let broken = Rule { body: Some(body), ..Rule::on("GET", list).status(200) };
            // The way around is another request.
            sim.set_faults(vec![if words.is_empty() { broken.times(1) } else { broken }]).expect("a rule");
            match (object.try_refresh().await, words) {
                (Ok(_), []) => {}
                (Err(report), [_, ..]) => {
                    let text = report.to_string();
                    assert!(words.iter().all(|word| text.contains(word)), "{mode}, {what}: {text}");
                    assert!(text.contains(list), "{mode}, {what}: {text}");
                }
                (result, _) => panic!("{mode}, {what}: {result:?}"),
            }
            assert_eq!(object.state()["id"], before["id"], "{mode}, {what}");
        }
        sim.set_faults(Vec::new()).expect("no rules");
        object.plan_is_empty().await;
        assert_eq!(object.state(), before, "{mode}");
    }
}

#[tokio::test]
async fn a_broken_list_of_groups_is_named_and_loses_no_group() {
    let no_name = |whole: &Value| {
        let mut record = whole.clone();
        record["name"] = Value::Null;
        vec![(
            "no name",
            json!({ "totalRecord": 1, "filterRecord": 1, "records": [record] }),
            &["`records[0].name`"] as &[_],
        )]
    };
    keeps_its_state("atlan_group", json!({ "alias": "Data" }), GROUP_LIST, no_name).await;
}

#[tokio::test]
async fn a_broken_list_of_people_is_named_and_loses_nobody() {
    let more = |whole: &Value| {
        let without = |field: &str| {
            let mut record = whole.clone();
            record[field] = Value::Null;
            json!({ "totalRecord": 1, "filterRecord": 1, "records": [record] })
        };
        vec![
            ("no email address", without("email"), &["`records[0].email` is missing"] as &[_]),
            ("not said whether enabled", without("enabled"), &["`records[0].enabled` is missing"]),
            // The provider uses the role of the state instead.
            ("no role", without("workspaceRole"), &[]),
        ]
    };
    let config = json!({ "email": "ada@example.com", "role": "$member" });
    keeps_its_state("atlan_user_invite", config, USERS, more).await;
}

#[tokio::test]
async fn a_broken_list_of_roles_is_named_and_invites_nobody() {
    let cases = [
        (json!({ "records": [{ "name": "$member" }], "totalRecord": 1 }), "`records[0].id` is missing"),
        (json!({ "records": [{ "id": "r-1" }], "totalRecord": 1 }), "`records[0].name` is missing"),
        (json!({ "totalRecord": 3, "filterRecord": 3 }), "`records` is missing"),
        (json!({ "records": [] }), "`filterRecord` is missing"),
    ];
    for (body, words) in cases {
        let (sim, mut invite) = managed("atlan_user_invite").await;
        sim.fault(Rule { body: Some(body), ..Rule::on("GET", ROLES).status(200).times(1) }).expect("a rule");
        let config = json!({ "email": "ada@example.com", "role": "$member" });
        let said = invite.try_apply(config.clone()).await.failed().to_string();
        assert!(said.contains(words), "{words}: {said}");
        assert!(invite.state().is_null() && sim.mails().is_empty(), "{words}");
        invite.apply(config).await;
        invite.plan_is_empty().await;
    }
}
