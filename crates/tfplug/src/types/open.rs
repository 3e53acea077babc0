//! Attributes of open type: whatever a practitioner writes, together with the type that Terraform gave it.

use crate::schema::derived::Shape;
use crate::schema::{Attr, Attribute, Kind, Same};
use crate::value::{Dynamic, Type, ValueError};

/// A value of any type. In a handler it brings its type along; one that a handler makes gets the type that its form
/// suggests, tuples and objects included, as a literal in a configuration does. So a list, a set and a tuple of the same elements mean
/// the same, and so do a map and an object.
impl Attr for Dynamic {
    type Inner = Self;

    const SHAPE: &'static Shape = &Shape::Any;

    fn kind() -> Kind {
        Kind::Value(Type::Dynamic)
    }

    fn describe(attribute: &mut Attribute) {
        attribute.same = Some(Same::new(|a, b| {
            parts(a) == parts(b) && (as_the_other(a, b) == *b || as_the_other(b, a) == *a)
        }));
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        Ok(value.clone())
    }

    fn to_dynamic(&self) -> Dynamic {
        match self {
            Dynamic::Null | Dynamic::Unknown(_) | Dynamic::Typed(..) => self.clone(),
            value => Dynamic::Typed(Box::new(Type::Dynamic.resolve(value)), Box::new(value.clone())),
        }
    }
}

/// How many values there are in one, at any depth. A set has lost its duplicates.
fn parts(value: &Dynamic) -> usize {
    match value.untyped() {
        Dynamic::List(items) => items.iter().map(|item| 1 + parts(item)).sum(),
        Dynamic::Map(entries) => entries.values().map(|item| 1 + parts(item)).sum(),
        _ => 0,
    }
}

/// The parts of a value with the type of another one, under which a set has no order.
fn as_the_other(value: &Dynamic, other: &Dynamic) -> Dynamic {
    match other {
        Dynamic::Typed(ty, _) => Dynamic::Typed(ty.clone(), Box::new(ty.normalize(value.untyped().clone()))),
        _ => value.untyped().clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A remote side that speaks JSON tells neither a list from a set or tuple nor a map from an object.
    #[test]
    fn values_of_the_same_parts_mean_the_same() {
        let mut attribute =
            crate::schema::Attribute::new("a", Dynamic::kind(), crate::schema::Mode::Optional);
        Dynamic::describe(&mut attribute);
        let of = |ty: Type, items: &[&str]| {
            let items = items.iter().copied().map(Dynamic::from).collect();
            Dynamic::Typed(Box::new(ty), Box::new(Dynamic::List(items)))
        };
        let text = || Box::new(Type::String);
        let tuple = |items: &[&str]| of(Type::Tuple(vec![Type::String; items.len()]), items);
        let (list, set) = (of(Type::List(text()), &["b", "a"]), of(Type::Set(text()), &["a", "b"]));
        assert!(attribute.same(&list, &tuple(&["b", "a"])) && !attribute.same(&list, &tuple(&["a", "b"])));
        assert!(attribute.same(&set, &tuple(&["b", "a"])) && attribute.same(&tuple(&["b", "a"]), &set));
        assert!(!attribute.same(&set, &tuple(&["a"])));
        let object = |ty: Type, tags: &Dynamic| {
            let ty = Type::Object([("tags".to_owned(), ty)].into());
            let tags = Dynamic::Map([("tags".to_owned(), tags.untyped().clone())].into());
            Dynamic::Typed(Box::new(ty), Box::new(tags))
        };
        let one = object(Type::Set(text()), &tuple(&["a"]));
        let of_tuple = |items: &[&str]| object(Type::Tuple(vec![Type::String; items.len()]), &tuple(items));
        assert!(attribute.same(&one, &of_tuple(&["a"])));
        assert!(
            !attribute.same(&one, &of_tuple(&["a", "a"])) && !attribute.same(&of_tuple(&["a", "a"]), &one)
        );
        let number = Dynamic::Typed(Box::new(Type::Number), Box::new(1.into()));
        let digit = Dynamic::Typed(Box::new(Type::String), Box::new("1".into()));
        assert!(!attribute.same(&number, &digit));
    }

    #[test]
    fn values_get_the_type_that_their_form_suggests() {
        let value = Dynamic::List(vec!["a".into(), 1.into()]);
        let ty = Type::Tuple(vec![Type::String, Type::Number]);
        let typed = Dynamic::Typed(Box::new(ty), Box::new(value.clone()));
        assert_eq!(value.to_dynamic(), typed);
        assert_eq!(typed.to_dynamic(), typed, "a type that is there stays");
        assert_eq!(Dynamic::Null.to_dynamic(), Dynamic::Null);
        assert_eq!(Dynamic::from_dynamic(&typed), Ok(typed));
    }
}
