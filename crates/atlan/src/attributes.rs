//! Attributes of groups and users: each an array of strings, booleans and times included (`"isDefault":["true"]`).

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The values of one attribute. Missing, null, `[]` and `[""]` are all the same: no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(pub(crate) Vec<String>);

impl Values {
    /// The first value, if there is one that is not empty.
    pub(crate) fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the first value is `true`, in any case.
    pub(crate) fn is_true(&self) -> bool {
        self.first().is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fn text(value: Value) -> Option<String> {
            match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            }
        }
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Array(values) => values.into_iter().filter_map(text).collect(),
            one => text(one).into_iter().collect(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_has_many_spellings() {
        for json in ["null", "[]", r#"[""]"#, "[null]", r#""""#] {
            assert_eq!(serde_json::from_str::<Values>(json).expect(json).first(), None, "{json}");
        }
        for json in [r#"["x"]"#, r#"["x","y"]"#, r#""x""#] {
            assert_eq!(serde_json::from_str::<Values>(json).expect(json).first(), Some("x"), "{json}");
        }
        assert!(serde_json::from_str::<Values>("[true]").expect("readable").is_true());
        assert!(!serde_json::from_str::<Values>(r#"["false"]"#).expect("readable").is_true());
    }
}
