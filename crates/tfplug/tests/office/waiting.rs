//! Waiting within a handler, as long as the practitioner allows.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::Core;

use crate::Office;

/// The timeouts are a block here, as configurations have it that were written for SDKv2.
#[tokio::test]
async fn a_handler_waits_as_long_as_the_timeout_says() {
    let mut badge = Core::new::<Office>().resource("office_badge");
    badge.apply(json!({ "group": "ops", "seat": 7, "share": 1, "opens": false })).await;

    let mut badge = Core::new::<Office>().resource("office_badge");
    let never = json!({
        "group": "ops", "seat": 7, "share": 1, "opens": false, "title": "Nobody", "timeouts": { "create": "20ms" },
    });
    let failed = badge.try_apply(never).await.unwrap_err();
    expect![[r#"
        error: Could not create office_badge
          The time limit was over while waiting for the badge to be printed; last seen: printing."#]]
    .assert_eq(&failed.to_string());
}
