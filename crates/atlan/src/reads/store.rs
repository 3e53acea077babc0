//! The records of one kind at one moment, in little memory, found by GUID and by natural key.
//!
//! Rows are sorted by GUID, and a second order sorts their numbers by natural key: both look-ups are binary searches,
//! and the indexes cost four bytes a row.

use tokio::time::Instant;

use crate::guid::Guid;
use crate::reads::{Key, Source};

#[derive(Debug)]
pub(crate) struct Store<S: Source> {
    rows: Vec<S::Packed>,
    by_natural: Vec<u32>,
    /// When the first page was asked for.
    pub(crate) taken: Instant,
    /// Whether the pages fit together: no record moved while they were read.
    pub(crate) fits: bool,
    /// Whether the pages fit together and every record on them could be read. One that could not may be anybody's.
    pub(crate) whole: bool,
}

impl<S: Source> Store<S> {
    /// Of rows with one GUID, the one read last stays.
    pub(crate) fn new(source: &S, mut rows: Vec<S::Packed>, taken: Instant, fits: bool) -> Self {
        let read = rows.len();
        rows.reverse();
        rows.sort_by(|one, other| source.packed_id(one).cmp(source.packed_id(other)));
        rows.dedup_by(|later, first| source.packed_id(later) == source.packed_id(first));
        rows.shrink_to_fit();
        let fits = fits && rows.len() == read;
        let natural = |number: &u32| rows.get(*number as usize).map(|row| source.packed_natural(row));
        let mut by_natural: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        by_natural.sort_by(|one, other| natural(one).cmp(&natural(other)));
        Self { rows, by_natural, taken, fits, whole: fits }
    }

    /// The same, with or without records that could not be read.
    pub(crate) fn readable(self, readable: bool) -> Self {
        Self { whole: self.whole && readable, ..self }
    }

    pub(crate) fn find(&self, source: &S, key: &Key) -> Option<S::Record> {
        let number = match key {
            Key::Id(id) => self.rows.binary_search_by(|row| source.packed_id(row).cmp(id.as_str())).ok()?,
            Key::Natural(key) => {
                let natural = |number: &u32| {
                    self.rows.get(*number as usize).map(|row| source.packed_natural(row)).unwrap_or_default()
                };
                let at = self.by_natural.binary_search_by(|number| natural(number).as_ref().cmp(key)).ok()?;
                *self.by_natural.get(at)? as usize
            }
        };
        self.rows.get(number).map(|row| source.unpack(row))
    }

    /// The GUIDs of all records with this natural key.
    pub(crate) fn ids_of(&self, source: &S, natural: &str) -> Vec<Guid> {
        let row = |number: &u32| self.rows.get(*number as usize);
        let key = |number: &u32| row(number).map(|row| source.packed_natural(row)).unwrap_or_default();
        let start = self.by_natural.partition_point(|number| key(number).as_ref() < natural);
        let own = self.by_natural.iter().skip(start).take_while(|number| key(number) == natural);
        own.filter_map(|number| row(number).map(|row| Guid::known(source.packed_id(row)))).collect()
    }

    /// Every record, in order of their GUIDs.
    pub(crate) fn records(&self, source: &S) -> impl Iterator<Item = S::Record> {
        self.rows.iter().map(|row| source.unpack(row))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}
