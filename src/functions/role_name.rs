//! `role_name`: a workspace role in any spelling to its name in Atlan.

use tfplug::{Args, Function, FunctionError};

use crate::provider::Atlan;
use crate::types::workspace_role;

/// Returns the name of a workspace role in Atlan: `$admin`, `$member` or `$guest`. Case, white space at the ends and the `$`
/// make no difference. Data from files often spell roles in such ways, which `role` of `atlan_user_invite` does not
/// accept.
///
/// Requires Terraform 1.8 or OpenTofu 1.7, or later. In earlier versions, spell roles in the file as `role` accepts them.
/// Before 1.11, OpenTofu configures the provider before it calls a function, so the provider needs its settings.
#[derive(Args)]
pub struct RoleNameArgs {
    /// Workspace role: `admin`, `member` or `guest`, with or without `$`, in any case.
    pub role: String,
}

/// The function.
pub struct RoleName;

impl Function for RoleName {
    const NAME: &'static str = "role_name";
    const SUMMARY: &'static str = "Name of a workspace role in Atlan";

    type Provider = Atlan;
    type Args = RoleNameArgs;
    type Output = String;

    fn call(args: RoleNameArgs) -> Result<String, FunctionError> {
        let Some(role) = workspace_role(&args.role) else {
            return Err(FunctionError::new(format!(
                "{:?} is not a workspace role. Give \"$admin\", \"$member\" or \"$guest\"; the `$` may be left out, and \
                 case makes no difference.",
                args.role
            ))
            .at(RoleNameArgs::ROLE));
        };
        Ok(role.as_str().to_owned())
    }
}
