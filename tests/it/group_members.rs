//! `atlan_group_members`.

mod addresses;
mod budgets;
mod failures;
mod life;
mod one_run;

use atlan_sim::{Options, Sim};
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";

/// A fresh tenant with a group and three people, and a set that is not created yet. Also the GUID of the group.
async fn world() -> (Sim, Instance, String) {
    let (sim, set) = managed("atlan_group_members").await;
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    for email in [ADA, BOB, EVE] {
        person_by_other_means(&sim, email);
    }
    sim.clear_journal();
    (sim, set, group)
}

/// A tenant with that many people, in no group, and a group. Their addresses.
async fn crowd(count: usize) -> (Sim, Instance, String, Vec<String>) {
    let sim = Sim::start(Options { users: count, ..Options::default() }).await.expect("a simulator");
    let set = core(&sim).resource("atlan_group_members");
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    let people = sim.users().into_iter().map(|user| user.email).filter(|email| !email.starts_with("admin@"));
    let people = people.take(count).collect();
    sim.clear_journal();
    (sim, set, group, people)
}

fn set_of<T: AsRef<str>>(group: &str, people: &[T]) -> Value {
    json!({ "group_id": group, "members": people.iter().map(AsRef::as_ref).collect::<Vec<_>>() })
}

fn id(sim: &Sim, email: &str) -> String {
    sim.user(email).expect("there").id
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}
