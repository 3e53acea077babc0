//! Ctrl-C and `kill -9` in the middle of an apply: nobody is invited twice, and the next apply gets there.

use atlan_sim::{Hold, Moment, Sim};

use crate::harness::{
    Running, Terraform, Workspace, each_terraform, in_time, is_gone, signal, start, wait_for,
};

each_terraform![
    ctrl_c_keeps_what_was_created_and_starts_nothing_new,
    after_terraform_is_killed_the_provider_ends_and_adopting_converges,
    after_the_provider_is_killed_adopting_converges,
    after_terraform_is_killed_the_import_block_of_the_error_converges,
];

pub(crate) const USERS: &str = "/api/service/users";

/// Three invitations, and a group that comes after them.
fn three_people(on_existing: &str) -> String {
    format!(
        r#"
        resource "atlan_user_invite" "all" {{
          for_each    = toset(["ada", "bob", "eve"])
          email       = "${{each.key}}@example.com"
          role        = "$member"
          on_existing = "{on_existing}"
        }}
        resource "atlan_group" "later" {{
          alias       = "Later"
          on_existing = "{on_existing}"
          depends_on  = [atlan_user_invite.all]
        }}"#
    )
}

/// Starts an apply and stops at the moment when the first invitations have taken effect and no answer has come back.
/// People who are invited at the same time share a request, so it may be one or all of them.
pub(crate) fn apply_until_invited(sim: &Sim, ws: &Workspace) -> (Running, Hold) {
    let hold = sim.hold("POST", USERS, Moment::After);
    let running = ws.spawn_apply();
    in_time(sim.until(|journal| {
        journal.iter().any(|entry| entry.fits("POST", USERS) && entry.applied).then_some(())
    }));
    (running, hold)
}

#[track_caller]
fn assert_converges(sim: &Sim, ws: &Workspace) {
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(ws.state().addresses().len(), 4);
    for name in ["ada", "bob", "eve"] {
        assert_eq!(sim.mails_to(&format!("{name}@example.com")), 1, "{name}");
    }
    assert_eq!(sim.groups().len(), 1);
}

fn ctrl_c_keeps_what_was_created_and_starts_nothing_new(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&three_people("error"));
    let (running, hold) = apply_until_invited(&sim, &ws);
    running.interrupt();
    wait_for("Terraform has heard the signal", || running.said().contains("Stopping operation"));
    hold.release();
    running.wait().fails();

    let state = ws.state();
    assert!(!sim.mails().is_empty());
    assert_eq!(state.addresses().len(), sim.mails().len(), "{:?}", state.addresses());
    for address in state.addresses() {
        assert!(!state.is_tainted(address), "{address}");
    }
    assert!(sim.groups().is_empty());
    assert_converges(&sim, &ws);
}

fn after_terraform_is_killed_the_provider_ends_and_adopting_converges(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&three_people("adopt"));
    let (mut running, hold) = apply_until_invited(&sim, &ws);
    let provider = ws.providers().pop().unwrap();
    running.kill();
    assert_eq!(running.wait().status, None);
    wait_for("the orphaned provider has ended", || is_gone(provider));
    drop(hold);
    assert!(ws.state().addresses().is_empty());
    assert_converges(&sim, &ws);
}

fn after_the_provider_is_killed_adopting_converges(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&three_people("adopt"));
    let (running, hold) = apply_until_invited(&sim, &ws);
    assert!(signal("KILL", &ws.providers().pop().unwrap().to_string()));
    running.wait().fails();
    drop(hold);
    assert_converges(&sim, &ws);
}

fn after_terraform_is_killed_the_import_block_of_the_error_converges(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let hcl = r#"
        resource "atlan_user_invite" "ada" {
          email = "ada@example.com"
          role  = "$member"
        }"#;
    ws.write(hcl);
    let (mut running, hold) = apply_until_invited(&sim, &ws);
    running.kill();
    running.wait();
    drop(hold);
    let ada = sim.user("ada@example.com").unwrap();

    let refused = ws.apply().fails().says(&[&ada.id, "was invited already"]);
    ws.write(&format!("{hcl}\n{}", refused.block("import {")));
    ws.apply().ok();
    assert_eq!(ws.state().text("atlan_user_invite.ada", "id"), ada.id);
    assert_eq!(sim.mails().len(), 1);
    ws.plan_is_empty();
}
