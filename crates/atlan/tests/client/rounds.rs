//! Round trips in a row: how often an apply waits for the server, counted from the simulator's journal.

use std::sync::Arc;
use std::time::Duration;

use atlan::{Client, GroupUpdate, Guid, Invite, NewGroup, WorkspaceRole};
use atlan_sim::{Entry, Moment, Options, Rule, Sim};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::support::*;

const LIST: &str = "/api/service/v2/groups";
/// Terraform's default parallelism.
const AT_ONCE: usize = 10;

async fn slow_tenant() -> (Sim, Client) {
    let options = Options { latency: Duration::from_millis(100), ..Options::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    // No answer counts as lost.
    let client = client(&sim, |config| config.request_timeout = Duration::from_secs(60));
    (sim, client)
}

/// The most requests of which no two were in flight at once: always the next one to end among those that arrived after the last
/// one had ended.
fn in_a_row<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> usize {
    let spans = entries.into_iter().map(|entry| {
        let at = entry.at.parse::<Timestamp>().expect("a time").as_millisecond();
        let took = i64::try_from(entry.elapsed_ms.expect("answered")).expect("short");
        (at, at + took)
    });
    let mut spans: Vec<(i64, i64)> = spans.collect();
    spans.sort_by_key(|&(begin, end)| (end, begin));
    let (mut free_at, mut count) = (i64::MIN, 0);
    for (begin, end) in spans {
        if begin >= free_at {
            (free_at, count) = (end, count + 1);
        }
    }
    count
}

fn group(number: usize) -> NewGroup {
    NewGroup { name: format!("g{number}"), alias: format!("G {number}"), ..stewards() }
}

/// Calls as Terraform makes them: so many at a time, the next one as soon as one is done. Terraform itself works for some time on
/// each object, one after another, so the calls do not start together.
async fn as_terraform<T, F>(work: Duration, objects: Vec<T>, call: impl Fn(T) -> F)
where
    F: Future<Output = ()> + Send + 'static,
    T: Send + 'static,
{
    let terraform = Arc::new(Mutex::new(()));
    let (mut objects, mut calls) = (objects.into_iter(), JoinSet::new());
    loop {
        while calls.len() < AT_ONCE
            && let Some(object) = objects.next()
        {
            let (terraform, call) = (Arc::clone(&terraform), call(object));
            calls.spawn(async move {
                let turn = terraform.lock().await;
                // Not to synchronise: this is the time that Terraform works on an object, one after another.
                tokio::time::sleep(work).await;
                drop(turn);
                call.await;
            });
        }
        let Some(done) = calls.join_next().await else { return };
        done.expect("no panic");
    }
}

async fn make(client: &Client, work: Duration, count: usize) {
    let create = |number| {
        let client = client.clone();
        async move { drop(client.create_group(&group(number)).await.expect("made")) }
    };
    as_terraform(work, (0..count).collect(), create).await;
}

#[tokio::test]
async fn a_wave_of_creates_is_a_wave_of_posts_and_one_of_reads() {
    // All ten start at once; or so far apart that the last of ten leaves when the first comes back.
    for (work, rounds) in [(0, 2), (10, 3)] {
        let (sim, client) = slow_tenant().await;
        let (count, waves) = (50, 5);
        make(&client, Duration::from_millis(work), count).await;
        let journal = sim.journal();
        assert_eq!(journal.count("POST", GROUPS), count);
        // The first wave looks whether its groups exist. The page that answers it answers the other waves, too.
        let rows = in_a_row(journal.iter());
        assert!(rows <= 1 + rounds * waves, "{work} ms apart: {rows} in a row\n{journal}");
        // A plain provider makes two requests for each.
        assert!(journal.len() <= count + 3 * waves, "{work} ms apart: {} requests\n{journal}", journal.len());
    }
}

#[tokio::test]
async fn invitations_updates_and_deletes_take_the_fewest_round_trips() {
    let (sim, client) = slow_tenant().await;
    make(&client, Duration::ZERO, AT_ONCE).await;
    let ids = |sim: &Sim| sim.groups().into_iter().map(|group| group.id.parse::<Guid>().expect("a GUID"));
    let rows = |sim: &Sim, most: usize, writes: usize, what: &str| {
        let journal = sim.journal();
        assert!(in_a_row(journal.iter()) <= most, "{what}\n{journal}");
        assert!(journal.len() <= writes + most + 2, "{what}\n{journal}");
        sim.clear_journal();
    };
    sim.clear_journal();
    let rename = |id: Guid| {
        let client = client.clone();
        async move {
            let change = GroupUpdate { alias: Some(format!("New {id}")), ..GroupUpdate::default() };
            drop(client.update_group(&id, &change).await.expect("renamed"));
        }
    };
    as_terraform(Duration::ZERO, ids(&sim).collect(), rename).await;
    rows(&sim, 3, AT_ONCE, "a look, since an update holds all that is to stay, the update, the result");
    let delete = |id: Guid| {
        let client = client.clone();
        async move { client.delete_group(&id).await.expect("deleted") }
    };
    as_terraform(Duration::ZERO, ids(&sim).collect(), delete).await;
    rows(&sim, 2, AT_ONCE, "the delete, and a list that confirms it");

    let invite = |number: usize| {
        let client = client.clone();
        let invite = Invite { email: format!("person-{number}@example.com"), role: WorkspaceRole::Member };
        async move { drop(client.invite(&invite).await.expect("invited")) }
    };
    as_terraform(Duration::ZERO, (0..AT_ONCE).collect(), invite).await;
    sim.clear_journal();
    as_terraform(Duration::ZERO, (AT_ONCE..2 * AT_ONCE).collect(), invite).await;
    rows(&sim, 2, 1, "the invitations, and their people");
    let people: Vec<Guid> =
        sim.users().iter().skip(1).take(AT_ONCE).map(|user| user.id.parse().expect("a GUID")).collect();
    let change = |role: WorkspaceRole| {
        let client = &client;
        move |id: Guid| {
            let client = client.clone();
            async move { drop(client.change_role(&id, role).await.expect("changed")) }
        }
    };
    as_terraform(Duration::ZERO, people.clone(), change(WorkspaceRole::Guest)).await;
    rows(&sim, 5, AT_ONCE, "a look, who the caller is (two requests, once a run), the change, the result");
    as_terraform(Duration::ZERO, people, change(WorkspaceRole::Member)).await;
    rows(&sim, 3, AT_ONCE, "a look, the change, the result");
}

#[tokio::test]
async fn a_long_stream_of_invitations_stays_in_waves_of_ten_when_the_list_grows_old() {
    let options = Options { latency: Duration::from_millis(50), ..Options::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    let client = client(&sim, |config| config.sharing.people_recent = Duration::from_secs(2));
    let invite = |number: usize| {
        let client = client.clone();
        let invite = Invite { email: format!("person-{number}@example.com"), role: WorkspaceRole::Member };
        async move { drop(client.invite(&invite).await.expect("invited")) }
    };
    let count = 300;
    as_terraform(Duration::from_millis(8), (0..count).collect(), invite).await;
    let journal = sim.journal();
    assert_eq!(sim.mails().len(), count);
    // 30 where the machine does nothing else, and 70 if batches do not wait for the calls that follow.
    let posts = journal.count("POST", USERS);
    assert!(posts <= 45, "{posts} POST\n{journal}");
    // One finds the people of a batch. The list that proves absence is read again every two seconds, by page; without that,
    // another would precede each batch.
    let look_ups =
        journal.on("GET", USERS).into_iter().filter(|entry| entry.parameter("filter").is_some()).count();
    assert!(look_ups * 2 <= posts * 3, "{look_ups} look-ups for {posts} POST\n{journal}");
}

/// Waits until a create of this group has taken effect, or at least arrived.
async fn posted(sim: &Sim, number: usize, applied: bool) {
    let name = format!("\"g{number}\"");
    let is_it = |entry: &Entry| {
        entry.fits("POST", GROUPS)
            && entry.applied == applied
            && entry.body.as_ref().is_some_and(|body| body.to_string().contains(&name))
    };
    sim.until(|entries| entries.iter().any(is_it).then_some(())).await;
}

#[tokio::test]
async fn a_look_up_answers_creates_that_are_still_in_flight_if_it_shows_their_groups() {
    for (moment, reads) in [(Moment::After, 1), (Moment::Before, 2)] {
        let (sim, client) = tenant().await;
        // Reads the list, which answers the looks of the others.
        make(&client, Duration::ZERO, 1).await;
        sim.clear_journal();
        let held = Rule { hold: Some(moment), ..Rule::on("POST", GROUPS).body_has("\"g1\"") };
        sim.fault(held).expect("a rule");
        let slow = tokio::spawn({
            let client = client.clone();
            async move { client.create_group(&group(1)).await }
        });
        posted(&sim, 1, moment == Moment::After).await;
        let quick = client.create_group(&group(2)).await.expect("made, without waiting for the other");
        assert_eq!(sim.journal().count("GET", LIST), 1, "{moment:?}");
        sim.set_faults(Vec::new()).expect("no rule");
        let slow = slow.await.expect("no panic").expect("made");
        assert_eq!((slow.name.as_str(), quick.name.as_str()), ("g1", "g2"));
        assert!(slow.created_by.is_some(), "{moment:?}: as the server shows it");
        assert_eq!(sim.journal().count("GET", LIST), reads, "{moment:?}: {}", sim.journal());
        assert_eq!(sim.journal().count("POST", GROUPS), 2, "{moment:?}");
    }
}

#[tokio::test]
async fn a_look_up_may_leave_before_any_create_is_answered() {
    // One read, or two where the creates did not leave at about the same time. Where it shows nothing, each is read again.
    for (moment, reads) in [(Moment::After, 1..=2), (Moment::Before, 2..=4)] {
        let (sim, client) = slow_tenant().await;
        // Tells how long a create takes, and that the filter works.
        make(&client, Duration::ZERO, AT_ONCE).await;
        sim.clear_journal();
        sim.fault(Rule { hold: Some(moment), ..Rule::on("POST", GROUPS) }).expect("a rule");
        let mut creates = JoinSet::new();
        for number in AT_ONCE..AT_ONCE + 9 {
            let client = client.clone();
            creates.spawn(async move { client.create_group(&group(number)).await });
        }
        let is_read = |entry: &Entry| entry.fits("GET", LIST) && entry.elapsed_ms.is_some();
        let read = sim.until(|entries| entries.iter().any(is_read).then_some(()));
        tokio::time::timeout(Duration::from_secs(10), read).await.expect("no create is answered before it");
        sim.set_faults(Vec::new()).expect("no rule");
        while let Some(made) = creates.join_next().await {
            let made = made.expect("no panic").expect("made");
            assert!(made.created_by.is_some(), "{moment:?}: as the server shows it");
        }
        let journal = sim.journal();
        assert!(reads.contains(&journal.count("GET", LIST)), "{moment:?}: {journal}");
        assert_eq!(journal.count("POST", GROUPS), 9, "{moment:?}");
    }
}

#[tokio::test]
async fn creates_are_read_ahead_while_a_read_of_as_many_others_is_under_way() {
    let (sim, client) = slow_tenant().await;
    // Tells how long a create takes, and that the filter works.
    make(&client, Duration::ZERO, AT_ONCE).await;
    let create = |calls: &mut JoinSet<()>, numbers: std::ops::Range<usize>| {
        for number in numbers {
            let client = client.clone();
            calls.spawn(async move { drop(client.create_group(&group(number)).await.expect("made")) });
        }
    };
    // Waits until reads that have not been answered ask for all of these.
    let asked = async |mut numbers: std::ops::Range<usize>| {
        let asks = |entry: &Entry, number: usize| {
            let filter = entry.parameter("filter").unwrap_or_default();
            entry.fits("GET", LIST) && filter.contains(&format!("\"g{number}\""))
        };
        let all = |entries: &[Entry]| {
            numbers.clone().all(|number| entries.iter().any(|entry| asks(entry, number))).then_some(())
        };
        let read = tokio::time::timeout(Duration::from_secs(10), sim.until(all)).await;
        assert!(read.is_ok(), "{:?}\n{}", numbers.next(), sim.journal());
    };
    let mut calls = JoinSet::new();
    sim.clear_journal();
    let reads = sim.hold("GET", LIST, Moment::Before);
    create(&mut calls, AT_ONCE..AT_ONCE + 5);
    asked(AT_ONCE..AT_ONCE + 5).await;
    let writes = sim.hold("POST", GROUPS, Moment::Before);
    create(&mut calls, AT_ONCE + 5..2 * AT_ONCE);
    // None of these is answered before.
    asked(AT_ONCE + 5..2 * AT_ONCE).await;
    writes.release();
    reads.release();
    calls.join_all().await;
    assert_eq!(sim.journal().count("POST", GROUPS), AT_ONCE);
}

#[tokio::test]
async fn a_look_for_invitations_may_leave_before_they_are_answered() {
    for (moment, reads) in [(Moment::After, 1), (Moment::Before, 2)] {
        let (sim, client) = slow_tenant().await;
        let invite = |number: usize| {
            let client = client.clone();
            let invite =
                Invite { email: format!("person-{number}@example.com"), role: WorkspaceRole::Member };
            async move { client.invite(&invite).await.map(|user| user.email) }
        };
        // Tells how long an invitation takes, and reads the list that proves absence.
        invite(0).await.expect("invited");
        let mut first = JoinSet::new();
        (1..6).for_each(|number| drop(first.spawn(invite(number))));
        first.join_all().await;
        sim.clear_journal();
        sim.fault(Rule { hold: Some(moment), ..Rule::on("POST", USERS) }).expect("a rule");
        let mut calls = JoinSet::new();
        (6..9).for_each(|number| drop(calls.spawn(invite(number))));
        let is_read = |entry: &Entry| entry.fits("GET", USERS) && entry.elapsed_ms.is_some();
        let read = sim.until(|entries| entries.iter().any(is_read).then_some(()));
        tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .expect("no invitation is answered before it");
        sim.set_faults(Vec::new()).expect("no rule");
        for called in calls.join_all().await {
            called.expect("invited");
        }
        let journal = sim.journal();
        assert_eq!(journal.count("GET", USERS), reads, "{moment:?}: {journal}");
        assert_eq!((journal.count("POST", USERS), sim.mails().len()), (1, 9), "{moment:?}");
    }
}

#[tokio::test]
async fn what_another_group_shows_under_the_name_is_not_taken_for_ours() {
    let (sim, client) = tenant().await;
    make(&client, Duration::ZERO, 1).await;
    sim.set(json!({ "group_visible_after_ms": 200 })).expect("a switch");
    let foreign = json!({ "id": "0f5d0f8e-0000-4000-8000-000000000000", "name": "g1", "path": "/g1" });
    let page = json!({ "totalRecord": 3, "filterRecord": 1, "records": [foreign] });
    sim.fault(Rule { body: Some(page), ..Rule::on("GET", LIST).status(200).times(1) }).expect("a rule");
    let made = client.create_group(&group(1)).await.expect("made");
    assert!(sim.groups().iter().any(|group| group.name == "g1" && group.id == made.id.as_str()));
    assert!(made.created_by.is_some(), "as the server shows it");
}

#[tokio::test]
async fn a_read_after_a_write_does_not_wait_for_the_read_of_another() {
    let (sim, client) = tenant().await;
    make(&client, Duration::ZERO, 1).await;
    sim.clear_journal();
    let hold = sim.hold("GET", LIST, Moment::Before);
    let mut creates = JoinSet::new();
    for number in 1..=3 {
        let client = client.clone();
        creates.spawn(async move { client.create_group(&group(number)).await });
        let read = sim.arrived_times("GET", LIST, number);
        tokio::time::timeout(Duration::from_secs(2), read).await.expect("its own read has left");
    }
    hold.release();
    while let Some(create) = creates.join_next().await {
        create.expect("no panic").expect("made");
    }
}
