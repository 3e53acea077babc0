//! Managed resources, one file each.

mod api_token;
mod group;
mod group_member;
mod group_members;
mod oauth_client;
mod renamed;
mod sso_group_mapping;
mod user_invite;
mod user_invites;
mod user_role;

pub use api_token::ApiToken;
pub(crate) use api_token::state as api_token_state;
pub use group::Group;
use group::group_named;
pub(crate) use group::state as group_state;
pub(crate) use group_member::state as group_member_state;
pub use group_member::{ByPair, GroupMember};
pub(crate) use group_members::state as group_members_state;
pub use group_members::{ByGroup, GroupMembers};
pub use oauth_client::OauthClient;
pub(crate) use oauth_client::state as oauth_client_state;
pub(crate) use sso_group_mapping::state as sso_group_mapping_state;
pub use sso_group_mapping::{MappingId, SsoGroupMapping};
pub use user_invite::UserInvite;
pub(crate) use user_invite::computed as user_invite_computed;
pub(crate) use user_invite::{OnDestroy, UserInviteArgs};
pub use user_invites::UserInvites;
pub use user_role::UserRole;
pub(crate) use user_role::state as user_role_state;

use tfplug::{
    Attempting as _, Attr, Cx, Dynamic, Error, Identity, PlanCx, Private, PrivateKey, Resource, Result,
};

use crate::provider::{Atlan, Client};
use crate::types::Guid;

/// Identity of an object with a GUID, which never changes.
#[derive(Clone, Debug, Identity)]
pub struct ById {
    /// GUID of the object.
    pub id: Guid,
}

impl ById {
    /// The GUID to read by. `imported`: nothing has been read yet, so somebody may have written it in upper case.
    fn read_by(&self, imported: bool) -> Guid {
        Guid::of_import(self.id.as_str()).filter(|_| imported).unwrap_or_else(|| self.id.clone())
    }
}

/// The person whom the text of an import names, by GUID or by email address.
async fn person_named(client: &Client, text: &str) -> Result<ById> {
    if let Some(id) = Guid::of_import(text) {
        return Ok(ById { id });
    }
    match client.user_by_email(text).await.attempting(|| format!("import {text:?}"))? {
        Some(user) => Ok(ById { id: user.id.into() }),
        None => Err(nobody(client, text, "nobody with this email address")),
    }
}

/// An import found nobody. `whom` completes "The tenant has …".
fn nobody(client: &Client, text: &str, whom: &str) -> Error {
    Error::new(
        format!("Could not import {text:?}"),
        format!(
            "The tenant {} has {whom}. Use the GUID or the email address of a person who was invited or is a member \
             of the tenant.",
            client.tenant()
        ),
    )
}

/// A read found out that a newer object of the state stands for the same, so a destroy of this one changes nothing. (If the object left the
/// state instead, Terraform 1.11 and 1.15 would crash in the apply wherever the resource has a precondition or a postcondition.)
const REPLACED: PrivateKey<bool> = PrivateKey::new("replaced");

/// Looks, once an object was read, whether a newer one stands for the same.
fn see_whether_replaced<R>(cx: &Cx<'_, R>, resource: &'static str, id: &str)
where
    R: Resource<Provider = Atlan>,
{
    match cx.client.run().is_replaced(resource, cx.private, id) {
        true => cx.private.set(&REPLACED, &true),
        false => cx.private.remove(&REPLACED),
    }
}

/// Whether a destroy of the object changes nothing.
fn is_replaced(private: &Private) -> bool {
    private.get(&REPLACED) == Some(true)
}

/// The same in the plan of the destroy, with a warning. `what`: as a sentence names it. `more` ends the warning.
fn spares<R>(cx: &PlanCx<'_, R>, what: &str, more: &str) -> bool
where
    R: Resource<Provider = Atlan>,
{
    let is_replaced = is_replaced(cx.private);
    if is_replaced {
        cx.warning(
            format!("Another object of the state manages {what}"),
            format!(
                "The state has two objects for {what}, as after an apply that ended between the halves of a replacement under \
                 `create_before_destroy`. The destroy of the older one, a deposed object in that case, changes nothing in Atlan.{more}"
            ),
        );
    }
    is_replaced
}

/// A read has waited in vain for what a create made, so the object leaves the state.
pub(crate) fn never_shown<R>(cx: &Cx<'_, R>, what: &str)
where
    R: Resource<Provider = Atlan>,
{
    cx.warning(
        format!("The {what} does not appear in Atlan"),
        format!(
            "Atlan accepted the {what}, and its list does not show it. So it counts as gone, and the plan creates another one. If the first \
             one appears later, there are two, and only the second one is in the state. To be sure, run `terraform plan` again in a few \
             minutes before you apply."
        ),
    );
}

/// A value that a state of another type has.
fn stored<T: Attr>(text: &str) -> Result<T> {
    T::from_dynamic(&Dynamic::String(text.to_owned()))
        .map_err(|problem| Error::new("The state of the other resource is unreadable", problem.to_string()))
}
