//! What a client has done so far: for the last line of the log, and for tests that count requests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::seconds;
use crate::request::Request;

/// What a client and its clones have done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Attempts by kind, such as `GET users` or `POST users/{id}/roles/update`.
    pub requests: BTreeMap<String, u64>,
    /// Attempts after the first of a request; repeated invitations are requests of their own.
    pub retries: u64,
    /// Answers with 429.
    pub throttled: u64,
    /// Time requests were held back, added up over all of them: pauses the server asked for, pauses between attempts, and
    /// the pace that `requests_per_second` allows.
    pub waited: Duration,
    /// Requests that carried invitations.
    pub batches: usize,
    /// Invitations in all batches together.
    pub invitations: usize,
    /// Invitations in the largest batch.
    pub largest_batch: usize,
    /// How people were read, and why.
    pub people: &'static str,
    /// How groups were read, and why.
    pub groups: &'static str,
}

impl Summary {
    /// Attempts of all kinds.
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }
}

/// `12 requests (11 GET users, 1 GET v2/groups), 0 retries, waited 0 s; people: …`
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests", self.total())?;
        let kinds: Vec<String> =
            self.requests.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        if !kinds.is_empty() {
            write!(f, " ({})", kinds.join(", "))?;
        }
        write!(
            f,
            ", {} retries, {} times throttled, waited {}",
            self.retries,
            self.throttled,
            seconds(self.waited)
        )?;
        if self.batches > 0 {
            let Self { invitations, batches, largest_batch, .. } = self;
            write!(f, "; {invitations} invitations in {batches} batches, the largest of {largest_batch}")?;
        }
        write!(f, "; people: {}; groups: {}", self.people, self.groups)
    }
}

/// Counts of the transport.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<Summary>);

impl Counts {
    fn counts(&self) -> MutexGuard<'_, Summary> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt, the first or another one.
    pub(crate) fn sent(&self, request: &Request, attempt: u32) {
        let mut counts = self.counts();
        let kind = format!("{} {}", request.method.as_str(), request.template);
        *counts.requests.entry(kind).or_default() += 1;
        counts.retries += u64::from(attempt > 1);
    }

    pub(crate) fn so_far(&self) -> Summary {
        self.counts().clone()
    }

    pub(crate) fn throttled(&self) {
        self.counts().throttled += 1;
    }

    pub(crate) fn waited(&self, duration: Duration) {
        self.counts().waited += duration;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_kind_and_not_by_object() {
        let counts = Counts::default();
        counts.sent(&Request::get("users"), 1);
        counts.sent(&Request::get("users"), 2);
        counts.sent(&Request::get("users/current"), 1);
        let id = "some-guid".parse().expect("a GUID");
        counts.sent(&Request::set("users/{id}/roles/update", None).about(&id), 1);
        counts.sent(&Request::set("groups/{id}", None).about(&id), 1);
        counts.waited(Duration::from_millis(1500));
        let summary = Summary { people: "look-ups", groups: "nothing read", ..counts.so_far() };
        assert_eq!(
            summary.to_string(),
            "5 requests (2 GET users, 1 GET users/current, 1 POST groups/{id}, 1 POST users/{id}/roles/update), \
             1 retries, 0 times throttled, waited 1.5 s; people: look-ups; groups: nothing read"
        );
    }
}
