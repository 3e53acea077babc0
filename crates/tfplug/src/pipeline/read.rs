//! The read of one object: its state as it is now, or the news that it is gone.
//!
//! Terraform drops an object without a word when the answer is null, so null leaves here only when the handler said
//! "gone". Values that mean the same as the stored ones keep the stored spelling, because every other spelling would
//! show as drift in each plan.

use super::apply::{id_is_missing, id_of};
use super::{Scope, broken, failed, guard, identity_of, import, promises, settle};
use crate::diag::{Diagnostics, Error};
use crate::object::{AnyResource, Call, Operation, Private};
use crate::value::Dynamic;

/// What Terraform asks.
pub(crate) struct Request {
    pub(crate) current: Dynamic,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Dynamic>,
}

/// What we answer.
pub(crate) struct Response {
    /// Null when the object is gone.
    pub(crate) state: Dynamic,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Dynamic>,
    pub(crate) diagnostics: Diagnostics,
}

/// Reads the object.
pub(crate) async fn read(resource: &dyn AnyResource, scope: Scope, request: Request) -> Response {
    let Request { current, private, identity } = request;
    let mut diagnostics = Diagnostics::new();
    let private_values = Private::decode(&private);
    let imported = private_values.get(&import::IMPORTED).unwrap_or(false);
    if scope.client.is_none() && !imported {
        // The provider's settings are known only after apply. The state as it is says more than an error would.
        tracing::debug!(
            resource = resource.type_name(),
            "not read: the provider's settings are not known yet"
        );
        let identity = identity_of(resource, &current).or(identity);
        return Response { state: current, private, identity, diagnostics };
    }
    let deadline = tokio::time::Instant::now() + resource.timeouts().limit(Operation::Read, &current);
    let call = Call::new(scope, deadline, private_values);
    call.private.remove(&import::IMPORTED);
    let id = id_of(resource, &current, identity.as_ref());
    let result = if id_is_missing(&id) {
        guard(&call, resource.find(&call, &current)).await
    } else {
        let prior = if imported { &Dynamic::Null } else { &current };
        guard(&call, resource.read(&call, &id, prior)).await
    };
    let state = match result {
        Ok(Some(found)) => {
            let state = settle::read(&resource.schema().attributes, &current, &found);
            match identity_of(resource, &state) {
                Some(found) if !id_is_missing(&id) && found != id => {
                    failed(resource, "read", another_object(resource, &id, &found), &mut diagnostics);
                    current
                }
                _ => state,
            }
        }
        Ok(None) => {
            tracing::debug!(resource = resource.type_name(), "gone");
            Dynamic::Null
        }
        Err(error) => {
            failed(resource, "read", error, &mut diagnostics);
            current
        }
    };
    if !state.is_null() && !diagnostics.has_errors() {
        let breaches = promises::stored(&resource.schema().attributes, &state);
        broken(resource, "state", breaches, &mut diagnostics);
    }
    diagnostics.extend(call.take_warnings());
    let identity = identity_of(resource, &state).or(if state.is_null() { None } else { identity });
    Response { state, private: call.private.encode(), identity, diagnostics }
}

/// The error that a handler answered with an object other than the one it was asked for.
pub(super) fn another_object(resource: &dyn AnyResource, asked: &Dynamic, found: &Dynamic) -> Error {
    Error::new(
        "The provider has a bug: it read another object",
        format!(
            "Asked for {} {asked} it answered with {found}. An object keeps its identity for all its life.\n\nPlease \
             report this with the configuration of the object.",
            resource.type_name()
        ),
    )
}
