//! Lists that one answer holds completely: concurrent calls share a request, and calls that come soon after share it, too.
//!
//! A call says how old the list may be, counted from the time when its request was sent. Calls that wait at the same
//! time are answered by one request that was sent after all of them came, or at the latest by the request after that
//! one. They share its failure, too; a call that comes after the failure sends a new request.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::api::Api;
use crate::error::{Error, Result};

/// One list, as it was last read.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    taken: tokio::sync::Mutex<Option<Taken<T>>>,
    /// When the last write of this process ended: what was read before may be outdated.
    written: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Taken<T> {
    /// When the request left.
    at: Instant,
    /// When it was answered.
    ended: Instant,
    result: Result<Arc<T>>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { taken: tokio::sync::Mutex::default(), written: Mutex::default() }
    }
}

impl<T> Listing<T> {
    /// The list as of `oldest` or later.
    pub(crate) async fn since<F>(
        &self,
        api: &Api,
        path: &str,
        oldest: Instant,
        read: impl FnOnce() -> F,
    ) -> Result<Arc<T>>
    where
        F: Future<Output = Result<T>>,
    {
        let called = Instant::now();
        let mut taken = api.wait("GET", path, self.taken.lock()).await?;
        let oldest = self.written().map_or(oldest, |written| written.max(oldest));
        let answers =
            |taken: &&Taken<T>| taken.at >= oldest && (taken.result.is_ok() || called < taken.ended);
        if let Some(Taken { result, .. }) = taken.as_ref().filter(answers) {
            return result.as_ref().map(Arc::clone).map_err(Error::duplicate);
        }
        let at = Instant::now();
        let result = read().await.map(Arc::new);
        // The end of one call says nothing to the others.
        if !matches!(result, Err(Error::Stopped { .. })) {
            let shared = result.as_ref().map(Arc::clone).map_err(Error::duplicate);
            *taken = Some(Taken { at, ended: Instant::now(), result: shared });
        }
        result
    }

    /// Notes that a write of this process has ended.
    pub(crate) fn wrote(&self) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn written(&self) -> Option<Instant> {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::config::{Config, Credentials};
    use crate::secret::Secret;

    fn api() -> Api {
        let url = crate::config::parse_base_url("https://example.atlan.com").expect("a URL");
        Api::new(Config::new(url, Credentials::ApiKey(Secret::new("key")))).expect("good settings")
    }

    /// How many requests four calls at the same time need, each of which takes a list from `oldest` on.
    async fn requests(listing: &Listing<Vec<u8>>, oldest: Option<Instant>, failing: bool) -> usize {
        let (api, count) = (api(), AtomicUsize::new(0));
        let read = async || {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
            if failing { Err(Error::NotFound { subject: "it".into() }) } else { Ok(vec![7]) }
        };
        let call = || listing.since(&api, "x", oldest.unwrap_or_else(Instant::now), read);
        let results = tokio::join!(call(), call(), call(), call());
        for result in [results.0, results.1, results.2, results.3] {
            assert_eq!(result.is_err(), failing);
        }
        count.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_at_the_same_time_share_a_request_and_its_failure() {
        let start = Instant::now();
        for failing in [false, true] {
            let listing = Listing::default();
            assert_eq!(requests(&listing, Some(start), failing).await, 1);
            let again = requests(&listing, Some(start), failing).await;
            assert_eq!(again, usize::from(failing), "a list is still known, a failure is not");
            assert_eq!(requests(&listing, None, failing).await, 1, "not new enough");
            listing.wrote();
            assert_eq!(requests(&listing, Some(start), failing).await, 1, "outdated by a write");
        }
    }
}
