//! The run of a provider: its settings, and one fresh instance of it for each walk.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::FutureExt as _;
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;
use tonic::Request;

use super::lies::{Liar, Lie};
use super::message::message;
use super::schema::Schemas;
use super::walk::{Client, Phase, Walk};
use super::{Instance, Report, config};
use crate::grpc::{MOST_STATE, Offer, Server};
use crate::log::Masker;
use crate::object::{Environment, Provider};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::Dynamic;

/// Terraform's side of the protocol for one provider and its settings. Clones share what is running.
///
/// Like Terraform it starts a fresh provider for each walk (plan, apply, import, …), so that what a provider remembers
/// in memory is gone in the next; only what its client shares with the test remains.
#[derive(Clone)]
pub struct Core {
    offer: Arc<Offer>,
    pub(super) lie: Option<Lie>,
    most_state: usize,
    pub(super) schemas: Arc<Schemas>,
    config: Json,
    config_while_planning: Option<Json>,
    meta: Option<Json>,
    environment: BTreeMap<String, String>,
    given: Option<Arc<dyn Any + Send + Sync>>,
    pub(super) terraform_version: String,
    write_only: bool,
    deferral: bool,
    pub(super) refreshes: bool,
    #[cfg(test)]
    tamper: Option<Tamper>,
    running: Arc<Mutex<Vec<Weak<Running>>>>,
    /// What Terraform has against the schemas. It asks for them at the start of a run; here the first walk does.
    loaded: Arc<OnceCell<Report>>,
    one_run: Option<Arc<OneRun>>,
}

/// What is known of a provider whose schemas have no mistakes. It is the same for every walk of a [`Core`], and not for every `Core` of a
/// process: what a generated provider offers depends on the case.
struct Known {
    offer: Arc<Offer>,
    schemas: Arc<Schemas>,
}

impl Known {
    /// # Errors
    /// What is wrong, to follow `the schemas of provider …`.
    fn of<P: Provider>() -> Result<Self, String> {
        let offer = Arc::new(Offer::of::<P>());
        let server = Server::offering(Arc::clone(&offer), Environment::new(|_| None), Masker::default());
        if !server.problems().is_empty() {
            return Err(format!("have mistakes:\n{}", server.problems().join("\n")));
        }
        let schemas = offered(&server).map_err(|problem| format!("cannot be read: {problem}"))?;
        Ok(Known { offer, schemas: Arc::new(schemas) })
    }
}

/// What a provider says that it offers.
fn offered(server: &Server) -> Result<Schemas, String> {
    let answer = server.get_provider_schema(Request::new(tf::get_provider_schema::Request {})).now_or_never();
    let request = Request::new(tf::get_resource_identity_schemas::Request {});
    let identities = server.get_resource_identity_schemas(request).now_or_never();
    let (Some(Ok(answer)), Some(Ok(identities))) = (answer, identities) else {
        return Err("the provider does not answer at once".to_owned());
    };
    Schemas::read(answer.get_ref(), identities.get_ref())
}

/// The providers of one run: one plans all objects, another applies all plans, or one does both.
#[derive(Default)]
struct OneRun {
    plan: OnceCell<Arc<Running>>,
    apply: OnceCell<Arc<Running>>,
    is_one_process: bool,
}

impl OneRun {
    fn provider(&self, phase: Phase) -> &OnceCell<Arc<Running>> {
        if phase == Phase::Plan || self.is_one_process { &self.plan } else { &self.apply }
    }
}

/// A provider during a walk.
pub(super) struct Running {
    pub(super) server: Liar,
    pub(super) stopped: AtomicBool,
    #[cfg(test)]
    pub(super) tamper: Option<Tamper>,
}

/// A provider refused its settings; the report says why.
struct NotConfigured;

/// Changes answers before they are looked at; each comes as the message that it is.
#[cfg(test)]
pub(super) type Tamper = Arc<dyn Fn(&mut dyn std::any::Any) + Send + Sync>;

impl Core {
    /// A run of provider `P` with an empty provider block and no environment variables, by a Terraform of version 1.11
    /// or later.
    ///
    /// # Panics
    /// When a schema breaks a rule of Terraform's or ours: all problems at once.
    #[expect(clippy::panic, reason = "a test of a provider with a wrong schema ends here")]
    pub fn new<P: Provider>() -> Self {
        let (offer, schemas) = match Known::of::<P>() {
            Ok(Known { offer, schemas }) => (offer, schemas),
            Err(problem) => panic!("the schemas of provider {} {problem}", P::NAME),
        };
        Core {
            offer,
            lie: None,
            most_state: MOST_STATE,
            schemas,
            config: json!({}),
            config_while_planning: None,
            meta: None,
            environment: BTreeMap::new(),
            given: None,
            terraform_version: "1.11.4".to_owned(),
            write_only: true,
            deferral: false,
            refreshes: true,
            #[cfg(test)]
            tamper: None,
            running: Arc::default(),
            loaded: Arc::default(),
            one_run: None,
        }
    }

    /// Sets the provider block.
    #[must_use]
    pub fn config(mut self, config: Json) -> Self {
        self.config = config;
        self
    }

    /// Sets what is known of the provider block while planning, where some of it is [`unknown`](super::unknown) until
    /// other objects are created.
    #[must_use]
    pub fn config_while_planning(mut self, config: Json) -> Self {
        self.config_while_planning = Some(config);
        self
    }

    /// Sets an environment variable, which the provider sees in place of those of the process.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Gives `configure` something beside the provider block, which `ConfigureCx::given` returns. Only the last value counts.
    #[must_use]
    pub fn give<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.given = Some(Arc::new(value));
        self
    }

    /// Sets the version that Terraform names itself.
    #[must_use]
    pub fn terraform_version(mut self, version: impl Into<String>) -> Self {
        self.terraform_version = version.into();
        self
    }

    /// Plays a Terraform before version 1.11, which knows no write-only attributes.
    #[must_use]
    pub fn without_write_only(mut self) -> Self {
        self.write_only = false;
        self
    }

    /// Plays a Terraform that waits for what a provider defers while planning, as `-allow-deferral` makes it. Ephemeral
    /// resources may be deferred then, too, although the Terraforms of today do not say so to them.
    #[must_use]
    pub fn allow_deferral(mut self) -> Self {
        self.deferral = true;
        self
    }

    /// Sets what the module says to the provider in `terraform { provider_meta "…" { … } }`.
    #[must_use]
    pub fn provider_meta(mut self, meta: Json) -> Self {
        self.meta = Some(meta);
        self
    }

    /// Has the provider refuse states of more bytes than this, in place of 64 MiB.
    #[must_use]
    pub fn most_state(mut self, bytes: usize) -> Self {
        self.most_state = bytes;
        self
    }

    /// Plans and applies without reading objects first, as `-refresh=false` does.
    #[must_use]
    pub fn without_refresh(mut self) -> Self {
        self.refreshes = false;
        self
    }

    /// One run of Terraform over several objects: the same settings, and one provider for all walks that plan, another
    /// for all that apply.
    #[must_use]
    pub fn one_run(&self) -> Self {
        Core { one_run: Some(Arc::default()), ..self.clone() }
    }

    /// The same with one provider for all walks, whatever they do and however many there are, as in `terraform test` from 1.13 on
    /// if the test file has a `provider` block.
    #[must_use]
    pub fn one_process(&self) -> Self {
        let run = OneRun { is_one_process: true, ..OneRun::default() };
        Core { one_run: Some(Arc::new(run)), ..self.clone() }
    }

    /// One instance of a managed resource, of which the state is empty yet.
    ///
    /// # Panics
    /// When the provider offers no such resource.
    #[expect(clippy::panic, reason = "a test that misspells a name ends here")]
    pub fn resource(&self, type_name: &str) -> Instance {
        match self.schemas.resources.get(type_name) {
            Some(resource) => Instance::new(self.clone(), Arc::clone(resource)),
            None => panic!("the provider offers no resource {type_name:?}"),
        }
    }

    /// Loads the provider's schemas, validates and configures it, as at the start of a plan, and ends it.
    pub async fn configure(&self) -> Report {
        let mut report = Report::default();
        self.walk(Phase::Plan, &mut report).await;
        report
    }

    /// Ctrl-C: asks every running provider to stop. Walks that go on start no further change.
    pub async fn stop(&self) {
        let running: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        for running in running {
            running.stopped.store(true, Ordering::SeqCst);
            // The answer cannot fail: Terraform would only log it.
            drop(running.server.stop_provider(Request::new(tf::stop_provider::Request {})).await);
        }
    }

    /// Starts a provider for a walk; `None` after an error in its settings.
    pub(super) async fn walk(&self, phase: Phase, report: &mut Report) -> Option<Walk> {
        let client =
            Client { write_only: self.write_only, deferral: self.deferral, meta: self.meta_message(report)? };
        if phase == Phase::Validate {
            return Some(Walk::new(self.start(), phase, client));
        }
        let mut found = Report::default();
        let ready = self.ready(phase, &client, &mut found);
        let running = match &self.one_run {
            Some(run) => run.provider(phase).get_or_try_init(|| ready).await.cloned(),
            None => ready.await,
        };
        report.append(found);
        Some(Walk::new(running.ok()?, phase, client))
    }

    /// Starts a provider.
    fn start(&self) -> Arc<Running> {
        let variables = self.environment.clone();
        let mut environment = Environment::new(move |name| variables.get(name).cloned());
        environment.given.clone_from(&self.given);
        let server = Server::offering(Arc::clone(&self.offer), environment, Masker::default());
        let server = server.limited(self.most_state);
        let server = Liar { server, lie: self.lie.clone() };
        let running = Arc::new(Running {
            server,
            stopped: AtomicBool::new(false),
            #[cfg(test)]
            tamper: self.tamper.clone(),
        });
        let mut all = self.lock();
        all.retain(|running| running.strong_count() > 0);
        all.push(Arc::downgrade(&running));
        running
    }

    /// Starts a provider and configures it.
    async fn ready(
        &self,
        phase: Phase,
        client: &Client,
        report: &mut Report,
    ) -> Result<Arc<Running>, NotConfigured> {
        let running = self.start();
        let given = match (&self.config_while_planning, phase) {
            (Some(config), Phase::Plan) => config,
            _ => &self.config,
        };
        let config = config::object(&self.schemas.provider, given, report);
        if phase == Phase::Apply && !config.is_wholly_known() {
            report.error("Invalid provider configuration", "While applying, all of it is known.");
        }
        let walk = Walk::new(Arc::clone(&running), phase, client.clone());
        let load = async || {
            let mut found = Report::default();
            walk.schemas(&mut found).await;
            found
        };
        report.append(self.loaded.get_or_init(load).await.clone());
        let ty = &self.schemas.provider.ty;
        let ready =
            !report.has_errors() && walk.configure(&config, ty, &self.terraform_version, report).await;
        if ready { Ok(running) } else { Err(NotConfigured) }
    }

    /// What the module says to the provider; the outer `None` is an error. A provider without a schema for it gets none.
    #[expect(clippy::option_option, reason = "an error, or that there is nothing to send")]
    fn meta_message(&self, report: &mut Report) -> Option<Option<tf::DynamicValue>> {
        let mut found = Report::default();
        let sent = match (&self.schemas.meta, &self.meta) {
            (None, None) => None,
            (None, Some(_)) => {
                found.error("Provider does not support provider_meta", "It has no schema for it.");
                None
            }
            (Some(schema), given) => {
                let given =
                    given.as_ref().map_or(Dynamic::Null, |given| config::object(schema, given, &mut found));
                message(&given, &schema.ty, &mut found)
            }
        };
        let sound = !found.has_errors();
        report.append(found);
        sound.then_some(sent)
    }

    /// The same, with answers changed before they are looked at.
    #[cfg(test)]
    pub(super) fn tampered(
        mut self,
        tamper: impl Fn(&mut dyn std::any::Any) + Send + Sync + 'static,
    ) -> Self {
        self.tamper = Some(Arc::new(tamper));
        self
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
