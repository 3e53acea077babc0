//! Actions, invoked by hand and triggered by the life of a resource.

use std::fs;
use std::path::Path;

use atlan_sim::{KeyKind, Moment, Options, Rule, Sim};

use crate::harness::{
    ACTIONS, Output, Terraform, Workspace, each_terraform, in_time, interrupt, kill, run_until, tenant_with,
};

each_terraform![
    people_are_disabled_and_enabled_by_hand_and_the_state_stays,
    ctrl_c_ends_an_action_and_says_who_is_done,
    a_partial_failure_fails_the_command_and_says_who_is_done,
    a_resend_is_triggered_after_a_create_and_after_an_update,
    a_person_is_removed_by_hand_and_each_refusal_comes_first,
    a_person_of_the_configuration_is_not_removed,
    examples_of_actions_are_invoked,
    after_a_kill_the_same_action_finishes_what_was_begun,
];

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// A tenant with the session of its admin as key, two members, and an empty folder. `None`: there are no actions.
fn cast(terraform: &Terraform) -> Option<(Sim, Workspace)> {
    if terraform.lacks(ACTIONS) {
        return None;
    }
    let sim = tenant_with(Options { key_kind: KeyKind::User, ..Options::default() });
    for email in [ADA, EVE] {
        sim.admit(email, "$member", false).unwrap();
    }
    let ws = Workspace::new(terraform, &sim);
    Some((sim, ws))
}

fn invoke(ws: &Workspace, action: &str) -> Output {
    ws.terraform(&["apply", "-auto-approve", "-input=false", &format!("-invoke=action.{action}")])
}

/// Invokes an action, and kills Terraform when a POST to this path has taken effect and no answer has come back.
fn kill_at(sim: &Sim, ws: &Workspace, action: &str, path: &str) {
    let invoke = ["apply", "-auto-approve", "-input=false", &format!("-invoke=action.{action}")];
    let (running, hold) = run_until(sim, ws, &invoke, "POST", path);
    kill(ws, running, hold);
}

fn action(kind: &str, label: &str, config: &str) -> String {
    format!("action \"atlan_{kind}\" \"{label}\" {{\n  config {{\n{config}\n  }}\n}}\n")
}

fn is_enabled(sim: &Sim, email: &str) -> bool {
    sim.user(email).unwrap().enabled
}

fn people_are_disabled_and_enabled_by_hand_and_the_state_stays(terraform: &Terraform) {
    let Some((sim, ws)) = cast(terraform) else { return };
    let invite = format!(
        "resource \"atlan_user_invite\" \"ada\" {{\n  email = {ADA:?}\n  role = \"$member\"\n  on_existing = \"adopt\"\n}}\n"
    );
    let users = format!("users = [{ADA:?}, {EVE:?}]");
    ws.write(&format!(
        "{invite}{}{}",
        action("disable_user", "x", &users),
        action("enable_user", "x", &users)
    ));
    ws.apply().ok();
    assert!(is_enabled(&sim, ADA), "an apply alone invokes nothing");
    invoke(&ws, "atlan_disable_user.x")
        .ok()
        .says(&["ada@example.com: disabled", "eve@example.com: disabled"]);
    assert!(!is_enabled(&sim, ADA) && !is_enabled(&sim, EVE));
    ws.plan_is_empty();
    invoke(&ws, "atlan_disable_user.x").ok().says(&["eve@example.com: is disabled already"]);
    invoke(&ws, "atlan_enable_user.x").ok().says(&["ada@example.com: enabled"]);
    assert!(is_enabled(&sim, ADA) && is_enabled(&sim, EVE));
}

/// What is done after it is told, too. Terraform 1.15 crashes if a provider reports progress then.
fn ctrl_c_ends_an_action_and_says_who_is_done(terraform: &Terraform) {
    let Some((sim, ws)) = cast(terraform) else { return };
    ws.write(&action("disable_user", "x", &format!("users = [{ADA:?}, {EVE:?}]")));
    let hold = sim.hold("POST", "/api/service/users/*", Moment::After);
    let running =
        ws.spawn(&["apply", "-auto-approve", "-input=false", "-invoke=action.atlan_disable_user.x"]);
    in_time(sim.arrived("POST", "/api/service/users/*"));
    let output = interrupt(running, hold);
    output.fails().says(&[
        "Done after the interrupt",
        "ada@example.com: disabled",
        "eve@example.com: failed",
    ]);
    assert!(!is_enabled(&sim, ADA) && is_enabled(&sim, EVE));
}

fn a_partial_failure_fails_the_command_and_says_who_is_done(terraform: &Terraform) {
    let Some((sim, ws)) = cast(terraform) else { return };
    ws.write(&action("disable_user", "x", &format!("users = [{ADA:?}, {EVE:?}]")));
    let path = format!("/api/service/users/{}", sim.user(ADA).unwrap().id);
    sim.fault(Rule::on("POST", &path).status(422).times(1)).unwrap();
    invoke(&ws, "atlan_disable_user.x").fails().says(&["Could not disable 1 of 2 people", ADA]);
    assert!(is_enabled(&sim, ADA) && !is_enabled(&sim, EVE));
    invoke(&ws, "atlan_disable_user.x").ok();
    assert!(!is_enabled(&sim, ADA));
}

fn a_resend_is_triggered_after_a_create_and_after_an_update(terraform: &Terraform) {
    let Some((sim, ws)) = cast(terraform) else { return };
    let hcl = |role: &str| {
        let resend = action("resend_invite", "bob", "users = [atlan_user_invite.bob.email]");
        format!(
            "resource \"atlan_user_invite\" \"bob\" {{\n  email = \"bob@example.com\"\n  role = {role:?}\n  lifecycle {{\n    \
             action_trigger {{\n      events = [after_create, after_update]\n      \
             actions = [action.atlan_resend_invite.bob]\n    }}\n  }}\n}}\n{resend}"
        )
    };
    let mails = || sim.mails_to("bob@example.com");
    ws.write(&hcl("$member"));
    ws.apply().ok().says(&["bob@example.com: the invitation was sent again"]);
    assert_eq!(mails(), 2, "the invitation, and once more");
    ws.plan_is_empty();
    ws.apply().ok();
    assert_eq!(mails(), 2, "nothing changed");
    ws.write(&hcl("$guest"));
    ws.apply().ok().says(&["bob@example.com: the invitation was sent again"]);
    assert_eq!(mails(), 3);
    ws.plan_is_empty();
}

fn a_person_is_removed_by_hand_and_each_refusal_comes_first(terraform: &Terraform) {
    let Some((sim, ws)) = cast(terraform) else { return };
    let config = |confirmed: &str, heir: &str| {
        action(
            "remove_user",
            "x",
            &format!("user = {ADA:?}\ntransfer_to = {heir:?}\nconfirm_email = {confirmed:?}"),
        )
    };
    ws.write(&config(EVE, EVE));
    ws.validate().fails().says(&["The removal is not confirmed"]);
    ws.write(&config(ADA, "nobody@example.com"));
    invoke(&ws, "atlan_remove_user.x").fails().says(&["Nobody is known to Atlan"]);
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    ws.write(&config(ADA, EVE));
    invoke(&ws, "atlan_remove_user.x")
        .ok()
        .says(&["Atlan has accepted the removal", "ada@example.com: removed"]);
    assert!(sim.user(ADA).is_none());
}

/// Neither by hand nor by a trigger: the next apply would invite the person again.
fn a_person_of_the_configuration_is_not_removed(terraform: &Terraform) {
    for (kind, named) in [("user_invite", "email"), ("user_role", "user")] {
        let Some((sim, ws)) = cast(terraform) else { return };
        let adopt = if kind == "user_invite" { "  on_existing = \"adopt\"\n" } else { "" };
        let config = |role: &str, trigger: &str| {
            let resource = format!(
                "resource \"atlan_{kind}\" \"ada\" {{\n  {named} = {ADA:?}\n  role = {role:?}\n{adopt}{trigger}}}\n"
            );
            let user = format!("atlan_{kind}.ada.{named}");
            resource
                + &action(
                    "remove_user",
                    "x",
                    &format!("user = {user}\ntransfer_to = {EVE:?}\nconfirm_email = {ADA:?}"),
                )
        };
        ws.write(&config("$member", ""));
        ws.apply().ok();
        sim.clear_journal();
        let refused = ["manages the person", "Then invoke the action again"];
        invoke(&ws, "atlan_remove_user.x").fails().says(&refused);
        let trigger = "  lifecycle {\n    action_trigger {\n      events = [after_update]\n      \
                       actions = [action.atlan_remove_user.x]\n    }\n  }\n";
        ws.write(&config("$guest", trigger));
        ws.apply().fails().says(&refused);
        assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    }
}

/// By the command in the comment of each.
fn examples_of_actions_are_invoked(terraform: &Terraform) {
    if terraform.lacks(ACTIONS) {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/actions");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let sim = tenant_with(Options { key_kind: KeyKind::User, ..Options::default() });
        sim.admit(ADA, "$member", false).unwrap();
        sim.admit("grace@example.com", "$member", false).unwrap();
        let ws = Workspace::new(terraform, &sim);
        let text = fs::read_to_string(entry.unwrap().path().join("action.tf")).unwrap();
        let command = text.lines().find_map(|line| line.split_once("-invoke=action.")).unwrap().1.to_owned();
        ws.write(&crate::examples::without_versions(&text));
        ws.apply().ok();
        sim.advance(std::time::Duration::from_secs(73 * 3600));
        invoke(&ws, &command).ok().says(&["@example.com: "]);
        count += 1;
    }
    assert_eq!(count, 4);
}

fn after_a_kill_the_same_action_finishes_what_was_begun(terraform: &Terraform) {
    let Some((sim, ws)) = cast(terraform) else { return };
    let users = format!("users = [{ADA:?}, {EVE:?}]");
    ws.write(&action("disable_user", "x", &users));
    kill_at(&sim, &ws, "atlan_disable_user.x", "/api/service/users/*");
    assert!(!is_enabled(&sim, ADA) && is_enabled(&sim, EVE));
    invoke(&ws, "atlan_disable_user.x")
        .ok()
        .says(&["ada@example.com: is disabled already", "eve@example.com: disabled"]);
    ws.write(&action("enable_user", "x", &users));
    kill_at(&sim, &ws, "atlan_enable_user.x", "/api/service/users/*");
    assert!(is_enabled(&sim, ADA) && !is_enabled(&sim, EVE));
    invoke(&ws, "atlan_enable_user.x")
        .ok()
        .says(&["ada@example.com: is enabled already", "eve@example.com: enabled"]);
    let leaver = format!("user = {ADA:?}\ntransfer_to = {EVE:?}\nconfirm_email = {ADA:?}");
    ws.write(&action("remove_user", "x", &leaver));
    kill_at(&sim, &ws, "atlan_remove_user.x", "/api/service/workflows");
    invoke(&ws, "atlan_remove_user.x").fails().says(&["Nobody is known to Atlan"]);
    assert!(sim.user(ADA).is_none() && sim.user(EVE).is_some());
    assert_eq!(sim.journal().count("POST", "/api/service/workflows"), 1);
    // The tenant notes when it sends a mail, so `older_than` leaves out whom the killed action has mailed.
    sim.invite("bob@example.com", "$guest").unwrap();
    sim.advance(std::time::Duration::from_secs(48 * 3600));
    let resend = "users = [\"bob@example.com\"]\nolder_than = \"24h\"";
    ws.write(&action("resend_invite", "x", resend));
    kill_at(&sim, &ws, "atlan_resend_invite.x", "/api/service/users/*/resendinvite");
    invoke(&ws, "atlan_resend_invite.x").ok().says(&["bob@example.com: skipped (invited at"]);
    assert_eq!(sim.mails_to("bob@example.com"), 2);
}
