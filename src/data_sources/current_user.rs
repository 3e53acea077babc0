//! `atlan_current_user`: the identity behind the credential, which makes it a test of the credential, too.

use atlan::CallerKind;
use tfplug::{Args, Attempting as _, CallCx, Choice, Computed, DataSource, Result};

use crate::provider::Atlan;
use crate::types::Guid;

/// The identity behind the provider's credential. An API token and an OAuth client act on behalf of a service account. A configuration with
/// only this data source tests whether the credential works.
#[derive(Args)]
#[args(timeouts(read = "2m"))]
pub struct CurrentUserArgs {}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = CurrentUserArgs)]
pub struct CurrentUserComputed {
    /// Kind of the credential: `api_token`, `oauth_client`, or `person` for a session token.
    pub kind: Kind,
    /// GUID of the person or the service account. No list of people shows a service account.
    pub id: Guid,
    /// User name of the person or the service account.
    pub username: String,
    /// Name of the role, such as `$admin`. Null if the tenant does not say.
    pub role: Option<String>,
    /// Email address. Null for service accounts.
    pub email: Option<String>,
    /// GUID of the API token. Null for other credentials.
    pub api_token_id: Option<Guid>,
    /// Name of the API token. Null for other credentials.
    pub api_token_name: Option<String>,
    /// Time at which the API token expires, in RFC 3339 format. Null for other credentials.
    pub api_token_expires_at: Option<String>,
    /// User name of the identity that created the API token. Null for other credentials.
    pub api_token_created_by: Option<String>,
}

/// Kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Kind {
    /// An API token.
    ApiToken,
    /// An OAuth client.
    OauthClient,
    /// A session token of a person.
    Person,
}

/// The data source.
pub struct CurrentUser;

impl DataSource for CurrentUser {
    const NAME: &'static str = "current_user";

    type Provider = Atlan;
    type Args = CurrentUserArgs;
    type Computed = CurrentUserComputed;

    async fn read(cx: &CallCx<'_, Atlan>, _: &CurrentUserArgs) -> Result<CurrentUserComputed> {
        let asked = || "read who the credential belongs to".to_owned();
        let caller = cx.client.current().await.attempting(asked)?.clone();
        let role = cx.client.current_role().await.attempting(asked)?;
        let (kind, token) = match caller.kind() {
            CallerKind::ApiToken => (Kind::ApiToken, own_token(cx).await.attempting(asked)?),
            CallerKind::OauthClient => (Kind::OauthClient, None),
            CallerKind::Person => (Kind::Person, None),
        };
        let (mut api_token_id, mut api_token_name, mut expires_at, mut created_by) = (None, None, None, None);
        if let Some(token) = token {
            (api_token_id, api_token_name) = (Some(token.id.into()), token.name);
            (expires_at, created_by) = (token.expires_at, token.created_by);
        }
        Ok(CurrentUserComputed {
            kind,
            id: caller.id.into(),
            username: caller.username,
            role,
            email: caller.email,
            api_token_id,
            api_token_name,
            api_token_expires_at: expires_at.map(|at| at.to_string()),
            api_token_created_by: created_by,
        })
    }
}

/// The record of the token. What it adds is no reason to fail where the credential works.
async fn own_token(cx: &CallCx<'_, Atlan>) -> Result<Option<atlan::OwnToken>, atlan::Error> {
    match cx.client.own_token().await {
        Ok(Some(token)) => Ok(Some(token)),
        Ok(None) => {
            cx.warning("The API token is not in Atlan's list", NO_TOKEN);
            Ok(None)
        }
        Err(error) if error.is_forbidden() => {
            cx.warning("The API token may not read its own record", format!("{error}. {NO_TOKEN}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

const NO_TOKEN: &str =
    "So `api_token_id`, `api_token_name`, `api_token_expires_at` and `api_token_created_by` are null.";
