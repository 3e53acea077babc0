//! Writes that are only right in the present state: cancelling an invitation, disabling a person, changing a role.
//!
//! While such a write waits, the facts that justify it may change: the person accepts, or another admin is removed.
//! So a look-up precedes each attempt, and the request is sent only if that look-up is still recent when the
//! request's turn comes. A failed attempt is not simply retried: the client pauses, looks the object up again,
//! decides, and only then sends. Even when no further request may be sent, one more look-up shows whether an attempt
//! without a clear answer took effect.
//!
//! One gap remains and cannot be closed: the time that the request itself is on its way.

use std::time::Duration;

use tokio::time::Instant;

use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Effect, absent_by, pause_before_repeat};
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::request::Request;

/// How old a look-up may be when the request leaves.
const RECENT: Duration = Duration::from_secs(1);
/// How often a look-up may be too old. If the pace allows no two requests within [`RECENT`], no look-up can be more recent.
const STALE_LOOKS: u32 = 3;

/// The attempts of one write.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Attempts that were sent.
    pub(crate) made: u32,
    stale: u32,
    /// The failure of the last attempt, if it may have taken effect and no other may follow.
    unclear: Option<Error>,
    doubt: Option<Doubt>,
}

/// An attempt that failed and may still take effect.
#[derive(Debug)]
struct Doubt {
    until: Instant,
    failure: Error,
}

impl Attempts {
    /// Whether an attempt that failed may still take effect.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubt.is_some()
    }

    /// The failure of a write after which nothing can be looked for: that of an attempt that may still take effect says more than `error`.
    pub(crate) fn into_failure(self, error: Error) -> Error {
        match self.doubt {
            Some(Doubt { failure, .. })
                if !error.is_unclear() && !matches!(error, Error::NotFound { .. }) =>
            {
                failure
            }
            _ => error,
        }
    }

    /// The outcome of a look-up. After an unclear attempt, that attempt's error says more than a failed look-up.
    pub(crate) fn looked<T>(&mut self, look: Result<T>) -> Result<T> {
        look.map_err(|error| self.unclear.take().unwrap_or(error))
    }
}

/// What has come of a write whose last attempt failed, or was not sent.
#[derive(Debug)]
pub(crate) enum Ended<T> {
    /// An earlier attempt took effect after all.
    Shown(T),
    /// No attempt took effect, and none can any more.
    Failed(Error),
    /// An attempt may have taken effect, or may yet: its failure.
    Unclear(Error),
}

/// What has come of a write. The last attempt was refused, or `error` kept it from being sent; but an earlier one may still take effect. So
/// this looks for as long as a request may take.
pub(crate) async fn ended<T, L>(
    api: &Api,
    attempts: Attempts,
    error: Error,
    look: impl Fn(Api) -> L,
) -> Ended<T>
where
    L: Future<Output = Result<Option<T>>>,
{
    let Some(Doubt { until, failure }) = attempts.doubt else { return Ended::Failed(error) };
    // A person who no longer exists cannot be changed by a late request.
    if matches!(error, Error::NotFound { .. }) {
        return Ended::Failed(error);
    }
    if error.is_unclear() {
        return Ended::Unclear(error);
    }
    match api.poll(until, look).await {
        Ok(Some(found)) => Ended::Shown(found),
        Ok(None) if Instant::now() >= until => Ended::Failed(error),
        _ => Ended::Unclear(failure),
    }
}

/// Sends a write once, if the look at `looked` is recent when the request may leave. `None`: look and decide again, because
/// too much time has passed, because the attempt failed in a way that permits another one (the pause is over), or because it
/// may have taken effect; in the last case the next call sends nothing and returns the failure. `about`: the object. `leaves`: called when it leaves.
///
/// # Errors
/// The failure of the attempt, if no other may follow; [`Error::GaveUp`] after the last one.
pub(crate) async fn send_judged(
    api: &Api,
    request: Request,
    about: &Guid,
    looked: Instant,
    attempts: &mut Attempts,
    leaves: impl Fn() + Send + Sync,
) -> Result<Option<Answer>> {
    if let Some(error) = attempts.unclear.take() {
        return Err(error);
    }
    let patient = attempts.stale >= STALE_LOOKS;
    let recent = |_: &mut Request| {
        let is_recent = patient || looked.elapsed() <= RECENT;
        if is_recent {
            leaves();
        }
        is_recent
    };
    let Some(sent) = api.send_when_due(request, recent).await else {
        attempts.stale += 1;
        return Ok(None);
    };
    attempts.made += 1;
    if sent.as_ref().is_err_and(Error::may_be_late) {
        api.is_late(about.as_str(), absent_by(api));
    }
    if let Err(failure) = &sent
        && failure.may_take_effect()
    {
        attempts.doubt = Some(Doubt { until: absent_by(api), failure: failure.duplicate() });
    }
    match sent {
        Ok(answer) => Ok(Some(answer)),
        Err(error @ Error::Stopped { .. }) => Err(error),
        Err(error) => match pause_before_repeat(api, error, attempts.made).await {
            Ok(()) => Ok(None),
            Err(error @ Error::Stopped { .. }) => Err(error),
            Err(error) if error.effect() == Effect::Unclear => {
                attempts.unclear = Some(error);
                Ok(None)
            }
            Err(error) => Err(error),
        },
    }
}
