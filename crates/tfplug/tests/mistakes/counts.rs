//! Handlers that answer another number of nested objects than the arguments have: they are one attribute.

use std::collections::BTreeMap;

use expect_test::expect;
use serde_json::json;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Resource, Result, State};

use crate::{Desk, Hasty, core};

/// A case.
#[derive(Args, Clone)]
pub(crate) struct CaseArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// Books in order.
    pub books: Option<Vec<Book>>,
    /// Boxes by label.
    pub boxes: Option<BTreeMap<String, Book>>,
}

/// A book.
#[derive(Args, Clone)]
pub(crate) struct Book {
    /// What it is called.
    pub title: Option<String>,
}

#[derive(Computed, Clone)]
#[computed(args = CaseArgs)]
pub(crate) struct CaseComputed {
    /// Books in order.
    #[attr(keep)]
    pub books: Vec<BookComputed>,
    /// Boxes by label.
    #[attr(keep)]
    pub boxes: BTreeMap<String, BookComputed>,
}

#[derive(Computed, Clone)]
#[computed(args = Book)]
pub(crate) struct BookComputed {
    /// Where it stands.
    #[attr(keep)]
    pub code: Option<String>,
}

pub(crate) struct Case;

fn coded(code: &str) -> BookComputed {
    BookComputed { code: Some(code.to_owned()) }
}

/// As many as there are, but for a fault.
fn answer(desk: &Desk, args: &CaseArgs) -> CaseComputed {
    let mut books: Vec<_> = args.books.iter().flatten().map(|_| coded("c")).collect();
    let names = args.boxes.iter().flatten().map(|(name, _)| name.clone());
    let mut boxes: BTreeMap<_, _> = names.map(|name| (name, coded("d"))).collect();
    if desk.fails("one more") {
        books.push(coded("more"));
        boxes.insert("more".to_owned(), coded("more"));
    }
    if desk.fails("one fewer") {
        books.pop();
        boxes.pop_last();
    }
    if desk.fails("none") {
        books.clear();
        boxes.clear();
    }
    CaseComputed { books, boxes }
}

impl Resource for Case {
    const NAME: &'static str = "case";
    type Provider = Hasty;
    type Id = ByName;
    type Args = CaseArgs;
    type Computed = CaseComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &CaseArgs) -> Result<CaseComputed> {
        Ok(answer(&cx.client, args))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let two = || Some(vec![Book { title: None }, Book { title: None }]);
        let imported = CaseArgs { name: id.name.clone(), books: two(), boxes: None };
        let args = prior.map_or(imported, |prior| prior.args);
        let computed = answer(&cx.client, &args);
        Ok(Some(State { args, computed }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ByName, _: &State<Self>, args: &CaseArgs) -> Result<CaseComputed> {
        Ok(answer(&cx.client, args))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

fn config() -> serde_json::Value {
    json!({ "name": "n", "books": [{ "title": "a" }, { "title": "b" }], "boxes": { "a": {}, "b": {} } })
}

/// Whatever is answered may stand beside the wrong one. Elements of a map are paired by their keys, so one more does no harm.
#[tokio::test]
async fn more_elements_of_a_list_than_are_configured_are_named() {
    let (desk, core) = core();
    desk.fail("one more");
    let report = core.resource("hasty_case").try_apply(config()).await.expect_err("a bug");
    expect![[r#"
        error at books: The provider has a bug: its answer breaks a rule of Terraform
          books: as many elements have to be answered as are configured (planned: 2 elements, result: 3 elements)

          Please report this with the configuration of the object."#]]
    .assert_eq(&report.to_string());
}

#[tokio::test]
async fn fewer_elements_of_a_list_than_are_configured_are_named() {
    let (desk, core) = core();
    desk.fail("one fewer");
    let report = core.resource("hasty_case").try_apply(config()).await.expect_err("a bug").to_string();
    assert!(report.starts_with("error at books: "), "{report}");
    assert!(!report.contains("boxes"), "{report}");
}

/// A field that is no `Option` has no other way to say nothing.
#[tokio::test]
async fn an_empty_answer_says_nothing() {
    let (desk, core) = core();
    desk.fail("none");
    let mut case = core.resource("hasty_case");
    case.apply(config()).await;
    case.refresh().await;
    assert_eq!(
        case.state()["books"],
        json!([{ "title": "a", "code": null }, { "title": "b", "code": null }])
    );
    case.plan_is_empty().await;
}

#[tokio::test]
async fn a_read_that_finds_fewer_than_it_copies_from_the_state_shows_it() {
    let (desk, core) = core();
    let mut case = core.resource("hasty_case");
    case.apply(config()).await;
    desk.fail("one fewer");
    case.refresh().await;
    assert_eq!(case.state()["books"], json!([{ "title": "a", "code": "c" }]));
}

/// An import has no state that could decide.
#[tokio::test]
async fn two_numbers_of_an_import_are_named() {
    let (desk, core) = core();
    desk.fail("one fewer");
    let report = core.resource("hasty_case").try_import("n").await.expect_err("a bug").to_string();
    assert!(report.starts_with("error at books: The provider has a bug: it answered two values"), "{report}");
}
