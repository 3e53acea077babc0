//! The journal: it records every request to the API as soon as it arrives, so that tests can assert what was really
//! sent.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use crate::pattern;

/// The outcome of a request so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It waits, in a fault or in the tenant's latency.
    Open,
    /// It has a status.
    Answered,
    /// Its connection was closed without an answer.
    Dropped,
}

/// Whether the bearer token of a request was valid. The token itself is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// There was none.
    Missing,
    /// It belonged to no caller.
    Wrong,
    /// It was valid when the request arrived.
    Right,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Counts from 1, and continues after the journal is cleared.
    pub number: u64,
    /// In capitals.
    pub method: String,
    /// As sent, without the query.
    pub path: String,
    /// As sent, without the question mark; empty when there was none.
    pub query: String,
    /// JSON; a string when it was something else, null when there was none. Client secrets are masked.
    pub body: Option<Value>,
    /// Null until answered.
    pub status: Option<u16>,
    /// The outcome so far.
    pub outcome: Outcome,
    /// Whether it has reached the tenant: possible without an answer, and impossible for some answers.
    pub applied: bool,
    /// When it arrived, RFC 3339, on the tenant's clock.
    pub at: String,
    /// From arrival to answer, milliseconds.
    pub elapsed_ms: Option<u64>,
    /// Index of the fault rule that handled it, from 0.
    pub fault: Option<usize>,
    /// Whether its bearer token was right.
    pub authorization: Authorization,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `X-Atlan-Request-Id`, as sent.
    pub request_id: Option<String>,
    /// Every header whose name starts with `x-atlan-`, the request id apart.
    pub agent: BTreeMap<String, String>,
}

impl Entry {
    /// Whether it asks for a change: everything but `GET` and fetching a token.
    pub fn is_write(&self) -> bool {
        self.method != "GET" && self.path != "/api/service/oauth-clients/token"
    }

    /// Whether method and path fit; `*` stands for any method, or any run of characters of the path.
    pub fn fits(&self, method: &str, path: &str) -> bool {
        (method == "*" || self.method.eq_ignore_ascii_case(method)) && pattern::fits(path, &self.path)
    }

    /// The method, and the path with `*` in place of each part that names one object: `GET /api/service/groups/*/members`.
    #[must_use]
    pub fn kind(&self) -> String {
        let part = |part: &str| if names_an_object(part) { "*".to_owned() } else { part.to_owned() };
        let path: Vec<String> = self.path.split('/').map(part).collect();
        format!("{} {}", self.method, path.join("/"))
    }

    /// The first value of a query parameter, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// Whether a part of a path is a GUID, also behind a prefix, as in `oauth-client-0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910`.
fn names_an_object(part: &str) -> bool {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut groups = part.rsplitn(LENGTHS.len() + 1, '-');
    let mut is_hex = |length: usize| {
        groups
            .next()
            .is_some_and(|group| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    LENGTHS.into_iter().rev().all(&mut is_hex)
}

/// `POST /api/service/groups 200`
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        match (self.status, self.outcome) {
            (Some(status), _) => write!(f, " {status}"),
            (None, Outcome::Dropped) => f.write_str(" dropped"),
            (None, _) => f.write_str(" open"),
        }
    }
}

/// The requests so far, in the order of their arrival. Reads like a slice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Journal(Vec<Entry>);

impl Journal {
    /// The requests that ask for a change.
    #[must_use]
    pub fn writes(&self) -> Journal {
        Self(self.0.iter().filter(|entry| entry.is_write()).cloned().collect())
    }

    /// The requests with this method and path pattern; `*` stands for any.
    #[must_use]
    pub fn on(&self, method: &str, path: &str) -> Journal {
        Self(self.0.iter().filter(|entry| entry.fits(method, path)).cloned().collect())
    }

    /// How many have this method and path pattern.
    #[must_use]
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.0.iter().filter(|entry| entry.fits(method, path)).count()
    }

    /// How many requests of each kind there are.
    #[must_use]
    pub fn by_kind(&self) -> Kinds {
        let mut kinds = Kinds::default();
        for entry in &self.0 {
            *kinds.0.entry(entry.kind()).or_default() += 1;
        }
        kinds
    }
}

/// Numbers of requests by their kind, see [`Entry::kind`]. Reads like a map, and shows as one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Kinds(BTreeMap<String, usize>);

impl Deref for Kinds {
    type Target = BTreeMap<String, usize>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// `3 GET /groups/*/members, 50 POST /users/*/groups`: without the prefix that all paths of people and groups have.
impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (kind, count)) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{count} {}", kind.replacen(" /api/service", " ", 1))?;
        }
        Ok(())
    }
}

impl Deref for Journal {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.0
    }
}

impl IntoIterator for Journal {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// One line per request.
impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

/// Keeps the journal and notifies waiting tasks of each change.
#[derive(Debug)]
pub(crate) struct Recorder {
    entries: Mutex<(u64, Vec<Entry>)>,
    changed: watch::Sender<u64>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::default(), changed: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Vec<Entry>)> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request and assigns its number.
    pub(crate) fn arrived(&self, mut entry: Entry) -> u64 {
        let number = {
            let mut journal = self.lock();
            journal.0 += 1;
            entry.number = journal.0;
            journal.1.push(entry);
            journal.0
        };
        self.changed.send_modify(|version| *version += 1);
        number
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Entry)) {
        {
            let entries = &mut self.lock().1;
            if let Ok(at) = entries.binary_search_by_key(&number, |entry| entry.number) {
                change(&mut entries[at]); // not found: cleared in the meantime
            }
        }
        self.changed.send_modify(|version| *version += 1);
    }

    pub(crate) fn applied(&self, number: u64) {
        self.change(number, |entry| entry.applied = true);
    }

    pub(crate) fn answered(&self, number: u64, status: u16, elapsed: Duration) {
        self.change(number, |entry| {
            entry.status = Some(status);
            entry.outcome = Outcome::Answered;
            entry.elapsed_ms = u64::try_from(elapsed.as_millis()).ok();
        });
    }

    pub(crate) fn dropped(&self, number: u64) {
        self.change(number, |entry| entry.outcome = Outcome::Dropped);
    }

    pub(crate) fn clear(&self) {
        self.lock().1.clear();
        self.changed.send_modify(|version| *version += 1);
    }

    pub(crate) fn journal(&self) -> Journal {
        Journal(self.lock().1.clone())
    }

    /// How many requests the journal has, and the last of them, at most `most`, in the order of their arrival.
    pub(crate) fn last(&self, most: usize) -> (usize, Vec<Entry>) {
        let entries = &self.lock().1;
        (entries.len(), entries[entries.len().saturating_sub(most)..].to_vec())
    }

    /// Waits until `wanted` finds something in the journal, and returns it.
    pub(crate) async fn until<T>(&self, wanted: impl Fn(&[Entry]) -> Option<T>) -> Option<T> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            if let Some(found) = wanted(&self.lock().1) {
                return Some(found);
            }
            if changed.changed().await.is_err() {
                return None;
            }
        }
    }
}
