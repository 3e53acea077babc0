//! Text with a meaning: parsed once, compared by what it means.

use std::borrow::Cow;
use std::str::FromStr;

use crate::schema::derived::Shape;
use crate::schema::{Attr, Attribute, Check, Kind, Same};
use crate::value::{Dynamic, Type, ValueError, normal};

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

    /// Further spellings that [`Text::parse`] takes, each after the choice that it means. The documentation shows them.
    const ALIASES: &'static [(&'static str, &'static str)] = &[];

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

/// Text that is no value of the type in question, with what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextError(String);

impl TextError {
    /// What derives call with a refusal of [`Text::parse`].
    #[doc(hidden)]
    pub fn new(refusal: String) -> Self {
        TextError(refusal)
    }
}

/// Lets handlers read a value out of text, by `text.parse()?`.
macro_rules! from_str {
    ($($text:ident),*) => {$(
        impl FromStr for super::$text {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                <Self as Text>::parse(text).map_err(TextError)
            }
        }
    )*};
}

from_str!(Cidr, Duration, Json, Timestamp, Uuid);

impl<T: Text + 'static> Attr for T {
    type Inner = Self;

    const SHAPE: &'static Shape = &Shape::Text(T::RULE);

    fn kind() -> Kind {
        Kind::Value(Type::String)
    }

    fn describe(attribute: &mut Attribute) {
        attribute.choices = T::CHOICES.iter().map(|&choice| choice.to_owned()).collect();
        attribute.aliases =
            T::ALIASES.iter().map(|&(choice, alias)| (choice.to_owned(), alias.to_owned())).collect();
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
        Dynamic::String(normal(&self.text()).into_owned())
    }
}

fn read<T: Text>(value: &Dynamic) -> Option<T> {
    value.as_str().and_then(|text| T::stored(text).ok())
}

#[cfg(test)]
mod tests {
    use crate::types::{Cidr, Duration, Json, Timestamp, Uuid};

    #[test]
    fn handlers_read_text_with_an_error_that_passes_on() {
        fn read(text: &str) -> crate::Result<Timestamp> {
            Ok(text.parse()?)
        }
        assert!(read("2026-01-31T08:00:00Z").is_ok());
        let error = format!("{:?}", read("yesterday").expect_err("no point in time"));
        assert!(error.contains("is not a point in time"), "{error}");
        assert!("10.0.0.0/8".parse::<Cidr>().is_ok() && "10.0.0.1/8".parse::<Cidr>().is_err());
        assert!("90s".parse::<Duration>().is_ok() && "soon".parse::<Duration>().is_err());
        assert!("{}".parse::<Json>().is_ok() && "{".parse::<Json>().is_err());
        assert!("f81d4fae-7dec-11d0-a765-00a0c91e6bf6".parse::<Uuid>().is_ok());
        assert!("f81d4fae".parse::<Uuid>().is_err());
    }
}
