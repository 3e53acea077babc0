//! The files of a release, as a registry and `terraform init` expect them: their names, the zip with the binary, and the
//! list of checksums. `cargo xtask release` makes them from a release build. The acceptance tests make them from the binary
//! that cargo built for them.
//!
//! The same input gives the same bytes: the order of the files, their times and their permissions are fixed.
//!
//! Source: `hashicorp/terraform-provider-scaffolding-framework:.goreleaser.yml`.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// The name of the provider's binary, with which every name of a release begins.
pub const NAME: &str = "terraform-provider-atlan";

/// The licences, which are in every zip.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// A platform for which we make releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// As Rust calls it.
    pub target: &'static str,
    /// As Terraform calls the operating system.
    pub os: &'static str,
    /// As Terraform calls the processor.
    pub arch: &'static str,
}

const fn platform(target: &'static str, os: &'static str, arch: &'static str) -> Platform {
    Platform { target, os, arch }
}

impl Platform {
    /// All of them. Either kind of Linux binary is static and runs on every distribution, so both have the same name.
    pub const ALL: [Platform; 7] = [
        platform("x86_64-unknown-linux-gnu", "linux", "amd64"),
        platform("aarch64-unknown-linux-gnu", "linux", "arm64"),
        platform("x86_64-unknown-linux-musl", "linux", "amd64"),
        platform("aarch64-unknown-linux-musl", "linux", "arm64"),
        platform("x86_64-apple-darwin", "darwin", "amd64"),
        platform("aarch64-apple-darwin", "darwin", "arm64"),
        platform("x86_64-pc-windows-msvc", "windows", "amd64"),
    ];

    /// The platform with this Rust target.
    #[must_use]
    pub fn of_target(target: &str) -> Option<Platform> {
        Self::ALL.into_iter().find(|platform| platform.target == target)
    }

    /// The platform this program runs on; `None` where we make no releases.
    #[must_use]
    pub fn host() -> Option<Platform> {
        let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
        let target = match std::env::consts::OS {
            "linux" => format!("{}-unknown-linux-{libc}", std::env::consts::ARCH),
            "macos" => format!("{}-apple-darwin", std::env::consts::ARCH),
            _ => format!("{}-pc-windows-msvc", std::env::consts::ARCH),
        };
        Self::of_target(&target)
    }

    /// The name of the zip: `terraform-provider-atlan_1.2.3_linux_amd64.zip`.
    #[must_use]
    pub fn zip_name(self, version: &str) -> String {
        format!("{NAME}_{version}_{}_{}.zip", self.os, self.arch)
    }

    /// Whether a zip can be read to its end, with checksums that are right, and holds the binary and the licences.
    #[must_use]
    pub fn is_whole(self, zip: &Path, version: &str) -> bool {
        let read = || -> Option<bool> {
            let mut archive = ZipArchive::new(BufReader::new(File::open(zip).ok()?)).ok()?;
            let binary = self.binary_name(version);
            let mut filled = 0;
            for name in LICENCES.into_iter().chain([binary.as_str()]) {
                let mut entry = archive.by_name(name).ok()?;
                filled += usize::from(io::copy(&mut entry, &mut io::sink()).ok()? > 0);
            }
            Some(filled == LICENCES.len() + 1)
        };
        read().unwrap_or(false)
    }

    /// The name of the binary in the zip: `terraform-provider-atlan_v1.2.3`.
    fn binary_name(self, version: &str) -> String {
        let extension = if self.os == "windows" { ".exe" } else { "" };
        format!("{NAME}_v{version}{extension}")
    }
}

/// What goes into a zip.
#[derive(Debug, Clone)]
pub struct Package<'a> {
    /// The version without a `v`.
    pub version: &'a str,
    /// What the binary was built for.
    pub platform: Platform,
    /// The provider's binary.
    pub binary: &'a Path,
    /// The folder with the licences.
    pub workspace: &'a Path,
    /// The time that all files get.
    pub time: DateTime,
    /// Whether to take the time to make the zip small.
    pub compress: bool,
}

impl Package<'_> {
    /// Writes the zip into a folder and answers its path. An incomplete zip is deleted.
    ///
    /// # Errors
    /// When the binary or a licence cannot be read, or the zip cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        let zip = folder.join(self.platform.zip_name(self.version));
        let written = self.write_to(&zip);
        if written.is_err() {
            let _ = fs::remove_file(&zip); // the first error is the one to report
        }
        written.map(|()| zip)
    }

    fn write_to(&self, zip: &Path) -> io::Result<()> {
        let file = File::create(zip).map_err(|error| about(zip, &error))?;
        let mut archive = ZipWriter::new(BufWriter::new(file));
        for name in LICENCES {
            self.add(&mut archive, name, &self.workspace.join(name), 0o644)?;
        }
        self.add(&mut archive, &self.platform.binary_name(self.version), self.binary, 0o755)?;
        archive.finish()?.into_inner()?.sync_all()
    }

    fn add(
        &self,
        archive: &mut ZipWriter<BufWriter<File>>,
        name: &str,
        file: &Path,
        permissions: u32,
    ) -> io::Result<()> {
        let mut content = BufReader::new(File::open(file).map_err(|error| about(file, &error))?);
        let method = if self.compress { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::DEFAULT
            .compression_method(method)
            .compression_level(self.compress.then_some(9))
            .system(System::Unix) // a zip made on Windows would lose the permissions
            .unix_permissions(permissions)
            .last_modified_time(self.time);
        archive.start_file(name, options)?;
        io::copy(&mut content, archive).map_err(|error| about(file, &error))?;
        Ok(())
    }
}

/// Seconds since 1970 as the time of files in a zip, in UTC. A zip cannot hold times before 1980 or after 2107, and only
/// even seconds: `None` for others, an odd second is rounded down.
#[must_use]
pub fn zip_time(seconds: i64) -> Option<DateTime> {
    let time = TimeZone::UTC.to_datetime(Timestamp::from_second(seconds).ok()?);
    let part = |value: i8| u8::try_from(value).ok();
    DateTime::from_date_and_time(
        time.year().try_into().ok()?,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
    )
    .ok()
}

/// Writes `terraform-provider-atlan_<version>_SHA256SUMS`, which lists all files of a folder by name, and answers its
/// path.
///
/// # Errors
/// When a file cannot be read or the list cannot be written.
pub fn write_checksums(folder: &Path, version: &str) -> io::Result<PathBuf> {
    let mut names: Vec<String> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()?;
    names.sort_unstable();
    let mut text = String::new();
    for name in names {
        let sum = sha256(&folder.join(&name))?;
        text.push_str(&format!("{sum}  {name}\n"));
    }
    let list = folder.join(format!("{NAME}_{version}_SHA256SUMS"));
    fs::write(&list, text).map_err(|error| about(&list, &error))?;
    Ok(list)
}

/// The SHA-256 of a file, in hexadecimal digits.
fn sha256(file: &Path) -> io::Result<String> {
    let content = fs::read(file).map_err(|error| about(file, &error))?;
    Ok(digest(&SHA256, &content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The same error with the file in its text.
fn about(file: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// An empty folder, and a file in it that stands for the binary.
    fn folder(name: &str) -> (PathBuf, PathBuf) {
        let folder = std::env::temp_dir().join(format!("xtask-release-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("dist")).unwrap();
        let binary = folder.join("binary");
        fs::write(&binary, "not so small. ".repeat(10_000)).unwrap();
        (folder, binary)
    }

    fn package<'a>(target: &str, binary: &'a Path, workspace: &'a Path) -> Package<'a> {
        let platform = Platform::of_target(target).unwrap();
        Package {
            version: "1.2.3",
            platform,
            binary,
            workspace,
            time: zip_time(1_700_000_000).unwrap(),
            compress: true,
        }
    }

    #[test]
    fn a_zip_holds_the_binary_by_its_registry_name_and_the_licences() {
        let ((folder, binary), workspace) = (folder("names"), crate::workspace());
        for (target, zip_name, name) in [
            ("x86_64-unknown-linux-gnu", "_1.2.3_linux_amd64.zip", "terraform-provider-atlan_v1.2.3"),
            ("aarch64-apple-darwin", "_1.2.3_darwin_arm64.zip", "terraform-provider-atlan_v1.2.3"),
            ("x86_64-pc-windows-msvc", "_1.2.3_windows_amd64.zip", "terraform-provider-atlan_v1.2.3.exe"),
        ] {
            let zip = package(target, &binary, &workspace).write(&folder.join("dist")).unwrap();
            assert_eq!(zip.file_name().unwrap(), format!("{NAME}{zip_name}").as_str());
            let bytes = fs::read(&zip).unwrap();
            assert!(bytes.len() < 30_000, "the zip has {} bytes", bytes.len());
            let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
            let mut found = Vec::new();
            for index in 0..archive.len() {
                let mut entry = archive.by_index(index).unwrap();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                assert_eq!(entry.last_modified().unwrap().to_string(), "2023-11-14 22:13:20");
                found.push((entry.name().unwrap().into_owned(), entry.unix_mode().unwrap(), content));
            }
            let expected = [
                ("LICENSE-APACHE", 0o100_644, fs::read(workspace.join("LICENSE-APACHE")).unwrap()),
                ("LICENSE-MIT", 0o100_644, fs::read(workspace.join("LICENSE-MIT")).unwrap()),
                (name, 0o100_755, fs::read(&binary).unwrap()),
            ]
            .map(|(name, mode, content)| (name.to_owned(), mode, content));
            assert!(
                found == expected,
                "{:?}",
                found.iter().map(|(name, mode, _)| (name, mode)).collect::<Vec<_>>()
            );
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_same_binary_gives_the_same_bytes() {
        let ((folder, binary), workspace) = (folder("same"), crate::workspace());
        let package = package("x86_64-unknown-linux-gnu", &binary, &workspace);
        let first = fs::read(package.write(&folder.join("dist")).unwrap()).unwrap();
        // The time of the file plays no part.
        File::open(&binary).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        let second = fs::read(package.write(&folder.join("dist")).unwrap()).unwrap();
        assert!(first == second);
        let later = Package { time: zip_time(1_700_086_400).unwrap(), ..package };
        assert!(
            first != fs::read(later.write(&folder.join("dist")).unwrap()).unwrap(),
            "no time is recorded"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_zip_that_cannot_be_completed_does_not_stay() {
        let ((folder, _), workspace) = (folder("partial"), crate::workspace());
        let missing = folder.join("missing");
        let error = package("x86_64-unknown-linux-gnu", &missing, &workspace)
            .write(&folder.join("dist"))
            .unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
        assert_eq!(fs::read_dir(folder.join("dist")).unwrap().count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn checksums_list_every_file_in_the_form_of_sha256sum() {
        let (folder, _) = folder("sums");
        let dist = folder.join("dist");
        for (name, text) in [("b.zip", "abc"), ("a.json", "")] {
            fs::write(dist.join(name), text).unwrap();
        }
        let list = write_checksums(&dist, "1.2.3").unwrap();
        assert_eq!(list, dist.join("terraform-provider-atlan_1.2.3_SHA256SUMS"));
        assert_eq!(
            fs::read_to_string(list).unwrap(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.json\n\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.zip\n"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn times_that_a_zip_cannot_hold_are_none() {
        assert_eq!(zip_time(315_532_801).unwrap().to_string(), "1980-01-01 00:00:00");
        for seconds in [315_532_799, 4_354_819_200, i64::MAX] {
            assert!(zip_time(seconds).is_none(), "{seconds}");
        }
    }
}
