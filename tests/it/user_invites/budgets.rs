//! How many requests it takes, and how much of the state.

use atlan_sim::Options;

use super::*;

#[tokio::test]
async fn a_thousand_people_take_ten_posts_and_fifty_requests_in_all() {
    let (sim, mut invites) = managed(RESOURCE).await;
    let plan = invites.plan(crowd(1000)).await;
    invites.set_core(&core(&sim));
    sim.clear_journal();
    invites.apply_plan(&plan, crowd(1000)).await;
    let (posts, all) = (sim.journal().count("POST", USERS), sim.journal().len());
    assert!(posts <= 10 && all <= 50, "{posts}, {all}: {}", sim.journal());
    assert_eq!(sim.mails().len(), 1000);
    // A refresh, in a tenant of a thousand.
    invites.set_core(&core(&sim));
    sim.clear_journal();
    invites.plan_is_empty().await;
    assert!(sim.journal().len() <= 11, "{}", sim.journal());
    // The state as Terraform writes it, in compact JSON.
    let stored = invites.stored().len() + invites.private().len().div_ceil(3) * 4;
    assert!(stored <= 1000 * 200, "{stored}");
}

#[tokio::test]
async fn one_of_them_refused_takes_24_posts_and_eighty_requests_in_all() {
    let (sim, mut invites) = managed(RESOURCE).await;
    let mut config = crowd(999);
    config["people"]["a+b@example.com"] = json!({ "role": "$guest" });
    let plan = invites.plan(config.clone()).await;
    invites.set_core(&core(&sim));
    sim.clear_journal();
    invites.apply_plan(&plan, config).await;
    let (posts, all) = (sim.journal().count("POST", USERS), sim.journal().len());
    assert!(posts <= 24 && all <= 80, "{posts}, {all}: {}", sim.journal());
    assert_eq!(sim.mails().len(), 999);
}

#[tokio::test]
async fn a_refresh_of_a_thousand_people_among_fifty_thousand_takes_fifteen_requests() {
    let sim = Sim::start(Options { users: 50_000, ..Options::default() }).await.expect("a simulator");
    let mut invites = core(&sim).resource(RESOURCE);
    let some: Vec<_> = sim
        .users()
        .into_iter()
        .filter(|user| user.enabled && !user.email.starts_with("admin@"))
        .take(1000)
        .collect();
    let entry = |user: &atlan_sim::UserView| (user.email.clone(), json!({ "role": user.role }));
    let config = json!({
        "people": some.iter().map(entry).collect::<serde_json::Map<_, _>>(), "on_existing": "adopt",
    });
    invites.apply(config).await;
    invites.set_core(&core(&sim));
    sim.clear_journal();
    invites.plan_is_empty().await;
    assert!(sim.journal().len() <= 15, "{}", sim.journal());
}
