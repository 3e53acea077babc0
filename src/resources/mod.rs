//! Managed resources, one file each.

mod group;
mod user_invite;

pub use group::Group;
pub use user_invite::UserInvite;

use tfplug::Identity;

use crate::types::Guid;

/// What names a group or a person for all their life.
#[derive(Clone, Debug, Identity)]
pub struct ById {
    /// GUID that Atlan gave.
    pub id: Guid,
}
