//! Calls that follow others. Terraform keeps a number of calls in flight and starts the next one when one is
//! answered. In between it works on the objects, one after another: a few milliseconds each, or more on a busy
//! machine or with a large state. Waves of requests wait for such successors, so that calls that Terraform starts
//! together share a request.

use std::time::Duration;

use tokio::time::Instant;

/// How long Terraform may work on an object until its successor comes. A later call is no successor.
const WITHIN: Duration = Duration::from_millis(500);

/// Answered calls whose successors have not come yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Successors {
    missing: usize,
    /// When the last call was answered, or the last successor came.
    at: Option<Instant>,
    /// The longest time lately between two such moments.
    slowest: Duration,
}

impl Successors {
    /// Calls were answered.
    pub(crate) fn answered(&mut self, count: usize) {
        self.missing = self.missing() + count;
        self.at = Some(Instant::now());
    }

    /// A call has come, which may be a successor.
    pub(crate) fn came(&mut self) {
        self.missing = self.missing().saturating_sub(1);
        let between = self.at.map(|at| at.elapsed()).filter(|between| *between <= WITHIN);
        if let Some(between) = between {
            self.slowest = between.max(self.slowest - self.slowest / 16);
        }
        self.at = Some(Instant::now());
    }

    /// A request has left without those that are missing. Some of them may have gone to other objects, so fewer are expected.
    pub(crate) fn missed(&mut self) {
        self.missing /= 2;
    }

    /// How many are expected.
    pub(crate) fn missing(&self) -> usize {
        if self.at.is_some_and(|at| at.elapsed() <= WITHIN) { self.missing } else { 0 }
    }

    /// Until when the next one is waited for, if one is expected: at least for `least` after the last one, and longer if
    /// Terraform has been slower than that.
    pub(crate) fn until(&self, least: Duration) -> Option<Instant> {
        let patience = (self.slowest * 3 / 2).clamp(least.min(WITHIN), WITHIN);
        self.at.filter(|_| self.missing() > 0).map(|at| at + patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Duration = Duration::from_millis(50);

    async fn pass(ms: u64) {
        tokio::time::advance(Duration::from_millis(ms)).await;
    }

    fn patience(successors: &Successors) -> Option<u128> {
        successors.until(LEAST).map(|until| (until - Instant::now()).as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn a_successor_is_expected_for_each_answer_and_for_a_while() {
        let mut successors = Successors::default();
        successors.came();
        assert_eq!(
            (successors.missing(), patience(&successors)),
            (0, None),
            "the first call follows no other"
        );
        successors.answered(3);
        pass(20).await;
        successors.came();
        assert_eq!((successors.missing(), patience(&successors)), (2, Some(50)), "from the last one on");
        successors.missed();
        assert_eq!(successors.missing(), 1, "some may never come");
        pass(501).await;
        assert_eq!((successors.missing(), patience(&successors)), (0, None));
        successors.came();
        assert_eq!(successors.missing(), 0, "what comes later belongs to something else");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_terraform_is_waited_for_longer_as_long_as_it_is_slow() {
        let mut successors = Successors::default();
        successors.answered(100);
        pass(200).await;
        successors.came();
        assert_eq!(patience(&successors), Some(300));
        for _ in 0..30 {
            pass(5).await;
            successors.came();
        }
        assert_eq!(patience(&successors), Some(50));
        pass(400).await;
        successors.came();
        assert_eq!(patience(&successors), Some(500), "never longer than a successor may take");
    }
}
