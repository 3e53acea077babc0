//! Lists, read to their end.
//!
//! Atlan pages by `offset` and `limit` over `{"totalRecord", "filterRecord", "records"}`, where `filterRecord` is the
//! number of records that paging will yield. Everything else about it may vary, so reading goes on from the number of records received
//! (a server may cap the page), follows a total that changes, drops duplicates, and without a total ends at an empty
//! page. A list that ends before its total is an error, and so is an empty list without a total: neither proves that
//! anything was deleted.

use std::collections::{BTreeMap, HashSet};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::request::Request;
use crate::scope::Scope;
use crate::transport::Transport;

/// Largest page that was ever seen to work.
const LARGE_PAGE: usize = 100;
/// The page of Atlan's own SDKs, for servers that refuse the large one.
const SMALL_PAGE: usize = 20;

/// A record of a list: its shape on the wire, and the thing it stands for.
pub(crate) trait Record: Sized {
    /// Every field optional, unknown ones ignored.
    type Wire: DeserializeOwned;

    /// Makes sense of a record. `Err` names the missing field.
    fn read(wire: Self::Wire, answer: &Answer) -> Result<Self, &'static str>;

    fn id(&self) -> &Guid;
}

/// What to list: path, filter and whatever else stays the same on each page.
#[derive(Clone, Debug)]
pub(crate) struct List {
    request: Request,
    /// A parameter that a server may refuse.
    doubtful: Option<(&'static str, &'static str)>,
    filtered: bool,
    sought: Sought,
}

/// What a list is read for. It decides about a strange record: one that lacks a field, or has one of an unexpected type,
/// because another program or a bug has left it so.
#[derive(Clone, Debug)]
enum Sought {
    /// Every record matters: a strange one makes the list unreadable.
    Each,
    /// Whatever can be read. Strange records are passed over, and the list proves no absence.
    Readable,
    /// Records with one of these values in a field. A strange record is passed over only if it has another value there; it
    /// must never make a record count as absent.
    By { field: &'static str, values: Vec<String> },
}

impl List {
    pub(crate) fn of(path: &'static str) -> Self {
        Self { request: Request::get(path), doubtful: None, filtered: false, sought: Sought::Each }
    }

    /// The same list of one object, whose GUID takes the place of `{id}`.
    pub(crate) fn about(self, id: &Guid) -> Self {
        Self { request: self.request.about(id), ..self }
    }

    /// Below `/api/service/`.
    pub(crate) fn path(&self) -> &'static str {
        self.request.template
    }

    pub(crate) fn filter(self, filter: &Value) -> Self {
        Self { request: self.request.with("filter", filter.to_string()), filtered: true, ..self }
    }

    /// The same list, read for whatever can be read.
    pub(crate) fn readable(self) -> Self {
        Self { sought: Sought::Readable, ..self }
    }

    /// The same list, read for records with one of these values in a field; case and space do not matter.
    pub(crate) fn seeking<'a>(self, field: &'static str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values = values.into_iter().map(fold).collect();
        Self { sought: Sought::By { field, values }, ..self }
    }

    /// Whether a strange record is passed over.
    fn passes_over(&self, record: &str) -> bool {
        match &self.sought {
            Sought::Each => false,
            Sought::Readable => true,
            Sought::By { field, values } => {
                let record = serde_json::from_str::<Value>(record).unwrap_or_default();
                let value = record.get(field).and_then(Value::as_str).filter(|value| !value.is_empty());
                value.is_some_and(|value| !values.contains(&fold(value)))
            }
        }
    }

    pub(crate) fn with(self, key: &'static str, value: &str) -> Self {
        Self { request: self.request.with(key, value), ..self }
    }

    /// The same list with a parameter that it does without if the server refuses it.
    pub(crate) fn with_if_taken(self, key: &'static str, value: &'static str) -> Self {
        Self { doubtful: Some((key, value)), ..self }
    }

    fn page(&self, offset: usize, limit: usize, doubtful: bool) -> Request {
        let request = match self.doubtful.filter(|_| doubtful) {
            Some((key, value)) => self.request.clone().with(key, value),
            None => self.request.clone(),
        };
        let request = request.with("count", "true");
        request.with("offset", offset.to_string()).with("limit", limit.to_string())
    }
}

fn fold(value: &str) -> String {
    value.trim().to_lowercase()
}

/// A list that is read page by page, and how far.
#[derive(Debug)]
pub(crate) struct Walk<T> {
    list: List,
    progress: Progress,
    seen: HashSet<Guid>,
    strange: BTreeMap<String, Error>,
    /// Records of the kind, whatever the filter, if the server says.
    all: Option<usize>,
    pub(crate) is_done: bool,
    record: PhantomData<fn() -> T>,
}

impl<T> Walk<T> {
    pub(crate) fn new(list: List) -> Self {
        Self {
            list,
            progress: Progress::default(),
            seen: HashSet::new(),
            strange: BTreeMap::new(),
            all: None,
            is_done: false,
            record: PhantomData,
        }
    }
}

/// Reads lists; remembers what the server takes.
#[derive(Debug)]
pub(crate) struct Pager {
    limit: AtomicUsize,
    /// Whether a list with a doubtful parameter was answered.
    takes_doubtful: AtomicBool,
    refuses_doubtful: AtomicBool,
}

impl Default for Pager {
    fn default() -> Self {
        Self {
            limit: AtomicUsize::new(LARGE_PAGE),
            takes_doubtful: AtomicBool::new(false),
            refuses_doubtful: AtomicBool::new(false),
        }
    }
}

impl Pager {
    /// A list, read to its end.
    pub(crate) async fn whole<T: Record>(
        &self,
        transport: &Transport,
        scope: &Scope,
        list: &List,
    ) -> Result<Whole<T>> {
        let (mut walk, mut records) = (Walk::new(list.clone()), Vec::new());
        while !walk.is_done {
            records.extend(self.next(transport, scope, &mut walk).await?);
        }
        Ok(Whole { records, strange: walk.strange })
    }

    /// Calls `visit` with every record of a list, each once, until it returns false. Returns the number of all records of the kind,
    /// whatever the filter, if the server tells it.
    pub(crate) async fn walk<T: Record>(
        &self,
        transport: &Transport,
        scope: &Scope,
        list: &List,
        mut visit: impl FnMut(T) -> bool,
    ) -> Result<Option<usize>> {
        let mut walk = Walk::new(list.clone());
        loop {
            for record in self.next(transport, scope, &mut walk).await? {
                if !visit(record) {
                    return Ok(walk.all);
                }
            }
            if walk.is_done {
                return Ok(walk.all);
            }
        }
    }

    /// The records of the next page that no page before had. Nothing comes after the page that is the last.
    pub(crate) async fn next<T: Record>(
        &self,
        transport: &Transport,
        scope: &Scope,
        walk: &mut Walk<T>,
    ) -> Result<Vec<T>> {
        if walk.is_done {
            return Ok(Vec::new());
        }
        let answer = self.fetch(transport, scope, &walk.list, walk.progress.offset).await?;
        let page = Page::<T>::read(&answer, &walk.list, walk.progress.offset)?;
        walk.all = page.all;
        let strange = walk.strange.len();
        walk.strange.extend(page.strange);
        let of_strange = walk.strange.len() - strange;
        let mut records = page.records;
        records.retain(|record| walk.seen.insert(record.id().clone()));
        match walk.progress.next(page.received, of_strange + records.len(), page.total) {
            Step::Done => walk.is_done = true,
            Step::More => {}
            Step::Stuck => {
                return Err(answer.unreadable("each page repeats the records of the page before"));
            }
            Step::Short(total) => {
                let read = walk.progress.offset;
                return Err(answer.unreadable(format!("of {total} records, it ends after {read}")));
            }
        }
        Ok(records)
    }

    /// One page.
    pub(crate) async fn page<T: Record>(
        &self,
        transport: &Transport,
        scope: &Scope,
        list: &List,
        offset: usize,
    ) -> Result<Page<T>> {
        let answer = self.fetch(transport, scope, list, offset).await?;
        Page::read(&answer, list, offset)
    }

    async fn fetch(
        &self,
        transport: &Transport,
        scope: &Scope,
        list: &List,
        offset: usize,
    ) -> Result<Answer> {
        let limit = self.limit.load(Ordering::Relaxed);
        let doubtful = list.doubtful.is_some() && !self.refuses_doubtful.load(Ordering::Relaxed);
        let refused = match transport.send(scope, list.page(offset, limit, doubtful)).await {
            Err(error) if error.status() == Some(400) => error,
            result => {
                if doubtful && result.is_ok() {
                    self.takes_doubtful.store(true, Ordering::Relaxed);
                }
                return result;
            }
        };
        // Perhaps the page is too large for this server, or a parameter is unknown; if not, all others are refused, too.
        let may_do_without = doubtful && !self.takes_doubtful.load(Ordering::Relaxed);
        let mut forms = Vec::new();
        for limit in [limit, SMALL_PAGE].into_iter().take(if limit > SMALL_PAGE { 2 } else { 1 }) {
            forms.push((limit, doubtful));
            forms.extend(may_do_without.then_some((limit, false)));
        }
        for (other, with) in forms.into_iter().skip(1) {
            let Ok(answer) = transport.send(scope, list.page(offset, other, with)).await else { continue };
            if other < limit {
                tracing::warn!(limit, "the server refuses large pages; reading small ones");
                self.limit.store(other, Ordering::Relaxed);
            }
            self.takes_doubtful.fetch_or(with, Ordering::Relaxed);
            if with != doubtful {
                tracing::debug!(parameter = ?list.doubtful, "the server refuses a parameter; reading without it");
                self.refuses_doubtful.store(true, Ordering::Relaxed);
            }
            return Ok(answer);
        }
        Err(refused)
    }
}

/// A list, read to its end.
#[derive(Debug)]
pub(crate) struct Whole<T> {
    /// What could be read, in server order, each once.
    pub(crate) records: Vec<T>,
    /// The text of each record that was passed over, and why it could not be read.
    strange: BTreeMap<String, Error>,
}

impl<T> Whole<T> {
    /// How many records the list has.
    pub(crate) fn len(&self) -> usize {
        self.records.len() + self.strange.len()
    }

    /// # Errors
    /// Why a record could not be read, if there is such a one.
    pub(crate) fn complete(&self) -> Result<()> {
        self.strange.values().next().map_or(Ok(()), |problem| Err(problem.duplicate()))
    }

    /// Says that none of the records that could not be read has this text in a field. If one has, it may be the one that is looked for.
    ///
    /// # Errors
    /// Why that record could not be read.
    pub(crate) fn proves_absent(&self, text: &str) -> Result<()> {
        for (raw, problem) in &self.strange {
            if mentions(&serde_json::from_str(raw).unwrap_or_default(), text) {
                return Err(problem.duplicate());
            }
        }
        Ok(())
    }
}

fn mentions(json: &Value, text: &str) -> bool {
    match json {
        Value::String(value) => fold(value) == fold(text),
        Value::Array(items) => items.iter().any(|item| mentions(item, text)),
        Value::Object(fields) => fields.values().any(|field| mentions(field, text)),
        _ => false,
    }
}

/// One page, decoded.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) records: Vec<T>,
    /// Entries of the page as the server counts them, null ones included.
    pub(crate) received: usize,
    /// The text of each record that was passed over, and why it could not be read.
    pub(crate) strange: Vec<(String, Error)>,
    /// Records that paging will yield, if the server says.
    pub(crate) total: Option<usize>,
    /// Records of the kind, whatever the filter, if the server says.
    all: Option<usize>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "totalRecord", default, deserialize_with = "count")]
    total_record: Option<usize>,
    #[serde(rename = "filterRecord", default, deserialize_with = "count")]
    filter_record: Option<usize>,
    /// Outer: the key was there. Inner: it was not null.
    #[serde(default = "Option::default", deserialize_with = "present")]
    records: Option<Option<Vec<Option<Box<RawValue>>>>>,
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A total may come as a number, as text, or not at all.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

impl<T: Record> Page<T> {
    fn read(answer: &Answer, list: &List, offset: usize) -> Result<Self> {
        let envelope: Envelope = answer.json()?;
        let total = envelope.filter_record.or(envelope.total_record.filter(|_| !list.filtered));
        let entries = match envelope.records {
            Some(records) => records.unwrap_or_default(),
            None if total == Some(0) => Vec::new(),
            None => return Err(answer.unreadable("`records` is missing")),
        };
        let received = entries.len();
        // An answer that lacks its totals or contradicts them does not prove that a record was deleted.
        if received == 0 && offset == 0 && total != Some(0) {
            let count = if list.filtered { "filterRecord" } else { "totalRecord" };
            return Err(answer.unreadable(match total {
                None => format!("`records` is empty, and `{count}` is missing"),
                Some(total) => format!("`records` is empty, and there should be {total} of them"),
            }));
        }
        let (mut records, mut strange) = (Vec::with_capacity(received), Vec::new());
        for (index, raw) in entries.into_iter().enumerate() {
            let Some(raw) = raw else { continue };
            let record = match serde_json::from_str::<T::Wire>(raw.get()) {
                Ok(wire) => T::read(wire, answer)
                    .map_err(|field| format!("`records[{index}].{field}` is missing or malformed")),
                Err(_) => Err(format!("`records[{index}]` has a field of an unexpected type")),
            };
            match record {
                Ok(record) => records.push(record),
                Err(problem) if list.passes_over(raw.get()) => {
                    tracing::debug!(problem, "passing over a strange record");
                    strange.push((raw.get().to_owned(), answer.unreadable(problem)));
                }
                Err(problem) => return Err(answer.unreadable(problem)),
            }
        }
        // If no record at all can be read, the list is unreadable, and not one record strange.
        if let (true, true, Some((_, problem))) = (offset == 0, records.is_empty(), strange.first())
            && matches!(list.sought, Sought::Readable)
        {
            return Err(problem.duplicate());
        }
        Ok(Self { records, received, strange, total, all: envelope.total_record })
    }
}

/// How far a list has been read; decides what follows a page.
#[derive(Debug, Default)]
struct Progress {
    offset: usize,
    total: Option<usize>,
    /// The next page overlaps the last one, because records moved, so it may contain nothing new.
    overlapping: bool,
}

#[derive(Debug, PartialEq)]
enum Step {
    Done,
    More,
    Stuck,
    /// The list has ended before this total.
    Short(usize),
}

impl Progress {
    fn next(&mut self, received: usize, news: usize, total: Option<usize>) -> Step {
        let overlapping = std::mem::take(&mut self.overlapping);
        let before = std::mem::replace(&mut self.total, total);
        if let (Some(before), Some(total)) = (before, total)
            && total < before
            && self.offset > 0
        {
            // Records were deleted since the page before, so the rest moved up by as many: some were skipped.
            self.offset = self.offset.saturating_sub(before - total);
            self.overlapping = true;
            return Step::More;
        }
        if received == 0 {
            return match total {
                Some(total) if total > self.offset => Step::Short(total),
                _ => Step::Done,
            };
        }
        if news == 0 && !overlapping {
            // A page of null records is no repetition, but it is no progress either.
            return if total.is_some_and(|total| self.offset + received >= total) {
                Step::Done
            } else {
                Step::Stuck
            };
        }
        self.offset += received;
        match total {
            // More came than there should be: the total is wrong, so only an empty page is the end.
            Some(total) if self.offset == total => Step::Done,
            Some(total) if self.offset > total && overlapping => Step::Done,
            _ => Step::More,
        }
    }
}

#[cfg(test)]
mod tests;
