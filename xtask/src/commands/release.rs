//! `cargo xtask release`: the files of a release in dist/, as a registry and `terraform init` expect them.
//!
//! First everything is checked that can be checked without a build: the work tree, the version, the targets, the signing
//! key. Then the provider is built for each target, statically where the system allows it. Only when all binaries are there
//! are the files written, into dist.partial/, which becomes dist/ when they are complete. So dist/ never holds half a
//! release, and a build that is interrupted leaves nothing. The zips and the checksums are made by the library
//! ([`xtask::release`]), because the acceptance tests install such files, too.
//!
//! The same commit gives the same files: times are that of the commit or of `SOURCE_DATE_EPOCH`, and the binary holds no
//! path of this machine.
//!
//! A release for several operating systems is built on several machines. Each of them makes its zip, and `--zips` makes a
//! release of all of them.

mod bom;
mod build;
mod checks;

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::release::{NAME, Package, Platform, write_checksums};

/// The version of a release. It stands in the workspace's Cargo.toml, from which every package has it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Options of `cargo xtask release`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A Rust target to build for, such as aarch64-apple-darwin; several are allowed. Default: this machine's
    #[arg(long = "target", value_name = "TARGET", conflicts_with = "zips")]
    targets: Vec<String>,
    /// Build nothing: take the zips of this folder, which were built on other machines
    #[arg(long, value_name = "FOLDER")]
    zips: Option<PathBuf>,
    /// Sign the checksums with this key of GnuPG: its fingerprint or its e-mail address
    #[arg(long, value_name = "KEY")]
    sign: Option<String>,
}

/// Builds the provider as for a release for the system that this runs on, and answers the path of its binary.
pub(super) fn of_this_system(workspace: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let platform = Platform::host().ok_or("there are no releases for this system")?;
    build::provider(workspace, platform)
}

/// Checks, builds, collects, and moves the result to dist/.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let workspace = xtask::workspace();
    let dist = workspace.join("dist");
    checks::nothing_is_at(&dist)?;
    checks::work_tree_is_clean(&workspace)?;
    checks::tag_fits(&workspace, VERSION)?;
    checks::changelog_has(&fs::read_to_string(workspace.join("CHANGELOG.md"))?, VERSION)?;
    let (time, zip_time) = checks::time(env::var("SOURCE_DATE_EPOCH").ok().as_deref(), &workspace)?;
    if let Some(key) = &options.sign {
        checks::key_can_sign("gpg", key)?;
    }
    drop(Partial::new(&workspace)?); // before minutes of building, for a folder that cannot be written

    let mut zips = Vec::new();
    let mut binaries = Vec::new();
    if let Some(folder) = &options.zips {
        zips = checks::zips(folder, VERSION)?;
    } else {
        let platforms = checks::platforms(&options.targets)?;
        checks::targets_are_installed(&platforms)?;
        for platform in platforms {
            progress(&format!("building for {}", platform.target))?;
            binaries.push((platform, build::provider(&workspace, platform)?));
        }
    }

    let partial = Partial::new(&workspace)?;
    for zip in zips {
        fs::copy(&zip, partial.0.join(zip.file_name().unwrap_or_default()))?;
    }
    for (platform, binary) in &binaries {
        let package = Package {
            version: VERSION,
            platform: *platform,
            binary,
            workspace: &workspace,
            time: zip_time,
            compress: true,
        };
        package.write(&partial.0)?;
    }
    fs::copy(
        workspace.join("terraform-registry-manifest.json"),
        partial.0.join(format!("{NAME}_{VERSION}_manifest.json")),
    )?;
    fs::write(partial.0.join(format!("{NAME}_{VERSION}_bom.cdx.json")), bom::of(&workspace, VERSION, time)?)?;
    let checksums = write_checksums(&partial.0, VERSION)?;
    if let Some(key) = &options.sign {
        sign("gpg", &checksums, key)?;
    }
    partial.complete(&dist)?;
    progress(&format!("{NAME} {VERSION} is in dist/"))?;
    let mut names = fs::read_dir(&dist)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort_unstable();
    for name in names {
        writeln!(io::stdout(), "dist/{}", name.display())?;
    }
    Ok(())
}

/// The folder of an incomplete release, deleted on drop.
struct Partial(PathBuf);

impl Partial {
    /// Makes the folder. One that an interrupted release left is deleted first.
    fn new(workspace: &Path) -> io::Result<Self> {
        let folder = workspace.join("dist.partial");
        let made = match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir(&folder),
        };
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("can't make the folder {}: {error}", folder.display()))
        };
        made.map_err(named)?;
        Ok(Self(folder))
    }

    /// Gives the folder its final name.
    fn complete(self, dist: &Path) -> io::Result<()> {
        fs::rename(&self.0, dist)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // it has another name by now, or the next release deletes it
    }
}

/// Writes the detached signature that a registry asks for, in binary form.
fn sign(gpg: &str, checksums: &Path, key: &str) -> Result<(), Box<dyn Error>> {
    let mut signature = checksums.as_os_str().to_owned();
    signature.push(".sig");
    let status = Command::new(gpg)
        .args(["--batch", "--quiet", "--local-user", key, "--detach-sign", "--output"])
        .arg(signature)
        .arg(checksums)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("gpg did not sign with the key {key}; its own message is above").into())
    }
}

/// Reports progress on standard error; standard output gets the names of the files only.
fn progress(what: &str) -> io::Result<()> {
    writeln!(io::stderr(), "release: {what}")
}

#[cfg(test)]
mod tests {
    use xtask::release::Platform;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("xtask-release-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn an_incomplete_release_does_not_stay_and_a_complete_one_has_its_name() {
        let folder = folder("partial-dist");
        let leftover = folder.join("dist.partial");
        fs::create_dir(&leftover).unwrap();
        fs::write(leftover.join("old"), "").unwrap();
        let partial = Partial::new(&folder).unwrap();
        assert_eq!(fs::read_dir(&partial.0).unwrap().count(), 0, "a leftover is part of the release");
        drop(partial);
        assert!(!leftover.exists());

        let partial = Partial::new(&folder).unwrap();
        fs::write(partial.0.join("new"), "").unwrap();
        partial.complete(&folder.join("dist")).unwrap();
        assert!(folder.join("dist/new").exists() && !leftover.exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_workflows_pin_their_actions_and_build_every_platform() {
        let folder = xtask::workspace().join(".github/workflows");
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        for name in ["ci.yml", "release.yml"] {
            assert!(read(name).contains("AWS_LC_SYS_PREBUILT_NASM: 1"), "{name}: no assembler on Windows");
            for line in read(name).lines().filter(|line| line.contains("uses:")) {
                let (_, pin) = line.split_once('@').unwrap();
                let (hash, version) = pin.split_once(" # v").unwrap();
                assert!(hash.len() == 40 && hash.chars().all(|it| it.is_ascii_hexdigit()), "{name}: {line}");
                assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{name}: {line}");
            }
        }
        let workflow = read("release.yml");
        let mut words = workflow.split_whitespace().map(|word| word.trim_end_matches('}'));
        let mut built = Vec::new();
        while words.any(|word| word == "--target") {
            let platform = Platform::of_target(words.next().unwrap()).unwrap();
            built.push((platform.os, platform.arch));
        }
        let mut wanted = Platform::ALL.map(|platform| (platform.os, platform.arch)).to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        built.sort_unstable();
        assert_eq!(built, wanted);
    }

    /// With a key made for this test, in a key ring of its own.
    #[test]
    fn the_checksums_are_signed_by_the_named_key() {
        if Command::new("gpg").arg("--version").output().is_err() {
            eprintln!("not run: there is no gpg");
            return;
        }
        let folder = folder("sign");
        // gpg takes its folder as an option, but its agent starts by itself: the wrapper names the folder to both.
        let home = folder.join("home");
        fs::create_dir(&home).unwrap();
        let gpg = folder.join("gpg");
        fs::write(&gpg, format!("#!/bin/sh\nexec gpg --homedir '{}' \"$@\"\n", home.display())).unwrap();
        for file in [&gpg, &home] {
            xtask::system::make_executable(file).unwrap(); // of a key ring that others may enter, gpg only warns
        }
        let gpg = gpg.to_str().unwrap();
        let call = |arguments: &[&str]| Command::new(gpg).args(arguments).output().unwrap();
        let made =
            call(&["--batch", "--passphrase", "", "--quick-gen-key", "release@example.com", "ed25519"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

        let sums = folder.join("SHA256SUMS");
        fs::write(&sums, "abc  file\n").unwrap();
        checks::key_can_sign(gpg, "release@example.com").unwrap();
        sign(gpg, &sums, "release@example.com").unwrap();
        let (signature, sums_path) = (folder.join("SHA256SUMS.sig"), sums.to_str().unwrap());
        let verify = || call(&["--verify", signature.to_str().unwrap(), sums_path]).status.success();
        assert!(verify());
        fs::write(&sums, "abd  file\n").unwrap();
        assert!(!verify(), "a changed list passes");

        let made = call(&[
            "--batch",
            "--passphrase",
            "",
            "--quick-gen-key",
            "locked@example.com",
            "rsa2048",
            "cert",
            "1d",
        ]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let error = checks::key_can_sign(gpg, "locked@example.com").unwrap_err().to_string();
        assert!(error.starts_with("gpg cannot sign with the key locked@example.com ("), "{error}");
        assert!(error.ends_with("): name another key, or leave out --sign"), "{error}");

        let error = checks::key_can_sign(gpg, "nobody@example.com").unwrap_err().to_string();
        assert_eq!(
            error,
            "gpg has no secret key nobody@example.com: import it by `gpg --import`, or leave out --sign"
        );
        let _ = Command::new("gpgconf").arg("--homedir").arg(&home).args(["--kill", "all"]).status();
        fs::remove_dir_all(folder).unwrap();
    }
}
