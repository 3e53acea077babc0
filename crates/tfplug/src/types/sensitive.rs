//! Values that must not be seen, and values that must not be stored.

use std::fmt;

use crate::schema::derived::{Shape, Traits};
use crate::schema::{Attr, Attribute, Kind};
use crate::value::{Dynamic, ValueError};

/// A value that Terraform hides and that no log line shows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Sensitive(value)
    }

    /// The value itself. Mind where it goes.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(sensitive)")
    }
}

impl<T: Attr> Attr for Sensitive<T> {
    type Inner = Sensitive<T::Inner>;

    const OPTIONAL: bool = T::OPTIONAL;
    const TRAITS: Traits = Traits { sensitive: true, ..T::TRAITS };
    const SHAPE: &'static Shape = T::SHAPE;

    fn kind() -> Kind {
        T::kind()
    }

    fn describe(attribute: &mut Attribute) {
        T::describe(attribute);
        mark(attribute, &|attribute| attribute.sensitive = true);
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        T::from_dynamic(value).map(Sensitive).map_err(|error| unquoted(value, error))
    }

    fn to_dynamic(&self) -> Dynamic {
        self.0.to_dynamic()
    }
}

/// The error without what it may quote of the value, also in part.
fn unquoted(value: &Dynamic, error: ValueError) -> ValueError {
    match value {
        Dynamic::Null | Dynamic::Unknown(_) => error,
        _ => ValueError::new("the value, which is secret, is not of the form that is expected"),
    }
}

/// Marks an attribute and all that its objects hold: what is within a secret is one, too.
fn mark(attribute: &mut Attribute, as_secret: &impl Fn(&mut Attribute)) {
    as_secret(attribute);
    attribute.elements.iter_mut().for_each(|element| mark(element, as_secret));
    if let Kind::Nested(_, inner) | Kind::Block { attributes: inner, .. } = &mut attribute.kind {
        inner.iter_mut().for_each(|inner| mark(inner, as_secret));
    }
}

/// A value that is used in create and update but never stored. `WriteOnly<T>` must be configured, `Option<WriteOnly<T>>` may be.
///
/// Terraform cannot see that it changed: pair it with a version that does.
#[derive(Clone, PartialEq, Eq)]
pub struct WriteOnly<T>(Option<T>);

impl<T> WriteOnly<T> {
    /// The value in a create or update; nothing anywhere else, because nobody can read it back.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// No value: what a read answers for one that must be configured. For an optional one it answers `None`.
impl<T> Default for WriteOnly<T> {
    fn default() -> Self {
        WriteOnly(None)
    }
}

impl<T> fmt::Debug for WriteOnly<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(write-only)")
    }
}

impl<T: Attr> Attr for WriteOnly<T> {
    type Inner = T::Inner;

    const OPTIONAL: bool = T::OPTIONAL;
    const TRAITS: Traits = Traits { write_only: true, ..T::TRAITS };
    const SHAPE: &'static Shape = T::SHAPE;

    fn kind() -> Kind {
        T::kind()
    }

    fn describe(attribute: &mut Attribute) {
        T::describe(attribute);
        mark(attribute, &|attribute| attribute.write_only = true);
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        Option::from_dynamic(value).map(WriteOnly).map_err(|error| unquoted(value, error))
    }

    /// Always null: whatever is written down this way goes into a plan or a state.
    fn to_dynamic(&self) -> Dynamic {
        Dynamic::Null
    }
}
