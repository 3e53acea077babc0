//! Shared reads: how many requests they take, and that nobody is lost or counts as deleted because of them.

use std::time::Duration;

use atlan::{Client, Error, Guid, Invite, NewGroup, ReadMode, WorkspaceRole};
use atlan_sim::{Moment, Options, Rule, Sim};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::*;

async fn tenant_of(users: usize, groups: usize) -> Sim {
    Sim::start(Options { users, groups, ..Options::default() }).await.expect("a simulator")
}

/// What to read.
#[derive(Clone)]
enum Object {
    Person(Guid),
    Group(Guid),
}

fn people(sim: &Sim) -> Vec<Object> {
    sim.users().iter().map(|user| Object::Person(user.id.parse().expect("a GUID"))).collect()
}

fn groups(sim: &Sim) -> Vec<Object> {
    sim.groups().iter().map(|group| Object::Group(group.id.parse().expect("a GUID"))).collect()
}

/// Reads as Terraform does: `at_once` reads at a time, the next as soon as one ends. Returns how many objects exist.
async fn refresh(client: &Client, objects: &[Object], at_once: usize) -> Result<usize, Error> {
    let mut objects = objects.iter().cloned();
    let (mut reads, mut there) = (JoinSet::new(), 0);
    loop {
        while reads.len() < at_once
            && let Some(object) = objects.next()
        {
            let client = client.clone();
            reads.spawn(async move {
                Ok::<_, Error>(match object {
                    Object::Person(id) => client.user(&id).await?.is_some_and(|user| user.id == id),
                    Object::Group(id) => client.group(&id).await?.is_some_and(|group| group.id == id),
                })
            });
        }
        let Some(read) = reads.join_next().await else { return Ok(there) };
        there += usize::from(read.expect("no panic")?);
    }
}

/// Reads and counts requests.
async fn requests(sim: &Sim, mode: ReadMode, objects: &[Object], at_once: usize) -> usize {
    let client = client(sim, |config| config.read_mode = mode);
    sim.clear_journal();
    assert_eq!(refresh(&client, objects, at_once).await.expect("read"), objects.len());
    sim.journal().len()
}

#[tokio::test]
async fn a_thousand_people_and_a_hundred_groups_take_twelve_requests() {
    let sim = tenant_of(1000, 100).await;
    let mut objects: Vec<Object> = people(&sim).into_iter().skip(1).chain(groups(&sim)).collect();
    assert_eq!(requests(&sim, ReadMode::Auto, &objects, 10).await, 12);
    objects.rotate_left(995); // groups and people in the first wave
    assert_eq!(requests(&sim, ReadMode::Auto, &objects, 10).await, 12);
    assert_eq!(requests(&sim, ReadMode::Snapshot, &objects, 10).await, 12);
    assert_eq!(requests(&sim, ReadMode::Single, &objects[..50], 10).await, 50);
}

#[tokio::test]
async fn requests_follow_the_rule_whatever_is_managed() {
    // The admin is in the tenant, too, so a thousand managed people fill eleven pages.
    for (managed, expected) in [(1, 1), (10, 1), (99, 1), (100, 2), (1000, 11)] {
        let sim = tenant_of(managed, 0).await;
        let objects = people(&sim);
        assert_eq!(requests(&sim, ReadMode::Auto, &objects[1..], 10).await, expected, "{managed}");
    }
}

/// Managed objects, and the requests of their refresh, ten reads at a time: `auto`, `snapshot`, `single`.
type Row = (usize, [usize; 3]);

async fn assert_rows(rows: &[Row], what: &str, sim: &Sim, objects: &[Object]) {
    for (managed, expected) in rows {
        let mut sent = [0; 3];
        for (sent, mode) in sent.iter_mut().zip([ReadMode::Auto, ReadMode::Snapshot, ReadMode::Single]) {
            *sent = requests(sim, mode, &objects[..*managed], 10).await;
        }
        assert_eq!(sent, *expected, "{managed} {what}");
    }
}

#[tokio::test]
async fn each_read_mode_takes_the_requests_that_are_written_down_for_people() {
    // All people of the tenant but the admin.
    for row in [(1, [1, 1, 1]), (9, [1, 1, 9]), (99, [1, 1, 99]), (999, [10, 10, 999])] {
        let sim = tenant_of(row.0, 0).await;
        assert_rows(&[row], "people of as many", &sim, &people(&sim)[1..]).await;
    }
    // Some people of many. Several reads at once start with a page, which has the total; a lone read does not.
    let sim = tenant_of(2100, 0).await;
    let rows = [(1, [1, 22, 1]), (10, [2, 22, 10]), (100, [11, 22, 100])];
    assert_rows(&rows, "people of 2,101", &sim, &people(&sim)[1..]).await;
}

#[tokio::test]
async fn each_read_mode_takes_the_requests_that_are_written_down_for_groups() {
    for row in [(1, [1, 1, 1]), (10, [1, 1, 10]), (100, [1, 1, 100]), (1000, [10, 10, 1000])] {
        let sim = tenant_of(0, row.0).await;
        assert_rows(&[row], "groups of as many", &sim, &groups(&sim)).await;
    }
    let sim = tenant_of(0, 2100).await;
    let rows = [(1, [2, 21, 1]), (10, [2, 21, 10]), (100, [11, 21, 100])];
    assert_rows(&rows, "groups of 2,100", &sim, &groups(&sim)).await;
}

#[tokio::test]
async fn roles_are_read_once_whatever_the_read_mode() {
    let (sim, _) = tenant().await;
    for mode in [ReadMode::Auto, ReadMode::Snapshot, ReadMode::Single] {
        let client = client(&sim, |config| config.read_mode = mode);
        sim.clear_journal();
        let mut reads = JoinSet::new();
        for number in 0..1000 {
            let client = client.clone();
            let role = [WorkspaceRole::Admin, WorkspaceRole::Member, WorkspaceRole::Guest][number % 3];
            reads.spawn(async move { client.role_by_name(role).await });
        }
        while let Some(read) = reads.join_next().await {
            read.expect("no panic").expect("a role");
        }
        assert_eq!(sim.journal().len(), 1, "{mode:?}");
    }
}

#[tokio::test]
async fn a_few_people_in_a_large_tenant_are_looked_up() {
    let sim = tenant_of(5000, 150).await;
    let people = people(&sim);
    for (managed, at_once, expected) in [(1, 10, 1), (4, 10, 1), (10, 10, 2), (200, 10, 21), (3, 1, 3)] {
        let sent = requests(&sim, ReadMode::Auto, &people[..managed], at_once).await;
        assert_eq!(sent, expected, "{managed} people, {at_once} at a time");
    }
    assert_eq!(requests(&sim, ReadMode::Auto, &groups(&sim)[..1], 10).await, 2, "a page, and the group");
}

#[tokio::test]
async fn filters_that_do_not_work_cost_requests_and_lose_nobody() {
    // No switch of the tenant says what `$in` on ids does, so a fault answers for it.
    let sim = tenant_of(5000, 0).await;
    let people = people(&sim);
    let refuse = json!({ "code": 400, "message": "no such filter" });
    let client = client(&sim, |_| {});
    let four = &people[..4];
    // Each time with large and small pages, with and without a column that a server may refuse.
    sim.fault(Rule { body: Some(refuse), ..Rule::on("GET", USERS).status(400).times(4) }).expect("a rule");
    assert_eq!(refresh(&client, four, 4).await.expect("read"), 4, "refused: asked one by one");
    sim.clear_journal();
    assert_eq!(refresh(&client, &people[4..8], 4).await.expect("read"), 4);
    assert_eq!(sim.journal().len(), 4, "and remembered");

    let nobody = json!({ "totalRecord": 5001, "filterRecord": 0, "records": [] });
    let other = self::client(&sim, |_| {});
    sim.set_faults(vec![Rule { body: Some(nobody), ..Rule::on("GET", USERS).status(200).times(1) }])
        .expect("a rule");
    assert_eq!(refresh(&other, four, 4).await.expect("read"), 4, "found nobody: asked one by one");

    let ignored = json!({ "totalRecord": 5001, "filterRecord": 5001, "records": [
        { "id": "somebody-else", "email": "else@example.com", "enabled": true } ] });
    let third = self::client(&sim, |_| {});
    sim.set_faults(vec![Rule { body: Some(ignored), ..Rule::on("GET", USERS).status(200).times(1) }])
        .expect("a rule");
    assert_eq!(refresh(&third, four, 4).await.expect("read"), 4, "the filter was ignored: asked one by one");
}

#[tokio::test]
async fn a_person_who_is_not_in_the_snapshot_is_looked_up_before_counting_as_deleted() {
    let sim = tenant_of(150, 0).await;
    let client = client(&sim, |config| {
        config.read_mode = ReadMode::Snapshot;
        // At once too old to prove absence; that is no reason to read all pages again.
        config.sharing.people_recent = Duration::ZERO;
    });
    let all = people(&sim);
    assert_eq!(refresh(&client, &all[..3], 3).await.expect("read"), 3);
    // Somebody who was invited after the snapshot was read, and somebody who does not exist.
    let other = self::client(&sim, |_| {});
    let ada = other.invite(&ada()).await.expect("invited");
    sim.remove(&sim.users()[5].email).expect("there");
    sim.clear_journal();
    assert_eq!(client.user(&ada.id).await.expect("read").map(|user| user.id), Some(ada.id.clone()));
    assert_eq!(sim.journal().len(), 1, "one look-up, no page");
    let nobody: Guid = "00000000-0000-4000-8000-000000000000".parse().expect("a GUID");
    assert_eq!(client.user(&nobody).await.expect("read"), None);
    assert_eq!(sim.journal().len(), 2);
}

#[tokio::test]
async fn writes_of_this_process_are_laid_over_the_snapshot() {
    let (sim, _) = tenant_of_admin().await;
    let client = client(&sim, |config| config.read_mode = ReadMode::Snapshot);
    let bob = client.invite(&Invite { email: "bob@example.com".into(), ..ada() }).await.expect("invited");
    let group = client.create_group(&stewards()).await.expect("made");
    client.groups().await.expect("read");
    assert_eq!(
        client.user(&bob.id).await.expect("read").and_then(|user| user.role),
        Some(WorkspaceRole::Member)
    );
    client.change_role(&bob.id, WorkspaceRole::Guest).await.expect("lowered");
    let change = atlan::GroupUpdate { alias: Some("Team".into()), ..atlan::GroupUpdate::default() };
    client.update_group(&group.id, &change).await.expect("renamed");
    sim.clear_journal();
    let seen = client.user(&bob.id).await.expect("read").and_then(|user| user.role);
    assert_eq!(seen, Some(WorkspaceRole::Guest));
    assert_eq!(
        client.user_by_email("BOB@example.com").await.expect("read").map(|user| user.id),
        Some(bob.id.clone())
    );
    assert_eq!(
        client.group(&group.id).await.expect("read").map(|group| group.alias).as_deref(),
        Some("Team")
    );
    assert_eq!(sim.journal().len(), 0, "all from memory");
    client.cancel_invitation(&bob.id).await.expect("cancelled");
    client.delete_group(&group.id).await.expect("deleted");
    assert_eq!(client.user(&bob.id).await.expect("read"), None);
    assert_eq!(client.user_by_email("bob@example.com").await.expect("read"), None);
    assert_eq!(client.group(&group.id).await.expect("read"), None);
    assert_eq!(client.group_by_name(&group.name).await.expect("read"), None);
}

#[tokio::test]
async fn a_new_group_that_lists_do_not_show_yet_does_not_count_as_deleted() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "group_visible_after_ms": 60_000 })).expect("a switch");
    let cancel = CancellationToken::new();
    let scoped = client.within(None, cancel.clone());
    let new = stewards();
    let (group, ()) = tokio::join!(scoped.create_group(&new), async {
        sim.arrived("POST", GROUPS).await;
        cancel.cancel();
    });
    let group = group.expect("made, and not shown");
    assert_eq!(client.group(&group.id).await.expect("read"), Some(group.clone()));
    sim.advance(Duration::from_secs(61));
    let shown = client.group(&group.id).await.expect("read").expect("there");
    assert_eq!(shown.alias, group.alias);
}

#[tokio::test]
async fn a_person_whom_paging_skips_is_looked_up() {
    let sim = tenant_of(250, 0).await;
    let all = people(&sim);
    // The second page comes back empty: a hundred people are missing.
    let empty = json!({ "totalRecord": 251, "filterRecord": 251, "records": [] });
    sim.fault(Rule { body: Some(empty), ..Rule::on("GET", USERS).status(200).after_n(1).times(1) })
        .expect("a rule");
    let client = client(&sim, |config| config.read_mode = ReadMode::Snapshot);
    assert_eq!(refresh(&client, &all, 10).await.expect("read"), 251);
}

#[tokio::test]
async fn a_cancelled_read_does_not_cancel_the_others() {
    let sim = tenant_of(3, 0).await;
    let client = client(&sim, |_| {});
    let hold = sim.hold("GET", USERS, Moment::Before);
    let cancel = CancellationToken::new();
    let (impatient, patient) = (client.within(None, cancel.clone()), client.clone());
    let Object::Person(id) = people(&sim).remove(1) else { panic!("a person") };
    let other = id.clone();
    let gone = tokio::spawn(async move { impatient.user(&other).await });
    let stays = tokio::spawn(async move { patient.user(&id).await });
    sim.arrived("GET", USERS).await;
    cancel.cancel();
    assert!(matches!(gone.await.expect("no panic"), Err(Error::Stopped { .. })));
    hold.release();
    assert!(stays.await.expect("no panic").expect("read").is_some());
}

#[tokio::test]
async fn a_failure_reaches_every_call_that_shared_the_request() {
    let sim = tenant_of(20, 0).await;
    let client = client(&sim, |config| config.max_retries = 0);
    sim.fault(Rule::on("GET", USERS).status(503)).expect("a rule");
    let mut reads = JoinSet::new();
    for object in people(&sim) {
        let (client, Object::Person(id)) = (client.clone(), object) else { continue };
        reads.spawn(async move { client.user(&id).await });
    }
    let mut failed = 0;
    while let Some(read) = reads.join_next().await {
        assert_eq!(read.expect("no panic").expect_err("refused").status(), Some(503));
        failed += 1;
    }
    assert_eq!((failed, sim.journal().len()), (21, 1));
}

#[tokio::test]
async fn a_record_without_an_id_is_an_error_that_names_it() {
    let sim = tenant_of(20, 0).await;
    let client = client(&sim, |config| config.read_mode = ReadMode::Snapshot);
    let page = json!({ "totalRecord": 1, "records": [{ "email": "a@example.com", "enabled": true }] });
    sim.fault(Rule { body: Some(page), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
    let error = refresh(&client, &people(&sim)[..1], 1).await.expect_err("unreadable");
    assert!(error.to_string().contains("`records[0].id` is missing"), "{error}");
}

#[tokio::test]
async fn groups_of_a_run_are_checked_by_one_page() {
    let (sim, client) = tenant().await;
    let mut creates = JoinSet::new();
    for number in 0..10 {
        let client = client.clone();
        let group = NewGroup { name: format!("g{number}"), alias: format!("G {number}"), ..stewards() };
        creates.spawn(async move { client.create_group(&group).await });
    }
    while let Some(create) = creates.join_next().await {
        create.expect("no panic").expect("made");
    }
    let reads = sim.journal().count("GET", "/api/service/v2/groups");
    assert!(reads <= 11, "{reads}: {}", sim.journal());
}

#[tokio::test]
async fn people_who_move_while_pages_are_read_are_not_lost() {
    let options = Options { users: 400, page_limit: 20, ..Options::default() };
    let sim =
        Sim::start(Options { latency: Duration::from_millis(2), ..options }).await.expect("a simulator");
    let client = client(&sim, |config| config.read_mode = ReadMode::Snapshot);
    let everybody = sim.users();
    let (leaving, staying): (Vec<_>, Vec<_>) =
        everybody.iter().skip(1).enumerate().partition(|(number, _)| number % 4 == 0);
    let staying: Vec<Object> =
        staying.iter().map(|(_, user)| Object::Person(user.id.parse().expect("a GUID"))).collect();
    let moves = async {
        // Pages are in flight, and each removal moves all people behind it.
        sim.arrived_times("GET", USERS, 2).await;
        for (_, user) in &leaving {
            sim.remove(&user.email).expect("there");
            tokio::task::yield_now().await;
        }
    };
    let (found, ()) = tokio::join!(refresh(&client, &staying, 10), moves);
    assert_eq!(found.expect("read"), staying.len());
}

#[tokio::test]
async fn a_list_without_totals_is_read_until_nothing_is_new() {
    let sim = tenant_of(0, 0).await;
    let client = client(&sim, |config| config.read_mode = ReadMode::Snapshot);
    let record = |id: &str| json!({ "id": id, "email": format!("{id}@example.com"), "enabled": true });
    let pages = [json!([record("a"), record("b")]), json!([record("b"), record("c")]), json!([])];
    for page in pages {
        let body = Some(json!({ "records": page }));
        sim.fault(Rule { body, ..Rule::on("GET", USERS).status(200).times(1) }).expect("a rule");
    }
    let wanted = ["a", "b", "c"].map(|id| Object::Person(id.parse().expect("a GUID")));
    assert_eq!(refresh(&client, &wanted, 3).await.expect("read"), 3);
    assert_eq!(sim.journal().len(), 3, "{}", sim.journal());
}

#[tokio::test]
async fn a_wrong_total_costs_look_ups_and_loses_nobody() {
    for total in [0, 1, 120, 5000] {
        let sim = tenant_of(150, 0).await;
        let client = client(&sim, |config| config.read_mode = ReadMode::Snapshot);
        let first = self::client(&sim, |_| {}).users().await.expect("read");
        let records: Vec<_> = first[..100]
            .iter()
            .map(|user| json!({ "id": user.id, "email": user.email, "enabled": true, "workspaceRole": "$member" }))
            .collect();
        let body = Some(json!({ "totalRecord": total, "filterRecord": total, "records": records }));
        sim.fault(Rule { body, ..Rule::on("GET", USERS).status(200).times(1) }).expect("a rule");
        assert_eq!(refresh(&client, &people(&sim), 10).await.expect("read"), 151, "{total}");
    }
}

#[tokio::test]
async fn in_a_tenant_of_fifty_thousand_the_cost_follows_who_is_managed() {
    let sim = tenant_of(49_999, 0).await; // and its admin
    let people = people(&sim);
    assert_eq!(people.len(), 50_000);
    for (managed, expected) in [(1, 1), (10, 2), (100, 11), (1000, 101), (50_000, 1001)] {
        assert_eq!(requests(&sim, ReadMode::Auto, &people[..managed], 10).await, expected, "{managed}");
    }
    assert_eq!(requests(&sim, ReadMode::Snapshot, &people, 10).await, 500);
}

/// In a tenant that is too large to page: look-ups before invitations, and others at the same time.
#[tokio::test]
async fn a_look_up_at_the_same_time_makes_those_before_invitations_no_dearer() {
    let sim = tenant_of(5000, 0).await;
    let there = sim.users()[7].email.clone();
    let new = (0..100).map(|number| format!("new-{number:03}@example.com")).collect();
    let client = client(&sim, |_| {});
    sim.clear_journal();
    let (found, other) = tokio::join!(client.users_before_invitations(&new), client.user_by_email(&there));
    assert!(found.expect("read").is_empty() && other.expect("read").is_some());
    // A page, two filters for the usual form, and some for any form.
    assert!(sim.journal().len() <= 10, "{}", sim.journal().len());
}

/// Many people have left a large tenant.
#[tokio::test]
async fn many_who_are_gone_are_not_looked_up_one_by_one() {
    let sim = tenant_of(5000, 0).await;
    let client = client(&sim, |_| {});
    sim.clear_journal();
    let mut reads = JoinSet::new();
    for number in 0..100 {
        let client = client.clone();
        reads.spawn(async move { client.user_by_email(&format!("gone-{number:03}@example.com")).await });
    }
    while let Some(read) = reads.join_next().await {
        assert_eq!(read.expect("no panic").expect("read"), None);
    }
    assert!(sim.journal().len() <= 10, "{}", sim.journal().len());
}

/// What this process has made and no list shows so far is there, however reads are sent.
#[tokio::test]
async fn what_was_made_and_does_not_show_yet_is_there_in_each_read_mode() {
    for read_mode in [ReadMode::Auto, ReadMode::Snapshot, ReadMode::Single] {
        let sim = tenant_of(3, 3).await;
        sim.set(json!({ "group_visible_after_ms": 3_600_000 })).expect("a switch");
        let client = client(&sim, |config| {
            config.read_mode = read_mode;
            config.timing.visible_within = Duration::from_secs(1);
        });
        let scoped =
            client.within(Some(tokio::time::Instant::now() + Duration::from_millis(300)), Default::default());
        let group = scoped.create_group(&NewGroup { name: "late".into(), ..stewards() }).await.expect("made");
        let read = client.group(&group.id).await.expect("read");
        assert!(read.is_some(), "{read_mode:?}\n{}", sim.journal());
    }
}

/// Each of them would try for as long as the first, one after the other.
#[tokio::test]
async fn calls_that_wait_for_what_is_read_once_share_its_failure_and_a_later_call_asks_again() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| config.max_retries = 2);
    for path in ["/api/service/roles", "/api/service/users/current"] {
        let read = |client: Client| async move {
            match path {
                "/api/service/roles" => client.role_by_name(WorkspaceRole::Guest).await.map(drop),
                _ => client.current().await.map(drop),
            }
        };
        sim.set_faults(vec![Rule::on("GET", path).status(503)]).expect("a rule");
        let calls: Vec<_> = (0..10).map(|_| tokio::spawn(read(client.clone()))).collect();
        for call in calls {
            assert_eq!(call.await.expect("no panic").expect_err("refused").status(), Some(503), "{path}");
        }
        assert_eq!(sim.journal().count("GET", path), 3, "{}", sim.journal());
        sim.set_faults(Vec::new()).expect("no rules");
        read(client.clone()).await.expect("read");
    }
}
