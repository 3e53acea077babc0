//! Batched invitations: invitations that wait at the same time are sent in one request.
//!
//! A single task forms batches and sends them; while a request is in flight, the next batch gathers. So a lone
//! invitation does not wait. Finding out the outcome of a batch (`create.rs`) does not delay the next one.
//!
//! Terraform keeps ten creates in flight and starts the next ones when those are done. If each batch were sent as soon
//! as possible, creates that finish slightly apart would be sent in separate batches for the rest of the run. So a
//! batch waits (`leave.rs`, a pure function) for other calls that are known to follow:
//!
//! - calls that are still checking whether their person exists: a second at most;
//! - successors of calls that were just answered: until none has come for a tenth of a second, or longer if Terraform has
//!   been slower lately;
//! - the calls of a batch at least as large whose GUIDs are being looked up: as long as two requests take.
//!
//! If there are no such calls, it does not wait.
//!
//! A tenant with single sign-on may refuse all invitations. Then one refusal also answers the calls that are waiting
//! at the time; a later call sends a request again.
//!
//! If its call ends before an entry is sent, the entry is withdrawn from the batch. Once it is
//! sent, its outcome is always determined.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::Instrument;

use crate::api::Api;
use crate::create::{Creates, Desk, Entry, Flow, Kind, follow, post};
use crate::error::{Error, Result, Stop};
use crate::guard::task_is_gone;

mod leave;

use leave::Companions;

/// Creates that are sent many at a time.
#[derive(Debug)]
pub(crate) struct Outbox<K: Kind> {
    pub(crate) creates: Arc<Creates<K>>,
    queue: Mutex<Queue<K>>,
    /// Calls that will send an entry, unless their object exists.
    coming: AtomicUsize,
}

#[derive(Debug)]
struct Queue<K: Kind> {
    next_number: u64,
    waiting: Vec<(u64, Entry<K>)>,
    /// Whether a task works for the queue.
    working: bool,
    /// When the tenant last refused to let anybody in by an invitation, and its answer.
    closed: Option<(Instant, Error)>,
}

/// A call on its way to the outbox.
pub(crate) struct Coming<'a> {
    since: Instant,
    count: &'a AtomicUsize,
    changed: &'a Notify,
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.changed.notify_one();
    }
}

impl<K: Kind> Outbox<K> {
    pub(crate) fn new(kind: K) -> Self {
        Self {
            creates: Arc::new(Creates::new(kind)),
            queue: Mutex::new(Queue { next_number: 0, waiting: Vec::new(), working: false, closed: None }),
            coming: AtomicUsize::new(0),
        }
    }

    /// Announces an entry.
    pub(crate) fn coming(&self) -> Coming<'_> {
        self.coming.fetch_add(1, Ordering::Relaxed);
        Coming { since: Instant::now(), count: &self.coming, changed: &self.creates.changed }
    }

    /// Puts something that was absent a moment ago into the next batch, and waits for the outcome.
    pub(crate) async fn send(
        self: &Arc<Self>,
        api: &Api,
        key: String,
        new: K::New,
        coming: Coming<'_>,
    ) -> Result<K::Record> {
        let (entry, outcome) = Entry::new(key.clone(), new, api.scope.clone());
        let number = {
            let mut queue = self.queue();
            if let Some((_, refusal)) = queue.closed.as_ref().filter(|(at, _)| coming.since <= *at) {
                return Err(refusal.duplicate());
            }
            queue.next_number += 1;
            let number = queue.next_number;
            queue.waiting.push((number, entry));
            self.creates.flow().successors.came();
            if !std::mem::replace(&mut queue.working, true) {
                tokio::spawn(work(Clerk::new(self, api)).in_current_span());
            }
            number
        };
        drop(coming);
        self.creates.outcome(api, &key, outcome, || self.withdraw(number)).await
    }

    fn queue(&self) -> MutexGuard<'_, Queue<K>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back an entry that has not left. Whether it was there.
    fn withdraw(&self, number: u64) -> bool {
        let mut queue = self.queue();
        let before = queue.waiting.len();
        queue.waiting.retain(|(other, _)| *other != number);
        queue.waiting.len() < before
    }

    /// The next batch. Entries whose call has ended by now are left out, and their calls told so.
    fn take(&self, api: &Api) -> Vec<Entry<K>> {
        let mut queue = self.queue();
        queue.waiting.retain(|(_, entry)| !entry.is_abandoned());
        let (going, ended) = std::mem::take(&mut queue.waiting)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, entry)| entry.scope.stop().is_none());
        queue.waiting = going;
        for (_, entry) in ended {
            let stop = entry.scope.stop().unwrap_or(Stop::Cancelled);
            entry.refuse(self.creates.stopped(api, stop, None));
        }
        let mut flow = self.creates.flow();
        let size = queue.waiting.len().min(flow.sizes.largest(api.sharing().largest_batch));
        let batch = queue.waiting.drain(..size).map(|(_, entry)| entry).collect();
        flow.unseen += size;
        flow.successors.missed();
        batch
    }

    /// Answers all calls that are waiting by now with a refusal that they would also get.
    fn close(&self, refusal: &Error) {
        let mut queue = self.queue();
        for (_, entry) in std::mem::take(&mut queue.waiting) {
            entry.refuse(refusal.duplicate());
        }
        queue.closed = Some((Instant::now(), refusal.duplicate()));
    }

    /// Whether the queue is empty. If so, the worker counts as stopped from now on.
    fn rest(&self) -> bool {
        let mut queue = self.queue();
        queue.working = !queue.waiting.is_empty();
        !queue.working
    }

    /// Waits for the companions that are known to come.
    async fn gather(&self, gap: Duration, largest: usize) {
        let mut first_came = None;
        loop {
            let changed = self.creates.changed.notified();
            let companions = {
                let waiting = self.queue().waiting.len();
                let now = Instant::now();
                if waiting > 0 {
                    first_came.get_or_insert(now);
                }
                let since = first_came.unwrap_or(now);
                let coming = self.coming.load(Ordering::Relaxed);
                let Flow { successors, unseen, round_trip, sizes, .. } = *self.creates.flow();
                let largest = sizes.largest(largest);
                Companions { since, waiting, largest, coming, successors, unseen, round_trip }
            };
            let Some(until) = companions.wait_until(gap).filter(|until| *until > Instant::now()) else {
                return;
            };
            // Ends by time or by a change; either way the loop looks again.
            let _ = tokio::time::timeout_at(until, changed).await;
        }
    }
}

/// What a task that sends batches works with.
struct Clerk<K: Kind> {
    outbox: Arc<Outbox<K>>,
    desk: Desk<K>,
}

impl<K: Kind> Clerk<K> {
    fn new(outbox: &Arc<Outbox<K>>, api: &Api) -> Self {
        Self { outbox: Arc::clone(outbox), desk: Desk::new(&outbox.creates, api) }
    }
}

/// The task that sends batches. If it panics, queued entries go to a new task; entries in its hands end as
/// [`Error::OutcomeUnknown`](crate::error::Error::OutcomeUnknown).
struct Worker<K: Kind> {
    clerk: Clerk<K>,
    /// Whether it took a batch. A task that panics before that is not replaced, because its successor would panic, too,
    /// without end: queued entries fail, and the next call starts another task.
    took: bool,
}

impl<K: Kind> Drop for Worker<K> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let Clerk { outbox, desk } = &self.clerk;
        let mut queue = outbox.queue();
        queue.working = false;
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if self.took && !queue.waiting.is_empty() => {
                queue.working = true;
                runtime.spawn(work(Clerk::new(outbox, &desk.api)).in_current_span());
            }
            _ => {
                for (_, entry) in queue.waiting.drain(..) {
                    entry.refuse(task_is_gone(K::LIST));
                }
            }
        }
    }
}

/// Sends batches until the queue is empty. Boxed, because a task that panics starts another one.
fn work<K: Kind>(clerk: Clerk<K>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let mut worker = Worker { clerk, took: false };
        loop {
            let sharing = worker.clerk.desk.api.sharing();
            worker.clerk.outbox.gather(sharing.gather, sharing.largest_batch).await;
            if worker.clerk.outbox.rest() {
                return;
            }
            let desk = worker.clerk.desk.detached();
            let took = &mut worker.took;
            let (outbox, api) = (Arc::clone(&worker.clerk.outbox), desk.api.clone());
            let take = move || {
                *took = true;
                outbox.take(&api)
            };
            if let Some(sent) = post(&desk, take).await {
                if let Some(refusal) = sent.refusal_of_all() {
                    worker.clerk.outbox.close(refusal);
                }
                tokio::spawn(follow(desk, sent, true).in_current_span());
            }
        }
    })
}

#[cfg(test)]
mod tests;
