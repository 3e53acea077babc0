//! A case: a generated resource and two configurations of it. A number names each for good.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use serde_json::Value as Json;

use crate::configuration::{changed, configuration};
use crate::shape::{Field, fields};

/// A resource, and what its configuration says first and then.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) fields: Vec<Field>,
    pub(crate) first: Json,
    pub(crate) second: Json,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for field in &self.fields {
            writeln!(f, "{field:?}")?;
        }
        write!(f, "first: {}\nsecond: {}", self.first, self.second)
    }
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    fields().prop_flat_map(|fields| {
        let configurations = (configuration(&fields), configuration(&fields), vec(any::<bool>(), 4));
        configurations.prop_map(move |(first, second, turns)| {
            let second = changed(&first, &second, &turns);
            Case { fields: fields.clone(), first, second }
        })
    })
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// The value of that number.
pub(crate) fn numbered<S: Strategy>(strategy: &S, seed: u64) -> S::Value {
    strategy.new_tree(&mut runner(seed)).unwrap().current()
}

/// A number out of the environment of the tests.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The number of the first case.
pub(crate) fn first_seed() -> u64 {
    setting("TFPLUG_GENERATED_SEED", 1)
}

/// How many cases to try, where `default` are tried usually.
pub(crate) fn count(default: u64) -> u64 {
    setting("TFPLUG_GENERATED_CASES", default)
}

/// Tries a law on numbered values; what breaks it is made as small as possible and shown with its number.
pub(crate) fn hold<S: Strategy>(name: &str, strategy: S, default: u64, law: impl Fn(S::Value)) {
    for seed in first_seed()..first_seed() + count(default) {
        let result = runner(seed).run(&strategy, |value| {
            law(value);
            Ok(())
        });
        match result {
            Ok(()) => {}
            Err(TestError::Fail(reason, value)) => panic!(
                "case {seed} fails, smallest form:\n{value:?}\n{reason}\nTo run it again: \
                 TFPLUG_GENERATED_SEED={seed} TFPLUG_GENERATED_CASES=1 cargo test -p tfplug --test generated {name}"
            ),
            Err(error) => panic!("case {seed}: {error}"),
        }
    }
}
