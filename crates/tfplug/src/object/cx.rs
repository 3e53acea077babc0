//! What a handler gets beside its arguments: the client, the deadline, private state, and ways to save what exists.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::wait::{Backoff, Limits, Progress};
use super::{Deferral, Deferrals, Private, Provider, Resource, State};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::log::Masker;
use crate::schema::{Args, Fields as _};
use crate::value::{Dynamic, Path};

/// What every call of a handler happens within.
pub(crate) struct Scope {
    /// The provider's client without its type, if the provider is configured.
    pub(crate) client: Option<Arc<dyn Any + Send + Sync>>,
    /// Cancelled by Ctrl-C and by the end of the process.
    pub(crate) cancel: CancellationToken,
    /// What the module says to the provider in `terraform { provider_meta "…" { … } }`; null when it says nothing.
    pub(crate) meta: Dynamic,
    /// Whether the call may be put off, and where it says so.
    pub(crate) deferrals: Deferrals,
    /// What no text may show.
    pub(crate) masker: Masker,
}

/// One call of a handler, whatever its types: what `cx` is made of.
pub(crate) struct Call {
    scope: Scope,
    pub(crate) deadline: Instant,
    pub(crate) private: Private,
    warnings: Mutex<Diagnostics>,
    saved: Mutex<Option<Saved>>,
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

impl Call {
    pub(crate) fn new(scope: Scope, deadline: Instant, private: Private) -> Self {
        Call { scope, deadline, private, warnings: Mutex::default(), saved: Mutex::default() }
    }

    pub(crate) fn warn(&self, diagnostic: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(diagnostic);
    }

    /// The warnings so far; they are handed out once.
    pub(crate) fn take_warnings(&self) -> Diagnostics {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn save(&self, saved: Saved) {
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved);
    }

    /// What exists, as far as the handler has told.
    pub(crate) fn saved(&self) -> Option<Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The client of provider `P`, limited to this call.
    pub(crate) fn client<P: Provider>(&self) -> Option<P::Client> {
        let client = self.scope.client.as_ref()?.downcast_ref::<P::Client>()?;
        Some(P::scope(client, self.deadline, &self.scope.cancel))
    }

    /// Asks the provider how it went. That this panics must not turn what went well into a failure.
    pub(crate) fn remark<P: Provider>(&self, client: &P::Client) {
        match catch_unwind(AssertUnwindSafe(|| P::remark(client))) {
            Ok(remark) => remark.into_iter().for_each(|remark| self.warn(remark)),
            Err(_) => self.warn(Diagnostic::warning(
                "The provider has a bug",
                "It panicked after the call, when asked how it went. The call itself is not affected.",
            )),
        }
    }

    fn limits(&self) -> Limits<'_> {
        Limits { deadline: self.deadline, cancel: &self.scope.cancel }
    }

    /// What the module says to the provider.
    fn meta<M: Args>(&self) -> Option<M> {
        if self.scope.meta.is_null() { None } else { M::from_object(&self.scope.meta).ok() }
    }
}

/// What the handlers of create, read, update, delete and import get.
pub struct Cx<'a, R: Resource> {
    /// The provider's client. Its waiting ends with this call's deadline and with Ctrl-C.
    pub client: <R::Provider as Provider>::Client,
    /// What is remembered about the object without being shown.
    pub private: &'a Private,
    call: &'a Call,
}

impl<'a, R: Resource> Cx<'a, R> {
    pub(crate) fn new(client: <R::Provider as Provider>::Client, call: &'a Call) -> Self {
        Cx { client, private: &call.private, call }
    }

    /// Tells that the object exists. Call it in `create` after the first lasting step: from then on an error, a panic
    /// or Ctrl-C leaves the object in the state, marked for replacement, instead of losing it.
    pub fn created(&self, id: &R::Id) {
        self.call.save(Saved::Created(Dynamic::Map(id.to_object())));
    }

    /// Tells what the object looks like by now. Call it after each later lasting step.
    pub fn checkpoint(&self, state: &State<R>) {
        self.call.save(Saved::Checkpoint(super::erased::whole(state)));
    }

    /// Tells that the object may exist, although nobody can say so: a request was sent whose answer never came. If
    /// `create` then fails, the state keeps the arguments and the private values; [`Resource::find`] looks for the
    /// object in the next read.
    pub fn attempted(&self) {
        self.call.save(Saved::Attempted);
    }

    /// Takes [`Cx::attempted`] back: the request turned out not to have had an effect.
    pub fn not_created(&self) {
        *self.call.saved.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Warns about the whole object.
    pub fn warn(&self, summary: impl Into<String>, detail: impl Into<String>) {
        self.call.warn(Diagnostic::warning(summary, detail));
    }

    /// Warns about an attribute.
    pub fn warn_at(&self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.call.warn(Diagnostic::warning(summary, detail).at(path));
    }

    /// When the call has to be over.
    pub fn deadline(&self) -> Instant {
        self.call.deadline
    }

    /// Cancelled by Ctrl-C.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.call.scope.cancel
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
        Fut: Future<Output = Result<Progress<T>>> + Send,
    {
        self.call.limits().until(what, backoff, look).await
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
        self.call.limits().retry(backoff, is_retryable, attempt).await
    }

    /// Takes a secret out of every log line and diagnostic from now on, for example a token that the remote side has just
    /// made. Values of sensitive and write-only attributes are masked without a word.
    pub fn mask(&self, secret: &str) {
        self.call.scope.masker.mask(secret);
    }

    /// Whether the call may be put off to a later run.
    pub fn may_defer(&self) -> bool {
        self.call.scope.deferrals.allowed
    }

    /// Puts the call off to a later run, which Terraform tells the practitioner: `return Err(cx.defer(reason))`. Where the
    /// client does not allow it, the error says what to do instead.
    /// Only reads and imports can be put off.
    #[must_use = "the call is put off by returning the error"]
    pub fn defer(&self, reason: Deferral) -> Error {
        self.call.scope.deferrals.defer(reason)
    }

    /// What the module says to the provider, of the type that was registered with [`crate::Objects::meta`].
    pub fn meta<M: Args>(&self) -> Option<M> {
        self.call.meta()
    }
}

/// What `plan` gets. The client is missing while the provider's own settings are unknown.
pub struct PlanCx<'a, R: Resource> {
    /// The provider's client, if it could be made.
    pub client: Option<<R::Provider as Provider>::Client>,
    /// What is remembered about the object without being shown.
    pub private: &'a Private,
    call: &'a Call,
}

impl<'a, R: Resource> PlanCx<'a, R> {
    pub(crate) fn new(call: &'a Call) -> Self {
        PlanCx { client: call.client::<R::Provider>(), private: &call.private, call }
    }

    /// Warns about the whole object.
    pub fn warn(&self, summary: impl Into<String>, detail: impl Into<String>) {
        self.call.warn(Diagnostic::warning(summary, detail));
    }

    /// Warns about an attribute.
    pub fn warn_at(&self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.call.warn(Diagnostic::warning(summary, detail).at(path));
    }

    /// Whether the call may be put off to a later run.
    pub fn may_defer(&self) -> bool {
        self.call.scope.deferrals.allowed
    }

    /// Puts the call off to a later run, which Terraform tells the practitioner: `return Err(cx.defer(reason))`. Where the
    /// client does not allow it, the error says what to do instead.
    #[must_use = "the call is put off by returning the error"]
    pub fn defer(&self, reason: Deferral) -> Error {
        self.call.scope.deferrals.defer(reason)
    }
}

/// What the handlers of data sources, ephemeral resources and list resources get.
pub struct CallCx<'a, P: Provider> {
    /// The provider's client. Its waiting ends with this call's deadline and with Ctrl-C.
    pub client: P::Client,
    call: &'a Call,
}

impl<'a, P: Provider> CallCx<'a, P> {
    /// `what` names the object, for the error when the provider's settings are not known yet.
    pub(crate) fn new(call: &'a Call, what: &str) -> Result<Self> {
        match call.client::<P>() {
            Some(client) => Ok(CallCx { client, call }),
            None => Err(not_configured(what)),
        }
    }

    /// Runs a handler, then asks the provider how it went.
    pub(crate) async fn remarked<T>(&self, handler: impl Future<Output = Result<T>>) -> Result<T> {
        let result = handler.await;
        self.call.remark::<P>(&self.client);
        result
    }

    /// Warns about the whole object.
    pub fn warn(&self, summary: impl Into<String>, detail: impl Into<String>) {
        self.call.warn(Diagnostic::warning(summary, detail));
    }

    /// Warns about an attribute.
    pub fn warn_at(&self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.call.warn(Diagnostic::warning(summary, detail).at(path));
    }

    /// When the call has to be over.
    pub fn deadline(&self) -> Instant {
        self.call.deadline
    }

    /// Cancelled by Ctrl-C.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.call.scope.cancel
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
        Fut: Future<Output = Result<Progress<T>>> + Send,
    {
        self.call.limits().until(what, backoff, look).await
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
        self.call.limits().retry(backoff, is_retryable, attempt).await
    }

    /// Takes a secret out of every log line and diagnostic from now on, for example a token that the remote side has just
    /// made. Values of sensitive and write-only attributes are masked without a word.
    pub fn mask(&self, secret: &str) {
        self.call.scope.masker.mask(secret);
    }

    /// Whether the call may be put off to a later run.
    pub fn may_defer(&self) -> bool {
        self.call.scope.deferrals.allowed
    }

    /// Puts the call off to a later run, which Terraform tells the practitioner: `return Err(cx.defer(reason))`. Where the
    /// client does not allow it, the error says what to do instead.
    /// Only data sources and the opening of ephemeral resources can be put off.
    #[must_use = "the call is put off by returning the error"]
    pub fn defer(&self, reason: Deferral) -> Error {
        self.call.scope.deferrals.defer(reason)
    }

    /// What the module says to the provider, of the type that was registered with [`crate::Objects::meta`].
    pub fn meta<M: Args>(&self) -> Option<M> {
        self.call.meta()
    }
}

/// The provider's settings are known only after other changes are applied.
pub(crate) fn not_configured(what: &str) -> Error {
    Error::new(
        "The provider is not configured",
        format!(
            "Some of its settings are known only after other changes are applied, so {what} cannot be reached yet. Apply \
             those changes first, for example with `-target`."
        ),
    )
}
