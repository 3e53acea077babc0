//! What a provider may plan: what is configured, what was there before, and anything where it decides.

use super::super::schema::{Attribute, Kind, Nesting};
use super::{Found, Problem, count, element, part, set_count, shown};
use crate::value::{Dynamic, Path, Step, Type};

/// What is wrong with the first plan of a change. `prior` is null for a new object.
pub(in crate::testing) fn planned(
    attributes: &[Attribute],
    prior: &Dynamic,
    config: &Dynamic,
    planned: &Dynamic,
) -> Vec<Problem> {
    let mut found = Found::default();
    object(attributes, Place { prior, config, planned }, &Path::root(), &mut found);
    found.0
}

/// The paths of those that are to force a replacement, of which the end exists neither in the prior state nor in the plan.
pub(in crate::testing) fn replaced_for(
    ty: &Type,
    prior: &Dynamic,
    planned: &Dynamic,
    paths: &[Path],
) -> Vec<Problem> {
    let exists = |path: &&Path| leads(ty, prior, path.steps()) || leads(ty, planned, path.steps());
    let text = "the replacement is for what exists neither in the prior state nor in the plan";
    let missing = paths.iter().filter(|path| !exists(path));
    missing.map(|path| Problem { path: path.clone(), text: text.to_owned() }).collect()
}

/// Whether steps lead to a value, be it null. None leads out of null or into a set.
fn leads(ty: &Type, value: &Dynamic, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    let open = Dynamic::unknown();
    let inner = match (ty, value) {
        (Type::Dynamic, Dynamic::Typed(ty, value)) => return leads(ty, value, steps),
        (Type::Dynamic, Dynamic::Unknown(_)) => return true,
        (_, Dynamic::Null) => None,
        (Type::Object(types), object) => match step {
            Step::Attribute(name) | Step::Key(name) => types.get(name).map(|ty| (ty, part(object, name))),
            Step::Index(_) => None,
        },
        (Type::Map(ty), entries) => match step {
            Step::Attribute(_) | Step::Key(_) if entries.is_unknown() => Some((&**ty, &open)),
            Step::Attribute(key) | Step::Key(key) => {
                entries.as_map().and_then(|entries| entries.get(key)).map(|value| (&**ty, value))
            }
            Step::Index(_) => None,
        },
        (Type::List(ty), items) => match step {
            Step::Index(_) if items.is_unknown() => Some((&**ty, &open)),
            Step::Index(index) => {
                items.as_list().and_then(|items| items.get(*index)).map(|value| (&**ty, value))
            }
            Step::Attribute(_) | Step::Key(_) => None,
        },
        (Type::Tuple(types), items) => match step {
            Step::Index(index) => types
                .get(*index)
                .map(|ty| (ty, if items.is_unknown() { &open } else { element(items, *index) })),
            Step::Attribute(_) | Step::Key(_) => None,
        },
        _ => None,
    };
    inner.is_some_and(|(ty, value)| leads(ty, value, rest))
}

/// One place in the three objects that a plan is judged by.
#[derive(Clone, Copy)]
struct Place<'a> {
    prior: &'a Dynamic,
    config: &'a Dynamic,
    planned: &'a Dynamic,
}

impl<'a> Place<'a> {
    fn to(self, step: impl Fn(&'a Dynamic) -> &'a Dynamic) -> Self {
        Place { prior: step(self.prior), config: step(self.config), planned: step(self.planned) }
    }
}

fn object(attributes: &[Attribute], place: Place<'_>, path: &Path, found: &mut Found) {
    match (place.config.is_null(), place.planned.is_null()) {
        (true, true) => {}
        (true, false) => found.add(path, "planned, but not configured"),
        (false, true) => found.add(path, "configured, but planned as absent"),
        (false, false) => level(attributes, place, path, found),
    }
}

fn level(attributes: &[Attribute], place: Place<'_>, path: &Path, found: &mut Found) {
    for attribute in attributes {
        let (place, path) = (place.to(|object| part(object, &attribute.name)), path.attr(&attribute.name));
        match &attribute.kind {
            Kind::Block(nesting, inner) => blocks(*nesting, inner, place, &path, found),
            Kind::Nested(..) | Kind::Value => value(attribute, place, &path, found),
        }
    }
}

fn value(attribute: &Attribute, place: Place<'_>, path: &Path, found: &mut Found) {
    let Place { prior, config, planned } = place;
    let stays = planned == prior && !prior.is_null() && !config.is_null();
    let decided = attribute.computed && (config.is_null() || !attribute.optional);
    // What is planned for a write-only attribute has a rule of its own.
    if planned == config || stays || decided || attribute.write_only {
        return;
    }
    let shown = |value: &Dynamic| shown(attribute, value);
    if config.is_null() && !planned.is_null() {
        return found
            .add(path, format!("{} is planned for what is neither configured nor computed", shown(planned)));
    }
    if let Kind::Nested(nesting, inner) = &attribute.kind {
        return nested(*nesting, inner, place, path, found);
    }
    let mut text = format!("{} is planned, but {} configured", shown(planned), shown(config));
    if !prior.is_null() {
        text += &format!(", and {} was there before", shown(prior));
    }
    found.add(path, text);
}

/// Nested objects that are configured, and planned otherwise.
fn nested(nesting: Nesting, inner: &[Attribute], place: Place<'_>, path: &Path, found: &mut Found) {
    let Place { config, planned, .. } = place;
    if planned.is_null() {
        return found.add(path, "configured, but planned as absent");
    }
    if planned.is_unknown() {
        return found.add(path, "configured, but planned as unknown");
    }
    match nesting {
        Nesting::Single => level(inner, place, path, found),
        Nesting::Set => {
            let (configured, planned) = (set_count(config), set_count(planned));
            // How many an unknown set has is open.
            let decided = !config.is_unknown() && configured.start() == configured.end();
            if decided && !planned.contains(configured.start()) {
                counts(*configured.start(), *planned.end(), path, found);
            }
        }
        Nesting::List | Nesting::Map if config.is_unknown() => {
            found.add(path, "configured as unknown, but planned as known");
        }
        Nesting::List | Nesting::Map if count(config) != count(planned) => {
            counts(count(config), count(planned), path, found);
        }
        Nesting::List => {
            for index in 0..count(planned) {
                level(inner, place.to(|list| element(list, index)), &path.index(index), found);
            }
        }
        Nesting::Map => {
            for (key, path) in same_keys(place, path, found) {
                level(inner, place.to(|map| map.get(key)), &path, found);
            }
        }
    }
}

fn blocks(nesting: Nesting, inner: &[Attribute], place: Place<'_>, path: &Path, found: &mut Found) {
    let Place { config, planned, .. } = place;
    if nesting != Nesting::Single && planned.is_null() {
        return found.add(path, "no blocks are planned as null, not as none");
    }
    if planned == config {
        return;
    }
    if config.is_unknown() {
        return found.add(path, "blocks that are unknown are planned otherwise");
    }
    if planned.is_unknown() {
        return found.add(path, "blocks are planned as unknown");
    }
    match nesting {
        Nesting::Single => return object(inner, place, path, found),
        Nesting::List | Nesting::Map if count(config) != count(planned) => {
            return counts(count(config), count(planned), path, found);
        }
        Nesting::Set => {
            if planned.as_list().unwrap_or_default().iter().any(Dynamic::is_unknown) {
                found.add(path, UNKNOWN_BLOCK);
            }
            return;
        }
        Nesting::List | Nesting::Map => {}
    }
    let places: Vec<_> = if nesting == Nesting::List {
        let indexes = 0..count(planned);
        indexes.map(|index| (place.to(|list| element(list, index)), path.index(index))).collect()
    } else {
        let keys = same_keys(place, path, found).into_iter();
        keys.map(|(key, path)| (place.to(|map| map.get(key)), path)).collect()
    };
    for (place, path) in places {
        if place.planned.is_unknown() {
            found.add(&path, UNKNOWN_BLOCK);
        } else {
            object(inner, place, &path, found);
        }
    }
}

const UNKNOWN_BLOCK: &str = "a block is planned as unknown, not its content";

fn counts(configured: usize, planned: usize, path: &Path, found: &mut Found) {
    found.add(path, format!("number of elements: {configured} configured, {planned} planned"));
}

/// The keys that are both configured and planned, with their paths.
fn same_keys<'a>(place: Place<'a>, path: &Path, found: &mut Found) -> Vec<(&'a str, Path)> {
    let keys = |map: &'a Dynamic| map.as_map().into_iter().flat_map(|entries| entries.keys());
    let has = |map: &Dynamic, key: &str| map.as_map().is_some_and(|entries| entries.contains_key(key));
    for key in keys(place.config).filter(|key| !has(place.planned, key)) {
        found.add(&path.key(key), "configured, but not planned");
    }
    for key in keys(place.planned).filter(|key| !has(place.config, key)) {
        found.add(&path.key(key), "planned, but not configured");
    }
    let both = keys(place.planned).filter(|key| has(place.config, key));
    both.map(|key| (key.as_str(), path.key(key))).collect()
}
