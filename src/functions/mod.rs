//! Functions, one file each, called as `provider::atlan::…`. They need neither credentials nor network, and use the code of
//! the resources, so that both always agree.

mod group_name;
mod normalize_email;
mod role_name;

pub use group_name::GroupName;
pub use normalize_email::NormalizeEmail;
pub use role_name::RoleName;
