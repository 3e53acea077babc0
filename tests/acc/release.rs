//! A release, installed by `terraform init` as from a registry: zips, lock file, and the bare image.
//!
//! A release build takes minutes, so the zip mostly holds the binary that cargo built for these tests. With
//! `ATLAN_TEST_RELEASE=dist`, the tests take the files that `cargo xtask release` made, and the test of the bare image,
//! which needs the static binary, runs as well.

mod bare_image;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use xtask::release::{Package, Platform, zip_time};

use crate::harness::{Terraform, Workspace, start, with_terraforms};

with_terraforms!([on_path, v1_6, v1_15] {
    installed_from_a_mirror_the_provider_works,
    a_changed_byte_is_refused_by_the_lock_file,
});

/// The folder with the files that `cargo xtask release` made; from the project's folder, if relative.
const VARIABLE: &str = "ATLAN_TEST_RELEASE";

/// `None`, if no release is to be tested.
fn release() -> Option<PathBuf> {
    let folder = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty())?;
    Some(xtask::workspace().join(folder))
}

/// The zip for this machine.
fn zip() -> PathBuf {
    if let Some(release) = release() {
        let host = Platform::host().expect("releases are made for this machine");
        return release.join(host.zip_name(env!("CARGO_PKG_VERSION")));
    }
    static PACKED: OnceLock<PathBuf> = OnceLock::new();
    PACKED
        .get_or_init(|| pack(&xtask::workspace(), &Path::new(env!("CARGO_TARGET_TMPDIR")).join("release")))
        .clone()
}

/// Packs the binary that cargo built for these tests, with the licences of one folder into another.
fn pack(licences: &Path, folder: &Path) -> PathBuf {
    let package = Package {
        version: env!("CARGO_PKG_VERSION"),
        platform: Platform::host().unwrap(),
        binary: Path::new(env!("CARGO_BIN_EXE_terraform-provider-atlan")),
        workspace: licences,
        time: zip_time(1_700_000_000).unwrap(),
        compress: false,
    };
    fs::create_dir_all(folder).unwrap();
    package.write(folder).unwrap()
}

/// A folder of releases for Terraform and OpenTofu, in a folder of the test, with this zip.
fn mirror(root: &Path, zip: &Path) -> PathBuf {
    let mirror = root.join("mirror");
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let folder = mirror.join(host).join("atlanhq/atlan");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(zip, folder.join(zip.file_name().unwrap())).unwrap();
    }
    mirror
}

/// Terraform's lock file.
fn lock(ws: &Workspace) -> String {
    fs::read_to_string(ws.folder().join(".terraform.lock.hcl")).unwrap()
}

const GROUP: &str = r#"resource "atlan_group" "a" { alias = "A" }"#;

fn installed_from_a_mirror_the_provider_works(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.use_mirror(&mirror(&ws.tmp(), &zip()));
    ws.write(GROUP);
    ws.terraform(&["init", "-input=false"]).ok();
    let locked = lock(&ws);
    assert!(locked.contains("atlanhq/atlan") && locked.contains(env!("CARGO_PKG_VERSION")), "{locked}");
    ws.plan().does(&["create atlan_group.a"]);
    ws.apply().ok().does_not_say(&["development overrides"]);
    ws.plan_is_empty();
    assert!(ws.providers().is_empty(), "the provider is not the one of a development override");

    // Another machine, with the same lock file.
    fs::remove_dir_all(ws.folder().join(".terraform")).unwrap();
    ws.terraform(&["init", "-input=false", "-lockfile=readonly"]).ok();
    ws.plan_is_empty();
    ws.destroy().ok();
    assert!(sim.groups().is_empty());
}

fn a_changed_byte_is_refused_by_the_lock_file(terraform: &Terraform) {
    let (_sim, ws) = start(terraform);
    ws.use_mirror(&mirror(&ws.tmp(), &zip()));
    ws.write(GROUP);
    ws.terraform(&["init", "-input=false"]).ok();
    let locked = lock(&ws);

    fs::remove_dir_all(ws.folder().join(".terraform")).unwrap();
    let licences = ws.tmp().join("licences");
    fs::create_dir(&licences).unwrap();
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let text = fs::read_to_string(xtask::workspace().join(name)).unwrap();
        fs::write(licences.join(name), text.replacen('W', "w", 1)).unwrap();
    }
    mirror(&ws.tmp(), &pack(&licences, &ws.tmp()));
    ws.terraform(&["init", "-input=false"]).fails().says(&["doesn't match any of the checksums"]);
    assert_eq!(lock(&ws), locked);
    let installed = |file: &PathBuf| file.starts_with(ws.folder()) && file.ends_with("LICENSE-APACHE");
    assert!(!ws.files().iter().any(installed), "nothing is installed");
}
