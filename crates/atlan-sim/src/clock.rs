//! The tenant's time: a monotonic clock that a test may push forward instead of sleeping.
//!
//! Everything that happens "after a while" (a person becoming visible, an invitation expiring, a lost request taking
//! effect late) is measured here. [`Clock::advance`] moves all of it at once and wakes every task that sleeps on the
//! clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

/// Shared by everything in one tenant; a clone tells the same time.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    started: Instant,
    started_at: Timestamp,
    advanced: Arc<watch::Sender<Duration>>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let advanced = Arc::new(watch::Sender::new(Duration::ZERO));
        Self { started: Instant::now(), started_at: Timestamp::now(), advanced }
    }

    /// Time since the start, what was skipped included. Never goes back.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed() + *self.advanced.borrow()
    }

    /// The same as a date.
    pub(crate) fn timestamp(&self) -> Timestamp {
        let now = jiff::SignedDuration::try_from(self.now()).unwrap_or(jiff::SignedDuration::MAX);
        self.started_at.checked_add(now).unwrap_or(Timestamp::MAX)
    }

    /// Skips `by`, and wakes every sleeper whose time has come.
    pub(crate) fn advance(&self, by: Duration) {
        self.advanced.send_modify(|advanced| *advanced = advanced.saturating_add(by));
    }

    /// Waits until this clock shows `due`. The argument is a point in time, so that time skipped before the wait begins
    /// counts.
    pub(crate) async fn sleep_until(&self, due: Duration) {
        let mut advanced = self.advanced.subscribe();
        loop {
            let left = due.saturating_sub(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                changed = advanced.changed() => {
                    if changed.is_err() {
                        return; // the tenant is gone, and its time with it
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn advancing_wakes_who_sleeps_on_the_clock() {
        let clock = Clock::start();
        let before = clock.timestamp();
        let hour = Duration::from_secs(3600);
        tokio::join!(clock.sleep_until(hour), async { clock.advance(hour) });
        clock.sleep_until(hour).await;
        assert!(clock.now() >= Duration::from_secs(3600));
        assert!(clock.timestamp().duration_since(before).as_secs() >= 3600);
    }
}
