//! The gate that every request of the process passes. It limits how many requests are in flight and how many are sent in a
//! minute (`pace.rs`), and it closes for a while when Atlan answers "too many requests".
//!
//! Requests enter one after another through a fair turnstile. Reads first queue at a second turnstile, so that a write
//! behind thousands of reads waits for at most one of them. The number in flight halves when Atlan answers 429 and
//! grows back by one for every full round of successes, as TCP does it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::pace::Pace;
use crate::scope::{Reason, Waited};

/// The gate. Public for `cargo xtask numbers`, which simulates it.
#[derive(Debug)]
pub struct Limiter {
    max_concurrent: f64,
    /// Times of the pace count from this moment.
    started: Instant,
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
    /// No request may start before this time.
    paused_until: Option<Instant>,
    /// A 429 for a request sent before this moment is ignored: it was counted with an earlier one.
    halved_at: Option<Instant>,
    /// `None`: no limit by the minute.
    pace: Option<Pace>,
    /// How long the gate has been closed so far, by reason, while a request waited at it.
    closed: Waited,
    /// Why and since when it is closed at present.
    closing: Option<(Reason, Instant)>,
}

/// The order in which waiting requests enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Behind all reads and writes that wait.
    Read,
    /// Before all reads but one.
    Write,
}

/// The right to have one request in flight; given back on drop.
#[derive(Debug)]
pub struct Permit<'a> {
    limiter: &'a Limiter,
    entered: Instant,
    /// How long it had to wait because of a pause or the pace.
    pub waited: Waited,
}

impl Limiter {
    /// `per_second` is the average over a minute. 0: no limit.
    pub fn new(max_concurrent: usize, per_second: f64) -> Self {
        let allowed = max_concurrent.max(1) as f64;
        let state = State {
            in_flight: 0,
            allowed,
            paused_until: None,
            halved_at: None,
            pace: Pace::new(per_second),
            closed: Waited::default(),
            closing: None,
        };
        Self {
            max_concurrent: allowed,
            started: Instant::now(),
            turnstile: tokio::sync::Mutex::new(()),
            reads: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
            state: Mutex::new(state),
        }
    }

    /// Waits for a place. May be dropped at any time.
    pub async fn enter(&self, priority: Priority) -> Permit<'_> {
        let before = self.closed_so_far();
        let _queue = match priority {
            Priority::Read => Some(self.reads.lock().await),
            Priority::Write => None,
        };
        let _turn = self.turnstile.lock().await;
        loop {
            let changed = self.changed.notified();
            match self.try_enter() {
                Ok(entered) => {
                    return Permit { limiter: self, entered, waited: self.closed_so_far() - before };
                }
                Err(Some(until)) => tokio::select! {
                    () = tokio::time::sleep_until(until) => {}
                    () = changed => {}
                },
                Err(None) => changed.await,
            }
        }
    }

    /// How long the gate has been closed up to now, by reason. What this grows by while a request waits at the gate is the
    /// time that the request is held back by a pause or the pace, and not by other requests in flight.
    pub fn closed_so_far(&self) -> Waited {
        let mut state = self.state();
        let now = Instant::now();
        if let Some((reason, since)) = state.closing {
            state.closed.add(reason, now - since);
            state.closing = Some((reason, now));
        }
        state.closed
    }

    /// `Ok`: entered at that moment. `Err`: try again at that time, or when something changes.
    fn try_enter(&self) -> Result<Instant, Option<Instant>> {
        let mut state = self.state();
        let now = Instant::now();
        if let Some((reason, since)) = state.closing.take() {
            state.closed.add(reason, now - since);
        }
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            state.closing = Some((Reason::Throttled, now));
            return Err(Some(until));
        }
        if state.in_flight >= state.allowed as usize {
            return Err(None);
        }
        let since_start = now - self.started;
        if let Some(pace) = &mut state.pace {
            let due = pace.due(since_start);
            if due > since_start {
                state.closing = Some((Reason::Pace, now));
                return Err(Some(self.started + due));
            }
            pace.sent(since_start);
        }
        state.in_flight += 1;
        Ok(now)
    }

    /// Closes the gate for a while. Another pause can prolong this one, but not shorten it.
    pub fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration;
        let mut state = self.state();
        state.paused_until = Some(state.paused_until.map_or(until, |present| present.max(until)));
    }

    /// Slows the pace down after Atlan refused a request.
    fn slow_down(&self, state: &mut State, now: Instant) {
        let resumed = state.paused_until.map_or(now, |until| until.max(now));
        if let Some(pace) = &mut state.pace {
            pace.refused(now - self.started, resumed - self.started);
        }
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
    /// No request was sent with it.
    pub fn unused(self) {
        let entered = self.entered - self.limiter.started;
        let mut state = self.limiter.state();
        if let Some(pace) = &mut state.pace {
            pace.unsent(entered);
        }
        drop(state);
    }

    /// The request was answered, and not with "too many".
    pub fn succeeded(&self) {
        let mut state = self.limiter.state();
        state.allowed = (state.allowed + 1.0 / state.allowed).min(self.limiter.max_concurrent);
    }

    /// The request was answered with "too many", and [`Limiter::pause`] has been called if a pause follows. Concurrency
    /// halves and the pace slows down, but not for requests that left before the last time: a burst that is refused
    /// together counts once.
    pub fn throttled(&self) {
        let mut state = self.limiter.state();
        if state.halved_at.is_none_or(|halved| self.entered > halved) {
            let now = Instant::now();
            state.allowed = (state.allowed / 2.0).max(1.0);
            state.halved_at = Some(now);
            self.limiter.slow_down(&mut state, now);
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
    async fn half_of_a_minute_goes_at_once_and_the_rest_is_spread() {
        let limiter = Limiter::new(1000, 25.0);
        let start = Instant::now();
        for _ in 0..750 {
            assert_eq!(limiter.enter(Priority::Read).await.waited, Waited::default());
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        let mut waited = Waited::default();
        for _ in 0..50 {
            waited = waited + limiter.enter(Priority::Read).await.waited;
        }
        assert!((3.9..4.1).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        assert_eq!(waited, Waited { pace: start.elapsed(), ..Waited::default() }, "the wait is reported");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_tells_the_pace_from_a_pause() {
        let limiter = Limiter::new(10, 0.05);
        drop(limiter.enter(Priority::Write).await);
        limiter.pause(Duration::from_secs(7));
        let waited = limiter.enter(Priority::Write).await.waited;
        assert_eq!(waited.throttled, Duration::from_secs(7));
        assert_eq!(waited.pace, Duration::from_secs(13), "the gap of 20 s ends that much later");
        assert_eq!(waited.other, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_that_is_refused_together_slows_down_once_and_a_later_refusal_again() {
        let limiter = Limiter::new(10, 25.0);
        let mut burst = Vec::new();
        for _ in 0..4 {
            burst.push(limiter.enter(Priority::Read).await);
        }
        tokio::time::advance(Duration::from_millis(5)).await;
        limiter.pause(Duration::from_secs(2));
        burst.iter().for_each(Permit::throttled);
        drop(burst);
        let gap = async || {
            drop(limiter.enter(Priority::Read).await);
            let start = Instant::now();
            drop(limiter.enter(Priority::Read).await);
            start.elapsed().as_millis()
        };
        assert_eq!(gap().await, 80, "as if half of the minute were used");
        limiter.enter(Priority::Read).await.throttled();
        assert_eq!(gap().await, 100, "as if all of it were used");
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
            let waited = Waited { throttled: Duration::from_secs(30), ..Waited::default() };
            assert_eq!(task.await.expect("no panic"), waited);
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
