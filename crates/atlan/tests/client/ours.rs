//! Whose doing somebody is, who is found after an attempt with an unknown outcome.

use std::time::Duration;

use atlan::{Client, Credentials, Error, Invite, Secret, Timestamp};
use atlan_sim::{Moment, Rule};

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
async fn ours_is_who_we_invited_since_the_attempt_by_what_the_record_says() {
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
