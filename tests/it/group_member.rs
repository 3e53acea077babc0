//! `atlan_group_member`.

mod addresses;
mod budgets;
mod failures;
mod life;
mod one_run;

use atlan_sim::Sim;
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

pub(crate) const ADA: &str = "ada@example.com";

/// A fresh tenant with a group and Ada in the tenant, and a membership that is not created yet. Also the GUIDs of both.
async fn world() -> (Sim, Instance, String, String) {
    let (sim, edge) = managed("atlan_group_member").await;
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    let ada = person_by_other_means(&sim, ADA);
    sim.clear_journal();
    (sim, edge, group, ada)
}

fn edge(group: &str, user: &str) -> Value {
    json!({ "group_id": group, "user": user })
}
