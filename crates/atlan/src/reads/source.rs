//! What is read: a kind of records, the keys for their look-up, and what an answer must be able to prove.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::Duration;

use serde_json::Value;

use crate::config::Sharing;
use crate::guid::Guid;
use crate::list::{List, Record};

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
    /// The other key beside the GUID: folded email address, or name.
    fn natural<'a>(&self, record: &'a Self::Record) -> Cow<'a, str>;
    /// The field of the list that holds the natural key.
    fn natural_field(&self) -> &'static str;
    /// The field by which the list is sorted.
    fn order<'a>(&self, record: &'a Self::Record) -> &'a str;
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
    /// Folded email address, or name.
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
