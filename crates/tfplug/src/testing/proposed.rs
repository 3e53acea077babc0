//! What Terraform proposes before it asks for a plan: the configuration, with computed values from the prior state
//! where the configuration leaves them open.
//!
//! The provider never computes this; a test that plays Terraform has to, and every rule on plans is stated against it.
//! The merge is that of `hashicorp/terraform:internal/plans/objchange/objchange.go`. Nested objects are paired by
//! position in lists and by key in maps; in sets with the first unused prior element that could have come from the
//! configured one.

use std::collections::BTreeMap;

use super::schema::{Attribute, Kind, Nesting, object_type};
use crate::value::{Dynamic, Type};

/// The proposed new state of an object; `prior` is null for a create, `config` for a delete.
pub(crate) fn proposed_new_state(attributes: &[Attribute], prior: &Dynamic, config: &Dynamic) -> Dynamic {
    if config.is_null() {
        return Dynamic::Null;
    }
    object(attributes, prior, config)
}

fn object(attributes: &[Attribute], prior: &Dynamic, config: &Dynamic) -> Dynamic {
    let entries = attributes.iter().map(|attribute| {
        let value = value(attribute, prior.get(&attribute.name), part(config, &attribute.name));
        (attribute.name.clone(), value)
    });
    Dynamic::Map(entries.collect())
}

fn value(attribute: &Attribute, prior: &Dynamic, config: &Dynamic) -> Dynamic {
    if attribute.computed && config.is_null() {
        return if was_configured(attribute, prior) { config.clone() } else { prior.clone() };
    }
    match attribute.nested() {
        Some((nesting, inner)) if !config.is_unknown() && !config.is_null() => {
            nested((nesting, inner), &attribute.ty, prior, config)
        }
        _ => config.clone(),
    }
}

/// Whether an optional and computed nested attribute must have been configured before, because it holds what no
/// provider may fill in. Left out now, it is to go.
fn was_configured(attribute: &Attribute, prior: &Dynamic) -> bool {
    fn holds_configured(inner: &[Attribute], object: &Dynamic) -> bool {
        inner.iter().any(|attribute| {
            let value = object.get(&attribute.name);
            !value.is_null()
                && (!attribute.computed
                    || attribute.nested().is_some_and(|(nesting, inner)| {
                        elements(nesting, value).into_iter().any(|object| holds_configured(inner, object))
                    }))
        })
    }
    match &attribute.kind {
        Kind::Nested(nesting, inner) if attribute.required || attribute.optional => {
            elements(*nesting, prior).into_iter().any(|object| holds_configured(inner, object))
        }
        _ => false,
    }
}

/// Nested objects of a configured value that is known and not null.
fn nested(
    (nesting, inner): (Nesting, &[Attribute]),
    ty: &Type,
    prior: &Dynamic,
    config: &Dynamic,
) -> Dynamic {
    let one = |prior: &Dynamic, config: &Dynamic| {
        if config.is_null() { Dynamic::Null } else { object(inner, prior, config) }
    };
    let merged = match (nesting, config.untyped()) {
        (Nesting::List, Dynamic::List(items)) => {
            let prior = prior.as_list().unwrap_or_default();
            let items = items.iter().enumerate().map(|(index, config)| match prior.get(index) {
                Some(prior) => one(prior, config),
                None => config.clone(),
            });
            Dynamic::List(items.collect())
        }
        (Nesting::Map, Dynamic::Map(entries)) => {
            let prior = prior.as_map();
            let entries = entries.iter().map(|(key, config)| {
                let prior = prior.and_then(|prior| prior.get(key));
                (key.clone(), prior.map_or_else(|| config.clone(), |prior| one(prior, config)))
            });
            Dynamic::Map(entries.collect())
        }
        (Nesting::Set, Dynamic::List(items)) => {
            let mut partners = Partners::new(inner, prior.as_list().unwrap_or_default());
            let items = items.iter().map(|config| one(partners.take(config), config));
            return ty.normalize(Dynamic::List(items.collect()));
        }
        _ => one(prior, config),
    };
    match config {
        // The elements differ in type, and so may the whole after the merge.
        Dynamic::Typed(..) => {
            Dynamic::Typed(Box::new(whole(nesting, inner).resolve(&merged)), Box::new(merged))
        }
        _ => merged,
    }
}

/// The type of a list or map of objects, before the values of any type in it say theirs.
fn whole(nesting: Nesting, inner: &[Attribute]) -> Type {
    let element = Box::new(object_type(inner));
    if nesting == Nesting::Map { Type::Map(element) } else { Type::List(element) }
}

/// The prior elements of a set, to be paired with configured ones.
struct Partners<'a> {
    attributes: &'a [Attribute],
    /// Names of attributes that only a configuration can have set; elements that differ in them are no partners.
    names: Vec<&'a str>,
    /// Unused elements by the values of those attributes, first one last.
    unused: BTreeMap<Vec<&'a Dynamic>, Vec<&'a Dynamic>>,
}

impl<'a> Partners<'a> {
    fn new(attributes: &'a [Attribute], prior: &'a [Dynamic]) -> Self {
        let given = attributes
            .iter()
            .filter(|attribute| attribute.nested().is_none() && !attribute.computed)
            .map(|attribute| attribute.name.as_str());
        let names: Vec<_> = given.collect();
        let mut unused: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for element in prior.iter().rev() {
            unused.entry(names.iter().map(|name| element.get(name)).collect()).or_default().push(element);
        }
        Partners { attributes, names, unused }
    }

    fn take(&mut self, config: &'a Dynamic) -> &'a Dynamic {
        let key: Vec<&Dynamic> = self.names.iter().map(|name| part(config, name)).collect();
        let Some(candidates) = self.unused.get_mut(&key) else { return &Dynamic::Null };
        let found = candidates.iter().rposition(|prior| could_come_from(self.attributes, prior, config));
        found.map_or(&Dynamic::Null, |index| candidates.remove(index))
    }
}

/// Whether a prior object may be this configured one with computed values filled in.
fn could_come_from(attributes: &[Attribute], prior: &Dynamic, config: &Dynamic) -> bool {
    if prior == config || prior.is_null() {
        return true;
    }
    if config.is_null() {
        return attributes.is_empty();
    }
    attributes.iter().all(|attribute| {
        let (prior, config) = (prior.get(&attribute.name), part(config, &attribute.name));
        if prior == config {
            return true;
        }
        match &attribute.kind {
            // Elements of sets inside of elements of sets can't be paired.
            _ if matches!(attribute.ty, Type::Set(_)) => false,
            Kind::Value => attribute.computed && config.is_null(),
            Kind::Nested(nesting, inner) | Kind::Block(nesting, inner) => {
                match (nesting, prior.untyped(), config.untyped()) {
                    (_, Dynamic::Null, _) => true,
                    (Nesting::Single, ..) => could_come_from(inner, prior, config),
                    (_, Dynamic::List(prior), Dynamic::List(config)) => {
                        prior.len() <= config.len()
                            && prior
                                .iter()
                                .zip(config)
                                .all(|(prior, config)| could_come_from(inner, prior, config))
                    }
                    (_, Dynamic::Map(prior), Dynamic::Map(config)) => prior.iter().all(|(key, prior)| {
                        config.get(key).is_some_and(|config| could_come_from(inner, prior, config))
                    }),
                    _ => elements(*nesting, prior).is_empty(),
                }
            }
        }
    })
}

/// The objects that a value holds.
fn elements(nesting: Nesting, value: &Dynamic) -> Vec<&Dynamic> {
    match (nesting, value.untyped()) {
        (Nesting::Single, object @ Dynamic::Map(_)) => vec![object],
        (Nesting::List | Nesting::Set, Dynamic::List(items)) => items.iter().collect(),
        (Nesting::Map, Dynamic::Map(entries)) => entries.values().collect(),
        _ => Vec::new(),
    }
}

/// An attribute of a configured object; of one that is unknown as a whole, every attribute is unknown.
fn part<'a>(object: &'a Dynamic, name: &str) -> &'a Dynamic {
    if object.is_unknown() { object } else { object.get(name) }
}

#[cfg(test)]
pub(super) mod properties;
#[cfg(test)]
mod tests;
