//! The plan of one object: from what Terraform proposes to what will be.
//!
//! Stages in order, each for a reason of its own:
//! 1. defaults, where the configuration says nothing;
//! 2. write-only values out, because a plan is stored;
//! 3. the prior spelling, where the configuration means the same as the state, so that nothing changes;
//! 4. known after apply: on create every computed attribute without a value, on update those whose
//!    [`Outcome`] says so, and only if anything changes at all;
//! 5. the object's own [`crate::Resource::plan`], and stage 4 once more with the values that it has decided;
//! 6. replacement, for attributes that say so and change;
//! 7. Terraform's rules, so that a breach names our attribute instead of blaming the whole plan.
//!
//! The same input gives the same plan: Terraform asks again while it applies and compares.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scope, apply, broken, failed, guard, identity_of, promises};
use crate::diag::Diagnostics;
use crate::object::{AnyResource, Call, Operation, Private, RawChange};
use crate::schema::{Attribute, Kind, Mode, Nesting, Outcome, Replace, any_within, nested};
use crate::value::{Dynamic, Path};

/// What Terraform asks.
pub(crate) struct Request {
    pub(crate) config: Dynamic,
    /// Null when the object is to be created.
    pub(crate) prior: Dynamic,
    /// Null when the object is to be deleted; `None` when it is the prior object.
    pub(crate) proposed: Option<Dynamic>,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Dynamic>,
}

/// What we answer.
pub(crate) struct Response {
    pub(crate) planned: Dynamic,
    /// Whether that is the prior object.
    pub(crate) is_prior: bool,
    pub(crate) replace: BTreeSet<Path>,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Dynamic>,
    pub(crate) diagnostics: Diagnostics,
}

/// Plans a create, update or delete.
pub(crate) async fn plan(resource: &dyn AnyResource, scope: Scope, request: Request) -> Response {
    let limit = resource.timeouts().limit(Operation::Read, &request.config);
    let deadline = tokio::time::Instant::now() + limit;
    let call = Call::new(scope, deadline, Private::decode(&request.private));
    if let Some(error) = apply::contradiction(resource, request.identity.as_ref(), &request.prior) {
        let mut response = Response::new(request.prior, BTreeSet::new(), Diagnostics::new());
        response.diagnostics.push(error);
        response.private = request.private;
        response.identity = request.identity;
        return response;
    }
    let identity = request.identity.or_else(|| identity_of(resource, &request.prior));
    let mut response = if request.proposed.as_ref().unwrap_or(&request.prior).is_null() {
        delete(resource, &call, &request.prior).await
    } else {
        change(resource, &call, request.config, request.prior, request.proposed).await
    };
    response.diagnostics.extend(call.take_warnings());
    response.private = call.private.encode();
    response.identity = identity;
    response
}

async fn delete(resource: &dyn AnyResource, call: &Call, prior: &Dynamic) -> Response {
    let mut diagnostics = Diagnostics::new();
    if let Err(error) = guard(call, resource.plan_delete(call, prior)).await {
        failed(resource, "plan the deletion of", error, &mut diagnostics);
    }
    Response::new(Dynamic::Null, BTreeSet::new(), diagnostics)
}

async fn change(
    resource: &dyn AnyResource,
    call: &Call,
    config: Dynamic,
    prior: Dynamic,
    proposed: Option<Dynamic>,
) -> Response {
    let attributes = &resource.schema().attributes;
    let mut diagnostics = Diagnostics::new();
    let planned = proposed.or_else(|| changes_by_itself(attributes, &config, &prior).then(|| prior.clone()));
    let mut proposed = None;
    let planned = planned.map(|mut planned| {
        defaults(attributes, &config, &mut planned);
        without_write_only(attributes, &mut planned);
        prior_spelling(attributes, &config, &prior, &mut planned);
        proposed = (!prior.is_null() && planned != prior).then(|| planned.clone());
        // Other limits do nothing to the object.
        if !resource.timeouts().alone_differ(&prior, &planned) {
            known_after_apply(attributes, &config, &prior, &mut planned, None);
        }
        planned
    });
    let mut change = RawChange::new(config, prior, planned);
    if let Err(error) = guard(call, resource.plan(call, &mut change)).await {
        failed(resource, "plan", error, &mut diagnostics);
        return Response::new(change.planned.unwrap_or(change.prior), BTreeSet::new(), diagnostics);
    }
    follow(resource, proposed, &mut change);
    if change.prior.is_null() {
        // Nothing is there to be replaced.
        change.replace.clear();
    } else if let RawChange { config, prior, planned: Some(planned), replace, .. } = &mut change {
        replacements(attributes, config, prior, planned, &Path::root(), replace);
    }
    let (prior, planned) = (&change.prior, change.planned());
    let mut breaches = promises::planned(attributes, prior, &change.config, planned);
    breaches.extend(promises::replace_paths(attributes, prior, planned, &change.replace));
    broken(resource, "plan", breaches, &mut diagnostics);
    let is_prior = change.planned.is_none() || planned == prior;
    tracing::debug!(
        resource = resource.type_name(),
        create = change.prior.is_null(),
        changed = !is_prior,
        replace = change.replace.len(),
        "planned"
    );
    let planned = change.planned.unwrap_or(change.prior);
    Response { is_prior, ..Response::new(planned, change.replace, diagnostics) }
}

impl Response {
    fn new(planned: Dynamic, replace: BTreeSet<Path>, diagnostics: Diagnostics) -> Self {
        Response { planned, is_prior: false, replace, private: Vec::new(), identity: None, diagnostics }
    }
}

/// Puts defaults in where the configuration says nothing.
pub(super) fn defaults(attributes: &[Attribute], config: &Dynamic, planned: &mut Dynamic) {
    super::each_attribute(attributes, planned, |attribute, value| {
        let config = config.get(&attribute.name);
        if let Some(default) = &attribute.default
            && config.is_null()
        {
            value.clone_from(default);
        } else if let Some((Nesting::Set, inner)) = attribute.nested()
            && let Dynamic::List(items) = config
            && only_defaults(inner)
        {
            // Terraform guesses which prior element a configured one was, and for one that leaves room for a default it
            // may take another's value. What is configured says all there is to know.
            let items = items.iter().map(|config| {
                let mut item = config.clone();
                defaults(inner, config, &mut item);
                item
            });
            *value = attribute.ty().normalize(Dynamic::List(items.collect()));
        } else if let Some((nesting, inner)) = attribute.nested()
            && any_within(inner, |attribute| attribute.default.is_some())
        {
            nested::each(nesting, config, &Dynamic::Null, value, |_, config, _, value| {
                defaults(inner, config, value)
            });
        }
    });
}

/// Whether a plan may change the prior object although Terraform proposes it: by a default, or because it holds what a plan may not.
fn changes_by_itself(attributes: &[Attribute], config: &Dynamic, prior: &Dynamic) -> bool {
    attributes.iter().any(|attribute| {
        let (config, prior) = (config.get(&attribute.name), prior.get(&attribute.name));
        match (&attribute.default, attribute.nested()) {
            _ if attribute.write_only => !prior.is_null(),
            (Some(default), _) if config.is_null() => prior != default,
            // Elements of sets are found by a search, which is as much as a plan of them.
            (_, Some((Nesting::Set, inner))) => {
                any_within(inner, |inner| inner.default.is_some() || inner.write_only)
            }
            (_, Some((nesting, inner))) => {
                any_within(inner, |inner| inner.default.is_some() || inner.write_only)
                    && nested::objects(nesting, prior)
                        .into_iter()
                        .any(|(at, prior)| changes_by_itself(inner, at.of(config), prior))
            }
            (_, None) => false,
        }
    })
}

/// Whether nothing in such an object is computed but for want of a configured value.
pub(super) fn only_defaults(attributes: &[Attribute]) -> bool {
    attributes.iter().all(|attribute| {
        (!attribute.mode.is_computed() || attribute.default.is_some())
            && attribute.nested().is_none_or(|(_, inner)| only_defaults(inner))
    })
}

fn without_write_only(attributes: &[Attribute], planned: &mut Dynamic) {
    super::each_attribute(attributes, planned, |attribute, value| {
        if attribute.write_only {
            *value = Dynamic::Null;
        } else if let Some((nesting, inner)) = attribute.nested()
            && any_within(inner, |attribute| attribute.write_only)
        {
            nested::each(nesting, &Dynamic::Null, &Dynamic::Null, value, |_, _, _, value| {
                without_write_only(inner, value)
            });
        }
    });
}

/// Terraform allows a plan to keep the prior value instead of the configured one
/// (`hashicorp/terraform:docs/resource-instance-change-lifecycle.md`).
fn prior_spelling(attributes: &[Attribute], config: &Dynamic, prior: &Dynamic, planned: &mut Dynamic) {
    super::each_attribute(attributes, planned, |attribute, value| {
        let (config, prior) = (config.get(&attribute.name), prior.get(&attribute.name));
        if !attribute.mode.is_configurable() || prior.is_null() || value == prior {
            return;
        }
        if attribute.same(value, prior) {
            value.clone_from(prior);
        } else if let Some((nesting, inner)) = attribute.nested()
            && any_within(inner, |attribute| attribute.same.is_some())
        {
            nested::each(nesting, config, prior, value, |_, config, prior, value| {
                prior_spelling(inner, config, prior, value);
            });
        }
    });
}

/// Values that a handler has decided, by path.
type Told = BTreeMap<Path, Dynamic>;

/// Plans the computed values of an object that changes as known after apply, where their outcome says so. `told` holds the
/// values that a handler has decided, with the path of the object; those stay as they are. An object that does not change,
/// such as an entry of a map in which another one does, keeps all its values.
fn known_after_apply(
    attributes: &[Attribute],
    config: &Dynamic,
    prior: &Dynamic,
    planned: &mut Dynamic,
    told: Option<(&Told, &Path)>,
) {
    if planned != prior {
        plan_outcomes(attributes, config, prior, planned, told);
    }
}

/// The same for an object that changes, whatever it holds.
fn plan_outcomes(
    attributes: &[Attribute],
    config: &Dynamic,
    prior: &Dynamic,
    planned: &mut Dynamic,
    told: Option<(&Told, &Path)>,
) {
    let mut follows: Vec<(&Attribute, &[String])> = Vec::new();
    super::each_attribute(attributes, planned, |attribute, value| {
        let name = &attribute.name;
        if told.is_some_and(|(told, path)| told.contains_key(&path.attr(name))) {
            return;
        }
        let (config, prior_value) = (config.get(name), prior.get(name));
        if attribute.mode.is_computed() && config.is_null() && attribute.default.is_none() {
            match &attribute.outcome {
                _ if prior.is_null() => *value = unknown_of(attribute),
                Some(Outcome::Volatile) => *value = unknown_of(attribute),
                Some(Outcome::KeepNonNull) if prior_value.is_null() => *value = unknown_of(attribute),
                Some(Outcome::Follows(names)) => follows.push((attribute, names)),
                // Objects that the provider gives change with the one around them.
                Some(Outcome::Keep | Outcome::KeepNonNull) | None => {
                    for_nested(attribute, config, prior_value, value, told, plan_outcomes);
                }
            }
        } else if attribute.mode != Mode::Computed {
            let changes = match &attribute.outcome {
                Some(Outcome::Volatile) => plan_outcomes,
                Some(Outcome::Follows(names)) => {
                    follows.push((attribute, names));
                    known_after_apply
                }
                _ => known_after_apply,
            };
            for_nested(attribute, config, prior_value, value, told, changes);
        }
    });
    // An attribute that follows another may be followed itself.
    loop {
        let changes = |names: &[String]| names.iter().any(|name| planned.get(name) != prior.get(name));
        let (fired, rest): (Vec<_>, Vec<_>) = follows.into_iter().partition(|(_, names)| changes(names));
        if fired.is_empty() {
            return;
        }
        for (attribute, _) in fired {
            let (config, prior) = (config.get(&attribute.name), prior.get(&attribute.name));
            if let Some(value) = planned.as_map_mut().and_then(|entries| entries.get_mut(&attribute.name)) {
                match config.is_null() {
                    true => *value = unknown_of(attribute),
                    false => for_nested(attribute, config, prior, value, told, plan_outcomes),
                }
            }
        }
        follows = rest;
    }
}

/// [`known_after_apply`] or [`plan_outcomes`].
type Changes = fn(&[Attribute], &Dynamic, &Dynamic, &mut Dynamic, Option<(&Told, &Path)>);

/// One of the two above, for the nested objects of an attribute. Those of a set have no partner to change from.
fn for_nested(
    attribute: &Attribute,
    config: &Dynamic,
    prior: &Dynamic,
    value: &mut Dynamic,
    told: Option<(&Told, &Path)>,
    changes: Changes,
) {
    let Some((nesting, inner)) = attribute.nested() else { return };
    if value == prior && (nesting == Nesting::Set || !any_within(inner, |inner| inner.outcome.is_some())) {
        return;
    }
    let told = told.map(|(told, path)| (told, path.attr(&attribute.name)));
    nested::each(nesting, config, prior, value, |at, config, prior, value| {
        let told = told.as_ref().map(|(told, path)| (*told, at.under(path)));
        let told = told.as_ref().map(|(told, path)| (*told, path));
        changes(inner, config, prior, value, told);
    });
}

/// Plans anew what is known after apply, now with the values that a handler has decided: others may follow them, and they
/// may be the first change of the object. `proposed` is the plan of an update before any value was made unknown, if it has
/// changes. In a create every value without a configured one was made unknown, whatever it follows, and stays so.
fn follow(resource: &dyn AnyResource, proposed: Option<Dynamic>, change: &mut RawChange) {
    let attributes = &resource.schema().attributes;
    let RawChange { config, prior, planned, told, promised, .. } = change;
    if !told.is_empty() && !prior.is_null() {
        let planned = planned.insert(proposed.unwrap_or_else(|| prior.clone()));
        for (path, value) in &*told {
            if let Some(part) = planned.at_mut(path) {
                part.clone_from(value);
            }
        }
        if !resource.timeouts().alone_differ(prior, planned) {
            known_after_apply(attributes, config, prior, planned, Some((told, &Path::root())));
        }
    }
    for (path, promise) in promised {
        if let Some(value @ Dynamic::Unknown(_)) = planned.as_mut().and_then(|planned| planned.at_mut(path)) {
            *value = Dynamic::Unknown(promise.clone());
        }
    }
}

/// Blocks can't be unknown as a whole; what they hold can.
fn unknown_of(attribute: &Attribute) -> Dynamic {
    match &attribute.kind {
        Kind::Block { .. } => attribute.absent(),
        Kind::Value(_) | Kind::Nested(..) => Dynamic::unknown(),
    }
}

/// Whether a change within such an object makes a new one.
fn may_replace(attributes: &[Attribute]) -> bool {
    any_within(attributes, |attribute| {
        matches!(attribute.replace, Some(Replace::Always | Replace::IfConfigured))
    })
}

fn replacements(
    attributes: &[Attribute],
    config: &Dynamic,
    prior: &Dynamic,
    planned: &Dynamic,
    path: &Path,
    replace: &mut BTreeSet<Path>,
) {
    for attribute in attributes {
        let config = config.get(&attribute.name);
        let is_new = prior.is_null();
        let (prior, planned) = (prior.get(&attribute.name), planned.get(&attribute.name));
        // A value that the provider is yet to give to a new nested object is not a change.
        if prior == planned || (is_new && config.is_null() && planned.is_unknown()) {
            continue;
        }
        let path = path.attr(&attribute.name);
        // Nor is what it is yet to answer within the same nested objects.
        let open_within = attribute.nested().is_some()
            && config.is_wholly_known()
            && !planned.is_unknown()
            && differs_only_in_unknowns(prior, planned);
        let forced = match attribute.replace {
            None => false,
            Some(Replace::Always | Replace::IfConfigured) if open_within => false,
            Some(Replace::Always) => true,
            Some(Replace::IfConfigured) => !config.is_null(),
            Some(Replace::If(when)) => {
                !prior.is_null() && !planned.is_null() && planned.is_wholly_known() && when(prior, planned)
            }
        };
        // As for a value that is not known yet: a change that becomes a replacement in the apply must not be planned as an update.
        let open = config.is_unknown()
            && planned.is_unknown()
            && attribute.nested().is_some_and(|(_, inner)| may_replace(inner));
        if forced || open {
            replace.insert(path);
        } else if let Some((nesting, inner)) = attribute.nested()
            && any_within(inner, |attribute| attribute.replace.is_some())
        {
            nested_replacements(nesting, inner, config, prior, planned, path, replace);
        }
    }
}

/// Whether a planned value may still come out as the prior one.
fn differs_only_in_unknowns(prior: &Dynamic, planned: &Dynamic) -> bool {
    match (prior, planned) {
        (_, Dynamic::Unknown(_)) => true,
        (Dynamic::List(prior), Dynamic::List(planned)) => {
            prior.len() == planned.len()
                && prior.iter().zip(planned).all(|(prior, planned)| differs_only_in_unknowns(prior, planned))
        }
        (Dynamic::Map(prior), Dynamic::Map(planned)) => {
            prior.len() == planned.len()
                && prior.iter().zip(planned).all(|((key, prior), (planned_key, planned))| {
                    key == planned_key && differs_only_in_unknowns(prior, planned)
                })
        }
        (prior, planned) => prior == planned,
    }
}

/// The same within nested objects. In a new one every attribute changes from null; one that is removed replaces nothing.
fn nested_replacements(
    nesting: Nesting,
    inner: &[Attribute],
    config: &Dynamic,
    prior: &Dynamic,
    planned: &Dynamic,
    path: Path,
    replace: &mut BTreeSet<Path>,
) {
    if nesting == Nesting::Set {
        // A changed element of a set is a new element, and only the whole set has a path.
        let known = prior.as_list().unwrap_or_default();
        let new =
            planned.as_list().unwrap_or_default().iter().filter(|item| known.binary_search(item).is_err());
        let forced = |item: &Dynamic| {
            let mut found = BTreeSet::new();
            replacements(inner, item, &Dynamic::Null, item, &path, &mut found);
            !found.is_empty()
        };
        if new.into_iter().any(forced) {
            replace.insert(path);
        }
        return;
    }
    for (at, planned) in nested::objects(nesting, planned) {
        replacements(inner, at.of(config), at.of(prior), planned, &at.under(&path), replace);
    }
}
