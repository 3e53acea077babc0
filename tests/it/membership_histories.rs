//! Nobody leaves a group who is to stay in it: random histories of memberships, as single ones and as sets.
//!
//! A history is a tenant with random switches, people, and a few teams. A team is a group whose members are managed by
//! `atlan_group_member` or by one `atlan_group_members`. Between two applies the people of a team change, single memberships become a
//! set in one run, and sets become single memberships after they were removed from the state. Some applies run under random faults and
//! are interrupted now and then. After each:
//!
//! - everybody who was in a team and is to stay in it is in it, unless the create of the set failed that was to take over, or says in
//!   `failed` that it could not add the person again, whose single membership had ended before;
//! - everybody is in the group that nobody manages, as before;
//! - no object is tainted.
//!
//! In the end, when the faults are over, two more applies succeed. Each team has everybody who is to be in it, a team with a set nobody
//! else, and the plan is empty. `ATLAN_MEMBERSHIPS_CASES` sets how many histories run (default 24), `ATLAN_MEMBERSHIPS_SEED` the first
//! one's seed; case number `n` has that seed plus `n`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use atlan_sim::Sim;
use serde_json::{Value, json};
use tfplug::testing::{Instance, Plan};
use tokio::task::JoinSet;

use crate::chance::{Dice, Step, Weather, all_go_well, quiet, seeds};
use crate::harness::*;
use crate::history::{History, not_empty};

const TIMEOUT: Duration = Duration::from_millis(400);
/// Without faults nothing is lost, unless this machine is too busy to answer itself in time.
const PATIENCE: Duration = Duration::from_secs(4);

/// Longer than a history takes on a busy machine.
const END: Duration = Duration::from_secs(120);

const WEATHER: Weather = Weather {
    kinds: &[
        ("POST", OF_PERSON),
        ("POST", OF_PERSON),
        ("POST", "/api/service/groups/*/members/remove"),
        ("GET", OF_GROUP),
        ("GET", OF_PERSON),
    ],
    timeout: TIMEOUT,
    late: Duration::from_millis(300),
};

const PEOPLE: [&str; 6] = [
    "ada@example.com",
    "bob@example.com",
    "eve@example.com",
    "kim@example.com",
    "lee@example.com",
    "max@example.com",
];

/// A group, who is to be in it, and what manages that.
struct Team {
    group: String,
    wanted: BTreeSet<&'static str>,
    is_set: bool,
    set: Instance,
    singles: BTreeMap<&'static str, Instance>,
    /// Whether the last create of the set failed.
    set_failed: bool,
}

/// What one object is to become. `config` is null for a destroy.
struct Change {
    team: usize,
    /// `None`: the set.
    person: Option<&'static str>,
    config: Value,
}

impl Team {
    fn changes(&self, team: usize) -> Vec<Change> {
        let mut changes = Vec::new();
        let set = json!({ "group_id": self.group, "members": self.wanted, "on_existing": "adopt" });
        if self.is_set {
            changes.push(Change { team, person: None, config: set });
        }
        let destroyed = self.singles.iter().filter(|(_, single)| !single.state().is_null());
        let destroyed = destroyed.filter(|(person, _)| self.is_set || !self.wanted.contains(*person));
        changes.extend(destroyed.map(|(person, _)| Change {
            team,
            person: Some(*person),
            config: Value::Null,
        }));
        for person in self.wanted.iter().filter(|_| !self.is_set) {
            let config = json!({ "group_id": self.group, "user": person });
            changes.push(Change { team, person: Some(*person), config });
        }
        changes
    }

    fn object(&mut self, person: Option<&str>) -> &mut Instance {
        match person {
            None => &mut self.set,
            Some(person) => self.singles.get_mut(person).expect("one of the people"),
        }
    }

    /// Other people, and perhaps another kind of resource.
    fn change(&mut self, dice: &mut Dice) {
        for person in PEOPLE {
            if dice.chance(25) && !self.wanted.remove(person) {
                self.wanted.insert(person);
            }
        }
        if dice.chance(if self.is_set { 15 } else { 35 }) {
            self.is_set = !self.is_set;
            if !self.is_set {
                // As `removed { lifecycle { destroy = false } }`.
                self.set.forget();
            }
        }
    }
}

impl Team {
    /// Those of the wanted people who are in the group.
    fn joined(&self, sim: &Sim) -> BTreeSet<&'static str> {
        let there = members(sim, &self.group);
        self.wanted.iter().copied().filter(|person| there.iter().any(|one| one == person)).collect()
    }

    /// Who was in the group before an apply and should have stayed. If the create of the set failed, nobody has to.
    fn lost(&self, sim: &Sim, before: &BTreeSet<&str>) -> Option<String> {
        let there = members(sim, &self.group);
        let failed = &self.set.state()["failed"];
        let stays = |person: &&&str| self.wanted.contains(**person) && failed.get(**person).is_none();
        let gone = before.iter().filter(stays);
        let gone: Vec<_> = gone.filter(|person| !there.iter().any(|one| one == *person)).collect();
        (!gone.is_empty() && !self.set_failed)
            .then(|| format!("{gone:?} should have stayed in {}", self.group))
    }
}

/// One plan of everything and, unless it fails, the apply of it. Returns what failed.
async fn apply(sim: &Arc<Sim>, teams: &mut [Team], dice: &mut Dice, faulty: bool) -> Vec<String> {
    let core = core_of(sim, dice, if faulty { TIMEOUT } else { PATIENCE }).one_run();
    // As the plan of the set says: a run in which it came has ended before all single memberships were destroyed.
    let of_set = |team: &&mut Team| team.is_set && !team.set.state().is_null();
    for team in teams.iter_mut().filter(of_set) {
        team.singles.values_mut().for_each(Instance::forget);
    }
    let mut changes: Vec<Change> =
        teams.iter().enumerate().flat_map(|(number, team)| team.changes(number)).collect();
    let mut plans: Vec<(Change, Plan)> = Vec::new();
    let mut wrong = Vec::new();
    while !changes.is_empty() {
        let change = changes.swap_remove(dice.below(changes.len() as u64) as usize);
        let object = teams[change.team].object(change.person);
        object.set_core(&core);
        let planned = match change.config.is_null() {
            true => object.try_plan_destroy().await,
            false => object.try_plan(change.config.clone()).await.map(Some),
        };
        match planned {
            Ok(Some(plan)) => plans.push((change, plan)),
            Ok(None) => {}
            Err(report) => wrong.push(format!("{:?} could not be planned: {report}", change.person)),
        }
    }
    if !wrong.is_empty() {
        return wrong;
    }
    for team in teams.iter_mut() {
        team.set_failed = false;
    }
    let interrupt = (faulty && dice.chance(30)).then(|| Step::within(12, dice));
    let mut applies = JoinSet::new();
    for (change, plan) in plans.into_iter().filter(|(_, plan)| !plan.is_empty()) {
        let blank = core.resource("atlan_group_member");
        let mut object = std::mem::replace(teams[change.team].object(change.person), blank);
        applies.spawn(async move {
            let report = object.try_apply_plan(&plan, change.config.clone()).await.err();
            (change, object, report)
        });
    }
    let _interrupting = interrupting(interrupt, sim, &core);
    while let Some(done) = applies.join_next().await {
        let (change, object, report) = done.expect("no panic");
        let team = &mut teams[change.team];
        if object.is_tainted() {
            wrong.push(format!("{:?} is tainted", change.person));
        }
        if let Some(report) = report {
            team.set_failed |= change.person.is_none();
            if !faulty {
                wrong.push(format!("{:?} could not be applied: {report}", change.person));
            }
        }
        *team.object(change.person) = object;
    }
    wrong
}

async fn history(seed: u64) -> Result<(), String> {
    let sim = Arc::new(tenant(atlan_sim::KeyKind::ApiToken).await);
    let lived = tokio::time::timeout(END, lives(seed, &sim)).await;
    lived.unwrap_or_else(|_| Err(format!("seed {seed} does not come to an end\n{}", sim.journal())))
}

async fn lives(seed: u64, sim: &Arc<Sim>) -> Result<(), String> {
    let mut dice = Dice(seed);
    let others = group_of_everybody(sim);
    let switches = json!({
        "user_groups_post": dice.pick(&["add", "add", "replace"]),
        "group_member_twice": dice.pick(&["ok", "conflict"]),
        "members_remove_unknown": dice.pick(&["ignore", "not_found"]),
        "member_columns": dice.pick(&["honoured", "ignored"]),
        "membership_visible_after_ms": dice.pick(&[0, 0, 30, 80]),
        "void_body": dice.pick(&["empty", "object", "null"]),
        "error_shape": dice.pick(&["code_message", "error_code", "html"]),
    });
    sim.set(switches.clone()).expect("switches");
    let history = History { seed, sim: Arc::clone(sim), switches };
    let mut teams = new_teams(sim, &mut dice);
    for run in 0..1 + dice.below(5) {
        let before: Vec<_> = teams.iter().map(|team| team.joined(sim)).collect();
        if run > 0 {
            teams.iter_mut().for_each(|team| team.change(&mut dice));
        }
        let (rules, late) = history.set_faults(WEATHER, &mut dice);
        let failed = apply(sim, &mut teams, &mut dice, true).await;
        let mut wrong: Vec<String> = failed.into_iter().filter(|what| what.contains("tainted")).collect();
        quiet(sim, &late).await;
        if history.switches["user_groups_post"] == "add" {
            wrong.extend(teams.iter().zip(before).filter_map(|(team, before)| team.lost(sim, &before)));
            if members(sim, &others).len() != PEOPLE.len() {
                wrong.push(format!("others are {:?}", members(sim, &others)));
            }
        }
        history.check(&wrong, &format!("apply {run} under {rules:?}"), states(&teams))?;
    }
    history.end_faults();
    sim.clear_journal();
    let first = apply(sim, &mut teams, &mut dice, false).await;
    history.check(&first, "in the first apply without faults", states(&teams))?;
    let mut wrong = apply(sim, &mut teams, &mut dice, false).await;
    quiet(sim, &[]).await;
    wrong.extend(wrong_in_the_end(sim, &mut teams, &mut dice).await);
    history.check(&wrong, "in the end", states(&teams))
}

/// A group that nobody manages, with all people in it. Returns its GUID.
fn group_of_everybody(sim: &Sim) -> String {
    for person in PEOPLE {
        person_by_other_means(sim, person);
    }
    let ids: Vec<String> = PEOPLE.iter().map(|person| sim.user(person).expect("there").id).collect();
    let group = group_by_other_means(sim, "others", json!({ "alias": ["Others"] }));
    join_by_other_means(sim, &group, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    group
}

fn new_teams(sim: &Sim, dice: &mut Dice) -> Vec<Team> {
    let core = core(sim);
    (0..1 + dice.below(3))
        .map(|number| Team {
            group: group_by_other_means(sim, &format!("team{number}"), json!({ "alias": ["Team"] })),
            wanted: PEOPLE.into_iter().filter(|_| dice.chance(50)).collect(),
            is_set: dice.chance(50),
            set: core.resource("atlan_group_members"),
            singles: PEOPLE.iter().map(|person| (*person, core.resource("atlan_group_member"))).collect(),
            set_failed: false,
        })
        .collect()
}

fn states(teams: &[Team]) -> Vec<String> {
    let objects = teams.iter().flat_map(|team| std::iter::once(&team.set).chain(team.singles.values()));
    objects.map(|object| object.state().to_string()).filter(|state| state != "null").collect()
}

/// What is wrong after the last apply.
async fn wrong_in_the_end(sim: &Sim, teams: &mut [Team], dice: &mut Dice) -> Vec<String> {
    let mut wrong = Vec::new();
    let last = core_of(sim, dice, PATIENCE).one_run();
    for team in teams {
        let there: BTreeSet<String> = members(sim, &team.group).into_iter().collect();
        let missing: Vec<_> = team.wanted.iter().filter(|person| !there.contains(**person)).collect();
        if !missing.is_empty() || team.is_set && there.len() != team.wanted.len() {
            wrong.push(format!("{:?} are wanted in {}, and {there:?} are there", team.wanted, team.group));
        }
        for Change { person, config, .. } in team.changes(0) {
            let object = team.object(person);
            object.set_core(&last);
            wrong.extend(not_empty(object, &format!("{person:?}"), config).await);
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_leaves_a_group_who_is_to_stay() {
    let seeds = seeds("ATLAN_MEMBERSHIPS_CASES", 24, "ATLAN_MEMBERSHIPS_SEED");
    all_go_well(12, seeds.map(history)).await;
}
