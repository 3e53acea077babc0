//! Every configuration in a guide is run.
//!
//! A comment names the block below it: `<!-- block: people -->`. The test of the guide takes its blocks by name, writes them
//! into a folder and runs Terraform on them with a simulator. A `terraform` or `hcl` block without a name is a fault, as is
//! a name that the test does not take. Blocks in other languages need no name; those that have one are run, too.
//! `<!-- not run: REASON -->` stands above configuration of another provider.

mod access_reviews;
mod ci_and_pipelines;
mod from_restapi_and_scripts;
mod getting_started;
mod importing;
mod importing_a_tenant;
mod installing;
mod large_tenants;
mod offboarding;
mod secrets;
mod sso_and_scim;
mod stand_in;
mod upgrades;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Terraform;

/// Makes the tests of the guides, one for each Terraform, from the modules with their names.
macro_rules! guides {
    ($($guide:ident),+ $(,)?) => {
        /// The guides that have a test, by the name of the module.
        const TESTED: &[&str] = &[$(stringify!($guide)),+];

        mod path {
            $(#[test]
            fn $guide() {
                super::run(stringify!($guide), super::$guide::run, &crate::harness::Terraform::on_path());
            })+
        }
        mod v1_15 {
            $(#[test]
            fn $guide() {
                super::run(stringify!($guide), super::$guide::run, &crate::harness::Terraform::v1_15());
            })+
        }
    };
}

guides![
    access_reviews,
    ci_and_pipelines,
    from_restapi_and_scripts,
    getting_started,
    importing,
    importing_a_tenant,
    installing,
    large_tenants,
    offboarding,
    secrets,
    sso_and_scim,
    upgrades,
];

/// A page of `docs/guides`.
struct Guide {
    name: String,
    blocks: BTreeMap<String, String>,
    taken: RefCell<BTreeSet<String>>,
}

impl Guide {
    /// A block of the guide.
    #[track_caller]
    fn block(&self, name: &str) -> String {
        let block = self.blocks.get(name);
        let block =
            block.unwrap_or_else(|| panic!("{}: no block {name} among {:?}", self.name, self.blocks.keys()));
        self.taken.borrow_mut().insert(name.to_owned());
        block.clone()
    }
}

/// Runs the test of a guide and asserts that it took every block.
fn run(module: &str, test: fn(&Guide, &Terraform), terraform: &Terraform) {
    let name = format!("{}.md", module.replace('_', "-"));
    let blocks = blocks(&fs::read_to_string(folder().join(&name)).unwrap());
    let blocks = blocks.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let guide = Guide { name, blocks, taken: RefCell::default() };
    test(&guide, terraform);
    let taken = guide.taken.borrow();
    let left: Vec<&String> = guide.blocks.keys().filter(|name| !taken.contains(*name)).collect();
    assert!(left.is_empty(), "{}: nothing runs {left:?}", guide.name);
}

/// Programs of the workspace that guides run beside the provider, below the folder where cargo puts what it builds.
const SIMULATOR: &str = "atlan-sim";
const STAND_IN: &str = "examples/stand_in";

/// Builds these programs, and says where one of them is. With both of them and the whole workspace, cargo chooses the features of
/// `cargo test --workspace`, after which this takes no time; one of them alone would be built with all of its dependencies anew.
fn build(program: &str) -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--quiet",
        "--locked",
        "--workspace",
        "--bin",
        "atlan-sim",
        "--example",
        "stand_in",
    ]);
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join(program)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides")
}

/// The named blocks of a page, or what is wrong with it.
fn blocks(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    let mut above = ""; // the line above a block that is not empty
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else {
            above = if line.trim().is_empty() { above } else { line.trim() };
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let block: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| line.trim() != "```")
            .map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()))
            .collect();
        let comment = |kind: &str| above.strip_prefix(kind)?.strip_suffix("-->").map(str::trim);
        let fault = |text: &str| Err(format!("line {}: {text}", number + 1));
        let is_configuration = matches!(language, "terraform" | "hcl");
        if let Some(name) = comment("<!-- block:") {
            if found.insert(name.to_owned(), block).is_some() {
                return fault(&format!("a second block {name}"));
            }
        } else if comment("<!-- not run:").is_some() {
            if block.contains("\"atlan_") {
                return fault("this block has objects of the provider, so it must be run");
            }
        } else if is_configuration {
            return fault("the configuration has no `<!-- block: NAME -->` above it");
        }
        above = "";
    }
    Ok(found)
}

#[test]
fn every_guide_with_a_configuration_has_a_test() {
    let mut guides = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        let module = file.file_stem().unwrap().to_str().unwrap().replace('-', "_");
        let blocks = blocks(&text).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
        let is_tested = TESTED.contains(&module.as_str());
        assert_eq!(is_tested, !blocks.is_empty(), "{} in the list of guides", file.display());
        guides += usize::from(is_tested);
    }
    assert_eq!(guides, TESTED.len());
}

#[test]
fn what_no_test_would_run_is_a_fault() {
    let page = |above: &str, block: &str| format!("# Title\n\n{above}\n```terraform\n{block}\n```\n\ntext\n");
    let good = page("<!-- block: a -->", "locals {}");
    assert_eq!(blocks(&good), Ok([("a".to_owned(), "locals {}\n".to_owned())].into()));
    let other = page("<!-- not run: another provider -->", "resource \"restapi_object\" \"a\" {}");
    assert_eq!(blocks(&other), Ok(BTreeMap::new()));
    let faulty = |page: &str| blocks(page).unwrap_err();
    assert!(faulty(&page("text", "locals {}")).starts_with("line 4: the configuration has no"));
    assert!(faulty(&page("<!-- not run: x -->", "data \"atlan_group\" \"a\" {}")).contains("must be run"));
    assert!(faulty(&(good.clone() + &good)).contains("a second block a"));
}
