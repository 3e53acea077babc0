//! The life of a group, of people and of tokens under every value of every switch of the tenant, one by one and in pairs.
//!
//! The table of switches is `crates/atlan/tests/tenants/mod.rs`, and a test here compares it with the simulator. A case is a
//! tenant with one or two of these values, a kind of credential and a read mode; what is done in it, and what is expected
//! of each step under which value, is in `life.rs`.
//!
//! Pairs are numbered. A run takes some of them, `ATLAN_SWITCHES_CASES` (default 12), from the number `ATLAN_SWITCHES_SEED`
//! on, in an order that meets each pair once before it meets any a second time: so many cases as there are pairs are all
//! pairs. Case number `n` has that seed plus `n`, so a failure is replayed by its seed and one case.

use std::collections::BTreeSet;

use atlan_sim::KeyKind;
use serde_json::{Value, json};

use crate::chance::{Dice, all_go_well, seeds};
use crate::harness::*;
use crate::tenants::{LEFT_OUT, pairs, singles, table};

mod actions;
mod law;
mod life;
mod lists;
mod oauth_clients;
mod reviews;
mod roles;
mod sets;
mod sso;
mod tokens;

use life::Case;

/// Lives that run at the same time: they mostly wait for changes that lists show late.
const AT_ONCE: usize = 16;
/// Prime, so that its multiples meet every pair.
const STRIDE: u64 = 1_000_003;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_is_the_same_under_every_switch() {
    let modes = ["auto", "snapshot", "single"];
    let each = |(number, switches): (usize, Value)| Case {
        name: switches.to_string(),
        read_mode: modes[number % modes.len()],
        switches,
    };
    all_go_well(AT_ONCE, singles().into_iter().enumerate().map(each).map(Case::live)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_is_the_same_under_pairs_of_switches() {
    let seeds = seeds("ATLAN_SWITCHES_CASES", 12, "ATLAN_SWITCHES_SEED");
    let pairs = pairs();
    eprintln!("there are {} pairs", pairs.len());
    let each = |seed: u64| {
        let mut dice = Dice(seed);
        let mut switches = pairs[(seed.wrapping_mul(STRIDE) % pairs.len() as u64) as usize].clone();
        if switches.get("key_kind").is_none() {
            switches["key_kind"] = dice.pick(&[json!("api_token"), json!("oauth_client"), json!("user")]);
        }
        let read_mode = dice.pick(&["auto", "snapshot", "single"]);
        Case { name: format!("seed {seed}, {switches}, read mode {read_mode}"), switches, read_mode }
    };
    all_go_well(AT_ONCE, seeds.map(each).map(Case::live)).await;
}

#[tokio::test]
async fn the_table_has_every_value_of_every_switch_of_the_simulator() {
    let sim = tenant(KeyKind::ApiToken).await;
    let settings = by_other_means_get(&sim, "/_sim/settings");
    let known: BTreeSet<&str> = settings.as_object().expect("settings").keys().map(String::as_str).collect();
    let table = table();
    let listed = table.iter().map(|(name, _)| *name).chain(LEFT_OUT.map(|(name, _)| name));
    assert_eq!(listed.clone().collect::<BTreeSet<_>>(), known);
    assert_eq!(listed.count(), known.len(), "each once");
    for (name, values) in &table {
        assert_eq!(values[0], settings[name], "the default of {name} comes first");
        assert!(values.len() > 1, "{name}");
        for value in values {
            sim.set(json!({ *name: value })).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        // The error of the simulator lists the values that it accepts, or names another type.
        let refusal = sim.set(json!({ *name: "?" })).expect_err("no switch has that value").to_string();
        let is_word = refusal.contains("unknown variant");
        let words: BTreeSet<&str> = refusal.split('`').skip(3).step_by(2).collect();
        if is_word {
            assert_eq!(values.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>(), words, "{name}");
        }
        assert_eq!(is_word, values[0].is_string(), "{name}: {refusal}");
    }
}

#[test]
fn as_many_cases_as_there_are_pairs_cover_every_pair() {
    let count = pairs().len() as u64;
    let met: BTreeSet<u64> = (7..7 + count).map(|seed| seed * STRIDE % count).collect();
    assert_eq!(met.len() as u64, count);
}
