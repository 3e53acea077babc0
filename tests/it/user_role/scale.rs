//! The budgets: how many requests many roles take.

use std::time::Duration;

use atlan_sim::Options;
use tfplug::testing::Core;

use super::*;

/// A tenant of so many people.
async fn many(people: usize, latency: Duration) -> Sim {
    Sim::start(Options { users: people - 1, latency, ..Options::default() }).await.expect("a simulator")
}

/// The roles of all people as they are, in the state, and what a configuration says of each.
async fn managed_by(run: &Core, sim: &Sim) -> Vec<(Instance, Value)> {
    let people =
        sim.users().into_iter().map(|user| (run.resource("atlan_user_role"), role(&user.email, user.role)));
    ten_at_a_time(people.collect(), |(mut object, config)| async move {
        object.import(config["user"].as_str().expect("an address")).await;
        (object, config)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_a_thousand_roles_takes_eleven_requests() {
    let sim = many(1_000, Duration::ZERO).await;
    let mut roles = managed_by(&core(&sim).one_run(), &sim).await;
    assert_eq!(roles.len(), 1_000);
    // On a busy machine, the first read may start before the others ask.
    let mut taken = Vec::new();
    while taken.len() < 3 {
        let run = core(&sim).one_run();
        sim.clear_journal();
        roles = ten_at_a_time(roles, |(mut object, config)| {
            object.set_core(&run);
            async move {
                let plan = object.plan(config.clone()).await;
                assert!(plan.is_empty(), "{plan}");
                (object, config)
            }
        })
        .await;
        let requests = sim.journal().len();
        if requests <= 11 {
            return;
        }
        taken.push(format!("{requests} requests\n{}", sim.journal()));
    }
    panic!("{taken:#?}");
}

/// A change is a look, the request for that person, and a look at the result; ten people share a look. Without a share these are 1,998
/// looks, and some 220 where the machine does nothing else. A busy machine decides how many share (as many as 475 looks were seen), so
/// the test demands a half of what they are without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_many_roles_takes_one_request_each_and_few_looks() {
    const PEOPLE: usize = 1_000;
    let sim = many(PEOPLE, Duration::ZERO).await;
    let run = core(&sim).one_run();
    let mut changes = Vec::new();
    for (mut object, mut config) in managed_by(&run, &sim).await {
        if config["role"] == "$admin" {
            continue; // one of them may be who made the token
        }
        config["role"] = json!(if config["role"] == "$guest" { "$member" } else { "$guest" });
        let plan = object.plan(config.clone()).await;
        changes.push((object, config, plan));
    }
    let due = changes.len();
    sim.clear_journal();
    ten_at_a_time(changes, |(mut object, config, plan)| {
        object.set_core(&run);
        async move { drop(object.apply_plan(&plan, config).await) }
    })
    .await;
    let posts = sim.journal().on("POST", ROLE_UPDATES).len();
    assert_eq!(posts, due);
    let beside = sim.journal().len() - posts;
    assert!(beside <= due, "{beside} requests beside {due} changes\n{}", sim.journal());
}
