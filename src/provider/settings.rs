//! What the client is made of, from the provider block and the environment: credentials, certificates, the proxy, and the name of the program.

use atlan::{Credentials, Secret};
use tfplug::{ConfigureCx, Diagnostics, Provider as _};

use super::{Atlan, AtlanArgs};

pub(super) const TWO_WAYS: &str = "Set either `api_key` (ATLAN_API_KEY) or `oauth_client_id` with `oauth_client_secret` \
     (ATLAN_OAUTH_CLIENT_ID, ATLAN_OAUTH_CLIENT_SECRET), not both.";

const NO_WAY: &str = "Set `api_key` in the provider block, or the environment variable ATLAN_API_KEY. Or set an \
                      OAuth client: `oauth_client_id` and `oauth_client_secret`, or ATLAN_OAUTH_CLIENT_ID and \
                      ATLAN_OAUTH_CLIENT_SECRET.";

const HALF_OAUTH: &str = "An OAuth client needs both `oauth_client_id` (ATLAN_OAUTH_CLIENT_ID) and \
     `oauth_client_secret` (ATLAN_OAUTH_CLIENT_SECRET).";

/// The client's credentials. If the configuration has any, all credentials in the environment are ignored.
pub(super) fn credentials(
    cx: &ConfigureCx<'_>,
    args: &AtlanArgs,
    diagnostics: &mut Diagnostics,
) -> Option<Credentials> {
    let key = args.api_key.as_ref();
    let (id, secret) = (args.oauth_client_id.as_ref(), args.oauth_client_secret.as_ref());
    let configured_key = key.is_some() && !cx.is_from_env(AtlanArgs::API_KEY);
    let configured_oauth = (id.is_some() && !cx.is_from_env(AtlanArgs::OAUTH_CLIENT_ID))
        || (secret.is_some() && !cx.is_from_env(AtlanArgs::OAUTH_CLIENT_SECRET));
    let key = key.filter(|_| configured_key || !configured_oauth);
    let oauth = (id.is_some() || secret.is_some()) && (configured_oauth || !configured_key);
    match (key, oauth, id, secret) {
        (Some(_), true, ..) => {
            diagnostics.error_at(AtlanArgs::API_KEY, "Both an API token and an OAuth client", TWO_WAYS)
        }
        (Some(key), false, ..) => return Some(Credentials::ApiKey(key.expose().0.clone())),
        (None, true, Some(id), Some(secret)) => {
            return Some(Credentials::OAuth {
                client_id: id.clone(),
                client_secret: Secret::new(secret.expose().as_str()),
            });
        }
        (None, true, Some(_), None) => {
            diagnostics.error_at(AtlanArgs::OAUTH_CLIENT_SECRET, "Incomplete OAuth client", HALF_OAUTH);
        }
        (None, true, ..) => {
            diagnostics.error_at(AtlanArgs::OAUTH_CLIENT_ID, "Incomplete OAuth client", HALF_OAUTH)
        }
        (None, false, ..) => diagnostics.error_at(AtlanArgs::API_KEY, "No credentials for Atlan", NO_WAY),
    }
    None
}

/// Reads the certificates to trust beside the system's. Unreadable ones are skipped with a warning.
pub(super) fn ca_certificates(
    cx: &ConfigureCx<'_>,
    file: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> atlan::CaCertificates {
    let Some(file) = file else { return atlan::CaCertificates::default() };
    let setting = if cx.is_from_env(AtlanArgs::CA_CERTIFICATE_FILE) {
        "the environment variable ATLAN_CA_CERTIFICATE_FILE"
    } else {
        "`ca_certificate_file` in the provider block"
    };
    let read = std::fs::read(file).map_err(|error| error.to_string());
    match read.and_then(|pem| atlan::CaCertificates::from_pem(&pem).map_err(|error| error.to_string())) {
        Ok(certificates) => {
            warn_of_unreadable(cx, setting, file, certificates.unreadable());
            certificates
        }
        Err(problem) => {
            let detail = format!(
                "Could not use \"{file}\", which {setting} names: {problem}. Give the path of a file with certificates in \
                 PEM form."
            );
            diagnostics.error_at(
                AtlanArgs::CA_CERTIFICATE_FILE,
                "The CA certificates cannot be read",
                detail,
            );
            atlan::CaCertificates::default()
        }
    }
}

fn warn_of_unreadable(
    cx: &ConfigureCx<'_>,
    setting: &str,
    file: &str,
    skipped: &[atlan::UnreadableCertificate],
) {
    const SHOWN: usize = 10;
    if skipped.is_empty() {
        return;
    }
    let mut list: String = skipped
        .iter()
        .take(SHOWN)
        .map(|entry| format!("\n  - certificate {} (line {}): {}", entry.number, entry.line, entry.problem))
        .collect();
    if skipped.len() > SHOWN {
        list.push_str(&format!("\n  - and {} more", skipped.len() - SHOWN));
    }
    cx.warning(
        "Some CA certificates cannot be read",
        format!(
            "These certificates in \"{file}\", which {setting} names, are not trusted; all others are:\n{list}\n\nRemove or \
             replace them. If a connection fails because of a certificate, it may need one of these."
        ),
    );
}

/// Proxies from the variables that Go programs read. An empty variable means no proxy. `HTTP_PROXY` is for plain
/// `http`, which only reaches this machine.
pub(super) fn proxy(cx: &ConfigureCx<'_>) -> atlan::ProxySettings {
    let either = |upper, lower| cx.env(upper).or_else(|| cx.env(lower));
    atlan::ProxySettings {
        https_proxy: either("HTTPS_PROXY", "https_proxy").map(Secret::new),
        no_proxy: either("NO_PROXY", "no_proxy"),
    }
}

/// The form that Terraform's providers use.
pub(super) fn user_agent(cx: &ConfigureCx<'_>) -> String {
    let mut agent = format!(
        "Terraform/{} (+https://www.terraform.io) terraform-provider-atlan/{}",
        cx.terraform_version(),
        Atlan::VERSION
    );
    if let Some(more) = cx.env("TF_APPEND_USER_AGENT") {
        agent.push(' ');
        agent.push_str(more.trim());
    }
    agent
}
