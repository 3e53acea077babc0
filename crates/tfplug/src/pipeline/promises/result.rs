//! The rules on what comes out: known values come out as planned, unknown ones as promised, and what is stored is
//! wholly known.

use std::collections::{BTreeMap, BTreeSet};

use super::{At, Breach, Place, Report, objects, part};
use crate::schema::{Attribute, Kind, Nesting, nested};
use crate::value::{Dynamic, Step, Type};

/// What breaks a rule in the object after an apply that went well; null stands for no object.
pub(crate) fn applied(attributes: &[Attribute], planned: &Dynamic, result: &Dynamic) -> Vec<Breach> {
    let mut breaches = stored(attributes, result);
    // What is unknown in the result is reported once, and with the more telling rule.
    let missing: BTreeSet<_> = breaches.iter().map(|breach| breach.path.clone()).collect();
    let kept = keeps(attributes, planned, result);
    breaches.extend(kept.into_iter().filter(|breach| !missing.contains(&breach.path)));
    breaches
}

/// What an object may not be stored with, wherever it comes from: unknown values, write-only values, and null for
/// repeated blocks.
pub(crate) fn stored(attributes: &[Attribute], object: &Dynamic) -> Vec<Breach> {
    let mut report = Report::default();
    if object.is_unknown() {
        report.add(&Place::default(), "everything has to be known in what is stored", &[]);
    } else {
        storable(attributes, object, &Place::default(), &mut report);
    }
    report.breaches
}

fn storable(attributes: &[Attribute], object: &Dynamic, place: &Place<'_>, report: &mut Report) {
    let Some(entries) = object.as_map() else { return };
    for attribute in attributes {
        let place = place.attribute(attribute);
        let value = entries.get(&attribute.name).unwrap_or(&Dynamic::Null);
        if attribute.write_only {
            if !value.is_null() {
                report.add(&place, "a write-only value is never stored", &[("result", value)]);
            }
            continue;
        }
        if value.is_null() && !attribute.absent().is_null() {
            report.add(&place, "repeated blocks are never null; none of them are stored as empty", &[]);
            continue;
        }
        match attribute.nested() {
            Some((nesting, inner)) if !value.is_unknown() => {
                objects(nesting, value, &place, &mut |object, place| {
                    if object.is_unknown() {
                        report.add(
                            place,
                            "everything has to be known in what is stored",
                            &[("result", object)],
                        );
                    } else {
                        storable(inner, object, place, report);
                    }
                });
            }
            _ if value.is_wholly_known() => {}
            _ => report.add(&place, "everything has to be known in what is stored", &[("result", value)]),
        }
    }
}

/// Where a handler answers another value than the configuration gives. What is configured is stored as it was planned, so the
/// answer would be dropped without a word, although it says what exists. Null says nothing. `held` are the arguments as the
/// handler got them: it may answer a number with the digits that its type holds.
pub(crate) fn answered(
    attributes: &[Attribute],
    config: &Dynamic,
    planned: &Dynamic,
    held: &Dynamic,
    answer: &Dynamic,
) -> Vec<Breach> {
    let mut report = Report::default();
    configured(attributes, [config, planned, held, answer], &Place::default(), &mut report);
    report.breaches
}

fn configured(attributes: &[Attribute], objects: [&Dynamic; 4], place: &Place<'_>, report: &mut Report) {
    for attribute in attributes.iter().filter(|attribute| attribute.mode.is_configurable()) {
        let [config, planned, held, answer] = objects.map(|object| object.get(&attribute.name));
        if attribute.write_only || config.is_null() || answer.is_null() {
            continue;
        }
        let place = place.attribute(attribute);
        match attribute.nested() {
            // Elements of sets cannot be paired.
            Some((Nesting::Set, _)) => {}
            Some((nesting, inner)) => {
                counts(nesting, planned, answer, &place, report);
                for (at, planned) in nested::objects(nesting, planned) {
                    let place = match at {
                        nested::At::Whole => place,
                        nested::At::Index(index) => place.step(At::Index(index)),
                        nested::At::Key(key) => place.step(At::Key(key)),
                    };
                    configured(inner, [at.of(config), planned, at.of(held), at.of(answer)], &place, report);
                }
            }
            None if held == answer || is_same(attribute, planned, answer) => {}
            None => compare(Shape::of(attribute), planned, answer, &place, report),
        }
    }
}

/// With another number of elements, the answered ones would stand beside the wrong ones. An empty list says nothing. Elements of maps are
/// paired by their keys.
fn counts(nesting: Nesting, planned: &Dynamic, answer: &Dynamic, place: &Place<'_>, report: &mut Report) {
    if let (Nesting::List, Dynamic::List(planned), Dynamic::List(answer)) = (nesting, planned, answer)
        && !answer.is_empty()
        && answer.len() != planned.len()
    {
        let counts = [("planned", planned.len()), ("result", answer.len())];
        report.add_counts(place, "as many elements have to be answered as are configured", counts);
    }
}

/// A comparison by the provider's types may panic, and the object exists whatever it does.
fn is_same(attribute: &Attribute, a: &Dynamic, b: &Dynamic) -> bool {
    let compared = std::panic::AssertUnwindSafe(|| attribute.same(a, b));
    std::panic::catch_unwind(compared).unwrap_or(false)
}

fn keeps(attributes: &[Attribute], planned: &Dynamic, result: &Dynamic) -> Vec<Breach> {
    let mut report = Report::default();
    compare(Shape::Object(attributes), planned, result, &Place::default(), &mut report);
    report.breaches
}

/// What says how a value is put together: its type, or the attributes of its objects.
#[derive(Clone, Copy)]
pub(super) enum Shape<'a> {
    Type(&'a Type),
    Object(&'a [Attribute]),
    Nested(Nesting, &'a [Attribute]),
}

impl<'a> Shape<'a> {
    fn of(attribute: &'a Attribute) -> Self {
        match &attribute.kind {
            Kind::Value(ty) => Shape::Type(ty),
            Kind::Nested(nesting, inner) | Kind::Block { nesting, attributes: inner, .. } => {
                Shape::Nested(*nesting, inner)
            }
        }
    }

    /// Whether an object of this shape has a value at the end of these steps, be it null.
    pub(super) fn exists(self, value: &Dynamic, steps: &[Step]) -> bool {
        let Some((step, rest)) = steps.split_first() else { return true };
        if value.is_unknown() {
            // What is in there is open, but the way has to lead into it.
            return true;
        }
        let inner = match self {
            Shape::Object(attributes) | Shape::Nested(Nesting::Single, attributes) => match step {
                Step::Attribute(name) => {
                    attributes.iter().find(|attribute| attribute.name == *name).map(Shape::of)
                }
                _ => None,
            },
            Shape::Nested(Nesting::Set, _) | Shape::Type(Type::Set(_)) => None,
            Shape::Nested(_, attributes) => Some(Shape::Object(attributes)),
            Shape::Type(Type::List(element) | Type::Map(element)) => Some(Shape::Type(element)),
            Shape::Type(Type::Object(attributes)) => match step {
                Step::Attribute(name) => attributes.get(name).map(Shape::Type),
                _ => None,
            },
            Shape::Type(Type::Tuple(elements)) => match step {
                Step::Index(index) => elements.get(*index).map(Shape::Type),
                _ => None,
            },
            Shape::Type(Type::Dynamic) => match value {
                Dynamic::Typed(ty, value) => return Shape::Type(ty).exists(value, steps),
                _ => None,
            },
            Shape::Type(Type::Bool | Type::Number | Type::String) => None,
        };
        let value = match (step, value.untyped()) {
            (Step::Attribute(name) | Step::Key(name), Dynamic::Map(entries)) => entries.get(name),
            (Step::Index(index), Dynamic::List(items)) => items.get(*index),
            _ => None,
        };
        matches!((inner, value), (Some(inner), Some(value)) if inner.exists(value, rest))
    }
}

/// Reports where `result` is not what `planned` has announced.
fn compare(shape: Shape<'_>, planned: &Dynamic, result: &Dynamic, place: &Place<'_>, report: &mut Report) {
    let both = [("planned", planned), ("result", result)];
    if let Shape::Type(Type::Dynamic) = shape {
        return match (planned, result) {
            (Dynamic::Null | Dynamic::Unknown(_), _) => {}
            (Dynamic::Typed(ty, planned), Dynamic::Typed(own, result)) if conforms(own, ty) => {
                compare(Shape::Type(ty), planned, result, place, report);
            }
            (Dynamic::Typed(..), _) => {
                report.add(place, "a value has to come out of the planned type", &both)
            }
            _ if planned == result => {}
            _ => report.add(place, DIFFERS, &both),
        };
    }
    let (planned, result) = (planned.untyped(), result.untyped());
    match (planned, result) {
        (Dynamic::Unknown(refinements), _) => {
            if let Some(promise) = refinements.broken_by(result) {
                report.add(place, format!("the plan promised that the value would {promise}"), &both[1..]);
            }
        }
        (Dynamic::Null, Dynamic::Null) => {}
        (Dynamic::Null, _) => report.add(place, "what was planned as null has to come out as null", &both),
        (_, Dynamic::Null) => report.add(place, "what was planned may not come out as null", &both),
        (_, Dynamic::Unknown(_)) => report.add(place, "what was known may not become unknown", &both),
        _ => parts(shape, planned, result, place, report),
    }
}

const DIFFERS: &str = "a known value has to come out as planned";

/// Compares two known values, neither null.
fn parts(shape: Shape<'_>, planned: &Dynamic, result: &Dynamic, place: &Place<'_>, report: &mut Report) {
    match (shape, planned, result) {
        (
            Shape::Object(attributes) | Shape::Nested(Nesting::Single, attributes),
            Dynamic::Map(_),
            Dynamic::Map(_),
        ) => {
            for attribute in attributes {
                let (planned, result) = (part(planned, &attribute.name), part(result, &attribute.name));
                compare(Shape::of(attribute), planned, result, &place.attribute(attribute), report);
            }
        }
        (Shape::Type(Type::Object(attributes)), Dynamic::Map(_), Dynamic::Map(_)) => {
            for (name, ty) in attributes {
                let place = place.step(At::Attribute(name));
                compare(Shape::Type(ty), planned.get(name), result.get(name), &place, report);
            }
        }
        (Shape::Nested(Nesting::List, attributes), Dynamic::List(planned), Dynamic::List(result)) => {
            list(Shape::Object(attributes), planned, result, place, report);
        }
        (Shape::Type(Type::List(element)), Dynamic::List(planned), Dynamic::List(result)) => {
            list(Shape::Type(element), planned, result, place, report);
        }
        (Shape::Type(Type::Tuple(elements)), Dynamic::List(planned), Dynamic::List(result)) => {
            for (index, ((ty, planned), result)) in elements.iter().zip(planned).zip(result).enumerate() {
                compare(Shape::Type(ty), planned, result, &place.step(At::Index(index)), report);
            }
        }
        (Shape::Nested(Nesting::Map, attributes), Dynamic::Map(planned), Dynamic::Map(result)) => {
            map(Shape::Object(attributes), planned, result, place, report);
        }
        (Shape::Type(Type::Map(element)), Dynamic::Map(planned), Dynamic::Map(result)) => {
            map(Shape::Type(element), planned, result, place, report);
        }
        (Shape::Nested(Nesting::Set, attributes), Dynamic::List(planned), Dynamic::List(result)) => {
            set(Shape::Object(attributes), planned, result, place, report);
        }
        (Shape::Type(Type::Set(element)), Dynamic::List(planned), Dynamic::List(result)) => {
            set(Shape::Type(element), planned, result, place, report);
        }
        _ if planned == result => {}
        _ => report.add(place, DIFFERS, &[("planned", planned), ("result", result)]),
    }
}

fn list(shape: Shape<'_>, planned: &[Dynamic], result: &[Dynamic], place: &Place<'_>, report: &mut Report) {
    if planned.len() != result.len() {
        let counts = [("planned", planned.len()), ("result", result.len())];
        return report.add_counts(place, "as many elements have to come out as were planned", counts);
    }
    for (index, (planned, result)) in planned.iter().zip(result).enumerate() {
        compare(shape, planned, result, &place.step(At::Index(index)), report);
    }
}

fn map(
    shape: Shape<'_>,
    planned: &BTreeMap<String, Dynamic>,
    result: &BTreeMap<String, Dynamic>,
    place: &Place<'_>,
    report: &mut Report,
) {
    for (key, planned) in planned {
        let place = place.step(At::Key(key));
        match result.get(key) {
            Some(result) => compare(shape, planned, result, &place, report),
            None => report.add(&place, "a planned key has to come out", &[("planned", planned)]),
        }
    }
    for (key, result) in result.iter().filter(|(key, _)| !planned.contains_key(*key)) {
        report.add(&place.step(At::Key(key)), "only planned keys may come out", &[("result", result)]);
    }
}

#[cfg(test)]
thread_local! {
    /// How many candidates this thread has looked at: what a test of growth counts instead of time.
    pub(super) static CANDIDATES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Elements of a result whose values of some attributes are the same: candidates for the same planned elements.
#[derive(Default)]
struct Alike<'a> {
    all: Vec<&'a Dynamic>,
    /// Those that no planned element has fitted yet. What goes never comes back, so each planned element is held
    /// against the first that fits it and against these, not against all of a large set.
    unfit: Vec<&'a Dynamic>,
}

/// Elements by some of their attributes.
type ByParts<'a> = BTreeMap<Vec<&'a Dynamic>, Alike<'a>>;

/// Elements of sets have no place to be found by, so each has to fit some element of the other side. What is wholly
/// known is looked up; of the rest only those elements are tried whose known parts are the same.
fn set(shape: Shape<'_>, planned: &[Dynamic], result: &[Dynamic], place: &Place<'_>, report: &mut Report) {
    let place = place.set_element();
    if planned.len() < result.len() {
        let counts = [("planned", planned.len()), ("result", result.len())];
        report.add_counts(&place, "a set may come out smaller than planned, but not larger", counts);
    }
    let known: BTreeSet<&Dynamic> = result.iter().collect();
    let mut unfit = known.clone();
    let mut by_parts: BTreeMap<Vec<&str>, ByParts<'_>> = BTreeMap::new();
    let mut lost = Vec::new();
    for element in planned {
        if element.is_wholly_known() {
            unfit.remove(element);
            if !known.contains(element) {
                lost.push(element);
            }
            continue;
        }
        let names = known_parts(element);
        let parts = names.iter().map(|name| element.get(name)).collect::<Vec<_>>();
        let index = by_parts.entry(names).or_insert_with_key(|names| {
            let mut index = ByParts::new();
            for element in result {
                let alike = index.entry(names.iter().map(|name| element.get(name)).collect()).or_default();
                alike.all.push(element);
                alike.unfit.push(element);
            }
            index
        });
        let Some(alike) = index.get_mut(&parts) else {
            lost.push(element);
            continue;
        };
        let before = alike.unfit.len();
        alike.unfit.retain(|candidate| {
            let fit = fits(shape, element, candidate);
            if fit {
                unfit.remove(candidate);
            }
            !fit
        });
        let found = alike.unfit.len() < before;
        if !found && !alike.all.iter().any(|candidate| fits(shape, element, candidate)) {
            lost.push(element);
        }
    }
    for element in &lost {
        report.add(&place, "every planned element of a set has to come out", &[("planned", element)]);
    }
    if lost.is_empty() {
        for element in unfit {
            report.add(&place, "only planned elements of a set may come out", &[("result", element)]);
        }
    }
}

/// The attributes of an element that are wholly known.
fn known_parts(element: &Dynamic) -> Vec<&str> {
    let entries = element.as_map().into_iter().flatten();
    entries.filter(|(_, value)| value.is_wholly_known()).map(|(name, _)| name.as_str()).collect()
}

/// Whether a candidate fits. Every look at one comes here.
fn fits(shape: Shape<'_>, planned: &Dynamic, result: &Dynamic) -> bool {
    #[cfg(test)]
    CANDIDATES.set(CANDIDATES.get() + 1);
    let mut report = Report::quiet();
    compare(shape, planned, result, &Place::default(), &mut report);
    !report.failed
}

/// Whether a value of type `own` may stand where one of type `ty` was planned.
fn conforms(own: &Type, ty: &Type) -> bool {
    match (own, ty) {
        (_, Type::Dynamic) => true,
        (Type::List(own), Type::List(ty))
        | (Type::Set(own), Type::Set(ty))
        | (Type::Map(own), Type::Map(ty)) => conforms(own, ty),
        (Type::Object(own), Type::Object(ty)) => {
            own.len() == ty.len()
                && own.iter().zip(ty).all(|((name, own), (other, ty))| name == other && conforms(own, ty))
        }
        (Type::Tuple(own), Type::Tuple(ty)) => {
            own.len() == ty.len() && own.iter().zip(ty).all(|(own, ty)| conforms(own, ty))
        }
        (own, ty) => own == ty,
    }
}
