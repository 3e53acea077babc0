//! The caller: the identity behind a bearer token, and what that kind of caller may do.

use std::time::Duration;

use crate::reply::{Outcome, Refusal};
use crate::settings::KeyKind;
use crate::state::ids::Seeded;
use crate::state::{ApiToken, Ids, Key, OauthClient, Tenant, User};

/// The identity behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) kind: KeyKind,
    /// GUID of the person or of the service account.
    pub(crate) id: String,
    pub(crate) username: String,
    /// Name of the role that bounds what the caller may do.
    pub(crate) role: String,
}

/// A bearer token handed to an OAuth client.
#[derive(Debug)]
pub(crate) struct AccessToken {
    pub(crate) token: String,
    pub(crate) expires_in: u32,
}

impl Caller {
    fn token(token: &ApiToken) -> Self {
        Self {
            kind: KeyKind::ApiToken,
            id: token.account.clone(),
            username: format!("service-account-{}", token.client_id),
            role: "$admin".into(),
        }
    }

    fn client(client: &OauthClient) -> Self {
        Self {
            kind: KeyKind::OauthClient,
            id: client.account.clone(),
            username: format!("service-account-{}", client.client_id),
            role: client.role.clone(),
        }
    }

    pub(crate) fn person(user: &User) -> Self {
        Self {
            kind: KeyKind::User,
            id: user.id.clone(),
            username: user.username.clone().unwrap_or_else(|| user.email.clone()),
            role: user.role.name().into(),
        }
    }

    /// # Errors
    /// 403 unless the caller is one of these kinds.
    pub(crate) fn must_be(&self, kinds: &[KeyKind], to: &str) -> Outcome<()> {
        if kinds.contains(&self.kind) {
            return Ok(());
        }
        let who = match self.kind {
            KeyKind::ApiToken => "API tokens",
            KeyKind::OauthClient => "OAuth clients",
            KeyKind::User => "users",
        };
        Err(Refusal::forbidden(format!("{who} are not allowed to {to}")))
    }

    /// # Errors
    /// 403 unless the caller administers the workspace.
    pub(crate) fn must_administer(&self) -> Outcome<()> {
        if self.role == "$admin" {
            return Ok(());
        }
        Err(Refusal::forbidden(format!("{} has the role {}; this takes $admin", self.username, self.role)))
    }
}

impl Tenant {
    /// The caller that sends this bearer token.
    ///
    /// # Errors
    /// 401 when there is none, or when it is wrong, expired or revoked.
    pub(crate) fn caller(&self, bearer: Option<&str>) -> Outcome<Caller> {
        let bearer =
            bearer.ok_or_else(|| Refusal::unauthorized("authentication error 401: no bearer token"))?;
        let wrong = || Refusal::unauthorized("authentication error 401: invalid or expired token");
        if bearer == self.blueprint.api_key {
            return self.key_holder().ok_or_else(wrong);
        }
        if let Some((client, lapses)) = self.sessions.get(bearer) {
            let client = self.oauth_clients.get(*client).filter(|_| self.now() < *lapses);
            return client.map(Caller::client).ok_or_else(wrong);
        }
        let token = self.secrets.get(bearer).and_then(|id| self.tokens.by_id(id));
        token.and_then(|(_, token)| self.alive(token)).map(Caller::token).ok_or_else(wrong)
    }

    /// Remembers that the token behind this bearer token is in use, if it is an API token.
    pub(crate) fn note_use(&mut self, bearer: Option<&str>) {
        let now = self.today();
        let id = match bearer {
            Some(bearer) if bearer == self.blueprint.api_key => {
                (self.settings.key_kind == KeyKind::ApiToken).then(|| Ids::seeded(Seeded::Token, 0))
            }
            Some(bearer) => self.secrets.get(bearer).cloned(),
            None => None,
        };
        if let Some((key, _)) = id.and_then(|id| self.tokens.by_id(&id)) {
            self.tokens.change(key, |token| token.last_used = Some(now));
        }
    }

    /// The identity behind the tenant's own key, which depends on the kind it is set to.
    fn key_holder(&self) -> Option<Caller> {
        match self.settings.key_kind {
            KeyKind::ApiToken => {
                let (_, token) = self.tokens.by_id(&Ids::seeded(Seeded::Token, 0))?;
                self.alive(token).map(Caller::token)
            }
            KeyKind::OauthClient => self
                .oauth_clients
                .by_id(&Ids::seeded(Seeded::Client, 0))
                .map(|(_, client)| Caller::client(client)),
            KeyKind::User => {
                let (_, admin) = self.users.by_id(&Ids::seeded(Seeded::Admin, 0))?;
                admin.enabled.then(|| Caller::person(admin))
            }
        }
    }

    pub(crate) fn alive<'a>(&self, token: &'a ApiToken) -> Option<&'a ApiToken> {
        let creator = self.users.find("username", &token.created_by).next();
        let killed =
            self.settings.creator_disabled_kills_token && creator.is_some_and(|(_, user)| !user.enabled);
        (self.today().as_second() < token.ends() && !killed).then_some(token)
    }

    /// Trades the credentials of an OAuth client for a bearer token.
    ///
    /// # Errors
    /// 401 when they are wrong.
    pub(crate) fn open_session(&mut self, client_id: &str, secret: &str) -> Outcome<AccessToken> {
        let mut found = self.oauth_clients.find("clientId", client_id);
        let known = found.find(|(_, client)| client.client_id == client_id && client.secret == secret);
        let key: Key =
            known.map(|(key, _)| key).ok_or_else(|| Refusal::unauthorized("invalid client credentials"))?;
        let expires_in = self.settings.oauth_token_seconds;
        let token = format!("eyJhbGciOiJub25lIn0.oauth.{}", self.ids.fresh());
        self.sessions.insert(token.clone(), (key, self.now() + Duration::from_secs(expires_in.into())));
        Ok(AccessToken { token, expires_in })
    }

    /// Id and secret of the OAuth client the tenant starts with; empty when it was deleted.
    pub(crate) fn built_in_client(&self) -> (String, String) {
        let client = self.oauth_clients.by_id(&Ids::seeded(Seeded::Client, 0));
        client.map(|(_, client)| (client.client_id.clone(), client.secret.clone())).unwrap_or_default()
    }
}
