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

/// A change is a look, the request for that person, and a look at the result. Ten people share a look, so these are 200 for a thousand
/// of them, and a few more at the start. On a busy machine, some come too late to share, so there is a second and a third try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_thousand_roles_takes_one_request_each_and_220_others() {
    const PEOPLE: usize = 1_000;
    let sim = many(PEOPLE, Duration::from_millis(30)).await;
    let mut roles = managed_by(&core(&sim).one_run(), &sim).await;
    // One of the admins may be who made the token.
    roles.retain(|(_, config)| config["role"] != "$admin");
    let due = roles.len();
    let mut taken = Vec::new();
    while taken.len() < 3 {
        let run = core(&sim).one_run();
        let changes = ten_at_a_time(roles, |(mut object, mut config)| {
            object.set_core(&run);
            config["role"] = json!(if config["role"] == "$guest" { "$member" } else { "$guest" });
            async move {
                let plan = object.plan(config.clone()).await;
                (object, config, plan)
            }
        })
        .await;
        sim.clear_journal();
        roles = ten_at_a_time(changes, |(mut object, config, plan)| async move {
            object.apply_plan(&plan, config.clone()).await;
            (object, config)
        })
        .await;
        let posts = sim.journal().on("POST", ROLE_UPDATES).len();
        assert_eq!(posts, due);
        let beside = sim.journal().len() - posts;
        if beside <= 220 {
            return;
        }
        taken.push(beside);
    }
    panic!("requests beside {due} changes, in each try: {taken:?}");
}
