//! Changes that wait for one person or for one group: when the turn comes, the first call sends all waiting changes
//! in one request.
//!
//! The call at the head of the line does the work for the others and tells them the outcome. If it ends before that,
//! another call takes its place: these changes may be sent twice without harm.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::api::Api;
use crate::error::Result;
use crate::guid::Guid;
use crate::turns::{Turn, Turns};

/// Calls that wait, by what they are about.
#[derive(Debug)]
pub(super) struct Line<T, R> {
    turns: Turns,
    waiting: Mutex<HashMap<Guid, Vec<Ticket<T, R>>>>,
    next_number: AtomicU64,
}

impl<T, R> Default for Line<T, R> {
    fn default() -> Self {
        Self { turns: Turns::default(), waiting: Mutex::default(), next_number: AtomicU64::new(0) }
    }
}

/// What one call wants.
#[derive(Debug)]
pub(super) struct Ticket<T, R> {
    number: u64,
    pub(super) items: Vec<T>,
    answer: oneshot::Sender<Vec<Result<R>>>,
}

impl<T, R> Ticket<T, R> {
    /// Tells the call the outcome of each of its items, in their order.
    pub(super) fn answer(self, results: Vec<Result<R>>) {
        // A call that has ended misses nothing.
        let _ = self.answer.send(results);
    }
}

/// A call's place in the line.
pub(super) enum Place<T, R> {
    /// Another call has done the work.
    Answered(Vec<Result<R>>),
    /// This call does the work.
    Lead(Lead<T, R>),
}

/// The turn of a call, and everything that waits.
pub(super) struct Lead<T, R> {
    pub(super) turn: Turn,
    pub(super) batch: Vec<Ticket<T, R>>,
    number: u64,
    outcome: oneshot::Receiver<Vec<Result<R>>>,
}

impl<T, R> Lead<T, R> {
    /// The turn, what waits, and where the outcome of the call's own items will be.
    pub(super) fn begin(self) -> (Turn, Vec<Ticket<T, R>>, Own<R>) {
        (self.turn, self.batch, Own { number: self.number, outcome: self.outcome })
    }
}

/// Where the outcome of the leading call's own items will be.
pub(super) struct Own<R> {
    number: u64,
    outcome: oneshot::Receiver<Vec<Result<R>>>,
}

impl<R> Own<R> {
    pub(super) fn is<T>(&self, ticket: &Ticket<T, R>) -> bool {
        ticket.number == self.number
    }

    /// Empty if there is none, which would be a bug.
    pub(super) fn results(mut self) -> Vec<Result<R>> {
        self.outcome.try_recv().unwrap_or_default()
    }
}

impl<T: Clone, R> Line<T, R> {
    /// Waits for the turn, or for another call to do the work. `path`: for the error.
    ///
    /// # Errors
    /// When the call ends before its items have left.
    pub(super) async fn enter(
        &self,
        api: &Api,
        key: &Guid,
        path: &'static str,
        items: &[T],
    ) -> Result<Place<T, R>> {
        loop {
            let number = self.next_number.fetch_add(1, Ordering::Relaxed);
            let (answer, mut outcome) = oneshot::channel();
            self.waiting().entry(key.clone()).or_default().push(Ticket {
                number,
                items: items.to_vec(),
                answer,
            });
            let turn = tokio::select! {
                biased;
                results = &mut outcome => match results {
                    Ok(results) => return Ok(Place::Answered(results)),
                    Err(_) => continue,
                },
                turn = api.wait("POST", path, self.turns.take(key.as_str())) => turn,
            };
            let turn = match turn {
                Ok(turn) => turn,
                Err(stopped) => {
                    if self.withdraw(key, number) {
                        return Err(stopped);
                    }
                    // Its items are on their way.
                    return outcome.await.map(Place::Answered).map_err(|_| stopped);
                }
            };
            if let Ok(results) = outcome.try_recv() {
                return Ok(Place::Answered(results));
            }
            let batch = self.waiting().remove(key).unwrap_or_default();
            if batch.iter().any(|ticket| ticket.number == number) {
                return Ok(Place::Lead(Lead { turn, batch, number, outcome }));
            }
            // The call that had taken it ended without an outcome. The others of this batch wait for the next turn.
            let mut waiting = self.waiting();
            waiting.entry(key.clone()).or_default().extend(batch);
        }
    }

    /// The turn of something that is not in the line itself.
    pub(super) async fn turn(&self, api: &Api, key: &Guid, path: &'static str) -> Result<Turn> {
        api.wait("POST", path, self.turns.take(key.as_str())).await
    }

    fn withdraw(&self, key: &Guid, number: u64) -> bool {
        let mut waiting = self.waiting();
        let Some(tickets) = waiting.get_mut(key) else { return false };
        let before = tickets.len();
        tickets.retain(|ticket| ticket.number != number);
        let found = tickets.len() < before;
        if tickets.is_empty() {
            waiting.remove(key);
        }
        found
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Guid, Vec<Ticket<T, R>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
