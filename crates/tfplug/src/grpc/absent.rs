//! Answers about kinds of object that this framework does not serve. Terraform asks only for what the schema offers, so
//! these are for clients that ask anyway: a diagnostic, never a refusal of the call.

use tonic::codegen::BoxStream;

use crate::diag::Diagnostic;

/// The provider offers no object of that kind and name.
pub(super) fn kind(kind: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Unknown {kind} {name}").trim_end(),
        format!(
            "This provider offers no {kind} of that name. If a newer version does, upgrade the provider."
        ),
    )
}

/// A stream of one message.
pub(super) fn once<T: Send + 'static>(message: T) -> BoxStream<T> {
    Box::pin(tokio_stream::once(Ok(message)))
}
