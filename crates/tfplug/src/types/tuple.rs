//! Tuples, which Terraform has as parameters and results of functions.

use crate::schema::derived::{Shape, Traits, element};
use crate::schema::{Attr, Attribute, Kind, Mode, expected};
use crate::value::{Dynamic, Step, Type, ValueError};

/// The type of a part.
fn part<T: Attr>() -> Type {
    Attribute::new("", T::kind(), Mode::Required).ty()
}

fn read<T: Attr>(parts: &[Dynamic], index: usize) -> Result<T, ValueError> {
    let part = parts.get(index).unwrap_or(&Dynamic::Null);
    T::from_dynamic(part).map_err(|error| error.under(Step::Index(index)))
}

macro_rules! tuple {
    ($count:literal: $($part:ident $index:tt),*) => {
        impl<$($part: Attr),*> Attr for ($($part,)*) {
            type Inner = Self;

            const TRAITS: Traits = Traits::PLAIN$(.with($part::TRAITS, false))*.of_parts();
            const SHAPE: &'static Shape = &Shape::Tuple(&[$($part::SHAPE),*]);

            fn kind() -> Kind {
                Kind::Value(Type::Tuple(vec![$(part::<$part>()),*]))
            }

            fn describe(attribute: &mut Attribute) {
                attribute.elements = vec![$(element::<$part>()),*];
            }

            fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
                match value.as_list() {
                    Some(parts) if parts.len() == $count => Ok(($(read::<$part>(parts, $index)?,)*)),
                    _ => expected(concat!("a tuple of ", $count), value),
                }
            }

            fn to_dynamic(&self) -> Dynamic {
                Dynamic::List(vec![$(self.$index.to_dynamic()),*])
            }
        }
    };
}

tuple!(2: A 0, B 1);
tuple!(3: A 0, B 1, C 2);
tuple!(4: A 0, B 1, C 2, D 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_own_type() {
        type Pair = (String, Option<i64>);
        let Kind::Value(ty) = Pair::kind() else { panic!("a value") };
        assert_eq!(ty, Type::Tuple(vec![Type::String, Type::Number]));
        let pair: Pair = ("a".to_owned(), None);
        assert_eq!(pair.to_dynamic(), Dynamic::List(vec!["a".into(), Dynamic::Null]));
        assert_eq!(Pair::from_dynamic(&pair.to_dynamic()), Ok(pair));
        let read =
            |parts: Vec<Dynamic>| Pair::from_dynamic(&Dynamic::List(parts)).expect_err("no pair").to_string();
        assert_eq!(read(vec!["a".into(), "b".into()]), "[1]: expected a whole number, found text");
        assert_eq!(read(vec!["a".into()]), "expected a tuple of 2, found a list");
    }
}
