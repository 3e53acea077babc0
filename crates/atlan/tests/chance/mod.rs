//! What random histories share, here and in the tests of the provider: random numbers that a seed repeats, ways in which
//! requests fail, and tenants with all kinds of switches.

use std::time::Duration;

use atlan_sim::{Entry, Moment, Outcome, Rule, Sim};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Longest time after which a person shows, in milliseconds.
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

/// Requests that can go wrong: method and path.
pub(crate) type Kind = (&'static str, &'static str);

/// How requests go wrong.
#[derive(Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) kinds: &'static [Kind],
    /// The client's time-out.
    pub(crate) timeout: Duration,
    /// Longest time after which a lost request takes effect.
    pub(crate) late: Duration,
}

impl Weather {
    /// One of the ways a request goes wrong. `true`: it may take effect late.
    fn fault(self, dice: &mut Dice) -> (Rule, bool) {
        let (method, path) = dice.pick(self.kinds);
        let on = Rule::on(method, path);
        let late = Duration::from_millis(dice.below(self.late.as_millis() as u64));
        let status = dice.pick(&[500, 502, 503, 504]);
        let (rule, is_late) = match dice.below(13) {
            0 => (on.drop(Moment::Before), false),
            1 => (on.drop(Moment::After), false),
            2 => (on.drop(Moment::Before).late(late), true),
            3 => (on.status(status), false),
            4 => (on.status(status).applied(), false),
            5 => (on.status(status).late(late), true),
            6 => (on.status(429), false),
            7 => (on.delay(Duration::from_millis(dice.below(LATE))), false),
            // Takes effect when no call waits for the answer any more.
            8 => (on.delay(self.timeout + late), false),
            9 => (on.truncate(dice.below(30) as usize), false),
            10 => (on.status(404).html(), false),
            11 => (on.status(503).retry_after(0), false),
            _ => (on.status(200).applied().html(), false),
        };
        (rule.times(1 + dice.below(2)).after_n(dice.below(3)), is_late)
    }

    /// Rules for one apply, and the numbers of those that take effect late.
    pub(crate) fn faults(self, dice: &mut Dice) -> (Vec<Rule>, Vec<usize>) {
        let faults: Vec<(Rule, bool)> = (0..dice.below(4)).map(|_| self.fault(dice)).collect();
        let late =
            faults.iter().enumerate().filter(|(_, (_, late))| *late).map(|(number, _)| number).collect();
        (faults.into_iter().map(|(rule, _)| rule).collect(), late)
    }
}

/// Whether a request that deletes a person may take effect after the client has stopped looking. A person who accepts in
/// between is deleted, and no client can prevent that.
pub(crate) fn may_delete_late(rules: &[Rule]) -> bool {
    let deletes = |rule: &Rule| {
        let path = rule.path.as_deref().unwrap_or_default();
        rule.method.as_deref() == Some("POST")
            && (path.ends_with("users/*") || path.ends_with("users/*/delete"))
    };
    rules.iter().any(|rule| deletes(rule) && (rule.late.is_some() || rule.delay.is_some()))
}

/// Random values of the switches that only a real tenant could answer.
pub(crate) fn switches(dice: &mut Dice) -> Value {
    json!({
        "invite_batch": dice.pick(&["atomic", "partial", "per_entry"]),
        "invite_max_batch": dice.pick(&[0, 0, 0, 2]),
        "invite_duplicate": dice.pick(&["resend", "resend", "conflict", "skip", "bad_request"]),
        "invite_visible_after_ms": dice.pick(&[0, 0, 30, LATE]),
        "invite_visible_order": dice.pick(&["together", "last_first"]),
        "email_case": dice.pick(&["fold", "preserve"]),
        "pending_username": dice.pick(&["local_part", "email", "null"]),
        "void_body": dice.pick(&["empty", "object", "null"]),
        "error_shape": dice.pick(&["code_message", "error_code", "html"]),
    })
}

/// Waits until every late effect has happened.
pub(crate) async fn quiet(sim: &Sim, late: &[usize]) {
    const ALL: Duration = Duration::from_secs(2);
    let open = |entries: &[Entry]| {
        let pending =
            |entry: &Entry| !entry.applied && entry.fault.is_some_and(|fault| late.contains(&fault));
        (!entries.iter().any(pending)).then_some(())
    };
    sim.advance(ALL);
    let done = async {
        sim.until(open).await;
        sim.idle().await;
    };
    tokio::time::timeout(Duration::from_secs(10), done).await.expect("late requests take effect");
    sim.advance(ALL);
}

/// A step of an apply, counted by the requests that reach the tenant and not by time, so that a seed means the same step on
/// every machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    requests: u64,
    /// Whether the requests must be answered, and not only have arrived.
    over: bool,
}

impl Step {
    /// One of the first `most` requests; the apply may end before it.
    pub(crate) fn within(most: u64, dice: &mut Dice) -> Self {
        Self { requests: dice.below(most), over: dice.chance(50) }
    }

    /// Waits for the step, counting from when the journal was cleared.
    pub(crate) async fn reached(self, sim: &Sim) {
        let counts = |entry: &&Entry| !self.over || entry.outcome != Outcome::Open;
        sim.until(|entries| (entries.iter().filter(counts).count() as u64 >= self.requests).then_some(()))
            .await;
    }
}

/// What a state holds about a person who was to be invited.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Memory<'a> {
    Nothing,
    /// The invitation has an unknown outcome.
    Attempt,
    Guid(&'a str),
}

/// GUIDs of people who got more than one mail.
pub(crate) fn mailed_twice(sim: &Sim) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut twice: Vec<_> = sim.mails().into_iter().filter(|mail| !seen.insert(mail.id.clone())).collect();
    twice.drain(..).map(|mail| format!("{} ({}) got another mail", mail.email, mail.id)).collect()
}

/// What is wrong with a person who was to be invited once.
pub(crate) fn wrong_with(sim: &Sim, email: &str, memory: Memory<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    match (sim.user(email), memory) {
        (Some(user), Memory::Guid(id)) if user.id != id => {
            wrong.push(format!("{email} is {} and the state says {id}", user.id));
        }
        (Some(_), Memory::Nothing) => wrong.push(format!("{email} was invited and forgotten")),
        (None, Memory::Guid(id)) => wrong.push(format!("{email} is in the state as {id} and nowhere else")),
        _ => {}
    }
    wrong
}

/// Runs cases, `at_once` at a time, and reports all that failed; after some failures it starts no more.
pub(crate) async fn all_go_well<F>(at_once: usize, cases: impl IntoIterator<Item = F>)
where
    F: Future<Output = Result<(), String>> + Send + 'static,
{
    let mut cases = cases.into_iter();
    let (mut running, mut failures) = (JoinSet::new(), Vec::new());
    loop {
        while running.len() < at_once
            && failures.len() < 4
            && let Some(case) = cases.next()
        {
            running.spawn(case);
        }
        let Some(case) = running.join_next().await else { break };
        failures.extend(case.expect("no panic").err());
    }
    assert!(failures.is_empty(), "{} failed:\n\n{}", failures.len(), failures.join("\n\n"));
}

/// The seeds of a run. The variables `count` and `first` set their number (else `default`) and the first one (else any).
#[expect(clippy::print_stderr, reason = "a failure is replayed by its seed")]
pub(crate) fn seeds(count: &str, default: u64, first: &str) -> impl Iterator<Item = u64> {
    let (cases, seed) = (setting(count).unwrap_or(default), first_seed(first));
    eprintln!("{cases} cases from seed {seed}");
    (0..cases).map(move |case| seed.wrapping_add(case))
}

/// A number from the environment.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number: {text}")))
}

/// The seed that the environment asks for, or another one each time, so that every run tries new histories.
fn first_seed(name: &str) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // Small enough to be typed again.
    setting(name).unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000_000)
}
