//! `atlan_disable_user`.

use std::collections::BTreeSet;

use tfplug::{Action, ActionCx, Args, Duration, Result};

use super::{enabled, ten_minutes};
use crate::provider::{Atlan, not_zero};
use crate::types::Person;

/// Disables people: they can no longer log in, and keep their role, their groups and what they own. Somebody who is disabled already
/// stays so. `atlan_enable_user` takes it back.
///
/// Everybody is looked up and checked before the first change. It is refused for somebody who has not accepted the invitation, and for
/// people whom SCIM manages. Nobody is disabled if one of them is the identity that runs Terraform, the maker of its API token, or if
/// no enabled admin would remain, unless `allow_self_lockout = true` is set in the provider block. A failed person does not stop
/// the others; the action then ends in an error that lists those who failed.
///
/// API tokens may not disable people: use an admin's own token as `api_key`. A resource that manages the person keeps its state:
/// `status` becomes `disabled` with the next refresh, and nothing is planned because of it.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, disable people on the page Users of Atlan's admin center.
#[derive(Args)]
pub struct DisableUserArgs {
    /// GUIDs or email addresses of the people to disable.
    pub users: BTreeSet<Person>,
    /// How long the action may take, such as `30s` or `10m`.
    #[attr(default = ten_minutes(), check = not_zero())]
    pub timeout: Duration,
}

/// The action.
pub struct DisableUser;

impl Action for DisableUser {
    const NAME: &'static str = "disable_user";

    type Provider = Atlan;
    type Args = DisableUserArgs;

    async fn invoke(cx: &ActionCx<'_, Atlan>, args: &DisableUserArgs) -> Result<()> {
        enabled::set(cx, &args.users, &args.timeout, false, DisableUserArgs::USERS.into()).await
    }
}
