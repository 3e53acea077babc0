//! Settings of a client and the rules they obey.
//!
//! The parsing functions are public, so that a caller can refuse a bad setting where it was written, before a client
//! exists. Nothing here reads the environment or the disk, and no error repeats a secret.

use std::time::Duration;

use url::Url;

use crate::secret::Secret;

mod ca;
pub(crate) mod proxy;

pub use ca::{CaCertificates, UnreadableCertificate};
pub use proxy::ProxySettings;
use proxy::{is_loopback, proxy_for};

/// Everything a [`Client`](crate::Client) needs to know before its first request.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the tenant, as [`parse_base_url`] returns it.
    pub base_url: Url,
    /// Credentials of the client.
    pub credentials: Credentials,
    /// Longest time of one attempt, connection included. Default 30 s.
    pub request_timeout: Duration,
    /// Attempts after the first one. 0 switches retries off. Default 5.
    pub max_retries: u32,
    /// Longest single pause between two attempts; a server that asks for a longer one gets an error. Default 60 s.
    pub retry_max_wait: Duration,
    /// Requests in flight at the same time, at least 1. Default 10.
    pub max_concurrent_requests: usize,
    /// Requests a second, as the average over a minute: no 60 seconds hold more than 60 times as many. Half of them leave at
    /// full speed, the others are spread over the rest of the minute. 0 lifts the limit, fractions are allowed, and the least is one request
    /// a minute. Default 25.
    pub requests_per_second: f64,
    /// How records are read when many are wanted.
    pub read_mode: ReadMode,
    /// Certificates added to the system's roots.
    pub ca_certificates: CaCertificates,
    /// Proxies. Loopback addresses are reached without one, whatever is set.
    pub proxy: ProxySettings,
    /// Value of the `User-Agent` header.
    pub user_agent: String,
    /// Value of the `x-atlan-agent-id` header: the kind of program that calls.
    pub agent_id: String,
    /// Permits writes that could lock the caller out of the tenant.
    pub allow_self_lockout: bool,
    /// Waits that only tests shorten.
    #[doc(hidden)]
    pub timing: Timing,
    /// How requests are shared.
    #[doc(hidden)]
    pub sharing: Sharing,
}

impl Config {
    /// Settings with the defaults named at each field.
    pub fn new(base_url: Url, credentials: Credentials) -> Self {
        Self {
            base_url,
            credentials,
            request_timeout: Duration::from_secs(30),
            max_retries: 5,
            retry_max_wait: Duration::from_secs(60),
            max_concurrent_requests: 10,
            requests_per_second: 25.0,
            read_mode: ReadMode::Auto,
            ca_certificates: CaCertificates::default(),
            proxy: ProxySettings::default(),
            user_agent: concat!("atlan-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            agent_id: "rust".to_owned(),
            allow_self_lockout: false,
            timing: Timing::default(),
            sharing: Sharing::default(),
        }
    }

    /// Checks each field, and the rules between fields.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        check_base_url(&self.base_url)?;
        match &self.credentials {
            Credentials::ApiKey(key) => check_token(key.expose(), "API key")?,
            Credentials::OAuth { client_id, client_secret } => {
                if client_id.trim().is_empty() || client_secret.expose().trim().is_empty() {
                    return Err(ConfigError::EmptyOAuthClient);
                }
            }
        }
        if self.request_timeout.is_zero() {
            return Err(ConfigError::ZeroTimeout);
        }
        if self.max_concurrent_requests == 0 {
            return Err(ConfigError::NoConcurrency);
        }
        if !is_rate(self.requests_per_second) {
            return Err(ConfigError::BadRate);
        }
        proxy_for(&self.proxy, &self.base_url)?;
        Ok(())
    }
}

/// Whether [`Config::requests_per_second`] may have this value: 0, or at least one request a minute.
pub fn is_rate(per_second: f64) -> bool {
    per_second == 0.0 || per_second.is_finite() && per_second * 60.0 >= 1.0
}

/// Credentials of a client.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A bearer token: an API token, or the session token of a person.
    ApiKey(Secret),
    /// An OAuth client, whose short-lived tokens are fetched when needed and renewed before they lapse.
    OAuth {
        /// Identifier of the OAuth client, `oauth-client-…`.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
    },
}

/// How records are read when many are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadMode {
    /// Look-ups while few are wanted, whole pages past a threshold.
    #[default]
    Auto,
    /// Always whole pages, shared by all readers.
    Snapshot,
    /// Always one look-up per record.
    Single,
}

/// Times that users cannot set. The defaults suit a real tenant; tests shorten them.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Timing {
    /// Scale of the random pause after the first attempt; doubles with each attempt.
    pub backoff: Duration,
    /// First pause between two look-ups of something just written; doubles up to `poll_max`.
    pub poll: Duration,
    /// Longest pause between two look-ups of something just written.
    pub poll_max: Duration,
    /// Least time an invitation with a lost answer must stay invisible before it counts as not made.
    pub absent_at_least: Duration,
    /// How long a finished write may still be looked up after the caller's deadline or cancellation.
    pub grace: Duration,
    /// How long to wait for a write to show if the caller set no deadline, or works on many objects.
    pub visible_within: Duration,
    /// How often the log reports a long wait.
    pub progress: Duration,
    /// How long an update that was accepted may take to show before the old value counts as the answer.
    pub settle: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            backoff: Duration::from_millis(500),
            poll: Duration::from_millis(200),
            poll_max: Duration::from_secs(5),
            absent_at_least: Duration::from_secs(10),
            grace: Duration::from_secs(5),
            visible_within: Duration::from_secs(120),
            progress: Duration::from_secs(10),
            settle: Duration::from_secs(10),
        }
    }
}

/// How requests are shared. The defaults suit a real tenant; tests change them.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Sharing {
    /// The calls that wait to share a request send it when no other call has come for this long.
    pub gather: Duration,
    /// Age from which a snapshot is no longer used.
    pub snapshot_life: Duration,
    /// Age up to which a complete list of people proves that a person does not exist yet. Short, because a second
    /// invitation may send a second mail.
    pub people_recent: Duration,
    /// Age up to which a complete list of groups proves that a name is free. Longer, because Atlan refuses a name that is
    /// taken.
    pub groups_recent: Duration,
    /// Most invitations in one request. Three are known to work; the server's limit is not known.
    pub largest_batch: usize,
    /// Invitations that take longer than this are looked for before they are answered.
    pub slow: Duration,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            gather: Duration::from_millis(10),
            snapshot_life: Duration::from_secs(300),
            people_recent: Duration::from_secs(10),
            groups_recent: Duration::from_secs(60),
            largest_batch: 100,
            slow: Duration::from_millis(50),
        }
    }
}

/// A setting that breaks a rule. The text says which and never repeats a secret.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not an absolute URL.
    #[error("the base URL must be absolute, such as https://example.atlan.com: {0}")]
    NotAbsolute(String),
    /// Neither `https` nor `http` to this machine.
    #[error("the base URL must use https; http is accepted only for a loopback address such as 127.0.0.1")]
    NotHttps,
    /// User name or password within the URL.
    #[error("the base URL must not contain a user name or password")]
    UrlCredentials,
    /// Query or fragment.
    #[error("the base URL must not have a query or a fragment (nothing from `?` or `#` on)")]
    UrlQuery,
    /// An empty credential.
    #[error("the {0} is empty")]
    EmptyCredential(&'static str),
    /// A character that no bearer token contains, usually a line break from copying.
    #[error(
        "the {0} must not contain spaces, line breaks, control characters or characters beyond ASCII; \
         was something copied along with it?"
    )]
    CredentialCharacters(&'static str),
    /// OAuth client without id or secret.
    #[error("an OAuth client needs both its id and its secret")]
    EmptyOAuthClient,
    /// `request_timeout` is zero.
    #[error("the request timeout must be longer than zero")]
    ZeroTimeout,
    /// `max_concurrent_requests` is zero.
    #[error("at least one request at a time must be allowed")]
    NoConcurrency,
    /// Less than one request a minute, or not a number.
    #[error("requests per second must be zero (no limit) or at least one request a minute")]
    BadRate,
    /// No certificate of the CA bundle can be read.
    #[error("a CA bundle needs at least one certificate in PEM form: {0}")]
    CaCertificate(String),
    /// The proxy has no usable address.
    #[error(
        "the address of a proxy must be a URL such as http://proxy.example.com:3128, with the scheme http, https or socks5"
    )]
    ProxyAddress,
    /// User agent or agent id that is no header value.
    #[error("the user agent and agent id must be printable ASCII")]
    AgentCharacters,
}

/// Reads the address of a tenant: absolute, `https` unless the host is this machine, without query, fragment or
/// credentials. Trailing slashes are dropped; a path stays.
///
/// # Errors
/// The rule that is broken.
pub fn parse_base_url(text: &str) -> Result<Url, ConfigError> {
    let mut url = Url::parse(text.trim()).map_err(|error| ConfigError::NotAbsolute(error.to_string()))?;
    check_base_url(&url)?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn check_base_url(url: &Url) -> Result<(), ConfigError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigError::UrlCredentials);
    }
    let Some(host) = url.host() else {
        return Err(ConfigError::NotAbsolute("no host".to_owned()));
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
        _ => return Err(ConfigError::NotHttps),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::UrlQuery);
    }
    Ok(())
}

/// Reads an API key: not empty, visible ASCII only.
///
/// # Errors
/// The rule that is broken, without the key.
pub fn parse_api_key(text: &str) -> Result<Secret, ConfigError> {
    check_token(text, "API key")?;
    Ok(Secret::new(text))
}

fn check_token(text: &str, what: &'static str) -> Result<(), ConfigError> {
    if text.is_empty() {
        return Err(ConfigError::EmptyCredential(what));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::CredentialCharacters(what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the documentation says of long waits.
    #[test]
    fn the_interval_of_progress_is_ten_seconds() {
        assert_eq!(Timing::default().progress, Duration::from_secs(10));
    }

    #[test]
    fn base_urls_are_https_or_loopback() {
        let accepted = [
            ("https://example.atlan.com", "https://example.atlan.com/"),
            (" https://example.atlan.com/ ", "https://example.atlan.com/"),
            ("https://proxy.example.com/atlan/", "https://proxy.example.com/atlan"),
            ("http://127.0.0.1:8900", "http://127.0.0.1:8900/"),
            ("http://localhost:8900/", "http://localhost:8900/"),
            ("http://[::1]:8900", "http://[::1]:8900/"),
        ];
        for (text, url) in accepted {
            assert_eq!(parse_base_url(text).map(|url| url.to_string()).as_deref(), Ok(url), "{text}");
        }
        let refused = [
            ("example.atlan.com", "must be absolute"),
            ("", "must be absolute"),
            ("http://example.atlan.com", "must use https"),
            ("http://localhost.example.com", "must use https"),
            ("ftp://127.0.0.1", "must use https"),
            ("https://me:hunter2@example.atlan.com", "user name or password"),
            ("https://example.atlan.com/?a=1", "query or a fragment"),
            ("https://example.atlan.com/#top", "query or a fragment"),
        ];
        for (text, message) in refused {
            let error = parse_base_url(text).expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn api_keys_are_visible_ascii() {
        assert!(parse_api_key("eyJhbGciOi.J-9_~+/=").is_ok());
        for key in ["", "a b", "key\n", "\tkey", "ключ", "k\u{7f}"] {
            let error = parse_api_key(key).expect_err("refused").to_string();
            assert!(key.trim().is_empty() || !error.contains(key), "{error}");
        }
    }

    #[test]
    fn settings_that_contradict_themselves_are_refused() {
        let url = parse_base_url("https://example.atlan.com").expect("valid");
        let good = Config::new(url, Credentials::ApiKey(Secret::new("key")));
        assert_eq!(good.check(), Ok(()));
        let changed = |change: &dyn Fn(&mut Config)| {
            let mut config = good.clone();
            change(&mut config);
            config.check()
        };
        assert_eq!(changed(&|config| config.request_timeout = Duration::ZERO), Err(ConfigError::ZeroTimeout));
        assert_eq!(changed(&|config| config.max_concurrent_requests = 0), Err(ConfigError::NoConcurrency));
        assert_eq!(changed(&|config| config.requests_per_second = -1.0), Err(ConfigError::BadRate));
        assert_eq!(changed(&|config| config.requests_per_second = f64::NAN), Err(ConfigError::BadRate));
        assert_eq!(changed(&|config| config.requests_per_second = 1e-7), Err(ConfigError::BadRate));
        assert_eq!(changed(&|config| config.requests_per_second = 1.0 / 60.0), Ok(()));
        assert_eq!(
            changed(&|config| config.credentials = Credentials::ApiKey(Secret::new("a\r\nb"))),
            Err(ConfigError::CredentialCharacters("API key"))
        );
    }
}
