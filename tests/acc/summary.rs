//! The line that the provider writes to the log when it stops: its requests, as the tenant counted them.

use std::collections::BTreeMap;
use std::fs;

use atlan_sim::{Rule, Sim};

use crate::harness::{
    Terraform, USERS, Workspace, apply_until_invited, each_terraform, interrupt, start, three_people,
};

each_terraform![every_run_leaves_what_it_asked_of_the_tenant, a_cancelled_run_leaves_it_too];

/// How often each kind of request was made.
type Counts = BTreeMap<String, usize>;

/// A workspace with people and groups, whose log is kept.
fn logging(terraform: &Terraform) -> (Sim, Workspace) {
    let (sim, ws) = start(terraform);
    let log = ws.tmp().join("debug.log").display().to_string();
    let ws = ws.set("TF_LOG", "DEBUG").set("TF_LOG_PATH", &log);
    let groups = r#"
        resource "atlan_group" "all" {
          for_each = toset(["Readers", "Writers"])
          alias    = each.key
        }"#;
    ws.write(&(three_people("") + groups));
    (sim, ws)
}

/// The summaries since the last time, one of each provider that was configured.
#[track_caller]
fn summaries(ws: &Workspace) -> Vec<String> {
    let log = ws.tmp().join("debug.log");
    let written = fs::read_to_string(&log).unwrap();
    fs::remove_file(&log).unwrap();
    let lines = written.lines().filter(|line| line.contains("[DEBUG]"));
    let summary = |line: &str| Some(line.split_once("summary=\"")?.1.split_once('"')?.0.to_owned());
    let found: Vec<String> = lines.filter_map(summary).collect();
    assert!(!found.is_empty(), "no summary in the log:\n{written}");
    found
}

/// The requests in all summaries, added up.
#[track_caller]
fn told(summaries: &[String]) -> Counts {
    let mut counts = Counts::new();
    for summary in summaries {
        let (total, rest) = summary.split_once(" requests").unwrap();
        let mut sum = 0;
        if let Some((kinds, _)) = rest.strip_prefix(" (").and_then(|rest| rest.split_once(')')) {
            for (count, kind) in kinds.split(", ").map(|kind| kind.split_once(' ').unwrap()) {
                let count: usize = count.parse().unwrap();
                *counts.entry(kind.to_owned()).or_default() += count;
                sum += count;
            }
        }
        assert_eq!(total.parse(), Ok(sum), "{summary}");
    }
    counts
}

/// The requests that the tenant got, with `{id}` in place of GUIDs.
fn got(sim: &Sim) -> Counts {
    let mut counts = Counts::new();
    for entry in sim.journal().iter() {
        let path = entry.path.strip_prefix("/api/service/").unwrap();
        let is_guid = |part: &&str| part.len() == 36 && part.matches('-').count() == 4;
        let parts = path.split('/').map(|part| if is_guid(&part) { "{id}" } else { part });
        let kind = format!("{} {}", entry.method, parts.collect::<Vec<_>>().join("/"));
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

fn every_run_leaves_what_it_asked_of_the_tenant(terraform: &Terraform) {
    let (sim, ws) = logging(terraform);
    sim.fault(Rule::on("GET", "/api/service/roles").status(429).retry_after(0).times(1)).unwrap();
    let ws = ws.set("ATLAN_READ_MODE", "single");
    ws.apply().ok();
    let applied = summaries(&ws);
    assert_eq!(told(&applied), got(&sim), "{applied:#?}");
    let last = applied.last().unwrap();
    let batches = sim.journal().count("POST", USERS);
    for part in [
        ", 1 retries, 1 times throttled, waited ",
        &format!("; 3 invitations in {batches} batches, the largest of "),
        "; people: one look-up each, as read_mode says; groups: one look-up each, as read_mode says",
    ] {
        assert!(last.contains(part), "{part:?} is not in {last}");
    }

    // The refresh of another run.
    sim.clear_journal();
    let ws = ws.set("ATLAN_READ_MODE", "snapshot");
    ws.plan_is_empty();
    let planned = summaries(&ws);
    assert_eq!(told(&planned), got(&sim), "{planned:#?}");
    let last = planned.last().unwrap();
    let rest = ", 0 retries, 0 times throttled, waited 0 s; people: pages, as read_mode says; groups: pages, as read_mode says";
    assert!(last.ends_with(rest), "{last}");
}

fn a_cancelled_run_leaves_it_too(terraform: &Terraform) {
    let (sim, ws) = logging(terraform);
    let (running, hold) = apply_until_invited(&sim, &ws);
    interrupt(running, hold).fails();
    let cancelled = summaries(&ws);
    assert_eq!(told(&cancelled), got(&sim), "{cancelled:#?}");
}
