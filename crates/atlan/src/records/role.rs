//! Roles. A person has exactly one of the three workspace roles; each has a GUID that differs from tenant to tenant.

use std::fmt;
use std::str::FromStr;

use crate::guid::Guid;

/// What a person may do in the workspace. Ordered: guest, member, admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkspaceRole {
    /// `$guest`
    Guest,
    /// `$member`
    Member,
    /// `$admin`
    Admin,
}

impl WorkspaceRole {
    /// All of them, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Member, Self::Guest];

    /// The name on the wire: `$admin`, `$member`, `$guest`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "$guest",
            Self::Member => "$member",
            Self::Admin => "$admin",
        }
    }
}

impl fmt::Display for WorkspaceRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no workspace role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a workspace role is one of $admin, $member, $guest")]
pub struct InvalidRole;

impl FromStr for WorkspaceRole {
    type Err = InvalidRole;

    /// Accepts the name on the wire, with or without its `$`.
    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        let bare = text.strip_prefix('$').unwrap_or(text);
        Self::ALL.into_iter().find(|role| &role.as_str()[1..] == bare).ok_or(InvalidRole)
    }
}

/// A role of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Role {
    /// GUID, different in each tenant.
    pub id: Guid,
    /// Name on the wire, `$admin` for example.
    pub name: String,
    /// Label in Atlan's own pages, `Admin` for example.
    pub description: Option<String>,
    /// What the role applies to: `workspace`, `admin-subrole` and others.
    pub level: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names_are_read_with_and_without_dollar() {
        for role in WorkspaceRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(role.as_str()[1..].parse(), Ok(role));
        }
        for text in ["", "$", "Admin", "$$admin", "owner"] {
            assert_eq!(text.parse::<WorkspaceRole>(), Err(InvalidRole), "{text}");
        }
        assert!(WorkspaceRole::Admin > WorkspaceRole::Member && WorkspaceRole::Member > WorkspaceRole::Guest);
    }
}
