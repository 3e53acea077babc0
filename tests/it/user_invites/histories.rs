//! Nobody of a map is invited twice, and nobody invited is lost: random histories of one `atlan_user_invites`.
//!
//! A history is a tenant with random switches and a map of a few people. Some applies run under random faults and are interrupted now
//! and then. Half of the histories take existing people over, so in between people leave the map and return, and the whole resource is
//! destroyed; in the others, roles change. The resource is tainted now and then, and some have `create_before_destroy`, which may leave a
//! deposed object. After each apply:
//!
//! - no record got a second mail;
//! - everybody who can log in or is invited is in a state, by GUID or as a person whose invitation has an unknown outcome;
//! - nobody else is in a state, unless the apply has named them because it does not know whether they are removed.
//!
//! In the end, when the faults are over, a few more applies succeed: everybody in the map is there by GUID with the right role, nobody else
//! has access, no deposed object is left, and the plan is empty. `ATLAN_INVITES_CASES` sets how many histories run (default 16), `ATLAN_INVITES_SEED` the first one's
//! seed; case number `n` has that seed plus `n`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tfplug::testing::Core;

use super::*;
use crate::chance::{
    Dice, Memory, Step, Weather, all_go_well, mailed_twice, may_delete_late, quiet, seeds, switches,
    wrong_with,
};
use crate::history::{History, not_empty};

/// Twice as long as a change may take to settle, see the harness.
const TIMEOUT: Duration = Duration::from_millis(800);
/// Without faults nothing is lost, unless this machine is too busy to answer itself in time.
const PATIENCE: Duration = Duration::from_secs(4);
const WEATHER: Weather = Weather {
    kinds: &[
        ("POST", USERS),
        ("POST", USERS),
        ("GET", USERS),
        ("POST", ROLE_UPDATES),
        ("POST", "/api/service/users/*/delete"),
        // Also the two before.
        ("POST", "/api/service/users/*"),
    ],
    timeout: TIMEOUT,
    late: Duration::from_millis(600),
};
const POOL: [&str; 4] = [ADA, BOB, EVE, "kim@example.com"];

/// The resource, and who is to be in it with which role.
struct Managed {
    invites: Instance,
    /// What replacements could not delete.
    deposed: Vec<Instance>,
    creates_first: bool,
    wanted: BTreeMap<&'static str, &'static str>,
    adopts: bool,
    /// A plan was refused because two objects have the same people.
    is_double: bool,
    /// People whom no state has since `terraform state rm`.
    let_go: BTreeSet<&'static str>,
}

impl Managed {
    fn new(sim: &Sim, dice: &mut Dice) -> Self {
        let mut managed = Managed {
            invites: core(sim).resource(RESOURCE),
            deposed: Vec::new(),
            creates_first: dice.chance(40),
            wanted: POOL.iter().take(2).map(|email| (*email, "$member")).collect(),
            adopts: dice.chance(50),
            is_double: false,
            let_go: BTreeSet::new(),
        };
        if managed.creates_first {
            managed.invites.create_before_destroy();
        }
        managed
    }

    fn config(&self, timeouts: Value) -> Value {
        let wanted: Vec<(&str, &str)> = self.wanted.iter().map(|(email, role)| (*email, *role)).collect();
        let on_existing = if self.adopts { "adopt" } else { "error" };
        with(people(&wanted), json!({ "on_existing": on_existing, "timeouts": timeouts }))
    }

    /// Others may be wanted from now on.
    fn change(&mut self, dice: &mut Dice) {
        for email in POOL {
            match self.wanted.get_mut(email) {
                Some(_) if self.adopts && dice.chance(30) => drop(self.wanted.remove(email)),
                Some(role) if !self.adopts && dice.chance(30) => *role = dice.pick(&["$member", "$guest"]),
                None if dice.chance(30) => drop(self.wanted.insert(email, "$member")),
                Some(_) | None => {}
            }
        }
    }

    /// One apply. Returns why it failed.
    async fn apply(&mut self, sim: &Arc<Sim>, dice: &mut Dice) -> Option<String> {
        let core = core_of(sim, dice, TIMEOUT);
        let core = if dice.chance(30) { core.without_refresh() } else { core };
        let _interrupting = interrupting(dice.chance(30).then(|| Step::within(40, dice)), sim, &core);
        let is_there = !self.invites.state().is_null();
        if self.adopts && is_there && dice.chance(15) {
            return self.carry_out(&core, dice, None).await;
        }
        self.change(dice);
        if is_there && dice.chance(15) {
            self.invites.taint();
        }
        self.untaint_if_told();
        let short =
            if dice.chance(15) { json!({ "create": "100ms", "update": "100ms" }) } else { Value::Null };
        let config = self.config(short);
        self.carry_out(&core, dice, Some(config)).await
    }

    /// Plans the resource and what is deposed, and applies both in any order. `None`: destroys all.
    async fn carry_out(&mut self, core: &Core, dice: &mut Dice, config: Option<Value>) -> Option<String> {
        let run = core.one_run();
        let (mut refused, mut plans) = (Vec::new(), Vec::new());
        for old in &mut self.deposed {
            old.set_core(&run);
            match old.try_plan_destroy().await {
                Ok(plan) => plans.push(plan),
                Err(report) => refused.push(report.to_string()),
            }
        }
        self.invites.set_core(&run);
        let planned = match config.clone() {
            Some(config) => self.invites.try_plan(config).await.map(Some),
            None => self.invites.try_plan_destroy().await,
        };
        let plan = match planned {
            Ok(plan) if refused.is_empty() => plan,
            planned => {
                refused.extend(planned.err().map(|report| report.to_string()));
                let said = refused.join("\n");
                self.is_double = !self.deposed.is_empty() && said.contains("terraform state rm");
                return Some(said);
            }
        };
        let mut failed = Vec::new();
        let old_first = dice.chance(50);
        for is_old in [old_first, !old_first] {
            if !is_old {
                let Some(plan) = &plan else { continue };
                let applied = self.invites.try_apply_plan(plan, config.clone().unwrap_or_default()).await;
                failed.extend(applied.err());
                continue;
            }
            for (old, plan) in self.deposed.iter_mut().zip(&plans) {
                let Some(plan) = plan else { continue };
                failed.extend(old.try_apply_plan(plan, Value::Null).await.err());
            }
        }
        self.deposed.retain(|old| !old.state().is_null());
        self.deposed.extend(self.invites.take_deposed());
        let failed: Vec<String> = failed.into_iter().map(|report| report.to_string()).collect();
        (!failed.is_empty()).then(|| failed.join("\n"))
    }

    /// A tainted resource ends nobody's access unless its new half comes first, and that takes over nobody without `adopt`. Errors say to
    /// untaint it. Nor does such a new half learn of an invitation whose outcome is unknown.
    fn untaint_if_told(&mut self) {
        let state = self.invites.state();
        let leaves = |email: &str| !state["people"][email].is_null() && !self.wanted.contains_key(email);
        let is_unclear = |email: &str| state["people"][email]["status"] == "unknown";
        let is_told = match self.creates_first {
            true => !self.adopts || POOL.iter().any(|email| is_unclear(email)),
            false => POOL.iter().any(|email| leaves(email)),
        };
        if is_told {
            self.invites.untaint();
        }
    }

    /// The way out if two objects have the same people: both leave the state, and everybody is taken over anew. Who is not wanted loses the
    /// access by hand.
    fn start_anew(&mut self, sim: &Sim) {
        self.deposed.clear();
        self.invites.forget();
        (self.is_double, self.adopts) = (false, true);
        self.let_go.extend(POOL);
        for email in POOL {
            if !self.wanted.contains_key(email) {
                drop(sim.disable(email));
            }
        }
    }

    /// Two applies that are to succeed. Returns what failed.
    async fn apply_without_faults(&mut self, sim: &Arc<Sim>, dice: &mut Dice) -> Vec<String> {
        let mut wrong = Vec::new();
        // The first one may create the resource and be refused somebody, which is a warning. Two objects may have the same people.
        let mut applies = 0;
        while applies < 2 {
            sim.clear_journal();
            self.untaint_if_told();
            let (core, config) = (core_of(sim, dice, PATIENCE), self.config(Value::Null));
            let failed = self.carry_out(&core, dice, Some(config)).await;
            if self.is_double {
                self.start_anew(sim);
                continue;
            }
            wrong.extend(failed.map(|report| format!("an apply without faults fails: {report}")));
            applies += 1;
        }
        wrong.extend(self.deposed.iter().map(|old| format!("deposed for good: {old:?}")));
        wrong
    }

    /// Who is not as the configuration says after the last apply.
    fn wrong_in_the_end(&self, sim: &Sim) -> Vec<String> {
        let wrong = |email: &&str| {
            let entry = self.invites.state()["people"][email].clone();
            let user = sim.user(email).filter(|user| user.enabled);
            match (self.wanted.get(email), user) {
                (Some(role), Some(user)) if entry["id"] == *user.id && entry["role"] == **role => None,
                (None, None) => None,
                (wanted, user) => Some(format!("{email} is to have {wanted:?} in the end: {user:?} {entry}")),
            }
        };
        POOL.iter().filter_map(wrong).collect()
    }

    /// What the text of a failure says about the configuration and the states.
    fn told(&self) -> [String; 3] {
        let (state, deposed) = (self.invites.state(), &self.deposed);
        [format!("wanted {:?}", self.wanted), state.to_string(), format!("{deposed:?}")]
    }

    /// What is wrong with the tenant and the states, after an apply that failed as `said`.
    fn problems(&mut self, sim: &Sim, said: Option<&str>) -> Vec<String> {
        let states: Vec<Value> =
            std::iter::once(&self.invites).chain(&self.deposed).map(Instance::state).collect();
        let has = |email: &str, what: &str, is: &dyn Fn(&Value) -> bool| {
            states.iter().map(|state| &state["people"][email][what]).find(|value| is(value)).cloned()
        };
        self.let_go.retain(|email| has(email, "id", &Value::is_string).is_none());
        let wrong = |email: &&str| {
            let id = has(email, "id", &Value::is_string);
            let memory = match id.as_ref().and_then(Value::as_str) {
                // The removal took effect, late or with an answer that told nothing. The next refresh finds out.
                Some(_) if sim.user(email).is_none() && said.is_some_and(|said| said.contains(email)) => {
                    return Vec::new();
                }
                Some(id) => Memory::Guid(id),
                None if has(email, "status", &|status| status == "unknown").is_some() => Memory::Attempt,
                // Nobody has access, or it has ended.
                None if sim.user(email).is_some_and(|user| !user.enabled) => return Vec::new(),
                None if self.let_go.contains(email) => return Vec::new(),
                None => Memory::Nothing,
            };
            wrong_with(sim, email, memory)
        };
        POOL.iter().flat_map(wrong).chain(mailed_twice(sim)).collect()
    }
}

async fn history(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let sim = Arc::new(tenant(KeyKind::User).await);
    let switches = switches(&mut dice);
    sim.set(switches.clone()).expect("switches");
    let history = History { seed, sim: Arc::clone(&sim), switches };
    let mut managed = Managed::new(&sim, &mut dice);
    for run in 0..1 + dice.below(4) {
        let (rules, late) = history.set_faults(WEATHER, &mut dice);
        let said = managed.apply(&sim, &mut dice).await;
        // Sometimes the next apply starts while lost requests are still on their way, but for those that cancel an invitation: nobody
        // could prevent one from ending a seat that the next apply wants again.
        if dice.chance(60) || may_delete_late(&rules) || managed.is_double || !managed.deposed.is_empty() {
            quiet(&sim, &late).await;
            history.end_faults();
            let when = format!("apply {run} under {rules:?}, which said {said:?}");
            let wrong = managed.problems(&sim, said.as_deref());
            history.check(&wrong, &when, managed.told())?;
        }
        if managed.is_double {
            managed.start_anew(&sim);
        }
    }
    history.end_faults();
    let mut wrong = managed.apply_without_faults(&sim, &mut dice).await;
    quiet(&sim, &[]).await;
    wrong.extend(managed.problems(&sim, None));
    wrong.extend(managed.wrong_in_the_end(&sim));
    let config = managed.config(Value::Null);
    managed.invites.set_core(&core_of(&sim, &mut dice, PATIENCE));
    wrong.extend(not_empty(&mut managed.invites, "the map", config).await);
    history.check(&wrong, "in the end", managed.told())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_of_a_map_is_invited_twice_and_nobody_is_lost() {
    all_go_well(12, seeds("ATLAN_INVITES_CASES", 16, "ATLAN_INVITES_SEED").map(history)).await;
}
