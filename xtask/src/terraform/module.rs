//! A Terraform or an OpenTofu built from its Go module, which the Go command downloads and checks. For releases that no
//! package has. It takes some minutes, once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Release, TerraformError, run};
use crate::system;

/// Where the source of a release is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Module {
    /// The module's path; its version is that of the release.
    pub(super) path: &'static str,
    /// The checksum of its files, as `go.sum` files have it.
    pub(super) sum: &'static str,
    /// The package of the program in it.
    pub(super) program: &'static str,
}

impl Module {
    /// Builds into `folder`. The lines `replace` of a module forbid `go install`, and nothing can be built where the
    /// Go command keeps modules, so it is copied first.
    pub(super) fn install(self, release: &Release, folder: &Path) -> Result<(), TerraformError> {
        let failed = |error| TerraformError::File(folder.to_owned(), error);
        let downloaded = self.download(release)?;
        let source = folder.join("source");
        system::copy_folder(&downloaded, &source).map_err(failed)?;
        let mut build = Command::new("go");
        // Releases say that they are none unless the linker is told so.
        let flags = format!("-s -w -X {}/version.dev=no", self.path);
        build.current_dir(&source).args(["build", "-buildvcs=false", "-ldflags", &flags, "-o"]);
        run(build.arg(release.executable(folder)).arg(self.program), release, "go build")?;
        release.ask(folder)?;
        fs::remove_dir_all(source).map_err(failed)
    }

    /// The folder in which the Go command keeps the module.
    fn download(self, release: &Release) -> Result<PathBuf, TerraformError> {
        let module = format!("{}@v{}", self.path, release.version);
        let output = Command::new("go")
            .args(["mod", "download", "-json", &module])
            .current_dir(std::env::temp_dir()) // not in a module with settings of its own
            .stdin(Stdio::null())
            .output()
            .map_err(|error| release.step("go", Some(error)))?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            let error = field(&said, "Error").unwrap_or_default();
            return Err(TerraformError::Download(release.to_string(), error.replace("\\n\\t", " ")));
        }
        let sum = field(&said, "Sum").unwrap_or_default();
        if sum != self.sum {
            return Err(TerraformError::Sum { release: release.to_string(), sum });
        }
        field(&said, "Dir").map(PathBuf::from).ok_or_else(|| release.step("go mod download", None))
    }
}

/// A text field of the object that `go mod download -json` prints, one field on a line.
fn field(json: &str, name: &str) -> Option<String> {
    let start = format!("\"{name}\": \"");
    let line = json.lines().find_map(|line| line.trim().strip_prefix(&start))?;
    Some(line.trim_end_matches(',').strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_download_are_read() {
        let json = "{\n\t\"Path\": \"github.com/a/b\",\n\t\"Dir\": \"/go/pkg/b@v1.0.0\",\n\t\"Sum\": \"h1:abc=\"\n}\n";
        assert_eq!(field(json, "Dir").as_deref(), Some("/go/pkg/b@v1.0.0"));
        assert_eq!(field(json, "Sum").as_deref(), Some("h1:abc="));
        assert_eq!(field(json, "Error"), None);
    }
}
