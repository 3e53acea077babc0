//! The guide Secrets.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::{Guide, stand_in};
use crate::api_token::acts;
use crate::harness::{EPHEMERAL, Terraform, WRITE_ONLY, Workspace, call, start};

const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let ephemeral = guide.block("ephemeral");
    if !terraform.lacks(EPHEMERAL) {
        let (sim, ws) = start(terraform);
        ws.write(&ephemeral);
        ws.apply().ok();
        ws.plan_is_empty();
        assert!(sim.tokens().is_empty() && sim.groups().len() == 1);
    }
    a_token_is_imported_without_its_secret(&guide.block("imported"), terraform);
    let (stored, drop) = (guide.block("stored"), guide.block("drop"));
    if !terraform.lacks(WRITE_ONLY) {
        a_secret_is_written_and_dropped(&stored, &drop, terraform);
    }
    two_tokens_take_turns(&guide.block("overlapping"), &guide.block("apart"), terraform);
}

fn a_token_is_imported_without_its_secret(hcl: &str, terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let token = json!({
        "displayName": "looker",
        "description": "Lineage from Looker. The secret is in the team's vault.",
        "validitySeconds": 31_536_000,
    });
    call(&sim, "POST", "/api/service/apikeys", &token);
    ws.write(hcl);
    ws.plan().does(&["import atlan_api_token.looker"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert!(ws.state().object("atlan_api_token.looker")["token"].is_null());

    ws.write(&hcl.replace("8760h", "4380h"));
    ws.try_plan().fails().says(&["store_token"]);
}

fn a_secret_is_written_and_dropped(hcl: &str, drop: &str, terraform: &Terraform) {
    let (sim, ws, folder) = stand_in::start_with_secrets(terraform);
    ws.write(hcl);
    ws.apply().ok();
    ws.plan_is_empty();
    let first = ws.state().text("atlan_api_token.dbt", "token");
    assert_eq!(stand_in::value(&folder, "dbt-atlan"), first);
    assert_eq!(in_state(&ws, &first), 1, "the write-only argument is not stored");

    ws.shell(&drop.replace("apply", "apply -auto-approve")).ok();
    ws.terraform(&["plan", "-input=false", "-detailed-exitcode", "-var=keep_secret=false"]).ok();
    assert_eq!((in_state(&ws, &first), sim.tokens().len()), (0, 1));
    assert_eq!(stand_in::value(&folder, "dbt-atlan"), first);

    sim.advance(77 * DAY);
    ws.terraform(&["plan", "-input=false", "-var=keep_secret=false"]).fails().says(&["store_token"]);
    ws.plan().does(&["replace atlan_api_token.dbt", "update aws_secretsmanager_secret_version.dbt"]);
    // The secret cannot be written: the old token goes on, until the next apply.
    fs::remove_file(folder.join("dbt-atlan")).unwrap();
    fs::create_dir(folder.join("dbt-atlan")).unwrap();
    ws.apply().fails();
    assert!(acts(&sim, &first) && sim.tokens().len() == 2);
    fs::remove_dir(folder.join("dbt-atlan")).unwrap();
    ws.apply().ok();
    ws.plan_is_empty();
    let second = ws.state().text("atlan_api_token.dbt", "token");
    assert_ne!(first, second);
    assert_eq!(stand_in::value(&folder, "dbt-atlan"), second);
    assert!(acts(&sim, &second) && !acts(&sim, &first));
}

/// Whoever has read the token before a rotation goes on with it.
fn two_tokens_take_turns(hcl: &str, apart: &str, terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(hcl);
    ws.apply().ok();
    sim.advance(38 * DAY);
    ws.shell(&apart.replace("apply", "apply -auto-approve")).ok();
    for due in ["blue", "green", "blue", "green"] {
        let output = ws.terraform(&["output", "-raw", "token"]).ok().stdout;
        sim.advance(38 * DAY + DAY / 24);
        ws.plan().does(&[&format!("replace atlan_api_token.{due}")]);
        ws.apply().ok();
        assert!(acts(&sim, &output), "the token in use survives the rotation of {due}");
    }
    ws.plan_is_empty();
}

/// How often a text is in the state.
fn in_state(ws: &Workspace, text: &str) -> usize {
    fs::read_to_string(ws.folder().join("terraform.tfstate")).unwrap().matches(text).count()
}
