//! The simulator over HTTP, area by area: what an Atlan SDK would see, and each switch with its values.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test, as tests do")]

mod binary;
mod control;
mod credentials;
mod errors;
mod faults;
mod groups;
mod harness;
mod invites;
mod lag;
mod lists;
mod members;
mod page;
mod sdks;
mod sso;
mod tokens;
mod users;
