//! `atlan_disable_user`.

use std::collections::BTreeSet;

use tfplug::{Action, ActionCx, Args, Duration, Result};

use super::{enabled, ten_minutes};
use crate::provider::{Atlan, not_zero};
use crate::types::Person;

/// Disables people: they can no longer log in, and keep their role, their groups and what they own. People who are
/// disabled already stay disabled. `atlan_enable_user` enables them again.
///
/// The action looks up and checks all people before the first change. It disables nobody if one of them has not
/// accepted the invitation or is managed by SCIM. Unless `allow_self_lockout = true` is set in the provider block, it
/// also disables nobody if one of them is the identity that runs Terraform or the person who created its API token,
/// or if no enabled admin would remain. If Atlan refuses one person, the action goes on with the others and ends with
/// an error that lists the people who failed.
///
/// Atlan's list of people may show a change late. If a person was enabled outside this run a moment ago and the list still
/// shows them as disabled, the action sends nothing for them and says that the list shows them as disabled.
///
/// API tokens may not disable people: use an admin's own token as `api_key`. If a resource manages the person, its
/// `status` becomes `disabled` with the next refresh. Its plan stays empty, with a warning.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, disable people on the page Users of Atlan's admin center.
#[derive(Args)]
pub struct DisableUserArgs {
    /// GUIDs or email addresses of the people to disable.
    pub users: BTreeSet<Person>,
    /// How long the action may take, such as `30s` or `10m`. If a request is under way then, the action waits for its answer, up to
    /// `request_timeout`.
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
