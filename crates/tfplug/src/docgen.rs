//! Pages of a Terraform registry, written from the schema that the provider serves and from example files.
//!
//! [`pages`] asks the provider for its objects in process, pastes in what lies under `examples/` and answers Markdown by
//! the path at which a registry expects it, below `docs/`. What a page says about an attribute, its type, default, allowed
//! values and what makes a new object, is what the pipeline enforces, because both read the same [`Schema`]; the prose is
//! the doc comments of the structs.
//!
//! It writes no file and knows no guides: a command of the provider's repository does. The layout, of examples as
//! of pages, is the registry's (`hashicorp/terraform-plugin-docs:README.md`).

mod attributes;
mod examples;
mod function;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use self::examples::Examples;
use crate::object::{AnyProvider as _, ErasedProvider, Provider, Registered, Registry};
use crate::schema::{Attribute, Schema};

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocgenError {
    /// An example could not be read.
    #[error("could not read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// An object without an example.
    #[error("{object} has no example: write {}", .file.display())]
    NoExample {
        /// What the page is about.
        object: String,
        /// Where the example belongs.
        file: PathBuf,
    },
    /// An example for something that the provider does not offer.
    #[error("{} is for nothing that the provider offers", .0.display())]
    StrayExample(PathBuf),
    /// More than one example that is missing or for nothing: each on a line of its own.
    #[error("{}", .0.iter().map(DocgenError::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<DocgenError>),
    /// A page that a registry would refuse.
    #[error(
        "the page {path} has {size} bytes, and a registry takes less than {PAGE_LIMIT}: shorten its text or its examples"
    )]
    TooLong {
        /// Path of the page below `docs/`.
        path: String,
        /// Its length in bytes.
        size: usize,
    },
    /// More pages than a registry takes.
    #[error("there are {0} pages, and a registry takes less than {PAGES_LIMIT} files")]
    TooMany(usize),
}

/// From this length on, in bytes, a registry takes no page.
/// Source: `hashicorp/terraform-plugin-docs:internal/check/directory.go`.
const PAGE_LIMIT: usize = 500_000;

/// From this number on a registry takes no more files, guides included. Source: as above.
const PAGES_LIMIT: usize = 2_000;

/// The pages of a provider by their path below `docs/`, such as `index.md` or `resources/group.md`. `examples` is the
/// folder that holds `provider/provider.tf`, `resources/<type>/resource.tf` and the others that the page
/// [`release`](crate::guide::release) of the guide lists.
///
/// # Errors
/// When objects have no example or examples belong to no object, all of them at once; when an example cannot be read; when
/// a page has 500 000 bytes or more, or there are 2000 pages or more.
pub fn pages<P: Provider>(examples: &Path) -> Result<BTreeMap<String, String>, DocgenError> {
    pages_by_subcategory::<P>(examples, |_| "")
}

/// The same, with the subcategory under which a registry lists a page, by its path such as `resources/group.md`; an empty
/// one means none. `index.md` has no subcategory: a registry refuses the key there.
///
/// # Errors
/// As [`pages`].
pub fn pages_by_subcategory<P: Provider>(
    examples: &Path,
    subcategory: impl Fn(&str) -> &'static str,
) -> Result<BTreeMap<String, String>, DocgenError> {
    let examples = Examples::new(examples);
    let mut pages = BTreeMap::new();
    let provider = ErasedProvider::<P>::new();
    pages.insert("index.md".to_owned(), index::<P>(provider.schema(), &examples)?);

    let Registered { resources, data_sources, ephemeral, lists, actions, functions, .. } =
        Registry::<P>::of_provider();
    for (kind, objects) in [
        (&RESOURCE, resources.iter().map(|(name, it)| (name, it.schema())).collect::<Vec<_>>()),
        (&DATA_SOURCE, data_sources.iter().map(|(name, it)| (name, it.schema())).collect()),
        (&EPHEMERAL_RESOURCE, ephemeral.iter().map(|(name, it)| (name, it.schema())).collect()),
        (&LIST_RESOURCE, lists.iter().map(|(name, it)| (name, it.schema())).collect()),
        (&ACTION, actions.iter().map(|(name, it)| (name, it.schema())).collect()),
    ] {
        examples.none_stray(kind.folder, |name| objects.iter().any(|(offered, _)| *offered == name))?;
        for (type_name, schema) in objects {
            let object = Object { kind, provider: P::NAME, type_name, schema };
            pages.insert(object.path(), object.page(&examples)?);
        }
    }
    for (type_name, resource) in &resources {
        let object = Object { kind: &RESOURCE, provider: P::NAME, type_name, schema: resource.schema() };
        let section = import(resource.identity(), type_name, &examples)?;
        pages.entry(object.path()).or_default().push_str(&section);
    }
    examples.none_stray(function::FOLDER, |name| functions.contains_key(name))?;
    for (name, function) in &functions {
        let page = function::page(P::NAME, name, &**function, &examples)?;
        pages.insert(format!("{}/{name}.md", function::FOLDER), page);
    }
    examples.finish()?;
    for (path, page) in &mut pages {
        *page = page.replacen(NO_SUBCATEGORY, &format!("\nsubcategory: {:?}\n", subcategory(path)), 1);
    }
    within_limits(&pages)?;
    Ok(pages)
}

/// Refuses what a registry would refuse, at a time when nobody waits for a release.
fn within_limits(pages: &BTreeMap<String, String>) -> Result<(), DocgenError> {
    if pages.len() >= PAGES_LIMIT {
        return Err(DocgenError::TooMany(pages.len()));
    }
    match pages.iter().find(|(_, page)| page.len() >= PAGE_LIMIT) {
        Some((path, page)) => Err(DocgenError::TooLong { path: path.clone(), size: page.len() }),
        None => Ok(()),
    }
}

/// What the pages of one kind of object have in common.
struct Kind {
    /// Folder of the pages, and of the examples.
    folder: &'static str,
    /// What follows the type's name in the title.
    title: &'static str,
    /// One object of the kind, within a sentence.
    noun: &'static str,
    /// The first example file. Further ones have `_` and more before the dot.
    example: (&'static str, &'static str),
}

const RESOURCE: Kind =
    Kind { folder: "resources", title: "Resource", noun: "resource", example: ("resource", ".tf") };

const DATA_SOURCE: Kind = Kind {
    folder: "data-sources",
    title: "Data Source",
    noun: "data source",
    example: ("data-source", ".tf"),
};

const EPHEMERAL_RESOURCE: Kind = Kind {
    folder: "ephemeral-resources",
    title: "Ephemeral Resource",
    noun: "ephemeral resource",
    example: ("ephemeral-resource", ".tf"),
};

const LIST_RESOURCE: Kind = Kind {
    folder: "list-resources",
    title: "List Resource",
    noun: "list resource",
    example: ("list-resource", ".tfquery.hcl"),
};

const ACTION: Kind = Kind { folder: "actions", title: "Action", noun: "action", example: ("action", ".tf") };

/// An object that has a page of its own.
struct Object<'a> {
    kind: &'a Kind,
    provider: &'a str,
    type_name: &'a str,
    schema: &'a Schema,
}

impl Object<'_> {
    /// Where a registry looks for the page: the name goes without the provider's.
    fn path(&self) -> String {
        let prefix = format!("{}_", self.provider);
        let name = self.type_name.strip_prefix(&prefix).unwrap_or(self.type_name);
        format!("{}/{name}.md", self.kind.folder)
    }

    /// The page as far as all kinds have it: front matter, text, examples, schema.
    fn page(&self, examples: &Examples<'_>) -> Result<String, DocgenError> {
        let Object { kind, type_name, schema, .. } = self;
        let mut page = opening(self.provider, type_name, kind.title, &schema.description, schema);
        let folder = format!("{}/{type_name}", kind.folder);
        page.push_str(&example_usage(&examples.usage(&folder, kind.example, type_name)?));
        page.push_str(&schema_section(&schema.attributes, kind.noun));
        Ok(page)
    }
}

/// The page up to the examples. `summary` is what lists of pages show.
fn opening(provider: &str, name: &str, kind: &str, summary: &str, schema: &Schema) -> String {
    let mut page =
        front_matter(&format!("{name} {kind} - terraform-provider-{provider}"), NO_SUBCATEGORY, summary);
    let _ = write!(page, "# {name} ({kind})\n\n{}\n", schema.description);
    if let Some(deprecated) = &schema.deprecated {
        let _ = write!(page, "\n~> **Deprecated.** {deprecated}\n");
    }
    page
}

/// The page about the provider itself.
fn index<P: Provider>(schema: &Schema, examples: &Examples<'_>) -> Result<String, DocgenError> {
    let name = capitalized(P::NAME);
    let mut page = front_matter(&format!("{name} Provider"), NO_KEY, &schema.description);
    let _ = write!(page, "# {name} Provider\n\n{}\n", schema.description);
    page.push_str(&example_usage(&examples.usage("provider", ("provider", ".tf"), "the provider")?));
    page.push_str(&schema_section(&schema.attributes, "provider"));
    Ok(page)
}

/// The line of the front matter that says under which heading a page is listed.
const NO_SUBCATEGORY: &str = "\nsubcategory: \"\"\n";

/// In place of that line on the index, where a registry refuses it.
/// Source: `hashicorp/terraform-plugin-docs:internal/provider/validate.go`.
const NO_KEY: &str = "\n";

/// What a registry shows in lists and search results. The comment is for people who would edit the page.
fn front_matter(title: &str, subcategory: &str, description: &str) -> String {
    let summary = description.split("\n\n").next().unwrap_or_default();
    let mut text = format!(
        "---\n# Generated from the provider's schema and from examples/: edit those.\npage_title: {title:?}{subcategory}description: |-\n"
    );
    for line in summary.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text.push_str("---\n\n");
    text
}

fn schema_section(attributes: &[Attribute], noun: &str) -> String {
    if attributes.is_empty() {
        return format!("\n## Schema\n\nThis {noun} has no arguments.\n");
    }
    format!("\n## Schema\n{}", attributes::sections(attributes, noun))
}

fn example_usage(examples: &[String]) -> String {
    let mut text = "\n## Example Usage\n".to_owned();
    for example in examples {
        let _ = write!(text, "\n{}", fenced("terraform", example));
    }
    text
}

fn fenced(language: &str, code: &str) -> String {
    format!("```{language}\n{}\n```\n", code.trim_end())
}

/// How to take over what exists, and the identity by which Terraform knows it.
fn import(identity: &[Attribute], type_name: &str, examples: &Examples<'_>) -> Result<String, DocgenError> {
    let folder = format!("{}/{type_name}", RESOURCE.folder);
    let mut text = String::new();
    if let Some(example) = examples.file(&format!("{folder}/import-by-string-id.tf"))? {
        let _ = write!(
            text,
            "\nIn Terraform 1.5 and later, an `import` block takes over an object by an `id`:\n\n{}",
            fenced("terraform", &example)
        );
    }
    if let Some(example) = examples.file(&format!("{folder}/import-by-identity.tf"))? {
        let _ = write!(
            text,
            "\nIn Terraform 1.12 and later, an `import` block can name the object's `identity` instead:\n\n{}",
            fenced("terraform", &example)
        );
    }
    if let Some(example) = examples.file(&format!("{folder}/import.sh"))? {
        let _ = write!(
            text,
            "\nThe `terraform import` command takes the same `id`:\n\n{}",
            fenced("shell", &example)
        );
    }
    if !text.is_empty() {
        text.insert_str(0, "\n## Import\n");
    }
    text.push_str("\n## Identity Schema\n");
    text.push_str(&attributes::sections(identity, "identity"));
    Ok(text)
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
