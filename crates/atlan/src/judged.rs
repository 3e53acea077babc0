//! Writes that are only right in the present state: cancelling an invitation, disabling a person, changing a role.
//!
//! While such a write waits, the facts that justify it may change: the person accepts, or another admin is removed. So
//! a look-up precedes each attempt, and the request is sent only if that look-up is still recent when the request's
//! turn comes. A failed attempt is not simply retried: the client pauses, looks again, decides, and only then sends.
//!
//! One gap remains and cannot be closed: the time that the request itself is on its way.

use std::time::Duration;

use tokio::time::Instant;

use crate::answer::Answer;
use crate::api::Api;
use crate::create::pause_before_repeat;
use crate::error::{Error, Result};
use crate::request::Request;

/// How old a look may be when the request leaves.
const RECENT: Duration = Duration::from_secs(1);
/// How often a look may be too old. Where the pace of requests is slower than [`RECENT`], nothing better is to be had.
const STALE_LOOKS: u32 = 3;

/// The attempts of one write.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Those that left.
    pub(crate) made: u32,
    stale: u32,
}

/// Sends a write once, if the look at `looked` is recent when the request may leave. `None`: look and decide again, because
/// too much time has passed, or because the attempt failed in a way that permits another one (the pause is over).
///
/// # Errors
/// The failure of the attempt, if no other may follow; [`Error::GaveUp`] after the last one.
pub(crate) async fn send_judged(
    api: &Api,
    request: Request,
    looked: Instant,
    attempts: &mut Attempts,
) -> Result<Option<Answer>> {
    let patient = attempts.stale >= STALE_LOOKS;
    let recent = |_: &mut Request| patient || looked.elapsed() <= RECENT;
    let Some(sent) = api.send_when_due(request, recent).await else {
        attempts.stale += 1;
        return Ok(None);
    };
    attempts.made += 1;
    match sent {
        Ok(answer) => Ok(Some(answer)),
        Err(error @ Error::Stopped { .. }) => Err(error),
        Err(error) => pause_before_repeat(api, error, attempts.made).await.map(|()| None),
    }
}
