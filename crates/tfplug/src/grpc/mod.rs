//! The protocol's service: each call becomes one call of the pipeline, each result one message. Nothing is decided here.
//!
//! `service` has a method for each call, which names what the call is about and what an answer to a failed one keeps; the
//! [`Server`] here runs it, and the file of the kind of object reads and writes its messages.
//!
//! A call that cannot be read, or whose code panics, answers with a diagnostic: a gRPC status would hide the cause from
//! the practitioner and, for Terraform, mean that the plugin is broken.

mod absent;
mod action;
mod calls;
pub(crate) mod convert;
mod data_source;
mod ephemeral;
mod function;
mod list;
mod provider;
mod resource;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::{FutureExt as _, StreamExt as _};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

use self::calls::{Called, Files, Named, Values};
#[cfg(test)]
pub(crate) use self::service::CALLS;
use crate::diag::Diagnostic;
use crate::log::Masker;
use crate::object::{
    AnyObject, AnyProvider, AnyResource, Deferrals, Environment, ErasedProvider, Provider, Registered,
    Registry, Session, problems_of,
};
use crate::pipeline::{Scope, bug, module_meta, secrets, validate};
use crate::proto::tfplugin6 as tf;
use crate::schema::{FixedSchema, Schema};
use crate::serve::Lifecycle;
use crate::value::Dynamic;

/// Largest state of an object that is answered, in bytes. To plan its change, Terraform sends the configuration, the prior and the
/// planned state in one message, of which this is a quarter: a larger state could be stored, and the object not be changed any more.
pub(crate) const MOST_STATE: usize = crate::serve::MAX_MESSAGE / 4;

/// A provider as Terraform sees it.
pub(crate) struct Server {
    offer: Arc<Offer>,
    environment: Environment,
    masker: Masker,
    /// Replaced at each configuration: `terraform test` may make one process serve several walks, and a debugger all of them.
    session: RwLock<Session>,
    /// Whether the last configuration left settings unknown.
    settings_unknown: AtomicBool,
    /// How many calls have come in, to tell them apart in the log.
    calls: AtomicU64,
    /// By which running calls learn that they are to end early.
    lifecycle: Lifecycle,
    /// Ephemeral objects that are open.
    open: ephemeral::OpenObjects,
    /// Where the values of calls go, for those who look for a mistake in the protocol.
    files: Files,
    /// Largest state of an object that is answered, in bytes.
    most_state: usize,
}

/// What a provider offers. It never changes, so the servers of one process may share it.
pub(crate) struct Offer {
    provider: Box<dyn AnyProvider>,
    objects: Registered,
    /// What is wrong with the schemas.
    problems: Vec<String>,
}

impl Offer {
    pub(crate) fn of<P: Provider>() -> Self {
        let provider = ErasedProvider::<P>::new();
        let objects = Registry::<P>::of_provider();
        Offer { problems: problems_of(&provider, &objects), provider: Box::new(provider), objects }
    }
}

impl Server {
    pub(crate) fn new<P: Provider>(environment: Environment, masker: Masker) -> Self {
        Self::offering(Arc::new(Offer::of::<P>()), environment, masker)
    }

    pub(crate) fn offering(offer: Arc<Offer>, environment: Environment, masker: Masker) -> Self {
        Server {
            offer,
            files: Files::of(&environment),
            environment,
            masker,
            session: RwLock::default(),
            settings_unknown: AtomicBool::new(false),
            calls: AtomicU64::new(1),
            lifecycle: Lifecycle::new(),
            open: ephemeral::OpenObjects::default(),
            most_state: MOST_STATE,
        }
    }

    /// The same with another limit than [`MOST_STATE`], so that a test needs no such state.
    #[cfg(feature = "testing")]
    pub(crate) fn limited(self, most_state: usize) -> Self {
        Server { most_state, ..self }
    }

    /// The same, whose calls end early when this process is to end, or gets a signal to stop.
    pub(crate) fn within(mut self, lifecycle: &Lifecycle) -> Self {
        self.lifecycle = lifecycle.clone();
        self
    }

    /// What is wrong with the schemas.
    pub(crate) fn problems(&self) -> &[String] {
        &self.offer.problems
    }

    /// What is wrong with the schemas, each an error. With any of it the provider answers no more than this: Terraform would
    /// refuse it whole, or take it and misread it.
    fn schema_errors(&self) -> Vec<Diagnostic> {
        let error = |problem: &String| {
            Diagnostic::error(
                "The provider has a bug: its schema is wrong",
                format!("{problem}.\n\nPlease report this. Nothing was changed."),
            )
        };
        self.offer.problems.iter().map(error).collect()
    }

    /// By the last configuration.
    fn session(&self) -> Session {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a call happens within, as things stand now. `meta` is what the module says to the provider.
    fn scope(&self, meta: Option<&tf::DynamicValue>) -> Result<Scope, Diagnostic> {
        let meta = match &self.offer.objects.meta {
            Some(schema) => module_meta(&schema.attributes, &self.object(schema, "provider_meta", meta)?)?,
            None => Dynamic::Null,
        };
        Ok(Scope {
            session: self.session(),
            cancel: self.lifecycle.call(),
            meta,
            deferrals: Deferrals::default(),
            masker: self.masker.clone(),
        })
    }

    /// The same for a call that can be deferred, if the client allows it.
    fn deferrable(
        &self,
        meta: Option<&tf::DynamicValue>,
        client: Option<&tf::ClientCapabilities>,
    ) -> Result<(Scope, Deferrals), Diagnostic> {
        let deferrals = Deferrals::allowed(client.is_some_and(|client| client.deferral_allowed));
        Ok((Scope { deferrals: deferrals.clone(), ..self.scope(meta)? }, deferrals))
    }

    /// An object of that schema out of a message; `name` is its type. What is secret in it is masked from now on.
    fn object(
        &self,
        schema: &FixedSchema,
        name: &str,
        message: Option<&tf::DynamicValue>,
    ) -> Result<Dynamic, Diagnostic> {
        let object = convert::object(schema, name, message)?;
        self.mask_in(schema, &object);
        Ok(object)
    }

    /// Masks from now on what is secret in an object.
    fn mask_in(&self, schema: &Schema, object: &Dynamic) {
        for secret in secrets(&schema.attributes, object) {
            self.masker.mask(&secret);
        }
    }

    /// The object of that name, and what a message says to configure it.
    fn configured<'a, T: AnyObject + ?Sized>(
        &self,
        objects: &'a BTreeMap<String, Arc<T>>,
        kind: &str,
        name: &str,
        config: Option<&tf::DynamicValue>,
    ) -> Result<(&'a Arc<T>, Dynamic), Diagnostic> {
        let object = find(objects, kind, name)?;
        Ok((object, self.object(object.schema(), name, config)?))
    }

    /// What is wrong with a configuration of the object of that name.
    fn validated<T: AnyObject + ?Sized>(
        &self,
        objects: &BTreeMap<String, Arc<T>>,
        kind: &str,
        name: &str,
        config: Option<&tf::DynamicValue>,
    ) -> Result<Vec<tf::Diagnostic>, Diagnostic> {
        let (object, config) = self.configured(objects, kind, name, config)?;
        Ok(self.diagnostics(validate::object(&**object, &config)))
    }

    /// The resource of that name.
    fn resource(&self, name: &str) -> Result<&dyn AnyResource, Diagnostic> {
        find(&self.offer.objects.resources, "resource", name).map(|resource| &**resource)
    }

    /// Whether to put a call off, because settings are unknown and the client can wait. Terraform says that it can in
    /// every apply, too, but then all settings are known.
    fn defers(&self, client: Option<&tf::ClientCapabilities>) -> bool {
        self.settings_unknown.load(Ordering::Relaxed) && client.is_some_and(|client| client.deferral_allowed)
    }

    /// Why a call is deferred, if it is: because settings are unknown, or because a handler said so.
    fn deferred(
        &self,
        client: Option<&tf::ClientCapabilities>,
        deferrals: &Deferrals,
    ) -> Option<tf::Deferred> {
        match self.defers(client) {
            true => Some(convert::provider_unknown()),
            false => deferrals.reason().map(convert::deferred),
        }
    }

    /// Diagnostics as messages, without secrets.
    fn diagnostics(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Vec<tf::Diagnostic> {
        diagnostics.into_iter().map(|diagnostic| convert::diagnostic(&diagnostic, &self.masker)).collect()
    }

    /// The message of a request.
    fn received<M: Named + Values>(&self, request: Request<M>) -> M {
        let message = request.into_inner();
        self.files.write(M::RPC, "Request", &message);
        message
    }

    /// The next call for the log.
    fn called(&self, rpc: &'static str, name: &str) -> Called {
        Called::new(self.calls.fetch_add(1, Ordering::Relaxed), rpc, name)
    }

    /// Runs a call; what it cannot finish becomes diagnostics, and `failed` makes an answer of them.
    async fn answer<T: Values>(
        &self,
        rpc: &'static str,
        name: &str,
        call: impl Future<Output = Result<T, Diagnostic>>,
        failed: impl FnOnce(Vec<tf::Diagnostic>) -> T,
    ) -> Result<Response<T>, Status> {
        let called = self.called(rpc, name);
        let answer = self.run(&called, call, failed).await;
        self.files.write(rpc, "Response", &answer);
        Ok(Response::new(answer))
    }

    /// The same for a call that goes on while its answer streams.
    async fn answer_by_stream<T: Values + Send + 'static>(
        &self,
        rpc: &'static str,
        name: &str,
        call: impl Future<Output = Result<BoxStream<T>, Diagnostic>>,
        failed: impl FnOnce(Vec<tf::Diagnostic>) -> BoxStream<T>,
    ) -> Result<Response<BoxStream<T>>, Status> {
        let called = self.called(rpc, name);
        let stream = self.run(&called, call, failed).await;
        let files = self.files.clone();
        Ok(Response::new(Box::pin(stream.inspect(move |event| {
            let _until_the_end = &called;
            if let Ok(event) = event {
                files.write(rpc, "Response", event);
            }
        }))))
    }

    async fn run<T>(
        &self,
        called: &Called,
        call: impl Future<Output = Result<T, Diagnostic>>,
        failed: impl FnOnce(Vec<tf::Diagnostic>) -> T,
    ) -> T {
        let diagnostics = match AssertUnwindSafe(call).catch_unwind().instrument(called.span.clone()).await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(diagnostic)) => self.diagnostics([diagnostic]),
            Err(panic) => self.diagnostics(bug(&*panic).into_diagnostics("answer", |_| None)),
        };
        failed(diagnostics)
    }
}

/// The object of that name.
fn find<'a, T>(objects: &'a BTreeMap<String, T>, kind: &str, name: &str) -> Result<&'a T, Diagnostic> {
    objects.get(name).ok_or_else(|| absent::kind(kind, name))
}
