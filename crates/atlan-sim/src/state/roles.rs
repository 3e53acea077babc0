//! Roles: the three workspace roles, of which every person has exactly one, and a few that appear in lists only.

use crate::state::{Cell, Key, Row, Tenant};

/// What a person may do in the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum WorkspaceRole {
    Admin,
    Member,
    Guest,
}

impl WorkspaceRole {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Admin => "$admin",
            Self::Member => "$member",
            Self::Guest => "$guest",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        [Self::Admin, Self::Member, Self::Guest].into_iter().find(|role| role.name() == name)
    }
}

/// A role record.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) level: &'static str,
}

impl Row for Role {
    const FIELDS: &'static [&'static str] = &["id", "name", "description", "level"];
    const INDEXED: &'static [&'static str] = &["id", "name"];

    fn cell(&self, field: &str) -> Cell<'_> {
        match field {
            "id" => Cell::Text(&self.id),
            "name" => Cell::Text(self.name),
            "description" => Cell::Text(self.description),
            "level" => Cell::Text(self.level),
            _ => Cell::Null,
        }
    }
}

impl Tenant {
    pub(crate) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.find("name", name).map(|(_, role)| role).find(|role| role.name == name)
    }

    /// The workspace role with this GUID.
    pub(crate) fn workspace_role(&self, id: &str) -> Option<WorkspaceRole> {
        self.roles.by_id(id).and_then(|(_, role)| WorkspaceRole::of(role.name))
    }

    /// How many people have a role: the admins, members and guests of the workspace.
    pub(crate) fn holders(&self, role: &Role) -> usize {
        let Some(role) = WorkspaceRole::of(role.name) else { return 0 };
        self.users.iter().filter(|(_, user)| user.role == role).count()
    }

    /// Whether this person is the only one who can administer the workspace.
    pub(crate) fn is_last_admin(&self, key: Key) -> bool {
        let administers = |key: Key| self.users.get(key).is_some_and(|user| user.is_admin());
        administers(key) && !self.users.iter().any(|(other, _)| other != key && administers(other))
    }
}
