//! The life of an ephemeral resource: opened, renewed, closed. Nothing of it is stored; the handle travels as private
//! bytes.

use tokio::time::Instant;

use super::{Scope, broken, failed, handled, promises, settle, with_defaults};
use crate::diag::{Diagnostic, Diagnostics};
use crate::object::{AnyEphemeral, Call, Held, Operation, Private, TIMEOUTS};
use crate::value::Dynamic;

/// How long the calls of an opened object may take, as its configuration says. By default nothing was said.
#[derive(Clone, Default)]
pub(crate) struct Limits(Option<Dynamic>);

impl Limits {
    pub(crate) fn of(config: &Dynamic) -> Self {
        let limits = config.get(TIMEOUTS).clone();
        Limits(Some(Dynamic::Map([(TIMEOUTS.to_owned(), limits)].into())))
    }
}

fn call(object: &dyn AnyEphemeral, scope: Scope, operation: Operation, limits: &Limits) -> Call {
    let deadline =
        Instant::now() + object.timeouts().limit(operation, limits.0.as_ref().unwrap_or(&Dynamic::Null));
    Call::new(scope, deadline, Private::default())
}

/// What came of opening an object.
pub(crate) struct Opened<M> {
    /// The message of its values and what is held of it; nothing if it is not open. Without a message it is open although
    /// Terraform has to take it for closed.
    pub(crate) held: Option<(Option<M>, Held)>,
    pub(crate) diagnostics: Diagnostics,
}

/// Opens the object; `write` makes a message of its values. To Terraform an error means that nothing is open, so what cannot be
/// handed over is closed here, in the scope `later`.
pub(crate) async fn open<M>(
    object: &dyn AnyEphemeral,
    scope: Scope,
    config: Dynamic,
    write: impl FnOnce(&Dynamic) -> Result<M, Diagnostic>,
    later: impl FnOnce() -> Result<Scope, Diagnostic>,
) -> Opened<M> {
    let attributes = &object.schema().attributes;
    let limits = Limits::of(&config);
    let call = call(object, scope, Operation::Open, &limits);
    let args = with_defaults(attributes, &config);
    let (opened, mut diagnostics) = handled(object, "open", &call, object.open(&call, &args)).await;
    let Some((answer, held)) = opened else { return Opened { held: None, diagnostics } };
    let (result, bug) =
        settle::surely(attributes, |attributes| settle::applied(attributes, &config, &args, &answer));
    if let Some(bug) = bug {
        failed(object, "open", bug, &mut diagnostics);
    }
    let breaches = promises::planned(attributes, &Dynamic::Null, &config, &result);
    broken(object, "result", breaches, &mut diagnostics);
    match write(&result) {
        Ok(message) if !diagnostics.has_errors() => {
            return Opened { held: Some((Some(message), held)), diagnostics };
        }
        written => diagnostics.extend(written.err()),
    }
    let closed = match later() {
        Ok(scope) => close(object, scope, &limits, &held.handle).await,
        Err(diagnostic) => {
            let mut refused = Diagnostics::new();
            refused.push(diagnostic);
            refused
        }
    };
    let held = closed.has_errors().then_some((None, held));
    diagnostics.extend(closed);
    Opened { held, diagnostics }
}

/// Prolongs the object's life. What is held of it from now on; nothing after an error.
pub(crate) async fn renew(
    object: &dyn AnyEphemeral,
    scope: Scope,
    limits: &Limits,
    handle: &[u8],
) -> (Option<Held>, Diagnostics) {
    let call = call(object, scope, Operation::Renew, limits);
    handled(object, "renew", &call, object.renew(&call, handle)).await
}

/// Ends the object's life.
pub(crate) async fn close(
    object: &dyn AnyEphemeral,
    scope: Scope,
    limits: &Limits,
    handle: &[u8],
) -> Diagnostics {
    let call = call(object, scope, Operation::Close, limits);
    handled(object, "close", &call, object.close(&call, handle)).await.1
}

/// Ends the life of an object that Terraform has not closed, because the process ends at `by`.
pub(crate) async fn close_at_end(
    object: &dyn AnyEphemeral,
    scope: Scope,
    handle: &[u8],
    by: Instant,
) -> Diagnostics {
    let call = Call::new(scope, by, Private::default());
    let closed = handled(object, "close", &call, object.close_at_end(&call, handle));
    match tokio::time::timeout_at(by, closed).await {
        Ok((_, diagnostics)) => diagnostics,
        Err(_) => {
            let mut diagnostics = call.take_warnings();
            diagnostics.push(Diagnostic::warning(
                format!("Gave up closing {}", object.type_name()),
                "The process had to end. Whether the object is closed is unknown.",
            ));
            diagnostics
        }
    }
}
