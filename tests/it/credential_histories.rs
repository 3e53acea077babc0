//! No credential is left alive and forgotten, and none loses its secret: random histories of tokens and OAuth clients.
//!
//! A history is a tenant with random switches and a few credentials of one kind, all of one configuration. In between, credentials
//! are renamed, tainted and destroyed. Some applies run under random faults and are interrupted now and then. After each:
//!
//! - each credential in the tenant is in the state, by GUID or as one whose create has an unknown outcome;
//! - each credential in the state that has a GUID has its secret, too.
//!
//! In the end, when the faults are over, two more applies succeed. There is one live credential of the right name for each object, and
//! the plan is empty. `ATLAN_CREDENTIALS_CASES` sets how many histories run (default 24), `ATLAN_CREDENTIALS_SEED` the first
//! one's seed; case number `n` has that seed plus `n`.

use std::sync::Arc;
use std::time::Duration;

use atlan_sim::Sim;
use atlan_sim::{KeyKind, Options};
use serde_json::{Value, json};
use tfplug::testing::Instance;
use tokio::task::JoinSet;

use crate::chance::{Dice, Kind, Step, Weather, all_go_well, quiet, seeds};
use crate::harness::*;
use crate::history::{History, not_empty};

/// Longer than a change takes to settle, see the harness.
const TIMEOUT: Duration = Duration::from_millis(400);
/// Without faults nothing is lost, unless this machine is too busy to answer itself in time.
const PATIENCE: Duration = Duration::from_secs(4);

/// In place of a name: the old half of a replacement that could not be deleted. It is deleted by the next apply.
const DEPOSED: &str = "deposed";

/// What differs between the two kinds.
struct Sort {
    resource: &'static str,
    secret: &'static str,
    kinds: &'static [Kind],
}

const TOKENS: Sort = Sort {
    resource: "atlan_api_token",
    secret: "token",
    kinds: &[
        ("POST", "/api/service/apikeys"),
        ("POST", "/api/service/apikeys"),
        ("POST", "/api/service/apikeys/*"),
        ("DELETE", "/api/service/apikeys/*"),
        ("GET", "/api/service/apikeys"),
    ],
};

const CLIENTS: Sort = Sort {
    resource: "atlan_oauth_client",
    secret: "client_secret",
    kinds: &[
        ("POST", "/api/service/oauth-clients"),
        ("POST", "/api/service/oauth-clients"),
        ("PUT", "/api/service/oauth-clients/*"),
        ("DELETE", "/api/service/oauth-clients/*"),
        ("GET", "/api/service/oauth-clients"),
    ],
};

impl Sort {
    fn weather(&self) -> Weather {
        Weather { kinds: self.kinds, timeout: TIMEOUT, late: Duration::from_millis(300) }
    }

    fn config(&self, name: &str, create: &Value) -> Value {
        let config = json!({ "display_name": name, "timeouts": create });
        match self.resource {
            "atlan_api_token" => with(config, json!({ "validity": "2160h", "store_token": true })),
            _ => with(config, json!({ "role": "$guest", "store_secret": true })),
        }
    }

    /// GUIDs and names of those that are there.
    fn alive(&self, sim: &Sim) -> Vec<(String, String)> {
        match self.resource {
            "atlan_api_token" => {
                sim.tokens().into_iter().map(|token| (token.id, token.display_name)).collect()
            }
            _ => sim.oauth_clients().into_iter().map(|client| (client.id, client.display_name)).collect(),
        }
    }

    /// What is wrong with the tenant and the state.
    fn problems(&self, sim: &Sim, objects: &[(String, Instance)]) -> Vec<String> {
        let mut wrong = Vec::new();
        let states: Vec<Value> = objects.iter().map(|(_, object)| object.state()).collect();
        let known: Vec<&str> = states.iter().filter_map(|state| state["id"].as_str()).collect();
        for (id, name) in self.alive(sim) {
            let digits = name.rsplit_once(" ~").map(|(_, digits)| format!("unknown-{digits}"));
            if !known.contains(&id.as_str()) && !digits.is_some_and(|digits| known.contains(&digits.as_str()))
            {
                wrong.push(format!("{name} ({id}) is forgotten"));
            }
        }
        for state in states.iter().filter(|state| state["id"].is_string()) {
            let is_placeholder = state["id"].as_str().is_some_and(|id| id.starts_with("unknown-"));
            if is_placeholder != state[self.secret].is_null() {
                wrong.push(format!("{state} has lost its secret"));
            }
        }
        wrong
    }
}

/// Another name of the same object, and back.
fn renamed(name: &str) -> String {
    name.strip_suffix(" 2").map_or_else(|| format!("{name} 2"), str::to_owned)
}

/// One apply of the whole configuration. Also returns those that failed although there was no fault.
async fn apply(
    sort: &'static Sort,
    sim: &Arc<Sim>,
    objects: Vec<(String, Instance)>,
    dice: &mut Dice,
    faulty: bool,
) -> (Vec<(String, Instance)>, Vec<String>) {
    let core = core_of(sim, dice, if faulty { TIMEOUT } else { PATIENCE });
    let interrupt = (faulty && dice.chance(30)).then(|| Step::within(12, dice));
    let mut applies = JoinSet::new();
    for (name, mut object) in objects {
        object.set_core(&core);
        let short = if faulty && dice.chance(15) { json!({ "create": "100ms" }) } else { Value::Null };
        let is_deposed = name == DEPOSED;
        let name = if faulty && !is_deposed && dice.chance(25) { renamed(&name) } else { name };
        if faulty && dice.chance(15) && !object.state().is_null() {
            object.taint();
        }
        let config = sort.config(&name, &short);
        let destroys = is_deposed || (faulty && dice.chance(20) && !object.state().is_null());
        applies.spawn(async move {
            let report = match destroys {
                true => object.try_destroy().await.err(),
                false => object.try_apply(config).await.err(),
            };
            (name, object, report)
        });
    }
    let _interrupting = interrupting(interrupt, sim, &core);
    let (mut objects, mut wrong) = (Vec::new(), Vec::new());
    while let Some(done) = applies.join_next().await {
        let (name, mut object, report) = done.expect("no panic");
        if let Some(report) = report.filter(|_| !faulty) {
            wrong.push(format!("{name} could not be applied: {report}"));
        }
        objects.extend(object.take_deposed().into_iter().map(|deposed| (DEPOSED.to_owned(), deposed)));
        objects.push((name, object));
    }
    objects.retain(|(name, object)| name != DEPOSED || !object.state().is_null());
    objects.sort_by(|one, other| one.0.cmp(&other.0));
    (objects, wrong)
}

async fn history(sort: &'static Sort, seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let sim = Sim::start(Options { key_kind: KeyKind::User, ..Options::default() }).await;
    let sim = Arc::new(sim.expect("a simulator"));
    let switches = json!({
        "token_name_taken": dice.pick(&["allow", "conflict"]),
        "token_visible_after_ms": dice.pick(&[0, 0, 30, 80]),
        "token_delete_missing": dice.pick(&["not_found", "ok"]),
        "oauth_update_method": dice.pick(&["both", "put", "post"]),
        "void_body": dice.pick(&["empty", "object", "null"]),
        "error_shape": dice.pick(&["code_message", "error_code", "html"]),
    });
    sim.set(switches.clone()).expect("switches");
    let core = core_of(&sim, &mut dice, TIMEOUT);
    let mut objects: Vec<(String, Instance)> = (0..1 + dice.below(3))
        .map(|number| {
            let mut object = core.resource(sort.resource);
            if dice.chance(50) {
                object.create_before_destroy();
            }
            (format!("c{number}"), object)
        })
        .collect();
    let history = History { seed, sim: Arc::clone(&sim), switches };
    let states =
        |objects: &[(String, Instance)]| objects.iter().map(|(_, object)| object.state()).collect::<Vec<_>>();
    let mut last_late = Vec::new();
    for run in 0..1 + dice.below(4) {
        let (rules, late) = history.set_faults(sort.weather(), &mut dice);
        let (applied, mut wrong) = apply(sort, &sim, objects, &mut dice, true).await;
        objects = applied;
        last_late = late.clone();
        // Sometimes the next apply starts while lost requests are still on their way.
        if dice.chance(60) {
            quiet(&sim, &late).await;
            wrong.extend(sort.problems(&sim, &objects));
        }
        history.check(&wrong, &format!("apply {run} under {rules:?}"), states(&objects))?;
    }
    // A delete that takes effect now ends a credential that the configuration has again, and nobody can prevent that.
    quiet(&sim, &last_late).await;
    history.end_faults();
    sim.clear_journal();
    // Where names are unique, one that replaces another may get its name only once the other is deleted.
    let (objects, first) = apply(sort, &sim, objects, &mut dice, false).await;
    let (mut objects, mut wrong) = apply(sort, &sim, objects, &mut dice, false).await;
    if history.switches["token_name_taken"] == "allow" {
        wrong.extend(first);
    }
    quiet(&sim, &[]).await;
    wrong.extend(sort.problems(&sim, &objects));
    let mut alive: Vec<String> = sort.alive(&sim).into_iter().map(|(_, name)| name).collect();
    alive.sort();
    let expected: Vec<String> = objects.iter().map(|(name, _)| name.clone()).collect();
    if alive != expected {
        wrong.push(format!("alive are {alive:?}"));
    }
    for (name, object) in &mut objects {
        wrong.extend(not_empty(object, name, sort.config(name, &Value::Null)).await);
    }
    history.check(&wrong, "in the end", states(&objects))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_credential_is_forgotten_and_none_loses_its_secret() {
    let sort = |seed: u64| if seed.is_multiple_of(2) { &TOKENS } else { &CLIENTS };
    let seeds = seeds("ATLAN_CREDENTIALS_CASES", 24, "ATLAN_CREDENTIALS_SEED");
    all_go_well(12, seeds.map(|seed| history(sort(seed), seed))).await;
}
