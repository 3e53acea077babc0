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
        error at id: The provider has a bug: its answer breaks a rule of Terraform
          id: a known value has to come out as planned (planned: "keep", result: "somebody else")

          Please report this with the configuration of the object."#]]);
}

#[tokio::test]
async fn an_identity_that_changes_is_refused() {
    let (_cloud, mut liar) = managed("demo_liar");
    liar.apply(json!({ "lie": "identity" })).await;
    liar.try_refresh().await.expect_err("a breach").check(expect![[r#"
        error: The provider has a bug: it read another object
          Asked for demo_liar { "id" = "identity" } it answered with { "id" = "somebody else" }. An object keeps its identity for all its life.

          Please report this with the configuration of the object."#]]);
    assert_eq!(liar.identity(), json!({ "id": "identity" }));
}
