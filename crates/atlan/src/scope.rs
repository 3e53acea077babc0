//! The limits of one call: its deadline, its cancellation, and how long it has waited.
//!
//! A scope ends at its deadline or cancellation. From then on no request starts and every wait ends. A write in flight
//! may still be answered, and [`Scope::settling`] gives the look-ups that complete it some extra time.

use std::future::Future;
use std::ops::{Add, Sub};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::error::Stop;

#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    deadline: Option<Instant>,
    cancel: CancellationToken,
    /// When the call began. `None`: outside of a call.
    begun: Option<Instant>,
    /// When the scope was first seen to have ended, and why; shared by all clones.
    ended: Arc<OnceLock<(Instant, Stop)>>,
    /// When the last write of the call was answered, or got no answer; shared by all clones.
    answered: Arc<Mutex<Option<Instant>>>,
    grace: Duration,
    /// Whether what was accepted is waited for only as long as lists may take to show it.
    is_brief: bool,
    waited: Arc<Mutex<Waited>>,
}

/// How long a call has waited, and for what. Not the requests themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waited {
    /// So that no minute holds more requests than `requests_per_second` allows.
    pub pace: Duration,
    /// In pauses after Atlan answered 429.
    pub throttled: Duration,
    /// Between attempts after other failures, and until a write showed in what Atlan lists.
    pub other: Duration,
}

/// What closes the gate of the limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Pace,
    Throttled,
}

impl Waited {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.pace + self.throttled + self.other
    }

    /// Adds time to one of the reasons.
    pub(crate) fn add(&mut self, reason: Reason, duration: Duration) {
        let field = match reason {
            Reason::Pace => &mut self.pace,
            Reason::Throttled => &mut self.throttled,
        };
        *field += duration;
    }

    /// The same for a call that began only `since` ago: requests that waited at the same time did not make it longer, so together no more
    /// than that counts, and the reason for the longest wait comes first.
    pub(crate) fn at_most(mut self, since: Duration) -> Self {
        let mut reasons = [&mut self.pace, &mut self.throttled, &mut self.other];
        reasons.sort_by_key(|reason| std::cmp::Reverse(**reason));
        let mut left = since;
        for reason in reasons {
            *reason = (*reason).min(left);
            left -= *reason;
        }
        self
    }
}

impl Add for Waited {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            pace: self.pace + more.pace,
            throttled: self.throttled + more.throttled,
            other: self.other + more.other,
        }
    }
}

impl Sub for Waited {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self {
            pace: self.pace.saturating_sub(less.pace),
            throttled: self.throttled.saturating_sub(less.throttled),
            other: self.other.saturating_sub(less.other),
        }
    }
}

impl Scope {
    pub(crate) fn new(deadline: Option<Instant>, cancel: CancellationToken) -> Self {
        Self { deadline, cancel, begun: Some(Instant::now()), ..Self::default() }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The same scope, whose end is no measure of how long something that was accepted may take to show.
    pub(crate) fn watching_briefly(&self) -> Self {
        Self { is_brief: true, ..self.clone() }
    }

    /// Until when something that was accepted is waited for. `visible`: the time by which lists should show it.
    pub(crate) fn watches_until(&self, visible: Instant) -> Instant {
        match self.deadline {
            Some(deadline) if self.is_brief => deadline.min(visible),
            Some(deadline) => deadline,
            None => visible,
        }
    }

    /// The same scope, ending `grace` later: for the look-ups that complete a write which has left.
    pub(crate) fn settling(&self, grace: Duration) -> Self {
        Self { grace: self.grace + grace, ..self.clone() }
    }

    /// Notes that a write was answered, or got no answer, just now.
    pub(crate) fn note_answer(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// The same scope for what completes a write. If its last write was answered after the end, the time of [`Scope::settling`] begins
    /// with that answer. Look-ups do not prolong it.
    pub(crate) fn answered(&self) -> Self {
        let last = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let late = self.ended().zip(last).map(|((at, _), last)| last.saturating_duration_since(at));
        Self { grace: self.grace.max(late.unwrap_or_default()), ..self.clone() }
    }

    /// The same scope with a later deadline, if its own is earlier. Cancelling ends it as before.
    pub(crate) fn at_least_until(&self, until: Instant) -> Self {
        let deadline = self.deadline.map(|deadline| deadline.max(until));
        Self { deadline, ended: Arc::default(), ..self.clone() }
    }

    /// When the scope ends, as far as that is known: a cancellation may come first.
    pub(crate) fn ends_at(&self) -> Option<Instant> {
        let end = self.ended().map(|(at, _)| at).or(self.deadline)?;
        Some(end + self.grace)
    }

    /// Why the scope has ended. `None`: it has not.
    pub(crate) fn stop(&self) -> Option<Stop> {
        let (at, stop) = self.ended()?;
        (Instant::now() >= at + self.grace).then_some(stop)
    }

    /// Ends when the scope does.
    pub(crate) async fn stopped(&self) -> Stop {
        let (at, stop) = match self.ended() {
            Some(ended) => ended,
            None => {
                let deadline = async {
                    match self.deadline {
                        Some(deadline) => sleep_until(deadline).await,
                        None => std::future::pending().await,
                    }
                };
                let stop = tokio::select! {
                    () = deadline => Stop::Deadline,
                    () = self.cancel.cancelled() => Stop::Cancelled,
                };
                *self.ended.get_or_init(|| (Instant::now(), stop))
            }
        };
        sleep_until(at + self.grace).await;
        stop
    }

    /// Runs something that may be dropped half-way, until it is done or the scope ends.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Stop> {
        if let Some(stop) = self.stop() {
            return Err(stop);
        }
        // Boxed, because futures that hold futures by value grow twofold at each level, and outgrow the stack of a thread.
        let work = Box::pin(work);
        tokio::select! {
            biased;
            done = work => Ok(done),
            stop = self.stopped() => Err(stop),
        }
    }

    /// Waits, and counts the time.
    pub(crate) async fn sleep(&self, duration: Duration) -> Result<(), Stop> {
        let start = Instant::now();
        let result = self.run(tokio::time::sleep(duration)).await;
        self.count_wait(Waited { other: start.elapsed(), ..Waited::default() });
        result
    }

    pub(crate) fn count_wait(&self, more: Waited) {
        let mut waited = self.waited.lock().unwrap_or_else(PoisonError::into_inner);
        *waited = *waited + more;
    }

    /// The waits of all requests, added up.
    pub(crate) fn waited(&self) -> Waited {
        *self.waited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long the call has waited: at most as long as it has lasted.
    pub(crate) fn has_waited(&self) -> Waited {
        let waited = self.waited();
        self.begun.map_or(waited, |begun| waited.at_most(begun.elapsed()))
    }

    fn ended(&self) -> Option<(Instant, Stop)> {
        let passed = self.deadline.filter(|deadline| *deadline <= Instant::now());
        if let Some(deadline) = passed {
            return Some(*self.ended.get_or_init(|| (deadline, Stop::Deadline)));
        }
        if self.cancel.is_cancelled() {
            return Some(*self.ended.get_or_init(|| (Instant::now(), Stop::Cancelled)));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_that_wait_at_the_same_time_are_not_added_up() {
        let scope = Scope::new(None, CancellationToken::new());
        let pause = || scope.sleep(Duration::from_secs(10));
        let _ = tokio::join!(pause(), pause(), pause());
        pause().await.expect("not stopped");
        assert_eq!(scope.has_waited(), Waited { other: Duration::from_secs(20), ..Waited::default() });
        // Nor are different reasons.
        scope.count_wait(Waited { throttled: Duration::from_secs(15), ..Waited::default() });
        assert_eq!(scope.has_waited().total(), Duration::from_secs(20));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(
            scope.waited() - Waited { other: Duration::from_secs(40), ..Waited::default() },
            Waited { throttled: Duration::from_secs(15), ..Waited::default() }
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_ends_waits_and_the_grace_prolongs_them() {
        let scope = Scope::new(Some(Instant::now() + Duration::from_secs(10)), CancellationToken::new());
        let settling = scope.settling(Duration::from_secs(5));
        let start = Instant::now();
        assert_eq!(scope.sleep(Duration::from_secs(60)).await, Err(Stop::Deadline));
        assert_eq!(start.elapsed(), Duration::from_secs(10));
        assert_eq!(scope.stop(), Some(Stop::Deadline));
        assert_eq!(settling.stop(), None);
        assert_eq!(settling.sleep(Duration::from_secs(60)).await, Err(Stop::Deadline));
        assert_eq!(start.elapsed(), Duration::from_secs(15));
        assert_eq!(scope.waited().total(), Duration::from_secs(15), "waits are counted together");
    }

    /// Many look-ups, one after the other, end together.
    #[tokio::test(start_paused = true)]
    async fn the_grace_begins_with_a_late_answer_and_look_ups_do_not_prolong_it() {
        let (start, grace) = (Instant::now(), Duration::from_secs(5));
        let scope = Scope::new(Some(start + Duration::from_secs(10)), CancellationToken::new());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(scope.answered().settling(grace).stop(), Some(Stop::Deadline), "no write was under way");
        scope.note_answer();
        for _ in 0..3 {
            let _ = scope.answered().settling(grace).sleep(Duration::from_secs(3)).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(35));
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_deadline_prolongs_and_cancelling_ends_all_the_same() {
        let (start, cancel) = (Instant::now(), CancellationToken::new());
        let scope = Scope::new(Some(start + Duration::from_secs(1)), cancel.clone());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(scope.stop(), Some(Stop::Deadline));
        let longer = scope.at_least_until(start + Duration::from_secs(10));
        assert_eq!(longer.stop(), None);
        assert_eq!(longer.sleep(Duration::from_secs(60)).await, Err(Stop::Deadline));
        assert_eq!(start.elapsed(), Duration::from_secs(10));
        let longer = scope.at_least_until(start + Duration::from_secs(99));
        cancel.cancel();
        assert_eq!(longer.stop(), Some(Stop::Cancelled));
    }

    #[tokio::test(start_paused = true)]
    async fn cancelling_ends_a_wait_at_once() {
        let cancel = CancellationToken::new();
        let scope = Scope::new(None, cancel.clone());
        let start = Instant::now();
        let (result, ()) = tokio::join!(scope.sleep(Duration::from_secs(60)), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancel.cancel();
        });
        assert_eq!(result, Err(Stop::Cancelled));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        assert_eq!(scope.run(async { 7 }).await, Err(Stop::Cancelled));
        assert_eq!(scope.settling(Duration::from_secs(3)).run(async { 7 }).await, Ok(7));
    }
}
