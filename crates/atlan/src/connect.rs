//! Builds the HTTP library's client: roots, proxies, time-outs. Done once, at the first request, because reading the
//! system's certificates takes milliseconds, which a validation without network must not spend.
//!
//! The environment is not read here: proxies are settings, see `proxy.rs`.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, header, redirect, retry};
use rustls::CertificateError;

use crate::config::proxy::proxy_for;
use crate::config::{Config, ConfigError};
use crate::error::{Cause, CertificateProblem, NotSentReason};

/// Headers of every request. What the server does with the `x-atlan-…` ones is unknown; Atlan's SDKs send them.
pub(crate) fn headers(config: &Config) -> Result<header::HeaderMap, ConfigError> {
    let value = |text: &str| header::HeaderValue::from_str(text).map_err(|_| ConfigError::AgentCharacters);
    let mut headers = header::HeaderMap::new();
    headers.insert(header::ACCEPT, header::HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, value(&config.user_agent)?);
    headers.insert("x-atlan-agent", header::HeaderValue::from_static("sdk"));
    headers.insert("x-atlan-agent-id", value(&config.agent_id)?);
    headers.insert("x-atlan-client-origin", header::HeaderValue::from_static("product_sdk"));
    Ok(headers)
}

/// Builds the client. A machine without certificate files, such as a minimal container, gets Mozilla's list, which is
/// compiled in. Plain `http`, to a loopback address, needs no certificates; reading those of the system would take
/// most of the time of a short run against a local tenant.
pub(crate) fn client(config: &Config) -> Result<Client, Box<dyn StdError + Send + Sync>> {
    let extra = config.ca_certificates.readable().iter().map(|der| Certificate::from_der(der));
    let extra = extra.collect::<Result<Vec<_>, _>>()?;
    if config.base_url.scheme() == "http" && extra.is_empty() {
        // A plain `http` tenant has no certificate to check.
        return Ok(builder(config)?.tls_certs_only(extra).build()?);
    }
    match builder(config)?.tls_certs_merge(extra.clone()).build() {
        Ok(client) => Ok(client),
        Err(system) => {
            let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
            let roots = built_in.filter_map(|der| Certificate::from_der(der).ok()).chain(extra);
            // If the roots are not the cause, the first error is the one to report.
            builder(config)?.tls_certs_only(roots).build().map_err(|_| system.into())
        }
    }
}

fn builder(config: &Config) -> Result<ClientBuilder, ConfigError> {
    let proxy = match proxy_for(&config.proxy, &config.base_url)? {
        Some(url) => Some(Proxy::all(url).map_err(|_| ConfigError::ProxyAddress)?),
        None => None,
    };
    // Without this, the library would read proxies from the environment by rules of its own.
    let builder = Client::builder().no_proxy();
    let builder = match proxy {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    };
    Ok(builder
        .default_headers(headers(config)?)
        // A little shorter than an attempt, so that a connection that was never made can be told from a lost answer.
        .connect_timeout(config.request_timeout.mul_f64(0.9))
        // Atlan's front end closes idle connections after 75 s; a write must not be sent on one that is closing.
        .pool_idle_timeout(Duration::from_secs(30))
        // A redirected POST would turn into a GET, and our token would go to another host.
        .redirect(redirect::Policy::none())
        // `retry.rs` alone decides whether a request is repeated.
        .retry(retry::never())
        .dns_resolver(Arc::new(SystemNames)))
}

/// Resolves host names by the system, as the library would. Its error names the host, which is the tenant's or the proxy's.
struct SystemNames;

/// A name without an address.
#[derive(Debug, thiserror::Error)]
#[error("the system does not know the name {host}")]
struct NameNotFound {
    host: String,
    source: io::Error,
}

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            match tokio::net::lookup_host((host, 0)).await {
                Ok(addresses) => Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs),
                Err(source) => Err(NameNotFound { host: host.to_owned(), source }.into()),
            }
        })
    }
}

/// Why a request never left, by the types of its causes, and the cause that says so: the library's errors above it say only
/// that there is a cause.
pub(crate) fn reason(error: reqwest::Error) -> (NotSentReason, Cause) {
    let mut next: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(error) = next {
        if let Some(NameNotFound { host, source }) = error.downcast_ref() {
            return (NotSentReason::HostNotFound { host: host.clone() }, source.to_string().into());
        }
        if let Some(error @ rustls::Error::InvalidCertificate(certificate)) = error.downcast_ref() {
            return (NotSentReason::Certificate(problem(certificate)), error.clone().into());
        }
        next = match error.downcast_ref::<io::Error>() {
            // An I/O error's `source` is that of what it wraps.
            Some(error) => error.get_ref().map(|wrapped| wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    (NotSentReason::Other, error.without_url().into())
}

/// Whether a server that answered nothing says that it has processed nothing of a request: it refused the stream, or it closed
/// the connection and the stream came after the last one that it processed. Both allow the client to send the request again
/// (RFC 9113, 8.7). A stream that the server may have begun to process ends with another error in both cases.
pub(crate) fn is_unprocessed(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (refused || error.is_go_away());
        }
        next = error.source();
    }
    false
}

fn problem(error: &CertificateError) -> CertificateProblem {
    match error {
        CertificateError::UnknownIssuer => CertificateProblem::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::OtherName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateProblem::OutOfDate,
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => CertificateProblem::IsAuthority,
            _ => CertificateProblem::Other,
        },
        _ => CertificateProblem::Other,
    }
}
