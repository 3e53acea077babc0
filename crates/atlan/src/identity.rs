//! Who makes the requests: a person, or a service account behind an API token or OAuth client, and who made that token.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::api::Api;
use crate::create::Author;
use crate::error::Result;
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::once::Once;
use crate::records::User;
use crate::request::{Request, filter};

/// Prefix of the user name of every machine credential.
const SERVICE_ACCOUNT: &str = "service-account-";
/// Prefix of the client id of an API token.
const API_TOKEN: &str = "apikey-";
/// Prefix of the client id of an OAuth client.
const OAUTH_CLIENT: &str = "oauth-client-";
/// Longest chain of credentials, each made by the next, that is followed to a person.
const LONGEST_CHAIN: usize = 8;

/// The record of an object may carry a time this long before the attempt that made it: the clocks of the server's parts
/// differ, and times have whole seconds.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(10);

/// Path of the record of the caller.
const CURRENT: &str = "users/current";
/// Path of what a caller may do.
const WHOAMI: &str = "whoami";
/// Path of the list of API tokens.
const TOKENS: &str = "apikeys";

/// The identity behind the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// GUID. That of a service account is not in the list of users.
    pub id: Guid,
    /// User name; of an API token `service-account-apikey-<uuid>`.
    pub username: String,
    /// Email address; service accounts have none.
    pub email: Option<String>,
}

/// What kind of identity is behind the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// An API token, which has a service account.
    ApiToken,
    /// An OAuth client, which has a service account.
    OauthClient,
    /// A person, by a session token.
    Person,
}

/// The API token that makes the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnToken {
    /// GUID.
    pub id: Guid,
    /// Name shown in Atlan.
    pub name: Option<String>,
    /// User name of the token's maker.
    pub created_by: Option<String>,
    /// End of the token's life.
    pub expires_at: Option<Timestamp>,
}

impl Caller {
    /// What kind of identity this is. Service accounts are told by their user names.
    pub fn kind(&self) -> CallerKind {
        match client_id(&self.username) {
            Some(client_id) if client_id.starts_with(API_TOKEN) => CallerKind::ApiToken,
            Some(_) => CallerKind::OauthClient,
            None => CallerKind::Person,
        }
    }

    /// Whether the caller is an API token.
    fn is_api_token(&self) -> bool {
        self.kind() == CallerKind::ApiToken
    }

    pub(crate) fn is(&self, user: &User) -> bool {
        self.id == user.id || user.username.as_deref().is_some_and(|name| self.has_name(name))
    }

    pub(crate) fn has_name(&self, username: &str) -> bool {
        same_name(username, &self.username)
    }
}

/// The client id within the user name of a machine credential.
fn client_id(username: &str) -> Option<&str> {
    username.strip_prefix(SERVICE_ACCOUNT)
}

/// The person who made the API token that makes the requests, maybe by way of other credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Creator {
    /// A user name.
    Named(String),
    /// A record in the chain is missing or names no maker.
    Unknown,
    /// The caller is no API token.
    NoToken,
}

impl Creator {
    /// Whether the person made the token. `None`: that cannot be told.
    pub(crate) fn is(&self, user: &User) -> Option<bool> {
        match self {
            Self::Named(creator) => Some(same_name(user.username.as_deref()?, creator)),
            Self::Unknown => None,
            Self::NoToken => Some(false),
        }
    }
}

/// Whether these are the user name of one person or credential.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[derive(Deserialize)]
struct CallerWire {
    id: Option<Guid>,
    username: Option<String>,
    email: Option<String>,
}

/// What `whoami` adds. Any of it may be missing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WhoamiWire {
    workspace_role: Option<String>,
}

/// An API token or an OAuth client.
#[derive(Clone, Debug)]
struct Credential {
    id: Guid,
    client_id: Option<String>,
    name: Option<String>,
    created_by: Option<String>,
    created_at: Option<Timestamp>,
    /// Seconds from its creation to its end.
    life: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialWire {
    id: Option<Guid>,
    client_id: Option<String>,
    display_name: Option<String>,
    created_by: Option<String>,
    attributes: Option<CredentialAttributes>,
}

/// Where a token has what an OAuth client has at the top.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialAttributes {
    client_id: Option<String>,
    display_name: Option<String>,
    created_by: Option<String>,
    /// Milliseconds since 1970, as text or as a number.
    #[serde(default)]
    created_at: Value,
    /// Seconds, as text or as a number.
    #[serde(default, rename = "access.token.lifespan")]
    life: Value,
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl Record for Credential {
    type Wire = CredentialWire;

    fn read(wire: CredentialWire, _: &Answer) -> Result<Self, &'static str> {
        let inner = wire.attributes.unwrap_or_default();
        let created_by = inner.created_by.or(wire.created_by).filter(|name| !name.trim().is_empty());
        Ok(Self {
            id: wire.id.ok_or("id")?,
            client_id: inner.client_id.or(wire.client_id),
            name: inner.display_name.or(wire.display_name),
            created_by,
            created_at: number(&inner.created_at).and_then(|at| Timestamp::from_millisecond(at).ok()),
            life: number(&inner.life),
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// What is known of the identity behind the credentials. Read once and kept.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    caller: Once<Caller>,
    /// The name of the caller's role, if `whoami` tells it.
    role: Once<Option<String>>,
    /// The record of the API token behind the credentials, if a list shows it.
    token: Once<Option<Credential>>,
    creator: Once<Creator>,
}

impl Identity {
    /// The identity that makes the requests.
    pub(crate) async fn current(&self, api: &Api) -> Result<&Caller> {
        let read = async || {
            let answer = api.send(Request::get(CURRENT)).await?;
            let wire: CallerWire = answer.json()?;
            let id = wire.id.ok_or_else(|| answer.unreadable("`id` is missing"))?;
            let username = wire.username.ok_or_else(|| answer.unreadable("`username` is missing"))?;
            let email = wire.email.filter(|email| !email.trim().is_empty());
            Ok(Caller { id, username, email })
        };
        api.once(&self.caller, CURRENT, read).await
    }

    /// The name of the caller's role. `None`: the tenant does not tell it.
    pub(crate) async fn role(&self, api: &Api) -> Result<Option<String>> {
        // A wrong address shows here; a 404 that follows is about one path.
        self.current(api).await?;
        let read = async || match api.send(Request::get(WHOAMI)).await {
            Ok(answer) => Ok(answer.json::<WhoamiWire>()?.workspace_role),
            // No SDK depends on this path, so a tenant may lack it.
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        };
        Ok(api.once(&self.role, WHOAMI, read).await?.clone())
    }

    /// The API token that makes the requests. `None`: the caller is no API token, or lists do not show it.
    pub(crate) async fn own_token(&self, api: &Api) -> Result<Option<OwnToken>> {
        let token = self.own_record(api).await?.as_ref();
        Ok(token.map(|token| OwnToken {
            id: token.id.clone(),
            name: token.name.clone(),
            created_by: token.created_by.clone(),
            expires_at: token
                .created_at
                .zip(token.life)
                .and_then(|(at, life)| at.checked_add(SignedDuration::from_secs(life)).ok()),
        }))
    }

    async fn own_record(&self, api: &Api) -> Result<&Option<Credential>> {
        let read = async || {
            let caller = self.current(api).await?;
            match client_id(&caller.username) {
                Some(client_id) if caller.is_api_token() => credential(api, client_id).await,
                _ => Ok(None),
            }
        };
        api.once(&self.token, TOKENS, read).await
    }

    /// Whether a record says that the caller made the object, at `since` or later. Without `since` the name alone decides. If
    /// the record names nobody, or no time where `since` asks for one, the answer is no.
    pub(crate) async fn is_author(
        &self,
        api: &Api,
        author: &Author,
        since: Option<Timestamp>,
    ) -> Result<bool> {
        let Some(name) = &author.name else { return Ok(false) };
        if !self.current(api).await?.has_name(name) {
            return Ok(false);
        }
        let Some(since) = since else { return Ok(true) };
        Ok(author.at.is_some_and(|at| since.duration_since(at) <= CLOCK_SLACK))
    }

    /// The person who made the API token behind the credentials; if another credential made it, the person who made that
    /// one.
    pub(crate) async fn creator(&self, api: &Api) -> Result<&Creator> {
        let read = async || {
            let caller = self.current(api).await?;
            if !caller.is_api_token() {
                return Ok(Creator::NoToken);
            }
            let mut name = caller.username.clone();
            for _ in 0..LONGEST_CHAIN {
                let Some(client_id) = client_id(&name) else { return Ok(Creator::Named(name)) };
                let credential = if name == caller.username {
                    self.own_record(api).await?.clone()
                } else {
                    credential(api, client_id).await?
                };
                match credential.and_then(|credential| credential.created_by) {
                    Some(creator) => name = creator,
                    None => return Ok(Creator::Unknown),
                }
            }
            Ok(Creator::Unknown)
        };
        api.once(&self.creator, TOKENS, read).await
    }
}

/// The record of a credential. `None`: no list shows it.
async fn credential(api: &Api, client_id: &str) -> Result<Option<Credential>> {
    let path = if client_id.starts_with(API_TOKEN) {
        TOKENS
    } else if client_id.starts_with(OAUTH_CLIENT) {
        "oauth-clients"
    } else {
        return Ok(None);
    };
    let list = List::of(path).filter(&filter::equals("clientId", client_id));
    let credentials: Vec<Credential> = api.list(&list).await?;
    Ok(credentials.into_iter().find(|credential| credential.client_id.as_deref() == Some(client_id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::UserStatus;

    #[test]
    fn only_api_tokens_have_a_maker_to_protect() {
        let caller = |username: &str| Caller {
            id: "a".parse().expect("a GUID"),
            username: username.into(),
            email: None,
        };
        assert!(caller("service-account-apikey-1").is_api_token());
        assert!(!caller("service-account-oauth-client-1").is_api_token());
        assert!(!caller("apikey-1").is_api_token());
    }

    #[test]
    fn a_maker_is_told_by_user_name_and_otherwise_not_at_all() {
        let person = |username: Option<&str>| User {
            id: "u".parse().expect("a GUID"),
            email: "ada@example.com".into(),
            username: username.map(str::to_owned),
            role: None,
            status: UserStatus::Active,
            invited_at: None,
            invited_by: None,
            first_name: None,
            last_name: None,
            is_scim: None,
            last_login_at: None,
            created_at: None,
            is_in_groups: None,
        };
        let creator = Creator::Named("Ada".into());
        assert_eq!(creator.is(&person(Some("ada"))), Some(true));
        assert_eq!(creator.is(&person(Some("bob"))), Some(false));
        assert_eq!(creator.is(&person(None)), None, "it may be them");
        assert_eq!(Creator::Unknown.is(&person(Some("bob"))), None);
        assert_eq!(Creator::NoToken.is(&person(None)), Some(false));
    }
}
