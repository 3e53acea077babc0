//! Random histories of ordinary commands over a whole configuration: several people and groups, a tenant of any kind, requests
//! that go wrong, and people who accept, return, are disabled or get another role in between and meanwhile.
//!
//! Before each command the configuration changes as people change theirs: roles and policies change, blocks come and go,
//! are renamed with and without `moved`, shift as with `count`, name one person twice; objects are tainted, imported and
//! forgotten. After each command:
//!
//! - nobody got a second mail, nor a mail without a cause;
//! - nobody whom the configuration names lost access, and nobody whom it does not name was changed;
//! - nobody active was deleted, and no group without a plan that said so;
//! - what was made, and what was managed and still is configured, is in the state; what was applied is as the state says.
//!
//! At the end, without faults, a configuration that a careful person would write is applied, and leaves an empty plan. `ATLAN_HISTORIES_CASES` and `ATLAN_HISTORIES_SEED` as in `histories.rs`.

mod verdict;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use atlan_sim::{KeyKind, Options};
use serde_json::json;
use tfplug::testing::Core;

use super::*;
use crate::chance::{Dice, Kind, Step, Weather, all_go_well, may_delete_late, quiet, seeds, switches};
use verdict::{Before, Deeds};
use world::{Block, Done, World};

const PEOPLE: [&str; 4] = ["ada@example.com", "bob@example.com", "Eve.Moe@Example.com", "joe@example.com"];
const ROLES: [&str; 3] = ["$admin", "$member", "$guest"];
const ALIASES: [&str; 3] = ["Data Team", "Sales", "Ops"];
/// Twice as long as a change may take to settle, see the harness: as in production, a request may be under way for longer.
const TIMEOUT: Duration = Duration::from_millis(800);
const WEATHER: Weather = Weather { kinds: ALL_KINDS, timeout: TIMEOUT, late: Duration::from_millis(600) };

/// Every write of the two resources, and their lists.
const ALL_KINDS: &[Kind] = &[
    ("POST", USERS),
    ("POST", USERS),
    ("GET", USERS),
    ("POST", "/api/service/users/*/roles/update"),
    ("POST", "/api/service/users/*/roles/update"),
    ("POST", "/api/service/users/*/delete"),
    ("POST", "/api/service/users/*/delete"),
    // Disables and enables; the two above, too.
    ("POST", "/api/service/users/*"),
    ("POST", "/api/service/groups"),
    ("POST", "/api/service/groups"),
    ("POST", "/api/service/groups/*"),
    ("POST", "/api/service/groups/*/delete"),
    ("GET", "/api/service/v2/groups"),
    ("GET", "/api/service/roles"),
];

/// A history that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(30);

struct History {
    sim: Arc<Sim>,
    /// Whether cancelling an invitation disables its record; nobody can enable somebody who has not accepted.
    cancels_for_good: bool,
    dice: Dice,
    /// Whether the provider may lower somebody disabled whose record names no user: perhaps the maker of the token.
    bold: bool,
    key_kind: KeyKind,
    world: World,
    deeds: Deeds,
    told: Vec<String>,
}

/// What may happen to a person without Terraform.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Accept,
    Expire,
    Disable,
    Enable,
    Role(&'static str),
    Remove,
    Invite(&'static str),
}

/// Makes it happen, if it can.
fn befall(sim: &Sim, email: &str, fate: Fate) {
    // Not everything can happen to everybody.
    drop(match fate {
        Fate::Accept => sim.accept(email),
        Fate::Expire => sim.expire(email),
        Fate::Disable => sim.disable(email),
        Fate::Enable => sim.enable(email),
        Fate::Role(role) => sim.give_role(email, role),
        Fate::Remove => sim.remove(email),
        Fate::Invite(role) => sim.invite(email, role),
    });
}

impl History {
    fn core(&mut self, faulty: bool, refreshes: bool) -> Core {
        let core = core_with(
            &self.sim,
            json!({
                "request_timeout": format!("{}ms", if faulty { 800 } else { 4000 }),
                "max_retries": 2,
                "allow_self_lockout": self.bold,
                "max_concurrent_requests": self.dice.pick(&[1, 2, 10]),
                "read_mode": self.dice.pick(&["auto", "auto", "snapshot", "single"]),
            }),
        );
        if refreshes { core } else { core.without_refresh() }
    }

    fn any_label(&mut self, people: bool) -> String {
        let kind = if people { "p" } else { "g" };
        format!("{kind}{}", self.dice.below(5))
    }

    /// A label of the configuration or the state, if there is one.
    fn label(&mut self, people: bool) -> String {
        let kind = if people { 'p' } else { 'g' };
        let all: BTreeSet<&String> = self.world.blocks.keys().chain(self.world.objects.keys()).collect();
        let all: Vec<String> = all.into_iter().filter(|label| label.starts_with(kind)).cloned().collect();
        if all.is_empty() { self.any_label(people) } else { self.dice.pick(&all) }
    }

    fn add(&mut self, people: bool) {
        let label = self.any_label(people);
        let block = if people { self.person() } else { self.group() };
        self.told.push(format!("add {label} {block:?}"));
        self.world.blocks.insert(label, block);
    }

    fn person(&mut self) -> Block {
        let email = self.dice.pick(&PEOPLE);
        let email = if self.dice.chance(20) { email.to_uppercase() } else { email.to_owned() };
        Block::Person {
            email,
            role: self.dice.pick(&ROLES),
            existing: self.dice.pick(&["error", "adopt"]),
            policy: self.dice.pick(&["revoke", "revoke", "disable", "downgrade", "forget"]),
        }
    }

    fn group(&mut self) -> Block {
        Block::Group {
            alias: self.dice.pick(&ALIASES).to_owned(),
            name: self.dice.pick(&[None, None, Some("sales"), Some("other")]),
            existing: self.dice.pick(&["error", "adopt"]),
        }
    }

    /// Something a person does to the configuration or the state.
    async fn edit(&mut self) {
        let people = self.dice.chance(75);
        let label = self.label(people);
        let edit = self.dice.pick(&[
            "add", "change", "change", "change", "drop", "move", "rename", "shift", "taint", "taint",
            "forget", "import",
        ]);
        let mut words = format!("{edit} {label}");
        match edit {
            "add" => return self.add(people),
            // Any attribute but the key.
            "change" => {
                let (person, group) = (self.person(), self.group());
                let changed = match (self.world.blocks.get(&label).cloned(), person, group) {
                    (Some(Block::Person { email, .. }), Block::Person { role, existing, policy, .. }, _) => {
                        Block::Person { email, role, existing, policy }
                    }
                    (Some(Block::Group { name, .. }), _, Block::Group { alias, existing, .. }) => {
                        Block::Group { name, alias, existing }
                    }
                    _ => return,
                };
                words = format!("{words} {changed:?}");
                self.world.blocks.insert(label, changed);
            }
            "drop" => drop(self.world.blocks.remove(&label)),
            "move" | "rename" => {
                let to = self.any_label(people);
                if self.world.blocks.contains_key(&to) || self.world.objects.contains_key(&to) {
                    return;
                }
                let Some(block) = self.world.blocks.remove(&label) else { return };
                words = format!("{words} to {to}");
                self.world.blocks.insert(to.clone(), block);
                if edit == "move"
                    && let Some(object) = self.world.objects.remove(&label)
                {
                    self.world.objects.insert(to, object);
                }
            }
            "shift" => {
                let kind = label.chars().next().expect("a kind");
                let labels: Vec<String> =
                    self.world.blocks.keys().filter(|label| label.starts_with(kind)).cloned().collect();
                let blocks: Vec<Block> =
                    labels.iter().skip(1).map(|label| self.world.blocks[label].clone()).collect();
                for (label, block) in labels.iter().zip(blocks) {
                    self.world.blocks.insert(label.clone(), block);
                }
                if let Some(last) = labels.last() {
                    self.world.blocks.remove(last);
                }
            }
            "taint" => {
                let Some(object) = self.world.objects.get_mut(&label) else { return };
                object.taint();
            }
            "forget" => drop(self.world.objects.remove(&label)),
            _ => {
                let Some(block) = self.world.blocks.get(&label).cloned() else { return };
                if !self.world.state(&label).is_null() {
                    return;
                }
                let core = self.core(false, true);
                let object = self.world.object(&core, &label);
                object.set_core(&core);
                drop(object.try_import(&block.key()).await);
                if object.state().is_null() {
                    self.world.objects.remove(&label);
                }
            }
        }
        self.told.push(words);
    }

    fn fate(&mut self) -> (&'static str, Fate) {
        let role = self.dice.pick(&ROLES);
        let mut fates = vec![
            Fate::Accept,
            Fate::Accept,
            Fate::Accept,
            Fate::Expire,
            Fate::Disable,
            Fate::Enable,
            Fate::Role(role),
            Fate::Remove,
        ];
        // With a person's own key, a colleague's invitations cannot be told from Terraform's.
        if self.key_kind != KeyKind::User {
            fates.push(Fate::Invite(role));
        }
        (self.dice.pick(&PEOPLE), self.dice.pick(&fates))
    }

    /// Notes who was invited by a colleague, and who has an expired invitation.
    fn note(&mut self, email: &str, fate: Fate) {
        let Some(user) = self.sim.user(email) else { return };
        match fate {
            Fate::Expire if user.pending => drop(self.deeds.expired.insert(user.id)),
            Fate::Invite(_) => drop(self.deeds.invited.insert(user.id)),
            _ => {}
        }
    }

    /// Something happens between two commands.
    fn happen(&mut self) {
        let (email, fate) = self.fate();
        if matches!(fate, Fate::Invite(_)) && self.sim.user(email).is_some() {
            return;
        }
        befall(&self.sim, email, fate);
        self.note(email, fate);
        self.told.push(format!("{email}: {fate:?}"));
    }

    fn failed(&self, wrong: &[String], done: &Done) -> Result<(), String> {
        if wrong.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{:?}: {}\n{done:#?}\nhistory {:#?}\n{}",
            self.key_kind,
            wrong.join("; "),
            self.told,
            self.world.told(&self.sim)
        ))
    }

    /// An apply, with what happens meanwhile.
    async fn apply(&mut self) -> Result<(), String> {
        let faulty = self.dice.chance(60);
        let refreshes = self.dice.chance(70);
        let one_by_one = self.dice.chance(40);
        let core = self.core(faulty, refreshes);
        let (rules, late) = if faulty { WEATHER.faults(&mut self.dice) } else { (Vec::new(), Vec::new()) };
        self.told.push(format!("apply, refresh {refreshes}, one by one {one_by_one}, {rules:?}"));
        let deletes_late = may_delete_late(&rules);
        self.sim.clear_journal();
        self.sim.set_faults(rules).expect("rules");
        let before = Before::of(&self.sim, &self.world);
        let mut meanwhile = tokio::task::JoinSet::new();
        let mut fates = Vec::new();
        if self.dice.chance(30) {
            let (email, fate) = self.fate();
            // Nobody can tell a person whom a colleague invites in the same moment from one that Terraform invites.
            // The create of somebody who is removed before they show waits for as long as its time-out.
            let too_late = matches!(fate, Fate::Accept) && deletes_late;
            if !too_late && !matches!(fate, Fate::Invite(_) | Fate::Expire | Fate::Remove) {
                let (step, sim) = (Step::within(25, &mut self.dice), Arc::clone(&self.sim));
                self.told.push(format!("at {step:?} {email}: {fate:?}"));
                fates.push((email, fate));
                meanwhile.spawn(async move {
                    step.reached(&sim).await;
                    befall(&sim, email, fate);
                });
            }
        }
        if faulty && self.dice.chance(20) {
            let (step, sim, core) = (Step::within(25, &mut self.dice), Arc::clone(&self.sim), core.clone());
            self.told.push(format!("Ctrl-C at {step:?}"));
            meanwhile.spawn(async move {
                step.reached(&sim).await;
                core.stop().await;
            });
        }
        let done = self.world.apply(&core, &mut self.dice, one_by_one).await;
        meanwhile.abort_all();
        while meanwhile.join_next().await.is_some() {}
        self.sim.set_faults(Vec::new()).expect("no rules");
        quiet(&self.sim, &late).await;
        for (email, fate) in fates {
            if !matches!(fate, Fate::Accept) {
                self.deeds.touched.insert(email.to_lowercase());
            }
        }
        let wrong = before.wrong(&self.sim, &self.world, &done, &self.deeds, refreshes);
        self.deeds.touched.clear();
        self.failed(&wrong, &done)
    }

    /// `terraform apply -refresh-only`, kept.
    async fn refresh(&mut self) {
        self.told.push("refresh".to_owned());
        let core = self.core(false, true);
        for object in self.world.objects.values_mut() {
            object.set_core(&core);
            drop(object.try_refresh().await);
        }
        self.world.objects.retain(|_, object| !object.state().is_null());
    }

    /// Applies the configuration that a careful person would write now: one block for each person and group, at the address in
    /// the state; strangers are adopted with the role that they have, disabled people are enabled, and objects that the
    /// credential may not end are removed from the state.
    async fn settle(&mut self) -> Result<(), String> {
        self.told.push("settled".to_owned());
        self.bold = true;
        self.refresh().await;
        let wanted: Vec<Block> = {
            let mut keys = BTreeSet::new();
            let blocks = self.world.blocks.values();
            blocks.filter(|block| keys.insert((block.is_person(), block.key()))).cloned().collect()
        };
        self.world.blocks.clear();
        self.world.deposed.clear();
        self.world.create_first = false;
        let mut seen = BTreeSet::new();
        let key_of = |label: &str, state: &Value| {
            let key = if label.starts_with('p') { &state["email"] } else { &state["name"] };
            (label.starts_with('p'), key.as_str().unwrap_or_default().to_lowercase())
        };
        self.world.objects.retain(|label, object| seen.insert(key_of(label, &object.state())));
        if self.cancels_for_good {
            // A replacement would cancel an expired invitation, to send it anew.
            self.world.objects.values_mut().for_each(Instance::untaint);
        }
        for block in wanted {
            let place = self
                .world
                .objects
                .iter()
                .find(|(label, object)| key_of(label, &object.state()) == (block.is_person(), block.key()))
                .map(|(label, _)| label.clone());
            let there = block.is_person().then(|| self.sim.user(&block.key())).flatten();
            let managed = place.is_some();
            let block = match block {
                Block::Person { email, role, policy, .. } => {
                    let role = there
                        .map(|user| user.role)
                        .filter(|present| {
                            !managed
                                && ROLES.iter().position(|r| r == present)
                                    < ROLES.iter().position(|r| *r == role)
                        })
                        .unwrap_or(role);
                    drop(self.sim.enable(&email));
                    Block::Person { email, role, policy, existing: "adopt" }
                }
                Block::Group { alias, name, .. } => Block::Group { alias, name, existing: "adopt" },
            };
            let number = self.world.blocks.len();
            let kind = if block.is_person() { "p" } else { "g" };
            self.world.blocks.insert(place.unwrap_or_else(|| format!("{kind}new{number}")), block);
        }
        let blocks = &self.world.blocks;
        self.world
            .objects
            .retain(|label, object| blocks.contains_key(label) || object.state()["on_destroy"] != "disable");
        self.sim.clear_journal();
        let core = self.core(false, true);
        let before = Before::of(&self.sim, &self.world);
        let renamed = self.world.put_off_renames();
        let mut done = self.world.apply(&core, &mut self.dice, false).await;
        if !renamed.is_empty() && done.errors().is_empty() {
            self.world.blocks.extend(renamed);
            let core = self.core(false, true);
            let second = self.world.apply(&core, &mut self.dice, false).await;
            done = done.then(second);
        }
        quiet(&self.sim, &[]).await;
        let mut wrong = before.wrong(&self.sim, &self.world, &done, &self.deeds, true);
        wrong.extend(done.errors().into_iter().map(|error| format!("in the end: {error}")));
        if wrong.is_empty() {
            let core = self.core(false, true);
            let pending = self.world.pending(&core).await;
            wrong.extend(pending.into_iter().map(|plan| format!("the plan after it: {plan}")));
        }
        self.failed(&wrong, &done)
    }
}

async fn history(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let key_kind = dice.pick(&[KeyKind::User, KeyKind::ApiToken, KeyKind::ApiToken, KeyKind::OauthClient]);
    let users = dice.pick(&[0, 0, 3, 130]);
    let sim =
        Arc::new(Sim::start(Options { key_kind, users, ..Options::default() }).await.expect("a simulator"));
    let kinds = switches(&mut dice);
    sim.set(kinds.clone()).expect("switches");
    let cancelled = dice.pick(&["delete", "delete", "disable_instead", "not_found"]);
    let more = json!({
        // Where errors are pages, a 404 of this route looks like that of a gateway, and no invitation can be cancelled.
        "cancel_invite": if kinds["error_shape"] == "html" { "delete" } else { cancelled },
        "user_changes_visible_after_ms": dice.pick(&[0, 0, 30, 80]),
        "group_changes_visible_after_ms": dice.pick(&[0, 0, 30, 80]),
        "group_visible_after_ms": dice.pick(&[0, 0, 30, 80]),
        "group_name_taken": dice.pick(&["conflict", "bad_request"]),
        "group_update": dice.pick(&["merge", "replace"]),
    });
    sim.set(more.clone()).expect("switches");
    let create_first = dice.chance(20);
    let world =
        World { blocks: Default::default(), objects: Default::default(), deposed: Vec::new(), create_first };
    let cancels_for_good = more["cancel_invite"] == "disable_instead";
    let mut history = History {
        sim,
        cancels_for_good,
        bold: false,
        dice,
        key_kind,
        world,
        deeds: Deeds::default(),
        told: Vec::new(),
    };
    for _ in 0..1 + history.dice.below(4) {
        history.add(true);
    }
    for _ in 0..history.dice.below(3) {
        history.add(false);
    }
    let run = async {
        for command in 0..1 + history.dice.below(5) {
            for _ in 0..history.dice.below(if command == 0 { 2 } else { 4 }) {
                history.edit().await;
            }
            for _ in 0..history.dice.below(3) {
                history.happen();
            }
            match history.dice.below(10) {
                0 => history.refresh().await,
                _ => history.apply().await?,
            }
        }
        history.settle().await
    };
    let ended = tokio::time::timeout(LONGEST, run).await;
    let ended = ended
        .unwrap_or_else(|_| Err(format!("hangs: {:#?}\n{}", history.told, history.world.told(&history.sim))));
    ended.map_err(|why| format!("seed {seed}, create first {create_first}, {kinds} {more}: {why}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ordinary_commands_end_no_access_and_send_no_second_mail() {
    all_go_well(12, seeds("ATLAN_HISTORIES_CASES", 96, "ATLAN_HISTORIES_SEED").map(history)).await;
}
