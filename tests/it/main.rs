//! The provider in process: Terraform's side is played by [`tfplug::testing::Core`], with its own checks of every plan and
//! state, Atlan's by the simulator. Most behaviour is tested here, in milliseconds; what only the real binaries show is
//! in `tests/acc`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and all of this is a test"
)]

#[path = "../../crates/atlan/tests/chance/mod.rs"]
mod chance;
mod harness;
mod history;
#[path = "../../crates/atlan/tests/tenants/mod.rs"]
mod tenants;

mod actions;
mod api_token;
mod credential_histories;
mod data_sources;
mod deposed;
mod ephemeral_api_token;
mod every_write;
mod functions;
mod group;
mod group_member;
mod group_members;
mod lists;
mod lost_answers;
mod mapping_histories;
mod membership_histories;
mod messages;
mod network;
mod oauth_client;
mod provider;
mod queries;
#[path = "../../crates/atlan/tests/servers/mod.rs"]
mod servers;
mod sso_group_mapping;
mod switches;
mod user_invite;
mod user_invites;
mod user_role;
mod whole_tenant;
