//! What `terraform query` finds (Terraform 1.14 and later), one file for each resource. Pages are read as Terraform takes
//! their objects, so memory does not grow with the tenant, and no page is read after the limit.

mod api_token;
mod group;
mod user_invite;
