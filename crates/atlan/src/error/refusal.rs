//! A request, and an answer to it that is not success.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// A request as errors and logs name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path without query, from the root of the server.
    pub path: String,
    /// Our `X-Atlan-Request-Id`, the same through all attempts.
    pub request_id: String,
    /// Attempts made so far.
    pub attempts: u32,
    /// Whether an attempt before the last one may still take effect, because its answer was lost.
    pub(crate) late: bool,
}

impl Call {
    /// Stands in where an error belongs to no request.
    pub(crate) fn unknown() -> Self {
        Self { method: "POST", path: String::new(), request_id: String::new(), attempts: 0, late: false }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// An answer with a status that is not success.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The request.
    pub call: Call,
    /// HTTP status.
    pub status: u16,
    /// Atlan's own words, if the body held any; secrets masked, at most some hundred characters.
    pub message: Option<String>,
    /// Atlan's error code, if the body held one that is not just the status.
    pub code: Option<String>,
    /// Identifier that the server gave the incident, if any; ours is in `call`.
    pub incident: Option<String>,
    /// `Retry-After`, as a pause from the moment of the answer.
    pub retry_after: Option<Duration>,
    /// What seems to have answered, by the form of the body.
    pub origin: Origin,
    /// Where the answer points instead (3xx), without query and credentials. No redirect is followed.
    pub redirect: Option<String>,
}

/// What an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Atlan's API: the body is a JSON object.
    Api,
    /// A gateway or proxy before it: the body is an HTML page.
    Gateway,
    /// The body tells nothing.
    Unknown,
}

impl Refusal {
    /// A quoted address, such as `sso@example.com`, says nothing.
    pub(super) fn mentions_sso(&self) -> bool {
        let Some(message) = &self.message else { return false };
        let words: Vec<&str> = message.split_whitespace().filter(|word| !word.contains('@')).collect();
        let message = words.join(" ").to_lowercase();
        message.contains("single sign-on")
            || message.contains("single sign on")
            || message.split(|c: char| !c.is_alphanumeric()).any(|word| word == "sso")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(target) = &self.redirect {
            let (status, id) = (self.status, &self.call.request_id);
            return write!(f, "{} was redirected with {status} to {target} (request id {id})", self.call);
        }
        write!(f, "{} was refused with {}", self.call, self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        match &self.message {
            Some(message) => write!(f, ": {message}")?,
            None => f.write_str(" and no message")?,
        }
        write!(f, " (request id {}", self.call.request_id)?;
        if let Some(incident) = self.incident.as_ref().filter(|incident| **incident != self.call.request_id) {
            write!(f, ", Atlan's id {incident}")?;
        }
        f.write_str(")")
    }
}

impl StdError for Refusal {}
