//! The life of an `atlan_api_token`: its secret is in the state and nowhere else, and a killed apply hides no token.

use std::fs;

use atlan_sim::{Rule, Sim};
use serde_json::{Value, json};

use crate::harness::{
    IDENTITY, Terraform, apply_until, call, each_terraform, in_time, interrupt, kill, run_until, signal,
    start, stop_at,
};

each_terraform![
    a_token_is_created_changed_rotated_imported_and_destroyed,
    the_secret_is_in_the_state_and_nowhere_else,
    ctrl_c_keeps_the_token_and_its_secret,
    after_a_kill_the_token_without_a_state_is_named_and_can_be_deleted,
    each_plan_names_the_token_of_a_replacement_that_was_killed,
    ctrl_c_or_a_kill_in_a_rename_or_a_delete_loses_no_token,
    an_import_block_takes_the_identity,
    the_token_of_the_run_is_not_replaced_by_order,
    a_token_that_is_gone_does_not_block_a_destroy,
];

const TOKENS: &str = "/api/service/apikeys";
const DBT: &str = "atlan_api_token.dbt";

fn hcl(name: &str, more: &str) -> String {
    format!(
        r#"
        resource "atlan_api_token" "dbt" {{
          display_name = "{name}"
          validity     = "2160h"
          {more}
        }}"#
    )
}

fn stored(name: &str) -> String {
    hcl(name, "store_token = true")
}

fn names(sim: &Sim) -> Vec<String> {
    sim.tokens().into_iter().map(|token| token.display_name).collect()
}

/// Whether the tenant accepts it as a credential.
pub(crate) fn acts(sim: &Sim, secret: &str) -> bool {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}/api/service/users/current", sim.base_url())).bearer_auth(secret);
    in_time(async { request.send().await.unwrap().status().is_success() })
}

fn a_token_is_created_changed_rotated_imported_and_destroyed(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&hcl("dbt", ""));
    ws.try_plan().fails().says(&["The secret of a new token is shown once", "Set `store_token = true`"]);
    assert!(sim.tokens().is_empty());
    ws.write(&stored("dbt"));
    ws.plan().does(&["create atlan_api_token.dbt"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(names(&sim), ["dbt"]);
    let secret = ws.state().text(DBT, "token");
    assert!(acts(&sim, &secret));

    ws.write(&stored("dbt Cloud"));
    ws.plan().does(&["update atlan_api_token.dbt"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((names(&sim), ws.state().text(DBT, "token")), (vec!["dbt Cloud".to_owned()], secret.clone()));

    // The whole life lies within `rotate_before`, but for its first second.
    let rotating =
        "store_token = true\n rotate_before = \"2159h\"\n lifecycle { create_before_destroy = true }";
    ws.write(&hcl("dbt Cloud", rotating));
    ws.apply().ok();
    ws.plan_is_empty();
    sim.advance(std::time::Duration::from_secs(2 * 3600));
    ws.plan().does(&["replace atlan_api_token.dbt"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(names(&sim), ["dbt Cloud"]);
    assert!(!acts(&sim, &secret) && acts(&sim, &ws.state().text(DBT, "token")));

    ws.write(&hcl("dbt Cloud", ""));
    let token = sim.tokens().remove(0);
    for import in [token.id.clone(), ws.state().text(DBT, "client_id"), "name:dbt Cloud".to_owned()] {
        ws.terraform(&["state", "rm", DBT]).ok();
        ws.import(DBT, &import).ok();
        ws.plan_is_empty();
        assert_eq!(ws.state().object(DBT)["token"], Value::Null);
    }
    ws.destroy().ok();
    assert!(ws.state().addresses().is_empty() && sim.tokens().is_empty());
}

fn an_import_block_takes_the_identity(terraform: &Terraform) {
    if terraform.lacks(IDENTITY) {
        return;
    }
    let (sim, ws) = start(terraform);
    call(
        &sim,
        "POST",
        TOKENS,
        &json!({ "displayName": "dbt", "description": "", "validitySeconds": 7_776_000 }),
    );
    let id = sim.tokens().remove(0).id;
    let block = format!("import {{\n  to = {DBT}\n  identity = {{\n    id = {id:?}\n  }}\n}}\n");
    ws.write(&format!("{}\n{block}", hcl("dbt", "")));
    ws.plan().does(&["import atlan_api_token.dbt"]);
    ws.apply().ok();
    ws.plan_is_empty();
}

fn the_secret_is_in_the_state_and_nowhere_else(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let ws = ws.set("TF_LOG", "TRACE").set("ATLAN_MAX_RETRIES", "0");
    let log = ws.tmp().join("trace.log");
    let ws = ws.set("TF_LOG_PATH", &log.display().to_string());
    ws.write(&format!(
        "{}\noutput \"token\" {{\n  value     = {DBT}.token\n  sensitive = true\n}}\n",
        stored("dbt")
    ));
    let plan = ws.plan();
    assert!(plan.is_unknown(DBT, "token"));
    // The plan of the create, which knows no secret yet. The new token keeps its temporary name.
    sim.fault(Rule::on("POST", "/api/service/apikeys/*").status(409).times(1)).unwrap();
    ws.terraform(&["apply", "-input=false", "plan"]).ok().says(&["keeps a temporary name"]);
    let secret = ws.state().text(DBT, "token");
    assert!(secret.len() > 30 && acts(&sim, &secret));
    // Another run, with a server that repeats the secret in an error.
    let echo = json!({ "code": 403, "message": format!("{secret} may not, Bearer {secret}") });
    sim.fault(Rule { body: Some(echo), ..Rule::on("POST", "/api/service/apikeys/*").status(403).times(1) })
        .unwrap();
    ws.apply().fails().says(&["403", "may not, Bearer"]);
    ws.apply().ok();
    ws.terraform(&["show"]).ok().says(&["(sensitive value)"]);

    let state: Value =
        serde_json::from_str(&fs::read_to_string(ws.folder().join("terraform.tfstate")).unwrap()).unwrap();
    let instance = &state["resources"][0]["instances"][0];
    assert_eq!(instance["attributes"]["token"], *secret);
    let sensitive = instance["sensitive_attributes"].to_string();
    // Older releases leave the paths to the provider's schema.
    assert!(sensitive == "[]" || sensitive.contains("token"), "{sensitive}");
    let holds =
        |text: &[u8]| text.windows(secret.len()).filter(|window| *window == secret.as_bytes()).count();
    // The attribute, and the output that the configuration asks for.
    assert_eq!(holds(state.to_string().as_bytes()), 2);
    let encoded = base64(&secret);
    assert!(!state.to_string().contains(&encoded[..encoded.len() - 4]), "private state is in base64");
    let written = fs::read_to_string(&log).unwrap();
    assert!(written.contains("POST") && written.contains(TOKENS), "the log has the requests");
    assert_eq!(ws.files_with(&secret), Vec::<std::path::PathBuf>::new());
    // What `terraform show` reads out of the compressed plan of the create.
    assert_eq!(holds(plan.json.to_string().as_bytes()), 0);

    ws.write(&hcl("dbt", ""));
    ws.apply().ok();
    let state = fs::read(ws.folder().join("terraform.tfstate")).unwrap();
    assert_eq!(holds(&state), 0, "dropped from the state");
    assert!(acts(&sim, &secret), "and still in use");
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = text.as_bytes().chunks(3).map(|bytes| {
        let bits =
            (0..3).fold(0, |bits, at| bits << 8 | usize::from(bytes.get(at).copied().unwrap_or_default()));
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63]))
    });
    groups.flatten().collect()
}

fn ctrl_c_keeps_the_token_and_its_secret(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&stored("dbt"));
    let (running, hold) = apply_until(&sim, &ws, TOKENS);
    interrupt(running, hold);
    assert!(acts(&sim, &ws.state().text(DBT, "token")) && !ws.state().is_tainted(DBT));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(names(&sim), ["dbt"]);
}

/// Nothing but Atlan knows of the token whose create was under way. So the next apply names it, and a person decides.
fn after_a_kill_the_token_without_a_state_is_named_and_can_be_deleted(terraform: &Terraform) {
    for of_terraform in [true, false] {
        let (sim, ws) = start(terraform);
        ws.write(&stored("dbt"));
        let (running, hold) = apply_until(&sim, &ws, TOKENS);
        if of_terraform {
            kill(&ws, running, hold);
        } else {
            assert!(signal("KILL", &ws.providers().pop().unwrap().to_string()));
            running.wait().fails();
            drop(hold);
        }
        assert!(ws.state().addresses().is_empty());

        let left = sim.tokens().remove(0);
        let warning = format!("API token {:?} may be forgotten", left.display_name);
        ws.apply().ok().says(&[&warning, &left.id]);
        assert_eq!(names(&sim), [left.display_name.as_str(), "dbt"]);
        // Whoever ignores it hears of it again.
        ws.try_plan().ok().says(&[&warning, "No changes"]);
        ws.write(&format!("{}\nresource \"atlan_api_token\" \"left\" {{\n  display_name = {:?}\n  validity = \"2160h\"\n}}\n", stored("dbt"), left.display_name));
        ws.import("atlan_api_token.left", &left.id).ok();
        ws.write(&stored("dbt"));
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(names(&sim), ["dbt"]);
        ws.try_plan().ok().does_not_say(&["may be forgotten"]);
    }
}

/// Under `create_before_destroy` the state has the old token then, and the plan has no changes.
fn each_plan_names_the_token_of_a_replacement_that_was_killed(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let life = "lifecycle {\n    create_before_destroy = true\n  }";
    ws.write(&hcl("dbt", &format!("store_token = true\n  {life}\n  count = 12")));
    ws.apply().ok();
    // More resources share a name than Terraform reads at once.
    ws.try_plan().ok().says(&["No changes"]).does_not_say(&["There is another"]);
    let known: Vec<String> = sim.tokens().into_iter().map(|token| token.id).collect();

    let replace = ["apply", "-auto-approve", "-input=false", "-replace=atlan_api_token.dbt[0]"];
    let (running, hold) = run_until(&sim, &ws, &replace, "POST", &format!("{TOKENS}/*"));
    kill(&ws, running, hold);
    assert_eq!(names(&sim), ["dbt"; 13]);
    let left = sim.tokens().into_iter().find(|token| !known.contains(&token.id)).unwrap();
    for _ in 0..2 {
        let warning = "There is another API token \"dbt\"";
        ws.try_plan().ok().says(&["No changes", warning, &left.id, "nobody has the secret"]);
    }
    // Terraform shows no warning of the refresh before a destroy, and after it nobody would hear of the token.
    ws.terraform(&["plan", "-destroy"]).ok().says(&["There is another API token \"dbt\"", &left.id]);
    call(&sim, "DELETE", &format!("{TOKENS}/{}", left.id), &json!({}));
    ws.terraform(&["plan", "-destroy"]).ok().does_not_say(&["There is another"]);
    ws.try_plan().ok().says(&["No changes"]).does_not_say(&["There is another"]);
}

/// `-replace` shows in the second plan call only, and with `create_before_destroy` the new token would be there before the refusal.
fn the_token_of_the_run_is_not_replaced_by_order(terraform: &Terraform) {
    for create_first in [false, true] {
        let (sim, ws) = start(terraform);
        ws.write(&format!(
            "resource \"atlan_api_token\" \"own\" {{\n  display_name = \"terraform\"\n  validity = \"43800h\"\n  store_token = true\n  \
             lifecycle {{\n    create_before_destroy = {create_first}\n  }}\n}}\n"
        ));
        ws.import("atlan_api_token.own", "name:terraform").ok();
        ws.apply().ok();
        let order = "-replace=atlan_api_token.own";
        let refusal = ["makes the requests of this run", "allow_self_lockout"];
        ws.terraform(&["plan", order]).fails().says(&refusal);
        ws.terraform(&["apply", "-auto-approve", order]).fails().says(&refusal);
        assert!(names(&sim).is_empty(), "no successor");
        ws.plan_is_empty();
        // A tainted one is planned like a new one. Its successor is what can go on.
        ws.terraform(&["taint", "atlan_api_token.own"]).ok();
        let said = ws.apply().fails().says(&["makes the requests of this run"]);
        said.does_not_say(&["Nothing was changed"]);
    }
}

/// Before it plans a destroy, Terraform plans as if it were to apply: there, a token that is gone is to be created.
fn a_token_that_is_gone_does_not_block_a_destroy(terraform: &Terraform) {
    let group = "resource \"atlan_group\" \"g\" {\n  alias = \"G\"\n}\n";
    for dropped in [false, true] {
        let (sim, ws) = start(terraform);
        ws.write(&format!("{}\n{group}", stored("dbt")));
        ws.apply().ok();
        ws.write(&format!("{}\n{group}", hcl("dbt", "")));
        ws.apply().ok();
        call(&sim, "DELETE", &format!("{TOKENS}/{}", ws.state().text(DBT, "id")), &Value::Null);
        if dropped {
            ws.terraform(&["apply", "-auto-approve", "-refresh-only"]).ok();
            ws.destroy()
                .fails()
                .says(&["The secret of a new token is shown once", "terraform destroy -refresh=false"]);
            ws.terraform(&["destroy", "-auto-approve", "-refresh=false"]).ok();
        } else {
            ws.destroy().ok();
        }
        assert!(ws.state().addresses().is_empty());
    }
}

fn ctrl_c_or_a_kill_in_a_rename_or_a_delete_loses_no_token(terraform: &Terraform) {
    for kills in [false, true] {
        let (sim, ws) = start(terraform);
        ws.write(&stored("dbt"));
        ws.apply().ok();
        let secret = ws.state().text(DBT, "token");
        ws.write(&stored("dbt Cloud"));
        stop_at(&sim, &ws, "POST", &format!("{TOKENS}/*"), kills);
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(
            (names(&sim), ws.state().text(DBT, "token")),
            (vec!["dbt Cloud".to_owned()], secret.clone())
        );
        assert!(acts(&sim, &secret));
        ws.write("");
        stop_at(&sim, &ws, "DELETE", &format!("{TOKENS}/*"), kills);
        ws.apply().ok();
        assert!(ws.state().addresses().is_empty() && sim.tokens().is_empty());
        assert_eq!(sim.journal().count("DELETE", "*"), 1, "{}", sim.journal());
    }
}
