//! Nobody is invited twice, and nobody invited is lost: random histories against the simulator.
//!
//! A history is a tenant with random switches, a few people, and some applies. Each apply has its own client, because Terraform
//! starts a new provider for each. During an apply answers are lost before and after they took effect, are
//! cut off, or take effect late, some after the client's time-out; servers fail, throttle and stall; few requests or many
//! are let through at a time, so that batches wait; calls are cancelled, alone or all at once. What a state would
//! remember is kept from one apply to the next: the GUID, or that an invitation was attempted. After every apply, and in the
//! end, when the faults are over:
//!
//! - no address got a second mail;
//! - everybody in the tenant is in the state, by GUID or as attempted;
//! - nobody who has accepted is deleted, and a role that was changed with success is what was asked for;
//! - after one more apply everybody is in the state by GUID, and nothing is left to do.
//!
//! During an apply people in the state get other roles, and invitations are cancelled, while people accept. Somebody whose
//! invitation was cancelled may be invited again.
//!
//! Assumed, as by the client: a request takes effect within the time a request may take, and shows soon after.
//!
//! `ATLAN_NEVER_TWICE_CASES` sets how many histories run (default 120), `ATLAN_NEVER_TWICE_SEED` the first one's seed;
//! case number `n` has that seed plus `n`, so a failure is replayed by its seed and one case.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod chance;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atlan::{
    Cancelled, Client, Config, Credentials, Error, Existing, Guid, Invite, ReadMode, Secret, Timing, User,
    WorkspaceRole,
};
use atlan_sim::{KeyKind, Options, Rule, Sim};
use chance::{
    Dice, Kind, Memory, Step, Weather, all_go_well, mailed_twice, may_delete_late, quiet, seeds, switches,
    wrong_with,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Histories that run at the same time: they mostly wait.
const AT_ONCE: usize = 30;
/// Well above [`LATE`] and the time that a person takes to show together.
const WINDOW: Duration = Duration::from_millis(450);
/// Longest time after which a lost request takes effect. Longer than [`SETTLE`], as in production, where a request may be under
/// way for longer than a change takes to show.
const LATE: Duration = Duration::from_millis(250);
/// How long a change may take to show, or less: see [`switches`].
const SETTLE: Duration = Duration::from_millis(150);
const TIMEOUT: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(2);
const USERS: &str = "/api/service/users";
/// Mostly invitations.
const KINDS: &[Kind] = &[
    ("POST", USERS),
    ("POST", USERS),
    ("POST", USERS),
    ("POST", "/api/service/users/*/roles/update"),
    ("POST", "/api/service/users/*/delete"),
    ("GET", USERS),
];
const WEATHER: Weather = Weather { kinds: KINDS, timeout: TIMEOUT, late: LATE };

/// What a state holds about a person.
#[derive(Clone, Debug, PartialEq)]
enum Slot {
    Absent,
    Attempted,
    Managed(String),
    /// The invitation was to be cancelled, and that may have happened.
    Leaving(String),
    /// Somebody whom others invited: to be refused, and never mailed.
    Known,
}

fn client(sim: &Sim, mode: ReadMode, at_once: usize, timeout: Duration) -> Client {
    let url = atlan::parse_base_url(&sim.base_url()).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new(sim.api_key())));
    config.request_timeout = timeout;
    config.max_concurrent_requests = at_once;
    config.requests_per_second = 0.0;
    config.max_retries = 2;
    config.read_mode = mode;
    // Every batch is looked for before it is answered, too, however quick the simulator is.
    config.sharing.slow = Duration::ZERO;
    config.timing = Timing {
        backoff: Duration::from_millis(1),
        poll: Duration::from_millis(4),
        poll_max: Duration::from_millis(40),
        absent_at_least: WINDOW,
        // Shorter than an effect may be late, so that a call that was cancelled can miss it.
        grace: Duration::from_millis(60),
        visible_within: Duration::from_secs(2),
        progress: Duration::from_secs(10),
        settle: SETTLE,
    };
    Client::new(config).expect("good settings")
}

/// The result of an apply for one person.
struct Call {
    email: String,
    before: Slot,
    is_prompt: bool,
    outcome: Outcome,
}

enum Outcome {
    Invited(Result<User, Error>),
    Role(WorkspaceRole, Result<(), Error>),
    Cancelled(Result<Cancelled, Error>),
}

/// Reads, as a refresh does, what became of people whose invitations were to be cancelled.
async fn refresh(sim: &Sim, state: &mut BTreeMap<String, Slot>) {
    let client = client(sim, ReadMode::Auto, 10, PATIENCE);
    for slot in state.values_mut() {
        let Slot::Leaving(id) = slot else { continue };
        match client.user(&id.parse().expect("a GUID")).await {
            Ok(Some(_)) => *slot = Slot::Managed(id.clone()),
            Ok(None) => *slot = Slot::Absent,
            // A fault is left over.
            Err(_) => {}
        }
    }
}

/// One apply: everybody who is not in the state is invited, by a client of its own.
async fn apply(
    sim: &Arc<Sim>,
    state: &mut BTreeMap<String, Slot>,
    roles: &mut BTreeMap<String, WorkspaceRole>,
    dice: &mut Dice,
    rules: Option<&[Rule]>,
) -> Vec<String> {
    let faulty = rules.is_some();
    let may_accept = rules.is_some_and(|rules| !may_delete_late(rules));
    let mode = dice.pick(&[ReadMode::Auto, ReadMode::Auto, ReadMode::Snapshot, ReadMode::Single]);
    // Without faults nothing is lost, unless this machine is too busy to answer itself in time.
    let timeout = if faulty { TIMEOUT } else { PATIENCE };
    let client = client(sim, mode, dice.pick(&[1, 2, 10, 10]), timeout);
    let all = CancellationToken::new();
    let mut cancelling = JoinSet::new();
    let mut calls = JoinSet::new();
    // Some calls start later: while the others run, or after them.
    let (mut prompt, others_are_done) = (0, CancellationToken::new());
    for (email, slot) in state.iter().filter(|(_, slot)| !matches!(slot, Slot::Managed(_) | Slot::Leaving(_)))
    {
        let cancel = if faulty && dice.chance(15) { CancellationToken::new() } else { all.clone() };
        if faulty && dice.chance(15) {
            let (sim, cancel, step) = (Arc::clone(sim), cancel.clone(), Step::within(40, dice));
            cancelling.spawn(async move {
                step.reached(&sim).await;
                cancel.cancel();
            });
        }
        let spelling = if dice.chance(30) { email.to_uppercase() } else { email.clone() };
        let start = dice.chance(30).then(|| Step::within(10, dice));
        let is_prompt = start.is_none();
        prompt += usize::from(is_prompt);
        let (client, email, slot) = (client.within(None, cancel), email.clone(), slot.clone());
        let (sim, others_are_done) = (Arc::clone(sim), others_are_done.clone());
        calls.spawn(async move {
            if let Some(start) = start {
                tokio::select! {
                    () = start.reached(&sim) => {}
                    () = others_are_done.cancelled() => {}
                }
            }
            let invite = Invite { email: spelling, role: WorkspaceRole::Guest };
            let result = match slot {
                Slot::Attempted => client.invite_after_unknown(&invite, false).await,
                _ => client.invite(&invite).await,
            };
            Call { email, before: slot, is_prompt, outcome: Outcome::Invited(result) }
        });
    }
    for (email, slot) in state.iter() {
        let Slot::Managed(id) = slot else { continue };
        let id: Guid = id.parse().expect("a GUID");
        let (client, email, before) = (client.within(None, all.clone()), email.clone(), slot.clone());
        let accepts = email.clone();
        match if faulty { dice.below(6) } else { 6 } {
            0 | 1 => {
                let role = dice.pick(&[WorkspaceRole::Admin, WorkspaceRole::Member, WorkspaceRole::Guest]);
                calls.spawn(async move {
                    let done = client.change_role(&id, role).await.map(|_| ());
                    Call { email, before, is_prompt: false, outcome: Outcome::Role(role, done) }
                });
            }
            2 => {
                calls.spawn(async move {
                    let done = client.cancel_invitation(&id).await;
                    Call { email, before, is_prompt: false, outcome: Outcome::Cancelled(done) }
                });
            }
            _ => {}
        }
        if dice.chance(20) && may_accept {
            let (sim, email, step) = (Arc::clone(sim), accepts, Step::within(20, dice));
            cancelling.spawn(async move {
                step.reached(&sim).await;
                // They may be gone, or have accepted before.
                drop(sim.accept(&email));
            });
        }
    }
    let mut problems = Vec::new();
    loop {
        if prompt == 0 {
            others_are_done.cancel();
        }
        let Some(call) = calls.join_next().await else { break };
        let Call { email, before, is_prompt, outcome } = call.expect("no panic");
        prompt -= usize::from(is_prompt);
        let result = match outcome {
            Outcome::Invited(result) => result,
            Outcome::Role(role, Ok(())) => {
                roles.insert(email, role);
                continue;
            }
            Outcome::Role(_, Err(_)) => {
                roles.remove(&email);
                continue;
            }
            Outcome::Cancelled(Ok(_)) => {
                roles.remove(&email);
                state.insert(email, Slot::Absent);
                continue;
            }
            Outcome::Cancelled(Err(Error::NotPending { .. })) => continue,
            Outcome::Cancelled(Err(_)) => {
                let Slot::Managed(id) = before else { continue };
                roles.remove(&email);
                state.insert(email, Slot::Leaving(id));
                continue;
            }
        };
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
            // The mark stays until the outcome is known.
            Err(_) => before,
        };
        state.insert(email, after);
    }
    problems
}

/// What is wrong with the tenant and the state after an apply.
fn problems(sim: &Sim, state: &BTreeMap<String, Slot>) -> Vec<String> {
    let mut problems = mailed_twice(sim);
    for (email, slot) in state {
        let memory = match slot {
            Slot::Known if sim.mails().iter().any(|mail| mail.email == *email && mail.again) => {
                problems.push(format!("{email} was there already, and got a mail"));
                continue;
            }
            Slot::Known => continue,
            Slot::Absent => Memory::Nothing,
            Slot::Attempted => Memory::Attempt,
            Slot::Managed(id) => Memory::Guid(id),
            // Whether or not they are there.
            Slot::Leaving(_) => continue,
        };
        problems.extend(wrong_with(sim, email, memory));
    }
    problems
}

/// People whose role is not what it was changed to.
fn other_roles(sim: &Sim, roles: &BTreeMap<String, WorkspaceRole>) -> Vec<String> {
    let other = |(email, role): (&String, &WorkspaceRole)| {
        let user = sim.user(email).filter(|user| user.role != role.as_str())?;
        Some(format!("{email} is {}, and was changed to {role}", user.role))
    };
    roles.iter().filter_map(other).collect()
}

async fn history(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let key_kind = dice.pick(&[KeyKind::ApiToken, KeyKind::User]);
    let options = Options { users: dice.pick(&[0, 3, 130]), key_kind, ..Options::default() };
    let sim = Arc::new(Sim::start(options).await.expect("a simulator"));
    let switches = switches(&mut dice);
    sim.set(switches.clone()).expect("switches");
    let mut state: BTreeMap<String, Slot> =
        (0..1 + dice.below(7)).map(|number| (format!("p{number}@example.com"), Slot::Absent)).collect();
    let refused = dice.chance(25).then(|| "refused@yopmail.com".to_owned());
    if let Some(email) = &refused {
        state.insert(email.clone(), Slot::Absent);
    }
    // People whom others invited, with an address in mixed case if the tenant keeps it.
    let mut known: Vec<String> =
        sim.users().into_iter().skip(1).map(|user| user.email).next_back().into_iter().collect();
    for number in 0..dice.below(3) {
        let email = format!("Some.Stranger{number}@Example.com");
        sim.invite(&email, dice.pick(&["$admin", "$member", "$guest"])).expect("nobody is there");
        known.push(email.to_lowercase());
    }
    state.extend(known.into_iter().map(|email| (email, Slot::Known)));
    let told = |what: Vec<String>, when: &str, sim: &Sim, state: &BTreeMap<String, Slot>| {
        if what.is_empty() {
            return Ok(());
        }
        Err(format!("seed {seed}, {when}: {}\n{switches}\n{state:?}\n{}", what.join("; "), sim.journal()))
    };
    let mut roles = BTreeMap::new();
    // Whether a change that an earlier apply lost may still take effect, over what a later one has done.
    let mut on_its_way = false;
    for run in 0..1 + dice.below(4) {
        let accepted: Vec<String> =
            sim.users().into_iter().filter(|user| !user.pending).map(|user| user.id).collect();
        let (rules, late) = WEATHER.faults(&mut dice);
        sim.clear_journal();
        sim.set_faults(rules.clone()).expect("rules");
        let mut wrong = apply(&sim, &mut state, &mut roles, &mut dice, Some(&rules)).await;
        // Sometimes the next apply starts while lost requests are still on their way.
        if dice.chance(70) || may_delete_late(&rules) {
            quiet(&sim, &late).await;
            refresh(&sim, &mut state).await;
            wrong.extend(problems(&sim, &state));
            if on_its_way {
                roles.clear();
            }
            wrong.extend(other_roles(&sim, &roles));
            on_its_way = false;
        } else {
            roles.clear();
            on_its_way = true;
        }
        let deleted = accepted.iter().filter(|id| !sim.users().iter().any(|user| user.id == **id));
        wrong.extend(deleted.map(|id| format!("{id} had accepted, and was deleted")));
        told(wrong, &format!("apply {run} under {rules:?}"), &sim, &state)?;
    }
    sim.set_faults(Vec::new()).expect("no rules");
    quiet(&sim, &[]).await;
    refresh(&sim, &mut state).await;
    sim.clear_journal();
    let mut wrong = apply(&sim, &mut state, &mut roles, &mut dice, None).await;
    quiet(&sim, &[]).await;
    wrong.extend(problems(&sim, &state));
    let client = client(&sim, ReadMode::Auto, 10, PATIENCE);
    for (email, slot) in &state {
        match slot {
            Slot::Managed(id) => match client.user(&id.parse().expect("a GUID")).await {
                Ok(Some(user)) if atlan::fold_email(&user.email) == *email => {}
                other => wrong.push(format!("the plan after it misses {email}: {other:?}")),
            },
            Slot::Known => {}
            _ if Some(email) == refused.as_ref() => {}
            slot => wrong.push(format!("{email} is {slot:?} after an apply without faults")),
        }
    }
    told(wrong, "in the end", &sim, &state)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_invited_twice_and_nobody_is_lost() {
    let seeds = seeds("ATLAN_NEVER_TWICE_CASES", 120, "ATLAN_NEVER_TWICE_SEED");
    all_go_well(AT_ONCE, seeds.map(history)).await;
}
