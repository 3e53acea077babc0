//! What is known of one kind: the snapshot, the writes of this process over it, and which filters work.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::fresh::FreshState;
use super::rule::Costs;
use super::store::Store;
use super::{Key, Need, Source};
use crate::api::Api;
use crate::error::Result;
use crate::guid::Guid;
use crate::list::Record as _;
use crate::scope::Waited;

/// The result of a shared read, and how long it has waited.
pub(super) type Shared<T> = (Result<T>, Waited);

#[derive(Debug)]
pub(super) struct State<S: Source> {
    /// The next wave.
    pub(super) waiting: Vec<Waiting<S::Record>>,
    /// Calls that wait for every record, and are answered with the next wave.
    pub(super) lists: Vec<oneshot::Sender<Shared<Vec<S::Record>>>>,
    /// Whether a task works for this source.
    pub(super) working: bool,
    /// Readers to expect in the next wave: those that wait already, and those of the last one, whose calls ask their
    /// next questions at about the same time.
    pub(super) expected: Option<usize>,
    pub(super) fresh: FreshState<S::Record>,
    pub(super) costs: Costs,
    pub(super) store: Option<Store<S>>,
    /// Writes of this process by GUID, and GUIDs by natural key.
    pub(super) written: HashMap<Guid, Written<S::Packed>>,
    pub(super) names: HashMap<String, Guid>,
    pub(super) in_on_ids: Trust,
    pub(super) in_on_naturals: Trust,
    /// Whether several natural keys can be looked up at once in whatever form they are kept.
    pub(super) in_any_form: Trust,
    /// Natural key of a record that a list has shown, whose letters have two cases.
    pub(super) witness: Option<String>,
    /// GUIDs of records that one look-up has found under the same natural key.
    pub(super) doubles: HashMap<String, Vec<Guid>>,
    /// A record was seen that [`Source::some_naturals`] can't find.
    pub(super) unusual: bool,
    /// Why the last wave was answered as it was, for the summary.
    pub(super) reason: &'static str,
}

#[derive(Debug)]
pub(super) struct Waiting<R> {
    pub(super) key: Key,
    pub(super) need: Need,
    pub(super) answer: oneshot::Sender<Shared<Option<R>>>,
}

#[derive(Debug)]
pub(super) struct Written<P> {
    pub(super) at: Instant,
    /// `None`: deleted.
    pub(super) record: Option<P>,
    /// Whether a list has shown it.
    pub(super) shown: bool,
}

/// Whether a filter works on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    Untried,
    Works,
    Broken,
}

impl<S: Source> State<S> {
    /// Learns from a record that a list has shown.
    pub(super) fn saw(&mut self, source: &S, record: &S::Record) {
        self.unusual |= source.is_unusual(record);
        let natural = source.natural(record);
        let has_cases = natural.bytes().any(|byte| byte.is_ascii_lowercase());
        if source.has_many_forms() && self.witness.is_none() && has_cases && !natural.contains(['\\', '%']) {
            self.witness = Some(natural.into_owned());
        }
    }

    /// The answer from memory. `Some(None)`: absent, and that is believed.
    pub(super) fn known(
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
    pub(super) fn find(&self, source: &S, store: &Store<S>, key: &Key) -> Option<S::Record> {
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

    /// Every record of a snapshot, with the writes of this process laid over it, in the order of the server's list.
    pub(super) fn every(&self, source: &S, store: &Store<S>, within: Duration) -> Vec<S::Record> {
        let is_newer = |written: &Written<S::Packed>| written.at >= store.taken;
        let read =
            store.records(source).filter(|record| !self.written.get(record.id()).is_some_and(is_newer));
        let mut records: Vec<S::Record> = read.collect();
        for (id, written) in &self.written {
            let is_unseen = || !written.shown && written.at.elapsed() <= within;
            let is_missing = || store.find(source, &Key::Id(id.clone())).is_none();
            if is_newer(written) || (is_unseen() && is_missing()) {
                records.extend(written.record.as_ref().map(|packed| source.unpack(packed)));
            }
        }
        records.sort_by(|one, other| (source.order(one), one.id()).cmp(&(source.order(other), other.id())));
        records
    }

    /// Every record from memory, if a snapshot is recent enough to prove that no other exists.
    pub(super) fn every_known(&self, source: &S, api: &Api) -> Option<Vec<S::Record>> {
        let recent = source.recent(api.sharing());
        let store = self.store.as_ref().filter(|store| store.fits && store.taken.elapsed() <= recent)?;
        Some(self.every(source, store, api.timing().visible_within))
    }

    /// The GUIDs of the records that lists have shown under a natural key, if they are more than one. Two people may have
    /// one address where a server keeps its case.
    pub(super) fn doubles(&self, source: &S, natural: &str) -> Vec<Guid> {
        let of_look_ups = self.doubles.get(natural).into_iter().flatten().cloned();
        let of_snapshot = self.store.iter().flat_map(|store| store.ids_of(source, natural));
        let mut ids: Vec<Guid> = of_look_ups.chain(of_snapshot).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| self.written.get(id).is_none_or(|written| written.record.is_some()));
        if ids.len() > 1 { ids } else { Vec::new() }
    }

    /// A record that this process made and no list has shown yet.
    pub(super) fn not_yet_shown(&self, source: &S, key: &Key, within: Duration) -> Option<S::Record> {
        let id = match key {
            Key::Id(id) => id,
            Key::Natural(name) => self.names.get(name)?,
        };
        let written = self.written.get(id)?;
        let packed = written.record.as_ref().filter(|_| !written.shown && written.at.elapsed() <= within);
        packed.map(|packed| source.unpack(packed))
    }
}
