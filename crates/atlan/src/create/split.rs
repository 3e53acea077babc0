//! How a refused batch is split, and how large the next batches may be. These functions send no requests.
//!
//! **Splitting.** A part costs a request, and a round of splitting costs the time that a change may take to settle. So a batch is
//! split in two rounds, into about as many parts as each has entries, and then into single entries; and in three where two would
//! take more than 14 requests for one bad entry. A batch of 100 becomes 5 parts, the bad one 5 parts, and that 4 entries.
//!
//! **Sizes.** How many entries a request may have is unknown. Batches get smaller in three cases: the parts of a
//! batch pass although the whole was refused; several batches in a row are too large (413) and none as large has been
//! accepted; or the server takes long.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest batch that is split in two rounds.
const TWO_ROUNDS: usize = 49;
/// The largest part that is split into single entries.
const LAST_PARTS: usize = 7;

/// Size of the parts of a refused batch.
pub(super) fn size_of_parts(entries: usize, refused_before: bool) -> usize {
    match entries {
        entries if entries > TWO_ROUNDS => entries.div_ceil(5),
        ..=LAST_PARTS if refused_before => 1,
        entries => entries.isqrt().max(1),
    }
}

/// A batch that was refused as a whole.
#[derive(Debug)]
pub(super) struct RefusedBatch {
    entries: usize,
    /// Entries that were accepted in its parts.
    accepted: AtomicUsize,
}

impl RefusedBatch {
    pub(super) fn of(entries: usize) -> Self {
        Self { entries, accepted: AtomicUsize::new(0) }
    }

    /// Notes that a part of so many entries was accepted. Whether each entry has been, so that only the size can have been wrong.
    fn was_only_too_large(&self, part: usize) -> bool {
        self.accepted.fetch_add(part, Ordering::Relaxed) + part >= self.entries
    }
}

/// What is known of the sizes of batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Entries of the largest request that was accepted.
    accepted: usize,
    /// Requests refused as too large since a request was accepted.
    too_large: usize,
    /// As many as the server takes.
    limit: Option<usize>,
    /// As many as it takes in good time.
    quick: Option<usize>,
}

impl Sizes {
    /// Most entries of the next batch; without experience, `most`.
    pub(crate) fn largest(&self, most: usize) -> usize {
        most.min(self.limit.unwrap_or(most)).min(self.quick.unwrap_or(most)).max(1)
    }

    /// A request was answered, or not in time. If it was about as large as it may be and slow, the next ones are half as large.
    pub(super) fn answered(&mut self, entries: usize, is_slow: bool, most: usize) {
        let largest = self.largest(most);
        if is_slow && entries * 2 > largest {
            self.quick = Some(largest.div_ceil(2));
        }
    }

    /// A request was accepted, which may be a part of a batch that was refused.
    pub(super) fn accepted(&mut self, entries: usize, part_of: Option<&RefusedBatch>) {
        self.accepted = self.accepted.max(entries);
        self.too_large = 0;
        // A part has no entries of other batches.
        let whole = part_of.filter(|batch| batch.was_only_too_large(entries));
        if whole.is_some_and(|batch| batch.entries > self.accepted) {
            self.lower(entries);
        }
    }

    /// A request was refused as too large. The cause may be a single entry.
    pub(super) fn too_large(&mut self, entries: usize) {
        if entries == 1 {
            // So it was not the number of entries.
            (self.limit, self.too_large) = (None, 0);
            return;
        }
        self.too_large += 1;
        if self.too_large > 1 && entries > self.accepted {
            self.lower(entries.div_ceil(2));
        }
    }

    fn lower(&mut self, to: usize) {
        let to = to.max(self.accepted);
        self.limit = Some(self.limit.map_or(to, |limit| limit.min(to)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests and rounds that it takes to find the bad one of so many entries, at worst.
    fn cost(entries: usize, refused_before: bool) -> (usize, usize) {
        if entries == 1 {
            return (0, 0);
        }
        let size = size_of_parts(entries, refused_before);
        assert!(size < entries, "{entries}");
        let (requests, rounds) = cost(size, true);
        (entries.div_ceil(size) + requests, rounds + 1)
    }

    #[test]
    fn a_bad_entry_costs_at_most_14_requests_and_three_rounds() {
        for entries in 2..=100 {
            let (requests, rounds) = cost(entries, false);
            assert!(requests <= 14 && rounds <= 3, "{entries}: {requests} requests, {rounds} rounds");
        }
        assert_eq!(cost(100, false), (14, 3));
        assert_eq!(cost(10, false), (7, 2));
        assert_eq!(cost(2, false).0, 2);
    }

    #[test]
    fn batches_stay_as_small_as_parts_that_pass_where_the_whole_was_refused() {
        let (mut sizes, refused) = (Sizes::default(), RefusedBatch::of(100));
        for part in 1..=5 {
            assert_eq!(sizes.largest(100), 100, "{part}");
            sizes.accepted(20, Some(&refused));
        }
        assert_eq!(sizes.largest(100), 20);
        // One part was refused, or one entry has shown.
        let (mut sizes, refused) = (Sizes::default(), RefusedBatch::of(100));
        (0..4).for_each(|_| sizes.accepted(20, Some(&refused)));
        sizes.accepted(19, Some(&refused));
        sizes.accepted(20, None);
        assert_eq!(sizes.largest(100), 100);
    }

    #[test]
    fn a_size_that_was_accepted_is_not_given_up() {
        let (mut sizes, refused) = (Sizes::default(), RefusedBatch::of(100));
        sizes.accepted(100, None);
        (0..5).for_each(|_| sizes.accepted(20, Some(&refused)));
        (0..3).for_each(|_| sizes.too_large(100));
        assert_eq!(sizes.largest(100), 100);
        let mut sizes = Sizes::default();
        sizes.accepted(40, None);
        (0..3).for_each(|_| sizes.too_large(50));
        assert_eq!(sizes.largest(100), 40);
    }

    #[test]
    fn too_large_once_may_be_one_entry_and_twice_halves_batches_until_a_single_entry_is() {
        let mut sizes = Sizes::default();
        sizes.too_large(100);
        assert_eq!(sizes.largest(100), 100);
        sizes.accepted(3, None);
        sizes.too_large(100);
        assert_eq!(sizes.largest(100), 100, "not in a row");
        sizes.too_large(100);
        assert_eq!(sizes.largest(100), 50);
        sizes.too_large(50);
        assert_eq!(sizes.largest(100), 25);
        sizes.too_large(1);
        assert_eq!(sizes.largest(100), 100);
    }

    #[test]
    fn a_slow_batch_halves_the_next_ones_unless_it_was_small() {
        let mut sizes = Sizes::default();
        sizes.answered(50, true, 100);
        sizes.answered(100, false, 100);
        assert_eq!(sizes.largest(100), 100);
        sizes.answered(51, true, 100);
        sizes.answered(20, true, 100);
        assert_eq!(sizes.largest(100), 50);
        (0..9).for_each(|_| sizes.answered(50, true, 100));
        assert_eq!(sizes.largest(100), 1);
    }
}
