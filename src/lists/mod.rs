//! What `terraform query` finds (Terraform 1.14 and later), one file for each resource. Pages are read as Terraform takes
//! their objects, so memory does not grow with the tenant, and no page is read after the limit.

mod api_token;
mod group;
mod group_member;
mod group_members;
mod oauth_client;
mod people;
mod sso_group_mapping;
mod user_invite;
mod user_role;

/// Whether a record's maker is the one that a filter names, if it names one.
fn is_made_by(maker: Option<&str>, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|name| maker.unwrap_or_default().to_lowercase() == name.to_lowercase())
}
