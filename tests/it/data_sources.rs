//! Data sources in process: what they give, what they say when they find nothing, and how many requests they take.

mod access_report;
mod current_user;
mod group;
mod groups;
mod memberships;
mod roles;
mod user;
mod users;

use atlan_sim::Sim;
use serde_json::Value;
use tfplug::testing::Core;

use crate::harness::*;

/// Reads a data source.
async fn read(core: &Core, type_name: &str, config: Value) -> Value {
    core.data_source(type_name).read(config).await.value()
}

/// What a read that must fail says.
async fn refused(core: &Core, type_name: &str, config: Value) -> String {
    repeatable(&core.data_source(type_name).try_read(config).await.failed().to_string())
}

/// The requests so far: method, path and how many.
fn requests(sim: &Sim) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for entry in &*sim.journal() {
        let line = format!("{} {}", entry.method, entry.path.trim_start_matches("/api/service/"));
        match counts.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => counts.push((line, 1)),
        }
    }
    counts
}
