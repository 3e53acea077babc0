//! One call of a handler, whatever its types: its deadline, its end, what it says on the way and what exists by now.
//!
//! Each `cx` is a client and a [`Call`], to which it dereferences, so that what every handler can do is written once.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::erased::ConfiguredClient;
use super::wait::{Backoff, Limits, Observed};
use super::{Deferral, Deferrals, Private, PrivateKey, Provider, Session};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::log::Masker;
use crate::schema::Args;
use crate::value::{Dynamic, Path};

/// Marks an object whose create was attempted and never confirmed. Its arguments may name it all the same, and then they may
/// name somebody else's object.
pub(crate) const ATTEMPTED: PrivateKey<bool> = PrivateKey::new(".attempted");

/// What every call of a handler happens within.
pub(crate) struct Scope {
    /// By which configuration of the provider.
    pub(crate) session: Session,
    /// Cancelled by Ctrl-C and by the end of the process.
    pub(crate) cancel: CancellationToken,
    /// What the module says to the provider in `terraform { provider_meta "…" { … } }`; null when it says nothing.
    pub(crate) meta: Dynamic,
    /// Whether the call may be deferred, and where it says so.
    pub(crate) deferrals: Deferrals,
    /// What no text may show.
    pub(crate) masker: Masker,
}

/// What every handler can do by its `cx`, whatever the kind of object: warn, wait within its time, keep a secret, be deferred.
pub struct Call {
    scope: Scope,
    deadline: Instant,
    pub(crate) private: Private,
    warnings: Mutex<Diagnostics>,
    saved: Mutex<Option<Saved>>,
    /// What the handler has told of a new object's identity, whatever it has saved since.
    told: Mutex<Option<Dynamic>>,
}

/// What exists, as far as a handler has told.
#[derive(Clone, Debug)]
pub(crate) enum Saved {
    /// A request was sent whose outcome nobody knows.
    Attempted,
    /// The object exists; this is its identity.
    Created(Dynamic),
    /// The object exists and looks like this.
    Checkpoint(Dynamic),
}

/// Whether an object has exactly this identity.
fn carries(object: &Dynamic, identity: &Dynamic) -> bool {
    identity.as_map().is_some_and(|parts| parts.iter().all(|(name, part)| object.get(name) == part))
}

impl Call {
    pub(crate) fn new(scope: Scope, deadline: Instant, private: Private) -> Self {
        Call {
            scope,
            deadline,
            private,
            warnings: Mutex::default(),
            saved: Mutex::default(),
            told: Mutex::default(),
        }
    }

    fn note(&self, diagnostic: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(diagnostic);
    }

    /// The warnings so far; they are handed out once.
    pub(crate) fn take_warnings(&self) -> Diagnostics {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What exists from now on; `None` when it turned out not to. Less than what is known already takes nothing of it back.
    pub(super) fn save(&self, saved: Option<Saved>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        match (&saved, &*known) {
            // A later request about an object that exists.
            (Some(Saved::Attempted), Some(Saved::Created(_) | Saved::Checkpoint(_))) => return,
            (Some(Saved::Created(identity)), known) => {
                *told = Some(identity.clone());
                if matches!(known, Some(Saved::Checkpoint(object)) if carries(object, identity)) {
                    return;
                }
            }
            (Some(Saved::Checkpoint(_)), _) => {}
            (Some(Saved::Attempted) | None, _) => *told = None,
        }
        *known = saved;
    }

    /// What exists, as far as the handler has told.
    pub(crate) fn saved(&self) -> Option<Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The identity that the handler has told of a new object. A checkpoint does not change it.
    pub(crate) fn told(&self) -> Option<Dynamic> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether nobody knows if the object of the call exists.
    pub(crate) fn is_unconfirmed(&self) -> bool {
        self.private.get(&ATTEMPTED) == Some(true)
    }

    /// The client of provider `P`, limited to this call.
    pub(crate) fn client<P: Provider>(&self) -> Option<P::Client> {
        let client = self.scope.session.client.as_ref()?.downcast_ref::<ConfiguredClient<P>>()?;
        Some(P::scope(&client.0, self.deadline, &self.scope.cancel))
    }

    /// Calls [`Provider::remark`]. A panic in it does not fail the call.
    pub(crate) fn remark<P: Provider>(&self, client: &P::Client) {
        match catch_unwind(AssertUnwindSafe(|| P::remark(client))) {
            Ok(remark) => remark.into_iter().for_each(|remark| self.note(remark)),
            Err(_) => self.warning(
                "The provider has a bug",
                "It panicked after the call, when asked how it went. The call itself is not affected.",
            ),
        }
    }

    fn limits(&self) -> Limits<'_> {
        Limits { deadline: self.deadline, cancel: &self.scope.cancel }
    }
}

impl Call {
    /// Warns about the whole object.
    pub fn warning(&self, summary: impl Into<String>, detail: impl Into<String>) {
        self.note(Diagnostic::warning(summary, detail));
    }

    /// Warns about an attribute.
    pub fn warning_at(&self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.note(Diagnostic::warning(summary, detail).at(path));
    }

    /// When the call has to be over.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Cancelled by Ctrl-C.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.scope.cancel
    }

    /// Waits for what the remote side does in its own time: looks, and looks again after pauses, until it is done. `what`
    /// is what is waited for, as it reads after "waiting for".
    ///
    /// # Errors
    /// Those of `look`; [`crate::WaitError`] when the call's time is over, which the practitioner sets by `timeouts`,
    /// and on Ctrl-C.
    pub async fn wait_until<T, F, Fut>(&self, what: &str, backoff: Backoff, look: F) -> Result<T>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<Observed<T>>> + Send,
    {
        self.limits().until(what, backoff, look).await
    }

    /// Tries until it succeeds or is refused for good; in between the pauses of `backoff`. No attempt is broken off.
    ///
    /// # Errors
    /// The refusal that is not retryable, or the last one when the call's time is over or on Ctrl-C.
    pub async fn retry<T, E, F, Fut>(
        &self,
        backoff: Backoff,
        is_retryable: impl Fn(&E) -> bool + Send,
        attempt: F,
    ) -> Result<T>
    where
        E: Into<Error> + fmt::Display + Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T, E>> + Send,
    {
        self.limits().retry(backoff, is_retryable, attempt).await
    }

    /// Takes a secret out of every log line and diagnostic from now on, for example a token that the remote side has just
    /// made. Values of sensitive and write-only attributes are masked without a word.
    pub fn mask(&self, secret: &str) {
        self.scope.masker.mask(secret);
    }

    /// Whether the call may be deferred to a later run.
    ///
    /// Terraform 1.9 and later allows it in each apply, too, and then refuses a change that its plan did not defer. No call tells a plan
    /// from an apply. So defer a plan only because a value of this call is unknown, which none is in an apply.
    pub fn may_defer(&self) -> bool {
        self.scope.deferrals.allowed
    }

    /// Defers the call to a later run, which Terraform tells the practitioner: `return Err(cx.defer(reason))`. Where the
    /// client does not allow it, the error says what to do instead.
    /// What can be deferred are plans, reads and imports, data sources, and the opening of ephemeral resources.
    #[must_use = "the call is deferred by returning the error"]
    pub fn defer(&self, reason: Deferral) -> Error {
        self.scope.deferrals.defer(reason)
    }

    /// The value of this type that all calls share from one configuration of the provider to the next, made by the first
    /// that asks. Unlike the client it is there while settings are unknown, too: for example to notice that two objects of
    /// one plan contradict each other. `terraform test` may plan and apply several times with one configuration, so what a
    /// value says must hold for the next plan, too.
    pub fn session<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.scope.session.get()
    }

    /// What the module says to the provider, of the type that was registered with [`crate::Registry::meta`].
    pub fn meta<M: Args>(&self) -> Option<M> {
        if self.scope.meta.is_null() { None } else { M::from_object(&self.scope.meta).ok() }
    }
}
