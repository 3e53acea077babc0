//! Messages about the provider itself: what it offers, its settings.

use std::sync::PoisonError;

use super::{Server, convert};
use crate::diag::Diagnostic;
use crate::pipeline::provider;
use crate::proto::tfplugin6 as tf;

impl Server {
    fn capabilities() -> tf::ServerCapabilities {
        tf::ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            move_resource_state: false,
            generate_resource_config: true,
        }
    }

    pub(super) fn metadata(&self) -> tf::get_metadata::Response {
        let resources =
            self.resources.keys().map(|name| tf::get_metadata::ResourceMetadata { type_name: name.clone() });
        tf::get_metadata::Response {
            server_capabilities: Some(Self::capabilities()),
            resources: resources.collect(),
            ..Default::default()
        }
    }

    pub(super) fn schemas(&self) -> tf::get_provider_schema::Response {
        let resources =
            self.resources.iter().map(|(name, resource)| (name.clone(), convert::schema(resource.schema())));
        tf::get_provider_schema::Response {
            provider: Some(convert::schema(self.provider.schema())),
            resource_schemas: resources.collect(),
            server_capabilities: Some(Self::capabilities()),
            ..Default::default()
        }
    }

    pub(super) fn identity_schemas(&self) -> tf::get_resource_identity_schemas::Response {
        let schemas = self
            .resources
            .iter()
            .map(|(name, resource)| (name.clone(), convert::identity_schema(resource.identity())));
        tf::get_resource_identity_schemas::Response {
            identity_schemas: schemas.collect(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn validate_provider(
        &self,
        request: tf::validate_provider_config::Request,
    ) -> Result<tf::validate_provider_config::Response, Diagnostic> {
        let config = convert::value(request.config.as_ref(), &self.provider.schema().ty())
            .map_err(|error| convert::bad_value("read the provider's configuration", &error))?;
        let diagnostics = self.diagnostics(provider::check(&*self.provider, &config));
        Ok(tf::validate_provider_config::Response { diagnostics })
    }

    pub(super) async fn configure(
        &self,
        request: tf::configure_provider::Request,
    ) -> Result<tf::configure_provider::Response, Diagnostic> {
        let config = convert::value(request.config.as_ref(), &self.provider.schema().ty())
            .map_err(|error| convert::bad_value("read the provider's configuration", &error))?;
        let configured =
            provider::configure(&*self.provider, config, &request.terraform_version, &self.environment).await;
        for secret in &configured.secrets {
            self.masker.mask(secret);
        }
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = configured.client;
        Ok(tf::configure_provider::Response { diagnostics: self.diagnostics(configured.diagnostics) })
    }
}
