//! Roles of the tenant: the GUIDs of the three workspace roles.

use serde::Deserialize;

use crate::answer::Answer;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::records::{Role, WorkspaceRole};
use crate::request::filter;

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
