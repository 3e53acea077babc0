//! The release build of the provider for one platform.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use xtask::release::{NAME, Platform};

use crate::commands::build;

/// Builds the provider and answers the path of its binary.
pub(super) fn provider(workspace: &Path, platform: Platform) -> Result<PathBuf, Box<dyn Error>> {
    let home = |variable: &str, folder: &str| {
        let named = env::var_os(variable).map(PathBuf::from);
        named.or_else(|| env::home_dir().map(|home| home.join(folder)))
    };
    let folders = [
        (home("CARGO_HOME", ".cargo"), "cargo"),
        (home("RUSTUP_HOME", ".rustup"), "rustup"),
        (env::var_os("CARGO_TARGET_DIR").map(PathBuf::from), "target"),
        (Some(workspace.to_owned()), "."),
    ];
    build::binary_for(workspace, NAME, platform.target, &flags(platform, &folders))
        .map_err(|error| format!("{error} for {}; cargo's own message is above", platform.target).into())
}

/// The flags of rustc.
///
/// Where the system has no stable library that is on every machine, the binary is linked statically: on Linux, it then
/// starts wherever Terraform does, for example in an image with musl in place of glibc, and on Windows, it needs no
/// redistributable package. In a static binary, getrandom cannot find out whether glibc has the system call and would read
/// /dev/random, which an empty image lacks, so it is told. Paths of this machine are replaced, so that another machine can
/// build the same bytes; of several that match, rustc takes the last.
fn flags(platform: Platform, folders: &[(Option<PathBuf>, &str)]) -> Vec<String> {
    let mut flags = Vec::new();
    if platform.os != "darwin" {
        flags.push("-Ctarget-feature=+crt-static".to_owned());
    }
    if platform.os == "linux" {
        flags.push("--cfg=getrandom_backend=\"linux_getrandom\"".to_owned());
    }
    for (folder, name) in folders {
        if let Some(folder) = folder {
            flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_stable_system_library_is_linked_statically_and_no_path_stays() {
        let folders = [(Some(PathBuf::from("/build/here")), "."), (None, "cargo")];
        let (r#static, random) =
            ("-Ctarget-feature=+crt-static", "--cfg=getrandom_backend=\"linux_getrandom\"");
        for (target, expected) in [
            ("aarch64-unknown-linux-gnu", &[r#static, random][..]),
            ("x86_64-unknown-linux-musl", &[r#static, random]),
            ("aarch64-apple-darwin", &[]),
            ("x86_64-pc-windows-msvc", &[r#static]),
        ] {
            let expected = [expected, &["--remap-path-prefix=/build/here=."]].concat();
            assert_eq!(flags(Platform::of_target(target).unwrap(), &folders), expected);
        }
    }
}
