//! Managed resources, one file each.

mod api_token;
mod group;
mod group_member;
mod oauth_client;
mod sso_group_mapping;
mod user_invite;

pub use api_token::ApiToken;
pub(crate) use api_token::state as api_token_state;
pub use group::Group;
use group::group_named;
pub(crate) use group::state as group_state;
pub use group_member::GroupMember;
pub use oauth_client::OauthClient;
pub(crate) use oauth_client::state as oauth_client_state;
pub(crate) use sso_group_mapping::state as sso_group_mapping_state;
pub use sso_group_mapping::{MappingId, SsoGroupMapping};
pub use user_invite::UserInvite;
pub(crate) use user_invite::computed as user_invite_computed;
pub(crate) use user_invite::{OnDestroy, UserInviteArgs};

use tfplug::Identity;

use crate::types::Guid;

/// Identity of a group or a person, which never changes.
#[derive(Clone, Debug, Identity)]
pub struct ById {
    /// GUID that Atlan assigned.
    pub id: Guid,
}

impl ById {
    /// The GUID to read by. `imported`: nothing has been read yet, so somebody may have written it in upper case.
    fn read_by(&self, imported: bool) -> Guid {
        Guid::of_import(self.id.as_str()).filter(|_| imported).unwrap_or_else(|| self.id.clone())
    }
}
