//! A local Atlan tenant: groups, people, roles and credentials over Atlan's REST API, for tests and first steps.
//!
//! A request arrives on a socket (`server`), is recorded in the journal, may be hit by a fault, and reaches the tenant
//! (`exchange`), whose routes (`routes`) apply its rules (`state`). Tests bypass this path: in process they use
//! [`Sim`], from another process the control routes (`control`). Each question that only a real tenant could answer is
//! a switch (`settings`).
//!
//! The simulator stores nothing on disk. It shares no code with the provider or its client: otherwise both sides could
//! share a wrong idea of the API, and the tests would still pass. The README of this crate lists flags, control routes,
//! faults and switches.

pub use control::ControlError;
pub use duration::parse as parse_duration;
pub use faults::{Moment, RetryAfter, Rule};
pub use inspect::{GroupView, UserView};
pub use journal::{Authorization, Entry, Journal, Kinds, Outcome};
#[doc(hidden)]
pub use rate::{Rate, RateWindow};
pub use settings::KeyKind;
pub use sim::{Hold, Options, Sim};
pub use state::Mail;

mod clock;
mod control;
mod duration;
mod exchange;
mod faults;
mod filter;
mod inspect;
mod journal;
mod page;
mod pattern;
mod query;
mod rate;
mod reply;
mod routes;
mod server;
mod settings;
mod sim;
mod state;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
