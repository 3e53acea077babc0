use std::borrow::Cow;

use atlan_sim::{Options, Sim};
use jiff::Timestamp;

use super::*;
use crate::answer::Answer;
use crate::client::Client;
use crate::config::{Config, Credentials, parse_base_url};
use crate::create::{Author, Form};
use crate::error::{Error, Existing, Subject};
use crate::people::Seat;
use crate::records::{User, WorkspaceRole};
use crate::request::Request;
use crate::scope::Scope;
use crate::secret::Secret;

/// Nothing that could be made: for an outbox that no task works for.
#[derive(Debug)]
struct Nothing;

impl Kind for Nothing {
    type New = ();
    type Record = User;

    const REQUEST: &'static str = "nothing";
    const ONE: &'static str = "nothing";
    const LIST: &'static str = "nothing";
    const IS_UNIQUE: bool = false;

    fn subject(key: &str) -> Subject {
        Subject::User(key.to_owned())
    }

    fn key<'a>(&self, user: &'a User) -> Cow<'a, str> {
        Cow::Borrowed(&user.email)
    }

    fn existing(user: User) -> Existing {
        Existing::User(Box::new(user))
    }

    fn request(&self, _: &[Entry<Self>]) -> Request {
        Request::get("users")
    }

    fn made(&self, _: &[Entry<Self>], _: &Answer) -> Result<Vec<User>> {
        Ok(Vec::new())
    }

    async fn look(&self, _: &Api, _: &[String], _: Form) -> Result<Vec<User>> {
        Ok(Vec::new())
    }

    fn author(&self, _: &User) -> Author {
        Author::default()
    }

    async fn is_by_us(&self, _: &Api, _: &Author, _: Option<Timestamp>) -> Result<bool> {
        Ok(false)
    }

    fn is_as_asked(&self, (): &(), _: &User) -> bool {
        false
    }

    fn shown(&self, _: &User) {}
}

fn outbox(waiting: usize, change: impl FnOnce(&mut Flow)) -> Outbox<Nothing> {
    let outbox = Outbox::new(Nothing);
    for number in 0..waiting {
        let (entry, _) = Entry::new(format!("person-{number}@example.com"), (), Scope::default());
        outbox.queue().waiting.push((number as u64, entry));
    }
    change(&mut outbox.creates.flow());
    outbox
}

async fn gathered(outbox: &Outbox<Nothing>) -> Duration {
    let start = Instant::now();
    outbox.gather(Duration::from_millis(5), 100).await;
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_batch_gathers_until_its_companions_have_come() {
    assert_eq!(gathered(&outbox(1, |_| {})).await, Duration::ZERO);
    let successors = outbox(3, |flow| flow.successors.answered(7));
    assert_eq!(gathered(&successors).await, Duration::from_millis(50));
    let checking = outbox(3, |_| {});
    let coming = checking.coming();
    assert_eq!(gathered(&checking).await, Duration::from_secs(1), "no longer, however long its look takes");
    let looks = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(coming);
    };
    let (waited, ()) = tokio::join!(gathered(&checking), looks);
    assert_eq!(waited, Duration::from_millis(300));
    assert_eq!(gathered(&checking).await, Duration::ZERO);
}

#[test]
fn an_entry_can_be_withdrawn_once() {
    let outbox = outbox(2, |_| {});
    assert!(outbox.withdraw(1));
    assert!(!outbox.withdraw(1));
    assert_eq!(outbox.queue().waiting.len(), 1);
}

/// A tenant, and a client whose batches the test takes, one person in each.
async fn without_worker() -> (Sim, Client) {
    let sim = Sim::start(Options::default()).await.unwrap();
    let credentials = Credentials::ApiKey(Secret::new(sim.api_key()));
    let mut config = Config::new(parse_base_url(&sim.base_url()).unwrap(), credentials);
    config.sharing.largest_batch = 1;
    let client = Client::new(config).unwrap();
    client.areas.people.outbox.queue().working = true;
    (sim, client)
}

/// Puts an invitation into the outbox, and waits for what comes of it.
async fn invite(client: &Client, email: &str) -> Result<User> {
    let role = client.role_by_name(WorkspaceRole::Guest).await.unwrap();
    let outbox = &client.areas.people.outbox;
    outbox.send(&client.api, email.into(), Seat::new(WorkspaceRole::Guest, role.id), outbox.coming()).await
}

/// Somebody's invitation, waiting in the outbox.
async fn waiting(client: &Client, email: &'static str) -> tokio::task::JoinHandle<Result<User>> {
    let before = client.areas.people.outbox.queue().waiting.len();
    let caller = client.clone();
    let call = tokio::spawn(async move { invite(&caller, email).await });
    while client.areas.people.outbox.queue().waiting.len() == before {
        tokio::task::yield_now().await;
    }
    call
}

fn clerk(client: &Client) -> Clerk<impl Kind + use<>> {
    Clerk::new(&client.areas.people.outbox, &client.api)
}

/// Takes a batch, and dies with it.
async fn dying(client: Client) {
    let worker = Worker { clerk: clerk(&client), took: true };
    let batch = worker.clerk.outbox.take(&worker.clerk.desk.api);
    panic!("a bug, with {} invitations in hand", batch.len());
}

fn is_unknown(result: &Result<User>) -> bool {
    let Err(error @ Error::OutcomeUnknown { .. }) = result else { return false };
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    error.to_string().contains("has stopped because of a bug") && cause.contains("please report it")
}

#[tokio::test]
async fn whoever_was_in_the_hands_of_a_task_that_died_has_an_unknown_outcome() {
    let (_sim, client) = without_worker().await;
    let call = waiting(&client, "ada@example.com").await;
    assert!(tokio::spawn(dying(client.clone())).await.is_err());
    let result = call.await.unwrap();
    assert!(is_unknown(&result), "{result:?}");
}

#[tokio::test]
async fn a_call_that_ended_after_its_batch_was_taken_is_not_told_that_nothing_was_sent() {
    let (_sim, client) = without_worker().await;
    let cancel = tokio_util::sync::CancellationToken::new();
    let call = waiting(&client.within(None, cancel.clone()), "ada@example.com").await;
    let batch = client.areas.people.outbox.take(&client.api);
    let ended = client.areas.people.outbox.creates.ended.notified();
    cancel.cancel();
    ended.await;
    assert!(!call.is_finished(), "it waits for the batch");
    drop(batch);
    let result = call.await.unwrap();
    assert!(is_unknown(&result), "{result:?}");
}

#[tokio::test]
async fn those_who_still_wait_when_a_task_dies_are_sent_by_another() {
    let (sim, client) = without_worker().await;
    let lost = waiting(&client, "ada@example.com").await;
    let sent = waiting(&client, "grace@example.com").await;
    assert!(tokio::spawn(dying(client.clone())).await.is_err());
    assert!(is_unknown(&lost.await.unwrap()));
    let grace = sent.await.unwrap().unwrap();
    assert_eq!(grace.email, "grace@example.com");
    let invited: Vec<String> = sim.mails().into_iter().map(|mail| mail.email).collect();
    assert_eq!(invited, ["grace@example.com"], "what the dead task had in hand is sent by nobody");
    // Those who come later find somebody at work.
    let later = invite(&client, "kim@example.com").await;
    assert_eq!(later.unwrap().email, "kim@example.com");
}

#[tokio::test]
async fn a_task_that_died_before_it_took_anything_leaves_nobody_waiting_and_is_followed() {
    let (sim, client) = without_worker().await;
    let first = waiting(&client, "ada@example.com").await;
    let idle = Worker { clerk: clerk(&client), took: false };
    let died = tokio::spawn(async move {
        let _idle = idle;
        panic!("a bug before anything was taken");
    });
    assert!(died.await.is_err());
    assert!(!client.areas.people.outbox.queue().working);
    let first = first.await.unwrap();
    assert!(matches!(first, Err(Error::Internal { .. })), "nothing was sent: {first:?}");
    assert_eq!(invite(&client, "kim@example.com").await.unwrap().email, "kim@example.com");
    assert_eq!(sim.mails().len(), 1);
}
