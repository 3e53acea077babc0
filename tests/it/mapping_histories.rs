//! No mapping is forgotten, and none is made twice: random histories of SSO group mappings.
//!
//! A history is a tenant with random switches, a few groups with a mapping each, all of one configuration, and a mapping that nobody
//! manages. Some of the mappings are there already, made by hand with a field of their own, and are adopted. In between, mappings are
//! changed, tainted and destroyed; some have `create_before_destroy`. Some applies run under random faults and are interrupted now and then. After each:
//!
//! - each mapping in the tenant is in the state, by id or as one whose create has an unknown outcome, unless it was made by hand and is
//!   still to be adopted;
//! - no group has two mappings;
//! - the mapping that nobody manages is as it was.
//!
//! In the end, when the faults are over, an apply succeeds. There is one mapping with the right values for each object, the fields made
//! by hand are there unless Terraform has deleted their mapping, and the plan is empty. `ATLAN_MAPPINGS_CASES` sets how many histories
//! run (default 16), `ATLAN_MAPPINGS_SEED` the first one's seed; case number `n` has that seed plus `n`.

use std::sync::Arc;
use std::time::Duration;

use atlan_sim::{KeyKind, Sim};
use serde_json::{Value, json};
use tfplug::testing::Instance;
use tokio::task::JoinSet;

use crate::chance::{Dice, Step, Weather, all_go_well, quiet, seeds};
use crate::harness::*;
use crate::history::{History, not_empty};
use crate::sso_group_mapping::{MAPPERS, by_others, mappers};

/// Longer than a change takes to settle, see the harness.
const TIMEOUT: Duration = Duration::from_millis(400);
/// Without faults nothing is lost, unless this machine is too busy to answer itself in time.
const PATIENCE: Duration = Duration::from_secs(4);

const WEATHER: Weather = Weather {
    kinds: &[
        ("POST", MAPPERS),
        ("POST", MAPPERS),
        ("POST", "/api/service/idp/okta/mappers/*"),
        ("POST", "/api/service/idp/okta/mappers/*/delete"),
        ("GET", MAPPERS),
    ],
    timeout: TIMEOUT,
    late: Duration::from_millis(300),
};

/// A group, its mapping, and what that is to contain.
struct Mapped {
    name: String,
    group: String,
    sso_group: &'static str,
    /// Whether there was one, made by hand, that Terraform has not deleted since.
    is_by_hand: bool,
    object: Instance,
    deposed: Vec<Instance>,
}

impl Mapped {
    fn config(&self, timeouts: &Value) -> Value {
        json!({ "idp_alias": "okta", "group_id": self.group, "sso_group": self.sso_group, "on_existing": "adopt",
            "timeouts": timeouts })
    }

    /// Its mappers in the tenant.
    fn there(&self, all: &[Value]) -> Vec<Value> {
        all.iter().filter(|mapper| mapper["config"]["group"] == *self.name).cloned().collect()
    }

    /// Whether the state has that mapper, by its id or as one whose create had an unknown outcome.
    fn has(&self, mapper: &Value) -> bool {
        let placeholder = mapper["name"].as_str().map(|name| format!("unknown-{name}"));
        let is_it = |object: &Instance| {
            let id = &object.state()["id"];
            *id == mapper["id"] || id.is_string() && id.as_str() == placeholder.as_deref()
        };
        is_it(&self.object) || self.deposed.iter().any(is_it)
    }

    /// Does with a deposed object what the messages say: if it is the object that Terraform manages, it leaves the state, else it is
    /// destroyed.
    fn remove_deposed(&mut self) {
        for deposed in self.object.take_deposed() {
            if deposed.state()["id"] != self.object.state()["id"] {
                self.deposed.push(deposed);
            }
        }
    }

    /// What is wrong with it.
    fn problems(&self, all: &[Value]) -> Vec<String> {
        let (there, mut wrong) = (self.there(all), Vec::new());
        if there.len() > 1 {
            wrong.push(format!("{} has {} mappings", self.name, there.len()));
        }
        for mapper in there {
            if !self.has(&mapper) && mapper["config"]["theirs"].is_null() {
                wrong.push(format!("the mapping {} of {} is forgotten", mapper["id"], self.name));
            }
        }
        wrong
    }
}

/// One apply of the whole configuration. Also returns those that failed although there was no fault.
async fn apply(
    sim: &Arc<Sim>,
    mapped: Vec<Mapped>,
    dice: &mut Dice,
    faulty: bool,
) -> (Vec<Mapped>, Vec<String>) {
    let core = core_of(sim, dice, if faulty { TIMEOUT } else { PATIENCE });
    let interrupt = (faulty && dice.chance(30)).then(|| Step::within(12, dice));
    let mut applies = JoinSet::new();
    for mut one in mapped {
        one.object.set_core(&core);
        let short = if faulty && dice.chance(15) { json!({ "create": "100ms" }) } else { Value::Null };
        if faulty && dice.chance(40) {
            one.sso_group = dice.pick(&["Stewards", "data-stewards", "stewards"]);
        }
        let is_there = !one.object.state().is_null();
        let taints = faulty && is_there && dice.chance(15);
        let destroys = faulty && is_there && dice.chance(20);
        if taints {
            one.object.taint();
        }
        one.is_by_hand &= !taints && !destroys && !one.object.is_tainted();
        let core = core.clone();
        applies.spawn(async move {
            for deposed in &mut one.deposed {
                deposed.set_core(&core);
                // What remains is destroyed by the next apply.
                drop(deposed.try_destroy().await);
            }
            one.deposed.retain(|deposed| !deposed.state().is_null());
            let config = one.config(&short);
            let report = match destroys {
                true => one.object.try_destroy().await.err(),
                false => one.object.try_apply(config).await.err(),
            };
            (one, report)
        });
    }
    let _interrupting = interrupting(interrupt, sim, &core);
    let (mut mapped, mut wrong) = (Vec::new(), Vec::new());
    while let Some(done) = applies.join_next().await {
        let (mut one, report) = done.expect("no panic");
        one.remove_deposed();
        if let Some(report) = report.filter(|_| !faulty) {
            wrong.push(format!("{} could not be applied: {report}", one.name));
        }
        mapped.push(one);
    }
    mapped.sort_by(|one, other| one.name.cmp(&other.name));
    (mapped, wrong)
}

async fn history(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let sim = Arc::new(tenant(KeyKind::ApiToken).await);
    let switches = json!({
        "mapper_name_taken": dice.pick(&["conflict", "allow"]),
        "mapper_group_twice": dice.pick(&["allow", "conflict"]),
        "mapper_update": dice.pick(&["replace", "merge"]),
        "mapper_visible_after_ms": dice.pick(&[0, 0, 30, 80]),
        "mapper_delete_missing": dice.pick(&["not_found", "ok"]),
        "void_body": dice.pick(&["empty", "object", "null"]),
        "error_shape": dice.pick(&["code_message", "error_code", "html"]),
    });
    group_by_other_means(&sim, "others", json!({ "alias": ["Others"] }));
    by_others(&sim, "others", by_hand("others"));
    let others = mappers(&sim);
    let mut mapped = new_mapped(&sim, &mut dice);
    sim.set(switches.clone()).expect("switches");
    let history = History { seed, sim: Arc::clone(&sim), switches };
    let mut last_late = Vec::new();
    for run in 0..1 + dice.below(4) {
        let (rules, late) = history.set_faults(WEATHER, &mut dice);
        let (applied, mut wrong) = apply(&sim, mapped, &mut dice, true).await;
        mapped = applied;
        last_late = late.clone();
        // Sometimes the next apply starts while lost requests are still on their way.
        if dice.chance(60) {
            quiet(&sim, &late).await;
            history.end_faults();
            let all = mappers(&sim);
            wrong.extend(mapped.iter().flat_map(|one| one.problems(&all)));
        }
        history.check(&wrong, &format!("apply {run} under {rules:?}"), states(&mapped))?;
    }
    // A delete that takes effect now ends a mapping that the configuration has again, and nobody can prevent that.
    quiet(&sim, &last_late).await;
    history.end_faults();
    sim.clear_journal();
    let (mut mapped, mut wrong) = apply(&sim, mapped, &mut dice, false).await;
    quiet(&sim, &[]).await;
    wrong.extend(wrong_in_the_end(&sim, &mut mapped, &others[0]).await);
    history.check(&wrong, "in the end", states(&mapped))
}

/// The fields of a mapping that was made by hand.
fn by_hand(group: &str) -> Value {
    json!({ "group": group, "attribute.name": "memberOf", "attribute.value": "theirs", "theirs": "stays" })
}

/// A few groups with a resource for each. Some have a mapping already.
fn new_mapped(sim: &Sim, dice: &mut Dice) -> Vec<Mapped> {
    let core = core(sim);
    (0..1 + dice.below(3))
        .map(|number| {
            let (name, is_by_hand) = (format!("team{number}"), dice.chance(35));
            let group = group_by_other_means(sim, &name, json!({ "alias": [name] }));
            if is_by_hand {
                by_others(sim, &format!("by hand {number}"), by_hand(&name));
            }
            let mut object = core.resource("atlan_sso_group_mapping");
            if dice.chance(30) {
                object.create_before_destroy();
            }
            Mapped { name, group, sso_group: "data-stewards", is_by_hand, object, deposed: Vec::new() }
        })
        .collect()
}

fn states(mapped: &[Mapped]) -> Vec<Value> {
    mapped.iter().map(|one| one.object.state()).collect()
}

/// What is wrong after the last apply. `others`: the mapping that nobody manages, as it was in the beginning.
async fn wrong_in_the_end(sim: &Sim, mapped: &mut [Mapped], others: &Value) -> Vec<String> {
    let (all, mut wrong) = (mappers(sim), Vec::new());
    for one in mapped.iter() {
        wrong.extend(one.problems(&all));
        let there = one.there(&all);
        let values: Vec<&Value> = there.iter().map(|mapper| &mapper["config"]["attribute.value"]).collect();
        if values != [one.sso_group] || !one.has(&there[0]) {
            wrong.push(format!("{} is to be mapped to {}: {there:?}", one.name, one.sso_group));
        } else if one.is_by_hand && there[0]["config"]["theirs"] != "stays" {
            wrong.push(format!("the field made by hand is lost: {}", there[0]));
        }
    }
    if all[0] != *others {
        wrong.push(format!("the mapping that nobody manages is {}", all[0]));
    }
    for one in mapped {
        let config = one.config(&Value::Null);
        wrong.extend(not_empty(&mut one.object, &one.name, config).await);
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_mapping_is_forgotten_and_none_is_made_twice() {
    let seeds = seeds("ATLAN_MAPPINGS_CASES", 16, "ATLAN_MAPPINGS_SEED");
    all_go_well(12, seeds.map(history)).await;
}
