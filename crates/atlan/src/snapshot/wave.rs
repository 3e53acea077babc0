//! Answers waves: decides by the rule, reads pages or looks up, confirms what was not found, hands out the answers.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::request::filter;
use crate::snapshot::rule::Plan;
use crate::snapshot::store::Store;
use crate::snapshot::{Key, Kind, Need, Shelf, Trust, Waiting};

/// Pages asked for at the same time.
const PAGES_AT_ONCE: usize = 6;
/// Keys that are looked up one by one at the same time.
const KEYS_AT_ONCE: usize = 10;
/// Longest list of values in one filter, in bytes once encoded: the whole URL stays below 4 kB.
const FILTER_BYTES: usize = 3000;

/// Works for a kind until nobody waits any more.
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
            let wave = std::mem::take(&mut state.waiting);
            state.last_wave = Some(wave.len());
            wave
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
        deliver(wave, answers, client.waited());
    }
}

fn deliver<K>(wave: Vec<Waiting<K>>, answers: Result<Vec<Option<K>>>, waited: Duration) {
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
            *answer = state.known(key, *need, sharing.snapshot_life, sharing.snapshot_recent);
            let fresh = state.store.as_ref().filter(|store| store.taken >= asked);
            if let (Need::Fresh, Some(store)) = (*need, fresh) {
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
        let has_snapshot = state.store.is_some();
        if has_snapshot
            && state.store.as_ref().is_some_and(|s| s.taken.elapsed() <= client.sharing().snapshot_recent)
        {
            // It has just been read; what it lacks is looked up.
            return Plan::LookUp(state.choice);
        }
        let plan = state.costs.plan(client.config().read_mode, K::FEW, needed(&state, left), in_flight);
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
        if told.elapsed() > Duration::from_secs(10) {
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

/// Requests that looking these up takes.
fn needed<K: Kind>(state: &super::State<K>, questions: &[(Key, Need)]) -> usize {
    let ids = questions.iter().filter(|(key, _)| matches!(key, Key::Id(_))).count();
    let naturals = questions.len() - ids;
    let of = |keys: usize, trust| if trust == Trust::Broken { keys } else { keys.div_ceil(50) };
    of(ids, state.in_on_ids) + of(naturals, state.in_on_naturals)
}

/// Looks up keys, each confirmed as far as its need asks.
async fn look_up<K: Kind>(
    client: &Client,
    shelf: &Shelf<K>,
    questions: &[(Key, Need)],
    countable: bool,
) -> Result<Vec<K>> {
    let keys: HashSet<&Key> = questions.iter().map(|(key, _)| key).collect();
    let mut found: Vec<K> = Vec::new();
    let mut spent = 0;
    for by_id in [true, false] {
        let some: Vec<&Key> = keys.iter().copied().filter(|key| matches!(key, Key::Id(_)) == by_id).collect();
        let trust = |shelf: &Shelf<K>| {
            let state = shelf.state();
            if by_id { state.in_on_ids } else { state.in_on_naturals }
        };
        let mut alone: Vec<&Key> = Vec::new();
        match some.as_slice() {
            [] => continue,
            [one] => alone.push(one),
            many if trust(shelf) == Trust::Broken => alone.extend(many),
            many => {
                for chunk in chunks(many) {
                    spent += 1;
                    let outcome = look_up_together::<K>(client, shelf, chunk, by_id).await?;
                    let mut state = shelf.state();
                    let place = if by_id { &mut state.in_on_ids } else { &mut state.in_on_naturals };
                    match outcome {
                        Some(records) => {
                            if !records.is_empty() {
                                *place = Trust::Works;
                            }
                            found.extend(records);
                        }
                        None => *place = Trust::Broken,
                    }
                }
                let trusted = trust(shelf) == Trust::Works;
                let unusual = shelf.state().unusual;
                let missing = many.iter().filter(|key| !found.iter().any(|record| key.fits(record)));
                alone.extend(missing.filter(|key| {
                    let recent =
                        questions.iter().all(|(other, need)| other != **key || *need == Need::Recent);
                    // Addresses may be kept in another case than asked for. Before an invitation that counts only where
                    // such were seen: a request for each new person would double the cost.
                    !trusted || (!by_id && K::MANY_FORMS && (!recent || unusual))
                }));
            }
        }
        spent += alone.len();
        found.extend(each(client, &alone).await?);
    }
    if countable {
        shelf.state().costs.spent += spent;
    }
    let unusual = found.iter().any(K::is_unusual);
    shelf.state().unusual |= unusual;
    Ok(found)
}

/// One request for some keys. `None`: this server has no such filter.
async fn look_up_together<K: Kind>(
    client: &Client,
    shelf: &Shelf<K>,
    keys: &[&Key],
    by_id: bool,
) -> Result<Option<Vec<K>>> {
    let texts: Vec<&str> = keys.iter().map(|key| text(key)).collect();
    let filter = if by_id { filter::one_of("id", texts) } else { K::some_naturals(&texts) };
    let mut found = Vec::new();
    let mut foreign = false;
    let visit = |record: K| {
        foreign = !keys.iter().any(|key| key.fits(&record));
        if !foreign {
            found.push(record);
        }
        !foreign
    };
    let list = K::list().filter(&filter);
    let total = client.shared.pager.walk(&client.shared.transport, &client.scope, &list, visit).await;
    match total {
        Ok(_) if foreign => Ok(None),
        Ok(total) => {
            learn(shelf, total, found.len());
            Ok(Some(found))
        }
        Err(error) if error.status() == Some(400) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes over the number of all records, unless it is the number of those that matched.
fn learn<K: Kind>(shelf: &Shelf<K>, total: Option<usize>, matched: usize) {
    let mut state = shelf.state();
    if let Some(total) = total.filter(|total| *total > matched) {
        state.costs.total = Some(total);
    }
}

/// One request for each key, several at a time.
async fn each<K: Kind>(client: &Client, keys: &[&Key]) -> Result<Vec<K>> {
    if let [key] = keys {
        return Ok(one(client, key).await?.into_iter().collect());
    }
    let mut keys = keys.iter();
    let mut found = Vec::new();
    let mut requests = JoinSet::new();
    loop {
        while requests.len() < KEYS_AT_ONCE
            && let Some(key) = keys.next()
        {
            let (client, key) = (client.clone(), (*key).clone());
            requests.spawn(async move { one::<K>(&client, &key).await });
        }
        match requests.join_next().await {
            None => return Ok(found),
            Some(Ok(result)) => found.extend(result?),
            // A panic, which is reported where it happened.
            Some(Err(_)) => {}
        }
    }
}

/// The look-up by one key, which works on every server.
pub(super) async fn one<K: Kind>(client: &Client, key: &Key) -> Result<Option<K>> {
    let filter = match key {
        Key::Id(id) => filter::id(id),
        Key::Natural(key) => K::one_natural(key),
    };
    let mut found = None;
    let mut others = 0;
    let visit = |record: K| {
        if key.fits(&record) {
            found = Some(record);
        } else {
            others += 1;
        }
        found.is_none()
    };
    let list = K::list().filter(&filter);
    let total = client.shared.pager.walk(&client.shared.transport, &client.scope, &list, visit).await?;
    learn(K::shelf(&client.shared), total, others + usize::from(found.is_some()));
    Ok(found)
}

fn text(key: &Key) -> &str {
    match key {
        Key::Id(id) => id.as_str(),
        Key::Natural(key) => key,
    }
}

/// Splits keys over filters that fit into a URL.
fn chunks<'a, 'k>(keys: &'a [&'k Key]) -> Vec<&'a [&'k Key]> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, key) in keys.iter().enumerate() {
        // Two quotes and a comma take three bytes each once encoded, as does anything that is not a plain character.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let needed = 9 + text(key).bytes().map(|byte| if plain(byte) { 1 } else { 3 }).sum::<usize>();
        if bytes + needed > FILTER_BYTES && index > start {
            chunks.push(&keys[start..index]);
            (start, bytes) = (index, 0);
        }
        bytes += needed;
    }
    if start < keys.len() {
        chunks.push(&keys[start..]);
    }
    chunks
}
