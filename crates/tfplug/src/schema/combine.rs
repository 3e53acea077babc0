//! One object out of the values of its two structs, as [`super::merge`] makes one schema out of their attributes.
//!
//! A nested object that both structs have is put together level by level: one knows its arguments, the other what was
//! answered. Where both have a value, what was answered counts.

use super::{Attribute, Nesting};
use crate::value::Dynamic;

/// The object of merged `attributes`, given what the arguments say and what was answered; every attribute has a value.
pub(crate) fn combine(attributes: &[Attribute], mut said: Dynamic, mut answered: Dynamic) -> Dynamic {
    if said.is_null() && answered.is_null() {
        return Dynamic::Null;
    }
    let entries = attributes.iter().map(|attribute| {
        let (of_said, said) = taken(&mut said, &attribute.name).unzip();
        let (of_answered, answered) = taken(&mut answered, &attribute.name).unzip();
        let name = of_said.or(of_answered).unwrap_or_else(|| attribute.name.clone());
        (name, value(attribute, said, answered))
    });
    Dynamic::Map(entries.collect())
}

/// An entry of an object, taken out of it with its name.
pub(crate) fn taken(object: &mut Dynamic, name: &str) -> Option<(String, Dynamic)> {
    object.as_map_mut()?.remove_entry(name)
}

/// A value that was answered, with what its nested objects lack as not given.
pub(crate) fn complete(attribute: &Attribute, answered: &Dynamic) -> Dynamic {
    value(attribute, None, Some(answered.clone()))
}

fn value(attribute: &Attribute, said: Option<Dynamic>, answered: Option<Dynamic>) -> Dynamic {
    let (nesting, inner) = match attribute.nested() {
        // Elements of sets can't be paired.
        None | Some((Nesting::Set, _)) => return answered.or(said).unwrap_or_else(|| left_out(attribute)),
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
    let pair = |leading, other| {
        let (said, answered) = if is_said { (leading, other) } else { (other, leading) };
        combine(inner, said, answered)
    };
    match (nesting, leading) {
        (Nesting::Single, leading @ Dynamic::Map(_)) => pair(leading, other),
        (Nesting::List, Dynamic::List(items)) => {
            let others = if let Dynamic::List(others) = other { others } else { Vec::new() };
            let others = others.into_iter().chain(std::iter::repeat(Dynamic::Null));
            Dynamic::List(items.into_iter().zip(others).map(|(item, other)| pair(item, other)).collect())
        }
        (Nesting::Map, Dynamic::Map(entries)) => {
            let mut other = |key: &str| other.as_map_mut().and_then(|others| others.remove(key));
            let entries = entries.into_iter().map(|(key, item)| {
                let item = pair(item, other(&key).unwrap_or(Dynamic::Null));
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
