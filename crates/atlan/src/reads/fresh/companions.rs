//! Until when a wave with readers waits for others.

use std::time::Duration;

use tokio::time::Instant;

use super::{Announced, FreshState};
use crate::foresight::SLOW;

/// Gaps without another reader after which a wave leaves: Terraform spends some milliseconds on each object between two reads.
const GAPS: u32 = 3;

/// What is known about the companions of a wave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Companions {
    pub(super) waiting: usize,
    /// Writes in flight that this wave is to answer.
    pub(super) ahead: usize,
    /// Other writes in flight, which it does not wait for.
    pub(super) late: usize,
    /// Until when it waits for other writes in flight.
    pub(super) writing_until: Option<Instant>,
    pub(super) reading: usize,
    pub(super) expected: Option<usize>,
    /// Whether a write takes longer than Terraform's work on some objects.
    pub(super) slow: bool,
}

impl Companions {
    pub(super) fn of<R>(fresh: &FreshState<R>, now: Instant) -> Self {
        let mut companions = Self {
            waiting: fresh.waiting.len(),
            ahead: 0,
            late: 0,
            writing_until: None,
            reading: fresh.reading,
            expected: fresh.expected(),
            slow: fresh.took.is_some_and(|took| took > SLOW),
        };
        if fresh.foresight.is_good() {
            companions.ahead = fresh.coming.iter().filter_map(Announced::left_unasked).count();
            companions.reading += fresh.coming.iter().filter(|write| write.is_asked_for()).count();
            return companions;
        }
        for write in &fresh.coming {
            let until = write.left.zip(fresh.took).map(|(left, took)| left + took);
            match until.filter(|until| *until > now) {
                Some(until) => companions.writing_until = companions.writing_until.max(Some(until)),
                None => companions.late += 1,
            }
        }
        companions
    }

    /// Until when a wave with readers waits for others, if it waits at all. `gap` is the time between two calls that belong together, `last`
    /// when the last reader came.
    pub(super) fn wait_until(&self, start: Instant, last: Instant, gap: Duration) -> Option<Instant> {
        let answered = self.waiting + self.ahead;
        let patient = match self.expected {
            Some(expected) if answered + self.late >= expected => return None,
            // All other calls wait for the answers of waves that have left. If this wave has fewer than half of the calls, it waits until the others
            // have their answers and send writes, so that all go on together. That costs the few calls some time, and saves a request in
            // each later step.
            Some(expected) if answered + self.late + self.reading >= expected => {
                if self.slow || answered * 2 >= expected {
                    return None;
                }
                GAPS
            }
            // Where requests are slow, the wait would add to the round trip, and the writes in flight are answered anyway. Where
            // they are quick, Terraform's own work takes the time, and a wait costs nothing.
            Some(_) if self.slow => 1,
            Some(_) => GAPS,
            None => 1,
        };
        let most = if self.slow { gap * 2 } else { gap * patient * 5 };
        let others = (last + gap * patient).min(start + most);
        Some(self.writing_until.map_or(others, |until| until.max(others)))
    }
}
