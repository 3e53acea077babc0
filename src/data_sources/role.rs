//! `atlan_role`: one role by its name, for its GUID.

use tfplug::schema::not_blank;
use tfplug::{Args, Attempting as _, CallCx, Computed, DataSource, Error, Result};

use crate::explain::Blame as _;
use crate::near::similar;
use crate::provider::Atlan;
use crate::types::{Guid, workspace_role};

/// A role of the tenant. Its GUID differs from tenant to tenant.
///
/// The provider's credential must be allowed to read roles. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(timeouts(read = "2m"))]
pub struct RoleArgs {
    /// Name of the role: `$admin`, `$member` or `$guest`, for which case and the `$` make no difference; or the exact
    /// name of another role, such as `$admin_connections`. The data source `atlan_roles` lists names.
    #[attr(check = not_blank())]
    pub name: String,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = RoleArgs)]
pub struct RoleComputed {
    /// GUID of the role.
    pub id: Guid,
    /// Name shown in Atlan.
    pub description: Option<String>,
    /// Level of the role, such as `workspace` or `admin-subrole`.
    pub level: Option<String>,
}

/// The data source.
pub struct Role;

impl DataSource for Role {
    const NAME: &'static str = "role";

    type Provider = Atlan;
    type Args = RoleArgs;
    type Computed = RoleComputed;

    async fn read(cx: &CallCx<'_, Atlan>, args: &RoleArgs) -> Result<RoleComputed> {
        let asked = || format!("read role {:?}", args.name);
        let role = match workspace_role(&args.name) {
            Some(role) => Some(cx.client.role_by_name(role).await.blame(RoleArgs::NAME).attempting(asked)?),
            None => cx.client.role_named(&args.name).await.attempting(asked)?,
        };
        let Some(role) = role else {
            let others = cx.client.roles(None).await.attempting(asked)?;
            let names: Vec<&str> = others.iter().map(|role| role.name.as_str()).collect();
            return Err(Error::new(
                format!("Could not {}", asked()),
                format!(
                    "The tenant {} has no role with this name.{} Names of roles are compared exactly, except for \
                     $admin, $member and $guest. The data source `atlan_roles` lists them.",
                    cx.client.tenant(),
                    similar(&args.name, names)
                ),
            )
            .at(RoleArgs::NAME));
        };
        Ok(RoleComputed { id: role.id.into(), description: role.description, level: role.level })
    }
}
