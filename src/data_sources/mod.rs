//! Data sources, one file each. They read through the same client as the resources, so reads of both share requests.

use tfplug::Error;

use crate::types::Guid;

mod access_report;
mod current_user;
mod group;
pub(crate) mod groups;
mod role;
mod roles;
mod user;
pub(crate) mod users;

pub use access_report::AccessReport;
pub use current_user::CurrentUser;
pub use group::Group;
pub use groups::Groups;
pub use role::Role;
pub use roles::Roles;
pub use user::User;
pub use users::Users;

/// Two people whose addresses differ in case only, where `attribute` has one entry for each address.
fn two_people(email: &str, one: &Guid, other: &Guid, attribute: &str) -> Error {
    Error::new(
        format!("Two people have the address {email}"),
        format!(
            "In this tenant the case of addresses counts: the people with the GUIDs {} and {} have addresses that \
             differ in nothing else. `{attribute}` has one entry for each address in lower case. Use \
             arguments that only one of them matches.",
            one.as_str(),
            other.as_str()
        ),
    )
}
