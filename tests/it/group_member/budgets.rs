//! How many requests many memberships take, and how large each is in the state.

use super::*;

/// Creates or destroys them in one run, ten at a time. Returns them, the requests, and how many of these are writes.
async fn apply_all(sim: &Sim, edges: Vec<(Instance, Option<Value>)>) -> (Vec<Instance>, usize, usize) {
    let run = core(sim).one_run();
    sim.clear_journal();
    let done = ten_at_a_time(edges, |(mut edge, config)| {
        edge.set_core(&run);
        async move {
            match config {
                Some(config) => drop(edge.apply(config).await),
                None => drop(edge.destroy().await),
            };
            edge
        }
    })
    .await;
    (done, sim.journal().len(), sim.journal().writes().len())
}

async fn crowd(people: usize, groups: usize) -> (Sim, Vec<String>, Vec<String>) {
    let sim = tenant(atlan_sim::KeyKind::ApiToken).await;
    let group = |number| group_by_other_means(&sim, &format!("g{number}"), json!({ "alias": ["G"] }));
    let groups = (0..groups).map(group).collect();
    let person = |number| {
        let email = format!("p{number}@example.com");
        person_by_other_means(&sim, &email);
        email
    };
    let people = (0..people).map(person).collect();
    (sim, groups, people)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_people_join_in_fifty_posts_and_leave_in_ten() {
    let (sim, groups, people) = crowd(50, 1).await;
    let new =
        people.iter().map(|email| (core(&sim).resource("atlan_group_member"), Some(edge(&groups[0], email))));
    let (edges, all, writes) = apply_all(&sim, new.collect()).await;
    assert_eq!(members(&sim, &groups[0]).len(), 50);
    assert!(writes == 50 && all <= 50 + 20, "{all}, {writes}: {}", sim.journal());
    for edge in &edges {
        // The state as Terraform writes it, in compact JSON.
        let size = edge.stored().len() + edge.private().len().div_ceil(3) * 4;
        assert!(size <= 500, "{size} bytes: {}", edge.state());
    }
    let gone = edges.into_iter().map(|edge| (edge, None));
    let (_, all, writes) = apply_all(&sim, gone.collect()).await;
    assert!(members(&sim, &groups[0]).is_empty());
    assert!(writes <= 10 && all <= 10 + 20, "{all}, {writes}: {}", sim.journal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_joins_twenty_groups_in_four_posts() {
    // On a busy machine, edges may come too late to share a request.
    let mut taken = Vec::new();
    while taken.len() < 3 {
        let (sim, groups, people) = crowd(1, 20).await;
        let edge =
            |group: &String| (core(&sim).resource("atlan_group_member"), Some(edge(group, &people[0])));
        let (_, all, writes) = apply_all(&sim, groups.iter().map(edge).collect()).await;
        assert!(groups.iter().all(|group| members(&sim, group).len() == 1));
        if writes <= 4 && all <= 4 + 6 {
            return;
        }
        taken.push(format!("{all}, {writes}: {}", sim.journal()));
    }
    panic!("{taken:#?}");
}
