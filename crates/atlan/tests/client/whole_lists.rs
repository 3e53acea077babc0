//! Lists of everything: calls at the same time share the pages, and a recent snapshot answers without a request.

use std::time::Duration;

use atlan::{Client, Invite, ReadMode, WorkspaceRole};
use atlan_sim::{Options, Rule, Sim};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::*;

async fn tenant_of(users: usize, groups: usize) -> Sim {
    let options = Options { users, groups, key_kind: atlan_sim::KeyKind::User, ..Options::default() };
    Sim::start(options).await.expect("a simulator")
}

/// Lists everybody in `calls` calls at once. Returns how many people each call has seen, or the status of its error.
async fn list_at_once(client: &Client, calls: usize) -> Vec<Result<usize, Option<u16>>> {
    let mut lists = JoinSet::new();
    for _ in 0..calls {
        let client = client.clone();
        lists.spawn(async move { client.users().await.map(|all| all.len()).map_err(|error| error.status()) });
    }
    lists.join_all().await
}

#[tokio::test]
async fn ten_lists_at_once_read_the_pages_once() {
    let sim = tenant_of(250, 0).await;
    for mode in [ReadMode::Auto, ReadMode::Snapshot] {
        let client = client(&sim, |config| config.read_mode = mode);
        sim.clear_journal();
        assert_eq!(list_at_once(&client, 10).await, [Ok(251); 10]);
        assert_eq!(sim.journal().len(), 3, "{mode:?}: {}", sim.journal());
    }
    let client = client(&sim, |config| config.read_mode = ReadMode::Single);
    sim.clear_journal();
    assert_eq!(list_at_once(&client, 2).await, [Ok(251); 2]);
    assert_eq!(sim.journal().len(), 6, "each by itself, as read_mode says");
}

#[tokio::test]
async fn a_list_and_the_reads_of_a_refresh_share_the_pages() {
    let sim = tenant_of(250, 30).await;
    let client = client(&sim, |_| {});
    let mut reads = JoinSet::new();
    for user in sim.users() {
        let client = client.clone();
        reads.spawn(async move {
            client.user(&user.id.parse().expect("a GUID")).await.map(|user| user.is_some())
        });
    }
    let (everybody, groups) = tokio::join!(client.users(), client.groups());
    assert_eq!((everybody.expect("read").len(), groups.expect("read").len()), (251, 30));
    assert!(reads.join_all().await.into_iter().all(|read| read.expect("read")));
    assert_eq!(sim.journal().len(), 4, "three pages of people and one of groups: {}", sim.journal());
    client.users().await.expect("known");
    client.groups().await.expect("known");
    assert_eq!(sim.journal().len(), 4, "answered from memory: {}", sim.journal());
}

#[tokio::test]
async fn a_list_from_memory_shows_what_this_client_has_written_since() {
    let sim = tenant_of(3, 2).await;
    let client = client(&sim, |_| {});
    let (before, groups) = (client.users().await.expect("read"), client.groups().await.expect("read"));
    let ada = client.invite(&ada()).await.expect("invited");
    let bob = client.invite(&Invite { email: "bob@example.com".into(), role: WorkspaceRole::Member }).await;
    client.cancel_invitation(&bob.expect("invited").id).await.expect("cancelled");
    client.change_role(&ada.id, WorkspaceRole::Guest).await.expect("lowered");
    let made = client.create_group(&stewards()).await.expect("made");
    client.delete_group(&groups[0].id).await.expect("deleted");
    sim.clear_journal();
    let (after, groups_after) = (client.users().await.expect("known"), client.groups().await.expect("known"));
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
    assert_eq!(after.len(), before.len() + 1);
    let role = after.iter().find(|user| user.id == ada.id).and_then(|user| user.role);
    assert_eq!(role, Some(WorkspaceRole::Guest));
    let names: Vec<&str> = groups_after.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, [groups[1].name.as_str(), made.name.as_str()], "in order of names");
    let other = self::client(&sim, |_| {}).users().await.expect("read");
    // The deleted group had members; that they are in no group any more shows with the next reading of the list.
    let without_groups = |mut users: Vec<atlan::User>| {
        users.iter_mut().for_each(|user| user.is_in_groups = None);
        users
    };
    assert_eq!(
        without_groups(other),
        without_groups(after),
        "the order and the records are those of the server"
    );
}

#[tokio::test]
async fn a_list_is_read_again_when_the_snapshot_is_no_longer_recent() {
    let sim = tenant_of(3, 0).await;
    let client = client(&sim, |config| config.sharing.people_recent = Duration::ZERO);
    assert_eq!(client.users().await.expect("read").len(), 4);
    sim.remove(&sim.users()[2].email).expect("there");
    assert_eq!(client.users().await.expect("read").len(), 3, "nobody who was deleted since is listed");
}

#[tokio::test]
async fn a_failed_list_fails_for_each_call_and_is_not_repeated_for_each() {
    let sim = tenant_of(3, 0).await;
    let client = client(&sim, |config| config.max_retries = 0);
    sim.fault(Rule::on("GET", USERS).status(503).times(1)).expect("a rule");
    assert_eq!(list_at_once(&client, 10).await, [Err(Some(503)); 10]);
    assert_eq!(sim.journal().len(), 1);
    assert_eq!(list_at_once(&client, 1).await, [Ok(4)], "the next list is read anew");
}

#[tokio::test]
async fn pages_that_do_not_fit_together_are_read_again_and_nobody_is_left_out() {
    let sim = tenant_of(250, 0).await;
    let client = client(&sim, |_| {});
    // The second page comes back empty: a hundred people are missing.
    let empty = json!({ "totalRecord": 251, "filterRecord": 251, "records": [] });
    sim.fault(Rule { body: Some(empty), ..Rule::on("GET", USERS).status(200).after_n(1).times(1) })
        .expect("a rule");
    assert_eq!(list_at_once(&client, 3).await, [Ok(251); 3]);
}

#[tokio::test]
async fn a_strange_record_is_passed_over_and_costs_no_second_reading() {
    let sim = tenant_of(3, 0).await;
    let client = client(&sim, |_| {});
    let mut body = json!({ "totalRecord": 2, "filterRecord": 2, "records": [] });
    body["records"] = json!([
        { "id": "a", "email": "a@example.com", "enabled": true }, { "id": "f:1:service", "username": "service" } ]);
    sim.fault(Rule { body: Some(body), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
    assert_eq!(list_at_once(&client, 3).await, [Ok(1); 3]);
    assert_eq!(sim.journal().len(), 1, "{}", sim.journal());
}
