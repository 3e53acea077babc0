//! Import by text and by identity.

use expect_test::expect;
use serde_json::json;

use crate::demo::Fault;
use crate::{Check, core};

#[tokio::test]
async fn an_imported_thing_is_as_the_created_one() {
    let (cloud, core) = core();
    let mut made = core.resource("demo_thing");
    let config = json!({ "label": "Data", "rules": [{ "who": "ada" }] });
    made.apply(config.clone()).await;
    cloud.journal();

    let mut by_text = core.resource("demo_thing");
    by_text.import("thing/1").await;
    cloud.journal().check(expect!["read 1 without prior"]);
    let mut by_identity = core.resource("demo_thing");
    by_identity.import_identity(json!({ "id": "1" })).await;
    for thing in [&mut by_text, &mut by_identity] {
        assert_eq!(thing.state(), made.state());
        assert_eq!(thing.identity(), made.identity());
        assert_eq!(thing.private(), b"", "the mark of the import is gone");
        assert!(thing.plan(config.clone()).await.is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused() {
    let (cloud, core) = core();
    let mut thing = core.resource("demo_thing");
    let mut seen = String::new();
    seen += &format!("{}\n\n", thing.try_import("1").await.expect_err("a failure"));
    seen += &format!("{}\n\n", thing.try_import("thing/7").await.expect_err("a failure"));
    seen += &format!("{}\n\n", thing.try_import_identity(json!({})).await.expect_err("a failure"));
    seen += &format!("{}\n\n", thing.try_import_identity(json!({ "id": "7" })).await.expect_err("a failure"));
    for (step, fault) in [("import", Fault::Refuse), ("import", Fault::Panic), ("read", Fault::Refuse)] {
        cloud.fail(step, fault);
        seen += &format!("{}\n\n", thing.try_import("thing/1").await.expect_err("a failure"));
        cloud.repair();
    }
    assert_eq!(thing.state(), json!(null));
    thing.apply(json!({ "label": "Data" })).await;
    seen += &thing.try_import("thing/1").await.expect_err("a failure").to_string();
    seen.check(expect![[r#"
        error: Not a thing
          Write `thing/1`.

        error: Nothing to import
          There is no demo_thing with id = "7".

        error at id: Missing required argument
          "id" is required, but no definition was found.

        error: Nothing to import
          There is no demo_thing with id = "7".

        error: Could not import demo_thing
          The cloud refused import.

          Ask the owner of the cloud.

        error: The provider has a bug
          It panicked: no idea how to import

          Please report this with the output of `TF_LOG=DEBUG`. Nothing else is affected: other objects go on, and what is known to exist is in the state.

        error: Could not import demo_thing
          The cloud refused read.

          Ask the owner of the cloud.

        error: Resource already managed by Terraform
          It is in the state."#]]);
}

#[tokio::test]
async fn an_identity_of_several_parts_or_other_form_is_its_own_text() {
    let (_cloud, core) = core();
    let mut liar = core.resource("demo_liar");
    liar.import("none").await;
    assert_eq!(liar.state(), json!({ "id": "none", "lie": "none", "note": null, "odd": null, "word": 2 }));
}
