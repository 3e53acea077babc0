//! Create, read, update, delete; what each switch about groups changes.

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{Api, column, fields, group_body, text};

#[tokio::test]
async fn a_group_is_created_read_updated_and_deleted() {
    let api = Api::start().await;
    let (status, body) = api
        .post(
            "groups",
            json!({ "group": { "name": "stewards", "attributes": { "alias": ["Stewards"], "description": ["Own it"] } } }),
        )
        .await;
    assert_eq!((status, &body["users"]), (200, &Value::Null));
    let id = text(&body["group"]);

    let group = api.one("v2/groups", json!({ "alias": { "$ilike": "%steward%" } })).await;
    assert_eq!(group["id"], id.as_str());
    assert_eq!(
        (&group["name"], &group["path"], &group["alias"]),
        (&json!("stewards"), &json!("/stewards"), &json!("Stewards"))
    );
    assert_eq!(group["attributes"]["description"], json!(["Own it"]));
    assert!(text(&group["attributes"]["createdBy"][0]).starts_with("service-account-apikey-"));
    assert!(text(&group["attributes"]["createdAt"][0]).parse::<i64>().is_ok());
    assert_eq!((&group["userCount"], &group["attributes"]["updatedAt"]), (&json!(0), &Value::Null));

    let edit = json!({ "id": id, "path": "/stewards", "attributes": { "alias": ["Data stewards"] } });
    assert_eq!(api.post(&format!("groups/{id}"), edit).await, (200, Value::Null));
    let group = api.one("groups", json!({ "id": id })).await;
    assert_eq!((&group["alias"], &group["name"]), (&json!("Data stewards"), &json!("stewards")));
    assert_eq!(group["attributes"]["description"], json!(["Own it"]), "an update merges");
    assert!(group["attributes"]["updatedAt"].is_array());

    assert_eq!(api.post_nothing(&format!("groups/{id}/delete")).await, (200, Value::Null));
    assert_eq!(api.filtered("groups", json!({ "id": id })).await.1["filterRecord"], 0);
    assert_eq!(api.post_nothing(&format!("groups/{id}/delete")).await.0, 404);
}

#[tokio::test]
async fn malformed_groups_are_refused() {
    let api = Api::start().await;
    for body in [
        json!({}),
        json!({ "name": "a" }),
        json!({ "group": { "attributes": { "alias": ["A"] } } }),
        json!({ "group": { "name": "", "attributes": { "alias": ["A"] } } }),
        json!({ "group": { "name": "a/b", "attributes": { "alias": ["A"] } } }),
        json!({ "group": { "name": "a" } }),
        json!({ "group": { "name": "a", "attributes": { "alias": "A" } } }),
        json!({ "group": { "name": "a", "attributes": { "alias": ["A"], "isDefault": [true] } } }),
    ] {
        assert_eq!(api.post("groups", body.clone()).await.0, 400, "{body}");
    }
    assert_eq!(api.post_nothing("groups").await.0, 400);
    assert!(api.groups().is_empty());
    let id = api.group("a").await;
    let other = json!({ "id": "another", "path": "/a", "attributes": {} });
    assert_eq!(api.post(&format!("groups/{id}"), other).await.0, 400);
    assert_eq!(api.post("groups/none", json!({ "path": "/a" })).await.0, 404);
}

#[tokio::test]
async fn a_taken_name_is_a_conflict_a_bad_request_or_the_existing_group() {
    let api = Api::start().await;
    let id = api.group("a").await;
    for (value, expected) in [("conflict", 409), ("bad_request", 400), ("existing", 200)] {
        api.switch("group_name_taken", json!(value));
        let (status, body) = api.post("groups", group_body("a")).await;
        assert_eq!(status, expected);
        assert_eq!(body["group"] == id.as_str(), expected == 200);
    }
    assert_eq!(api.groups().len(), 1);
}

#[tokio::test]
async fn names_keep_or_lose_their_case_and_characters() {
    let api = Api::start().await;
    api.group("As-Sent é").await;
    api.set(json!({ "group_name_case": "fold" })).unwrap();
    api.group("FOLDED-name").await;
    api.set(json!({ "group_name_charset": "documented" })).unwrap();
    assert_eq!(api.post("groups", group_body("with-hyphen")).await.0, 400);
    api.group("a_1").await;
    let names: Vec<String> = api.groups().into_iter().map(|group| group.name).collect();
    assert_eq!(names, ["As-Sent é", "folded-name", "a_1"]);
}

#[tokio::test]
async fn two_groups_share_an_alias_unless_that_is_a_conflict() {
    let api = Api::start().await;
    let body = |name: &str| json!({ "group": { "name": name, "attributes": { "alias": ["Same"] } } });
    assert_eq!(api.post("groups", body("a")).await.0, 200);
    assert_eq!(api.post("groups", body("b")).await.0, 200);
    api.switch("group_alias_taken", json!("conflict"));
    assert_eq!(api.post("groups", body("c")).await.0, 409);
    let id = api.group("c").await;
    let rename = json!({ "id": id, "path": "/c", "attributes": { "alias": ["Same"] } });
    assert_eq!(api.post(&format!("groups/{id}"), rename).await.0, 409);
    let same = json!({ "id": id, "path": "/c", "attributes": { "alias": ["c"] } });
    assert_eq!(api.post(&format!("groups/{id}"), same).await.0, 200, "its own alias is free");
}

/// What is stored after an update with these attributes, under one switch.
async fn updated(switch: &str, value: &str, attributes: Value) -> Value {
    let api = Api::start().await;
    let body = json!({ "group": { "name": "a", "attributes": { "alias": ["A"], "description": ["d"] } } });
    let id = text(&api.post("groups", body).await.1["group"]);
    api.switch(switch, json!(value));
    let edit = json!({ "id": id, "path": "/a", "attributes": attributes });
    assert_eq!(api.post(&format!("groups/{id}"), edit).await.0, 200);
    api.one("groups", json!({ "id": id })).await["attributes"].clone()
}

#[tokio::test]
async fn an_update_merges_or_replaces() {
    let alias = json!({ "alias": ["B"] });
    assert_eq!(updated("group_update", "merge", alias.clone()).await["description"], json!(["d"]));
    let replaced = updated("group_update", "replace", alias).await;
    assert_eq!(fields(&replaced), ["alias", "createdAt", "createdBy", "updatedAt", "updatedBy"]);
}

#[tokio::test]
async fn an_empty_list_removes_or_is_ignored() {
    let empty = json!({ "description": [] });
    assert_eq!(updated("group_empty_list", "remove", empty.clone()).await["description"], Value::Null);
    assert_eq!(updated("group_empty_list", "ignore", empty).await["description"], json!(["d"]));
}

#[tokio::test]
async fn an_empty_string_is_kept_or_removed() {
    let empty = json!({ "description": [""] });
    assert_eq!(updated("group_empty_string", "keep", empty.clone()).await["description"], json!([""]));
    assert_eq!(updated("group_empty_string", "remove", empty).await["description"], Value::Null);
}

#[tokio::test]
async fn an_empty_string_is_removed_where_empty_lists_are_ignored() {
    let api = Api::start().await;
    api.switch("group_empty_list", json!("ignore"));
    api.switch("group_empty_string", json!("remove"));
    let attributes = json!({ "alias": ["A"], "description": ["d"] });
    let id = text(
        &api.post("groups", json!({ "group": { "name": "a", "attributes": attributes } })).await.1["group"],
    );
    let edit = json!({ "id": id, "path": "/a", "attributes": { "description": [""] } });
    assert_eq!(api.post(&format!("groups/{id}"), edit).await.0, 200);
    assert_eq!(api.one("groups", json!({ "id": id })).await["attributes"]["description"], Value::Null);
}

#[tokio::test]
async fn an_update_needs_a_path_unless_switched_off() {
    let api = Api::start().await;
    let id = api.group("a").await;
    let edit = json!({ "id": id, "attributes": { "description": ["d"] } });
    assert_eq!(api.post(&format!("groups/{id}"), edit.clone()).await.0, 400);
    api.switch("group_update_without_path", json!("accept"));
    assert_eq!(api.post(&format!("groups/{id}"), edit).await.0, 200);
}

#[tokio::test]
async fn another_name_in_an_update_is_ignored_or_renames() {
    let api = Api::start().await;
    let id = api.group("a").await;
    api.group("taken").await;
    let edit = |name: &str| json!({ "id": id, "path": "/a", "name": name, "attributes": {} });
    let path = format!("groups/{id}");
    assert_eq!(api.post(&path, edit("b")).await.0, 200);
    assert_eq!(api.one("groups", json!({ "id": id })).await["name"], "a");
    api.switch("group_rename_name", json!("rename"));
    assert_eq!(api.post(&path, edit("taken")).await.0, 409);
    assert_eq!(api.post(&path, edit("b")).await.0, 200);
    let group = api.one("groups", json!({ "name": "b" })).await;
    assert_eq!((&group["path"], &group["alias"]), (&json!("/b"), &json!("a")));
}

#[tokio::test]
async fn deleting_a_missing_group_is_404_or_fine() {
    let api = Api::start().await;
    assert_eq!(api.post("groups/none/delete", json!({})).await.0, 404);
    api.switch("group_delete_missing", json!("ok"));
    assert_eq!(api.post("groups/none/delete", json!({})).await.0, 200);
}

#[tokio::test]
async fn a_new_group_shows_after_a_while() {
    let api = Api::start().await;
    api.group("before").await;
    api.switch("group_visible_after_ms", json!(60_000));
    api.group("after").await;
    let (_, listed) = api.get("groups?sort=name").await;
    assert_eq!((&listed["totalRecord"], &listed["filterRecord"]), (&json!(1), &json!(1)));
    assert_eq!(api.filtered("groups", json!({ "name": "after" })).await.1["filterRecord"], 0);
    assert_eq!(api.post("groups", group_body("after")).await.0, 409, "the name is taken all the same");
    api.advance(std::time::Duration::from_secs(61));
    assert_eq!(column(&api.get("groups?sort=name").await, "name"), ["after", "before"]);
}

#[tokio::test]
async fn columns_choose_what_a_record_holds() {
    let api = Api::start().await;
    api.group("a").await;
    let record = |answer: (u16, Value)| answer.1["records"][0].clone();
    let all = record(api.get("v2/groups").await);
    expect![[r#"["alias", "attributes", "decentralizedRoles", "id", "name", "path", "personas", "purposes", "userCount"]"#]]
        .assert_eq(&format!("{:?}", fields(&all)));
    let some = record(api.get("v2/groups?columns=path&columns=roles").await);
    assert_eq!(fields(&some), ["id", "name", "path", "roles"]);
    assert_eq!(
        fields(&record(api.get("v2/groups?columns=path,alias").await)),
        ["alias", "id", "name", "path"]
    );
}

#[tokio::test]
async fn the_old_path_can_do_without_personas() {
    let api = Api::start().await;
    api.group("a").await;
    assert_eq!(api.get("groups").await, api.get("v2/groups").await);
    api.switch("v1_groups", json!("no_personas"));
    assert!(api.get("groups").await.1["records"][0].get("personas").is_none());
    assert!(api.get("v2/groups").await.1["records"][0].get("personas").is_some());
}

#[tokio::test]
async fn bodies_nobody_reads_are_empty_an_object_or_null() {
    let api = Api::start().await;
    for (value, expected) in [("empty", ""), ("object", "{}"), ("null", "null")] {
        api.switch("void_body", json!(value));
        let id = api.group("a").await;
        let request = api.request(reqwest::Method::POST, &format!("groups/{id}/delete"));
        assert_eq!(request.send().await.unwrap().text().await.unwrap(), expected);
    }
}
