//! When a wave leaves, for whom it waits, and which writes it may answer ahead.

use super::*;

const GAP: Duration = Duration::from_millis(10);

fn wait(change: impl FnOnce(&mut Companions)) -> Option<Duration> {
    let mut companions = Companions {
        waiting: 1,
        ahead: 0,
        late: 0,
        writing_until: None,
        reading: 0,
        expected: Some(10),
        slow: false,
    };
    change(&mut companions);
    let start = Instant::now();
    companions.wait_until(start, start, GAP).map(|until| until - start)
}

#[tokio::test(start_paused = true)]
async fn a_wave_leaves_with_all_calls_or_when_no_other_is_left_to_come() {
    assert_eq!(wait(|known| known.expected = Some(1)), None, "a lone one waits for nothing");
    assert_eq!(wait(|known| known.expected = None), Some(GAP), "nothing is known of others yet");
    assert_eq!(wait(|known| known.waiting = 5), Some(GAP * 3));
    assert_eq!(wait(|known| known.slow = true), Some(GAP), "a wait would add to slow requests");
    assert_eq!(wait(|known| known.waiting = 9), Some(GAP * 3));
    assert_eq!(wait(|known| known.waiting = 10), None, "all of them");
    assert_eq!(wait(|known| known.ahead = 9), None, "writes in flight are answered, too");
    assert_eq!(wait(|known| known.late = 9), None, "some writes take too long to be waited for");
    let halves = |waiting: usize, slow: bool| {
        wait(|known| (known.waiting, known.reading, known.slow) = (waiting, 10 - waiting, slow))
    };
    assert_eq!(halves(5, false), None, "all others are in waves that have left");
    assert_eq!(halves(4, false), Some(GAP * 3), "the few wait for the many");
    assert_eq!(halves(4, true), None, "a wait would add to slow requests");
}

#[tokio::test(start_paused = true)]
async fn a_companions_write_is_waited_for_no_longer_than_our_own_took() {
    let now = Instant::now();
    let write = |age: u64| Announced::<()> {
        number: age,
        key: Key::Natural(age.to_string()),
        left: Some(now - Duration::from_millis(age)),
        flights: Vec::new(),
    };
    let mut fresh = FreshState { took: Some(Duration::from_millis(100)), ..FreshState::default() };
    fresh.coming = vec![write(20), write(40), write(300)];
    assert_eq!(Companions::of(&fresh, now).ahead, 3, "one request answers all");
    fresh.foresight.miss();
    let companions = Companions::of(&fresh, now);
    assert_eq!((companions.ahead, companions.late), (0, 1));
    assert_eq!(companions.writing_until, Some(now + Duration::from_millis(80)));
}

#[tokio::test(start_paused = true)]
async fn a_wave_leaves_ahead_of_slow_writes_when_half_have_left_and_as_long_as_that_helps() {
    let (now, filters) = (Instant::now(), Filters { on_ids: false, on_naturals: true });
    let write = |number: u64| Announced::<()> {
        number,
        key: Key::Natural(number.to_string()),
        left: Some(now + Duration::from_millis(number)),
        flights: Vec::new(),
    };
    let mut fresh =
        FreshState { began: true, usual: Some(Duration::from_millis(80)), ..FreshState::default() };
    fresh.has_answered(2);
    fresh.reading = 4;
    fresh.coming = (0..5).map(write).collect();
    assert_eq!(fresh.ahead_at(filters), None, "five of eleven");
    fresh.came();
    assert_eq!(
        fresh.ahead_at(filters),
        Some(now + Duration::from_millis(4 + 5)),
        "a sixteenth of a write after the fifth"
    );
    fresh.coming[4].left = None;
    assert_eq!(fresh.ahead_at(filters), None, "one of them still waits for its turn");
    fresh.coming = (0..7).map(write).collect();
    let out = fresh.ahead_at(filters);
    assert_eq!(out, Some(now + Duration::from_millis(5 + 5)), "those that follow are not waited for");
    let unknown = Filters { on_ids: true, on_naturals: false };
    assert_eq!(fresh.ahead_at(unknown), None, "each would need a request of its own");
    fresh.usual = Some(SLOW);
    assert_eq!(fresh.ahead_at(filters), None, "they are quick");
    fresh.usual = Some(SLOW * 2);
    fresh.far_sight.miss();
    assert_eq!(fresh.ahead_at(filters), None, "the last ones were not shown in time");
}

#[tokio::test(start_paused = true)]
async fn calls_that_terraform_works_on_are_expected_for_a_while() {
    let mut fresh = FreshState::<()> { began: true, reading: 3, ..FreshState::default() };
    fresh.has_answered(7);
    assert_eq!(fresh.expected(), Some(10));
    fresh.came();
    assert_eq!(fresh.expected(), Some(9), "it counts where it is now");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(fresh.expected(), Some(3));
}
