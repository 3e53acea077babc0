//! Invitations, never twice.

use std::time::Duration;

use atlan::{Client, Error, Existing, Invite, UserStatus, WorkspaceRole};
use atlan_sim::{Moment, Rule, Sim};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::*;

#[tokio::test]
async fn an_invitation_is_sent_once_and_found_by_address() {
    let (sim, client) = tenant().await;
    let user = client.invite(&Invite { email: " Ada@Example.COM".into(), ..ada() }).await.expect("invited");
    assert_eq!((user.email.as_str(), user.status), ("ada@example.com", UserStatus::Pending));
    assert_eq!((user.role, user.username.as_deref()), (Some(WorkspaceRole::Member), Some("ada")));
    assert!(user.invited_at.is_some() && user.invited_by.is_some(), "{user:?}");
    assert_eq!(user.id.as_str(), sim.users()[1].id);
    let journal = sim.journal();
    let role_id = client.role_by_name(WorkspaceRole::Member).await.expect("a role").id;
    assert_eq!(
        journal.writes()[0].body,
        Some(json!({ "users": [{ "email": "ada@example.com", "roleName": "$member", "roleId": role_id }] }))
    );
    assert_eq!(journal.len(), 4, "roles, a look, the invitation, a look: {journal}");
    assert_eq!(sim.mails_to("ada@example.com"), 1);
}

#[tokio::test]
async fn a_person_who_exists_is_named_and_gets_no_mail() {
    let (sim, client) = tenant().await;
    let user = client.invite(&ada()).await.expect("invited");
    sim.clear_journal();
    match client.invite(&Invite { email: "ADA@example.com".into(), ..ada() }).await {
        Err(Error::AlreadyExists(Existing::User(existing))) => assert_eq!(*existing, user),
        other => panic!("{other:?}"),
    }
    assert_eq!(sim.journal().writes().len(), 0);
    assert_eq!(sim.mails_to("ada@example.com"), 1);
}

#[tokio::test]
async fn a_person_whose_address_contains_the_wanted_one_is_not_taken_for_it() {
    let (sim, client) = tenant().await;
    client.invite(&Invite { email: "granada@example.com".into(), ..ada() }).await.expect("invited");
    assert_eq!(client.user_by_email("ada@example.com").await.expect("read"), None);
    client.invite(&ada()).await.expect("invited");
    client.invite(&Invite { email: "a_a@example.com".into(), ..ada() }).await.expect("`_` is no wildcard");
    assert_eq!(sim.mails().len(), 3);
}

/// Invites through a fault that hits the first POST, and returns what came of it.
async fn through(rule: Rule) -> (Sim, Result<atlan::User, Error>) {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    sim.fault(rule.times(1)).expect("a rule");
    let result = client.invite(&ada()).await;
    (sim, result)
}

#[tokio::test]
async fn a_lost_answer_mails_nobody_twice() {
    let post = || Rule::on("POST", USERS);
    let late = Duration::from_millis(120);
    let rules = [
        ("dropped before", post().drop(Moment::Before), 2),
        ("dropped after", post().drop(Moment::After), 1),
        ("500 without effect", post().status(500), 2),
        ("500 with effect", post().status(500).applied(), 1),
        ("502 with effect", post().status(502).applied(), 1),
        ("504 with effect", post().status(504).applied(), 1),
        ("429", post().status(429), 2),
        ("503 without effect", post().status(503), 2),
        ("503 with effect", post().status(503).applied(), 1),
        ("dropped, late effect", post().drop(Moment::Before).late(late), 1),
        ("504, late effect", post().status(504).late(late), 1),
        ("HTML in place of an answer", Rule { html: true, ..post().status(200).applied() }, 1),
        (
            "answer cut off",
            Rule { body: Some(json!({ "a": "b" })), ..post().status(200).applied().truncate(4) },
            1,
        ),
    ];
    for (what, rule, posts) in rules {
        let (sim, result) = through(rule).await;
        let user = result.unwrap_or_else(|error| panic!("{what}: {}", story(&error)));
        assert_eq!(user.id.as_str(), sim.users()[1].id, "{what}");
        assert_eq!(sim.mails_to("ada@example.com"), 1, "{what}");
        assert_eq!(sim.journal().count("POST", USERS), posts, "{what}: {}", sim.journal());
    }
}

#[tokio::test]
async fn an_answer_after_the_time_out_counts_as_lost() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    let hold = sim.hold("POST", USERS, Moment::After);
    let user = client.invite(&ada()).await.expect("found by address");
    assert_eq!(user.email, "ada@example.com");
    assert_eq!((sim.mails().len(), sim.journal().count("POST", USERS)), (1, 1));
    hold.release();
}

#[tokio::test]
async fn an_invitation_is_sent_again_at_most_once() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    sim.fault(Rule::on("POST", USERS).drop(Moment::Before)).expect("a rule");
    let error = client.invite(&ada()).await.expect_err("never answered");
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    assert!(story(&error).contains("whether ada@example.com was invited"), "{}", story(&error));
    assert_eq!(sim.journal().count("POST", USERS), 2);
}

#[tokio::test]
async fn an_invitation_is_sent_again_only_after_the_time_a_request_may_take() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.request_timeout = Duration::from_millis(50);
        config.timing.absent_at_least = Duration::from_millis(400);
    });
    sim.fault(Rule::on("POST", USERS).drop(Moment::Before).times(1)).expect("a rule");
    let start = Instant::now();
    client.invite(&ada()).await.expect("invited at last");
    assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    let looks = sim.journal().count("GET", USERS);
    assert!(looks > 5, "it is looked for all that time: {looks}");
}

#[tokio::test]
async fn without_retries_nothing_is_sent_again() {
    for rule in [Rule::on("POST", USERS).drop(Moment::Before), Rule::on("POST", USERS).status(503)] {
        let (sim, _) = tenant().await;
        let client = client(&sim, |config| {
            config.max_retries = 0;
            config.request_timeout = Duration::from_millis(200);
        });
        sim.fault(rule).expect("a rule");
        let error = client.invite(&ada()).await.expect_err("no second try");
        assert_eq!(sim.journal().count("POST", USERS), 1, "{error}");
    }
}

#[tokio::test]
async fn a_conflict_after_a_lost_answer_is_caused_by_our_own_invitation() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    // Shows only after the second POST was refused because of the first.
    sim.set(json!({ "invite_visible_after_ms": 450 })).expect("a switch");
    sim.fault(Rule::on("POST", USERS).drop(Moment::After).times(1)).expect("a rule");
    client.invite(&ada()).await.expect("found");
    assert_eq!(sim.mails_to("ada@example.com"), 1);
}

#[tokio::test]
async fn a_person_who_shows_late_is_waited_for() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "invite_visible_after_ms": 400 })).expect("a switch");
    client.invite(&ada()).await.expect("found at last");
    assert_eq!((sim.mails().len(), sim.journal().count("POST", USERS)), (1, 1));
    assert!(client.waited().other > Duration::from_millis(200), "{:?}", client.waited());
}

#[tokio::test]
async fn an_entry_dropped_in_silence_is_an_unknown_outcome() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "invite_batch": "per_entry" })).expect("a switch");
    let deadline = Instant::now() + Duration::from_millis(300);
    let client = client.within(Some(deadline), CancellationToken::new());
    let error = client.invite(&Invite { email: "x@yopmail.com".into(), ..ada() }).await.expect_err("dropped");
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
    assert!(error.to_string().contains("Atlan accepted the invitation"), "{error}");
    assert_eq!(sim.journal().count("POST", USERS), 1);
}

#[tokio::test]
async fn a_refused_invitation_quotes_the_message_of_atlan() {
    let (sim, client) = tenant().await;
    let error =
        client.invite(&Invite { email: "a+b@example.com".into(), ..ada() }).await.expect_err("refused");
    assert_eq!(error.status(), Some(400));
    assert!(error.refusal().and_then(|refusal| refusal.message.as_ref()).is_some(), "{error}");
    sim.set(json!({ "sso_enforced": true })).expect("a switch");
    let error = client.invite(&ada()).await.expect_err("refused");
    assert!(error.is_sso_refusal(), "{error}");
    assert_eq!(sim.mails().len(), 0);
}

/// Starts an invitation in the background and stops it when its POST is under way.
async fn stopped_during_post(
    sim: &Sim,
    client: &Client,
) -> tokio::task::JoinHandle<Result<atlan::User, Error>> {
    let cancel = CancellationToken::new();
    let scoped = client.within(None, cancel.clone());
    let task = tokio::spawn(async move { scoped.invite(&ada()).await });
    sim.arrived("POST", USERS).await;
    cancel.cancel();
    task
}

#[tokio::test]
async fn a_write_under_way_is_finished_after_cancelling() {
    let (sim, client) = tenant().await;
    let hold = sim.hold("POST", USERS, Moment::Before);
    let task = stopped_during_post(&sim, &client).await;
    hold.release();
    let user = task.await.expect("no panic").expect("the result is not lost");
    assert_eq!(user.id.as_str(), sim.users()[1].id);
}

/// The look for the GUID has its time from the answer on.
#[tokio::test]
async fn a_write_that_is_answered_long_after_the_end_is_finished() {
    let (sim, client) = tenant().await;
    // Longer than the grace of the client.
    sim.fault(Rule::on("POST", "*").delay(Duration::from_millis(800))).expect("a rule");
    let task = stopped_during_post(&sim, &client).await;
    let user = task.await.expect("no panic").expect("the result is not lost");
    let scoped = client.within(Some(Instant::now() + Duration::from_millis(150)), CancellationToken::new());
    let user = scoped.change_role(&user.id, WorkspaceRole::Guest).await.expect("the result is not lost");
    assert_eq!(user.role, Some(WorkspaceRole::Guest));
}

#[tokio::test]
async fn after_cancelling_a_lost_answer_is_reported_at_once() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("POST", USERS).drop(Moment::Before).delay(Duration::from_millis(100)))
        .expect("a rule");
    let task = stopped_during_post(&sim, &client).await;
    let start = Instant::now();
    let error = task.await.expect("no panic").expect_err("unknown");
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{}", story(&error));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(sim.journal().count("POST", USERS), 1);
}

#[tokio::test]
async fn cancelled_before_the_invitation_nothing_is_sent() {
    let (sim, client) = tenant().await;
    let hold = sim.hold("GET", USERS, Moment::Before);
    let cancel = CancellationToken::new();
    let scoped = client.within(None, cancel.clone());
    let task = tokio::spawn(async move { scoped.invite(&ada()).await });
    sim.arrived("GET", USERS).await;
    cancel.cancel();
    let error = task.await.expect("no panic").expect_err("cancelled");
    assert!(matches!(error, Error::Stopped { .. }), "{}", story(&error));
    assert_eq!(sim.journal().writes().len(), 0);
    hold.release();
}
