//! [`Dynamic`] → bytes for Terraform.

use std::collections::BTreeMap;

use rmp::encode::{
    ByteBuf, write_array_len, write_bin, write_bool, write_ext_meta, write_f64, write_map_len, write_nil,
    write_sint, write_str, write_uint,
};

use super::{MAX_DEPTH, REFINED, promise};
use crate::value::display::{shorten, shorten_type};
use crate::value::{Dynamic, Number, Refinements, Step, Type, ValueError};

/// An unknown value about which nothing is promised.
const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

/// Terraform refuses promises that take more.
const MAX_PROMISES: usize = 1024;

/// Terraform reads no more of a prefix.
const MAX_PREFIX: usize = 256;

/// Most objects take no more bytes, so that nothing grows in small steps.
const USUAL: usize = 512;

/// Writes a value of type `ty`.
///
/// A value in an open place that brings no type along is written with the type that its form suggests.
///
/// # Errors
/// If the value is not of that type, an object lacks an attribute or has one too many, or values nest over 512 deep.
pub fn encode(value: &Dynamic, ty: &Type) -> Result<Vec<u8>, ValueError> {
    let mut out = ByteBuf::with_capacity(USUAL);
    write(&mut out, value, ty, 0)?;
    Ok(out.into_vec())
}

fn write(out: &mut ByteBuf, value: &Dynamic, ty: &Type, depth: usize) -> Result<(), ValueError> {
    if depth == MAX_DEPTH {
        return Err(ValueError::new(format!("the value nests over {MAX_DEPTH} deep")));
    }
    let depth = depth + 1;
    match (value, ty) {
        (Dynamic::Typed(own, value), Type::Dynamic) if **own != Type::Dynamic => {
            typed(out, value, own, depth)
        }
        (Dynamic::Typed(own, value), ty) if **own == *ty => write(out, value, ty, depth),
        (Dynamic::Null, _) => done(write_nil(out)),
        (Dynamic::Unknown(refinements), _) => unknown(out, refinements),
        (Dynamic::Bool(value), Type::Bool) => done(write_bool(out, *value)),
        (Dynamic::Number(value), Type::Number) => number(out, value),
        (Dynamic::String(value), Type::String) => done(write_str(out, value)),
        (Dynamic::List(items), Type::List(element)) => list(out, items, element, depth),
        (Dynamic::List(items), Type::Set(element)) => {
            list(out, items, element, depth).map_err(ValueError::under_set)
        }
        (Dynamic::List(items), Type::Tuple(elements)) if items.len() == elements.len() => {
            tuple(out, items, elements, depth)
        }
        (Dynamic::Map(entries), Type::Map(element)) => map(out, entries, element, depth),
        (Dynamic::Map(entries), Type::Object(attributes)) => object(out, entries, attributes, depth),
        (Dynamic::Typed(own, _), ty) => {
            Err(ValueError::new(format!("expected {}, got {}", shorten_type(ty), shorten_type(own))))
        }
        (value, Type::Dynamic) => typed(out, value, &ty.resolve(value), depth),
        (value, ty) => Err(ValueError::new(format!("expected {}, got {}", shorten_type(ty), value.sort()))),
    }
}

fn typed(out: &mut ByteBuf, value: &Dynamic, ty: &Type, depth: usize) -> Result<(), ValueError> {
    done(write_array_len(out, 2))?;
    done(write_bin(out, &ty.to_json()))?;
    write(out, value, ty, depth)
}

fn list(out: &mut ByteBuf, items: &[Dynamic], element: &Type, depth: usize) -> Result<(), ValueError> {
    done(write_array_len(out, size(items.len())?))?;
    for (index, item) in items.iter().enumerate() {
        write(out, item, element, depth).map_err(|error| error.under(Step::Index(index)))?;
    }
    Ok(())
}

fn tuple(out: &mut ByteBuf, items: &[Dynamic], elements: &[Type], depth: usize) -> Result<(), ValueError> {
    done(write_array_len(out, size(items.len())?))?;
    for (index, (item, element)) in items.iter().zip(elements).enumerate() {
        write(out, item, element, depth).map_err(|error| error.under(Step::Index(index)))?;
    }
    Ok(())
}

fn map(
    out: &mut ByteBuf,
    entries: &BTreeMap<String, Dynamic>,
    element: &Type,
    depth: usize,
) -> Result<(), ValueError> {
    done(write_map_len(out, size(entries.len())?))?;
    for (key, value) in entries {
        done(write_str(out, key))?;
        write(out, value, element, depth).map_err(|error| error.under(Step::Key(key.clone())))?;
    }
    Ok(())
}

fn object(
    out: &mut ByteBuf,
    entries: &BTreeMap<String, Dynamic>,
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<(), ValueError> {
    if let Some(name) = entries.keys().find(|name| !attributes.contains_key(*name)) {
        return Err(ValueError::new(format!("the object has no attribute {:?}", shorten(name))));
    }
    done(write_map_len(out, size(attributes.len())?))?;
    for (name, ty) in attributes {
        let Some(value) = entries.get(name) else {
            return Err(ValueError::new(format!("the attribute {:?} is missing", shorten(name))));
        };
        done(write_str(out, name))?;
        write(out, value, ty, depth).map_err(|error| error.under(Step::Attribute(name.clone())))?;
    }
    Ok(())
}

/// As Terraform writes numbers: shortest integer, floating-point where that is exact, else text.
fn number(out: &mut ByteBuf, number: &Number) -> Result<(), ValueError> {
    number.demand()?;
    if let Some(int) = number.as_i64() {
        return done(write_sint(out, int));
    }
    match number.exact_fraction() {
        Some(float) => done(write_f64(out, float)),
        None => done(write_str(out, &number.to_string())),
    }
}

fn unknown(out: &mut ByteBuf, refinements: &Refinements) -> Result<(), ValueError> {
    let payload = promises(refinements)?;
    if payload.len() > MAX_PROMISES || refinements.is_empty() {
        out.as_mut_vec().extend_from_slice(&UNKNOWN);
    } else {
        done(write_ext_meta(out, size(payload.len())?, REFINED))?;
        out.as_mut_vec().extend_from_slice(&payload);
    }
    Ok(())
}

fn promises(refinements: &Refinements) -> Result<Vec<u8>, ValueError> {
    let mut out = ByteBuf::new();
    let mut count = 0;
    if refinements.is_not_null() {
        count += 1;
        done(write_uint(&mut out, promise::NOT_NULL))?;
        done(write_bool(&mut out, false))?;
    }
    if let Some(prefix) = refinements.prefix() {
        count += 1;
        done(write_uint(&mut out, promise::PREFIX))?;
        done(write_str(&mut out, &prefix[..prefix.floor_char_boundary(MAX_PREFIX)]))?;
    }
    for (key, bound) in [(promise::LOWER, refinements.lower()), (promise::UPPER, refinements.upper())] {
        if let Some(bound) = bound {
            count += 1;
            done(write_uint(&mut out, key))?;
            done(write_array_len(&mut out, 2))?;
            number(&mut out, &bound.number)?;
            done(write_bool(&mut out, bound.inclusive))?;
        }
    }
    for (key, length) in
        [(promise::MIN_LENGTH, refinements.min_length()), (promise::MAX_LENGTH, refinements.max_length())]
    {
        if let Some(length) = length {
            count += 1;
            done(write_uint(&mut out, key))?;
            done(write_uint(&mut out, length))?;
        }
    }
    let mut whole = ByteBuf::new();
    done(write_map_len(&mut whole, count))?;
    whole.as_mut_vec().extend_from_slice(out.as_slice());
    Ok(whole.into_vec())
}

/// Writing into memory doesn't fail; should it ever, the value is not sent in part.
fn done<T, E: std::fmt::Display>(written: Result<T, E>) -> Result<(), ValueError> {
    written.map(drop).map_err(|error| ValueError::new(error.to_string()))
}

fn size(count: usize) -> Result<u32, ValueError> {
    u32::try_from(count)
        .map_err(|_| ValueError::new(format!("{count} elements are more than can be written")))
}
