//! Messages about ephemeral resources.

use std::time::Duration;

use super::{Server, convert, find};
use crate::diag::Diagnostic;
use crate::object::Held;
use crate::pipeline::{ephemeral, validate};
use crate::proto::tfplugin6 as tf;

const KIND: &str = "ephemeral resource";

impl Server {
    pub(super) fn validate_ephemeral(
        &self,
        request: tf::validate_ephemeral_resource_config::Request,
    ) -> Result<tf::validate_ephemeral_resource_config::Response, Diagnostic> {
        let object = find(&self.objects.ephemeral, KIND, &request.type_name)?;
        let config = self.object(object.schema(), &request.type_name, request.config.as_ref())?;
        let diagnostics = self.diagnostics(validate::object(&**object, &config));
        Ok(tf::validate_ephemeral_resource_config::Response { diagnostics })
    }

    pub(super) async fn open_ephemeral(
        &self,
        request: tf::open_ephemeral_resource::Request,
    ) -> Result<tf::open_ephemeral_resource::Response, Diagnostic> {
        let object = find(&self.objects.ephemeral, KIND, &request.type_name)?;
        let config = self.object(object.schema(), &request.type_name, request.config.as_ref())?;
        if self.defers(request.client_capabilities.as_ref()) {
            let deferred = Some(convert::provider_unknown());
            return Ok(tf::open_ephemeral_resource::Response { deferred, ..Default::default() });
        }
        let (scope, deferrals) = self.deferrable(None, request.client_capabilities.as_ref())?;
        let write = |result: &_| convert::object_message(object.schema(), &request.type_name, result);
        let (opened, diagnostics) =
            ephemeral::open(&**object, scope, config, write, || self.scope(None)).await;
        let mut response = tf::open_ephemeral_resource::Response {
            diagnostics: self.diagnostics(diagnostics),
            deferred: deferrals.reason().map(convert::deferred),
            ..Default::default()
        };
        if let Some((result, held)) = opened {
            response.result = Some(result);
            (response.private, response.renew_at) = held_message(held);
        }
        Ok(response)
    }

    pub(super) async fn renew_ephemeral(
        &self,
        request: tf::renew_ephemeral_resource::Request,
    ) -> Result<tf::renew_ephemeral_resource::Response, Diagnostic> {
        let object = find(&self.objects.ephemeral, KIND, &request.type_name)?;
        let handle = request.private.unwrap_or_default();
        let (held, diagnostics) = ephemeral::renew(&**object, self.scope(None)?, &handle).await;
        let (private, renew_at) = held.map(held_message).unwrap_or_default();
        Ok(tf::renew_ephemeral_resource::Response {
            diagnostics: self.diagnostics(diagnostics),
            renew_at,
            private,
        })
    }

    pub(super) async fn close_ephemeral(
        &self,
        request: tf::close_ephemeral_resource::Request,
    ) -> Result<tf::close_ephemeral_resource::Response, Diagnostic> {
        let object = find(&self.objects.ephemeral, KIND, &request.type_name)?;
        let handle = request.private.unwrap_or_default();
        let diagnostics = ephemeral::close(&**object, self.scope(None)?, &handle).await;
        Ok(tf::close_ephemeral_resource::Response { diagnostics: self.diagnostics(diagnostics) })
    }
}

type HeldMessage = (Option<prost::bytes::Bytes>, Option<prost_types::Timestamp>);

/// What is held, and the time by the clock at which to renew it.
fn held_message(held: Held) -> HeldMessage {
    let renew_at = held.renew_after.and_then(|after: Duration| {
        let at = jiff::Timestamp::now().checked_add(after).ok()?;
        Some(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
    });
    (Some(held.handle.into()), renew_at)
}
