//! Ephemeral `atlan_api_token`: a credential for one run. Each plan and each apply creates a token and deletes it.
//!
//! The name of the token is unique. So if the answer to its create is lost, the token is found by name and deleted,
//! and another one is created. If the list shows the lost token only later, `close` deletes it by its name; if
//! the list does not show it then either, a warning names it. After a failure or Ctrl-C, Terraform closes no ephemeral resources; tokens that are
//! still open are deleted when Terraform ends the plugin (`close_at_end`). A token that is not deleted then expires
//! after `validity`.

use std::collections::BTreeSet;
use std::time::Duration as Span;

use atlan::{Credential as _, NewApiToken, Timestamp};
use tfplug::{
    Args, Attempting as _, CallCx, Computed, Config, Diagnostics, Duration, EphemeralResource, Error, Opened,
    Result, Sensitive, Text as _,
};

use crate::credentials::{SHORTEST, causes, digits, life_problem, sensitive};
use crate::provider::Atlan;
use crate::types::{Alias, Description, Guid, none_blank};

/// An API token for one run of Terraform, deleted at its end. **It has the rights of an admin over people, groups and tokens, whatever its personas
/// are**: they limit only the assets that it can see.
///
/// Each plan and each apply creates a token and deletes it at the end. Neither a plan file nor the state holds the
/// token. Atlan cannot prolong a token, so `validity` must be longer than the run takes.
///
/// Terraform does not close ephemeral resources when an apply fails or is interrupted. The provider then deletes the token when
/// Terraform ends the provider. If the provider is killed (`kill -9`), or cannot reach Atlan at that moment, the token
/// works until it expires.
///
/// The provider's own credential must be allowed to manage API tokens. An API token may do so; an OAuth client may if its role
/// allows it.
///
/// Requires Terraform 1.10 or OpenTofu 1.11, or later. In earlier versions, use the resource `atlan_api_token` with `store_token = true`, which keeps the
/// token in the state.
#[derive(Args)]
#[args(timeouts(open = "2m", close = "2m"))]
pub struct ApiTokenArgs {
    /// Start of the name shown in Atlan. The time in UTC and eight hexadecimal digits follow it.
    #[attr(default = prefix())]
    pub name_prefix: Alias,
    /// Description of the token. If left out or `""`, it has none.
    pub description: Option<Description>,
    /// Qualified names of the personas whose assets the token can see, such as `default/LzgnFM`. If left out, none.
    #[attr(check = none_blank())]
    pub persona_qualified_names: Option<BTreeSet<String>>,
    /// Lifetime of the token if nothing deletes it, from `1m` to `24h`.
    #[attr(default = hour())]
    pub validity: Duration,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = ApiTokenArgs)]
pub struct ApiTokenComputed {
    /// GUID of the token.
    pub id: Guid,
    /// Client id of the token: `apikey-` and a UUID.
    pub client_id: String,
    /// Name shown in Atlan.
    pub display_name: String,
    /// Time at which the token expires, in RFC 3339 format.
    pub expires_at: Option<String>,
    /// Secret of the token.
    pub token: Sensitive<String>,
}

/// Tokens for one run.
pub struct ApiToken;

const LONGEST: Span = Span::from_secs(24 * 60 * 60);

fn prefix() -> Alias {
    "terraform".to_owned().into()
}

fn hour() -> Duration {
    Span::from_secs(60 * 60).into()
}

impl EphemeralResource for ApiToken {
    const NAME: &'static str = "api_token";

    type Provider = Atlan;
    type Args = ApiTokenArgs;
    type Computed = ApiTokenComputed;
    /// GUID, name, and end of life.
    type Handle = (String, String, Option<String>);

    fn validate(config: &Config<'_, ApiTokenArgs>, diagnostics: &mut Diagnostics) {
        let longest = ("24h", "the longest life of an ephemeral token");
        if let Some(life) = config.get(ApiTokenArgs::VALIDITY).known()
            && let Some(problem) = life_problem(&life, SHORTEST..=LONGEST, longest)
        {
            diagnostics.error_at(ApiTokenArgs::VALIDITY, "Invalid validity", problem);
        }
    }

    async fn open(cx: &CallCx<'_, Atlan>, args: &ApiTokenArgs) -> Result<Opened<Self>> {
        let new = NewApiToken {
            display_name: args.name_prefix.text().into_owned(),
            description: args
                .description
                .as_ref()
                .map(|text| text.text().trim().to_owned())
                .unwrap_or_default(),
            personas: args.persona_qualified_names.clone().unwrap_or_default(),
            validity: args.validity.get(),
        };
        let mut last = String::new();
        let name = || {
            let now = cx.client.server_time().unwrap_or_else(Timestamp::now);
            last = format!("{} {} {}", new.display_name, now.strftime("%Y-%m-%dT%H:%M:%SZ"), digits());
            last.clone()
        };
        let made = cx.client.create_credential::<atlan::ApiToken>(&new, name).await;
        let life = args.validity.text();
        let token = match made {
            Ok(token) => token,
            Err(error @ atlan::Error::OutcomeUnknown { .. }) => return Err(unclear(&last, &life, &error)),
            Err(error @ atlan::Error::SecretLost { .. }) => {
                return Err(lost(&new.display_name, &life, &error));
            }
            Err(error) => {
                return Err(error).attempting(|| format!("create an API token valid for {life}"));
            }
        };
        let Some(secret) = &token.secret else {
            return Err(Error::new("The API token has no secret", "Atlan's answer did not hold it."));
        };
        cx.mask(secret.reveal());
        let expires_at = token.expires_at().map(|end| end.to_string());
        let handle = (token.id.as_str().to_owned(), token.display_name.clone(), expires_at.clone());
        let computed = ApiTokenComputed {
            id: token.id.clone().into(),
            client_id: token.client_id.clone(),
            display_name: token.display_name.clone(),
            expires_at,
            token: sensitive(secret),
        };
        Ok(Opened { computed, handle, renew_after: None })
    }

    async fn close(cx: &CallCx<'_, Atlan>, handle: Self::Handle) -> Result<()> {
        let (id, display_name, expires_at) = handle;
        let id: atlan::Guid = id.parse()?;
        let discarded = cx.client.discard_credential::<atlan::ApiToken>(&id, &display_name).await;
        let end = expires_at.map(|end| format!(" until {end}")).unwrap_or_default();
        for (left, why) in discarded.left {
            let why = causes(&why);
            cx.warning(
                format!("API token {display_name:?} was not deleted"),
                format!("It works{end}, unless you delete it in Atlan. Its GUID is {left}. {why}."),
            );
        }
        if discarded.may_show {
            cx.warning(
                format!("A second API token {display_name:?} may exist"),
                format!(
                    "The answer to the first request for this token was lost, and Atlan listed no token of this name, so the provider \
                     sent the request again and used the token of the second answer (GUID {id}). If Atlan shows another token of this \
                     name, delete it: nobody has its secret, and it works{end}."
                ),
            );
        }
        Ok(())
    }
}

/// The provider has deleted the tokens whose secrets were lost, as far as Atlan showed them.
fn lost(prefix: &str, life: &str, error: &atlan::Error) -> Error {
    Error::new(
        "The secret of the new API token was lost",
        format!(
            "{}. Try again. If this happens again, raise `request_timeout` in the provider block, because Atlan may be slow to answer. If \
             Atlan later shows an API token whose name begins with \"{prefix} \" and the time of this run, delete it: nobody has its secret. \
             Otherwise it expires after {life}.",
            causes(error)
        ),
    )
}

/// Nothing keeps what a run needs to know of such a token, so the person has to know it.
fn unclear(name: &str, life: &str, error: &atlan::Error) -> Error {
    Error::new(
        "Unknown whether an API token was created",
        format!(
            "{}. If Atlan shows an API token named {name:?}, delete it: nobody has its secret. Otherwise \
             it expires after {life}.",
            causes(error)
        ),
    )
}
