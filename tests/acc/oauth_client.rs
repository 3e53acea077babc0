//! The life of an `atlan_oauth_client`, which becomes the credential of another provider, and what a killed apply leaves.

use std::fs;

use atlan_sim::Sim;
use serde_json::{Value, json};

use crate::harness::{
    IDENTITY, Terraform, apply_until, call, each_terraform, interrupt, kill, run_until, start, stop_at,
};

each_terraform![
    a_client_is_created_changed_replaced_imported_and_destroyed,
    the_secret_is_a_credential_and_in_no_plan,
    after_a_kill_the_client_without_a_state_is_named,
    each_plan_names_the_client_of_a_replacement_that_was_killed,
    ctrl_c_keeps_the_client_and_its_secret,
    ctrl_c_or_a_kill_in_a_rename_or_a_delete_loses_no_client,
    an_import_block_takes_the_identity,
];

const CLIENTS: &str = "/api/service/oauth-clients";
const PIPELINE: &str = "atlan_oauth_client.pipeline";

fn hcl(name: &str, role: &str, more: &str) -> String {
    format!(
        r#"
        resource "atlan_oauth_client" "pipeline" {{
          display_name = "{name}"
          role         = "{role}"
          {more}
        }}"#
    )
}

fn stored(name: &str, role: &str) -> String {
    hcl(name, role, "store_secret = true\n lifecycle { create_before_destroy = true }")
}

fn clients(sim: &Sim) -> Vec<(String, String)> {
    sim.oauth_clients().into_iter().map(|client| (client.display_name, client.role)).collect()
}

fn pair(name: &str, role: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), role.to_owned())]
}

fn a_client_is_created_changed_replaced_imported_and_destroyed(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&hcl("pipeline", "$member", ""));
    ws.try_plan().fails().says(&["The secret of a new client is shown once", "Set `store_secret = true`"]);
    ws.write(&stored("pipeline", "$owner"));
    ws.try_plan().fails().says(&["There is no such role"]);
    assert!(clients(&sim).is_empty());
    ws.write(&stored("pipeline", "member"));
    ws.plan().does(&["create atlan_oauth_client.pipeline"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(clients(&sim), pair("pipeline", "$member"));

    ws.write(&stored("pipeline 2", "$member"));
    ws.plan().does(&["update atlan_oauth_client.pipeline"]);
    ws.apply().ok();
    ws.plan_is_empty();
    ws.write(&stored("pipeline 2", "$guest"));
    ws.plan().does(&["replace atlan_oauth_client.pipeline"]);
    ws.apply().ok();
    ws.plan_is_empty();
    let secret = ws.state().text(PIPELINE, "client_secret");
    ws.terraform(&["apply", "-input=false", "-auto-approve", "-replace", PIPELINE]).ok();
    assert_ne!(ws.state().text(PIPELINE, "client_secret"), secret);
    assert_eq!(clients(&sim), pair("pipeline 2", "$guest"));

    ws.write(&hcl("pipeline 2", "$guest", ""));
    let client = sim.oauth_clients().remove(0);
    for import in [client.id, client.client_id, "name:pipeline 2".to_owned()] {
        ws.terraform(&["state", "rm", PIPELINE]).ok();
        ws.import(PIPELINE, &import).ok();
        ws.plan_is_empty();
        assert_eq!(ws.state().object(PIPELINE)["client_secret"], Value::Null);
    }
    ws.destroy().ok();
    assert!(ws.state().addresses().is_empty() && sim.oauth_clients().is_empty());
}

fn the_secret_is_a_credential_and_in_no_plan(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let log = ws.tmp().join("trace.log");
    let ws = ws.set("TF_LOG", "TRACE").set("TF_LOG_PATH", &log.display().to_string());
    ws.write(&stored("pipeline", "$admin"));
    let plan = ws.plan();
    assert!(plan.is_unknown(PIPELINE, "client_secret"));
    ws.apply().ok();
    let secret = ws.state().text(PIPELINE, "client_secret");
    ws.terraform(&["show"]).ok().says(&["(sensitive value)"]).does_not_say(&[&secret]);
    let written = fs::read_to_string(&log).unwrap();
    assert!(written.contains("POST") && written.contains(CLIENTS), "the log has the requests");
    assert_eq!(ws.files_with(&secret), Vec::<std::path::PathBuf>::new());
    // Another provider runs with it. It cannot delete itself.
    let (id, url) = (ws.state().text(PIPELINE, "client_id"), sim.base_url());
    let own = format!(
        "provider \"atlan\" {{\n  alias = \"own\"\n  base_url = {url:?}\n  oauth_client_id = {id:?}\n  oauth_client_secret = {secret:?}\n}}\n\
         data \"atlan_current_user\" \"me\" {{\n  provider = atlan.own\n}}\noutput \"me\" {{\n  value = data.atlan_current_user.me.kind\n}}\n"
    );
    ws.write(&format!("{}\n{own}", stored("pipeline", "$admin")));
    ws.apply().ok().says(&["oauth_client"]);
    let of_own = hcl("pipeline", "$admin", "store_secret = true\n provider = atlan.own");
    ws.write(&format!("{of_own}\n{own}"));
    ws.apply().ok();
    ws.destroy().fails().says(&["makes the requests of this run"]);
    for create_first in [false, true] {
        let life = format!("{{\n  lifecycle {{\n    create_before_destroy = {create_first}\n  }}");
        ws.write(&format!("{}\n{own}", of_own.replacen('{', &life, 1)));
        ws.terraform(&["apply", "-auto-approve", "-replace", PIPELINE])
            .fails()
            .says(&["makes the requests of this run"]);
        ws.plan_is_empty();
    }
    assert_eq!(clients(&sim), pair("pipeline", "$admin"));
}

/// Nothing but Atlan knows of the client whose create was under way. So the next apply names it, and a person decides.
fn after_a_kill_the_client_without_a_state_is_named(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&stored("pipeline", "$guest"));
    let (running, hold) = apply_until(&sim, &ws, CLIENTS);
    kill(&ws, running, hold);
    assert!(ws.state().addresses().is_empty());
    let left = sim.oauth_clients().remove(0);
    let warning = format!("OAuth client {:?} may be forgotten", left.display_name);
    ws.apply().ok().says(&[&warning, &left.id]);
    assert_eq!(sim.oauth_clients().len(), 2);
    ws.try_plan().ok().says(&[&warning, "No changes"]);
}

/// Under `create_before_destroy` the state has the old client then, and the plan has no changes.
fn each_plan_names_the_client_of_a_replacement_that_was_killed(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&stored("pipeline", "$guest"));
    ws.apply().ok();
    let replace = ["apply", "-auto-approve", "-input=false", "-replace", PIPELINE];
    let (running, hold) = run_until(&sim, &ws, &replace, "PUT", &format!("{CLIENTS}/*"));
    kill(&ws, running, hold);
    assert_eq!(clients(&sim), vec![("pipeline".to_owned(), "$guest".to_owned()); 2]);
    let left = sim.oauth_clients().pop().unwrap();
    let warning = "There is another OAuth client \"pipeline\"";
    ws.try_plan().ok().says(&["No changes", warning, &left.id, "nobody has the secret"]);
    // What the warning says.
    let other =
        "resource \"atlan_oauth_client\" \"left\" {\n  display_name = \"pipeline\"\n  role = \"$guest\"\n}\n";
    ws.write(&format!("{}\n{other}", stored("pipeline", "$guest")));
    ws.import("atlan_oauth_client.left", &left.id).ok();
    ws.write(&stored("pipeline", "$guest"));
    ws.apply().ok();
    ws.try_plan().ok().says(&["No changes"]).does_not_say(&["There is another"]);
    assert_eq!(clients(&sim), [("pipeline".to_owned(), "$guest".to_owned())]);
}

fn an_import_block_takes_the_identity(terraform: &Terraform) {
    if terraform.lacks(IDENTITY) {
        return;
    }
    let (sim, ws) = start(terraform);
    let body = json!({ "displayName": "pipeline", "description": "", "role": "$guest", "personaQNs": [] });
    call(&sim, "POST", CLIENTS, &body);
    let id = sim.oauth_clients().remove(0).id;
    let block = format!("import {{\n  to = {PIPELINE}\n  identity = {{\n    id = {id:?}\n  }}\n}}\n");
    ws.write(&format!("{}\n{block}", hcl("pipeline", "$guest", "")));
    ws.plan().does(&["import atlan_oauth_client.pipeline"]);
    ws.apply().ok();
    ws.plan_is_empty();
}

fn ctrl_c_keeps_the_client_and_its_secret(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&stored("pipeline", "$guest"));
    let (running, hold) = apply_until(&sim, &ws, CLIENTS);
    interrupt(running, hold);
    let secret = ws.state().text(PIPELINE, "client_secret");
    assert!(!secret.is_empty() && !ws.state().is_tainted(PIPELINE));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(clients(&sim), pair("pipeline", "$guest"));
    assert_eq!(ws.state().text(PIPELINE, "client_secret"), secret);
}

fn ctrl_c_or_a_kill_in_a_rename_or_a_delete_loses_no_client(terraform: &Terraform) {
    for kills in [false, true] {
        let (sim, ws) = start(terraform);
        ws.write(&stored("pipeline", "$guest"));
        ws.apply().ok();
        let secret = ws.state().text(PIPELINE, "client_secret");
        ws.write(&stored("pipeline 2", "$guest"));
        stop_at(&sim, &ws, "PUT", &format!("{CLIENTS}/*"), kills);
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(clients(&sim), pair("pipeline 2", "$guest"));
        assert_eq!(ws.state().text(PIPELINE, "client_secret"), secret);
        ws.write("");
        stop_at(&sim, &ws, "DELETE", &format!("{CLIENTS}/*"), kills);
        ws.apply().ok();
        assert!(ws.state().addresses().is_empty() && clients(&sim).is_empty());
        assert_eq!(sim.journal().count("DELETE", "*"), 1, "{}", sim.journal());
    }
}
