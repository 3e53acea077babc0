//! Lists `atlan_api_token`, without the secrets, which Atlan shows only once.

use tfplug::schema::not_blank;
use tfplug::{Args, Attempting as _, CallCx, List, ListSink, Result};

use super::is_made_by;
use crate::provider::Atlan;
use crate::resources::{ApiToken, ById, api_token_state};

/// API tokens of the tenant, in the order of their creation. Without arguments, the list has all tokens; with
/// several arguments, the tokens that match all of them. Atlan does not show their secrets, so an import leaves `token`
/// null.
///
/// The provider's credential must be allowed to read API tokens. An API token may do so; an OAuth client may if its role
/// allows it.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, write an `import` block for each token.
#[derive(Args)]
#[args(timeouts(read = "30m"))]
pub struct ApiTokenFilter {
    /// Start of the name shown in Atlan.
    #[attr(check = not_blank())]
    pub name_prefix: Option<String>,
    /// User name of the token's maker. Case makes no difference.
    #[attr(check = not_blank())]
    pub created_by: Option<String>,
}

impl ApiTokenFilter {
    fn fits(&self, token: &atlan::ApiToken) -> bool {
        self.name_prefix.as_ref().is_none_or(|prefix| token.display_name.starts_with(prefix))
            && is_made_by(token.created_by.as_deref(), self.created_by.as_deref())
    }
}

impl List for ApiToken {
    type Filter = ApiTokenFilter;

    async fn list(cx: &CallCx<'_, Atlan>, filter: &ApiTokenFilter, sink: &ListSink<Self>) -> Result<()> {
        let asked = || "list API tokens".to_owned();
        let mut pages = cx.client.credential_pages::<atlan::ApiToken>();
        while let Some(tokens) = pages.next().await.attempting(asked)? {
            for token in tokens.into_iter().filter(|token| filter.fits(token)) {
                let id = ById { id: token.id.clone().into() };
                // The resource needs the life of a token, so an import of such a token would fail.
                let Ok(state) = api_token_state(&token, None) else {
                    cx.warning(
                        format!("API token {:?} was left out", token.display_name),
                        "Atlan's record of the token does not say how long it lives, so it cannot be imported.",
                    );
                    continue;
                };
                if sink.include_resource() {
                    sink.send(token.display_name, &id, &state).await?;
                } else {
                    sink.send_identity(token.display_name, &id).await?;
                }
            }
        }
        Ok(())
    }
}
