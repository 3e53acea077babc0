//! Lists, read to their end.

use std::collections::HashSet;

use atlan::{Error, ReadMode};
use atlan_sim::{Options, Rule, Sim};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn reading_ends_with_the_last_page() {
    // One admin is there already: page - 1, page, page + 1, and two full pages.
    for (people, requests) in [(98, 1), (99, 1), (100, 2), (199, 2)] {
        let sim = Sim::start(Options { users: people, ..Options::default() }).await.expect("a simulator");
        let client = client(&sim, |_| {});
        let users = client.users().await.expect("read");
        let ids: HashSet<_> = users.iter().map(|user| user.id.clone()).collect();
        assert_eq!((users.len(), ids.len()), (people + 1, people + 1));
        assert_eq!(sim.journal().len(), requests, "{people}");
    }
}

#[tokio::test]
async fn a_server_with_smaller_pages_loses_nobody() {
    for over in ["clamp", "bad_request"] {
        let sim = Sim::start(Options { users: 70, page_limit: 30, ..Options::default() })
            .await
            .expect("a simulator");
        sim.set(json!({ "limit_over_max": over })).expect("a switch");
        let client = client(&sim, |_| {});
        assert_eq!(client.users().await.expect("read").len(), 71, "{over}");
        sim.clear_journal();
        assert_eq!(client.users().await.expect("read").len(), 71, "{over}");
        let refused = sim.journal().iter().filter(|entry| entry.status == Some(400)).count();
        assert_eq!(refused, 0, "{over}: the page size is remembered");
    }
}

#[tokio::test]
async fn only_the_columns_used_are_asked_for() {
    let (sim, client) = tenant().await;
    client.users().await.expect("read");
    client.groups().await.expect("read");
    let journal = sim.journal();
    for column in ["personas", "roles", "userCount"] {
        assert!(journal.iter().all(|entry| !entry.query.contains(column)), "{column}");
    }
    let names_columns = |path: &str| {
        journal.iter().find(|entry| entry.fits("GET", path)).map(|entry| entry.query.contains("columns="))
    };
    assert_eq!(names_columns(USERS), Some(true), "lists without columns may lack addresses");
    assert_eq!(names_columns("/api/service/v2/groups"), Some(false), "as Atlan's SDKs read groups");
    assert!(journal.iter().all(|entry| entry.query.len() < 500));
}

#[tokio::test]
async fn many_addresses_take_few_requests() {
    let sim = Sim::start(Options { users: 300, ..Options::default() }).await.expect("a simulator");
    let client = client(&sim, |_| {});
    let emails: Vec<String> = sim.users().into_iter().map(|user| user.email).collect();
    let mut reads = tokio::task::JoinSet::new();
    for email in emails {
        let client = client.clone();
        reads.spawn(async move { client.user_by_email(&email).await });
    }
    let found = reads.join_all().await;
    assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))), "{found:?}");
    let journal = sim.journal();
    assert!(journal.len() <= 8, "{}", journal.len());
    assert!(journal.iter().all(|entry| entry.query.len() < 4000));
}

#[tokio::test]
async fn names_are_compared_exactly_whatever_the_filter_finds() {
    let (_sim, client) = tenant().await;
    for (name, alias) in [("a_b", "100% A_B"), ("axb", "100% AxB"), ("a", r#"quote " and \ "#)] {
        let group = atlan::NewGroup { name: name.into(), alias: alias.into(), ..stewards() };
        client.create_group(&group).await.expect("created");
    }
    for alias in ["100% A_B", "100% AxB", r#"quote " and \ "#] {
        let found = client.groups_by_alias(alias).await.expect("read");
        assert_eq!(found.iter().map(|group| group.alias.as_str()).collect::<Vec<_>>(), [alias]);
    }
    assert_eq!(client.group_by_name("A_B").await.expect("read"), None);
}

#[tokio::test]
async fn a_strange_record_neither_makes_a_list_unreadable_nor_a_person_absent() {
    for kind in ["odd_id", "no_enabled", "no_email", "nulls"] {
        for over in [0, 150] {
            let sim = Sim::start(Options { users: over, groups: 3, ..Options::default() })
                .await
                .expect("a simulator");
            sim.set(json!({ "foreign_records": kind })).expect("a switch");
            let client = client(&sim, |_| {});
            assert_eq!(client.users().await.expect(kind).len(), sim.users().len(), "{kind}");
            client.groups().await.expect(kind);
            let client = self::client(&sim, |config| config.read_mode = ReadMode::Snapshot);
            let user = client.invite(&ada()).await.expect(kind);
            assert_eq!(client.user(&user.id).await.expect(kind).map(|user| user.id), Some(user.id), "{kind}");
            assert_eq!(client.user_by_email("nobody@example.com").await.expect(kind), None, "{kind}");
            client.create_group(&stewards()).await.expect(kind);
        }
    }
}

#[tokio::test]
async fn a_record_that_may_be_the_one_looked_for_makes_the_answer_unreadable() {
    let bare = json!({ "id": "f:d1f0:ada", "enabled": true });
    let other = json!({ "id": "f:d1f0:ada", "email": "adam@example.com" });
    let same = json!({ "id": "f:d1f0:ada", "email": "ADA@example.com" });
    let broken = json!({ "id": "a-guid", "email": "x@example.com" });
    for (record, by_email, by_id) in [
        (bare, Err(()), Ok(None)),
        (other, Ok(None), Ok(None)),
        (same, Err(()), Ok(None)),
        (broken, Ok(None), Err(())),
    ] {
        let (sim, client) = tenant().await;
        let body = json!({ "totalRecord": 9, "filterRecord": 1, "records": [record] });
        sim.fault(Rule { body: Some(body), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
        let read = |result: Result<Option<atlan::User>, Error>| match result {
            Err(Error::Unreadable { .. }) => Err(()),
            result => Ok(result.expect("readable")),
        };
        assert_eq!(read(client.user_by_email("ada@example.com").await), by_email, "{record}");
        assert_eq!(read(client.user(&"a-guid".parse().expect("a GUID")).await), by_id, "{record}");
        let invited = client.invite(&ada()).await;
        if by_email.is_err() {
            assert!(matches!(invited, Err(Error::Unreadable { .. })), "{record}: {invited:?}");
            assert_eq!(sim.mails().len(), 0, "{record}: nobody is invited who may be there");
        }
    }
}

#[tokio::test]
async fn a_server_that_refuses_a_column_is_read_without_it() {
    for over in ["clamp", "bad_request"] {
        let sim = Sim::start(Options { users: 70, page_limit: 30, ..Options::default() })
            .await
            .expect("a simulator");
        sim.set(json!({ "limit_over_max": over, "column_unknown": "bad_request" })).expect("switches");
        sim.admit("eve@example.com", "$guest", true).expect("a newcomer");
        let client = client(&sim, |_| {});
        let users = client.users().await.expect("read");
        assert_eq!(users.len(), 72, "{over}");
        assert!(users.iter().all(|user| user.is_scim.is_none()), "{over}: not told");
        let refused = sim.journal().iter().filter(|entry| entry.status == Some(400)).count();
        assert!(refused <= 3, "{over}: what the server takes is remembered: {}", sim.journal());
        sim.clear_journal();
        client.user_by_email("nobody@example.com").await.expect("read");
        assert_eq!(sim.journal().iter().filter(|entry| entry.status == Some(400)).count(), 0, "{over}");
    }
    // Where the column is taken, a refused filter is not tried without it.
    let (sim, client) = tenant().await;
    sim.admit("eve@example.com", "$guest", true).expect("a newcomer");
    let eve = client.user_by_email("eve@example.com").await.expect("read").expect("somebody");
    assert_eq!((eve.is_scim, eve.first_name.as_deref()), (Some(true), Some("Eve")));
    assert!(eve.last_login_at.is_some());
    sim.fault(Rule::on("GET", USERS).status(400)).expect("a rule");
    sim.clear_journal();
    client.users_by_username("eve").await.expect_err("refused");
    assert_eq!(sim.journal().len(), 2, "{}", sim.journal());
}

#[tokio::test]
async fn two_people_of_one_address_are_both_known() {
    for mode in [ReadMode::Single, ReadMode::Auto, ReadMode::Snapshot] {
        let sim = Sim::start(Options { users: 3, ..Options::default() }).await.expect("a simulator");
        sim.set(json!({ "email_case": "preserve" })).expect("a switch");
        sim.admit("Ada@example.com", "$guest", false).expect("a newcomer");
        sim.admit("ada@example.com", "$member", false).expect("another");
        let client = client(&sim, |config| config.read_mode = mode);
        client.user_by_email("ADA@example.com").await.expect("read").expect("somebody");
        let mut ids: Vec<String> =
            client.users_with_email("ADA@example.com").iter().map(|id| id.as_str().to_owned()).collect();
        let mut expected: Vec<String> = sim
            .users()
            .into_iter()
            .filter(|user| user.email.eq_ignore_ascii_case("ada@example.com"))
            .map(|user| user.id)
            .collect();
        ids.sort();
        expected.sort();
        assert_eq!((ids.len(), &ids), (2, &expected), "{mode:?}");
        let eve = sim.users().into_iter().next().expect("somebody").email;
        client.user_by_email(&eve).await.expect("read").expect("somebody");
        assert!(client.users_with_email(&eve).is_empty(), "{mode:?}");
    }
}
