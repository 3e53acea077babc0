//! A value that must never be printed: API keys, client secrets, bearer tokens.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret string. `Debug` prints nothing of it, there is no `Display`, and the memory is cleared on drop.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes ownership of a secret value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value itself, for the program that has asked Atlan for a new credential and hands it on.
    pub fn reveal(&self) -> &str {
        self.expose()
    }

    /// The value itself, for the one line that puts it on the wire and for the mask that removes it from texts.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        assert_eq!(format!("{:?}", Secret::new("canary-1f3a")), "Secret");
    }
}
