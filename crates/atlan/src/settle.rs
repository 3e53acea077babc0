//! Writes that set a state. They are followed until the state shows, because an accepted write without an effect is no success.
//!
//! If an attempt gets no clear answer, a look-up shows whether it took effect. The look-up ends a short time after
//! the end of the call.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::Api;
use crate::create::Effect;
use crate::error::{Error, Result};
use crate::request::Request;

/// What became of a write that Atlan accepted.
#[derive(Debug)]
pub(crate) enum Settled<T> {
    /// It shows.
    Shown(T),
    /// It does not show in time.
    NotShown,
    /// The look failed: the next read tells.
    Unread(Error),
}

/// Sends a write and looks until `shown` finds what it sets.
///
/// # Errors
/// The failure of the write, unless it took effect all the same.
pub(crate) async fn set<T, L>(api: &Api, request: Request, shown: impl Fn(Api) -> L) -> Result<Settled<T>>
where
    L: Future<Output = Result<Option<T>>>,
{
    set_within(api, request, api.timing().settle, shown).await
}

/// As [`set`], for something that may take so long to show.
pub(crate) async fn set_within<T, L>(
    api: &Api,
    request: Request,
    within: Duration,
    shown: impl Fn(Api) -> L,
) -> Result<Settled<T>>
where
    L: Future<Output = Result<Option<T>>>,
{
    match api.send(request).await {
        Ok(answer) => answer.void()?,
        Err(error) if error.effect() == Effect::Unclear => {
            let Ok(Some(found)) = shown(api.clone()).await else { return Err(error) };
            return Ok(Settled::Shown(found));
        }
        Err(error) => return Err(error),
    }
    let until = Instant::now() + within;
    Ok(match api.settling().poll(until, shown).await {
        Ok(Some(found)) => Settled::Shown(found),
        Ok(None) => Settled::NotShown,
        Err(error) => Settled::Unread(error),
    })
}

/// Sends a delete and looks until `gone` finds the object absent. What was deleted already is no error, if a list confirms it: a
/// gateway that does not know the path answers 404, too.
///
/// # Errors
/// The failure of the delete, unless the object no longer exists all the same.
pub(crate) async fn delete<L>(api: &Api, request: Request, gone: impl Fn(Api) -> L) -> Result<Settled<()>>
where
    L: Future<Output = Result<Option<()>>>,
{
    match set(api, request, &gone).await {
        Err(error) if error.is_not_found() => {
            let until = Instant::now() + api.timing().settle;
            match api.settling().poll(until, gone).await? {
                Some(()) => Ok(Settled::Shown(())),
                None => Err(error),
            }
        }
        settled => settled,
    }
}
