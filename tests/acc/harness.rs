//! What the tests are written with: a folder with a configuration, Terraform's commands on it, and what came of them.
//!
//! Data passes like this: a [`Workspace`] belongs to one test, one [`Terraform`] and (mostly) one simulator. A command
//! gives an [`Output`], whose assertions print all that Terraform said when they fail; a plan gives a [`Plan`], and the
//! state is read from Terraform's file. Nothing of the caller's environment reaches Terraform or the provider.
//!
//! Nothing here sleeps to be in step with another process: [`wait_for`] polls a condition that must come, and
//! [`in_time`] waits for what the simulator sees.

mod midway;
mod output;
mod people;
mod plan;
mod running;
mod state;
mod terraform;
mod workspace;

use std::time::{Duration, Instant};

pub(crate) use midway::{apply_until, apply_until_invited, interrupt, kill, run_until, stop_at};
pub(crate) use output::Output;
pub(crate) use people::{JOINS, LEAVES, NAMES, TEAM, USERS, converges_after_kills, members, three_people};
pub(crate) use plan::Plan;
pub(crate) use running::{Running, is_gone, signal};
pub(crate) use state::State;
pub(crate) use terraform::{
    ACTIONS, EPHEMERAL, FUNCTIONS, IDENTITY, IMPORT_FOR_EACH, MOCKS, MODULES, MOVES, OFFLINE_FUNCTIONS,
    QUERY, REMOVED, Terraform, WRITE_ONLY, each_terraform, with_terraforms,
};
pub(crate) use workspace::Workspace;

use atlan_sim::{Options, Sim};
use serde_json::Value;

/// Longer than anything here takes on a busy machine. A test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A fresh tenant.
pub(crate) fn tenant() -> Sim {
    tenant_with(Options::default())
}

/// A fresh tenant, started like this.
pub(crate) fn tenant_with(options: Options) -> Sim {
    in_time(Sim::start(options)).expect("the simulator starts")
}

/// A tenant with what the examples of data sources read: the group Data Teams, and the active admin ada@example.com.
pub(crate) fn known_tenant() -> Sim {
    let sim = tenant();
    let group =
        serde_json::json!({ "group": { "name": "data_teams", "attributes": { "alias": ["Data Teams"] } } });
    call(&sim, "POST", "/api/service/groups", &group);
    sim.admit("ada@example.com", "$admin", false).unwrap();
    sim.clear_journal();
    sim
}

/// A fresh tenant and an empty folder whose provider is configured for it by the environment.
pub(crate) fn start(terraform: &Terraform) -> (Sim, Workspace) {
    let sim = tenant();
    let workspace = Workspace::new(terraform, &sim);
    (sim, workspace)
}

/// Waits for something the simulator tells, but not forever.
pub(crate) fn in_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await });
    result.expect("what the test waits for happens in time")
}

/// What somebody else does to the tenant, by its API and with its key. The answer's JSON, null when it has none.
#[track_caller]
pub(crate) fn call(sim: &Sim, method: &str, path: &str, body: &Value) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .request(method.parse().unwrap(), format!("{}{path}", sim.base_url()))
        .bearer_auth(sim.api_key());
    let request = if body.is_null() { request } else { request.json(body) };
    in_time(async {
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
    })
}

/// Waits until a condition holds that nobody reports.
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < give_up, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
