//! `atlan_user_role` with the real Terraform: a life, moves to and from an invitation, and stops in the middle.

use atlan_sim::{Moment, Rule, Sim};

use crate::harness::{
    MOVES, Terraform, Workspace, apply_until, each_terraform, interrupt, kill, known_tenant, start,
};

each_terraform![
    a_role_is_set_repaired_imported_and_restored,
    an_invitation_becomes_a_role_and_back_without_a_write,
    a_person_of_an_invitation_that_leaves_is_refused_while_planning,
    bad_input_is_refused_without_a_request,
    ctrl_c_while_a_role_changes_loses_nothing,
    a_role_that_was_raised_is_seen_before_it_is_taken_away,
    a_new_resource_that_lowers_a_role_says_so,
    after_a_kill_the_next_apply_converges,
    lost_answers_converge,
    under_create_before_destroy_it_is_said_what_a_destroy_will_leave,
    somebody_who_has_left_does_not_block_a_destroy,
    a_new_address_of_the_person_changes_only_the_name,
    a_replacement_by_an_old_address_is_refused,
];

const UPDATES: &str = "/api/service/users/*/roles/update";
const ADDRESS: &str = "atlan_user_role.ada";

fn role(role: &str) -> String {
    format!("resource \"atlan_user_role\" \"ada\" {{\n  user = \"ada@example.com\"\n  role = {role:?}\n}}\n")
}

fn invitation(role: &str) -> String {
    format!(
        "resource \"atlan_user_invite\" \"ada\" {{\n  email = \"ada@example.com\"\n  role  = {role:?}\n}}\n"
    )
}

fn moved(from: &str, to: &str) -> String {
    format!("moved {{\n  from = atlan_user_{from}.ada\n  to   = atlan_user_{to}.ada\n}}\n")
}

/// A tenant to which Ada came by single sign-on, as a member.
fn with_ada(terraform: &Terraform) -> (Sim, Workspace) {
    let sim = known_tenant();
    sim.give_role("ada@example.com", "$member").unwrap();
    let ws = Workspace::new(terraform, &sim);
    (sim, ws)
}

fn role_of(sim: &Sim) -> &'static str {
    sim.user("ada@example.com").expect("there").role
}

fn changes(sim: &Sim) -> usize {
    sim.journal().on("POST", UPDATES).len()
}

fn a_role_is_set_repaired_imported_and_restored(terraform: &Terraform) {
    let (sim, ws) = with_ada(terraform);
    ws.write(&role("$admin"));
    ws.plan().does(&["create atlan_user_role.ada"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(role_of(&sim), "$admin");
    sim.give_role("ada@example.com", "$guest").unwrap();
    ws.plan().does(&["update atlan_user_role.ada"]);
    ws.apply().ok();
    assert_eq!(role_of(&sim), "$admin");
    assert_eq!(ws.state().text(ADDRESS, "previous_role"), "$member");
    // A replacement by itself keeps what the role was.
    sim.clear_journal();
    ws.terraform(&["apply", "-auto-approve", "-replace=atlan_user_role.ada"]).ok();
    assert_eq!(changes(&sim), 0, "{}", sim.journal());
    assert_eq!(ws.state().text(ADDRESS, "previous_role"), "$member");
    ws.plan_is_empty();
    ws.destroy().ok();
    assert_eq!(role_of(&sim), "$member");

    ws.import(ADDRESS, "Ada@example.com").ok();
    ws.apply().ok();
    ws.plan_is_empty();
    ws.destroy().ok().says(&["ada@example.com keeps the role $admin"]);
    assert!(sim.mails().is_empty());
}

/// The day on which a tenant turns single sign-on on, and back.
fn an_invitation_becomes_a_role_and_back_without_a_write(terraform: &Terraform) {
    if terraform.lacks(MOVES) {
        return;
    }
    let (sim, ws) = start(terraform);
    ws.write(&invitation("$member"));
    ws.apply().ok();
    let id = ws.state().text("atlan_user_invite.ada", "id");
    sim.accept("ada@example.com").unwrap();
    sim.clear_journal();
    ws.write(&(role("$member") + &moved("invite", "role")));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(ws.state().text(ADDRESS, "id"), id);
    ws.write(&(invitation("$member") + &moved("role", "invite")));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(ws.state().text("atlan_user_invite.ada", "id"), id);
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    assert_eq!(sim.mails().len(), 1);
}

fn a_person_of_an_invitation_that_leaves_is_refused_while_planning(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&invitation("$member"));
    ws.apply().ok();
    sim.clear_journal();
    ws.write(&role("$admin"));
    ws.try_plan().fails().says(&[
        "ada@example.com is both removed and created",
        "from = atlan_user_invite.OLD",
        "to   = atlan_user_role.NEW",
        "destroy = false",
    ]);
    ws.write(&(invitation("$member") + &role("$admin")));
    ws.try_plan().fails().says(&["ada@example.com is managed at another resource address"]);
    assert!(sim.journal().writes().is_empty());
}

fn bad_input_is_refused_without_a_request(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write("resource \"atlan_user_role\" \"ada\" {\n  user = \"ada\"\n  role = \"owner\"\n}\n");
    ws.try_plan()
        .fails()
        .says(&["is not a person: give a GUID or an email address", "It must be one of \"$admin\""]);
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
    ws.write(&role("$admin"));
    ws.try_plan().fails().says(&["There is no such person", "`atlan_user_role` manages people who exist"]);
}

fn ctrl_c_while_a_role_changes_loses_nothing(terraform: &Terraform) {
    let (sim, ws) = with_ada(terraform);
    for (configuration, present) in [
        (role("$admin"), "$admin"),
        (role("$guest"), "$guest"),
        (role("$admin"), "$admin"),
        (String::new(), "$guest"),
    ] {
        ws.write(&configuration);
        let (running, hold) = apply_until(&sim, &ws, UPDATES);
        interrupt(running, hold).fails();
        let present = if configuration.is_empty() { "$member" } else { present };
        assert_eq!(role_of(&sim), present);
        let state = ws.state();
        assert_eq!(state.addresses().len(), usize::from(!configuration.is_empty()));
        if !configuration.is_empty() {
            assert_eq!(state.text(ADDRESS, "previous_role"), "$member");
        }
        ws.apply().ok();
        ws.plan_is_empty();
        sim.clear_journal();
    }
}

/// Terraform 1.11 plans the end of a resource that has left the configuration by the state of before the refresh, so that its
/// plan does not show the role.
fn a_role_that_was_raised_is_seen_before_it_is_taken_away(terraform: &Terraform) {
    let (sim, ws) = with_ada(terraform);
    ws.write(&role("$guest"));
    ws.apply().ok();
    sim.give_role("ada@example.com", "$admin").unwrap();
    ws.write("");
    let first = ws.apply();
    if role_of(&sim) == "$admin" {
        first.fails().says(&["The role of ada@example.com changed since the plan"]);
        ws.try_plan().ok().says(&["\"$admin\" -> null"]);
        ws.apply().ok();
    } else {
        first.ok();
    }
    assert_eq!(role_of(&sim), "$member");
    assert!(ws.state().addresses().is_empty());
}

/// The apply of a saved plan plans a new resource once more, and says what has changed since.
fn a_new_resource_that_lowers_a_role_says_so(terraform: &Terraform) {
    let (sim, ws) = with_ada(terraform);
    ws.write(&role("$guest"));
    let warning = "A new `atlan_user_role` lowers a role";
    ws.try_plan().ok().says(&[warning, "has the role $member"]);
    sim.give_role("ada@example.com", "$guest").unwrap();
    ws.terraform(&["plan", "-input=false", "-out=saved"]).ok().does_not_say(&[warning]);
    sim.give_role("ada@example.com", "$admin").unwrap();
    ws.terraform(&["apply", "-input=false", "saved"]).ok().says(&[warning, "has the role $admin"]);
    assert_eq!((role_of(&sim), ws.state().text(ADDRESS, "previous_role")), ("$guest", "$admin".to_owned()));
    ws.plan_is_empty();
}

fn after_a_kill_the_next_apply_converges(terraform: &Terraform) {
    let (sim, ws) = with_ada(terraform);
    // A create that is killed leaves no state, and so no earlier role to restore.
    let lowered_at_the_end = |present: &str| role(present).replace("}", "  on_destroy = \"downgrade\"\n}");
    for (configuration, present) in [
        (lowered_at_the_end("$admin"), "$admin"),
        (lowered_at_the_end("$member"), "$member"),
        (String::new(), "$guest"),
    ] {
        ws.write(&configuration);
        let (running, hold) = apply_until(&sim, &ws, UPDATES);
        kill(&ws, running, hold);
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(role_of(&sim), present);
        sim.clear_journal();
    }
    assert!(ws.state().addresses().is_empty());
}

/// A third of all answers is lost, some after the effect.
fn lost_answers_converge(terraform: &Terraform) {
    let (sim, ws) = with_ada(terraform);
    let lost = |moment| Rule::on("*", "/api/service/*").drop(moment).probability(0.15, 7);
    for present in ["$admin", "$guest", "$member"] {
        ws.write(&role(present));
        sim.set_faults(vec![lost(Moment::Before), lost(Moment::After)]).unwrap();
        let _ = ws.apply();
        sim.set_faults(vec![]).unwrap();
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(role_of(&sim), present);
    }
}

/// Terraform tells the new half nothing of the old one, so it takes the role that the old one has set for the one of before.
fn under_create_before_destroy_it_is_said_what_a_destroy_will_leave(terraform: &Terraform) {
    let (sim, ws) = with_ada(terraform);
    let created_first = |policy: &str| {
        format!(
            "resource \"atlan_user_role\" \"ada\" {{\n  user = \"ada@example.com\"\n  role = \"$admin\"\n  {policy}\n  \
             lifecycle {{\n    create_before_destroy = true\n  }}\n}}\n"
        )
    };
    ws.write(&created_first(""));
    ws.apply().ok();
    ws.terraform(&["apply", "-auto-approve", "-replace=atlan_user_role.ada"]).ok().says(&[
        "The role of ada@example.com was not restored",
        "The role before this resource was $member",
        "its `previous_role` is $admin",
    ]);
    ws.destroy().ok().says(&["ada@example.com keeps the role $admin"]);
    assert_eq!(role_of(&sim), "$admin");
    // What the warning advises.
    sim.give_role("ada@example.com", "$member").unwrap();
    ws.write(&created_first(""));
    ws.apply().ok();
    ws.terraform(&["apply", "-auto-approve", "-replace=atlan_user_role.ada"]).ok();
    ws.write(&created_first("on_destroy = \"downgrade\""));
    ws.apply().ok();
    ws.destroy().ok().does_not_say(&["Warning: ada@example.com"]);
    assert_eq!(role_of(&sim), "$guest");
}

/// Before it plans a destroy, Terraform plans as if it were to apply: there, somebody who has left is to be created.
fn somebody_who_has_left_does_not_block_a_destroy(terraform: &Terraform) {
    let both = format!("{}resource \"atlan_group\" \"g\" {{\n  alias = \"G\"\n}}\n", role("$admin"));
    let (sim, ws) = with_ada(terraform);
    ws.write(&both);
    ws.apply().ok();
    sim.remove("ada@example.com").unwrap();
    ws.try_plan().ok().says(&["ada@example.com has left Atlan"]);
    ws.destroy().ok();
    assert!(ws.state().addresses().is_empty());

    // Of somebody whom the state does not have, nothing is known; the error names the way out.
    let (sim, ws) = with_ada(terraform);
    ws.write(&both);
    ws.apply().ok();
    sim.remove("ada@example.com").unwrap();
    ws.terraform(&["apply", "-auto-approve", "-refresh-only"]).ok();
    ws.destroy().fails().says(&["There is no such person", "terraform destroy -refresh=false"]);
    ws.terraform(&["destroy", "-auto-approve", "-refresh=false"]).ok();
    assert!(ws.state().addresses().is_empty());
}

/// The address changes in Atlan, and the configuration follows at some time, or never.
fn a_new_address_of_the_person_changes_only_the_name(terraform: &Terraform) {
    let (old, new) = ("ada@example.com", "eve@example.com");
    let follows = |sim: &Sim, ws: &Workspace| {
        sim.give_address(old, new).unwrap();
        sim.clear_journal();
        ws.write(&role("$admin").replace(old, new));
    };
    let is_restored = |sim: &Sim, ws: &Workspace| {
        assert_eq!(ws.state().text(ADDRESS, "previous_role"), "$member");
        ws.destroy().ok();
        assert_eq!((changes(sim), sim.user(new).expect("there").role), (1, "$member"));
    };
    let managed = || {
        let (sim, ws) = with_ada(terraform);
        ws.write(&role("$admin"));
        ws.apply().ok();
        (sim, ws)
    };

    let (sim, ws) = managed();
    follows(&sim, &ws);
    ws.plan().does(&["update atlan_user_role.ada"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(ws.state().text(ADDRESS, "user"), new);
    is_restored(&sim, &ws);

    // At once, by a destroy.
    let (sim, ws) = managed();
    follows(&sim, &ws);
    is_restored(&sim, &ws);

    let (sim, ws) = managed();
    follows(&sim, &ws);
    ws.terraform(&["apply", "-auto-approve", "-refresh=false"]).ok();
    ws.plan_is_empty();
    assert_eq!(ws.state().text(ADDRESS, "email"), new);
    is_restored(&sim, &ws);

    for refreshes in ["-refresh=true", "-refresh=false"] {
        let (sim, ws) = managed();
        follows(&sim, &ws);
        ws.terraform(&["apply", "-auto-approve", "-replace=atlan_user_role.ada", refreshes]).ok();
        ws.plan_is_empty();
        is_restored(&sim, &ws);
    }

    // The configuration keeps the old address, which somebody else gets.
    let (sim, ws) = managed();
    sim.give_address(old, new).unwrap();
    sim.admit(old, "$guest", false).unwrap();
    sim.clear_journal();
    ws.try_plan().ok().says(&["An `atlan_user_role` names an old address", "user = \"eve@example.com\""]);
    ws.apply().ok();
    is_restored(&sim, &ws);
    assert_eq!(role_of(&sim), "$guest");
}

/// A new object is for whoever has the address by then.
fn a_replacement_by_an_old_address_is_refused(terraform: &Terraform) {
    let new = "eve@example.com";
    for newcomer in [true, false] {
        for refreshes in ["-refresh=true", "-refresh=false"] {
            for lifecycle in ["", "  lifecycle {\n    create_before_destroy = true\n  }\n}\n"] {
                let (sim, ws) = with_ada(terraform);
                let first = role("$admin");
                let config = if lifecycle.is_empty() { first } else { first.replace("}\n", lifecycle) };
                ws.write(&config);
                ws.apply().ok();
                sim.give_address("ada@example.com", new).unwrap();
                if newcomer {
                    sim.admit("ada@example.com", "$guest", false).unwrap();
                }
                sim.clear_journal();
                let replaced =
                    ws.terraform(&["apply", "-auto-approve", "-replace=atlan_user_role.ada", refreshes]);
                replaced.fails().says(&["`user = \"eve@example.com\"`"]);
                assert_eq!(changes(&sim), 0, "{}", sim.journal());
                assert_eq!(ws.state().text(ADDRESS, "previous_role"), "$member");
                ws.write(&config.replace("ada@example.com", new));
                ws.terraform(&["apply", "-auto-approve", "-replace=atlan_user_role.ada", refreshes]).ok();
                assert_eq!(changes(&sim), 0, "{}", sim.journal());
                ws.plan_is_empty();
            }
        }
    }
}
