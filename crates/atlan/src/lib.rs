//! Client of Atlan's identity API: groups, users and their invitations, memberships, roles.
//!
//! Creating a [`Client`] from a [`Config`] sends no request. Every request of the process passes one limiter and one
//! retry policy. Creates are never retried blindly, so nobody is invited twice. Lists are read to their end and
//! compared exactly. Errors are distinguished by the phase in which they happened ([`Error`]). Errors and log lines
//! cannot contain secrets.
//!
//! ```no_run
//! # async fn example() -> Result<(), atlan::Error> {
//! use atlan::{Client, Config, Credentials, Invite, WorkspaceRole};
//!
//! let key = Credentials::ApiKey(atlan::parse_api_key("KEY")?);
//! let client = Client::new(Config::new(atlan::parse_base_url("https://example.atlan.com")?, key))?;
//! let ada = client.invite(&Invite { email: "ada@example.com".into(), role: WorkspaceRole::Member }).await?;
//! println!("{} is {}", ada.id, ada.status);
//! # Ok(())
//! # }
//! ```
//!
//! The files form layers; each layer uses only the layers below it (`tests/layers.rs` checks that):
//!
//! | layer | files | what they know |
//! | --- | --- | --- |
//! | facade | `client` | what a program may ask |
//! | joint areas | `members` | what is about records of several kinds |
//! | areas | `people`, `groups`, `mappings`, `credentials` | requests and records of one kind, and its rules |
//! | shared areas | `roles`, `identity` | what more than one area asks for |
//! | engines | `reads`, `listing`, `create`, `outbox`, `judged`, `settle`, `turns`, `successors`, `foresight` | reads by key, by page or whole; creates never twice, and many at a time; no write blindly, none without a look at its effect |
//! | wire | `api`, with `transport`, `list` and what they need | one request; lists to their end; pace, retries, tokens, masking |
//! | values | `records`, `error`, `config`, `guid`, `secret`, `attributes` | nothing |
//!
//! There is no public specification of this API: what is known comes from Atlan's SDKs and documentation, and where only a
//! tenant could tell, the code works either way.

mod answer;
mod api;
mod attributes;
mod client;
mod config;
mod connect;
mod create;
mod credentials;
mod doubts;
mod error;
mod foresight;
mod groups;
mod guard;
mod guid;
mod identity;
mod judged;
mod limiter;
mod list;
mod listing;
mod mappings;
mod members;
mod oauth;
mod once;
mod outbox;
mod pace;
mod people;
mod reads;
mod records;
mod redact;
mod request;
mod retry;
mod roles;
mod scope;
mod secret;
mod settle;
mod successors;
mod summary;
mod transport;
mod turns;

pub use client::{Client, Pages};
pub use config::{
    CaCertificates, Config, ConfigError, Credentials, ProxySettings, ReadMode, UnreadableCertificate,
    is_rate, parse_api_key, parse_base_url,
};
#[doc(hidden)]
pub use config::{Sharing, Timing};
pub use credentials::{
    ApiTokenUpdate, Credential, Discarded, NewApiToken, NewOauthClient, OauthClientUpdate, attempt_name,
};
pub use error::{
    Call, CertificateProblem, Error, Existing, LockoutReason, NotSentReason, Origin, Refusal, Result, Stop,
    Subject,
};
pub use groups::{GroupUpdate, NewGroup};
pub use guid::{Guid, InvalidGuid};
pub use identity::{Caller, CallerKind, OwnToken};
pub use jiff::Timestamp;
#[doc(hidden)]
pub use limiter::{Limiter, Permit, Priority};
pub use mappings::{NewSsoGroupMapping, SsoGroupMappingUpdate};
pub use members::{Joined, Member};
pub use people::{Cancelled, Invite, Loss, Removal, Resent, RoleChange, Similar, Submitted, Switched};
pub use records::{
    ApiToken, Group, IdpAlias, InvalidIdpAlias, InvalidRole, OauthClient, Role, SsoGroupMapping, User,
    UserStatus, WorkspaceRole, fold_email,
};
pub use scope::Waited;
pub use secret::Secret;
pub use summary::Summary;
