//! Creates, never twice: one sequence for everything that must not be created a second time.
//!
//! The caller has looked for the object and found nothing. Then an entry is sent, alone or in a batch (`outbox.rs`).
//! What follows depends on how the request ended (`follow.rs`): the object is looked up for a while, whose length
//! depends on what its absence must prove (`watch.rs`), and if the entry may be sent again, the sequence starts over.
//! Each kind of object adds a [`Kind`]: its requests, its look-up, and what proves that an object is ours.
//!
//! If its call ends before an entry is sent, the entry is withdrawn. Once the entry is sent, its outcome is always
//! determined: the record, a refusal, or [`Error::OutcomeUnknown`]. The next create of the same key must know about
//! an unknown outcome.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument;

use crate::answer::Answer;
use crate::api::Api;
use crate::doubts::Doubts;
use crate::error::{Error, Existing, Result, Stop, Subject};
use crate::foresight::Foresight;
use crate::guard::task_is_gone;
use crate::request::Request;
use crate::scope::{Scope, Waited};
use crate::successors::Successors;

mod effect;
mod follow;
mod split;
mod watch;

pub(crate) use effect::{Effect, pause_before_repeat};
pub(crate) use follow::{again, follow};
use split::{RefusedBatch, Sizes};

/// One kind of object: what the sequence cannot know itself.
pub(crate) trait Kind: Debug + Send + Sync + 'static {
    /// What is to be made.
    type New: Debug + Send + Sync;
    /// The record of what was made.
    type Record: Clone + Debug + Send + Sync;

    /// `the invitation`, for messages.
    const REQUEST: &'static str;
    /// `the person`, for messages.
    const ONE: &'static str;
    /// `the list of users`, for messages.
    const LIST: &'static str;
    /// Whether the server refuses a second object of the same key. Then a create may be sent again after one look-up, and as often
    /// as any other request.
    const IS_UNIQUE: bool;
    /// How many times `request_timeout` a request may take.
    const PATIENCE: u32 = 1;

    fn subject(key: &str) -> Subject;
    /// The key of a record, as entries have it.
    fn key<'a>(&self, record: &'a Self::Record) -> Cow<'a, str>;
    fn existing(record: Self::Record) -> Existing;

    /// The request that makes everything at once; without entries, what errors name.
    fn request(&self, entries: &[Entry<Self>]) -> Request;
    /// Notes that the request for these leaves now.
    fn leave(&self, _: &Api, _: &[Entry<Self>]) {}
    /// The records that an answer of success names. The others must show in the list.
    fn made(&self, entries: &[Entry<Self>], answer: &Answer) -> Result<Vec<Self::Record>>;

    /// Looks for objects now.
    fn look(
        &self,
        api: &Api,
        keys: &[String],
        form: Form,
    ) -> impl Future<Output = Result<Vec<Self::Record>>> + Send;

    fn author(&self, record: &Self::Record) -> Author;
    /// Whether the record names the caller, and a time at or after `since`.
    fn is_by_us(
        &self,
        api: &Api,
        author: &Author,
        since: Option<Timestamp>,
    ) -> impl Future<Output = Result<bool>> + Send;
    /// Whether an object is what was asked for, so that taking it over changes nothing.
    fn is_as_asked(&self, new: &Self::New, record: &Self::Record) -> bool;

    /// Notes that a list has shown an object.
    fn shown(&self, record: &Self::Record);
}

/// In which form of their keys objects are looked for. Somebody else may have made one under a key in another form: an email
/// address in mixed case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it was sent, which is how our own objects show. It takes the fewest requests, and absence proves nothing.
    Usual,
    /// Any. Absence proves that the object does not exist.
    Any,
}

/// Who made an object when, as far as its record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Author {
    /// A user name.
    pub(crate) name: Option<String>,
    /// `None`: the record tells no time, or one that cannot be read.
    pub(crate) at: Option<Timestamp>,
}

/// Something to be made, and the call that waits for the outcome.
#[derive(Debug)]
pub(crate) struct Entry<K: Kind + ?Sized> {
    pub(crate) key: String,
    pub(crate) new: K::New,
    /// Limits of the call that waits.
    pub(crate) scope: Scope,
    answer: oneshot::Sender<Result<K::Record>>,
    /// Whether Atlan has accepted it.
    accepted: bool,
    /// Whether the object, if it shows now, may be the doing of an attempt that failed. Its record then decides.
    may_be_ours: bool,
    /// Whether an attempt that failed may still take effect.
    in_doubt: bool,
    /// The batch that was refused with it, perhaps because of another entry: part of the batch may have taken effect.
    refused_in: Option<Arc<RefusedBatch>>,
    /// Attempts whose answer was lost.
    pub(crate) lost: u32,
    attempts: u32,
    /// When the first attempt left, by the server's clock.
    first_left: Option<Timestamp>,
    /// When its call came.
    since: Instant,
}

impl<K: Kind> Entry<K> {
    /// An entry, and the receiver of its outcome.
    pub(crate) fn new(
        key: String,
        new: K::New,
        scope: Scope,
    ) -> (Self, oneshot::Receiver<Result<K::Record>>) {
        let (answer, outcome) = oneshot::channel();
        let entry = Self {
            key,
            new,
            scope,
            answer,
            accepted: false,
            may_be_ours: false,
            in_doubt: false,
            refused_in: None,
            lost: 0,
            attempts: 0,
            first_left: None,
            since: Instant::now(),
        };
        (entry, outcome)
    }

    /// Whether no call waits for the outcome any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// Answers a call whose entry has not been sent.
    pub(crate) fn refuse(self, error: Error) {
        // A call that was dropped needs no answer.
        let _ = self.answer.send(Err(error));
    }

    fn unknown(&self, why: &str, last: impl Into<Option<Error>>) -> Error {
        Error::OutcomeUnknown {
            subject: K::subject(&self.key),
            why: why.to_owned(),
            is_accepted: self.accepted,
            since: self.first_left,
            last: last.into().map(Box::new),
        }
    }
}

/// The creates of one kind.
#[derive(Debug)]
pub(crate) struct Creates<K> {
    pub(crate) kind: K,
    /// Keys of creates whose outcome is unknown.
    pub(crate) doubts: Doubts,
    flow: Mutex<Flow>,
    /// [`Flow`] has changed.
    pub(crate) changed: Notify,
    /// A call has ended whose entry has left.
    pub(crate) ended: Notify,
}

/// Numbers of entries, by which the outbox decides when a batch may be sent.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// Entries sent and not yet looked up for the first time.
    pub(crate) unseen: usize,
    /// Calls that follow those that were answered.
    pub(crate) successors: Successors,
    /// How long the last request took.
    pub(crate) round_trip: Duration,
    /// Whether looks that leave before a request is answered show what it makes.
    foresight: Foresight,
    /// How long requests had been held back when the last one left.
    held_back: Waited,
    pub(crate) batches: Batches,
    /// How large batches may be.
    pub(crate) sizes: Sizes,
}

/// Batches sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batches {
    pub(crate) count: usize,
    pub(crate) entries: usize,
    pub(crate) largest: usize,
}

impl<K: Kind> Creates<K> {
    pub(crate) fn new(kind: K) -> Self {
        Self {
            kind,
            doubts: Doubts::default(),
            flow: Mutex::default(),
            changed: Notify::new(),
            ended: Notify::new(),
        }
    }

    pub(crate) fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of a call that ended before its entry was sent.
    pub(crate) fn stopped(&self, api: &Api, stop: Stop, last: Option<Error>) -> Error {
        api.stopped("POST", &self.kind.request(&[]).path, stop, last)
    }

    /// The error of an object that may be there, although its create is over.
    pub(crate) fn unknown(&self, key: &str, why: &str, last: Error) -> Error {
        unknown::<K>(key, why, None, Some(last))
    }

    /// Makes something that was absent a moment ago, in a request of its own.
    pub(crate) async fn create(self: &Arc<Self>, api: &Api, key: String, new: K::New) -> Result<K::Record> {
        let (entry, outcome) = Entry::new(key.clone(), new, api.scope.clone());
        let sending = again(Desk::new(self, api), vec![entry], Duration::ZERO);
        tokio::spawn(sending.in_current_span());
        // The task that sends it takes it back when its call ends in time.
        self.outcome(api, &key, outcome, || false).await
    }

    /// Waits for the outcome of an entry. When the call ends, `withdraw` takes the entry back if it has not been sent.
    pub(crate) async fn outcome(
        &self,
        api: &Api,
        key: &str,
        mut outcome: oneshot::Receiver<Result<K::Record>>,
        withdraw: impl FnOnce() -> bool,
    ) -> Result<K::Record> {
        let (called, held_back, waited) = (api.server_time(), api.held_back(), api.waited());
        // The task that knew the outcome has ended by a bug. That is no reason to make something twice.
        let lost = || {
            let cause = task_is_gone(K::LIST);
            Err(unknown::<K>(key, "the task that sent it has stopped because of a bug", called, Some(cause)))
        };
        let ended = tokio::select! {
            biased;
            outcome = &mut outcome => Ok(outcome),
            stop = api.scope.stopped() => Err(stop),
        };
        let result = match ended {
            Ok(outcome) => outcome.unwrap_or_else(|_| lost()),
            Err(stop) if withdraw() => Err(self.stopped(api, stop, None)),
            Err(_) => {
                self.ended.notify_waiters();
                outcome.await.unwrap_or_else(|_| lost())
            }
        };
        if let Err(Error::Stopped { .. }) = &result {
            // Its request was still held back, so no task has counted that wait, or not all of it.
            let counted = api.waited() - waited;
            api.scope.count_wait(api.held_back() - held_back - counted);
        }
        result
    }
}

/// What a task that sends or follows entries works with.
#[derive(Debug)]
pub(crate) struct Desk<K> {
    pub(crate) creates: Arc<Creates<K>>,
    /// Without the limits of any call.
    pub(crate) api: Api,
}

impl<K> Clone for Desk<K> {
    fn clone(&self) -> Self {
        Self { creates: Arc::clone(&self.creates), api: self.api.clone() }
    }
}

impl<K> Desk<K> {
    pub(crate) fn new(creates: &Arc<Creates<K>>, api: &Api) -> Self {
        Self { creates: Arc::clone(creates), api: api.detached() }
    }

    /// The same for another batch, which counts its own waiting.
    pub(crate) fn detached(&self) -> Self {
        Self::new(&self.creates, &self.api)
    }
}

/// Entries that have left, and what came of their request.
pub(crate) struct Sent<K: Kind> {
    entries: Vec<Entry<K>>,
    /// The records that the answer names.
    made: Result<Vec<K::Record>>,
    ahead: Ahead<K>,
}

impl<K: Kind> Sent<K> {
    /// The refusal, if every other create would get it, too.
    pub(crate) fn refusal_of_all(&self) -> Option<&Error> {
        self.made.as_ref().err().filter(|error| error.is_sso_refusal())
    }
}

/// A look that left before the request was answered; empty if none did. Ends when dropped.
type Ahead<K> = JoinSet<Result<Vec<<K as Kind>::Record>>>;

/// The part of the time of a request after which such a look-up leaves.
const PART_AHEAD: u32 = 4;

/// Looks for entries that are leaving now. Where the way to the server takes most of the time of a request, this arrives when the
/// request has taken effect, and saves half of a round trip or more. Only an answer of success makes what it shows ours.
fn look_ahead<K: Kind>(desk: &Desk<K>, entries: &[Entry<K>]) -> Ahead<K> {
    let mut ahead = JoinSet::new();
    let desk = desk.detached();
    let held_back = desk.api.held_back();
    let mut flow = desk.creates.flow();
    let is_held_back = std::mem::replace(&mut flow.held_back, held_back) != held_back;
    // Where requests are quick, it saves nothing; where they are held back, they are scarce.
    if K::IS_UNIQUE || is_held_back || flow.round_trip <= desk.api.sharing().slow || !flow.foresight.next() {
        return ahead;
    }
    let pause = flow.round_trip / PART_AHEAD;
    drop(flow);
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    let looking = async move {
        tokio::time::sleep(pause).await;
        desk.creates.kind.look(&desk.api, &keys, Form::Usual).await
    };
    ahead.spawn(looking.in_current_span());
    ahead
}

/// Sends entries in one request. They are taken only when it can be sent at once, so that until then entries can be withdrawn
/// and added. `None`: no entry is left.
pub(crate) async fn post<K: Kind>(
    desk: &Desk<K>,
    mut take: impl FnMut() -> Vec<Entry<K>> + Send,
) -> Option<Sent<K>> {
    let Desk { creates, api } = desk;
    let mut batch = Vec::new();
    let mut ahead = JoinSet::new();
    let mut start = Instant::now();
    let form = |request: &mut Request| {
        // In a second attempt with a renewed token, the batch is already formed.
        if batch.is_empty() {
            batch = take();
        }
        if batch.iter().all(|entry: &Entry<K>| entry.scope.stop().is_some()) {
            return false;
        }
        for entry in &mut batch {
            if entry.attempts == 0 {
                entry.first_left = api.server_time();
            }
            entry.attempts += 1;
        }
        *request = creates.kind.request(&batch);
        creates.kind.leave(api, &batch);
        start = Instant::now();
        ahead = look_ahead(desk, &batch);
        true
    };
    let sent = api.send_when_due(creates.kind.request(&[]), form).await;
    if batch.is_empty() && sent.is_some() {
        // The request failed because there is no token. Without a request, what has come since is left for the next one.
        batch = take();
    }
    if batch.is_empty() {
        return None;
    }
    let Some(sent) = sent else {
        let made = Err(creates.stopped(api, Stop::Cancelled, None));
        return Some(Sent { entries: batch, made, ahead });
    };
    let made = sent.and_then(|answer| creates.kind.made(&batch, &answer));
    if made.is_ok() {
        for entry in &mut batch {
            entry.scope.note_answer();
            entry.scope = entry.scope.answered();
        }
    }
    let timeout = api.config().request_timeout * K::PATIENCE;
    let mut flow = creates.flow();
    flow.round_trip = start.elapsed();
    let is_slow = flow.round_trip * 3 > timeout;
    let sizes = &mut flow.sizes;
    sizes.answered(batch.len(), is_slow, api.sharing().largest_batch);
    match &made {
        Ok(_) => {
            let refused = batch.first().and_then(|entry| entry.refused_in.as_deref());
            sizes.accepted(batch.len(), refused);
        }
        Err(error) if error.status() == Some(413) => sizes.too_large(batch.len()),
        Err(_) => {}
    }
    flow.batches.count += 1;
    flow.batches.entries += batch.len();
    flow.batches.largest = flow.batches.largest.max(batch.len());
    drop(flow);
    tracing::debug!(list = K::LIST, size = batch.len(), accepted = made.is_ok(), "sent a create");
    Some(Sent { entries: batch, made, ahead })
}

/// The time from which an object's absence proves that a request sent by now has had no effect.
pub(crate) fn absent_by(api: &Api) -> Instant {
    absent_by_after(api, 1)
}

/// The same for a request that may take so many times `request_timeout`.
pub(crate) fn absent_by_after(api: &Api, patience: u32) -> Instant {
    let config = api.config();
    Instant::now() + (config.request_timeout * patience).max(config.timing.absent_at_least)
}

/// The time from which an object's absence proves that a request with an unknown outcome has had no effect. One that Atlan
/// accepted is waited for as long as any accepted one; of another, see [`absent_by_after`].
pub(crate) fn no_effect_by(api: &Api, patience: u32, is_accepted: bool) -> Instant {
    let lost = absent_by_after(api, patience);
    if is_accepted { lost.max(Instant::now() + api.timing().visible_within) } else { lost }
}

fn unknown<K: Kind>(key: &str, why: &str, since: Option<Timestamp>, last: Option<Error>) -> Error {
    let (subject, why, last) = (K::subject(key), why.to_owned(), last.map(Box::new));
    Error::OutcomeUnknown { subject, why, is_accepted: false, since, last }
}
