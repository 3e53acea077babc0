use std::fs;

use expect_test::{Expect, expect};

use super::*;
use crate::schema::{Check, Kind as Holds, Mode, Nesting, Outcome, Replace, Rule, len};
use crate::value::Type;
use crate::{
    Args, Choice, Computed, ConfigureCx, CreateCx, Cx, Identity, Registry, Resource, Result, Sensitive, State,
};

/// The provider makes shelves.
///
/// Everything can come from the environment.
#[derive(Args)]
struct LibraryArgs {
    /// Password.
    #[attr(env = "LIBRARY_KEY")]
    key: Option<Sensitive<String>>,
}

struct Library;

impl Provider for Library {
    const NAME: &'static str = "library";
    const ADDRESS: &'static str = "registry.example.com/test/library";
    const VERSION: &'static str = "1.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];

    type Args = LibraryArgs;
    type Client = Option<Sensitive<String>>;

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Shelf>();
    }

    async fn configure(_: &ConfigureCx<'_>, args: LibraryArgs) -> Result<Self::Client> {
        Ok(args.key)
    }
}

/// A board for books.
///
/// It holds what its `wood` bears.
#[derive(Args)]
#[args(timeouts(create = "90s", delete = "1h"))]
struct ShelfArgs {
    /// Words on it.
    #[attr(replace, check = len(1..=9))]
    label: String,
    /// What it is made of.
    #[attr(default = Wood::Oak)]
    wood: Wood,
    /// Books by place.
    books: Option<Vec<Book>>,
    /// Opens the drawer.
    #[attr(default = Sensitive::new("1234".to_owned()))]
    code: Sensitive<String>,
}

#[derive(Clone, Copy, Choice)]
enum Wood {
    /// Bears much.
    Oak,
    /// Bears little.
    #[choice(alias = "fir", alias = "spruce")]
    Pine,
}

/// A book.
#[derive(Args)]
struct Book {
    /// Words on its back.
    title: String,
}

/// What it became.
#[derive(Computed)]
struct ShelfComputed {
    /// Number of the shelf.
    #[attr(keep)]
    id: String,
}

/// What names a shelf.
#[derive(Clone, Debug, Identity)]
struct ById {
    /// Number of the shelf.
    id: String,
}

struct Shelf;

impl Resource for Shelf {
    const NAME: &'static str = "shelf";

    type Provider = Library;
    type Id = ById;
    type Args = ShelfArgs;
    type Computed = ShelfComputed;

    async fn create(_: &CreateCx<'_, Self>, args: &ShelfArgs) -> Result<ShelfComputed> {
        Ok(ShelfComputed { id: args.label.clone() })
    }

    async fn read(_: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, id: &ById, _: &State<Self>, _: &ShelfArgs) -> Result<ShelfComputed> {
        Ok(ShelfComputed { id: id.id.clone() })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

mod kinds;

/// A folder of examples, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("tfplug-docgen-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Folder(root)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PROVIDER: (&str, &str) = ("provider/provider.tf", "provider \"library\" {}\n");
const SHELF: (&str, &str) = ("resources/library_shelf/resource.tf", "resource \"library_shelf\" \"a\" {}\n");

#[test]
fn the_index_is_about_the_provider_block() {
    let examples = Folder::of("index", &[PROVIDER, SHELF]);
    let pages = pages::<Library>(&examples.0).unwrap();
    assert_eq!(pages.keys().collect::<Vec<_>>(), ["index.md", "resources/shelf.md"]);
    expect![[r#"
        ---
        # Generated from the provider's schema and from examples/: edit those.
        page_title: "Library Provider"
        description: |-
          The provider makes shelves.
        ---

        # Library Provider

        The provider makes shelves.

        Everything can come from the environment.

        ## Example Usage

        ```terraform
        provider "library" {}
        ```

        ## Schema

        ### Optional

        - `key` (String, Sensitive) Password. Environment variable `LIBRARY_KEY`.
    "#]]
    .assert_eq(&pages["index.md"]);
}

#[test]
fn a_resource_has_text_examples_schema_import_and_identity() {
    let folder = "resources/library_shelf";
    let further = format!("{folder}/resource_full.tf");
    let [command, block, identity] = ["import.sh", "import-by-string-id.tf", "import-by-identity.tf"]
        .map(|name| format!("{folder}/{name}"));
    let examples = Folder::of(
        "resource",
        &[
            PROVIDER,
            SHELF,
            (&further, "# all of it\n"),
            (&command, "terraform import library_shelf.a 7\n"),
            (&block, "import { id = \"7\" }\n"),
            (&identity, "import { identity = { id = \"7\" } }\n"),
        ],
    );
    expect![[r#"
        ---
        # Generated from the provider's schema and from examples/: edit those.
        page_title: "library_shelf Resource - terraform-provider-library"
        subcategory: ""
        description: |-
          A board for books.
        ---

        # library_shelf (Resource)

        A board for books.

        It holds what its `wood` bears.

        ## Example Usage

        ```terraform
        resource "library_shelf" "a" {}
        ```

        ```terraform
        # all of it
        ```

        ## Schema

        ### Required

        - `label` (String) Words on it. Must be of length 1 to 9. Changing it replaces the resource.

        ### Optional

        - `wood` (String) What it is made of. One of `oak`, `pine` (also `fir`, `spruce`). Default `oak`.
        - `books` (Attributes List) Books by place. See [below](#nested--books).
        - `code` (String, Sensitive) Opens the drawer. It has a default, which is not shown.
        - `timeouts` (Attributes) How long operations may take, each as a duration such as `30s` or `5m`. See [below](#nested--timeouts).

        ### Read-Only

        - `id` (String) Number of the shelf.

        <a id="nested--books"></a>

        ### Nested Schema for `books`

        Required:

        - `title` (String) Words on its back.

        <a id="nested--timeouts"></a>

        ### Nested Schema for `timeouts`

        Optional:

        - `create` (String) Longest time for create. Default `90s`. Must be a duration such as `30s`, `5m` or `1h30m`.
        - `delete` (String) Longest time for delete. Default `1h`. Must be a duration such as `30s`, `5m` or `1h30m`.

        ## Import

        In Terraform 1.5 and later, an `import` block takes over an object by an `id`:

        ```terraform
        import { id = "7" }
        ```

        In Terraform 1.12 and later, an `import` block can name the object's `identity` instead:

        ```terraform
        import { identity = { id = "7" } }
        ```

        The `terraform import` command takes the same `id`:

        ```shell
        terraform import library_shelf.a 7
        ```

        ## Identity Schema

        ### Required

        - `id` (String) Number of the shelf.
    "#]].assert_eq(&pages::<Library>(&examples.0).unwrap()["resources/shelf.md"]);
}

#[test]
fn a_missing_or_stray_example_is_an_error_that_names_the_file() {
    let refusal = |name, files: &[_]| {
        let examples = Folder::of(name, files);
        let error = pages::<Library>(&examples.0).unwrap_err().to_string();
        error.replace(&examples.0.display().to_string(), "examples").replace('\\', "/") // on Windows
    };
    assert_eq!(
        refusal("missing", &[PROVIDER]),
        "library_shelf has no example: write examples/resources/library_shelf/resource.tf"
    );
    assert_eq!(
        refusal("stray", &[PROVIDER, SHELF, ("resources/library_desk/resource.tf", "")]),
        "examples/resources/library_desk is for nothing that the provider offers"
    );
    assert_eq!(
        refusal("both", &[("resources/library_desk/resource.tf", "")]),
        "the provider has no example: write examples/provider/provider.tf\n\
         examples/resources/library_desk is for nothing that the provider offers\n\
         library_shelf has no example: write examples/resources/library_shelf/resource.tf"
    );
}

#[test]
fn several_examples_of_one_object_follow_each_other_by_name() {
    let folder = "resources/library_shelf";
    let (second, first) = (format!("{folder}/resource_b.tf"), format!("{folder}/resource_a.tf"));
    let (other, notes) = (format!("{folder}/resource.md"), format!("{folder}/resources.tf"));
    let files =
        [PROVIDER, (&second, "# b\n"), (&first, "# a\n"), SHELF, (&other, "# no\n"), (&notes, "# no\n")];
    let examples = Folder::of("several", &files);
    let page = &pages::<Library>(&examples.0).unwrap()["resources/shelf.md"];
    let (_, usage) = page.split_once("## Example Usage\n").unwrap();
    expect![[r#"

        ```terraform
        resource "library_shelf" "a" {}
        ```

        ```terraform
        # a
        ```

        ```terraform
        # b
        ```

    "#]]
    .assert_eq(usage.split_once("## Schema").unwrap().0);
}

#[test]
fn a_page_is_listed_under_its_subcategory() {
    let examples = Folder::of("subcategory", &[PROVIDER, SHELF]);
    let by_path = |path: &str| if path == "resources/shelf.md" { "Things \"of\" wood" } else { "" };
    let pages = pages_by_subcategory::<Library>(&examples.0, by_path).unwrap();
    let line = |path: &str| pages[path].lines().find(|line| line.starts_with("subcategory"));
    assert_eq!(line("resources/shelf.md"), Some(r#"subcategory: "Things \"of\" wood""#));
    assert_eq!(line("index.md"), None);
}

#[test]
fn what_a_registry_refuses_is_an_error() {
    let long = "#".repeat(PAGE_LIMIT);
    let examples = Folder::of("long", &[PROVIDER, (SHELF.0, &long)]);
    let error = pages::<Library>(&examples.0).unwrap_err().to_string();
    let (page, advice) = error.split_once(" has ").unwrap();
    assert_eq!(page, "the page resources/shelf.md");
    assert!(
        advice.ends_with(" bytes, and a registry takes less than 500000: shorten its text or its examples"),
        "{advice}"
    );

    let many = |count: usize| (0..count).map(|index| (format!("guides/{index}.md"), String::new())).collect();
    assert!(within_limits(&many(1_999)).is_ok());
    let error = within_limits(&many(2_000)).unwrap_err().to_string();
    assert_eq!(error, "there are 2000 pages, and a registry takes less than 2000 files");
}

fn check(attribute: Attribute, expected: Expect) {
    expected.assert_eq(&attributes::sections(&[attribute], "resource"));
}

#[test]
fn rules_between_attributes_stand_where_they_concern_readers() {
    let mut attributes: Vec<Attribute> = ["key", "token", "user"]
        .map(|name| Attribute::new(name, Holds::Value(Type::String), Mode::Optional))
        .into();
    attributes[0].rules.push(Rule::ExactlyOneOf(&["key", "token"]));
    attributes[2].rules.push(Rule::Requires("user", &["token"]));
    let expected = expect![[r#"

        ### Optional

        - `key` (String) Exactly one of `key` and `token` must be given.
        - `token` (String) Exactly one of `key` and `token` must be given.
        - `user` (String) `user` needs `token`.
    "#]];
    expected.assert_eq(&attributes::sections(&attributes, "resource"));
}

#[test]
fn a_rule_that_is_a_list_has_a_sentence_of_its_own() {
    let rules = |rules: &[&str]| {
        let mut attribute = Attribute::new("code", Holds::Value(Type::String), Mode::Optional);
        attribute.checks = rules.iter().map(|rule| Check::new(*rule, |_| Ok(()))).collect();
        super::attributes::facts(&attribute, "resource").join(" ")
    };
    assert_eq!(rules(&["of length 1 to 3", "not blank"]), "Must be of length 1 to 3 and not blank.");
    assert_eq!(rules(&["not blank"]), "Must not be blank.");
    assert_eq!(rules(&["each each not blank"]), "Each element must not be blank.");
    assert_eq!(rules(&["not blank", "of length at most 60"]), "Must be of length at most 60 and not blank.");
    assert_eq!(rules(&["with each key of length 1 to 3"]), "Each key must be of length 1 to 3.");
    assert_eq!(
        rules(&["unique", "with each key not blank", "each with each key not blank"]),
        "Must be unique. Each key must also not be blank. Each key of each element must also not be blank."
    );
    assert_eq!(
        rules(&["of length 1 to 3", "each an address"]),
        "Must be of length 1 to 3. Each element must also be an address."
    );
    assert_eq!(
        rules(&["a duration such as `30s`, `5m` or `1h`", "longer than zero", "not `1s`"]),
        "Must be a duration such as `30s`, `5m` or `1h`. Must also be longer than zero. Must also not be `1s`."
    );
}

#[test]
fn marks_and_rules_follow_the_description() {
    let mut attribute =
        Attribute::new("code", Holds::Value(Type::Set(Box::new(Type::String))), Mode::Optional);
    attribute.description = "First paragraph.\n\n- one\n- two".to_owned();
    attribute.sensitive = true;
    attribute.write_only = true;
    attribute.deprecated = Some("use `key`".to_owned());
    attribute.replace = Some(Replace::If(|_, _| true));
    attribute.checks = vec![Check::new("", |_| Ok(())), len(1..=3), Check::new("even", |_| Ok(()))];
    check(
        attribute,
        expect![[r#"

            ### Optional

            - `code` (Set of String, Sensitive, Write-only, Deprecated) First paragraph.

              - one
              - two

              Deprecated: use `key`. Must be of length 1 to 3 and even. Some changes to it replace the resource.
        "#]],
    );
}

#[test]
fn what_only_the_provider_gives_has_no_rule() {
    let mut attribute = Attribute::new("id", Holds::Value(Type::Number), Mode::Computed);
    attribute.description = "Number.".to_owned();
    attribute.outcome = Some(Outcome::Keep);
    attribute.checks = vec![len(1..=3)];
    check(
        attribute,
        expect![[r#"

        ### Read-Only

        - `id` (Number) Number.
    "#]],
    );
}

#[test]
fn nested_levels_are_linked_by_their_path() {
    let leaf = Attribute::new("c", Holds::Value(Type::Map(Box::new(Type::Bool))), Mode::Required);
    let inner = Attribute::new("b", Holds::Nested(Nesting::Map, vec![leaf]), Mode::Required);
    let block = Holds::Block { nesting: Nesting::List, min_items: 1, max_items: 2, attributes: vec![inner] };
    check(
        Attribute::new("a", block, Mode::Required),
        expect![[r#"

            ### Required

            - `a` (Block List) From 1 to 2. See [below](#nested--a).

            <a id="nested--a"></a>

            ### Nested Schema for `a`

            Required:

            - `b` (Attributes Map) See [below](#nested--a--b).

            <a id="nested--a--b"></a>

            ### Nested Schema for `a.b`

            Required:

            - `c` (Map of Boolean)
        "#]],
    );
}
