//! Messages about data sources.

use super::{Server, convert, find};
use crate::diag::Diagnostic;
use crate::pipeline::{data_source, validate};
use crate::proto::tfplugin6 as tf;

impl Server {
    pub(super) fn validate_data_source(
        &self,
        request: tf::validate_data_resource_config::Request,
    ) -> Result<tf::validate_data_resource_config::Response, Diagnostic> {
        let source = find(&self.objects.data_sources, "data source", &request.type_name)?;
        let config = self.object(source.schema(), &request.type_name, request.config.as_ref())?;
        let diagnostics = self.diagnostics(validate::object(&**source, &config));
        Ok(tf::validate_data_resource_config::Response { diagnostics })
    }

    pub(super) async fn read_source(
        &self,
        request: tf::read_data_source::Request,
    ) -> Result<tf::read_data_source::Response, Diagnostic> {
        let source = find(&self.objects.data_sources, "data source", &request.type_name)?;
        let config = self.object(source.schema(), &request.type_name, request.config.as_ref())?;
        if self.defers(request.client_capabilities.as_ref()) {
            let deferred = Some(convert::provider_unknown());
            return Ok(tf::read_data_source::Response { deferred, ..Default::default() });
        }
        let (state, diagnostics) =
            data_source::read(&**source, self.scope(request.provider_meta.as_ref())?, config).await;
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
