//! Terraform's side of every call, over schema and untyped values: what is decided here holds for all objects alike.
//!
//! `grpc` turns a message into a call of one of these stages and its result into the answer. A stage validates,
//! completes and checks around one call of a typed handler, and always answers with something that tells the truth:
//! after a failure, with the object as far as it is known to exist. What Terraform demands of plans and new states is
//! checked in [`promises`] before an answer leaves.

pub(crate) mod action;
pub(crate) mod apply;
pub(crate) mod data_source;
pub(crate) mod ephemeral;
pub(crate) mod function;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod plan;
pub(crate) mod promises;
pub(crate) mod provider;
pub(crate) mod read;
pub(crate) mod upgrade;
pub(crate) mod validate;

mod settle;

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::diag::{Diagnostic, Diagnostics, Error, Result, Severity};
pub(crate) use crate::object::Scope;
use crate::object::{AnyObject, AnyResource, Call};
use crate::schema::{Attribute, Mode, any_within, nested};
use crate::value::{Dynamic, Path};
use promises::Breach;

/// How long after its deadline a handler may still end by itself, so that a request in flight can answer.
const GRACE: Duration = Duration::from_secs(60);

/// What became of an object, after a read or an apply.
pub(crate) struct Answer {
    /// Null when there is no object.
    pub(crate) state: Dynamic,
    /// Whether that is the object as it was sent.
    pub(crate) is_as_sent: bool,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Dynamic>,
    pub(crate) diagnostics: Diagnostics,
}

/// Runs a handler: a panic becomes an error, and one that does not mind its deadline is given up some time after.
async fn guard<T>(call: &Call, handler: impl Future<Output = Result<T>>) -> Result<T> {
    guarded(call, handler, || "Its outcome is unknown; the next plan shows what is there.").await
}

/// The same; `outcome` is what to say about one that is given up.
async fn guarded<T>(
    call: &Call,
    handler: impl Future<Output = Result<T>>,
    outcome: impl FnOnce() -> &'static str,
) -> Result<T> {
    let handler = AssertUnwindSafe(handler).catch_unwind();
    match tokio::time::timeout_at(call.deadline() + GRACE, handler).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(bug(&*panic)),
        Err(_) => Err(Error::new(
            "The operation took too long",
            format!("It went on for more than a minute after its time limit and was given up. {}", outcome()),
        )),
    }
}

/// The error that a panic becomes.
pub(crate) fn bug(panic: &(dyn Any + Send)) -> Error {
    Error::new(
        "The provider has a bug",
        format!(
            "It panicked: {}\n\nPlease report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: \
             other objects go on, and what is known to exist is in the state.",
            panic_text(panic)
        ),
    )
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// A failure's messages with the provider's advice. That advice panics must not hide what failed, nor end the stage
/// before it has said what exists.
fn explained(
    error: Error,
    attempt: &str,
    advise: impl Fn(&(dyn std::error::Error + 'static)) -> Option<String>,
) -> Diagnostics {
    error.into_diagnostics(attempt, |cause| {
        catch_unwind(AssertUnwindSafe(|| advise(cause))).unwrap_or_else(|panic| {
            let text = panic_text(&*panic);
            Some(format!(
                "What to do about it is missing, because the provider has a bug: it panicked: {text}"
            ))
        })
    })
}

/// Adds a handler's failure to the diagnostics. `attempt` is a verb: "create".
fn failed<T: AnyObject + ?Sized>(object: &T, attempt: &str, error: Error, diagnostics: &mut Diagnostics) {
    let attempt = format!("{attempt} {}", object.type_name());
    diagnostics.extend(explained(error, &attempt, |cause| object.advise(cause)));
}

/// Runs a handler of an object that is not stored. Its answer, or none after a failure, and what there is to say.
async fn handled<T: AnyObject + ?Sized, A>(
    object: &T,
    attempt: &str,
    call: &Call,
    handler: impl Future<Output = Result<A>>,
) -> (Option<A>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let answer = guard(call, handler).await;
    let answer = answer.map_err(|error| failed(object, attempt, error, &mut diagnostics)).ok();
    diagnostics.extend(call.take_warnings());
    (answer, diagnostics)
}

/// The configuration with defaults where it says nothing.
fn with_defaults(attributes: &[Attribute], config: &Dynamic) -> Dynamic {
    let mut args = config.clone();
    plan::defaults(attributes, config, &mut args);
    args
}

/// What a module says to the provider, checked, with defaults where it says nothing.
pub(crate) fn module_meta(attributes: &[Attribute], said: &Dynamic) -> Result<Dynamic, Diagnostic> {
    if said.is_null() {
        return Ok(Dynamic::Null);
    }
    let mut found = Diagnostics::new();
    validate::attributes(attributes, said, &Path::root(), true, &mut found);
    match found.into_iter().find(|found| found.severity == Severity::Error) {
        // The path would lead into the configuration of the object.
        Some(problem) => Err(Diagnostic::error(
            format!("{} in provider_meta", problem.summary),
            format!("{}: {}", problem.path, problem.detail),
        )),
        None => Ok(with_defaults(attributes, said)),
    }
}

/// Adds broken promises to the diagnostics.
fn broken<T: AnyObject + ?Sized>(
    object: &T,
    phase: &str,
    breaches: Vec<Breach>,
    diagnostics: &mut Diagnostics,
) {
    for breach in breaches {
        tracing::error!(object = object.type_name(), path = %breach.path, rule = %breach.rule, "broken promise");
        diagnostics.push(
            Diagnostic::error(
                format!("The provider has a bug: its {phase} breaks a rule of Terraform"),
                format!("{breach}\n\nPlease report this with the configuration of the object."),
            )
            .at(breach.path.clone()),
        );
    }
}

/// Warns where the answer has a secret of the configuration in clear: whoever reads the state reads it then. No error, because the
/// object exists, and would be replaced for it.
fn in_clear<T: AnyObject + ?Sized>(
    object: &T,
    config: &Dynamic,
    state: &Dynamic,
    diagnostics: &mut Diagnostics,
) {
    for path in promises::in_clear(&object.schema().attributes, config, state) {
        diagnostics.push(
            Diagnostic::warning(
                "The provider has a bug: it stores a secret in clear",
                format!(
                    "{path} of {} is not sensitive, and has the value of a sensitive or write-only argument. It is in the state, \
                     and in every output that shows the attribute. Change the secret, and please report this.",
                    object.type_name()
                ),
            )
            .at(path),
        );
    }
}

/// The identity that an object carries; `None` unless all of it is known. What an import may leave out may be null, but
/// not everything at once: that names nothing.
pub(crate) fn identity_of(resource: &dyn AnyResource, object: &Dynamic) -> Option<Dynamic> {
    let attributes = resource.identity();
    let identity = attributes.iter().map(|attribute| {
        let value = object.get(&attribute.name);
        let told = value.is_wholly_known() && (attribute.mode == Mode::Optional || !value.is_null());
        told.then(|| (attribute.name.clone(), value.clone()))
    });
    let identity: BTreeMap<String, Dynamic> = identity.collect::<Option<_>>()?;
    identity.values().any(|value| !value.is_null()).then_some(Dynamic::Map(identity))
}

/// Changes the value of each attribute of an object, given the attribute, its name taken.
fn each_attribute<'a>(
    attributes: &'a [Attribute],
    object: &mut Dynamic,
    mut f: impl FnMut(&'a Attribute, &mut Dynamic),
) {
    if let Dynamic::Map(entries) = object {
        for attribute in attributes {
            match entries.get_mut(&attribute.name) {
                Some(value) => f(attribute, value),
                None => f(attribute, entries.entry(attribute.name.clone()).or_insert(Dynamic::Null)),
            }
        }
    }
}

/// The texts in an object that nobody may see: those of sensitive and of write-only attributes, at any depth.
pub(crate) fn secrets(attributes: &[Attribute], object: &Dynamic) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in attributes {
        let value = object.get(&attribute.name);
        if attribute.sensitive || attribute.write_only {
            texts(value, &mut found);
        } else if let Some((nesting, inner)) = attribute.nested()
            && any_within(inner, |attribute| attribute.sensitive || attribute.write_only)
        {
            for (_, item) in nested::objects(nesting, value) {
                found.extend(secrets(inner, item));
            }
        }
    }
    found
}

/// The values of a stored object that may be secret, whatever schema it is of: all but those of attributes that today's
/// schema has in clear.
pub(crate) fn raw_secrets(attributes: &[Attribute], stored: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(serde_json::Value::Object(entries)) = serde_json::from_slice(stored) {
        for (name, value) in &entries {
            if attributes.iter().all(|attribute| attribute.name != *name || attribute.holds_secrets()) {
                raw_texts(value, &mut found);
            }
        }
    }
    found
}

fn raw_texts(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Number(number) => found.push(number.to_string()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| raw_texts(item, found)),
        serde_json::Value::Object(entries) => entries.values().for_each(|item| raw_texts(item, found)),
        serde_json::Value::Null | serde_json::Value::Bool(_) => {}
    }
}

fn texts(value: &Dynamic, found: &mut Vec<String>) {
    match value {
        Dynamic::String(text) => found.push(text.clone()),
        Dynamic::List(items) => items.iter().for_each(|item| texts(item, found)),
        Dynamic::Map(items) => items.values().for_each(|item| texts(item, found)),
        Dynamic::Typed(_, value) => texts(value, found),
        Dynamic::Number(number) => found.push(number.to_string()),
        Dynamic::Null | Dynamic::Unknown(_) | Dynamic::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Kind;
    use crate::value::Type;

    #[test]
    fn sensitive_numbers_are_secrets_too() {
        let mut pin = Attribute::new("pin", Kind::Value(Type::Number), Mode::Optional);
        pin.sensitive = true;
        let object = Dynamic::Map([("pin".to_owned(), Dynamic::from(471_147))].into());
        assert_eq!(secrets(&[pin], &object), ["471147"]);
    }
}
