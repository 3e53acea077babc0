//! Deferring a call that needs what only a later run can know.
//!
//! Terraform allows it in a plan with `-allow-deferral`, and plans the deferred change again in a later run. In an apply nothing can be
//! deferred, because an apply carries out what was planned.

use std::sync::{Arc, Mutex, PoisonError};

use crate::diag::Error;

/// Why a call is deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deferral {
    /// Too little of the object's configuration is known.
    ConfigUnknown,
    /// Too little of the provider's settings is known.
    ProviderConfigUnknown,
    /// Something that the object needs does not exist yet.
    AbsentPrerequisite,
}

/// Whether a call may be deferred, and whether it was. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Deferrals {
    pub(crate) allowed: bool,
    reason: Arc<Mutex<Option<Deferral>>>,
}

impl Deferrals {
    pub(crate) fn allowed(allowed: bool) -> Self {
        Deferrals { allowed, ..Deferrals::default() }
    }

    /// Defers the call, and returns the error that ends the handler. The error carries no message, unless the call may not be deferred.
    pub(super) fn defer(&self, reason: Deferral) -> Error {
        if !self.allowed {
            let why = match reason {
                Deferral::ConfigUnknown => "Too little of its configuration is known yet",
                Deferral::ProviderConfigUnknown => "Too little of the provider's settings is known yet",
                Deferral::AbsentPrerequisite => "Something that it needs does not exist yet",
            };
            return Error::new(
                "This change must be deferred",
                format!(
                    "{why}, and this run does not allow deferred changes. Apply what it depends on first, for example with \
                     `-target`."
                ),
            );
        }
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        Error::deferred()
    }

    /// Why the call was deferred, if it was.
    pub(crate) fn reason(&self) -> Option<Deferral> {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
