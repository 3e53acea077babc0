//! Creates of credentials that leave no useless credential behind. Atlan shows the secret once, in the answer, and
//! takes long to answer. Names are not unique, so each attempt uses a name of its own. If an answer is lost, that
//! name finds exactly the credential of that attempt.
//!
//! A create that is sent again after a lost answer uses the same name. If the first request takes effect after all, there
//! are two credentials of that name, and nobody has the secret of the first.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{All, Credential};
use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Author, Entry, Form, Kind};
use crate::error::{Existing, Result, Subject};
use crate::request::Request;

/// How many times `request_timeout` a create may take.
pub(super) const PATIENCE: u32 = 3;

/// Credentials of one kind as creates. Their key is the name of the attempt.
#[derive(Debug)]
pub(crate) struct NewCredentials<K> {
    pub(super) all: Arc<All<K>>,
    /// For each name, how many answers had been lost when its latest attempt was sent.
    lost: Mutex<HashMap<String, usize>>,
}

impl<K> NewCredentials<K> {
    pub(super) fn new(all: Arc<All<K>>) -> Self {
        Self { all, lost: Mutex::default() }
    }

    /// How many other credentials of this name there may be.
    pub(super) fn most_twins(&self, name: &str) -> usize {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0)
    }
}

impl<K: Credential> Kind for NewCredentials<K> {
    type New = K::New;
    type Record = K;

    const REQUEST: &'static str = "the request";
    const ONE: &'static str = K::ONE;
    const LIST: &'static str = K::ALL;
    const IS_UNIQUE: bool = false;
    const PATIENCE: u32 = PATIENCE;

    fn subject(key: &str) -> Subject {
        K::subject(key)
    }

    fn key<'a>(&self, record: &'a K) -> Cow<'a, str> {
        Cow::Borrowed(record.display_name())
    }

    fn existing(record: K) -> Existing {
        record.existing()
    }

    /// One credential a request.
    fn request(&self, entries: &[Entry<Self>]) -> Request {
        for entry in entries.iter().filter(|entry| entry.lost > 0) {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            lost.insert(entry.key.clone(), entry.lost as usize);
        }
        let body = entries.first().map(|entry| K::body(&entry.key, &entry.new));
        Request::create(K::LIST, body.unwrap_or_default()).patient(PATIENCE)
    }

    fn made(&self, entries: &[Entry<Self>], answer: &Answer) -> Result<Vec<K>> {
        let made = K::made(answer)?;
        // Whatever name the answer has: it is the answer to this request.
        Ok(entries.iter().map(|entry| made.clone().named(&entry.key)).collect())
    }

    async fn look(&self, api: &Api, names: &[String], _: Form) -> Result<Vec<K>> {
        let all = self.all.since(api, Instant::now()).await?;
        for name in names {
            all.proves_absent(name)?;
        }
        let is_asked_for = |one: &&K| names.iter().any(|name| name == one.display_name());
        Ok(all.records.iter().filter(is_asked_for).cloned().collect())
    }

    /// The name of the attempt says more: it is ours alone.
    fn author(&self, _: &K) -> Author {
        Author::default()
    }

    async fn is_by_us(&self, _: &Api, _: &Author, _: Option<Timestamp>) -> Result<bool> {
        Ok(false)
    }

    fn is_as_asked(&self, _: &K::New, _: &K) -> bool {
        true
    }

    fn shown(&self, _: &K) {}
}
