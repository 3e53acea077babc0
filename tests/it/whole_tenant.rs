//! What it costs to read everything that a tenant has.

use atlan_sim::{Options, Sim};
use serde_json::{Value, json};
use tfplug::testing::{Core, Instance};

use crate::harness::{GROUPS, by_other_means, core, join_by_other_means, ten_at_a_time};

const PEOPLE: usize = 1000;
const TEAMS: usize = 100;
const IN_EACH: usize = 50;

/// A tenant of so many people and groups, each group with members.
async fn tenant() -> Sim {
    let options = Options { users: PEOPLE - 1, groups: TEAMS, ..Options::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    let ids: Vec<String> = sim.users().into_iter().map(|user| user.id).collect();
    assert_eq!(ids.len(), PEOPLE);
    for (number, group) in sim.groups().into_iter().enumerate() {
        let some = (0..IN_EACH).map(|member| ids[(number * 7 + member) % ids.len()].as_str());
        by_other_means(&sim, &format!("{GROUPS}/{}/members/remove", group.id), &json!({ "users": ids }));
        join_by_other_means(&sim, &group.id, &some.collect::<Vec<_>>());
    }
    sim
}

/// Everything of a type, in the state.
async fn all_of(run: &Core, resource: &'static str) -> Vec<Instance> {
    let found = run.list(resource).limit(10_000).query(json!({})).await;
    let ids: Vec<Value> = found.objects().iter().map(|object| object.identity()).collect();
    let run = run.clone();
    ten_at_a_time(ids, move |id| {
        let mut object = run.resource(resource);
        async move {
            object.import_identity(id).await;
            object
        }
    })
    .await
}

/// Reads them as a plan does, and gives them back.
async fn refresh(run: &Core, objects: Vec<Instance>) -> Vec<Instance> {
    ten_at_a_time(objects, |mut object| {
        object.set_core(run);
        async move {
            object.refresh().await;
            assert!(!object.state().is_null());
            object
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memberships_cost_a_page_for_each_group_and_groups_and_people_eleven_more() {
    let sim = tenant().await;
    let run = core(&sim).one_run();
    let mut others = all_of(&run, "atlan_group").await;
    others.extend(all_of(&run, "atlan_user_invite").await);
    assert_eq!(others.len(), TEAMS + PEOPLE);
    let sets = all_of(&run, "atlan_group_members").await;
    let edges = all_of(&run, "atlan_group_member").await;
    assert_eq!((sets.len(), edges.len()), (TEAMS, TEAMS * IN_EACH));
    for (what, memberships) in [("sets", sets), ("edges", edges)] {
        let run = core(&sim).one_run();
        sim.clear_journal();
        let memberships = refresh(&run, memberships).await;
        let alone = sim.journal().len();
        assert!(alone <= 101, "{what}: {alone}\n{}", sim.journal());

        let run = core(&sim).one_run();
        sim.clear_journal();
        others = refresh(&run, others).await;
        refresh(&run, memberships).await;
        let all = sim.journal().len();
        assert!(all <= 112, "{what} with the groups and people: {all}\n{}", sim.journal());
    }
}
