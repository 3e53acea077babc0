//! Records of a tenant as values: what they hold, not how they are read or changed.

pub(crate) mod group;
pub(crate) mod mapping;
pub(crate) mod role;
pub(crate) mod token;
pub(crate) mod user;

pub use group::Group;
pub use mapping::{IdpAlias, InvalidIdpAlias, SsoGroupMapping};
pub use role::{InvalidRole, Role, WorkspaceRole};
pub use token::ApiToken;
pub use user::{User, UserStatus, fold_email};
