//! Somebody else invites a person, or another run does, while our invitation of that person is under way.

use std::time::Duration;

use atlan::{Client, Error, Existing, Invite, User, WorkspaceRole};
use atlan_sim::{Moment, Rule, Sim};
use serde_json::{Value, json};

use crate::support::*;

/// Invites Ada, Bob and Joe in one batch. The batch reaches the tenant, then `meanwhile` happens, and then the request ends as
/// `rule` says.
async fn invite_meanwhile(
    sim: &Sim,
    client: &Client,
    rule: Rule,
    meanwhile: impl AsyncFnOnce(),
) -> Vec<Result<User, Error>> {
    client.role_by_name(WorkspaceRole::Member).await.expect("a role");
    // The list shows somebody whose address can prove that a filter for any case works.
    client.users().await.expect("read");
    sim.clear_journal();
    sim.set_faults(vec![Rule { hold: Some(Moment::Before), ..rule.times(1) }]).expect("a rule");
    let calls = ["ada", "bob", "joe"].map(|name| {
        let (client, invite) = (client.clone(), Invite { email: format!("{name}@example.com"), ..ada() });
        tokio::spawn(async move { client.invite(&invite).await })
    });
    sim.arrived("POST", USERS).await;
    meanwhile().await;
    sim.set_faults(Vec::new()).expect("released");
    let mut results = Vec::new();
    for call in calls {
        results.push(call.await.expect("no panic"));
    }
    results
}

fn posts_of(sim: &Sim, name: &str) -> usize {
    let has_name = |body: &Option<Value>| body.as_ref().is_some_and(|body| body.to_string().contains(name));
    sim.journal().on("POST", USERS).iter().filter(|entry| has_name(&entry.body)).count()
}

/// Ways in which the request fails without any effect. For the client, only the first one says so.
fn failures() -> [(&'static str, Rule); 4] {
    let post = || Rule::on("POST", USERS);
    [
        ("429", post().status(429)),
        ("503", post().status(503)),
        ("500", post().status(500)),
        ("lost", post().drop(Moment::Before)),
    ]
}

#[tokio::test]
async fn people_whom_somebody_else_invites_in_mixed_case_get_no_second_mail() {
    for or in ["supported", "bad_request", "match_none"] {
        for (what, rule) in failures() {
            let (sim, _) = tenant().await;
            let client = impatient(&sim);
            sim.set(json!({ "email_case": "preserve", "invite_duplicate": "resend", "filter_or": or }))
                .expect("switches");
            let results = invite_meanwhile(&sim, &client, rule, async || {
                sim.invite("Ada@Example.com", "$admin").expect("free");
                sim.invite("BOB@example.com", "$guest").expect("free");
            })
            .await;
            for (result, email) in results.iter().zip(["Ada@Example.com", "BOB@example.com"]) {
                let Err(Error::AlreadyExists(Existing::User(user))) = result else {
                    panic!("{what}, {or}: {result:?}")
                };
                assert_eq!(user.email, email, "{what}, {or}");
            }
            assert!(results[2].is_ok(), "{what}, {or}: {:?}", results[2]);
            assert_eq!((sim.mails().len(), posts_of(&sim, "ada")), (3, 1), "{what}, {or}: {}", sim.journal());
        }
    }
}

#[tokio::test]
async fn people_whom_a_server_skips_in_mixed_case_are_found_and_keep_their_role() {
    for or in ["supported", "bad_request"] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "email_case": "preserve", "invite_duplicate": "skip", "filter_or": or }))
            .expect("switches");
        let start = tokio::time::Instant::now();
        let hurried = client.within(Some(start + Duration::from_secs(8)), Default::default());
        let results = invite_meanwhile(&sim, &hurried, Rule::on("POST", USERS), async || {
            sim.invite("Ada@Example.com", "$admin").expect("free");
            sim.invite("BOB@example.com", "$guest").expect("free");
        })
        .await;
        for result in &results[..2] {
            assert!(matches!(result, Err(Error::AlreadyExists(Existing::User(_)))), "{or}: {result:?}");
        }
        assert!(results[2].is_ok(), "{or}: {:?}", results[2]);
        let role = |email| sim.user(email).map(|user| user.role);
        assert_eq!(
            (role("ada@example.com"), role("bob@example.com")),
            (Some("$admin"), Some("$guest")),
            "{or}"
        );
        assert!(start.elapsed() < Duration::from_secs(5), "{or}: not waited for until the deadline");
    }
}

#[tokio::test]
async fn an_invitation_that_took_effect_although_it_was_answered_429_is_ours() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
    sim.fault(Rule::on("POST", USERS).status(429).applied().times(1)).expect("a rule");
    let user = client.invite(&ada()).await.unwrap_or_else(|error| panic!("{}", story(&error)));
    assert_eq!(user.id.as_str(), sim.users()[1].id);
    assert_eq!((sim.mails().len(), sim.journal().count("POST", USERS)), (1, 1));

    sim.set_faults(vec![Rule::on("POST", GROUPS).status(429).applied().times(1)]).expect("a rule");
    let group = client.create_group(&stewards()).await.unwrap_or_else(|error| panic!("{}", story(&error)));
    assert_eq!(group.id.as_str(), sim.groups()[0].id);
}

/// The same if the pause that Atlan asks for is too long, or without retries: one look shows that the person is there.
#[tokio::test]
async fn an_invitation_that_took_effect_is_ours_also_if_its_429_ends_the_call() {
    for (max_retries, pause) in [(5, 600), (0, 1)] {
        let (sim, _) = tenant().await;
        let client = client(&sim, |config| config.max_retries = max_retries);
        sim.fault(Rule::on("POST", USERS).status(429).retry_after(pause).applied().times(1)).expect("a rule");
        let user = client.invite(&ada()).await.unwrap_or_else(|error| panic!("{}", story(&error)));
        assert_eq!(user.id.as_str(), sim.users()[1].id);
        assert_eq!((sim.mails().len(), sim.journal().count("POST", USERS)), (1, 1));
    }
}

#[tokio::test]
async fn a_colleague_s_invitation_during_a_429_is_not_ours() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
    let results = invite_meanwhile(&sim, &client, Rule::on("POST", USERS).status(429), async || {
        sim.invite("ada@example.com", "$member").expect("free");
    })
    .await;
    assert!(matches!(results[0], Err(Error::AlreadyExists(_))), "{:?}", results[0]);
    assert_eq!(sim.mails_to("ada@example.com"), 1);
}

#[tokio::test]
async fn a_person_whom_another_run_with_the_same_credential_invites_keeps_the_role_of_that_run() {
    for (duplicate, batch) in [("conflict", "atomic"), ("bad_request", "atomic"), ("conflict", "partial")] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "invite_duplicate": duplicate, "invite_batch": batch })).expect("switches");
        let other = crate::support::client(&sim, |_| {});
        let results = invite_meanwhile(&sim, &client, Rule::on("POST", USERS), async || {
            let invite = Invite { email: "bob@example.com".into(), role: WorkspaceRole::Admin };
            other.invite(&invite).await.expect("invited");
        })
        .await;
        let what = format!("{duplicate}, {batch}");
        assert!(matches!(results[1], Err(Error::AlreadyExists(_))), "{what}: {:?}", results[1]);
        assert!(results[0].is_ok() && results[2].is_ok(), "{what}: {results:?}");
        assert_eq!(sim.user("bob@example.com").map(|user| user.role), Some("$admin"), "{what}");
        assert_eq!(sim.mails().len(), 3, "{what}");
    }
}

/// A token that has expired: no look-up can tell anything either, and none is needed.
#[tokio::test]
async fn a_batch_with_a_credential_that_has_ended_is_refused_and_not_unknown() {
    let (sim, client) = tenant().await;
    client.role_by_name(WorkspaceRole::Member).await.expect("a role");
    sim.set_faults(vec![Rule::on("POST", USERS).status(401), Rule::on("GET", USERS).status(401).after_n(1)])
        .expect("rules");
    client.users().await.expect("read");
    let calls = ["ada", "bob", "joe"].map(|name| {
        let (client, invite) = (client.clone(), Invite { email: format!("{name}@example.com"), ..ada() });
        tokio::spawn(async move { client.invite(&invite).await })
    });
    for call in calls {
        let error = call.await.expect("no panic").expect_err("refused");
        assert!(matches!(&error, Error::Refused(refusal) if refusal.status == 401), "{error}");
    }
    assert_eq!(sim.journal().count("POST", USERS), 1, "{}", sim.journal());
}
