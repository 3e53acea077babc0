//! A local Atlan tenant: groups, people, roles and credentials over Atlan's REST API, for tests and first steps.
//!
//! A request comes in on a socket (`server`), is entered in the journal, may fall to a fault, and reaches the tenant
//! (`exchange`), whose routes (`routes`) ask its rules (`state`). Tests reach around all that: in process through
//! [`Sim`], from elsewhere through the control routes (`control`). What only a real tenant could tell is a switch
//! (`settings`).
//!
//! It keeps nothing on disk, and shares no code with the provider or its client, so that a wrong idea of the API cannot
//! sit in both ends and pass. Flags, control routes, faults and switches are listed in the README of this crate.

pub use control::ControlError;
pub use duration::parse as parse_duration;
pub use faults::{Moment, RetryAfter, Rule};
pub use inspect::{GroupView, UserView};
pub use journal::{Authorization, Entry, Journal, Outcome};
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
mod pattern;
mod query;
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
