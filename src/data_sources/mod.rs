//! Data sources, one file each. They read through the same client as the resources, so reads of both share requests.

mod current_user;
mod group;
pub(crate) mod groups;
mod role;
mod roles;
mod user;
pub(crate) mod users;

pub use current_user::CurrentUser;
pub use group::Group;
pub use groups::Groups;
pub use role::Role;
pub use roles::Roles;
pub use user::User;
pub use users::Users;
