//! One file per command: its options, and `run`. What commands share stands in `build`, `generated`, `leash` and `shell`.

mod build;
pub(crate) mod compat;
pub(crate) mod demo;
pub(crate) mod docs;
mod generated;
mod leash;
pub(crate) mod numbers;
pub(crate) mod proto;
pub(crate) mod release;
mod shell;
pub(crate) mod terraform;
