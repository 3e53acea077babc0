//! The list of people, one person, profile, role, disabling and removal.

use serde_json::{Value, json};

use crate::harness::{Api, column, fields, text};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn a_person_is_read_by_guid_unless_the_route_is_missing() {
    let api = Api::start().await;
    let id = api.member(ADA).await;
    let (status, body) = api.get(&format!("users/{id}")).await;
    assert_eq!((status, &body["email"]), (200, &json!(ADA)));
    assert_eq!(api.get("users/none").await.0, 404);
    api.switch("get_user_by_id", json!(false));
    assert_eq!(api.get(&format!("users/{id}")).await.0, 404);
    assert_eq!(api.get("users/current").await.0, 200);
}

#[tokio::test]
async fn columns_choose_and_login_events_always_come() {
    let api = Api::start().await;
    api.member(ADA).await;
    let record = |answer: (u16, Value)| answer.1["records"][1].clone();
    assert_eq!(
        fields(&record(api.get("users?columns=email&columns=isLocked").await)),
        ["email", "id", "isLocked", "loginEvents"]
    );
    let all = record(api.get("users").await);
    assert!(!fields(&all).contains(&"isLocked") && !fields(&all).contains(&"assignedRole"));
    assert_eq!(all["loginEvents"].as_array().unwrap().len(), 1);
    assert_eq!(record(api.get("users?maxLoginEvents=0").await)["loginEvents"], json!([]));
    let role = record(api.get("users?columns=assignedRole").await)["assignedRole"].clone();
    assert_eq!((&role["name"], &role["level"]), (&json!("$member"), &json!("workspace")));
}

#[tokio::test]
async fn look_ups_find_by_what_the_sdks_send() {
    let api = Api::start().await;
    let id = api.member(ADA).await;
    for filter in [
        json!({ "email": { "$ilike": "%DA@ex%" } }),
        json!({ "email": { "$in": [ADA, "x@y.z"] } }),
        json!({ "username": "ada" }),
        json!({ "$and": [{ "username": { "$eq": "ada" } }] }),
        json!({ "username": { "$in": ["ada"] } }),
        json!({ "id": id }),
    ] {
        assert_eq!(column(&api.filtered("users", filter.clone()).await, "id"), [id.as_str()], "{filter}");
    }
    for filter in
        [json!({ "email": { "$in": [""] } }), json!({ "email": { "$in": null } }), json!({ "id": "none" })]
    {
        assert_eq!(api.filtered("users", filter).await.1["records"], json!([]));
    }
}

#[tokio::test]
async fn an_address_changes_and_the_guid_stays() {
    let api = Api::start().await;
    let id = api.member(ADA).await;
    api.member("bob@example.com").await;
    api.give_address(ADA, "eve@example.com").unwrap();
    for (email, expected) in [("eve@example.com", vec![id.as_str()]), (ADA, vec![])] {
        let found = api.filtered("users", json!({ "email": { "$in": [email] } })).await;
        assert_eq!(column(&found, "id"), expected, "{email}");
    }
    api.give_address("eve@example.com", "bob@example.com").unwrap_err();
    api.give_address(ADA, "kim@example.com").unwrap_err();
}

#[tokio::test]
async fn status_words_can_be_anything() {
    let api = Api::start().await;
    api.switch("status_strings", json!({ "enabled": "on", "disabled": "off", "pending": "wait" }));
    api.member("a@x.org").await;
    api.invited("b@x.org").await;
    api.member("c@x.org").await;
    api.disable("c@x.org").unwrap();
    assert_eq!(column(&api.get("users?sort=email").await, "status"), ["on", "on", "wait", "off"]);
}

#[tokio::test]
async fn a_profile_is_updated_once_its_owner_has_signed_up() {
    let api = Api::start().await;
    let id = text(&api.invited(ADA).await["id"]);
    let (path, body) = (
        format!("users/{id}"),
        json!({ "id": id, "firstName": "Ada", "attributes": { "designation": ["Dr"] } }),
    );
    assert_eq!(api.post(&path, body.clone()).await.0, 400, "pending");
    api.switch("update_pending", json!("allow"));
    assert_eq!(api.post(&path, body.clone()).await.0, 200);
    api.switch("update_pending", json!("reject"));
    api.accept(ADA).unwrap();
    let (status, answer) = api.post(&path, json!({ "lastName": "Lovelace" })).await;
    assert_eq!((status, &answer["firstName"], &answer["lastName"]), (200, &json!("Ada"), &json!("Lovelace")));
    assert_eq!(answer["attributes"]["designation"], json!(["Dr"]));
    assert!(answer["disableableCredentialTypes"].is_array() && answer.get("workspaceRole").is_none());
    assert_eq!(api.post("users/none", json!({})).await.0, 404);
}

#[tokio::test]
async fn only_some_credentials_enable_and_disable() {
    let api = Api::start().await;
    let id = api.member(ADA).await;
    let set = async |enabled: bool| api.post(&format!("users/{id}"), json!({ "enabled": enabled })).await.0;
    assert_eq!(set(false).await, 403, "an API token may not");
    api.switch("enable_disable_with", json!("all"));
    assert_eq!(set(false).await, 200);
    assert!(!api.user(ADA).unwrap().enabled);
    api.set(json!({ "enable_disable_with": null, "key_kind": "oauth_client" })).unwrap();
    assert_eq!(set(true).await, 403);
    api.switch("key_kind", json!("user"));
    assert_eq!(set(true).await, 200);
    assert!(api.user(ADA).unwrap().enabled);
}

#[tokio::test]
async fn pending_people_are_disabled_by_nobody() {
    let api = Api::as_admin().await;
    let id = text(&api.invited(ADA).await["id"]);
    assert_eq!(api.post(&format!("users/{id}"), json!({ "enabled": false })).await.0, 400);
}

#[tokio::test]
async fn a_role_is_changed_on_either_path() {
    let api = Api::start().await;
    let id = text(&api.invited(ADA).await["id"]);
    let (guest, member) = (api.role("$guest").await, api.role("$member").await);
    assert_eq!(
        api.post(&format!("users/{id}/roles/update"), json!({ "roleId": guest })).await,
        (200, Value::Null)
    );
    assert_eq!(api.one("users", json!({ "id": id })).await["workspaceRole"], "$guest");
    assert_eq!(api.post(&format!("users/{id}/update"), json!({ "roleId": member })).await.0, 200);
    assert_eq!(api.user(ADA).unwrap().role, "$member");
    api.switch("role_change_path_alias", json!(false));
    assert_eq!(api.post(&format!("users/{id}/update"), json!({ "roleId": guest })).await.0, 404);
    assert_eq!(api.post(&format!("users/{id}/roles/update"), json!({ "roleId": "none" })).await.0, 400);
    api.switch("role_change_pending", json!("reject"));
    assert_eq!(api.post(&format!("users/{id}/roles/update"), json!({ "roleId": guest })).await.0, 400);
}

#[tokio::test]
async fn what_people_of_scim_may_have_changed_is_a_switch() {
    let api = Api::as_admin().await;
    api.admit(ADA, "$member", true).unwrap();
    let (id, guest) = (api.user(ADA).unwrap().id, api.role("$guest").await);
    let lower = async || api.post(&format!("users/{id}/roles/update"), json!({ "roleId": guest })).await.0;
    let disable = async || api.post(&format!("users/{id}"), json!({ "enabled": false })).await.0;
    assert_eq!(disable().await, 403);
    api.set(json!({ "role_change_scim": "reject", "scim_enable_disable": "allow" })).unwrap();
    assert_eq!((lower().await, disable().await), (403, 200));
    api.switch("role_change_scim", json!("allow"));
    assert_eq!(lower().await, 200);
}

#[tokio::test]
async fn nobody_locks_themselves_or_everybody_out_unless_allowed() {
    let api = Api::as_admin().await;
    let (admin, guest) = (text(&api.get("users/current").await.1["id"]), api.role("$guest").await);
    let disable = async || api.post(&format!("users/{admin}"), json!({ "enabled": false })).await;
    let demote = async || api.post(&format!("users/{admin}/roles/update"), json!({ "roleId": guest })).await;
    assert!(text(&disable().await.1["message"]).contains("yourself"));
    assert!(text(&demote().await.1["message"]).contains("yourself"));
    api.set(json!({ "disable_self": "allow", "role_change_self": "allow" })).unwrap();
    assert!(text(&disable().await.1["message"]).contains("last admin"));
    assert!(text(&demote().await.1["message"]).contains("last admin"));
    api.switch("last_admin", json!("allow"));
    assert_eq!(disable().await.0, 200);
    assert_eq!(api.get("users").await.0, 401, "the session of a disabled person is over");
}

#[tokio::test]
async fn one_of_two_admins_may_go() {
    let api = Api::start().await;
    let guest = api.role("$guest").await;
    let id = text(&api.one("users", json!({ "email": "admin@example.com" })).await["id"]);
    let path = format!("users/{id}/roles/update");
    assert_eq!(api.invite(ADA, "$admin").await.0, 200);
    assert_eq!(api.post(&path, json!({ "roleId": guest })).await.0, 403, "a pending admin does not count");
    api.accept(ADA).unwrap();
    assert_eq!(api.post(&path, json!({ "roleId": guest })).await.0, 200);
}

#[tokio::test]
async fn deleting_an_active_person_is_for_some_credentials() {
    let api = Api::start().await;
    let id = api.member(ADA).await;
    let path = format!("users/{id}/delete");
    assert_eq!(api.post_nothing(&path).await.0, 403);
    api.switch("delete_active_with", json!("all"));
    assert_eq!(api.post_nothing(&path).await.0, 200);
    assert_eq!(api.user(ADA), None);
    assert_eq!(api.post_nothing(&path).await.0, 404);
}

/// The workflow an admin submits to remove a person.
fn removal(user: &str, heir: &str) -> Value {
    let names = [
        ("user-id", user),
        ("username", "ada"),
        ("user-full-name", "Ada"),
        ("user-email", ADA),
        ("transfer-assets-to-user-id", heir),
        ("transfer-assets-to-username", "admin"),
        ("transferee-full-name", "Admin"),
        ("kube-secret-name", "argo-client-creds"),
        ("wf-creator-full-name", "Admin"),
        ("wf-creator-email", "admin@example.com"),
    ];
    let parameters = names.map(|(name, value)| json!({ "name": name, "value": value }));
    json!({
        "metadata": {
            "name": format!("atln-del-usr-{user}-1700000000"), "namespace": "default",
            "labels": {
                "orchestration.atlan.com/certified": "false", "orchestration.atlan.com/type": "utility",
                "orchestration.atlan.com/verified": "false", "package.argoproj.io/installer": "argopm",
                "package.argoproj.io/name": "a-t-ratlans-l-a-s-hdelete-user", "package.argoproj.io/parent": "",
                "package.argoproj.io/registry": "local", "package.argoproj.io/version": "0.2.105",
            },
            "annotations": {
                "orchestration.atlan.com/allowSchedule": "false",
                "orchestration.atlan.com/categories": "utility,admin,user,delete",
                "orchestration.atlan.com/dependentPackage": "",
                "orchestration.atlan.com/docsUrl": "https://ask.atlan.com/hc/en-us/articles/6755306791697",
                "orchestration.atlan.com/emoji": "🗑️",
                "orchestration.atlan.com/icon": "https://assets.atlan.com/assets/remove-user.svg",
                "orchestration.atlan.com/logo": "https://assets.atlan.com/assets/remove-user.svg",
                "orchestration.atlan.com/marketplaceLink": "https://packages.atlan.com/-/web/detail/@atlan/delete-user",
                "orchestration.atlan.com/name": "Delete User", "package.argoproj.io/author": "Atlan",
                "package.argoproj.io/description": "Transfers user assets and deletes user",
                "package.argoproj.io/homepage": "https://packages.atlan.com/-/web/detail/@atlan/delete-user",
                "package.argoproj.io/keywords": "[\"delete\",\"user\",\"admin\",\"utility\"]",
                "package.argoproj.io/name": "@atlan/delete-user", "package.argoproj.io/parent": ".",
                "package.argoproj.io/registry": "local", "package.argoproj.io/support": "support@atlan.com",
                "package.argoproj.io/repository": "https://github.com/atlanhq/marketplace-packages.git",
            },
        },
        "spec": {
            "entrypoint": "main",
            "synchronization": { "semaphore": { "configMapKeyRef": { "name": "atlan-delete-user", "key": "concurrency" } } },
            "templates": [{ "name": "main", "dag": { "tasks": [{
                "name": "run", "arguments": { "parameters": parameters },
                "templateRef": { "name": "atlan-delete-user", "template": "main", "clusterScope": true },
            }] } }],
        },
    })
}

#[tokio::test]
async fn a_workflow_removes_a_person_in_its_own_time() {
    let api = Api::start().await;
    let ada = api.member(ADA).await;
    let heir = text(&api.one("users", json!({ "username": "admin" })).await["id"]);
    let path = "workflows?submit=true";
    assert_eq!(api.post(path, removal(&ada, &heir)).await.0, 403, "an API token may not");
    api.set(json!({ "key_kind": "user", "workflow_takes_ms": 1000 })).unwrap();
    assert_eq!(api.post(path, removal(&heir, &ada)).await.0, 403, "an admin is not removed");
    assert_eq!(api.post(path, removal(&ada, "none")).await.0, 404);
    assert_eq!(api.post(path, json!({ "metadata": {} })).await.0, 400);
    let whole = removal(&ada, &heir);
    let template = "/spec/templates/0/dag/tasks/0/templateRef";
    let mut parts = vec!["/metadata/name".to_owned(), "/spec/entrypoint".to_owned()];
    parts.extend(["name", "template", "clusterScope"].map(|part| format!("{template}/{part}")));
    for map in ["labels", "annotations"] {
        let keys = whole["metadata"][map].as_object().expect("a map").keys();
        parts.extend(keys.map(|key| format!("/metadata/{map}/{}", key.replace('/', "~1"))));
    }
    for part in parts {
        let mut partial = whole.clone();
        *partial.pointer_mut(&part).expect("there") = Value::Null;
        assert_eq!(api.post(path, partial).await.0, 400, "without {part}");
    }
    api.switch("workflow_outcome", json!("refused"));
    assert_eq!(api.post(path, removal(&ada, &heir)).await.0, 400);
    api.switch("workflow_outcome", json!("nothing"));
    assert_eq!(api.post(path, removal(&ada, &heir)).await.0, 200);
    api.advance(std::time::Duration::from_secs(2));
    assert_eq!(api.get(&format!("users/{ada}")).await.0, 200, "accepted, without an effect");
    api.switch("workflow_outcome", json!("done"));
    assert_eq!(api.post(path, removal(&ada, &heir)).await.0, 200);
    assert_eq!(api.get(&format!("users/{ada}")).await.0, 200, "not yet");
    api.advance(std::time::Duration::from_secs(2));
    assert_eq!(api.get(&format!("users/{ada}")).await.0, 404);
}

#[tokio::test]
async fn the_tokens_of_a_removed_person_die_with_them() {
    let mut api = Api::as_admin().await;
    let ada = api.member(ADA).await;
    let heir = text(&api.one("users", json!({ "username": "admin" })).await["id"]);
    let secret = api.make_token(ADA, "of Ada").unwrap();
    let (_, kept) =
        api.post("apikeys", json!({ "displayName": "of the admin", "validitySeconds": 3600 })).await;
    assert_eq!(api.post("workflows?submit=true", removal(&ada, &heir)).await.0, 200);
    api.advance(std::time::Duration::from_secs(60));
    assert_eq!(api.get(&format!("users/{ada}")).await.0, 404);
    let left: Vec<String> = api.tokens().into_iter().map(|token| token.id).collect();
    assert_eq!(left, [text(&kept["id"])]);
    api.bearer = secret;
    assert_eq!(api.get("users/current").await.0, 401);
    assert_eq!(api.make_token(ADA, "late").unwrap_err().to_string(), format!("nobody has the address {ADA}"));
}

#[tokio::test]
async fn sessions_and_events_are_bare_arrays() {
    let api = Api::start().await;
    let ada = api.member(ADA).await;
    let (_, sessions) = api.get(&format!("users/{ada}/sessions")).await;
    assert_eq!((sessions.as_array().map(Vec::len), &sessions[0]["userId"]), (Some(1), &json!(ada)));
    assert_eq!(api.post_nothing(&format!("users/{ada}/sessions/delete")).await.0, 200);
    let (_, logins) = api.get(&format!("events/login?user={ada}&first=0&max=100")).await;
    assert_eq!((logins.as_array().map(Vec::len), &logins[0]["type"]), (Some(1), &json!("LOGIN")));
    api.group("a").await;
    let (_, events) = api.get("events/main?operationTypes=CREATE&first=0&max=1").await;
    assert_eq!((events.as_array().map(Vec::len), &events[0]["resourceType"]), (Some(1), &json!("GROUP")));
    assert_eq!(api.get("events/main?first=100&max=100").await.1, json!([]));
    assert_eq!(api.get("events/main?dateTo=2020-01-01").await.1, json!([]));
    assert_eq!(api.get("events/main?dateFrom=yesterday").await.0, 400);
    let (_, people) = api.get("identity/users?columns=groups").await;
    assert_eq!(people[1]["groups"], json!([]));
    assert_eq!(api.get("identity/groups?columns=attributes").await.1[0]["attributes"]["alias"], json!(["a"]));
}
