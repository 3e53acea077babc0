//! Roles of the tenant: the GUIDs of the three workspace roles, and the roles that data sources show.
//!
//! A tenant has a role for each persona and connection, so no list is read without a filter. A list is read once and kept,
//! because roles rarely change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::api::Api;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::once::Once;
use crate::records::{Role, WorkspaceRole};
use crate::request::filter;

#[derive(Deserialize)]
pub(crate) struct RoleWire {
    id: Option<Guid>,
    name: Option<String>,
    description: Option<String>,
    level: Option<String>,
}

impl Record for Role {
    type Wire = RoleWire;

    fn read(wire: RoleWire, _: &Answer) -> Result<Self, &'static str> {
        Ok(Self {
            id: wire.id.ok_or("id")?,
            name: wire.name.ok_or("name")?,
            description: wire.description,
            level: wire.level,
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// Path of the list.
const ROLES: &str = "roles";

/// Levels of the roles that a person or an OAuth client can have. The SDKs filter by the same two.
const ASSIGNABLE: [&str; 2] = ["workspace", "admin-subrole"];

/// A list that several calls may wait for.
type Kept = Arc<Once<Vec<Role>>>;

/// The roles of a tenant. Read once and kept.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    /// Roles whose name begins with `$`, the workspace roles among them.
    own: Once<Vec<Role>>,
    /// Other lists, by their filter.
    others: Mutex<BTreeMap<String, Kept>>,
}

impl Roles {
    /// The tenant's record of a workspace role.
    pub(crate) async fn by_name(&self, api: &Api, role: WorkspaceRole) -> Result<Role> {
        let roles = api.once(&self.own, ROLES, || workspace_roles(api)).await?;
        roles.iter().find(|known| known.name == role.as_str()).cloned().ok_or(Error::RoleMissing { role })
    }

    /// The role with this name, compared exactly.
    pub(crate) async fn named(&self, api: &Api, name: &str) -> Result<Option<Role>> {
        let is_it = |role: &&Role| role.name == name;
        if name.starts_with('$') {
            let roles = api.once(&self.own, ROLES, || workspace_roles(api)).await?;
            return Ok(roles.iter().find(is_it).cloned());
        }
        Ok(self.list(api, &filter::equals("name", name)).await?.iter().find(is_it).cloned())
    }

    /// The roles of one level; without a level, those that a person or an OAuth client can have.
    pub(crate) async fn of_level(&self, api: &Api, level: Option<&str>) -> Result<Vec<Role>> {
        let mut roles = match level {
            Some(level) => self.list(api, &filter::equals("level", level)).await?,
            None => self.assignable(api).await?,
        };
        // A server may ignore a filter.
        roles.retain(|role| match (level, role.level.as_deref()) {
            (Some(level), found) => found == Some(level),
            (None, found) => found.is_some_and(|found| ASSIGNABLE.contains(&found)),
        });
        Ok(roles)
    }

    /// The roles of both levels. A server that does not know `$or` refuses the filter, or finds too little by it. Then each level is
    /// read by itself.
    async fn assignable(&self, api: &Api) -> Result<Vec<Role>> {
        let of_level = |level: &&str| filter::equals("level", level);
        match self.list(api, &filter::any(ASSIGNABLE.iter().map(of_level).collect())).await {
            Ok(roles) if is_whole(&roles) => return Ok(roles),
            Ok(_) => {}
            Err(error) if error.status() == Some(400) => {}
            Err(error) => return Err(error),
        }
        let mut roles = Vec::new();
        for level in &ASSIGNABLE {
            let listed = self.list(api, &of_level(level)).await?;
            roles.extend(listed.into_iter().filter(|role| role.level.as_deref() == Some(*level)));
        }
        Ok(roles)
    }

    async fn list(&self, api: &Api, filter: &Value) -> Result<Vec<Role>> {
        let kept = {
            let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(others.entry(filter.to_string()).or_default())
        };
        let list = List::of(ROLES).filter(filter);
        Ok(api.once(&kept, ROLES, || api.list(&list)).await?.clone())
    }
}

/// Whether a list has a role of each level, and each workspace role.
fn is_whole(roles: &[Role]) -> bool {
    let has = |level: &&str| roles.iter().any(|role| role.level.as_deref() == Some(*level));
    let is_there = |role: &WorkspaceRole| roles.iter().any(|known| known.name == role.as_str());
    ASSIGNABLE.iter().all(has) && WorkspaceRole::ALL.iter().all(is_there)
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
