//! Looks keys up by filter, many in one request if the server supports it, else one by one; and confirms what was not
//! found.
//!
//! **Absence before an invitation.** `$in` respects case, and Atlan may have stored an address in another case. So an
//! address that `$in` does not find may still exist. An `$or` of conditions that ignore case would prove absence, but
//! it is documented for other lists only, and if such a filter finds nobody, nothing shows whether it works. So each
//! request also tests the filter: its last condition asks for a *witness*, a person whom a list has shown, by their
//! address in upper case. If the witness is missing in the answer, every address is looked up separately.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::api::Api;
use crate::error::{Error, Result};
use crate::guard::{guarded, task_is_gone};
use crate::list::Record as _;
use crate::reads::{Key, Need, Reads, Source, State, Trust};
use crate::request::filter;

/// Keys that are looked up one by one at the same time.
const KEYS_AT_ONCE: usize = 10;

/// Requests that looking these up takes.
pub(super) fn needed<S: Source>(state: &State<S>, questions: &[(Key, Need)]) -> usize {
    let ids = questions.iter().filter(|(key, _)| matches!(key, Key::Id(_))).count();
    let naturals = questions.len() - ids;
    let of = |keys: usize, trust, at_once| if trust == Trust::Broken { keys } else { keys.div_ceil(at_once) };
    let before_creates = questions.iter().any(|(_, need)| *need == Need::Recent);
    let of_naturals = if before_creates {
        of(naturals, state.in_any_form, 25)
    } else {
        of(naturals, state.in_on_naturals, 50)
    };
    of(ids, state.in_on_ids, 50) + of_naturals
}

/// What a look-up is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To answer readers; it counts as a cost that a snapshot would have saved.
    Read,
    /// To answer readers who must be answered by a look-up in any case.
    Confirm,
    /// To see whether something that was sent in its usual form shows. Absence is no proof.
    Watch,
}

/// What a look-up has found.
#[derive(Debug)]
pub(super) struct Found<R> {
    pub(super) records: Vec<R>,
    /// The keys beside the questions whose absence from the records proves something: a filter that works has asked for them.
    pub(super) beside: Vec<Key>,
}

/// Looks up keys, each confirmed as far as its need asks. Keys `beside` them are asked for where one filter finds several
/// keys, and are not confirmed.
pub(super) async fn look_up<S: Source>(
    reads: &Arc<Reads<S>>,
    api: &Api,
    questions: &[(Key, Need)],
    beside: &[Key],
    purpose: Purpose,
) -> Result<Found<S::Record>> {
    let mut keys: Vec<&Key> = questions.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut found: Vec<S::Record> = Vec::new();
    let mut spent = 0;
    let mut covered: Vec<Key> = Vec::new();
    for by_id in [true, false] {
        let is_of_kind = |key: &&Key| matches!(key, Key::Id(_)) == by_id;
        let some: Vec<&Key> = keys.iter().copied().filter(is_of_kind).collect();
        let beside: Vec<&Key> = beside.iter().filter(is_of_kind).filter(|key| !some.contains(key)).collect();
        let mut alone: Vec<&Key> = Vec::new();
        let in_any_form = !by_id && reads.source.has_many_forms() && purpose != Purpose::Watch;
        match some.as_slice() {
            [] if beside.is_empty() || trust(reads, by_id) != Trust::Works => continue,
            [one] if beside.is_empty() => alone.push(one),
            many if !many.is_empty()
                && in_any_form
                && many.iter().all(|key| is_before_a_create(questions, key)) =>
            {
                let (records, unproven, requests) = look_up_in_any_form(reads, api, many).await?;
                found.extend(records);
                alone.extend(unproven);
                spent += requests;
            }
            many if trust(reads, by_id) == Trust::Broken => alone.extend(many),
            many => {
                let all: Vec<&Key> = many.iter().chain(&beside).copied().collect();
                for chunk in filter::parts(&all, 0, |key| text(key)) {
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
                if trusted {
                    covered.extend(beside.into_iter().cloned());
                }
                let unusual = reads.state().unusual;
                let missing =
                    many.iter().filter(|key| !found.iter().any(|record| reads.source.fits(key, record)));
                let missing = missing.copied().filter(|_| {
                    // What was sent in its usual form shows in it, unless the server is known for others.
                    let in_usual_form = purpose == Purpose::Watch && !unusual;
                    !trusted || (!by_id && reads.source.has_many_forms() && !in_usual_form)
                });
                let missing: Vec<&Key> = missing.collect();
                if in_any_form && trusted && missing.len() > 1 {
                    let (records, unproven, requests) = look_up_in_any_form(reads, api, &missing).await?;
                    found.extend(records);
                    alone.extend(unproven);
                    spent += requests;
                } else {
                    alone.extend(missing);
                }
            }
        }
        spent += alone.len();
        found.extend(each(reads, api, &alone).await?);
    }
    let mut state = reads.state();
    if purpose == Purpose::Read {
        state.costs.spent += spent;
    }
    for record in &found {
        state.saw(&reads.source, record);
    }
    drop(state);
    Ok(Found { records: found, beside: covered })
}

/// The records with these natural keys, in whatever form they are kept: `$in` finds the usual form, and what it does not
/// find is asked for in any form. One request for some 75 keys, and one for some 25 that nobody has.
pub(super) async fn many<S: Source>(
    reads: &Arc<Reads<S>>,
    api: &Api,
    keys: Vec<Key>,
) -> Result<Vec<S::Record>> {
    let questions: Vec<(Key, Need)> = keys.iter().map(|key| (key.clone(), Need::Any)).collect();
    let mut found = look_up(reads, api, &questions, &[], Purpose::Watch).await?.records;
    let is_proven = keys.len() == 1 || {
        let state = reads.state();
        state.unusual || state.in_on_naturals == Trust::Broken
    };
    let missing: Vec<&Key> =
        keys.iter().filter(|key| !found.iter().any(|record| reads.source.fits(key, record))).collect();
    if is_proven || missing.is_empty() || !reads.source.has_many_forms() {
        return Ok(found);
    }
    if missing.len() > 1 && reads.state().witness.is_none() {
        // Somebody must be known for the filter to prove itself.
        let page = api.page::<S::Record>(&reads.source.list(), 0).await?;
        let mut state = reads.state();
        page.records.iter().for_each(|record| state.saw(&reads.source, record));
    }
    let (records, unproven, _) = look_up_in_any_form(reads, api, &missing).await?;
    found.extend(records);
    found.extend(each(reads, api, &unproven).await?);
    let mut state = reads.state();
    found.iter().for_each(|record| state.saw(&reads.source, record));
    drop(state);
    Ok(found)
}

/// Whether a key is asked for before something is created, and for nothing else.
fn is_before_a_create(questions: &[(Key, Need)], key: &Key) -> bool {
    questions.iter().all(|(other, need)| other != key || *need == Need::Recent)
}

/// Looks natural keys up in whatever form they are kept. Returns the records, the keys whose absence is not proven, and the number of
/// requests.
async fn look_up_in_any_form<'a, S: Source>(
    reads: &Reads<S>,
    api: &Api,
    keys: &[&'a Key],
) -> Result<(Vec<S::Record>, Vec<&'a Key>, usize)> {
    let (mut found, mut unproven, mut requests) = (Vec::new(), Vec::new(), 0);
    // A pattern takes these for something else, so such a key could not be told from others that match.
    let (odd, plain): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(|key| text(key).contains(['\\', '%']));
    unproven.extend(odd);
    for chunk in filter::parts(&plain, filter::CONDITION, |key| text(key)) {
        let witness = {
            let state = reads.state();
            let usable = state.in_any_form != Trust::Broken && chunk.len() > 1;
            state.witness.clone().filter(|witness| usable && !chunk.iter().any(|key| text(key) == witness))
        };
        let Some(witness) = witness else {
            unproven.extend(chunk);
            continue;
        };
        requests += 1;
        let seen = look_up_with_witness(reads, api, chunk, &witness).await?;
        let mut state = reads.state();
        match seen {
            Witnessed::Yes(records) => {
                state.in_any_form = Trust::Works;
                found.extend(records);
            }
            Witnessed::No => {
                // Deleted meanwhile, or the filter does not work; after it has worked once, the former.
                if state.in_any_form == Trust::Untried {
                    state.in_any_form = Trust::Broken;
                }
                state.witness = None;
                unproven.extend(chunk);
            }
            Witnessed::Refused => {
                state.in_any_form = Trust::Broken;
                unproven.extend(chunk);
            }
        }
    }
    Ok((found, unproven, requests))
}

/// What a filter with a witness has found.
enum Witnessed<R> {
    /// The witness, and these.
    Yes(Vec<R>),
    /// Not the witness.
    No,
    /// This server has no such filter.
    Refused,
}

/// One request for some natural keys in any form, and for a witness.
async fn look_up_with_witness<S: Source>(
    reads: &Reads<S>,
    api: &Api,
    keys: &[&Key],
    witness: &str,
) -> Result<Witnessed<S::Record>> {
    let source = &reads.source;
    let other_form = witness.to_ascii_uppercase();
    let texts = keys.iter().map(|key| text(key)).chain([other_form.as_str()]);
    let filter = filter::any(texts.clone().map(|text| source.one_natural(text)).collect());
    let (mut found, mut matched, mut seen, mut stranger) = (Vec::new(), 0, false, false);
    let visit = |record: S::Record| {
        let natural = source.natural(&record);
        matched += 1;
        seen |= natural == witness;
        let asked_for = |text: &str| may_contain(&natural, &text.to_lowercase());
        stranger = !texts.clone().any(asked_for);
        drop(natural);
        if keys.iter().any(|key| source.fits(key, &record)) {
            found.push(record);
        }
        !stranger
    };
    let list = source.list().filter(&filter).seeking(source.natural_field(), texts.clone());
    match api.walk(&list, visit).await {
        // Somebody who was not asked for: the filter is ignored.
        Ok(_) if stranger => Ok(Witnessed::Refused),
        Ok(total) => {
            learn(reads, total, matched);
            Ok(if seen { Witnessed::Yes(found) } else { Witnessed::No })
        }
        Err(error) if error.status() == Some(400) => Ok(Witnessed::Refused),
        // Perhaps another person's record, which separate look-ups would not return.
        Err(Error::Unreadable { .. }) if reads.state().in_any_form == Trust::Untried => {
            Ok(Witnessed::Refused)
        }
        Err(error) => Err(error),
    }
}

/// Whether a pattern for a part of a text finds the text. `_` may stand for any character, or for itself.
fn may_contain(text: &str, part: &str) -> bool {
    let (text, part): (Vec<char>, Vec<char>) = (text.chars().collect(), part.chars().collect());
    let fits = |window: &[char]| window.iter().zip(&part).all(|(c, wanted)| c == wanted || *wanted == '_');
    part.is_empty() || text.windows(part.len()).any(fits)
}

/// Whether `$in` works for one kind of keys.
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
    let mut found: Vec<S::Record> = Vec::new();
    let mut others = 0;
    // A filter that finds a key in any form may find two records that have it.
    let may_be_several = field != "id" && source.has_many_forms();
    let visit = |record: S::Record| {
        if source.fits(key, &record) {
            found.push(record);
        } else {
            others += 1;
        }
        found.is_empty() || may_be_several
    };
    let list = source.list().filter(&filter).seeking(field, [text(key)]);
    let total = api.walk(&list, visit).await?;
    learn(reads, total, others + found.len());
    if may_be_several {
        let mut state = reads.state();
        if found.len() > 1 {
            let ids = found.iter().map(|record| record.id().clone()).collect();
            state.doubles.insert(text(key).to_owned(), ids);
        } else {
            state.doubles.remove(text(key));
        }
    }
    Ok(found.into_iter().next())
}

fn text(key: &Key) -> &str {
    match key {
        Key::Id(id) => id.as_str(),
        Key::Natural(key) => key,
    }
}
