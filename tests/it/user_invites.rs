//! `atlan_user_invites`.

mod addresses;
mod bad_input;
mod budgets;
mod deposed;
mod failures;
mod faults;
mod histories;
mod life;
mod one_run;
mod replaced;
mod stale;
mod switches;
mod unclear;

use atlan_sim::{KeyKind, Sim};
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";
const RESOURCE: &str = "atlan_user_invites";

/// People with their roles.
fn people(people: &[(&str, &str)]) -> Value {
    let entry = |(email, role): &(&str, &str)| ((*email).to_owned(), json!({ "role": role }));
    json!({ "people": people.iter().map(entry).collect::<serde_json::Map<_, _>>() })
}

/// That many people, all members.
fn crowd(count: usize) -> Value {
    let entry = |number: usize| (format!("p{number:04}@example.com"), json!({ "role": "$member" }));
    json!({ "people": (0..count).map(entry).collect::<serde_json::Map<_, _>>() })
}

/// A fresh tenant with the key of an admin, who may do everything, in which Ada and Bob are invited.
async fn world() -> (Sim, Instance) {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    invites.apply(people(&[(ADA, "$member"), (BOB, "$guest")])).await;
    (sim, invites)
}

fn id(sim: &Sim, email: &str) -> String {
    sim.user(email).expect("there").id
}

/// Addresses of the people of the state, with GUID or without.
fn held(invites: &Instance) -> Vec<String> {
    let state = invites.state();
    let people = state["people"].as_object().cloned().unwrap_or_default();
    people
        .into_iter()
        .map(|(email, entry)| format!("{email} {}", entry["status"].as_str().unwrap_or("?")))
        .collect()
}
