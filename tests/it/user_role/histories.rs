//! Nobody's earlier role is lost, and nobody gets a higher role than they should: random histories of `atlan_user_role`.
//!
//! A history is a tenant with random switches, and people who came by single sign-on or were invited. In between, the configuration
//! gives people other roles, leaves them out and takes them in again, and resources are tainted. Some people get another role from a
//! colleague, leave the tenant, come back, or accept an invitation, between two applies or during one. Applies run under random
//! faults and are interrupted now and then. After each, for everybody whom nobody else touched meanwhile:
//!
//! - no object is tainted;
//! - an object that came into the state knows the role of before, and keeps it from then on, also through a replacement;
//! - without an object in the state, a failed create has changed nothing;
//! - the role is the one of before or the one that was asked for;
//! - a destroy that went well has left the role that its policy says, and has never raised one.
//!
//! In the end, when the faults are over, two more applies succeed, everybody has the role of the configuration, and the plan is empty.
//! `ATLAN_ROLES_CASES` sets how many histories run (default 24), `ATLAN_ROLES_SEED` the first one's seed; case number `n` has that
//! seed plus `n`.

use std::sync::Arc;
use std::time::Duration;

use atlan_sim::Rule;
use tfplug::testing::Plan;
use tokio::task::JoinSet;

use super::*;
use crate::chance::{Dice, Step, Weather, all_go_well, quiet, seeds};
use crate::history::{History, not_empty};

/// As long as a change takes to settle, see the harness.
const TIMEOUT: Duration = Duration::from_millis(400);
/// Without faults nothing is lost, unless this machine is too busy to answer itself in time.
const PATIENCE: Duration = Duration::from_secs(4);
/// Longer than a history takes on a busy machine.
const END: Duration = Duration::from_secs(120);

const WEATHER: Weather = Weather {
    kinds: &[("POST", ROLE_UPDATES), ("POST", ROLE_UPDATES), ("POST", ROLE_UPDATES), ("GET", USERS)],
    timeout: TIMEOUT,
    late: Duration::from_millis(300),
};

/// From low to high.
const ROLES: [&str; 3] = ["$guest", "$member", "$admin"];
const EMAILS: [&str; 4] = [ADA, "bob@example.com", "eve@example.com", "kim@example.com"];

fn rank(role: &str) -> usize {
    ROLES.iter().position(|one| *one == role).expect("a role")
}

/// A person, and what the configuration says of them.
struct Somebody {
    email: &'static str,
    object: Instance,
    /// `None`: not in the configuration.
    wanted: Option<&'static str>,
    on_destroy: &'static str,
}

/// Somebody and their object before an apply.
struct Before {
    present: Option<(String, &'static str)>,
    /// The role of before, if the object is about the person who is there.
    previous: Option<Value>,
    is_tainted: bool,
}

impl Somebody {
    fn config(&self) -> Value {
        match self.wanted {
            Some(wanted) => with(role(self.email, wanted), json!({ "on_destroy": self.on_destroy })),
            None => Value::Null,
        }
    }

    fn before(&self, sim: &Sim) -> Before {
        let state = self.object.state();
        let present = sim.user(self.email).map(|user| (user.id, user.role));
        let is_about = present.as_ref().is_some_and(|(id, _)| state["id"] == json!(id));
        Before {
            previous: is_about.then(|| state["previous_role"].clone()),
            present,
            is_tainted: self.object.is_tainted(),
        }
    }

    /// The role that a destroy leaves.
    fn left(&self, present: &'static str, previous: &Value, policy: &str) -> &'static str {
        let lower = |to: &str| ROLES[rank(to).min(rank(present))];
        match (policy, previous.as_str()) {
            ("downgrade", _) => "$guest",
            ("restore", Some(previous)) => lower(previous),
            _ => present,
        }
    }

    /// What an apply did wrong.
    fn wrong(&self, sim: &Sim, before: &Before, policy: &str, is_interrupted: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let (state, email) = (self.object.state(), self.email);
        let (Some((id, was)), Some(now)) = (&before.present, sim.user(email)) else { return wrong };
        let mut must = |holds: bool, why: String| {
            if !holds {
                wrong.push(format!("{email}, who was {was}, is {}: {why}; {state}", now.role));
            }
        };
        must(now.id == *id, "another person".to_owned());
        match (&before.previous, self.wanted) {
            (Some(previous), None) => {
                let left = self.left(was, previous, policy);
                if state.is_null() {
                    must(now.role == left, format!("{left} is what {policy} leaves"));
                } else {
                    must(now.role == *was || now.role == left, format!("{left} is what {policy} leaves"));
                    must(state["previous_role"] == *previous, format!("{previous} was the role of before"));
                }
            }
            // After an interruption Terraform starts no create half.
            (Some(_), Some(_)) if before.is_tainted && is_interrupted && state.is_null() => {
                must(now.role == *was, "nothing in the state tells of it".to_owned());
            }
            (Some(previous), Some(wanted)) => {
                must(!state.is_null(), "it is forgotten".to_owned());
                must(state["previous_role"] == *previous, format!("{previous} was the role of before"));
                must(now.role == *was || now.role == wanted, format!("{wanted} was asked for"));
            }
            (None, Some(wanted)) => {
                must(now.role == *was || now.role == wanted, format!("{wanted} was asked for"));
                if state["id"] == json!(id) {
                    must(state["previous_role"] == *was, "it is not the role of before".to_owned());
                } else {
                    must(now.role == *was, "nothing in the state tells of it".to_owned());
                }
            }
            (None, None) => must(now.role == *was, "nobody asked for it".to_owned()),
        }
        wrong
    }
}

/// Something that happens to a person outside Terraform.
fn happens(sim: &Sim, email: &str, dice: &mut Dice) {
    // What cannot happen to them now does not happen.
    match (sim.user(email), dice.below(5)) {
        (None, _) => drop(sim.admit(email, dice.pick(&ROLES), dice.chance(20))),
        (Some(_), 0) => drop(sim.remove(email)),
        (Some(user), 1 | 2) if user.pending => drop(sim.accept(email)),
        (Some(_), _) => drop(sim.give_role(email, dice.pick(&ROLES))),
    }
}

/// What came of an apply.
struct Applied {
    /// What failed although there was no fault.
    failed: Vec<String>,
    /// Whom somebody else has touched.
    touched: Vec<&'static str>,
    is_interrupted: bool,
}

/// One apply of the whole configuration.
async fn apply(sim: &Arc<Sim>, people: &mut Vec<Somebody>, dice: &mut Dice, faulty: bool) -> Applied {
    let core = core_of(sim, dice, if faulty { TIMEOUT } else { PATIENCE }).one_run();
    let (mut failed, mut touched) = (Vec::new(), Vec::new());
    let mut plans: Vec<Option<Plan>> = Vec::new();
    for somebody in people.iter_mut() {
        somebody.object.set_core(&core);
        let config = somebody.config();
        let planned = match config.is_null() {
            true => somebody.object.try_plan_destroy().await,
            false => somebody.object.try_plan(config).await.map(Some),
        };
        plans.push(planned.unwrap_or_else(|report| {
            failed.push(format!("{} could not be planned: {report}", somebody.email));
            None
        }));
    }
    let interrupt = (faulty && dice.chance(30)).then(|| Step::within(10, dice));
    let mut meanwhile = JoinSet::new();
    if faulty && dice.chance(30) {
        let (email, step, sim, mut dice) =
            (dice.pick(&EMAILS), Step::within(10, dice), Arc::clone(sim), Dice(dice.below(u64::MAX)));
        touched.push(email);
        meanwhile.spawn(async move {
            step.reached(&sim).await;
            happens(&sim, email, &mut dice);
        });
    }
    let mut applies = JoinSet::new();
    for (number, (mut somebody, plan)) in std::mem::take(people).into_iter().zip(plans).enumerate() {
        applies.spawn(async move {
            let report = match plan.filter(|plan| !plan.is_empty()) {
                Some(plan) => somebody.object.try_apply_plan(&plan, somebody.config()).await.err(),
                // The rest of a plan is a refresh.
                None => somebody.object.try_refresh().await.err(),
            };
            (number, somebody, report)
        });
    }
    let interrupting = interrupting(interrupt, sim, &core);
    let mut done = applies.join_all().await;
    drop(interrupting);
    done.sort_by_key(|(number, ..)| *number);
    for (_, somebody, report) in done {
        if let Some(report) = report.filter(|_| !faulty) {
            failed.push(format!("{} could not be applied: {report}", somebody.email));
        }
        people.push(somebody);
    }
    let failed = if faulty { Vec::new() } else { failed };
    Applied { failed, touched, is_interrupted: interrupt.is_some() }
}

async fn history(seed: u64) -> Result<(), String> {
    let sim = Arc::new(tenant(atlan_sim::KeyKind::ApiToken).await);
    let lived = tokio::time::timeout(END, lives(seed, &sim)).await;
    lived.unwrap_or_else(|_| Err(format!("seed {seed} does not come to an end\n{}", sim.journal())))
}

async fn lives(seed: u64, sim: &Arc<Sim>) -> Result<(), String> {
    let mut dice = Dice(seed);
    let switches = json!({
        "role_change_pending": dice.pick(&["allow", "allow", "reject"]),
        "user_changes_visible_after_ms": dice.pick(&[0, 0, 30, 80]),
        "void_body": dice.pick(&["empty", "object", "null"]),
        "error_shape": dice.pick(&["code_message", "error_code", "html"]),
    });
    sim.set(switches.clone()).expect("switches");
    let history = History { seed, sim: Arc::clone(sim), switches };
    let mut people = newcomers(sim, &mut dice);
    for run in 0..1 + dice.below(5) {
        if run > 0 {
            time_passes(sim, &mut people, &mut dice);
        }
        let (wrong, rules) = faulty_apply(&history, &mut people, &mut dice).await;
        history.check(&wrong, &format!("apply {run} under {rules:?}"), states(&people))?;
    }
    history.end_faults();
    accept_all(sim, &mut people);
    for number in ["first", "second"] {
        sim.clear_journal();
        let applied = apply(sim, &mut people, &mut dice, false).await;
        let when = format!("in the {number} apply without faults");
        history.check(&applied.failed, &when, states(&people))?;
    }
    let wrong = wrong_in_the_end(sim, &mut people, &mut dice).await;
    history.check(&wrong, "in the end", states(&people))
}

/// People of all kinds, and whether the configuration gives them a role.
fn newcomers(sim: &Sim, dice: &mut Dice) -> Vec<Somebody> {
    let core = core(sim);
    let mut people = Vec::new();
    for email in EMAILS {
        let present = dice.pick(&ROLES);
        let invited = dice.chance(30);
        let comes = if invited { sim.invite(email, present) } else { sim.admit(email, present, false) };
        comes.expect("a newcomer");
        let wanted = dice.chance(70).then(|| dice.pick(&ROLES));
        let on_destroy = dice.pick(&["restore", "restore", "downgrade", "keep"]);
        people.push(Somebody { email, object: core.resource("atlan_user_role"), wanted, on_destroy });
    }
    people
}

fn states(people: &[Somebody]) -> Vec<String> {
    people.iter().map(|somebody| format!("{}: {}", somebody.config(), somebody.object.state())).collect()
}

/// What happens between two applies: in the tenant, in the configuration, and to the state.
fn time_passes(sim: &Sim, people: &mut [Somebody], dice: &mut Dice) {
    for somebody in people {
        if dice.chance(15) {
            happens(sim, somebody.email, dice);
        }
        match dice.below(8) {
            0 | 1 => somebody.wanted = Some(dice.pick(&ROLES)),
            2 => somebody.wanted = None,
            3 if somebody.wanted.is_some() => somebody.object.taint(),
            _ => {}
        }
        // Nobody keeps a role in the configuration of somebody who has left.
        somebody.wanted = somebody.wanted.filter(|_| sim.user(somebody.email).is_some());
    }
}

/// An apply under random faults. Returns what it did wrong, and the faults.
async fn faulty_apply(
    history: &History,
    people: &mut Vec<Somebody>,
    dice: &mut Dice,
) -> (Vec<String>, Vec<Rule>) {
    let sim = &history.sim;
    // Lists show what others have changed.
    sim.advance(Duration::from_secs(1));
    let before: Vec<(Before, String)> = people
        .iter()
        .map(|somebody| {
            let policy = somebody.object.state()["on_destroy"].as_str().unwrap_or_default().to_owned();
            (somebody.before(sim), policy)
        })
        .collect();
    let (rules, late) = history.set_faults(WEATHER, dice);
    let applied = apply(sim, people, dice, true).await;
    quiet(sim, &late).await;
    let mut wrong = Vec::new();
    for (somebody, (before, policy)) in people.iter().zip(&before) {
        if somebody.object.is_tainted() && !before.is_tainted {
            wrong.push(format!("{} is tainted", somebody.email));
        }
        if !applied.touched.contains(&somebody.email) {
            wrong.extend(somebody.wrong(sim, before, policy, applied.is_interrupted));
        }
    }
    (wrong, rules)
}

/// Lets everybody accept their invitation. Who has left the tenant leaves the configuration.
fn accept_all(sim: &Sim, people: &mut [Somebody]) {
    for somebody in people {
        match sim.user(somebody.email) {
            None => somebody.wanted = None,
            Some(user) if user.pending => sim.accept(somebody.email).expect("pending"),
            Some(_) => {}
        }
    }
}

/// What is wrong after the last apply.
async fn wrong_in_the_end(sim: &Sim, people: &mut [Somebody], dice: &mut Dice) -> Vec<String> {
    let mut wrong = Vec::new();
    let last = core_of(sim, dice, PATIENCE).one_run();
    for somebody in people {
        let Some(wanted) = somebody.wanted else {
            if !somebody.object.state().is_null() {
                wrong.push(format!("{} is still in the state", somebody.email));
            }
            continue;
        };
        if role_of(sim, somebody.email) != wanted {
            wrong.push(format!("{} is {} and not {wanted}", somebody.email, role_of(sim, somebody.email)));
        }
        somebody.object.set_core(&last);
        let config = somebody.config();
        wrong.extend(not_empty(&mut somebody.object, somebody.email, config).await);
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_loses_the_earlier_role_or_gets_a_higher_one() {
    let seeds = seeds("ATLAN_ROLES_CASES", 24, "ATLAN_ROLES_SEED");
    all_go_well(12, seeds.map(history)).await;
}
