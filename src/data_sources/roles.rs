//! `atlan_roles`: the roles of a tenant by name.

use std::collections::BTreeMap;

use tfplug::schema::not_blank;
use tfplug::{Args, Attempting as _, CallCx, Computed, DataSource, Result};

use crate::provider::Atlan;
use crate::types::Guid;

/// Roles of the tenant. Without `level`, these are the roles that a person or an OAuth client can have: those of the
/// levels `workspace` and `admin-subrole`.
///
/// The provider's credential must be allowed to read roles. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(timeouts(read = "5m"))]
pub struct RolesArgs {
    /// Level of the roles, such as `workspace` or `admin-subrole`, compared exactly.
    #[attr(check = not_blank())]
    pub level: Option<String>,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = RolesArgs)]
pub struct RolesComputed {
    /// The roles by name.
    pub roles: BTreeMap<String, ListedRole>,
}

/// A role.
#[derive(Computed)]
#[computed(data)]
pub struct ListedRole {
    /// GUID of the role.
    pub id: Guid,
    /// Name shown in Atlan.
    pub description: Option<String>,
    /// Level of the role.
    pub level: Option<String>,
}

/// The data source.
pub struct Roles;

impl DataSource for Roles {
    const NAME: &'static str = "roles";

    type Provider = Atlan;
    type Args = RolesArgs;
    type Computed = RolesComputed;

    async fn read(cx: &CallCx<'_, Atlan>, args: &RolesArgs) -> Result<RolesComputed> {
        let roles = cx.client.roles(args.level.as_deref()).await.attempting(|| "read roles".to_owned())?;
        let listed = roles.into_iter().map(|role| {
            let listed = ListedRole { id: role.id.into(), description: role.description, level: role.level };
            (role.name, listed)
        });
        Ok(RolesComputed { roles: listed.collect() })
    }
}
