//! What is left when an apply is stopped half-way: by Ctrl-C, and by a signal that nobody can handle.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use crate::workspace::Workspace;

/// A book of another kind is created first, then one that waits to be stopped.
const WAITING: &str = r#"
resource "shapes_plain" "done" { name = "done" }
resource "shapes_slow" "it" {
  wait       = true
  depends_on = [shapes_plain.done]
}
"#;

/// Applies until the creation waits to be stopped. The rest of the log comes when Terraform has ended.
fn apply(workspace: &Workspace, configuration: &str) -> (Child, JoinHandle<String>) {
    workspace.configure(configuration);
    let mut child = workspace
        .terraform(&["apply", "-auto-approve"])
        .process_group(0)
        .env("TF_LOG_PROVIDER", "INFO")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("waiting to be stopped") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended before the object waited");
    }
    // Terraform must never wait for somebody to read on.
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        said.read_to_string(&mut log).unwrap();
        log
    });
    (child, log)
}

fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

pub(crate) fn ctrl_c_keeps_what_was_half_created(workspace: &Workspace) {
    a_signal_to_the_group_keeps_what_was_half_created(workspace, "-INT");
}

/// As a container runtime or a pipeline ends a run.
pub(crate) fn sigterm_to_the_group_keeps_what_was_half_created(workspace: &Workspace) {
    a_signal_to_the_group_keeps_what_was_half_created(workspace, "-TERM");
}

fn a_signal_to_the_group_keeps_what_was_half_created(workspace: &Workspace, name: &str) {
    let (mut child, _) = apply(workspace, WAITING);
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args([name, "--", &group]).status().unwrap().success());
    assert!(!child.wait().unwrap().success());
    assert_eq!(workspace.state("shapes_slow.it")["id"], "slow-1");
    workspace.configure(&WAITING.replace("true", "false"));
    let said = workspace.apply([1, 0, 1]);
    assert!(said.contains("shapes_slow.it is tainted, so must be replaced"), "{said}");
    workspace.run(&["destroy", "-auto-approve"]);
    assert_eq!(workspace.books(), [""; 0]);
}

pub(crate) fn ctrl_c_leaves_no_ephemeral_object_open(workspace: &Workspace) {
    a_signal_to_the_group_leaves_no_ephemeral_object_open(workspace, "-INT");
}

pub(crate) fn sigterm_to_the_group_leaves_no_ephemeral_object_open(workspace: &Workspace) {
    a_signal_to_the_group_leaves_no_ephemeral_object_open(workspace, "-TERM");
}

/// Terraform itself does not close it then. One that takes too long to be closed holds up neither the other nor the end of
/// the process, which Terraform would kill.
fn a_signal_to_the_group_leaves_no_ephemeral_object_open(workspace: &Workspace, name: &str) {
    let user = |name: &str, after: &str| {
        format!(
            r#"
            resource "shapes_ruled" "{name}" {{
              north          = "n"
              salt           = "s"
              secret         = "${{ephemeral.shapes_ticket.bath.code}} ${{ephemeral.shapes_ticket.lost.code}}"
              secret_version = 1
              depends_on     = [{after}]
            }}
            "#
        )
    };
    let tickets = ["bath", "lost"]
        .map(|to| format!("ephemeral \"shapes_ticket\" \"{to}\" {{ to = [\"{to}\"] }}\n"))
        .concat();
    // The tickets are in use before the creation waits, and after.
    let waiting = WAITING.replace("shapes_plain.done]", "shapes_ruled.before]");
    let users = user("before", "shapes_plain.done") + &user("after", "shapes_slow.it");
    let (mut child, rest) = apply(workspace, &format!("{waiting}{tickets}{users}"));
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args([name, "--", &group]).status().unwrap().success());
    assert!(!child.wait().unwrap().success());
    let log = workspace.log();
    let count = |what: &str| log.iter().filter(|line| *line == what).count();
    assert_eq!(count("opened a ticket to bath"), 2, "in plan and in apply: {log:?}");
    assert_eq!(count("closed a ticket to bath"), 2, "{log:?}");
    assert_eq!(count("opened a ticket to lost"), 2, "in plan and in apply: {log:?}");
    assert_eq!(count("closed a ticket to lost"), 1, "after the plan: {log:?}");
    let rest = rest.join().unwrap();
    assert!(rest.contains("left open by Terraform: Gave up closing shapes_ticket"), "{rest}");
}

pub(crate) fn a_killed_terraform_keeps_what_was_done(workspace: &Workspace) {
    let (mut child, _) = apply(workspace, WAITING);
    signal(&child, "-KILL");
    assert!(!child.wait().unwrap().success());
    assert_eq!(workspace.state("shapes_plain.done")["id"], "plain-1");
    workspace.configure(&WAITING.replace("true", "false"));
    workspace.apply([1, 0, 0]);
}
