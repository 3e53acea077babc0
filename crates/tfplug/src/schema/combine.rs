//! One object out of the values of its two structs, as [`super::merge`] makes one schema out of their attributes.
//!
//! A nested object that both structs have is put together level by level: one knows its arguments, the other what was
//! answered. Where both have a value, what was answered counts.

use super::{Attribute, Nesting, nested};
use crate::value::Dynamic;

/// The object of merged `attributes`, given what the arguments say and what was answered; every attribute has a value.
pub(crate) fn combine(attributes: &[Attribute], said: &Dynamic, answered: &Dynamic) -> Dynamic {
    if said.is_null() && answered.is_null() {
        return Dynamic::Null;
    }
    let part =
        |object: &'_ Dynamic, name: &str| object.as_map().and_then(|entries| entries.get(name)).cloned();
    let entries = attributes.iter().map(|attribute| {
        let name = &attribute.name;
        (name.clone(), value(attribute, part(said, name), part(answered, name)))
    });
    Dynamic::Map(entries.collect())
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
    let leading = if said.is_null() { &answered } else { &said };
    if leading.is_null() {
        return attribute.absent();
    }
    nested::mapped(nesting, leading, |at, _| combine(inner, at.of(&said), at.of(&answered)))
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
            &map(&[
                ("a", "said".into()),
                ("one", said("1")),
                ("list", Dynamic::List(vec![said("1"), said("2")])),
                ("map", map(&[("k", said("1"))])),
            ]),
            &map(&[
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
