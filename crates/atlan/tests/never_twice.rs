//! Nobody is invited twice, and nobody invited is lost: random histories against the simulator.
//!
//! A history is a tenant with random switches, a few people, and some applies by a client of its own each, as Terraform
//! starts the provider anew each time. During an apply answers are lost before and after they took effect, or
//! take effect late; servers fail, throttle and stall; calls are cancelled, alone or all at once. What a state would
//! remember is kept from one apply to the next: the GUID, or that an invitation was attempted. After every apply, and in the
//! end, when the faults are over:
//!
//! - no address got a second mail;
//! - everybody in the tenant is in the state, by GUID or as attempted;
//! - one apply more has everybody in the state by GUID, and then nothing is left to do.
//!
//! Assumed, as by the client: a request takes effect within the time a request may take, and shows soon after.
//!
//! `ATLAN_NEVER_TWICE_CASES` sets how many histories run (default 150), `ATLAN_NEVER_TWICE_SEED` the first one's seed;
//! case number `n` has that seed plus `n`, so a failure is replayed by its seed and one case.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use atlan::{Client, Config, Credentials, Error, Existing, Invite, ReadMode, Secret, Timing, WorkspaceRole};
use atlan_sim::{Entry, Moment, Options, Rule, Sim};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const USERS: &str = "/api/service/users";
/// Histories at the same time: they mostly wait.
const AT_ONCE: usize = 20;
/// Longest time after which a lost request takes effect, and a person shows. Together well below [`WINDOW`].
const LATE: u64 = 80;
const WINDOW: Duration = Duration::from_millis(400);

/// Random numbers from a seed: splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }
}

/// What a state remembers of a person.
#[derive(Clone, Debug, PartialEq)]
enum Slot {
    Absent,
    Attempted,
    Managed(String),
    /// Somebody whom others invited: to be refused, and never mailed.
    Known,
}

/// One of the ways a request goes wrong. `true`: it may take effect late.
fn fault(dice: &mut Dice) -> (Rule, bool) {
    let on = if dice.chance(75) { Rule::on("POST", USERS) } else { Rule::on("GET", USERS) };
    let late = Duration::from_millis(dice.below(LATE));
    let status = dice.pick(&[500, 502, 503, 504]);
    let (rule, is_late) = match dice.below(9) {
        0 => (on.drop(Moment::Before), false),
        1 => (on.drop(Moment::After), false),
        2 => (on.drop(Moment::Before).late(late), true),
        3 => (on.status(status), false),
        4 => (on.status(status).applied(), false),
        5 => (on.status(status).late(late), true),
        6 => (on.status(429), false),
        7 => (on.delay(Duration::from_millis(dice.below(LATE))), false),
        _ => (Rule { html: true, ..on.status(200).applied() }, false),
    };
    (rule.times(1 + dice.below(2)).after_n(dice.below(3)), is_late)
}

fn switches(dice: &mut Dice) -> Value {
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

fn client(sim: &Sim, mode: ReadMode) -> Client {
    let url = atlan::parse_base_url(&sim.base_url()).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new(sim.api_key())));
    config.request_timeout = Duration::from_millis(250);
    config.requests_per_second = 0.0;
    config.max_retries = 2;
    config.read_mode = mode;
    config.timing = Timing {
        backoff: Duration::from_millis(1),
        poll: Duration::from_millis(4),
        poll_max: Duration::from_millis(40),
        absent_at_least: WINDOW,
        // Shorter than an effect may be late, so that a call that was cancelled can miss it.
        grace: Duration::from_millis(60),
        visible_within: Duration::from_secs(2),
        settle: WINDOW,
    };
    Client::new(config).expect("good settings")
}

/// One apply: everybody who is not in the state is invited, by a client of its own.
async fn apply(sim: &Sim, state: &mut BTreeMap<String, Slot>, dice: &mut Dice, faulty: bool) -> Vec<String> {
    let mode = dice.pick(&[ReadMode::Auto, ReadMode::Auto, ReadMode::Snapshot, ReadMode::Single]);
    let client = client(sim, mode);
    let all = CancellationToken::new();
    let mut calls = JoinSet::new();
    for (email, slot) in state.iter().filter(|(_, slot)| !matches!(slot, Slot::Managed(_))) {
        let cancel = if faulty && dice.chance(15) { CancellationToken::new() } else { all.clone() };
        if faulty && dice.chance(15) {
            let (cancel, after) = (cancel.clone(), Duration::from_millis(dice.below(150)));
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                cancel.cancel();
            });
        }
        let spelling = if dice.chance(30) { email.to_uppercase() } else { email.clone() };
        let head_start = Duration::from_millis(if dice.chance(30) { dice.below(20) } else { 0 });
        let (client, email, slot) = (client.within(None, cancel), email.clone(), slot.clone());
        calls.spawn(async move {
            tokio::time::sleep(head_start).await;
            let invite = Invite { email: spelling, role: WorkspaceRole::Guest };
            let result = match slot {
                Slot::Attempted => client.invite_after_unknown(&invite).await,
                _ => client.invite(&invite).await,
            };
            (email, slot, result)
        });
    }
    let mut problems = Vec::new();
    while let Some(call) = calls.join_next().await {
        let (email, before, result) = call.expect("no panic");
        let after = match result {
            Err(Error::AlreadyExists(Existing::User(user))) => match before {
                Slot::Known => before,
                Slot::Attempted => Slot::Managed(user.id.to_string()),
                _ => {
                    problems.push(format!("{email} is our own doing, and was taken for somebody else's"));
                    Slot::Managed(user.id.to_string())
                }
            },
            Ok(_) | Err(Error::OutcomeUnknown { .. }) if before == Slot::Known => {
                problems.push(format!("{email} is there already, and was invited"));
                before
            }
            Ok(user) => Slot::Managed(user.id.to_string()),
            Err(Error::OutcomeUnknown { .. }) => Slot::Attempted,
            // The mark stays until somebody knows better.
            Err(_) => before,
        };
        state.insert(email, after);
    }
    problems
}

/// Lets everything happen that was due.
async fn quiet(sim: &Sim, late: &[usize]) {
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

/// What is wrong with the tenant and the state after an apply.
fn problems(sim: &Sim, state: &BTreeMap<String, Slot>) -> Vec<String> {
    let mut problems = Vec::new();
    for (email, slot) in state {
        let mails = sim.mails_to(email);
        if mails > usize::from(*slot != Slot::Known) {
            problems.push(format!("{email} got {mails} mails"));
        }
        match (sim.user(email), slot) {
            (Some(user), Slot::Managed(id)) if user.id != *id => {
                problems.push(format!("{email} is {} and the state says {id}", user.id));
            }
            (Some(_), Slot::Absent) => problems.push(format!("{email} was invited and forgotten")),
            (None, Slot::Managed(id)) => {
                problems.push(format!("{email} is in the state as {id} and nowhere else"))
            }
            _ => {}
        }
    }
    problems
}

async fn history(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let options = Options { users: dice.pick(&[0, 3, 130]), ..Options::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    let switches = switches(&mut dice);
    sim.set(switches.clone()).expect("switches");
    let mut state: BTreeMap<String, Slot> =
        (0..1 + dice.below(7)).map(|number| (format!("p{number}@example.com"), Slot::Absent)).collect();
    let refused = dice.chance(25).then(|| "refused@yopmail.com".to_owned());
    if let Some(email) = &refused {
        state.insert(email.clone(), Slot::Absent);
    }
    let known = sim.users().into_iter().skip(1).map(|user| user.email).next_back();
    state.extend(known.map(|email| (email, Slot::Known)));
    let told = |what: Vec<String>, when: &str, sim: &Sim, state: &BTreeMap<String, Slot>| {
        if what.is_empty() {
            return Ok(());
        }
        Err(format!("seed {seed}, {when}: {}\n{switches}\n{state:?}\n{}", what.join("; "), sim.journal()))
    };
    for run in 0..1 + dice.below(3) {
        let faults: Vec<(Rule, bool)> = (0..dice.below(4)).map(|_| fault(&mut dice)).collect();
        let late: Vec<usize> =
            faults.iter().enumerate().filter(|(_, (_, late))| *late).map(|(number, _)| number).collect();
        let rules: Vec<Rule> = faults.into_iter().map(|(rule, _)| rule).collect();
        sim.clear_journal();
        sim.set_faults(rules.clone()).expect("rules");
        let mut wrong = apply(&sim, &mut state, &mut dice, true).await;
        // Sometimes the next apply starts while lost requests are still on their way.
        if dice.chance(70) {
            quiet(&sim, &late).await;
            wrong.extend(problems(&sim, &state));
        }
        told(wrong, &format!("apply {run} under {rules:?}"), &sim, &state)?;
    }
    sim.set_faults(Vec::new()).expect("no rules");
    sim.clear_journal();
    let mut wrong = apply(&sim, &mut state, &mut dice, false).await;
    quiet(&sim, &[]).await;
    wrong.extend(problems(&sim, &state));
    let client = client(&sim, ReadMode::Auto);
    for (email, slot) in &state {
        match slot {
            Slot::Managed(id) => {
                let user = client.user(&id.parse().expect("a GUID")).await.expect("read");
                if user.is_none_or(|user| atlan::fold_email(&user.email) != *email) {
                    wrong.push(format!("the plan after it misses {email}"));
                }
            }
            Slot::Known => {}
            _ if Some(email) == refused.as_ref() => {}
            slot => wrong.push(format!("{email} is {slot:?} after an apply without faults")),
        }
    }
    told(wrong, "in the end", &sim, &state)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number: {text}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_invited_twice_and_nobody_is_lost() {
    let cases = setting("ATLAN_NEVER_TWICE_CASES").unwrap_or(150);
    let first = setting("ATLAN_NEVER_TWICE_SEED").unwrap_or_else(random_seed);
    eprintln!("{cases} histories from seed {first}");
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let next = Arc::clone(&next);
        workers.spawn(async move {
            let mut failures = Vec::new();
            loop {
                let case = next.fetch_add(1, Ordering::Relaxed);
                if case >= cases || failures.len() > 3 {
                    return failures;
                }
                failures.extend(history(first.wrapping_add(case)).await.err());
            }
        });
    }
    let mut failures = Vec::new();
    while let Some(worker) = workers.join_next().await {
        failures.extend(worker.expect("no panic"));
    }
    assert!(failures.is_empty(), "{} of {cases} failed:\n\n{}", failures.len(), failures.join("\n\n"));
}

/// Another start each time, so that every run tries new histories.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // Small enough to be typed again.
    RandomState::new().hash_one(0) % 1_000_000_000
}
