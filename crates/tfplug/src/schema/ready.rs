//! Structs that many providers would write alike: no attributes at all, and identities of one attribute.

use std::collections::BTreeMap;
use std::fmt;

use super::fields::derived;
use super::{Args, Attr, Attribute, Computed, Fields, Identity};
use crate::value::{Dynamic, ValueError};

/// No attributes: for `type Args = ()` of a provider that has no settings, and for `type Computed = ()` of a resource that
/// answers nothing but its arguments.
impl Fields for () {
    const DESCRIPTION: &'static str = "";
    const FIELDS: Option<&'static [derived::Field]> = Some(&[]);

    fn attributes() -> Vec<Attribute> {
        Vec::new()
    }

    fn from_object(_: &Dynamic) -> Result<Self, ValueError> {
        Ok(())
    }

    fn to_object(&self) -> BTreeMap<String, Dynamic> {
        BTreeMap::new()
    }
}

impl Args for () {}
impl Computed for () {}

macro_rules! identity {
    ($(#[$doc:meta])* $ident:ident, $field:ident, $name:literal) => {
        $(#[$doc])*
        ///
        /// The description is that of the object's attribute.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $ident<T = String> {
            /// The attribute.
            pub $field: T,
        }

        impl<T: Attr> Fields for $ident<T> {
            const DESCRIPTION: &'static str = "";
            const FIELDS: Option<&'static [derived::Field]> = Some(&[derived::Field {
                name: $name,
                optional: T::OPTIONAL,
                default: false,
                data: false,
                shape: T::SHAPE,
            }]);

            fn attributes() -> Vec<Attribute> {
                vec![derived::argument($name, "", T::kind(), T::describe, T::OPTIONAL)]
            }

            fn from_object(object: &Dynamic) -> Result<Self, ValueError> {
                Ok($ident { $field: derived::get(object, $name, T::from_dynamic)? })
            }

            fn to_object(&self) -> BTreeMap<String, Dynamic> {
                BTreeMap::from([($name.to_owned(), self.$field.to_dynamic())])
            }
        }

        impl<T: Attr + Clone + fmt::Debug + Send + Sync + 'static> Identity for $ident<T> {}
    };
}

identity! {
    /// Names an object by its attribute `id`, as most remote sides do.
    ById, id, "id"
}

identity! {
    /// Names an object by its attribute `name`, where that cannot change.
    ByName, name, "name"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Uuid;

    #[test]
    fn an_identity_of_any_type_reads_what_it_writes() {
        let key = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
        let id = ById::<Uuid>::from_text(key, '/').expect("a UUID");
        assert_eq!(id.to_object(), BTreeMap::from([("id".to_owned(), key.into())]));
        assert_eq!(ById::<Uuid>::from_object(&Dynamic::Map(id.to_object())), Ok(id));
        assert!(ById::<Uuid>::from_text("milk", '/').is_err());
        assert_eq!(ByName::from_text("a/b", '/').expect("text"), ByName { name: "a/b".to_owned() });
    }
}
