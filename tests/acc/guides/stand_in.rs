//! The stand-in for a provider of secrets (`stand_in/provider.rs`), installed beside our provider.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Terraform, Workspace, start};
use atlan_sim::Sim;

/// A tenant and a folder in which both providers are installed, and the folder of the secrets.
pub(super) fn start_with_secrets(terraform: &Terraform) -> (Sim, Workspace, PathBuf) {
    let (sim, ws) = start(terraform);
    ws.install_beside("hashicorp", "aws", &format!("exec '{}' \"$@\"", build().display()));
    ws.write_file("versions.tf", VERSIONS);
    let folder = ws.tmp().join("secrets");
    fs::create_dir(&folder).unwrap();
    let ws = ws.set("STAND_IN_FOLDER", &folder.display().to_string());
    (sim, ws, folder)
}

/// What the last value of a secret is.
pub(super) fn value(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

const VERSIONS: &str = r#"terraform {
  required_providers {
    atlan = { source = "atlanhq/atlan" }
    aws   = { source = "hashicorp/aws" }
  }
}
"#;

/// Builds it, which has nothing to do after `cargo test` of the whole package, and says where it is.
fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "--example", "stand_in"]);
    let built = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    profile.join("examples/stand_in")
}
