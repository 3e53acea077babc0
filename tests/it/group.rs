//! `atlan_group`.

mod attributes;
mod existing;
mod failures;
