//! Records of a tenant as values. How they are read and changed is elsewhere.

pub(crate) mod credential;
pub(crate) mod group;
pub(crate) mod mapping;
pub(crate) mod role;
pub(crate) mod user;

pub use credential::{ApiToken, OauthClient};
pub use group::Group;
pub use mapping::{IdpAlias, InvalidIdpAlias, SsoGroupMapping};
pub use role::{InvalidRole, Role, WorkspaceRole};
pub use user::{User, UserStatus, fold_email};
