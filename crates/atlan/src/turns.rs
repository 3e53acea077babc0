//! Calls for one address: one runs after the other.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

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
}
