//! Creates of tokens, never forgotten. Atlan shows the secret once, in the answer, and is slow here. Names are not unique, so each
//! attempt gets a name of its own: by it exactly the token is found whose answer was lost.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use super::{AllTokens, TOKENS};
use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Author, Entry, Form, Kind};
use crate::error::{Existing, Result, Subject};
use crate::records::ApiToken;
use crate::request::Request;

/// How many times `request_timeout` a create may take.
pub(super) const PATIENCE: u32 = 3;

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

/// Tokens as creates. Their key is the name of the attempt.
#[derive(Debug)]
pub(crate) struct NewTokens {
    pub(super) all: Arc<AllTokens>,
}

impl Kind for NewTokens {
    type New = NewApiToken;
    type Record = ApiToken;

    const REQUEST: &'static str = "the request";
    const ONE: &'static str = "the API token";
    const LIST: &'static str = "the list of API tokens";
    const IS_UNIQUE: bool = false;
    const PATIENCE: u32 = PATIENCE;

    fn subject(key: &str) -> Subject {
        Subject::ApiToken(key.to_owned())
    }

    fn key<'a>(&self, token: &'a ApiToken) -> Cow<'a, str> {
        Cow::Borrowed(&token.display_name)
    }

    fn existing(token: ApiToken) -> Existing {
        Existing::ApiToken(Box::new(token))
    }

    /// One token a request.
    fn request(&self, entries: &[Entry<Self>]) -> Request {
        let body = |entry: &Entry<Self>| {
            let NewApiToken { description, personas, validity, .. } = &entry.new;
            json!({
                "displayName": entry.key,
                "description": description,
                "personaQualifiedNames": personas,
                "validitySeconds": validity.as_secs(),
            })
        };
        Request::create(TOKENS, entries.first().map(body).unwrap_or_default()).patient(PATIENCE)
    }

    fn made(&self, entries: &[Entry<Self>], answer: &Answer) -> Result<Vec<ApiToken>> {
        let token = super::wire::made(answer)?;
        // Whatever name the answer has: it is the answer to this request.
        Ok(entries
            .iter()
            .map(|entry| ApiToken { display_name: entry.key.clone(), ..token.clone() })
            .collect())
    }

    async fn look(&self, api: &Api, names: &[String], _: Form) -> Result<Vec<ApiToken>> {
        let all = self.all.since(api, Instant::now()).await?;
        Ok(all.iter().filter(|token| names.contains(&token.display_name)).cloned().collect())
    }

    /// The name of the attempt says more: it is ours alone.
    fn author(&self, _: &ApiToken) -> Author {
        Author::default()
    }

    async fn is_by_us(&self, _: &Api, _: &Author, _: Option<Timestamp>) -> Result<bool> {
        Ok(false)
    }

    fn is_as_asked(&self, _: &NewApiToken, _: &ApiToken) -> bool {
        true
    }

    fn shown(&self, _: &ApiToken) {}
}
