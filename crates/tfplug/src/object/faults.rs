//! What is wrong with a provider as a whole: the rules on all of its schemas, on names, and on what belongs together.
//!
//! A single mistake here makes Terraform refuse the whole provider, or misread it without a word, so they are looked for
//! before anybody uses it: by one line in a test, by [`crate::testing::Core`], and at each start, which they prevent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{AnyObject, AnyProvider, ErasedProvider, Operation, Provider, Registered, Registry};
use crate::schema::{Attribute, Mode, Outcome, Place, Replace, Schema, problems};
use crate::value::Type;

/// What is wrong with the schemas and names of a provider, each as a line that names the object and the attribute.
/// A test that asserts that there are none keeps the provider loadable.
pub fn schema_problems<P: Provider>() -> Vec<String> {
    problems_of(&ErasedProvider::<P>::new(), &Registry::<P>::of_provider())
}

/// The same of a provider and its objects.
pub(crate) fn problems_of(provider: &dyn AnyProvider, registry: &Registered) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut add = |what: &str, schema: &Schema, place: Place, mismatches: &[String]| {
        let problems = problems(schema, place);
        wrong.extend(mismatches.iter().chain(&problems).map(|problem| format!("{what}: {problem}")));
    };
    add("provider", provider.schema(), Place::Provider, &[]);
    if let Some(meta) = &registry.meta {
        add("provider_meta", meta, Place::Meta, &[]);
    }
    for (name, object) in &registry.resources {
        add(name, object.schema(), Place::Resource, object.mismatches());
    }
    for (name, object) in &registry.data_sources {
        add(&format!("data source {name}"), object.schema(), Place::DataSource, object.mismatches());
    }
    for (name, object) in &registry.ephemeral {
        add(&format!("ephemeral resource {name}"), object.schema(), Place::Ephemeral, object.mismatches());
    }
    for (name, object) in &registry.lists {
        add(&format!("list resource {name}"), object.schema(), Place::List, object.mismatches());
    }
    for (name, object) in &registry.actions {
        add(&format!("action {name}"), object.schema(), Place::Action, object.mismatches());
    }
    for (name, object) in &registry.functions {
        let shown =
            "its result is sensitive or write-only, or holds what is, and Terraform shows results in clear"
                .to_owned();
        let shown = object.output_holds_secrets().then_some(shown);
        add(&format!("function {name}"), object.schema(), Place::Function, shown.as_slice());
    }
    use Operation::{Close, Create, Delete, Invoke, Open, Read, Renew, Update};
    timeouts("", &registry.resources, &[Create, Read, Update, Delete], &mut wrong);
    timeouts("data source ", &registry.data_sources, &[Read], &mut wrong);
    timeouts("ephemeral resource ", &registry.ephemeral, &[Open, Renew, Close], &mut wrong);
    timeouts("list resource ", &registry.lists, &[Read], &mut wrong);
    timeouts("action ", &registry.actions, &[Invoke], &mut wrong);
    for (name, resource) in &registry.resources {
        identity(name, resource.identity(), resource.schema(), &mut wrong);
        let [states, identities] = resource.older_versions();
        versions(&format!("{name}: upgrades"), states, resource.schema().version, &mut wrong);
        versions(&format!("{name}: identity_upgrades"), identities, resource.identity_version(), &mut wrong);
    }
    names(provider.name(), registry, &mut wrong);
    wrong
}

/// Limits of operations that nothing of the kind has.
fn timeouts<T: AnyObject + ?Sized>(
    kind: &str,
    objects: &BTreeMap<String, Arc<T>>,
    operations: &[Operation],
    wrong: &mut Vec<String>,
) {
    for (name, object) in objects {
        wrong.extend(object.timeouts().other_than(operations).map(|operation| {
            format!("{kind}{name}: timeouts: nothing of this kind has the operation `{operation}`")
        }));
    }
}

/// Each older version is upgraded once. Those before the first one may never have been released.
fn versions(what: &str, mut known: Vec<u32>, current: u32, wrong: &mut Vec<String>) {
    known.sort_unstable();
    let twice = known.windows(2).filter(|pair| pair.first() == pair.last()).filter_map(|pair| pair.first());
    for version in twice.copied().collect::<BTreeSet<_>>() {
        wrong.push(format!("{what}: version {version} has two upgrades, and the second is never used"));
    }
    for version in known.iter().filter(|version| **version >= current).collect::<BTreeSet<_>>() {
        wrong.push(format!("{what}: version {version} is not older than the current one, {current}"));
    }
    let ends: Vec<u32> = known.into_iter().filter(|version| *version < current).chain([current]).collect();
    for (before, after) in ends.iter().zip(ends.iter().skip(1)) {
        match (before.saturating_add(1), after.saturating_sub(1)) {
            (first, last) if first > last => {}
            (first, last) if first == last => {
                wrong.push(format!("{what}: version {first} is missing, so its states could not be read"));
            }
            (first, last) => wrong.push(format!(
                "{what}: versions {first} to {last} are missing, so their states could not be read"
            )),
        }
    }
}

/// An identity is made of what the object itself has, and of types that an import can give.
fn identity(name: &str, parts: &[Attribute], schema: &Schema, wrong: &mut Vec<String>) {
    if parts.is_empty() {
        wrong.push(format!(
            "{name}: identity: it has no attributes, so it does not tell one object from another"
        ));
    }
    let primitive = |ty: &Type| matches!(ty, Type::Bool | Type::Number | Type::String);
    for part in parts {
        let ty = part.ty();
        if !primitive(&ty) && !matches!(&ty, Type::List(element) if primitive(element)) {
            wrong.push(format!("{name}: identity {}: it is neither primitive nor a list of such", part.name));
        }
        match schema.attribute(&part.name) {
            Some(attribute) if attribute.ty() == ty => {
                wrong.extend(
                    part_problems(part, attribute)
                        .map(|problem| format!("{name}: identity {}: {problem}", part.name)),
                );
            }
            _ => wrong.push(format!("{name}: identity {}: no attribute has that name and type", part.name)),
        }
    }
    if !parts.is_empty() && parts.iter().all(|part| part.mode == Mode::Optional) {
        wrong.push(format!(
            "{name}: identity: one part at least is no `Option`, or nothing may name an object"
        ));
    }
}

/// What is wrong with an attribute as a part of an identity, which is stored and shown, and never changes.
fn part_problems(part: &Attribute, attribute: &Attribute) -> impl Iterator<Item = &'static str> + use<> {
    let kept = attribute.outcome.as_ref().is_none_or(|outcome| *outcome == Outcome::Keep);
    let replaced = match attribute.replace {
        Some(Replace::Always) => true,
        // Left out of the configuration, it stays as it is.
        Some(Replace::IfConfigured) => {
            attribute.mode == Mode::OptionalComputed && attribute.default.is_none()
        }
        Some(Replace::If(_)) | None => false,
    };
    let stays = kept && (replaced || attribute.mode == Mode::Computed);
    [
        (part.sensitive && !attribute.sensitive)
            .then_some("it is sensitive, and an identity is stored and shown in clear"),
        (part.write_only && !attribute.write_only).then_some("it is write-only, and an identity is stored"),
        (!stays && !attribute.write_only).then_some(
            "the attribute can change during the life of an object: an argument needs `replace`, a computed one `keep`",
        ),
        (part.mode == Mode::Required && attribute.mode == Mode::Optional && !attribute.write_only).then_some(
            "the attribute may be null and the part may not: make both an `Option`, or neither",
        ),
        attribute.sensitive.then_some("the attribute is sensitive, and an identity is stored and shown in clear"),
        attribute.write_only.then_some("the attribute is write-only, so that no state names the object"),
    ]
    .into_iter()
    .flatten()
}

/// Names as Terraform takes them, each registered once, and lists of what can be managed.
fn names(provider: &str, registry: &Registered, wrong: &mut Vec<String>) {
    let objects = [
        registry.resources.keys().collect::<Vec<_>>(),
        registry.data_sources.keys().collect(),
        registry.ephemeral.keys().collect(),
        registry.lists.keys().collect(),
        registry.actions.keys().collect(),
        registry.functions.keys().collect(),
    ];
    let objects = || objects.iter().flatten().copied();
    let doubled = format!("{provider}_{provider}_");
    let mut told = BTreeSet::new();
    for name in objects().filter(|name| name.starts_with(&doubled) && told.insert(*name)) {
        wrong
            .push(format!("{name}: the prefix `{provider}_` is put before the name: leave it out of `NAME`"));
    }
    for name in objects().filter(|name| !crate::schema::is_name(name)) {
        wrong.push(format!(
            "{name}: a name consists of lower-case letters, digits and `_`, and begins with no digit"
        ));
    }
    for name in registry.lists.keys().filter(|name| !registry.resources.contains_key(*name)) {
        wrong.push(format!("list resource {name}: the resource itself is not registered"));
    }
    wrong.extend(registry.twice.iter().map(|what| format!("{what}: it is registered twice")));
}

#[cfg(test)]
mod tests;
