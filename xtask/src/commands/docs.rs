//! `cargo xtask docs`: the registry's pages about the provider and its objects, checked in under docs/.
//!
//! They come from the provider in process and from examples/ (see [`tfplug::docgen`]). The pages in docs/guides/ are
//! written by hand, and docs/images/ has pictures. Any other page for which the provider has no object is deleted.

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
const INDEX: &str = "index.md";
const NO_PAGES: [&str; 2] = ["guides/", "images/"];

/// Writes the pages or, with `--check`, compares them.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (workspace, folder) = (xtask::workspace(), xtask::workspace().join(FOLDER));
    let mut pages = tfplug::docgen::pages::<Atlan>(&workspace.join("examples"))?;
    pages.entry(INDEX.to_owned()).or_default().push_str(&guides(&folder.join("guides"))?);
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

/// The end of the index: every guide with its title and its description, in the order of the files.
fn guides(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut names = Vec::new();
    files(folder, "", &mut names)?;
    let mut section = "\n## Guides\n\n".to_owned();
    for name in names {
        let text = fs::read_to_string(folder.join(&name))?;
        let after = |key: &str| Some(text.split_once(key)?.1.lines().next()?.trim().trim_matches('"'));
        let title = after("\npage_title: ").ok_or_else(|| format!("{name} has no title"))?;
        let description = after("\ndescription: |-\n").ok_or_else(|| format!("{name} has no description"))?;
        section.push_str(&format!("- [{title}](guides/{name}): {description}\n"));
    }
    Ok(section)
}

/// Pages of objects that no longer exist.
fn stale(folder: &Path, pages: &BTreeMap<String, String>) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    files(folder, "", &mut names)?;
    names.retain(|name| !pages.contains_key(name) && !NO_PAGES.iter().any(|folder| name.starts_with(folder)));
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
    fn the_index_lists_every_guide() {
        let index = fs::read_to_string(xtask::workspace().join("docs/index.md")).unwrap();
        let mut names = Vec::new();
        files(&xtask::workspace().join("docs/guides"), "", &mut names).unwrap();
        for name in names {
            assert!(index.contains(&format!("](guides/{name}): ")), "{name} in docs/index.md");
        }
    }

    #[test]
    fn a_page_of_nothing_is_stale_unless_it_is_a_guide_or_a_picture() {
        let folder = std::env::temp_dir().join(format!("xtask-docs-{}", std::process::id()));
        for name in ["index.md", "resources/group.md", "resources/gone.md", "guides/start.md", "images/a.svg"]
        {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let pages = ["index.md", "resources/group.md"].map(|name| (name.to_owned(), String::new())).into();
        let stale = stale(&folder, &pages).unwrap();
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(stale, ["resources/gone.md"]);
    }

    /// The folders of pages that a registry shows.
    const FOLDERS: [&str; 7] = [
        "actions",
        "data-sources",
        "ephemeral-resources",
        "functions",
        "guides",
        "list-resources",
        "resources",
    ];

    /// What is wrong with a page by the rules of a registry, as `tfplugindocs validate` checks them. It also checks the
    /// size and the number of pages, which docgen does, and that each object has a page and each page an object, which
    /// the first test above does. Source: `hashicorp/terraform-plugin-docs:internal/provider/validate.go`.
    fn faults(name: &str, text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let is_known = match name.split_once('/') {
            None => name == "index.md",
            Some((folder, page)) => FOLDERS.contains(&folder) && !page.contains('/'),
        };
        if !is_known || Path::new(name).extension().is_none_or(|extension| extension != "md") {
            faults.push(format!("{name} is no page of a registry"));
        }
        let Some((front, _)) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")) else {
            faults.push(format!("{name} has no front matter"));
            return faults;
        };
        let has = |key: &str| front.lines().any(|line| line.starts_with(&format!("{key}:")));
        for key in ["page_title", "description"] {
            if !has(key) {
                faults.push(format!("{name} lacks {key}"));
            }
        }
        for key in ["layout", "sidebar_current"] {
            if has(key) {
                faults.push(format!("{name} must not have {key}"));
            }
        }
        match (name == "index.md", has("subcategory")) {
            (true, true) => faults.push(format!("{name} must not have subcategory")),
            (false, false) => faults.push(format!("{name} lacks subcategory")),
            _ => {}
        }
        faults
    }

    #[test]
    fn every_page_keeps_the_rules_of_a_registry_and_has_links_that_lead_somewhere() {
        let folder = xtask::workspace().join(FOLDER);
        let mut names = Vec::new();
        files(&folder, "", &mut names).unwrap();
        assert!(names.iter().any(|name| name.starts_with("guides/")), "{names:?}");
        names.retain(|name| !name.starts_with("images/")); // which a registry passes over
        for name in names {
            let (file, text) = (folder.join(&name), fs::read_to_string(folder.join(&name)).unwrap());
            assert_eq!(faults(&name, &text), [""; 0]);
            for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let page = target.split('#').next().unwrap_or_default();
                if !page.is_empty() && !page.contains("://") {
                    assert!(file.parent().unwrap().join(page).exists(), "{name}: no {target}");
                }
            }
        }
    }

    #[test]
    fn what_a_registry_refuses_is_a_fault() {
        let page = |keys: &str| format!("---\n{keys}\n---\n\n# Title\n");
        let good = "page_title: \"Title\"\nsubcategory: \"\"\ndescription: |-\n  Text.";
        let index = "page_title: \"Title\"\ndescription: |-\n  Text.";
        for (name, keys, expected) in [
            ("index.md", index, ""),
            ("resources/group.md", good, ""),
            ("index.md", good, "index.md must not have subcategory"),
            ("resources/group.md", index, "resources/group.md lacks subcategory"),
            ("guides/start.md", "subcategory: \"\"\ndescription: Text", "guides/start.md lacks page_title"),
            ("r/group.md", good, "r/group.md is no page of a registry"),
            ("resources/group.markdown", good, "resources/group.markdown is no page of a registry"),
            ("resources/group.md", &format!("{good}\nlayout: x"), "resources/group.md must not have layout"),
        ] {
            assert_eq!(faults(name, &page(keys)).join("; "), expected);
        }
        assert_eq!(faults("index.md", "# Title\n"), ["index.md has no front matter"]);
    }
}
