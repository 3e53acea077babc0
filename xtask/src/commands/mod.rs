//! One file per command: its options, and `run`.

pub(crate) mod demo;
pub(crate) mod docs;
mod generated;
pub(crate) mod numbers;
pub(crate) mod proto;
pub(crate) mod terraform;
