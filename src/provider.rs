//! The provider block: it makes a client from arguments in the configuration or the environment. Each object is
//! registered in one line.

mod settings;
mod waits;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::ops::Deref;
use std::sync::Arc;

use atlan::{Config as ClientConfig, Secret};
use tfplug::schema::{at_least, not_blank};
use tfplug::{
    Args, Choice, Config, ConfigureCx, Diagnostic, Diagnostics, Duration, Error, Provider, Registry, Result,
    Sensitive, Text,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::actions::{DisableUser, EnableUser, RemoveUser, ResendInvite};
use crate::data_sources;
use crate::ephemeral;
use crate::explain;
use crate::functions::{GroupName, NormalizeEmail, RoleName};
use crate::resources::{
    ApiToken, Group, GroupMember, GroupMembers, OauthClient, SsoGroupMapping, UserInvite, UserInvites,
    UserRole,
};
use crate::run::Run;
use crate::types::{Person, PersonName};
use settings::{TWO_WAYS, ca_certificates, credentials, proxy, user_agent};
use waits::long_wait;

/// The Atlan provider manages who is in an [Atlan](https://atlan.com) tenant: people, their roles, and their groups.
///
/// Every argument except `allow_self_lockout` can also come from the environment; a value in the configuration takes
/// precedence.
#[derive(Args)]
pub struct AtlanArgs {
    /// Address of the tenant, such as `https://example.atlan.com`. `http` is accepted for a loopback address only.
    #[attr(env = "ATLAN_BASE_URL")]
    pub base_url: Option<BaseUrl>,
    /// API token, sent as a bearer token. Either an API token or an OAuth client is required.
    #[attr(env = "ATLAN_API_KEY", check = not_blank())]
    pub api_key: Option<Sensitive<ApiKey>>,
    /// Identifier of an OAuth client, instead of `api_key`. Requires `oauth_client_secret`.
    #[attr(env = "ATLAN_OAUTH_CLIENT_ID", check = not_blank())]
    pub oauth_client_id: Option<String>,
    /// Secret of the OAuth client.
    #[attr(env = "ATLAN_OAUTH_CLIENT_SECRET", check = not_blank())]
    pub oauth_client_secret: Option<Sensitive<String>>,
    /// Time limit for each attempt of a request. Default `30s`.
    #[attr(env = "ATLAN_REQUEST_TIMEOUT", check = not_zero())]
    pub request_timeout: Option<Duration>,
    /// Maximum number of retries of a request that is safe to repeat. `0` switches retries off. Default `5`.
    #[attr(env = "ATLAN_MAX_RETRIES")]
    pub max_retries: Option<u32>,
    /// Longest pause before a retry. If Atlan asks for a longer pause, the operation fails with an error that says so.
    /// Default `60s`.
    #[attr(env = "ATLAN_RETRY_MAX_WAIT")]
    pub retry_max_wait: Option<Duration>,
    /// Maximum number of requests in flight at the same time in the whole provider process. Default `10`.
    #[attr(env = "ATLAN_MAX_CONCURRENT_REQUESTS", check = at_least(1))]
    pub max_concurrent_requests: Option<u32>,
    /// Maximum number of requests per second in the whole provider process, averaged over a minute. In any 60 seconds
    /// the provider sends at most 60 times this number; the rest of the tenant's limit of 1,800 a minute is left to
    /// other jobs. The first half of a minute's requests are sent at full speed; the others are spread over the rest of
    /// the minute. `0` lifts the limit; fractions are allowed. Default `25`.
    #[attr(env = "ATLAN_REQUESTS_PER_SECOND", check = no_rate_or_one_a_minute())]
    pub requests_per_second: Option<f64>,
    /// Method of reading groups and people: `single` looks up each object, `snapshot` reads whole pages that all reads
    /// share, and `auto` chooses between them by the number of reads. Default `auto`.
    #[attr(env = "ATLAN_READ_MODE")]
    pub read_mode: Option<ReadMode>,
    /// Path of a file with certificates in PEM format. They are trusted in addition to the system's certificates.
    /// Proxies are set by the environment variables `HTTPS_PROXY` and `NO_PROXY`, which are read as Terraform itself
    /// reads them. Loopback addresses never use a proxy.
    #[attr(env = "ATLAN_CA_CERTIFICATE_FILE", check = not_blank())]
    pub ca_certificate_file: Option<String>,
    /// Permission to disable or demote the identity that runs Terraform, the person who created its API token, or the
    /// last enabled admin. Without it, and if Atlan does not say who created the token, every active person is
    /// protected. Default `false`.
    pub allow_self_lockout: Option<bool>,
}

/// How groups and people are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum ReadMode {
    /// Chooses by the number of reads.
    Auto,
    /// Whole pages that all reads share.
    Snapshot,
    /// A look-up for each object.
    Single,
}

impl From<ReadMode> for atlan::ReadMode {
    fn from(mode: ReadMode) -> Self {
        match mode {
            ReadMode::Auto => atlan::ReadMode::Auto,
            ReadMode::Snapshot => atlan::ReadMode::Snapshot,
            ReadMode::Single => atlan::ReadMode::Single,
        }
    }
}

/// Address of a tenant.
#[derive(Clone, Debug)]
pub struct BaseUrl {
    text: String,
    url: url::Url,
}

impl Text for BaseUrl {
    const RULE: &'static str = "an absolute `https` URL without query and credentials";

    fn parse(text: &str) -> Result<Self, String> {
        match atlan::parse_base_url(text) {
            Ok(url) => Ok(BaseUrl { text: text.to_owned(), url }),
            Err(error) => Err(sentence(&error)),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}

/// API token in the form of a header value.
pub struct ApiKey(Secret);

impl Text for ApiKey {
    const RULE: &'static str =
        "the key alone, in visible ASCII characters, without the space or line break that copying often adds";

    fn parse(text: &str) -> Result<Self, String> {
        // A blank key is refused by the other check, whose message does not mention copying.
        if text.trim().is_empty() {
            return Ok(ApiKey(Secret::new("")));
        }
        atlan::parse_api_key(text).map(ApiKey).map_err(|error| sentence(&error))
    }

    /// Never called, because provider arguments are not stored.
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }
}

fn sentence(error: &dyn StdError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

pub(crate) fn not_zero() -> tfplug::schema::Check {
    tfplug::schema::Check::new("longer than zero", |value| {
        match value.as_str().map(tfplug::types::parse_duration) {
            Some(Ok(span)) if span.is_zero() => Err("It must be longer than zero.".to_owned()),
            _ => Ok(()),
        }
    })
}

/// A rate so low that no request leaves for minutes would look like a provider that hangs.
fn no_rate_or_one_a_minute() -> tfplug::schema::Check {
    const RULE: &str = "0, or at least 0.017 (one request a minute)";
    tfplug::schema::Check::new(RULE, |value| match value {
        tfplug::Dynamic::Number(rate) if !atlan::is_rate(rate.as_f64()) => {
            Err(format!("It must be {RULE}, not {rate}."))
        }
        _ => Ok(()),
    })
}

/// What handlers work with: Atlan's API, and the memory of this run.
#[derive(Clone)]
pub struct Client {
    api: atlan::Client,
    run: Arc<Run>,
}

impl Client {
    /// What this run knows about itself.
    pub(crate) fn run(&self) -> &Arc<Run> {
        &self.run
    }

    /// The person that a configuration names, by the shared look-ups. `None`: nobody is known by that name.
    ///
    /// # Errors
    /// If several people have the address; failures of the request.
    pub async fn person(&self, person: &Person) -> atlan::Result<Option<atlan::User>> {
        let email = match person.name() {
            PersonName::Email(email) => email,
            PersonName::Id(id) => return self.api.user(id).await,
        };
        let found = self.api.user_by_email(email).await?;
        match self.api.users_with_email(email) {
            ids if ids.len() > 1 => Err(atlan::Error::SeveralPeople { email: email.clone(), ids }),
            _ => Ok(found),
        }
    }

    /// The same client for a call that ends at this deadline.
    pub(crate) fn until(&self, deadline: Instant, cancel: &CancellationToken) -> Client {
        Client { api: self.api.within(Some(deadline), cancel.clone()), run: self.run.clone() }
    }

    /// The same client for a call about many people: see [`atlan::Client::watching_briefly`].
    pub(crate) fn watching_briefly(&self) -> Client {
        Client { api: self.api.watching_briefly(), run: self.run.clone() }
    }

    /// Address of the tenant, for messages.
    pub(crate) fn tenant(&self) -> &str {
        self.api.base_url().as_str().trim_end_matches('/')
    }
}

impl Deref for Client {
    type Target = atlan::Client;

    fn deref(&self) -> &atlan::Client {
        &self.api
    }
}

/// The provider.
pub struct Atlan;

impl Provider for Atlan {
    const NAME: &'static str = "atlan";
    const ADDRESS: &'static str = "registry.terraform.io/atlanhq/atlan";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const LOG_TARGETS: &'static [&'static str] = &["terraform_provider_atlan", "atlan"];

    type Args = AtlanArgs;
    type Client = Client;

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<ApiToken>();
        registry.resource::<Group>();
        registry.resource::<GroupMember>();
        registry.resource::<GroupMembers>();
        registry.resource::<OauthClient>();
        registry.resource::<SsoGroupMapping>();
        registry.resource::<UserInvite>();
        registry.resource::<UserInvites>();
        registry.resource::<UserRole>();
        registry.data_source::<data_sources::AccessReport>();
        registry.data_source::<data_sources::CurrentUser>();
        registry.data_source::<data_sources::Group>();
        registry.data_source::<data_sources::Groups>();
        registry.data_source::<data_sources::Role>();
        registry.data_source::<data_sources::Roles>();
        registry.data_source::<data_sources::User>();
        registry.data_source::<data_sources::Users>();
        registry.ephemeral_resource::<ephemeral::ApiToken>();
        registry.list_resource::<ApiToken>();
        registry.list_resource::<Group>();
        registry.list_resource::<GroupMember>();
        registry.list_resource::<GroupMembers>();
        registry.list_resource::<OauthClient>();
        registry.list_resource::<SsoGroupMapping>();
        registry.list_resource::<UserInvite>();
        registry.list_resource::<UserRole>();
        registry.action::<DisableUser>();
        registry.action::<EnableUser>();
        registry.action::<RemoveUser>();
        registry.action::<ResendInvite>();
        registry.function::<GroupName>();
        registry.function::<NormalizeEmail>();
        registry.function::<RoleName>();
    }

    fn validate(config: &Config<'_, AtlanArgs>, diagnostics: &mut Diagnostics) {
        let key = config.get(AtlanArgs::API_KEY).known().is_some();
        let id = config.get(AtlanArgs::OAUTH_CLIENT_ID);
        let secret = config.get(AtlanArgs::OAUTH_CLIENT_SECRET);
        if key && (id.as_ref().known().is_some() || secret.as_ref().known().is_some()) {
            diagnostics.error_at(AtlanArgs::API_KEY, "Both an API token and an OAuth client", TWO_WAYS);
        }
    }

    async fn configure(cx: &ConfigureCx<'_>, args: AtlanArgs) -> Result<Client> {
        let mut diagnostics = Diagnostics::new();
        if args.base_url.is_none() {
            diagnostics.error_at(AtlanArgs::BASE_URL, "The address of the tenant is missing", MISSING_URL);
        }
        let credentials = credentials(cx, &args, &mut diagnostics);
        let ca_certificates = ca_certificates(cx, args.ca_certificate_file.as_deref(), &mut diagnostics);
        diagnostics.into_result()?;
        let (Some(base_url), Some(credentials)) = (args.base_url, credentials) else {
            return Err(Error::new("The provider is not configured", MISSING_URL));
        };
        let defaults = ClientConfig::new(base_url.url, credentials);
        let config = ClientConfig {
            request_timeout: args.request_timeout.map_or(defaults.request_timeout, |time| time.get()),
            max_retries: args.max_retries.unwrap_or(defaults.max_retries),
            retry_max_wait: args.retry_max_wait.map_or(defaults.retry_max_wait, |time| time.get()),
            max_concurrent_requests: args
                .max_concurrent_requests
                .and_then(|most| usize::try_from(most).ok())
                .unwrap_or(defaults.max_concurrent_requests),
            requests_per_second: args.requests_per_second.unwrap_or(defaults.requests_per_second),
            read_mode: args.read_mode.map_or(defaults.read_mode, Into::into),
            ca_certificates,
            proxy: proxy(cx),
            user_agent: user_agent(cx),
            agent_id: "terraform".to_owned(),
            allow_self_lockout: args.allow_self_lockout.unwrap_or(false),
            // Times that users cannot set; only tests change them.
            timing: cx.given::<atlan::Timing>().cloned().unwrap_or_default(),
            ..defaults
        };
        let api = atlan::Client::new(config).map_err(|error| match error {
            atlan::Error::Config(error @ atlan::ConfigError::ProxyAddress) => Error::new(
                "The proxy cannot be used",
                format!(
                    "The value of the environment variable HTTPS_PROXY is not usable: {error}. Correct it, or list \
                     the tenant's host in NO_PROXY."
                ),
            ),
            error => Error::from(error),
        })?;
        Ok(Client { api, run: cx.session() })
    }

    fn scope(client: &Client, deadline: Instant, cancel: &CancellationToken) -> Client {
        client.until(deadline, cancel)
    }

    fn remark(client: &Client) -> Option<Diagnostic> {
        long_wait(client.waited())
    }

    fn finish(client: &Client) {
        tracing::debug!(summary = %client.api.summary(), "what the provider did");
    }

    fn advise(error: &(dyn StdError + 'static)) -> Option<String> {
        explain::advice(error)
    }
}

const MISSING_URL: &str = "Set `base_url` in the provider block, or the environment variable ATLAN_BASE_URL, to the address of the tenant, \
     such as https://example.atlan.com.";
