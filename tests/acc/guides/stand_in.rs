//! Stand-ins for providers of other vendors (`stand_in/provider.rs`), installed beside our provider.

use std::fs;
use std::path::{Path, PathBuf};

use atlan_sim::Sim;

use super::{STAND_IN, build};
use crate::harness::{Terraform, Workspace, start};

/// A tenant, and a folder in which the provider of another vendor is installed beside ours.
pub(super) fn start_with(terraform: &Terraform, vendor: &str, name: &str) -> (Sim, Workspace) {
    let (sim, ws) = start(terraform);
    let program = build(STAND_IN);
    ws.install_beside(vendor, name, &format!("STAND_IN={name} exec '{}' \"$@\"", program.display()));
    let versions = format!(
        "terraform {{\n  required_providers {{\n    atlan = {{ source = \"atlanhq/atlan\" }}\n    {name} = {{ source = \"{vendor}/{name}\" }}\n  }}\n}}\n"
    );
    ws.write_file("versions.tf", &versions);
    (sim, ws)
}

/// With a provider of secrets, and the folder in which they are.
pub(super) fn start_with_secrets(terraform: &Terraform) -> (Sim, Workspace, PathBuf) {
    let (sim, ws) = start_with(terraform, "hashicorp", "aws");
    let folder = ws.tmp().join("secrets");
    fs::create_dir(&folder).unwrap();
    let ws = ws.set("STAND_IN_FOLDER", &folder.display().to_string());
    (sim, ws, folder)
}

/// What the last value of a secret is.
pub(super) fn value(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}
