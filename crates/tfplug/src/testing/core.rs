//! The run of a provider: its settings, and one fresh instance of it for each walk.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::{Value as Json, json};
use tonic::Request;

use super::walk::{Phase, Walk};
use super::{Instance, Report, config};
use crate::grpc::Server;
use crate::log::Masker;
use crate::object::{AnyProvider as _, AnyResource, Environment, ErasedProvider, Objects, Provider};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::schema::{Place, Schema, problems};
use crate::value::Type;

/// Terraform's side of the protocol for one provider and its settings. Clones share what is running.
///
/// Like Terraform it starts a fresh provider for each walk (plan, apply, import, …), so that what a provider remembers
/// in memory is gone in the next; only what its client shares with the test remains.
#[derive(Clone)]
pub struct Core {
    start: Arc<dyn Fn(Environment) -> Server + Send + Sync>,
    provider: Arc<Schema>,
    resources: Arc<BTreeMap<String, Arc<dyn AnyResource>>>,
    config: Json,
    config_while_planning: Option<Json>,
    environment: BTreeMap<String, String>,
    pub(super) terraform_version: String,
    pub(super) write_only_allowed: bool,
    pub(super) refreshes: bool,
    running: Arc<Mutex<Vec<Weak<Running>>>>,
}

/// A provider during a walk.
pub(super) struct Running {
    pub(super) server: Server,
    pub(super) stopped: AtomicBool,
}

impl Core {
    /// A run of provider `P` with an empty provider block and no environment variables, by a Terraform of version 1.11
    /// or later.
    ///
    /// # Panics
    /// When a schema breaks a rule of Terraform's or ours: all problems at once.
    #[expect(clippy::panic, reason = "a test of a provider with a wrong schema ends here")]
    pub fn new<P: Provider>() -> Self {
        let provider = ErasedProvider::<P>::new().schema().clone();
        let resources = Objects::<P>::of_provider().resources;
        let wrong = schema_problems(&provider, &resources);
        if !wrong.is_empty() {
            panic!("the schemas of provider {} have mistakes:\n{}", P::NAME, wrong.join("\n"));
        }
        Core {
            start: Arc::new(|environment| Server::new::<P>(environment, Masker::default())),
            provider: Arc::new(provider),
            resources: Arc::new(resources),
            config: json!({}),
            config_while_planning: None,
            environment: BTreeMap::new(),
            terraform_version: "1.11.4".to_owned(),
            write_only_allowed: true,
            refreshes: true,
            running: Arc::default(),
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

    /// Sets the version that Terraform names itself.
    #[must_use]
    pub fn terraform_version(mut self, version: impl Into<String>) -> Self {
        self.terraform_version = version.into();
        self
    }

    /// Plays a Terraform before version 1.11, which knows no write-only attributes.
    #[must_use]
    pub fn without_write_only(mut self) -> Self {
        self.write_only_allowed = false;
        self
    }

    /// Plans and applies without reading objects first, as `-refresh=false` does.
    #[must_use]
    pub fn without_refresh(mut self) -> Self {
        self.refreshes = false;
        self
    }

    /// One instance of a managed resource, of which the state is empty yet.
    ///
    /// # Panics
    /// When the provider offers no such resource.
    #[expect(clippy::panic, reason = "a test that misspells a name ends here")]
    pub fn resource(&self, type_name: &str) -> Instance {
        match self.resources.get(type_name) {
            Some(resource) => Instance::new(self.clone(), Arc::clone(resource)),
            None => panic!("the provider offers no resource {type_name:?}"),
        }
    }

    /// Validates and configures the provider, as at the start of a plan, and ends it.
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
        let variables = self.environment.clone();
        let server = (self.start)(Arc::new(move |name: &str| variables.get(name).cloned()));
        let running = Arc::new(Running { server, stopped: AtomicBool::new(false) });
        {
            let mut all = self.lock();
            all.retain(|running| running.strong_count() > 0);
            all.push(Arc::downgrade(&running));
        }
        let walk = Walk::new(running, phase, self.write_only_allowed);
        if phase == Phase::Validate {
            return Some(walk);
        }
        let given = match (&self.config_while_planning, phase) {
            (Some(config), Phase::Plan) => config,
            _ => &self.config,
        };
        let mut found = Report::default();
        let config = config::object(&self.provider.attributes, given, &mut found);
        if phase == Phase::Apply && !config.is_wholly_known() {
            found.error("Invalid provider configuration", "While applying, all of it is known.");
        }
        let ty = self.provider.ty();
        let ready =
            !found.has_errors() && walk.configure(&config, &ty, &self.terraform_version, &mut found).await;
        report.append(found);
        ready.then_some(walk)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with the schemas of a provider.
fn schema_problems(provider: &Schema, resources: &BTreeMap<String, Arc<dyn AnyResource>>) -> Vec<String> {
    let mut wrong: Vec<_> = problems(provider, Place::Provider)
        .into_iter()
        .map(|problem| format!("provider: {problem}"))
        .collect();
    for (name, resource) in resources {
        let schema = resource.schema();
        wrong.extend(
            problems(schema, Place::Resource).into_iter().map(|problem| format!("{name}: {problem}")),
        );
        for part in resource.identity() {
            let primitive = |ty: &Type| matches!(ty, Type::Bool | Type::Number | Type::String);
            let ty = part.ty();
            if !primitive(&ty) && !matches!(&ty, Type::List(element) if primitive(element)) {
                wrong.push(format!(
                    "{name}: identity {}: it is neither primitive nor a list of such",
                    part.name
                ));
            }
            if schema.attribute(&part.name).is_none_or(|attribute| attribute.ty() != ty) {
                wrong.push(format!("{name}: identity {}: no attribute has that name and type", part.name));
            }
        }
    }
    wrong
}
