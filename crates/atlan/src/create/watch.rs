//! Looks up the objects that were sent until they show or the time is over, and decides whether this client created them.

use tokio::time::Instant;

use super::{Ahead, Desk, Entry, Form, Kind, no_effect_by};
use crate::error::{Error, Result};

/// Entries that are looked up until they show or their time is over.
pub(super) struct Watch<'a, K: Kind> {
    desk: &'a Desk<K>,
    entries: Vec<Entry<K>>,
    /// Entries counted as being looked up, until the first look-up is over.
    counted: usize,
    /// When the first look-up leaves, unless a call ends before that.
    not_before: Option<Instant>,
    /// The failure of the last look-up, if it failed for good.
    pub(super) last: Option<Error>,
}

impl<'a, K: Kind> Watch<'a, K> {
    pub(super) fn new(desk: &'a Desk<K>, entries: Vec<Entry<K>>, counted: usize) -> Self {
        Self { desk, entries, counted, not_before: None, last: None }
    }

    /// Waits for a look-up. `None`: the call of an entry has ended, with its grace, during the look-up.
    async fn wait_for<T>(&self, looking: impl Future<Output = T>) -> Option<T> {
        let Desk { creates, api } = self.desk;
        let grace = api.timing().grace;
        tokio::pin!(looking);
        loop {
            let ended = creates.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            let scopes = self.entries.iter().map(|entry| entry.scope.settling(grace));
            let soonest = scopes.filter_map(|scope| scope.ends_at()).min();
            tokio::select! {
                biased;
                looked = &mut looking => return Some(looked),
                () = &mut ended => {}
                () = until(soonest) => return None,
            }
        }
    }

    /// Answers the entries by a look-up that left before their request was answered with success. Whether it has shown all of them:
    /// with a part, the calls of a batch would part for the rest of the run.
    pub(super) async fn has_shown_ahead(&mut self, mut ahead: Ahead<K>) -> bool {
        if ahead.is_empty() {
            return false;
        }
        let Some(looked) = self.wait_for(ahead.join_next()).await else { return false };
        let found = match looked {
            Some(Ok(Ok(found))) => found,
            _ => Vec::new(),
        };
        let creates = &self.desk.creates;
        let is_there = |entry: &Entry<K>| found.iter().any(|record| creates.kind.key(record) == entry.key);
        let all = self.entries.iter().all(is_there);
        creates.flow().foresight.was(all);
        if all {
            first_look_is_over(self.desk, std::mem::take(&mut self.counted));
            claim(self.desk, std::mem::take(&mut self.entries), &found).await;
        }
        all
    }

    /// Waits for the time of the first look-up.
    async fn wait_for_first_look(&mut self) {
        let Some(at) = self.not_before.take() else { return };
        loop {
            let ended = self.desk.creates.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.entries.iter().any(|entry| entry.scope.stop().is_some()) {
                return;
            }
            let soonest = self.entries.iter().filter_map(|entry| entry.scope.deadline()).min();
            tokio::select! {
                () = until(Some(at)) => return,
                () = ended => {}
                () = until(soonest) => {}
            }
        }
    }

    /// Looks until each entry has shown or its time is over, and once more after that. The end of a call, with a short grace,
    /// ends the watch for its entry. Returns the entries that did not show.
    pub(super) async fn until(&mut self, until: impl Fn(&Entry<K>) -> Instant) -> Vec<Entry<K>> {
        let desk = self.desk;
        let timing = desk.api.timing();
        let mut pause = timing.poll;
        let mut over: Vec<Entry<K>> = Vec::new();
        let mut told = Instant::now();
        let mut looked_in_any_form = false;
        self.wait_for_first_look().await;
        loop {
            let started = Instant::now();
            // Our own objects show in the usual form. Other forms, of objects that somebody else made, are looked for once when
            // ours are late, and whenever absence decides something.
            let is_late = pause == timing.poll_max && !looked_in_any_form;
            let decides = |entry: &Entry<K>| started >= until(entry) || entry.scope.stop().is_some();
            let form = if is_late || self.entries.iter().any(decides) { Form::Any } else { Form::Usual };
            looked_in_any_form |= form == Form::Any;
            let keys: Vec<String> = self.entries.iter().map(|entry| entry.key.clone()).collect();
            let looked = self.wait_for(desk.creates.kind.look(&desk.api, &keys, form)).await;
            first_look_is_over(desk, std::mem::take(&mut self.counted));
            let failed = match looked {
                // A call has ended meanwhile: its entry is over, and the others are looked up again.
                None => None,
                Some(Ok(found)) => {
                    self.entries = claim(desk, std::mem::take(&mut self.entries), &found).await;
                    None
                }
                Some(Err(error)) => Some(error),
            };
            let left = self.entries.len();
            let is_over = |entry: &Entry<K>| {
                started >= until(entry) || entry.scope.settling(timing.grace).stop().is_some()
            };
            let hopeless = failed.as_ref().is_some_and(|error| !error.may_pass_soon());
            let (ended, going): (Vec<Entry<K>>, Vec<Entry<K>>) =
                std::mem::take(&mut self.entries).into_iter().partition(|entry| hopeless || is_over(entry));
            self.entries = going;
            if !ended.is_empty() && failed.is_some() {
                self.last = failed;
            }
            over.extend(ended);
            let Some(next) = self.entries.iter().map(&until).min() else { return over };
            let wait = pause.min(next.saturating_duration_since(Instant::now()));
            let ended = desk.creates.ended.notified();
            tokio::select! {
                _ = desk.api.scope.sleep(wait) => {}
                () = ended => {}
            }
            pause = (pause * 2).min(timing.poll_max);
            if told.elapsed() >= timing.progress {
                told = Instant::now();
                tracing::info!(waiting = left, list = K::LIST, "waiting for what was made to show");
            }
        }
    }
}

pub(super) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Looks for entries until `until`, and once after it. Returns those absent.
pub(super) async fn absent_until<K: Kind>(
    desk: &Desk<K>,
    entries: Vec<Entry<K>>,
    until: Instant,
) -> Vec<Entry<K>> {
    absent_by(Watch::new(desk, entries, 0), until).await
}

/// The same by one look-up, unless a call ends before: where nothing is likely to show.
pub(super) async fn absent_after<K: Kind>(
    desk: &Desk<K>,
    entries: Vec<Entry<K>>,
    until: Instant,
) -> Vec<Entry<K>> {
    absent_by(Watch { not_before: Some(until), ..Watch::new(desk, entries, 0) }, until).await
}

async fn absent_by<K: Kind>(mut watch: Watch<'_, K>, until: Instant) -> Vec<Entry<K>> {
    let desk = watch.desk;
    let left = watch.until(|_| until).await;
    let Some(failed) = watch.last.take() else { return left };
    let mut absent = Vec::new();
    for entry in left {
        // Without a look-up it is unknown whether the batch, or a part of it, took effect.
        if entry.refused_in.is_some() || entry.in_doubt || entry.may_be_ours {
            let error = entry.unknown(&format!("looking {} up failed", K::ONE), failed.duplicate());
            resolve(desk, entry, Err(error));
        } else {
            absent.push(entry);
        }
    }
    absent
}

/// The first look-up of entries is over: no batch needs to wait for it any more.
pub(super) fn first_look_is_over<K: Kind>(desk: &Desk<K>, count: usize) {
    let mut flow = desk.creates.flow();
    flow.unseen = flow.unseen.saturating_sub(count);
    drop(flow);
    desk.creates.changed.notify_one();
}

/// Answers the entries whose object has shown. Returns the others.
pub(super) async fn claim<K: Kind>(
    desk: &Desk<K>,
    entries: Vec<Entry<K>>,
    found: &[K::Record],
) -> Vec<Entry<K>> {
    let kind = &desk.creates.kind;
    let mut left = Vec::new();
    for entry in entries {
        let Some(record) = found.iter().find(|record| kind.key(record) == entry.key.as_str()) else {
            left.push(entry);
            continue;
        };
        let record = record.clone();
        // The list that proved its absence is outdated now.
        kind.shown(&record);
        let result = match is_ours(desk, &entry, &record).await {
            Ok(true) => Ok(record),
            Ok(false) => Err(Error::AlreadyExists(K::existing(record))),
            Err(error) => {
                let why = format!("{} is there, but it is not known who created it", K::ONE);
                Err(entry.unknown(&why, error))
            }
        };
        resolve(desk, entry, result);
    }
    left
}

/// Whether the entry made an object that was absent before and shows now.
///
/// | what became of the request | ours |
/// | --- | --- |
/// | accepted | unless the object is not what was asked for and its record names somebody else: a server may skip what exists |
/// | unclear, or answered 429 | if the record names us and a time since the first attempt |
/// | refused, in a batch | likewise, and if the object is what was asked for: otherwise another run with our credential made it |
/// | refused, alone | no |
///
/// If the record of a failed attempt names nobody, the object is ours if it is what we asked for: then taking it over changes
/// nothing. (A later process, which did not see the object absent, takes over no record that names nobody: [`Kind::is_by_us`].)
async fn is_ours<K: Kind>(desk: &Desk<K>, entry: &Entry<K>, record: &K::Record) -> Result<bool> {
    let kind = &desk.creates.kind;
    let is_as_asked = kind.is_as_asked(&entry.new, record);
    let may_be_ours = entry.accepted || entry.may_be_ours || (entry.refused_in.is_some() && is_as_asked);
    if !may_be_ours {
        return Ok(false);
    }
    let author = kind.author(record);
    if author.name.is_none() {
        return Ok(entry.accepted || is_as_asked);
    }
    if entry.accepted && is_as_asked {
        return Ok(true);
    }
    // Where the record tells no time, the name decides.
    let since = entry.first_left.filter(|_| author.at.is_some());
    let api = desk.api.with(entry.scope.settling(desk.api.timing().grace));
    kind.is_by_us(&api, &author, since).await
}

pub(super) fn resolve<K: Kind>(desk: &Desk<K>, entry: Entry<K>, result: Result<K::Record>) {
    // The request may have waited before the entry joined it.
    entry.scope.count_wait(desk.api.waited().at_most(entry.since.elapsed()));
    // Before the answer goes out: the next call may come at once.
    desk.creates.flow().successors.answered(1);
    if let Err(Error::OutcomeUnknown { is_accepted, .. }) = &result {
        desk.creates.doubts.add(&entry.key, no_effect_by(&desk.api, K::PATIENCE, *is_accepted));
    }
    // A call that was dropped needs no answer.
    let _ = entry.answer.send(result);
}
