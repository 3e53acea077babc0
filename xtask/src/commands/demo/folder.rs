//! The temporary folder of a demo.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A temporary folder, deleted on drop.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> io::Result<Self> {
        // Short: the provider's socket lies in the same place, and the path of a socket may have some hundred bytes only.
        let path = env::temp_dir().join(format!("atlan-demo-{}", std::process::id()));
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot make the folder {}: {error}", path.display()))
        };
        fs::create_dir(&path).map_err(named)?;
        Ok(Folder(path))
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.0.join("quickstart")
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.0.join("terraform.rc")
    }

    /// For what Terraform and the provider leave behind if they are killed.
    pub(super) fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// What the tenant logs.
    pub(super) fn log(&self) -> PathBuf {
        self.0.join("atlan-sim.log")
    }

    /// A copy of the example, and settings by which Terraform takes the provider from `programs` and needs no init.
    pub(super) fn fill(&self, programs: &Path) -> io::Result<()> {
        fs::create_dir(self.configuration())?;
        fs::create_dir(self.temporary())?;
        for entry in fs::read_dir(xtask::workspace().join("examples/quickstart"))? {
            let file = entry?.path();
            if let Some(name) = file.file_name().filter(|_| file.extension().is_some_and(|it| it == "tf")) {
                fs::copy(&file, self.configuration().join(name))?;
            }
        }
        // Debug writes the path with the quotes and escapes that a configuration wants.
        let settings = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"atlanhq/atlan\" = {programs:?}\n  }}\n  direct {{}}\n}}\n"
        );
        fs::write(self.settings(), settings)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // a leftover in the temporary folder does no harm
    }
}
