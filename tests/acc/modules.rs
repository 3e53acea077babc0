//! `terraform test` of the example modules: offline with a mock of the provider, and with the provider and a tenant.

use std::fs;
use std::path::{Path, PathBuf};

use atlan_sim::{KeyKind, Options};

use crate::harness::{MOCKS, MODULES as SUPPORTED, Terraform, Workspace, each_terraform, tenant_with};

each_terraform![modules_pass_their_tests_without_a_tenant, modules_pass_their_tests_with_a_tenant];

/// Each module, with how many of its runs need no tenant and how many need one.
const MODULES: [(&str, usize, usize); 4] =
    [("access-review", 4, 3), ("onboarding", 5, 2), ("sso-team", 3, 2), ("team", 4, 4)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/modules")
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Puts a module into a folder, and runs its tests as its README says.
fn passes(ws: &Workspace, module: &str, arguments: &[&str], runs: usize) {
    fs::remove_file(ws.folder().join("versions.tf")).unwrap();
    copy(&folder().join(module), &ws.folder());
    ws.allow_init();
    ws.terraform(&[&["init", "-input=false"], arguments].concat()).ok();
    ws.terraform(&[&["test"], arguments].concat()).ok().says(&[&format!("{runs} passed, 0 failed")]);
}

fn modules_pass_their_tests_without_a_tenant(terraform: &Terraform) {
    if terraform.lacks(MOCKS) || terraform.lacks(SUPPORTED) {
        return;
    }
    for (module, runs, _) in MODULES {
        passes(&Workspace::bare(terraform), module, &[], runs);
    }
}

fn modules_pass_their_tests_with_a_tenant(terraform: &Terraform) {
    if terraform.lacks(SUPPORTED) {
        return;
    }
    // One tenant, as people have it who run them one after the other. An API token could not cancel the invitations.
    let sim = tenant_with(Options { key_kind: KeyKind::User, ..Options::default() });
    for (module, _, runs) in MODULES {
        passes(&Workspace::new(terraform, &sim), module, &["-test-directory=tests/tenant"], runs);
        assert!(sim.groups().is_empty(), "the tests leave nothing behind");
    }
}

#[test]
fn every_module_is_tested() {
    let mut found: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, MODULES.map(|(module, ..)| module));
}
