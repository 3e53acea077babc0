//! When a batch may be sent. A pure function of what the outbox knows; the reasons are in `outbox.rs`.

use std::time::Duration;

use tokio::time::Instant;

use crate::successors::Successors;

/// How many gaps a successor is waited for at least: Terraform spends some ten milliseconds on each object between two calls.
const SUCCESSOR_GAPS: u32 = 10;
/// How many gaps a call may take on its way from an answer to the outbox.
const ARRIVAL_GAPS: u32 = 3;
/// Longest wait for calls that are checking whether their person exists, and for a larger batch to be looked up.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What is known about the companions of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Companions {
    /// When the first entry of the batch was there.
    pub(super) since: Instant,
    /// Entries in the batch.
    pub(super) waiting: usize,
    /// Most entries of a batch.
    pub(super) largest: usize,
    /// Calls that are still checking whether their person exists.
    pub(super) coming: usize,
    /// Calls that follow those that were answered.
    pub(super) successors: Successors,
    /// Entries sent and not yet looked up for the first time.
    pub(super) unseen: usize,
    /// How long the last request took.
    pub(super) round_trip: Duration,
}

impl Companions {
    /// Until when the batch waits for others, if it waits at all. `gap` is the time between two calls that belong together.
    pub(super) fn wait_until(&self, gap: Duration) -> Option<Instant> {
        if self.waiting >= self.largest {
            return None;
        }
        let until = |wanted: bool, at: Instant| wanted.then_some(at);
        let coming = until(self.coming > 0, self.since + LONGEST_WAIT);
        let successors = self.successors.until(gap * SUCCESSOR_GAPS);
        let larger = until(
            self.unseen > 0 && self.unseen >= self.waiting,
            self.since + (self.round_trip * 2).min(LONGEST_WAIT) + gap * ARRIVAL_GAPS,
        );
        coming.max(successors).max(larger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: Duration = Duration::from_millis(5);

    fn wait(change: impl FnOnce(&mut Companions)) -> Option<Duration> {
        let mut companions = Companions {
            since: Instant::now(),
            waiting: 3,
            largest: 100,
            coming: 0,
            successors: Successors::default(),
            unseen: 0,
            round_trip: Duration::from_millis(200),
        };
        let since = companions.since;
        change(&mut companions);
        companions.wait_until(GAP).map(|until| until - since)
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_waits_for_companions_that_are_known_to_come_and_for_no_other() {
        assert_eq!(wait(|_| {}), None, "a lone one waits for nothing");
        assert_eq!(wait(|known| known.coming = 1), Some(LONGEST_WAIT), "its look may read a whole list");
        assert_eq!(wait(|known| known.successors.answered(7)), Some(Duration::from_millis(50)));
        let has_come = |known: &mut Companions| {
            known.successors.answered(1);
            known.successors.came();
        };
        assert_eq!(wait(has_come), None, "the successor has come");
    }

    #[tokio::test(start_paused = true)]
    async fn a_larger_batch_under_way_is_waited_for_as_long_as_a_request_takes() {
        assert_eq!(wait(|known| known.unseen = 6), Some(Duration::from_millis(415)));
        assert_eq!(wait(|known| known.unseen = 3), Some(Duration::from_millis(415)));
        assert_eq!(wait(|known| known.unseen = 2), None, "a smaller one joins the next batch");
        let slow = |known: &mut Companions| (known.unseen, known.round_trip) = (6, Duration::from_secs(20));
        assert_eq!(wait(slow), Some(Duration::from_millis(1015)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_batch_leaves_at_once_and_of_two_reasons_the_longer_counts() {
        let full = |known: &mut Companions| (known.waiting, known.coming) = (100, 1);
        assert_eq!(wait(full), None);
        let both = |known: &mut Companions| {
            known.coming = 1;
            known.successors.answered(1);
        };
        assert_eq!(wait(both), Some(LONGEST_WAIT));
    }
}
