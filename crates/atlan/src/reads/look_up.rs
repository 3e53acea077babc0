//! Looks keys up by filter, many in one request if the server supports it, else one by one; and confirms what was not
//! found.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::api::Api;
use crate::error::{Error, Result};
use crate::guard::{guarded, task_is_gone};
use crate::reads::{Key, Need, Reads, Source, State, Trust};
use crate::request::filter;

/// Keys that are looked up one by one at the same time.
const KEYS_AT_ONCE: usize = 10;

/// Requests that looking these up takes.
pub(super) fn needed<S: Source>(state: &State<S>, questions: &[(Key, Need)]) -> usize {
    let ids = questions.iter().filter(|(key, _)| matches!(key, Key::Id(_))).count();
    let naturals = questions.len() - ids;
    let of = |keys: usize, trust| if trust == Trust::Broken { keys } else { keys.div_ceil(50) };
    of(ids, state.in_on_ids) + of(naturals, state.in_on_naturals)
}

/// Looks up keys, each confirmed as far as its need asks.
pub(super) async fn look_up<S: Source>(
    reads: &Arc<Reads<S>>,
    api: &Api,
    questions: &[(Key, Need)],
    countable: bool,
) -> Result<Vec<S::Record>> {
    let mut keys: Vec<&Key> = questions.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut found: Vec<S::Record> = Vec::new();
    let mut spent = 0;
    for by_id in [true, false] {
        let some: Vec<&Key> = keys.iter().copied().filter(|key| matches!(key, Key::Id(_)) == by_id).collect();
        let mut alone: Vec<&Key> = Vec::new();
        match some.as_slice() {
            [] => continue,
            [one] => alone.push(one),
            many if trust(reads, by_id) == Trust::Broken => alone.extend(many),
            many => {
                for chunk in filter::parts(many, |key| text(key)) {
                    spent += 1;
                    let outcome = look_up_together(reads, api, chunk, by_id).await?;
                    let mut state = reads.state();
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
                let trusted = trust(reads, by_id) == Trust::Works;
                let unusual = reads.state().unusual;
                let missing =
                    many.iter().filter(|key| !found.iter().any(|record| reads.source.fits(key, record)));
                alone.extend(missing.filter(|key| {
                    let recent =
                        questions.iter().all(|(other, need)| other != **key || *need == Need::Recent);
                    // Addresses may be kept in another case than asked for. Before an invitation that counts only where
                    // such were seen: a request for each new person would double the cost.
                    !trusted || (!by_id && reads.source.has_many_forms() && (!recent || unusual))
                }));
            }
        }
        spent += alone.len();
        found.extend(each(reads, api, &alone).await?);
    }
    if countable {
        reads.state().costs.spent += spent;
    }
    let unusual = found.iter().any(|record| reads.source.is_unusual(record));
    reads.state().unusual |= unusual;
    Ok(found)
}

/// Whether `$in` works for one sort of keys.
fn trust<S: Source>(reads: &Reads<S>, by_id: bool) -> Trust {
    let state = reads.state();
    if by_id { state.in_on_ids } else { state.in_on_naturals }
}

/// One request for some keys. `None`: this server has no such filter.
async fn look_up_together<S: Source>(
    reads: &Reads<S>,
    api: &Api,
    keys: &[&Key],
    by_id: bool,
) -> Result<Option<Vec<S::Record>>> {
    let source = &reads.source;
    let texts: Vec<&str> = keys.iter().map(|key| text(key)).collect();
    let field = if by_id { "id" } else { source.natural_field() };
    let filter =
        if by_id { filter::one_of("id", texts.iter().copied()) } else { source.some_naturals(&texts) };
    let mut found = Vec::new();
    let mut foreign = false;
    let visit = |record: S::Record| {
        foreign = !keys.iter().any(|key| source.fits(key, &record));
        if !foreign {
            found.push(record);
        }
        !foreign
    };
    let list = source.list().filter(&filter).seeking(field, texts);
    let total = api.walk(&list, visit).await;
    match total {
        Ok(_) if foreign => Ok(None),
        Ok(total) => {
            learn(reads, total, found.len());
            Ok(Some(found))
        }
        Err(error) if error.status() == Some(400) => Ok(None),
        // Perhaps another person's record, which separate look-ups would not return.
        Err(Error::Unreadable { .. }) if trust(reads, by_id) == Trust::Untried => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes over the number of all records, unless it is the number of those that matched.
fn learn<S: Source>(reads: &Reads<S>, total: Option<usize>, matched: usize) {
    let mut state = reads.state();
    if let Some(total) = total.filter(|total| *total > matched) {
        state.costs.total = Some(total);
    }
}

/// One request for each key, several at a time.
async fn each<S: Source>(reads: &Arc<Reads<S>>, api: &Api, keys: &[&Key]) -> Result<Vec<S::Record>> {
    if let [key] = keys {
        return Ok(one(reads, api, key).await?.into_iter().collect());
    }
    let mut keys = keys.iter();
    let mut found = Vec::new();
    let mut requests = JoinSet::new();
    loop {
        while requests.len() < KEYS_AT_ONCE
            && let Some(key) = keys.next()
        {
            let (reads, api, key) = (Arc::clone(reads), api.clone(), (*key).clone());
            requests.spawn(async move { guarded(reads.source.name(), one(&reads, &api, &key)).await });
        }
        match requests.join_next().await {
            None => return Ok(found),
            Some(Ok(result)) => found.extend(result?),
            Some(Err(_)) => return Err(task_is_gone(reads.source.name())),
        }
    }
}

/// The look-up by one key, which works on every server.
pub(super) async fn one<S: Source>(reads: &Reads<S>, api: &Api, key: &Key) -> Result<Option<S::Record>> {
    let source = &reads.source;
    let (field, filter) = match key {
        Key::Id(id) => ("id", filter::id(id)),
        Key::Natural(key) => (source.natural_field(), source.one_natural(key)),
    };
    let mut found = None;
    let mut others = 0;
    let visit = |record: S::Record| {
        if source.fits(key, &record) {
            found = Some(record);
        } else {
            others += 1;
        }
        found.is_none()
    };
    let list = source.list().filter(&filter).seeking(field, [text(key)]);
    let total = api.walk(&list, visit).await?;
    learn(reads, total, others + usize::from(found.is_some()));
    Ok(found)
}

fn text(key: &Key) -> &str {
    match key {
        Key::Id(id) => id.as_str(),
        Key::Natural(key) => key,
    }
}
