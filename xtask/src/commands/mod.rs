//! One file per command: its options, and `run`.

pub(crate) mod proto;
pub(crate) mod terraform;
