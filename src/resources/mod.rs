//! Managed resources, one file each.

mod group;
mod user_invite;

pub use group::Group;
pub use user_invite::UserInvite;

use tfplug::Identity;

use crate::types::Guid;

/// Identity of a group or a person, which never changes.
#[derive(Clone, Debug, Identity)]
pub struct ById {
    /// GUID that Atlan assigned.
    pub id: Guid,
}
