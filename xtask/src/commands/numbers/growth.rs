//! How the time of commands grows with the number of people, with default settings, beside as many `terraform_data`.

use std::error::Error;

use serde_json::json;

use super::table::{Section, Table, seconds};
use super::tenant::Tenant;
use super::workspace::{Step, Workspace, ours, people, terraform_data};
use super::{Bench, median, medians_of, progress, thousands};

/// A latency that tenants have.
const LATENCY_MS: u64 = 50;
const COUNTS: [usize; 4] = [100, 250, 500, 1000];
/// The commands that are timed, in this order, and their names in the raw values.
const STEPS: [(Step, &str); 2] = [(Step::Apply, "apply"), (Step::Refresh, "refresh")];

/// Seconds of each run, by step.
type Runs = [Vec<f64>; STEPS.len()];

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let mut table = Table::new(&["command", ">people", ">wall time", ">terraform_data", ">requests"]);
    let mut raw = Vec::new();
    let mut by_step: [Vec<_>; STEPS.len()] = Default::default();
    for count in COUNTS.map(|count| bench.objects(count)) {
        let (mut mine, mut theirs): (Runs, Runs) = Default::default();
        let mut requests = [0; STEPS.len()];
        for run in 1..=bench.runs {
            progress(&format!("growth: {count} people, run {run} of {}", bench.runs))?;
            let tenant = Tenant::start(bench, 0, LATENCY_MS)?;
            let workspace =
                Workspace::new(bench, &ours(&[&people(count)]))?.with(&tenant).with_default_ceiling();
            let baseline = Workspace::new(bench, &terraform_data(count))?;
            for (n, (step, _)) in STEPS.into_iter().enumerate() {
                let sample = workspace.measure(step, &tenant)?;
                requests[n] = sample.requests.total();
                mine[n].push(sample.seconds);
                theirs[n].push(baseline.time(step)?);
            }
        }
        let mut values = json!({ "count": count });
        for (n, (step, name)) in STEPS.into_iter().enumerate() {
            values[name] = json!({ "ours": mine[n], "terraform_data": theirs[n], "requests": requests[n] });
            let [mine, theirs] = [&mine, &theirs].map(|runs| seconds(median(runs[n].iter().copied())));
            by_step[n].push([step.name().to_owned(), thousands(count), mine, theirs, thousands(requests[n])]);
        }
        raw.push(values);
    }
    by_step.into_iter().flatten().for_each(|row| table.row(row));
    let notes = vec![format!(
        "{}, the two kinds taking turns. Requests are those of the last run. The simulator waits {LATENCY_MS} ms before it handles a \
         request. All settings have their defaults, the pace included.",
        medians_of(bench.runs)
    )];
    Ok(Section {
        title: "Time by number of people".to_owned(),
        table,
        notes,
        raw: json!({ "latency_ms": LATENCY_MS, "people": raw }),
    })
}
