//! What the kinds of object have in common: a name, a schema, validation, advice.

use crate::diag::Diagnostics;
use std::error::Error as StdError;
use std::marker::PhantomData;

use crate::object::{Provider, Timeouts};
use crate::schema::{self, Args, Fields, FixedSchema, Schema};
use crate::value::Dynamic;

/// An object with a schema that a configuration is validated by.
pub(crate) trait AnyObject: Send + Sync {
    fn type_name(&self) -> &str;
    fn schema(&self) -> &FixedSchema;
    /// Mistakes in attributes that both structs have ([`schema::mismatches`]).
    fn mismatches(&self) -> &[String];
    fn timeouts(&self) -> Timeouts;
    fn advise(&self, error: &(dyn StdError + 'static)) -> Option<String>;
    fn validate(&self, config: &Dynamic, diagnostics: &mut Diagnostics);
}

/// An object of type `T`, untyped. `K` marks its kind, since one type may be of several.
pub(in crate::object) struct Erased<K, T> {
    pub(super) type_name: String,
    pub(super) schema: FixedSchema,
    pub(super) mismatches: Vec<String>,
    object: PhantomData<fn() -> (K, T)>,
}

impl<K, T> Erased<K, T> {
    /// The object of provider `P` with the arguments `A` and these computed attributes.
    pub(super) fn of<P: Provider, A: Args, C: Fields>(name: &str) -> Self {
        const {
            schema::check_pairs(A::FIELDS, C::FIELDS);
        }
        let (args, computed) = (A::attributes(), C::attributes());
        let mismatches = schema::mismatches(&args, &computed);
        let mut attributes = schema::merge(args, computed);
        attributes.extend(A::TIMEOUTS.attribute());
        let schema = Schema {
            version: 0,
            description: A::DESCRIPTION.to_owned(),
            deprecated: A::DEPRECATED.map(str::to_owned),
            attributes,
        };
        Erased {
            type_name: format!("{}_{name}", P::NAME),
            schema: schema.into(),
            mismatches,
            object: PhantomData,
        }
    }
}

/// Implements [`AnyObject`] for the objects of a kind: their trait and untyped form, the provider and arguments, and how they
/// validate.
macro_rules! any_object {
    ($object:ident as $untyped:ty, $provider:ty, $args:ty, $validate:path) => {
        impl<T: $object> crate::object::erased::AnyObject for $untyped {
            fn type_name(&self) -> &str {
                &self.type_name
            }

            fn schema(&self) -> &crate::schema::FixedSchema {
                &self.schema
            }

            fn mismatches(&self) -> &[String] {
                &self.mismatches
            }

            fn timeouts(&self) -> crate::object::Timeouts {
                <$args as crate::schema::Args>::TIMEOUTS
            }

            fn advise(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
                <$provider as crate::object::Provider>::advise(error)
            }

            fn validate(&self, config: &crate::value::Dynamic, diagnostics: &mut crate::diag::Diagnostics) {
                $validate(&crate::object::Config::new(config), diagnostics);
            }
        }
    };
}

pub(super) use any_object;
