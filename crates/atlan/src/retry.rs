//! When a request is retried, and after which pause. This is a policy and not a loop: pure functions of what happened.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Error, NotSentReason, RETRIED_STATUSES};

/// Retries when a host's name has no address: usually it is misspelled, sometimes the resolver fails for a moment.
const RETRIES_OF_A_NAME: u32 = 2;

/// Whether the transport may repeat a request by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// A second execution changes nothing: reads, and writes that set an absolute state.
    Safe,
    /// A second execution could do harm. The caller of the request looks first, then decides.
    Never,
}

/// What to do after a failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    /// Report the failure.
    Stop,
    /// All attempts are used up.
    GiveUp,
    /// The server asks for a longer pause than allowed.
    TooLong(Duration),
    /// Wait, then send again.
    After(Duration),
}

#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) max_retries: u32,
    pub(crate) retry_max_wait: Duration,
    pub(crate) backoff: Duration,
}

impl Policy {
    /// Decides after attempt number `attempts` (from 1) of a repeatable request. `jitter` is a random number from 0 to 1.
    pub(crate) fn next(&self, error: &Error, attempts: u32, jitter: f64) -> Next {
        let retry_after = match error {
            Error::Refused(refusal) if RETRIED_STATUSES.contains(&refusal.status) => refusal.retry_after,
            // Not sent, because there is no token: the request for one has been retried already.
            Error::NotSent { cause, .. } if cause.is::<Error>() => return Next::Stop,
            Error::NotSent { reason: NotSentReason::Certificate(_), .. } => return Next::Stop,
            Error::NotSent { .. } | Error::Lost { .. } => None,
            _ => return Next::Stop,
        };
        let max_retries = match error {
            Error::NotSent { reason: NotSentReason::HostNotFound { .. }, .. } => {
                self.max_retries.min(RETRIES_OF_A_NAME)
            }
            _ => self.max_retries,
        };
        if max_retries == 0 {
            return Next::Stop;
        }
        if attempts > max_retries {
            return Next::GiveUp;
        }
        match retry_after {
            Some(pause) if pause > self.retry_max_wait => Next::TooLong(pause),
            Some(pause) => Next::After(pause),
            None => Next::After(self.pause(attempts, jitter)),
        }
    }

    /// Exponential backoff with full jitter: anything from nothing to `backoff · 2^attempts`, at most `retry_max_wait`.
    /// Full jitter, because clients that were refused together must not retry together.
    pub(crate) fn pause(&self, attempts: u32, jitter: f64) -> Duration {
        let ceiling = self.backoff.saturating_mul(2u32.saturating_pow(attempts)).min(self.retry_max_wait);
        ceiling.mul_f64(jitter.clamp(0.0, 1.0))
    }
}

/// A random number from 0 to 1, from the generator that makes our request ids; good enough to spread retries.
pub(crate) fn jitter() -> f64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    // The top bits of a version 4 UUID are random; 32 of them divide evenly into an `f64`.
    f64::from((high >> 32) as u32) / f64::from(u32::MAX)
}

/// Reads a `Retry-After` header: whole seconds, or an HTTP date compared with the server's own clock `now`, so that a
/// wrong clock on this machine does no harm. A date in the past is no pause.
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date(value)?;
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Reads an HTTP date such as `Tue, 15 Nov 1994 08:12:31 GMT`.
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::{Call, CertificateProblem, Origin, Refusal};

    fn policy() -> Policy {
        Policy {
            max_retries: 3,
            retry_max_wait: Duration::from_secs(60),
            backoff: Duration::from_millis(500),
        }
    }

    fn refused(status: u16, retry_after: Option<u64>) -> Error {
        let call =
            Call { method: "GET", path: "/x".into(), request_id: "r".into(), attempts: 1, late: false };
        let retry_after = retry_after.map(Duration::from_secs);
        Error::Refused(Box::new(Refusal {
            call,
            status,
            message: None,
            code: None,
            incident: None,
            retry_after,
            origin: Origin::Api,
            redirect: None,
        }))
    }

    #[test]
    fn only_passing_failures_are_repeated() {
        for status in [302, 400, 401, 403, 404, 409, 500, 501] {
            assert_eq!(policy().next(&refused(status, Some(1)), 1, 0.5), Next::Stop, "{status}");
        }
        for status in RETRIED_STATUSES {
            assert_eq!(policy().next(&refused(status, Some(7)), 1, 0.5), Next::After(Duration::from_secs(7)));
        }
    }

    #[test]
    fn what_keeps_a_request_from_leaving_decides_how_often_it_is_tried() {
        let not_sent = |reason| {
            let call =
                Call { method: "GET", path: "/x".into(), request_id: "r".into(), attempts: 1, late: false };
            Error::NotSent { call: Box::new(call), reason, cause: "x".into() }
        };
        let retries = |reason: NotSentReason| {
            let error = not_sent(reason);
            (1..10)
                .take_while(|attempts| matches!(policy().next(&error, *attempts, 0.5), Next::After(_)))
                .count()
        };
        assert_eq!(retries(NotSentReason::Other), 3);
        assert_eq!(retries(NotSentReason::HostNotFound { host: "x".into() }), 2);
        for problem in [CertificateProblem::UnknownIssuer, CertificateProblem::Other] {
            assert_eq!(retries(NotSentReason::Certificate(problem)), 0);
            assert!(!not_sent(NotSentReason::Certificate(problem)).is_retryable());
        }
    }

    #[test]
    fn pauses_double_and_stop_at_the_longest() {
        let full = |attempts| policy().next(&refused(503, None), attempts, 1.0);
        assert_eq!(full(1), Next::After(Duration::from_secs(1)));
        assert_eq!(full(2), Next::After(Duration::from_secs(2)));
        assert_eq!(full(3), Next::After(Duration::from_secs(4)));
        assert_eq!(full(4), Next::GiveUp);
        assert_eq!(policy().pause(40, 1.0), Duration::from_secs(60));
        assert_eq!(policy().pause(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_longer_pause_than_allowed_is_not_waited_for() {
        let next = policy().next(&refused(429, Some(61)), 1, 0.5);
        assert_eq!(next, Next::TooLong(Duration::from_secs(61)));
    }

    #[test]
    fn without_retries_the_failure_itself_is_reported() {
        let policy = Policy { max_retries: 0, ..policy() };
        assert_eq!(policy.next(&refused(429, Some(1)), 1, 0.5), Next::Stop);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let cases = [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Thu, 01 Jan 2026 00:00:30 GMT", Some(30)),
            ("Thu, 01 Jan 2026 00:00:30 +0000", Some(30)),
            ("Wed, 31 Dec 2025 23:59:59 GMT", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("", None),
            ("-1", None),
            ("soon", None),
            ("1.5", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn jitter_is_spread_evenly_from_none_to_all() {
        const SHARES: usize = 10;
        const ROLLS: usize = 20_000;
        let mut rolled = [0_usize; SHARES];
        for _ in 0..ROLLS {
            let pause = policy().pause(4, jitter());
            let share = pause.as_secs_f64() / policy().pause(4, 1.0).as_secs_f64();
            rolled[((share * SHARES as f64) as usize).min(SHARES - 1)] += 1;
        }
        // 2,000 each; the standard deviation is 42, so seven of them never happen by chance.
        assert!(rolled.iter().all(|count| count.abs_diff(ROLLS / SHARES) < 300), "{rolled:?}");
    }

    proptest! {
        #[test]
        fn a_date_in_the_future_is_exactly_that_far_away(start in 0i64..4_000_000_000, ahead in 0u32..100_000) {
            let now = Timestamp::from_second(start).expect("in range");
            let until = Timestamp::from_second(start + i64::from(ahead)).expect("in range");
            let header = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&until).expect("a date");
            prop_assert_eq!(retry_after(&header, now), Some(Duration::from_secs(ahead.into())));
        }

        #[test]
        fn any_header_is_survived(value in any::<String>()) {
            retry_after(&value, Timestamp::UNIX_EPOCH);
        }

        #[test]
        fn jitter_stays_between_none_and_all(_ in 0..100u8) {
            prop_assert!((0.0..=1.0).contains(&jitter()));
        }
    }
}
