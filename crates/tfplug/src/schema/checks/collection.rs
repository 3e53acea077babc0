//! Checks of collections, and of what is in them. Elements that are not known yet pass.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::value::{Dynamic, Type};

/// Each element of a list, set or map passes the check.
pub fn each(check: Check) -> Check {
    let rule = if check.rule().is_empty() { String::new() } else { format!("each {}", check.rule()) };
    let (element, own) = (check.clone(), check.clone());
    Check::partial(rule, move |value| {
        for (index, element) in value.as_list().unwrap_or_default().iter().enumerate() {
            check.test(element).map_err(|problem| at(&format!("Element {index}"), &problem))?;
        }
        for (key, element) in entries(value) {
            check.test(element).map_err(|problem| at(&format!("Element {key:?}"), &problem))?;
        }
        Ok(())
    })
    .of(move |ty| match ty {
        Type::List(of) | Type::Set(of) | Type::Map(of) => element.fits(of),
        Type::Tuple(parts) => parts.iter().all(|part| element.fits(part)),
        _ => false,
    })
    .of_each(own)
}

/// Each key of a map passes the check, which is one of text.
pub fn keys(check: Check) -> Check {
    let rule =
        if check.rule().is_empty() { String::new() } else { format!("with each key {}", check.rule()) };
    let key = check.clone();
    Check::partial(rule, move |value| {
        for key in entries(value).keys() {
            check
                .test(&Dynamic::from(key.as_str()))
                .map_err(|problem| at(&format!("Key {key:?}"), &problem))?;
        }
        Ok(())
    })
    .of(move |ty| matches!(ty, Type::Map(_)) && key.fits(&Type::String))
}

/// No two elements of a list are equal.
pub fn unique() -> Check {
    Check::partial("without repetitions", |value| {
        let mut seen = BTreeSet::new();
        let known = value.as_list().unwrap_or_default().iter().filter(|item| item.is_wholly_known());
        match known.filter(|item| !item.is_null()).find(|item| !seen.insert(*item)) {
            Some(again) => Err(format!("It must not hold the same value twice: {again}.")),
            None => Ok(()),
        }
    })
    .of(|ty| matches!(ty, Type::List(_) | Type::Tuple(_)))
}

/// No element of a list, set or map is null.
pub fn no_nulls() -> Check {
    Check::partial("without null elements", |value| {
        let items = value.as_list().unwrap_or_default();
        match items.iter().chain(entries(value).values()).any(Dynamic::is_null) {
            true => Err("It must not hold null.".to_owned()),
            false => Ok(()),
        }
    })
    .of(|ty| matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_) | Type::Tuple(_)))
}

fn entries(value: &Dynamic) -> &BTreeMap<String, Dynamic> {
    static NONE: BTreeMap<String, Dynamic> = BTreeMap::new();
    value.as_map().unwrap_or(&NONE)
}

/// A refusal that names the part: "It must be …" becomes "Element 1: it must be …".
fn at(part: &str, problem: &str) -> String {
    match problem.strip_prefix("It ") {
        Some(rest) => format!("{part}: it {rest}"),
        None => format!("{part}: {problem}"),
    }
}
