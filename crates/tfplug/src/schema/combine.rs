//! One object out of the values of its two structs, as [`super::merge`] makes one schema out of their attributes.
//!
//! A nested object that both structs have is put together level by level: one knows its arguments, the other what was
//! answered. Where both have a value, what was answered counts, unless a [`Judge`] says otherwise.

use super::{Attribute, Nesting};
use crate::value::{Dynamic, Path, Step};

/// The object of merged `attributes`, given what the arguments say and what was answered; every attribute has a value.
pub(crate) fn combine(attributes: &[Attribute], said: Dynamic, answered: Dynamic) -> Dynamic {
    object(attributes, said, answered, None)
}

/// Like [`combine`], for an object that a read has found and that the state has as `prior`. If the two values of an attribute differ,
/// the one that is not in the state counts, because the other one was only copied from there, and drift would be lost. The second
/// result are the places where neither is in the state; there the answered value is used. The same holds for how many elements a nested
/// list has; but what is answered beyond the arguments has none of its own, and nothing at all says nothing. Which keys a nested map has
/// is said by the arguments, if they have it.
pub(crate) fn combine_read(
    attributes: &[Attribute],
    said: Dynamic,
    answered: Dynamic,
    prior: &Dynamic,
) -> (Dynamic, Vec<Path>) {
    let mut undecided = Vec::new();
    let judge = Judge { prior, undecided: &mut undecided };
    (object(attributes, said, answered, Some(judge)), undecided)
}

/// Decides between two values of one attribute by the object as the state has it.
struct Judge<'a> {
    prior: &'a Dynamic,
    undecided: &'a mut Vec<Path>,
}

/// Where a part of an object is; a [`Step`] only where something is undecided.
#[derive(Clone, Copy)]
enum At<'a> {
    Whole,
    Attribute(&'a str),
    Key(&'a str),
    Index(usize),
}

impl At<'_> {
    fn step(self) -> Option<Step> {
        match self {
            At::Whole => None,
            At::Attribute(name) => Some(Step::Attribute(name.to_owned())),
            At::Key(key) => Some(Step::Key(key.to_owned())),
            At::Index(index) => Some(Step::Index(index)),
        }
    }
}

impl Judge<'_> {
    /// Judges a part of the object.
    fn within<T>(
        judge: &mut Option<Judge<'_>>,
        at: At<'_>,
        judged: impl FnOnce(Option<Judge<'_>>) -> T,
    ) -> T {
        let Some(Judge { prior, undecided }) = judge else { return judged(None) };
        let prior = match at {
            At::Whole => prior,
            At::Attribute(name) | At::Key(name) => prior.get(name),
            At::Index(index) => prior.as_list().and_then(|items| items.get(index)).unwrap_or(&Dynamic::Null),
        };
        let before = undecided.len();
        let result = judged(Some(Judge { prior, undecided }));
        for path in undecided.iter_mut().skip(before) {
            *path = at.step().into_iter().chain(path.steps().iter().cloned()).collect();
        }
        result
    }

    /// How many elements count of a list that is said and answered with these numbers of them, neither 0.
    fn count(&mut self, said: usize, answered: usize) -> usize {
        let prior = self.prior.as_list().map(<[Dynamic]>::len);
        if said != answered && prior != Some(said) && prior != Some(answered) {
            self.undecided.push(Path::root());
        }
        if prior == Some(said) { said.min(answered) } else { said }
    }

    /// The value that counts. Arguments that are null say nothing.
    fn decide(self, attribute: &Attribute, said: Dynamic, answered: Dynamic) -> Dynamic {
        if said.is_null() || attribute.same(&said, &answered) || attribute.same(&said, self.prior) {
            return answered;
        }
        // An answer without a value says nothing either, unless the state had that of the arguments.
        if answered.is_null() || attribute.same(&answered, self.prior) {
            return said;
        }
        self.undecided.push(Path::root());
        answered
    }
}

fn object(
    attributes: &[Attribute],
    mut said: Dynamic,
    mut answered: Dynamic,
    mut judge: Option<Judge<'_>>,
) -> Dynamic {
    if said.is_null() && answered.is_null() {
        return Dynamic::Null;
    }
    let entries = attributes.iter().map(|attribute| {
        let (of_said, said) = taken(&mut said, &attribute.name).unzip();
        let (of_answered, answered) = taken(&mut answered, &attribute.name).unzip();
        let name = of_said.or(of_answered).unwrap_or_else(|| attribute.name.clone());
        let value =
            Judge::within(&mut judge, At::Attribute(&name), |judge| value(attribute, said, answered, judge));
        (name, value)
    });
    Dynamic::Map(entries.collect())
}

/// An entry of an object, taken out of it with its name.
pub(crate) fn taken(object: &mut Dynamic, name: &str) -> Option<(String, Dynamic)> {
    object.as_map_mut()?.remove_entry(name)
}

/// A value that was answered, with what its nested objects lack as not given.
pub(crate) fn complete(attribute: &Attribute, answered: &Dynamic) -> Dynamic {
    value(attribute, None, Some(answered.clone()), None)
}

fn value(
    attribute: &Attribute,
    said: Option<Dynamic>,
    answered: Option<Dynamic>,
    mut judge: Option<Judge<'_>>,
) -> Dynamic {
    let (nesting, inner) = match attribute.nested() {
        // Elements of sets can't be paired.
        None | Some((Nesting::Set, _)) => {
            return match (said, answered, judge) {
                (Some(said), Some(answered), Some(judge)) => judge.decide(attribute, said, answered),
                (said, answered, _) => answered.or(said).unwrap_or_else(|| left_out(attribute)),
            };
        }
        Some(nested) => nested,
    };
    if said.is_none() && answered.is_none() {
        return left_out(attribute);
    }
    let (said, answered) = (said.unwrap_or(Dynamic::Null), answered.unwrap_or(Dynamic::Null));
    let is_said = !said.is_null();
    // The leading side has the objects, the other one what it knows of each.
    let (leading, mut other) = if is_said { (said, answered) } else { (answered, said) };
    if leading.is_null() {
        return attribute.absent();
    }
    let count = match (&mut judge, &leading, &other) {
        (Some(judge), Dynamic::List(said), Dynamic::List(answered))
            if !said.is_empty() && !answered.is_empty() =>
        {
            judge.count(said.len(), answered.len())
        }
        _ => usize::MAX,
    };
    let mut pair = |leading, other, at: At<'_>| {
        let (said, answered) = if is_said { (leading, other) } else { (other, leading) };
        Judge::within(&mut judge, at, |judge| object(inner, said, answered, judge))
    };
    match (nesting, leading) {
        (Nesting::Single, leading @ Dynamic::Map(_)) => pair(leading, other, At::Whole),
        (Nesting::List, Dynamic::List(items)) => {
            let others = if let Dynamic::List(others) = other { others } else { Vec::new() };
            let others = others.into_iter().chain(std::iter::repeat(Dynamic::Null));
            let pairs = items.into_iter().take(count).zip(others).enumerate();
            Dynamic::List(pairs.map(|(at, (item, other))| pair(item, other, At::Index(at))).collect())
        }
        (Nesting::Map, Dynamic::Map(entries)) => {
            let mut other = |key: &str| other.as_map_mut().and_then(|others| others.remove(key));
            let entries = entries.into_iter().map(|(key, item)| {
                let other = other(&key).unwrap_or(Dynamic::Null);
                let item = pair(item, other, At::Key(&key));
                (key, item)
            });
            Dynamic::Map(entries.collect())
        }
        (_, leading) => leading,
    }
}

/// What stands for an argument of an object that only the provider has given: its default, as if the object had been
/// configured without it, so that a plan changes nothing and a handler never finds it missing.
fn left_out(attribute: &Attribute) -> Dynamic {
    attribute.default.clone().unwrap_or_else(|| attribute.absent())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, Mode};
    use crate::value::Type;

    fn map(entries: &[(&str, Dynamic)]) -> Dynamic {
        Dynamic::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn nested_objects_are_put_together_level_by_level() {
        let text = |name: &str| Attribute::new(name, Kind::Value(Type::String), Mode::Optional);
        let nested = |name: &str, nesting| {
            Attribute::new(name, Kind::Nested(nesting, vec![text("a"), text("b")]), Mode::Optional)
        };
        let attributes = [
            text("a"),
            nested("one", Nesting::Single),
            nested("list", Nesting::List),
            nested("map", Nesting::Map),
            nested("none", Nesting::List),
        ];
        let said = |value: &str| map(&[("a", value.into())]);
        let answered = |value: &str| map(&[("b", value.into())]);
        let both = |said: &str, answered: &str| map(&[("a", said.into()), ("b", answered.into())]);
        let combined = combine(
            &attributes,
            map(&[
                ("a", "said".into()),
                ("one", said("1")),
                ("list", Dynamic::List(vec![said("1"), said("2")])),
                ("map", map(&[("k", said("1"))])),
            ]),
            map(&[
                ("a", "answered".into()),
                ("one", answered("1")),
                ("list", Dynamic::List(vec![answered("1"), answered("2")])),
                ("map", map(&[("k", answered("1"))])),
            ]),
        );
        assert_eq!(
            combined,
            map(&[
                ("a", "answered".into()),
                ("one", both("1", "1")),
                ("list", Dynamic::List(vec![both("1", "1"), both("2", "2")])),
                ("map", map(&[("k", both("1", "1"))])),
                ("none", Dynamic::Null),
            ])
        );
    }

    #[test]
    fn what_one_side_lacks_is_not_given() {
        let text = |name: &str| Attribute::new(name, Kind::Value(Type::String), Mode::Optional);
        let one =
            Attribute::new("one", Kind::Nested(Nesting::Single, vec![text("a"), text("b")]), Mode::Optional);
        let answered = map(&[("b", "x".into())]);
        assert_eq!(complete(&one, &answered), map(&[("a", Dynamic::Null), ("b", "x".into())]));
        assert_eq!(complete(&one, &Dynamic::Null), Dynamic::Null);
        let mut usual = text("a");
        usual.default = Some("usual".into());
        let one = Attribute::new("one", Kind::Nested(Nesting::Single, vec![usual]), Mode::Optional);
        assert_eq!(complete(&one, &map(&[])), map(&[("a", "usual".into())]), "a default stands in");
        assert_eq!(complete(&one, &Dynamic::unknown()), Dynamic::unknown());
    }
}
