//! Acceptance tests: the real Terraform, the real provider binary, a fresh folder and a fresh tenant for each test.
//!
//! They check what only real binaries show: plans and states as Terraform keeps them, text on the terminal, import, signals,
//! what is left when a process dies. Behaviour that shows in process is tested there (`tests/it`), in milliseconds. Each
//! test runs with the Terraform that [`xtask::terraform::find`] finds and with the newest release known. What a version lacks
//! is skipped with it, and the test says so ([`harness::Terraform::lacks`]); `cargo xtask compat` runs `path::…` with all
//! versions.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and all of this is a test"
)]

mod harness;

mod actions;
mod api_token;
mod bad_input;
mod data_sources;
mod drift;
mod ephemeral_api_token;
mod examples;
mod existing;
mod failures;
mod group;
mod group_member;
mod group_members;
mod guides;
mod import;
mod modules;
mod oauth_client;
mod one_run;
mod people;
mod process;
mod queries;
mod release;
mod secrets;
mod signals;
mod sso_group_mapping;
mod summary;
mod user_invite;
mod user_invites;
mod user_role;
