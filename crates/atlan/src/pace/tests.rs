use proptest::prelude::*;

use super::*;

/// When each of these requests leaves. `arrivals` are the times between one and the next, for requests of which any
/// number may be in flight.
fn run(per_second: f64, arrivals: &[Duration]) -> Vec<(Duration, Duration)> {
    let mut pace = Pace::new(per_second).expect("a limit");
    let (mut now, mut arrived, mut times) = (Duration::ZERO, Duration::ZERO, Vec::new());
    for between in arrivals {
        arrived += *between;
        now = pace.due(now.max(arrived));
        pace.sent(now);
        times.push((arrived, now));
    }
    times
}

/// Checks every promise for a sequence of requests: (when it wanted to leave, when it left).
fn check(per_second: f64, times: &[(Duration, Duration)]) -> Result<(), TestCaseError> {
    let budget = ((per_second * 60.0 + 1e-6) as usize).max(1);
    let window = Duration::from_secs_f64(60_f64.max(1.0 / per_second));
    let longest = Duration::from_secs_f64(2.5 / per_second);
    let mut first = 0;
    for (index, (arrived, left)) in times.iter().enumerate() {
        while times[first].1 + window <= *left {
            first += 1;
        }
        let before = index - first;
        prop_assert!(before < budget, "more than {budget} within a window, at {left:?}");
        let wanted = index.checked_sub(1).map_or(*arrived, |last| times[last].1.max(*arrived));
        prop_assert!(*left - wanted <= longest, "a gap of {:?} at {left:?}", *left - wanted);
        if *left > wanted {
            let at_wanted = (0..index).rev().take_while(|i| times[*i].1 + window > wanted).count();
            prop_assert!(at_wanted >= budget / 2, "held back below half, at {wanted:?}");
        }
    }
    Ok(())
}

fn settings() -> impl Strategy<Value = f64> {
    prop_oneof![Just(25.0), Just(0.5), Just(0.35), Just(1.0), 0.005..0.1, 0.1..5.0, 5.0..30.0]
}

/// Bursts, trickles and breaks of any length, in units of the average distance of two requests.
fn arrivals(per_second: f64) -> impl Strategy<Value = Vec<Duration>> {
    let unit = 1.0 / per_second;
    let part = (1..600_usize, prop_oneof![Just(0.0), 0.0..0.3, 0.3..3.0], 0.0..1000.0_f64);
    prop::collection::vec(part, 1..8).prop_map(move |parts| {
        let mut all = Vec::new();
        for (count, between, pause) in parts {
            all.push(Duration::from_secs_f64(pause * unit));
            all.extend(std::iter::repeat_n(Duration::from_secs_f64(between * unit), count));
        }
        all
    })
}

proptest! {
    #[test]
    fn every_window_keeps_the_budget_every_gap_is_short_and_half_is_free(
        (per_second, arrivals) in settings().prop_flat_map(|rate| (Just(rate), arrivals(rate)))
    ) {
        check(per_second, &run(per_second, &arrivals))?;
    }

    #[test]
    fn refusals_slow_down_and_break_no_promise(
        per_second in settings(),
        refusals in prop::collection::vec((0..400_usize, 0.0..30.0_f64), 0..6),
    ) {
        let mut pace = Pace::new(per_second).expect("a limit");
        let (mut now, mut times) = (Duration::ZERO, Vec::new());
        for index in 0..400 {
            for (_, pause) in refusals.iter().filter(|(at, _)| *at == index) {
                let resumed = now + Duration::from_secs_f64(*pause);
                pace.refused(now, resumed);
                now = resumed;
            }
            let wanted = now;
            now = pace.due(now);
            pace.sent(now);
            times.push((wanted, now));
        }
        // Held back below half is what a refusal is for; the other promises hold.
        let (budget, longest) = (pace.budget, Duration::from_secs_f64(2.5 / per_second));
        for (index, (wanted, left)) in times.iter().enumerate() {
            prop_assert!(*left - *wanted <= longest, "a gap of {:?}", *left - *wanted);
            let window = times[..=index].iter().filter(|(_, other)| *other + pace.window > *left).count();
            prop_assert!(window <= budget, "{window} within a window");
        }
    }
}

/// Ten at a time, each in flight for 100 ms.
fn ten_at_once(per_second: f64, requests: usize) -> Vec<Duration> {
    let mut pace = Pace::new(per_second).expect("a limit");
    let mut free: VecDeque<Duration> = std::iter::repeat_n(Duration::ZERO, 10).collect();
    let (mut times, mut now) = (Vec::new(), Duration::ZERO);
    for _ in 0..requests {
        now = pace.due(now.max(free.pop_front().expect("ten")));
        pace.sent(now);
        times.push(now);
        free.push_back(now + Duration::from_millis(100));
    }
    times
}

#[test]
fn an_apply_of_usual_size_is_not_slowed_and_a_large_one_keeps_the_average() {
    for (requests, seconds) in [(600, 5.9), (1_500, 60.0), (5_000, 200.0)] {
        let times = ten_at_once(25.0, requests);
        let last = times.last().expect("some").as_secs_f64();
        assert!((last - seconds).abs() < 0.5, "{requests} requests took {last} s");
    }
}

#[test]
fn a_long_stream_thins_and_never_stops() {
    let times = ten_at_once(25.0, 10_000);
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max().expect("some");
    assert!(longest <= Duration::from_millis(100), "{longest:?}");
}

#[test]
fn half_a_request_a_second_is_thirty_a_minute_fifteen_of_them_at_once() {
    let times = ten_at_once(0.5, 31);
    let at_once = run(0.5, &[Duration::ZERO; 31]).iter().filter(|(_, left)| left.is_zero()).count();
    assert_eq!(at_once, 15);
    assert_eq!(times.iter().filter(|time| **time < MINUTE).count(), 30);
}

#[test]
fn less_than_one_a_minute_is_one_at_a_time() {
    let times: Vec<Duration> = run(0.01, &[Duration::ZERO; 3]).into_iter().map(|(_, left)| left).collect();
    assert_eq!(times, [0, 100, 200].map(Duration::from_secs));
}

#[test]
fn zero_lifts_the_limit() {
    for none in [0.0, -0.0, -1.0, f64::NAN] {
        assert!(Pace::new(none).is_none(), "{none}");
    }
}

/// How many of a burst leave within a second.
fn in_a_second(pace: &mut Pace, from: Duration) -> usize {
    let mut now = from;
    let mut count = 0;
    loop {
        now = pace.due(now);
        if now >= from + Duration::from_secs(1) || count == 1000 {
            return count;
        }
        pace.sent(now);
        count += 1;
    }
}

#[test]
fn a_refusal_takes_the_full_speed_for_a_minute_and_a_second_one_leaves_the_longest_gap() {
    let second = Duration::from_secs(1);
    let mut pace = Pace::new(25.0).expect("a limit");
    pace.sent(second);
    pace.refused(second, second * 5);
    let count = in_a_second(&mut pace, second * 5);
    assert_eq!(count, 13, "60 s for the other half");
    pace.refused(second * 60, second * 60);
    let count = in_a_second(&mut pace, second * 61);
    assert_eq!(count, 10, "the longest gap");
    let count = in_a_second(&mut pace, second * 119);
    assert_eq!(count, 10, "the longest gap");
    let count = in_a_second(&mut pace, second * 121);
    assert!(count > 700, "full speed again, up to half: {count}");
    pace.refused(second * 190, second * 190);
    let count = in_a_second(&mut pace, second * 191);
    assert_eq!(count, 13, "more than a minute later it is the first one again");
}
