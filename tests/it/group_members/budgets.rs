//! How many requests it takes, whatever the number of members.

use tfplug::testing::Instance;
use tokio::task::JoinSet;

use super::*;

/// Requests of the apply of a saved plan, and how many of them are writes.
async fn cost(sim: &Sim, set: &mut Instance, config: Option<Value>) -> (usize, usize) {
    let plan = match &config {
        Some(config) => set.plan(config.clone()).await,
        None => set.try_plan_destroy().await.expect("no clash").expect("a plan"),
    };
    set.set_core(&core(sim));
    sim.clear_journal();
    set.apply_plan(&plan, config.clone().unwrap_or_default()).await;
    let counts = (sim.journal().len(), sim.journal().writes().len());
    if let Some(config) = config {
        let plan = set.plan(config).await;
        assert!(plan.is_empty(), "{plan}");
    }
    counts
}

#[tokio::test]
async fn fifty_people_join_in_fifty_posts_and_five_reads_and_leave_in_one_post_and_three_reads() {
    let (sim, mut set, group, people) = crowd(50).await;
    let (all, writes) = cost(&sim, &mut set, Some(set_of(&group, &people))).await;
    assert_eq!(members(&sim, &group).len(), 50);
    assert!(writes == 50 && all <= 50 + 5, "{all}, {writes}");
    let (all, writes) = cost(&sim, &mut set, None).await;
    assert!(members(&sim, &group).is_empty());
    assert!(writes == 1 && all <= 1 + 3, "{all}, {writes}: {}", sim.journal());
}

#[tokio::test]
async fn a_thousand_people_join_in_a_thousand_posts_and_45_reads_and_one_more_costs_no_look_up_of_the_others()
{
    let (sim, mut set, group, mut people) = crowd(1000).await;
    let last = people.pop().expect("somebody");
    let (all, writes) = cost(&sim, &mut set, Some(set_of(&group, &people))).await;
    assert!(writes == 999 && all <= 999 + 45, "{all}, {writes}");
    sim.clear_journal();
    set.plan_is_empty().await;
    assert_eq!(sim.journal().len(), 10, "{}", sim.journal());
    people.push(last);
    let (all, writes) = cost(&sim, &mut set, Some(set_of(&group, &people))).await;
    // The default group, one person, who is in it before and afterwards.
    assert!(writes == 1 && all <= 1 + 1 + 1 + 20 + 2, "{all}, {writes}: {}", sim.journal());
}

#[tokio::test]
async fn a_hundred_sets_are_read_in_their_pages() {
    let sim =
        Sim::start(Options { users: 50, groups: 100, ..Options::default() }).await.expect("a simulator");
    let ids: Vec<String> = sim.users().into_iter().map(|user| user.id).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut imports = JoinSet::new();
    for group in sim.groups() {
        join_by_other_means(&sim, &group.id, &ids);
        let mut set = core(&sim).resource("atlan_group_members");
        imports.spawn(async move {
            set.import(&group.id).await;
            set
        });
    }
    let sets = imports.join_all().await;
    let run = core(&sim).one_run();
    sim.clear_journal();
    let mut plans = JoinSet::new();
    for mut set in sets {
        set.set_core(&run);
        let state = set.state();
        let config = json!({ "group_id": state["group_id"], "members": state["members"] });
        plans.spawn(async move {
            let plan = set.plan(config).await;
            assert!(plan.is_empty(), "{plan}");
        });
    }
    plans.join_all().await;
    assert!(sim.journal().len() <= 101, "{}", sim.journal());
}
