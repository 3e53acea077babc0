//! Batched invitations: invitations that wait at the same time are sent in one request.
//!
//! A single task forms batches and sends them; while a request is in flight, the next batch gathers. So a lone
//! invitation does not wait. Finding out the outcome of a batch (`outcome.rs`) does not delay the next one.
//!
//! Terraform keeps ten creates in flight and starts the next ones when those are done. If each batch were sent as soon
//! as possible, creates that finish slightly apart would be sent in separate batches for the rest of the run. So a
//! batch waits for other calls that are known to follow: for calls that are still checking whether their person exists,
//! some milliseconds; for successors of calls that were just answered, until none has come for a tenth of a second; for
//! the calls of a batch at least as large whose GUIDs are being looked up, as long as a request takes. If there are no
//! such calls, it does not wait.
//!
//! Until an entry is sent, its caller can withdraw it: the end of the call removes the entry from the batch. Once it is
//! sent, its outcome is always determined.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tracing::Instrument;

use crate::client::Client;
use crate::error::{Call, Error, Result, Stop};
use crate::guid::Guid;
use crate::records::User;
use crate::records::WorkspaceRole;
use crate::request::Request;
use crate::scope::Scope;

mod outcome;

/// How many gaps a successor may take to come: Terraform spends some ten milliseconds on each object between two calls.
const SUCCESSOR_GAPS: u32 = 10;
/// Longest wait for a larger batch to be looked up.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A person to invite, and the call that waits for the outcome.
#[derive(Debug)]
struct Entry {
    number: u64,
    email: String,
    role: WorkspaceRole,
    role_id: Guid,
    /// Limits of the call that waits.
    scope: Scope,
    answer: oneshot::Sender<Result<User>>,
    /// Whether Atlan has accepted it.
    accepted: bool,
    /// Whether the person, if they show now, may be the doing of an attempt that failed.
    may_be_ours: bool,
    /// Whether it was in a batch that was refused because of one entry: part of the batch may have taken effect.
    in_refused_batch: bool,
    /// Whether an answer was lost before. After a second lost answer it is not sent again.
    sent_again: bool,
    attempts: u32,
    /// When the first attempt left, by the server's clock.
    first_left: Option<Timestamp>,
    /// When it was put into the outbox.
    since: Instant,
}

/// Invitations on their way.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Calls that will send an entry, unless their person exists.
    coming: AtomicUsize,
    /// Addresses that calls are at work for, and a sign when one is done.
    busy: Mutex<HashSet<String>>,
    freed: Notify,
    /// Addresses of invitations whose outcome is unknown, and until when their absence proves nothing.
    doubts: Mutex<HashMap<String, Instant>>,
    changed: Notify,
    /// A call has ended whose entry has left.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    next_number: u64,
    waiting: Vec<Entry>,
    working: bool,
    /// Entries sent and not yet looked up for the first time.
    looked_up: usize,
    /// Entries answered a moment ago, whose successors have not come yet.
    answered: usize,
    answered_at: Option<Instant>,
    /// How long the last request took.
    round_trip: Duration,
    batches: Batches,
}

/// Batches sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batches {
    pub(crate) count: usize,
    pub(crate) entries: usize,
    pub(crate) largest: usize,
}

/// A call on its way to the outbox.
pub(crate) struct Coming<'a>(&'a Outbox);

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.0.coming.fetch_sub(1, Ordering::Relaxed);
        self.0.changed.notify_one();
    }
}

/// The right to invite an address: two calls for one person follow each other, so that the second finds the first's.
pub(crate) struct Turn<'a> {
    outbox: &'a Outbox,
    email: String,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.outbox.busy().remove(&self.email);
        self.outbox.freed.notify_waiters();
    }
}

impl Outbox {
    /// Waits until no other call is at work for an address.
    pub(crate) async fn turn(&self, email: &str) -> Turn<'_> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.busy().insert(email.to_owned()) {
                return Turn { outbox: self, email: email.to_owned() };
            }
            freed.await;
        }
    }

    fn busy(&self) -> MutexGuard<'_, HashSet<String>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an invitation of an address may take effect until then.
    pub(crate) fn doubt(&self, email: &str, until: Instant) {
        let mut doubts = self.doubts();
        let known = doubts.entry(email.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    /// Until when the absence of an address proves nothing.
    pub(crate) fn doubted(&self, email: &str) -> Option<Instant> {
        self.doubts().get(email).copied()
    }

    /// Notes that what became of an invitation is known.
    pub(crate) fn trust(&self, email: &str) {
        self.doubts().remove(email);
    }

    fn doubts(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Announces an entry.
    pub(crate) fn coming(&self) -> Coming<'_> {
        self.coming.fetch_add(1, Ordering::Relaxed);
        Coming(self)
    }

    pub(crate) fn batches(&self) -> Batches {
        self.state().batches
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back an entry that has not left. Whether it was there.
    fn withdraw(&self, number: u64) -> bool {
        let mut state = self.state();
        let before = state.waiting.len();
        state.waiting.retain(|entry| entry.number != number);
        state.waiting.len() < before
    }

    /// The next batch. Whoever's call has ended by now is left out, and told so.
    fn take(&self, client: &Client) -> Vec<Entry> {
        let mut state = self.state();
        state.waiting.retain(|entry| !entry.answer.is_closed());
        let (going, ended) = std::mem::take(&mut state.waiting)
            .into_iter()
            .partition::<Vec<_>, _>(|entry| entry.scope.stop().is_none());
        state.waiting = going;
        for entry in ended {
            let stop = entry.scope.stop().unwrap_or(Stop::Cancelled);
            // Whoever has left doesn't want to know.
            let _ = entry.answer.send(Err(client.stopped(stop, None)));
        }
        let size = state.waiting.len().min(client.sharing().largest_batch.max(1));
        let batch: Vec<Entry> = state.waiting.drain(..size).collect();
        state.looked_up += size;
        // Successors that have not come by now come for other objects, or not at all.
        state.answered = 0;
        batch
    }

    /// Whether the queue is empty. If so, the worker counts as stopped from now on.
    fn rest(&self) -> bool {
        let mut state = self.state();
        state.working = !state.waiting.is_empty();
        !state.working
    }

    /// Waits for the companions that are known to come.
    async fn gather(&self, gap: Duration, largest: usize) {
        let start = Instant::now();
        let (moment, successor) = (gap * 3, gap * SUCCESSOR_GAPS);
        loop {
            let changed = self.changed.notified();
            let until = {
                let state = self.state();
                let until = |wanted: bool, at: Instant| wanted.then_some(at);
                let coming = until(self.coming.load(Ordering::Relaxed) > 0, start + moment);
                let successors = until(state.answered > 0, state.answered_at.unwrap_or(start) + successor);
                let larger = until(
                    state.looked_up > 0 && state.looked_up >= state.waiting.len(),
                    start + (state.round_trip * 2).min(LONGEST_WAIT) + moment,
                );
                if state.waiting.len() >= largest {
                    None
                } else {
                    coming.max(successors).max(larger).filter(|until| *until > Instant::now())
                }
            };
            let Some(until) = until else { return };
            // Ends by time or by a change; either way the loop looks again.
            let _ = tokio::time::timeout_at(until, changed).await;
        }
    }
}

impl State {
    fn expect_successor(&mut self) {
        self.answered += 1;
        self.answered_at = Some(Instant::now());
    }
}

impl Client {
    /// Puts a person who was absent a moment ago into the next batch, and waits for the outcome.
    pub(crate) async fn send_invitation(
        &self,
        email: String,
        role: WorkspaceRole,
        role_id: Guid,
        coming: Coming<'_>,
    ) -> Result<User> {
        let outbox = &self.shared.outbox;
        let (sender, mut answer) = oneshot::channel();
        let subject = email.clone();
        let called = self.shared.transport.server_time();
        let number = {
            let mut state = outbox.state();
            state.next_number += 1;
            let number = state.next_number;
            state.waiting.push(Entry {
                number,
                email,
                role,
                role_id,
                scope: self.scope.clone(),
                answer: sender,
                accepted: false,
                may_be_ours: false,
                in_refused_batch: false,
                sent_again: false,
                attempts: 0,
                first_left: None,
                since: Instant::now(),
            });
            state.answered = state.answered.saturating_sub(1);
            state.answered_at = Some(Instant::now());
            if !std::mem::replace(&mut state.working, true) {
                tokio::spawn(work(self.detached()).in_current_span());
            }
            number
        };
        drop(coming);
        // Nobody is left who knows what came of it: a bug, and no reason to invite a person twice.
        let lost = || Err(unknown(&subject, "the task that sent it has died", called, None));
        let stop = tokio::select! {
            biased;
            answer = &mut answer => return answer.unwrap_or_else(|_| lost()),
            stop = self.scope.stopped() => stop,
        };
        if outbox.withdraw(number) {
            return Err(self.stopped(stop, None));
        }
        outbox.ended.notify_waiters();
        answer.await.unwrap_or_else(|_| lost())
    }

    pub(crate) fn stopped(&self, stop: Stop, last: Option<Error>) -> Error {
        let call = Call {
            method: "POST",
            path: self.shared.transport.path("users"),
            request_id: String::new(),
            attempts: 0,
        };
        Error::Stopped { call: Box::new(call), stop, last: last.map(Box::new) }
    }
}

/// The task that sends batches. If it panics, queued entries go to a new task; entries being sent fail with an unknown
/// outcome.
struct Worker {
    client: Client,
    /// Whether it took a batch. A task that panics before that is not replaced, because its successor would panic, too,
    /// without end.
    took: bool,
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut state = self.client.shared.outbox.state();
        state.working = false;
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && self.took
            && !state.waiting.is_empty()
        {
            state.working = true;
            runtime.spawn(work(self.client.detached()).in_current_span());
        }
    }
}

/// Sends batches until the queue is empty.
async fn work(client: Client) {
    let mut worker = Worker { client, took: false };
    let client = &worker.client;
    let outbox = &client.shared.outbox;
    loop {
        let sharing = client.sharing();
        outbox.gather(sharing.gather, sharing.largest_batch).await;
        if outbox.rest() {
            return;
        }
        let batch_client = client.detached();
        let take = || {
            worker.took = true;
            outbox.take(client)
        };
        if let Some((batch, result)) = post(&batch_client, take).await {
            tokio::spawn(outcome::conclude(batch_client, batch, result, true).in_current_span());
        }
    }
}

/// Sends a batch. The batch is taken only when its request can be sent at once, so that until then entries can be
/// withdrawn and added. `None`: no entry is left.
async fn post(
    client: &Client,
    mut take: impl FnMut() -> Vec<Entry> + Send,
) -> Option<(Vec<Entry>, Result<()>)> {
    let mut batch = Vec::new();
    let mut start = Instant::now();
    let form = |request: &mut Request| {
        // It is there already when a renewed token makes for a second attempt.
        if batch.is_empty() {
            batch = take();
        }
        if batch.iter().all(|entry: &Entry| entry.scope.stop().is_some()) {
            return false;
        }
        for entry in &mut batch {
            if entry.attempts == 0 {
                entry.first_left = client.shared.transport.server_time();
            }
            entry.attempts += 1;
        }
        request.body = Some(json!({ "users": batch.iter().map(Entry::request).collect::<Vec<_>>() }));
        start = Instant::now();
        true
    };
    let request = Request::create("users", Value::Null);
    let sent = client.shared.transport.send_when_due(&client.scope, request, form).await;
    if batch.is_empty() {
        // It failed for want of a token.
        batch = take();
    }
    if batch.is_empty() {
        return None;
    }
    let Some(sent) = sent else { return Some((batch, Err(client.stopped(Stop::Cancelled, None)))) };
    let result = sent.and_then(|answer| answer.void());
    let mut state = client.shared.outbox.state();
    state.round_trip = start.elapsed();
    state.batches.count += 1;
    state.batches.entries += batch.len();
    state.batches.largest = state.batches.largest.max(batch.len());
    drop(state);
    tracing::debug!(size = batch.len(), accepted = result.is_ok(), "sent a batch of invitations");
    Some((batch, result))
}

fn unknown(email: &str, why: &str, since: Option<Timestamp>, last: Option<Error>) -> Error {
    Error::OutcomeUnknown {
        subject: format!("the invitation of {email}"),
        why: why.to_owned(),
        since,
        last: last.map(Box::new),
    }
}

impl Entry {
    fn request(&self) -> Value {
        json!({ "email": self.email, "roleName": self.role.as_str(), "roleId": self.role_id })
    }
}

#[cfg(test)]
mod tests;
