//! How the pace spreads many requests, on a virtual clock: the provider's own limiter against the simulator's own count of
//! a minute. Hours would pass in seconds; nothing is sent, and no time here depends on the machine.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atlan::{Limiter, Priority};
use atlan_sim::{Rate, RateWindow};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::table::{Section, Table, target};
use super::thousands;

/// Requests a second, as the provider has it by default.
const PER_SECOND: f64 = 25.0;
const CONCURRENCY: usize = 10;
const LATENCY: Duration = Duration::from_millis(100);
/// What Atlan admits in a minute from one address.
const ADMITTED: usize = 1800;
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const MINUTE: Duration = Duration::from_secs(60);

/// What happened to the requests of all processes of one run.
#[derive(Default)]
struct Course {
    /// When each process sent a request, in order.
    sent: Vec<Vec<Duration>>,
    refused: usize,
    /// How long the pace had held requests back, for each process, when its last request left.
    closed: Vec<Duration>,
    /// Longest time between two requests of one process for which the pace held the second one back.
    longest_gap: Duration,
    /// When the last answer came.
    took: Duration,
}

pub(super) fn measure() -> Result<Section, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let mut table = Table::new(&[
        "requests",
        "address admits a minute",
        ">took",
        ">after 10 s",
        ">30 s",
        ">60 s",
        ">120 s",
        ">most in 60 s",
        "target",
        ">longest gap",
        "target",
        ">answers 429",
    ]);
    let mut raw = Vec::new();
    let alone = [600, 1500, 5000].map(|requests| (1, requests, None));
    let windows = [RateWindow::Fixed, RateWindow::Sliding];
    let shared = windows.map(|window| (3, 1500, Some(window)));
    for (processes, requests, window) in alone.into_iter().chain(shared) {
        let course = runtime.block_on(run(processes, requests, window));
        raw.push(row(&mut table, processes, requests, window, &course));
    }
    let notes = vec![
        format!(
            "Simulated on a virtual clock: {CONCURRENCY} requests at once in each process, \
             {} ms each, `requests_per_second = {PER_SECOND}`. The limiter is the provider's own, the count of a minute \
             the simulator's. *Longest gap* is the longest time between two requests that was due to the pace, and not to requests in flight or to a \
             pause after a 429.",
            LATENCY.as_millis()
        ),
        format!(
            "By their own settings, three processes that share one address may send 4,500 requests a minute. Atlan admits \
             {}. Only a 429 tells a process that others use the address.",
            thousands(ADMITTED)
        ),
    ];
    Ok(Section { title: "Pace".to_owned(), table, notes, raw: Value::Array(raw) })
}

async fn run(processes: usize, requests: usize, window: Option<RateWindow>) -> Course {
    let course = Arc::new(Mutex::new(Course {
        sent: vec![Vec::new(); processes],
        closed: vec![Duration::ZERO; processes],
        ..Course::default()
    }));
    let rate = Arc::new(Mutex::new(Rate::default()));
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for process in 0..processes {
        let limiter = Arc::new(Limiter::new(CONCURRENCY, PER_SECOND));
        let left = Arc::new(Mutex::new(requests));
        for _ in 0..CONCURRENCY {
            let (course, rate) = (Arc::clone(&course), Arc::clone(&rate));
            let (limiter, left) = (Arc::clone(&limiter), Arc::clone(&left));
            workers.spawn(async move {
                while take_one(&left) {
                    while !attempt(&limiter, &rate, window, |refused, closed| {
                        let course = &mut *lock(&course);
                        if let Some(times) = course.sent.get_mut(process) {
                            times.push(start.elapsed());
                        }
                        if let Some(before) = course.closed.get_mut(process) {
                            course.longest_gap = course.longest_gap.max(closed - *before);
                            *before = closed;
                        }
                        course.refused += usize::from(refused);
                    })
                    .await
                    {}
                }
            });
        }
    }
    while workers.join_next().await.is_some() {}
    let mut course = std::mem::take(&mut *lock(&course));
    course.took = start.elapsed();
    course
}

/// One attempt. Whether it was admitted.
async fn attempt(
    limiter: &Limiter,
    rate: &Mutex<Rate>,
    window: Option<RateWindow>,
    left: impl FnOnce(bool, Duration),
) -> bool {
    let permit = limiter.enter(Priority::Write).await;
    let admitted = match window {
        None => Ok(()),
        Some(window) => lock(rate).admit(ADDRESS, since_the_epoch(), ADMITTED, window),
    };
    left(admitted.is_err(), limiter.closed_so_far().pace);
    sleep(LATENCY).await;
    match admitted {
        Ok(()) => permit.succeeded(),
        Err(wait) => {
            // `Retry-After` is in whole seconds.
            limiter.pause(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
            permit.throttled();
        }
    }
    admitted.is_ok()
}

/// Time on the virtual clock, from any fixed moment.
fn since_the_epoch() -> Duration {
    thread_local!(static EPOCH: Instant = Instant::now());
    EPOCH.with(|epoch| epoch.elapsed())
}

fn row(
    table: &mut Table,
    processes: usize,
    requests: usize,
    window: Option<RateWindow>,
    course: &Course,
) -> Value {
    let by = |seconds: u64| {
        let until = Duration::from_secs(seconds);
        course.sent.iter().flatten().filter(|sent| **sent < until).count()
    };
    let most = course.sent.iter().map(|times| most_in_a_minute(times)).max().unwrap_or_default();
    let gap = course.longest_gap;
    let window_name = window.map(|window| match window {
        RateWindow::Fixed => "fixed",
        RateWindow::Sliding => "sliding",
    });
    let who = if processes == 1 { String::new() } else { format!("{processes} processes, each ") };
    let admits = match window_name {
        None => "everything".to_owned(),
        Some(name) => format!("{}, {name} minutes", thousands(ADMITTED)),
    };
    table.row([
        format!("{who}{}", thousands(requests)),
        admits,
        format!("{:.1} s", course.took.as_secs_f64()),
        thousands(by(10)),
        thousands(by(30)),
        thousands(by(60)),
        thousands(by(120)),
        thousands(most),
        target("1,500", Some(most <= 1500)),
        format!("{:.3} s", gap.as_secs_f64()),
        target("0.100 s", Some(gap <= Duration::from_millis(100))),
        thousands(course.refused),
    ]);
    json!({
        "processes": processes, "requests": requests, "window": window_name,
        "took": course.took.as_secs_f64(), "refused": course.refused, "most_in_a_minute": most,
        "longest_gap": gap.as_secs_f64(),
        "sent_by_second": (0..=course.took.as_secs()).map(|second| by(second + 1)).collect::<Vec<_>>(),
    })
}

fn most_in_a_minute(times: &[Duration]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (index, time) in times.iter().enumerate() {
        while times.get(first).is_some_and(|early| *early + MINUTE <= *time) {
            first += 1;
        }
        most = most.max(index + 1 - first);
    }
    most
}

fn take_one(left: &Mutex<usize>) -> bool {
    let mut left = lock(left);
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_keep_their_targets() {
        let section = measure().expect("a runtime");
        let text = section.to_string();
        assert!(!text.contains("NOT MET"), "{text}");
        for run in section.raw.as_array().expect("a row each") {
            // Two processes too many are found out about by 429, and by few of them.
            let (refused, requests) = (run["refused"].as_u64(), run["requests"].as_u64());
            let processes = run["processes"].as_u64().expect("a count");
            assert!(refused.expect("a count") * 20 < requests.expect("a count") * processes, "{text}");
        }
    }
}
