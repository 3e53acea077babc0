//! Answers waves: decides by the rule, reads pages or looks keys up, and distributes the answers.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::Client;
use crate::config::ReadMode;
use crate::error::{Error, Result};
use crate::reads::look_up::{look_up, needed};
use crate::reads::rule::Plan;
use crate::reads::store::Store;
use crate::reads::{Key, Kind, Need, Shelf, Waiting};
use crate::scope::Waited;

/// Pages asked for at the same time.
const PAGES_AT_ONCE: usize = 6;

/// Answers the waves of a kind until no reader waits.
pub(super) async fn work<K: Kind>(client: Client) {
    let shelf = K::shelf(&client.shared);
    loop {
        shelf.gather(client.sharing().gather).await;
        let mut wave = {
            let mut state = shelf.state();
            if state.waiting.is_empty() {
                state.working = false;
                return;
            }
            std::mem::take(&mut state.waiting)
        };
        let questions: Vec<(Key, Need)> = wave.iter().map(|one| (one.key.clone(), one.need)).collect();
        // Each wave counts its own waiting.
        let client = client.detached();
        let abandoned = async {
            for one in &mut wave {
                one.answer.closed().await;
            }
        };
        let answers = tokio::select! {
            answers = answer(&client, shelf, &questions) => answers,
            // Everybody has left: a deadline, or Ctrl-C.
            () = abandoned => continue,
        };
        {
            let mut state = shelf.state();
            state.expected = Some(wave.len() + state.waiting.len());
        }
        deliver(wave, answers, client.waited());
    }
}

fn deliver<K>(wave: Vec<Waiting<K>>, answers: Result<Vec<Option<K>>>, waited: Waited) {
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

async fn answer<K: Kind>(
    client: &Client,
    shelf: &Shelf<K>,
    questions: &[(Key, Need)],
) -> Result<Vec<Option<K>>> {
    let asked = Instant::now();
    let mut answers: Vec<Option<Option<K>>> = vec![None; questions.len()];
    let from_memory = |answers: &mut Vec<Option<Option<K>>>| {
        let sharing = client.sharing();
        let state = shelf.state();
        for (answer, (key, need)) in answers.iter_mut().zip(questions).filter(|(answer, _)| answer.is_none())
        {
            *answer = state.known(key, *need, sharing.snapshot_life, K::recent(sharing));
            let fresh = state.store.as_ref().filter(|store| store.taken >= asked);
            if let (Need::Fresh | Need::Recent, None, Some(store)) = (*need, &*answer, fresh) {
                *answer = state.find(store, key).map(Some);
            }
        }
    };
    from_memory(&mut answers);
    let open = |answers: &[Option<Option<K>>]| -> Vec<(Key, Need)> {
        let open = answers.iter().zip(questions).filter(|(answer, _)| answer.is_none());
        open.map(|(_, question)| question.clone()).collect()
    };
    let mut left = open(&answers);
    // What must be asked anew gives no reason for a snapshot.
    let countable = left.iter().any(|(_, need)| *need != Need::Fresh);
    if countable && pages_read(client, shelf, &left).await? {
        from_memory(&mut answers);
        left = open(&answers);
    }
    let found = look_up(client, shelf, &left, countable).await?;
    let state = shelf.state();
    Ok(questions
        .iter()
        .zip(answers)
        .map(|((key, need), answer)| match answer {
            Some(answer) => answer,
            None => found.iter().find(|record| key.fits(*record)).cloned().or_else(|| match need {
                Need::Any => state.not_yet_shown(key, client.timing().visible_within),
                Need::Recent | Need::Fresh => None,
            }),
        })
        .collect())
}

/// Follows the rule. Whether a page was read.
async fn pages_read<K: Kind>(client: &Client, shelf: &Shelf<K>, left: &[(Key, Need)]) -> Result<bool> {
    let in_flight = client.shared.reading.load(Ordering::Relaxed);
    let plan = || {
        let mut state = shelf.state();
        let sharing = client.sharing();
        let age = state.store.as_ref().map(|store| store.taken.elapsed());
        let age = age.filter(|age| *age <= sharing.snapshot_life);
        let proof_wanted = left.iter().any(|(_, need)| *need == Need::Recent);
        let mode = match age {
            // What a snapshot lacks is looked up, not paged for again, unless it is too old to prove absence.
            Some(age) if !proof_wanted || age <= K::recent(sharing) => {
                return Plan::LookUp(state.choice);
            }
            Some(_) => ReadMode::Auto,
            None => client.config().read_mode,
        };
        let plan = state.costs.plan(mode, K::FEW, needed(&state, left), in_flight);
        state.choice = plan.reason();
        plan
    };
    let first = match plan() {
        Plan::LookUp(_) => return Ok(false),
        plan => plan,
    };
    let taken = Instant::now();
    let list = K::list();
    let page = client.shared.pager.sheet::<K>(&client.shared.transport, &client.scope, &list, 0).await?;
    let step = page.received;
    let mut rows: Vec<K::Packed> = Vec::new();
    let unusual = page.records.iter().any(K::is_unusual);
    rows.extend(page.records.into_iter().map(K::pack));
    {
        let mut state = shelf.state();
        state.unusual |= unusual;
        state.costs.total = page.total.or(Some(step));
        state.costs.page = (step > 0 && page.total.is_some_and(|total| total > step)).then_some(step);
    }
    let complete = step == 0 || page.total == Some(step);
    let mut whole = true;
    if !complete {
        if page.total.is_some() && matches!(first, Plan::FirstPage(_)) && matches!(plan(), Plan::LookUp(_)) {
            let total = page.total.unwrap_or_default();
            shelf.state().choice = first.reason();
            tracing::debug!(kind = K::NAME, total, choice = first.reason(), "no snapshot");
            return Ok(true);
        }
        whole = match page.total {
            Some(total) => read_rest::<K>(client, &mut rows, step, total).await?,
            None => read_on::<K>(client, &mut rows, step).await?,
        };
    }
    let store = Store::new(rows, taken, whole);
    let mut state = shelf.state();
    if matches!(first, Plan::FirstPage(_)) && complete {
        state.choice = "pages: the first one held everything";
    }
    let choice = state.choice;
    tracing::debug!(kind = K::NAME, records = store.len(), whole, choice, "read a snapshot");
    state.costs.total = Some(store.len());
    state.costs.spent = 0;
    state.store = Some(store);
    Ok(true)
}

/// Reads the pages after the first, several at a time. Whether they fit together.
async fn read_rest<K: Kind>(
    client: &Client,
    rows: &mut Vec<K::Packed>,
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
            let client = client.clone();
            pages.spawn(async move {
                let (pager, transport) = (&client.shared.pager, &client.shared.transport);
                let sheet = pager.sheet::<K>(transport, &client.scope, &K::list(), offset).await?;
                let packed: Vec<K::Packed> = sheet.records.into_iter().map(K::pack).collect();
                Ok::<_, Error>((packed, sheet.received, sheet.total))
            });
        }
        let Some(page) = pages.join_next().await else { break };
        let Ok(page) = page else { return Ok(false) };
        let (packed, count, now) = page?;
        whole &= now == Some(total);
        received += count;
        rows.extend(packed);
        if told.elapsed() >= client.timing().progress {
            told = Instant::now();
            tracing::info!(kind = K::NAME, read = received, of = total, "reading pages");
        }
    }
    Ok(whole && received == total)
}

/// Reads on without a total, until a page holds nothing new.
async fn read_on<K: Kind>(client: &Client, rows: &mut Vec<K::Packed>, step: usize) -> Result<bool> {
    let mut seen: HashSet<String> = rows.iter().map(|row| K::packed_id(row).to_owned()).collect();
    let mut offset = step;
    loop {
        let (pager, transport) = (&client.shared.pager, &client.shared.transport);
        let sheet = pager.sheet::<K>(transport, &client.scope, &K::list(), offset).await?;
        let before = seen.len();
        offset += sheet.received;
        for record in sheet.records {
            if seen.insert(record.id().as_str().to_owned()) {
                rows.push(record.pack());
            }
        }
        if seen.len() == before {
            return Ok(sheet.received == 0);
        }
    }
}
