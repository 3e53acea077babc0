//! The identifier Atlan gives to every group, user and role.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A GUID as Atlan writes it, normally a UUID. It holds ASCII letters, digits, `-` and `_` only, so that it can stand
/// in a path as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Guid(String);

/// Longest GUID, in bytes.
const LONGEST: usize = 128;

/// A text that can't be a GUID.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a GUID consists of letters, digits, `-` and `_`, at most 128 of them")]
pub struct InvalidGuid;

impl Guid {
    /// A text that was a GUID before.
    pub(crate) fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// An identifier that is no GUID of Atlan's, made of the letters, digits, `-` and `_` in a text.
    pub fn made_of(text: &str) -> Self {
        let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
        Self(text.chars().filter(fits).take(LONGEST).collect())
    }

    /// The GUID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the shape of a UUID, as every GUID seen so far had: tells a GUID from a name.
    pub fn is_uuid(&self) -> bool {
        self.0.len() == 36 && uuid::Uuid::try_parse(&self.0).is_ok()
    }
}

impl TryFrom<String> for Guid {
    type Error = InvalidGuid;

    fn try_from(text: String) -> Result<Self, InvalidGuid> {
        let fits = !text.is_empty()
            && text.len() <= LONGEST
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if fits { Ok(Self(text)) } else { Err(InvalidGuid) }
    }
}

impl FromStr for Guid {
    type Err = InvalidGuid;

    fn from_str(text: &str) -> Result<Self, InvalidGuid> {
        Self::try_from(text.to_owned())
    }
}

impl From<Guid> for String {
    fn from(guid: Guid) -> Self {
        guid.0
    }
}

impl AsRef<str> for Guid {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_never_changes_the_path_it_stands_in() {
        for text in ["", "..", "a/b", "a?b", "a%2fb", "ä", "a b", &"x".repeat(129)] {
            assert_eq!(text.parse::<Guid>(), Err(InvalidGuid), "{text}");
        }
        let guid: Guid = "e79cb8eb-2bb6-4821-914c-f8dfd21fedc7".parse().expect("a UUID");
        assert!(guid.is_uuid());
        assert!(!"data_stewards".parse::<Guid>().expect("letters").is_uuid());
    }
}
