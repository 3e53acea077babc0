//! The rules on plans: what of a configuration and of the prior state a plan may change.
//!
//! Attributes and blocks have different rules. An attribute may be left to the provider, then it is computed; a block
//! never is, so as many blocks are planned as are configured. Elements of sets can't be paired, so of them only the
//! number is checked.

use super::result::Shape;
use super::{At, Breach, Place, Report, items, objects, part};
use crate::schema::{Attribute, Nesting, any_within};
use crate::value::{Dynamic, Path};

/// What breaks a rule in a planned object; null stands for no object.
///
/// Only for the first plan of a change: Terraform doesn't check the second one of a replacement.
pub(crate) fn planned(
    attributes: &[Attribute],
    prior: &Dynamic,
    config: &Dynamic,
    planned: &Dynamic,
) -> Vec<Breach> {
    let mut report = Report::default();
    write_only(attributes, planned, &Place::default(), &mut report);
    let values = Values { prior, config, planned };
    object(attributes, values, &Place::default(), &mut report);
    report.breaches
}

/// Not even a write-only value that is configured so may be planned, wherever it is nested.
fn write_only(attributes: &[Attribute], object: &Dynamic, place: &Place<'_>, report: &mut Report) {
    for attribute in attributes {
        let (value, place) = (object.get(&attribute.name), place.attribute(attribute));
        if attribute.write_only {
            if !value.is_null() {
                report.add(&place, "a write-only value is never planned", &[("planned", value)]);
            }
        } else if let Some((nesting, inner)) = attribute.nested()
            && any_within(inner, |attribute| attribute.write_only)
        {
            objects(nesting, value, &place, &mut |object, place| write_only(inner, object, place, report));
        }
    }
}

/// Which of the paths that force a replacement exist neither in the prior state nor in the plan. A path into a set
/// never does: Terraform has no path for elements of sets.
pub(crate) fn replace_paths<'p>(
    attributes: &[Attribute],
    prior: &Dynamic,
    planned: &Dynamic,
    paths: impl IntoIterator<Item = &'p Path>,
) -> Vec<Breach> {
    let shape = Shape::Object(attributes);
    let missing = paths.into_iter().filter(|path| {
        let exists = |object| shape.exists(object, path.steps());
        !exists(prior) && !exists(planned)
    });
    let rule = "a path that forces replacement has to exist in the prior state or in the plan";
    missing.map(|path| Breach { path: path.clone(), rule: rule.to_owned(), values: Vec::new() }).collect()
}

/// The three values that belong to one place.
#[derive(Clone, Copy)]
struct Values<'a> {
    prior: &'a Dynamic,
    config: &'a Dynamic,
    planned: &'a Dynamic,
}

impl<'a> Values<'a> {
    fn part(self, name: &str) -> Self {
        Values {
            prior: part(self.prior, name),
            config: part(self.config, name),
            planned: part(self.planned, name),
        }
    }

    /// Elements of lists, by position.
    fn pairs(self) -> impl Iterator<Item = (usize, Values<'a>)> {
        let prior = items(self.prior).iter().chain(std::iter::repeat(&Dynamic::Null));
        let pairs = items(self.planned).iter().zip(items(self.config)).zip(prior).enumerate();
        pairs.map(|(index, ((planned, config), prior))| (index, Values { prior, config, planned }))
    }

    /// Elements of maps, by key, where keys are the same in the plan and the configuration.
    fn entries(self) -> impl Iterator<Item = (&'a str, Values<'a>)> {
        let planned = self.planned.as_map().into_iter().flatten();
        planned.filter_map(move |(key, planned)| {
            let config = self.config.as_map()?.get(key)?;
            Some((key.as_str(), Values { prior: self.prior.get(key), config, planned }))
        })
    }

    fn breach(self, place: &Place<'_>, rule: &str, report: &mut Report) {
        let Values { prior, config, planned } = self;
        let values = [("configured", config), ("planned", planned), ("before", prior)];
        report.add(place, rule, if prior.is_null() { &values[..2] } else { &values });
    }
}

fn object(attributes: &[Attribute], values: Values<'_>, place: &Place<'_>, report: &mut Report) {
    match (values.config.is_null(), values.planned.is_null()) {
        (false, false) => parts(attributes, values, place, report),
        (true, true) => {}
        (false, true) => report.add(place, "what is configured may not be planned as absent", &[]),
        (true, false) => report.add(place, "what is not configured may not be planned", &[]),
    }
}

fn parts(attributes: &[Attribute], values: Values<'_>, place: &Place<'_>, report: &mut Report) {
    for attribute in attributes {
        let (values, place) = (values.part(&attribute.name), place.attribute(attribute));
        match attribute.nested() {
            Some((nesting, inner)) if attribute.is_block() => {
                block(attribute, nesting, inner, values, &place, report);
            }
            _ => single(attribute, values, &place, report),
        }
    }
}

fn single(attribute: &Attribute, values: Values<'_>, place: &Place<'_>, report: &mut Report) {
    let Values { prior, config, planned } = values;
    let kept = (std::ptr::eq(planned, prior) || planned == prior) && !prior.is_null() && !config.is_null();
    if planned == config || kept || attribute.write_only {
        return;
    }
    if attribute.mode.is_computed() && (!attribute.mode.is_configurable() || config.is_null()) {
        return;
    }
    if config.is_null() && !planned.is_null() {
        let rule =
            "an attribute that is not computed has to be planned as null where the configuration is silent";
        return values.breach(place, rule, report);
    }
    match attribute.nested() {
        Some((nesting, inner)) => nested(nesting, inner, values, place, report),
        None => {
            values.breach(
                place,
                "a configured value has to be planned as configured or left as it was",
                report,
            );
        }
    }
}

/// A nested attribute that is configured and planned otherwise.
fn nested(nesting: Nesting, inner: &[Attribute], values: Values<'_>, place: &Place<'_>, report: &mut Report) {
    let Values { config, planned, .. } = values;
    if planned.is_null() {
        return values.breach(place, "what is configured may not be planned as absent", report);
    }
    if planned.is_unknown() {
        return values.breach(place, "what is configured may not be planned as unknown", report);
    }
    match nesting {
        Nesting::Single => return parts(inner, values, place, report),
        Nesting::Set => {
            // How many there are is open as long as several are not wholly known: two of them may turn out equal.
            let is_open = |set: &Dynamic| items(set).len() > 1 && !set.is_wholly_known();
            let (most, configured) = (items(planned).len(), items(config).len());
            let least = if is_open(planned) { 1 } else { most };
            let counted = !config.is_unknown() && !is_open(config);
            if counted && !(least..=most).contains(&configured) {
                counts(configured, most, place, report);
            }
            return;
        }
        Nesting::List | Nesting::Map => {}
    }
    if config.is_unknown() {
        return values.breach(
            place,
            "a configured value that is unknown has to be planned as unknown",
            report,
        );
    }
    if nesting == Nesting::List {
        if items(planned).len() != items(config).len() {
            return counts(items(config).len(), items(planned).len(), place, report);
        }
        for (index, values) in values.pairs() {
            parts(inner, values, &place.step(At::Index(index)), report);
        }
    } else {
        same_keys(values, place, report);
        for (key, values) in values.entries() {
            parts(inner, values, &place.step(At::Key(key)), report);
        }
    }
}

fn block(
    attribute: &Attribute,
    nesting: Nesting,
    inner: &[Attribute],
    values: Values<'_>,
    place: &Place<'_>,
    report: &mut Report,
) {
    let Values { config, planned, .. } = values;
    if planned.is_null() && nesting != Nesting::Single {
        return values.breach(
            place,
            "repeated blocks are never null; none of them are planned as empty",
            report,
        );
    }
    if planned == config {
        return;
    }
    if config.is_unknown() {
        return values.breach(
            place,
            "blocks that are configured as unknown have to be planned as unknown",
            report,
        );
    }
    if config.is_null() && attribute.mode == crate::schema::Mode::Computed {
        return;
    }
    if planned.is_unknown() {
        return values.breach(place, "blocks may not be planned as unknown; what they hold may", report);
    }
    let rule = "a block may not be planned as unknown; what it holds may";
    match nesting {
        Nesting::Single => object(inner, values, place, report),
        Nesting::List => {
            if items(planned).len() != items(config).len() {
                return counts(items(config).len(), items(planned).len(), place, report);
            }
            for (index, values) in values.pairs() {
                let place = place.step(At::Index(index));
                if values.planned.is_unknown() {
                    values.breach(&place, rule, report);
                } else {
                    object(inner, values, &place, report);
                }
            }
        }
        Nesting::Map => {
            same_keys(values, place, report);
            for (key, values) in values.entries() {
                let place = place.step(At::Key(key));
                if values.planned.is_unknown() {
                    values.breach(&place, rule, report);
                } else {
                    object(inner, values, &place, report);
                }
            }
        }
        Nesting::Set => {
            if items(planned).iter().any(Dynamic::is_unknown) {
                report.add(place, rule, &[]);
            }
        }
    }
}

fn counts(configured: usize, planned: usize, place: &Place<'_>, report: &mut Report) {
    let rule = "as many elements have to be planned as are configured";
    report.add_counts(place, rule, [("configured", configured), ("planned", planned)]);
}

fn same_keys(values: Values<'_>, place: &Place<'_>, report: &mut Report) {
    fn keys(value: &Dynamic) -> impl Iterator<Item = &String> {
        value.as_map().into_iter().flat_map(|entries| entries.keys())
    }
    if !keys(values.config).eq(keys(values.planned)) {
        let list = |value| Dynamic::List(keys(value).cloned().map(Dynamic::String).collect());
        let (configured, planned) = (list(values.config), list(values.planned));
        let values = [("configured", &configured), ("planned", &planned)];
        report.add(place, "the planned keys have to be those that are configured", &values);
    }
}
