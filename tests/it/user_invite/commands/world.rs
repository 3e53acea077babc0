//! A configuration and its state, and Terraform's commands over all of it: one provider plans every object, another applies
//! every plan, in any order or at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;

use atlan_sim::Sim;
use serde_json::{Value, json};
use tfplug::testing::{Action, Core, Instance, Plan};
use tokio::task::JoinSet;

use crate::chance::Dice;

/// A block of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    Person { email: String, role: &'static str, existing: &'static str, policy: &'static str },
    Group { alias: String, name: Option<&'static str>, existing: &'static str },
}

impl Block {
    pub(super) fn config(&self) -> Value {
        match self {
            Block::Person { email, role, existing, policy } => {
                json!({ "email": email, "role": role, "on_existing": existing, "on_destroy": policy })
            }
            Block::Group { alias, name, existing } => {
                json!({ "alias": alias, "name": name, "on_existing": existing })
            }
        }
    }

    /// The folded address, or the internal name.
    pub(super) fn key(&self) -> String {
        match self {
            Block::Person { email, .. } => email.to_lowercase(),
            Block::Group { name: Some(name), .. } => (*name).to_owned(),
            Block::Group { alias, .. } => alias.to_lowercase().replace(' ', "_"),
        }
    }

    pub(super) fn is_person(&self) -> bool {
        matches!(self, Block::Person { .. })
    }
}

/// The configuration and the state, by label; labels of people begin with `p`, those of groups with `g`.
pub(super) struct World {
    pub(super) blocks: BTreeMap<String, Block>,
    pub(super) objects: BTreeMap<String, Instance>,
    pub(super) deposed: Vec<Instance>,
    /// Whether all blocks have `create_before_destroy`.
    pub(super) create_first: bool,
}

/// The result of an apply for one object.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) label: String,
    pub(super) action: Action,
    pub(super) error: Option<String>,
}

/// The result of a command.
#[derive(Debug)]
pub(super) enum Done {
    /// The plan failed, and nothing was applied.
    Refused(Vec<String>),
    Applied(Vec<Outcome>),
}

impl Done {
    pub(super) fn error_of(&self, label: &str) -> Option<&str> {
        match self {
            Done::Refused(errors) => errors.first().map(String::as_str),
            Done::Applied(outcomes) => {
                outcomes.iter().find(|outcome| outcome.label == label)?.error.as_deref()
            }
        }
    }

    /// Both applies as one.
    pub(super) fn then(self, second: Done) -> Done {
        match (self, second) {
            (Done::Applied(first), Done::Applied(second)) => {
                Done::Applied(first.into_iter().chain(second).collect())
            }
            (_, second) => second,
        }
    }

    pub(super) fn errors(&self) -> Vec<&str> {
        match self {
            Done::Refused(errors) => errors.iter().map(String::as_str).collect(),
            Done::Applied(outcomes) => outcomes.iter().filter_map(|done| done.error.as_deref()).collect(),
        }
    }
}

impl World {
    pub(super) fn object(&mut self, core: &Core, label: &str) -> &mut Instance {
        let kind = if label.starts_with('p') { "atlan_user_invite" } else { "atlan_group" };
        self.objects.entry(label.to_owned()).or_insert_with(|| core.resource(kind))
    }

    /// Leaves the alias of a group as it is if it is to become that of a group that is removed: this takes two applies. The blocks
    /// of the second.
    pub(super) fn put_off_renames(&mut self) -> BTreeMap<String, Block> {
        let groups = || self.objects.iter().filter(|(label, _)| label.starts_with('g'));
        let alias = |label: &str| self.state(label)["alias"].as_str().map(str::to_owned);
        let removed: Vec<String> = groups()
            .filter(|(label, _)| !self.blocks.contains_key(*label))
            .filter_map(|(label, _)| alias(label))
            .collect();
        let is_late = |label: &String, block: &Block| match block {
            Block::Group { alias: next, .. } => self.objects.contains_key(label) && removed.contains(next),
            Block::Person { .. } => false,
        };
        let late: BTreeMap<String, Block> = self
            .blocks
            .iter()
            .filter(|(label, block)| is_late(label, block))
            .map(|(label, block)| (label.clone(), block.clone()))
            .collect();
        for label in late.keys() {
            let present = self.state(label)["alias"].as_str().map(str::to_owned);
            if let (Some(Block::Group { alias, .. }), Some(present)) = (self.blocks.get_mut(label), present) {
                *alias = present;
            }
        }
        late
    }

    pub(super) fn state(&self, label: &str) -> Value {
        self.objects.get(label).map(Instance::state).unwrap_or_default()
    }

    /// Every object of the state, the deposed ones included.
    pub(super) fn states(&self) -> Vec<Value> {
        let all = self.objects.values().chain(&self.deposed).map(Instance::state);
        all.filter(|state| !state.is_null()).collect()
    }

    /// `terraform plan`: the plan of each object, or all errors.
    async fn plan(&mut self, core: &Core) -> Result<Vec<(String, Instance, Option<Plan>)>, Vec<String>> {
        for label in self.blocks.keys().cloned().collect::<Vec<_>>() {
            self.object(core, &label);
        }
        let mut tasks = JoinSet::new();
        let deposed = std::mem::take(&mut self.deposed);
        let deposed =
            deposed.into_iter().enumerate().map(|(number, object)| (format!("deposed {number}"), object));
        let objects = std::mem::take(&mut self.objects).into_iter().chain(deposed);
        for (label, mut object) in objects {
            object.set_core(core);
            if self.create_first {
                object.create_before_destroy();
            } else {
                object.destroy_before_create();
            }
            let block = self.blocks.get(&label).cloned();
            tasks.spawn(async move {
                let plan = match block {
                    Some(block) => object.try_plan(block.config()).await.map(Some),
                    None => object.try_plan_destroy().await,
                };
                (label, object, plan)
            });
        }
        let (mut planned, mut errors) = (Vec::new(), Vec::new());
        for (label, object, plan) in tasks.join_all().await {
            match plan {
                Ok(plan) => planned.push((label, object, plan)),
                Err(report) => {
                    errors.push(format!("{label}: {report}"));
                    planned.push((label, object, None));
                }
            }
        }
        if errors.is_empty() {
            return Ok(planned);
        }
        for (label, object, _) in planned {
            self.put(label, object);
        }
        Err(errors)
    }

    fn put(&mut self, label: String, mut object: Instance) {
        self.deposed.extend(object.take_deposed());
        if label.starts_with("deposed") {
            if !object.state().is_null() {
                self.deposed.push(object);
            }
        } else if !object.state().is_null() {
            self.objects.insert(label, object);
        }
    }

    /// `terraform apply`. `one_by_one`: objects are applied one after the other, in any order.
    pub(super) async fn apply(&mut self, core: &Core, dice: &mut Dice, one_by_one: bool) -> Done {
        let core = core.one_run();
        let mut planned = match self.plan(&core).await {
            Ok(planned) => planned,
            Err(errors) => return Done::Refused(errors),
        };
        for at in (1..planned.len()).rev() {
            planned.swap(at, dice.below(at as u64 + 1) as usize);
        }
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        let mut tasks = JoinSet::new();
        for (label, mut object, plan) in planned {
            let config = self.blocks.get(&label).map(Block::config).unwrap_or_default();
            let turn = Arc::clone(&turn);
            // The mutex is fair, and the tasks ask for it in the order in which they were started, or nearly so.
            tasks.spawn(async move {
                let _turn = if one_by_one { Some(turn.lock().await) } else { None };
                let Some(plan) = plan else { return (label, object, None) };
                let error = object.try_apply_plan(&plan, config).await.err().map(|report| report.to_string());
                (label, object, Some((plan.action(), error)))
            });
        }
        let mut outcomes = Vec::new();
        for (label, object, outcome) in tasks.join_all().await {
            if let Some((action, error)) = outcome {
                outcomes.push(Outcome { label: label.clone(), action, error });
            }
            self.put(label, object);
        }
        Done::Applied(outcomes)
    }

    /// A plan of everything: what is not empty, and all errors.
    pub(super) async fn pending(&mut self, core: &Core) -> Vec<String> {
        match self.plan(&core.one_run()).await {
            Err(errors) => errors,
            Ok(planned) => {
                let mut pending = Vec::new();
                for (label, object, plan) in planned {
                    pending
                        .extend(plan.filter(|plan| !plan.is_empty()).map(|plan| format!("{label}: {plan}")));
                    self.put(label, object);
                }
                pending
            }
        }
    }

    /// The world as text, for a failure.
    pub(super) fn told(&self, sim: &Sim) -> String {
        let objects: Vec<String> = self
            .objects
            .iter()
            .map(|(label, object)| format!("{label} tainted {}: {}", object.is_tainted(), object.state()))
            .chain(self.deposed.iter().map(|object| format!("deposed: {}", object.state())))
            .collect();
        let people: Vec<String> = sim
            .users()
            .into_iter()
            .filter(|user| {
                ["ada@", "bob@", "eve.moe@", "joe@"]
                    .iter()
                    .any(|name| user.email.to_lowercase().starts_with(name))
            })
            .map(|user| {
                format!(
                    "{} {} {} pending {} enabled {}",
                    user.email, user.id, user.role, user.pending, user.enabled
                )
            })
            .collect();
        let groups: Vec<String> = sim
            .groups()
            .into_iter()
            .map(|group| format!("{} {} {}", group.name, group.id, group.alias))
            .collect();
        format!(
            "configuration {:#?}\nstate {objects:#?}\ntenant {people:#?} {groups:#?}\n{}",
            self.blocks,
            sim.journal()
        )
    }
}
