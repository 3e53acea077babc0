//! What blocks of all kinds but managed resources have in common: their object by its name, their configuration, and
//! what stands for an answer that is not there yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::schema::{Attribute, Nesting, Schema};
use super::{Report, config};
use crate::value::Dynamic;

/// What is offered under that name.
#[expect(clippy::panic, reason = "a test that misspells a name ends here")]
pub(super) fn named<T: ?Sized>(objects: &BTreeMap<String, Arc<T>>, kind: &str, name: &str) -> Arc<T> {
    match objects.get(name) {
        Some(object) => Arc::clone(object),
        None => panic!("the provider offers no {kind} {name:?}"),
    }
}

/// The configuration of a block; `None` when Terraform itself refuses it.
pub(super) fn configured(schema: &Schema, given: &Json, report: &mut Report) -> Option<Dynamic> {
    let mut found = Report::default();
    let config = config::object(schema, given, &mut found);
    let sound = !found.has_errors();
    report.append(found);
    sound.then_some(config)
}

/// The same where all of it has to be known.
pub(super) fn configured_wholly(schema: &Schema, given: &Json, report: &mut Report) -> Option<Dynamic> {
    let config = configured(schema, given, report)?;
    if !config.is_wholly_known() {
        report.error("Configuration contains unknown value", "All of it has to be known here.");
        return None;
    }
    Some(config)
}

/// What stands for an object until it is read or opened: its configuration, with everything unknown that is computed and
/// not configured (`PlannedDataResourceObject` in `hashicorp/terraform:internal/plans/objchange/`).
pub(super) fn placeholder(attributes: &[Attribute], config: &Dynamic) -> Dynamic {
    if !matches!(config, Dynamic::Map(_)) {
        return config.clone();
    }
    let parts = attributes.iter().map(|attribute| {
        let value = config.get(&attribute.name);
        let value = match (attribute.nested(), value) {
            (_, Dynamic::Null) if attribute.computed => Dynamic::unknown(),
            (Some((Nesting::Single, inner)), value) => placeholder(inner, value),
            (Some((Nesting::List | Nesting::Set, inner)), Dynamic::List(items)) => {
                Dynamic::List(items.iter().map(|item| placeholder(inner, item)).collect())
            }
            (Some((Nesting::Map, inner)), Dynamic::Map(items)) => Dynamic::Map(
                items.iter().map(|(key, item)| (key.clone(), placeholder(inner, item))).collect(),
            ),
            (_, value) => value.clone(),
        };
        (attribute.name.clone(), value)
    });
    Dynamic::Map(parts.collect())
}
