//! Waiting for what the remote side does in its own time, and trying again what it refused for now.
//!
//! Both go on until the call's deadline, which the practitioner sets by `timeouts`, and end at once on Ctrl-C. Pauses
//! double from a first to a longest one. What to look at and what is worth another attempt is the handler's to say.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::diag::{Error, Result};

/// How the pauses between attempts grow: each is twice the one before, up to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// Pauses from `first` to `longest`. A first one of zero counts as a millisecond.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        let first = if first.is_zero() { Duration::from_millis(1) } else { first };
        Backoff { first, longest }
    }

    fn pauses(self) -> impl Iterator<Item = Duration> {
        let double = move |pause: &Duration| Some(pause.saturating_mul(2).min(self.longest));
        std::iter::successors(Some(self.first.min(self.longest)), double)
    }
}

/// From one second to ten.
impl Default for Backoff {
    fn default() -> Self {
        Backoff::new(Duration::from_secs(1), Duration::from_secs(10))
    }
}

/// Result of one poll of the remote side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed<T> {
    /// It is as it should be.
    Done(T),
    /// It is not there yet; the text says what it is, for the log and for the error when time is over: "status CREATING".
    Pending(String),
}

/// Why waiting ended without what was waited for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitError {
    /// The call's time limit was over.
    #[error("the time limit was over while waiting for {what}{}", Seen(.seen))]
    TimeOver {
        /// What was waited for.
        what: String,
        /// What the last look showed; empty if there was none.
        seen: String,
    },
    /// Ctrl-C.
    #[error("stopped while waiting for {what}{}", Seen(.seen))]
    Stopped {
        /// What was waited for.
        what: String,
        /// What the last look showed; empty if there was none.
        seen: String,
    },
}

struct Seen<'a>(&'a str);

impl fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; last seen: {}", self.0) }
    }
}

/// Until when to wait.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    pub(super) deadline: Instant,
    pub(super) cancel: &'a CancellationToken,
}

/// How a pause ended.
#[derive(PartialEq, Eq)]
enum Pause {
    Over,
    TimeOver,
    Stopped,
}

impl Limits<'_> {
    async fn pause(self, length: Duration) -> Pause {
        let end = Instant::now() + length;
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Pause::Stopped,
            () = tokio::time::sleep_until(end.min(self.deadline)) => {
                if end < self.deadline { Pause::Over } else { Pause::TimeOver }
            }
        }
    }

    /// Looks until it is done.
    pub(super) async fn until<T, F, Fut>(self, what: &str, backoff: Backoff, mut look: F) -> Result<T>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<Observed<T>>> + Send,
    {
        let mut seen = String::new();
        let stopped = |seen| WaitError::Stopped { what: what.to_owned(), seen };
        let time_over = |seen| WaitError::TimeOver { what: what.to_owned(), seen };
        for pause in backoff.pauses() {
            if self.cancel.is_cancelled() {
                return Err(stopped(seen).into());
            }
            match tokio::time::timeout_at(self.deadline, look()).await {
                Err(_) => break,
                Ok(observed) => match observed? {
                    Observed::Done(done) => return Ok(done),
                    Observed::Pending(state) => {
                        tracing::debug!(what, state, "waiting");
                        seen = state;
                    }
                },
            }
            match self.pause(pause).await {
                Pause::Over => {}
                Pause::TimeOver => break,
                Pause::Stopped => return Err(stopped(seen).into()),
            }
        }
        Err(time_over(seen).into())
    }

    /// Tries until it succeeds, is refused for good, or time is over; then the last refusal says why.
    pub(super) async fn retry<T, E, F, Fut>(
        self,
        backoff: Backoff,
        is_retryable: impl Fn(&E) -> bool + Send,
        mut attempt: F,
    ) -> Result<T>
    where
        E: Into<Error> + fmt::Display + Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T, E>> + Send,
    {
        let mut pauses = backoff.pauses();
        loop {
            let refusal = match attempt().await {
                Ok(done) => return Ok(done),
                Err(refusal) => refusal,
            };
            let Some(pause) = pauses.next().filter(|_| is_retryable(&refusal)) else {
                return Err(refusal.into());
            };
            tracing::debug!(%refusal, ?pause, "trying again");
            if self.pause(pause).await != Pause::Over {
                return Err(refusal.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error, PartialEq, Eq)]
    #[error("busy {0}")]
    struct Busy(u32);

    const SECOND: Duration = Duration::from_secs(1);

    fn limits(cancel: &CancellationToken, seconds: u32) -> Limits<'_> {
        Limits { deadline: Instant::now() + SECOND * seconds, cancel }
    }

    fn text(error: &Error) -> String {
        error.downcast_ref::<WaitError>().map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = |first, longest| -> Vec<u64> {
            backoff(first, longest).pauses().take(5).map(|p| p.as_secs()).collect()
        };
        fn backoff(first: u32, longest: u32) -> Backoff {
            Backoff::new(SECOND * first, SECOND * longest)
        }
        assert_eq!(seconds(1, 10), [1, 2, 4, 8, 10]);
        assert_eq!(seconds(5, 2), [2, 2, 2, 2, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_when_it_is_done() {
        let cancel = CancellationToken::new();
        let (start, mut looks) = (Instant::now(), 0);
        let done = limits(&cancel, 60).until("it", Backoff::default(), || {
            looks += 1;
            let look = looks;
            async move { Ok(if look == 4 { Observed::Done(look) } else { Observed::Pending(String::new()) }) }
        });
        assert_eq!(done.await.expect("it is done"), 4);
        assert_eq!(start.elapsed(), SECOND * 7, "1 s, 2 s and 4 s between four looks");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_with_the_deadline_and_tells_what_it_saw() {
        let cancel = CancellationToken::new();
        let pending = || async { Ok(Observed::<()>::Pending("status CREATING".to_owned())) };
        let start = Instant::now();
        let error = limits(&cancel, 5).until("group 7", Backoff::default(), pending).await.expect_err("late");
        assert_eq!(start.elapsed(), SECOND * 5);
        assert_eq!(
            text(&error),
            "the time limit was over while waiting for group 7; last seen: status CREATING"
        );
        // A look that hangs does not hold it up.
        let hangs = || std::future::pending::<Result<Observed<()>>>();
        let error = limits(&cancel, 5).until("group 7", Backoff::default(), hangs).await.expect_err("late");
        assert_eq!(text(&error), "the time limit was over while waiting for group 7");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_with_ctrl_c_and_with_an_error() {
        let cancel = CancellationToken::new();
        let mut looks = 0;
        let error = limits(&cancel, 60).until("it", Backoff::default(), || {
            looks += 1;
            cancel.cancel();
            async { Ok(Observed::<()>::Pending("odd".to_owned())) }
        });
        let error = error.await.expect_err("stopped");
        assert_eq!((text(&error).as_str(), looks), ("stopped while waiting for it; last seen: odd", 1));
        let again = limits(&cancel, 60).until("it", Backoff::default(), || {
            looks += 1;
            async { Ok(Observed::Done(())) }
        });
        assert_eq!(text(&again.await.expect_err("stopped")), "stopped while waiting for it");
        assert_eq!(looks, 1, "nothing new is started");

        let cancel = CancellationToken::new();
        let failing = || async { Err::<Observed<()>, _>(Busy(7).into()) };
        let error = limits(&cancel, 60).until("it", Backoff::default(), failing).await.expect_err("fails");
        assert_eq!(error.downcast_ref(), Some(&Busy(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn trying_again_ends_with_success_refusal_or_the_deadline() {
        let cancel = CancellationToken::new();
        let tried = async |seconds: u32, succeeds_at: u32, for_good_at: u32| {
            let mut attempts = 0;
            let result = limits(&cancel, seconds).retry(
                Backoff::default(),
                |Busy(attempt)| *attempt != for_good_at,
                || {
                    attempts += 1;
                    let attempt = attempts;
                    async move { if attempt == succeeds_at { Ok(attempt) } else { Err(Busy(attempt)) } }
                },
            );
            result.await.map_err(|error| error.downcast_ref::<Busy>().map(|busy| busy.0))
        };
        assert_eq!(tried(60, 3, 0).await, Ok(3));
        assert_eq!(tried(60, 9, 2).await, Err(Some(2)));
        assert_eq!(tried(5, 9, 0).await, Err(Some(3)), "after 1 s and 3 s; the next would be at 7 s");
        cancel.cancel();
        assert_eq!(tried(60, 9, 0).await, Err(Some(1)));
    }
}
