//! An apply that ended between the halves of a replacement under `create_before_destroy` has left the state with two objects for one
//! person, group, membership or mapping. The older one is a deposed object, which no change of the configuration reaches. A destroy of it
//! would take away what the newer one manages. Lists of people have tests of their own, because a part of them may leave.

use atlan_sim::{KeyKind, Sim};
use serde_json::{Value, json};
use tfplug::testing::{Core, Instance};

use crate::harness::*;
use crate::sso_group_mapping::mappers;

const ADA: &str = "ada@example.com";

/// A type of resource that takes over what is there, and its configuration.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    config: fn(group: &str) -> Value,
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "atlan_user_invite",
        config: |_| json!({ "email": ADA, "role": "$admin", "on_existing": "adopt" }),
    },
    Kind { name: "atlan_user_role", config: |_| json!({ "user": ADA, "role": "$admin" }) },
    Kind { name: "atlan_group", config: |_| json!({ "alias": "Stewards", "on_existing": "adopt" }) },
    Kind { name: "atlan_group_member", config: |group| json!({ "group_id": group, "user": ADA }) },
    Kind {
        name: "atlan_group_members",
        config: |group| json!({ "group_id": group, "members": [ADA], "on_existing": "adopt" }),
    },
    Kind {
        name: "atlan_sso_group_mapping",
        config: |group| json!({ "idp_alias": "okta", "group_id": group, "sso_group": "stewards", "on_existing": "adopt" }),
    },
];

/// Ada is a member of the tenant and of a group. Two runs have each created an object for the same.
async fn left(kind: Kind) -> (Sim, Instance, Instance, String) {
    let sim = tenant(KeyKind::User).await;
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    person_by_other_means(&sim, ADA);
    let mut old = core(&sim).resource(kind.name);
    old.apply((kind.config)(&group)).await;
    let mut new = core(&sim).resource(kind.name);
    new.apply((kind.config)(&group)).await;
    sim.clear_journal();
    (sim, old, new, group)
}

/// What there is of Ada and the group.
fn there(sim: &Sim, group: &str) -> Value {
    let ada = sim.user(ADA).expect("there");
    json!([ada.role, ada.enabled, sim.groups().len(), members(sim, group), mappers(sim).len()])
}

#[tokio::test]
async fn a_destroy_of_the_older_of_two_objects_takes_nothing_with_it() {
    for kind in KINDS {
        for old_first in [true, false] {
            let (sim, mut old, mut new, group) = left(kind).await;
            let before = there(&sim, &group);
            let run = core(&sim).one_run();
            old.set_core(&run);
            new.set_core(&run);
            // Terraform reads both at the same time. It plans the destroy without another read, here and again in the apply.
            match old_first {
                true => tokio::join!(old.refresh(), new.refresh()),
                false => tokio::join!(new.refresh(), old.refresh()),
            };
            let unread = |core: &Core| core.clone().without_refresh();
            old.set_core(&unread(&run));
            new.set_core(&unread(&run));
            if old_first {
                old.try_plan_destroy().await.expect("no clash");
                new.plan_is_empty().await;
            } else {
                new.plan_is_empty().await;
                old.try_plan_destroy().await.expect("no clash");
            }
            old.set_core(&unread(&core(&sim)));
            let plan = old.try_plan_destroy().await.expect("no clash").expect("a plan");
            let said = plan.report().to_string();
            assert!(
                said.contains("Another object of the state manages") && said.contains("deposed object"),
                "{said}"
            );
            old.apply_plan(&plan, Value::Null).await;
            assert!(old.state().is_null(), "{}: {}", kind.name, old.state());
            assert_eq!((writes(&sim), there(&sim, &group)), (String::new(), before), "{}", kind.name);
            // The newer one is the object of the configuration, and can be destroyed.
            new.set_core(&core(&sim));
            new.plan_is_empty().await;
            new.destroy().await;
            if kind.name == "atlan_user_role" {
                // It has found the role that the older one had set. The person does not lose that role unseen.
                assert!(said.contains("The role before this resource was $member"), "{said}");
            } else {
                assert_ne!(writes(&sim), "", "{}", kind.name);
            }
        }
    }
}

/// Once the newer object has left the state, the older one is what the state has of the person.
#[tokio::test]
async fn a_later_read_finds_out_that_an_object_is_the_only_one_again() {
    let kind = KINDS.into_iter().next().expect("one");
    let (sim, mut old, mut new, _) = left(kind).await;
    let run = core(&sim).one_run();
    old.set_core(&run);
    new.set_core(&run);
    tokio::join!(old.refresh(), new.refresh());
    new.forget();
    old.set_core(&core(&sim));
    let said = old.destroy().await.to_string();
    assert!(!sim.user(ADA).expect("there").enabled, "{said}");
}

/// Without a read, the plan cannot tell which object is the newer one.
#[tokio::test]
async fn without_a_read_of_both_the_destroy_is_refused_and_the_error_says_how_to_go_on() {
    for kind in KINDS {
        let (sim, mut old, mut new, group) = left(kind).await;
        let run = core(&sim).one_run();
        old.set_core(&run);
        new.set_core(&run);
        old.try_plan_destroy().await.expect("no clash yet");
        let said = new.try_plan((kind.config)(&group)).await.map(drop).failed().to_string();
        assert!(said.contains("a deposed object"), "{said}");
        assert!(said.contains("run `terraform apply` again, without `-refresh=false`"), "{said}");
        assert_eq!(writes(&sim), "");
    }
}

/// Two addresses of which one was imported are no replacement: both are in the configuration, or were.
#[tokio::test]
async fn an_import_of_the_same_object_replaces_nothing() {
    for (name, id) in [("atlan_user_role", ADA), ("atlan_group", "stewards")] {
        let kind = KINDS.into_iter().find(|kind| kind.name == name).expect("one of them");
        let (sim, mut one, mut two, group) = left(kind).await;
        two.forget();
        two.import(id).await;
        let run = core(&sim).one_run();
        one.set_core(&run);
        two.set_core(&run);
        tokio::join!(one.refresh(), two.refresh());
        assert!(!one.state().is_null() && !two.state().is_null());
        one.plan((kind.config)(&group)).await;
        let said = two.try_plan_destroy().await.map(drop).failed().to_string();
        assert!(said.contains("at two resource addresses"), "{said}");
    }
}
