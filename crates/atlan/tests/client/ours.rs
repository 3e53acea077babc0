//! A person or group that is found after an attempt with an unknown outcome: whether that attempt made it.

use std::time::Duration;

use atlan::{Client, Credentials, Error, Existing, Invite, NewGroup, Secret, Timestamp, WorkspaceRole};
use atlan_sim::{Moment, Rule};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn an_unknown_outcome_says_since_when_it_may_have_taken_effect() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    sim.fault(Rule::on("POST", USERS).drop(Moment::Before)).expect("a rule");
    let before = Timestamp::now();
    let error = client.invite(&ada()).await.expect_err("never answered");
    let Error::OutcomeUnknown { since: Some(since), .. } = error else { panic!("{}", story(&error)) };
    // A `Date` holds whole seconds, rounded down.
    assert!(since >= before - Duration::from_secs(1) && since <= Timestamp::now(), "{before} {since}");

    sim.set_faults(vec![Rule::on("POST", GROUPS).drop(Moment::Before)]).expect("a rule");
    let error = client.create_group(&stewards()).await.expect_err("never answered");
    let Error::OutcomeUnknown { since: Some(of_group), .. } = error else { panic!("{}", story(&error)) };
    assert!(of_group >= since - Duration::from_secs(1), "{since} {of_group}");
}

#[tokio::test]
async fn a_person_is_ours_if_the_record_names_us_and_a_time_since_the_attempt() {
    let (sim, client) = tenant().await;
    let (client_id, secret) = sim.oauth_client();
    let credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
    let colleague = Client::new(atlan::Config { credentials, ..config(&sim) }).expect("good settings");
    let before = Timestamp::now();
    let hour = Duration::from_secs(3600);

    let user = client.invite(&ada()).await.expect("invited");
    let asked = async |user: &atlan::User, since| client.invited_by_us(user, since).await.expect("known");
    assert!(asked(&user, Some(before)).await);
    assert!(asked(&user, Some(before - hour)).await);
    assert!(asked(&user, Some(before + Duration::from_secs(5))).await, "clocks differ by some seconds");
    assert!(!asked(&user, Some(before + hour)).await, "invited long before the attempt");
    assert!(asked(&user, None).await, "when is unknown: who decides");

    let bob = Invite { email: "bob@example.com".into(), ..ada() };
    let theirs = colleague.invite(&bob).await.expect("invited");
    assert!(!asked(&theirs, Some(before)).await && !asked(&theirs, None).await, "{theirs:?}");

    let silent = |change: fn(&mut atlan::User)| {
        let mut user = user.clone();
        change(&mut user);
        user
    };
    let nobody = silent(|user| user.invited_by = None);
    assert!(!asked(&nobody, Some(before)).await && !asked(&nobody, None).await, "nobody is named");
    let never = silent(|user| user.invited_at = None);
    assert!(!asked(&never, Some(before)).await, "no time is named");
    let odd = silent(|user| user.invited_at = Some("yesterday".into()));
    assert!(!asked(&odd, Some(before)).await, "an unreadable time is none");
}

/// Invites people at the same time, after the roles have been read, which every call needs.
async fn together(client: &Client, names: &[&str]) -> Vec<Result<atlan::User, Error>> {
    client.role_by_name(WorkspaceRole::Member).await.expect("a role");
    let calls: Vec<_> = names
        .iter()
        .map(|name| {
            let (client, invite) = (client.clone(), Invite { email: format!("{name}@example.com"), ..ada() });
            tokio::spawn(async move { client.invite(&invite).await })
        })
        .collect();
    let mut results = Vec::new();
    for call in calls {
        results.push(call.await.expect("no panic"));
    }
    results
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

#[tokio::test]
async fn a_pause_that_is_too_long_splits_no_batch() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("POST", USERS).status(503).retry_after(3600)).expect("a rule");
    for result in together(&client, &NAMES).await {
        let error = result.expect_err("busy");
        assert_eq!(error.status(), Some(503), "{}", story(&error));
    }
    // The first entry may be sent alone.
    assert!(sim.journal().count("POST", USERS) <= 2, "{}", sim.journal());
}

#[tokio::test]
async fn one_entry_that_the_server_fails_on_blocks_no_other() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    sim.fault(Rule::on("POST", USERS).body_has("\"d@example.com\"").status(500)).expect("a rule");
    for (name, result) in NAMES.iter().zip(together(&client, &NAMES).await) {
        match result {
            Err(Error::OutcomeUnknown { .. }) => assert_eq!(*name, "d"),
            Ok(user) => assert_eq!(user.email, format!("{name}@example.com")),
            Err(error) => panic!("{name}: {}", story(&error)),
        }
    }
    assert_eq!(sim.mails().len(), NAMES.len() - 1);
}

#[tokio::test]
async fn after_a_503_a_late_effect_is_waited_for_as_long_as_a_request_may_take() {
    let (sim, _) = tenant().await;
    sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
    let client = client(&sim, |config| {
        config.request_timeout = Duration::from_millis(600);
        config.timing.settle = Duration::from_millis(20);
    });
    let late = Duration::from_millis(300);
    sim.fault(Rule::on("POST", USERS).status(503).late(late).times(1)).expect("a rule");
    client.invite(&ada()).await.expect("invited");
    sim.idle().await;
    assert_eq!((sim.mails().len(), sim.journal().count("POST", USERS)), (1, 1), "{}", sim.journal());
}

#[tokio::test]
async fn a_colleague_s_invitation_is_not_taken_for_a_lost_one_of_ours() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    let (client_id, secret) = sim.oauth_client();
    let credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
    let colleague = Client::new(atlan::Config { credentials, ..config(&sim) }).expect("good settings");
    let lost = Rule { hold: Some(Moment::Before), ..Rule::on("POST", USERS).drop(Moment::Before).times(1) };
    sim.fault(lost).expect("a rule");
    let call = tokio::spawn(async move { client.invite(&ada()).await });
    sim.arrived("POST", USERS).await;
    colleague.invite(&Invite { role: WorkspaceRole::Admin, ..ada() }).await.expect("invited");
    sim.set_faults(Vec::new()).expect("released");
    let result = call.await.expect("no panic");
    let Err(Error::AlreadyExists(Existing::User(user))) = result else { panic!("{result:?}") };
    assert_eq!(user.role, Some(WorkspaceRole::Admin));
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn a_colleague_s_group_is_not_taken_for_a_lost_one_of_ours() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    let (client_id, secret) = sim.oauth_client();
    let credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
    let colleague = Client::new(atlan::Config { credentials, ..config(&sim) }).expect("good settings");
    let before = Timestamp::now();
    let lost = Rule { hold: Some(Moment::Before), ..Rule::on("POST", GROUPS).drop(Moment::Before).times(1) };
    sim.fault(lost).expect("a rule");
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.create_group(&stewards()).await }
    });
    sim.arrived("POST", GROUPS).await;
    let theirs = colleague.create_group(&stewards()).await.expect("made");
    sim.set_faults(Vec::new()).expect("released");
    let result = call.await.expect("no panic");
    let Err(Error::AlreadyExists(Existing::Group(group))) = result else { panic!("{result:?}") };
    assert_eq!(group.id, theirs.id);
    // A later client is told the same.
    assert!(!client.created_by_us(&group, Some(before)).await.expect("known"));
    assert!(!client.created_by_us(&group, None).await.expect("known"));
    assert!(colleague.created_by_us(&group, Some(before)).await.expect("known"));
    assert!(!colleague.created_by_us(&group, Some(before + Duration::from_secs(60))).await.expect("known"));
}

#[tokio::test]
async fn a_colleague_s_group_in_the_answer_of_a_create_is_not_ours() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "group_name_taken": "existing" })).expect("a switch");
    let (client_id, secret) = sim.oauth_client();
    let credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret) };
    let colleague = Client::new(atlan::Config { credentials, ..config(&sim) }).expect("good settings");
    let held = Rule { hold: Some(Moment::Before), ..Rule::on("POST", GROUPS).times(1) };
    sim.fault(held).expect("a rule");
    let call = tokio::spawn(async move { client.create_group(&stewards()).await });
    sim.arrived("POST", GROUPS).await;
    let new = NewGroup { alias: "Theirs".to_owned(), ..stewards() };
    let theirs = colleague.create_group(&new).await.expect("made");
    sim.set_faults(Vec::new()).expect("released");
    let result = call.await.expect("no panic");
    let Err(Error::AlreadyExists(Existing::Group(group))) = result else { panic!("{result:?}") };
    assert_eq!((&group.id, group.alias.as_str()), (&theirs.id, "Theirs"));
}

#[tokio::test]
async fn a_group_that_shows_after_a_lost_answer_is_ours_by_its_record() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    sim.fault(Rule::on("POST", GROUPS).drop(Moment::After).times(1)).expect("a rule");
    let group = client.create_group(&stewards()).await.expect("made");
    assert_eq!(group.id.as_str(), sim.groups()[0].id);
    assert!(client.created_by_us(&group, Some(Timestamp::now())).await.expect("known"));
    let nobody = {
        let mut group = group;
        group.created_by = None;
        group
    };
    assert!(!client.created_by_us(&nobody, None).await.expect("known"), "nobody is named");
}

#[tokio::test]
async fn after_an_unknown_outcome_a_group_counts_as_absent_only_after_the_time_a_request_may_take() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.request_timeout = Duration::from_millis(100);
        config.timing.absent_at_least = Duration::from_millis(400);
    });
    let start = tokio::time::Instant::now();
    assert_eq!(client.group_after_unknown("data_stewards").await.expect("read"), None);
    assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    let cancel = tokio_util::sync::CancellationToken::new();
    let made = client.create_group(&stewards()).await.expect("made");
    assert_eq!(client.group_after_unknown("data_stewards").await.expect("read"), Some(made));
    cancel.cancel();
    let error = client.within(None, cancel).group_after_unknown("other").await.expect_err("cancelled");
    assert!(matches!(error, Error::Stopped { .. }), "{}", story(&error));
}

/// Whoever asked for the invitation sets it right, once nothing can lose the person any more.
#[tokio::test]
async fn an_invitee_comes_with_the_role_that_the_list_shows() {
    for shown in [WorkspaceRole::Guest, WorkspaceRole::Admin] {
        let (sim, client) = tenant().await;
        let other = crate::support::client(&sim, |_| {});
        let hold = sim.hold("POST", USERS, Moment::After);
        let email = ada().email;
        let call = tokio::spawn(async move { client.invite(&ada()).await });
        let id = sim.until(|_| sim.user(&email).map(|user| user.id)).await;
        other.change_role(&id.parse().expect("a GUID"), shown).await.expect("changed");
        hold.release();
        let user = call.await.expect("no panic").expect("invited");
        assert_eq!((user.role, user.id.as_str()), (Some(shown), id.as_str()));
    }
}
