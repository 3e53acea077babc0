//! The read of one object: its state as it is now, or the news that it is gone.
//!
//! Terraform drops an object without a word when the answer is null, so null leaves here only when the handler said
//! "gone". Values that mean the same as the stored ones keep the stored spelling, because every other spelling would
//! show as drift in each plan.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use super::apply::{self, id_is_missing, id_of};
use super::{Answer, Scope, broken, failed, guard, identity_of, import, promises, settle};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::object::{ATTEMPTED, AnyResource, Call, Operation, Private};
use crate::value::Dynamic;

/// Whether the warning about objects that are not read was given.
#[derive(Default)]
struct Told(AtomicBool);

/// What Terraform asks.
pub(crate) struct Request {
    pub(crate) current: Dynamic,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Dynamic>,
}

/// Reads the object.
pub(crate) async fn read(resource: &dyn AnyResource, scope: Scope, request: Request) -> Answer {
    let Request { current, private, identity } = request;
    let mut diagnostics = Diagnostics::new();
    let private_values = Private::decode(&private);
    let imported = private_values.get(&import::IMPORTED).unwrap_or(false);
    if !imported && let Some(error) = apply::contradiction(resource, identity.as_ref(), &current) {
        diagnostics.push(error);
        return Answer { state: current, is_as_sent: true, private, identity, diagnostics };
    }
    if scope.session.client.is_none() && !imported {
        // The provider's settings are known only after apply. The state as it is says more than an error would.
        tracing::debug!(
            resource = resource.type_name(),
            "not read: the provider's settings are not known yet"
        );
        // A Terraform that defers says so itself. Once is enough: Terraform does not group the warnings of objects that leave.
        if !scope.deferrals.allowed && !scope.session.get::<Told>().0.swap(true, Ordering::Relaxed) {
            diagnostics.push(Diagnostic::warning(
                "Objects were not read",
                "Some settings of the provider are known only after apply. So this plan goes by the state: it does not show what has \
                 changed outside of Terraform. Once the settings are known, run `terraform plan` again.",
            ));
        }
        let identity = apply::identity_after(resource, identity, &current);
        return Answer { state: current, is_as_sent: true, private, identity, diagnostics };
    }
    let deadline = tokio::time::Instant::now() + resource.timeouts().limit(Operation::Read, &current);
    let call = Call::new(scope, deadline, private_values);
    call.private.remove(&import::IMPORTED);
    let id = id_of(resource, &current, identity.as_ref());
    let mut is_whole = false;
    let result = if id_is_missing(&id) || call.is_unconfirmed() {
        match findable(resource) {
            Ok(()) => guard(&call, resource.find(&call, &current)).await,
            Err(error) => Err(error),
        }
    } else {
        match prior(resource, imported, &call, &current) {
            Ok(prior) => {
                is_whole = !prior.is_null();
                guard(&call, resource.read(&call, &id, prior)).await
            }
            Err(error) => Err(error),
        }
    };
    let half = call.private.get(&apply::HALF) == Some(true);
    let mut is_as_sent = false;
    let state = match result {
        Ok(Some(found)) => {
            let state = settle::read(&resource.schema().attributes, &current, found);
            match identity_of(resource, &state) {
                // What was imported may be named in another spelling, or in part, than the remote side names it.
                Some(found)
                    if !imported
                        && if half {
                            apply::differing_part(resource, &id, &found).is_some()
                        } else {
                            !id_is_missing(&id) && !apply::is_same_identity(resource, &id, &found)
                        } =>
                {
                    failed(resource, "read", another_object(resource, &id, &found), &mut diagnostics);
                    current
                }
                None => {
                    failed(resource, "read", another_object(resource, &id, &Dynamic::Null), &mut diagnostics);
                    current
                }
                Some(found) => {
                    if imported && apply::differing_part(resource, &id, &found).is_some() {
                        diagnostics.push(another_name(resource, &id, &found));
                    }
                    is_as_sent = state == current;
                    // The handler has got what was sent.
                    match if is_whole && is_as_sent { Ok(()) } else { readable_back(resource, &state) } {
                        Ok(()) => {
                            call.private.remove(&apply::HALF);
                            call.private.remove(&ATTEMPTED);
                            state
                        }
                        Err(error) => {
                            failed(resource, "read", error, &mut diagnostics);
                            current
                        }
                    }
                }
            }
        }
        Ok(None) => {
            tracing::debug!(resource = resource.type_name(), "gone");
            if imported {
                let error = resource.missing(&call, &id).unwrap_or_else(|error| error);
                failed(resource, "import", error, &mut diagnostics);
            }
            Dynamic::Null
        }
        Err(error) => {
            failed(resource, if imported { "import" } else { "read" }, error, &mut diagnostics);
            current
        }
    };
    if !state.is_null() && !diagnostics.has_errors() {
        let breaches = promises::stored(&resource.schema().attributes, &state);
        broken(resource, "state", breaches, &mut diagnostics);
    }
    diagnostics.extend(call.take_warnings());
    // An import may have spelled it in another way than the remote side.
    let identity = match imported {
        true => identity_of(resource, &state).or(identity).filter(|_| !state.is_null()),
        false => apply::identity_after(resource, identity, &state),
    };
    Answer { state, is_as_sent, private: call.private.encode(), identity, diagnostics }
}

/// The object as the handler gets it: null where the state holds no whole one, be it right after an import or after a create
/// that failed half-way.
fn prior<'a>(
    resource: &dyn AnyResource,
    imported: bool,
    call: &Call,
    current: &'a Dynamic,
) -> Result<&'a Dynamic> {
    if imported {
        return Ok(&Dynamic::Null);
    }
    match readable(resource, current) {
        Ok(()) => Ok(current),
        Err(_) if call.private.get(&apply::HALF) == Some(true) => Ok(&Dynamic::Null),
        Err(error) => Err(error),
    }
}

/// Demands that an object of which nothing names it can be looked for. Without a look it must not be forgotten.
pub(super) fn findable(resource: &dyn AnyResource) -> Result<()> {
    if resource.finds() {
        return Ok(());
    }
    Err(Error::new(
        format!("Nothing names a stored {}", resource.type_name()),
        "Its creation failed before its identity was known, so Terraform cannot find it. Look for the object yourself: \
         delete it, or import it. Then remove it from the state by `terraform state rm`.",
    ))
}

/// Demands that a stored object is what the handlers' types can hold.
pub(super) fn readable(resource: &dyn AnyResource, object: &Dynamic) -> Result<()> {
    resource.whole(object).map_err(|error| {
        Error::new(
            format!("Could not read the stored state of {}", resource.type_name()),
            format!(
                "{error}. An earlier version of the provider probably wrote this state, and this version does not say which \
                 value to assume. Please report this. Until it is fixed, use the version of the provider that wrote the state."
            ),
        )
        .at(error.path().clone())
    })
}

/// Demands that what a handler answered can be read back, as its next call will have to. A null for a value that is obligatory
/// cannot, nor can a number that is none.
pub(super) fn readable_back(resource: &dyn AnyResource, object: &Dynamic) -> Result<()> {
    let read = AssertUnwindSafe(|| resource.whole(object));
    let error = match catch_unwind(read) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(panic) => return Err(super::bug(&*panic)),
    };
    Err(Error::new(
        "The provider has a bug: its answer cannot be read back",
        format!(
            "What it answered for {} is no whole object: {error}.\n\nPlease report this with the configuration of the object.",
            resource.type_name()
        ),
    )
    .at(error.path().clone()))
}

/// The error that a handler answered with an object other than the one it was asked for.
pub(super) fn another_object(resource: &dyn AnyResource, asked: &Dynamic, found: &Dynamic) -> Error {
    Error::new(
        "The provider has a bug: it answered with another object",
        format!(
            "Asked for {} {asked} it answered with {found}. An object keeps its identity for all its life.\n\nPlease \
             report this with the configuration of the object.",
            resource.type_name()
        ),
    )
}

/// The warning that what was imported has another identity than the import has given. Terraform lets a provider answer in the
/// remote side's own spelling, which only a type with [`crate::Text::same`] tells from another object.
fn another_name(resource: &dyn AnyResource, asked: &Dynamic, found: &Dynamic) -> Diagnostic {
    Diagnostic::warning(
        format!("Imported {} under another identity", resource.type_name()),
        format!(
            "The import asked for {asked}, and the provider found {found}. If this is the object that you mean, nothing is wrong: \
             it is stored under the identity that was found. If it is another object, the provider has a bug: do not apply this \
             plan, or remove the object from the state with `terraform state rm`, and report it."
        ),
    )
}
