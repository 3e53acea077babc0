//! What is to happen to one object, and how it reads on the terminal.

use std::collections::BTreeSet;
use std::fmt;

use super::deferral::Deferral;
use super::message::{identity_kept, identity_known};
use super::proposed::proposed_new_state;
use super::report::DISCLOSED;
use super::schema::{Attribute, Nesting, Resource};
use super::stored::Object;
use super::walk::{PlanAnswer, PlanRequest, Walk};
use super::{Report, rules};
use crate::value::{Dynamic, Path, Step, json};

/// What Terraform does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Makes it.
    Create,
    /// Changes it in place.
    Update,
    /// Deletes it and makes another, or the other way round.
    Replace,
    /// Deletes it.
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::NoOp => "no-op",
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
        })
    }
}

/// A plan of one object.
///
/// As text it names the action and the attributes: `update: alias; known after apply: path`, for a replacement with its
/// reasons: `replace because of name: name; known after apply: id`. What is deferred begins with `deferred`. Warnings follow on lines of their own.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) action: Action,
    pub(super) replaced_for: Vec<Path>,
    /// The object as read for this plan.
    pub(super) prior: Option<Object>,
    pub(super) planned: Dynamic,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Dynamic>,
    pub(super) changed: Vec<Path>,
    pub(super) known_after_apply: Vec<Path>,
    pub(super) deferred: Option<Deferral>,
    pub(super) report: Report,
}

impl Plan {
    /// What is to happen.
    pub fn action(&self) -> Action {
        self.action
    }

    /// Whether nothing is to happen.
    pub fn is_empty(&self) -> bool {
        self.action == Action::NoOp
    }

    /// The attributes whose change makes a new object, such as `name`.
    pub fn replaced_for(&self) -> Vec<String> {
        texts(&self.replaced_for)
    }

    /// The attributes that get another value, as far as it is known; on create, those that get a value.
    pub fn changed(&self) -> Vec<String> {
        texts(&self.changed)
    }

    /// The attributes that only the apply decides.
    pub fn known_after_apply(&self) -> Vec<String> {
        texts(&self.known_after_apply)
    }

    /// The planned object as JSON, with [`unknown`](super::unknown) for what only the apply decides; null for a delete.
    pub fn planned(&self) -> serde_json::Value {
        to_json(&self.planned)
    }

    /// The private bytes that the plan hands to the apply.
    pub fn private(&self) -> &[u8] {
        &self.private
    }

    /// Why the provider puts the object off, if it does and Terraform lets it
    /// ([`Core::allow_deferral`](super::Core::allow_deferral)). Applying such a plan does nothing.
    pub fn deferred(&self) -> Option<Deferral> {
        self.deferred
    }

    /// Warnings that came with the plan.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.deferred.is_some() {
            f.write_str("deferred ")?;
        }
        write!(f, "{}", self.action)?;
        if self.action == Action::Replace {
            let reasons = texts(&self.replaced_for).join(", ");
            let reason = match self.prior.as_ref().is_some_and(|prior| prior.tainted) {
                true => "taint",
                false if reasons.is_empty() => "-replace",
                false => &reasons,
            };
            write!(f, " because of {reason}")?;
        }
        if !self.changed.is_empty() {
            write!(f, ": {}", texts(&self.changed).join(", "))?;
        }
        if !self.known_after_apply.is_empty() {
            let separator = if self.changed.is_empty() { ":" } else { ";" };
            write!(f, "{separator} known after apply: {}", texts(&self.known_after_apply).join(", "))?;
        }
        if !self.report.is_empty() {
            write!(f, "\n{}", self.report)?;
        }
        Ok(())
    }
}

fn texts(paths: &[Path]) -> Vec<String> {
    paths.iter().map(Path::to_string).collect()
}

/// Plans what `config` makes of the object; `None` after an error. `forced`: as `-replace` asks.
pub(super) async fn change(
    walk: &Walk,
    resource: &Resource,
    object: Option<&Object>,
    config: &Dynamic,
    forced: bool,
    report: &mut Report,
) -> Option<Plan> {
    if !walk.validate(resource, config, report).await {
        return None;
    }
    let attributes = &resource.schema.attributes;
    let null = Dynamic::Null;
    let tainted = object.is_some_and(|object| object.tainted);
    // A tainted object is planned as if there were none.
    let before = object.filter(|object| !object.tainted);
    let prior = before.map_or(&null, |object| &object.value);
    let first = PlanRequest {
        prior,
        config,
        proposed: &proposed_new_state(attributes, prior, config),
        private: before.map_or(&[], |object| &object.private),
        identity: before.and_then(|object| object.identity.as_ref()),
    };
    let answer = walk.plan(resource, &first, report).await?;
    let mut problems = rules::planned(attributes, prior, config, &answer.planned);
    problems.extend(rules::write_only(attributes, &answer.planned));
    // For a new object Terraform doesn't look at them.
    if !prior.is_null() {
        problems.extend(rules::replaced_for(&resource.schema.ty, prior, &answer.planned, &answer.replace));
    }
    if !report.refuse("Provider produced invalid plan", problems) {
        return None;
    }
    if !report.refuse(DISCLOSED, rules::disclosed(attributes, config, &answer.planned)) {
        return None;
    }
    let reasons = effective(attributes, prior, &answer);
    let action = if prior.is_null() {
        if tainted { Action::Replace } else { Action::Create }
    } else if answer.planned == *prior && !forced {
        Action::NoOp
    } else if reasons.is_empty() && !forced {
        Action::Update
    } else {
        Action::Replace
    };
    let answer = if action == Action::Replace && !tainted {
        again(walk, resource, config, answer, report).await?
    } else {
        answer
    };
    let fresh = matches!(action, Action::Create | Action::Replace);
    if !fresh {
        let identity = answer.identity.as_ref();
        let known = identity_known(identity, report);
        if !known || !identity_kept(first.identity, identity, report) {
            return None;
        }
    }
    let mut differences = Differences::default();
    differences.level(
        attributes,
        object.map_or(&null, |object| &object.value),
        &answer.planned,
        &Path::root(),
    );
    Some(Plan {
        action,
        replaced_for: reasons,
        prior: object.cloned(),
        planned: answer.planned,
        private: answer.private,
        identity: answer.identity,
        changed: differences.changed,
        known_after_apply: differences.unknown,
        deferred: None,
        report: Report::default(),
    })
}

/// The second plan of a replacement: of an object that is made from nothing.
async fn again(
    walk: &Walk,
    resource: &Resource,
    config: &Dynamic,
    first: PlanAnswer,
    report: &mut Report,
) -> Option<PlanAnswer> {
    let proposed = proposed_new_state(&resource.schema.attributes, &Dynamic::Null, config);
    let request = PlanRequest {
        prior: &Dynamic::Null,
        config,
        proposed: &proposed,
        private: &first.private,
        identity: first.identity.as_ref(),
    };
    let mut found = Report::default();
    let answer = walk.plan(resource, &request, &mut found).await;
    // Terraform drops the warnings of this one.
    if found.has_errors() {
        report.append(found);
    }
    let answer = answer?;
    let problems = rules::write_only(&resource.schema.attributes, &answer.planned);
    report.refuse("Provider produced invalid plan", problems).then_some(answer)
}

/// Plans the deletion of the object; `None` after an error.
pub(super) async fn delete(
    walk: &Walk,
    resource: &Resource,
    object: &Object,
    report: &mut Report,
) -> Option<Plan> {
    let request = PlanRequest {
        prior: &object.value,
        config: &Dynamic::Null,
        proposed: &Dynamic::Null,
        private: &object.private,
        identity: object.identity.as_ref(),
    };
    let answer = walk.plan(resource, &request, report).await?;
    if !answer.planned.is_null() {
        report.error("Provider produced invalid plan", "The plan of a deletion has to be null.");
        return None;
    }
    Some(Plan {
        action: Action::Delete,
        replaced_for: Vec::new(),
        prior: Some(object.clone()),
        planned: Dynamic::Null,
        private: answer.private,
        identity: None,
        changed: Vec::new(),
        known_after_apply: Vec::new(),
        deferred: None,
        report: Report::default(),
    })
}

/// The paths that force a replacement and whose values change; write-only ones always count.
fn effective(attributes: &[Attribute], prior: &Dynamic, answer: &PlanAnswer) -> Vec<Path> {
    if prior.is_null() {
        return Vec::new();
    }
    let counts = |path: &&Path| {
        is_write_only(attributes, path.steps())
            || value_at(prior, path.steps()) != value_at(&answer.planned, path.steps())
    };
    let paths: BTreeSet<&Path> = answer.replace.iter().filter(counts).collect();
    paths.into_iter().cloned().collect()
}

fn is_write_only(attributes: &[Attribute], steps: &[Step]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return false };
    let Step::Attribute(name) = first else { return is_write_only(attributes, rest) };
    attributes.iter().find(|attribute| attribute.name == *name).is_some_and(|attribute| {
        attribute.write_only || attribute.nested().is_some_and(|(_, inner)| is_write_only(inner, rest))
    })
}

/// The value at the end of these steps. Where they lead nowhere, Terraform compares with null.
fn value_at<'a>(value: &'a Dynamic, steps: &[Step]) -> &'a Dynamic {
    let Some((first, rest)) = steps.split_first() else { return value };
    if value.is_unknown() {
        return value;
    }
    let part = match first {
        Step::Attribute(name) | Step::Key(name) => Some(value.get(name)),
        Step::Index(index) => value.as_list().and_then(|items| items.get(*index)),
    };
    part.map_or(&Dynamic::Null, |part| value_at(part, rest))
}

/// What differs between two objects: down to the attributes of nested objects where these can be paired.
#[derive(Default)]
pub(super) struct Differences {
    pub(super) changed: Vec<Path>,
    pub(super) unknown: Vec<Path>,
}

impl Differences {
    pub(super) fn level(&mut self, attributes: &[Attribute], before: &Dynamic, after: &Dynamic, path: &Path) {
        for attribute in attributes {
            let (before, after) = (before.get(&attribute.name), after.get(&attribute.name));
            self.attribute(attribute, before, after, &path.attr(&attribute.name));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, before: &Dynamic, after: &Dynamic, path: &Path) {
        if before == after || (before.is_null() && *after == attribute.absent()) {
            return;
        }
        if after.is_unknown() {
            self.unknown.push(path.clone());
            return;
        }
        match (attribute.nested(), before, after) {
            (Some((Nesting::Single, inner)), _, Dynamic::Map(_)) => self.level(inner, before, after, path),
            (Some((Nesting::List, inner)), Dynamic::List(old), Dynamic::List(new))
                if old.len() == new.len() =>
            {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    self.level(inner, old, new, &path.index(index));
                }
            }
            (Some((Nesting::Map, inner)), Dynamic::Map(old), Dynamic::Map(new)) => {
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    match new.get(key) {
                        Some(new) => self.level(inner, before.get(key), new, &path.key(key)),
                        None => self.changed.push(path.key(key)),
                    }
                }
            }
            _ => self.changed.push(path.clone()),
        }
    }
}

/// A value as JSON, with the marker for what is unknown.
pub(super) fn to_json(value: &Dynamic) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Dynamic::Unknown(_) => super::unknown(),
        Dynamic::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Dynamic::Map(entries) => {
            Json::Object(entries.iter().map(|(name, value)| (name.clone(), to_json(value))).collect())
        }
        Dynamic::Typed(_, value) => to_json(value),
        Dynamic::Null | Dynamic::Bool(_) | Dynamic::Number(_) | Dynamic::String(_) => {
            let bytes = json::encode(value, &crate::value::Type::Dynamic.resolve(value)).unwrap_or_default();
            serde_json::from_slice(&bytes).unwrap_or_default()
        }
    }
}
