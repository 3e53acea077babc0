//! Calls for one address: one runs after the other, and each learns whether an earlier one left an unknown outcome.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// Lets one call at a time work for a key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Book>);

#[derive(Debug, Default)]
struct Book {
    taken: Mutex<HashSet<String>>,
    freed: Notify,
}

/// The right to work for a key; given back on drop.
#[derive(Debug)]
pub(crate) struct Turn {
    book: Arc<Book>,
    key: String,
}

impl Turns {
    /// Waits until no other call is at work for a key.
    pub(crate) async fn take(&self, key: &str) -> Turn {
        loop {
            let freed = self.0.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.0.taken().insert(key.to_owned()) {
                return Turn { book: Arc::clone(&self.0), key: key.to_owned() };
            }
            freed.await;
        }
    }
}

impl Book {
    fn taken(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.book.taken().remove(&self.key);
        self.book.freed.notify_waiters();
    }
}

/// Keys of writes with an unknown outcome, each with the time before which a look proves nothing: what was to be made may still come, and
/// what was to be removed may still go.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<HashMap<String, Instant>>);

impl Doubts {
    /// Notes that a write for this key may still take effect until `until`.
    pub(crate) fn add(&self, key: &str, until: Instant) {
        let mut doubts = self.doubts();
        let known = doubts.entry(key.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    /// The time before which a look proves nothing.
    pub(crate) fn until(&self, key: &str) -> Option<Instant> {
        self.doubts().get(key).copied()
    }

    /// Notes that the outcome of a write is known.
    pub(crate) fn clear(&self, key: &str) {
        self.doubts().remove(key);
    }

    fn doubts(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_for_one_key_follow_each_other_and_others_do_not_wait() {
        let turns = Turns::default();
        let first = turns.take("ada").await;
        turns.take("bob").await;
        let second = turns.take("ada");
        tokio::pin!(second);
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut second).await.is_err());
        drop(first);
        second.await;
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_doubts_the_longer_counts() {
        let (doubts, now) = (Doubts::default(), Instant::now());
        doubts.add("ada", now + Duration::from_secs(9));
        doubts.add("ada", now + Duration::from_secs(3));
        assert_eq!(doubts.until("ada"), Some(now + Duration::from_secs(9)));
        doubts.clear("ada");
        assert_eq!(doubts.until("ada"), None);
    }
}
