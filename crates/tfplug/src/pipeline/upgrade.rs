//! A stored state as the current schema sees it. Terraform asks for every object in every walk, mostly of the current
//! version, so that case only decodes.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::failed;
use crate::diag::{Diagnostics, Error, Result};
use crate::object::{AnyResource, TIMEOUTS};
use crate::schema::{self, Attribute, Nesting};
use crate::value::{Dynamic, json};

/// The object as the current schema sees it.
pub(crate) fn state(resource: &dyn AnyResource, version: i64, stored: &[u8]) -> (Dynamic, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let upgraded = if version == i64::from(resource.schema().version) {
        current(resource, stored)
    } else {
        older(resource, version, stored)
    };
    let upgraded = upgraded.map(|mut state| {
        with_blocks(&resource.schema().attributes, &mut state);
        state
    });
    let state = upgraded.unwrap_or_else(|error| {
        failed(resource, "read the stored state of", error, &mut diagnostics);
        Dynamic::Null
    });
    (state, diagnostics)
}

/// A state of the current version. One that is null would make Terraform forget an object that exists.
fn current(resource: &dyn AnyResource, stored: &[u8]) -> Result<Dynamic> {
    let problem = match json::decode_state(stored, &resource.schema().ty()) {
        Ok(state) if !state.is_null() => return Ok(state),
        Ok(_) => Error::new(unreadable(resource), "It is null."),
        Err(error) => Error::new(unreadable(resource), format!("{error}.")).at(error.path().clone()),
    };
    Err(problem)
}

fn unreadable(resource: &dyn AnyResource) -> String {
    format!("Could not read the stored state of {}", resource.type_name())
}

fn older(resource: &dyn AnyResource, version: i64, stored: &[u8]) -> Result<Dynamic> {
    let step = u32::try_from(version).ok().and_then(|version| resource.upgrade(version, stored));
    let Some(upgraded) = step else {
        return Err(Error::new(
            format!("The stored state of {} is of an unknown version", resource.type_name()),
            format!(
                "It has schema version {version}; this provider knows version {} and how to upgrade some older ones, \
                 not this one. Use a version of the provider that wrote such states, or one after it.",
                resource.schema().version
            ),
        ));
    };
    let mut upgraded = upgraded?;
    let attributes = &resource.schema().attributes;
    if let Some(attribute) = attributes.iter().find(|attribute| attribute.name == TIMEOUTS) {
        // No struct holds it, so it is carried over from the stored text; if it does not fit, it is not given.
        let stored: BTreeMap<String, &RawValue> = serde_json::from_slice(stored).unwrap_or_default();
        let timeouts = stored
            .get(TIMEOUTS)
            .and_then(|raw| json::decode_state(raw.get().as_bytes(), &attribute.ty()).ok())
            .unwrap_or(Dynamic::Null);
        if let Some(entries) = upgraded.as_map_mut() {
            entries.insert(TIMEOUTS.to_owned(), timeouts);
        }
    }
    let mut complete = schema::absent_object(attributes);
    if let (Some(entries), Dynamic::Map(upgraded)) = (complete.as_map_mut(), upgraded) {
        entries.extend(upgraded);
    }
    Ok(complete)
}

/// Puts empty collections where repeated blocks are missing, which are never null.
fn with_blocks(attributes: &[Attribute], object: &mut Dynamic) {
    super::each_attribute(attributes, object, |attribute, value| {
        if value.is_null() {
            *value = attribute.absent();
        } else if let Some((nesting, inner)) = attribute.nested() {
            match value {
                Dynamic::List(items) => items.iter_mut().for_each(|item| with_blocks(inner, item)),
                Dynamic::Map(items) if nesting == Nesting::Map => {
                    items.values_mut().for_each(|item| with_blocks(inner, item));
                }
                object @ Dynamic::Map(_) => with_blocks(inner, object),
                _ => {}
            }
        }
    });
}
