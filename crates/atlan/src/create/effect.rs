//! What a failed write may have done, which decides whether it may be sent again.

use crate::api::Api;
use crate::error::{Call, Error, Result};
use crate::retry::Next;

/// What a failed write may have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing, and it may be sent again after a look-up: it never left, or Atlan was too busy (429, 503).
    NotYet,
    /// Perhaps all of it, perhaps later: the answer was lost, or the server failed half-way (500, 502, 504).
    Unclear,
    /// Nothing, and sending it again would end the same way.
    Refused,
}

impl Error {
    pub(crate) fn effect(&self) -> Effect {
        match self {
            Self::NotSent { .. } => Effect::NotYet,
            Self::Lost { .. } | Self::Unreadable { .. } | Self::NotSeen { .. } => Effect::Unclear,
            Self::Refused(refusal) => match refusal.status {
                429 | 503 => Effect::NotYet,
                408 | 500.. => Effect::Unclear,
                _ => Effect::Refused,
            },
            // The reason why no other attempt follows says nothing about the effect of the last one.
            Self::PauseTooLong { last, .. } | Self::GaveUp { last, .. } => last.effect(),
            _ => Effect::Refused,
        }
    }

    /// Whether a batch may have been refused for the sake of one of its entries.
    pub(crate) fn may_blame_an_entry(&self) -> bool {
        matches!(self.status(), Some(400 | 409 | 413 | 422))
    }

    /// Whether the request may still take effect although it failed. So it may after a 503: a server behind the one that
    /// answered may be processing it.
    pub(crate) fn may_take_effect(&self) -> bool {
        self.effect() == Effect::Unclear || (!self.is_not_sent() && self.status() == Some(503))
    }

    /// Whether an attempt of the request may still take effect.
    pub(crate) fn may_be_late(&self) -> bool {
        self.may_take_effect() || self.call().is_some_and(|call| call.late)
    }

    /// Whether it is unknown what the request did, also when the call ended early after an attempt of which that is unknown.
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::Stopped { last, .. } => last.as_deref().is_some_and(Self::is_unclear),
            error => error.effect() == Effect::Unclear,
        }
    }

    /// Whether this very request may have made an object that exists now. A 429 is no exception: a gateway may count and
    /// refuse a request that it has passed on. But nothing is left to be processed then, so it is not waited for.
    pub(crate) fn may_have_created(&self) -> bool {
        self.may_take_effect() || (!self.is_not_sent() && self.status() == Some(429))
    }

    /// Whether the last attempt was never sent. If there is a status, it is the answer to the request for a token.
    pub fn is_not_sent(&self) -> bool {
        match self {
            Self::NotSent { .. } => true,
            Self::PauseTooLong { last, .. } | Self::GaveUp { last, .. } => last.is_not_sent(),
            _ => false,
        }
    }
}

/// Waits before a write is sent again, or says why it won't be.
pub(crate) async fn pause_before_repeat(api: &Api, error: Error, attempts: u32) -> Result<()> {
    // After a 429 the transport has already paused all requests, for as long as Atlan asked or for the pause after a first
    // attempt. The look has waited for that, so another pause here would double it.
    let paused = error.status() == Some(429)
        && (attempts == 1 || error.refusal().is_some_and(|refusal| refusal.retry_after.is_some()));
    let call = |error: &Error| Box::new(error.call().cloned().unwrap_or_else(Call::unknown));
    let pause = match api.next(&error, attempts) {
        Next::After(_) if paused => return Ok(()),
        Next::After(pause) => pause,
        Next::GiveUp => {
            let mut call = call(&error);
            call.attempts = attempts;
            return Err(Error::GaveUp { call, waited: api.has_waited().total(), last: Box::new(error) });
        }
        Next::Stop | Next::TooLong(_) => return Err(error),
    };
    match api.scope.sleep(pause).await {
        Ok(()) => Ok(()),
        Err(stop) => Err(Error::Stopped { call: call(&error), stop, last: Some(Box::new(error)) }),
    }
}
