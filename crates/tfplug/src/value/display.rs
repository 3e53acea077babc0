//! Values as text, for diagnostics and logs: close to how a practitioner would write them.

use std::borrow::Cow;
use std::fmt;

use super::{Dynamic, Type};

/// How many characters of a foreign text an error repeats.
const QUOTED: usize = 60;

/// How many characters of a type it repeats.
const TYPE: usize = 400;

/// The beginning of a text that came from outside, for an error that quotes it. The whole of it may be megabytes.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    cut(text, QUOTED)
}

/// The beginning of a type as an error names it: long enough for those of schemas, while an open value may bring any.
pub(crate) fn shorten_type(ty: &Type) -> String {
    cut(&ty.to_string(), TYPE).into_owned()
}

/// The first characters of a text, with a sign that there are more.
pub(crate) fn cut(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

impl Dynamic {
    /// What sort of value it is, for "expected …, got …".
    pub(crate) fn sort(&self) -> &'static str {
        match self {
            Dynamic::Null => "null",
            Dynamic::Unknown(_) => "an unknown value",
            Dynamic::Bool(_) => "a bool",
            Dynamic::Number(_) => "a number",
            Dynamic::String(_) => "a string",
            Dynamic::List(_) => "a list, set or tuple",
            Dynamic::Map(_) => "a map or object",
            Dynamic::Typed(_, value) => value.sort(),
        }
    }
}

/// As in a configuration, in one line: `["a", null]`, `{ "name" = "x" }`; `(unknown)` for what is not known yet.
impl fmt::Display for Dynamic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dynamic::Null => f.write_str("null"),
            Dynamic::Unknown(_) => f.write_str("(unknown)"),
            Dynamic::Bool(value) => value.fmt(f),
            Dynamic::Number(number) => number.fmt(f),
            Dynamic::String(text) => write!(f, "{text:?}"),
            Dynamic::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{item}")?;
                }
                f.write_str("]")
            }
            Dynamic::Map(entries) if entries.is_empty() => f.write_str("{}"),
            Dynamic::Map(entries) => {
                f.write_str("{ ")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{key:?} = {value}")?;
                }
                f.write_str(" }")
            }
            Dynamic::Typed(_, value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::value::{Dynamic, Type};

    #[test]
    fn values_read_like_a_configuration() {
        let entries = [("b".to_owned(), Dynamic::from("say \"x\"")), ("a".to_owned(), Dynamic::unknown())];
        let list = Dynamic::List(vec![Dynamic::Null, 1.into(), true.into(), Dynamic::Map(entries.into())]);
        let typed = Dynamic::Typed(Box::new(Type::Dynamic), Box::new(list));
        assert_eq!(typed.to_string(), r#"[null, 1, true, { "a" = (unknown), "b" = "say \"x\"" }]"#);
        assert_eq!(Dynamic::Map([].into()).to_string(), "{}");
    }
}
