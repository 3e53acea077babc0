//! OAuth clients: service accounts with a role of their own.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Areas, Credential, Credentials, token};
use crate::answer::Answer;
use crate::error::{Existing, Result, Subject};
use crate::guid::Guid;
use crate::list::Record;
use crate::records::OauthClient;
use crate::request::Request;
use crate::secret::Secret;

/// An OAuth client to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOauthClient {
    /// Name for messages: it gets this name later.
    pub display_name: String,
    /// Empty: none.
    pub description: String,
    /// Name of its role on the wire.
    pub role: String,
    /// Qualified names of the personas.
    pub personas: BTreeSet<String>,
}

/// What an OAuth client is to be. Role and personas stay as they are: no client of Atlan's changes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthClientUpdate {
    /// New name.
    pub display_name: String,
    /// New description; empty: none.
    pub description: String,
}

#[expect(private_interfaces, reason = "no other crate calls these")]
impl Credential for OauthClient {
    type New = NewOauthClient;
    type Update = OauthClientUpdate;

    const LIST: &'static str = "oauth-clients";
    const ONE: &'static str = "the OAuth client";
    const ALL: &'static str = "the list of OAuth clients";
    const SECRET: &'static str = "clientSecret";

    fn name_of(new: &NewOauthClient) -> &str {
        &new.display_name
    }

    fn body(name: &str, new: &NewOauthClient) -> Value {
        json!({
            "displayName": name,
            "description": new.description,
            "role": new.role,
            "personaQNs": new.personas,
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
        &self.client_id
    }

    fn client_id(&self) -> &str {
        self.client_id.as_str()
    }

    fn origin(&self) -> (Option<&str>, Option<Timestamp>) {
        (self.created_by.as_deref(), self.created_at)
    }

    /// A client has none: only its bearer tokens expire.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }

    fn delete(client_id: &Guid) -> Request {
        Request::delete("oauth-clients/{id}").about(client_id)
    }

    /// Only what differs, as Atlan's Python SDK does it.
    fn change(&self, update: &OauthClientUpdate) -> Request {
        let mut body = Map::new();
        if self.display_name != update.display_name {
            body.insert("displayName".to_owned(), update.display_name.as_str().into());
        }
        if self.description != update.description.trim() {
            body.insert("description".to_owned(), update.description.as_str().into());
        }
        Request::put("oauth-clients/{id}", Value::Object(body)).about(&self.client_id)
    }

    fn area(areas: &Areas) -> &Credentials<Self> {
        &areas.oauth_clients
    }

    fn subject(name: &str) -> Subject {
        Subject::OauthClient(name.to_owned())
    }

    fn existing(self) -> Existing {
        Existing::OauthClient(Box::new(self))
    }

    fn is_as(&self, update: &OauthClientUpdate) -> bool {
        self.display_name == update.display_name && self.description == update.description.trim()
    }

    fn changed(self, update: &OauthClientUpdate) -> Self {
        let OauthClientUpdate { display_name, description } = update.clone();
        Self { display_name, description, ..self }
    }

    fn values(&self) -> String {
        format!("name {:?}, description {:?}", self.display_name, self.description)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthClientWire {
    id: Option<Guid>,
    client_id: Option<Guid>,
    client_secret: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    role: Option<String>,
    #[serde(rename = "personaQNs")]
    personas: Option<BTreeSet<String>>,
    created_by: Option<String>,
    #[serde(default)]
    created_at: Value,
}

impl Record for OauthClient {
    type Wire = OauthClientWire;

    fn read(wire: OauthClientWire, _: &Answer) -> Result<Self, &'static str> {
        Ok(Self {
            id: wire.id.ok_or("id")?,
            client_id: wire.client_id.ok_or("clientId")?,
            display_name: wire.display_name.ok_or("displayName")?,
            description: wire.description.unwrap_or_default().trim().to_owned(),
            role: wire.role.ok_or("role")?,
            personas: wire.personas.unwrap_or_default(),
            created_by: wire.created_by.filter(|name| !name.trim().is_empty()),
            created_at: time(&wire.created_at),
            secret: wire.client_secret.filter(|secret| !secret.is_empty()).map(Secret::new),
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// A time in milliseconds since 1970, or in RFC 3339: only that it is text is known.
fn time(value: &Value) -> Option<Timestamp> {
    match token::number(value) {
        Some(milliseconds) => Timestamp::from_millisecond(milliseconds).ok(),
        None => value.as_str()?.trim().parse().ok(),
    }
}
