//! The guide Pipelines: the scripts are run, those of the workflow, too.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use super::{Guide, SIMULATOR, build};
use crate::harness::{Terraform, Workspace, tenant};

const HCL: &str = r#"
resource "atlan_group" "stewards" { alias = "Data Stewards" }
resource "atlan_user_invite" "ada" {
  email = "ada@example.com"
  role  = "$member"
}
"#;

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    check(&guide.block("override"), &guide.block("check"), terraform);

    let sim = tenant();
    let ws = Workspace::new(terraform, &sim);
    ws.write(HCL);
    let workflow = guide.block("workflow");
    assert!(workflow.contains("ATLAN_API_KEY: ${{ secrets.ATLAN_API_KEY }}"), "{workflow}");
    let scripts = scripts(&workflow);
    let [init, push, schedule] = scripts.as_slice() else { panic!("{scripts:?}") };
    assert_eq!(init, "terraform init -input=false\n");
    ws.shell(push).ok();
    assert_eq!((sim.groups().len(), sim.mails().len()), (1, 1));
    ws.shell(schedule).ok();
    sim.remove("ada@example.com").unwrap();
    assert_eq!(ws.shell(schedule).status, Some(2), "the nightly plan fails");

    ws.write(
        "provider \"atlan\" {\n  requests_per_second = var.none\n}\nvariable \"none\" { default = null }\n",
    );
    let paced = format!("{}terraform plan -input=false\n", guide.block("pace"));
    ws.shell(&paced).ok();
    ws.shell(&paced.replace("=10", "=0.001")).fails().says(&["ATLAN_REQUESTS_PER_SECOND"]);
}

/// The local tenant on another port.
fn check(backend: &str, script: &str, terraform: &Terraform) {
    let ws = Workspace::bare(terraform);
    ws.allow_init();
    ws.add_command("atlan-sim", &build(SIMULATOR));
    let (port, listener) = free_port();
    let script = script.replace("8900", &port.to_string());
    let remote = "terraform {\n  backend \"http\" {\n    address = \"http://127.0.0.1:9/state\"\n  }\n}\n";
    ws.write(&format!("{remote}{HCL}"));
    ws.write_file("local_override.tf", backend);
    assert_eq!(ws.shell(&script).status, Some(1), "the port is in use");
    drop(listener);
    ws.shell(&script).ok().says(&["2 added", "No changes"]);
    // What a second apply would change is found.
    ws.write(&format!("{remote}{HCL}resource \"terraform_data\" \"t\" {{ input = timestamp() }}\n"));
    std::fs::remove_file(ws.folder().join("terraform.tfstate")).unwrap();
    std::fs::remove_file(ws.folder().join("tenant.json")).unwrap();
    assert_eq!(ws.shell(&script).status, Some(2));
}

/// A port that no simulator takes: theirs are of the range from which the system chooses, which is higher.
fn free_port() -> (u16, TcpListener) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return (port, listener);
        }
    }
}

/// The scripts of a workflow, in order.
fn scripts(workflow: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = workflow.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((before, script)) = line.split_once("run: ") else { continue };
        if script != "|" {
            found.push(format!("{script}\n"));
            continue;
        }
        let inner = |line: &&str| line.len() - line.trim_start().len() > before.len();
        let mut script = String::new();
        while let Some(line) = lines.next_if(inner) {
            script.push_str(line.trim_start());
            script.push('\n');
        }
        found.push(script);
    }
    found
}
