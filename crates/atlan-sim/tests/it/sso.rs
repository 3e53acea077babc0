//! SSO group mappings.

use serde_json::{Value, json};

use crate::harness::{Api, text};

#[tokio::test]
async fn a_mapping_is_created_listed_updated_and_deleted() {
    let api = Api::start().await;
    let body = json!({
        "name": "g--1", "identityProviderAlias": "okta", "identityProviderMapper": "saml-group-idp-mapper",
        "config": { "group": "g", "attribute.value": "sso", "are.attribute.values.regex": "" },
    });
    assert_eq!(
        api.post("idp/okta/mappers", body.clone()).await,
        (200, body.clone()),
        "an echo without an id"
    );
    let (_, listed) = api.get("idp/okta/mappers").await;
    let id = text(&listed[0]["id"]);
    assert_eq!(
        listed[0]["config"],
        json!({ "group": "g", "attribute.value": "sso" }),
        "empty values do not come back"
    );
    assert_eq!(api.get("idp/azure/mappers").await.1, json!([]));

    let path = format!("idp/okta/mappers/{id}");
    let mut edit = body;
    edit["config"]["attribute.value"] = json!("other");
    assert_eq!(api.post(&path, edit).await.0, 200);
    assert_eq!(api.get(&path).await.1["config"]["attribute.value"], "other");
    assert_eq!(api.post_nothing(&format!("{path}/delete")).await, (200, Value::Null));
    assert_eq!(api.get(&path).await.0, 404);
    assert_eq!(api.post("idp/okta/mappers", json!({})).await.0, 400);
}

fn mapper(group: &str, value: &str) -> Value {
    json!({
        "name": format!("{group}--1"), "identityProviderAlias": "okta",
        "identityProviderMapper": "saml-group-idp-mapper",
        "config": { "group": group, "attribute.name": "memberOf", "attribute.value": value },
    })
}

#[tokio::test]
async fn what_exists_already_and_what_is_missing_is_answered_as_the_switches_say() {
    let api = Api::start().await;
    assert_eq!(api.get("idp/acme/mappers").await.0, 404);
    assert_eq!(api.post("idp/acme/mappers", mapper("g", "sso")).await.0, 404);
    api.switch("mapper_unknown_provider", json!("empty_list"));
    assert_eq!(api.get("idp/acme/mappers").await, (200, json!([])));
    assert_eq!(api.post("idp/acme/mappers", mapper("g", "sso")).await.0, 404);

    assert_eq!(api.post("idp/okta/mappers", mapper("g", "sso")).await.0, 200);
    assert_eq!(api.post("idp/okta/mappers", mapper("g", "other")).await.0, 409, "the name is taken");
    api.switch("mapper_name_taken", json!("allow"));
    assert_eq!(api.post("idp/okta/mappers", mapper("g", "other")).await.0, 200);
    api.switch("mapper_group_twice", json!("conflict"));
    assert_eq!(api.post("idp/okta/mappers", mapper("g", "third")).await.0, 409);
    assert_eq!(api.post("idp/azure/mappers", mapper("g", "third")).await.0, 200, "another provider");

    let missing = "idp/okta/mappers/nobody/delete";
    assert_eq!(api.post_nothing(missing).await.0, 404);
    api.switch("mapper_delete_missing", json!("ok"));
    assert_eq!(api.post_nothing(missing).await.0, 200);
    api.switch("sso_with", json!(["user"]));
    assert_eq!(api.get("idp/okta/mappers").await.0, 403);
}

#[tokio::test]
async fn an_update_replaces_or_merges_and_a_new_mapper_may_show_late() {
    let api = Api::start().await;
    api.switch("mapper_visible_after_ms", json!(3_600_000));
    assert_eq!(api.post("idp/okta/mappers", mapper("g", "sso")).await.0, 200);
    assert_eq!(api.get("idp/okta/mappers").await.1, json!([]));
    api.advance(std::time::Duration::from_secs(3600));
    let id = text(&api.get("idp/okta/mappers").await.1[0]["id"]);
    let path = format!("idp/okta/mappers/{id}");
    for (update, left) in [("merge", json!("g")), ("replace", Value::Null)] {
        api.switch("mapper_update", json!(update));
        api.post(&path, json!({ "name": "g--1", "config": { "attribute.value": "other" } })).await;
        let config = api.get(&path).await.1["config"].clone();
        assert_eq!((&config["attribute.value"], &config["group"]), (&json!("other"), &left), "{update}");
    }
}

#[tokio::test]
async fn a_sign_in_makes_memberships_of_mapped_groups_match_the_claim() {
    let api = Api::start().await;
    for group in ["stewards", "analysts", "unmapped"] {
        api.group(group).await;
    }
    api.post("idp/okta/mappers", mapper("stewards", "sso-stewards")).await;
    api.post("idp/okta/mappers", mapper("analysts", "sso-analysts")).await;
    let groups = |api: &Api| api.user("ada@example.com").map(|ada| ada.groups).unwrap_or_default();

    let body = json!({ "idp": "okta", "groups": ["sso-stewards"], "role": "$guest" });
    let signed_in = api.control(reqwest::Method::POST, "users/Ada@example.com/sign_in", body).await;
    assert_eq!(signed_in, (200, json!({ "ok": true })));
    assert_eq!(groups(&api), ["stewards"]);
    let ada = api.user("ada@example.com").unwrap();
    assert_eq!((ada.role, ada.pending), ("$guest", false));

    let unmapped = text(&api.one("groups", json!({ "name": "unmapped" })).await["id"]);
    api.post(&format!("users/{}/groups", ada.id), json!({ "groups": [unmapped] })).await;
    api.sign_in("ada@example.com", "okta", &["sso-analysts"], None).unwrap();
    assert_eq!(groups(&api), ["analysts", "unmapped"], "the claim decides, for mapped groups only");
    assert_eq!(api.user("ada@example.com").unwrap().role, "$guest", "no role sync");
    api.sign_in("ada@example.com", "azure", &[], None).unwrap();
    assert_eq!(groups(&api), ["analysts", "unmapped"], "mappings of another provider");

    assert!(api.sign_in("ada@example.com", "acme", &[], None).is_err());
    api.disable("ada@example.com").unwrap();
    assert!(api.sign_in("ada@example.com", "okta", &[], None).is_err());
}
