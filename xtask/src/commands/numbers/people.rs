//! Commands on different numbers of people, with different latencies and read modes, and where their time goes.
//!
//! The time has three computed parts. *Terraform's own work* is the time of as many `terraform_data`. *The wire* is the
//! latency times the number of requests sent one after another. *The rest* is what remains: the provider, its
//! processes, the simulator's own work, and intended waits. It is negative if Terraform worked while requests were in
//! flight.

use std::error::Error;

use serde_json::json;

use super::table::{Section, Table, nothing, seconds};
use super::tenant::Tenant;
use super::workspace::{Sample, Step, Workspace, ours, people, terraform_data};
use super::{Bench, median, medians_of, progress, thousands};

/// The commands shown.
const STEPS: [Step; 2] = [Step::Apply, Step::Refresh];

/// What varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    people: usize,
    latency_ms: u64,
    read_mode: &'static str,
}

/// Values per run, for each of [`STEPS`].
type Runs<T> = Vec<[T; 2]>;

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let (counts, latencies): (&[usize], &[u64]) = match (bench.quick, bench.full) {
        (true, _) => (&[10, 100], &[0, 50]),
        (_, true) => (&[100, 1000, 5000], &[0, 50, 200]),
        _ => (&[100, 1000], &[0, 50]),
    };
    let mut table = Table::new(&[
        "command",
        ">people",
        ">latency",
        "read_mode",
        ">wall time",
        ">÷ terraform_data",
        ">Terraform",
        ">wire",
        ">rest",
        ">requests",
        ">in a row",
        "by kind",
    ]);
    let mut raw = Vec::new();
    for count in counts.iter().copied() {
        let cells: Vec<Cell> = latencies
            .iter()
            .flat_map(|latency_ms| ["auto", "single"].map(|mode| (*latency_ms, mode)))
            .map(|(latency_ms, read_mode)| Cell { people: count, latency_ms, read_mode })
            .collect();
        let (theirs, ours) = runs(bench, count, &cells)?;
        let of_theirs = |step: usize| median(theirs.iter().map(|run| run[step]));
        for (cell, runs) in cells.iter().zip(&ours) {
            let samples = runs.iter().map(|run| {
                let [apply, refresh] = run
                    .each_ref()
                    .map(|sample| json!({ "seconds": sample.seconds, "requests": sample.requests.raw() }));
                json!({ "apply": apply, "refresh": refresh })
            });
            raw.push(json!({
                "people": count, "latency_ms": cell.latency_ms, "read_mode": cell.read_mode,
                "runs": samples.collect::<Vec<_>>(),
                "terraform_data": theirs.iter().map(|[apply, refresh]| json!({ "apply": apply, "refresh": refresh }))
                    .collect::<Vec<_>>(),
            }));
        }
        for (n, step) in STEPS.into_iter().enumerate() {
            for (cell, runs) in cells.iter().zip(&ours) {
                row(&mut table, *cell, step, of_theirs(n), runs.iter().map(|run| &run[n]));
            }
        }
    }
    let notes = vec![
        format!(
            "{}{}, in turns with `terraform_data`. The requests are those of the first run. `requests_per_second = 0`.",
            medians_of(bench.runs), if bench.full { ", those of 5,000 people or 200 ms once" } else { "" }
        ),
        "Terraform: the time of as many `terraform_data`. Wire: the latency times the requests in a row, which is the largest \
         number of requests of which no two were in flight at once. Rest: the wall time without these two: the provider, its \
         processes, the simulator's own work, and intended waits. It is negative if Terraform worked while requests were in \
         flight."
            .to_owned(),
    ];
    Ok(Section { title: "People".to_owned(), table, notes, raw: raw.into() })
}

/// Seconds of `terraform_data`, and the samples of each cell.
type Measured = (Runs<f64>, Vec<Runs<Sample>>);

fn runs(bench: &Bench, count: usize, cells: &[Cell]) -> Result<Measured, Box<dyn Error>> {
    let (mut theirs, mut ours) = (Vec::new(), vec![Vec::new(); cells.len()]);
    for run in 1..=bench.runs {
        if run == 1 || count < 5000 {
            theirs.push(baseline(bench, count)?);
        }
        for (cell, samples) in cells.iter().zip(&mut ours) {
            if run == 1 || (count < 5000 && cell.latency_ms < 200) {
                let Cell { people, latency_ms, read_mode } = cell;
                progress(&format!(
                    "people: {people} at {latency_ms} ms, {read_mode}, run {run} of {}",
                    bench.runs
                ))?;
                samples.push(one(bench, *cell)?);
            }
        }
    }
    Ok((theirs, ours))
}

/// An apply and a refresh in a fresh tenant.
fn one(bench: &Bench, cell: Cell) -> Result<[Sample; 2], Box<dyn Error>> {
    let tenant = Tenant::start(bench, 0, cell.latency_ms)?;
    let workspace = Workspace::new(bench, &ours(&[&people(cell.people)]))?.with(&tenant);
    let workspace = workspace.set("ATLAN_READ_MODE", cell.read_mode);
    let [apply, refresh] = STEPS.map(|step| workspace.measure(step, &tenant));
    Ok([apply?, refresh?])
}

fn baseline(bench: &Bench, count: usize) -> Result<[f64; 2], Box<dyn Error>> {
    let workspace = Workspace::new(bench, &terraform_data(count))?;
    let [apply, refresh] = STEPS.map(|step| workspace.time(step));
    Ok([apply?, refresh?])
}

#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds are small")]
fn row<'a>(
    table: &mut Table,
    cell: Cell,
    step: Step,
    theirs: f64,
    samples: impl Iterator<Item = &'a Sample> + Clone,
) {
    let wall = median(samples.clone().map(|sample| sample.seconds));
    let wire = median(
        samples.clone().map(|sample| cell.latency_ms as f64 / 1000.0 * sample.requests.in_a_row as f64),
    );
    let Some(requests) = samples.map(|sample| &sample.requests).next() else { return };
    // Without latency, requests take too little time to tell which of them overlapped.
    let in_a_row = if cell.latency_ms == 0 { nothing() } else { thousands(requests.in_a_row) };
    table.row([
        step.name().to_owned(),
        thousands(cell.people),
        format!("{} ms", cell.latency_ms),
        cell.read_mode.to_owned(),
        seconds(wall),
        format!("{:.2}", wall / theirs),
        seconds(theirs),
        seconds(wire),
        seconds(wall - theirs - wire),
        thousands(requests.total()),
        in_a_row,
        requests.to_string(),
    ]);
}
