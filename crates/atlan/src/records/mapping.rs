//! SSO group mappings: a value in the claim of an identity provider, and the Atlan group that people with this value join.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::guid::Guid;

/// What stands between the GUID of the group and the time in the name of a mapping.
const SEPARATOR: &str = "--";

/// Alias of an identity provider: ASCII letters, digits, `-` and `_` only, so that it can stand in a path as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdpAlias(String);

/// A text that can't be the alias of an identity provider.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the alias of an identity provider consists of letters, digits, `-` and `_`, at most 128 of them")]
pub struct InvalidIdpAlias;

impl IdpAlias {
    /// The alias as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdpAlias {
    type Err = InvalidIdpAlias;

    fn from_str(text: &str) -> Result<Self, InvalidIdpAlias> {
        // The rule of GUIDs, for the same reason.
        Guid::from_str(text).map(|text| Self(text.into())).map_err(|_| InvalidIdpAlias)
    }
}

impl fmt::Display for IdpAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mapping as Atlan has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SsoGroupMapping {
    /// Atlan's id of the mapper.
    pub id: Guid,
    /// The identity provider.
    pub idp_alias: IdpAlias,
    /// Normally the GUID of the group, `--`, and the milliseconds since 1970 of its creation.
    pub name: String,
    /// Internal name of the group. Empty: the record names none.
    pub group_name: String,
    /// The value in the claim.
    pub sso_group: String,
    /// The claim that lists the groups of a person.
    pub attribute_name: String,
    /// Whether `sso_group` is a regular expression.
    pub is_regex: bool,
    /// The record, sent back in updates so that other fields survive.
    pub(crate) record: Map<String, Value>,
}

impl SsoGroupMapping {
    /// The GUID of the group, as far as the name tells.
    pub fn group_id(&self) -> Option<Guid> {
        let (id, _) = self.name.split_once(SEPARATOR)?;
        id.parse::<Guid>().ok().filter(Guid::is_uuid)
    }
}

/// The name of a new mapping.
pub(crate) fn name(group_id: &Guid, milliseconds: i64) -> String {
    format!("{group_id}{SEPARATOR}{milliseconds}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_never_changes_the_path_it_stands_in() {
        for text in ["", "..", "a/b", "a?b", "a b", "ökta"] {
            assert_eq!(text.parse::<IdpAlias>(), Err(InvalidIdpAlias), "{text}");
        }
        assert_eq!("okta-2_b".parse::<IdpAlias>().expect("an alias").as_str(), "okta-2_b");
    }
}
