//! One walk of Terraform's with one provider instance: each call as a message, each answer held against the rules that
//! need no more than the call itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tonic::Request;

use super::core::Running;
use super::message::{
    conforming, identity, identity_kept, identity_known, identity_message, message, received, storable,
};
use super::report::{Report, path};
use super::stored::{Object, Stored};
use crate::object::AnyResource;
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::schema::object_type;
use crate::value::{Dynamic, Path, Type, json};

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
    write_only_allowed: bool,
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
    pub(super) fn new(running: Arc<Running>, phase: Phase, write_only_allowed: bool) -> Self {
        Walk { running, phase, write_only_allowed }
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
        let Some(answer) = received(answer, report) else { return false };
        if report.receive(answer.diagnostics) {
            return false;
        }
        let request = tf::configure_provider::Request {
            terraform_version: terraform_version.to_owned(),
            config: Some(config),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self.running.server.configure_provider(Request::new(request)).await;
        received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    /// Validates a configuration; whether it went well.
    pub(super) async fn validate(
        &self,
        resource: &dyn AnyResource,
        config: &Dynamic,
        report: &mut Report,
    ) -> bool {
        let Some(config) = message(config, &resource.schema().ty(), report) else { return false };
        let request = tf::validate_resource_config::Request {
            type_name: resource.type_name().to_owned(),
            config: Some(config),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self.running.server.validate_resource_config(Request::new(request)).await;
        received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    /// Turns a stored object into one of the current schema.
    pub(super) async fn upgrade(
        &self,
        resource: &dyn AnyResource,
        stored: &Stored,
        report: &mut Report,
    ) -> Option<Object> {
        let current = i64::from(resource.schema().version);
        if stored.version > current {
            report.error(
                "Resource instance managed by newer provider version",
                format!("The state has schema version {}, the provider {current}.", stored.version),
            );
            return None;
        }
        let raw = tf::RawState { json: stored.json.clone().into(), ..Default::default() };
        let request = tf::upgrade_resource_state::Request {
            type_name: resource.type_name().to_owned(),
            version: stored.version,
            raw_state: Some(raw),
        };
        let answer = self.running.server.upgrade_resource_state(Request::new(request)).await;
        let answer = received(answer, report)?;
        if report.receive(answer.diagnostics) {
            return None;
        }
        let summary = "Invalid resource state upgrade";
        let value = conforming(answer.upgraded_state.as_ref(), &resource.schema().ty(), summary, report)?;
        if value.is_null() {
            report.error(summary, "The upgraded state is null, so the object would be lost.");
            return None;
        }
        let identity = match &stored.identity {
            None => None,
            Some(bytes) => match json::decode(bytes, &object_type(resource.identity())) {
                Ok(identity) => Some(identity),
                Err(error) => {
                    report.error("Invalid resource identity", error.to_string());
                    return None;
                }
            },
        };
        let sound = storable(resource, &value, summary, report);
        sound.then(|| Object { value, private: stored.private.clone(), identity, tainted: stored.tainted })
    }

    /// Reads an object: `Some(None)` when it is gone, `None` after an error.
    pub(super) async fn read(
        &self,
        resource: &dyn AnyResource,
        object: &Object,
        report: &mut Report,
    ) -> Option<Option<Object>> {
        let request = tf::read_resource::Request {
            type_name: resource.type_name().to_owned(),
            current_state: Some(message(&object.value, &resource.schema().ty(), report)?),
            private: object.private.clone().into(),
            client_capabilities: Some(self.capabilities()),
            current_identity: identity_message(resource, object.identity.as_ref(), report)?,
            ..Default::default()
        };
        let answer = self.running.server.read_resource(Request::new(request)).await;
        let answer = received(answer, report)?;
        if report.receive(answer.diagnostics) || self.deferred(answer.deferred.is_some(), report) {
            return None;
        }
        let summary = "Provider produced invalid object";
        let value = conforming(answer.new_state.as_ref(), &resource.schema().ty(), summary, report)?;
        if value.is_null() {
            return Some(None);
        }
        let identity = identity(resource, answer.new_identity.as_ref(), summary, report)?;
        let known = identity_known(identity.as_ref(), summary, report);
        let same = identity_kept(object.identity.as_ref(), identity.as_ref(), report);
        let sound = storable(resource, &value, summary, report) && known && same;
        let private = answer.private.to_vec();
        sound.then_some(Some(Object { value, private, identity, tainted: object.tainted }))
    }

    /// Asks for a plan. Held against the rules that hold for each plan; those of the first one are the caller's.
    pub(super) async fn plan(
        &self,
        resource: &dyn AnyResource,
        request: &PlanRequest<'_>,
        report: &mut Report,
    ) -> Option<PlanAnswer> {
        let ty = resource.schema().ty();
        let message = tf::plan_resource_change::Request {
            type_name: resource.type_name().to_owned(),
            prior_state: Some(message(request.prior, &ty, report)?),
            proposed_new_state: Some(message(request.proposed, &ty, report)?),
            config: Some(message(request.config, &ty, report)?),
            prior_private: request.private.to_vec().into(),
            client_capabilities: Some(self.capabilities()),
            prior_identity: identity_message(resource, request.identity, report)?,
            ..Default::default()
        };
        let answer = self.running.server.plan_resource_change(Request::new(message)).await;
        let answer = received(answer, report)?;
        if report.receive(answer.diagnostics) || self.deferred(answer.deferred.is_some(), report) {
            return None;
        }
        let summary = "Provider produced invalid plan";
        if answer.legacy_type_system {
            report.error(summary, "It asks for the leniency of the legacy type system.");
        }
        let planned = conforming(answer.planned_state.as_ref(), &ty, summary, report)?;
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
        resource: &dyn AnyResource,
        request: &ApplyRequest<'_>,
        report: &mut Report,
    ) -> Option<ApplyAnswer> {
        let ty = resource.schema().ty();
        let message = tf::apply_resource_change::Request {
            type_name: resource.type_name().to_owned(),
            prior_state: Some(message(request.prior, &ty, report)?),
            planned_state: Some(message(request.planned, &ty, report)?),
            config: Some(message(request.config, &ty, report)?),
            planned_private: request.private.to_vec().into(),
            planned_identity: identity_message(resource, request.identity, report)?,
            ..Default::default()
        };
        let answer = self.running.server.apply_resource_change(Request::new(message)).await;
        let Some(answer) = received(answer, report) else {
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
        let state = conforming(answer.new_state.as_ref(), &ty, summary, report)?;
        let identity = identity(resource, answer.new_identity.as_ref(), summary, report)?;
        Some(ApplyAnswer { state, private: answer.private.to_vec(), identity })
    }

    /// Finds what an import names: an object as far as the import knows it, to be read next.
    pub(super) async fn import(
        &self,
        resource: &dyn AnyResource,
        id: &str,
        identity: Option<&Dynamic>,
        report: &mut Report,
    ) -> Option<Object> {
        let request = tf::import_resource_state::Request {
            type_name: resource.type_name().to_owned(),
            id: id.to_owned(),
            client_capabilities: Some(self.capabilities()),
            identity: identity_message(resource, identity, report)?,
        };
        let answer = self.running.server.import_resource_state(Request::new(request)).await;
        let answer = received(answer, report)?;
        if report.receive(answer.diagnostics) || self.deferred(answer.deferred.is_some(), report) {
            return None;
        }
        let summary = "Provider produced invalid import";
        let mut imported = answer.imported_resources;
        let (Some(found), true) = (imported.pop(), imported.is_empty()) else {
            report.error(summary, "An import has to answer with exactly one object.");
            return None;
        };
        if found.type_name != resource.type_name() {
            report.error(summary, format!("It answered with an object of type {:?}.", found.type_name));
            return None;
        }
        let value = conforming(found.state.as_ref(), &resource.schema().ty(), summary, report)?;
        let named = self::identity(resource, found.identity.as_ref(), summary, report)?;
        if value.is_null() || (identity.is_some() && named.is_none()) {
            report.error(
                summary,
                "It answered without an object, or without the identity that it was asked for.",
            );
            return None;
        }
        let sound =
            storable(resource, &value, summary, report) && identity_known(named.as_ref(), summary, report);
        let private = found.private.to_vec();
        sound.then_some(Object { value, private, identity: named, tainted: false })
    }

    /// As the real one: not while planning, always while applying, although deferring there is an error.
    fn capabilities(&self) -> tf::ClientCapabilities {
        tf::ClientCapabilities {
            deferral_allowed: self.phase == Phase::Apply,
            write_only_attributes_allowed: self.write_only_allowed,
            ..Default::default()
        }
    }

    fn deferred(&self, deferred: bool, report: &mut Report) -> bool {
        if deferred {
            let detail = match self.phase {
                Phase::Apply => "Resource deferred during apply, but not during plan.",
                Phase::Validate | Phase::Plan => "Terraform did not allow deferrals.",
            };
            report.error("Provider deferred changes", detail);
        }
        deferred
    }
}
