//! Ephemeral resources: opened, renewed, closed, with what Terraform hands on between the calls.

use std::time::Duration;

use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use crate::demo::Fault;
use crate::{Check, core, stop_when_waiting};

#[tokio::test]
async fn a_pass_is_renewed_while_it_lasts_and_closed_as_it_was_opened() {
    let (cloud, core) = core();
    let mut pass = core.ephemeral("demo_pass").open(json!({ "guest": "ada" })).await;
    pass.value()
        .check(expect![[r#"{"code":"code of ada","guest":"ada","place":"the hall","timeouts":null}"#]]);
    let minute = Duration::from_secs(60);
    assert!(pass.renew_after().is_some_and(|after| after <= minute), "{:?}", pass.renew_after());
    assert!(pass.renew().await.is_empty());
    assert!(pass.renew_after().is_some());
    assert!(pass.renew().await.is_empty());
    assert_eq!(pass.renew_after(), None, "the provider wants no further renewal");
    assert!(pass.close().await.is_empty());
    // Terraform closes with what `open` has answered, whatever the renewals did.
    cloud.journal().check(expect![[r#"
        open for ada to the hall
        renew ada for the 1. time
        renew ada for the 2. time
        close ada as renewed 0 times"#]]);
}

#[tokio::test]
async fn what_is_open_at_the_end_of_the_process_is_closed_once() {
    let (cloud, core) = core();
    let block = core.ephemeral("demo_pass");
    let mut left = block.open(json!({ "guest": "ada" })).await;
    left.renew().await;
    left.end_of_process().await;
    block.open(json!({ "guest": "bob" })).await.close().await;
    cloud.journal().check(expect![[r#"
        open for ada to the hall
        renew ada for the 1. time
        close ada as renewed 0 times
        open for bob to the hall
        close bob as renewed 0 times"#]]);
}

/// After two seconds Terraform kills the process.
#[tokio::test(start_paused = true)]
async fn what_is_not_closed_in_time_does_not_hold_up_the_end() {
    for fault in [Fault::Hang, Fault::Wait, Fault::Refuse] {
        let (cloud, core) = core();
        let left = core.ephemeral("demo_pass").open(json!({ "guest": "ada" })).await;
        cloud.journal();
        cloud.fail("close", fault);
        tokio::time::timeout(Duration::from_secs(2), left.end_of_process()).await.expect("the end");
        assert_eq!(cloud.journal(), "", "it was not closed");
    }
}

#[tokio::test]
async fn what_is_not_known_yet_is_not_opened() {
    let (cloud, core) = core();
    let pass = core.ephemeral("demo_pass").open(json!({ "guest": unknown(), "place": "here" })).await;
    assert!(pass.is_put_off());
    pass.value().check(expect![[
        r#"{"code":{"(unknown)":null},"guest":{"(unknown)":null},"place":"here","timeouts":null}"#
    ]]);
    assert_eq!(pass.renew_after(), None);
    assert!(pass.close().await.is_empty());
    assert_eq!(cloud.journal(), "", "nobody is asked");
}

#[tokio::test]
async fn warnings_come_with_the_pass() {
    let (_cloud, core) = core();
    let pass = core.ephemeral("demo_pass").open(json!({ "guest": "stranger" })).await;
    pass.report().check(expect![[r#"
        warning at guest: A stranger
          Nobody knows the guest."#]]);
    let short = core.ephemeral("demo_pass").open(json!({ "guest": "short" })).await;
    assert_eq!(short.renew_after(), None);
}

#[tokio::test]
async fn wrong_configurations_are_refused_where_they_are_wrong() {
    let (cloud, core) = core();
    let pass = core.ephemeral("demo_pass");
    let mut seen = String::new();
    for config in [
        json!({}),
        json!({ "guest": null }),
        json!({ "guest": "" }),
        json!({ "guest": "nobody" }),
        json!({ "guest": ["ada"] }),
        json!({ "guest": "ada", "code": "open" }),
        json!({ "guest": "ada", "door": 1 }),
        json!({ "guest": "ada", "timeouts": { "open": "-1m" } }),
    ] {
        let report = pass.validate(config.clone()).await;
        seen += &format!("{config}\n{report}\n\n");
        assert_eq!(pass.try_open(config).await.expect_err("a refusal"), report);
    }
    seen.check(expect![[r#"
        {}
        error at guest: Missing required argument
          "guest" is required, but no definition was found.

        {"guest":null}
        error at guest: Missing value for "guest"
          `guest` is required and must not be null.

        {"guest":""}
        error at guest: Invalid value for "guest"
          It must not be blank.

        {"guest":"nobody"}
        error at guest: Nobody to let in
          Name somebody.

        {"guest":["ada"]}
        error at guest: Incorrect attribute value type
          string is required, not ["ada"].

        {"code":"open","guest":"ada"}
        error at code: "code" cannot be configured
          `code` is decided by the provider. Remove it from the configuration.

        {"door":1,"guest":"ada"}
        error at door: Unsupported argument
          An argument named "door" is not expected here.

        {"guest":"ada","timeouts":{"open":"-1m"}}
        error at timeouts.open: Invalid value for "timeouts.open"
          "-1m" is not a duration: it is negative. Write numbers with units, such as "30s", "5m" or "1h30m".

    "#]]);
    assert_eq!(cloud.journal(), "", "nobody is asked");
}

#[tokio::test]
async fn failures_are_named_after_what_was_tried() {
    let (cloud, core) = core();
    let block = core.ephemeral("demo_pass");
    let mut seen = String::new();
    cloud.fail("open", Fault::Refuse);
    seen += &format!("{}\n\n", block.try_open(json!({ "guest": "ada" })).await.expect_err("a failure"));
    cloud.repair();
    let mut pass = block.open(json!({ "guest": "ada" })).await;
    cloud.fail("renew", Fault::Refuse);
    seen += &format!("{}\n\n", pass.renew().await);
    assert_eq!(pass.renew_after(), None, "after a failure Terraform renews no more");
    cloud.fail("close", Fault::Refuse);
    seen += &format!("{}\n", pass.close().await);
    seen.check(expect![[r#"
        error: Could not open demo_pass
          The cloud refused open.

          Ask the owner of the cloud.

        error: Could not renew demo_pass
          The cloud refused renew.

          Ask the owner of the cloud.

        error: Could not close demo_pass
          The cloud refused close.

          Ask the owner of the cloud.
    "#]]);
}

#[tokio::test]
async fn a_deadline_and_ctrl_c_end_the_opening_and_the_pass_is_still_closed() {
    let (cloud, core) = core();
    let block = core.ephemeral("demo_pass");
    cloud.fail("open", Fault::Wait);
    let config = json!({ "guest": "ada", "timeouts": { "open": "20ms" } });
    block.try_open(config).await.expect_err("a failure").check(expect![[r#"
        error: Could not open demo_pass
          Open took too long."#]]);
    cloud.waiting().await;
    let stop = stop_when_waiting(&cloud, &core);
    let (result, ()) = tokio::join!(block.try_open(json!({ "guest": "ada" })), stop);
    result.expect_err("stopped").check(expect![[r#"
        error: Could not open demo_pass
          Stopped at open."#]]);
    cloud.repair();

    // Closing comes after Ctrl-C: it has to work all the same.
    let mut pass = block.open(json!({ "guest": "ada" })).await;
    cloud.fail("renew", Fault::Wait);
    let (report, ()) = tokio::join!(pass.renew(), stop_when_waiting(&cloud, &core));
    report.check(expect![[r#"
        error: Could not renew demo_pass
          Stopped at renew."#]]);
    cloud.journal();
    assert!(pass.close().await.is_empty());
    cloud.journal().check(expect!["close ada as renewed 0 times"]);
}

#[tokio::test]
async fn what_was_opened_is_closed_when_its_answer_cannot_be_given() {
    let (cloud, core) = core();
    let block = core.ephemeral("demo_forgery");
    // Terraform takes an error for "nothing is open", and closes nothing.
    let report = block.try_open(json!({})).await.expect_err("a breach");
    report.check(expect![[r#"
        error at seal: The provider could not write an object of demo_forgery
          seal: expected string, got a bool

          This is a bug of the provider or of Terraform. Please report it to the provider."#]]);
    cloud.journal().check(expect![[r#"
        open a forgery
        close what was forged"#]]);

    cloud.fail("close", Fault::Refuse);
    block.try_open(json!({})).await.expect_err("a breach").check(expect![[r#"
        error at seal: The provider could not write an object of demo_forgery
          seal: expected string, got a bool

          This is a bug of the provider or of Terraform. Please report it to the provider.
        error: Could not close demo_forgery
          The cloud refused close.

          Ask the owner of the cloud."#]]);
    cloud.journal().check(expect!["open a forgery"]);
}

/// After Ctrl-C the process still has two seconds, and what a close has not closed is open.
#[tokio::test]
async fn what_a_close_has_left_open_is_offered_at_the_end_of_the_process() {
    for fault in [Fault::Refuse, Fault::Panic, Fault::Wait] {
        let (cloud, core) = core();
        let core = core.one_process();
        let block = core.ephemeral("demo_pass");
        let (ada, bob) =
            (block.open(json!({ "guest": "ada" })).await, block.open(json!({ "guest": "bob" })).await);
        cloud.fail("close", fault);
        let report = if matches!(fault, Fault::Wait) {
            tokio::join!(ada.close(), stop_when_waiting(&cloud, &core)).0
        } else {
            ada.close().await
        };
        assert!(!report.is_empty(), "it was not closed");
        cloud.repair();
        cloud.journal();
        bob.end_of_process().await;
        let journal = cloud.journal();
        assert!(journal.contains("close ada") && journal.contains("close bob"), "{journal}");
    }
}

#[tokio::test]
async fn what_could_neither_be_handed_over_nor_closed_is_closed_at_the_end_of_the_process() {
    let (cloud, core) = core();
    let core = core.one_process();
    let pass = core.ephemeral("demo_pass").open(json!({ "guest": "ada" })).await;
    cloud.fail("close", Fault::Refuse);
    core.ephemeral("demo_forgery").try_open(json!({})).await.expect_err("a breach");
    cloud.repair();
    cloud.journal();
    pass.end_of_process().await;
    let journal = cloud.journal();
    assert!(journal.contains("close what was forged") && journal.contains("close ada"), "{journal}");
}
