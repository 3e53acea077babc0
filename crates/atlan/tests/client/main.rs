//! The client against a simulated tenant: what goes over the wire, what comes back, and what a person or Atlan could see
//! of it. No test sleeps to synchronise; waits inside the client are shortened.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

mod batches;
mod doubts;
mod failures;
mod groups;
mod invites;
mod limits;
mod lists;
mod lockout;
mod mappings;
mod meanwhile;
mod members;
mod oauth_clients;
mod other_groups;
mod ours;
mod people;
mod proxies;
mod races;
mod reads;
mod rounds;
mod secrets;
#[path = "../servers/mod.rs"]
mod servers;
mod streams;
mod support;
mod switches;
#[path = "../tenants/mod.rs"]
#[expect(dead_code, reason = "pairs are walked through the whole provider")]
mod tenants;
mod tls;
mod tokens;
mod waits;
mod whole_lists;
mod writes;
