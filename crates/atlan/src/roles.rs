//! Roles. A person has exactly one of the three workspace roles; each has a GUID that differs from tenant to tenant.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::answer::Answer;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::request::filter;

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
pub struct Role {
    /// GUID, different in each tenant.
    pub id: Guid,
    /// Name on the wire, `$admin` for example.
    pub name: String,
}

#[derive(Deserialize)]
pub(crate) struct RoleWire {
    id: Option<Guid>,
    name: Option<String>,
}

impl Record for Role {
    type Wire = RoleWire;

    fn read(wire: RoleWire, _: &Answer) -> Result<Self, &'static str> {
        Ok(Self { id: wire.id.ok_or("id")?, name: wire.name.ok_or("name")? })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

impl Client {
    /// The tenant's record of a workspace role. Read once and kept for the life of the client.
    ///
    /// # Errors
    /// [`Error::RoleMissing`] when the tenant's list lacks it; failures of the request.
    pub async fn role_by_name(&self, role: WorkspaceRole) -> Result<Role> {
        let roles = self.shared.roles.get_or_try_init(|| self.workspace_roles()).await?;
        roles.iter().find(|known| known.name == role.as_str()).cloned().ok_or(Error::RoleMissing { role })
    }

    /// The role list; one that lacks a workspace role is an error and not kept, so that the next call reads again.
    async fn workspace_roles(&self) -> Result<Vec<Role>> {
        let list = List::of("roles").filter(&filter::starts_with("name", "$"));
        let roles: Vec<Role> = self.list(&list).await?;
        match WorkspaceRole::ALL
            .into_iter()
            .find(|role| roles.iter().all(|known| known.name != role.as_str()))
        {
            None => Ok(roles),
            Some(role) => Err(Error::RoleMissing { role }),
        }
    }
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
