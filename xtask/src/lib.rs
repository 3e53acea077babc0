//! Code that the project's tests share with its commands. `cargo xtask` itself is the binary in main.rs, with one file
//! per command. This library holds only what tests call too, so that they do not build the code generator.

#[cfg(feature = "release")]
pub mod release;
pub mod system;
pub mod terraform;

use std::path::{Path, PathBuf};

/// The workspace's folder, which contains `proto/`, `docs/` and `examples/`.
#[must_use]
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
