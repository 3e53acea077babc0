//! Generated schemas and values through every stage: in process by laws, and by the verdict of the real Terraform.
//!
//! A case is a number; the numbers from `TFPLUG_GENERATED_SEED` on (1) are tried, `TFPLUG_GENERATED_CASES` of them. For the
//! real Terraform the provider is this executable under another name, and makes the same cases of the same numbers.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and all of this is a test"
)]

mod case;
mod configuration;
mod lies;
mod property;
mod provider;
mod remote;
mod scene;
mod shape;
mod terraform;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use proptest::prelude::*;
use scene::{SCENES, Scene};

/// A law as a test: what it is tried on, and how often.
macro_rules! law {
    ($name:ident, $strategy:expr, $cases:literal) => {
        Trial::test(stringify!($name), move || {
            case::hold(stringify!($name), $strategy, $cases, property::$name);
            Ok(())
        })
    };
}

/// A comparison with one Terraform.
fn comparison(name: &str, terraform: PathBuf, identities: bool, scene: Scene) -> Trial {
    Trial::test(format!("{name}::core_and_terraform_judge_{}_alike", scene.name()), move || {
        let first = case::first_seed();
        // Settings for laws count cases; so many in batches.
        let batches = case::count(verdict::BATCH).div_ceil(verdict::BATCH);
        for batch in 0..batches {
            let terraform = verdict::Terraform { path: &terraform, identities };
            verdict::compare(&terraform, scene, first + batch * verdict::BATCH);
        }
        Ok(())
    })
}

fn main() -> ExitCode {
    if let Some((scene, first)) = terraform::provider_of() {
        return verdict::serve(scene, first);
    }
    let handler_lies = prop::sample::select(provider::HANDLER_LIES);
    let falsified = prop::sample::select(property::certain_lies());
    let (mut old, new) = (xtask::terraform::find().unwrap(), xtask::terraform::install("1.15").unwrap());
    let minor = |terraform: &Path| {
        let (product, version) = xtask::terraform::version(terraform).unwrap();
        (product, version.rsplit_once('.').unwrap().0.to_owned())
    };
    if minor(&old) == minor(&new) {
        // As on a machine that has none.
        old = xtask::terraform::install("1.11").unwrap();
    }
    let mut trials = vec![
        law!(an_honest_provider_is_always_accepted, case::cases(), 64),
        law!(a_lying_handler_is_refused_by_the_framework, (case::cases(), handler_lies), 48),
        law!(a_falsified_answer_is_refused_by_core, (case::cases(), falsified), 48),
    ];
    for (_, scene) in SCENES {
        if *scene != Scene::Identities {
            trials.push(comparison("path", old.clone(), false, *scene));
        }
        trials.push(comparison("v1_15", new.clone(), true, *scene));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
