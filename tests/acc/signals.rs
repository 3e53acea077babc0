//! Ctrl-C and `kill -9` in the middle of an apply: nobody is invited twice, and the next apply succeeds.

use atlan_sim::{Moment, Sim};

use crate::harness::{
    NAMES, Terraform, Workspace, apply_until_invited, each_terraform, in_time, interrupt, kill, signal,
    start, three_people,
};

each_terraform![
    ctrl_c_keeps_what_was_created_and_starts_nothing_new,
    after_terraform_is_killed_the_provider_ends_and_adopting_converges,
    after_the_provider_is_killed_adopting_converges,
    after_terraform_is_killed_the_import_block_of_the_error_converges,
    a_stop_between_the_halves_of_a_replacement_ends_no_access,
];

/// Three invitations, and a group that comes after them.
fn configuration(on_existing: &str) -> String {
    let on_existing = format!("on_existing = {on_existing:?}");
    let people = three_people(&on_existing);
    format!(
        r#"{people}
        resource "atlan_group" "later" {{
          alias       = "Later"
          {on_existing}
          depends_on  = [atlan_user_invite.all]
        }}"#
    )
}

#[track_caller]
fn assert_converges(sim: &Sim, ws: &Workspace) {
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(ws.state().addresses().len(), 4);
    for name in NAMES {
        assert_eq!(sim.mails_to(&format!("{name}@example.com")), 1, "{name}");
    }
    assert_eq!(sim.groups().len(), 1);
}

fn ctrl_c_keeps_what_was_created_and_starts_nothing_new(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&configuration("error"));
    let (running, hold) = apply_until_invited(&sim, &ws);
    interrupt(running, hold).fails();

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
    ws.write(&configuration("adopt"));
    let (running, hold) = apply_until_invited(&sim, &ws);
    kill(&ws, running, hold);
    assert!(ws.state().addresses().is_empty());
    assert_converges(&sim, &ws);
}

fn after_the_provider_is_killed_adopting_converges(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&configuration("adopt"));
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
    let (running, hold) = apply_until_invited(&sim, &ws);
    kill(&ws, running, hold);
    let ada = sim.user("ada@example.com").unwrap();

    let refused = ws.apply().fails().says(&[&ada.id, "was already invited"]);
    ws.write(&format!("{hcl}\n{}", refused.block("import {")));
    ws.apply().ok();
    assert_eq!(ws.state().text("atlan_user_invite.ada", "id"), ada.id);
    assert_eq!(sim.mails().len(), 1);
    ws.plan_is_empty();
}

/// Terraform does the delete half of a replacement at once, and the create half after everything that it depends on. In
/// between, a person whose seat is kept is in no state, and no answer of a provider can change that.
fn a_stop_between_the_halves_of_a_replacement_ends_no_access(terraform: &Terraform) {
    for on_existing in ["error", "adopt"] {
        let (sim, ws) = start(terraform);
        let hcl = |alias: &str| {
            format!(
                r#"
                resource "atlan_group" "first" {{ alias = "{alias}" }}
                resource "atlan_user_invite" "ada" {{
                  email       = "ada@example.com"
                  role        = "$member"
                  on_existing = "{on_existing}"
                  depends_on  = [atlan_group.first]
                }}"#
            )
        };
        ws.write(&hcl("First"));
        ws.apply().ok();
        sim.accept("ada@example.com").unwrap();
        let ada = sim.user("ada@example.com").unwrap();

        ws.terraform(&["taint", "atlan_user_invite.ada"]).ok();
        ws.write(&hcl("Renamed"));
        sim.clear_journal();
        let hold = sim.hold("POST", "/api/service/groups/*", Moment::Before);
        let running = ws.spawn_apply();
        in_time(sim.arrived("POST", "/api/service/groups/*"));
        interrupt(running, hold).fails();
        assert_eq!(ws.state().addresses(), ["atlan_group.first"], "the create half was not started");
        assert_eq!(sim.user("ada@example.com").unwrap(), ada, "nobody lost any access");

        if on_existing == "error" {
            let refused = ws.apply().fails().says(&[&ada.id, "is in the tenant already", "import {"]);
            ws.write(&format!("{}\n{}", hcl("Renamed"), refused.block("import {")));
        }
        ws.apply().ok();
        assert_eq!(ws.state().text("atlan_user_invite.ada", "id"), ada.id);
        assert_eq!((sim.user("ada@example.com").unwrap(), sim.mails().len()), (ada, 1));
        ws.plan_is_empty();
    }
}
