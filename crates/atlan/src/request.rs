//! A request as data. Areas (groups, users, …) describe what they want; only the transport knows how it is sent.

use serde_json::{Value, json};

use crate::guid::Guid;
use crate::retry::Repeat;

/// HTTP method; Atlan's identity API changes groups and users by `POST` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Below `/api/service/`, of characters that need no encoding.
    pub(crate) path: String,
    /// Not yet encoded.
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) repeat: Repeat,
    /// Whether it carries our bearer token; only the request for a token doesn't.
    pub(crate) authenticated: bool,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            query: Vec::new(),
            body: None,
            repeat: Repeat::Safe,
            authenticated: true,
        }
    }

    /// A write that sets an absolute state: sending it twice is the same as once.
    pub(crate) fn set(path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method: Method::Post, body, ..Self::get(path) }
    }

    /// A write that must not be repeated blindly.
    pub(crate) fn create(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Post, body: Some(body), repeat: Repeat::Never, ..Self::get(path) }
    }

    pub(crate) fn without_token(self) -> Self {
        Self { authenticated: false, ..self }
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }
}

/// Filters of list requests, as JSON. Values are encoded, never pasted.
///
/// The `$ilike` filter is the substring search that all SDKs use. Nothing in the value is escaped: `%` and `_` taken as
/// wildcards match themselves, too, and a backslash, which would be taken as an escape, becomes a wildcard. So the
/// answer includes every exact match, on a server that knows escapes and on one that doesn't. Callers compare what
/// they get.
pub(crate) mod filter {
    use super::*;

    pub(crate) fn id(id: &Guid) -> Value {
        json!({ "id": id })
    }

    pub(crate) fn equals(field: &str, value: &str) -> Value {
        json!({ field: value })
    }

    pub(crate) fn one_of<'a>(field: &str, values: impl IntoIterator<Item = &'a str>) -> Value {
        json!({ field: { "$in": values.into_iter().collect::<Vec<_>>() } })
    }

    pub(crate) fn contains(field: &str, text: &str) -> Value {
        json!({ field: { "$ilike": format!("%{}%", text.replace('\\', "%")) } })
    }

    pub(crate) fn starts_with(field: &str, text: &str) -> Value {
        json!({ field: { "$ilike": format!("{text}%") } })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_filter_carries_any_value_unchanged(value in any::<String>()) {
            let text = filter::one_of("email", [value.as_str()]).to_string();
            let read: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(read["email"]["$in"][0].as_str(), Some(value.as_str()));
            let text = filter::equals("name", &value).to_string();
            let read: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(read["name"].as_str(), Some(value.as_str()));
        }
    }
}
