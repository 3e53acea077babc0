//! Groups compared with as many `terraform_data`, which Terraform has built in: what a provider costs in addition to
//! Terraform's own work.

use std::error::Error;

use serde_json::{Value, json};

use super::table::{Section, Table, nothing, seconds, target};
use super::tenant::Tenant;
use super::workspace::{Sample, Step, Workspace, groups, ours, terraform_data};
use super::{Bench, median, medians_of, progress, thousands};

/// How much longer than `terraform_data` a plan or an apply may take.
const LIMIT: f64 = 1.25;

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let count = bench.objects(500);
    let (mut ours_by_run, mut theirs_by_run) = (Vec::new(), Vec::new());
    for run in 1..=bench.runs {
        progress(&format!("groups: {count}, run {run} of {}", bench.runs))?;
        ours_by_run.push(life(bench, count, Ceiling::Lifted)?);
        theirs_by_run.push(baseline(bench, count)?);
    }
    progress(&format!("groups: {count} with the default ceiling, once"))?;
    let limited = life(bench, count, Ceiling::Default)?;

    let mut table =
        Table::new(&["command", ">atlan_group", ">terraform_data", ">ratio", "target", "requests"]);
    for (n, step) in Step::ALL.into_iter().enumerate() {
        let our_time = median(ours_by_run.iter().map(|run| run[n].seconds));
        let their_time = median(theirs_by_run.iter().map(|run| run[n]));
        let ratio = our_time / their_time;
        let target = match step {
            Step::Destroy => nothing(),
            _ => target(&LIMIT.to_string(), (!bench.quick).then_some(ratio <= LIMIT)),
        };
        let requests = ours_by_run.first().map(|run| run[n].requests.to_string()).unwrap_or_default();
        let cells = [seconds(our_time), seconds(their_time), format!("{ratio:.2}")];
        let [our_time, their_time, ratio] = cells;
        table.row([step.name().to_owned(), our_time, their_time, ratio, target, requests]);
    }
    for (step, sample) in Step::ALL.into_iter().zip(&limited) {
        let name = format!("{}, default ceiling", step.name());
        let requests = sample.requests.to_string();
        table.row([name, seconds(sample.seconds), nothing(), nothing(), nothing(), requests]);
    }
    let notes = vec![format!(
        "{}, in turns with `terraform_data`. The simulator adds no latency, so the time above that of `terraform_data` is \
             the work of the provider, its processes and the simulator. `requests_per_second = 0`, except in the last rows: \
             they ran once with the default, an average of 25 a second over a minute.",
        medians_of(bench.runs)
    )];
    let raw = json!({
        "count": count,
        "atlan_group": ours_by_run.iter().map(|run| samples(run)).collect::<Vec<_>>(),
        "terraform_data": theirs_by_run.iter().map(|run| named(run.iter().map(|s| json!(s)))).collect::<Vec<_>>(),
        "default_ceiling": samples(&limited),
    });
    Ok(Section { title: format!("{} groups", thousands(count)), table, notes, raw })
}

/// Whether requests a second are limited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ceiling {
    Lifted,
    Default,
}

/// From nothing to nothing, in a fresh tenant: a sample per step.
fn life(bench: &Bench, count: usize, ceiling: Ceiling) -> Result<Vec<Sample>, Box<dyn Error>> {
    let tenant = Tenant::start(bench, 0, 0)?;
    let mut workspace = Workspace::new(bench, &ours(&[&groups(count)]))?.with(&tenant);
    if ceiling == Ceiling::Default {
        workspace = workspace.with_default_ceiling();
    }
    Step::ALL.iter().map(|step| workspace.measure(*step, &tenant)).collect()
}

/// The same with Terraform's built-in `terraform_data`: seconds per step.
fn baseline(bench: &Bench, count: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let workspace = Workspace::new(bench, &terraform_data(count))?;
    Step::ALL.iter().map(|step| workspace.time(*step)).collect()
}

fn samples(run: &[Sample]) -> Value {
    named(run.iter().map(|sample| json!({ "seconds": sample.seconds, "requests": sample.requests.raw() })))
}

/// Values by the name of their step.
fn named(values: impl Iterator<Item = Value>) -> Value {
    Step::ALL.iter().map(|step| step.name().to_owned()).zip(values).collect::<serde_json::Map<_, _>>().into()
}
