//! What errors are about: objects in the way, objects whose outcome is unknown, and why a call was stopped or not made.

use std::error::Error as StdError;
use std::fmt;

use crate::guid::Guid;
use crate::records::{ApiToken, Group, OauthClient, SsoGroupMapping, User, UserStatus};

/// The object that is in the way of a create.
#[derive(Clone, Debug)]
pub enum Existing {
    /// A group with the wanted name.
    Group(Box<Group>),
    /// A person with the wanted email address.
    User(Box<User>),
    /// A token of the same name.
    ApiToken(Box<ApiToken>),
    /// An OAuth client of the same name.
    OauthClient(Box<OauthClient>),
    /// A mapping of the group at the identity provider.
    SsoGroupMapping(Box<SsoGroupMapping>),
}

impl Existing {
    /// GUID of the object.
    pub fn id(&self) -> &Guid {
        match self {
            Self::Group(group) => &group.id,
            Self::User(user) => &user.id,
            Self::SsoGroupMapping(mapping) => &mapping.id,
            Self::ApiToken(token) => &token.id,
            Self::OauthClient(client) => &client.id,
        }
    }
}

impl fmt::Display for Existing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => {
                write!(f, "a group named {} already exists, with GUID {}", group.name, group.id)
            }
            Self::ApiToken(token) => {
                write!(
                    f,
                    "an API token named {:?} already exists, with GUID {}",
                    token.display_name, token.id
                )
            }
            Self::OauthClient(client) => {
                write!(
                    f,
                    "an OAuth client named {:?} already exists, with GUID {}",
                    client.display_name, client.id
                )
            }
            Self::SsoGroupMapping(mapping) => {
                let SsoGroupMapping { id, idp_alias, group_name, sso_group, .. } = &**mapping;
                write!(
                    f,
                    "a mapping of the group {group_name} at the identity provider {idp_alias} already exists, for the SSO \
                     group {sso_group:?}, with id {id}"
                )
            }
            Self::User(user) => {
                let state = match user.status {
                    UserStatus::Pending => "was already invited",
                    UserStatus::Expired => "was already invited (the invitation has expired)",
                    UserStatus::Active => "is in the tenant already",
                    UserStatus::Disabled => "is in the tenant already, but disabled",
                };
                write!(f, "{} {state}, with GUID {}", user.email, user.id)
            }
        }
    }
}

impl StdError for Existing {}

/// The object of a create whose outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A group with this name.
    Group(String),
    /// A person with this address.
    User(String),
    /// A token that was made under this name.
    ApiToken(String),
    /// An OAuth client that was made under this name.
    OauthClient(String),
    /// An invitation mail to this address, sent again.
    Mail(String),
    /// A mapping with this name, after the alias of its identity provider and a `/`.
    SsoGroupMapping(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(f, "the group {name} was created"),
            Self::User(email) => write!(f, "{email} was invited"),
            Self::ApiToken(name) => write!(f, "the API token {name:?} was created"),
            Self::OauthClient(name) => write!(f, "the OAuth client {name:?} was created"),
            Self::Mail(email) => write!(f, "the invitation of {email} was sent again"),
            Self::SsoGroupMapping(name) => write!(f, "the SSO group mapping {name} was created"),
        }
    }
}

/// What ended a call early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The caller's deadline.
    Deadline,
    /// The caller's cancellation.
    Cancelled,
}

/// Completes "The request …".
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deadline => "was given up, because the time for the whole operation is over",
            Self::Cancelled => "was cancelled",
        })
    }
}

/// Why a write could lock the caller out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockoutReason {
    /// The person is the identity that makes the requests.
    Caller,
    /// The person made the API token that makes the requests.
    TokenCreator,
    /// No other person is an enabled admin.
    LastAdmin,
    /// Of several people who lose access at once, this is one admin, and no other person is an enabled admin.
    AllAdmins,
    /// Who made the API token could not be learned, so it may be this person.
    CreatorUnknown,
}

impl fmt::Display for LockoutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caller => "this is the identity that makes the requests",
            Self::TokenCreator => "this person created the API token that makes the requests",
            Self::LastAdmin => "this is the last enabled admin of the tenant",
            Self::AllAdmins => "with the others of this change, no enabled admin of the tenant would remain",
            Self::CreatorUnknown => {
                "this person may have created the API token that makes the requests, and Atlan does not \
                 say who created it"
            }
        })
    }
}
