//! A configuration written as JSON, as Terraform would hand it to the provider.
//!
//! Terraform's own checks come first: unknown and missing arguments are refused, values converted to the attribute's
//! type. What it lets through (null for a required argument, values for computed ones) passes here, too.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::Report;
use super::schema::{Attribute, Kind, Nesting, Schema};
use crate::diag::Diagnostic;
use crate::value::{Dynamic, Number, Path, Type, msgpack};

/// Key of the object that stands for an unknown value.
const UNKNOWN: &str = "(unknown)";

/// Stands in a configuration for a value that is known only after apply, such as an attribute of an object that is yet
/// to be created.
pub fn unknown() -> Json {
    json!({ UNKNOWN: null })
}

fn is_unknown(json: &Json) -> bool {
    json.as_object().is_some_and(|entries| entries.len() == 1 && entries.contains_key(UNKNOWN))
}

/// The configuration of an object, as it arrives.
pub(super) fn object(schema: &Schema, json: &Json, report: &mut Report) -> Dynamic {
    let object = level(&schema.attributes, json, &Path::root(), true, report);
    // What holds values of any type is of one type of its own on the way.
    let arrived = msgpack::encode(&object, &schema.ty).and_then(|bytes| msgpack::decode(&bytes, &schema.ty));
    match arrived {
        Ok(object) => object,
        Err(error) => refuse(report, error.path(), "Incorrect attribute value type", error.to_string()),
    }
}

/// One level of it. `block` tells arguments of a block from attributes of a value, where superfluous ones are dropped.
fn level(attributes: &[Attribute], json: &Json, path: &Path, block: bool, report: &mut Report) -> Dynamic {
    if is_unknown(json) {
        return Dynamic::unknown();
    }
    let Some(given) = json.as_object() else {
        return refuse(
            report,
            path,
            "Incorrect attribute value type",
            format!("An object is required, not {json}."),
        );
    };
    if block {
        for name in given.keys().filter(|name| attributes.iter().all(|attribute| attribute.name != **name)) {
            let detail = format!("An argument named \"{name}\" is not expected here.");
            refuse(report, &path.attr(name), "Unsupported argument", detail);
        }
    }
    let entries = attributes.iter().map(|attribute| {
        let value = self::attribute(attribute, given, &path.attr(&attribute.name), report);
        (attribute.name.clone(), value)
    });
    Dynamic::Map(entries.collect())
}

fn attribute(attribute: &Attribute, given: &Map<String, Json>, path: &Path, report: &mut Report) -> Dynamic {
    let name = &attribute.name;
    let Some(json) = given.get(name) else {
        if attribute.required {
            let detail = format!("\"{name}\" is required, but no definition was found.");
            refuse(report, path, "Missing required argument", detail);
        }
        return attribute.absent();
    };
    if json.is_null() {
        return attribute.absent();
    }
    let block = matches!(attribute.kind, Kind::Block(..));
    let Some((nesting, inner)) = attribute.nested() else {
        return match convert(&attribute.ty, json) {
            Ok(value) => attribute.ty.normalize(value),
            Err(problem) => refuse(report, path, "Incorrect attribute value type", problem),
        };
    };
    if is_unknown(json) {
        return Dynamic::unknown();
    }
    let value = match (nesting, json) {
        (Nesting::Single, json) => level(inner, json, path, block, report),
        (Nesting::List | Nesting::Set, Json::Array(items)) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let path = if nesting == Nesting::List { &path.index(index) } else { path };
                level(inner, item, path, block, report)
            });
            Dynamic::List(items.collect())
        }
        (Nesting::Map, Json::Object(entries)) => {
            let entries = entries
                .iter()
                .map(|(key, item)| (key.clone(), level(inner, item, &path.key(key), block, report)));
            Dynamic::Map(entries.collect())
        }
        (_, json) => {
            let detail = format!("{} is required, not {json}.", attribute.ty);
            return refuse(report, path, "Incorrect attribute value type", detail);
        }
    };
    attribute.ty.normalize(value)
}

fn refuse(report: &mut Report, path: &Path, summary: &str, detail: String) -> Dynamic {
    report.push(Diagnostic::error(summary, detail).at(path.clone()));
    Dynamic::Null
}

/// A value that stands alone, such as the argument of a function; an error is a sentence.
pub(super) fn value(ty: &Type, json: &Json) -> Result<Dynamic, String> {
    convert(ty, json).map(|value| ty.normalize(value))
}

/// A value of type `ty`, converted where Terraform converts.
fn convert(ty: &Type, json: &Json) -> Result<Dynamic, String> {
    if is_unknown(json) {
        return Ok(Dynamic::unknown());
    }
    let mismatch = || format!("{ty} is required, not {json}.");
    let number = |text: &str| Number::parse(text).map(Dynamic::Number).map_err(|_| mismatch());
    match (ty, json) {
        (_, Json::Null) => Ok(Dynamic::Null),
        (Type::Dynamic, json) => {
            let value = open(json)?;
            let ty = Type::Dynamic.resolve(&value);
            Ok(if ty == Type::Dynamic { value } else { Dynamic::Typed(Box::new(ty), Box::new(value)) })
        }
        (Type::Bool, Json::Bool(value)) => Ok(Dynamic::Bool(*value)),
        (Type::Bool, Json::String(text)) if text == "true" || text == "false" => {
            Ok(Dynamic::Bool(text == "true"))
        }
        (Type::Number, Json::Number(digits)) => number(&digits.to_string()),
        (Type::Number, Json::String(text)) => number(text),
        (Type::String, Json::String(text)) => Ok(Dynamic::String(text.clone())),
        (Type::String, Json::Number(digits)) => Ok(Dynamic::String(digits.to_string())),
        (Type::String, Json::Bool(value)) => Ok(Dynamic::String(value.to_string())),
        (Type::List(element) | Type::Set(element), Json::Array(items)) => {
            items.iter().map(|item| convert(element, item)).collect::<Result<_, _>>().map(Dynamic::List)
        }
        (Type::Tuple(elements), Json::Array(items)) if elements.len() == items.len() => {
            let items = elements.iter().zip(items).map(|(element, item)| convert(element, item));
            items.collect::<Result<_, _>>().map(Dynamic::List)
        }
        (Type::Map(element), Json::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| Ok((key.clone(), convert(element, value)?)));
            entries.collect::<Result<BTreeMap<_, _>, _>>().map(Dynamic::Map)
        }
        (Type::Object(attributes), Json::Object(entries)) => {
            let entries = attributes.iter().map(|(name, ty)| {
                let value = entries.get(name).ok_or_else(|| format!("Attribute \"{name}\" is required."))?;
                Ok((name.clone(), convert(ty, value)?))
            });
            entries.collect::<Result<BTreeMap<_, _>, String>>().map(Dynamic::Map)
        }
        _ => Err(mismatch()),
    }
}

/// A value whose form is its type.
fn open(json: &Json) -> Result<Dynamic, String> {
    let problem = |error: crate::value::ValueError| error.to_string();
    Ok(match json {
        json if is_unknown(json) => Dynamic::unknown(),
        Json::Null => Dynamic::Null,
        Json::Bool(value) => Dynamic::Bool(*value),
        Json::Number(digits) => Dynamic::Number(Number::parse(&digits.to_string()).map_err(problem)?),
        Json::String(text) => Dynamic::String(text.clone()),
        Json::Array(items) => Dynamic::List(items.iter().map(open).collect::<Result<_, _>>()?),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| Ok((key.clone(), open(value)?)));
            Dynamic::Map(entries.collect::<Result<_, String>>()?)
        }
    })
}
