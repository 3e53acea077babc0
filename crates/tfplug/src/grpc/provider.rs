//! Messages about the provider itself: what it offers, its settings.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{Server, convert};
use crate::diag::Diagnostic;
use crate::object::Session;
use crate::pipeline::provider;
use crate::proto::tfplugin6 as tf;

impl Server {
    fn capabilities() -> tf::ServerCapabilities {
        tf::ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            move_resource_state: true,
            generate_resource_config: true,
        }
    }

    pub(super) fn metadata(&self) -> tf::get_metadata::Response {
        use tf::get_metadata::*;
        if !self.offer.problems.is_empty() {
            return Response { diagnostics: self.diagnostics(self.schema_errors()), ..Default::default() };
        }
        let objects = &self.offer.objects;
        Response {
            server_capabilities: Some(Self::capabilities()),
            resources: names(&objects.resources, |type_name| ResourceMetadata { type_name }),
            data_sources: names(&objects.data_sources, |type_name| DataSourceMetadata { type_name }),
            ephemeral_resources: names(&objects.ephemeral, |type_name| EphemeralMetadata { type_name }),
            list_resources: names(&objects.lists, |type_name| ListResourceMetadata { type_name }),
            actions: names(&objects.actions, |type_name| ActionMetadata { type_name }),
            functions: names(&objects.functions, |name| FunctionMetadata { name }),
            ..Default::default()
        }
    }

    pub(super) fn schemas(&self) -> tf::get_provider_schema::Response {
        if !self.offer.problems.is_empty() {
            return tf::get_provider_schema::Response {
                diagnostics: self.diagnostics(self.schema_errors()),
                ..Default::default()
            };
        }
        let objects = &self.offer.objects;
        tf::get_provider_schema::Response {
            provider: Some(convert::schema(self.offer.provider.schema())),
            resource_schemas: each(&objects.resources, |object| convert::schema(object.schema())),
            data_source_schemas: each(&objects.data_sources, |object| convert::schema(object.schema())),
            ephemeral_resource_schemas: each(&objects.ephemeral, |object| convert::schema(object.schema())),
            list_resource_schemas: each(&objects.lists, |object| convert::schema(object.schema())),
            action_schemas: each(&objects.actions, |object| tf::ActionSchema {
                schema: Some(convert::schema(object.schema())),
            }),
            functions: self.functions(),
            provider_meta: objects.meta.as_ref().map(|meta| convert::schema(meta)),
            server_capabilities: Some(Self::capabilities()),
            ..Default::default()
        }
    }

    pub(super) fn identity_schemas(&self) -> tf::get_resource_identity_schemas::Response {
        let schemas = each(&self.offer.objects.resources, |object| {
            convert::identity_schema(object.identity_version(), object.identity())
        });
        tf::get_resource_identity_schemas::Response { identity_schemas: schemas, diagnostics: Vec::new() }
    }

    pub(super) fn validate_provider(
        &self,
        request: tf::validate_provider_config::Request,
    ) -> Result<tf::validate_provider_config::Response, Diagnostic> {
        let config = convert::value(request.config.as_ref(), self.offer.provider.schema().ty())
            .map_err(|error| convert::bad_value("read the provider's configuration", &error))?;
        self.mask_in(self.offer.provider.schema(), &config);
        let diagnostics = self.diagnostics(provider::check(&*self.offer.provider, &config));
        Ok(tf::validate_provider_config::Response { diagnostics })
    }

    pub(super) async fn configure(
        &self,
        request: tf::configure_provider::Request,
    ) -> Result<tf::configure_provider::Response, Diagnostic> {
        if !self.offer.problems.is_empty() {
            // A client that has kept the schema of another version does not ask for it.
            return Ok(tf::configure_provider::Response {
                diagnostics: self.diagnostics(self.schema_errors()),
            });
        }
        let config = convert::value(request.config.as_ref(), self.offer.provider.schema().ty())
            .map_err(|error| convert::bad_value("read the provider's configuration", &error))?;
        let (version, environment) = (&request.terraform_version, &self.environment);
        let mut session = Session::default();
        let (provider, masker) = (&*self.offer.provider, &self.masker);
        let cancel = self.lifecycle.call();
        let configured =
            provider::configure(provider, config, version, environment, masker, &session, &cancel).await;
        self.settings_unknown.store(configured.unknown, Ordering::Relaxed);
        session.client = configured.client;
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = session;
        Ok(tf::configure_provider::Response { diagnostics: self.diagnostics(configured.diagnostics) })
    }
}

/// The names of objects as metadata.
fn names<T, M>(objects: &BTreeMap<String, T>, metadata: impl Fn(String) -> M) -> Vec<M> {
    objects.keys().cloned().map(metadata).collect()
}

/// Objects by name as schemas.
fn each<T, M>(objects: &BTreeMap<String, T>, schema: impl Fn(&T) -> M) -> BTreeMap<String, M> {
    objects.iter().map(|(name, object)| (name.clone(), schema(object))).collect()
}
