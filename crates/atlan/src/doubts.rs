//! Writes whose outcome is unknown, with the time until which a look-up of their objects proves nothing.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// Keys of writes with an unknown outcome, each with the time before which a look-up proves nothing: until then, a
/// create or a removal may still take effect.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<HashMap<String, Instant>>);

impl Doubts {
    /// Notes that a write for this key may still take effect until `until`.
    pub(crate) fn add(&self, key: &str, until: Instant) {
        let mut doubts = self.doubts();
        let known = doubts.entry(key.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    /// The time before which a look-up proves nothing.
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
    async fn of_two_doubts_the_longer_counts() {
        let (doubts, now) = (Doubts::default(), Instant::now());
        doubts.add("ada", now + Duration::from_secs(9));
        doubts.add("ada", now + Duration::from_secs(3));
        assert_eq!(doubts.until("ada"), Some(now + Duration::from_secs(9)));
        doubts.clear("ada");
        assert_eq!(doubts.until("ada"), None);
    }
}
