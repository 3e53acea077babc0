//! A value that is read once and kept.
//!
//! One call reads it, and the others wait. They also share its failure. Otherwise each would retry for as long as the first, one after
//! the other. A call that comes after the failure reads again.

use std::sync::{Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::error::{Error, Result};

#[derive(Debug)]
pub(crate) struct Once<T> {
    value: OnceCell<T>,
    /// When the last read failed, and why.
    failed: Mutex<Option<(Instant, Error)>>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { value: OnceCell::new(), failed: Mutex::default() }
    }
}

impl<T> Once<T> {
    /// The value, if it has been read.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value; `read` reads it.
    pub(crate) async fn get_or_read<F>(&self, read: impl FnOnce() -> F) -> Result<&T>
    where
        F: Future<Output = Result<T>>,
    {
        let called = Instant::now();
        let reading = || async move {
            if let Some(error) = self.failed_since(called) {
                return Err(error);
            }
            let result = read().await;
            // The end of one call says nothing to the others.
            if let Err(error) = &result
                && !matches!(error, Error::Stopped { .. })
            {
                let failed = (Instant::now(), error.duplicate());
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(failed);
            }
            result
        };
        self.value.get_or_try_init(reading).await
    }

    fn failed_since(&self, called: Instant) -> Option<Error> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.as_ref().filter(|(at, _)| called < *at).map(|(_, error)| error.duplicate())
    }
}
