//! Shared reads: concurrent look-ups of people or groups share their requests.
//!
//! A reader states a [`Key`] and a [`Need`] and waits. Readers that wait at the same time form a wave. One filtered
//! request for all its keys answers a wave. If it is cheaper in the end, the whole kind is read once by page into a
//! snapshot instead, which then answers from memory. Each kind has a single task for this, so a kind is never paged twice
//! at once, and the next wave gathers while one is in flight. Reads that follow a write, or precede one, must be asked of
//! the server anew; their waves overlap, and one may answer writes that are still in flight (`fresh.rs`).
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
//! `read_mode = "snapshot"` always reads the pages (500 for 50,000 people), `"single"` sends one request for each read. Groups
//! follow the same rule, but a first page is read for one of them, too: 2 for one of more than a page of groups.
//!
//! **What may be believed.** A record in the snapshot is a valid answer while the snapshot is at most five minutes old.
//! The absence of a record is not: a look-up sent after the question must confirm it. So if paging skipped a record
//! because others moved meanwhile, that costs a request but never loses a person. Only the check before a create
//! accepts absence from a snapshot, if the snapshot is complete and at most ten seconds old (people) or a minute
//! (groups, whose names are unique on the server): somebody may invite the same person in that time, just as they may
//! between a look-up and the invitation. Presence counts for that check only if a request after the question confirms it.
//! Writes of this process are applied to the snapshot, and what it has made is never absent. An object made by this process that no list has shown yet never counts as deleted.
//!
//! **Filters that may not work.** Equality on `id` and `name`, and `$in` on `email`, are known to work on tenants; for
//! `$in` on `id` and `name` this is not known. It is tried, and trusted once it has found something. If it is refused,
//! returns other records or finds nothing, each key is looked up separately. A server without it therefore only costs
//! requests, and shifts the choice towards pages. What a filter does not find may also be kept in another form: before an
//! invitation, a filter for several addresses must find somebody who is known to be there, too (`look_up.rs`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tracing::Instrument;

use crate::api::Api;
use crate::config::{ReadMode, Sharing};
use crate::error::Result;
use crate::guard::task_is_gone;
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::scope::Waited;

mod fresh;
mod look_up;
mod rule;
mod store;
mod wave;

pub(crate) use fresh::Coming;
use fresh::FreshState;
use look_up::Purpose;
use rule::Costs;
use store::Store;

/// Where records come from, and how they are told apart: all people of the tenant, say.
pub(crate) trait Source: Debug + Send + Sync + 'static {
    type Record: Record + Clone + Debug + Send + Sync + 'static;
    /// The record in little memory.
    type Packed: Debug + Send + Sync + 'static;

    /// `people`, for logs.
    fn name(&self) -> &'static str;
    fn list(&self) -> List;
    /// How long a whole snapshot proves absence.
    fn recent(&self, sharing: &Sharing) -> Duration;
    /// Whether the first page is normally all there is.
    fn is_small(&self) -> bool;
    /// Whether `$in` on the natural key is known to work.
    fn knows_in_on_naturals(&self) -> bool;
    /// Whether records may hold their natural key in another form than [`Source::some_naturals`] asks for.
    fn has_many_forms(&self) -> bool;
    /// The other key beside the GUID: folded e-mail address, or name.
    fn natural<'a>(&self, record: &'a Self::Record) -> Cow<'a, str>;
    /// The field of the list that holds the natural key.
    fn natural_field(&self) -> &'static str;
    /// Finds every record with this natural key, and perhaps others.
    fn one_natural(&self, key: &str) -> Value;
    /// Finds the records with one of these natural keys in their usual form.
    fn some_naturals(&self, keys: &[&str]) -> Value;
    /// Whether a record could be missed by [`Source::some_naturals`], because its key has another form.
    fn is_unusual(&self, record: &Self::Record) -> bool;
    fn pack(&self, record: Self::Record) -> Self::Packed;
    fn unpack(&self, packed: &Self::Packed) -> Self::Record;
    fn packed_id<'a>(&self, packed: &'a Self::Packed) -> &'a str;
    fn packed_natural<'a>(&self, packed: &'a Self::Packed) -> Cow<'a, str>;

    /// Whether a record is the one asked for.
    fn fits(&self, key: &Key, record: &Self::Record) -> bool {
        match key {
            Key::Id(id) => record.id() == id,
            Key::Natural(key) => self.natural(record) == key.as_str(),
        }
    }
}

/// What a record is asked for by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Id(Guid),
    /// Folded e-mail address, or name.
    Natural(String),
}

/// How much an answer must be worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A record of the snapshot will do; absence is confirmed.
    Any,
    /// A recent, whole snapshot proves absence; presence is asked of the server after the question.
    Recent,
    /// Asked of the server after the question.
    Fresh,
}

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

#[derive(Debug)]
struct State<S: Source> {
    /// The next wave.
    waiting: Vec<Waiting<S::Record>>,
    /// Whether a task works for this source.
    working: bool,
    /// Readers to expect in the next wave: those that wait already, and those of the last one, whose calls ask their
    /// next questions at about the same time.
    expected: Option<usize>,
    fresh: FreshState<S::Record>,
    costs: Costs,
    store: Option<Store<S>>,
    /// Writes of this process by GUID, and GUIDs by natural key.
    written: HashMap<Guid, Written<S::Packed>>,
    names: HashMap<String, Guid>,
    in_on_ids: Trust,
    in_on_naturals: Trust,
    /// Whether several natural keys can be looked up at once in whatever form they are kept.
    in_any_form: Trust,
    /// Natural key of a record that a list has shown, whose letters have two cases.
    witness: Option<String>,
    /// A record was seen that [`Source::some_naturals`] can't find.
    unusual: bool,
    /// Why the last wave was answered as it was, for the summary.
    reason: &'static str,
}

#[derive(Debug)]
struct Waiting<R> {
    key: Key,
    need: Need,
    answer: oneshot::Sender<(Result<Option<R>>, Waited)>,
}

#[derive(Debug)]
struct Written<P> {
    at: Instant,
    /// `None`: deleted.
    record: Option<P>,
    /// Whether a list has shown it.
    shown: bool,
}

/// Whether a filter works on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Untried,
    Works,
    Broken,
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
            return look_up::one(self, api, &key).await;
        }
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let _in_flight = InFlight(&self.in_flight);
        let answer = {
            let mut state = self.state();
            if let Some(known) =
                state.known(&self.source, &key, need, sharing.snapshot_life, self.source.recent(sharing))
            {
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
                if !std::mem::replace(&mut state.working, true) {
                    tokio::spawn(wave::work(Arc::clone(self), api.detached()).in_current_span());
                }
                self.arrived.notify_one();
            }
            answer
        };
        let stopped = |stop| api.stopped("GET", self.source.list().path(), stop, None);
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
                Err(stopped(stop))
            }
        }
    }

    /// Looks keys up now, in few requests. Records are found under the natural key in its usual form; whether one that
    /// is not found may have another form is up to the caller.
    pub(crate) async fn look(self: &Arc<Self>, api: &Api, keys: Vec<Key>) -> Result<Vec<S::Record>> {
        let questions: Vec<(Key, Need)> = keys.into_iter().map(|key| (key, Need::Recent)).collect();
        Ok(look_up::look_up(self, api, &questions, &[], Purpose::Watch).await?.records)
    }

    /// Every record, asked of the server and in its order. Later reads are answered from them, too.
    pub(crate) async fn all(&self, api: &Api) -> Result<Vec<S::Record>> {
        let taken = Instant::now();
        let records: Vec<S::Record> = api.list(&self.source.list()).await?;
        if api.config().read_mode != ReadMode::Single {
            let rows = records.iter().map(|record| self.source.pack(record.clone())).collect();
            // The pages may not fit together, so a record's absence from them proves nothing.
            let store = Store::new(&self.source, rows, taken, false);
            let mut state = self.state();
            for record in &records {
                state.saw(&self.source, record);
            }
            let life = api.sharing().snapshot_life;
            if state.store.as_ref().is_none_or(|store| store.taken.elapsed() > life) {
                state.store = Some(store);
            }
        }
        Ok(records)
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

impl<S: Source> State<S> {
    /// Learns from a record that a list has shown.
    fn saw(&mut self, source: &S, record: &S::Record) {
        self.unusual |= source.is_unusual(record);
        let natural = source.natural(record);
        let has_cases = natural.bytes().any(|byte| byte.is_ascii_lowercase());
        if source.has_many_forms() && self.witness.is_none() && has_cases && !natural.contains(['\\', '%']) {
            self.witness = Some(natural.into_owned());
        }
    }

    /// The answer from memory. `Some(None)`: absent, and that is believed.
    fn known(
        &self,
        source: &S,
        key: &Key,
        need: Need,
        life: Duration,
        recent: Duration,
    ) -> Option<Option<S::Record>> {
        let store = self.store.as_ref().filter(|store| store.taken.elapsed() <= life)?;
        if need == Need::Fresh {
            return None;
        }
        let found = self.find(source, store, key);
        if need == Need::Recent {
            // "Exists" would become an error or an adoption, so it is asked anew. So is what this process has made and
            // this list does not show: some lists may lag behind others.
            let proven =
                found.is_none() && !self.has_made(key) && store.whole && store.taken.elapsed() <= recent;
            return proven.then_some(None);
        }
        found.map(Some)
    }

    /// Whether this process has made a record of this key, and not deleted it.
    fn has_made(&self, key: &Key) -> bool {
        let id = match key {
            Key::Id(id) => Some(id),
            Key::Natural(name) => self.names.get(name),
        };
        id.and_then(|id| self.written.get(id)).is_some_and(|written| written.record.is_some())
    }

    /// A record of the snapshot, with the writes of this process laid over it.
    fn find(&self, source: &S, store: &Store<S>, key: &Key) -> Option<S::Record> {
        let id = match key {
            Key::Id(id) => Some(id),
            Key::Natural(name) => self.names.get(name),
        };
        let written = id.and_then(|id| self.written.get(id)).filter(|written| written.at >= store.taken);
        match written {
            Some(written) => written
                .record
                .as_ref()
                .map(|packed| source.unpack(packed))
                .filter(|record| source.fits(key, record)),
            None => store.find(source, key).filter(|record| {
                // Written since under another key, or deleted.
                self.written.get(record.id()).is_none_or(|written| written.at < store.taken)
            }),
        }
    }

    /// A record that this process made and no list has shown yet.
    fn not_yet_shown(&self, source: &S, key: &Key, within: Duration) -> Option<S::Record> {
        let id = match key {
            Key::Id(id) => id,
            Key::Natural(name) => self.names.get(name)?,
        };
        let written = self.written.get(id)?;
        let packed = written.record.as_ref().filter(|_| !written.shown && written.at.elapsed() <= within);
        packed.map(|packed| source.unpack(packed))
    }
}

#[cfg(test)]
mod tests;
