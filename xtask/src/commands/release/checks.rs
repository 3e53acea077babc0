//! What is checked before a release is built. Each error is one line that says what to do.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use xtask::release::{NAME, Platform, zip_time};
use zip::DateTime;

type Checked<T> = Result<T, Box<dyn Error>>;

/// Refuses a stale `dist/`.
pub(super) fn nothing_is_at(dist: &Path) -> Checked<()> {
    if dist.exists() {
        return Err("dist/ exists already, and its files may be of another release: delete it".into());
    }
    Ok(())
}

/// Refuses a work tree that differs from its commit, because nobody could build that release again.
pub(super) fn work_tree_is_clean(workspace: &Path) -> Checked<()> {
    let changed = git(workspace, &["status", "--porcelain", "--untracked-files=normal"])?;
    match changed.lines().next() {
        None => Ok(()),
        Some(first) => Err(format!(
            "the work tree differs from its commit ({} and {} more): commit or stash the changes",
            first.trim(),
            changed.lines().count() - 1
        )
        .into()),
    }
}

/// Refuses a version that the changelog does not describe.
pub(super) fn changelog_has(changelog: &str, version: &str) -> Checked<()> {
    let is_heading =
        |line: &str| line.strip_prefix("## ").and_then(|it| it.split(' ').next()) == Some(version);
    if changelog.lines().any(is_heading) {
        Ok(())
    } else {
        Err(format!(
            "CHANGELOG.md has no section for {version}: change its heading `## Unreleased` to `## {version} (DATE)`, and commit that"
        )
        .into())
    }
}

/// Refuses a commit that is tagged as another version.
pub(super) fn tag_fits(workspace: &Path, version: &str) -> Checked<()> {
    let tags = git(workspace, &["tag", "--points-at", "HEAD", "--list", "v*"])?;
    match tags.lines().next() {
        Some(tag) if !tags.lines().any(|tag| tag.strip_prefix('v') == Some(version)) => Err(format!(
            "the commit has the tag {tag}, but Cargo.toml has the version {version}: change one of them"
        )
        .into()),
        _ => Ok(()),
    }
}

/// The platforms of these targets; this machine's if none is named.
pub(super) fn platforms(targets: &[String]) -> Checked<Vec<Platform>> {
    if targets.is_empty() {
        return match Platform::host() {
            Some(host) => Ok(vec![host]),
            None => Err("this machine is none that we make releases for: name a target by --target".into()),
        };
    }
    let mut platforms: Vec<Platform> = Vec::new();
    for target in targets {
        let Some(platform) = Platform::of_target(target) else {
            let known = Platform::ALL.map(|platform| platform.target).join(", ");
            return Err(format!("we make no releases for the target {target}; known targets: {known}").into());
        };
        if let Some(other) =
            platforms.iter().find(|other| other.os == platform.os && other.arch == platform.arch)
        {
            return Err(format!(
                "{target} and {} give files of the same name: leave out one of them",
                other.target
            )
            .into());
        }
        platforms.push(platform);
    }
    Ok(platforms)
}

/// Refuses targets for which there is no standard library, before the first of them is built.
pub(super) fn targets_are_installed(platforms: &[Platform]) -> Checked<()> {
    for Platform { target, .. } in platforms {
        let output = run(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
        if !Path::new(text(&output).trim_end()).is_dir() {
            return Err(
                format!("the target {target} is not installed: run `rustup target add {target}`").into()
            );
        }
    }
    Ok(())
}

/// Refuses a key that gpg cannot sign with. It signs nothing to find out, because a key may be there that has expired, is for
/// encryption only, or needs a passphrase.
pub(super) fn key_can_sign(gpg: &str, key: &str) -> Checked<()> {
    let call = |arguments: &[&str]| {
        let output = Command::new(gpg).args(arguments).stdin(Stdio::null()).output();
        output.map_err(|error| format!("can't run {gpg} ({error}): install GnuPG, or leave out --sign"))
    };
    if !call(&["--batch", "--list-secret-keys", "--", key])?.status.success() {
        return Err(
            format!("gpg has no secret key {key}: import it by `gpg --import`, or leave out --sign").into()
        );
    }
    let signed = call(&["--batch", "--quiet", "--local-user", key, "--detach-sign", "--output", "-"])?;
    if signed.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&signed.stderr);
    let said = said.lines().next().unwrap_or("it did not say why");
    Err(format!("gpg cannot sign with the key {key} ({said}): name another key, or leave out --sign").into())
}

/// The zips of a version in a folder, sorted. Another file there is refused, because it may be of another version.
pub(super) fn zips(folder: &Path, version: &str) -> Checked<Vec<PathBuf>> {
    let mut zips = Vec::new();
    let entries =
        fs::read_dir(folder).map_err(|error| format!("can't read {}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(platform) = Platform::ALL.into_iter().find(|platform| platform.zip_name(version) == name)
        else {
            return Err(format!(
                "{} is no zip of {NAME} {version}: remove it from the folder",
                path.display()
            )
            .into());
        };
        if !platform.is_whole(&path, version) {
            return Err(format!("{} is damaged or incomplete: build it again", path.display()).into());
        }
        zips.push(path);
    }
    if zips.is_empty() {
        return Err(format!("{} has no zip of {NAME} {version}", folder.display()).into());
    }
    zips.sort_unstable();
    Ok(zips)
}

/// The time of the release in seconds since 1970, and the same for a zip: `SOURCE_DATE_EPOCH`, else the time of the
/// commit.
pub(super) fn time(source_date_epoch: Option<&str>, workspace: &Path) -> Checked<(i64, DateTime)> {
    let (source, text) = match source_date_epoch {
        Some(text) => ("SOURCE_DATE_EPOCH", text.to_owned()),
        None => ("the time of the commit", git(workspace, &["log", "-1", "--format=%ct"])?),
    };
    let text = text.trim_end();
    let seconds = text.parse().ok();
    let times = seconds.and_then(|seconds| Some((seconds, zip_time(seconds)?)));
    times.ok_or_else(|| {
        format!("{source} is {text:?}: it must be in seconds since 1970, and a zip starts at 1980: set SOURCE_DATE_EPOCH")
            .into()
    })
}

fn git(workspace: &Path, arguments: &[&str]) -> Checked<String> {
    Ok(text(&run(Command::new("git").args(arguments).current_dir(workspace))?))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a tool whose output we need.
pub(super) fn run(command: &mut Command) -> Checked<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("can't run {name} ({error}): install it, and put it on the PATH"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed: {}", said.lines().next().unwrap_or("it did not say why")).into())
}

#[cfg(test)]
mod tests {
    use std::env;

    use xtask::release::Package;

    use super::*;

    /// The text of an error, which must be one line.
    fn line<T>(checked: Checked<T>) -> String {
        let text = checked.err().expect("it is refused").to_string();
        assert!(!text.contains('\n'), "{text}");
        text
    }

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("xtask-release-checks-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn commit(folder: &Path) {
        git(folder, &["add", "."]).unwrap();
        let identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        git(folder, &[&identity[..], &["commit", "--quiet", "--message", "A file"]].concat()).unwrap();
    }

    #[test]
    fn a_stale_dist_is_refused() {
        let folder = folder("stale");
        nothing_is_at(&folder.join("dist")).unwrap();
        fs::create_dir(folder.join("dist")).unwrap();
        assert_eq!(
            line(nothing_is_at(&folder.join("dist"))),
            "dist/ exists already, and its files may be of another release: delete it"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_tag_of_another_version_is_refused() {
        let folder = folder("tag");
        git(&folder, &["init", "--quiet"]).unwrap();
        fs::write(folder.join("file"), "").unwrap();
        commit(&folder);
        tag_fits(&folder, "1.2.3").unwrap();
        git(&folder, &["tag", "v1.2.4"]).unwrap();
        assert_eq!(
            line(tag_fits(&folder, "1.2.3")),
            "the commit has the tag v1.2.4, but Cargo.toml has the version 1.2.3: change one of them"
        );
        git(&folder, &["tag", "v1.2.3"]).unwrap();
        tag_fits(&folder, "1.2.3").unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_dirty_work_tree_is_refused() {
        let folder = folder("dirty");
        git(&folder, &["init", "--quiet"]).unwrap();
        fs::write(folder.join("file"), "").unwrap();
        assert_eq!(
            line(work_tree_is_clean(&folder)),
            "the work tree differs from its commit (?? file and 0 more): commit or stash the changes"
        );
        commit(&folder);
        work_tree_is_clean(&folder).unwrap();
        let (committed, _) = time(None, &folder).unwrap();
        assert!(committed > 1_700_000_000, "{committed}");
        fs::write(folder.join("file"), "changed").unwrap();
        assert!(line(work_tree_is_clean(&folder)).contains("(M file and 0 more)"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_version_without_a_section_in_the_changelog_is_refused() {
        let changelog = "# Changelog\n\n## Unreleased\n\n## 1.2.30 (2026-01-02)\n\n## 1.2.2\n";
        for version in ["1.2.30", "1.2.2"] {
            changelog_has(changelog, version).unwrap();
        }
        assert_eq!(
            line(changelog_has(changelog, "1.2.3")),
            "CHANGELOG.md has no section for 1.2.3: change its heading `## Unreleased` to `## 1.2.3 (DATE)`, and commit that"
        );
    }

    #[test]
    fn unknown_missing_and_colliding_targets_are_refused() {
        let of = |targets: &[&str]| platforms(&targets.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        let both = of(&["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"]).unwrap();
        assert_eq!(both.iter().map(|it| it.os).collect::<Vec<_>>(), ["linux", "darwin"]);
        let unknown = line(of(&["sparc64-unknown-linux-gnu"]));
        assert!(
            unknown.contains("sparc64-unknown-linux-gnu; known targets: x86_64-unknown-linux-gnu, "),
            "{unknown}"
        );
        assert_eq!(
            line(of(&["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"])),
            "x86_64-unknown-linux-musl and x86_64-unknown-linux-gnu give files of the same name: leave out one of them"
        );
        // The compiler knows this target, but nobody can install its standard library.
        let missing = Platform { target: "avr-none", ..Platform::ALL[0] };
        assert_eq!(
            line(targets_are_installed(&[missing])),
            "the target avr-none is not installed: run `rustup target add avr-none`"
        );
    }

    #[test]
    fn a_missing_tool_is_named() {
        let error = line(run(&mut Command::new("/nowhere/git")));
        assert!(error.starts_with("can't run /nowhere/git (") && error.contains("install it"), "{error}");
        let error = line(key_can_sign("/nowhere/gpg", "key"));
        assert!(error.contains("install GnuPG, or leave out --sign"), "{error}");
    }

    #[test]
    fn zips_of_another_version_and_damaged_ones_are_refused() {
        let (folder, binary) = (folder("zips"), folder("zips-binary").join("binary"));
        fs::write(&binary, "a program").unwrap();
        assert!(line(zips(&folder, "1.2.3")).contains("has no zip of terraform-provider-atlan 1.2.3"));
        for target in ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"] {
            let package = Package {
                version: "1.2.3",
                platform: Platform::of_target(target).unwrap(),
                binary: &binary,
                workspace: &xtask::workspace(),
                time: zip_time(1_700_000_000).unwrap(),
                compress: false,
            };
            package.write(&folder).unwrap();
        }
        let whole = zips(&folder, "1.2.3").unwrap();
        assert_eq!(whole.len(), 2);
        let bytes = fs::read(&whole[0]).unwrap();
        let mut changed = bytes.clone();
        changed[100] ^= 1;
        for damaged in [&[][..], b"garbage", &bytes[..bytes.len() / 2], &changed] {
            fs::write(&whole[0], damaged).unwrap();
            assert_eq!(
                line(zips(&folder, "1.2.3")),
                format!("{} is damaged or incomplete: build it again", whole[0].display())
            );
        }
        fs::write(&whole[0], bytes).unwrap();
        let old = folder.join("terraform-provider-atlan_1.2.2_linux_amd64.zip");
        fs::write(&old, "").unwrap();
        assert_eq!(
            line(zips(&folder, "1.2.3")),
            format!(
                "{} is no zip of terraform-provider-atlan 1.2.3: remove it from the folder",
                old.display()
            )
        );
        fs::remove_dir_all(folder).unwrap();
        fs::remove_dir_all(binary.parent().unwrap()).unwrap();
    }

    #[test]
    fn the_time_can_be_given() {
        let nowhere = Path::new("/nowhere");
        assert_eq!(
            time(Some("1700000000"), nowhere).unwrap(),
            (1_700_000_000, zip_time(1_700_000_000).unwrap())
        );
        for wrong in ["yesterday", "0", ""] {
            let error = line(time(Some(wrong), nowhere));
            assert!(
                error.starts_with(&format!("SOURCE_DATE_EPOCH is {wrong:?}: it must be in seconds")),
                "{error}"
            );
        }
    }
}
