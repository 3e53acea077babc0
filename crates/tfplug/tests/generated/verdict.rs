//! The verdicts of `testing::Core` and of the real Terraform on the same cases, honest ones and lies alike.
//!
//! All cases of a batch are resources of one configuration, so that one start of Terraform judges them together. What it
//! refuses while planning keeps it from applying anything, so cases are told apart by what `Core` says of them: those
//! with two good plans, and those of which the first or the second is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use tfplug::testing::{self, Action, Core, Instance, Report};
use tfplug::value::json::decode_state;
use tfplug::value::{Dynamic, Type};

use crate::case::{Case, cases, numbered};
use crate::configuration::{known, planning, written};
use crate::lies::{self, Lie, lies};
use crate::property::summaries;
use crate::provider::{self, Generated, NAMES, Shape};
use crate::remote::Remote;
use crate::shape;
use crate::terraform::{Folder, Said};

/// How many cases make a batch.
pub(crate) const BATCH: u64 = 24;

type Judged = (Case, Option<Lie>);

/// Cases by their place in the batch, each with what `Core` says.
type Group<'a> = BTreeMap<usize, (&'a Judged, Vec<Step>)>;

fn batch(first: u64) -> Vec<Judged> {
    let strategy = (cases(), prop::option::weighted(0.7, lies()));
    (first..first + BATCH).map(|seed| numbered(&strategy, seed)).collect()
}

fn shapes(batch: &[Judged]) -> Vec<Shape> {
    batch.iter().map(|(case, _)| Shape { fields: case.fields.clone(), lie: None }).collect()
}

/// Tells the lies of a batch.
fn liar(batch: &[Judged]) -> testing::Lie {
    let lies: BTreeMap<String, (Lie, Type)> = batch
        .iter()
        .enumerate()
        .filter_map(|(index, (case, lie))| Some((name(index), (lie.clone()?, shape::ty(&case.fields)))))
        .collect();
    Arc::new(move |answer| {
        if let Some((lie, ty)) = lies.get(answer.type_name) {
            lies::tell(lie, ty, answer);
        }
    })
}

fn name(index: usize) -> String {
    format!("gen_{}", NAMES[index])
}

/// The provider of a batch, for Terraform.
pub(crate) fn serve(first: u64) -> ExitCode {
    let batch = batch(first);
    provider::serve(shapes(&batch));
    testing::serve_lying::<Generated>(liar(&batch))
}

/// What came of one step: a plan, and the apply of it if it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    said: Said,
    /// The object in the state, and whether it is tainted.
    left: Option<(Dynamic, bool)>,
}

/// What `Core` says: of the first configuration, of the second, and of the second again.
async fn judged(core: &Core, index: usize, case: &Case) -> (Vec<Step>, Option<usize>) {
    let ty = shape::ty(&case.fields);
    let mut object = core.resource(&name(index));
    let mut steps = Vec::new();
    for (round, config) in [&case.first, &case.second].into_iter().enumerate() {
        let plan = match object.try_plan(planning(config)).await {
            Ok(plan) => plan,
            Err(report) => {
                steps.push(step(&object, &ty, None, Some(report)));
                return (steps, Some(round));
            }
        };
        let failure = object.try_apply_plan(&plan, known(config)).await.err();
        steps.push(step(&object, &ty, Some(plan.action()), failure));
    }
    let (action, failure) = match object.try_plan(known(&case.second)).await {
        Ok(plan) => (Some(plan.action()), None),
        Err(report) => (None, Some(report)),
    };
    steps.push(step(&object, &ty, action, failure));
    (steps, None)
}

fn step(object: &Instance, ty: &Type, action: Option<Action>, failure: Option<Report>) -> Step {
    let errors = failure.iter().flat_map(summaries).map(str::to_owned).collect();
    let action = action.filter(|action| *action != Action::NoOp).map(|action| action.to_string());
    let stored = object.stored();
    let left = (!stored.is_empty()).then(|| (decode_state(stored, ty).unwrap(), object.is_tainted()));
    Step { said: Said { errors, action }, left }
}

/// The commands for cases with two good plans, with a refused first, and with a refused second one.
fn commands(refused: Option<usize>) -> &'static [&'static str] {
    match refused {
        None => &["apply", "apply", "plan"],
        Some(0) => &["plan"],
        Some(_) => &["apply", "plan"],
    }
}

/// Has Terraform judge the cases of one group; in what it differs from what `Core` has said.
fn differences(terraform: &Path, first: u64, refused: Option<usize>, group: &Group<'_>) -> Vec<String> {
    let mut folder = Folder::new(terraform, first);
    let mut found = Vec::new();
    let mut different = BTreeSet::new();
    for (round, command) in commands(refused).iter().enumerate() {
        let mut late = Map::new();
        let resources = group.iter().map(|(index, ((case, _), _))| {
            let config = if round == 0 { &case.first } else { &case.second };
            let prefix = format!("{}_{}", NAMES[*index], round.min(1));
            (name(*index), written(config, &prefix, &mut late))
        });
        let resources: BTreeMap<String, Json> = resources.collect();
        folder.configure(resources, late);
        let said = match *command {
            "apply" => folder.run(&["apply", "-auto-approve", "-json"]),
            command => folder.run(&[command, "-json"]),
        };
        assert!(folder.transcript.contains("\"type\":\"version\""), "{}", folder.transcript);
        for (index, (judged, steps)) in group {
            let ty = shape::ty(&judged.0.fields);
            let said = said.get(&name(*index)).cloned().unwrap_or_default();
            let left = folder
                .stored(&name(*index))
                .map(|stored| (decode_state(stored.attributes.as_bytes(), &ty).unwrap(), stored.tainted));
            let ours = &steps[round];
            let mut theirs = Step { said, left };
            if !ours.said.errors.is_empty() && !theirs.said.errors.is_empty() && *command == "plan" {
                // Of a failed plan nothing else is told reliably.
                theirs.said.action = ours.said.action.clone();
            }
            if *ours != theirs && different.insert(*index) {
                let (seed, transcript) = (first + *index as u64, about(&folder.transcript, &name(*index)));
                found.push(format!(
                    "case {seed}, round {round}, {:?}\n{:?}\nCore: {ours:?}\nTerraform: {theirs:?}\n{transcript}",
                    judged.1, judged.0,
                ));
            }
        }
    }
    found
}

/// The lines of a transcript about a resource.
fn about(transcript: &str, name: &str) -> String {
    transcript.lines().filter(|line| line.contains(name)).map(|line| format!("  {line}\n")).collect()
}

/// Compares the verdicts on a batch.
pub(crate) fn compare(terraform: &Path, first: u64) {
    let batch = batch(first);
    provider::test(shapes(&batch));
    Remote::forget();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let core = Core::new::<Generated>().lying(liar(&batch));
    let mut groups: BTreeMap<Option<usize>, Group<'_>> = BTreeMap::new();
    for (index, judged) in batch.iter().enumerate() {
        let (steps, refused) = runtime.block_on(self::judged(&core, index, &judged.0));
        assert!(
            judged.1.is_some() || steps.iter().all(|step| step.said.errors.is_empty()),
            "an honest case is refused: {steps:?}"
        );
        groups.entry(refused).or_default().insert(index, (judged, steps));
    }
    let found: Vec<String> =
        groups.iter().flat_map(|(refused, group)| differences(terraform, first, *refused, group)).collect();
    assert!(found.is_empty(), "verdicts differ:\n{}", found.join("\n"));
}
