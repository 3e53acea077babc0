//! `/apikeys`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::reply::{Outcome, Refusal, Reply};
use crate::routes::{Call, page_of};
use crate::state::{ApiToken, Caller, Tenant, TokenEdit};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenBody {
    #[serde(default)]
    display_name: String,
    description: Option<String>,
    persona_qualified_names: Option<Vec<String>>,
    validity_seconds: Option<i64>,
}

impl From<TokenBody> for TokenEdit {
    fn from(body: TokenBody) -> Self {
        let TokenBody { display_name, description, persona_qualified_names, validity_seconds } = body;
        Self { display_name, description, personas: persona_qualified_names, validity_seconds }
    }
}

/// # Errors
/// 403 unless the settings let this kind of caller work with tokens.
pub(super) fn allow(tenant: &Tenant, caller: &Caller) -> Outcome<()> {
    caller.must_be(&tenant.settings.token_with, "manage API tokens")
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let now = tenant.now();
    page_of(&tenant.settings, &mut tenant.tokens, now, call, |token| record(token, Lists::InText))
}

pub(super) fn create(tenant: &mut Tenant, caller: &Caller, call: &Call) -> Outcome<Reply> {
    let (key, secret) = tenant.create_token(caller, call.json::<TokenBody>()?.into())?;
    if tenant.settings.token_create_lost {
        return Err(Refusal::new(500, "the API token could not be created"));
    }
    let mut record = tenant.tokens.get(key).map(|token| record(token, Lists::InText)).unwrap_or_default();
    record["attributes"]["accessToken"] = secret.into();
    Ok(Reply::ok(record))
}

pub(super) fn update(tenant: &mut Tenant, caller: &Caller, id: &str, call: &Call) -> Outcome<Reply> {
    let key = tenant.update_token(caller, id, call.json::<TokenBody>()?.into())?;
    Ok(Reply::ok(tenant.tokens.get(key).map(|token| record(token, Lists::AsArrays)).unwrap_or_default()))
}

pub(super) fn delete(tenant: &mut Tenant, caller: &Caller, id: &str) -> Outcome<Reply> {
    tenant.delete_token(caller, id)?;
    Ok(Reply::void(&tenant.settings))
}

/// How a record shows lists: reads give JSON inside a string, an update gives arrays.
#[derive(Clone, Copy)]
enum Lists {
    InText,
    AsArrays,
}

fn record(token: &ApiToken, lists: Lists) -> Value {
    let list = |list: Value| match lists {
        Lists::InText => Value::String(list.to_string()),
        Lists::AsArrays => list,
    };
    json!({
        "id": token.id, "clientId": token.client_id, "displayName": token.display_name,
        "attributes": {
            "access.token.lifespan": token.validity_seconds.to_string(), "clientId": token.client_id,
            "createdAt": token.created_at.as_millisecond().to_string(), "createdBy": token.created_by,
            "description": token.description, "displayName": token.display_name,
            "personaQualifiedName": list(json!(token.personas)), "personas": list(json!([])), "purposes": Value::Null,
            "workspacePermissions": list(json!([])),
        },
    })
}
