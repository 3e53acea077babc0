//! The kinds of object beside managed resources.

use super::*;
use crate::object::AnyFunction;
use crate::value::Dynamic;
use crate::{Action, ActionCx, CallCx, DataSource, Function, FunctionError};

/// Nothing to set.
#[derive(Args)]
struct NoArgs {}

struct Archive;

impl Provider for Archive {
    const NAME: &'static str = "archive";
    const ADDRESS: &'static str = "registry.example.com/test/archive";
    const VERSION: &'static str = "1.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];

    type Args = NoArgs;
    type Client = ();

    fn register(registry: &mut Registry<Self>) {
        registry.data_source::<Catalogue>().action::<Dust>().function::<Join>();
    }

    async fn configure(_: &ConfigureCx<'_>, _: NoArgs) -> Result<()> {
        Ok(())
    }
}

/// All there is.
#[derive(Args)]
struct CatalogueArgs {
    /// Only what has this word.
    word: Option<String>,
}

/// What was found.
#[derive(Computed)]
#[computed(data)]
struct CatalogueComputed {
    /// Titles in order.
    titles: Vec<String>,
}

struct Catalogue;

impl DataSource for Catalogue {
    const NAME: &'static str = "catalogue";

    type Provider = Archive;
    type Args = CatalogueArgs;
    type Computed = CatalogueComputed;

    async fn read(_: &CallCx<'_, Archive>, args: &CatalogueArgs) -> Result<CatalogueComputed> {
        Ok(CatalogueComputed { titles: args.word.clone().into_iter().collect() })
    }
}

/// Takes the dust off.
#[derive(Args)]
struct DustArgs {}

struct Dust;

impl Action for Dust {
    const NAME: &'static str = "dust";

    type Provider = Archive;
    type Args = DustArgs;

    async fn invoke(_: &ActionCx<'_, Archive>, _: &DustArgs) -> Result<()> {
        Ok(())
    }
}

/// Puts texts together.
///
/// Null counts as a space.
#[derive(Args)]
struct JoinArgs {
    /// What stands between them.
    separator: Option<String>,
    /// The texts.
    texts: Vec<String>,
}

struct Join;

impl Function for Join {
    const NAME: &'static str = "join";
    const SUMMARY: &'static str = "One text of several";

    type Provider = Archive;
    type Args = JoinArgs;
    type Output = String;

    fn call(args: JoinArgs) -> Result<String, FunctionError> {
        Ok(args.texts.join(args.separator.as_deref().unwrap_or(" ")))
    }
}

/// `name` keeps tests that run side by side apart.
fn pages(name: &str) -> BTreeMap<String, String> {
    let examples = Folder::of(
        name,
        &[
            ("provider/provider.tf", "provider \"archive\" {}\n"),
            ("data-sources/archive_catalogue/data-source.tf", "data \"archive_catalogue\" \"all\" {}\n"),
            ("actions/archive_dust/action.tf", "action \"archive_dust\" \"now\" {}\n"),
            (
                "functions/join/function.tf",
                "output \"x\" {\n  value = provider::archive::join(null, [\"a\"])\n}\n",
            ),
        ],
    );
    super::pages::<Archive>(&examples.0).unwrap()
}

#[test]
fn each_kind_has_pages_in_its_own_folder() {
    let pages = pages("kinds");
    let names: Vec<&String> = pages.keys().collect();
    assert_eq!(names, ["actions/dust.md", "data-sources/catalogue.md", "functions/join.md", "index.md"]);
    expect![[r#"
        ---
        # Generated from the provider's schema and from examples/: edit those.
        page_title: "archive_catalogue Data Source - terraform-provider-archive"
        subcategory: ""
        description: |-
          All there is.
        ---

        # archive_catalogue (Data Source)

        All there is.

        ## Example Usage

        ```terraform
        data "archive_catalogue" "all" {}
        ```

        ## Schema

        ### Optional

        - `word` (String) Only what has this word.

        ### Read-Only

        - `titles` (List of String) Titles in order.
    "#]]
    .assert_eq(&pages["data-sources/catalogue.md"]);
    assert!(
        pages["actions/dust.md"].contains("This action has no arguments."),
        "{}",
        pages["actions/dust.md"]
    );
}

/// A function that takes any number of texts.
struct Concat(Schema, Type);

impl AnyFunction for Concat {
    fn summary(&self) -> &str {
        "Texts end to end"
    }

    fn schema(&self) -> &Schema {
        &self.0
    }

    fn output(&self) -> &Type {
        &self.1
    }

    fn output_holds_secrets(&self) -> bool {
        false
    }

    fn call(&self, _: &Dynamic) -> Result<Dynamic, FunctionError> {
        Ok(Dynamic::Null)
    }
}

#[test]
fn a_function_has_a_signature_and_numbered_arguments() {
    expect![[r#"
        ---
        # Generated from the provider's schema and from examples/: edit those.
        page_title: "join Function - terraform-provider-archive"
        subcategory: ""
        description: |-
          One text of several
        ---

        # join (Function)

        Puts texts together.

        Null counts as a space.

        ## Example Usage

        ```terraform
        output "x" {
          value = provider::archive::join(null, ["a"])
        }
        ```

        ## Signature

        ```text
        join(separator string, texts list(string)) string
        ```

        ## Arguments

        1. `separator` (String, Nullable) What stands between them.
        1. `texts` (List of String) The texts.
    "#]]
    .assert_eq(&pages("function")["functions/join.md"]);
}

#[test]
fn further_arguments_are_marked() {
    let examples = Folder::of("variadic", &[("functions/concat/function.tf", "# …\n")]);
    let mut texts = Attribute::new("texts", Holds::Value(Type::List(Box::new(Type::String))), Mode::Required);
    texts.variadic = true;
    let concat = Concat(Schema { attributes: vec![texts], ..Schema::default() }, Type::String);
    let page = function::page("archive", "concat", &concat, &Examples::new(&examples.0)).unwrap();
    assert!(page.contains("concat(texts string...) string\n"), "{page}");
    assert!(page.contains("1. `texts` (String, Variadic)\n"), "{page}");
}
