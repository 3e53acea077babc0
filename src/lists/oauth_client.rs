//! Lists `atlan_oauth_client`, without the secrets, which Atlan shows only once.

use tfplug::schema::not_blank;
use tfplug::{Args, Attempting as _, CallCx, List, ListSink, Result};

use super::is_made_by;
use crate::provider::Atlan;
use crate::resources::{ById, OauthClient, oauth_client_state};

/// OAuth clients of the tenant, in the order of their creation. Without arguments, the list has all clients;
/// with several arguments, the clients that match all of them. Atlan does not show their secrets, so an import leaves
/// `client_secret` null.
///
/// The provider's credential must be allowed to read OAuth clients. An API token may do so; an OAuth client may if its
/// role allows it.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, write an `import` block for each client.
#[derive(Args)]
#[args(timeouts(read = "30m"))]
pub struct OauthClientFilter {
    /// Start of the name shown in Atlan.
    #[attr(check = not_blank())]
    pub name_prefix: Option<String>,
    /// User name of the client's maker. Case makes no difference.
    #[attr(check = not_blank())]
    pub created_by: Option<String>,
}

impl List for OauthClient {
    type Filter = OauthClientFilter;

    async fn list(cx: &CallCx<'_, Atlan>, filter: &OauthClientFilter, sink: &ListSink<Self>) -> Result<()> {
        let asked = || "list OAuth clients".to_owned();
        let mut pages = cx.client.credential_pages::<atlan::OauthClient>();
        let fits = |client: &atlan::OauthClient| {
            filter.name_prefix.as_ref().is_none_or(|prefix| client.display_name.starts_with(prefix))
                && is_made_by(client.created_by.as_deref(), filter.created_by.as_deref())
        };
        while let Some(clients) = pages.next().await.attempting(asked)? {
            for client in clients.into_iter().filter(fits) {
                let id = ById { id: client.id.clone().into() };
                let state = oauth_client_state(&client, None);
                sink.send(client.display_name, &id, &state).await?;
            }
        }
        Ok(())
    }
}
