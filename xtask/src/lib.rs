//! What the project's tests share with its commands. `cargo xtask` itself is the binary next door (main.rs), one file
//! per command; only what a test must call as well lives here, so that a test doesn't build the code generator.

pub mod terraform;

use std::path::{Path, PathBuf};

/// The folder of the workspace, in which `proto/`, `docs/` and `examples/` lie.
#[must_use]
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
