//! Values as JSON, the form in which Terraform stores them: prior states to upgrade, and identities.
//!
//! As with [`msgpack`](super::msgpack) the [`Type`] leads. Numbers are read from their digits, never by way of a
//! floating-point number; sets are arrays, and a value of open type is an object of `value` and `type`. What is not
//! known yet can't be expressed.
//!
//! Each level is read into raw parts, so that the type decides what a part is. Scanning a part again per level is
//! cheap at the depths states have, and the limit on depth keeps it so for all others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::display::{cut, shorten, shorten_type};
use super::{Dynamic, Number, Step, Type, ValueError};

/// How deep values may nest.
const MAX_DEPTH: usize = 128;

/// Reads a value of type `ty`; of keys given twice the last one counts. Sets come out in canonical order.
///
/// # Errors
/// If the bytes are no such value, or nest over 128 deep.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Dynamic, ValueError> {
    read(bytes, ty, Manner::Strict)
}

/// Reads a stored value that may be older than `ty`: attributes that the type doesn't have are passed over, those that
/// are missing become null, and a bool, number or text stored as another of the three is converted where it can be,
/// as Terraform does.
///
/// # Errors
/// If the bytes are no such value even so, or nest over 128 deep.
pub fn decode_state(bytes: &[u8], ty: &Type) -> Result<Dynamic, ValueError> {
    read(bytes, ty, Manner::Lenient)
}

/// Writes a value of type `ty`.
///
/// # Errors
/// If the value is not of that type, not wholly known, or nests over 128 deep.
pub fn encode(value: &Dynamic, ty: &Type) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::new();
    write(&mut out, value, ty, 0)?;
    Ok(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Strict,
    Lenient,
}

fn read(bytes: &[u8], ty: &Type, manner: Manner) -> Result<Dynamic, ValueError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| ValueError::new(format!("expected UTF-8: {error}")))?;
    part(parse(text)?, ty, manner, 0)
}

/// A value of open type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(borrow, rename = "type")]
    ty: &'a RawValue,
}

fn part(raw: &RawValue, ty: &Type, manner: Manner, depth: usize) -> Result<Dynamic, ValueError> {
    if depth == MAX_DEPTH {
        return Err(ValueError::new(format!("the value nests over {MAX_DEPTH} deep")));
    }
    let text = raw.get();
    let form = Form::of(text);
    if form == Form::Null {
        return Ok(Dynamic::Null);
    }
    match (ty, form) {
        (Type::Bool, Form::Bool) => Ok(Dynamic::Bool(text == "true")),
        (Type::Number, Form::Number) => Number::parse(text).map(Dynamic::Number),
        (Type::String, Form::String) => parse(text).map(Dynamic::String),
        (Type::Bool | Type::Number | Type::String, Form::Bool | Form::Number | Form::String)
            if manner == Manner::Lenient =>
        {
            convert(text, form, ty)
        }
        (Type::List(element), Form::Array) => {
            let items = parse::<Vec<&RawValue>>(text)?.into_iter().enumerate().map(|(index, item)| {
                part(item, element, manner, depth + 1).map_err(|error| error.under(Step::Index(index)))
            });
            items.collect::<Result<_, _>>().map(Dynamic::List)
        }
        (Type::Set(element), Form::Array) => {
            let items = parse::<Vec<&RawValue>>(text)?
                .into_iter()
                .map(|item| part(item, element, manner, depth + 1).map_err(ValueError::under_set));
            // Any element type will do: what is inside the elements is normal already.
            Ok(Type::Set(Box::new(Type::Bool)).normalize(Dynamic::List(items.collect::<Result<_, _>>()?)))
        }
        (Type::Tuple(elements), Form::Array) => {
            let items: Vec<&RawValue> = parse(text)?;
            if items.len() != elements.len() {
                return Err(ValueError::new(format!(
                    "expected {} elements, got {}",
                    elements.len(),
                    items.len()
                )));
            }
            let items = items.into_iter().zip(elements).enumerate().map(|(index, (item, element))| {
                part(item, element, manner, depth + 1).map_err(|error| error.under(Step::Index(index)))
            });
            items.collect::<Result<_, _>>().map(Dynamic::List)
        }
        (Type::Map(element), Form::Object) => {
            let entries = parse::<BTreeMap<String, &RawValue>>(text)?.into_iter().map(|(key, value)| {
                match part(value, element, manner, depth + 1) {
                    Ok(value) => Ok((key, value)),
                    Err(error) => Err(error.under(Step::Key(key))),
                }
            });
            entries.collect::<Result<_, _>>().map(Dynamic::Map)
        }
        (Type::Object(attributes), Form::Object) => object(text, attributes, manner, depth),
        (Type::Dynamic, Form::Object) => {
            let typed: Typed<'_> = parse(text)?;
            let ty = Type::from_json(typed.ty.get().as_bytes())?;
            let value = part(typed.value, &ty, manner, depth + 1)?;
            // An open type says nothing that the place of the value doesn't say.
            Ok(if ty == Type::Dynamic { value } else { Dynamic::Typed(Box::new(ty), Box::new(value)) })
        }
        (ty, form) => Err(ValueError::new(format!("expected {}, got {}", shorten_type(ty), form.shown()))),
    }
}

fn object(
    text: &str,
    attributes: &BTreeMap<String, Type>,
    manner: Manner,
    depth: usize,
) -> Result<Dynamic, ValueError> {
    let parts: BTreeMap<String, &RawValue> = parse(text)?;
    if manner == Manner::Strict
        && let Some(name) = parts.keys().find(|name| !attributes.contains_key(*name))
    {
        return Err(ValueError::new(format!("the object has no attribute {:?}", shorten(name))));
    }
    let entries = attributes.iter().map(|(name, ty)| match parts.get(name) {
        Some(raw) => match part(raw, ty, manner, depth + 1) {
            Ok(value) => Ok((name.clone(), value)),
            Err(error) => Err(error.under(Step::Attribute(name.clone()))),
        },
        None if manner == Manner::Lenient => Ok((name.clone(), Dynamic::Null)),
        None => Err(ValueError::new(format!("the attribute {:?} is missing", shorten(name)))),
    });
    entries.collect::<Result<_, _>>().map(Dynamic::Map)
}

/// Terraform's own conversions among bool, number and text.
fn convert(text: &str, form: Form, ty: &Type) -> Result<Dynamic, ValueError> {
    let given = if form == Form::String { parse(text)? } else { text.to_owned() };
    match (ty, given.as_str()) {
        (Type::Bool, "true" | "1") => Ok(Dynamic::Bool(true)),
        (Type::Bool, "false" | "0") => Ok(Dynamic::Bool(false)),
        (Type::Number, given) if form == Form::String => {
            Number::parse(given).map(Dynamic::Number).map_err(|error| match shorten(given) {
                Cow::Borrowed(_) => error,
                // It may be secret, and in an error that quotes only its beginning it would not be found and masked.
                Cow::Owned(_) => ValueError::new("expected a number, got a long string"),
            })
        }
        (Type::String, given) if form == Form::Number => {
            Ok(Dynamic::String(Number::parse(given)?.to_string()))
        }
        (Type::String, given) => Ok(Dynamic::String(given.to_owned())),
        (ty, _) => Err(ValueError::new(format!("expected {}, got {}", shorten_type(ty), form.shown()))),
    }
}

/// What a piece of valid JSON is, by its first character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Form {
    fn of(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b'n') | None => Form::Null,
            Some(b't' | b'f') => Form::Bool,
            Some(b'"') => Form::String,
            Some(b'[') => Form::Array,
            Some(b'{') => Form::Object,
            Some(_) => Form::Number,
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Form::Null => "null",
            Form::Bool => "a bool",
            Form::Number => "a number",
            Form::String => "a string",
            Form::Array => "an array",
            Form::Object => "an object",
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ValueError> {
    // The parser quotes fields that it doesn't know in full.
    serde_json::from_str(text)
        .map_err(|error| ValueError::new(format!("the JSON can't be read: {}", cut(&error.to_string(), 200))))
}

fn write(out: &mut Vec<u8>, value: &Dynamic, ty: &Type, depth: usize) -> Result<(), ValueError> {
    if depth == MAX_DEPTH {
        return Err(ValueError::new(format!("the value nests over {MAX_DEPTH} deep")));
    }
    match (value, ty) {
        (Dynamic::Typed(own, value), Type::Dynamic) if **own != Type::Dynamic => {
            write_typed(out, value, own, depth)
        }
        (Dynamic::Typed(own, value), ty) if **own == *ty => write(out, value, ty, depth + 1),
        (Dynamic::Null, _) => {
            out.extend_from_slice(b"null");
            Ok(())
        }
        (Dynamic::Unknown(_), _) => Err(ValueError::new("the value is not known, which JSON can't express")),
        (Dynamic::Bool(value), Type::Bool) => {
            out.extend_from_slice(value.to_string().as_bytes());
            Ok(())
        }
        (Dynamic::Number(value), Type::Number) => {
            value.demand()?;
            out.extend_from_slice(value.to_string().as_bytes());
            Ok(())
        }
        (Dynamic::String(value), Type::String) => write_text(out, value),
        (Dynamic::List(items), Type::List(element)) => {
            write_items(out, items.iter().enumerate(), |out, (index, item)| {
                write(out, item, element, depth + 1).map_err(|error| error.under(Step::Index(index)))
            })
        }
        (Dynamic::List(items), Type::Set(element)) => write_items(out, items.iter(), |out, item| {
            write(out, item, element, depth + 1).map_err(ValueError::under_set)
        }),
        (Dynamic::List(items), Type::Tuple(elements)) if items.len() == elements.len() => {
            write_items(out, items.iter().zip(elements).enumerate(), |out, (index, (item, element))| {
                write(out, item, element, depth + 1).map_err(|error| error.under(Step::Index(index)))
            })
        }
        (Dynamic::Map(entries), Type::Map(element)) => write_entries(out, entries, |out, key, value| {
            write(out, value, element, depth + 1).map_err(|error| error.under(Step::Key(key.to_owned())))
        }),
        (Dynamic::Map(entries), Type::Object(attributes)) => {
            if let Some(name) = attributes.keys().find(|name| !entries.contains_key(*name)) {
                return Err(ValueError::new(format!("the attribute {:?} is missing", shorten(name))));
            }
            write_entries(out, entries, |out, name, value| match attributes.get(name) {
                Some(ty) => write(out, value, ty, depth + 1)
                    .map_err(|error| error.under(Step::Attribute(name.to_owned()))),
                None => Err(ValueError::new(format!("the object has no attribute {:?}", shorten(name)))),
            })
        }
        (value, Type::Dynamic) if !matches!(value, Dynamic::Typed(..)) => {
            write_typed(out, value, &ty.resolve(value), depth)
        }
        (Dynamic::Typed(own, _), ty) => {
            Err(ValueError::new(format!("expected {}, got {}", shorten_type(ty), shorten_type(own))))
        }
        (value, ty) => Err(ValueError::new(format!("expected {}, got {}", shorten_type(ty), value.sort()))),
    }
}

fn write_typed(out: &mut Vec<u8>, value: &Dynamic, ty: &Type, depth: usize) -> Result<(), ValueError> {
    out.extend_from_slice(br#"{"value":"#);
    write(out, value, ty, depth + 1)?;
    out.extend_from_slice(br#","type":"#);
    out.extend_from_slice(&ty.to_json());
    out.push(b'}');
    Ok(())
}

fn write_items<I>(
    out: &mut Vec<u8>,
    items: impl Iterator<Item = I>,
    mut each: impl FnMut(&mut Vec<u8>, I) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        each(out, item)?;
    }
    out.push(b']');
    Ok(())
}

fn write_entries(
    out: &mut Vec<u8>,
    entries: &BTreeMap<String, Dynamic>,
    mut each: impl FnMut(&mut Vec<u8>, &str, &Dynamic) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    out.push(b'{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(out, key)?;
        out.push(b':');
        each(out, key, value)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_text(out: &mut Vec<u8>, text: &str) -> Result<(), ValueError> {
    serde_json::to_writer(out, text).map_err(|error| ValueError::new(error.to_string()))
}

#[cfg(test)]
mod tests;
