//! What a command sent, counted from the simulator's journal.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::{Value, json};

/// The requests of one command.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Requests {
    /// By method and path, GUIDs and other names replaced by `*`.
    kinds: BTreeMap<String, usize>,
    /// The number of requests sent one after another: the most requests of which no two were in flight at once. No
    /// answer arrives before the latency is over, so the wire takes at least this number times the latency.
    pub(super) in_a_row: usize,
    /// Answers that asked for a later retry, or failed.
    pub(super) refused: usize,
}

impl Requests {
    /// Counts the entries of a journal as `GET /_sim/requests` gives it.
    pub(super) fn count(journal: &Value) -> Result<Self, &'static str> {
        let mut counted = Self::default();
        let mut spans = Vec::new();
        for entry in journal.as_array().ok_or("the simulator's journal is no list")? {
            let (method, path) =
                entry["method"].as_str().zip(entry["path"].as_str()).ok_or("a request without a path")?;
            *counted.kinds.entry(kind(method, path)).or_default() += 1;
            if entry["status"].as_u64().is_none_or(|status| status == 429 || status >= 500) {
                counted.refused += 1;
            }
            let at: Timestamp =
                entry["at"].as_str().and_then(|at| at.parse().ok()).ok_or("a request without a time")?;
            let begin = at.as_microsecond();
            let took = entry["elapsed_ms"].as_i64().unwrap_or_default().saturating_mul(1000);
            spans.push((begin, begin.saturating_add(took)));
        }
        counted.in_a_row = in_a_row(spans);
        Ok(counted)
    }

    /// All of them.
    pub(super) fn total(&self) -> usize {
        self.kinds.values().sum()
    }

    /// Those with this method.
    pub(super) fn with_method(&self, method: &str) -> usize {
        let of_method = |kind: &&String| kind.split(' ').next() == Some(method);
        self.kinds.keys().filter(of_method).filter_map(|kind| self.kinds.get(kind)).sum()
    }

    pub(super) fn raw(&self) -> Value {
        json!({ "total": self.total(), "in_a_row": self.in_a_row, "refused": self.refused, "kinds": self.kinds })
    }
}

/// `GET users 12, POST users 1000`
impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kinds.is_empty() {
            return f.write_str("none");
        }
        for (n, (kind, count)) in self.kinds.iter().enumerate() {
            write!(f, "{}{kind} {count}", if n == 0 { "" } else { ", " })?;
        }
        if self.refused > 0 {
            write!(f, " ({} refused)", self.refused)?;
        }
        Ok(())
    }
}

/// The kind of a request: `/api/service/` says nothing, and a part of the path that holds a digit or an `@` is somebody's
/// name, as no route's own word but the version `v2` does.
fn kind(method: &str, path: &str) -> String {
    let is_name =
        |part: &str| part != "v2" && part.contains(|c: char| c.is_ascii_digit() || c == '@' || c == '%');
    let path = path.trim_start_matches("/api/service/");
    let parts: Vec<&str> = path.split('/').map(|part| if is_name(part) { "*" } else { part }).collect();
    format!("{method} {}", parts.join("/"))
}

/// The most spans of which no two overlap: always the next one to end among those that begin late enough.
fn in_a_row(mut spans: Vec<(i64, i64)>) -> usize {
    spans.sort_by_key(|&(begin, end)| (end, begin));
    let (mut free_at, mut count) = (i64::MIN, 0);
    for (begin, end) in spans {
        if begin >= free_at {
            free_at = end;
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_kind_and_refused_ones_shown() {
        let journal = json!([
            { "method": "GET", "path": "/api/service/users", "status": 200, "at": "2026-01-01T00:00:00Z", "elapsed_ms": 50 },
            { "method": "GET", "path": "/api/service/users", "status": 429, "at": "2026-01-01T00:00:00.01Z", "elapsed_ms": 50 },
            { "method": "POST", "path": "/api/service/users", "status": 200, "at": "2026-01-01T00:00:00.1Z", "elapsed_ms": 50 },
            { "method": "POST", "path": "/api/service/users/8f5b-1/cancel", "status": null, "at": "2026-01-01T00:00:01Z", "elapsed_ms": null },
        ]);
        let requests = Requests::count(&journal).unwrap();
        assert_eq!(requests.to_string(), "GET users 2, POST users 1, POST users/*/cancel 1 (2 refused)");
        assert_eq!((requests.total(), requests.with_method("POST"), requests.in_a_row), (4, 2, 3));
        assert!(Requests::count(&json!({ "error": "no" })).is_err());
    }

    #[test]
    fn in_a_row_are_the_most_that_do_not_overlap() {
        assert_eq!(in_a_row(vec![]), 0);
        assert_eq!(in_a_row(vec![(0, 50), (50, 100), (100, 150)]), 3, "one after another");
        assert_eq!(in_a_row(vec![(0, 50), (1, 51), (2, 52)]), 1, "at once");
        assert_eq!(in_a_row(vec![(0, 200), (0, 50), (60, 110), (120, 170)]), 3, "beside a long one");
    }
}
