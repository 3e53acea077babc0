//! Where the time of a plan goes: how much starting a process adds, and how much the calls add.
//!
//! Terraform can use a provider that runs already (`TF_REATTACH_PROVIDERS`). Such a plan starts no process, makes no
//! certificate and uses no TLS. The time that it takes in excess of a plan of as many `terraform_data` is spent on
//! calls.

use std::error::Error;

use serde_json::json;

use super::table::{Section, Table, milliseconds};
use super::tenant::Tenant;
use super::workspace::{Step, Workspace, groups, ours, terraform_data};
use super::{Bench, median, progress, thousands};
use crate::commands::leash::Leash;

/// Plans are short: many of them cost little, and their median says more.
const RUNS: usize = 9;

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let many = bench.objects(500);
    let mut table = Table::new(&[
        "command",
        ">groups",
        ">terraform_data",
        ">provider that runs already",
        ">as always",
        ">for the calls",
        ">for the processes",
    ]);
    let mut raw = Vec::new();
    for count in [1, many] {
        progress(&format!("plans: {}, {RUNS} runs", thousands(count)))?;
        let kinds = Kinds::new(bench, count)?;
        for step in [Step::Plan, Step::Refresh] {
            if step == Step::Refresh {
                kinds.apply()?;
            }
            let runs: Vec<[f64; 3]> = (0..RUNS).map(|_| kinds.time(step)).collect::<Result<_, _>>()?;
            let [built_in, attached, started] = [0, 1, 2].map(|n| median(runs.iter().map(|run| run[n])));
            table.row([
                step.name().to_owned(),
                thousands(count),
                milliseconds(built_in),
                milliseconds(attached),
                milliseconds(started),
                milliseconds(attached - built_in),
                milliseconds(started - attached),
            ]);
            raw.push(json!({ "step": step.name(), "count": count, "terraform_data_attached_started": runs }));
        }
    }
    let notes = vec![
        format!(
            "Medians of {RUNS} runs of each of the three, in turns. `requests_per_second = 0`. *A provider that runs already* \
             was started with `-debug`; Terraform found it by `TF_REATTACH_PROVIDERS`."
        ),
        "*For the processes*: their start, two P-521 certificates for each of them, and TLS. *For the calls*: gRPC between two \
         processes, values as MessagePack in both directions, the provider's own work, and the requests to Atlan. The table of \
         processor time shows which process does this work."
            .to_owned(),
    ];
    Ok(Section { title: "Where the time of a plan goes".to_owned(), table, notes, raw: json!(raw) })
}

/// The same count of objects in three ways: built in, ours in a process that runs already, ours as always.
struct Kinds {
    // In the order in which they have to go: the processes before the tenants.
    #[expect(dead_code, reason = "held for its drop")]
    provider: Leash,
    #[expect(dead_code, reason = "held for their drops")]
    tenants: [Tenant; 2],
    workspaces: [Workspace; 3],
}

impl Kinds {
    fn new(bench: &Bench, count: usize) -> Result<Self, Box<dyn Error>> {
        let configuration = ours(&[&groups(count)]);
        let tenants = [Tenant::start(bench, 0, 0)?, Tenant::start(bench, 0, 0)?];
        let [attached, started] =
            [Workspace::new(bench, &configuration)?, Workspace::new(bench, &configuration)?];
        let attached = attached.with(&tenants[0]);
        let mut provider =
            Leash::start(&bench.provider, |command| command.arg("-debug").envs(attached.variables()))?;
        let attached = attached.set("TF_REATTACH_PROVIDERS", &reattach(&mut provider)?);
        let workspaces =
            [Workspace::new(bench, &terraform_data(count))?, attached, started.with(&tenants[1])];
        Ok(Self { provider, tenants, workspaces })
    }

    fn apply(&self) -> Result<(), Box<dyn Error>> {
        self.workspaces.iter().try_for_each(|workspace| workspace.time(Step::Apply).map(drop))
    }

    /// Seconds in each of the three ways.
    fn time(&self, step: Step) -> Result<[f64; 3], Box<dyn Error>> {
        let [built_in, attached, started] = &self.workspaces;
        Ok([built_in.time(step)?, attached.time(step)?, started.time(step)?])
    }
}

/// The value that the provider says to set, for Terraform.
fn reattach(provider: &mut Leash) -> Result<String, Box<dyn Error>> {
    while let Some(line) = provider.line()? {
        let value = line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\''));
        if let Some(value) = value {
            return Ok(value.to_owned());
        }
    }
    Err("the provider did not say how to attach to it".into())
}
