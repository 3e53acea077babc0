//! Answers waves: decides by the rule, reads pages or looks keys up, and distributes the answers.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::api::Api;
use crate::config::ReadMode;
use crate::error::Result;
use crate::guard::{guarded, task_is_gone};
use crate::list::Record;
use crate::reads::look_up::{Purpose, look_up, needed};
use crate::reads::rule::Strategy;
use crate::reads::store::Store;
use crate::reads::{Key, Need, Reads, Source, Waiting};
use crate::scope::Waited;

/// Pages asked for at the same time.
const PAGES_AT_ONCE: usize = 6;

/// Answers the waves of a source until no reader waits.
pub(super) async fn work<S: Source>(reads: Arc<Reads<S>>, api: Api) {
    let mut at_work = AtWork { reads: &reads, ended: false };
    loop {
        reads.gather(api.sharing().gather).await;
        let mut wave = {
            let mut state = reads.state();
            if state.waiting.is_empty() {
                state.working = false;
                at_work.ended = true;
                return;
            }
            std::mem::take(&mut state.waiting)
        };
        let questions: Vec<(Key, Need)> = wave.iter().map(|one| (one.key.clone(), one.need)).collect();
        // Each wave counts its own waiting.
        let api = api.detached();
        let abandoned = async {
            for one in &mut wave {
                one.answer.closed().await;
            }
        };
        let answers = tokio::select! {
            answers = guarded(reads.source.name(), answer(&reads, &api, &questions)) => answers,
            // No reader waits any more: a deadline, or Ctrl-C.
            () = abandoned => continue,
        };
        {
            let mut state = reads.state();
            state.expected = Some(wave.len() + state.waiting.len());
        }
        deliver(wave, answers, api.waited());
    }
}

/// The task that answers waves. If it ends by a bug, readers must not wait for it: dropping their questions tells them, and
/// the next reader starts another task.
struct AtWork<'a, S: Source> {
    reads: &'a Reads<S>,
    ended: bool,
}

impl<S: Source> Drop for AtWork<'_, S> {
    fn drop(&mut self) {
        if !self.ended {
            let mut state = self.reads.state();
            state.working = false;
            state.waiting.clear();
        }
    }
}

pub(super) fn deliver<K>(wave: Vec<Waiting<K>>, answers: Result<Vec<Option<K>>>, waited: Waited) {
    match answers {
        Ok(answers) => {
            for (one, answer) in wave.into_iter().zip(answers) {
                // Whoever has left misses nothing.
                let _ = one.answer.send((Ok(answer), waited));
            }
        }
        Err(error) => {
            for one in wave {
                let _ = one.answer.send((Err(error.duplicate()), waited));
            }
        }
    }
}

async fn answer<S: Source>(
    reads: &Arc<Reads<S>>,
    api: &Api,
    questions: &[(Key, Need)],
) -> Result<Vec<Option<S::Record>>> {
    let source = &reads.source;
    let asked = Instant::now();
    let mut answers: Vec<Option<Option<S::Record>>> = vec![None; questions.len()];
    let from_memory = |answers: &mut Vec<Option<Option<S::Record>>>| {
        let sharing = api.sharing();
        let state = reads.state();
        for (answer, (key, need)) in answers.iter_mut().zip(questions).filter(|(answer, _)| answer.is_none())
        {
            *answer = state.known(source, key, *need, sharing.snapshot_life, source.recent(sharing));
            let fresh = state.store.as_ref().filter(|store| store.taken >= asked);
            if let (Need::Fresh | Need::Recent, None, Some(store)) = (*need, &*answer, fresh) {
                *answer = state.find(source, store, key).map(Some);
            }
        }
    };
    from_memory(&mut answers);
    let open = |answers: &[Option<Option<S::Record>>]| -> Vec<(Key, Need)> {
        let open = answers.iter().zip(questions).filter(|(answer, _)| answer.is_none());
        open.map(|(_, question)| question.clone()).collect()
    };
    let mut left = open(&answers);
    // What must be asked anew gives no reason for a snapshot.
    let countable = left.iter().any(|(_, need)| *need != Need::Fresh);
    if countable && pages_read(reads, api, &left).await? {
        from_memory(&mut answers);
        left = open(&answers);
    }
    let purpose = if countable { Purpose::Read } else { Purpose::Confirm };
    let found = look_up(reads, api, &left, &[], purpose).await?.records;
    let state = reads.state();
    Ok(questions
        .iter()
        .zip(answers)
        .map(|((key, need), answer)| match answer {
            Some(answer) => answer,
            None => found.iter().find(|record| source.fits(key, record)).cloned().or_else(|| match need {
                Need::Any => state.not_yet_shown(source, key, api.timing().visible_within),
                Need::Recent | Need::Fresh => None,
            }),
        })
        .collect())
}

/// Follows the rule. Whether a page was read.
async fn pages_read<S: Source>(reads: &Arc<Reads<S>>, api: &Api, left: &[(Key, Need)]) -> Result<bool> {
    let source = &reads.source;
    let in_flight = reads.in_flight.load(Ordering::Relaxed);
    let strategy = || {
        let mut state = reads.state();
        let sharing = api.sharing();
        let age = state.store.as_ref().map(|store| store.taken.elapsed());
        let age = age.filter(|age| *age <= sharing.snapshot_life);
        let proof_wanted = left.iter().any(|(_, need)| *need == Need::Recent);
        let mode = match age {
            // What a snapshot lacks is looked up, not paged for again, unless it is too old to prove absence.
            Some(age) if !proof_wanted || age <= source.recent(sharing) => {
                return Strategy::LookUp(state.reason);
            }
            Some(_) => ReadMode::Auto,
            None => api.config().read_mode,
        };
        let strategy = state.costs.strategy(mode, source.is_small(), needed(&state, left), in_flight);
        state.reason = strategy.reason();
        strategy
    };
    let first = match strategy() {
        Strategy::LookUp(_) => return Ok(false),
        strategy => strategy,
    };
    let taken = Instant::now();
    let page = api.page::<S::Record>(&source.list(), 0).await?;
    let step = page.received;
    let mut rows: Vec<S::Packed> = Vec::new();
    {
        let mut state = reads.state();
        for record in &page.records {
            state.saw(source, record);
        }
        state.costs.total = page.total.or(Some(step));
        state.costs.page = (step > 0 && page.total.is_some_and(|total| total > step)).then_some(step);
    }
    rows.extend(page.records.into_iter().map(|record| source.pack(record)));
    let complete = step == 0 || page.total == Some(step);
    // A record that could not be read may be anybody's.
    let mut whole = page.strange.is_empty();
    if !complete {
        if page.total.is_some()
            && matches!(first, Strategy::FirstPage(_))
            && matches!(strategy(), Strategy::LookUp(_))
        {
            let total = page.total.unwrap_or_default();
            reads.state().reason = first.reason();
            tracing::debug!(kind = source.name(), total, reason = first.reason(), "no snapshot");
            return Ok(true);
        }
        whole &= match page.total {
            Some(total) => read_rest(reads, api, &mut rows, step, total).await?,
            None => read_on(reads, api, &mut rows, step).await?,
        };
    }
    let store = Store::new(source, rows, taken, whole);
    let mut state = reads.state();
    if matches!(first, Strategy::FirstPage(_)) && complete {
        state.reason = "pages: the first one held everything";
    }
    let reason = state.reason;
    tracing::debug!(kind = source.name(), records = store.len(), whole, reason, "read a snapshot");
    state.costs.total = Some(store.len());
    state.costs.spent = 0;
    state.store = Some(store);
    Ok(true)
}

/// Reads the pages after the first, several at a time. Whether they fit together.
async fn read_rest<S: Source>(
    reads: &Arc<Reads<S>>,
    api: &Api,
    rows: &mut Vec<S::Packed>,
    step: usize,
    total: usize,
) -> Result<bool> {
    let mut offsets = (step..total).step_by(step.max(1));
    let (mut received, mut whole) = (step, true);
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
        whole &= all_read && now == Some(total);
        received += count;
        rows.extend(packed);
        if told.elapsed() >= api.timing().progress {
            told = Instant::now();
            tracing::info!(kind = reads.source.name(), read = received, of = total, "reading pages");
        }
    }
    Ok(whole && received == total)
}

/// Reads on without a total, until a page holds nothing new.
async fn read_on<S: Source>(
    reads: &Reads<S>,
    api: &Api,
    rows: &mut Vec<S::Packed>,
    step: usize,
) -> Result<bool> {
    let source = &reads.source;
    let mut seen: HashSet<String> = rows.iter().map(|row| source.packed_id(row).to_owned()).collect();
    let (mut offset, mut whole) = (step, true);
    loop {
        let page = api.page::<S::Record>(&source.list(), offset).await?;
        let before = seen.len();
        offset += page.received;
        whole &= page.strange.is_empty();
        for record in page.records {
            if seen.insert(record.id().as_str().to_owned()) {
                rows.push(source.pack(record));
            }
        }
        if seen.len() == before {
            return Ok(whole && page.received == 0);
        }
    }
}
