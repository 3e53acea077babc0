//! Answers about kinds of object that this framework does not serve. Terraform asks only for what the schema offers, so
//! these are for clients that ask anyway: a diagnostic, never a refusal of the call.

use tonic::codegen::BoxStream;

use crate::diag::Diagnostic;
use crate::proto::tfplugin6 as tf;

/// The provider offers no object of that kind and name.
pub(super) fn kind(kind: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Unknown {kind} {name}").trim_end(),
        format!(
            "This provider offers no {kind} of that name. If a newer version does, upgrade the provider."
        ),
    )
}

/// The provider takes over no state from other types.
pub(super) fn move_state(request: &tf::move_resource_state::Request) -> Diagnostic {
    Diagnostic::error(
        format!("{} cannot become {}", request.source_type_name, request.target_type_name),
        "This provider moves no state between resource types. Remove the `moved` block, and import the object instead.",
    )
}

/// A stream of one message.
pub(super) fn once<T: Send + 'static>(message: T) -> BoxStream<T> {
    Box::pin(tokio_stream::once(Ok(message)))
}
