//! Functions: what Terraform decides about their arguments, and what is blamed for a failure.

use expect_test::expect;
use serde_json::{Value as Json, json};
use tfplug::testing::unknown;

use crate::{Check, core};

#[tokio::test]
async fn arguments_come_by_position() {
    let (_cloud, core) = core();
    let join = core.function("join");
    for (arguments, result) in [
        (vec![json!("-"), json!("a")], json!("a")),
        (vec![json!("-"), json!("a"), json!("b"), json!("c")], json!("a-b-c")),
        (vec![Json::Null, json!("a"), json!("b")], json!("ab")),
        (vec![json!(1), json!(true), json!(2)], json!("true12")),
    ] {
        assert_eq!(join.call(arguments.clone()).await, result, "{arguments:?}");
    }
}

#[tokio::test]
async fn null_and_unknown_arguments_are_terraforms_unless_they_are_asked_for() {
    let (_cloud, core) = core();
    let (join, longest) = (core.function("join"), core.function("longest"));
    assert_eq!(join.call([json!("-"), unknown()]).await, unknown());
    assert_eq!(join.call([json!("-"), json!("a"), json!("b"), unknown()]).await, unknown());
    assert_eq!(longest.call([unknown()]).await, unknown());
    assert_eq!(longest.call([Json::Null]).await, Json::Null);
    assert_eq!(longest.call([json!(["a", "bb"])]).await, "bb");
}

#[tokio::test]
async fn a_failure_blames_the_argument() {
    let (_cloud, core) = core();
    let join = core.function("join");
    let mut seen = String::new();
    for arguments in [
        vec![],
        vec![json!("-"), Json::Null],
        vec![json!("-"), json!(["a"])],
        vec![json!("-"), json!("")],
        vec![json!("-"), json!("a"), json!("b"), Json::Null],
        vec![json!("-"), json!("a"), json!("bad"), json!("c")],
        vec![json!("-"), json!("a"), json!("b"), json!("bad")],
        vec![json!("-"), json!("none"), json!("b")],
        vec![json!("-"), json!("none")],
        vec![json!("-"), json!("all")],
    ] {
        let report = join.try_call(arguments.clone()).await.expect_err("a failure");
        seen += &format!("{}\n{report}\n\n", Json::from(arguments));
    }
    let too_many = core.function("longest").try_call([json!(["a"]), json!(["b"])]).await;
    seen += &format!("{}\n", too_many.expect_err("a failure"));
    seen.check(expect![[r#"
        []
        error: Not enough function arguments
          2 are expected.

        ["-",null]
        error at first: Invalid function argument
          The argument must not be null.

        ["-",["a"]]
        error at first: Invalid function argument
          string is required, not ["a"].

        ["-",""]
        error at first: Error in function call
          It must not be blank

        ["-","a","b",null]
        error at further[1]: Invalid function argument
          The argument must not be null.

        ["-","a","bad","c"]
        error at further[0]: Error in function call
          It is a bad word

        ["-","a","b","bad"]
        error at further[1]: Error in function call
          It is a bad word

        ["-","none","b"]
        error at further[0]: Error in function call
          Nothing to join

        ["-","none"]
        error: Error in function call
          Nothing to join

        ["-","all"]
        error: Error in function call
          Nothing fits

        error: Too many function arguments
          1 are expected.
    "#]]);
}

#[tokio::test]
async fn what_a_function_must_not_answer_is_named() {
    let (_cloud, core) = core();
    let unknown = core.function("longest").try_call([json!(["secret"])]).await;
    unknown.expect_err("a breach").check(expect![[r#"
        error: Provider returned invalid function result
          All arguments are known, so the result has to be known."#]]);
    core.function("fresh").try_call([]).await.expect_err("a breach").check(expect![[r#"
        error: Function returned an inconsistent result
          Asked again it answered otherwise."#]]);
}
