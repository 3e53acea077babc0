//! Every wait ends with its call, by the deadline or by a cancellation, whatever it waits for. In each test a held request, or
//! a pause of a minute that Atlan asks for, makes another call or the server slow.

use std::time::Duration;

use atlan::{Client, Error, Stop, WorkspaceRole};
use atlan_sim::{Moment, Rule, Sim};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::limits::oauth_tenant;
use crate::support::*;

/// Far longer than a wait here may take after its call has ended, and far shorter than what it waits for.
const SOON: Duration = Duration::from_secs(4);

/// Cancels a call once it waits, and again makes one with a deadline. Both end soon and say why.
async fn ends<T, F>(client: &Client, what: &str, call: impl Fn(Client) -> F)
where
    F: Future<Output = Result<T, Error>> + Send + 'static,
    T: std::fmt::Debug + Send + 'static,
{
    let cancel = CancellationToken::new();
    let cancelled = tokio::spawn(call(client.within(None, cancel.clone())));
    // The call can do nothing but wait by now.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!cancelled.is_finished(), "{what}: it waits");
    cancel.cancel();
    let result = tokio::time::timeout(SOON, cancelled).await;
    let error = result.unwrap_or_else(|_| panic!("{what}: it goes on after Ctrl-C")).expect("no panic");
    assert!(matches!(error, Err(Error::Stopped { stop: Stop::Cancelled, .. })), "{what}: {error:?}");
    let deadline = Instant::now() + Duration::from_millis(50);
    let late = call(client.within(Some(deadline), CancellationToken::new()));
    let error = tokio::time::timeout(SOON, late).await;
    let error = error.unwrap_or_else(|_| panic!("{what}: it goes on after its deadline"));
    assert!(matches!(error, Err(Error::Stopped { stop: Stop::Deadline, .. })), "{what}: {error:?}");
}

/// As [`ends`], for calls that wait for the same call of another caller, whose request is held.
async fn ends_behind_another<T, F>(
    (sim, client): (&Sim, &Client),
    (method, path): (&str, &str),
    what: &str,
    call: impl Fn(Client) -> F,
) where
    F: Future<Output = Result<T, Error>> + Send + 'static,
    T: std::fmt::Debug + Send + 'static,
{
    let held = sim.hold(method, path, Moment::Before);
    let first = tokio::spawn(call(client.clone()));
    sim.arrived(method, path).await;
    ends(client, what, call).await;
    held.release();
    first.await.expect("no panic").expect("the first call is not disturbed");
}

#[tokio::test]
async fn a_wait_for_the_token_that_another_call_fetches_ends_with_the_call() {
    let (sim, client) = oauth_tenant().await;
    let token = ("POST", "/api/service/oauth-clients/token");
    ends_behind_another((&sim, &client), token, "the token", |client| async move { client.groups().await })
        .await;
}

#[tokio::test]
async fn a_wait_for_what_another_call_reads_for_all_ends_with_the_call() {
    let (sim, client) = tenant().await;
    for (path, what) in [("/api/service/roles", "the roles"), ("/api/service/users/current", "the caller")] {
        let read = move |client: Client| async move {
            match what {
                "the roles" => client.role_by_name(WorkspaceRole::Guest).await.map(|role| role.name),
                _ => client.current().await.map(|caller| caller.username.clone()),
            }
        };
        ends_behind_another((&sim, &client), ("GET", path), what, read).await;
    }
}

#[tokio::test]
async fn a_wait_for_a_list_or_look_up_that_another_call_has_begun_ends_with_the_call() {
    const GROUP_LIST: &str = "/api/service/v2/groups";
    for (path, what) in [
        (USERS, "the list of users"),
        (GROUP_LIST, "the list of groups"),
        (USERS, "the look-up of a person"),
        (GROUP_LIST, "the look-up of a group"),
    ] {
        let (sim, client) = tenant().await;
        let read = move |client: Client| async move {
            match what {
                "the list of users" => client.users().await.map(|all| all.len()),
                "the list of groups" => client.groups().await.map(|all| all.len()),
                "the look-up of a person" => {
                    client.user_by_email("ada@example.com").await.map(|found| usize::from(found.is_some()))
                }
                _ => client.group_by_name("data").await.map(|found| usize::from(found.is_some())),
            }
        };
        ends_behind_another((&sim, &client), ("GET", path), what, read).await;
    }
}

#[tokio::test]
async fn the_look_for_an_earlier_attempt_ends_with_the_call_and_nothing_is_sent() {
    let (sim, client) = tenant().await;
    sim.fault(Rule::on("GET", USERS).status(429).retry_after(60)).expect("a rule");
    let cancel = CancellationToken::new();
    let scoped = client.within(None, cancel.clone());
    let call = tokio::spawn(async move { scoped.invite_after_unknown(&ada(), false).await });
    sim.arrived("GET", USERS).await;
    cancel.cancel();
    let result = tokio::time::timeout(SOON, call).await.expect("it ends soon").expect("no panic");
    assert!(matches!(result, Err(Error::Stopped { stop: Stop::Cancelled, .. })), "{result:?}");
    assert_eq!(sim.journal().writes().len(), 0);
}

#[tokio::test]
async fn a_wait_for_the_turn_of_an_address_ends_with_the_call() {
    let (sim, client) = tenant().await;
    let invite = |client: Client| async move { client.invite(&ada()).await };
    ends_behind_another((&sim, &client), ("POST", USERS), "the turn", invite).await;
}

#[tokio::test]
async fn a_wait_for_the_lock_of_admins_ends_with_the_call() {
    let (sim, client) = tenant().await;
    let one = active(&sim, &client, "one@example.com", WorkspaceRole::Admin).await;
    let other = active(&sim, &client, "other@example.com", WorkspaceRole::Admin).await;
    let path = format!("{USERS}/{}/roles/update", one.id);
    let held = sim.hold("POST", &path, Moment::Before);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.change_role(&one.id, WorkspaceRole::Guest).await }
    });
    sim.arrived("POST", &path).await;
    let id = other.id;
    ends(&client, "the lock of admins", move |client| {
        let id = id.clone();
        async move { client.change_role(&id, WorkspaceRole::Guest).await }
    })
    .await;
    held.release();
    first.await.expect("no panic").expect("the first call is not disturbed");
}

#[tokio::test]
async fn the_look_after_an_invitation_ends_with_the_call_and_its_outcome_is_unknown() {
    for by_deadline in [false, true] {
        let (sim, client) = tenant().await;
        client.role_by_name(WorkspaceRole::Member).await.expect("read");
        let held = sim.hold("POST", USERS, Moment::Before);
        let cancel = CancellationToken::new();
        let deadline = by_deadline.then(|| Instant::now() + Duration::from_millis(500));
        let call = tokio::spawn({
            let client = client.within(deadline, cancel.clone());
            async move { client.invite(&ada()).await }
        });
        sim.arrived("POST", USERS).await;
        sim.fault(Rule::on("GET", USERS).status(429).retry_after(60)).expect("a rule");
        held.release();
        sim.arrived_times("GET", USERS, 2).await;
        if !by_deadline {
            cancel.cancel();
        }
        let result = tokio::time::timeout(SOON, call).await.expect("it ends soon").expect("no panic");
        let error = result.expect_err("nobody knows");
        assert!(matches!(error, Error::OutcomeUnknown { .. }), "{by_deadline}: {}", story(&error));
        assert_eq!(sim.mails_to("ada@example.com"), 1);
    }
}
