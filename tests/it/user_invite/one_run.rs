//! Several resources in one run of Terraform: found by the random histories of `commands.rs`.

use atlan_sim::KeyKind;
use serde_json::json;
use tfplug::testing::Plan;

use super::*;

/// Plans of some objects in one run; `None` in place of a configuration is a destroy.
async fn plans(objects: &mut [(&mut Instance, Value)]) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (object, config) in objects {
        plans.push(object.plan(config.clone()).await);
    }
    plans
}

#[tokio::test]
async fn a_tainted_person_whose_address_is_created_elsewhere_keeps_the_access() {
    for first in ["the old address", "the new address"] {
        let sim = tenant(KeyKind::User).await;
        let mut old = core(&sim).resource("atlan_user_invite");
        old.apply(ada("$member")).await;
        sim.accept(ADA).expect("pending");
        old.taint();
        let run = core(&sim).one_run();
        let mut new = run.resource("atlan_user_invite");
        old.set_core(&run);
        let bob = json!({ "email": "bob@example.com", "role": "$member" });
        let again = with(ada("$member"), json!({ "on_existing": "adopt" }));
        let plans = plans(&mut [(&mut old, bob.clone()), (&mut new, again.clone())]).await;
        let applied = if first == "the old address" {
            let old = old.try_apply_plan(&plans[0], bob).await;
            let new = new.try_apply_plan(&plans[1], again).await;
            [old, new]
        } else {
            let new = new.try_apply_plan(&plans[1], again).await;
            [old.try_apply_plan(&plans[0], bob).await, new]
        };
        let user = sim.user(ADA).expect("there");
        assert_eq!(
            (user.enabled, user.role, sim.mails_to(ADA)),
            (true, "$member", 1),
            "{first}: {applied:?}"
        );
        assert_eq!(new.state()["id"], *user.id, "{first}");
    }
}

#[tokio::test]
async fn one_person_at_two_addresses_is_an_error_in_the_plan() {
    let sim = tenant(KeyKind::User).await;
    let (mut one, mut other) =
        (core(&sim).resource("atlan_user_invite"), core(&sim).resource("atlan_user_invite"));
    one.apply(ada("$admin")).await;
    other.import(ADA).await;
    let run = core(&sim).one_run();
    one.set_core(&run);
    other.set_core(&run);
    one.plan(ada("$admin")).await;
    sim.clear_journal();
    let said = other.try_plan(ada("$guest")).await.failed().to_string();
    assert!(said.contains("at two addresses") && said.contains("undo each other's changes"), "{said}");
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn under_create_before_destroy_the_error_says_what_to_do_and_the_person_keeps_the_access() {
    let sim = tenant(KeyKind::User).await;
    let mut invite = core(&sim).resource("atlan_user_invite");
    invite.create_before_destroy();
    invite.apply(ada("$member")).await;
    sim.accept(ADA).expect("pending");
    let before = (invite.state()["id"].clone(), sim.user(ADA));
    invite.taint();
    let said = invite.try_apply(ada("$member")).await.failed().to_string();
    assert!(said.contains("remove `create_before_destroy`"), "{said}");
    assert_eq!((invite.state()["id"].clone(), sim.user(ADA)), before);
    // The advice works.
    invite.destroy_before_create();
    invite.apply(ada("$member")).await;
    assert_eq!((invite.state()["id"].clone(), sim.user(ADA)), before);
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn settings_known_late_hide_no_contradiction_between_two_resources() {
    let sim = tenant(KeyKind::User).await;
    let late = core(&sim)
        .config_while_planning(json!({ "base_url": sim.base_url(), "api_key": tfplug::testing::unknown() }));
    let group = json!({ "alias": "Data Stewards", "on_existing": "adopt" });
    for (resource, config) in [("atlan_user_invite", ada("$member")), ("atlan_group", group)] {
        let mut old = core(&sim).resource(resource);
        old.apply(config.clone()).await;
        let run = late.one_run();
        old.set_core(&run);
        let mut new = run.resource(resource);
        old.try_plan_destroy().await.expect("the first plan");
        let said = new.try_plan(config.clone()).await.failed().to_string();
        assert!(said.contains("removed") && said.contains("moved"), "{said}");

        let run = late.one_run();
        old.set_core(&run);
        old.plan(config.clone()).await;
        let said = run.resource(resource).try_plan(config).await.failed().to_string();
        assert!(said.contains("is managed at another resource address"), "{said}");
    }
}
