//! A framework for Terraform providers: plugin protocol 6 from the process to the plan.
//!
//! A provider declares its objects as pairs of structs, [`Args`] for what a configuration may say and [`Computed`] for
//! what the remote side answers, implements [`Resource`] for them, registers them in [`Provider::register`], and its
//! `main` is one call of [`serve`]. The derives make schema, decoding and documentation out of the same fields, so that
//! they cannot drift apart, and mistakes are found by the compiler.
//!
//! A request passes through four layers: `serve` (process, TLS, gRPC), `grpc` (protobuf to values), [`pipeline`]
//! (Terraform's rules, over schema and values) and [`object`](Resource) (typed handlers).

// The derives name this crate from outside; its own tests use them, too.
#[cfg(test)]
extern crate self as tfplug;

pub mod diag;
pub mod docgen;
mod grpc;
pub mod log;
mod object;
mod pipeline;
mod proto;
pub mod schema;
mod serve;
pub mod testing;
pub mod types;
pub mod value;

pub use diag::{At, Diagnostic, Diagnostics, Error, Result, Severity};
pub use object::{
    Action, ActionCx, CallCx, Change, Config, ConfigureCx, Cx, DataSource, EphemeralResource, Found,
    Function, FunctionError, IdentityUpgrades, KeyOf, List, Moves, Objects, Opened, PlanCx, Private,
    PrivateKey, Problems, Provider, Renewed, Resource, State, Timeouts, Upgrades,
};
pub use schema::{ArgKey, Args, Attr, Computed, ComputedKey, Fields, Identity};
pub use tfplug_derive::{Args, Choice, Computed, Identity};
pub use types::{Duration, Sensitive, Text, WriteOnly};
pub use value::{Dynamic, Number, Path, Value};

use std::process::ExitCode;
use std::sync::Arc;

/// Serves a provider: all that the `main` of its program does. See the exit codes in `--help`.
pub fn serve<P: Provider>() -> ExitCode {
    let info = serve::PluginInfo {
        name: P::NAME,
        version: P::VERSION,
        address: P::ADDRESS,
        log_targets: P::LOG_TARGETS,
    };
    let environment = Arc::new(|name: &str| std::env::var(name).ok());
    serve::run(&info, |lifecycle, masker| {
        grpc::Server::new::<P>(environment, masker.clone()).ending_with(lifecycle.token())
    })
}
