//! The provider's own settings: validated like any configuration, completed from the environment, turned into a client.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::{bug, explained, secrets, validate};
use crate::diag::{Diagnostic, Diagnostics, Error};
use crate::log::Masker;
use crate::object::{AnyProvider, ConfigureCx, Environment, FALLBACK, Session};
use crate::schema::{self, Attribute, Kind, Presence};
use crate::value::{Dynamic, Number, Path, Type};

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

/// Validates the provider block.
pub(crate) fn check(provider: &dyn AnyProvider, config: &Dynamic) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    validate::attributes(&provider.schema().attributes, config, &Path::root(), true, &mut diagnostics);
    if !diagnostics.has_errors() {
        provider.validate(config, &mut diagnostics);
    }
    diagnostics
}

/// What became of the settings.
pub(crate) struct Configured {
    /// Missing after an error, and while settings are unknown.
    pub(crate) client: Option<Arc<dyn Any + Send + Sync>>,
    /// Whether settings are unknown.
    pub(crate) unknown: bool,
    pub(crate) diagnostics: Diagnostics,
}

/// Makes the client out of the settings.
pub(crate) async fn configure(
    provider: &dyn AnyProvider,
    config: Dynamic,
    terraform_version: &str,
    environment: &Environment,
    masker: &Masker,
    session: &Session,
    cancel: &CancellationToken,
) -> Configured {
    let attributes = &provider.schema().attributes;
    let mut diagnostics = Diagnostics::new();
    let mut filled = BTreeSet::new();
    let args = completed(attributes, config.clone(), environment, &mut filled, &mut diagnostics);
    for secret in secrets(attributes, &args) {
        masker.mask(&secret);
    }
    if !args.is_wholly_known() {
        tracing::debug!("not configured: some of the provider's settings are not known yet");
        return Configured { client: None, unknown: true, diagnostics };
    }
    // Validation could not know what the environment gives. A variable that happens to be set conflicts with nothing,
    // and neither does a default.
    let presence =
        |attribute: &Attribute, _: &Dynamic| match Presence::of(attribute, config.get(&attribute.name)) {
            Presence::Absent if filled.contains(&attribute.name) => Presence::Perhaps,
            presence => presence,
        };
    for breach in schema::breaches(attributes, &args, presence).into_iter().filter(|breach| !breach.warning) {
        diagnostics.push(validate::broken(breach, &Path::root()));
    }
    if diagnostics.has_errors() {
        return Configured { client: None, unknown: false, diagnostics };
    }
    let cx =
        ConfigureCx { terraform_version, environment, filled, warnings: Mutex::default(), masker, session };
    let configured = std::panic::AssertUnwindSafe(provider.configure(&cx, &args)).catch_unwind();
    // It leaves nothing behind, so that it can be dropped at any time.
    let result = tokio::select! {
        result = tokio::time::timeout(FALLBACK, configured) => match result {
            Ok(result) => result.unwrap_or_else(|panic| Err(bug(&*panic))),
            Err(_) => Err(Error::new(
                "The configuration of the provider took too long",
                "It was given up. Nothing was changed.",
            )),
        },
        () = cancel.cancelled() => {
            Err(Error::new("The configuration of the provider was interrupted", "Nothing was changed."))
        }
    };
    let client = match result {
        Ok(client) => Some(client),
        Err(error) => {
            diagnostics.extend(explained(error, "configure the provider", |cause| provider.advise(cause)));
            None
        }
    };
    diagnostics.extend(cx.warnings.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    Configured { client, unknown: false, diagnostics }
}

/// The configuration with defaults, and gaps filled from the environment; `filled` names those.
fn completed(
    attributes: &[Attribute],
    config: Dynamic,
    environment: &Environment,
    filled: &mut BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Dynamic {
    let mut args = if config.is_null() { crate::schema::absent_object(attributes) } else { config };
    super::each_attribute(attributes, &mut args, |attribute, value| {
        if !value.is_null() {
            return;
        }
        let variable = attribute.env.as_deref();
        if let Some((variable, text)) = variable.and_then(|name| Some((name, environment.get(name)?)))
            && !text.is_empty()
        {
            match from_environment(attribute, &text) {
                Ok(found) => {
                    filled.insert(attribute.name.clone());
                    *value = found;
                }
                Err(problem) => diagnostics.push(
                    Diagnostic::error(
                        format!("Invalid value in the environment variable {variable}"),
                        format!(
                            "It is used because the provider block has no `{}`. {problem}",
                            attribute.name
                        ),
                    )
                    .at(Path::attribute(&attribute.name)),
                ),
            }
        } else if let Some(default) = &attribute.default {
            value.clone_from(default);
        }
    });
    // Within nested objects, too.
    super::with_defaults(attributes, &args)
}

/// A variable's text as a value of the attribute, checked as a configured one would be.
fn from_environment(attribute: &Attribute, text: &str) -> Result<Dynamic, String> {
    let value = match &attribute.kind {
        Kind::Value(Type::String) => Dynamic::from(text),
        Kind::Value(Type::Number) => {
            Dynamic::Number(Number::parse(text).map_err(|_| "It must be a number.".to_owned())?)
        }
        Kind::Value(Type::Bool) => match text {
            "true" | "1" => Dynamic::Bool(true),
            "false" | "0" => Dynamic::Bool(false),
            _ => return Err("It must be `true` or `false`.".to_owned()),
        },
        _ => return Err("This argument cannot come from the environment.".to_owned()),
    };
    for check in &attribute.checks {
        if attribute.sensitive { check.test_hidden(&value)? } else { check.test(&value)? }
    }
    Ok(value)
}
