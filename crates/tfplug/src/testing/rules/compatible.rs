//! What may come of a plan: each known value as it was planned, each unknown one as it was promised.
//!
//! Below the blocks only types count, as in Terraform: what a schema says about nested attributes makes no difference.

use std::collections::BTreeSet;

use super::super::schema::{Attribute, Kind, Nesting};
use super::{Found, Problem, count, element, part, set_count};
use crate::value::{Dynamic, Number, Path, Refinements, Type};

/// What is wrong with an object that comes of a plan; or with a later plan, when more is known than for the first one.
pub(in crate::testing) fn compatible(
    attributes: &[Attribute],
    planned: &Dynamic,
    result: &Dynamic,
) -> Vec<Problem> {
    let mut found = Found::default();
    object(attributes, planned, result, &Path::root(), &mut found);
    found.0
}

fn object(attributes: &[Attribute], planned: &Dynamic, result: &Dynamic, path: &Path, found: &mut Found) {
    match (planned.is_null(), result.is_null()) {
        (true, true) => return,
        (true, false) => return found.add(path, "was planned as absent and is there"),
        (false, true) => return found.add(path, "was planned and is absent"),
        (false, false) => {}
    }
    for attribute in attributes {
        let name = &attribute.name;
        let (planned, result, path) = (part(planned, name), part(result, name), path.attr(name));
        if let Kind::Block(nesting, inner) = &attribute.kind {
            blocks(*nesting, inner, planned, result, &path, found);
            continue;
        }
        let mut differences = Found::default();
        value(&attribute.ty, planned, result, &path, &mut differences);
        if attribute.sensitive && !differences.0.is_empty() {
            found.add(&path, "a sensitive value is not as planned");
        } else {
            found.0.append(&mut differences.0);
        }
    }
}

fn blocks(
    nesting: Nesting,
    inner: &[Attribute],
    planned: &Dynamic,
    result: &Dynamic,
    path: &Path,
    found: &mut Found,
) {
    let open = |value: &Dynamic| value.is_unknown() || value.is_null();
    match nesting {
        // Of an unknown block nothing may come.
        Nesting::Single if planned.is_unknown() && result.is_null() => {}
        Nesting::Single => object(inner, planned, result, path, found),
        _ if open(planned) || open(result) => {}
        Nesting::Set => {
            let fits = |planned: &Dynamic, result: &Dynamic| {
                let mut found = Found::default();
                object(inner, planned, result, path, &mut found);
                found.0.is_empty()
            };
            set(planned, result, fits, path, found);
        }
        _ if count(planned) != count(result) => changed(count(planned), count(result), path, found),
        Nesting::List => {
            for index in 0..count(planned) {
                object(inner, element(planned, index), element(result, index), &path.index(index), found);
            }
        }
        Nesting::Map => {
            // Terraform overlooks a key that another has replaced; no provider means that.
            for (key, planned) in planned.as_map().into_iter().flatten() {
                object(inner, planned, result.get(key), &path.key(key), found);
            }
        }
    }
}

fn changed(planned: usize, result: usize, path: &Path, found: &mut Found) {
    found.add(path, format!("number of elements: {planned} planned, {result} in the result"));
}

fn value(ty: &Type, planned: &Dynamic, result: &Dynamic, path: &Path, found: &mut Found) {
    if *ty == Type::Dynamic {
        return match (planned, result) {
            (Dynamic::Typed(ty, planned), Dynamic::Typed(own, result)) if conforms(own, ty) => {
                value(ty, planned, result, path, found);
            }
            // Where not even a type was planned, anything may come.
            (Dynamic::Null | Dynamic::Unknown(_), _) => {}
            (planned, result) if planned == result => {}
            _ => found.add(path, format!("{planned} was planned, and {result} is of another type")),
        };
    }
    match (planned, result) {
        (Dynamic::Unknown(promised), result) => {
            if !keeps(promised, ty, result) {
                found.add(path, format!("{result} is not what was promised when it was unknown"));
            }
        }
        (Dynamic::Null, Dynamic::Null) => {}
        (Dynamic::Null, result) => found.add(path, format!("was planned as null and is {result}")),
        (planned, Dynamic::Null) => found.add(path, format!("was planned as {planned} and is null")),
        (planned, Dynamic::Unknown(_)) => found.add(path, format!("was planned as {planned} and is unknown")),
        (planned, result) => known(ty, planned, result, path, found),
    }
}

/// Two values that are there.
fn known(ty: &Type, planned: &Dynamic, result: &Dynamic, path: &Path, found: &mut Found) {
    match ty {
        Type::Object(types) => {
            for (name, ty) in types {
                value(ty, planned.get(name), result.get(name), &path.attr(name), found);
            }
        }
        Type::Map(ty) => {
            let (Some(planned), Some(result)) = (planned.as_map(), result.as_map()) else { return };
            for (key, planned) in planned {
                match result.get(key) {
                    Some(result) => value(ty, planned, result, &path.key(key), found),
                    None => found.add(&path.key(key), "was planned and is missing"),
                }
            }
            for key in result.keys().filter(|key| !planned.contains_key(*key)) {
                found.add(&path.key(key), "was not planned and is there");
            }
        }
        Type::List(_) | Type::Tuple(_) if count(planned) != count(result) => {
            changed(count(planned), count(result), path, found);
        }
        Type::List(ty) => {
            for index in 0..count(planned) {
                value(ty, element(planned, index), element(result, index), &path.index(index), found);
            }
        }
        Type::Tuple(types) => {
            for (index, ty) in types.iter().enumerate() {
                value(ty, element(planned, index), element(result, index), &path.index(index), found);
            }
        }
        Type::Set(ty) => {
            let fits = |planned: &Dynamic, result: &Dynamic| {
                let mut found = Found::default();
                value(ty, planned, result, path, &mut found);
                found.0.is_empty()
            };
            set(planned, result, fits, path, found);
        }
        Type::Bool | Type::Number | Type::String | Type::Dynamic => {
            if planned != result {
                found.add(path, format!("was planned as {planned} and is {result}"));
            }
        }
    }
}

/// Elements of sets cannot be found by where they are. So each has to fit one of the other side, and there may be fewer
/// than planned, because unknown ones may prove to be equal, but not more.
fn set(
    planned: &Dynamic,
    result: &Dynamic,
    fits: impl Fn(&Dynamic, &Dynamic) -> bool,
    path: &Path,
    found: &mut Found,
) {
    let elements =
        |set: &'_ Dynamic| set.as_list().unwrap_or_default().iter().cloned().collect::<BTreeSet<_>>();
    let (mut lost, mut new) = (elements(planned), elements(result));
    let (all_planned, all_new) = (lost.clone(), new.clone());
    // Of what is known only itself can come.
    for same in all_planned.intersection(&all_new).filter(|element| element.is_wholly_known()) {
        lost.remove(same);
        new.remove(same);
    }
    for element in all_planned.iter().filter(|element| !element.is_wholly_known()) {
        for other in &all_new {
            if (lost.contains(element) || new.contains(other)) && fits(element, other) {
                lost.remove(element);
                new.remove(other);
            }
        }
    }
    for element in &lost {
        found.add(path, format!("{element} was planned, and nothing like it is there"));
    }
    if lost.is_empty() {
        for element in &new {
            found.add(path, format!("{element} is there, and nothing like it was planned"));
        }
    }
    if count(planned) < count(result) {
        changed(count(planned), count(result), path, found);
    }
}

/// Whether a value may come of an unknown one, by what was promised of that.
fn keeps(promised: &Refinements, ty: &Type, result: &Dynamic) -> bool {
    let within = |number: &Number| {
        let above = promised
            .lower()
            .is_none_or(|bound| *number > bound.number || (bound.inclusive && *number == bound.number));
        let below = promised
            .upper()
            .is_none_or(|bound| *number < bound.number || (bound.inclusive && *number == bound.number));
        above && below
    };
    match result {
        Dynamic::Null => !promised.is_not_null(),
        Dynamic::Number(number) => within(number),
        Dynamic::String(text) => promised.prefix().is_none_or(|prefix| text.starts_with(prefix)),
        Dynamic::List(_) | Dynamic::Map(_) if !matches!(ty, Type::Object(_) | Type::Tuple(_)) => {
            let exactly = count(result)..=count(result);
            let counted = if matches!(ty, Type::Set(_)) { set_count(result) } else { exactly };
            let limit = |limit: Option<u64>| limit.and_then(|limit| usize::try_from(limit).ok());
            limit(promised.min_length()).is_none_or(|fewest| *counted.end() >= fewest)
                && limit(promised.max_length()).is_none_or(|most| *counted.start() <= most)
        }
        _ => true,
    }
}

/// Whether a value of type `own` is one of type `ty`.
fn conforms(own: &Type, ty: &Type) -> bool {
    match (ty, own) {
        (Type::Dynamic, _) => true,
        (Type::List(ty), Type::List(own))
        | (Type::Set(ty), Type::Set(own))
        | (Type::Map(ty), Type::Map(own)) => conforms(own, ty),
        (Type::Tuple(types), Type::Tuple(own)) => {
            types.len() == own.len() && types.iter().zip(own).all(|(ty, own)| conforms(own, ty))
        }
        (Type::Object(types), Type::Object(own)) => {
            types.len() == own.len()
                && types.iter().all(|(name, ty)| own.get(name).is_some_and(|own| conforms(own, ty)))
        }
        (ty, own) => ty == own,
    }
}
