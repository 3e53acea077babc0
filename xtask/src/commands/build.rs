//! Builds, and the paths at which cargo put them. Cargo reports the paths itself, so any target folder works.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Builds the binary of a package that has the same name, alone, as for a release.
pub(super) fn binary(workspace: &Path, package: &str) -> Result<PathBuf, Box<dyn Error>> {
    build(workspace, &["--package", package, "--bin", package], package, None)
}

/// Builds the binary of a package that has the same name for a Rust target, with these flags of rustc and no others.
/// Because the target is named, build scripts and procedural macros do not get the flags.
pub(super) fn binary_for(
    workspace: &Path,
    package: &str,
    target: &str,
    flags: &[String],
) -> Result<PathBuf, Box<dyn Error>> {
    build(workspace, &["--package", package, "--bin", package, "--target", target], package, Some(flags))
}

/// Builds an example of the framework.
pub(super) fn example(workspace: &Path, name: &str) -> Result<PathBuf, Box<dyn Error>> {
    build(workspace, &["--package", "tfplug", "--example", name], name, None)
}

/// Builds a test program of the provider, and what it tests. With the features of the whole workspace, so that nothing is built
/// anew after `cargo test --workspace`.
pub(super) fn test(workspace: &Path, name: &str) -> Result<PathBuf, Box<dyn Error>> {
    cargo(workspace, &["test", "--workspace", "--no-run", "--test", name], name, None)
}

/// Builds the binary of a package that has the same name, for tests. The example is there for the sake of the features, as above:
/// without one, cargo leaves out those of the dependencies for tests.
pub(super) fn debug_binary(workspace: &Path, package: &str) -> Result<PathBuf, Box<dyn Error>> {
    let what = ["build", "--workspace", "--bin", package, "--example", "stand_in"];
    cargo(workspace, &what, package, None)
}

fn build(
    workspace: &Path,
    what: &[&str],
    target: &str,
    flags: Option<&[String]>,
) -> Result<PathBuf, Box<dyn Error>> {
    cargo(workspace, &[&["build", "--release"], what].concat(), target, flags)
}

fn cargo(
    workspace: &Path,
    what: &[&str],
    target: &str,
    flags: Option<&[String]>,
) -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if let Some(flags) = flags {
        // Of all places for flags, cargo reads only this one, if it is set.
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    }
    let output = cargo
        .args(what)
        .args(["--locked", "--message-format=json-render-diagnostics"])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("can't run cargo ({error}): put it on the PATH"))?;
    if !output.status.success() {
        return Err(format!("cargo {} failed", what.join(" ")).into());
    }
    let said = String::from_utf8(output.stdout)?;
    let executable = executable(&said, target).ok_or_else(|| format!("cargo built no {target}"))?;
    Ok(executable.into())
}

/// The path in cargo's message about this target.
fn executable(messages: &str, target: &str) -> Option<String> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut ours = messages.filter(|message| message["target"]["name"] == target);
    ours.find_map(|message| message["executable"].as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_that_of_the_target_and_not_of_a_library() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"probe"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"probe"},"executable":"/t/probe"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages, "probe").as_deref(), Some("/t/probe"));
        assert_eq!(executable(messages, "none"), None);
    }
}
