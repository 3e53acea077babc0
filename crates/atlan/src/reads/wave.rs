//! Answers waves: decides by the rule, reads pages or looks up keys, and distributes the answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use crate::api::Api;
use crate::config::ReadMode;
use crate::error::Result;
use crate::guard::{AtWork, guarded};
use crate::reads::look_up::{Purpose, look_up, needed};
use crate::reads::pages::FirstPage;
use crate::reads::rule::Strategy;
use crate::reads::store::Store;
use crate::reads::{Key, Need, Reads, Source, State, Waiting};
use crate::scope::Waited;

/// Answers the waves of a source until no reader waits.
pub(super) async fn work<S: Source>(reads: Arc<Reads<S>>, api: Api) {
    let at_work = AtWork::new(|| {
        let mut state = reads.state();
        state.working = false;
        state.waiting.clear();
        state.lists.clear();
    });
    loop {
        reads.gather(api.sharing().gather).await;
        let (mut wave, mut lists) = {
            let mut state = reads.state();
            if state.waiting.is_empty() && state.lists.is_empty() {
                state.working = false;
                at_work.done();
                return;
            }
            (std::mem::take(&mut state.waiting), std::mem::take(&mut state.lists))
        };
        let questions: Vec<(Key, Need)> = wave.iter().map(|one| (one.key.clone(), one.need)).collect();
        // Each wave counts its own waiting.
        let api = api.detached();
        let lists_wanted = !lists.is_empty();
        let answering = async {
            // First, because the snapshot then answers the others.
            let all = match lists_wanted {
                true => Some(guarded(reads.source.name(), every(&reads, &api)).await),
                false => None,
            };
            (all, guarded(reads.source.name(), answer(&reads, &api, &questions)).await)
        };
        let abandoned = async {
            for list in &mut lists {
                list.closed().await;
            }
            for one in &mut wave {
                one.answer.closed().await;
            }
        };
        let (all, answers) = tokio::select! {
            answers = answering => answers,
            // No reader waits any more: a deadline, or Ctrl-C.
            () = abandoned => continue,
        };
        if !wave.is_empty() {
            let mut state = reads.state();
            state.expected = Some(wave.len() + state.waiting.len());
        }
        for list in lists {
            let all = match &all {
                Some(Ok(records)) => Ok(records.clone()),
                Some(Err(error)) => Err(error.duplicate()),
                None => continue,
            };
            // A call that has ended needs no answer.
            let _ = list.send((all, api.waited()));
        }
        deliver(wave, answers, api.waited());
    }
}

pub(super) fn deliver<K>(wave: Vec<Waiting<K>>, answers: Result<Vec<Option<K>>>, waited: Waited) {
    match answers {
        Ok(answers) => {
            for (one, answer) in wave.into_iter().zip(answers) {
                // A call that has ended needs no answer.
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
    let page = FirstPage::read(reads, api).await?;
    let is_last = page.is_last();
    if let Some(total) = page.total.filter(|_| !is_last)
        && matches!(first, Strategy::FirstPage(_))
        && matches!(strategy(), Strategy::LookUp(_))
    {
        reads.state().reason = first.reason();
        tracing::debug!(kind = source.name(), total, reason = first.reason(), "no snapshot");
        return Ok(true);
    }
    let store = page.rest(reads, api).await?;
    let mut state = reads.state();
    if matches!(first, Strategy::FirstPage(_)) && is_last {
        state.reason = "pages: the first one held everything";
    }
    keep(&mut state, source, store);
    Ok(true)
}

/// Every record: those of a recent snapshot, or of one that is read now.
async fn every<S: Source>(reads: &Arc<Reads<S>>, api: &Api) -> Result<Vec<S::Record>> {
    let source = &reads.source;
    if let Some(known) = reads.state().every_known(source, api) {
        return Ok(known);
    }
    let mut store = FirstPage::read(reads, api).await?.rest(reads, api).await?;
    if !store.fits {
        // One page after the other: so records that move meanwhile are followed, and none is left out.
        let taken = Instant::now();
        let records: Vec<S::Record> = api.list(&source.list()).await?;
        let rows = records.into_iter().map(|record| source.pack(record)).collect();
        store = Store::new(source, rows, taken, false);
    }
    let mut state = reads.state();
    let records = state.every(source, &store, api.timing().visible_within);
    state.reason = "pages: a list of all was asked for";
    keep(&mut state, source, store);
    Ok(records)
}

fn keep<S: Source>(state: &mut State<S>, source: &S, store: Store<S>) {
    let (records, whole, reason) = (store.len(), store.whole, state.reason);
    tracing::debug!(kind = source.name(), records, whole, reason, "read a snapshot");
    state.costs.total = Some(records);
    (state.costs.spent, state.costs.saved) = (0, 0);
    state.store = Some(store);
}
