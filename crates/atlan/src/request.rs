//! A request as data. Areas (groups, users, …) describe what they want; only the transport knows how it is sent.

use serde_json::{Value, json};

use crate::guid::Guid;
use crate::records::IdpAlias;
use crate::retry::Repeat;

/// HTTP method. Atlan's identity API changes groups and users by `POST` only; credentials are deleted by `DELETE`,
/// and OAuth clients changed by `PUT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path with `{id}` in place of an object's GUID: the name by which requests are counted.
    pub(crate) template: &'static str,
    /// Below `/api/service/`, of characters that need no encoding.
    pub(crate) path: String,
    /// Not yet encoded.
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) repeat: Repeat,
    /// How many times `request_timeout` one attempt may take.
    pub(crate) patience: u32,
    /// Whether it carries our bearer token; only the request for a token doesn't.
    pub(crate) authenticated: bool,
}

impl Request {
    pub(crate) fn get(template: &'static str) -> Self {
        Self {
            method: Method::Get,
            template,
            path: template.to_owned(),
            query: Vec::new(),
            body: None,
            repeat: Repeat::Safe,
            patience: 1,
            authenticated: true,
        }
    }

    /// A write that sets an absolute state: sending it twice is the same as once.
    pub(crate) fn set(template: &'static str, body: Option<Value>) -> Self {
        Self { method: Method::Post, body, ..Self::get(template) }
    }

    /// As [`Request::set`], where the API has `PUT` for it.
    pub(crate) fn put(template: &'static str, body: Value) -> Self {
        Self { method: Method::Put, ..Self::set(template, Some(body)) }
    }

    /// A delete, which may be repeated: GUIDs are never reused.
    pub(crate) fn delete(template: &'static str) -> Self {
        Self { method: Method::Delete, ..Self::get(template) }
    }

    /// The same request, which may take so many times `request_timeout`.
    pub(crate) fn patient(self, patience: u32) -> Self {
        Self { patience, ..self }
    }

    /// A write that must not be repeated blindly.
    pub(crate) fn create(template: &'static str, body: Value) -> Self {
        Self { method: Method::Post, body: Some(body), repeat: Repeat::Never, ..Self::get(template) }
    }

    /// The same request about one object: its GUID takes the place of `{id}`.
    pub(crate) fn about(self, id: &Guid) -> Self {
        Self { path: self.path.replace("{id}", id.as_str()), ..self }
    }

    /// The same request to one identity provider: its alias takes the place of `{alias}`.
    pub(crate) fn at(self, idp: &IdpAlias) -> Self {
        Self { path: self.path.replace("{alias}", idp.as_str()), ..self }
    }

    /// A write that is right only while the record is as it was at the last look-up: each attempt follows a look-up.
    pub(crate) fn judged(template: &'static str, body: Option<Value>) -> Self {
        Self { repeat: Repeat::Never, ..Self::set(template, body) }
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

    /// Longest list of values in one filter, in bytes once encoded: the whole URL stays below 4 kB.
    const LONGEST: usize = 3000;

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

    /// Whether one of several conditions holds.
    pub(crate) fn any(conditions: Vec<Value>) -> Value {
        json!({ "$or": conditions })
    }

    /// Bytes of a condition around its value, once encoded: `{"email":{"$ilike":"%…%"}}`.
    pub(crate) const CONDITION: usize = 64;

    /// Splits values into parts whose filter fits into a URL; a part has at least one value. `around`: bytes that each value
    /// needs besides itself, once encoded.
    pub(crate) fn parts<T>(values: &[T], around: usize, text: impl Fn(&T) -> &str) -> Vec<&[T]> {
        let mut parts = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (index, value) in values.iter().enumerate() {
            let json = Value::from(text(value)).to_string();
            let comma = 3;
            let encoded: usize = url::form_urlencoded::byte_serialize(json.as_bytes()).map(str::len).sum();
            let needed = encoded + comma + around;
            if bytes + needed > LONGEST && index > start {
                parts.push(&values[start..index]);
                (start, bytes) = (index, 0);
            }
            bytes += needed;
        }
        if start < values.len() {
            parts.push(&values[start..]);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn filters_fit_into_a_url_and_lose_nobody() {
        let plain = |number: usize| format!("person-{number}@example.com");
        let quoted = |number: usize| format!("\"a\\\"b % {number}\"@example.com");
        let foreign = |number: usize| format!("žofie.č{number}@příklad.example");
        let kinds: [&dyn Fn(usize) -> String; 3] = [&plain, &quoted, &foreign];
        for kind in kinds {
            let values: Vec<String> = (0..500).map(kind).collect();
            let parts = filter::parts(&values, 0, String::as_str);
            assert_eq!(parts.concat(), values);
            for part in parts {
                let filter = filter::one_of("email", part.iter().map(String::as_str)).to_string();
                let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
                assert!(encoded.len() < 3100, "{}: {}", encoded.len(), values[0]);
            }
            let parts = filter::parts(&values, filter::CONDITION, String::as_str);
            assert_eq!(parts.concat(), values);
            for part in parts {
                let conditions = part.iter().map(|value| filter::contains("email", value)).collect();
                let filter = filter::any(conditions).to_string();
                let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
                assert!(encoded.len() < 3100, "{}: {}", encoded.len(), values[0]);
            }
        }
        assert!(filter::parts(&[], 0, String::as_str).is_empty());
        let long = ["x".repeat(5000), "y".into()];
        assert_eq!(filter::parts(&long, 0, String::as_str).len(), 2);
    }

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
