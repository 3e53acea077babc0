//! A provider that breaks a promise to Terraform: the breach is named with the attribute, and nothing is lost.

use expect_test::expect;
use serde_json::json;

use crate::{Check, managed};

#[tokio::test]
async fn a_plan_for_what_is_not_computed_is_named() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.try_apply(json!({ "lie": "plan" })).await.expect_err("a breach").check(expect![[r#"
        error at note: The provider has a bug: its plan breaks a rule of Terraform
          note: an attribute that is not computed has to be planned as null where the configuration is silent (configured: null, planned: "made up")

          Please report this with the configuration of the object."#]]);
    assert_eq!(liar.state(), json!(null));
}

#[tokio::test]
async fn an_answer_other_than_planned_is_named_and_stored() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.try_apply(json!({ "lie": "answer" })).await.expect_err("a breach").check(expect![[r#"
        error at word: The provider has a bug: its answer breaks a rule of Terraform
          word: a known value has to come out as planned (planned: 1, result: 2)

          Please report this with the configuration of the object."#]]);
    assert_eq!((&liar.state()["word"], liar.is_tainted()), (&json!(2), true));
}

#[tokio::test]
async fn a_plan_that_does_not_repeat_is_named() {
    let (_cloud, mut liar) = managed("demo_liar");
    let report = liar.try_apply(json!({ "lie": "final" })).await.expect_err("a breach").to_string();
    assert!(report.starts_with("error: Provider produced inconsistent final plan\n  word: "), "{report}");
    assert_eq!(liar.state(), json!(null));
}

#[tokio::test]
async fn a_kept_value_that_changes_is_named() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.apply(json!({ "lie": "keep" })).await;
    let report = liar.try_apply(json!({ "lie": "keep", "note": "x" })).await.expect_err("a breach");
    report.check(expect![[r#"
        error: The provider has a bug: it answered with another object
          Asked for demo_liar { "id" = "keep" } it answered with { "id" = "somebody else" }. An object keeps its identity for all its life.

          Please report this with the configuration of the object."#]]);
    // The state goes on to name the object that exists.
    assert_eq!((&liar.state()["id"], liar.identity()), (&json!("keep"), json!({ "id": "keep" })));
    assert_eq!((&liar.state()["word"], &liar.state()["note"]), (&json!(3), &json!("x")));
}

#[tokio::test]
async fn a_checkpoint_of_another_object_does_not_rename_this_one() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.apply(json!({ "lie": "none" })).await;
    let report = liar.try_apply(json!({ "lie": "none", "note": "checkpoint" })).await.expect_err("a breach");
    report.check(expect![[r#"
        error: Half done
          The rest failed.
        error: The provider has a bug: it answered with another object
          Asked for demo_liar { "id" = "none" } it answered with { "id" = "somebody else" }. An object keeps its identity for all its life.

          Please report this with the configuration of the object."#]]);
    assert_eq!((&liar.state()["id"], liar.identity()), (&json!("none"), json!({ "id": "none" })));
}

#[tokio::test]
async fn a_create_that_told_of_another_object_is_named_and_keeps_the_one_it_told_of() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.try_apply(json!({ "lie": "told" })).await.expect_err("a breach").check(expect![[r#"
        error at id: The provider has a bug: it told of another object
          While it created demo_liar it told that id is "somebody else", but it is "told".

          Please report this with the configuration of the object."#]]);
    assert_eq!((&liar.identity()["id"], liar.is_tainted()), (&json!("somebody else"), true));
}

/// The plan has the identity, and the create fails after it has reported another one.
#[tokio::test]
async fn a_failed_create_that_told_of_another_object_than_planned_is_named() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.try_apply(json!({ "lie": "named" })).await.expect_err("a breach").check(expect![[r#"
        error: Half done
          The rest failed.
        error at id: The provider has a bug: it told of another object
          While it created demo_liar it told that id is "somebody else", but it is "named".

          Please report this with the configuration of the object."#]]);
    assert_eq!((&liar.identity()["id"], liar.is_tainted()), (&json!("somebody else"), true));
}

#[tokio::test]
async fn an_object_that_nothing_names_is_kept_and_never_forgotten() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.try_apply(json!({ "lie": "nameless" })).await.expect_err("a breach").check(expect![[r#"
        error: The provider has a bug: nothing names the new object
          The created demo_liar exists, but an obligatory part of its identity is missing in the answer.

          Please report this with the configuration of the object."#]]);
    assert_eq!((&liar.state()["lie"], liar.is_tainted()), (&json!("nameless"), true));
    liar.try_refresh().await.expect_err("nothing to look for").check(expect![[r#"
        error: Nothing names a stored demo_liar
          Its creation failed before its identity was known, so Terraform cannot find it. Look for the object yourself: delete it, or import it. Then remove it from the state by `terraform state rm`."#]]);
    liar.set_core(&crate::core().1.without_refresh());
    liar.try_destroy().await.expect_err("nothing to delete");
    assert_eq!(liar.state()["lie"], json!("nameless"));
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_costs_nothing_that_is_known() {
    let (_cloud, mut liar) = managed("demo_liar");
    let report = liar.try_apply(json!({ "lie": "odd", "note": "said" })).await.expect_err("no truth value");
    report.check(expect![[r#"
        error at odd: The provider could not write an object of demo_liar
          odd: expected bool, got a string

          This is a bug of the provider or of Terraform. Please report it to the provider."#]]);
    // All that is known of the plan, and what names the object.
    assert_eq!(liar.state(), json!({ "lie": "odd", "note": "said", "id": "odd", "word": null, "odd": null }));
    assert!(liar.is_tainted());
    liar.refresh().await;
    assert_eq!(liar.state()["word"], json!(2));

    let (_cloud, mut liar) = managed("demo_liar");
    liar.apply(json!({ "lie": "none", "note": "before" })).await;
    let before = (liar.state(), liar.identity());
    liar.try_apply(json!({ "lie": "none", "note": "odd" })).await.expect_err("no truth value");
    assert_eq!((liar.state(), liar.identity()), before);
    assert!(!liar.is_tainted());
}

#[tokio::test]
async fn an_import_may_spell_the_identity_in_another_way_but_not_silently() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.import("canonical").await.check(expect![""]);
    let (_cloud, mut liar) = managed("demo_liar");
    liar.import("CANONICAL").await.check(expect![[r#"
        warning: Imported demo_liar under another identity
          The import asked for { "id" = "CANONICAL" }, and the provider found { "id" = "canonical" }. If this is the object that you mean, nothing is wrong: it is stored under the identity that was found. If it is another object, the provider has a bug: do not apply this plan, or remove the object from the state with `terraform state rm`, and report it."#]]);
    assert_eq!(liar.identity(), json!({ "id": "canonical" }));
    let (_cloud, mut liar) = managed("demo_liar");
    let report = liar.import_identity(json!({ "id": "CANONICAL" })).await;
    assert!(report.to_string().contains("under another identity"), "{report}");
    assert_eq!((&liar.state()["id"], liar.identity()), (&json!("canonical"), json!({ "id": "canonical" })));
}

#[tokio::test]
async fn an_identity_that_changes_is_refused() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.apply(json!({ "lie": "identity" })).await;
    liar.try_refresh().await.expect_err("a breach").check(expect![[r#"
        error: The provider has a bug: it answered with another object
          Asked for demo_liar { "id" = "identity" } it answered with { "id" = "somebody else" }. An object keeps its identity for all its life.

          Please report this with the configuration of the object."#]]);
    assert_eq!(liar.identity(), json!({ "id": "identity" }));
}
