//! Nobody is invited twice, and nobody invited is lost: random histories of the whole provider, with its state and plans.
//!
//! A history is a tenant with random switches and a few people, each an object of its own, all of one configuration. Some
//! applies run under random faults and are interrupted now and then; some are followed by a refresh that is kept, some by
//! nothing. After each, and in the end, when the faults are over:
//!
//! - no address got a second mail;
//! - everybody in the tenant is in the state, by GUID or as a person whose invitation has an unknown outcome;
//! - one more apply succeeds, has everybody in the state by GUID, and leaves an empty plan.
//!
//! `crates/atlan/tests/never_twice.rs` does the same to the client alone, many thousand times. `ATLAN_HISTORIES_CASES` sets how
//! many histories run (default 24), `ATLAN_HISTORIES_SEED` the first one's seed; case number `n` has that seed plus `n`.

use std::sync::Arc;
use std::time::Duration;

use atlan_sim::{Options, Sim};
use serde_json::{Value, json};
use tfplug::testing::{Core, Instance};
use tokio::task::JoinSet;

use super::*;
use crate::chance::{
    Dice, Kind, Memory, Step, Weather, all_go_well, mailed_twice, quiet, seeds, switches, wrong_with,
};
use crate::history::{History, not_empty};

/// Twice as long as a change may take to settle, see the harness: as in production, a request may be under way for longer.
const TIMEOUT: Duration = Duration::from_millis(800);
/// The requests of an invitation; mostly the write fails.
const INVITATIONS: &[Kind] = &[("POST", USERS), ("POST", USERS), ("POST", USERS), ("GET", USERS)];
const WEATHER: Weather = Weather { kinds: INVITATIONS, timeout: TIMEOUT, late: Duration::from_millis(600) };
/// Without faults nothing is lost, unless this machine is too busy to answer itself in time.
const PATIENCE: Duration = Duration::from_secs(4);

/// A person of the configuration, and the object of the state.
struct Seat {
    email: String,
    object: Instance,
}

/// As [`crate::harness::core_of`], with any way to read people.
fn core_of(sim: &Sim, dice: &mut Dice, timeout: Duration) -> Core {
    let read_mode = dice.pick(&["auto", "snapshot", "single"]);
    core_of_with(sim, dice, timeout, json!({ "read_mode": read_mode }))
}

/// One apply of the whole configuration. Also returns problems: people who are refused although there was no fault.
async fn apply(sim: &Arc<Sim>, seats: Vec<Seat>, dice: &mut Dice, faulty: bool) -> (Vec<Seat>, Vec<String>) {
    let core = core_of(sim, dice, if faulty { TIMEOUT } else { PATIENCE });
    let interrupt = (faulty && dice.chance(30)).then(|| Step::within(40, dice));
    let mut applies = JoinSet::new();
    for mut seat in seats {
        seat.object.set_core(&core);
        let short = if faulty && dice.chance(15) { json!({ "create": "100ms" }) } else { Value::Null };
        let then_refresh = faulty && dice.chance(20);
        applies.spawn(async move {
            let config = json!({ "email": seat.email, "role": "$member", "timeouts": short });
            let report = seat.object.try_apply(config).await.err();
            if then_refresh {
                // It may fail; what it finds is kept.
                drop(seat.object.try_refresh().await);
            }
            (seat, report)
        });
    }
    let _interrupting = interrupting(interrupt, sim, &core);
    let (mut seats, mut problems) = (Vec::new(), Vec::new());
    while let Some(done) = applies.join_next().await {
        let (seat, report) = done.expect("no panic");
        if let Some(report) = report {
            let text = report.to_string();
            if !faulty {
                problems.push(format!("{} could not be applied: {text}", seat.email));
            } else if text.contains("already") {
                problems.push(format!(
                    "{} is our own doing, and was taken for somebody else's: {text}",
                    seat.email
                ));
            }
        }
        seats.push(seat);
    }
    seats.sort_by(|one, other| one.email.cmp(&other.email));
    (seats, problems)
}

/// What is wrong with the tenant and the state after an apply.
fn problems(sim: &Sim, seats: &[Seat]) -> Vec<String> {
    let wrong = |Seat { email, object }: &Seat| {
        let state = object.state();
        let memory = match state["id"].as_str() {
            Some(id) => Memory::Guid(id),
            None if state.is_null() => Memory::Nothing,
            None => Memory::Attempt,
        };
        wrong_with(sim, email, memory)
    };
    seats.iter().flat_map(wrong).chain(mailed_twice(sim)).collect()
}

async fn history(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let options = Options { users: dice.pick(&[0, 3, 130]), ..Options::default() };
    let sim = Arc::new(Sim::start(options).await.expect("a simulator"));
    let switches = switches(&mut dice);
    sim.set(switches.clone()).expect("switches");
    let core = core_of(&sim, &mut dice, TIMEOUT);
    let mut seats: Vec<Seat> = (0..1 + dice.below(3))
        .map(|number| Seat {
            email: format!("p{number}@example.com"),
            object: core.resource("atlan_user_invite"),
        })
        .collect();
    let history = History { seed, sim: Arc::clone(&sim), switches };
    let states = |seats: &[Seat]| seats.iter().map(|seat| seat.object.state()).collect::<Vec<_>>();
    for run in 0..1 + dice.below(2) {
        let (rules, late) = history.set_faults(WEATHER, &mut dice);
        let (applied, mut wrong) = apply(&sim, seats, &mut dice, true).await;
        seats = applied;
        // Sometimes the next apply starts while lost requests are still on their way.
        if dice.chance(60) {
            quiet(&sim, &late).await;
            wrong.extend(problems(&sim, &seats));
        }
        history.check(&wrong, &format!("apply {run} under {rules:?}"), states(&seats))?;
    }
    history.end_faults();
    sim.clear_journal();
    let (mut seats, mut wrong) = apply(&sim, seats, &mut dice, false).await;
    quiet(&sim, &[]).await;
    wrong.extend(problems(&sim, &seats));
    for Seat { email, object } in &mut seats {
        match (sim.user(email), object.state()["id"].as_str()) {
            (Some(user), Some(id)) if user.id == id => {}
            (user, id) => {
                wrong.push(format!("{email} is {id:?} after an apply without faults, and {user:?}"))
            }
        }
        let config = json!({ "email": email, "role": "$member", "timeouts": null });
        wrong.extend(not_empty(object, email, config).await);
    }
    history.check(&wrong, "in the end", states(&seats))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_invited_twice_and_nobody_is_lost() {
    all_go_well(12, seeds("ATLAN_HISTORIES_CASES", 24, "ATLAN_HISTORIES_SEED").map(history)).await;
}
