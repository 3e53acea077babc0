//! What the random histories of the resources share: faults for an apply, the text of a failure, and the plan after the last apply.

use std::fmt::Display;
use std::sync::Arc;

use atlan_sim::{Rule, Sim};
use serde_json::Value;
use tfplug::testing::Instance;

use crate::chance::{Dice, Weather};

/// One random history.
pub(crate) struct History {
    pub(crate) seed: u64,
    pub(crate) sim: Arc<Sim>,
    pub(crate) switches: Value,
}

impl History {
    /// Sets rules for the requests of the next apply. Returns them, and the numbers of those that take effect late.
    pub(crate) fn set_faults(&self, weather: Weather, dice: &mut Dice) -> (Vec<Rule>, Vec<usize>) {
        let (rules, late) = weather.faults(dice);
        self.sim.clear_journal();
        self.sim.set_faults(rules.clone()).expect("rules");
        (rules, late)
    }

    pub(crate) fn end_faults(&self) {
        self.sim.set_faults(Vec::new()).expect("no rules");
    }

    /// Fails if anything is wrong. The text says how to replay the history, and what the states and the tenant had.
    pub(crate) fn check<S: Display>(
        &self,
        wrong: &[String],
        when: &str,
        states: impl IntoIterator<Item = S>,
    ) -> Result<(), String> {
        if wrong.is_empty() {
            return Ok(());
        }
        let states: Vec<String> = states.into_iter().map(|state| state.to_string()).collect();
        let (seed, switches, journal) = (self.seed, &self.switches, self.sim.journal());
        Err(format!("seed {seed}, {when}: {}\n{switches}\n{states:#?}\n{journal}", wrong.join("; ")))
    }
}

/// What is wrong with the plan after the last apply, which is to be empty.
pub(crate) async fn not_empty(object: &mut Instance, name: &str, config: Value) -> Option<String> {
    match object.try_plan(config).await {
        Ok(plan) if plan.is_empty() => None,
        Ok(plan) => Some(format!("{name}: the plan after it is not empty: {plan}")),
        Err(report) => Some(format!("{name}: the plan after it fails: {report}")),
    }
}
