//! Errors by phase of a request: before it was sent, on the way, in Atlan's answer, in reading the answer, or in the
//! effect of a finished write.
//!
//! Each text describes only its own layer; the cause is the `source`. No text holds a secret: messages of the server pass
//! through the mask before they get here. Advice on what to do next is given by the caller, which knows the user.

use std::error::Error as StdError;
use std::time::Duration;

use jiff::Timestamp;

use crate::config::ConfigError;
use crate::guid::Guid;
use crate::records::{User, WorkspaceRole};

mod about;
mod duplicate;
mod not_sent;
mod refusal;

pub use about::{Existing, LockoutReason, Stop, Subject};
pub use not_sent::{CertificateProblem, NotSentReason};
pub use refusal::{Call, Origin, Refusal};

/// Result of a call to Atlan.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Statuses after which a request that is safe to repeat is sent again.
pub(crate) const RETRIED_STATUSES: [u16; 4] = [429, 502, 503, 504];

/// Cause from below: the HTTP library, the TLS library, the operating system.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting breaks a rule; nothing was sent.
    #[error("invalid client settings")]
    Config(#[from] ConfigError),
    /// Atlan never processed the request: no connection, no TLS, no name resolution, or a refused stream.
    #[error("{call} was not {reason}")]
    NotSent {
        /// The request.
        call: Box<Call>,
        /// Why, where that is known.
        reason: NotSentReason,
        /// What stopped it.
        #[source]
        cause: Cause,
    },
    /// The request was sent and no complete answer came back: what it did is unknown.
    #[error("{call} got no complete answer")]
    Lost {
        /// The request.
        call: Box<Call>,
        /// How the answer was lost.
        #[source]
        cause: Cause,
    },
    /// Atlan answered with a status that is not success.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// Atlan answered with success, and the answer makes no sense.
    #[error("{call} was answered with {status}, but the answer is unreadable: {problem}")]
    Unreadable {
        /// The request.
        call: Box<Call>,
        /// Status of the answer.
        status: u16,
        /// What was wrong with it: not JSON, cut off, or the names of missing fields.
        problem: String,
    },
    /// All attempts failed; the source is what the last one met.
    #[error("{call} failed {} times, after waiting {} between attempts", call.attempts, seconds(*waited))]
    GaveUp {
        /// The request.
        call: Box<Call>,
        /// Time spent waiting, for all attempts together.
        waited: Duration,
        /// What the last attempt met.
        #[source]
        last: Box<Error>,
    },
    /// Atlan asked for a longer pause than the settings allow.
    #[error(
        "{call}: Atlan asks to wait {} (Retry-After), longer than retry_max_wait ({})",
        seconds(*retry_after),
        seconds(*retry_max_wait)
    )]
    PauseTooLong {
        /// The request.
        call: Box<Call>,
        /// What Atlan asked for.
        retry_after: Duration,
        /// The longest pause that the settings allow.
        retry_max_wait: Duration,
        /// The answer that asked.
        #[source]
        last: Box<Error>,
    },
    /// The deadline passed or the call was cancelled while none of its writes was in flight.
    #[error("{call} {stop}")]
    Stopped {
        /// The request that did not leave, or a read that was abandoned.
        call: Box<Call>,
        /// Deadline or cancellation.
        stop: Stop,
        /// What the last attempt met, if there was one.
        #[source]
        last: Option<Box<Error>>,
    },
    /// A write was sent, and whether it took effect could not be learned. Look before sending it again.
    #[error("it is unknown whether {subject}: {why}")]
    OutcomeUnknown {
        /// What was to be made.
        subject: Subject,
        /// What is known.
        why: String,
        /// Atlan has accepted the request; only lists do not show what it was to make.
        is_accepted: bool,
        /// When the first attempt left, by the server's clock, so that a later process can tell what it made from what
        /// existed before ([`Client::invited_by_us`](crate::Client::invited_by_us)). Learned from the `Date` of earlier
        /// answers, to the second. `None`: this client had no answer before.
        since: Option<Timestamp>,
        /// What the last attempt met.
        #[source]
        last: Option<Box<Error>>,
    },
    /// The object to create exists, and this call did not make it.
    #[error(transparent)]
    AlreadyExists(Existing),
    /// The object to change does not exist.
    #[error("{subject} does not exist")]
    NotFound {
        /// Such as `the group e79cb8eb-…`.
        subject: String,
    },
    /// Several people have the address by which one is wanted. A server may keep the case of addresses.
    #[error("{email} is the address of {} people: {}", ids.len(), ids.iter().map(Guid::as_str).collect::<Vec<_>>().join(", "))]
    SeveralPeople {
        /// The address, folded.
        email: String,
        /// The people by GUID.
        ids: Vec<Guid>,
    },
    /// An invitation can't be cancelled, because the person is not (or no longer) a pending one.
    #[error("{} has no pending invitation: the person is {}", user.email, user.status)]
    NotPending {
        /// The person as found.
        user: Box<User>,
    },
    /// Atlan accepted a write, and the record still shows the old value.
    #[error("Atlan accepted {action}, but the record still shows {shown}")]
    NotApplied {
        /// What was asked for.
        action: String,
        /// What the record says.
        shown: String,
    },
    /// Atlan accepted a write, and the look that was to show its effect failed.
    #[error("Atlan accepted {action}, but the read that was to show its effect failed")]
    NotSeen {
        /// What was asked for.
        action: String,
        /// What the look met.
        #[source]
        last: Box<Error>,
    },
    /// An add to a group took somebody out of other groups, or may have, because the tenant replaces a person's groups or the
    /// outcome of the add is unknown; and putting them back failed.
    #[error("{email} may be out of {} other groups", groups.len())]
    GroupsLost {
        /// The address of the person.
        email: String,
        /// The groups by GUID.
        groups: Vec<Guid>,
        /// Why the person could not be put back.
        #[source]
        last: Box<Error>,
    },
    /// The write was not sent, because it could lock the caller out of the tenant.
    #[error("it is not safe to {action} {}: {reason}", user.email)]
    Lockout {
        /// `disable` or `lower the role of`.
        action: &'static str,
        /// The person whose access would go.
        user: Box<User>,
        /// Why that is dangerous.
        reason: LockoutReason,
        /// The failed look-up behind [`LockoutReason::CreatorUnknown`].
        #[source]
        cause: Option<Box<Error>>,
    },
    /// The write was not sent, because it would delete the credential that makes the requests.
    #[error("{subject} makes the requests of this run")]
    OwnCredential {
        /// Such as `the API token e79cb8eb-…`.
        subject: String,
    },
    /// Each attempt to make a credential lost its answer, and the secret with it. What has appeared of them was deleted.
    #[error(
        "the answers with the secret of {name:?} were lost, and what has appeared of these attempts was deleted"
    )]
    SecretLost {
        /// Name of the credential.
        name: String,
    },
    /// A bug in this program: work that several calls share has panicked. Nothing is known of its result; later calls are not
    /// affected.
    #[error("the work on {what} stopped because of a bug in this program ({message}); please report it")]
    Internal {
        /// What the work was on, such as `people`.
        what: &'static str,
        /// What the panic said.
        message: String,
    },
    /// The tenant's list of roles lacks a workspace role.
    #[error("the tenant's list of roles has no {role}")]
    RoleMissing {
        /// The role.
        role: WorkspaceRole,
    },
}

impl Error {
    /// Whether the same call may succeed when made again later, without anything having been changed: the request was
    /// not sent, its answer was lost, or the status was 429, 502, 503 or 504; also when all attempts met that. A server's
    /// certificate that was not accepted stays so.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotSent { reason: NotSentReason::Certificate(_), .. } => false,
            Self::NotSent { cause, .. } => cause.downcast_ref::<Self>().is_none_or(Self::is_retryable),
            Self::Lost { .. } | Self::PauseTooLong { .. } | Self::GaveUp { .. } => true,
            Self::Refused(refusal) => RETRIED_STATUSES.contains(&refusal.status),
            _ => false,
        }
    }

    /// Whether the same look may succeed within the time of a call: as [`Self::is_retryable`], unless Atlan has asked for a longer pause
    /// than allowed.
    pub(crate) fn may_pass_soon(&self) -> bool {
        self.is_retryable() && !matches!(self, Self::PauseTooLong { .. })
    }

    /// Atlan's refusal, if the failure is one, also behind "gave up".
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            // No token, so no request: what was refused is the request for the token.
            Self::NotSent { cause, .. } => cause.downcast_ref::<Self>()?.refusal(),
            Self::GaveUp { last, .. } | Self::PauseTooLong { last, .. } | Self::NotSeen { last, .. } => {
                last.refusal()
            }
            Self::Stopped { last, .. } | Self::OutcomeUnknown { last, .. } => last.as_ref()?.refusal(),
            _ => None,
        }
    }

    /// HTTP status of Atlan's refusal, if the failure is one.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Whether the object does not exist: a write to it was refused with 404, or it was looked for in vain. A 404 for
    /// a read concerns the whole list and says nothing about an object. After a 404 for a write, a list must confirm it: a
    /// gateway that does not know the path answers 404, too.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == 404 && refusal.call.method != "GET")
            || matches!(self, Self::NotFound { .. })
    }

    /// Whether a page, and not Atlan's API, answered 404: a gateway or proxy that does not know the path. Such an
    /// answer says nothing about the object. With another status, a gateway may show its page in place of Atlan's answer.
    pub fn is_of_gateway(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.status == 404 && refusal.origin == Origin::Gateway)
    }

    /// Whether Atlan no longer knows the credential, after a request that may have ended it.
    pub(crate) fn has_lost_access(&self) -> bool {
        matches!(self.status(), Some(401 | 403)) && !self.is_of_gateway()
    }

    /// Whether the credential may not do this (403).
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == 403)
    }

    /// Whether Atlan refused because the tenant enforces single sign-on. There is no code for it: the message is
    /// searched, so an answer without a message is not recognised. Only invitations count: the message about another
    /// request may quote a name such as `sso admins`.
    pub fn is_sso_refusal(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.call.path.ends_with("/users") && refusal.mentions_sso())
    }

    /// The request the failure belongs to.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::NotSent { call, .. }
            | Self::Lost { call, .. }
            | Self::Unreadable { call, .. }
            | Self::GaveUp { call, .. }
            | Self::PauseTooLong { call, .. }
            | Self::Stopped { call, .. } => Some(call),
            Self::Refused(refusal) => Some(&refusal.call),
            Self::OutcomeUnknown { last, .. } => last.as_ref()?.call(),
            Self::NotSeen { last, .. } => last.call(),
            _ => None,
        }
    }
}

/// A duration as people read it: `1.5 s`, `90 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let rounded = (duration.as_secs_f64() * 10.0).round() / 10.0;
    format!("{rounded} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, message: Option<&str>) -> Error {
        let call = Call {
            method: "POST",
            path: "/api/service/users".into(),
            request_id: "r-1".into(),
            attempts: 1,
            late: false,
        };
        let message = message.map(str::to_owned);
        Error::Refused(Box::new(Refusal {
            call,
            status,
            message,
            code: None,
            incident: None,
            retry_after: None,
            origin: Origin::Api,
            redirect: None,
        }))
    }

    #[test]
    fn a_refusal_names_request_status_message_and_request_id() {
        assert_eq!(
            refusal(403, Some("no")).to_string(),
            "POST /api/service/users was refused with 403: no (request id r-1)"
        );
        assert_eq!(
            refusal(500, None).to_string(),
            "POST /api/service/users was refused with 500 and no message (request id r-1)"
        );
    }

    #[test]
    fn single_sign_on_is_recognised_as_a_word() {
        assert!(refusal(403, Some("invitations are off: SSO is enforced")).is_sso_refusal());
        assert!(refusal(400, Some("Single Sign-On only")).is_sso_refusal());
        assert!(!refusal(403, Some("crossover not permitted")).is_sso_refusal());
        assert!(!refusal(403, None).is_sso_refusal());
    }

    #[test]
    fn retryable_are_the_listed_statuses_only() {
        for status in [400, 401, 403, 404, 409, 500] {
            assert!(!refusal(status, None).is_retryable(), "{status}");
        }
        for status in [429, 502, 503, 504] {
            assert!(refusal(status, None).is_retryable(), "{status}");
        }
    }

    #[test]
    fn errors_stay_small() {
        assert!(size_of::<Error>() <= 96, "{}", size_of::<Error>());
    }
}
