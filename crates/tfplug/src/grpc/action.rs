//! Messages about actions.

use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::BoxStream;

use super::{Server, convert};
use crate::diag::Diagnostic;
use crate::pipeline::action;
use crate::proto::tfplugin6 as tf;
use tf::invoke_action::{Event, event};

const KIND: &str = "action";

impl Server {
    pub(super) fn validate_action(
        &self,
        request: tf::validate_action_config::Request,
    ) -> Result<tf::validate_action_config::Response, Diagnostic> {
        let (name, config) = (&request.type_name, request.config.as_ref());
        let diagnostics = self.validated(&self.offer.objects.actions, KIND, name, config)?;
        Ok(tf::validate_action_config::Response { diagnostics })
    }

    pub(super) fn plan_invocation(
        &self,
        request: tf::plan_action::Request,
    ) -> Result<tf::plan_action::Response, Diagnostic> {
        let (name, config) = (&request.action_type, request.config.as_ref());
        let (action, config) = self.configured(&self.offer.objects.actions, KIND, name, config)?;
        let deferred = self.defers(request.client_capabilities.as_ref()).then(convert::provider_unknown);
        let diagnostics = self.diagnostics(action::plan(&**action, self.scope(None)?, &config));
        Ok(tf::plan_action::Response { diagnostics, deferred })
    }

    pub(super) fn invoke(&self, request: tf::invoke_action::Request) -> Result<BoxStream<Event>, Diagnostic> {
        let (name, config) = (&request.action_type, request.config.as_ref());
        let (action, config) = self.configured(&self.offer.objects.actions, KIND, name, config)?;
        let events = action::invoke(action.clone(), self.scope(None)?, &config);
        let masker = self.masker.clone();
        let messages = ReceiverStream::new(events).map(move |event| {
            Ok(match event {
                action::Event::Progress(message) => {
                    let message = convert::printable_line(&masker.apply(&message));
                    Event { r#type: Some(event::Type::Progress(event::Progress { message })) }
                }
                action::Event::End(diagnostics) => completed(
                    diagnostics.iter().map(|diagnostic| convert::diagnostic(diagnostic, &masker)).collect(),
                ),
            })
        });
        Ok(Box::pin(messages))
    }
}

/// The event that ends an action: a stream without one makes Terraform believe in success, and an event without content
/// makes it crash.
pub(super) fn completed(diagnostics: Vec<tf::Diagnostic>) -> Event {
    Event { r#type: Some(event::Type::Completed(event::Completed { diagnostics })) }
}
