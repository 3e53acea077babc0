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
