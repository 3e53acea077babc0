//! Work that several calls share. If it panics, each call that waits for it gets [`Error::Internal`]: a panic must
//! not look like "absent" or "cancelled", and no call may wait for a task that no longer exists.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use crate::error::{Error, Result};

/// Does the work and turns a panic into an error. `what`: what the work is on, such as `people`. Everything that the work
/// has locked or half changed must be safe to use afterwards: our locks are never held across calls that can panic, and
/// ignore poison.
pub(crate) async fn guarded<T>(what: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut work = std::pin::pin!(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready(Err(bug(what, &*panic))))
    })
    .await
}

/// A task at work for several calls. If it ends by a bug, no call may wait for it: `abandon` then drops what the calls wait for,
/// which tells them, and lets the next call start another task.
pub(crate) struct AtWork<F: FnMut()> {
    abandon: F,
    is_done: bool,
}

impl<F: FnMut()> AtWork<F> {
    pub(crate) fn new(abandon: F) -> Self {
        Self { abandon, is_done: false }
    }

    /// The task has done its work, and no call waits for it.
    pub(crate) fn done(mut self) {
        self.is_done = true;
    }
}

impl<F: FnMut()> Drop for AtWork<F> {
    fn drop(&mut self) {
        if !self.is_done {
            (self.abandon)();
        }
    }
}

/// The error for calls that wait for work whose task no longer exists.
pub(crate) fn task_is_gone(what: &'static str) -> Error {
    Error::Internal { what, message: "its task has ended".to_owned() }
}

fn bug(what: &'static str, panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::Internal { what, message: message.unwrap_or_else(|| "no message".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_that_asks_for_a_report() {
        let error = guarded::<()>("people", async {
            tokio::task::yield_now().await;
            panic!("index {}", 7)
        });
        let error = error.await.expect_err("a bug").to_string();
        assert_eq!(
            error,
            "the work on people stopped because of a bug in this program (index 7); please report it"
        );
        assert_eq!(guarded("people", async { Ok(7) }).await.expect("no panic"), 7);
    }
}
