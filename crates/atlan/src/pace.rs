//! When the next request may be sent, so that no minute has more requests than the setting allows. These are functions
//! of times: they use no clock and never wait. A time is a span since any fixed moment.
//!
//! Atlan counts by the minute, so the budget is for a minute. The first half of the budget is sent at full speed. After
//! that, the next request is sent after the smallest gap that could be kept up for a minute without exceeding the
//! budget. Requests therefore become less frequent but never stop.
//!
//! **The longest gap** is that of a state in which half of the budget has just left at once: the other half is spread over
//! a whole minute, one request every 2 ÷ (requests per second). A gap that can be kept up can still be kept up after one
//! more request has left in its time, so no later state needs a longer one. A refusal (429) makes it 2.5 ÷ (requests per
//! second) at most, see [`Pace::refused`].
//!
//! A token bucket (GCRA, as `governor` and its kin have it) with these two promises would hold half of the budget and
//! refill at half of the rate: 5,000 requests would take 348 seconds instead of 200.

use std::collections::VecDeque;
use std::time::Duration;

/// The span that Atlan counts over.
const MINUTE: Duration = Duration::from_secs(60);

/// The rule and the requests of the last minute.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Requests that may leave in any `window`. At least 1.
    budget: usize,
    /// A minute, or longer where less than one request a minute is allowed.
    window: Duration,
    /// Gap between requests after a second refusal.
    longest: Duration,
    /// When requests of the last window left, oldest first.
    sent: VecDeque<Duration>,
    /// Before this moment the gap of the requests that have left is not over.
    next: Duration,
    refused: Option<Refused>,
}

/// What a refusal (429) does to the pace.
#[derive(Clone, Copy, Debug)]
struct Refused {
    at: Duration,
    /// The effect lasts until then.
    until: Duration,
    /// A second refusal came within a minute of the one before.
    again: bool,
}

impl Pace {
    /// `None` for 0 requests a second, which lifts the limit.
    pub(crate) fn new(per_second: f64) -> Option<Self> {
        let per_window = per_second * MINUTE.as_secs_f64();
        if per_window.is_nan() || per_window <= 0.0 {
            return None;
        }
        let span = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Some(Self {
            // The addition takes back what binary fractions lose: 0.35 × 60 is a little less than 21.
            budget: ((per_window + 1e-6) as usize).max(1),
            window: MINUTE.max(span(1.0 / per_second)),
            longest: span(2.5 / per_second),
            sent: VecDeque::new(),
            next: Duration::ZERO,
            refused: None,
        })
    }

    /// When the next request may leave: `now` or later.
    pub(crate) fn due(&mut self, now: Duration) -> Duration {
        self.forget(now);
        if self.refused.is_some_and(|refused| now < refused.until) {
            return self.next.max(now);
        }
        // The window may fall below half before the gap is over; then nothing holds requests back.
        let below_half = match self.sent.len().checked_sub(self.half()) {
            None => return now,
            Some(above) => {
                self.sent.get(above).map_or(Duration::MAX, |sent| sent.saturating_add(self.window))
            }
        };
        self.next.min(below_half).max(now)
    }

    /// A request leaves. `now` is at least what [`Pace::due`] said, and never earlier than in the call before.
    pub(crate) fn sent(&mut self, now: Duration) {
        self.forget(now);
        self.sent.push_back(now);
        let floor = match self.refused.filter(|refused| now < refused.until) {
            None => Duration::ZERO,
            Some(Refused { again: false, .. }) => self.gap_at_half(),
            Some(Refused { again: true, .. }) => self.longest,
        };
        self.next = now.saturating_add(self.gap(now).max(floor));
    }

    /// The request that was to leave at `at` has not left after all.
    pub(crate) fn unsent(&mut self, at: Duration) {
        let Some(index) = self.sent.iter().rposition(|sent| *sent == at) else { return };
        self.sent.remove(index);
        if index == self.sent.len() {
            // The pace had allowed a request at that moment, so it allows the next one from then on.
            self.next = at;
        }
    }

    /// Atlan refused a request with 429, and everybody waits until `resumed`: somebody else uses the address, too. For a
    /// minute from then on the window counts as half used, so that nothing leaves at full speed. After a second refusal
    /// within a minute it counts as wholly used, and only the longest gap of the pace remains.
    pub(crate) fn refused(&mut self, now: Duration, resumed: Duration) {
        let again = self.refused.is_some_and(|refused| now < refused.until || now < refused.at + MINUTE);
        let until = resumed.max(now).saturating_add(MINUTE);
        self.refused = Some(Refused { at: now, until, again });
        let gap = if again { self.longest } else { self.gap_at_half() };
        if let Some(last) = self.sent.back() {
            self.next = self.next.max(last.saturating_add(gap));
        }
    }

    /// Requests in a window that leave at full speed.
    fn half(&self) -> usize {
        self.budget / 2
    }

    /// The gap after half of the budget has left at once.
    fn gap_at_half(&self) -> Duration {
        divided(self.window, self.budget - self.half() + 1)
    }

    /// The smallest gap that can be kept up from `now` on, the moment at which a request leaves.
    ///
    /// The n-th oldest request counts until it leaves the window. Until then, as many more may leave as the budget has
    /// left beside it and the younger ones; the one after those may leave no earlier.
    fn gap(&self, now: Duration) -> Duration {
        if self.sent.len() < self.half() {
            return Duration::ZERO;
        }
        let free = self.budget.saturating_sub(self.sent.len());
        let gaps = self.sent.iter().enumerate().map(|(older, sent)| {
            let leaves = sent.saturating_add(self.window).saturating_sub(now);
            divided(leaves, free + older + 1)
        });
        gaps.max().unwrap_or(Duration::ZERO)
    }

    /// Forgets what has left the window.
    fn forget(&mut self, now: Duration) {
        while self.sent.front().is_some_and(|sent| sent.saturating_add(self.window) <= now) {
            self.sent.pop_front();
        }
    }
}

/// A share of a span, rounded up to the next nanosecond.
fn divided(span: Duration, by: usize) -> Duration {
    let nanos = span.as_nanos().div_ceil(by.max(1) as u128);
    u64::try_from(nanos).map_or(Duration::MAX, Duration::from_nanos)
}

#[cfg(test)]
mod tests;
