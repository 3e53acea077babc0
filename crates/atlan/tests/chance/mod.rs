//! What random histories have in common, here and in the tests of the provider: dice that can be thrown again, ways in which
//! requests go wrong, tenants of all kinds.

use std::time::Duration;

use atlan_sim::{Entry, Moment, Rule, Sim};
use serde_json::{Value, json};

const USERS: &str = "/api/service/users";
/// Longest time after which a lost request takes effect, and after which a person shows, in milliseconds.
pub(crate) const LATE: u64 = 80;

/// Random numbers from a seed: splitmix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }
}

/// One of the ways a request goes wrong, for a client with that time-out. `true`: it may take effect late.
fn fault(dice: &mut Dice, timeout: Duration) -> (Rule, bool) {
    let on = if dice.chance(75) { Rule::on("POST", USERS) } else { Rule::on("GET", USERS) };
    let late = Duration::from_millis(dice.below(LATE));
    let status = dice.pick(&[500, 502, 503, 504]);
    let (rule, is_late) = match dice.below(11) {
        0 => (on.drop(Moment::Before), false),
        1 => (on.drop(Moment::After), false),
        2 => (on.drop(Moment::Before).late(late), true),
        3 => (on.status(status), false),
        4 => (on.status(status).applied(), false),
        5 => (on.status(status).late(late), true),
        6 => (on.status(429), false),
        7 => (on.delay(Duration::from_millis(dice.below(LATE))), false),
        // Takes effect when nobody waits for the answer any more.
        8 => (on.delay(timeout + Duration::from_millis(dice.below(LATE))), false),
        9 => (on.truncate(dice.below(30) as usize), false),
        _ => (Rule { html: true, ..on.status(200).applied() }, false),
    };
    (rule.times(1 + dice.below(2)).after_n(dice.below(3)), is_late)
}

/// Rules for one apply, and the numbers of those that take effect late.
pub(crate) fn faults(dice: &mut Dice, timeout: Duration) -> (Vec<Rule>, Vec<usize>) {
    let faults: Vec<(Rule, bool)> = (0..dice.below(4)).map(|_| fault(dice, timeout)).collect();
    let late = faults.iter().enumerate().filter(|(_, (_, late))| *late).map(|(number, _)| number).collect();
    (faults.into_iter().map(|(rule, _)| rule).collect(), late)
}

/// A tenant of one of the kinds that only a real one could tell.
pub(crate) fn switches(dice: &mut Dice) -> Value {
    json!({
        "invite_batch": dice.pick(&["atomic", "partial", "per_entry"]),
        "invite_duplicate": dice.pick(&["resend", "resend", "conflict", "skip", "bad_request"]),
        "invite_visible_after_ms": dice.pick(&[0, 0, 30, LATE]),
        "email_case": dice.pick(&["fold", "preserve"]),
        "pending_username": dice.pick(&["local_part", "email", "null"]),
        "void_body": dice.pick(&["empty", "object", "null"]),
        "error_shape": dice.pick(&["code_message", "error_code", "html"]),
    })
}

/// Lets everything happen that was due.
pub(crate) async fn quiet(sim: &Sim, late: &[usize]) {
    let open = |entries: &[Entry]| {
        let pending =
            |entry: &Entry| !entry.applied && entry.fault.is_some_and(|fault| late.contains(&fault));
        (!entries.iter().any(pending)).then_some(())
    };
    sim.advance(Duration::from_millis(LATE * 2));
    let done = async {
        sim.until(open).await;
        sim.idle().await;
    };
    tokio::time::timeout(Duration::from_secs(10), done).await.expect("late requests take effect");
    sim.advance(Duration::from_millis(LATE * 2));
}

/// A number from the environment.
pub(crate) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number: {text}")))
}

/// The seed that the environment asks for, or another one each time, so that every run tries new histories.
pub(crate) fn first_seed(name: &str) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // Small enough to be typed again.
    setting(name).unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000_000)
}
