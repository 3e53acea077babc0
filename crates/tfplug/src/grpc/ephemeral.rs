//! Messages about ephemeral resources.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Server, convert, find};
use crate::diag::{Diagnostic, Diagnostics};
use crate::object::{AnyEphemeral, Deferrals, Held, Session};
use crate::pipeline::Scope;
use crate::pipeline::ephemeral::{self, Limits};
use crate::proto::tfplugin6 as tf;
use crate::value::Dynamic;

const KIND: &str = "ephemeral resource";

/// The objects that were opened and not closed yet.
#[derive(Default)]
pub(super) struct OpenObjects(Mutex<Vec<OpenObject>>);

struct OpenObject {
    object: Arc<dyn AnyEphemeral>,
    /// By which configuration it was opened. A later walk may have configured the provider anew.
    session: Session,
    /// How long its calls may take, as configured. Terraform says so only when it opens the object.
    limits: Limits,
    /// The handle of `open`, by which Terraform closes.
    first: Vec<u8>,
    /// The handle of the last renewal, by which OpenTofu closes.
    last: Vec<u8>,
}

impl OpenObjects {
    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<OpenObject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(entries: &[OpenObject], type_name: &str, handle: &[u8]) -> Option<usize> {
        let of = |entry: &OpenObject| entry.object.type_name() == type_name;
        let last = entries.iter().position(|entry| of(entry) && entry.last == handle);
        last.or_else(|| entries.iter().position(|entry| of(entry) && entry.first == handle))
    }

    /// By which configuration an object was opened, and how long its calls may take.
    fn opened(&self, type_name: &str, handle: &[u8]) -> Option<(Session, Limits)> {
        let entries = self.entries();
        let at = Self::position(&entries, type_name, handle)?;
        entries.get(at).map(|entry| (entry.session.clone(), entry.limits.clone()))
    }

    /// Notes a renewal.
    fn renewed(&self, type_name: &str, before: &[u8], after: &[u8]) {
        let mut entries = self.entries();
        if let Some(at) = Self::position(&entries, type_name, before)
            && let Some(entry) = entries.get_mut(at)
        {
            entry.last = after.to_vec();
        }
    }

    /// Takes an object that is about to be closed, so that nothing closes it twice at once.
    fn take(&self, type_name: &str, handle: &[u8]) -> Option<Closing<'_>> {
        let mut entries = self.entries();
        let entry = Self::position(&entries, type_name, handle).map(|at| entries.swap_remove(at))?;
        Some(Closing { all: self, entry: Some(entry) })
    }
}

/// An object that is being closed. If that fails, or ends before it is done, the object counts as open again, and the end of
/// the process closes it.
struct Closing<'a> {
    all: &'a OpenObjects,
    entry: Option<OpenObject>,
}

impl Closing<'_> {
    /// Notes what became of it.
    fn done(mut self, diagnostics: &Diagnostics) {
        if !diagnostics.has_errors() {
            self.entry = None;
        }
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.all.entries().extend(self.entry.take());
    }
}

/// Work that a service still has to do before the process ends.
impl crate::serve::Ending for Server {
    async fn end(&self, by: Instant) {
        let left = std::mem::take(&mut *self.open.entries());
        join_all(left.into_iter().map(async |entry| {
            let scope = Scope {
                session: entry.session,
                cancel: CancellationToken::new(), // the end cancels the calls of Terraform, not these
                meta: Dynamic::Null,
                deferrals: Deferrals::default(),
                masker: self.masker.clone(),
            };
            let said = ephemeral::close_at_end(&*entry.object, scope, &entry.first, by).await;
            for diagnostic in said {
                let (object, detail) = (entry.object.type_name(), &diagnostic.detail);
                tracing::warn!(object, %detail, "left open by Terraform: {}", diagnostic.summary);
            }
        }))
        .await;
    }
}

impl Server {
    pub(super) fn validate_ephemeral(
        &self,
        request: tf::validate_ephemeral_resource_config::Request,
    ) -> Result<tf::validate_ephemeral_resource_config::Response, Diagnostic> {
        let (name, config) = (&request.type_name, request.config.as_ref());
        let diagnostics = self.validated(&self.offer.objects.ephemeral, KIND, name, config)?;
        Ok(tf::validate_ephemeral_resource_config::Response { diagnostics })
    }

    pub(super) async fn open_ephemeral(
        &self,
        request: tf::open_ephemeral_resource::Request,
    ) -> Result<tf::open_ephemeral_resource::Response, Diagnostic> {
        let (name, config) = (&request.type_name, request.config.as_ref());
        let (object, config) = self.configured(&self.offer.objects.ephemeral, KIND, name, config)?;
        if self.defers(request.client_capabilities.as_ref()) {
            let deferred = Some(convert::provider_unknown());
            return Ok(tf::open_ephemeral_resource::Response { deferred, ..Default::default() });
        }
        let (scope, deferrals) = self.deferrable(None, request.client_capabilities.as_ref())?;
        let session = scope.session.clone();
        let write = |result: &_| {
            self.mask_in(object.schema(), result);
            convert::object_message(object.schema(), &request.type_name, result)
        };
        let limits = Limits::of(&config);
        let opened = ephemeral::open(&**object, scope, config, write, || self.scope(None)).await;
        let note = |handle: &Vec<u8>| {
            self.open.entries().push(OpenObject {
                object: Arc::clone(object),
                session,
                limits,
                first: handle.clone(),
                last: handle.clone(),
            });
        };
        let mut response = tf::open_ephemeral_resource::Response {
            diagnostics: self.diagnostics(opened.diagnostics),
            deferred: deferrals.reason().map(convert::deferred),
            ..Default::default()
        };
        match opened.held {
            Some((Some(result), held)) => {
                note(&held.handle);
                response.result = Some(result);
                (response.private, response.renew_at) = held_message(held);
            }
            Some((None, held)) => note(&held.handle),
            None => {}
        }
        Ok(response)
    }

    pub(super) async fn renew_ephemeral(
        &self,
        request: tf::renew_ephemeral_resource::Request,
    ) -> Result<tf::renew_ephemeral_resource::Response, Diagnostic> {
        let object = find(&self.offer.objects.ephemeral, KIND, &request.type_name)?;
        let handle = request.private.unwrap_or_default();
        let mut scope = self.scope(None)?;
        let mut limits = Limits::default();
        if let Some(opened) = self.open.opened(&request.type_name, &handle) {
            (scope.session, limits) = opened;
        }
        let (held, diagnostics) = ephemeral::renew(&**object, scope, &limits, &handle).await;
        if let Some(held) = &held {
            self.open.renewed(&request.type_name, &handle, &held.handle);
        }
        let (private, renew_at) = held.map(held_message).unwrap_or_default();
        Ok(tf::renew_ephemeral_resource::Response {
            diagnostics: self.diagnostics(diagnostics),
            renew_at,
            private,
        })
    }

    pub(super) async fn close_ephemeral(
        &self,
        request: tf::close_ephemeral_resource::Request,
    ) -> Result<tf::close_ephemeral_resource::Response, Diagnostic> {
        let object = find(&self.offer.objects.ephemeral, KIND, &request.type_name)?;
        let handle = request.private.unwrap_or_default();
        let mut scope = self.scope(None)?;
        let mut limits = Limits::default();
        let closing = self.open.take(&request.type_name, &handle);
        if let Some(open) = closing.as_ref().and_then(|closing| closing.entry.as_ref()) {
            (scope.session, limits) = (open.session.clone(), open.limits.clone());
        }
        let diagnostics = ephemeral::close(&**object, scope, &limits, &handle).await;
        if let Some(closing) = closing {
            closing.done(&diagnostics);
        }
        Ok(tf::close_ephemeral_resource::Response { diagnostics: self.diagnostics(diagnostics) })
    }
}

type HeldMessage = (Option<prost::bytes::Bytes>, Option<prost_types::Timestamp>);

/// What is held, and the time by the clock at which to renew it.
fn held_message(held: Held) -> HeldMessage {
    let renew_at = held.renew_after.and_then(|after: Duration| {
        let at = jiff::Timestamp::now().checked_add(after).ok()?;
        Some(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
    });
    (Some(held.handle.into()), renew_at)
}
