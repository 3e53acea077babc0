//! Random histories of ordinary commands: one person and one group, a tenant with a token or an admin's own key, and people who
//! accept, let an invitation expire or are disabled in between. After each apply that succeeds:
//!
//! - the person can log in or be let in, has the configured role and the GUID of the state;
//! - nobody got a second mail, unless the invitation before had expired or was cancelled by a destroy;
//! - somebody who has accepted is never deleted; the group of the state is the one of the tenant;
//! - the next plan is empty.
//!
//! `ATLAN_HISTORIES_CASES` and `ATLAN_HISTORIES_SEED` as in `histories.rs`.

use atlan_sim::{KeyKind, Moment, Rule};
use serde_json::json;
use tfplug::testing::Core;

use super::*;
use crate::chance::{Dice, all_go_well, seeds};

/// What the next apply may do about mails and access.
#[derive(Default)]
struct Story {
    told: Vec<String>,
    accepted: bool,
    expired: bool,
}

fn core_of(sim: &Sim, dice: &mut Dice) -> Core {
    let mode = dice.pick(&["auto", "snapshot", "single"]);
    let core = core_with(sim, json!({ "read_mode": mode, "request_timeout": "1s", "max_retries": 1 }));
    if dice.chance(40) { core.without_refresh() } else { core }
}

/// One request that goes wrong.
fn fault(dice: &mut Dice) -> Rule {
    let path =
        dice.pick(&[USERS, ROLE_UPDATES, "/api/service/users/*/delete", "/api/service/users/*", GROUPS]);
    let on = Rule::on("POST", path).times(1);
    match dice.below(6) {
        0 => on.drop(Moment::Before),
        1 => on.drop(Moment::After),
        2 => on.status(429),
        3 => on.status(503),
        4 => on.status(500).applied(),
        _ => on.status(403),
    }
}

/// What the tenant and the state say of the person after an apply that succeeded.
fn check(sim: &Sim, person: &Instance, role: &str) -> Result<(), String> {
    let state = person.state();
    let Some(user) = sim.user(ADA) else {
        return Err(format!("nobody is there, and the state says {state}"));
    };
    if state["id"] != *user.id {
        return Err(format!("the state has {}, the tenant {}", state["id"], user.id));
    }
    if !user.enabled || user.role != role {
        return Err(format!("enabled {}, role {} instead of {role}", user.enabled, user.role));
    }
    Ok(())
}

async fn history(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let key_kind = dice.pick(&[KeyKind::User, KeyKind::ApiToken]);
    let sim = tenant(key_kind).await;
    let core = core(&sim);
    let (mut person, mut group) = (core.resource("atlan_user_invite"), core.resource("atlan_group"));
    let first = dice.chance(30);
    if first {
        person.create_before_destroy();
        group.create_before_destroy();
    }
    let mut story = Story::default();
    for step in 0..8 {
        let what = dice.pick(&[
            "apply",
            "apply",
            "apply",
            "faulty",
            "taint",
            "taint group",
            "accept",
            "expire",
            "disable",
            "destroy",
            "forget",
            "refresh",
        ]);
        story.told.push(what.to_owned());
        let failed = |why: String, story: &Story, sim: &Sim| {
            Err(format!(
                "seed {seed}, {key_kind:?}, create first: {first}, {:?}: {why}\n{}",
                story.told,
                sim.journal()
            ))
        };
        person.set_core(&core_of(&sim, &mut dice));
        group.set_core(&core_of(&sim, &mut dice));
        let user = sim.user(ADA);
        match what {
            "taint" => person.taint(),
            "taint group" => group.taint(),
            "accept" if user.as_ref().is_some_and(|user| user.pending && user.enabled) => {
                // An expired invitation cannot be accepted; then nothing happens.
                story.accepted |= sim.accept(ADA).is_ok();
            }
            "expire" if user.is_some_and(|user| user.pending) => {
                story.expired |= sim.expire(ADA).is_ok();
            }
            "disable" if story.accepted => drop(sim.disable(ADA)),
            "forget" => person.forget(),
            "refresh" => drop(person.try_refresh().await),
            "destroy" => {
                let gone = person.try_destroy().await;
                if gone.is_ok() && !person.state().is_null() {
                    return failed("destroyed, and still in the state".to_owned(), &story, &sim);
                }
            }
            "apply" | "faulty" => {
                let role = dice.pick(&["$admin", "$member", "$guest"]);
                let policy = dice.pick(&["revoke", "disable", "downgrade", "forget"]);
                let existing = dice.pick(&["error", "adopt", "adopt"]);
                let config =
                    json!({ "email": ADA, "role": role, "on_existing": existing, "on_destroy": policy });
                story.told.push(format!("{role} {existing} {policy} tainted: {}", person.is_tainted()));
                let before = (sim.user(ADA), sim.mails_to(ADA));
                let disabled = before.0.as_ref().is_some_and(|user| !user.enabled);
                let managed = person.state()["id"].clone();
                let new = person.state().is_null() || person.is_tainted();
                if what == "faulty" {
                    sim.fault(fault(&mut dice)).expect("a rule");
                }
                let applied = person.try_apply(config.clone()).await;
                drop(group.try_apply(json!({ "alias": "Data", "on_existing": existing })).await);
                sim.set_faults(vec![]).expect("no rules");
                let mails = sim.mails_to(ADA) - before.1;
                // Somebody who is there is invited anew only in place of an expired invitation.
                let may_mail = before.0.is_none() || story.expired;
                if mails > 1 || (mails == 1 && !may_mail) {
                    return failed(format!("{mails} mails: {applied:?}"), &story, &sim);
                }
                story.expired &= mails == 0;
                match &applied {
                    // Somebody disabled who is in the state stays as they are: a plan shows the status and changes nothing.
                    Ok(_) if disabled && !new => {}
                    Ok(_) => {
                        if let Err(why) = check(&sim, &person, role) {
                            return failed(format!("{why}: {applied:?}"), &story, &sim);
                        }
                        match person.try_plan(config).await {
                            Ok(plan) if plan.is_empty() => {}
                            other => return failed(format!("the next plan: {other:?}"), &story, &sim),
                        }
                    }
                    Err(_) => {
                        let now = sim.user(ADA);
                        if let (Some(was), Some(now)) = (&before.0, &now) {
                            let kept = now.role == was.role || now.role == role;
                            if (was.enabled && !now.enabled) || (!kept && was.id == now.id) {
                                return failed(format!("lost some access: {applied:?}"), &story, &sim);
                            }
                            if managed == *now.id && person.state()["id"] != managed {
                                return failed(format!("lost from the state: {applied:?}"), &story, &sim);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        if story.accepted && sim.user(ADA).is_none() {
            return failed("an active person was deleted".to_owned(), &story, &sim);
        }
        let known = group.state();
        if !known["id"].is_null() && !sim.groups().iter().any(|group| known["id"] == *group.id) {
            return failed(format!("group {} is lost at step {step}", known["id"]), &story, &sim);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ordinary_commands_end_no_access_and_send_no_second_mail() {
    all_go_well(12, seeds("ATLAN_HISTORIES_CASES", 48, "ATLAN_HISTORIES_SEED").map(history)).await;
}
