//! Records of one kind: looked up by key in constant time, listed in a stable order, sorted once per change.
//!
//! Every index uses the case-folded text of a field and returns candidates only; callers compare exactly. So one index
//! serves both case-sensitive and case-insensitive look-ups.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::filter::Filter;
use crate::query::{ListQuery, Sort};

/// Place of a record in its table. Grows with each insertion and is never used again: the order of creation.
pub(crate) type Key = u32;

/// One field of a record, as filters and sorting see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell<'a> {
    Null,
    Flag(bool),
    Number(i64),
    Text(&'a str),
}

/// A kind of record.
pub(crate) trait Row {
    /// What may be filtered and sorted by.
    const FIELDS: &'static [&'static str];
    /// What is looked up often. `id` comes first.
    const INDEXED: &'static [&'static str];

    fn cell(&self, field: &str) -> Cell<'_>;

    /// When lists start to show the record.
    fn visible_from(&self) -> Duration {
        Duration::ZERO
    }
}

/// The records of one kind.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<Key, T>,
    /// Rows as they were before their changes, the oldest first: what lists show for a while.
    past: BTreeMap<Key, Vec<Past<T>>>,
    next: Key,
    indexes: Vec<HashMap<String, Vec<Key>>>,
    sorted: HashMap<&'static str, Arc<[Key]>>,
    all_visible_from: Duration,
}

#[derive(Debug)]
struct Past<T> {
    row: T,
    shown_until: Duration,
}

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Records of the kind (or of the relation) without regard to the filter.
    pub(crate) total: usize,
    /// Records that pass the filter.
    pub(crate) matched: usize,
    pub(crate) page: Vec<Key>,
}

impl<T: Row> Table<T> {
    pub(crate) fn new() -> Self {
        Self {
            rows: BTreeMap::new(),
            past: BTreeMap::new(),
            next: 0,
            indexes: T::INDEXED.iter().map(|_| HashMap::new()).collect(),
            sorted: HashMap::new(),
            all_visible_from: Duration::ZERO,
        }
    }

    pub(crate) fn insert(&mut self, row: T) -> Key {
        let key = self.next;
        self.next += 1;
        self.all_visible_from = self.all_visible_from.max(row.visible_from());
        self.index(key, &row);
        self.rows.insert(key, row);
        self.sorted.clear();
        key
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let row = self.rows.remove(&key)?;
        self.unindex(key, &row);
        self.sorted.clear();
        Some(row)
    }

    /// Changes a record in place.
    pub(crate) fn change<R>(&mut self, key: Key, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut row = self.rows.remove(&key)?;
        self.unindex(key, &row);
        let result = change(&mut row);
        self.index(key, &row);
        self.rows.insert(key, row);
        self.sorted.clear();
        Some(result)
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        self.rows.get(&key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        self.rows.iter().map(|(key, row)| (*key, row))
    }

    /// The record as lists show it: for a while after a change, as it was before.
    pub(crate) fn shown(&self, key: Key, now: Duration) -> Option<&T> {
        let past = self.past.get(&key).into_iter().flatten().find(|past| now < past.shown_until);
        let row = past.map(|past| &past.row).or_else(|| self.rows.get(&key));
        row.filter(|row| row.visible_from() <= now)
    }

    /// Lets lists show a record as it is now for some time longer, whatever happens to it.
    pub(crate) fn keep_showing(&mut self, key: Key, until: Duration)
    where
        T: Clone,
    {
        if let Some(row) = self.rows.get(&key) {
            self.past.entry(key).or_default().push(Past { row: row.clone(), shown_until: until });
        }
    }

    fn forget_past(&mut self, now: Duration) {
        self.past.retain(|_, past| {
            past.retain(|past| now < past.shown_until);
            !past.is_empty()
        });
    }

    /// Records whose indexed `field` equals `text` but for case.
    pub(crate) fn find<'a>(&'a self, field: &str, text: &str) -> impl Iterator<Item = (Key, &'a T)> {
        let index = T::INDEXED.iter().position(|name| *name == field).and_then(|at| self.indexes.get(at));
        let keys = index.and_then(|index| index.get(&text.to_lowercase()));
        keys.into_iter().flatten().filter_map(|key| Some((*key, self.rows.get(key)?)))
    }

    /// The record with this GUID.
    pub(crate) fn by_id(&self, id: &str) -> Option<(Key, &T)> {
        self.find("id", id).find(|(_, row)| row.cell("id") == Cell::Text(id))
    }

    /// One page of the records, or of those in `within` when it is given (in its order, unless the query sorts).
    pub(crate) fn select(&mut self, query: &ListQuery, now: Duration, within: Option<Vec<Key>>) -> Selection {
        self.forget_past(now);
        // Indexes and the sort order use the rows as they are now.
        let lags = !self.past.is_empty();
        let hides = lags || now < self.all_visible_from;
        let everything = || -> Vec<Key> {
            if !lags {
                return self.rows.keys().copied().collect();
            }
            self.rows.keys().chain(self.past.keys()).copied().collect::<BTreeSet<Key>>().into_iter().collect()
        };
        let visible = |key: &Key| self.shown(*key, now).is_some();
        let total = match &within {
            Some(keys) => keys.iter().filter(|key| visible(key)).count(),
            None if hides => everything().iter().filter(|key| visible(key)).count(),
            None => self.rows.len(),
        };
        let narrowed = match within {
            Some(keys) => Some(keys),
            None if lags => None,
            None => query.filter.as_ref().and_then(|filter| self.candidates(filter)),
        };
        let presorted = narrowed.is_none() && !lags;
        let mut keys: Vec<Key> = match (narrowed, query.sort) {
            (Some(keys), _) => keys,
            (None, Some(sort)) if presorted => self.order(sort.field).to_vec(),
            (None, _) => everything(),
        };
        if hides || query.filter.is_some() {
            keys.retain(|key| {
                let row = self.shown(*key, now);
                row.is_some_and(|row| query.filter.as_ref().is_none_or(|filter| filter.matches(row)))
            });
        }
        if let Some(Sort { field, descending }) = query.sort {
            if !presorted {
                keys.sort_by_key(|key| (self.shown(*key, now).map(|row| row.cell(field)), *key));
            }
            if descending {
                keys.reverse();
            }
        }
        let page = keys.iter().skip(query.offset).take(query.limit).copied().collect();
        Selection { total, matched: keys.len(), page }
    }

    fn candidates(&self, filter: &Filter) -> Option<Vec<Key>> {
        let (field, values) = filter.narrows(T::INDEXED)?;
        let mut keys: Vec<Key> =
            values.iter().flat_map(|value| self.find(field, value)).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }

    fn order(&mut self, field: &'static str) -> Arc<[Key]> {
        let rows = &self.rows;
        let sorted = self.sorted.entry(field).or_insert_with(|| {
            let mut keys: Vec<Key> = rows.keys().copied().collect();
            keys.sort_by_cached_key(|key| (rows.get(key).map(|row| row.cell(field)), *key));
            keys.into()
        });
        Arc::clone(sorted)
    }

    fn index(&mut self, key: Key, row: &T) {
        for (field, index) in T::INDEXED.iter().zip(&mut self.indexes) {
            if let Cell::Text(text) = row.cell(field) {
                index.entry(text.to_lowercase()).or_default().push(key);
            }
        }
    }

    fn unindex(&mut self, key: Key, row: &T) {
        for (field, index) in T::INDEXED.iter().zip(&mut self.indexes) {
            if let Cell::Text(text) = row.cell(field) {
                let folded = text.to_lowercase();
                if let Some(keys) = index.get_mut(&folded) {
                    keys.retain(|other| *other != key);
                    if keys.is_empty() {
                        index.remove(&folded);
                    }
                }
            }
        }
    }
}
