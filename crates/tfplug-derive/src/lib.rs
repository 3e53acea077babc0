//! Derive macros of tfplug.
