//! Reads the pages of a kind into a snapshot.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::api::Api;
use crate::error::Result;
use crate::guard::{guarded, task_is_gone};
use crate::list::Record;
use crate::reads::store::Store;
use crate::reads::{Reads, Source};

/// Pages asked for at the same time.
const PAGES_AT_ONCE: usize = 6;

/// The first page, which tells how many others there are.
pub(super) struct FirstPage<S: Source> {
    rows: Vec<S::Packed>,
    /// When it was asked for.
    taken: Instant,
    received: usize,
    /// Records of all pages, if the server tells.
    pub(super) total: Option<usize>,
    /// Whether every record on it could be read.
    readable: bool,
}

impl<S: Source> FirstPage<S> {
    pub(super) async fn read(reads: &Reads<S>, api: &Api) -> Result<Self> {
        let source = &reads.source;
        let taken = Instant::now();
        let page = api.page::<S::Record>(&source.list(), 0).await?;
        let (received, total, readable) = (page.received, page.total, page.strange.is_empty());
        let mut state = reads.state();
        for record in &page.records {
            state.saw(source, record);
        }
        state.costs.total = total.or(Some(received));
        state.costs.page = (received > 0 && total.is_some_and(|total| total > received)).then_some(received);
        drop(state);
        let rows = page.records.into_iter().map(|record| source.pack(record)).collect();
        Ok(Self { rows, taken, received, total, readable })
    }

    /// Whether no other page follows.
    pub(super) fn is_last(&self) -> bool {
        self.received == 0 || self.total == Some(self.received)
    }

    /// Reads the other pages.
    pub(super) async fn rest(self, reads: &Arc<Reads<S>>, api: &Api) -> Result<Store<S>> {
        let is_last = self.is_last();
        let Self { mut rows, taken, received, total, readable } = self;
        let rest = match total {
            _ if is_last => Rest { fit: true, readable: true },
            Some(total) => read_rest(reads, api, &mut rows, received, total).await?,
            None => read_on(reads, api, &mut rows, received).await?,
        };
        Ok(Store::new(&reads.source, rows, taken, rest.fit).readable(readable && rest.readable))
    }
}

/// What the pages after the first were like.
struct Rest {
    /// Whether they fit together with the first.
    fit: bool,
    /// Whether every record on them could be read.
    readable: bool,
}

/// Reads the pages after the first, several at a time.
async fn read_rest<S: Source>(
    reads: &Arc<Reads<S>>,
    api: &Api,
    rows: &mut Vec<S::Packed>,
    step: usize,
    total: usize,
) -> Result<Rest> {
    let mut offsets = (step..total).step_by(step.max(1));
    let (mut received, mut fit, mut readable) = (step, true, true);
    let mut pages = JoinSet::new();
    let started = Instant::now();
    let mut told = started;
    loop {
        while pages.len() < PAGES_AT_ONCE
            && let Some(offset) = offsets.next()
        {
            let (reads, api) = (Arc::clone(reads), api.clone());
            pages.spawn(async move {
                let source = &reads.source;
                guarded(source.name(), async {
                    let page = api.page::<S::Record>(&source.list(), offset).await?;
                    let packed: Vec<S::Packed> =
                        page.records.into_iter().map(|record| source.pack(record)).collect();
                    Ok((packed, page.received, page.total, page.strange.is_empty()))
                })
                .await
            });
        }
        let Some(page) = pages.join_next().await else { break };
        let (packed, count, now, all_read) =
            page.unwrap_or_else(|_| Err(task_is_gone(reads.source.name())))?;
        fit &= now == Some(total);
        readable &= all_read;
        received += count;
        rows.extend(packed);
        if told.elapsed() >= api.timing().progress {
            told = Instant::now();
            tracing::info!(kind = reads.source.name(), read = received, of = total, "reading pages");
        }
    }
    Ok(Rest { fit: fit && received == total, readable })
}

/// Reads on without a total, until a page holds nothing new.
async fn read_on<S: Source>(
    reads: &Reads<S>,
    api: &Api,
    rows: &mut Vec<S::Packed>,
    step: usize,
) -> Result<Rest> {
    let source = &reads.source;
    let mut seen: HashSet<String> = rows.iter().map(|row| source.packed_id(row).to_owned()).collect();
    let (mut offset, mut readable) = (step, true);
    loop {
        let page = api.page::<S::Record>(&source.list(), offset).await?;
        let before = seen.len();
        offset += page.received;
        readable &= page.strange.is_empty();
        for record in page.records {
            if seen.insert(record.id().as_str().to_owned()) {
                rows.push(source.pack(record));
            }
        }
        if seen.len() == before {
            return Ok(Rest { fit: page.received == 0, readable });
        }
    }
}
