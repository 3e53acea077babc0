//! API tokens. Atlan writes most of a record in attributes, where everything is text, and lists are JSON inside a text or arrays.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Areas, Credential, Credentials};
use crate::answer::Answer;
use crate::error::{Existing, Result, Subject};
use crate::guid::Guid;
use crate::list::Record;
use crate::records::ApiToken;
use crate::request::Request;
use crate::secret::Secret;

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiToken {
    /// Name for messages: it gets this name later.
    pub display_name: String,
    /// Empty: none.
    pub description: String,
    /// Qualified names of the personas.
    pub personas: BTreeSet<String>,
    /// How long it lives, in whole seconds.
    pub validity: Duration,
}

/// What a token is to be. All of it is sent, because a server may replace what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTokenUpdate {
    /// New name.
    pub display_name: String,
    /// New description; empty: none.
    pub description: String,
    /// Qualified names of the personas. `None`: as they are.
    pub personas: Option<BTreeSet<String>>,
}

#[expect(private_interfaces, reason = "no other crate calls these")]
impl Credential for ApiToken {
    type New = NewApiToken;
    type Update = ApiTokenUpdate;

    const LIST: &'static str = "apikeys";
    const ONE: &'static str = "the API token";
    const ALL: &'static str = "the list of API tokens";
    const SECRET: &'static str = "attributes.accessToken";

    fn area(areas: &Areas) -> &Credentials<Self> {
        &areas.tokens
    }

    fn subject(name: &str) -> Subject {
        Subject::ApiToken(name.to_owned())
    }

    fn existing(self) -> Existing {
        Existing::ApiToken(Box::new(self))
    }

    fn name_of(new: &NewApiToken) -> &str {
        &new.display_name
    }

    fn body(name: &str, new: &NewApiToken) -> Value {
        json!({
            "displayName": name,
            "description": new.description,
            "personaQualifiedNames": new.personas,
            "validitySeconds": new.validity.as_secs(),
        })
    }

    fn display_name(&self) -> &str {
        &self.display_name
    }

    fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    fn named(self, name: &str) -> Self {
        Self { display_name: name.to_owned(), ..self }
    }

    fn handle(&self) -> &Guid {
        &self.id
    }

    fn client_id(&self) -> &str {
        &self.client_id
    }

    fn origin(&self) -> (Option<&str>, Option<Timestamp>) {
        (self.created_by.as_deref(), self.created_at)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        let life = SignedDuration::from_secs(self.life_seconds?);
        self.created_at?.checked_add(life).ok()
    }

    fn delete(id: &Guid) -> Request {
        Request::delete("apikeys/{id}").about(id)
    }

    fn change(&self, update: &ApiTokenUpdate) -> Request {
        let body = json!({
            "displayName": update.display_name,
            "description": update.description,
            "personaQualifiedNames": update.personas.as_ref().unwrap_or(&self.personas),
        });
        Request::set("apikeys/{id}", Some(body)).about(&self.id)
    }

    fn is_as(&self, update: &ApiTokenUpdate) -> bool {
        self.display_name == update.display_name
            && self.description == update.description.trim()
            && update.personas.as_ref().is_none_or(|personas| *personas == self.personas)
    }

    fn changed(self, update: &ApiTokenUpdate) -> Self {
        let ApiTokenUpdate { display_name, description, personas } = update.clone();
        Self { display_name, description, personas: personas.unwrap_or(self.personas), ..self }
    }

    fn values(&self) -> String {
        let Self { display_name, description, personas, .. } = self;
        format!("name {display_name:?}, description {description:?}, personas {personas:?}")
    }
}

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

/// A number, as it is or as text.
pub(super) fn number(value: &Value) -> Option<i64> {
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
