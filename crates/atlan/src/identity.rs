//! Who makes the requests: a person, or a service account behind an API token or OAuth client, and who made that token.

use serde::Deserialize;

use crate::answer::Answer;
use crate::client::Client;
use crate::error::Result;
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::request::{Request, filter};
use crate::users::User;

/// Prefix of the user name of every machine credential.
const SERVICE_ACCOUNT: &str = "service-account-";
/// Prefix of the client id of an API token.
const API_TOKEN: &str = "apikey-";

/// The identity behind the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// GUID; of a service account it belongs to nobody in the list of users.
    pub id: Guid,
    /// User name; of an API token `service-account-apikey-<uuid>`.
    pub username: String,
}

impl Caller {
    /// Client id of the API token, if the caller is one.
    pub(crate) fn api_token(&self) -> Option<&str> {
        self.username.strip_prefix(SERVICE_ACCOUNT).filter(|client_id| client_id.starts_with(API_TOKEN))
    }

    pub(crate) fn is(&self, user: &User) -> bool {
        self.id == user.id || user.username.as_deref().is_some_and(|name| same_name(name, &self.username))
    }
}

/// Who made the API token that makes the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Creator {
    /// A user name.
    Named(String),
    /// The token's record names nobody, or there is no record.
    Unknown,
    /// The caller is no API token.
    NoToken,
}

impl Creator {
    pub(crate) fn is(&self, user: &User) -> bool {
        match self {
            Self::Named(creator) => user.username.as_deref().is_some_and(|name| same_name(name, creator)),
            Self::Unknown | Self::NoToken => false,
        }
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[derive(Deserialize)]
struct CallerWire {
    id: Option<Guid>,
    username: Option<String>,
}

#[derive(Debug)]
struct ApiToken {
    id: Guid,
    client_id: Option<String>,
    created_by: Option<String>,
}

#[derive(Deserialize)]
struct ApiTokenWire {
    id: Option<Guid>,
    #[serde(rename = "clientId")]
    client_id: Option<String>,
    attributes: Option<ApiTokenAttributes>,
}

#[derive(Deserialize)]
struct ApiTokenAttributes {
    #[serde(rename = "clientId")]
    client_id: Option<String>,
    #[serde(rename = "createdBy")]
    created_by: Option<String>,
}

impl Record for ApiToken {
    type Wire = ApiTokenWire;

    fn read(wire: ApiTokenWire, _: &Answer) -> Result<Self, &'static str> {
        let (inner, created_by) =
            wire.attributes.map(|inner| (inner.client_id, inner.created_by)).unwrap_or_default();
        Ok(Self { id: wire.id.ok_or("id")?, client_id: inner.or(wire.client_id), created_by })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

impl Client {
    /// The identity behind the credentials. Read once and kept for the life of the client.
    ///
    /// # Errors
    /// Failures of the request; an answer without id or user name.
    pub async fn current(&self) -> Result<&Caller> {
        self.shared
            .caller
            .get_or_try_init(async || {
                let answer = self.shared.transport.send(&self.scope, Request::get("users/current")).await?;
                let wire: CallerWire = answer.json()?;
                let id = wire.id.ok_or_else(|| answer.unreadable("`id` is missing"))?;
                let username = wire.username.ok_or_else(|| answer.unreadable("`username` is missing"))?;
                Ok(Caller { id, username })
            })
            .await
    }

    /// Who made the API token behind the credentials. Read once and kept.
    pub(crate) async fn creator(&self) -> Result<&Creator> {
        self.shared
            .creator
            .get_or_try_init(async || {
                let Some(client_id) = self.current().await?.api_token() else { return Ok(Creator::NoToken) };
                let list = List::of("apikeys").filter(&filter::equals("clientId", client_id));
                let tokens: Vec<ApiToken> = self.list(&list).await?;
                let own = tokens.into_iter().find(|token| token.client_id.as_deref() == Some(client_id));
                Ok(own.and_then(|token| token.created_by).map_or(Creator::Unknown, Creator::Named))
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_api_tokens_have_a_client_id_to_look_up() {
        let caller = |username: &str| Caller { id: "a".parse().expect("a GUID"), username: username.into() };
        assert_eq!(caller("service-account-apikey-1").api_token(), Some("apikey-1"));
        assert_eq!(caller("service-account-oauth-client-1").api_token(), None);
        assert_eq!(caller("apikey-1").api_token(), None);
    }
}
