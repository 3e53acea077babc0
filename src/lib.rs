//! What Atlan means to Terraform: the provider block, one file per resource, and advice for the person at the terminal.
//!
//! The plugin protocol and Terraform's rules are [`tfplug`]'s, Atlan's API is [`atlan`]'s; here one is told in words of
//! the other. It is a library so that tests can run the provider in process.

mod explain;
pub mod provider;
pub mod resources;
mod run;
mod seat;
pub mod types;
