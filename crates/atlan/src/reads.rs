//! Shared reads: concurrent look-ups of people or groups share their requests.
//!
//! A reader states a [`Key`] and a [`Need`] and waits. Readers that wait at the same time form a wave, and one filtered
//! request for all keys of the wave answers it. If reading all pages of the kind takes fewer requests in the end, the
//! pages are read once into a snapshot instead, which then answers from memory. Each kind has a single task for this, so
//! a kind is never paged twice at once, and the next wave gathers while one is in flight. Reads before or after a write
//! always need a new request; their waves overlap, and one may answer writes that are still in flight (`fresh.rs`).
//!
//! **The rule** (`rule.rs`, a pure function). The number of reads still to come is unknown, but every answer contains
//! the number of records. With `pages` = records ÷ page size (100):
//!
//! 1. Fewer than 5 reads in flight, nothing known yet: look up. One person in any tenant costs one request. Groups start
//!    with their first page instead, which in most tenants is all there are.
//! 2. 5 or more in flight, nothing known yet: read the first page. It tells the total, and may be the whole kind.
//! 3. 5 or more in flight and at most 20 pages: read the pages. At worst 20 requests are wasted.
//! 4. Otherwise look up until that has cost as much as the pages would (at least 10 requests), then read the pages. So the
//!    cost stays below twice the better choice, whatever comes.
//! 5. Before creates: a snapshot that has become too old to prove absence is read again, even for one reader, if it has answered
//!    at least ten readers for each of its pages. Look-ups for as many would have cost as much.
//!
//! Requests for a refresh of people with 10 reads in flight, when all people of the tenant are managed, and when the
//! tenant has 50,000:
//!
//! | managed people | tenant of that size | tenant of 50,000 |
//! | ---: | ---: | ---: |
//! | 1 | 1 | 1 |
//! | 10 | 1 | 2 |
//! | 100 | 1 | 11 |
//! | 1,000 | 10 | 101 |
//! | 50,000 | 1,001 | 1,001 |
//!
//! `read_mode = "snapshot"` always reads the pages (500 for 50,000 people), `"single"` sends one request for each
//! read. Groups follow the same rule, but even a single group starts with the first page, so one group costs 2
//! requests if the tenant has more than a page of groups.
//!
//! **What may be believed.** A record in the snapshot is a valid answer while the snapshot is at most five minutes old.
//! The absence of a record is not: a look-up sent after the question must confirm it. So if paging skipped a record
//! because others moved meanwhile, that costs a request but never loses a person. Only the check before a create accepts
//! absence from a snapshot, if the snapshot is complete and at most ten seconds old (people) or a minute (groups, whose
//! names are unique on the server): somebody may invite the same person in that time, just as they may between a look-up
//! and the invitation. Presence counts for that check only if a request after the question confirms it. Writes of this
//! process are applied to the snapshot, so objects that it has created are never absent. An object made by this process
//! that no list has shown yet never counts as deleted.
//!
//! **Lists of everything** ([`Reads::all`]) are answered with a wave, so the pages of a kind are read once for all
//! lists and all other readers. A list claims that nothing else exists, so a snapshot answers a list only if it may
//! prove absence. If the pages do not fit together, because records moved while they were read, they are read once
//! more, one after another.
//!
//! **Filters that may not work.** Equality on `id` and `name`, and `$in` on `email`, are known to work on tenants; for
//! `$in` on `id` and `name` this is not known. It is tried, and trusted once it has found something. If it is refused,
//! returns other records or finds nothing, each key is looked up separately. A server without it therefore only costs
//! requests, and shifts the choice towards pages. What a filter does not find may also be kept in another form: before an
//! invitation, a filter for several addresses must find somebody who is known to be there, too (`look_up.rs`).

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tracing::Instrument;

use crate::api::Api;
use crate::config::ReadMode;
use crate::error::Result;
use crate::guard::task_is_gone;
use crate::guid::Guid;
use crate::list::Record;

mod fresh;
mod look_up;
mod pages;
mod rule;
mod source;
mod state;
mod store;
mod wave;

pub(crate) use fresh::Coming;
use fresh::FreshState;
use look_up::Purpose;
use rule::Costs;
pub(crate) use source::{Key, Need, Source};
use state::{Shared, State, Trust, Waiting, Written};

/// What is known of one source, and the readers that wait for more.
#[derive(Debug)]
pub(crate) struct Reads<S: Source> {
    source: S,
    state: Mutex<State<S>>,
    arrived: Notify,
    /// The reads of [`FreshState`] have changed.
    fresh_changed: Notify,
    /// Reads in flight, of all sources of a client.
    in_flight: Arc<AtomicUsize>,
}

/// Counts a read for as long as it waits.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S: Source> Reads<S> {
    /// `in_flight` is shared by all sources of a client.
    pub(crate) fn new(source: S, in_flight: Arc<AtomicUsize>) -> Self {
        let state = State {
            waiting: Vec::new(),
            lists: Vec::new(),
            working: false,
            expected: None,
            fresh: FreshState::default(),
            costs: Costs::default(),
            store: None,
            written: HashMap::new(),
            names: HashMap::new(),
            in_on_ids: Trust::Untried,
            in_on_naturals: if source.knows_in_on_naturals() { Trust::Works } else { Trust::Untried },
            in_any_form: Trust::Untried,
            witness: None,
            doubles: HashMap::new(),
            unusual: false,
            reason: "nothing read",
        };
        Self {
            source,
            state: Mutex::new(state),
            arrived: Notify::new(),
            fresh_changed: Notify::new(),
            in_flight,
        }
    }

    /// Reads one record, together with all other waiting readers.
    pub(crate) async fn find(self: &Arc<Self>, api: &Api, key: Key, need: Need) -> Result<Option<S::Record>> {
        if need == Need::Fresh {
            self.state().fresh.came();
        }
        self.ask(api, key, need).await
    }

    async fn ask(self: &Arc<Self>, api: &Api, key: Key, need: Need) -> Result<Option<S::Record>> {
        let sharing = api.sharing();
        if api.config().read_mode == ReadMode::Single {
            self.state().reason = "one look-up each, as read_mode says";
            let found = look_up::one(self, api, &key).await?;
            let within = api.timing().visible_within;
            let not_yet = || self.state().not_yet_shown(&self.source, &key, within);
            return Ok(found.or_else(|| not_yet().filter(|_| need == Need::Any)));
        }
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let _in_flight = InFlight(&self.in_flight);
        let answer = {
            let mut state = self.state();
            if let Some(known) =
                state.known(&self.source, &key, need, sharing.snapshot_life, self.source.recent(sharing))
            {
                state.costs.saved += usize::from(need == Need::Recent);
                return Ok(known);
            }
            let (sender, answer) = oneshot::channel();
            let waiting = Waiting { key, need, answer: sender };
            if need == Need::Fresh {
                state.fresh.waiting.push(waiting);
                if !std::mem::replace(&mut state.fresh.working, true) {
                    tokio::spawn(fresh::work(Arc::clone(self), api.detached()).in_current_span());
                }
                self.fresh_changed.notify_one();
            } else {
                state.waiting.push(waiting);
                self.start(&mut state, api);
            }
            answer
        };
        self.outcome(api, answer).await
    }

    /// Starts the task that answers waves, if there is none, and tells it that a reader has come.
    fn start(self: &Arc<Self>, state: &mut State<S>, api: &Api) {
        if !std::mem::replace(&mut state.working, true) {
            tokio::spawn(wave::work(Arc::clone(self), api.detached()).in_current_span());
        }
        self.arrived.notify_one();
    }

    /// Waits for the result of a shared read.
    async fn outcome<T>(&self, api: &Api, answer: oneshot::Receiver<Shared<T>>) -> Result<T> {
        let held_back = api.held_back();
        match api.scope.run(answer).await {
            Ok(Ok((result, waited))) => {
                api.scope.count_wait(waited);
                result
            }
            Ok(Err(_)) => Err(task_is_gone(self.source.name())),
            Err(stop) => {
                // The shared read has not said yet how long it waited.
                api.scope.count_wait(api.held_back() - held_back);
                Err(api.stopped("GET", self.source.list().path(), stop, None))
            }
        }
    }

    /// Looks keys up now, in as few requests as possible. A record whose natural key has another form may not be found.
    pub(crate) async fn look_in_usual_form(
        self: &Arc<Self>,
        api: &Api,
        keys: Vec<Key>,
    ) -> Result<Vec<S::Record>> {
        self.look(api, keys, Purpose::Watch).await
    }

    /// Looks keys up now. What is not found does not exist.
    pub(crate) async fn look_in_any_form(
        self: &Arc<Self>,
        api: &Api,
        keys: Vec<Key>,
    ) -> Result<Vec<S::Record>> {
        self.look(api, keys, Purpose::Confirm).await
    }

    async fn look(self: &Arc<Self>, api: &Api, keys: Vec<Key>, purpose: Purpose) -> Result<Vec<S::Record>> {
        let questions: Vec<(Key, Need)> = keys.into_iter().map(|key| (key, Need::Recent)).collect();
        Ok(look_up::look_up(self, api, &questions, &[], purpose).await?.records)
    }

    /// The records with these natural keys, in few requests. Those that it leaves out are absent.
    pub(crate) async fn many(
        self: &Arc<Self>,
        api: &Api,
        naturals: &BTreeSet<String>,
    ) -> Result<Vec<S::Record>> {
        if let Some(mut known) = self.every_known(api) {
            known.retain(|record| naturals.contains(self.source.natural(record).as_ref()));
            return Ok(known);
        }
        look_up::many(self, api, naturals.iter().cloned().map(Key::Natural).collect()).await
    }

    /// The records with these GUIDs, in few requests. Those that it leaves out are absent.
    pub(crate) async fn with_ids(
        self: &Arc<Self>,
        api: &Api,
        ids: &BTreeSet<Guid>,
    ) -> Result<Vec<S::Record>> {
        if let Some(mut known) = self.every_known(api) {
            known.retain(|record| ids.contains(record.id()));
            return Ok(known);
        }
        let questions: Vec<(Key, Need)> = ids.iter().map(|id| (Key::Id(id.clone()), Need::Any)).collect();
        Ok(look_up::look_up(self, api, &questions, &[], Purpose::Confirm).await?.records)
    }

    /// Every record, in the order of the server's list. Calls at the same time share the pages, with each other and with
    /// other reads; a recent snapshot answers from memory.
    pub(crate) async fn all(self: &Arc<Self>, api: &Api) -> Result<Vec<S::Record>> {
        if api.config().read_mode == ReadMode::Single {
            return api.list(&self.source.list()).await;
        }
        let answer = {
            let mut state = self.state();
            if let Some(known) = state.every_known(&self.source, api) {
                return Ok(known);
            }
            let (sender, answer) = oneshot::channel();
            state.lists.push(sender);
            self.start(&mut state, api);
            answer
        };
        self.outcome(api, answer).await
    }

    /// Every record from memory, if a snapshot is recent enough to prove that no other exists.
    pub(crate) fn every_known(&self, api: &Api) -> Option<Vec<S::Record>> {
        if api.config().read_mode == ReadMode::Single {
            return None;
        }
        self.state().every_known(&self.source, api)
    }

    /// A record from memory, however old it is: for messages.
    pub(crate) fn remembered(&self, id: &Guid) -> Option<S::Record> {
        let state = self.state();
        match state.written.get(id) {
            Some(written) => written.record.as_ref().map(|packed| self.source.unpack(packed)),
            None => state.store.as_ref()?.find(&self.source, &Key::Id(id.clone())),
        }
    }

    /// The GUIDs of the records that lists have shown under a natural key, if they are more than one.
    pub(crate) fn doubles(&self, natural: &str) -> Vec<Guid> {
        self.state().doubles(&self.source, natural)
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a write of this process has made of a record, or that it met one which a list had shown to be absent. `shown`: a list has shown it like that.
    pub(crate) fn wrote(&self, record: &S::Record, shown: bool) {
        let packed = self.source.pack(record.clone());
        let mut state = self.state();
        if shown {
            state.saw(&self.source, record);
        }
        state.names.insert(self.source.natural(record).into_owned(), record.id().clone());
        let written = Written { at: Instant::now(), record: Some(packed), shown };
        state.written.insert(record.id().clone(), written);
    }

    /// Notes that this process deleted a record.
    pub(crate) fn deleted(&self, id: &Guid) {
        let written = Written { at: Instant::now(), record: None, shown: true };
        self.state().written.insert(id.clone(), written);
    }

    /// Drops what is known of a record, which a write may have changed in a way that could not be read back. The snapshot
    /// goes, too: it holds what was before.
    pub(crate) fn forget(&self, id: &Guid) {
        let mut state = self.state();
        state.written.remove(id);
        state.names.retain(|_, named| named != id);
        state.store = None;
    }

    /// Whether a list has shown a record that this process made. One that it didn't make counts as shown.
    pub(crate) fn has_shown(&self, id: &Guid) -> bool {
        self.state().written.get(id).is_none_or(|written| written.shown)
    }

    /// How records were read, and why.
    pub(crate) fn reason(&self) -> &'static str {
        self.state().reason
    }

    /// Waits until the readers of a wave have come: those that are expected, or, at first, all that come without a gap.
    async fn gather(&self, gap: Duration) {
        let expected = self.state().expected;
        if expected == Some(1) {
            return;
        }
        // Terraform spends some milliseconds on each object between two reads.
        let gap = if expected.is_some() { gap * 3 } else { gap };
        let end = Instant::now() + gap * 5;
        loop {
            let arrived = self.arrived.notified();
            if expected.is_some_and(|expected| self.state().waiting.len() >= expected) {
                return;
            }
            let pause = gap.min(end.saturating_duration_since(Instant::now()));
            if pause.is_zero() || tokio::time::timeout(pause, arrived).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
