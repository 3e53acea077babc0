//! Batched invitations: invitations that wait at the same time are sent in one request.
//!
//! A single task forms batches and sends them; while a request is in flight, the next batch gathers. So a lone
//! invitation does not wait. Finding out the outcome of a batch (`outcome.rs`) does not delay the next one.
//!
//! Terraform keeps ten creates in flight and starts the next ones when those are done. If each batch were sent as soon
//! as possible, creates that finish slightly apart would be sent in separate batches for the rest of the run. So a
//! batch waits (`leave.rs`, a pure function) for other calls that are known to follow: for calls that are still checking
//! whether their person exists, some milliseconds; for successors of calls that were just answered, until none has come
//! for a tenth of a second; for the calls of a batch at least as large whose GUIDs are being looked up, as long as a
//! request takes. If there are no such calls, it does not wait.
//!
//! Until an entry is sent, its caller can withdraw it: the end of the call removes the entry from the batch. Once it is
//! sent, its outcome is always determined.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tracing::Instrument;

use crate::api::Api;
use crate::error::{Error, Result, Stop, Subject};
use crate::guard::task_is_gone;
use crate::guid::Guid;
use crate::records::{User, WorkspaceRole};
use crate::request::Request;
use crate::scope::Scope;
use crate::turns::Doubts;

mod leave;
mod outcome;

use leave::Companions;

/// What the outbox cannot know itself: how invitations are written, and how their people are found.
pub(crate) trait Carrier: Debug + Send + Sync + 'static {
    /// One entry of a request.
    fn entry(&self, email: &str, role: WorkspaceRole, role_id: &Guid) -> Value;

    /// The request that invites everybody at once.
    fn request(&self, entries: Vec<Value>) -> Request;

    /// Finds people by folded address. One is found in whatever case it is kept, several in the folded form.
    fn look(&self, api: &Api, emails: &[String]) -> impl Future<Output = Result<Vec<User>>> + Send;

    /// Whether an invitation was sent by this caller at `since` or later, by what the record says.
    fn invited_by_us(
        &self,
        api: &Api,
        user: &User,
        since: Option<Timestamp>,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Notes that a list has shown somebody who was invited.
    fn shown(&self, user: &User);
}

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
#[derive(Debug)]
pub(crate) struct Outbox<C> {
    carrier: C,
    state: Mutex<State>,
    /// Calls that will send an entry, unless their person exists.
    coming: AtomicUsize,
    /// Addresses of invitations whose outcome is unknown.
    pub(crate) doubts: Doubts,
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
    unseen: usize,
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
pub(crate) struct Coming<'a> {
    count: &'a AtomicUsize,
    changed: &'a Notify,
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.changed.notify_one();
    }
}

impl<C: Carrier> Outbox<C> {
    pub(crate) fn new(carrier: C) -> Self {
        Self {
            carrier,
            state: Mutex::default(),
            coming: AtomicUsize::new(0),
            doubts: Doubts::default(),
            changed: Notify::new(),
            ended: Notify::new(),
        }
    }

    pub(crate) fn carrier(&self) -> &C {
        &self.carrier
    }

    /// Announces an entry.
    pub(crate) fn coming(&self) -> Coming<'_> {
        self.coming.fetch_add(1, Ordering::Relaxed);
        Coming { count: &self.coming, changed: &self.changed }
    }

    pub(crate) fn batches(&self) -> Batches {
        self.state().batches
    }

    /// Puts a person who was absent a moment ago into the next batch, and waits for the outcome.
    pub(crate) async fn send(
        self: &Arc<Self>,
        api: &Api,
        email: String,
        role: WorkspaceRole,
        role_id: Guid,
        coming: Coming<'_>,
    ) -> Result<User> {
        let (sender, mut answer) = oneshot::channel();
        let subject = email.clone();
        let called = api.server_time();
        let number = {
            let mut state = self.state();
            state.next_number += 1;
            let number = state.next_number;
            state.waiting.push(Entry {
                number,
                email,
                role,
                role_id,
                scope: api.scope.clone(),
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
                tokio::spawn(work(Desk::new(self, api)).in_current_span());
            }
            number
        };
        drop(coming);
        // No task is left that knows what came of it: a bug, and no reason to invite a person twice.
        let lost = || {
            let cause = task_is_gone("invitations");
            Err(unknown(&subject, "the task that sent it has ended by a bug", called, Some(cause)))
        };
        let stop = tokio::select! {
            biased;
            answer = &mut answer => return answer.unwrap_or_else(|_| lost()),
            stop = api.scope.stopped() => stop,
        };
        if self.withdraw(number) {
            return Err(self.stopped(api, stop, None));
        }
        self.ended.notify_waiters();
        answer.await.unwrap_or_else(|_| lost())
    }

    /// The error of a call that ended before its entry was sent.
    fn stopped(&self, api: &Api, stop: Stop, last: Option<Error>) -> Error {
        api.stopped("POST", &self.carrier.request(Vec::new()).path, stop, last)
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

    /// The next batch. Entries whose call has ended by now are left out, and their calls told so.
    fn take(&self, api: &Api) -> Vec<Entry> {
        let mut state = self.state();
        state.waiting.retain(|entry| !entry.answer.is_closed());
        let (going, ended) = std::mem::take(&mut state.waiting)
            .into_iter()
            .partition::<Vec<_>, _>(|entry| entry.scope.stop().is_none());
        state.waiting = going;
        for entry in ended {
            let stop = entry.scope.stop().unwrap_or(Stop::Cancelled);
            // A call that was dropped needs no answer.
            let _ = entry.answer.send(Err(self.stopped(api, stop, None)));
        }
        let size = state.waiting.len().min(api.sharing().largest_batch.max(1));
        let batch: Vec<Entry> = state.waiting.drain(..size).collect();
        state.unseen += size;
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
        let since = Instant::now();
        loop {
            let changed = self.changed.notified();
            let companions = {
                let state = self.state();
                Companions {
                    since,
                    waiting: state.waiting.len(),
                    largest,
                    coming: self.coming.load(Ordering::Relaxed),
                    answered: state.answered,
                    answered_at: state.answered_at,
                    unseen: state.unseen,
                    round_trip: state.round_trip,
                }
            };
            let Some(until) = companions.wait_until(gap).filter(|until| *until > Instant::now()) else {
                return;
            };
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

/// What a task that sends or follows a batch works with.
#[derive(Debug)]
struct Desk<C> {
    outbox: Arc<Outbox<C>>,
    api: Api,
}

impl<C> Clone for Desk<C> {
    fn clone(&self) -> Self {
        Self { outbox: Arc::clone(&self.outbox), api: self.api.clone() }
    }
}

impl<C> Desk<C> {
    /// Without the limits of any call.
    fn new(outbox: &Arc<Outbox<C>>, api: &Api) -> Self {
        Self { outbox: Arc::clone(outbox), api: api.detached() }
    }

    fn detached(&self) -> Self {
        Self::new(&self.outbox, &self.api)
    }
}

/// The task that sends batches. If it panics, queued entries go to a new task; entries in its hands end as
/// [`Error::OutcomeUnknown`].
struct Worker<C: Carrier> {
    desk: Desk<C>,
    /// Whether it took a batch. A task that panics before that is not replaced, because its successor would panic, too,
    /// without end: queued entries fail, and the next call starts another task.
    took: bool,
}

impl<C: Carrier> Drop for Worker<C> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut state = self.desk.outbox.state();
        state.working = false;
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if self.took && !state.waiting.is_empty() => {
                state.working = true;
                runtime.spawn(work(self.desk.detached()).in_current_span());
            }
            _ => {
                for entry in state.waiting.drain(..) {
                    // A call that was dropped needs no answer.
                    let _ = entry.answer.send(Err(task_is_gone("invitations")));
                }
            }
        }
    }
}

/// Sends batches until the queue is empty. Boxed, because a task that panics starts another one.
fn work<C: Carrier>(desk: Desk<C>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let mut worker = Worker { desk, took: false };
        loop {
            let sharing = worker.desk.api.sharing();
            worker.desk.outbox.gather(sharing.gather, sharing.largest_batch).await;
            if worker.desk.outbox.rest() {
                return;
            }
            let desk = worker.desk.detached();
            let took = &mut worker.took;
            let taking = desk.clone();
            let take = move || {
                *took = true;
                taking.outbox.take(&taking.api)
            };
            if let Some((batch, result)) = post(&desk, take).await {
                tokio::spawn(outcome::conclude(desk, batch, result, true).in_current_span());
            }
        }
    })
}

/// Sends a batch. The batch is taken only when its request can be sent at once, so that until then entries can be
/// withdrawn and added. `None`: no entry is left.
async fn post<C: Carrier>(
    desk: &Desk<C>,
    mut take: impl FnMut() -> Vec<Entry> + Send,
) -> Option<(Vec<Entry>, Result<()>)> {
    let Desk { outbox, api } = desk;
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
                entry.first_left = api.server_time();
            }
            entry.attempts += 1;
        }
        let entries =
            batch.iter().map(|entry| outbox.carrier.entry(&entry.email, entry.role, &entry.role_id));
        *request = outbox.carrier.request(entries.collect());
        start = Instant::now();
        true
    };
    let sent = api.send_when_due(outbox.carrier.request(Vec::new()), form).await;
    if batch.is_empty() {
        // It failed for want of a token.
        batch = take();
    }
    if batch.is_empty() {
        return None;
    }
    let Some(sent) = sent else { return Some((batch, Err(outbox.stopped(api, Stop::Cancelled, None)))) };
    let result = sent.and_then(|answer| answer.void());
    let mut state = outbox.state();
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
        subject: Subject::User(email.to_owned()),
        why: why.to_owned(),
        since,
        last: last.map(Box::new),
    }
}

#[cfg(test)]
mod tests;
