//! Values in and out of messages; what cannot be one is an error with Terraform's summary.

use tonic::{Response, Status};

use super::schema::Resource;
use super::{Report, rules};
use crate::grpc::convert;
use crate::proto::tfplugin6 as tf;
use crate::value::{Dynamic, Type};

/// The answer of a call.
pub(super) fn received<T>(answer: Result<Response<T>, Status>, report: &mut Report) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer.into_inner()),
        Err(status) => {
            report.error("Plugin did not respond", status.to_string());
            None
        }
    }
}

/// A value as a message.
pub(super) fn message(value: &Dynamic, ty: &Type, report: &mut Report) -> Option<tf::DynamicValue> {
    match convert::dynamic_value(value, ty) {
        Ok(message) => Some(message),
        Err(error) => {
            report.error("Value cannot be sent to the provider", error.to_string());
            None
        }
    }
}

/// An answer's value, if it is one of the schema. One that is not there at all is null.
pub(super) fn conforming(
    message: Option<&tf::DynamicValue>,
    ty: &Type,
    summary: &str,
    report: &mut Report,
) -> Option<Dynamic> {
    match convert::value(message, ty) {
        Ok(value) => Some(value),
        Err(error) => {
            report.error(summary, format!("The value does not conform to the schema: {error}"));
            None
        }
    }
}

/// Whether an object may be stored.
pub(super) fn storable(resource: &Resource, value: &Dynamic, summary: &str, report: &mut Report) -> bool {
    report.refuse(summary, rules::stored(&resource.schema.attributes, value))
}

/// An identity as a message; the outer `None` is an error.
pub(super) fn identity_message(
    resource: &Resource,
    identity: Option<&Dynamic>,
    report: &mut Report,
) -> Option<Option<tf::ResourceIdentityData>> {
    let Some(identity) = identity else { return Some(None) };
    let data = message(identity, &resource.identity.ty, report)?;
    Some(Some(tf::ResourceIdentityData { identity_data: Some(data) }))
}

/// An answer's identity; the outer `None` is an error.
pub(super) fn identity(
    resource: &Resource,
    message: Option<&tf::ResourceIdentityData>,
    summary: &str,
    report: &mut Report,
) -> Option<Option<Dynamic>> {
    let Some(data) = message else { return Some(None) };
    let identity = conforming(data.identity_data.as_ref(), &resource.identity.ty, summary, report)?;
    Some((!identity.is_null()).then_some(identity))
}

/// Whether nothing in an identity is unknown.
pub(super) fn identity_known(identity: Option<&Dynamic>, report: &mut Report) -> bool {
    let known = identity.is_none_or(Dynamic::is_wholly_known);
    if !known {
        report.error("Provider produced invalid identity", "The identity is not wholly known.");
    }
    known
}

/// Whether there is an identity, without which nobody could list, import or move the object.
pub(super) fn identity_present(identity: Option<&Dynamic>, summary: &str, report: &mut Report) -> bool {
    if identity.is_none() {
        report.error(summary, "The identity is missing.");
    }
    identity.is_some()
}

/// Whether an object still has the identity that it had before, as it must for all its life.
pub(super) fn identity_kept(before: Option<&Dynamic>, after: Option<&Dynamic>, report: &mut Report) -> bool {
    let Some(before) = before else { return true };
    match after {
        Some(after) if after == before => true,
        Some(after) => {
            report.error(
                "Provider produced different identity",
                format!("It was {before} and now is {after}."),
            );
            false
        }
        None => {
            report.error(
                "Provider produced different identity",
                format!("It was {before} and now is missing."),
            );
            false
        }
    }
}
