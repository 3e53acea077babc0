//! Actions: planned, invoked with word of their progress, ended exactly once.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::unknown;

use crate::demo::Fault;
use crate::{Check, core, stop_when_waiting};

#[tokio::test]
async fn an_action_tells_how_far_it_got() {
    let (cloud, core) = core();
    let poke = core.action("demo_poke");
    poke.plan(json!({ "id": unknown(), "times": unknown() })).await.check(expect!["invoke"]);
    assert_eq!(cloud.journal(), "", "a plan does nothing");
    poke.invoke(json!({ "id": "1", "times": 3 })).await.check(expect![[r#"
        poke 1 for the 1. time
        poke 1 for the 2. time
        poke 1 for the 3. time
        warning at times: Often
          It may hurt."#]]);
    cloud.journal().check(expect![[r#"
        poke 1
        poke 1
        poke 1"#]]);
}

#[tokio::test]
async fn no_message_is_lost_when_there_are_many() {
    let (_cloud, core) = core();
    let invoked = core.action("demo_poke").invoke(json!({ "id": "many", "times": 100 })).await;
    let expected: Vec<_> = (1..=100).map(|time| format!("poke many for the {time}. time")).collect();
    assert_eq!(invoked.progress(), expected);
}

#[tokio::test]
async fn wrong_configurations_are_refused_where_they_are_wrong() {
    let (cloud, core) = core();
    let poke = core.action("demo_poke");
    let mut seen = String::new();
    for config in [
        json!({}),
        json!({ "id": null }),
        json!({ "id": "" }),
        json!({ "id": "1", "times": 6 }),
        json!({ "id": "1", "times": "often" }),
        json!({ "id": "1", "how": "hard" }),
        json!({ "id": unknown() }),
        json!({ "id": "1", "timeouts": { "invoke": "" } }),
    ] {
        let invoked = poke.try_invoke(config.clone()).await.expect_err("a refusal");
        seen += &format!("{config}\n{invoked}\n\n");
    }
    seen.check(expect![[r#"
        {}
        error at id: Missing required argument
          "id" is required, but no definition was found.

        {"id":null}
        error at id: Missing value for "id"
          `id` is required and must not be null.

        {"id":""}
        error at id: Invalid value for "id"
          It must not be blank.

        {"id":"1","times":6}
        error at times: Too often
          It hurts.

        {"id":"1","times":"often"}
        error at times: Incorrect attribute value type
          number is required, not "often".

        {"how":"hard","id":"1"}
        error at how: Unsupported argument
          An argument named "how" is not expected here.

        {"id":{"(unknown)":null}}
        error: Configuration contains unknown value
          All of it has to be known here.

        {"id":"1","timeouts":{"invoke":""}}
        error at timeouts.invoke: Invalid value for "timeouts.invoke"
          "" is not a duration: it is empty. Write numbers with units, such as "30s", "5m" or "1h30m".

    "#]]);
    poke.validate(json!({ "id": unknown() })).await.check(expect![""]);
    poke.validate(json!({ "id": "1", "times": 1.5 })).await.check(expect![[r#"
        error at times: Invalid value for "times"
          It must be a whole number from -9223372036854775808 to 9223372036854775807, not 1.5."#]]);
    assert_eq!(cloud.journal(), "", "nothing is done");
}

#[tokio::test]
async fn a_failure_ends_the_action_after_what_it_did() {
    let (cloud, core) = core();
    let poke = core.action("demo_poke");
    cloud.fail("poke", Fault::Refuse);
    poke.try_invoke(json!({ "id": "1", "times": 2 })).await.expect_err("a failure").check(expect![[r#"
        poke 1 for the 1. time
        poke 1 for the 2. time
        error: Could not invoke demo_poke
          The cloud refused poke.

          Ask the owner of the cloud."#]]);
    cloud.journal().check(expect!["poke 1"]);
    cloud.repair();
    poke.invoke(json!({ "id": "1", "times": 2 })).await;
}

#[tokio::test]
async fn a_deadline_and_ctrl_c_end_an_action() {
    let (cloud, core) = core();
    let poke = core.action("demo_poke");
    cloud.fail("poke", Fault::Wait);
    let config = json!({ "id": "1", "times": 2, "timeouts": { "invoke": "20ms" } });
    poke.try_invoke(config).await.expect_err("a failure").check(expect![[r#"
        poke 1 for the 1. time
        poke 1 for the 2. time
        error: Could not invoke demo_poke
          Poke took too long."#]]);
    cloud.waiting().await;
    let stop = stop_when_waiting(&cloud, &core);
    let (result, ()) = tokio::join!(poke.try_invoke(json!({ "id": "1", "times": 2 })), stop);
    result.expect_err("stopped").check(expect![[r#"
        poke 1 for the 1. time
        poke 1 for the 2. time
        error: Could not invoke demo_poke
          Stopped at poke."#]]);
}

/// Terraform crashes if it gets word of progress after Ctrl-C.
#[tokio::test]
async fn what_an_action_does_after_ctrl_c_is_told_at_the_end() {
    let (cloud, core) = core();
    let poke = core.action("demo_poke");
    cloud.fail("poke", Fault::Linger);
    let stop = stop_when_waiting(&cloud, &core);
    let config = json!({ "id": "many", "times": 4 });
    let (result, ()) = tokio::join!(poke.try_invoke(config), stop);
    result.expect("it goes on").check(expect![[r#"
        poke many for the 1. time
        poke many for the 2. time
        warning: Done after the interrupt
          poke many for the 3. time
          poke many for the 4. time"#]]);
}

#[tokio::test]
async fn a_terminal_sees_text_only_in_words_of_progress() {
    let (_cloud, core) = core();
    let invoked = core.action("demo_poke").invoke(json!({ "id": "\u{1b}[2J\nx", "times": 1 })).await;
    let said = invoked.progress().join("|");
    assert!(!said.contains(char::is_control), "{said:?}");
}
