//! API tokens: look-ups, create, update, delete.
//!
//! All tokens come in one list, which all calls share (`listing.rs`).

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api::Api;
use crate::create::{Creates, absent_by_after};
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::identity::Identity;
use crate::list::{List, Walk};
use crate::listing::Listing;
use crate::records::ApiToken;
use crate::request::Request;
use crate::settle::{self, Settled};

mod create;
mod wire;

pub use create::NewApiToken;
use create::{NewTokens, PATIENCE};

/// Path of the list of tokens.
const TOKENS: &str = "apikeys";
/// How often a token is made whose secret was lost with the answer.
const CREATES: usize = 2;

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

impl ApiTokenUpdate {
    fn is_done_in(&self, token: &ApiToken) -> bool {
        token.display_name == self.display_name
            && token.description == self.description.trim()
            && self.personas.as_ref().is_none_or(|personas| *personas == token.personas)
    }

    fn body(&self, present: &ApiToken) -> Value {
        json!({
            "displayName": self.display_name,
            "description": self.description,
            "personaQualifiedNames": self.personas.as_ref().unwrap_or(&present.personas),
        })
    }
}

/// All tokens, as they were last read.
#[derive(Debug, Default)]
pub(crate) struct AllTokens(Listing<ApiToken>);

impl AllTokens {
    async fn since(&self, api: &Api, oldest: Instant) -> Result<Arc<Vec<ApiToken>>> {
        self.0.since(api, TOKENS, oldest, || async { api.list(&list()).await }).await
    }
}

fn list() -> List {
    List::of(TOKENS).with("sort", "createdAt")
}

/// The tokens of a tenant.
#[derive(Debug)]
pub(crate) struct Tokens {
    all: Arc<AllTokens>,
    creates: Arc<Creates<NewTokens>>,
    identity: Arc<Identity>,
    /// Names of the attempts of this process.
    attempts: Mutex<HashSet<String>>,
}

impl Tokens {
    pub(crate) fn new(identity: &Arc<Identity>) -> Self {
        let all = Arc::<AllTokens>::default();
        let creates = Arc::new(Creates::new(NewTokens { all: Arc::clone(&all) }));
        Self { all, creates, identity: Arc::clone(identity), attempts: Mutex::default() }
    }

    /// All tokens, as of a few minutes ago or later.
    pub(crate) async fn all(&self, api: &Api) -> Result<Arc<Vec<ApiToken>>> {
        self.all.since(api, recently(api)).await
    }

    /// Page by page, not kept.
    pub(crate) fn pages(&self) -> Walk<ApiToken> {
        Walk::new(list())
    }

    /// Absence is confirmed.
    pub(crate) async fn find(&self, api: &Api, id: &Guid) -> Result<Option<ApiToken>> {
        let asked = Instant::now();
        for oldest in [recently(api), asked] {
            let all = self.all.since(api, oldest).await?;
            if let Some(found) = all.iter().find(|token| token.id == *id) {
                return Ok(Some(found.clone()));
            }
        }
        Ok(None)
    }

    async fn now(&self, api: &Api, id: &Guid) -> Result<Option<ApiToken>> {
        let all = self.all.since(api, Instant::now()).await?;
        Ok(all.iter().find(|token| token.id == *id).cloned())
    }

    /// Makes a token under a name that no other has, and returns it with its secret. `name` gives a name for each attempt, before
    /// it leaves. If the answer is lost, the secret is lost with it: then that token is deleted, and one more is made.
    pub(crate) async fn create(
        &self,
        api: &Api,
        new: &NewApiToken,
        mut name: impl FnMut() -> String + Send,
    ) -> Result<ApiToken> {
        for _ in 0..CREATES {
            let name = name();
            self.attempts.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
            let token = self.creates.create(api, name.clone(), new.clone()).await?;
            if token.secret.is_some() {
                return Ok(token);
            }
            tracing::warn!(id = %token.id, name, "the secret of a new token was lost with the answer: deleting the token");
            if let Err(error) = self.remove(&api.settling(), &token.id).await {
                return Err(self.creates.unknown(
                    &name,
                    "its secret is lost, and it could not be deleted",
                    error,
                ));
            }
        }
        Err(Error::SecretLost { name: new.display_name.clone() })
    }

    /// Tokens that still have the name of an attempt to make one of this name, none of them made by this process. Costs no
    /// request after a recent read.
    pub(crate) async fn left_over(&self, api: &Api, display_name: &str) -> Result<Vec<ApiToken>> {
        let all = self.all(api).await?;
        let ours = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_left = |token: &&ApiToken| {
            is_attempt(&token.display_name, display_name) && !ours.contains(&token.display_name)
        };
        Ok(all.iter().filter(is_left).cloned().collect())
    }

    /// Looks for a token whose create was sent by an earlier client that never learned the outcome.
    pub(crate) async fn find_after_unknown(&self, api: &Api, name: &str) -> Result<Option<ApiToken>> {
        let until = absent_by_after(api, PATIENCE);
        let api = api.looking_until(until);
        let look = |api: Api| async move {
            let all = self.all.since(&api, Instant::now()).await?;
            Ok(all.iter().find(|token| token.display_name == name).cloned())
        };
        match (api.poll(until, look).await?, api.scope.stop()) {
            (None, Some(stop)) => Err(self.creates.stopped(&api, stop, None)),
            (found, _) => Ok(found),
        }
    }

    /// Gives a token just made its name. Whether the list has shown it so: a new token may show late.
    pub(crate) async fn name(&self, api: &Api, made: &ApiToken, update: &ApiTokenUpdate) -> Result<bool> {
        match self.send(api, made, update, api.timing().visible_within).await? {
            Settled::Shown(_) => Ok(true),
            Settled::Unread(_) => Ok(false),
            Settled::NotShown => match self.now(&api.settling(), &made.id).await {
                Ok(Some(shown)) => Err(not_applied(made, update, Some(&shown))),
                _ => Ok(false),
            },
        }
    }

    /// Waits for a token that an earlier client made to show.
    pub(crate) async fn unseen(&self, api: &Api, id: &Guid) -> Result<Option<ApiToken>> {
        let until = Instant::now() + api.timing().visible_within / 2;
        let api = api.looking_until(until);
        match (api.poll(until, |api| async move { self.now(&api, id).await }).await?, api.scope.stop()) {
            (None, Some(stop)) => Err(api.stopped("GET", TOKENS, stop, None)),
            (seen, _) => Ok(seen),
        }
    }

    /// Changes a token. Nothing is sent when nothing differs.
    pub(crate) async fn update(&self, api: &Api, id: &Guid, update: &ApiTokenUpdate) -> Result<ApiToken> {
        let Some(present) = self.now(api, id).await? else {
            return Err(Error::NotFound { subject: format!("the API token {id}") });
        };
        if update.is_done_in(&present) {
            return Ok(present);
        }
        let id = &present.id;
        match self.send(api, &present, update, api.timing().settle).await? {
            Settled::Shown(token) => Ok(token),
            Settled::NotShown => {
                let shown = self.now(&api.settling(), id).await?;
                Err(not_applied(&present, update, shown.as_ref()))
            }
            Settled::Unread(error) => {
                tracing::warn!(%id, %error, "the changed API token could not be read back");
                let ApiTokenUpdate { display_name, description, personas } = update.clone();
                let personas = personas.unwrap_or_else(|| present.personas.clone());
                Ok(ApiToken { display_name, description, personas, ..present })
            }
        }
    }

    async fn send(
        &self,
        api: &Api,
        present: &ApiToken,
        update: &ApiTokenUpdate,
        within: Duration,
    ) -> Result<Settled<ApiToken>> {
        let id = &present.id;
        let request = Request::set("apikeys/{id}", Some(update.body(present))).about(id);
        let shown =
            |api: Api| async move { Ok(self.now(&api, id).await?.filter(|token| update.is_done_in(token))) };
        let settled = settle::set_within(api, request, within, shown).await;
        // The list that shows the change is as new as that.
        if !matches!(settled, Ok(Settled::Shown(_))) {
            self.all.0.wrote();
        }
        settled
    }

    /// Refuses what would delete the token that makes the requests.
    pub(crate) async fn refuse_own(&self, api: &Api, username: &str) -> Result<()> {
        if !api.config().allow_self_lockout && self.identity.current(api).await?.has_name(username) {
            return Err(Error::OwnCredential { subject: format!("the credential {username}") });
        }
        Ok(())
    }

    /// Deletes a token, and waits until the list no longer shows it. One that was deleted already is no error.
    pub(crate) async fn delete(&self, api: &Api, id: &Guid, username: &str) -> Result<()> {
        self.refuse_own(api, username).await?;
        self.remove(api, id).await
    }

    pub(crate) async fn remove(&self, api: &Api, id: &Guid) -> Result<()> {
        let request = Request::delete("apikeys/{id}").about(id);
        let gone = |api: Api| async move { Ok(self.now(&api, id).await?.is_none().then_some(())) };
        let settled = settle::delete(api, request, gone).await;
        self.all.0.wrote();
        match settled? {
            Settled::Shown(()) => Ok(()),
            Settled::NotShown => {
                let action = format!("the deletion of the API token {id}");
                Err(Error::NotApplied { action, shown: "the token".to_owned() })
            }
            Settled::Unread(error) => {
                tracing::warn!(%id, %error, "Atlan deleted the API token; the list could not be read");
                Ok(())
            }
        }
    }
}

fn not_applied(present: &ApiToken, update: &ApiTokenUpdate, shown: Option<&ApiToken>) -> Error {
    let values = |name: &str, description: &str, personas: &BTreeSet<String>| {
        format!("name {name:?}, description {description:?}, personas {personas:?}")
    };
    let ApiTokenUpdate { display_name, description, personas } = update;
    let wanted = values(display_name, description, personas.as_ref().unwrap_or(&present.personas));
    let action = format!("the change of the API token {:?} to {wanted}", present.display_name);
    let shown = shown.map(|token| values(&token.display_name, &token.description, &token.personas));
    Error::NotApplied { action, shown: shown.unwrap_or_else(|| "no such token".to_owned()) }
}

/// The name of one attempt to make a token of this name. `digits`: eight hexadecimal ones, different in each attempt.
pub fn attempt_name(display_name: &str, digits: &str) -> String {
    format!("{display_name} ~{digits}")
}

fn is_attempt(name: &str, display_name: &str) -> bool {
    let digits = name.strip_prefix(display_name).and_then(|rest| rest.strip_prefix(" ~"));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digits.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(is_hex))
}

/// From when on a list of another call answers a refresh.
fn recently(api: &Api) -> Instant {
    let now = Instant::now();
    now.checked_sub(api.sharing().snapshot_life).unwrap_or(now)
}
