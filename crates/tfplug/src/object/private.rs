//! Private state: what a provider remembers about an object without showing it.
//!
//! Terraform stores the bytes in the state, unencrypted, and passes them along from read to plan to apply; each answer
//! replaces them. The layout is that of Go's framework (`hashicorp/terraform-plugin-framework:internal/privatestate`):
//! a JSON object of base64 texts, each of them JSON, so that a provider can change frameworks. Keys that begin with a dot
//! belong to the framework.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Names a private value of type `T`.
pub struct PrivateKey<T>(&'static str, PhantomData<fn() -> T>);

impl<T> PrivateKey<T> {
    /// A key of that name, unique among the object's keys.
    pub const fn new(name: &'static str) -> Self {
        PrivateKey(name, PhantomData)
    }
}

/// The private values of one object during one call.
#[derive(Debug, Default)]
pub struct Private(Mutex<BTreeMap<String, serde_json::Value>>);

impl Private {
    /// The value of that key, unless it is missing or of another type.
    pub fn get<T: DeserializeOwned>(&self, key: &PrivateKey<T>) -> Option<T> {
        let value = self.entries().get(key.0).cloned()?;
        serde_json::from_value(value).ok()
    }

    /// Remembers a value. Null, and what cannot be written as JSON, is the same as [`Private::remove`].
    pub fn set<T: Serialize>(&self, key: &PrivateKey<T>, value: &T) {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::Null) | Err(_) => self.entries().remove(key.0),
            Ok(value) => self.entries().insert(key.0.to_owned(), value),
        };
    }

    /// Forgets a value.
    pub fn remove<T>(&self, key: &PrivateKey<T>) {
        self.entries().remove(key.0);
    }

    /// Reads what Terraform stored. Bytes of another layout, from another framework, are dropped.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let stored: BTreeMap<String, String> = serde_json::from_slice(bytes).unwrap_or_default();
        let entries = stored.into_iter().filter_map(|(key, text)| {
            let json = STANDARD.decode(text).ok()?;
            Some((key, serde_json::from_slice(&json).ok()?))
        });
        Private(Mutex::new(entries.collect()))
    }

    /// What Terraform is to store; nothing when there are no values.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let entries = self.entries();
        if entries.is_empty() {
            return Vec::new();
        }
        let stored: BTreeMap<&str, String> =
            entries.iter().map(|(key, value)| (key.as_str(), STANDARD.encode(value.to_string()))).collect();
        serde_json::to_vec(&stored).unwrap_or_default()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, serde_json::Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: PrivateKey<u32> = PrivateKey::new("mark");

    #[test]
    fn values_survive_storage() {
        let private = Private::default();
        private.set(&MARK, &7);
        let bytes = private.encode();
        assert_eq!(bytes, br#"{"mark":"Nw=="}"#);
        let again = Private::decode(&bytes);
        assert_eq!(again.get(&MARK), Some(7));
        again.remove(&MARK);
        assert!(again.encode().is_empty());
    }

    #[test]
    fn null_is_forgotten() {
        const PERHAPS: PrivateKey<Option<u32>> = PrivateKey::new("mark");
        let private = Private::decode(br#"{"mark":"Nw=="}"#);
        assert_eq!(private.get(&PERHAPS), Some(Some(7)));
        private.set(&PERHAPS, &None);
        assert!(private.encode().is_empty());
    }

    #[test]
    fn values_that_go_has_stored_are_read_and_written_alike() {
        // As terraform-plugin-framework writes it: framework keys and provider keys in one object.
        let stored = br#"{".import_before_read":"dHJ1ZQ==","mark":"Nw==","other":"eyJhIjpbMV19"}"#;
        let private = Private::decode(stored);
        assert_eq!(private.get(&MARK), Some(7));
        assert_eq!(private.encode(), stored);
    }

    #[test]
    fn other_layouts_are_dropped() {
        for bytes in [&b""[..], b"junk", br#"{"schema_version":"1"}"#, br#"{"a":1}"#] {
            assert!(Private::decode(bytes).encode().is_empty());
        }
    }
}
