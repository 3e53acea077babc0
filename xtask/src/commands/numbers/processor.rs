//! Processor time of plans: how much the provider's processes add to Terraform's own, and how much Terraform itself takes
//! more because it has to talk to another process. Processor time is steadier than wall time, and shows which process
//! spent it.
//!
//! *Core's own time* is what Terraform takes for as many `terraform_data`, which it has built in.

use std::error::Error;

use serde_json::{Value, json};

use super::table::{Section, Table, nothing, seconds, target};
use super::tenant::Tenant;
use super::workspace::{ProcessorTime, Step, Workspace, groups, ours, terraform_data};
use super::{Bench, median, medians_of, progress, thousands};

/// How much the provider may add to core's own time in a plan.
const LIMIT: f64 = 0.25;

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let count = bench.objects(1000);
    let (mut ours_by_run, mut core_by_run) = (Vec::new(), Vec::new());
    for run in 1..=bench.runs {
        progress(&format!("processor: {}, run {run} of {}", thousands(count), bench.runs))?;
        let tenant = Tenant::start(bench, 0, 0)?;
        ours_by_run.push(life(&Workspace::new(bench, &ours(&[&groups(count)]))?.with(&tenant))?);
        core_by_run.push(life(&Workspace::new(bench, &terraform_data(count))?)?);
    }

    let mut table = Table::new(&[
        "command",
        ">terraform_data",
        ">provider",
        ">processes",
        ">provider ÷ terraform_data",
        "target",
        ">Terraform with it",
        ">÷ terraform_data",
    ]);
    for (n, step) in Step::ALL.into_iter().enumerate() {
        let of = |runs: &[Vec<ProcessorTime>], part: fn(&ProcessorTime) -> f64| {
            median(runs.iter().filter_map(|run| run.get(n)).map(part))
        };
        let core = of(&core_by_run, |time| time.terraform);
        let provider = of(&ours_by_run, |time| time.providers);
        let terraform = of(&ours_by_run, |time| time.terraform);
        let added = provider / core;
        let target = match step {
            Step::Plan | Step::Refresh => target("25 %", (!bench.quick).then_some(added <= LIMIT)),
            Step::Apply | Step::Destroy | Step::Query => nothing(),
        };
        let processes = ours_by_run.first().and_then(|run| run.get(n)).map_or(0, |time| time.processes);
        table.row([
            step.name().to_owned(),
            seconds(core),
            seconds(provider),
            processes.to_string(),
            format!("{:.0} %", 100.0 * added),
            target,
            seconds(terraform),
            format!("{:.2}", terraform / core),
        ]);
    }
    let notes = vec![
        format!(
            "{}, in turns with `terraform_data`. User and system time of all processes, as bash's `time` reports it. \
             *Provider* is the sum of its processes. *Terraform with it* is the rest, with some milliseconds of bash. \
             `requests_per_second = 0`.",
            medians_of(bench.runs)
        ),
        "The part of the last column above 1 is Terraform's own work for a resource in another process: a certificate for each \
         process, TLS, gRPC, and values as MessagePack in both directions."
            .to_owned(),
    ];
    let raw = json!({
        "count": count,
        "atlan_group": ours_by_run.iter().map(|run| raw(run)).collect::<Vec<_>>(),
        "terraform_data": core_by_run.iter().map(|run| raw(run)).collect::<Vec<_>>(),
    });
    Ok(Section { title: format!("Processor time of {} groups", thousands(count)), table, notes, raw })
}

/// From nothing to nothing: the processor time of each step.
fn life(workspace: &Workspace) -> Result<Vec<ProcessorTime>, Box<dyn Error>> {
    Step::ALL.iter().map(|step| workspace.processor_time(*step)).collect()
}

fn raw(run: &[ProcessorTime]) -> Value {
    let of = |time: &ProcessorTime| json!({ "terraform": time.terraform, "providers": time.providers, "processes": time.processes });
    Step::ALL
        .iter()
        .map(|step| step.name().to_owned())
        .zip(run.iter().map(of))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
