//! States that Terraform could store, and then not send back.

use expect_test::expect;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tfplug::{Args, ById, Change, Computed, CreateCx, Cx, Error, Moves, PlanCx, Resource, Result, State};

use crate::{Desk, Hasty, core};

/// A blob.
#[derive(Args, Clone)]
pub(crate) struct BlobArgs {
    /// What it is called.
    pub title: String,
}

#[derive(Computed)]
pub(crate) struct BlobComputed {
    /// Its id.
    #[attr(keep)]
    pub id: String,
    /// What is in it.
    #[attr(volatile)]
    pub content: String,
}

pub(crate) struct Blob;

fn answer(desk: &Desk) -> BlobComputed {
    let length = if desk.fails("large") { 1000 } else { 10 };
    BlobComputed { id: "b".to_owned(), content: "x".repeat(length) }
}

impl Resource for Blob {
    const NAME: &'static str = "blob";
    type Provider = Hasty;
    type Id = ById;
    type Args = BlobArgs;
    type Computed = BlobComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if cx.client.as_ref().is_some_and(|desk| desk.fails("plan")) {
            change.fill(BlobComputed::CONTENT, "x".repeat(1000));
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, _: &BlobArgs) -> Result<BlobComputed> {
        cx.client.note("create");
        Ok(answer(&cx.client))
    }

    async fn read(cx: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        cx.client.note(if prior.is_some() { "read with prior" } else { "read" });
        let args = prior.map_or(BlobArgs { title: "found".to_owned() }, |prior| prior.args);
        Ok(Some(State { args, computed: answer(&cx.client) }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ById, _: &State<Self>, _: &BlobArgs) -> Result<BlobComputed> {
        Ok(answer(&cx.client))
    }

    async fn delete(cx: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        match cx.client.fails("delete") {
            true => Err(Error::new("Not deleted", "It is in use.")),
            false => Ok(()),
        }
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("demo/hasty", "hasty_clot", 0, |old: Clot| {
            let computed = BlobComputed { id: "b".to_owned(), content: old.content };
            Ok(State { args: BlobArgs { title: "moved".to_owned() }, computed })
        })
    }
}

/// What a blob can be made of.
#[derive(Deserialize)]
struct Clot {
    content: String,
}

#[tokio::test]
async fn a_state_above_the_limit_is_an_error_and_the_object_is_not_lost() {
    let (desk, core) = core();
    let core = core.most_state(500);
    let mut blob = core.resource("hasty_blob");
    desk.fail("plan");
    let report = blob.try_plan(json!({ "title": "t" })).await.expect_err("too large");
    expect![[r#"
        error at content: The object is too large for the state
          A state of hasty_blob may have 500 bytes, and this one has 1026, most of them in content. Terraform sends a state several times in one message, so the object could not be changed any more. Nothing was changed. Make the value smaller, or ask for a provider that does not store it."#]].assert_eq(&report.to_string());
    desk.repair();

    desk.fail("large");
    let large = "error at content: The object is too large for the state";
    let report = blob.try_apply(json!({ "title": "t" })).await.expect_err("too large").to_string();
    assert!(report.starts_with(large), "{report}");
    let kept = "An existing object keeps its state. Of a new one, the state has only what identifies it.";
    assert!(report.contains(kept), "{report}");
    assert_eq!(blob.state(), json!({ "content": null, "id": "b", "title": "t" }));
    let report = blob.try_refresh().await.expect_err("too large").to_string();
    assert!(report.starts_with(large), "{report}");
    assert_eq!(blob.identity(), json!({ "id": "b" }));
    desk.repair();
    blob.try_refresh().await.expect("a small one");
    assert_eq!(desk.calls(), ["create", "read", "read"]);

    blob.untaint();
    let before = blob.state();
    desk.fail("large");
    blob.set_core(&core.without_refresh());
    let report = blob.try_apply(json!({ "title": "u" })).await.expect_err("too large").to_string();
    assert!(report.starts_with(large), "{report}");
    assert_eq!(blob.state(), before);
    desk.repair();
    blob.destroy().await;
}

#[tokio::test]
async fn a_state_above_the_limit_is_neither_imported_nor_moved() {
    let (desk, core) = core();
    let core = core.most_state(500);
    desk.fail("large");
    let mut blob = core.resource("hasty_blob");
    let report = blob.try_import("b").await.expect_err("too large").to_string();
    assert!(report.contains("error at content: The object is too large for the state"), "{report}");
    assert_eq!(blob.state(), Json::Null);

    let stored = json!({ "content": "x".repeat(1000) }).to_string();
    let report = blob.try_move("example.com/demo/hasty", "hasty_clot", 0, stored).await;
    let report = report.expect_err("too large").to_string();
    assert!(report.contains("error at content: The object is too large for the state"), "{report}");
    assert!(report.contains("Nothing was changed."), "{report}");
    assert_eq!(blob.state(), Json::Null);
}

/// An earlier version of the provider has stored it.
#[tokio::test]
async fn a_state_above_the_limit_is_kept_by_a_delete_that_fails() {
    let (desk, core) = core();
    desk.fail("large");
    let mut blob = core.resource("hasty_blob");
    blob.apply(json!({ "title": "t" })).await;
    let before = blob.state();
    desk.fail("delete");
    blob.set_core(&core.without_refresh().most_state(500));
    let report = blob.try_destroy().await.expect_err("in use").to_string();
    assert!(report.starts_with("error: Not deleted"), "{report}");
    assert_eq!((blob.state(), blob.identity()), (before, json!({ "id": "b" })));
    desk.repair();
    blob.destroy().await;
}
