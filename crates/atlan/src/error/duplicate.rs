//! Copies of an error: each call that shared a failed request gets its own.

use super::{Cause, Error};

impl Error {
    /// The same failure once more, for several calls that shared a request. Causes that cannot be copied are kept as text.
    pub(crate) fn duplicate(&self) -> Self {
        let text = |cause: &Cause| -> Cause {
            match cause.downcast_ref::<Self>() {
                Some(error) => Box::new(error.duplicate()),
                None => {
                    let mut text = cause.to_string();
                    let mut source = cause.source();
                    while let Some(error) = source {
                        text.push_str(": ");
                        text.push_str(&error.to_string());
                        source = error.source();
                    }
                    text.into()
                }
            }
        };
        let boxed = |error: &Self| Box::new(error.duplicate());
        match self {
            Self::Config(error) => Self::Config(error.clone()),
            Self::NotSent { call, reason, cause } => {
                Self::NotSent { call: call.clone(), reason: reason.clone(), cause: text(cause) }
            }
            Self::Lost { call, cause } => Self::Lost { call: call.clone(), cause: text(cause) },
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
            Self::Unreadable { call, status, problem } => {
                Self::Unreadable { call: call.clone(), status: *status, problem: problem.clone() }
            }
            Self::GaveUp { call, waited, last } => {
                Self::GaveUp { call: call.clone(), waited: *waited, last: boxed(last) }
            }
            Self::PauseTooLong { call, retry_after, retry_max_wait, last } => Self::PauseTooLong {
                call: call.clone(),
                retry_after: *retry_after,
                retry_max_wait: *retry_max_wait,
                last: boxed(last),
            },
            Self::Stopped { call, stop, last } => {
                Self::Stopped { call: call.clone(), stop: *stop, last: last.as_deref().map(boxed) }
            }
            Self::OutcomeUnknown { subject, why, is_accepted, since, last } => Self::OutcomeUnknown {
                subject: subject.clone(),
                why: why.clone(),
                is_accepted: *is_accepted,
                since: *since,
                last: last.as_deref().map(boxed),
            },
            Self::AlreadyExists(existing) => Self::AlreadyExists(existing.clone()),
            Self::NotFound { subject } => Self::NotFound { subject: subject.clone() },
            Self::SeveralPeople { email, ids } => {
                Self::SeveralPeople { email: email.clone(), ids: ids.clone() }
            }
            Self::NotPending { user } => Self::NotPending { user: user.clone() },
            Self::NotApplied { action, shown } => {
                Self::NotApplied { action: action.clone(), shown: shown.clone() }
            }
            Self::NotSeen { action, last } => Self::NotSeen { action: action.clone(), last: boxed(last) },
            Self::GroupsLost { email, groups, last } => {
                Self::GroupsLost { email: email.clone(), groups: groups.clone(), last: boxed(last) }
            }
            Self::Lockout { action, user, reason, cause } => Self::Lockout {
                action,
                user: user.clone(),
                reason: reason.clone(),
                cause: cause.as_deref().map(boxed),
            },
            Self::Internal { what, message } => Self::Internal { what, message: message.clone() },
            Self::OwnCredential { subject } => Self::OwnCredential { subject: subject.clone() },
            Self::SecretLost { name } => Self::SecretLost { name: name.clone() },
            Self::RoleMissing { role } => Self::RoleMissing { role: *role },
        }
    }
}
