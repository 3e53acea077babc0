//! Messages about managed resources.

use super::{Server, convert};
use crate::diag::{Diagnostic, Diagnostics};
use crate::log::Masker;
use crate::object::{AnyResource, MoveSource};
use crate::pipeline::{
    apply, generate, identity_of, import, plan, raw_secrets, read, secrets, upgrade, validate,
};
use crate::proto::tfplugin6 as tf;
use crate::schema::Attribute;
use crate::value::{Dynamic, Path, ValueError, msgpack};

/// A value of the resource's schema as a message.
fn message(resource: &dyn AnyResource, object: &Dynamic) -> Result<tf::DynamicValue, Diagnostic> {
    convert::object_message(resource.schema(), resource.type_name(), object)
}

/// An identity out of a message; clients that know no identities send none.
fn identity(
    resource: &dyn AnyResource,
    message: Option<&tf::ResourceIdentityData>,
) -> Result<Option<Dynamic>, Diagnostic> {
    let Some(data) = message.and_then(|message| message.identity_data.as_ref()) else { return Ok(None) };
    let identity = convert::value(Some(data), resource.identity_type()).map_err(|error| {
        convert::bad_value(&format!("read an identity of {}", resource.type_name()), &error)
    })?;
    Ok((!identity.is_null()).then_some(identity))
}

/// An identity as a message. One that cannot be written is left out: the state tells it as well.
fn identity_message(
    resource: &dyn AnyResource,
    identity: Option<&Dynamic>,
) -> Option<tf::ResourceIdentityData> {
    let data = convert::dynamic_value(identity?, resource.identity_type()).ok()?;
    Some(tf::ResourceIdentityData { identity_data: Some(data) })
}

/// Demands a value, be it null. What is null decides in an apply between create, update and delete, so one that only
/// got lost must not count as such: without its plan an object would be deleted.
fn present(
    what: &str,
    resource: &dyn AnyResource,
    message: Option<&tf::DynamicValue>,
) -> Result<(), Diagnostic> {
    match message {
        Some(value) if !value.msgpack.is_empty() || !value.json.is_empty() => Ok(()),
        _ => Err(convert::bad_value(
            &format!("apply a change of {}", resource.type_name()),
            &ValueError::new(format!("the message has no {what}")),
        )),
    }
}

/// What the state has instead of one that is too large, after a read or an apply.
const KEPT: &str = "An existing object keeps its state. Of a new one, the state has only what identifies it.";

/// The same where nothing is stored but what is answered: a plan, an import and a move.
const UNCHANGED: &str = "Nothing was changed.";

/// The error about a state of so many bytes, at the attribute that takes most of them. `outcome` is what comes of it.
fn too_large(
    resource: &dyn AnyResource,
    object: &Dynamic,
    outcome: &str,
    bytes: usize,
    most: usize,
) -> Diagnostic {
    let size = |attribute: &Attribute| {
        msgpack::encode(object.get(&attribute.name), &attribute.ty()).map_or(0, |value| value.len())
    };
    let largest = resource.schema().attributes.iter().max_by_key(|attribute| size(attribute));
    let name = largest.map_or("", |attribute| &attribute.name);
    Diagnostic::error(
        "The object is too large for the state",
        format!(
            "A state of {} may have {most} bytes, and this one has {bytes}, most of them in {name}. Terraform sends a state several times \
             in one message, so the object could not be changed any more. {outcome} Make the value smaller, or ask for a provider that does not store it.",
            resource.type_name()
        ),
    )
    .at(Path::attribute(name))
}

impl Server {
    /// A state that Terraform is to store or to plan with. `outcome` is what comes of one that is too large.
    fn state(
        &self,
        resource: &dyn AnyResource,
        object: &Dynamic,
        outcome: &str,
    ) -> Result<tf::DynamicValue, Diagnostic> {
        let state = message(resource, object)?;
        match state.msgpack.len() {
            bytes if bytes > self.most_state => {
                Err(too_large(resource, object, outcome, bytes, self.most_state))
            }
            _ => Ok(state),
        }
    }

    pub(super) fn validate_resource(
        &self,
        request: tf::validate_resource_config::Request,
    ) -> Result<tf::validate_resource_config::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let config = self.object(resource.schema(), resource.type_name(), request.config.as_ref())?;
        let write_only =
            request.client_capabilities.is_some_and(|client| client.write_only_attributes_allowed);
        let diagnostics = self.diagnostics(validate::resource(resource, &config, write_only));
        Ok(tf::validate_resource_config::Response { diagnostics })
    }

    pub(super) fn upgrade_state(
        &self,
        request: tf::upgrade_resource_state::Request,
    ) -> Result<tf::upgrade_resource_state::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let raw = request.raw_state.unwrap_or_default();
        if raw.json.is_empty() {
            return Err(Diagnostic::error(
                format!("The stored state of {} is too old", request.type_name),
                "It was written by Terraform 0.11 or earlier. Upgrade it step by step with newer versions of Terraform first.",
            ));
        }
        let (known, version) = (&resource.schema().attributes, request.version);
        let upgrade = || upgrade::state(resource, version, &raw.json);
        // A state of the current version meets no code of the provider, and there is one in nearly every call.
        let (state, diagnostics) = match version == i64::from(resource.schema().version) {
            true => upgrade(),
            false => Masker::during(&raw_secrets(known, &raw.json), upgrade),
        };
        for secret in secrets(&resource.schema().attributes, &state) {
            self.masker.mask(&secret);
        }
        let upgraded_state = if diagnostics.has_errors() { None } else { Some(message(resource, &state)?) };
        Ok(tf::upgrade_resource_state::Response {
            upgraded_state,
            diagnostics: match diagnostics.is_empty() {
                true => Vec::new(),
                false => self.raw_diagnostics(&raw_secrets(known, &raw.json), diagnostics),
            },
        })
    }

    /// Diagnostics about a stored object, of which an error may quote any value. Which of them are secret is unknown where
    /// the object is of another schema, so that all `hidden` ones are masked: [`raw_secrets`].
    fn raw_diagnostics(&self, hidden: &[String], diagnostics: Diagnostics) -> Vec<tf::Diagnostic> {
        let masker = Masker::default();
        hidden.iter().for_each(|secret| masker.mask(secret));
        let masked = diagnostics.into_iter().map(|mut diagnostic| {
            diagnostic.summary = masker.apply(&diagnostic.summary).into_owned();
            diagnostic.detail = masker.apply(&diagnostic.detail).into_owned();
            diagnostic
        });
        self.diagnostics(masked)
    }

    pub(super) fn upgrade_identity(
        &self,
        request: tf::upgrade_resource_identity::Request,
    ) -> Result<tf::upgrade_resource_identity::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let raw = request.raw_identity.unwrap_or_default();
        let hidden = raw_secrets(&resource.schema().attributes, &raw.json);
        let (identity, diagnostics) =
            Masker::during(&hidden, || upgrade::identity(resource, request.version, &raw.json));
        // An answer without a value means the same to Terraform, and is an error to OpenTofu.
        let upgraded_identity = identity_message(resource, Some(&identity.unwrap_or(Dynamic::Null)));
        Ok(tf::upgrade_resource_identity::Response {
            upgraded_identity,
            diagnostics: self.raw_diagnostics(&hidden, diagnostics),
        })
    }

    pub(super) fn move_state(
        &self,
        request: tf::move_resource_state::Request,
    ) -> Result<tf::move_resource_state::Response, Diagnostic> {
        let resource = self.resource(&request.target_type_name)?;
        let raw = request.source_state.unwrap_or_default();
        let identity = request.source_identity.unwrap_or_default();
        let source = MoveSource {
            provider: &request.source_provider_address,
            type_name: &request.source_type_name,
            version: request.source_schema_version,
            json: &raw.json,
            private: &request.source_private,
            identity: Some(&*identity.json).filter(|json| !json.is_empty()),
        };
        // Of another type nothing is known.
        let hidden = [&raw.json, &identity.json].map(|stored| raw_secrets(&[], stored)).concat();
        let (moved, diagnostics) = Masker::during(&hidden, || upgrade::moved(resource, &source));
        let (state, private) = moved.unzip();
        for secret in state.iter().flat_map(|state| secrets(&resource.schema().attributes, state)) {
            self.masker.mask(&secret);
        }
        let identity = state.as_ref().and_then(|state| identity_of(resource, state));
        let target_state = state.map(|state| self.state(resource, &state, UNCHANGED)).transpose()?;
        Ok(tf::move_resource_state::Response {
            target_state,
            target_identity: identity_message(resource, identity.as_ref()),
            diagnostics: self.raw_diagnostics(&hidden, diagnostics),
            target_private: private.unwrap_or_default().into(),
        })
    }

    pub(super) async fn read(
        &self,
        request: tf::read_resource::Request,
    ) -> Result<tf::read_resource::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let identity = identity(resource, request.current_identity.as_ref())?;
        let current = self.object(resource.schema(), resource.type_name(), request.current_state.as_ref())?;
        let client = request.client_capabilities;
        let (scope, deferrals) = self.deferrable(request.provider_meta.as_ref(), client.as_ref())?;
        let read_request = read::Request { current, private: request.private.to_vec(), identity };
        let response = read::read(resource, scope, read_request).await;
        let new_state = match request.current_state {
            Some(current) if response.is_as_sent && !current.msgpack.is_empty() => current,
            _ => {
                self.mask_in(resource.schema(), &response.state);
                self.state(resource, &response.state, KEPT)?
            }
        };
        Ok(tf::read_resource::Response {
            new_state: Some(new_state),
            private: response.private.into(),
            new_identity: identity_message(resource, response.identity.as_ref()),
            diagnostics: self.diagnostics(response.diagnostics),
            deferred: self.deferred(client.as_ref(), &deferrals),
        })
    }

    pub(super) async fn plan(
        &self,
        request: tf::plan_resource_change::Request,
    ) -> Result<tf::plan_resource_change::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let client = request.client_capabilities.as_ref();
        let (scope, deferrals) = self.deferrable(request.provider_meta.as_ref(), client)?;
        let (name, schema) = (resource.type_name(), resource.schema());
        let prior = self.object(schema, name, request.prior_state.as_ref())?;
        // Terraform proposes the prior state where the configuration says nothing new, which is most often.
        let proposed = match request.proposed_new_state == request.prior_state {
            true => None,
            false => Some(self.object(schema, name, request.proposed_new_state.as_ref())?),
        };
        let plan_request = plan::Request {
            config: self.object(schema, name, request.config.as_ref())?,
            prior,
            proposed,
            private: request.prior_private.to_vec(),
            identity: identity(resource, request.prior_identity.as_ref())?,
        };
        let response = plan::plan(resource, scope, plan_request).await;
        let planned_state = match &request.prior_state {
            Some(prior) if response.is_prior && !prior.msgpack.is_empty() => prior.clone(),
            _ => {
                self.mask_in(schema, &response.planned);
                self.state(resource, &response.planned, UNCHANGED)?
            }
        };
        Ok(tf::plan_resource_change::Response {
            planned_state: Some(planned_state),
            requires_replace: response.replace.iter().map(convert::path).collect(),
            planned_private: response.private.into(),
            planned_identity: identity_message(resource, response.identity.as_ref()),
            diagnostics: self.diagnostics(response.diagnostics),
            deferred: self.deferred(client, &deferrals),
            ..Default::default()
        })
    }

    pub(super) async fn apply(
        &self,
        request: tf::apply_resource_change::Request,
    ) -> Result<tf::apply_resource_change::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        present("prior state", resource, request.prior_state.as_ref())?;
        present("planned state", resource, request.planned_state.as_ref())?;
        let planned = self.object(resource.schema(), resource.type_name(), request.planned_state.as_ref())?;
        let prior = self.object(resource.schema(), resource.type_name(), request.prior_state.as_ref())?;
        let mut response = apply::apply(
            resource,
            self.scope(request.provider_meta.as_ref())?,
            apply::Request {
                config: self.object(resource.schema(), resource.type_name(), request.config.as_ref())?,
                prior: prior.clone(),
                planned: planned.clone(),
                private: request.planned_private.to_vec(),
                identity: identity(resource, request.planned_identity.as_ref())?,
            },
        )
        .await;
        self.mask_in(resource.schema(), &response.state);
        let mut diagnostics = response.diagnostics;
        let new_state = match self.state(resource, &response.state, KEPT) {
            Ok(state) => state,
            Err(problem) => {
                // What exists must not be lost over an answer that cannot be written.
                diagnostics.push(problem);
                let identity = response.identity.as_ref();
                let (state, private) =
                    apply::fallback(resource, &prior, &planned, identity, &response.private);
                response.private = private;
                message(resource, &state)?
            }
        };
        Ok(tf::apply_resource_change::Response {
            new_state: Some(new_state),
            private: response.private.into(),
            new_identity: identity_message(resource, response.identity.as_ref()),
            diagnostics: self.diagnostics(diagnostics),
            ..Default::default()
        })
    }

    pub(super) async fn import(
        &self,
        request: tf::import_resource_state::Request,
    ) -> Result<tf::import_resource_state::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let target = match identity(resource, request.identity.as_ref())? {
            Some(identity) => import::Target::Identity(identity),
            None => import::Target::Text(request.id),
        };
        if self.defers(request.client_capabilities.as_ref()) {
            let deferred = Some(convert::provider_unknown());
            return Ok(tf::import_resource_state::Response { deferred, ..Default::default() });
        }
        let (scope, deferrals) = self.deferrable(None, request.client_capabilities.as_ref())?;
        let response = import::import(resource, scope, target).await;
        let imported = match response.imported {
            None => Vec::new(),
            Some(found) => vec![tf::import_resource_state::ImportedResource {
                type_name: request.type_name,
                state: Some(self.state(resource, &found.state, UNCHANGED)?),
                private: found.private.into(),
                identity: identity_message(resource, Some(&found.identity)),
            }],
        };
        Ok(tf::import_resource_state::Response {
            imported_resources: imported,
            diagnostics: self.diagnostics(response.diagnostics),
            deferred: deferrals.reason().map(convert::deferred),
        })
    }

    /// What a configuration would have to say to describe the object: its arguments, without defaults.
    pub(super) fn generate_config(
        &self,
        request: tf::generate_resource_config::Request,
    ) -> Result<tf::generate_resource_config::Response, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let state = self.object(resource.schema(), resource.type_name(), request.state.as_ref())?;
        let config = generate::config(&resource.schema().attributes, &state);
        let config = message(resource, &config)?;
        Ok(tf::generate_resource_config::Response { config: Some(config), diagnostics: Vec::new() })
    }
}
