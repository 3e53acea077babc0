//! Terraform values: what a configuration, a plan or a state holds, before anyone knows which Rust type it is.
//!
//! Bytes from Terraform become a [`Dynamic`] by [`msgpack`] or [`json`], both driven by the [`Type`] that the schema
//! declares, because a value never carries its own type on the wire. The `pipeline` works on [`Dynamic`]; handlers see
//! plain Rust types or, where a value may still be unknown, a [`Value`].
//!
//! Not here: what a schema allows (see [`crate::schema`]) and what Terraform expects of plans and states, which is the
//! pipeline's.

pub(crate) mod display;
mod error;
pub mod json;
pub mod msgpack;
mod number;
mod path;
mod refinements;
mod types;

use std::borrow::Cow;
use std::collections::BTreeMap;

use icu_normalizer::ComposingNormalizerBorrowed;

pub use error::ValueError;
pub use number::Number;
pub use path::{Path, Step};
pub use refinements::{Bound, Refinements};
pub use types::Type;

/// A value of any Terraform type, with null and unknown anywhere inside.
///
/// Sets are held as a [`Dynamic::List`] in canonical order without repetitions (see [`Type::normalize`]), so that
/// equality of values is equality of meaning. Refinements of an unknown do not take part in comparisons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dynamic {
    /// Absent.
    Null,
    /// Known only after apply.
    Unknown(Refinements),
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size, exactly.
    Number(Number),
    /// Text, in Unicode normal form C when it comes from Terraform.
    String(String),
    /// A list, set or tuple.
    List(Vec<Dynamic>),
    /// A map or an object.
    Map(BTreeMap<String, Dynamic>),
    /// A value whose type the schema leaves open, together with that type.
    Typed(Box<Type>, Box<Dynamic>),
}

/// A value that handlers of `validate` and `plan` see, where not everything is known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<T> {
    /// Given and known.
    Known(T),
    /// Not given.
    Null,
    /// Given, but known only after apply.
    Unknown,
}

impl<T> Value<T> {
    /// The known value, if there is one.
    pub fn known(self) -> Option<T> {
        match self {
            Value::Known(value) => Some(value),
            Value::Null | Value::Unknown => None,
        }
    }

    /// Whether the value is known only after apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown)
    }

    /// Whether the value is absent.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Borrows what is known.
    pub fn as_ref(&self) -> Value<&T> {
        match self {
            Value::Known(value) => Value::Known(value),
            Value::Null => Value::Null,
            Value::Unknown => Value::Unknown,
        }
    }

    /// Changes what is known, keeps null and unknown.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Value::Known(value) => Value::Known(f(value)),
            Value::Null => Value::Null,
            Value::Unknown => Value::Unknown,
        }
    }
}

impl Dynamic {
    /// An unknown value about which nothing is promised.
    pub fn unknown() -> Self {
        Dynamic::Unknown(Refinements::default())
    }

    /// Puts the entries of another object into this one, if both are objects.
    pub(crate) fn put(&mut self, others: &Dynamic) {
        if let (Some(entries), Some(others)) = (self.as_map_mut(), others.as_map()) {
            entries.extend(others.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }

    /// The value without the type that it may bring along.
    pub fn untyped(&self) -> &Dynamic {
        match self {
            Dynamic::Typed(_, value) => value.untyped(),
            value => value,
        }
    }

    /// Whether the value is null, be it of a known type or not.
    pub fn is_null(&self) -> bool {
        matches!(self.untyped(), Dynamic::Null)
    }

    /// Whether the value itself is unknown; its parts are not looked at.
    pub fn is_unknown(&self) -> bool {
        matches!(self.untyped(), Dynamic::Unknown(_))
    }

    /// Whether nothing in the value is unknown, at any depth.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Dynamic::Unknown(_) => false,
            Dynamic::List(items) => items.iter().all(Dynamic::is_wholly_known),
            Dynamic::Map(entries) => entries.values().all(Dynamic::is_wholly_known),
            Dynamic::Typed(_, value) => value.is_wholly_known(),
            Dynamic::Null | Dynamic::Bool(_) | Dynamic::Number(_) | Dynamic::String(_) => true,
        }
    }

    /// The attribute or element of that name; null when the value is no map or object or lacks it.
    pub fn get(&self, name: &str) -> &Dynamic {
        self.as_map().and_then(|entries| entries.get(name)).unwrap_or(&Dynamic::Null)
    }

    /// The part that a path leads to; null where there is none.
    pub(crate) fn at(&self, path: &Path) -> &Dynamic {
        path.steps().iter().fold(self, |value, step| match step {
            Step::Attribute(name) | Step::Key(name) => value.get(name),
            Step::Index(index) => {
                value.as_list().and_then(|items| items.get(*index)).unwrap_or(&Dynamic::Null)
            }
        })
    }

    /// The same to be changed; `None` where there is none. An attribute that an object lacks is added as null.
    pub(crate) fn at_mut(&mut self, path: &Path) -> Option<&mut Dynamic> {
        path.steps().iter().try_fold(self, |value, step| match (step, value) {
            (Step::Attribute(name), Dynamic::Map(entries)) => {
                Some(entries.entry(name.clone()).or_insert(Dynamic::Null))
            }
            (Step::Key(key), Dynamic::Map(entries)) => entries.get_mut(key),
            (Step::Index(index), Dynamic::List(items)) => items.get_mut(*index),
            _ => None,
        })
    }

    /// The text, if the value is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self.untyped() {
            Dynamic::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if the value is a map or object.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Dynamic>> {
        match self.untyped() {
            Dynamic::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries to be changed, if the value is a map or object.
    pub fn as_map_mut(&mut self) -> Option<&mut BTreeMap<String, Dynamic>> {
        match self {
            Dynamic::Map(entries) => Some(entries),
            Dynamic::Typed(_, value) => value.as_map_mut(),
            _ => None,
        }
    }

    /// The elements, if the value is a list, set or tuple.
    pub fn as_list(&self) -> Option<&[Dynamic]> {
        match self.untyped() {
            Dynamic::List(items) => Some(items),
            _ => None,
        }
    }
}

/// A text of a handler in normal form C, to which Terraform brings every text that it gets: in another form it would differ from
/// itself in the next call.
pub(crate) fn normal(text: &str) -> Cow<'_, str> {
    match text.is_ascii() {
        true => Cow::Borrowed(text),
        false => ComposingNormalizerBorrowed::new_nfc().normalize(text),
    }
}

impl From<&str> for Dynamic {
    fn from(text: &str) -> Self {
        Dynamic::String(text.to_owned())
    }
}

impl From<String> for Dynamic {
    fn from(text: String) -> Self {
        Dynamic::String(text)
    }
}

impl From<bool> for Dynamic {
    fn from(value: bool) -> Self {
        Dynamic::Bool(value)
    }
}

impl From<Number> for Dynamic {
    fn from(value: Number) -> Self {
        Dynamic::Number(value)
    }
}

impl From<i64> for Dynamic {
    fn from(value: i64) -> Self {
        Dynamic::Number(Number::from(value))
    }
}
