//! Identities of several parts and kinds: given in whole, in part, or as one line of text.

use serde_json::json;
use tfplug::testing::Core;

use crate::Office;

#[tokio::test]
async fn parts_of_every_kind_name_an_object() {
    let mut badge = Core::new::<Office>().resource("office_badge");
    let config = json!({
        "group": "ops", "seat": 7, "share": 0.5, "opens": true, "site": "north", "doors": ["a", "b"],
    });
    badge.apply(config.clone()).await;
    assert_eq!(badge.identity(), config);
    badge.plan_is_empty().await;
    let mut imported = Core::new::<Office>().resource("office_badge");
    imported.import_identity(config).await;
    assert_eq!(imported.state(), badge.state());
}

#[tokio::test]
async fn a_part_that_may_be_missing_names_an_object_by_its_absence() {
    let mut badge = Core::new::<Office>().resource("office_badge");
    badge.apply(json!({ "group": "ops", "seat": 7, "share": 1, "opens": false, "title": "Chief" })).await;
    let state = badge.state();
    // What a client without identities sends back: the state alone has to name the object.
    badge.forget_identity();
    badge.refresh().await;
    assert_eq!(badge.state(), state, "it is still there");
    assert_eq!(badge.identity()["site"], json!(null));
    badge.plan_is_empty().await;
}

#[tokio::test]
async fn a_line_of_text_names_the_obligatory_parts_in_order() {
    let mut badge = Core::new::<Office>().resource("office_badge");
    badge.import("ops/7/0.5/true").await;
    assert_eq!(badge.state()["seat"], json!(7));
    assert_eq!(badge.state()["share"], json!(0.5));
    let mut other = Core::new::<Office>().resource("office_badge");
    let refused = other.try_import("ops/seven/0.5/true").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "error: Invalid import ID\n  Write it as `<group>/<seat>/<share>/<opens>`. <seat> is a number, not \
         \"seven\"."
    );
}
