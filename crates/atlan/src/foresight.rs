//! Decides whether to send a read before a write is answered: on some servers such a read shows the effect of the
//! write, on others it never does. After a miss, a number of read-backs do not rely on such reads, and twice as many
//! after each further miss.

use std::time::Duration;

/// A write that takes longer is slow beside Terraform's work on some objects.
pub(crate) const SLOW: Duration = Duration::from_millis(50);
/// Read-backs that do not look ahead after the first miss.
const AFTER_A_MISS: u32 = 20;

/// Whether reads that leave before a write is answered show what it does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Foresight {
    misses: u32,
    /// Read-backs that are not to rely on it.
    pause: u32,
}

impl Foresight {
    pub(crate) fn is_good(self) -> bool {
        self.pause == 0
    }

    /// Whether the next read-back relies on it.
    pub(crate) fn next(&mut self) -> bool {
        let good = self.is_good();
        self.pause = self.pause.saturating_sub(1);
        good
    }

    /// Whether a read has shown it.
    pub(crate) fn was(&mut self, hit: bool) {
        if hit {
            self.hit();
        } else {
            self.miss();
        }
    }

    pub(crate) fn hit(&mut self) {
        self.misses = self.misses.saturating_sub(1);
    }

    /// Those who waited for the same wave miss together, and count once.
    pub(crate) fn miss(&mut self) {
        if self.is_good() {
            self.pause = AFTER_A_MISS << self.misses.min(8);
            self.misses += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_pause_looking_ahead_for_longer_each_time() {
        let mut foresight = Foresight::default();
        let mut relied = 0;
        for _ in 0..1000 {
            if foresight.next() {
                relied += 1;
                foresight.miss();
                foresight.miss();
            }
        }
        assert!(relied <= 7, "{relied} of a thousand lose time where a server never shows it");
        foresight = Foresight::default();
        foresight.miss();
        assert_eq!((0..40).filter(|_| foresight.next()).count(), 20, "one miss alone is soon forgotten");
    }
}
