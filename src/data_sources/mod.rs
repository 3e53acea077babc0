//! Data sources, one file each. They read through the same client as the resources, so reads of both share requests.

mod current_user;
mod role;
mod roles;

pub use current_user::CurrentUser;
pub use role::Role;
pub use roles::Roles;
