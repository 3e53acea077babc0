//! Membership, from the side of the group and of the person; default groups.

use serde_json::{Value, json};

use crate::harness::{Api, column, fields, group_body, text};

#[tokio::test]
async fn people_join_and_leave_a_group() {
    let api = Api::start().await;
    let group = api.group("a").await;
    let ada = text(&api.invited("ada@example.com").await["id"]);
    let bob = api.member("bob@example.com").await;
    for id in [&ada, &bob, &bob] {
        assert_eq!(api.post(&format!("users/{id}/groups"), json!({ "groups": [group] })).await.0, 200);
    }
    let members = api.get(&format!("groups/{group}/members?sort=-username&count=true")).await;
    assert_eq!(column(&members, "username"), ["bob", "ada"]);
    assert_eq!((&members.1["totalRecord"], &members.1["filterRecord"]), (&json!(2), &json!(2)));
    let record = &members.1["records"][0];
    for absent in ["status", "loginEvents", "personas", "lastLoginTime"] {
        assert!(!fields(record).contains(&absent), "{absent}");
    }
    assert!(record["roles"].is_array() && record["defaultRoles"].is_array());
    let filter = json!({ "username": "ada" });
    assert_eq!(column(&api.filtered(&format!("groups/{group}/members"), filter).await, "id"), [ada.as_str()]);

    let groups = api.get(&format!("users/{ada}/groups?sort=name&count=true")).await;
    assert_eq!(column(&groups, "name"), ["a"]);
    assert!(groups.1["records"][0].get("personas").is_none());
    assert_eq!(api.one("groups", json!({ "id": group })).await["userCount"], 2);
    assert_eq!(api.one("users", json!({ "id": ada })).await["groupCount"], 1);

    for body in [json!({ "users": [ada] }), json!({ "users": [] }), json!({}), json!({ "users": null })] {
        assert_eq!(api.post(&format!("groups/{group}/members/remove"), body).await.0, 200);
    }
    assert_eq!(column(&api.get(&format!("groups/{group}/members")).await, "username"), ["bob"]);
    assert_eq!(api.one("groups", json!({ "id": group })).await["userCount"], 1);
    assert_eq!(api.get("groups/none/members").await.0, 404);
    assert_eq!(api.get("users/none/groups").await.0, 404);
    assert_eq!(api.post(&format!("users/{ada}/groups"), json!({ "groups": ["none"] })).await.0, 404);
    assert_eq!(api.post("users/none/groups", json!({ "groups": [group] })).await.0, 404);
}

#[tokio::test]
async fn the_batch_form_can_be_missing() {
    let api = Api::start().await;
    let (group, ada) = (api.group("a").await, api.member("ada@example.com").await);
    let (path, body) = (format!("groups/{group}/members"), json!({ "users": [ada] }));
    api.switch("group_members_post", json!(false));
    assert_eq!(api.post(&path, body.clone()).await.0, 404);
    api.switch("group_members_post", json!(true));
    assert_eq!(api.post(&path, body).await.0, 200);
    assert_eq!(api.groups()[0].members, ["ada@example.com"]);
}

#[tokio::test]
async fn a_group_is_created_with_members() {
    let api = Api::start().await;
    let ada = text(&api.invited("ada@example.com").await["id"]);
    let body = |name: &str| {
        let mut body = group_body(name);
        body["users"] = json!([ada, "nobody"]);
        body
    };
    let (status, answer) = api.post("groups", body("a")).await;
    assert_eq!(status, 200);
    assert_eq!(answer["users"][&ada], json!({ "status": 200, "statusMessage": "success" }));
    assert_eq!(answer["users"]["nobody"]["status"], 404);
    assert_eq!(api.groups()[0].members, ["ada@example.com"]);
    api.switch("group_create_unknown_user", json!("not_found"));
    assert_eq!(api.post("groups", body("b")).await.0, 404);
    assert_eq!(api.groups().len(), 1, "nothing was created");
}

#[tokio::test]
async fn pending_people_join_unless_they_may_not() {
    let api = Api::start().await;
    let (group, ada) = (api.group("a").await, text(&api.invited("ada@example.com").await["id"]));
    let path = format!("users/{ada}/groups");
    let join = || api.post(&path, json!({ "groups": [group] }));
    api.switch("group_add_pending", json!("reject"));
    assert_eq!(join().await.0, 400);
    api.switch("group_add_pending", json!("allow"));
    assert_eq!(join().await.0, 200);
}

#[tokio::test]
async fn adding_twice_is_fine_or_a_conflict() {
    let api = Api::start().await;
    let (group, ada) = (api.group("a").await, api.member("ada@example.com").await);
    let (join, leave) = (format!("users/{ada}/groups"), format!("groups/{group}/members/remove"));
    let (groups, users) = (json!({ "groups": [group] }), json!({ "users": [ada] }));
    for (value, expected) in [("ok", 200), ("conflict", 409)] {
        api.switch("group_member_twice", json!(value));
        assert_eq!(api.post(&join, groups.clone()).await.0, 200);
        assert_eq!(api.post(&join, groups.clone()).await.0, expected);
        assert_eq!(api.post(&leave, users.clone()).await.0, 200);
        assert_eq!(api.post(&leave, users.clone()).await.0, expected);
    }
}

#[tokio::test]
async fn membership_shows_and_ends_after_a_while() {
    let api = Api::start().await;
    let (group, ada) = (api.group("a").await, api.member("ada@example.com").await);
    api.switch("membership_visible_after_ms", json!(1000));
    let count = async || api.one("groups", json!({ "id": group })).await["userCount"].clone();
    api.post(&format!("users/{ada}/groups"), json!({ "groups": [group] })).await;
    assert_eq!((count().await, api.groups()[0].members.len()), (json!(0), 1));
    api.advance(std::time::Duration::from_secs(2));
    assert_eq!(count().await, 1);
    api.post(&format!("groups/{group}/members/remove"), json!({ "users": [ada] })).await;
    assert_eq!((count().await, api.groups()[0].members.len()), (json!(1), 0));
    api.advance(std::time::Duration::from_secs(2));
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn people_join_default_groups_when_invited_when_they_accept_or_never() {
    for (value, invited, accepted) in [("invite", 1, 1), ("accept", 0, 1), ("never", 0, 0)] {
        let api = Api::start().await;
        api.switch("default_group_join", json!(value));
        let default =
            json!({ "group": { "name": "all", "attributes": { "alias": ["All"], "isDefault": ["true"] } } });
        assert_eq!(api.post("groups", default).await.0, 200);
        api.group("other").await;
        assert_eq!(api.invited("ada@example.com").await["groupCount"], invited, "{value}");
        api.accept("ada@example.com").unwrap();
        let user = api.one("users", json!({ "email": "ada@example.com" })).await;
        assert_eq!(user["groupCount"], accepted, "{value}");
    }
}

#[tokio::test]
async fn a_group_that_becomes_default_takes_in_everybody_only_if_retroactive() {
    for (retroactive, expected) in [(false, 0), (true, 2)] {
        let api = Api::start().await;
        api.switch("default_group_retroactive", json!(retroactive));
        api.invited("ada@example.com").await;
        let id = api.group("a").await;
        let edit = json!({ "id": id, "path": "/a", "attributes": { "isDefault": ["true"] } });
        assert_eq!(api.post(&format!("groups/{id}"), edit).await, (200, Value::Null));
        assert_eq!(api.groups()[0].members.len(), expected);
    }
}

#[tokio::test]
async fn an_add_from_the_person_s_side_may_replace() {
    for (value, left) in [("add", vec!["a", "b"]), ("replace", vec!["b"])] {
        let api = Api::start().await;
        api.switch("user_groups_post", json!(value));
        let (a, b, ada) = (api.group("a").await, api.group("b").await, api.member("ada@example.com").await);
        for group in [a, b] {
            assert_eq!(api.post(&format!("users/{ada}/groups"), json!({ "groups": [group] })).await.0, 200);
        }
        let groups = api.get(&format!("users/{ada}/groups?sort=name")).await;
        assert_eq!(column(&groups, "name"), left, "{value}");
    }
}

#[tokio::test]
async fn the_removal_of_somebody_absent_may_be_refused_as_a_whole() {
    for (value, status, left) in [("ignore", 200, vec![]), ("not_found", 404, vec!["ada@example.com"])] {
        let api = Api::start().await;
        api.switch("members_remove_unknown", json!(value));
        let (a, ada) = (api.group("a").await, api.member("ada@example.com").await);
        api.post(&format!("users/{ada}/groups"), json!({ "groups": [a] })).await;
        let body = json!({ "users": [ada, "00000000-0000-4000-8000-000000000000"] });
        assert_eq!(api.post(&format!("groups/{a}/members/remove"), body).await.0, status, "{value}");
        assert_eq!(api.groups()[0].members, left, "{value}");
    }
}

#[tokio::test]
async fn lists_may_show_no_addresses() {
    let api = Api::start().await;
    let (a, ada) = (api.group("a").await, api.member("ada@example.com").await);
    api.post(&format!("users/{ada}/groups"), json!({ "groups": [a] })).await;
    let members = format!("groups/{a}/members");
    for (switches, path, shown) in [
        (json!({}), members.clone(), false),
        (json!({}), "users".to_owned(), false),
        (json!({}), format!("{members}?columns=id&columns=email"), true),
        (json!({ "member_columns": "ignored" }), format!("{members}?columns=id&columns=email"), false),
        (json!({ "member_columns": "ignored" }), "users?columns=email".to_owned(), true),
        (json!({ "lists_without_columns": "full" }), members, true),
        (json!({ "lists_without_columns": "full" }), "users".to_owned(), true),
    ] {
        api.set(json!({ "member_columns": null, "lists_without_columns": null })).unwrap();
        api.set(switches.clone()).unwrap();
        let record = api.get(&path).await.1["records"][0].clone();
        assert_eq!(record["email"].is_string(), shown, "{switches} {path}: {record}");
    }
}
