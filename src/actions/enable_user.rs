//! `atlan_enable_user`.

use std::collections::BTreeSet;

use tfplug::{Action, ActionCx, Args, Duration, Result};

use super::{enabled, ten_minutes};
use crate::provider::{Atlan, not_zero};
use crate::types::Person;

/// Enables people who are disabled, so that they can log in again. People who are enabled already stay enabled.
///
/// The action looks up and checks all people before the first change. It enables nobody if one of them has not
/// accepted the invitation or is managed by SCIM. If Atlan refuses one person, the action goes on with the others and
/// ends with an error that lists the people who failed.
///
/// Atlan's list of people may show a change late. If a person was disabled outside this run a moment ago and the list still
/// shows them as enabled, the action sends nothing for them and says that the list shows them as enabled.
///
/// API tokens may not enable people: use an admin's own token as `api_key`. If a resource manages the person, its
/// `status` becomes `active` with the next refresh, and its plan stays empty.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, enable people on the page Users of Atlan's admin center.
#[derive(Args)]
pub struct EnableUserArgs {
    /// GUIDs or email addresses of the people to enable.
    pub users: BTreeSet<Person>,
    /// How long the action may take, such as `30s` or `10m`. If a request is under way then, the action waits for its answer, up to
    /// `request_timeout`.
    #[attr(default = ten_minutes(), check = not_zero())]
    pub timeout: Duration,
}

/// The action.
pub struct EnableUser;

impl Action for EnableUser {
    const NAME: &'static str = "enable_user";

    type Provider = Atlan;
    type Args = EnableUserArgs;

    async fn invoke(cx: &ActionCx<'_, Atlan>, args: &EnableUserArgs) -> Result<()> {
        enabled::set(cx, &args.users, &args.timeout, true, EnableUserArgs::USERS.into()).await
    }
}
