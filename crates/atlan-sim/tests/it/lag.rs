//! Lists that lag behind writes, and what else lists may hold.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Api, column, text};

const LAG: Duration = Duration::from_secs(3600);

/// A tenant whose key may do everything, and whose lists show changes after an hour.
async fn lagging() -> Api {
    let api = Api::as_admin().await;
    let ms = json!(LAG.as_millis() as u64);
    api.set(json!({ "user_changes_visible_after_ms": ms, "group_changes_visible_after_ms": ms })).unwrap();
    api
}

#[tokio::test]
async fn a_changed_person_shows_as_before_for_a_while() {
    let api = lagging().await;
    let id = text(&api.invited("ada@example.com").await["id"]);
    let shown = async || {
        let record = api.one("users", json!({ "email": "ada@example.com" })).await;
        let list = api.get("users").await.1;
        assert_eq!((&list["records"][1], &list["totalRecord"]), (&record, &json!(2)));
        (record["enabled"].as_bool().unwrap(), text(&record["workspaceRole"]))
    };
    let guest = api.role("$guest").await;
    assert_eq!(api.post(&format!("users/{id}/roles/update"), json!({ "roleId": guest })).await.0, 200);
    api.advance(LAG / 2);
    let disable = json!({ "enabled": false });
    api.set(json!({ "update_pending": "allow" })).unwrap();
    assert_eq!(api.post(&format!("users/{id}"), disable).await.0, 200);
    assert_eq!(shown().await, (true, "$member".into()));
    assert_eq!(api.get(&format!("users/{id}")).await.1["enabled"], false, "the record itself does not lag");
    let filter = json!({ "workspaceRole": "$guest" });
    assert_eq!(api.filtered("users", filter.clone()).await.1["records"], json!([]));
    api.advance(LAG / 2);
    assert_eq!(shown().await, (true, "$guest".into()));
    assert_eq!(column(&api.filtered("users", filter).await, "id"), [id.as_str()]);
    api.advance(LAG / 2);
    assert_eq!(shown().await, (false, "$guest".into()));
}

#[tokio::test]
async fn somebody_removed_shows_for_a_while() {
    let api = lagging().await;
    let id = text(&api.invited("ada@example.com").await["id"]);
    assert_eq!(api.post_nothing(&format!("users/{id}/delete")).await.0, 200);
    assert!(api.user("ada@example.com").is_none());
    assert_eq!(api.get(&format!("users/{id}")).await.0, 404);
    api.one("users", json!({ "id": id })).await;
    // Invited again at once: lists show both, until the time is over.
    assert_eq!(api.invite("ada@example.com", "$guest").await.0, 200);
    let filter = json!({ "email": { "$ilike": "%ada@%" } });
    assert_eq!(column(&api.filtered("users?sort=-username", filter.clone()).await, "id").len(), 2);
    api.advance(LAG);
    assert_eq!(api.filtered("users", filter).await.1["totalRecord"], 2, "the admin and the new record");
    assert_eq!(api.filtered("users", json!({ "id": id })).await.1["records"], json!([]));
}

#[tokio::test]
async fn a_changed_or_deleted_group_shows_as_before_for_a_while() {
    let api = lagging().await;
    let (sales, staff) = (api.group("sales").await, api.group("staff").await);
    let update = json!({ "id": sales, "path": "/sales", "attributes": { "alias": ["Sellers"] } });
    assert_eq!(api.post(&format!("groups/{sales}"), update).await.0, 200);
    assert_eq!(api.post_nothing(&format!("groups/{staff}/delete")).await.0, 200);
    assert_eq!(api.post_nothing(&format!("groups/{staff}/delete")).await.0, 404);
    assert_eq!(column(&api.get("groups?sort=-name").await, "alias"), ["staff", "sales"]);
    api.advance(LAG);
    assert_eq!(column(&api.get("groups?sort=-name").await, "alias"), ["Sellers"]);
}

#[tokio::test]
async fn the_last_of_a_batch_may_show_first() {
    let api = Api::start().await;
    let ms = LAG.as_millis() as u64;
    api.set(json!({ "invite_visible_after_ms": ms, "invite_visible_order": "last_first" })).unwrap();
    let role = api.role("$guest").await;
    let entry = |email: &str| json!({ "email": email, "roleName": "$guest", "roleId": role });
    let batch = json!({ "users": [entry("a@example.com"), entry("b@example.com"), entry("c@example.com")] });
    assert_eq!(api.post("users", batch).await.0, 200);
    let shown = async || {
        let mut emails = column(&api.get("users?sort=email&columns=email").await, "email");
        emails.retain(|email| !email.starts_with("admin"));
        emails
    };
    assert!(shown().await.is_empty());
    api.advance(LAG / 3);
    assert_eq!(shown().await, ["c@example.com"]);
    api.advance(LAG / 3);
    assert_eq!(shown().await, ["b@example.com", "c@example.com"]);
    api.advance(LAG / 3);
    assert_eq!(shown().await, ["a@example.com", "b@example.com", "c@example.com"]);
}

#[tokio::test]
async fn there_may_be_no_in_for_a_field() {
    let api = Api::start().await;
    api.member("ada@example.com").await;
    let by_email = json!({ "email": { "$in": ["ada@example.com"] } });
    let by_username = json!({ "username": { "$in": ["ada"] } });
    api.switch("filter_in_refused", json!({ "email": "bad_request", "username": "ignore" }));
    assert_eq!(api.filtered("users", by_email.clone()).await.0, 400);
    assert_eq!(
        column(&api.filtered("users?columns=email", by_username).await, "email").len(),
        2,
        "everybody"
    );
    assert_eq!(api.filtered("users", json!({ "email": "ada@example.com" })).await.1["filterRecord"], 1);
    api.switch("filter_in_refused", Value::Null);
    assert_eq!(api.filtered("users", by_email).await.1["filterRecord"], 1);
}

#[tokio::test]
async fn lists_without_a_filter_may_end_with_a_foreign_record() {
    let api = Api::start().await;
    api.group("sales").await;
    type Oddity = fn(&Value) -> bool;
    let cases: [(&str, Oddity); 4] = [
        ("odd_id", |record| record["id"].as_str().unwrap().starts_with("f:")),
        ("no_enabled", |record| record.get("enabled").is_none()),
        ("no_email", |record| record.get("email").is_none()),
        ("nulls", |record| record["email"].is_null() && record["name"].is_null()),
    ];
    for (switch, is_odd) in cases {
        api.switch("foreign_records", json!(switch));
        for (path, list) in [("users", api.get("users").await.1), ("groups", api.get("groups").await.1)] {
            let records = list["records"].as_array().unwrap();
            let odd: Vec<bool> = records.iter().map(is_odd).collect();
            assert_eq!(records.len(), 2, "{switch} {path}");
            assert!(odd[1], "{switch} {path}: {list}");
            assert_eq!((&list["totalRecord"], &list["filterRecord"]), (&json!(2), &json!(2)));
            let page = async |offset| api.get(&format!("{path}?limit=1&offset={offset}")).await;
            let pages = async |offset| page(offset).await.1["records"].as_array().unwrap().len();
            assert_eq!((pages(0).await, pages(1).await, pages(2).await), (1, 1, 0), "{switch} {path}");
        }
        api.one("users", json!({ "email": "admin@example.com" })).await;
    }
}
