//! A framework for Terraform providers. It implements plugin protocol 6, from the process to the plan.
//!
//! A provider declares each object as a pair of structs: [`Args`] for what a configuration may contain and [`Computed`]
//! for what the remote side answers. It implements [`Resource`] for the object and registers it in
//! [`Provider::register`]. Its `main` is one call of [`serve`]. The derives generate schema, decoding and documentation
//! from the same fields, so that these cannot drift apart, and the compiler finds mistakes.
//!
//! The [`guide`] has a page for each concept, and one for readers who know Go's framework.
//!
//! # A first provider
//!
//! This is all of `examples/first.rs`, in 62 lines. The test below it takes milliseconds and needs no Terraform.
//!
//! ```
//! # mod first {
#![doc = include_str!("../examples/first.rs")]
//! // in a test
//! # pub(crate) async fn a_note_lives_and_dies(folder: &std::path::Path) {
//! use serde_json::json;
//! use tfplug::testing::Core;
//!
//! let milk = folder.join("milk");
//! let mut note = Core::new::<Notes>().resource("notes_note");
//! note.apply(json!({ "name": milk, "text": "Buy milk." })).await;
//! assert_eq!(note.state()["size"], 9);
//! note.plan_is_empty().await;
//!
//! let plan = note.plan(json!({ "name": milk, "text": "Buy oat milk." })).await;
//! assert_eq!(plan.to_string(), "update: text; known after apply: size");
//!
//! note.destroy().await;
//! assert!(!milk.exists());
//! # }
//! # }
//! # fn main() -> std::io::Result<()> {
//! #     let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first.rs"));
//! #     assert!(text.lines().count() <= 62, "longer than promised");
//! #     let folder = std::env::temp_dir().join(format!("tfplug-first-{}", std::process::id()));
//! #     std::fs::create_dir_all(&folder)?;
//! #     tokio::runtime::Runtime::new()?.block_on(first::a_note_lives_and_dies(&folder));
//! #     std::fs::remove_dir(folder)
//! # }
//! ```
//!
//! # What is stable
//!
//! What the protocol may extend is `#[non_exhaustive]`: severities, reasons to defer, kinds of objects, rules of a schema, what a
//! plan does. The other public enums are complete, because Terraform's type system or their meaning fixes them:
//! [`value::Type`], [`value::Dynamic`], [`Value`], [`value::Step`], [`schema::Nesting`], [`schema::Mode`], [`schema::Outcome`],
//! [`Observed`] and [`log::LogRule`]. They and public fields change only with a new major version.

// A request passes four layers: `serve` (process, TLS, gRPC), `grpc` (protobuf to values), `pipeline` (Terraform's
// rules over schema and values) and `object` (typed handlers).

// The derives name this crate from outside; its own tests use them, too.
#[cfg(test)]
extern crate self as tfplug;

pub mod diag;
#[cfg(feature = "docgen")]
pub mod docgen;
#[cfg(test)]
#[cfg(feature = "testing")]
mod fuzz;
mod grpc;
pub mod guide;
pub mod log;
mod object;
mod pipeline;
mod proto;
pub mod schema;
mod serve;
mod system;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;
pub mod value;

#[doc(no_inline)]
pub use {jiff, serde_json, tokio::time::Instant, tokio_util::sync::CancellationToken};

#[cfg(feature = "url")]
#[doc(no_inline)]
pub use url;

pub use diag::{At, Attempting, Diagnostic, Diagnostics, Error, Result, Severity};
pub use object::{
    Action, ActionCx, Backoff, Call, CallCx, Change, Config, ConfigureCx, CreateCx, Cx, DataSource, Deferral,
    EphemeralResource, Function, FunctionError, Holds, HoldsComputed, IdentityUpgrades, KeyOf, List,
    ListSink, MoveCx, Moves, Nested, Observed, Opened, PlanCx, Private, PrivateKey, Provider, Registry,
    Renewed, Resource, State, Timeouts, Upgrades, WaitError, schema_problems,
};
pub use schema::{ArgKey, Args, Attr, ById, ByName, Computed, ComputedKey, Fields, Identity};
pub use tfplug_derive::{Args, Choice, Computed, Identity};
pub use types::{Duration, Sensitive, Text, WriteOnly};
pub use value::{Dynamic, Number, Path, Value};

use std::process::ExitCode;

/// Serves a provider. This call is all that the `main` of a provider's program needs. `--help` lists the exit codes.
pub fn serve<P: Provider>() -> ExitCode {
    serve_as::<P, _>(|server| server)
}

/// Serves a provider by what `finish` makes of its server.
fn serve_as<P: Provider, S: proto::tfplugin6::provider_server::Provider + serve::Ending>(
    finish: impl FnOnce(grpc::Server) -> S,
) -> ExitCode {
    let info = serve::PluginInfo {
        name: P::NAME,
        version: P::VERSION,
        address: P::ADDRESS,
        log_targets: P::LOG_TARGETS,
        log_subsystems: P::LOG_SUBSYSTEMS,
        log_rules: P::LOG_RULES,
    };
    let environment = object::Environment::new(|name| std::env::var(name).ok());
    serve::run(&info, |lifecycle, masker| {
        let server = grpc::Server::new::<P>(environment, masker.clone()).within(lifecycle);
        serve::complain(server.problems());
        finish(server)
    })
}
