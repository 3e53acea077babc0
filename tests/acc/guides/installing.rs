//! The guide Installing: its blocks are read by Terraform. Installing from a folder is tested beside the releases.

use std::fs;

use super::Guide;
use crate::harness::{Terraform, Workspace};

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let ws = Workspace::bare(terraform);
    ws.write_file("versions.tf", &guide.block("registry"));
    ws.validate().ok();

    // A settings file that Terraform does not understand is an error in every command.
    let settings = ws.tmp().join("mirror.rc");
    fs::write(&settings, guide.block("mirror")).unwrap();
    let ws = ws.set("TF_CLI_CONFIG_FILE", &settings.display().to_string());
    ws.terraform(&["version"]).ok().does_not_say(&["Error", "Warning", "problem"]);
    ws.terraform(&["init"]).fails().says(&["atlanhq/atlan"]);
}
