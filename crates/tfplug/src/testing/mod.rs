//! Terraform's side of the protocol, played in process, so that a provider test takes milliseconds.
//!
//! [`Core`] holds the provider's settings; [`Instance`] is one object in its state. Calls of an instance (`plan`,
//! `apply`, `refresh`, `import`, …) go through the same messages and the same service as those of the real Terraform,
//! in its order, and every answer is held against its rules: a breach is an error with Terraform's own summary
//! ("Provider produced invalid plan"). The state is stored as JSON between calls and upgraded at each, as Terraform
//! does it.
//!
//! Not here: process, socket and TLS (see the acceptance tests of a provider), and everything about several objects:
//! references, `count`, modules.
//!
//! ```ignore
//! let core = Core::new::<Demo>().config(json!({ "url": sim.url() }));
//! let mut group = core.resource("demo_group");
//! group.apply(json!({ "alias": "Data team" })).await;
//! let plan = group.plan(json!({ "alias": "Data" })).await;
//! assert_eq!(plan.to_string(), "update: alias; known after apply: path");
//! group.plan_is_empty().await;
//! ```

mod action;
mod apply;
mod block;
mod commands;
mod config;
mod core;
mod data;
mod deferral;
mod ephemeral;
mod function;
mod instance;
mod list;
mod message;
mod plan;
pub(crate) mod proposed;
mod report;
mod stored;
#[cfg(test)]
mod tests;
mod walk;

pub use self::config::unknown;
pub use self::core::Core;
pub use action::{ActionBlock, ActionPlan, Invoked};
pub use data::{Data, DataBlock};
pub use deferral::Deferral;
pub use ephemeral::{EphemeralBlock, Opened};
pub use function::Function;
pub use instance::{Applied, Instance};
pub use list::{ListBlock, Listed, Object};
pub use plan::{Action, Plan};
pub use report::Report;
