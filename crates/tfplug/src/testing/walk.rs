//! One walk of Terraform's with one provider instance: each call as a message, each answer held against the rules that
//! need no more than the call itself.

mod origins;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use tonic::{Request, Response, Status};

pub(super) use origins::Source;

use super::core::Running;
use super::deferral::Deferral;
use super::lies::Liar;
use super::message::{
    conforming, identity, identity_kept, identity_known, identity_message, message, received, storable,
};
use super::report::{DISCLOSED, Report, path};
use super::rules;
use super::schema::Resource;
use super::stored::Object;
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::{Dynamic, Path, Type};

/// What a walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// `terraform validate`: the provider is not configured.
    Validate,
    /// A plan, a refresh or an import.
    Plan,
    /// An apply.
    Apply,
}

/// A walk.
pub(super) struct Walk {
    running: Arc<Running>,
    pub(super) phase: Phase,
    pub(super) client: Client,
    put_off: Mutex<Option<Deferral>>,
}

/// What a Terraform can do, and what it has to say to the provider for the module.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) write_only: bool,
    /// Whether it waits for what a provider defers while planning.
    pub(super) deferral: bool,
    /// The `provider_meta` block; missing where the provider knows none.
    pub(super) meta: Option<tf::DynamicValue>,
}

/// What a plan is asked of.
pub(super) struct PlanRequest<'a> {
    pub(super) prior: &'a Dynamic,
    pub(super) config: &'a Dynamic,
    pub(super) proposed: &'a Dynamic,
    pub(super) private: &'a [u8],
    pub(super) identity: Option<&'a Dynamic>,
}

/// What a plan answers.
pub(super) struct PlanAnswer {
    pub(super) planned: Dynamic,
    pub(super) replace: Vec<Path>,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Dynamic>,
}

/// What an apply is asked of.
pub(super) struct ApplyRequest<'a> {
    pub(super) prior: &'a Dynamic,
    pub(super) config: &'a Dynamic,
    pub(super) planned: &'a Dynamic,
    pub(super) private: &'a [u8],
    pub(super) identity: Option<&'a Dynamic>,
}

/// What an apply answers, be it well or not.
pub(super) struct ApplyAnswer {
    pub(super) state: Dynamic,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Dynamic>,
}

impl Walk {
    pub(super) fn new(running: Arc<Running>, phase: Phase, client: Client) -> Self {
        Walk { running, phase, client, put_off: Mutex::default() }
    }

    /// The provider of this walk.
    pub(super) fn server(&self) -> &Liar {
        &self.running.server
    }

    /// The answer of a call, as the provider gave it.
    pub(super) fn received<T: 'static>(
        &self,
        answer: Result<Response<T>, Status>,
        report: &mut Report,
    ) -> Option<T> {
        let answer = received(answer, report)?;
        Some(self.tampered(answer))
    }

    /// The answer as a test wants it, to see that a breach of a rule is caught that the framework would never commit.
    #[cfg(test)]
    pub(super) fn tampered<T: 'static>(&self, mut answer: T) -> T {
        if let Some(tamper) = &self.running.tamper {
            tamper(&mut answer);
        }
        answer
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "only tests look at it")]
    pub(super) fn tampered<T>(&self, answer: T) -> T {
        answer
    }

    /// Whether Terraform has been asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.running.stopped.load(Ordering::SeqCst)
    }

    /// Validates the provider's configuration and configures it; whether both went well.
    pub(super) async fn configure(
        &self,
        config: &Dynamic,
        ty: &Type,
        terraform_version: &str,
        report: &mut Report,
    ) -> bool {
        let Some(config) = message(config, ty, report) else { return false };
        let request = tf::validate_provider_config::Request { config: Some(config.clone()) };
        let answer = self.running.server.validate_provider_config(Request::new(request)).await;
        let Some(answer) = self.received(answer, report) else { return false };
        if report.receive(answer.diagnostics) {
            return false;
        }
        let request = tf::configure_provider::Request {
            terraform_version: terraform_version.to_owned(),
            config: Some(config),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self.running.server.configure_provider(Request::new(request)).await;
        self.received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    /// Validates a configuration; whether it went well.
    pub(super) async fn validate(&self, resource: &Resource, config: &Dynamic, report: &mut Report) -> bool {
        let Some(config) = message(config, &resource.schema.ty, report) else { return false };
        let request = tf::validate_resource_config::Request {
            type_name: resource.schema.name.clone(),
            config: Some(config),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self.running.server.validate_resource_config(Request::new(request)).await;
        self.received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    /// Reads an object: `Some(None)` when it is gone, `None` after an error. One whose read is deferred is as it was.
    pub(super) async fn read(
        &self,
        resource: &Resource,
        object: &Object,
        report: &mut Report,
    ) -> Option<Option<Object>> {
        let read = self.read_imported(resource, object, report).await?;
        let Some(found) = &read else { return Some(None) };
        let deferred = self.deferral().is_some();
        let same = deferred || identity_kept(object.identity.as_ref(), found.identity.as_ref(), report);
        let disclosed = rules::disclosed(&resource.schema.attributes, &object.value, &found.value);
        (same && report.refuse(DISCLOSED, disclosed)).then_some(read)
    }

    /// The read that follows an import. Terraform lets it complete the identity, and spell it in another way
    /// (`hashicorp/terraform:internal/terraform/node_resource_plan_instance.go`).
    pub(super) async fn read_imported(
        &self,
        resource: &Resource,
        object: &Object,
        report: &mut Report,
    ) -> Option<Option<Object>> {
        let request = tf::read_resource::Request {
            type_name: resource.schema.name.clone(),
            current_state: Some(message(&object.value, &resource.schema.ty, report)?),
            private: object.private.clone().into(),
            client_capabilities: Some(self.capabilities()),
            current_identity: identity_message(resource, object.identity.as_ref(), report)?,
            provider_meta: self.client.meta.clone(),
        };
        let answer = self.running.server.read_resource(Request::new(request)).await;
        let answer = self.received(answer, report)?;
        if report.receive(answer.diagnostics) || !self.defer(answer.deferred, report) {
            return None;
        }
        if self.deferral().is_some() {
            return Some(Some(object.clone()));
        }
        let summary = "Provider produced invalid object";
        let value = conforming(answer.new_state.as_ref(), &resource.schema.ty, summary, report)?;
        if value.is_null() {
            return Some(None);
        }
        let identity = identity(resource, answer.new_identity.as_ref(), summary, report)?;
        let known = identity_known(identity.as_ref(), report);
        let sound = storable(resource, &value, summary, report) && known;
        let private = answer.private.to_vec();
        sound.then_some(Some(Object { value, private, identity, tainted: object.tainted }))
    }

    /// Asks for a plan. Held against the rules that hold for each plan; those of the first one are the caller's.
    pub(super) async fn plan(
        &self,
        resource: &Resource,
        request: &PlanRequest<'_>,
        report: &mut Report,
    ) -> Option<PlanAnswer> {
        let ty = &resource.schema.ty;
        let message = tf::plan_resource_change::Request {
            type_name: resource.schema.name.clone(),
            prior_state: Some(message(request.prior, ty, report)?),
            proposed_new_state: Some(message(request.proposed, ty, report)?),
            config: Some(message(request.config, ty, report)?),
            prior_private: request.private.to_vec().into(),
            client_capabilities: Some(self.capabilities()),
            prior_identity: identity_message(resource, request.identity, report)?,
            provider_meta: self.client.meta.clone(),
            ..Default::default()
        };
        let answer = self.running.server.plan_resource_change(Request::new(message)).await;
        let answer = self.received(answer, report)?;
        if report.receive(answer.diagnostics) || !self.defer(answer.deferred, report) {
            return None;
        }
        let summary = "Provider produced invalid plan";
        if answer.legacy_type_system {
            report.error(summary, "It asks for the leniency of the legacy type system.");
        }
        let planned = conforming(answer.planned_state.as_ref(), ty, summary, report)?;
        Some(PlanAnswer {
            planned,
            replace: answer.requires_replace.into_iter().map(path).collect(),
            private: answer.planned_private.to_vec(),
            identity: identity(resource, answer.planned_identity.as_ref(), summary, report)?,
        })
    }

    /// Applies a change. Whatever goes wrong, the answer tells what to store; `None` when it cannot be read, and then
    /// the object is lost.
    pub(super) async fn apply(
        &self,
        resource: &Resource,
        request: &ApplyRequest<'_>,
        report: &mut Report,
    ) -> Option<ApplyAnswer> {
        let ty = &resource.schema.ty;
        let message = tf::apply_resource_change::Request {
            type_name: resource.schema.name.clone(),
            prior_state: Some(message(request.prior, ty, report)?),
            planned_state: Some(message(request.planned, ty, report)?),
            config: Some(message(request.config, ty, report)?),
            planned_private: request.private.to_vec().into(),
            planned_identity: identity_message(resource, request.identity, report)?,
            provider_meta: self.client.meta.clone(),
        };
        let answer = self.running.server.apply_resource_change(Request::new(message)).await;
        let Some(answer) = self.received(answer, report) else {
            return Some(ApplyAnswer { state: Dynamic::Null, private: Vec::new(), identity: None });
        };
        report.receive(answer.diagnostics);
        if answer.legacy_type_system {
            report.error(
                "Provider produced invalid object",
                "It asks for the leniency of the legacy type system.",
            );
        }
        let summary = "Provider produced invalid object";
        let state = conforming(answer.new_state.as_ref(), ty, summary, report)?;
        let identity = identity(resource, answer.new_identity.as_ref(), summary, report)?;
        Some(ApplyAnswer { state, private: answer.private.to_vec(), identity })
    }

    /// As the real one: while planning only if it waits for what is deferred, always while applying, although deferring
    /// there is an error.
    pub(super) fn capabilities(&self) -> tf::ClientCapabilities {
        tf::ClientCapabilities {
            deferral_allowed: self.phase == Phase::Apply || self.client.deferral,
            write_only_attributes_allowed: self.client.write_only,
            ..Default::default()
        }
    }

    /// Notes that the provider defers; whether it may.
    pub(super) fn defer(&self, deferred: Option<tf::Deferred>, report: &mut Report) -> bool {
        let Some(deferred) = deferred else { return true };
        let reason = Deferral::of(deferred);
        let detail = match self.phase {
            Phase::Apply => "Resource deferred during apply, but not during plan.",
            Phase::Validate | Phase::Plan if !self.client.deferral => "Terraform did not allow deferrals.",
            Phase::Validate | Phase::Plan if reason.is_none() => "It does not say why.",
            Phase::Validate | Phase::Plan => {
                *self.put_off.lock().unwrap_or_else(PoisonError::into_inner) = reason;
                return true;
            }
        };
        report.error("Provider deferred changes", detail);
        false
    }

    /// Why the provider has deferred something in this walk, if it has.
    pub(super) fn deferral(&self) -> Option<Deferral> {
        *self.put_off.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
