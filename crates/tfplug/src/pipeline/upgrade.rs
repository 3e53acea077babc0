//! A stored state as the current schema sees it. Terraform asks for every object in every walk, mostly of the current
//! version, so that case only decodes.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::value::RawValue;

use super::failed;
use crate::diag::{Diagnostics, Error, Result};
use crate::object::{AnyResource, MoveSource, TIMEOUTS};
use crate::schema::{self, Attribute, nested};
use crate::value::{Dynamic, json};

/// The object as the current schema sees it.
pub(crate) fn state(resource: &dyn AnyResource, version: i64, stored: &[u8]) -> (Dynamic, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let is_current = version == i64::from(resource.schema().version);
    let upgraded = if is_current { current(resource, stored) } else { older(resource, version, stored) };
    let upgraded = upgraded.and_then(|mut state| {
        with_missing(&resource.schema().attributes, &mut state);
        if !is_current {
            // Without a refresh it would be stored like this, and the version that can be upgraded would be lost.
            super::read::readable_back(resource, &state)?;
        }
        Ok(state)
    });
    let state = upgraded.unwrap_or_else(|error| {
        failed(resource, "read the stored state of", error, &mut diagnostics);
        Dynamic::Null
    });
    (state, diagnostics)
}

/// A state of the current version. One that is null would make Terraform forget an object that exists.
fn current(resource: &dyn AnyResource, stored: &[u8]) -> Result<Dynamic> {
    let problem = match json::decode_state(stored, resource.schema().ty()) {
        Ok(state) if !state.is_null() => return Ok(state),
        Ok(_) => Error::new(unreadable(resource), "It is null."),
        Err(error) => Error::new(unreadable(resource), format!("{error}.")).at(error.path().clone()),
    };
    Err(problem)
}

fn unreadable(resource: &dyn AnyResource) -> String {
    format!("Could not read the stored state of {}", resource.type_name())
}

/// The identity as the current version sees it; `None` when none is stored. Terraform asks for those, too, as of version
/// 0: for states that were written before there were identities. The next read fills it in.
pub(crate) fn identity(
    resource: &dyn AnyResource,
    version: i64,
    stored: &[u8],
) -> (Option<Dynamic>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    if matches!(stored.trim_ascii(), b"" | b"null") {
        return (None, diagnostics);
    }
    let upgraded = if version == i64::from(resource.identity_version()) {
        json::decode_state(stored, &schema::object_type(resource.identity())).map_err(Error::from)
    } else {
        let step = u32::try_from(version)
            .ok()
            .and_then(|version| converted(|| resource.upgrade_identity(version, stored)));
        step.unwrap_or_else(|| {
            Err(unknown_version(resource, "identity", version, resource.identity_version()))
        })
    };
    let identity = upgraded
        .map_err(|error| failed(resource, "read the stored identity of", error, &mut diagnostics))
        .ok();
    (identity, diagnostics)
}

/// The object, with its private bytes, out of one of another type.
pub(crate) fn moved(
    resource: &dyn AnyResource,
    source: &MoveSource<'_>,
) -> (Option<(Dynamic, Vec<u8>)>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let MoveSource { provider, type_name, version, .. } = source;
    let moved = converted(|| resource.moved(source)).unwrap_or_else(|| {
        Err(Error::new(
            format!("{type_name} cannot become {}", resource.type_name()),
            format!(
                "{} takes over no state of {type_name} of {provider} in schema version {version}. Remove the `moved` \
                 block, and import the object instead.",
                resource.type_name()
            ),
        ))
    });
    let state = moved
        .and_then(|(object, private)| {
            let object = whole(resource, object, source.json);
            super::read::readable_back(resource, &object)?;
            Ok((object, private.encode()))
        })
        .map_err(|error| failed(resource, "move a state to", error, &mut diagnostics))
        .ok();
    (state, diagnostics)
}

/// Runs a conversion of the provider. A panic becomes its error here and not further up: its text may quote the stored values as
/// any error may, and the caller masks those.
fn converted<T>(convert: impl FnOnce() -> Option<Result<T>>) -> Option<Result<T>> {
    catch_unwind(AssertUnwindSafe(convert)).unwrap_or_else(|panic| Some(Err(super::bug(&*panic))))
}

fn unknown_version(resource: &dyn AnyResource, what: &str, version: i64, known: u32) -> Error {
    Error::new(
        format!("The stored {what} of {} is of an unknown version", resource.type_name()),
        format!(
            "It has schema version {version}; this provider knows version {known} and how to upgrade some older ones, \
             not this one. Use a version of the provider that wrote it, or one after it."
        ),
    )
}

fn older(resource: &dyn AnyResource, version: i64, stored: &[u8]) -> Result<Dynamic> {
    let step =
        u32::try_from(version).ok().and_then(|version| converted(|| resource.upgrade(version, stored)));
    let Some(upgraded) = step else {
        return Err(unknown_version(resource, "state", version, resource.schema().version));
    };
    Ok(whole(resource, upgraded?, stored))
}

/// A converted object with what its struct does not hold.
fn whole(resource: &dyn AnyResource, mut upgraded: Dynamic, stored: &[u8]) -> Dynamic {
    let attributes = &resource.schema().attributes;
    let is_own = upgraded.as_map().is_some_and(|own| own.contains_key(TIMEOUTS));
    if let Some(attribute) = attributes.iter().find(|attribute| attribute.name == TIMEOUTS && !is_own) {
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
    let mut whole = schema::absent_object(attributes);
    whole.put(&upgraded);
    whole
}

/// Puts in what a stored object lacks because its schema had no such attribute yet: the default of an argument, which is
/// never null, and empty collections for repeated blocks. Drops what became write-only since: Terraform accepts no state that
/// has it.
fn with_missing(attributes: &[Attribute], object: &mut Dynamic) {
    super::each_attribute(attributes, object, |attribute, value| {
        if attribute.write_only {
            *value = Dynamic::Null;
        } else if value.is_null() {
            *value = attribute.default.clone().unwrap_or_else(|| attribute.absent());
        } else if let Some((nesting, inner)) = attribute.nested() {
            nested::each(nesting, &Dynamic::Null, &Dynamic::Null, value, |_, _, _, item| {
                with_missing(inner, item);
            });
        }
    });
}
