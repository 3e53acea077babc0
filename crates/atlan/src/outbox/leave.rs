//! When a batch may leave. A pure function of what the outbox knows; the reasons stand in `outbox.rs`.

use std::time::Duration;

use tokio::time::Instant;

/// How many gaps a successor may take to come: Terraform spends some ten milliseconds on each object between two calls.
const SUCCESSOR_GAPS: u32 = 10;
/// How many gaps a call may take that is still checking whether its person exists.
const COMING_GAPS: u32 = 3;
/// Longest wait for a larger batch to be looked up.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What is known about the companions of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Companions {
    /// When the batch began to gather.
    pub(super) since: Instant,
    /// Entries in the batch.
    pub(super) waiting: usize,
    /// Most entries of a batch.
    pub(super) largest: usize,
    /// Calls that are still checking whether their person exists.
    pub(super) coming: usize,
    /// Entries answered a moment ago, whose successors have not come yet.
    pub(super) answered: usize,
    /// When the last entry was answered, or its successor came.
    pub(super) answered_at: Option<Instant>,
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
        let moment = gap * COMING_GAPS;
        let coming = until(self.coming > 0, self.since + moment);
        let successors =
            until(self.answered > 0, self.answered_at.unwrap_or(self.since) + gap * SUCCESSOR_GAPS);
        let larger = until(
            self.unseen > 0 && self.unseen >= self.waiting,
            self.since + (self.round_trip * 2).min(LONGEST_WAIT) + moment,
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
            answered: 0,
            answered_at: None,
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
        assert_eq!(wait(|known| known.answered_at = Some(known.since)), None, "the successor has come");
        assert_eq!(wait(|known| known.coming = 1), Some(Duration::from_millis(15)));
        assert_eq!(wait(|known| known.answered = 7), Some(Duration::from_millis(50)));
        let later = |known: &mut Companions| {
            (known.answered, known.answered_at) = (1, Some(known.since + Duration::from_millis(30)));
        };
        assert_eq!(wait(later), Some(Duration::from_millis(80)), "counted from the last answer");
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
        assert_eq!(wait(|known| (known.waiting, known.answered) = (100, 100)), None);
        assert_eq!(wait(|known| (known.coming, known.answered) = (1, 1)), Some(Duration::from_millis(50)));
    }
}
