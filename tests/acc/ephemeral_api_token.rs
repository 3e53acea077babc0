//! Ephemeral `atlan_api_token`: as many tokens are deleted as are made, also when Terraform does not close them.

use std::fs;
use std::time::Duration;

use atlan_sim::{Rule, Sim};

use crate::harness::{
    EPHEMERAL, Terraform, Workspace, apply_until, each_terraform, interrupt, is_gone, kill, signal, start,
    wait_for,
};

each_terraform![
    a_plan_and_an_apply_make_a_token_each_and_delete_it,
    after_a_failed_apply_no_token_is_left,
    after_ctrl_c_no_token_is_left,
    after_a_kill_of_terraform_no_token_is_left_and_after_one_of_the_provider_it_expires,
    neither_a_plan_nor_a_state_nor_a_log_holds_the_token,
];

const TOKENS: &str = "/api/service/apikeys";
const GROUPS: &str = "/api/service/groups";
/// Begins the secret of each token that the simulator makes.
const SECRET: &str = "eyJhbGciOiJub25lIn0.apikey.";

/// A second provider block works with the token of the run.
const HCL: &str = r#"
    ephemeral "atlan_api_token" "run" {}
    provider "atlan" {
      alias   = "run"
      api_key = ephemeral.atlan_api_token.run.token
    }
    resource "atlan_group" "a" {
      provider = atlan.run
      alias    = "A"
    }"#;

fn made_and_deleted(sim: &Sim) -> (usize, usize) {
    let journal = sim.journal();
    (journal.count("POST", TOKENS), journal.count("DELETE", "/api/service/apikeys/*"))
}

#[track_caller]
fn nothing_is_left(sim: &Sim, ws: &Workspace) {
    for provider in ws.providers() {
        wait_for("the provider has ended", || is_gone(provider));
    }
    assert!(sim.tokens().is_empty(), "{:?}", sim.tokens());
}

fn a_plan_and_an_apply_make_a_token_each_and_delete_it(terraform: &Terraform) {
    if terraform.lacks(EPHEMERAL) {
        return;
    }
    let (sim, ws) = start(terraform);
    ws.write(HCL);
    ws.plan().does(&["create atlan_group.a"]);
    assert_eq!(made_and_deleted(&sim), (1, 1));
    nothing_is_left(&sim, &ws);
    sim.clear_journal();
    ws.terraform(&["apply", "-auto-approve", "-input=false"]).ok();
    assert_eq!(made_and_deleted(&sim), (2, 2), "the plan of the apply, and the apply");
    nothing_is_left(&sim, &ws);
    // The group was made by the token of the run: another credential than that of the provider's other block.
    let journal = sim.journal();
    let group = journal.iter().find(|entry| entry.fits("POST", GROUPS)).unwrap();
    assert_eq!(group.status, Some(200));
    ws.plan_is_empty();
    ws.destroy().ok();
    nothing_is_left(&sim, &ws);
}

fn after_a_failed_apply_no_token_is_left(terraform: &Terraform) {
    if terraform.lacks(EPHEMERAL) {
        return;
    }
    let (sim, ws) = start(terraform);
    ws.write(HCL);
    sim.fault(Rule::on("POST", GROUPS).status(403)).unwrap();
    ws.apply().fails().says(&["403"]);
    assert_eq!(made_and_deleted(&sim), (2, 2), "{}", sim.journal());
    nothing_is_left(&sim, &ws);
}

fn after_ctrl_c_no_token_is_left(terraform: &Terraform) {
    if terraform.lacks(EPHEMERAL) {
        return;
    }
    let (sim, ws) = start(terraform);
    ws.write(HCL);
    let (running, hold) = apply_until(&sim, &ws, GROUPS);
    assert_eq!(sim.tokens().len(), 1);
    interrupt(running, hold);
    nothing_is_left(&sim, &ws);
}

fn after_a_kill_of_terraform_no_token_is_left_and_after_one_of_the_provider_it_expires(
    terraform: &Terraform,
) {
    if terraform.lacks(EPHEMERAL) {
        return;
    }
    let (sim, ws) = start(terraform);
    ws.write(HCL);
    let (running, hold) = apply_until(&sim, &ws, GROUPS);
    kill(&ws, running, hold);
    nothing_is_left(&sim, &ws);

    let (sim, ws) = start(terraform);
    ws.write(HCL);
    let (running, hold) = apply_until(&sim, &ws, GROUPS);
    let killed: Vec<u32> = ws.providers().into_iter().filter(|provider| !is_gone(*provider)).collect();
    for provider in killed {
        assert!(signal("KILL", &provider.to_string()));
    }
    running.wait().fails();
    drop(hold);
    let left = sim.tokens();
    assert!(left.len() == 1 && left[0].alive, "{left:?}");
    // Another run makes tokens of its own, and leaves that one alone.
    ws.plan();
    assert_eq!(sim.tokens().len(), 1);
    assert!(sim.tokens()[0].alive);
    sim.advance(Duration::from_secs(3601));
    assert!(!sim.tokens()[0].alive);
}

fn neither_a_plan_nor_a_state_nor_a_log_holds_the_token(terraform: &Terraform) {
    if terraform.lacks(EPHEMERAL) {
        return;
    }
    let (sim, ws) = start(terraform);
    let ws = ws.set("TF_LOG", "TRACE");
    let log = ws.tmp().join("trace.log");
    let ws = ws.set("TF_LOG_PATH", &log.display().to_string());
    ws.write(HCL);
    let plan = ws.plan();
    ws.terraform(&["apply", "-input=false", "plan"]).ok();
    assert!(fs::read_to_string(&log).unwrap().contains(TOKENS), "the log has the requests");
    let shown = plan.json.to_string();
    assert!(!shown.contains(SECRET), "{shown}");
    let mut looked_at = 0;
    for file in ws.files() {
        let bytes = fs::read(&file).unwrap_or_default();
        looked_at += 1;
        let leaks = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!leaks, "the token is in {}", file.display());
    }
    assert!(looked_at > 6, "outputs, state, plan, log: {looked_at}");
    nothing_is_left(&sim, &ws);
}
