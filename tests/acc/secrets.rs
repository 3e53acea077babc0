//! A planted key appears nowhere: not in a log at the finest level, not on the terminal, not in the state or a plan, and
//! not at a proxy.

use std::fs;
use std::net::TcpListener;

use atlan_sim::{Options, Rule};
use serde_json::json;

use crate::harness::{Terraform, Workspace, each_terraform, start, tenant_with};

each_terraform![a_planted_key_appears_nowhere, a_proxy_sees_nothing_of_a_tenant_on_this_machine];

const CANARY: &str = "canary-4f1d9a7e-key-nobody-may-see";

fn a_planted_key_appears_nowhere(terraform: &Terraform) {
    let sim = tenant_with(Options { api_key: Some(CANARY.to_owned()), ..Options::default() });
    let ws = Workspace::new(terraform, &sim).set("TF_LOG", "TRACE").set("ATLAN_MAX_RETRIES", "0");
    let log = ws.tmp().join("trace.log");
    let ws = ws.set("TF_LOG_PATH", &log.display().to_string());
    ws.write(
        r#"
        resource "atlan_group" "a" { alias = "A" }
        resource "atlan_user_invite" "a" {
          email = "ada@example.com"
          role  = "guest"
        }"#,
    );
    ws.plan();
    // A server that repeats what it was sent, in an error and in an answer.
    let echo = json!({ "code": 403, "message": format!("token {CANARY} may not, Bearer {CANARY}") });
    let refuse = Rule { body: Some(echo), ..Rule::on("POST", "/api/service/groups").status(403).times(1) };
    sim.set_faults(vec![refuse, Rule::on("GET", "/api/service/roles").status(401).times(1)]).unwrap();
    ws.apply().fails().says(&["403", "401"]);
    ws.apply().ok();
    // The key in the configuration, sensitive as Terraform knows it.
    ws.write_file("provider.tf", &format!("provider \"atlan\" {{\n  api_key = {CANARY:?}\n}}\n"));
    ws.plan_is_empty();
    ws.destroy().ok();

    let written = fs::read_to_string(&log).unwrap();
    assert!(written.contains("POST") && written.contains("/api/service/users"), "the log has the requests");
    let mut looked_at = 0;
    for file in ws.files() {
        if file.ends_with("provider.tf") {
            continue;
        }
        let bytes = fs::read(&file).unwrap_or_default();
        looked_at += 1;
        for secret in [CANARY.as_bytes(), b"Y2FuYXJ5LTRmMWQ5YTdl"] {
            let leaks = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!leaks, "the key is in {}", file.display());
        }
    }
    assert!(looked_at > 8, "outputs, state, backup, plan, log: {looked_at}");
}

fn a_proxy_sees_nothing_of_a_tenant_on_this_machine(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let ws =
        names.into_iter().fold(ws, |ws, name| ws.set(name, &address).set(&name.to_lowercase(), &address));
    let ws = ws.set("ATLAN_MAX_RETRIES", "0").set("ATLAN_REQUEST_TIMEOUT", "5s");
    ws.write(r#"resource "atlan_group" "a" { alias = "A" }"#);
    let applied = ws.apply();
    let asked = proxy.accept();
    assert!(asked.is_err(), "nothing may ask the proxy: {asked:?}");
    applied.ok();
    assert_eq!(sim.groups().len(), 1);
}
