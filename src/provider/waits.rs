//! The warning about long waits.

use std::time::Duration as Span;

use atlan::Waited;
use tfplug::Diagnostic;

/// Waiting longer than this in one operation is worth a warning.
const LONG_WAIT: Span = Span::from_secs(10);

/// The warning about the waits of one operation: which kind was the longest, and which setting changes it.
pub(super) fn long_wait(waited: Waited) -> Option<Diagnostic> {
    if waited.total() <= LONG_WAIT {
        return None;
    }
    let Waited { pace, throttled, other, .. } = waited;
    let longest = pace.max(throttled).max(other);
    let summary = if longest == throttled {
        "Atlan limited requests"
    } else if longest == pace {
        "Requests were slowed by `requests_per_second`"
    } else {
        "Waited for Atlan"
    };
    let whys = [
        (throttled, THROTTLED),
        (pace, PACE),
        (
            other,
            "because an attempt failed and was repeated later, or because a change did not appear in Atlan's lists \
             at once.",
        ),
    ];
    let mut whys: Vec<_> = whys.into_iter().filter(|(span, _)| *span >= Span::from_secs(1)).collect();
    whys.sort_by_key(|(span, _)| std::cmp::Reverse(*span));
    let sentences: Vec<String> =
        whys.iter().map(|(span, why)| format!("This operation waited {} s {why}", span.as_secs())).collect();
    Some(Diagnostic::warning(summary, sentences.join("\n\n")))
}

const THROTTLED: &str = "because Atlan answered 429, \"too many requests\". Its limit (1,800 a minute by default) is \
     shared by everything at this network address. Run fewer jobs at the same time, or lower `requests_per_second` or \
     `max_concurrent_requests` in the provider block.";

const PACE: &str = "so that no minute has more requests than `requests_per_second` in the provider block allows. \
                    Atlan did not ask for this wait. If little else uses this network address, raise \
                    `requests_per_second`: 30 is the whole of \
     Atlan's default limit, 1,800 a minute.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_more_than_ten_seconds_is_told_with_its_reason_and_what_to_do() {
        let waited = |pace, throttled, other| {
            let mut waited = Waited::default();
            (waited.pace, waited.throttled, waited.other) =
                (Span::from_millis(pace), Span::from_millis(throttled), Span::from_millis(other));
            waited
        };
        for quick in [waited(0, 0, 0), waited(9_999, 0, 0), waited(4_000, 3_000, 3_000)] {
            assert_eq!(long_wait(quick), None, "{quick:?}");
        }
        let told = |waited| {
            let warning = long_wait(waited).expect("a warning");
            assert_eq!(warning.severity, tfplug::Severity::Warning);
            format!("{}: {}", warning.summary, warning.detail)
        };
        let pace = told(waited(10_001, 0, 0));
        assert!(
            pace.starts_with(
                "Requests were slowed by `requests_per_second`: This operation waited 10 s so that"
            ),
            "{pace}"
        );
        assert!(pace.contains("raise `requests_per_second`") && !pace.contains("429"), "{pace}");
        let throttled = told(waited(0, 75_000, 0));
        assert!(
            throttled.starts_with("Atlan limited requests: This operation waited 75 s because"),
            "{throttled}"
        );
        assert!(
            throttled.contains("lower `requests_per_second` or `max_concurrent_requests`"),
            "{throttled}"
        );
        assert!(!throttled.contains("raise"), "{throttled}");
        let other = told(waited(0, 999, 10_000));
        assert!(
            other.starts_with("Waited for Atlan: This operation waited 10 s because an attempt"),
            "{other}"
        );
        assert!(!other.contains("429"), "{other}");
        let both = told(waited(5_000, 6_000, 0));
        let order = both.find("waited 6 s because Atlan answered 429").zip(both.find("waited 5 s so that"));
        assert!(order.is_some_and(|(first, second)| first < second), "{both}");
    }
}
