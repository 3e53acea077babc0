//! The list of the crates in the provider, as CycloneDX JSON, for tools that look for known weaknesses.
//!
//! `cargo tree` lists the crates, because it resolves features for the provider alone; `cargo metadata` would list what
//! the whole workspace uses. The lock file has their checksums.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use cargo_lock::Lockfile;
use cyclonedx_bom::models::component::{Classification, Component, Components, Scope};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::prelude::{Bom, Purl, SpdxExpression, SpecVersion, Validate as _};
use xtask::release::NAME;

use super::checks;

/// A crate, as `cargo tree` has it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    licence: String,
}

/// By name and version of a crate from a registry, its SHA-256 in hexadecimal digits.
type Checksums = BTreeMap<(String, String), String>;

/// The list as text, with this time, in seconds since 1970.
pub(super) fn of(workspace: &Path, version: &str, time: i64) -> Result<Vec<u8>, Box<dyn Error>> {
    let output = checks::run(
        Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["tree", "--locked", "--package", NAME, "--edges", "normal", "--target", "all"])
            .args(["--prefix", "none", "--format", "{p}|{l}"])
            .current_dir(workspace),
    )?;
    let crates = crates(&String::from_utf8(output.stdout)?)?;
    let lock = Lockfile::load(workspace.join("Cargo.lock"))?;
    let checksums = lock.packages.iter().filter_map(|package| {
        let id = (package.name.to_string(), package.version.to_string());
        Some((id, package.checksum.as_ref()?.to_string()))
    });
    document(&crates, &checksums.collect(), version, &jiff::Timestamp::from_second(time)?.to_string())
}

/// Reads lines such as `serde v1.0.2 (proc-macro)|MIT OR Apache-2.0 (*)`, without the provider itself.
fn crates(tree: &str) -> Result<BTreeSet<Crate>, Box<dyn Error>> {
    let mut crates = BTreeSet::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let unreadable = || format!("cargo tree says {line:?}, which names no crate");
        let (package, licence) = line.split_once('|').ok_or_else(unreadable)?;
        let mut words = package.split(' ');
        let name = words.next().ok_or_else(unreadable)?;
        let version = words.next().and_then(|word| word.strip_prefix('v')).ok_or_else(unreadable)?;
        let licence = licence.strip_suffix(" (*)").unwrap_or(licence);
        if name != NAME {
            let [name, version, licence] = [name, version, licence].map(str::to_owned);
            crates.insert(Crate { name, version, licence });
        }
    }
    Ok(crates)
}

fn document(
    crates: &BTreeSet<Crate>,
    checksums: &Checksums,
    version: &str,
    time: &str,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let provider = component(Classification::Application, NAME, version, env!("CARGO_PKG_LICENSE"))?;
    let mut components = Vec::new();
    for Crate { name, version, licence } in crates {
        let mut library = component(Classification::Library, name, version, licence)?;
        library.scope = Some(Scope::Required);
        library.hashes = checksums.get(&(name.clone(), version.clone())).map(|checksum| {
            Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content: HashValue(checksum.clone()) }])
        });
        components.push(library);
    }
    let bom = Bom {
        serial_number: None, // would be another each time
        metadata: Some(Metadata {
            timestamp: Some(time.to_owned().try_into()?),
            component: Some(provider),
            ..Metadata::default()
        }),
        components: Some(Components(components)),
        ..Bom::default()
    };
    let verdict = bom.validate_version(SpecVersion::V1_5);
    if !verdict.passed() {
        return Err(format!("the list of the crates is not as CycloneDX wants it: {verdict:?}").into());
    }
    let mut text = Vec::new();
    bom.output_as_json_v1_5(&mut text)?;
    text.push(b'\n');
    Ok(text)
}

fn component(
    kind: Classification,
    name: &str,
    version: &str,
    licence: &str,
) -> Result<Component, Box<dyn Error>> {
    let purl = Purl::new("cargo", name, version)?;
    let mut component = Component::new(kind, name, version, Some(purl.to_string()));
    component.purl = Some(purl);
    component.licenses = match licence {
        "" => None,
        licence => {
            Some(Licenses(vec![LicenseChoice::Expression(SpdxExpression::parse_lax(licence.to_owned())?)]))
        }
    };
    Ok(component)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_crate_has_its_version_licence_and_checksum_once() {
        let tree = "terraform-provider-atlan v1.2.3 (/checkout)|MIT\n\
                    serde v1.0.2|MIT/Apache-2.0\n\
                    serde_derive v1.0.2 (proc-macro)|MIT OR Apache-2.0\n\
                    serde v1.0.2|MIT/Apache-2.0 (*)\n\
                    atlan v1.2.3 (/checkout/crates/atlan)|\n";
        let sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let checksums = Checksums::from([(("serde".to_owned(), "1.0.2".to_owned()), sum.to_owned())]);
        let text = document(&crates(tree).unwrap(), &checksums, "1.2.3", "2026-01-02T03:04:05Z").unwrap();
        let bom: Value = serde_json::from_slice(&text).unwrap();
        let names: Vec<&Value> = bom["components"].as_array().unwrap().iter().map(|it| &it["purl"]).collect();
        assert_eq!(names, ["pkg:cargo/atlan@1.2.3", "pkg:cargo/serde@1.0.2", "pkg:cargo/serde_derive@1.0.2"]);
        let serde = &bom["components"][1];
        assert_eq!(serde["licenses"], json!([{ "expression": "MIT OR Apache-2.0" }]));
        assert_eq!(serde["hashes"], json!([{ "alg": "SHA-256", "content": sum }]));
        assert_eq!(bom["components"][0].get("hashes"), None);
        assert_eq!(bom["metadata"]["timestamp"], "2026-01-02T03:04:05Z");
        assert_eq!(bom["metadata"]["component"]["version"], "1.2.3");
        assert!(crates("what is this").is_err());
    }

    #[test]
    fn the_list_has_the_crates_of_the_provider_and_not_those_of_its_tests() {
        let workspace = xtask::workspace();
        let text = of(&workspace, "1.2.3", 1_700_000_000).unwrap();
        assert!(
            text == of(&workspace, "1.2.3", 1_700_000_000).unwrap(),
            "two lists of the same crates differ"
        );
        let bom: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(bom["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
        let components = bom["components"].as_array().unwrap();
        let has = |name: &str| components.iter().any(|it| it["name"] == name);
        assert!(has("rustls") && has("tokio") && has("tfplug"), "{bom:#}");
        assert!(!has("proptest") && !has("atlan-sim") && !has(NAME), "{bom:#}");
        let ours = components.iter().filter(|it| it["hashes"].is_null()).map(|it| &it["name"]);
        assert_eq!(
            ours.collect::<Vec<_>>(),
            ["atlan", "tfplug", "tfplug-derive"],
            "all others are from a registry"
        );
    }
}
