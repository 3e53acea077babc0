//! What follows a request: the outcome of each entry is read back and never assumed.
//!
//! - *Accepted.* Objects that the answer names are made. Everything else is looked up by key until it appears, its call ends, or
//!   the time is over that a call for many objects has for it. Then the outcome is unknown: the server may have dropped the entry without an error.
//! - *Answer lost.* The request may still take effect. Keys are looked up until they appear, or have been absent for as long
//!   as a request may take. Only then is an entry sent again, once, and alone, because the server may have failed on one of
//!   them. Where the server refuses a second object of the same key, one look-up is enough, and an entry may be sent as
//!   often as any other request.
//! - *Busy or never sent* (429, 503, no connection). After the pause everything is looked up, and what is absent is sent again.
//!   After a 503 the look-up lasts for as long as a request may take, because a service behind the busy server may still be
//!   processing the request.
//! - *Refused* (400, 409, 413, 422). A batch may have been refused because of one entry, and may have taken effect in
//!   part. Once the time has passed that a change may take to settle, one look-up shows which objects exist. The
//!   other entries are split (`split.rs`) until the bad entry is refused alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;

use super::effect::{Effect, pause_before_repeat};
use super::split::{RefusedBatch, size_of_parts};
use super::watch::{Watch, absent_after, absent_until, claim, first_look_is_over, resolve, until};
use super::{Ahead, Desk, Entry, Form, Kind, Sent, absent_by_after, post};
use crate::error::{Error, Result, Stop};

/// Sends entries by themselves, after a pause, and follows them. Boxed, because what follows a request may be another one.
pub(crate) fn again<K: Kind>(
    desk: Desk<K>,
    entries: Vec<Entry<K>>,
    pause: Duration,
) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let waiting = Mutex::new(entries);
        let taken = || std::mem::take(&mut *locked(&waiting));
        let posting = async {
            // Without limits of its own, so it is not cut short; the entries whose call ends meanwhile are taken out.
            let _ = desk.api.scope.sleep(pause).await;
            post(&desk, taken).await
        };
        tokio::pin!(posting);
        let posted = loop {
            let ended = desk.creates.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            let stopped = take_ended(&mut locked(&waiting));
            for entry in stopped {
                // In a task of its own: while this loop waited here, nothing would poll the request in the queue, and the requests
                // behind it would wait, too.
                let desk = desk.clone();
                tokio::spawn(async move { give_up(&desk, entry, None).await }.in_current_span());
            }
            let deadline = soonest_deadline(&locked(&waiting));
            tokio::select! {
                posted = &mut posting => break posted,
                () = &mut ended => {}
                () = until(deadline) => {}
            }
        };
        if let Some(sent) = posted {
            follow(desk.clone(), sent, false).await;
        }
    })
}

fn locked<K: Kind>(entries: &Mutex<Vec<Entry<K>>>) -> MutexGuard<'_, Vec<Entry<K>>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes out the entries whose call has ended.
fn take_ended<K: Kind>(entries: &mut Vec<Entry<K>>) -> Vec<Entry<K>> {
    let (ended, going) = std::mem::take(entries).into_iter().partition(|entry| entry.scope.stop().is_some());
    *entries = going;
    ended
}

/// Follows entries to their end. `first`: they are counted as being looked up.
pub(crate) async fn follow<K: Kind>(desk: Desk<K>, sent: Sent<K>, first: bool) {
    let Sent { mut entries, made, ahead } = sent;
    let counted = if first { entries.len() } else { 0 };
    let error = match made {
        Ok(made) => return accepted(&desk, entries, made, counted, ahead).await,
        Err(error) => error,
    };
    // What it shows proves nothing about a request that was not accepted.
    drop(ahead);
    first_look_is_over(&desk, counted);
    for entry in &mut entries {
        entry.may_be_ours |= error.may_have_created();
        entry.in_doubt |= error.may_take_effect();
    }
    match error.effect() {
        Effect::Refused => refused(desk, entries, error).await,
        Effect::NotYet => not_yet(desk, entries, error).await,
        Effect::Unclear => unclear(desk, entries, error).await,
    }
}

/// Atlan has accepted the request.
async fn accepted<K: Kind>(
    desk: &Desk<K>,
    mut entries: Vec<Entry<K>>,
    made: Vec<K::Record>,
    counted: usize,
    ahead: Ahead<K>,
) {
    for entry in &mut entries {
        entry.accepted = true;
    }
    for record in made {
        let key = desk.creates.kind.key(&record).into_owned();
        if let Some(at) = entries.iter().position(|entry| entry.key == key) {
            resolve(desk, entries.swap_remove(at), Ok(record));
        }
    }
    if entries.is_empty() {
        return first_look_is_over(desk, counted);
    }
    for entry in appear(desk, entries, counted, ahead).await {
        let why = if entry.scope.stop() == Some(Stop::Cancelled) {
            format!(
                "Atlan accepted {}, but the command ended before {} showed in {}",
                K::REQUEST,
                K::ONE,
                K::LIST
            )
        } else {
            format!("Atlan accepted {}, but {} does not show in {}", K::REQUEST, K::ONE, K::LIST)
        };
        let error = entry.unknown(&why, None);
        resolve(desk, entry, Err(error));
    }
}

/// Waits until lists show what Atlan has accepted. Returns what does not appear.
async fn appear<K: Kind>(
    desk: &Desk<K>,
    entries: Vec<Entry<K>>,
    counted: usize,
    ahead: Ahead<K>,
) -> Vec<Entry<K>> {
    let visible = Instant::now() + desk.api.timing().visible_within;
    let mut watch = Watch::new(desk, entries, counted);
    if watch.has_shown_ahead(ahead).await {
        return Vec::new();
    }
    // A companion that appears says nothing about the others: each is waited for as long as its call allows.
    let left = watch.until(|entry| entry.scope.watches_until(visible)).await;
    let Some(error) = watch.last.take() else { return left };
    for entry in left {
        let why = format!("Atlan accepted {}, but looking {} up failed", K::REQUEST, K::ONE);
        let error = entry.unknown(&why, error.duplicate());
        resolve(desk, entry, Err(error));
    }
    Vec::new()
}

/// The time from which absence permits another attempt.
fn absent_enough_by<K: Kind>(desk: &Desk<K>) -> Instant {
    if K::IS_UNIQUE { Instant::now() } else { absent_by_after(&desk.api, K::PATIENCE) }
}

/// Why no look-up follows.
fn no_more_looks<K: Kind>(entry: &Entry<K>) -> &'static str {
    match entry.scope.stop() {
        Some(Stop::Cancelled) => "the command was interrupted before its effect showed",
        _ => "the time to look for its effect is over",
    }
}

/// The answer was lost, or the server failed half-way.
async fn unclear<K: Kind>(desk: Desk<K>, entries: Vec<Entry<K>>, lost: Error) {
    let absent_by = absent_enough_by(&desk);
    let mut watch = Watch::new(&desk, entries, 0);
    let left = watch.until(|_| absent_by).await;
    let failed = watch.last.take();
    let max_retries = desk.api.config().max_retries;
    let most = if K::IS_UNIQUE { max_retries } else { max_retries.min(1) };
    let mut retry = Vec::new();
    for mut entry in left {
        let error = if let Some(error) = &failed {
            let why = format!("no clear answer came, and looking {} up failed", K::ONE);
            entry.unknown(&why, error.duplicate())
        } else if entry.scope.stop().is_some() || Instant::now() < absent_by {
            entry.unknown(&format!("{lost}, and {}", no_more_looks(&entry)), None)
        } else if entry.lost >= most {
            let why = format!("no clear answer came, and {} has not shown up since", K::ONE);
            entry.unknown(&why, lost.duplicate())
        } else {
            entry.lost += 1;
            retry.push(entry);
            continue;
        };
        resolve(&desk, entry, Err(error));
    }
    if !retry.is_empty() {
        tracing::warn!(
            error = %lost, entries = retry.len(), list = K::LIST,
            "the answer to a create was lost and nothing showed up: sending it once more"
        );
        // Each alone: the server may have failed because of one of them, and would again.
        for entry in retry {
            // Where the look-up took time, there has been a pause.
            let pause = if K::IS_UNIQUE { desk.api.backoff(entry.attempts) } else { Duration::ZERO };
            tokio::spawn(again(desk.detached(), vec![entry], pause).in_current_span());
        }
    }
}

/// It took no effect, as far as is known, and may be sent again after a pause and a look-up.
async fn not_yet<K: Kind>(desk: Desk<K>, mut entries: Vec<Entry<K>>, error: Error) {
    let absent_by = absent_enough_by(&desk);
    let attempts = entries.iter().map(|entry| entry.attempts).max().unwrap_or(1);
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    let story = error.duplicate();
    let pausing = desk.clone();
    let paused = async move {
        pause_before_repeat(&pausing.api, error, attempts).await?;
        pausing.creates.kind.look(&pausing.api, &keys, Form::Any).await
    };
    tokio::pin!(paused);
    let found = loop {
        let ended = desk.creates.ended.notified();
        tokio::pin!(ended);
        ended.as_mut().enable();
        for entry in take_ended(&mut entries) {
            give_up(&desk, entry, Some(&story)).await;
        }
        if entries.is_empty() {
            return;
        }
        tokio::select! {
            found = &mut paused => break found,
            () = &mut ended => {}
            () = until(soonest_deadline(&entries)) => {}
        }
    };
    match found {
        Ok(found) => {
            let left = claim(&desk, entries, &found).await;
            let (doubtful, mut left): (Vec<Entry<K>>, Vec<Entry<K>>) =
                left.into_iter().partition(|entry| entry.in_doubt);
            if !doubtful.is_empty() {
                for entry in absent_until(&desk, doubtful, absent_by).await {
                    if entry.scope.stop().is_some() {
                        let error =
                            entry.unknown("an earlier attempt got no clear answer", story.duplicate());
                        resolve(&desk, entry, Err(error));
                    } else {
                        left.push(entry);
                    }
                }
            }
            if !left.is_empty() {
                again(desk, left, Duration::ZERO).await;
            }
        }
        Err(error) => {
            let (doubtful, others): (Vec<Entry<K>>, Vec<Entry<K>>) =
                entries.into_iter().partition(|entry| entry.in_doubt);
            for entry in doubtful {
                last_look(&desk, entry, error.duplicate()).await;
            }
            // A gateway may have passed on what it answered with 429.
            let (perhaps, mut left): (Vec<Entry<K>>, Vec<Entry<K>>) =
                others.into_iter().partition(|entry| entry.may_be_ours);
            if !perhaps.is_empty() {
                left.extend(absent_until(&desk, perhaps, Instant::now()).await);
            }
            for entry in left {
                resolve(&desk, entry, Err(error.duplicate()));
            }
        }
    }
}

/// A call has ended before its entry was sent again.
async fn give_up<K: Kind>(desk: &Desk<K>, entry: Entry<K>, last: Option<&Error>) {
    let stop = entry.scope.stop().unwrap_or(Stop::Cancelled);
    let error = desk.creates.stopped(&desk.api, stop, last.map(Error::duplicate));
    if entry.in_doubt {
        last_look(desk, entry, error).await;
    } else {
        resolve(desk, entry, Err(error));
    }
}

fn soonest_deadline<K: Kind>(entries: &[Entry<K>]) -> Option<Instant> {
    entries.iter().filter_map(|entry| entry.scope.deadline()).min()
}

/// One look at the end of a call, when an earlier attempt may have had an effect.
async fn last_look<K: Kind>(desk: &Desk<K>, entry: Entry<K>, error: Error) {
    let looked = tokio::time::timeout(
        desk.api.timing().grace,
        desk.creates.kind.look(&desk.api, std::slice::from_ref(&entry.key), Form::Any),
    );
    let found = looked.await.ok().and_then(Result::ok).unwrap_or_default();
    for entry in claim(desk, vec![entry], &found).await {
        let error = entry.unknown("an earlier attempt got no clear answer", error.duplicate());
        resolve(desk, entry, Err(error));
    }
}

/// The server refused one entry or a whole batch.
async fn refused<K: Kind>(desk: Desk<K>, entries: Vec<Entry<K>>, error: Error) {
    if entries.len() == 1 {
        return refused_alone(&desk, entries, error).await;
    }
    // Otherwise the cause is the credential, the pace, the path or single sign-on, not an entry.
    if error.may_blame_an_entry() && !error.is_sso_refusal() {
        return split(desk, entries, error).await;
    }
    // With a credential that Atlan does not know (401), no part of a batch takes effect.
    let entries = if error.status() == Some(401) { entries } else { in_refused_batch(entries) };
    for entry in absent_until(&desk, entries, Instant::now()).await {
        resolve(&desk, entry, Err(error.duplicate()));
    }
}

/// The server refused an entry that was sent alone.
async fn refused_alone<K: Kind>(desk: &Desk<K>, entries: Vec<Entry<K>>, error: Error) {
    let conflict = error.status() == Some(409);
    let was_in_batch = entries.iter().any(|entry| entry.refused_in.is_some());
    let may_be_ours = entries.iter().any(|entry| entry.may_be_ours);
    if conflict && (may_be_ours || was_in_batch) {
        // Our own earlier attempt has taken the key, so its object will show.
        for entry in appear(desk, entries, 0, Ahead::<K>::new()).await {
            let why = format!("the key is taken, but {} does not show", K::ONE);
            let error = entry.unknown(&why, error.duplicate());
            resolve(desk, entry, Err(error));
        }
        return;
    }
    let blamed = error.may_blame_an_entry();
    let left = if conflict || may_be_ours || (was_in_batch && !blamed) {
        absent_until(desk, entries, Instant::now() + desk.api.timing().settle).await
    } else if blamed {
        // The list that proved absence may be some seconds old, and not every server says 409 to a duplicate. A batch that was
        // refused with it has had its time before this was sent.
        absent_until(desk, entries, Instant::now()).await
    } else {
        entries
    };
    for entry in left {
        resolve(desk, entry, Err(error.duplicate()));
    }
}

/// Notes that these were refused together.
fn in_refused_batch<K: Kind>(mut entries: Vec<Entry<K>>) -> Vec<Entry<K>> {
    let batch = Arc::new(RefusedBatch::of(entries.len()));
    for entry in &mut entries {
        entry.refused_in = Some(Arc::clone(&batch));
    }
    entries
}

/// Sends a batch in parts that may have been refused because of one entry.
async fn split<K: Kind>(desk: Desk<K>, entries: Vec<Entry<K>>, error: Error) {
    let settled_by = Instant::now() + desk.api.timing().settle;
    let refused_before = entries.iter().any(|entry| entry.refused_in.is_some());
    let mut left = absent_after(&desk, in_refused_batch(entries), settled_by).await;
    // A call that ended meanwhile was not watched to the end: a part of the batch that has it may show later.
    for entry in take_ended(&mut left) {
        let why = format!("it was in a batch that was refused, and {}", no_more_looks(&entry));
        let error = entry.unknown(&why, error.duplicate());
        resolve(&desk, entry, Err(error));
    }
    left.retain_mut(|entry| !entry.is_abandoned());
    if left.is_empty() {
        return;
    }
    let largest = desk.creates.flow().sizes.largest(desk.api.sharing().largest_batch);
    let size = size_of_parts(left.len(), refused_before).min(largest);
    tracing::warn!(%error, entries = left.len(), size, "a batch was refused: splitting it");
    while !left.is_empty() {
        let part: Vec<Entry<K>> = left.drain(..size.min(left.len())).collect();
        tokio::spawn(again(desk.detached(), part, Duration::ZERO).in_current_span());
    }
}
