//! Text with a meaning: parsed once, compared by what it means.

use std::borrow::Cow;

use crate::schema::derived::Shape;
use crate::schema::{Attr, Attribute, Check, Kind, Same};
use crate::value::{Dynamic, Type, ValueError};

/// A type that a practitioner writes as text: a newtype with rules, or an enum by `#[derive(Choice)]`.
///
/// What a configuration says must parse. What the server or an old state says is taken by [`Text::stored`], which may be
/// more lenient, so that an object made elsewhere under other rules can still be imported.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an attribute",
    label = "not a type of Terraform's",
    note = "for text with a meaning of its own, implement `tfplug::Text` or derive `Choice` for an enum",
    note = "for an object with attributes of its own, derive `Args` or `Computed`"
)]
pub trait Text: Sized {
    /// The rule in words, completing "must be …"; empty when any text will do.
    const RULE: &'static str = "";

    /// The allowed spellings to show, where they can be listed.
    const CHOICES: &'static [&'static str] = &[];

    /// The likely cause where a required value turns out to be null, and what to do then, as sentences; empty when nothing is
    /// known. A value that comes from another object is such a case: it may be known only while applying.
    const WHEN_NULL: &'static str = "";

    /// Reads what a configuration says.
    ///
    /// # Errors
    /// What is wrong with this text and what is allowed, as sentences.
    fn parse(text: &str) -> Result<Self, String>;

    /// Reads what a state or the server says.
    ///
    /// # Errors
    /// When the text cannot be held at all.
    fn stored(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }

    /// The text to store.
    fn text(&self) -> Cow<'_, str>;

    /// Whether two of them mean the same, for example addresses in other case. Where they do, the stored spelling stays.
    fn same(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<T: Text + 'static> Attr for T {
    type Inner = Self;

    const SHAPE: &'static Shape = &Shape::Text;

    fn kind() -> Kind {
        Kind::Value(Type::String)
    }

    fn describe(attribute: &mut Attribute) {
        attribute.choices = T::CHOICES.iter().map(|&choice| choice.to_owned()).collect();
        T::WHEN_NULL.clone_into(&mut attribute.when_null);
        attribute.checks.push(Check::new(T::RULE, |value| match value.as_str().map(T::parse) {
            Some(Err(problem)) => Err(problem),
            _ => Ok(()),
        }));
        attribute.same = Some(Same::new(|a, b| match (read::<T>(a), read::<T>(b)) {
            (Some(a), Some(b)) => a.same(&b),
            _ => false,
        }));
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        match value.as_str() {
            Some(text) => T::stored(text).map_err(ValueError::new),
            None => String::from_dynamic(value).and_then(|text| T::stored(&text).map_err(ValueError::new)),
        }
    }

    fn to_dynamic(&self) -> Dynamic {
        Dynamic::String(self.text().into_owned())
    }
}

fn read<T: Text>(value: &Dynamic) -> Option<T> {
    value.as_str().and_then(|text| T::stored(text).ok())
}
