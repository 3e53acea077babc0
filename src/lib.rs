//! The Terraform side of Atlan: the provider block, one file per resource, data source, action and function, and advice for the person at the terminal.
//!
//! [`tfplug`] implements the plugin protocol and Terraform's rules, [`atlan`] implements Atlan's API; this crate maps
//! one to the other. It is a library so that tests can run the provider in process.

pub mod actions;
mod credentials;
pub mod data_sources;
pub mod ephemeral;
mod explain;
pub mod functions;
mod lists;
mod members;
mod near;
pub mod provider;
pub mod resources;
mod run;
mod seat;
pub mod types;
mod workspace_role;
