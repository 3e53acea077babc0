//! Several resources in one run of Terraform: found by the random histories of `commands.rs`.

use atlan_sim::KeyKind;
use serde_json::json;
use tfplug::testing::{Core, Plan};

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
async fn a_list_of_thirty_that_has_lost_an_entry_gets_the_advice_once() {
    let sim = tenant(KeyKind::User).await;
    let config = |number: usize| json!({ "email": format!("p{number}@example.com"), "role": "$member" });
    let mut people = Vec::new();
    for number in 0..30 {
        let mut person = core(&sim).resource("atlan_user_invite");
        person.apply(config(number)).await;
        people.push(person);
    }
    let run = core(&sim).one_run();
    sim.clear_journal();
    let mut said = Vec::new();
    for (number, person) in people.iter_mut().enumerate() {
        person.set_core(&run);
        let refused = match number {
            29 => person.try_plan_destroy().await.err(),
            _ => person.try_plan(config(number + 1)).await.err(),
        };
        said.extend(refused.map(|error| error.to_string()));
    }
    assert_eq!(said.len(), 29, "{said:?}");
    for (number, said) in said.iter().enumerate() {
        let summary = format!("p{}@example.com is both removed and created", number + 1);
        assert!(said.contains(&summary), "{said}");
        let short = "The error about p1@example.com says what to do.";
        assert_eq!((said.contains("`for_each`"), said.contains(short)), (number == 0, number > 0), "{said}");
        assert!(number == 0 || said.len() < 400, "{said}");
    }
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

/// An active person and a group, each in the state at an old address.
async fn held() -> (Sim, Vec<(&'static str, Instance, Value)>) {
    let sim = tenant(KeyKind::User).await;
    let mut objects = Vec::new();
    for (resource, config) in
        [("atlan_user_invite", ada("$member")), ("atlan_group", json!({ "alias": "Data" }))]
    {
        let mut object = core(&sim).resource(resource);
        object.apply(config.clone()).await;
        objects.push((resource, object, config));
    }
    sim.accept(ADA).expect("pending");
    sim.clear_journal();
    (sim, objects)
}

/// Plans the destroy at the old address, and at another one a create whose key becomes known while applying.
async fn hand_over(
    sim: &Sim,
    resource: &str,
    old: &mut Instance,
    config: &Value,
) -> (Plan, Instance, Plan, Core) {
    let run = core(sim).one_run();
    old.set_core(&run);
    let mut new = run.resource(resource);
    let key = if resource == "atlan_group" { "alias" } else { "email" };
    let late = new.plan(with(config.clone(), json!({ key: tfplug::testing::unknown() }))).await;
    let destroy = old.try_plan_destroy().await.expect("a plan").expect("an object");
    (destroy, new, late, run)
}

/// The path of the request that deletes a group or disables a person.
fn removal_of(resource: &str) -> &'static str {
    if resource == "atlan_group" { "/api/service/groups/*/delete" } else { "/api/service/users/*" }
}

/// Runs a call for a while, in which it must not end.
async fn still_waits<T: std::fmt::Debug>(call: &mut (impl Future<Output = T> + Unpin)) {
    let a_while = async {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        ended = call => panic!("it did not wait: {ended:?}"),
        () = a_while => {}
    }
}

#[tokio::test]
async fn a_failed_create_keeps_the_object_that_another_resource_was_to_remove() {
    let (sim, objects) = held().await;
    for (resource, mut old, config) in objects {
        let (destroy, mut new, late, _) = hand_over(&sim, resource, &mut old, &config).await;
        let before = (old.state()["id"].clone(), sim.user(ADA), sim.groups().len());
        let said = new.try_apply_plan(&late, config.clone()).await.failed().to_string();
        assert!(said.contains("already"), "{said}");
        let said = old.try_apply_plan(&destroy, json!(null)).await.failed().to_string();
        assert!(said.contains("was not removed") && said.contains("terraform plan"), "{said}");
        assert_eq!((old.state()["id"].clone(), sim.user(ADA), sim.groups().len()), before);
        // The next plan knows both.
        let run = core(&sim).one_run();
        old.set_core(&run);
        old.try_plan_destroy().await.expect("a plan");
        let said = run.resource(resource).try_plan(config).await.failed().to_string();
        assert!(said.contains("is both removed and created"), "{said}");
    }
    assert_eq!(sim.mails_to(ADA), 1);
}

/// The removal of a deposed object is planned in the apply itself.
#[tokio::test]
async fn a_failed_create_keeps_the_person_of_a_deposed_object_too() {
    let (sim, mut old) = invited().await;
    sim.accept(ADA).expect("pending");
    let config = json!({ "email": ADA, "role": "$member" });
    let run = core(&sim).one_run();
    old.set_core(&run);
    old.create_before_destroy();
    old.taint();
    let mut new = run.resource("atlan_user_invite");
    let said = new.try_apply(config).await.failed().to_string();
    assert!(said.contains("already"), "{said}");
    let ada = sim.user(ADA);
    let said =
        old.try_apply(json!({ "email": "bob@example.com", "role": "$member" })).await.failed().to_string();
    assert!(said.contains("ada@example.com was not removed"), "{said}");
    assert_eq!((sim.user(ADA), old.deposed()), (ada, 1));
    assert_eq!(old.state()["email"], "bob@example.com");
}

#[tokio::test]
async fn a_create_waits_for_the_removal_of_the_same_object_and_says_what_it_did() {
    let (sim, objects) = held().await;
    for (resource, mut old, config) in objects {
        let (destroy, mut new, late, _) = hand_over(&sim, resource, &mut old, &config).await;
        let (is_group, path) = (resource == "atlan_group", removal_of(resource));
        let hold = sim.hold("POST", path, atlan_sim::Moment::Before);
        let removal = old.try_apply_plan(&destroy, json!(null));
        let create = async {
            sim.arrived("POST", path).await;
            let mut create = Box::pin(new.try_apply_plan(&late, config));
            still_waits(&mut create).await;
            hold.release();
            create.await
        };
        let (removed, created) = tokio::join!(removal, create);
        removed.expect("removed");
        let said = created.expect("created").report().to_string();
        assert!(old.state().is_null());
        if is_group {
            assert_eq!(new.state()["id"], *sim.groups()[0].id);
            assert!(said.contains("was deleted and created again"), "{said}");
        } else {
            let user = sim.user(ADA).expect("there");
            assert_eq!((new.state()["id"].as_str(), user.enabled), (Some(&*user.id), true));
            assert!(said.contains("was interrupted"), "{said}");
        }
    }
    assert_eq!((sim.mails_to(ADA), sim.groups().len()), (1, 1));
}

/// The person is disabled twice, because the first answer is lost. The create enables them again, and only then would the first request
/// take effect.
#[tokio::test]
async fn a_removal_that_takes_effect_late_does_not_end_an_access_that_was_restored() {
    let (sim, objects) = held().await;
    let (resource, mut old, config) =
        objects.into_iter().find(|(resource, ..)| *resource == "atlan_user_invite").expect("one");
    let (destroy, mut new, create, _) = hand_over(&sim, resource, &mut old, &config).await;
    let path = removal_of(resource);
    let late = std::time::Duration::from_millis(300);
    sim.fault(atlan_sim::Rule::on("POST", path).drop(atlan_sim::Moment::Before).late(late).times(1))
        .expect("a rule");
    let removal = old.try_apply_plan(&destroy, json!(null));
    let create = async {
        sim.arrived("POST", path).await;
        new.try_apply_plan(&create, config).await
    };
    let (removed, created) = tokio::join!(removal, create);
    removed.expect("removed");
    let said = created.expect("created").report().to_string();
    assert!(said.contains("was interrupted"), "{said}");
    let is_over =
        |entries: &[atlan_sim::Entry]| entries.iter().all(|entry| entry.applied || entry.method == "GET");
    sim.until(|entries| is_over(entries).then_some(())).await;
    assert!(sim.user(ADA).expect("there").enabled, "{}", sim.journal());
}

/// An action of the same run has disabled the person, and the list lags by an hour. So the resource that is removed finds nothing to do,
/// and the one that is created restores more than the list shows.
#[tokio::test]
async fn an_access_is_restored_although_no_list_shows_that_this_run_has_ended_it() {
    let sim = tenant(KeyKind::User).await;
    let config = with(ada("$guest"), json!({ "on_destroy": "downgrade" }));
    let mut old = core(&sim).resource("atlan_user_invite");
    old.apply(config.clone()).await;
    sim.accept(ADA).expect("pending");
    old.refresh().await;
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    let (destroy, mut new, create, run) = hand_over(&sim, "atlan_user_invite", &mut old, &config).await;
    let disabled = run.action("atlan_disable_user").try_invoke(json!({ "users": [ADA] })).await;
    disabled.expect_err("it does not show");
    assert!(!sim.user(ADA).expect("there").enabled);
    old.apply_plan(&destroy, json!(null)).await;
    let said = new.apply_plan(&create, config).await.report().to_string();
    assert!(said.contains("was interrupted"), "{said}");
    assert!(sim.user(ADA).expect("there").enabled, "{}", sim.journal());
    assert_eq!(sim.mails_to(ADA), 1);
}

#[tokio::test]
async fn an_access_that_is_restored_lowers_no_role_that_the_person_gets_meanwhile() {
    let sim = tenant(KeyKind::User).await;
    let config = with(ada("$member"), json!({ "on_destroy": "downgrade" }));
    let mut old = core(&sim).resource("atlan_user_invite");
    old.apply(config.clone()).await;
    sim.accept(ADA).expect("pending");
    old.refresh().await;
    let (destroy, mut new, create, _) = hand_over(&sim, "atlan_user_invite", &mut old, &config).await;
    old.apply_plan(&destroy, json!(null)).await;
    assert_eq!(sim.user(ADA).expect("there").role, "$guest");
    sim.clear_journal();
    let busy = atlan_sim::Rule::on("POST", ROLE_UPDATES).status(429).retry_after(1).times(1);
    sim.fault(busy).expect("a rule");
    let raised = async {
        sim.arrived("POST", ROLE_UPDATES).await;
        sim.give_role(ADA, "$admin").expect("there");
    };
    let said = tokio::join!(new.try_apply_plan(&create, config), raised).0.failed().to_string();
    let user = sim.user(ADA).expect("there");
    assert_eq!((user.role, user.enabled), ("$admin", true), "{said}");
    assert!(said.contains("The role of ada@example.com changed since the plan"), "{said}");
    assert_eq!(new.state()["id"], *user.id, "the person stays in the state");
}

#[tokio::test]
async fn a_removal_waits_for_the_create_of_the_same_object() {
    let (sim, objects) = held().await;
    for (resource, mut old, config) in objects {
        // The adoption changes something, and that request is held.
        let (path, more) = match resource {
            "atlan_group" => ("/api/service/groups/*", json!({ "description": "New" })),
            _ => (ROLE_UPDATES, json!({ "role": "$admin" })),
        };
        let adopt = with(with(config, json!({ "on_existing": "adopt" })), more);
        let (destroy, mut new, late, _) = hand_over(&sim, resource, &mut old, &adopt).await;
        let hold = sim.hold("POST", path, atlan_sim::Moment::Before);
        let create = new.try_apply_plan(&late, adopt);
        let removal = async {
            sim.arrived("POST", path).await;
            let mut removal = Box::pin(old.try_apply_plan(&destroy, json!(null)));
            still_waits(&mut removal).await;
            hold.release();
            removal.await
        };
        let (created, removed) = tokio::join!(create, removal);
        created.expect("adopted");
        removed.expect("left alone");
        assert!(new.state()["id"].is_string() && old.state().is_null());
    }
    let user = sim.user(ADA).expect("there");
    assert_eq!((user.enabled, sim.mails_to(ADA), sim.groups().len()), (true, 1, 1));
}

#[tokio::test]
async fn ctrl_c_ends_the_wait_of_a_create_for_a_removal_elsewhere() {
    let (sim, objects) = held().await;
    for (resource, mut old, config) in objects {
        let (destroy, mut new, late, run) = hand_over(&sim, resource, &mut old, &config).await;
        let path = removal_of(resource);
        let hold = sim.hold("POST", path, atlan_sim::Moment::Before);
        let removal = old.try_apply_plan(&destroy, json!(null));
        let create = async {
            sim.arrived("POST", path).await;
            let mut create = Box::pin(new.try_apply_plan(&late, config));
            still_waits(&mut create).await;
            run.stop().await;
            let soon = tokio::time::timeout(std::time::Duration::from_secs(5), create).await;
            hold.release();
            soon.expect("it ends while the removal goes on")
        };
        let (removed, created) = tokio::join!(removal, create);
        assert!(created.is_err() && new.state().is_null(), "{resource}: {created:?}");
        removed.unwrap_or_else(|report| panic!("{resource}: the request in flight is finished: {report}"));
    }
    assert_eq!(sim.mails_to(ADA), 1);
}

#[tokio::test]
async fn a_list_of_groups_that_loses_an_entry_removes_no_other_group() {
    let sim = tenant(KeyKind::ApiToken).await;
    let alias = |alias: &str| json!({ "alias": alias });
    let mut groups = Vec::new();
    for name in ["A", "B", "C"] {
        let mut group = core(&sim).resource("atlan_group");
        group.apply(alias(name)).await;
        groups.push(group);
    }
    for removed_first in [true, false] {
        let run = core(&sim).one_run();
        groups.iter_mut().for_each(|group| group.set_core(&run));
        let [_, b, c] = &mut groups[..] else { panic!("three groups") };
        let said = if removed_first {
            c.try_plan_destroy().await.expect("a plan");
            b.try_plan(alias("C")).await.failed()
        } else {
            b.plan(alias("C")).await;
            c.try_plan_destroy().await.failed()
        };
        let said = said.to_string();
        assert!(
            said.contains("for_each") && said.contains("destroys group c, which Atlan shows as \"C\""),
            "{said}"
        );
    }
}

/// Terraform 1.11 plans the removal of an instance that has left the configuration before it reads it. The state does not have the present
/// address yet, which the configuration names.
#[tokio::test]
async fn a_person_with_a_new_address_who_moves_is_refused_also_if_the_refresh_comes_after_the_plan() {
    const NEW: &str = "ada.l@example.com";
    for kind in ["atlan_user_invite", "atlan_user_role"] {
        for created_first in [true, false] {
            let sim = tenant(KeyKind::User).await;
            sim.admit(ADA, "$member", false).expect("a newcomer");
            let config = |address: &str| match kind {
                "atlan_user_role" => json!({ "user": address, "role": "$member" }),
                _ => with(json!({ "email": address, "role": "$member" }), json!({ "on_existing": "adopt" })),
            };
            let mut old = core(&sim).resource(kind);
            old.apply(config(ADA)).await;
            sim.give_address(ADA, NEW).expect("free");
            sim.clear_journal();
            let run = core(&sim).one_run();
            let mut new = run.resource(kind);
            if created_first {
                new.plan(config(NEW)).await;
            }
            old.set_core(&run.clone().without_refresh());
            old.try_plan_destroy().await.expect("no clash yet").expect("a plan");
            old.set_core(&run);
            let said = if created_first {
                old.try_refresh().await.failed().to_string()
            } else {
                old.refresh().await;
                new.try_plan(config(NEW)).await.failed().to_string()
            };
            assert!(
                said.contains(&format!("{NEW} is both removed and created")),
                "{kind}, {created_first}: {said}"
            );
            assert_eq!(writes(&sim), "");
        }
    }
}
