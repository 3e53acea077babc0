//! The gate every request of the process passes: how many at a time, how many a second, and when nobody may.
//!
//! Requests enter one after another through a fair turnstile. Reads queue for a turnstile of their own before, so that
//! a write that comes later than thousands of reads waits for one of them at most. The number in flight halves when Atlan says "too many requests" and grows back by one for every
//! full round of successes, as TCP does it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Requests that may go out at once after a quiet time, before the ceiling per second holds.
const BURST: f64 = 100.0;

#[derive(Debug)]
pub(crate) struct Limiter {
    max_concurrent: f64,
    per_second: f64,
    turnstile: tokio::sync::Mutex<()>,
    /// Where reads wait for their turn at the turnstile.
    reads: tokio::sync::Mutex<()>,
    changed: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    /// How many may be in flight, from 1 to the maximum; a fraction while it grows.
    allowed: f64,
    /// Nobody enters before.
    paused_until: Option<Instant>,
    /// Requests sent before this moment say nothing new about overload.
    halved_at: Option<Instant>,
    /// Tokens for the ceiling per second, and when they were last counted.
    tokens: f64,
    counted_at: Instant,
    /// Until when somebody was held back for another reason than requests in flight.
    held_until: Option<Instant>,
}

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Behind all reads and writes that wait.
    Read,
    /// Before all reads but one.
    Write,
}

/// The right to have one request in flight; given back on drop.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    limiter: &'a Limiter,
    entered: Instant,
    /// How long it had to wait because of a pause or the ceiling per second.
    pub(crate) waited: Duration,
}

impl Limiter {
    /// `per_second` 0: no ceiling.
    pub(crate) fn new(max_concurrent: usize, per_second: f64) -> Self {
        let allowed = max_concurrent.max(1) as f64;
        let state = State {
            in_flight: 0,
            allowed,
            paused_until: None,
            halved_at: None,
            tokens: BURST,
            counted_at: Instant::now(),
            held_until: None,
        };
        Self {
            max_concurrent: allowed,
            per_second,
            turnstile: tokio::sync::Mutex::new(()),
            reads: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
            state: Mutex::new(state),
        }
    }

    /// Waits for a place. May be dropped at any time.
    pub(crate) async fn enter(&self, priority: Priority) -> Permit<'_> {
        let start = Instant::now();
        let _queue = match priority {
            Priority::Read => Some(self.reads.lock().await),
            Priority::Write => None,
        };
        let _turn = self.turnstile.lock().await;
        loop {
            let changed = self.changed.notified();
            let obstacle = self.try_enter();
            match obstacle {
                None => {
                    let now = Instant::now();
                    let held_until = self.state().held_until.map_or(start, |held| held.min(now));
                    return Permit {
                        limiter: self,
                        entered: now,
                        waited: held_until.saturating_duration_since(start),
                    };
                }
                Some(Some(until)) => tokio::select! {
                    () = tokio::time::sleep_until(until) => {}
                    () = changed => {}
                },
                Some(None) => changed.await,
            }
        }
    }

    /// `None`: entered. `Some(Some(t))`: try again at `t`. `Some(None)`: try again when something changes.
    fn try_enter(&self) -> Option<Option<Instant>> {
        let now = Instant::now();
        let mut state = self.state();
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            state.held_until = Some(until);
            return Some(Some(until));
        }
        if state.in_flight >= state.allowed as usize {
            return Some(None);
        }
        if self.per_second > 0.0 {
            let earned = now.saturating_duration_since(state.counted_at).as_secs_f64() * self.per_second;
            state.tokens = (state.tokens + earned).min(BURST);
            state.counted_at = now;
            if state.tokens < 1.0 {
                // A millisecond more than needed: the timer is that coarse.
                let until = now + Duration::from_secs_f64((1.0 - state.tokens) / self.per_second + 0.001);
                state.held_until = Some(until);
                return Some(Some(until));
            }
            state.tokens -= 1.0;
        }
        state.in_flight += 1;
        None
    }

    /// Keeps everybody out for a while. A pause under way is only ever prolonged.
    pub(crate) fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration;
        let mut state = self.state();
        state.paused_until = Some(state.paused_until.map_or(until, |present| present.max(until)));
    }

    /// Requests that may be in flight at present.
    #[cfg(test)]
    fn allowed(&self) -> usize {
        self.state().allowed as usize
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The request was answered, and not with "too many".
    pub(crate) fn succeeded(&self) {
        let mut state = self.limiter.state();
        state.allowed = (state.allowed + 1.0 / state.allowed).min(self.limiter.max_concurrent);
    }

    /// The request was answered with "too many". Requests that left before the last halving don't halve again: a
    /// burst that is refused together counts once.
    pub(crate) fn throttled(&self) {
        let mut state = self.limiter.state();
        if state.halved_at.is_none_or(|halved| self.entered > halved) {
            state.allowed = (state.allowed / 2.0).max(1.0);
            state.halved_at = Some(Instant::now());
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.limiter.state().in_flight -= 1;
        self.limiter.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hundred_go_at_once_and_then_so_many_a_second() {
        let limiter = Limiter::new(1000, 25.0);
        let start = Instant::now();
        for _ in 0..100 {
            assert_eq!(limiter.enter(Priority::Read).await.waited, Duration::ZERO);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        let mut waited = Duration::ZERO;
        for _ in 0..50 {
            waited += limiter.enter(Priority::Read).await.waited;
        }
        assert!((1.9..2.2).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        assert_eq!(waited, start.elapsed(), "the wait is reported");
    }

    #[tokio::test(start_paused = true)]
    async fn zero_lifts_the_ceiling() {
        let limiter = Limiter::new(10, 0.0);
        let start = Instant::now();
        for _ in 0..10_000 {
            limiter.enter(Priority::Read).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody_and_is_reported() {
        let limiter = Arc::new(Limiter::new(10, 0.0));
        limiter.pause(Duration::from_secs(30));
        limiter.pause(Duration::from_secs(2));
        let start = Instant::now();
        let waiting: Vec<_> = (0..5)
            .map(|_| {
                let limiter = Arc::clone(&limiter);
                tokio::spawn(async move { limiter.enter(Priority::Read).await.waited })
            })
            .collect();
        for task in waiting {
            assert_eq!(task.await.expect("no panic"), Duration::from_secs(30));
        }
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn concurrency_halves_once_a_burst_and_grows_back() {
        let limiter = Limiter::new(8, 0.0);
        let mut burst = Vec::new();
        for _ in 0..8 {
            burst.push(limiter.enter(Priority::Read).await);
        }
        tokio::time::advance(Duration::from_millis(5)).await;
        burst.iter().for_each(Permit::throttled);
        assert_eq!(limiter.allowed(), 4);
        drop(burst);
        tokio::time::advance(Duration::from_millis(5)).await;
        for left in [2, 1, 1] {
            limiter.enter(Priority::Read).await.throttled();
            assert_eq!(limiter.allowed(), left);
            tokio::time::advance(Duration::from_millis(5)).await;
        }
        for _ in 0..60 {
            limiter.enter(Priority::Read).await.succeeded();
        }
        assert_eq!(limiter.allowed(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_enter_in_order() {
        let limiter = Arc::new(Limiter::new(1, 0.0));
        let first = limiter.enter(Priority::Read).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiting: Vec<_> = (0..20)
            .map(|number| {
                let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
                tokio::spawn(async move {
                    let _permit = limiter.enter(Priority::Read).await;
                    order.lock().expect("no panic").push(number);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(first);
        for task in waiting {
            task.await.expect("no panic");
        }
        assert_eq!(*order.lock().expect("no panic"), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_overtakes_all_reads_but_one() {
        let limiter = Arc::new(Limiter::new(1, 0.0));
        let first = limiter.enter(Priority::Read).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let enter = |priority, name: &'static str| {
            let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
            tokio::spawn(async move {
                let _permit = limiter.enter(priority).await;
                order.lock().expect("no panic").push(name);
            })
        };
        let mut waiting: Vec<_> = (0..1000).map(|_| enter(Priority::Read, "read")).collect();
        tokio::task::yield_now().await;
        waiting.push(enter(Priority::Write, "write"));
        tokio::task::yield_now().await;
        drop(first);
        for task in waiting {
            task.await.expect("no panic");
        }
        assert_eq!(order.lock().expect("no panic").iter().position(|name| *name == "write"), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_goes_away_blocks_nobody() {
        let limiter = Limiter::new(1, 0.0);
        let first = limiter.enter(Priority::Read).await;
        let gone = tokio::time::timeout(Duration::from_secs(1), limiter.enter(Priority::Read)).await;
        assert!(gone.is_err());
        drop(first);
        tokio::time::timeout(Duration::from_secs(1), limiter.enter(Priority::Read))
            .await
            .expect("enters at once");
    }
}
