//! `/oauth-clients`, and the route that trades their credentials for a bearer token.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::reply::{Outcome, Refusal, Reply};
use crate::routes::{Call, page_of};
use crate::settings::OauthUpdateMethod;
use crate::state::{Caller, OauthClient, OauthEdit, Tenant};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenBody {
    client_id: String,
    client_secret: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientBody {
    display_name: Option<String>,
    description: Option<String>,
    role: Option<String>,
    #[serde(rename = "personaQNs")]
    personas: Option<Vec<String>>,
}

impl From<ClientBody> for OauthEdit {
    fn from(ClientBody { display_name, description, role, personas }: ClientBody) -> Self {
        Self { display_name, description, role, personas }
    }
}

pub(super) fn token(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let TokenBody { client_id, client_secret } = call.json()?;
    let token = tenant.open_session(&client_id, &client_secret)?;
    Ok(Reply::ok(json!({ "accessToken": token.token, "tokenType": "Bearer", "expiresIn": token.expires_in })))
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let life = tenant.settings.oauth_token_seconds;
    let now = tenant.now();
    page_of(&tenant.settings, &mut tenant.oauth_clients, now, call, |client| record(client, life))
}

pub(super) fn one(tenant: &Tenant, client_id: &str) -> Outcome<Reply> {
    Ok(Reply::ok(record(tenant.oauth_client(client_id)?.1, tenant.settings.oauth_token_seconds)))
}

pub(super) fn create(tenant: &mut Tenant, caller: &Caller, call: &Call) -> Outcome<Reply> {
    let key = tenant.create_oauth_client(caller, call.json::<ClientBody>()?.into())?;
    if tenant.settings.token_create_lost {
        return Err(Refusal::new(500, "the OAuth client could not be created"));
    }
    let client = tenant.oauth_clients.get(key).ok_or_else(|| Refusal::not_found("OAuth client not found"))?;
    let mut record = record(client, tenant.settings.oauth_token_seconds);
    record["clientSecret"] = client.secret.clone().into();
    Ok(Reply::ok(record))
}

/// Whether this method updates a client; which one does differs between the SDKs.
pub(super) fn updates_by(tenant: &Tenant, method: &str) -> bool {
    match tenant.settings.oauth_update_method {
        OauthUpdateMethod::Both => true,
        OauthUpdateMethod::Put => method == "PUT",
        OauthUpdateMethod::Post => method == "POST",
    }
}

pub(super) fn update(tenant: &mut Tenant, caller: &Caller, client_id: &str, call: &Call) -> Outcome<Reply> {
    let key = tenant.update_oauth_client(caller, client_id, call.json::<ClientBody>()?.into())?;
    let life = tenant.settings.oauth_token_seconds;
    Ok(Reply::ok(tenant.oauth_clients.get(key).map(|client| record(client, life)).unwrap_or_default()))
}

pub(super) fn delete(tenant: &mut Tenant, caller: &Caller, client_id: &str) -> Outcome<Reply> {
    tenant.delete_oauth_client(caller, client_id)?;
    Ok(Reply::void(&tenant.settings))
}

fn record(client: &OauthClient, life: u32) -> Value {
    json!({
        "id": client.id, "clientId": client.client_id, "displayName": client.display_name,
        "description": client.description, "role": client.role, "personaQNs": client.personas,
        "tokenExpirySeconds": life, "createdAt": client.created_at.as_millisecond().to_string(),
        "createdBy": client.created_by, "updatedAt": client.updated_at.as_millisecond().to_string(),
        "updatedBy": client.updated_by,
    })
}
