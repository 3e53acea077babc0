//! Advice for the person at the terminal: what a known error of Atlan's API usually means, and what to do next.
//!
//! Errors are recognised by type and status, never by their text, with one exception (see
//! [`atlan::Error::is_sso_refusal`]). The message already says what was attempted and what Atlan answered.

use std::error::Error as StdError;

use atlan::{CertificateProblem, Error, Existing, NotSentReason, Origin, Refusal, Stop, Subject};

/// Points an error at an attribute if the attribute's value may be the cause: not for a wrong key, a lost connection or an
/// overloaded tenant.
pub(crate) trait Blame<T> {
    /// The same result; an error that the value explains points at the attribute.
    fn blame(self, path: impl Into<tfplug::Path>) -> tfplug::Result<T>;
}

impl<T> Blame<T> for atlan::Result<T> {
    fn blame(self, path: impl Into<tfplug::Path>) -> tfplug::Result<T> {
        self.map_err(|error| {
            let about_the_value = match &error {
                Error::AlreadyExists(_)
                | Error::Lockout { .. }
                | Error::OwnCredential { .. }
                | Error::RoleMissing { .. }
                | Error::NotApplied { .. } => true,
                Error::Refused(refusal) => matches!(refusal.status, 400 | 409 | 422),
                _ => false,
            };
            let error = tfplug::Error::from(error);
            if about_the_value { error.at(path) } else { error }
        })
    }
}

/// As [`advice`], about one of many people in a list. It cannot be imported, and others of the list may have changed.
pub(crate) fn advice_of_entries(error: &(dyn StdError + 'static)) -> Option<String> {
    let known = error.downcast_ref::<Error>()?;
    match innermost(known).error {
        known if known.is_sso_refusal() => Some(
            "This tenant lets people in by single sign-on only and refuses invitations. Assign the people to Atlan in the identity \
             provider. Once they appear in Atlan, `on_existing = \"adopt\"` takes them over here."
                .to_owned(),
        ),
        Error::Lockout { .. } => Some(
            "The access of these people is as before. If you really want this, set `allow_self_lockout = true` in the provider block."
                .to_owned(),
        ),
        _ => advice(error),
    }
}

/// As [`advice`], about a change that an action makes: no plan shows it.
pub(crate) fn advice_of_actions(error: &Error) -> Option<String> {
    let Innermost { error: known, of_token } = innermost(error);
    let may_be_done = !of_token
        && match known {
            Error::Lost { .. } | Error::NotApplied { .. } => true,
            Error::Refused(refusal) => matches!(refusal.status, 500..=599),
            _ => false,
        };
    if let Error::Stopped { stop, last, .. } = known {
        let next = match stop {
            Stop::Deadline => "Allow more time (`timeout` of the action), or try again later.",
            Stop::Cancelled => "Run the action again for those who are left.",
        };
        return Some(and_because(next, last.as_deref()));
    }
    if may_be_done {
        return Some(
            "The change may have been made. Look at the person in Atlan, and run the action again if it was not."
                .to_owned(),
        );
    }
    advice(error)
}

/// What to do about an error, if anything is known about it.
pub(crate) fn advice(error: &(dyn StdError + 'static)) -> Option<String> {
    let Innermost { error, of_token } = innermost(error.downcast_ref::<Error>()?);
    if let Some(refusal) = error.refusal().filter(|refusal| refusal.call.path.contains(IDP))
        && let Some(advice) = of_identity_provider(refusal)
    {
        return Some(advice.to_owned());
    }
    if error.is_sso_refusal() {
        return Some(
            "This tenant lets people in by single sign-on only and refuses invitations. Assign the person to Atlan in \
             the identity provider, and import them here once they appear in Atlan."
                .to_owned(),
        );
    }
    match error {
        Error::AlreadyExists(existing) => Some(taken(existing)),
        Error::OutcomeUnknown { subject, last, .. } => Some(and_because(&unknown(subject), last.as_deref())),
        Error::Lockout { .. } => Some(
            "Nothing was changed. If you really want this, set `allow_self_lockout = true` in the provider block."
                .to_owned(),
        ),
        Error::SeveralPeople { .. } => {
            Some("It is not certain which of them is meant, so nothing was changed. Use the GUID instead of the address.".to_owned())
        }
        Error::OwnCredential { .. } => Some(
            "This credential was not deleted. To replace or delete it, run Terraform with another one, \
             such as its successor if this run has just created one. If the rest of the plan cannot wait, take the reason of the replacement \
             out of the configuration (such as `rotate_before`). To keep the credential without its resource, use a `removed` block with \
             `destroy = false`. If you really want this, set `allow_self_lockout = true` in the provider block, and \
             `create_before_destroy` in the `lifecycle` block: otherwise the create of the successor comes too late."
                .to_owned(),
        ),
        Error::SecretLost { name } => Some(format!(
            "Run `terraform apply` again. If this happens again, raise `request_timeout` in the provider block, because Atlan may be \
             slow to answer. If Atlan is very slow, another attempt may still appear, under a name that begins with \"{name} ~\". The \
             next apply warns of it, so that you can delete it."
        )),
        Error::NotSent { reason, .. } => Some(not_sent(reason).to_owned()),
        Error::Lost { .. } => Some(
            "The connection was lost before the answer was complete. Try again; the next plan shows what is there."
                .to_owned(),
        ),
        Error::Unreadable { call, .. } => {
            let effect = match call.method {
                "GET" => "The state was not changed.",
                _ if of_token => "Atlan gave no token, so this request was not sent.",
                _ => "The state was not changed, but the change may have taken effect in Atlan. The next plan shows that.",
            };
            Some(format!(
                "Something other than Atlan may have answered: check that `base_url` is the address of the tenant and that \
                 no login page or proxy is in between. {effect}"
            ))
        }
        Error::PauseTooLong { .. } => Some(
            "Try again later, or raise `retry_max_wait` in the provider block (ATLAN_RETRY_MAX_WAIT).".to_owned(),
        ),
        Error::Stopped { stop, last, .. } => {
            let next = match stop {
                Stop::Deadline => "Allow more time (`timeouts` of a resource, `timeout` of an action), or try again later. If this was a \
                     refresh, it went by the `timeouts` in the state: after a change of `read`, run `terraform apply -refresh=false` once.",
                Stop::Cancelled => "Run the command again to continue.",
            };
            Some(and_because(next, last.as_deref()))
        }
        Error::NotFound { .. } => Some(
            "The state is outdated: the object was deleted in Atlan. Nothing was changed. Run `terraform plan` without \
             `-refresh=false` to see what is there."
                .to_owned(),
        ),
        Error::GroupsLost { .. } => Some(
            "Look in Atlan which groups the person is in, and add them where they are missing.".to_owned(),
        ),
        Error::NotApplied { .. } => Some(
            "The next plan shows what Atlan has recorded. If the change never takes effect, give Atlan's support the \
             request ids, which `TF_LOG=DEBUG` shows."
                .to_owned(),
        ),
        Error::NotSeen { last, .. } => {
            Some(and_because("Run `terraform apply` again: it checks whether the change has taken effect.", Some(last)))
        }
        Error::RoleMissing { .. } => Some(
            "Either the credential has no right to see the tenant's roles, or something other than Atlan answered. \
             Nothing was sent."
                .to_owned(),
        ),
        _ => by_status(error.refusal()?, of_token),
    }
}

/// Part of the path of everything about an identity provider.
const IDP: &str = "/idp/";

/// Advice on a refusal of a request about the mappers of an identity provider.
fn of_identity_provider(refusal: &Refusal) -> Option<&'static str> {
    match refusal.status {
        403 => Some(
            "The credential may not manage single sign-on, or single sign-on is not set up in this tenant. \
             Look at SSO in Atlan's admin center, or use another credential, such as an admin's own token.",
        ),
        404 if refusal.origin == Origin::Api && refusal.call.path.ends_with("/mappers") => Some(
            "The tenant has no identity provider with this alias. The alias is in the address of the \
             provider's page, under SSO in Atlan's admin center.",
        ),
        _ => None,
    }
}

/// What the next apply does about a create whose outcome is unknown.
fn unknown(subject: &Subject) -> String {
    let looks = match subject {
        Subject::User(_) => {
            "Before it sends anything, the provider looks for the person. If Atlan still does not list them, it sends the invitation \
             again. If Atlan lists them, and its record says that this credential invited them, the provider takes them over; if the \
             record says otherwise, `on_existing` decides."
        }
        Subject::Group(_) => {
            "Before it sends anything, the provider looks for a group of that name. If Atlan's record says \
             that this credential created the group, the provider takes it over; otherwise `on_existing` \
             decides."
        }
        Subject::ApiToken(_) => {
            "Before it sends anything, the provider looks for the token by this name, which no other token \
             has. If the token is there, the provider deletes it, because its secret is lost."
        }
        Subject::OauthClient(_) => {
            "Before it sends anything, the provider looks for the client by this name, which no other \
             client has. If the client is there, the provider deletes it, because its secret is lost."
        }
        Subject::Mail(_) => {
            return "Ask the person whether the mail has come before you run the action again.".to_owned();
        }
        Subject::SsoGroupMapping(_) => {
            "Before it sends anything, the provider looks for the mapping by its name, which no other \
             mapping has, and replaces it if it is there."
        }
    };
    format!("Run `terraform apply` again, without `-refresh=false`. {looks}")
}

/// Advice on a call that ended early, and on the failure of its last attempt if that will not pass by itself.
fn and_because(next: &str, last: Option<&Error>) -> String {
    let lasting = last.filter(|last| match innermost(last).error {
        Error::NotSent { reason, .. } => {
            !matches!(reason, NotSentReason::Other | NotSentReason::StreamRefused)
        }
        error => matches!(error.status(), Some(300..=499)) && error.status() != Some(429),
    });
    match lasting.and_then(|last| advice(last)) {
        Some(advice) => format!("{next}\n\n{advice}"),
        None => next.to_owned(),
    }
}

/// Advice on how to take over an object that exists.
fn taken(existing: &Existing) -> String {
    let id = existing.id();
    let (resource, kind, label, id) = match existing {
        Existing::Group(group) => ("atlan_group", "group", group.name.clone(), id.to_string()),
        Existing::ApiToken(token) => ("atlan_api_token", "token", token.display_name.clone(), id.to_string()),
        Existing::OauthClient(client) => {
            ("atlan_oauth_client", "client", client.display_name.clone(), id.to_string())
        }
        Existing::SsoGroupMapping(mapping) => {
            let id = format!("{}/{id}", mapping.idp_alias);
            ("atlan_sso_group_mapping", "mapping", mapping.group_name.clone(), id)
        }
        Existing::User(user) => {
            let label = user.email.split('@').next().unwrap_or_default();
            ("atlan_user_invite", "person", label.to_owned(), id.to_string())
        }
    };
    // A label that is a valid name in a configuration; the practitioner puts in their own.
    let label: String =
        label.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    let label = if label.starts_with(|c: char| c.is_ascii_digit()) { format!("_{label}") } else { label };
    format!(
        "To manage it here, set `on_existing = \"adopt\"`, or import it (replace the address in `to` by that of your \
         resource):\n\n  \
         import {{\n    to = {resource}.{label}\n    id = \"{id}\"\n  }}\n\n{}",
        replaced_first(&format!("this {kind}"))
    )
}

/// Advice for a create that is the new half of a replacement under `create_before_destroy`. Terraform tells the provider
/// nothing of the old half, so it is not known whether this is one.
pub(crate) fn replaced_first(what: &str) -> String {
    format!(
        "If this resource manages {what} already and Terraform is replacing it, remove \
         `create_before_destroy` from its `lifecycle` block. If it has none, remove it from the resources \
         that refer to this one, because Terraform passes it on. If Terraform replaces the resource only \
         because it is tainted, run `terraform untaint` instead."
    )
}

/// The underlying failure, without the layers that only say how often it was tried or that no token could be obtained.
struct Innermost<'a> {
    error: &'a Error,
    /// Whether it is about the request for a token.
    of_token: bool,
}

fn innermost(error: &Error) -> Innermost<'_> {
    match error {
        Error::GaveUp { last, .. } => innermost(last),
        Error::NotSent { cause, .. } => match cause.downcast_ref() {
            Some(cause) => Innermost { of_token: true, ..innermost(cause) },
            None => Innermost { error, of_token: false },
        },
        _ => Innermost { error, of_token: false },
    }
}

fn not_sent(reason: &NotSentReason) -> &'static str {
    match reason {
        NotSentReason::HostNotFound { .. } => {
            "Check the spelling of the host in `base_url` (ATLAN_BASE_URL), and in HTTPS_PROXY if that is set; then this \
             machine's DNS."
        }
        NotSentReason::Certificate(CertificateProblem::UnknownIssuer) => {
            "Name a file with the certificate of the authority that issued the server's in `ca_certificate_file` \
             (ATLAN_CA_CERTIFICATE_FILE). Behind a proxy that inspects TLS, that is the authority of the \
             proxy. The server's own certificate works only if it is self-signed."
        }
        NotSentReason::Certificate(CertificateProblem::IsAuthority) => {
            "The server presents a certificate that is marked as an authority (`CA:TRUE`), which `openssl req -x509` does \
             by default. Such a certificate is not accepted from a server, even when it is in `ca_certificate_file`. \
             Create a new one for the server with `-addext basicConstraints=critical,CA:FALSE` and \
             `-addext subjectAltName=DNS:<host>`, or let an authority issue it."
        }
        NotSentReason::Certificate(CertificateProblem::OtherName) => {
            "The host in `base_url` (ATLAN_BASE_URL) must be one of the names that the certificate lists as subject \
             alternative names; its common name does not count."
        }
        NotSentReason::Certificate(CertificateProblem::OutOfDate) => {
            "Check the clock of this machine. If it is right, the certificate of the server, or of the proxy that \
             inspects TLS, has to be renewed."
        }
        NotSentReason::StreamRefused => {
            "The server, or a proxy before it, takes no more requests at the moment. Try again later, or lower \
             `max_concurrent_requests` in the provider block (ATLAN_MAX_CONCURRENT_REQUESTS)."
        }
        _ => {
            "Check `base_url` (ATLAN_BASE_URL), the network, and HTTPS_PROXY and NO_PROXY. Behind a proxy that \
             inspects TLS, name its certificates in `ca_certificate_file` (ATLAN_CA_CERTIFICATE_FILE)."
        }
    }
}

/// Whether the request is about a list or makes something new, so that its path exists in every tenant: it holds no GUID and no
/// alias of an identity provider.
fn names_no_object(refusal: &Refusal) -> bool {
    let path = refusal.call.path.as_str();
    let path = path.rsplit_once("/service/").map_or(path, |(_, path)| path);
    let path = path.strip_prefix("v2/").unwrap_or(path);
    !path.contains('/') || path == "users/current"
}

fn by_status(refusal: &Refusal, of_token: bool) -> Option<String> {
    let advice = match refusal.status {
        300..=399 => {
            "No redirect is followed, because the credential would go to another address. Check `base_url` \
             (ATLAN_BASE_URL): it must be the address of the tenant itself, such as https://example.atlan.com. If the \
             redirect leads to a login page, a proxy in between may ask for a login."
        }
        400 | 401 | 403 | 422 if of_token => {
            "Atlan gives this OAuth client no token. Check `oauth_client_id` (ATLAN_OAUTH_CLIENT_ID) and `oauth_client_secret` \
             (ATLAN_OAUTH_CLIENT_SECRET), and that the client exists in the tenant at `base_url`."
        }
        401 => {
            "The credential is wrong, expired or revoked. Check `api_key` (ATLAN_API_KEY), or the OAuth client, and that \
             it belongs to the tenant at `base_url`."
        }
        403 => {
            "The credential may not do this. Give it the right in Atlan's admin center, or use another credential, such as \
             an admin's own token. A newly granted right can take half a minute to take effect."
        }
        404 if refusal.call.path.ends_with("/workflows") => {
            "Atlan removes people by a workflow. Either the tenant runs none, or a gateway or proxy between Terraform \
             and Atlan blocks this request. Ask Atlan's support."
        }
        // Every tenant answers a read, if need be with an empty list, and a request for a token.
        404 if names_no_object(refusal) || of_token => {
            "Every tenant has this path, so `base_url` (ATLAN_BASE_URL) is probably wrong. It must be the address that \
             a browser shows for Atlan, with nothing after the host, such as https://example.atlan.com."
        }
        404 => {
            "The object of this request may not exist; it may have been deleted in Atlan in the meantime. \
             Run `terraform plan` to see what is there. If the object still exists, a gateway or proxy \
             between Terraform and Atlan may be blocking this request."
        }
        409 if names_no_object(refusal) && refusal.call.method == "POST" => {
            "Something with this name or address already exists. Run `terraform plan` to see what is there."
        }
        400 | 409 | 413 | 422 => {
            "Atlan's message says what it does not accept. If the configuration is right, ask Atlan's support and \
             give the request id."
        }
        429 => {
            "The tenant limits requests (1,800 a minute by default, per network address). Try again later, or lower \
             `requests_per_second` or `max_concurrent_requests` in the provider block."
        }
        500..=599 if refusal.call.method == "GET" || of_token => "Atlan could not answer. Try again later.",
        500..=599 => {
            "Atlan could not answer, and the change may have taken effect all the same. Try again later: the next plan shows what is there."
        }
        _ => return None,
    };
    Some(advice.to_owned())
}
