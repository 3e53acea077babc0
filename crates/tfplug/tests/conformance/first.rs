//! The provider that the crate's documentation begins with, `examples/first.rs`, in the hands of the real Terraform.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

#[path = "../../examples/first.rs"]
mod notes;

pub(crate) use notes::main;

/// The name by which this executable is the provider.
const PROVIDER: &str = "terraform-provider-notes";

/// A folder for one test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("tfplug-first-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        for part in ["bin", "notes"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
        }
        std::os::unix::fs::symlink(std::env::current_exe().unwrap(), folder.join("bin").join(PROVIDER))
            .unwrap();
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{ \"example/notes\" = {:?} }}\n}}\n",
            folder.join("bin")
        );
        std::fs::write(folder.join("terraform.rc"), overrides).unwrap();
        Folder(folder)
    }

    /// Replaces the configuration: one note of that name and text.
    fn configure(&self, name: &str, text: &str) {
        let configuration = format!(
            "terraform {{\n  required_providers {{\n    notes = {{ source = \"example/notes\" }}\n  }}\n}}\n\
             provider \"notes\" {{\n  folder = {:?}\n}}\n\
             resource \"notes_note\" \"milk\" {{\n  name = {name:?}\n  text = {text:?}\n}}\n",
            self.0.join("notes")
        );
        std::fs::write(self.0.join("main.tf"), configuration).unwrap();
    }

    /// Runs a command that must succeed.
    fn run(&self, terraform: &Path, arguments: &[&str]) -> String {
        let output = Command::new(terraform)
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("TMPDIR", std::env::temp_dir())
            .env("TF_CLI_CONFIG_FILE", self.0.join("terraform.rc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "terraform {arguments:?} failed:\n{said}");
        said
    }

    fn note(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join("notes").join(name)).ok()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over does no harm in a folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Creates, changes, replaces, restores, deletes and imports a note.
pub(crate) fn the_first_provider_keeps_notes(terraform: &Path) {
    let folder = Folder::new();
    let terraform = |arguments: &[&str]| folder.run(terraform, arguments);
    folder.configure("milk", "Buy milk.");
    terraform(&["apply", "-auto-approve"]);
    assert_eq!(folder.note("milk").as_deref(), Some("Buy milk."));
    assert!(terraform(&["plan"]).contains("No changes."));

    folder.configure("milk", "Buy oat milk.");
    assert!(terraform(&["apply", "-auto-approve"]).contains("1 changed"));
    folder.configure("oat", "Buy oat milk.");
    assert!(terraform(&["apply", "-auto-approve"]).contains("1 added, 0 changed, 1 destroyed"));
    assert_eq!((folder.note("milk"), folder.note("oat").as_deref()), (None, Some("Buy oat milk.")));

    std::fs::remove_file(folder.0.join("notes/oat")).unwrap();
    assert!(terraform(&["apply", "-auto-approve"]).contains("1 added"), "a note that is gone is made anew");
    terraform(&["state", "rm", "notes_note.milk"]);
    terraform(&["import", "notes_note.milk", "oat"]);
    assert!(terraform(&["plan"]).contains("No changes."), "an import tells the whole note");

    terraform(&["destroy", "-auto-approve"]);
    assert_eq!(folder.note("oat"), None);
}
