//! The limit of requests a minute, for each address that requests come from.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const MINUTE: Duration = Duration::from_secs(60);

/// How a minute is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateWindow {
    /// From the first request on; when the minute is over, the next request starts another.
    #[default]
    Fixed,
    /// The last 60 seconds before each request.
    Sliding,
}

/// Requests admitted within the last minute, by address.
#[derive(Debug, Default)]
pub struct Rate(HashMap<IpAddr, VecDeque<Duration>>);

impl Rate {
    /// Counts a request, unless `allowed` have been admitted in its minute. `now` is the time since any fixed moment.
    ///
    /// # Errors
    /// How long it takes until a request would be admitted.
    pub fn admit(
        &mut self,
        from: IpAddr,
        now: Duration,
        allowed: usize,
        window: RateWindow,
    ) -> Result<(), Duration> {
        let admitted = self.0.entry(from).or_default();
        match window {
            RateWindow::Fixed if admitted.front().is_some_and(|first| *first + MINUTE <= now) => {
                admitted.clear()
            }
            RateWindow::Fixed => {}
            RateWindow::Sliding => {
                while admitted.front().is_some_and(|first| *first + MINUTE <= now) {
                    admitted.pop_front();
                }
            }
        }
        match admitted.front() {
            Some(first) if admitted.len() >= allowed => Err((*first + MINUTE).saturating_sub(now)),
            _ => {
                admitted.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// Which of requests at these seconds are admitted, three a minute.
    fn admitted(window: RateWindow, seconds: &[u64]) -> Vec<Result<(), u64>> {
        let mut rate = Rate::default();
        let at = |second: &u64| {
            let now = Duration::from_secs(*second);
            rate.admit(Ipv4Addr::LOCALHOST.into(), now, 3, window).map_err(|left| left.as_secs())
        };
        seconds.iter().map(at).collect()
    }

    #[test]
    fn a_fixed_minute_starts_anew_and_a_sliding_one_never_does() {
        let seconds = [0, 50, 59, 59, 60, 61, 62, 63];
        let ok = Ok(());
        assert_eq!(admitted(RateWindow::Fixed, &seconds), [ok, ok, ok, Err(1), ok, ok, ok, Err(57)]);
        assert_eq!(
            admitted(RateWindow::Sliding, &seconds),
            [ok, ok, ok, Err(1), ok, Err(49), Err(48), Err(47)]
        );
    }

    #[test]
    fn every_address_has_a_limit_of_its_own() {
        let mut rate = Rate::default();
        let mut admit = |last| {
            let from = Ipv4Addr::new(127, 0, 0, last).into();
            rate.admit(from, Duration::ZERO, 1, RateWindow::Fixed).is_ok()
        };
        assert_eq!([admit(1), admit(1), admit(2)], [true, false, true]);
    }
}
