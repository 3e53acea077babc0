//! Attributes of open type: whatever a practitioner writes, together with the type that Terraform gave it.

use crate::schema::derived::Shape;
use crate::schema::{Attr, Kind};
use crate::value::{Dynamic, Type, ValueError};

/// A value of any type. In a handler it brings its type along; one that a handler makes gets the type that its form
/// suggests, tuples and objects included, as a literal in a configuration does.
impl Attr for Dynamic {
    type Inner = Self;

    const SHAPE: &'static Shape = &Shape::Any;

    fn kind() -> Kind {
        Kind::Value(Type::Dynamic)
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

#[cfg(test)]
mod tests {
    use super::*;

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
