//! The verdicts of `testing::Core` and of the real Terraform on the same cases, honest ones and lies alike.
//!
//! All cases of a batch are resources of one configuration, so that one start of Terraform judges them together. What it
//! refuses while planning keeps it from applying anything, so cases are told apart by what `Core` says of them: those
//! of which every plan is good, and those of which the plan of this or that round is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tfplug::testing::{self, Action, Core, Instance, Report};
use tfplug::value::json::decode_state;
use tfplug::value::{Dynamic, Type};

use crate::case::{Case, cases, numbered};
use crate::configuration::{known, planning, written};
use crate::lies::{self, Lie};
use crate::property::{of_version_0, summaries};
use crate::provider::{self, Fault, Generated, NAMES, Shape};
use crate::remote::Remote;
use crate::scene::{Edit, Round, Scene};
use crate::shape;
use crate::terraform::{Folder, Said};

/// How many cases make a batch.
pub(crate) const BATCH: u64 = 24;

/// A case, the lie that is told about it, and where it fails.
type Judged = (Case, Option<Lie>, Option<Fault>);

/// Cases by their place in the batch, each with what `Core` says.
type Group<'a> = BTreeMap<usize, (&'a Judged, Vec<Step>)>;

fn batch(scene: Scene, first: u64) -> Vec<Judged> {
    let strategy = (cases(), scene.lies(), scene.faults());
    (first..first + BATCH).map(|seed| numbered(&strategy, seed)).collect()
}

fn shapes(batch: &[Judged]) -> Vec<Shape> {
    let shape = |(case, _, fault): &Judged| Shape { fields: case.fields.clone(), lie: None, fault: *fault };
    batch.iter().map(shape).collect()
}

/// Tells the lies of a batch.
fn liar(batch: &[Judged]) -> testing::Lie {
    let lies: BTreeMap<String, (Lie, Type)> = batch
        .iter()
        .enumerate()
        .filter_map(|(index, (case, lie, _))| Some((name(index), (lie.clone()?, shape::ty(&case.fields)))))
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

/// The id of the first object of that place.
fn id(index: usize) -> String {
    format!("{}-1", NAMES[index])
}

/// The provider of a batch, for Terraform.
pub(crate) fn serve(scene: Scene, first: u64) -> ExitCode {
    let batch = batch(scene, first);
    provider::serve(shapes(&batch));
    testing::serve_lying::<Generated>(liar(&batch))
}

/// What came of one round: a plan, and the apply of it if it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    said: Said,
    left: Option<Left>,
}

/// The object in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Left {
    object: Dynamic,
    identity: Option<Json>,
    tainted: bool,
}

/// What `Core` says of each round, and the round of which it refuses the plan.
async fn judged(core: &Core, scene: Scene, index: usize, case: &Case) -> (Vec<Step>, Option<usize>) {
    let ty = shape::ty(&case.fields);
    let mut object = core.resource(&name(index));
    let mut steps = Vec::new();
    for (round, Round { edit, second, apply, destroy }) in scene.rounds().into_iter().enumerate() {
        if destroy {
            let is_there = !object.stored().is_empty();
            let failure = object.try_destroy().await.err();
            steps.push(step(&object, &ty, is_there.then_some(Action::Delete), failure));
            continue;
        }
        let config = if second { &case.second } else { &case.first };
        // What was late in an earlier round is known.
        let late = apply && scene != Scene::Imports && round < 2;
        let config_now = if late { planning(config) } else { known(config) };
        let edited = match edit {
            Edit::Nothing => Ok(()),
            Edit::Age => {
                let aged = of_version_0(&case.fields, object.stored());
                object.try_upgrade(0, aged).await.map(drop)
            }
            Edit::Import => {
                object.forget();
                object.try_import(&id(index)).await.map(drop)
            }
        };
        let planned = match edited {
            Ok(()) => object.try_plan(config_now).await,
            Err(report) => Err(report),
        };
        let plan = match planned {
            Ok(plan) => plan,
            Err(report) => {
                if edit == Edit::Import {
                    // What was imported is stored by the apply.
                    object.forget();
                }
                steps.push(step(&object, &ty, None, Some(report)));
                return (steps, Some(round));
            }
        };
        let failure = if apply { object.try_apply_plan(&plan, known(config)).await.err() } else { None };
        steps.push(step(&object, &ty, Some(plan.action()), failure));
    }
    (steps, None)
}

fn step(object: &Instance, ty: &Type, action: Option<Action>, failure: Option<Report>) -> Step {
    let errors = failure.iter().flat_map(summaries).map(str::to_owned).collect();
    let action = action.filter(|action| *action != Action::NoOp).map(|action| action.to_string());
    let stored = object.stored();
    let left = (!stored.is_empty()).then(|| Left {
        object: decode_state(stored, ty).unwrap(),
        identity: Some(object.identity()).filter(|identity| !identity.is_null()),
        tainted: object.is_tainted(),
    });
    Step { said: Said { errors, action }, left }
}

/// Has Terraform judge the cases of one group; in what it differs from what `Core` has said.
fn differences(
    terraform: &Terraform<'_>,
    (scene, first): (Scene, u64),
    refused: Option<usize>,
    group: &Group<'_>,
) -> Vec<String> {
    let mut folder = Folder::new(terraform.path, &format!("{} {first}", scene.name()));
    let mut found = Vec::new();
    let mut different = BTreeSet::new();
    let rounds = scene.rounds().into_iter().enumerate();
    for (round, Round { edit, second, apply, destroy }) in
        rounds.take_while(|(round, _)| refused.is_none_or(|last| *round <= last))
    {
        let apply = apply && refused != Some(round);
        match edit {
            Edit::Nothing => {}
            Edit::Age => folder.age(|ty, attributes| {
                let ((case, ..), _) = group.iter().find(|(index, _)| name(**index) == ty).unwrap().1;
                of_version_0(&case.fields, attributes)
            }),
            Edit::Import => folder.forget(),
        }
        let mut late = Map::new();
        let resources = group.iter().map(|(index, ((case, ..), _))| {
            let config = if second { &case.second } else { &case.first };
            let prefix = format!("{}_{}", NAMES[*index], u8::from(second));
            // What was late is forgotten, too, and would be late again.
            let config = if scene == Scene::Imports { &known(config) } else { config };
            (name(*index), written(config, &prefix, &mut late))
        });
        let resources: BTreeMap<String, Json> = if destroy { BTreeMap::new() } else { resources.collect() };
        let imports = group.keys().filter(|_| edit == Edit::Import).map(|index| (name(*index), id(*index)));
        folder.configure(resources, late, imports.collect());
        let mut command = if apply { vec!["apply", "-auto-approve", "-json"] } else { vec!["plan", "-json"] };
        if !scene.refreshes() && round > 0 {
            command.push("-refresh=false");
        }
        let said = folder.run(&command);
        assert!(folder.transcript.contains("\"type\":\"version\""), "{}", folder.transcript);
        for (index, (judged, steps)) in group {
            let ty = shape::ty(&judged.0.fields);
            let said = said.get(&name(*index)).cloned().unwrap_or_default();
            let mut ours = steps[round].clone();
            if let Some(left) = ours.left.as_mut().filter(|_| !terraform.identities) {
                left.identity = None;
            }
            let left = folder.stored(&name(*index)).map(|stored| Left {
                object: decode_state(stored.attributes.as_bytes(), &ty).unwrap(),
                identity: stored.identity,
                tainted: stored.tainted,
            });
            let mut theirs = Step { said, left };
            if !ours.said.errors.is_empty() && !theirs.said.errors.is_empty() && !apply {
                // Of a failed plan nothing else is told reliably.
                theirs.said.action = ours.said.action.clone();
            }
            if edit == Edit::Age && !apply {
                // What a plan has upgraded is not stored.
                theirs.left.clone_from(&ours.left);
            }
            if ours != theirs && different.insert(*index) {
                let (seed, transcript) = (first + *index as u64, about(&folder.transcript, &name(*index)));
                found.push(format!(
                    "case {seed}, round {round} of {scene:?}, {:?}, {:?}\n{:?}\nCore: {ours:?}\nTerraform: {theirs:?}\n{transcript}",
                    judged.1, judged.2, judged.0,
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

/// A Terraform to compare with.
pub(crate) struct Terraform<'a> {
    pub(crate) path: &'a Path,
    /// Whether it knows identities.
    pub(crate) identities: bool,
}

/// Compares the verdicts on a batch.
pub(crate) fn compare(terraform: &Terraform<'_>, scene: Scene, first: u64) {
    let batch = batch(scene, first);
    provider::test(shapes(&batch));
    Remote::forget();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let core = Core::new::<Generated>().lying(liar(&batch));
    let core = if scene.refreshes() { core } else { core.without_refresh() };
    let mut groups: BTreeMap<Option<usize>, Group<'_>> = BTreeMap::new();
    for (index, judged) in batch.iter().enumerate() {
        let (steps, refused) = runtime.block_on(self::judged(&core, scene, index, &judged.0));
        assert!(
            judged.1.is_some() || judged.2.is_some() || steps.iter().all(|step| step.said.errors.is_empty()),
            "an honest case is refused: {judged:?} {steps:?}"
        );
        groups.entry(refused).or_default().insert(index, (judged, steps));
    }
    let found: Vec<String> = groups
        .iter()
        .flat_map(|(refused, group)| differences(terraform, (scene, first), *refused, group))
        .collect();
    assert!(found.is_empty(), "verdicts differ:\n{}", found.join("\n"));
}
