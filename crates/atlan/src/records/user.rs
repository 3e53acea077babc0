//! People of a tenant, from their invitation on. A person keeps one record and one GUID.

use std::fmt;

use jiff::Timestamp;

use crate::guid::Guid;
use crate::records::role::WorkspaceRole;

/// A person as Atlan has them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The same before and after the invitation is accepted.
    pub id: Guid,
    /// As stored, normally in lower case.
    pub email: String,
    /// Assigned by Atlan, normally at the invitation.
    pub username: Option<String>,
    /// `None`: the record names no workspace role.
    pub role: Option<WorkspaceRole>,
    /// Status at the time of the answer.
    pub status: UserStatus,
    /// When the invitation was sent, RFC 3339.
    pub invited_at: Option<String>,
    /// User name of the person or credential that sent it.
    pub invited_by: Option<String>,
    /// First name, stated at the acceptance.
    pub first_name: Option<String>,
    /// Last name, stated at the acceptance.
    pub last_name: Option<String>,
    /// Whether SCIM manages the person. `None`: the tenant does not tell it.
    pub is_scim: Option<bool>,
    /// Time of the last login, to the millisecond.
    pub last_login_at: Option<Timestamp>,
    /// When the record was made, to the millisecond, if it does not tell when the invitation was sent. `None`: it has no time, or
    /// it tells the other one.
    pub created_at: Option<Timestamp>,
    /// Whether the person is in a group. `None`: the record does not tell.
    pub is_in_groups: Option<bool>,
}

/// Status of a person, computed from flags of the record, because the record's own `status` says little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserStatus {
    /// Invited, and the invitation can be accepted.
    Pending,
    /// Invited, and the invitation is too old to be accepted (7 days).
    Expired,
    /// Can log in. Somebody locked out for a while by wrong passwords counts as active.
    Active,
    /// Can't log in until enabled again.
    Disabled,
}

impl UserStatus {
    /// `pending`, `expired`, `active` or `disabled`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Expired => "expired",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// Whether an invitation is open, expired or not.
    pub fn is_invited(self) -> bool {
        matches!(self, Self::Pending | Self::Expired)
    }
}

impl fmt::Display for UserStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The form in which email addresses are compared and sent: without surrounding space, in lower case.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}
