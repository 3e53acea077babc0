//! Nobody of a map is invited twice, and nobody invited is lost: random histories of one `atlan_user_invites`.
//!
//! A history is a tenant with random switches and a map of a few people. Some applies run under random faults and are interrupted now
//! and then. Half of the histories take existing people over, so in between people leave the map and return, and the whole resource is
//! destroyed; in the others, roles change. The resource is tainted now and then. After each apply:
//!
//! - no record got a second mail;
//! - everybody who can log in or is invited is in the state, by GUID or as a person whose invitation has an unknown outcome.
//!
//! In the end, when the faults are over, two more applies succeed: everybody in the map is there by GUID with the right role, nobody else
//! has access, and the plan is empty. `ATLAN_INVITES_CASES` sets how many histories run (default 16), `ATLAN_INVITES_SEED` the first one's
//! seed; case number `n` has that seed plus `n`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::chance::{
    Dice, Memory, Step, Weather, all_go_well, mailed_twice, quiet, seeds, switches, wrong_with,
};

/// Twice as long as a change may take to settle, see the harness.
const TIMEOUT: Duration = Duration::from_millis(800);
/// Without faults nothing is lost, unless this machine is too busy to answer itself in time.
const PATIENCE: Duration = Duration::from_secs(4);
const WEATHER: Weather = Weather {
    kinds: &[("POST", USERS), ("POST", USERS), ("POST", USERS), ("GET", USERS)],
    timeout: TIMEOUT,
    late: Duration::from_millis(600),
};
const POOL: [&str; 4] = [ADA, BOB, EVE, "kim@example.com"];

/// The resource, and who is to be in it with which role.
struct Managed {
    invites: Instance,
    wanted: BTreeMap<&'static str, &'static str>,
    adopts: bool,
}

impl Managed {
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
        self.invites.set_core(&core);
        let _interrupting = interrupting(dice.chance(30).then(|| Step::within(40, dice)), sim, &core);
        let is_there = !self.invites.state().is_null();
        if self.adopts && is_there && dice.chance(15) {
            return self.invites.try_destroy().await.err().map(|report| report.to_string());
        }
        self.change(dice);
        if is_there && dice.chance(15) {
            self.invites.taint();
        }
        self.untaint_for_removals();
        let short =
            if dice.chance(15) { json!({ "create": "100ms", "update": "100ms" }) } else { Value::Null };
        self.invites.try_apply(self.config(short)).await.err().map(|report| report.to_string())
    }

    /// A tainted resource ends nobody's access. The error says to do this.
    fn untaint_for_removals(&mut self) {
        let state = self.invites.state();
        let leaves = |email: &str| !state["people"][email].is_null() && !self.wanted.contains_key(email);
        if POOL.iter().any(|email| leaves(email)) {
            self.invites.untaint();
        }
    }

    /// What is wrong with the tenant and the state.
    fn problems(&self, sim: &Sim) -> Vec<String> {
        let state = self.invites.state();
        let wrong = |email: &&str| {
            let entry = &state["people"][*email];
            let memory = match (entry["id"].as_str(), entry["status"].as_str()) {
                (Some(id), _) => Memory::Guid(id),
                (None, Some("unknown")) => Memory::Attempt,
                // Nobody has access, or it has ended.
                (None, _) if sim.user(email).is_some_and(|user| !user.enabled) => return Vec::new(),
                (None, _) => Memory::Nothing,
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
    let mut managed = Managed {
        invites: core(&sim).resource(RESOURCE),
        wanted: POOL.iter().take(2).map(|email| (*email, "$member")).collect(),
        adopts: dice.chance(50),
    };
    let told = |what: Vec<String>, when: &str, managed: &Managed| match what.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "seed {seed}, {when}, wanted {:?}: {}\n{switches}\n{:#}\n{}",
            managed.wanted,
            what.join("; "),
            managed.invites.state(),
            sim.journal()
        )),
    };
    for run in 0..1 + dice.below(4) {
        let (rules, late) = WEATHER.faults(&mut dice);
        sim.clear_journal();
        sim.set_faults(rules.clone()).expect("rules");
        let said = managed.apply(&sim, &mut dice).await;
        // Sometimes the next apply starts while lost requests are still on their way.
        if dice.chance(60) {
            quiet(&sim, &late).await;
            sim.set_faults(Vec::new()).expect("no rules");
            let when = format!("apply {run} under {rules:?}, which said {said:?}");
            told(managed.problems(&sim), &when, &managed)?;
        }
    }
    sim.set_faults(Vec::new()).expect("no rules");
    let mut wrong = Vec::new();
    // The first one may create the resource and be refused somebody, which is a warning.
    for _ in 0..2 {
        sim.clear_journal();
        managed.invites.set_core(&core_of(&sim, &mut dice, PATIENCE));
        managed.untaint_for_removals();
        let config = managed.config(Value::Null);
        let failed = managed.invites.try_apply(config).await.err();
        wrong.extend(failed.map(|report| format!("an apply without faults fails: {report}")));
    }
    quiet(&sim, &[]).await;
    wrong.extend(managed.problems(&sim));
    for email in POOL {
        let entry = managed.invites.state()["people"][email].clone();
        let user = sim.user(email).filter(|user| user.enabled);
        match (managed.wanted.get(email), user) {
            (Some(role), Some(user)) if entry["id"] == *user.id && entry["role"] == **role => {}
            (None, None) => {}
            (wanted, user) => {
                wrong.push(format!("{email} is to have {wanted:?} in the end: {user:?} {entry}"))
            }
        }
    }
    let config = managed.config(Value::Null);
    match managed.invites.try_plan(config).await {
        Ok(plan) if plan.is_empty() => {}
        Ok(plan) => wrong.push(format!("the plan after it is not empty: {plan}")),
        Err(report) => wrong.push(format!("the plan after it fails: {report}")),
    }
    told(wrong, "in the end", &managed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_of_a_map_is_invited_twice_and_nobody_is_lost() {
    all_go_well(12, seeds("ATLAN_INVITES_CASES", 16, "ATLAN_INVITES_SEED").map(history)).await;
}
