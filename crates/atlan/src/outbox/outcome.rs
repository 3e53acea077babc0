//! The outcome of a batch, read back person by person and never assumed.
//!
//! - *Accepted.* Everybody is looked up by address until they appear or their call ends. Then their outcome is unknown:
//!   the server may have dropped them in silence.
//! - *Answer lost.* The request may still take effect. Addresses are looked up until they appear, or have been absent
//!   for as long as a request may take. Only then are they sent again, once, and each alone, because the server may have
//!   failed on one of them.
//! - *Busy or never sent* (429, 503, no connection). After the pause everybody is looked up, and those who are absent
//!   are sent again. After a 503 the look-up lasts for as long as a request may take, because a service behind the busy
//!   server may still be processing the request.
//! - *Refused* (400, 409, 413, 422). A batch may have been refused because of one entry, and may have taken effect in
//!   part. Everybody who appears was invited. The rest is split until the bad entry is refused alone. A part is sent again
//!   only after all of its people have been absent for as long as a change may take to settle.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;

use super::{Carrier, Desk, Entry, post};
use crate::create::{Effect, absent_by, pause_before_repeat};
use crate::error::{Error, Existing, Result, Stop};
use crate::records::{User, fold_email};

/// Batches up to this size are taken apart at once instead of being halved.
const SMALL: usize = 3;

/// Sends entries that were sent before. Boxed, because what follows a batch may be another one.
fn again<C: Carrier>(
    desk: Desk<C>,
    entries: Vec<Entry>,
) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let waiting = Mutex::new(entries);
        let taken = || std::mem::take(&mut *locked(&waiting));
        let posting = post(&desk, taken);
        tokio::pin!(posting);
        let posted = loop {
            let ended = desk.outbox.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            let stopped = take_ended(&mut locked(&waiting));
            for entry in stopped {
                // By itself: the request that waits its turn keeps others from theirs as long as nobody drives it on.
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
        if let Some((entries, result)) = posted {
            conclude(desk.clone(), entries, result, false).await;
        }
    })
}

fn locked(entries: &Mutex<Vec<Entry>>) -> MutexGuard<'_, Vec<Entry>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes out the entries whose call has ended.
fn take_ended(entries: &mut Vec<Entry>) -> Vec<Entry> {
    let (ended, going) = std::mem::take(entries).into_iter().partition(|entry| entry.scope.stop().is_some());
    *entries = going;
    ended
}

/// Follows a batch to its end. `first`: it is counted as being looked up.
pub(super) async fn conclude<C: Carrier>(
    desk: Desk<C>,
    mut entries: Vec<Entry>,
    result: Result<()>,
    first: bool,
) {
    let counted = if first { entries.len() } else { 0 };
    let Err(error) = result else {
        for entry in &mut entries {
            entry.accepted = true;
        }
        let left = appear(&desk, entries, counted).await;
        for entry in left {
            let why = "Atlan accepted the invitation, but the person does not show in the list of users";
            let error = entry.unknown(why, None);
            resolve(&desk, entry, Err(error));
        }
        return;
    };
    first_look_is_over(&desk, counted);
    for entry in &mut entries {
        entry.may_be_ours |= error.may_have_created();
    }
    match error.effect() {
        Effect::Refused => refused(desk, entries, error).await,
        Effect::NotYet => not_yet(desk, entries, error).await,
        Effect::Unclear => unclear(desk, entries, error).await,
    }
}

/// The first look-up of entries is over: no batch needs to wait for it any more.
fn first_look_is_over<C: Carrier>(desk: &Desk<C>, count: usize) {
    let outbox = &desk.outbox;
    let mut state = outbox.state();
    state.unseen = state.unseen.saturating_sub(count);
    drop(state);
    outbox.changed.notify_one();
}

/// Waits until lists show the people whose invitation Atlan accepted. Returns the people who do not appear.
async fn appear<C: Carrier>(desk: &Desk<C>, entries: Vec<Entry>, counted: usize) -> Vec<Entry> {
    let timing = desk.api.timing();
    let start = Instant::now();
    let mut watch = Watch { desk, entries, counted, last: None };
    let visible = start + timing.visible_within;
    // A companion that appears says nothing about the others: each is waited for until its call ends.
    let left = watch.until(|entry| entry.scope.deadline().unwrap_or(visible)).await;
    if let Some(error) = watch.last.take() {
        for entry in left {
            let error = entry.unknown(
                "Atlan accepted the invitation, but looking the person up failed",
                error.duplicate(),
            );
            resolve(desk, entry, Err(error));
        }
        return Vec::new();
    }
    left
}

/// The answer was lost, or the server failed half-way.
async fn unclear<C: Carrier>(desk: Desk<C>, entries: Vec<Entry>, lost: Error) {
    let absent_by = absent_by(&desk.api);
    let mut watch = Watch { desk: &desk, entries, counted: 0, last: None };
    let left = watch.until(|_| absent_by).await;
    let failed = watch.last.take();
    let mut retry = Vec::new();
    for mut entry in left {
        let error = if let Some(error) = &failed {
            entry.unknown("no clear answer came, and looking the person up failed", error.duplicate())
        } else if entry.scope.stop().is_some() || Instant::now() < absent_by {
            entry.unknown(&format!("{lost}, and the time to look for its effect is over"), None)
        } else if entry.sent_again || desk.api.config().max_retries == 0 {
            let why = "no clear answer came, and the person has not shown up since";
            entry.unknown(why, lost.duplicate())
        } else {
            entry.sent_again = true;
            retry.push(entry);
            continue;
        };
        resolve(&desk, entry, Err(error));
    }
    if !retry.is_empty() {
        tracing::warn!(
            error = %lost, people = retry.len(),
            "the answer to an invitation was lost and nobody showed up: sending it once more"
        );
        // Each alone: the server may have failed because of one of them, and would again.
        for entry in retry {
            tokio::spawn(again(desk.detached(), vec![entry]).in_current_span());
        }
    }
}

/// It took no effect, as far as anybody can tell, and may be sent again after a pause and a look.
async fn not_yet<C: Carrier>(desk: Desk<C>, mut entries: Vec<Entry>, error: Error) {
    let absent_by = absent_by(&desk.api);
    let attempts = entries.iter().map(|entry| entry.attempts).max().unwrap_or(1);
    let emails: Vec<String> = entries.iter().map(|entry| entry.email.clone()).collect();
    let story = error.duplicate();
    let pausing = desk.clone();
    let paused = async move {
        pause_before_repeat(&pausing.api, error, attempts).await?;
        pausing.outbox.carrier.look(&pausing.api, &emails).await
    };
    tokio::pin!(paused);
    let found = loop {
        let ended = desk.outbox.ended.notified();
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
            let (doubtful, mut left): (Vec<Entry>, Vec<Entry>) =
                left.into_iter().partition(|entry| entry.may_be_ours);
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
                again(desk, left).await;
            }
        }
        Err(error) => {
            for entry in entries {
                if entry.may_be_ours {
                    last_look(&desk, entry, error.duplicate()).await;
                } else {
                    resolve(&desk, entry, Err(error.duplicate()));
                }
            }
        }
    }
}

/// A call has ended before its entry was sent again.
async fn give_up<C: Carrier>(desk: &Desk<C>, entry: Entry, last: Option<&Error>) {
    let stop = entry.scope.stop().unwrap_or(Stop::Cancelled);
    let error = desk.outbox.stopped(&desk.api, stop, last.map(Error::duplicate));
    if entry.may_be_ours {
        last_look(desk, entry, error).await;
    } else {
        resolve(desk, entry, Err(error));
    }
}

fn soonest_deadline(entries: &[Entry]) -> Option<Instant> {
    entries.iter().filter_map(|entry| entry.scope.deadline()).min()
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// One look at the end of a call, when an earlier attempt may have had an effect.
async fn last_look<C: Carrier>(desk: &Desk<C>, entry: Entry, error: Error) {
    let looked = tokio::time::timeout(
        desk.api.timing().grace,
        desk.outbox.carrier.look(&desk.api, std::slice::from_ref(&entry.email)),
    );
    let found = looked.await.ok().and_then(Result::ok).unwrap_or_default();
    for entry in claim(desk, vec![entry], &found).await {
        let error = entry.unknown("an earlier attempt got no clear answer", error.duplicate());
        resolve(desk, entry, Err(error));
    }
}

/// The server said no, to one entry or to all.
async fn refused<C: Carrier>(desk: Desk<C>, mut entries: Vec<Entry>, error: Error) {
    let status = error.status();
    let conflict = status == Some(409);
    if let [entry] = entries.as_slice() {
        let ours = entry.may_be_ours || entry.in_refused_batch;
        if ours && conflict {
            // Taken by our own earlier attempt, which shows sooner or later.
            for entry in appear(&desk, entries, 0).await {
                let error =
                    entry.unknown("the address is taken, but the person does not show", error.duplicate());
                resolve(&desk, entry, Err(error));
            }
            return;
        }
        let left = if ours || conflict { settled(&desk, entries).await } else { entries };
        for entry in left {
            resolve(&desk, entry, Err(error.duplicate()));
        }
        return;
    }
    // The cause is the credential, the pace or the path, not an entry.
    let for_everybody = !error.may_blame_an_entry();
    for entry in &mut entries {
        entry.in_refused_batch = true;
    }
    let mut left = settled_if(&desk, entries, !for_everybody).await;
    if for_everybody {
        for entry in left {
            resolve(&desk, entry, Err(error.duplicate()));
        }
        return;
    }
    // A call that ended meanwhile was not watched to the end: a part of the batch that has it may show later.
    for entry in take_ended(&mut left) {
        let why = "it was in a batch that was refused, and the time to look for its effect is over";
        let error = entry.unknown(why, error.duplicate());
        resolve(&desk, entry, Err(error));
    }
    left.retain_mut(|entry| !entry.answer.is_closed());
    if left.is_empty() {
        return;
    }
    tracing::warn!(%error, people = left.len(), "a batch of invitations was refused: splitting it");
    let size = if left.len() <= SMALL { 1 } else { left.len().div_ceil(2) };
    while !left.is_empty() {
        let part: Vec<Entry> = left.drain(..size.min(left.len())).collect();
        tokio::spawn(again(desk.detached(), part).in_current_span());
    }
}

async fn settled<C: Carrier>(desk: &Desk<C>, entries: Vec<Entry>) -> Vec<Entry> {
    settled_if(desk, entries, true).await
}

/// Looks for people of a refused request, for as long as a change may take to settle, or once. Returns those absent.
async fn settled_if<C: Carrier>(desk: &Desk<C>, entries: Vec<Entry>, patient: bool) -> Vec<Entry> {
    let patience = if patient { desk.api.timing().settle } else { Duration::ZERO };
    absent_until(desk, entries, Instant::now() + patience).await
}

/// Looks for people until `until`, and once after it. Returns those absent.
async fn absent_until<C: Carrier>(desk: &Desk<C>, entries: Vec<Entry>, until: Instant) -> Vec<Entry> {
    let mut watch = Watch { desk, entries, counted: 0, last: None };
    let left = watch.until(|_| until).await;
    let Some(failed) = watch.last.take() else { return left };
    let mut absent = Vec::new();
    for entry in left {
        // Without a look-up it is unknown whether the batch, or a part of it, took effect.
        if entry.in_refused_batch || entry.may_be_ours {
            let error = entry.unknown("looking the person up failed", failed.duplicate());
            resolve(desk, entry, Err(error));
        } else {
            absent.push(entry);
        }
    }
    absent
}

/// Entries that are looked up until they show or their time is over.
struct Watch<'a, C> {
    desk: &'a Desk<C>,
    entries: Vec<Entry>,
    /// Entries counted as being looked up, until the first look is over.
    counted: usize,
    /// The failure of the last look, if it failed for good.
    last: Option<Error>,
}

impl<C: Carrier> Watch<'_, C> {
    /// Looks once. `None`: the call of an entry has ended, with its grace, while the look took its time.
    async fn look(&self, emails: &[String]) -> Option<Result<Vec<User>>> {
        let Desk { outbox, api } = self.desk;
        let grace = api.timing().grace;
        let looking = outbox.carrier.look(api, emails);
        tokio::pin!(looking);
        loop {
            let ended = outbox.ended.notified();
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

    /// Returns the entries that did not show until their time. A last look is made after it. The end of a call, and a short grace, end the watch for its entry.
    async fn until(&mut self, until: impl Fn(&Entry) -> Instant) -> Vec<Entry> {
        let desk = self.desk;
        let timing = desk.api.timing();
        let mut pause = timing.poll;
        let mut over: Vec<Entry> = Vec::new();
        let mut told = Instant::now();
        loop {
            let started = Instant::now();
            let emails: Vec<String> = self.entries.iter().map(|entry| entry.email.clone()).collect();
            let looked = self.look(&emails).await;
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
            let is_over = |entry: &Entry| {
                started >= until(entry) || entry.scope.settling(timing.grace).stop().is_some()
            };
            let hopeless = failed.as_ref().is_some_and(|error| !error.is_retryable());
            let (ended, going): (Vec<Entry>, Vec<Entry>) =
                std::mem::take(&mut self.entries).into_iter().partition(|entry| hopeless || is_over(entry));
            self.entries = going;
            if !ended.is_empty() && failed.is_some() {
                self.last = failed;
            }
            over.extend(ended);
            let Some(next) = self.entries.iter().map(&until).min() else { return over };
            let wait = pause.min(next.saturating_duration_since(Instant::now()));
            let ended = desk.outbox.ended.notified();
            tokio::select! {
                _ = desk.api.scope.sleep(wait) => {}
                () = ended => {}
            }
            pause = (pause * 2).min(timing.poll_max);
            if told.elapsed() >= timing.progress {
                told = Instant::now();
                tracing::info!(people = left, "waiting for invited people to show in the list of users");
            }
        }
    }
}

/// Answers the entries whose person has shown. Returns the others.
async fn claim<C: Carrier>(desk: &Desk<C>, entries: Vec<Entry>, found: &[User]) -> Vec<Entry> {
    let mut left = Vec::new();
    for entry in entries {
        let Some(user) = found.iter().find(|user| fold_email(&user.email) == entry.email) else {
            left.push(entry);
            continue;
        };
        let user = user.clone();
        let result = match is_ours(desk, &entry, &user).await {
            Ok(true) => Ok(user),
            Ok(false) => Err(Error::AlreadyExists(Existing::User(Box::new(user)))),
            Err(error) => {
                Err(entry.unknown("somebody is there, and whose doing it is could not be learned", error))
            }
        };
        resolve(desk, entry, result);
    }
    left
}

/// Whether a person who was absent when the entry was made, and shows now, is its doing. After an answer of success, yes.
/// Otherwise the record decides: it names us, and a time since the first attempt. One that names nobody is ours if it
/// is what we asked for, an open invitation with that role: then nothing is changed by taking it over. (A later process,
/// which did not see the person absent, takes over no record that names nobody: [`Carrier::invited_by_us`].)
async fn is_ours<C: Carrier>(desk: &Desk<C>, entry: &Entry, user: &User) -> Result<bool> {
    if entry.accepted {
        return Ok(true);
    }
    if !entry.may_be_ours && !entry.in_refused_batch {
        return Ok(false);
    }
    if user.invited_by.is_none() {
        return Ok(user.status.is_invited() && user.role.is_none_or(|role| role == entry.role));
    }
    // Where the record tells no time, the name decides.
    let since = entry.first_left.filter(|_| user.invited_at.is_some());
    let api = desk.api.with(entry.scope.settling(desk.api.timing().grace));
    desk.outbox.carrier.invited_by_us(&api, user, since).await
}

fn resolve<C: Carrier>(desk: &Desk<C>, entry: Entry, result: Result<User>) {
    match &result {
        Ok(user) => desk.outbox.carrier.shown(user),
        // A list that proved their absence is wrong by now.
        Err(Error::AlreadyExists(Existing::User(user))) => desk.outbox.carrier.shown(user),
        _ => {}
    }
    // The batch may have waited before the entry joined it.
    entry.scope.count_wait(desk.api.waited().at_most(entry.since.elapsed()));
    // Before the answer goes out: the next call may come at once.
    desk.outbox.state().expect_successor();
    if let Err(Error::OutcomeUnknown { .. }) = &result {
        desk.outbox.doubts.add(&entry.email, absent_by(&desk.api));
    }
    // Whoever has left doesn't want to know.
    let _ = entry.answer.send(result);
}

impl Entry {
    fn unknown(&self, why: &str, last: impl Into<Option<Error>>) -> Error {
        super::unknown(&self.email, why, self.first_left, last.into())
    }
}
