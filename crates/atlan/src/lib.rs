//! atlan
