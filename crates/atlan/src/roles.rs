//! Roles of the tenant: the GUIDs of the three workspace roles.

use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::answer::Answer;
use crate::api::Api;
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

/// Path of the list.
const ROLES: &str = "roles";

/// The roles of a tenant. Read once and kept.
#[derive(Debug, Default)]
pub(crate) struct Roles(OnceCell<Vec<Role>>);

impl Roles {
    /// The tenant's record of a workspace role.
    pub(crate) async fn by_name(&self, api: &Api, role: WorkspaceRole) -> Result<Role> {
        let roles = api.once(&self.0, ROLES, || workspace_roles(api)).await?;
        roles.iter().find(|known| known.name == role.as_str()).cloned().ok_or(Error::RoleMissing { role })
    }
}

/// The role list; one that lacks a workspace role is an error and not kept, so that the next call reads again.
async fn workspace_roles(api: &Api) -> Result<Vec<Role>> {
    let list = List::of(ROLES).filter(&filter::starts_with("name", "$"));
    let roles: Vec<Role> = api.list(&list).await?;
    let missing =
        WorkspaceRole::ALL.into_iter().find(|role| roles.iter().all(|known| known.name != role.as_str()));
    match missing {
        None => Ok(roles),
        Some(role) => Err(Error::RoleMissing { role }),
    }
}
