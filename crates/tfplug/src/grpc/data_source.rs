//! Messages about data sources.

use super::{Server, convert};
use crate::diag::Diagnostic;
use crate::object::{AnyDataSource, Deferral};
use crate::pipeline::data_source;
use crate::proto::tfplugin6 as tf;
use crate::value::Dynamic;

impl Server {
    pub(super) fn validate_data_source(
        &self,
        request: tf::validate_data_resource_config::Request,
    ) -> Result<tf::validate_data_resource_config::Response, Diagnostic> {
        let (name, config) = (&request.type_name, request.config.as_ref());
        let diagnostics = self.validated(&self.offer.objects.data_sources, "data source", name, config)?;
        Ok(tf::validate_data_resource_config::Response { diagnostics })
    }

    pub(super) async fn read_source(
        &self,
        request: tf::read_data_source::Request,
    ) -> Result<tf::read_data_source::Response, Diagnostic> {
        let (name, config) = (&request.type_name, request.config.as_ref());
        let (source, config) =
            self.configured(&self.offer.objects.data_sources, "data source", name, config)?;
        let client = request.client_capabilities.as_ref();
        if self.defers(client) {
            return deferred(&**source, Deferral::ProviderConfigUnknown, Vec::new());
        }
        let (scope, deferrals) = self.deferrable(request.provider_meta.as_ref(), client)?;
        let (state, diagnostics) = data_source::read(&**source, scope, config).await;
        self.mask_in(source.schema(), &state);
        if let Some(reason) = deferrals.reason() {
            return deferred(&**source, reason, self.diagnostics(diagnostics));
        }
        let state = if state.is_null() {
            None
        } else {
            Some(convert::object_message(source.schema(), &request.type_name, &state)?)
        };
        Ok(tf::read_data_source::Response {
            state,
            diagnostics: self.diagnostics(diagnostics),
            deferred: None,
        })
    }
}

/// The answer that puts a read off. Terraform wants an object all the same: one that is not known.
fn deferred(
    source: &dyn AnyDataSource,
    reason: Deferral,
    diagnostics: Vec<tf::Diagnostic>,
) -> Result<tf::read_data_source::Response, Diagnostic> {
    let unknown = convert::object_message(source.schema(), source.type_name(), &Dynamic::unknown())?;
    Ok(tf::read_data_source::Response {
        state: Some(unknown),
        diagnostics,
        deferred: Some(convert::deferred(reason)),
    })
}
