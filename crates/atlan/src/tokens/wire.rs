//! API tokens as Atlan writes them: most of it in attributes, where everything is text, and lists are JSON inside a text or arrays.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::error::Result;
use crate::guid::Guid;
use crate::list::Record;
use crate::records::ApiToken;
use crate::secret::Secret;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenWire {
    id: Option<Guid>,
    client_id: Option<String>,
    display_name: Option<String>,
    attributes: Option<Attributes>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attributes {
    client_id: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    created_by: Option<String>,
    created_at: Value,
    #[serde(rename = "access.token.lifespan")]
    life: Value,
    #[serde(rename = "personaQualifiedName")]
    personas: Value,
    access_token: Option<String>,
}

impl Record for ApiToken {
    type Wire = TokenWire;

    fn read(wire: TokenWire, _: &Answer) -> Result<Self, &'static str> {
        let inner = wire.attributes.unwrap_or_default();
        Ok(Self {
            id: wire.id.ok_or("id")?,
            client_id: inner.client_id.or(wire.client_id).ok_or("clientId")?,
            display_name: inner.display_name.or(wire.display_name).ok_or("displayName")?,
            description: inner.description.unwrap_or_default().trim().to_owned(),
            personas: names(&inner.personas),
            created_by: inner.created_by.filter(|name| !name.trim().is_empty()),
            created_at: number(&inner.created_at).and_then(|at| Timestamp::from_millisecond(at).ok()),
            life_seconds: number(&inner.life),
            secret: inner.access_token.filter(|secret| !secret.is_empty()).map(Secret::new),
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// The token in the answer of a create. Without its secret it is of no use, as if the answer had been lost.
pub(super) fn made(answer: &Answer) -> Result<ApiToken> {
    let token = ApiToken::read(answer.json()?, answer);
    let token = token.map_err(|field| answer.unreadable(format!("`{field}` is missing")))?;
    match token.secret {
        Some(_) => Ok(token),
        None => Err(answer.unreadable("`attributes.accessToken` is missing")),
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Qualified names, in an array or in a text that holds one.
fn names(value: &Value) -> BTreeSet<String> {
    let parsed = match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        value => value.clone(),
    };
    let entries = parsed.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
