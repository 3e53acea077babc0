//! `cargo xtask docs`: the registry's pages about the provider and its objects, checked in under docs/.
//!
//! They come from the provider in process and from examples/ (see [`tfplug::docgen`]). The pages in docs/guides/ are
//! written by hand. Any other page for which the provider has no object is deleted.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{fs, io};

use terraform_provider_atlan::provider::Atlan;

use super::generated::differing;

/// Options of `cargo xtask docs`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when docs/ differs
    #[arg(long)]
    check: bool,
}

/// Below the workspace: what is written, and what is left alone in it.
const FOLDER: &str = "docs";
const GUIDES: &str = "guides";

/// Writes the pages or, with `--check`, compares them.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (workspace, folder) = (xtask::workspace(), xtask::workspace().join(FOLDER));
    let pages = tfplug::docgen::pages::<Atlan>(&workspace.join("examples"))?;
    let (differing, stale) = (differing(&folder, &pages)?, stale(&folder, &pages)?);
    if options.check {
        if differing.is_empty() && stale.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = differing.into_iter().chain(stale.iter().map(String::as_str)).collect();
        return Err(format!("{FOLDER}: {} differ, run `cargo xtask docs`", names.join(", ")).into());
    }
    for name in differing {
        let file = folder.join(name);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, &pages[name])?;
    }
    for name in stale {
        fs::remove_file(folder.join(name))?;
    }
    Ok(())
}

/// Pages of objects that no longer exist.
fn stale(folder: &Path, pages: &BTreeMap<String, String>) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    files(folder, "", &mut names)?;
    names.retain(|name| !pages.contains_key(name) && !name.starts_with(&format!("{GUIDES}/")));
    Ok(names)
}

/// The files of a folder and the folders in it, sorted, by their path below the first.
fn files(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            files(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checked_in_pages_are_what_the_provider_says() {
        run(&Options { check: true }).unwrap();
    }

    #[test]
    fn a_page_of_nothing_is_stale_unless_it_is_a_guide() {
        let folder = std::env::temp_dir().join(format!("xtask-docs-{}", std::process::id()));
        for name in ["index.md", "resources/group.md", "resources/gone.md", "guides/start.md"] {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let pages = ["index.md", "resources/group.md"].map(|name| (name.to_owned(), String::new())).into();
        let stale = stale(&folder, &pages).unwrap();
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(stale, ["resources/gone.md"]);
    }

    /// A registry refuses pages without front matter, and links must not be broken.
    #[test]
    fn every_page_has_front_matter_and_links_that_lead_somewhere() {
        let folder = xtask::workspace().join(FOLDER);
        let mut names = Vec::new();
        files(&folder, "", &mut names).unwrap();
        assert!(names.iter().any(|name| name.starts_with("guides/")), "{names:?}");
        for name in names {
            let (file, text) = (folder.join(&name), fs::read_to_string(folder.join(&name)).unwrap());
            let front =
                text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect(&name).0;
            for key in ["page_title: ", "subcategory: ", "description: "] {
                assert!(front.lines().any(|line| line.starts_with(key)), "{name} lacks {key}");
            }
            for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let page = target.split('#').next().unwrap_or_default();
                if !page.is_empty() && !page.contains("://") {
                    assert!(file.parent().unwrap().join(page).exists(), "{name}: no {target}");
                }
            }
        }
    }
}
