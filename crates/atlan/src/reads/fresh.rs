//! Reads whose request must be sent after the reader asks: before a write, and to read back its effect.
//!
//! Their waves overlap. A reader that had to wait for the wave in flight and then for its own would take two round trips.
//!
//! **Looking ahead.** Terraform spends some milliseconds on each object, so ten writes that leave one after another return one
//! after another. If the first reader waited for the last write, Terraform would idle, and the next ten would start as far
//! apart. So a write announces itself ([`Reads::announce`]), and a wave that leaves meanwhile also asks for the objects of the
//! writes in flight. When such a write returns, [`Reads::read_back`] takes the answer of that wave, if it shows what the write
//! was to do: it then needs no request of its own, and less than a round trip. If it does not show it, the object is read anew,
//! which has cost some time. So after such a miss, a number of writes do not rely on it, twice as many after each further one,
//! and a wave waits for a companion's write instead, but only while that has taken no longer than the reader's own.
//!
//! Where the way to the server takes most of the time of a request, a read that leaves after a write also arrives after it. So a
//! wave may leave before the first write is answered, when the writes of half of the calls under way have left. Most of the other
//! half wait for the wave before: two halves that take turns keep both Terraform and the way to the server busy, and cost no more
//! requests than that. A read ahead takes the place of a request in flight, so the last write of ten may have to wait until another
//! request is answered; the calls that it answers save more than that. A server that takes longer to write than to
//! read does not show them in time. That is a miss, too, counted separately: such waves then pause, at the cost of one request
//! each time they are tried again. None leaves while the pace or a pause holds requests back, as requests are scarce then.
//!
//! A write counts as in flight only when it has left ([`Reads::leaves`]). Until then it may wait for a token or for its turn, and no
//! read can show it.
//!
//! An answer that left before the write returned is older than the question. That does no harm, as only what the write
//! was to do is believed: the new record with the GUID that Atlan has answered, the changed values, the absence of what was
//! deleted. Before the write left, none of these was there to be seen.

mod companions;

use std::sync::Arc;
use std::time::Duration;

use companions::Companions;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument;

use crate::api::Api;
use crate::error::Result;
use crate::foresight::{Foresight, SLOW};
use crate::guard::{AtWork, guarded};
use crate::reads::look_up::{Found, Purpose, look_up};
use crate::reads::wave::deliver;
use crate::reads::{Key, Need, Reads, Source, State, Trust, Waiting};
use crate::scope::Waited;
use crate::successors::Successors;

/// The part of the calls under way whose writes must have left before a wave leaves ahead of all answers.
const HALF: (usize, usize) = (5, 10);
/// The part of the time of a write that each of them must have been out by then, so that the wave does not overtake it.
const PART_AHEAD: u32 = 16;

/// The answer of a wave, once it is there. The sender is dropped when there will be none.
type Flight<R> = watch::Receiver<Option<Arc<Found<R>>>>;

/// Readers that wait for the next wave, and writes whose objects it may show.
#[derive(Debug)]
pub(super) struct FreshState<R> {
    pub(super) waiting: Vec<Waiting<R>>,
    /// Whether a task forms waves.
    pub(super) working: bool,
    /// Writes in flight, and those about to leave.
    coming: Vec<Announced<R>>,
    next_number: u64,
    /// The shortest time that the write of a waiting reader took.
    took: Option<Duration>,
    /// How long the last write took.
    usual: Option<Duration>,
    /// Calls that wait for a wave that has left.
    reading: usize,
    /// Calls that follow those that were answered.
    successors: Successors,
    /// Whether a wave has left.
    began: bool,
    foresight: Foresight,
    /// The same for waves that leave ahead of all answers.
    far_sight: Foresight,
    /// How long requests had been held back when the last wave left.
    held_back: Waited,
}

impl<R> Default for FreshState<R> {
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            working: false,
            coming: Vec::new(),
            next_number: 0,
            took: None,
            usual: None,
            reading: 0,
            successors: Successors::default(),
            began: false,
            foresight: Foresight::default(),
            far_sight: Foresight::default(),
            held_back: Waited::default(),
        }
    }
}

impl<R> FreshState<R> {
    /// A call has come, which may be the successor of another.
    pub(super) fn came(&mut self) {
        self.successors.came();
    }

    fn has_answered(&mut self, count: usize) {
        self.successors.answered(count);
    }

    /// Calls whose companions a wave expects.
    fn expected(&self) -> Option<usize> {
        let successors = self.successors.missing();
        self.began.then(|| self.waiting.len() + self.coming.len() + self.reading + successors)
    }
}

/// A write in flight, or about to leave.
#[derive(Debug)]
struct Announced<R> {
    number: u64,
    key: Key,
    /// When its last attempt left, once one has.
    left: Option<Instant>,
    /// The waves that ask for its object, in the order in which they left.
    flights: Vec<Asked<R>>,
}

impl<R> Announced<R> {
    fn is_asked_for(&self) -> bool {
        !self.flights.is_empty()
    }

    /// When it left, if no wave asks for its object yet.
    fn left_unasked(&self) -> Option<Instant> {
        self.left.filter(|_| !self.is_asked_for())
    }
}

/// A wave that asks for the object of a write in flight.
#[derive(Debug)]
struct Asked<R> {
    flight: Flight<R>,
    /// How long the write had been out when the wave left.
    age: Duration,
    /// Whether it left ahead of all answers.
    ahead: bool,
}

/// A write in flight, whose call will read the object back.
#[derive(Debug)]
pub(crate) struct Coming<S: Source> {
    reads: Arc<Reads<S>>,
    number: u64,
    key: Key,
}

impl<S: Source> Drop for Coming<S> {
    fn drop(&mut self) {
        self.land();
    }
}

impl<S: Source> Coming<S> {
    /// Whether it has been read back once.
    pub(crate) fn has_landed(&self) -> bool {
        !self.reads.state().fresh.coming.iter().any(|write| write.number == self.number)
    }

    fn land(&self) -> Option<Announced<S::Record>> {
        let landed = {
            let coming = &mut self.reads.state().fresh.coming;
            let at = coming.iter().position(|write| write.number == self.number);
            at.map(|at| coming.swap_remove(at))
        };
        self.reads.fresh_changed.notify_one();
        landed
    }
}

impl<S: Source> Reads<S> {
    /// Announces a write that is about to leave. Its call then reads the object back under this key.
    pub(crate) fn announce(self: &Arc<Self>, key: Key) -> Coming<S> {
        let fresh = &mut self.state().fresh;
        fresh.came();
        fresh.next_number += 1;
        let number = fresh.next_number;
        fresh.coming.push(Announced { number, key: key.clone(), left: None, flights: Vec::new() });
        Coming { reads: Arc::clone(self), number, key }
    }

    /// The announced write of this key leaves now, perhaps once more.
    pub(crate) fn leaves(self: &Arc<Self>, api: &Api, key: &Key) {
        let fresh = &mut self.state().fresh;
        for write in fresh.coming.iter_mut().filter(|write| write.key == *key) {
            write.left = Some(Instant::now());
        }
        if fresh.may_leave_ahead() && !std::mem::replace(&mut fresh.working, true) {
            tokio::spawn(work(Arc::clone(self), api.detached()).in_current_span());
        }
        self.fresh_changed.notify_one();
    }

    /// Reads back what a write was to do, now that Atlan has accepted it. `done`: whether a record, or its absence, shows that.
    /// Only then, and at the first time, may the answer be older than the question.
    pub(crate) async fn read_back(
        self: &Arc<Self>,
        api: &Api,
        coming: &Coming<S>,
        done: impl Fn(Option<&S::Record>) -> bool,
    ) -> Result<Option<S::Record>> {
        let key = &coming.key;
        if let Some(Announced { left: Some(left), flights, .. }) = coming.land() {
            let took = left.elapsed();
            let (relies, relies_far) = {
                let fresh = &mut self.state().fresh;
                fresh.took = Some(fresh.took.map_or(took, |other| other.min(took)));
                fresh.usual = Some(took);
                (fresh.foresight.next(), fresh.far_sight.next())
            };
            for Asked { mut flight, age, ahead } in flights {
                if !(if ahead { relies_far } else { relies } || flight.borrow().is_some()) {
                    continue;
                }
                let waits = Reading::new(self, 1);
                let arrived =
                    async { flight.wait_for(Option::is_some).await.ok().and_then(|found| found.clone()) };
                // The end of the call ends the read below, too, and with the proper error.
                let found = api.scope.run(arrived).await.ok().flatten();
                drop(waits);
                if let Some(found) = found.filter(|found| found.beside.contains(key)) {
                    let record = found.records.iter().find(|record| self.source.fits(key, record));
                    let is_done = done(record);
                    let fresh = &mut self.state().fresh;
                    let sight = if ahead { &mut fresh.far_sight } else { &mut fresh.foresight };
                    if is_done {
                        sight.hit();
                        fresh.has_answered(1);
                        return Ok(record.cloned());
                    }
                    // A write that had only just left tells nothing of a wave that other writes needed.
                    if age * (if ahead { PART_AHEAD } else { 4 }) >= took {
                        sight.miss();
                    }
                }
            }
        }
        self.ask(api, key.clone(), Need::Fresh).await
    }

    /// Waits until a wave is worth a request. Whether there is one.
    async fn gather_fresh(&self, api: &Api) -> bool {
        let gap = api.sharing().gather;
        let (mut start, mut last, mut seen) = (Instant::now(), Instant::now(), 0);
        loop {
            let changed = self.fresh_changed.notified();
            let now = Instant::now();
            let until = {
                let state = self.state();
                let fresh = &state.fresh;
                let waiting = fresh.waiting.len();
                if seen == 0 {
                    start = now;
                }
                if waiting > seen {
                    (last, seen) = (now, waiting);
                }
                if waiting > 0 {
                    Companions::of(fresh, now).wait_until(start, last, gap)
                } else {
                    let is_held_back = fresh.held_back != api.held_back();
                    match fresh.ahead_at(Filters::of(&state)).filter(|_| !is_held_back) {
                        None => return false,
                        at => at,
                    }
                }
            };
            let Some(until) = until.filter(|until| *until > now) else { return true };
            // Ends by time or by a change; either way the loop looks again.
            let _ = tokio::time::timeout_at(until, changed).await;
        }
    }
}

impl<R> FreshState<R> {
    /// Whether a wave may leave ahead of all answers, if enough writes have left. Where writes are quick, Terraform's own work
    /// takes the time, and such a wave saves nothing.
    fn may_leave_ahead(&self) -> bool {
        self.far_sight.is_good() && self.usual.is_some_and(|took| took > SLOW)
    }

    /// When a wave leaves ahead of the answers to writes in flight, if it does.
    fn ahead_at(&self, filters: Filters) -> Option<Instant> {
        let half = (self.expected()? * HALF.0).div_ceil(HALF.1).max(1);
        let writes = self.coming.iter().filter(|write| filters.work_for(&write.key));
        let mut out: Vec<Instant> = writes.filter_map(|write| self.out_at(write)).collect();
        out.sort_unstable();
        out.get(half - 1).copied()
    }

    /// When a write has been out for so long that a wave which leaves ahead of all answers does not overtake it.
    fn out_at(&self, write: &Announced<R>) -> Option<Instant> {
        let usual = self.usual.filter(|_| self.may_leave_ahead())?;
        write.left_unasked().map(|left| left + usual / PART_AHEAD)
    }
}

/// Whether filters for several keys are known to work.
#[derive(Clone, Copy, Debug)]
struct Filters {
    on_ids: bool,
    on_naturals: bool,
}

impl Filters {
    fn of<S: Source>(state: &State<S>) -> Self {
        Self { on_ids: state.in_on_ids == Trust::Works, on_naturals: state.in_on_naturals == Trust::Works }
    }

    fn work_for(self, key: &Key) -> bool {
        match key {
            Key::Id(_) => self.on_ids,
            Key::Natural(_) => self.on_naturals,
        }
    }
}

/// Forms waves until no reader waits. Each is answered by a task of its own.
pub(super) async fn work<S: Source>(reads: Arc<Reads<S>>, api: Api) {
    let at_work = AtWork::new(|| {
        let fresh = &mut reads.state().fresh;
        fresh.working = false;
        fresh.waiting.clear();
    });
    loop {
        let leaves = reads.gather_fresh(&api).await;
        let (answer, flight) = watch::channel(None);
        let (wave, beside) = {
            let state = &mut *reads.state();
            let filters = Filters::of(state);
            let fresh = &mut state.fresh;
            let ahead = fresh.waiting.is_empty();
            if ahead && !leaves {
                fresh.working = false;
                at_work.done();
                return;
            }
            let wave = std::mem::take(&mut fresh.waiting);
            fresh.held_back = api.held_back();
            fresh.took = None;
            fresh.began = true;
            // A key of another kind would need another request.
            let kind = |key: &Key| std::mem::discriminant(key);
            let now = Instant::now();
            let asks_for = |write: &Announced<S::Record>| match ahead {
                true => filters.work_for(&write.key) && fresh.out_at(write).is_some_and(|out| out <= now),
                false => wave.iter().any(|one| kind(&one.key) == kind(&write.key)),
            };
            let asked: Vec<bool> = fresh.coming.iter().map(asks_for).collect();
            let mut beside: Vec<Key> = Vec::new();
            for (write, _) in fresh.coming.iter_mut().zip(asked).filter(|(_, asked)| *asked) {
                let Some(left) = write.left else { continue };
                write.flights.push(Asked { flight: flight.clone(), age: left.elapsed(), ahead });
                beside.push(write.key.clone());
            }
            fresh.reading += wave.len();
            (wave, beside)
        };
        // Each wave counts its own waiting.
        let flying = fly(Arc::clone(&reads), api.detached(), wave, beside, answer);
        tokio::spawn(flying.in_current_span());
    }
}

/// Answers a wave.
async fn fly<S: Source>(
    reads: Arc<Reads<S>>,
    api: Api,
    mut wave: Vec<Waiting<S::Record>>,
    beside: Vec<Key>,
    answer: watch::Sender<Option<Arc<Found<S::Record>>>>,
) {
    let reading = Answering(Reading { reads: &reads, count: wave.len() });
    let questions: Vec<(Key, Need)> = wave.iter().map(|one| (one.key.clone(), one.need)).collect();
    let is_ahead = wave.is_empty();
    let abandoned = async {
        for one in &mut wave {
            one.answer.closed().await;
        }
        if is_ahead {
            std::future::pending::<()>().await;
        }
    };
    let found = tokio::select! {
        found = guarded(reads.source.name(), look_up(&reads, &api, &questions, &beside, Purpose::Confirm)) => found,
        // No reader waits any more: a deadline, or Ctrl-C.
        () = abandoned => return,
    };
    let answers = found.map(|found| {
        let fitting = |key: &Key| found.records.iter().find(|record| reads.source.fits(key, record)).cloned();
        let answers = questions.iter().map(|(key, _)| fitting(key)).collect();
        // No write may be in flight any more.
        let _ = answer.send(Some(Arc::new(found)));
        answers
    });
    // Before the answers are delivered, because the tasks that get them may announce their next writes at once.
    drop(reading);
    deliver(wave, answers, api.waited());
}

/// Calls that wait for a wave that has left.
struct Reading<'a, S: Source> {
    reads: &'a Reads<S>,
    count: usize,
}

impl<'a, S: Source> Reading<'a, S> {
    fn new(reads: &'a Reads<S>, count: usize) -> Self {
        reads.state().fresh.reading += count;
        Self { reads, count }
    }
}

impl<S: Source> Drop for Reading<'_, S> {
    fn drop(&mut self) {
        self.reads.state().fresh.reading -= self.count;
        self.reads.fresh_changed.notify_one();
    }
}

/// The same for its readers, who are answered by it.
struct Answering<'a, S: Source>(Reading<'a, S>);

impl<S: Source> Drop for Answering<'_, S> {
    fn drop(&mut self) {
        self.0.reads.state().fresh.has_answered(self.0.count);
    }
}

#[cfg(test)]
mod tests;
