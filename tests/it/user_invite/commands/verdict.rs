//! What may have changed between two moments of a history, and what must not.

use std::collections::{BTreeMap, BTreeSet};

use atlan_sim::{GroupView, Sim, UserView};
use serde_json::Value;
use tfplug::testing::Action;

use super::world::{Block, Done, World};

/// The tenant and the state before a command.
pub(super) struct Before {
    users: BTreeMap<String, UserView>,
    groups: BTreeMap<String, GroupView>,
    states: Vec<Value>,
    by_label: BTreeMap<String, Value>,
    /// Labels of objects that are to be replaced.
    tainted: BTreeSet<String>,
    mails: usize,
}

/// What people did during a command, and before it; those are told apart from what Terraform did.
#[derive(Default)]
pub(super) struct Deeds {
    /// GUIDs of people whose invitation has expired.
    pub(super) expired: BTreeSet<String>,
    /// Folded addresses of people who were disabled, enabled, removed or given a role while the command ran.
    pub(super) touched: BTreeSet<String>,
    /// GUIDs of people whom a colleague has invited.
    pub(super) invited: BTreeSet<String>,
}

fn rank(role: &str) -> usize {
    ["$guest", "$member", "$admin"].iter().position(|known| *known == role).expect("a role")
}

impl Before {
    pub(super) fn of(sim: &Sim, world: &World) -> Self {
        let tainted = world.objects.iter().filter(|(_, object)| object.is_tainted());
        Self {
            users: sim.users().into_iter().map(|user| (user.id.clone(), user)).collect(),
            groups: sim.groups().into_iter().map(|group| (group.id.clone(), group)).collect(),
            states: world.states(),
            by_label: world.objects.iter().map(|(label, object)| (label.clone(), object.state())).collect(),
            tainted: tainted.map(|(label, _)| label.clone()).collect(),
            mails: sim.mails().len(),
        }
    }

    /// Whether a person was in the state, by GUID or as somebody whose invitation had an unknown outcome.
    fn manages(&self, user: &UserView) -> bool {
        let own = |state: &Value| {
            state["id"] == *user.id
                || state["id"].is_null()
                    && state["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(&user.email))
        };
        self.states.iter().any(own)
    }

    /// Everything that is wrong after the command.
    pub(super) fn wrong(
        &self,
        sim: &Sim,
        world: &World,
        done: &Done,
        deeds: &Deeds,
        fresh: bool,
    ) -> Vec<String> {
        let mut wrong = self.people(sim, world, deeds);
        wrong.extend(self.mails(sim, world, deeds));
        wrong.extend(self.groups(sim, world, done));
        wrong.extend(self.lost(sim, world, deeds));
        wrong.extend(self.untrue(sim, world, done, deeds, fresh));
        wrong
    }

    /// Nobody has lost access that the configuration grants, and nobody whom it does not name was changed.
    fn people(&self, sim: &Sim, world: &World, deeds: &Deeds) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, was) in &self.users {
            let folded = was.email.to_lowercase();
            if deeds.touched.contains(&folded) {
                continue;
            }
            let now = sim.users().into_iter().find(|user| user.id == *id);
            let granted = world.blocks.iter().filter_map(|(label, block)| match block {
                Block::Person { email, role, existing, .. } if email.to_lowercase() == folded => Some((
                    self.by_label.get(label).is_some_and(|state| state["id"] == **id),
                    rank(role),
                    *existing,
                    self.tainted.contains(label),
                )),
                _ => None,
            });
            let mut granted: Vec<(bool, usize, &str, bool)> = granted.collect();
            // Of two blocks for one person, the one that manages the person decides.
            if granted.iter().any(|(manages, ..)| *manages) {
                granted.retain(|(manages, ..)| *manages);
            }
            // Terraform plans tainted objects as new ones. That two of them are for one person shows only in the apply, which has begun
            // with one of them by then.
            let any_will_do = granted.iter().all(|(.., is_tainted)| *is_tainted);
            let granted: Vec<(usize, &str)> =
                granted.into_iter().map(|(_, role, existing, _)| (role, existing)).collect();
            let Some(now) = now else {
                if !was.pending {
                    wrong.push(format!("{folded} was active, and was deleted"));
                } else if !granted.is_empty() && !deeds.expired.contains(id) {
                    wrong.push(format!("{folded} is configured, and the invitation is gone"));
                } else if granted.is_empty() && !self.manages(was) {
                    wrong.push(format!("{folded} is none of ours, and the invitation is gone"));
                }
                continue;
            };
            let lowered = rank(now.role) < rank(was.role);
            let disabled = was.enabled && !now.enabled;
            let roles = || granted.iter().map(|(role, _)| *role);
            if let Some(role) = if any_will_do { roles().min() } else { roles().max() } {
                if disabled && !deeds.expired.contains(id) {
                    wrong.push(format!("{folded} is configured, and was disabled"));
                }
                if lowered && rank(now.role) < role {
                    wrong.push(format!("{folded} was lowered from {} to {}", was.role, now.role));
                }
                if lowered && !self.manages(was) {
                    wrong.push(format!("{folded} was none of ours, and was lowered to {}", now.role));
                }
            }
            let adopts = granted.iter().any(|(_, existing)| *existing == "adopt");
            if !self.manages(was) && !adopts && (now.role, now.enabled) != (was.role, was.enabled) {
                wrong.push(format!("{folded} is none of ours, and was changed: {was:?} {now:?}"));
            }
        }
        wrong
    }

    /// One mail for each record, and none without a configuration.
    fn mails(&self, sim: &Sim, world: &World, deeds: &Deeds) -> Vec<String> {
        let mails = sim.mails();
        let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
        for mail in &mails {
            *by_id.entry(&mail.id).or_default() += 1;
        }
        let twice = by_id.into_iter().filter(|(_, mails)| *mails > 1);
        let mut wrong: Vec<String> = twice.map(|(id, mails)| format!("{id} got {mails} mails")).collect();
        for mail in mails.iter().skip(self.mails).filter(|mail| !deeds.invited.contains(&mail.id)) {
            if !world.blocks.values().any(|block| block.key() == mail.email) {
                wrong.push(format!("{} got a mail, and is not configured", mail.email));
            }
            let there = self.users.values().find(|user| user.email.to_lowercase() == mail.email);
            if let Some(there) = there
                && !deeds.expired.contains(&there.id)
                && !deeds.touched.contains(&mail.email)
            {
                wrong.push(format!("{} was there already, and got a mail", mail.email));
            }
        }
        wrong
    }

    fn groups(&self, sim: &Sim, world: &World, done: &Done) -> Vec<String> {
        let now = sim.groups();
        let mut wrong = Vec::new();
        for (id, was) in &self.groups {
            let labels: Vec<&String> = self
                .by_label
                .iter()
                .filter(|(_, state)| {
                    state["id"] == **id || (state["id"].is_null() && state["name"] == *was.name)
                })
                .map(|(label, _)| label)
                .collect();
            let is = now.iter().find(|group| group.id == *id);
            let asked = |label: &String| match done {
                Done::Applied(outcomes) => outcomes.iter().any(|outcome| {
                    outcome.label == *label && matches!(outcome.action, Action::Delete | Action::Replace)
                }),
                Done::Refused(_) => false,
            };
            // A deposed group is deleted, too.
            let deposed = self.states.iter().any(|state| state["id"] == **id) && labels.is_empty();
            if is.is_none() && !deposed && !labels.iter().any(|label| asked(label)) {
                wrong.push(format!("group {} was deleted, and no plan said so", was.name));
            }
            let adopts = world.blocks.values().any(|block| {
                matches!(block, Block::Group { existing: "adopt", .. }) && block.key() == was.name
            });
            let managed = !labels.is_empty() || deposed;
            if let Some(is) = is
                && !managed
                && !adopts
                && is.attributes != was.attributes
            {
                wrong.push(format!("group {} is none of ours, and was changed", was.name));
            }
        }
        wrong
    }

    /// Whether the object of a GUID was at an address that still is configured for it.
    fn stays(&self, world: &World, id: &str) -> bool {
        self.by_label.iter().any(|(label, state)| {
            let key = if state["email"].is_null() { &state["name"] } else { &state["email"] };
            let key = key.as_str().unwrap_or_default().to_lowercase();
            state["id"] == *id && world.blocks.get(label).is_some_and(|block| block.key() == key)
        })
    }

    /// What was made or was in the state is in the state.
    fn lost(&self, sim: &Sim, world: &World, deeds: &Deeds) -> Vec<String> {
        let mut wrong = Vec::new();
        let states = world.states();
        let by_id = |id: &str| states.iter().any(|state| state["id"] == *id);
        for user in sim.users() {
            let folded = user.email.to_lowercase();
            let attempted = states.iter().any(|state| {
                state["id"].is_null()
                    && state["email"].as_str().is_some_and(|email| email.to_lowercase() == folded)
            });
            let was = self.users.get(&user.id);
            if by_id(&user.id) || attempted {
                continue;
            }
            let configured = world.blocks.values().any(|block| block.key() == folded);
            match was {
                None if !deeds.invited.contains(&user.id) => {
                    wrong.push(format!("{folded} was invited, and is in no state"));
                }
                // Somebody who was let go at another address is a stranger here.
                Some(was) if configured && self.manages(was) && self.stays(world, &was.id) => {
                    wrong.push(format!("{folded} was in the state and is configured, and is in no state"));
                }
                _ => {}
            }
        }
        for group in sim.groups() {
            let attempted = states.iter().any(|state| state["id"].is_null() && state["name"] == *group.name);
            let configured = world.blocks.values().any(|block| block.key() == group.name);
            let managed = self.states.iter().any(|state| {
                state["id"] == *group.id || (state["id"].is_null() && state["name"] == *group.name)
            });
            let ours = !self.groups.contains_key(&group.id)
                || (managed && configured && self.stays(world, &group.id));
            if ours && !by_id(&group.id) && !attempted {
                wrong.push(format!("group {} was made or managed, and is in no state", group.name));
            }
        }
        wrong
    }

    /// Nothing in the state is untrue after a success. `fresh`: the plan has read everything.
    fn untrue(&self, sim: &Sim, world: &World, done: &Done, deeds: &Deeds, fresh: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        if matches!(done, Done::Refused(_)) {
            return wrong;
        }
        for (label, block) in &world.blocks {
            if done.error_of(label).is_some() {
                continue;
            }
            let state = world.state(label);
            let folded = block.key();
            if deeds.touched.contains(&folded) {
                continue;
            }
            let Some(id) = state["id"].as_str() else {
                wrong.push(format!("{label} was applied, and the state says {state}"));
                continue;
            };
            let known_before = self.states.iter().any(|state| state["id"] == *id);
            match block {
                Block::Person { role, .. } => match sim.users().into_iter().find(|user| user.id == id) {
                    None if fresh || !known_before => wrong.push(format!("{label}: nobody is {id}")),
                    Some(user) if user.email.to_lowercase() != folded => {
                        wrong.push(format!("{label}: {id} is {}, not {folded}", user.email));
                    }
                    Some(user) if fresh && user.role != *role => {
                        wrong.push(format!("{label}: the role is {}, not {role}", user.role));
                    }
                    Some(user) if !known_before && !user.enabled => {
                        wrong.push(format!("{label}: created, and disabled"));
                    }
                    _ => {}
                },
                Block::Group { alias, .. } => match sim.groups().into_iter().find(|group| group.id == id) {
                    None if fresh || !known_before => wrong.push(format!("{label}: no group is {id}")),
                    Some(group) if fresh && group.alias != *alias => {
                        wrong.push(format!("{label}: the alias is {}, not {alias}", group.alias));
                    }
                    _ => {}
                },
            }
        }
        wrong
    }
}
