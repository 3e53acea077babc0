//! atlan-sim
