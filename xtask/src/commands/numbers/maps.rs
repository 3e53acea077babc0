//! What the plan of one resource with thousands of entries adds to Terraform's own time, and whether twice the entries take twice the time.
//!
//! Terraform itself takes more for nested attributes than for the same map in `terraform_data`, and for twice as many more than twice as
//! long. So what the provider adds is its own processor time.

use std::error::Error;

use serde_json::json;

use super::many::{entries, seats_of};
use super::table::{Section, Table, nothing, seconds, target};
use super::tenant::Tenant;
use super::workspace::{Step, Workspace, ours};
use super::{Bench, median, medians_of, progress, thousands};

/// Numbers of entries, each twice the one before.
const ENTRIES: [usize; 3] = [2500, 5000, 10_000];
/// The number of entries that has a target, and the seconds that its plan may add.
const LIMIT: (usize, f64) = (5000, 1.0);
/// How many times as long the provider may take for twice the entries: twice, and what differs between two runs.
const GROWTH: f64 = 2.5;

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let head = [
        "command",
        ">entries",
        ">wall time",
        ">terraform_data",
        ">Terraform",
        ">provider",
        "target",
        ">provider ÷ half the entries",
        "target",
    ];
    let (mut table, mut raw) = (Table::new(&head), Vec::new());
    let steps = [Step::Plan, Step::Refresh];
    let mut before: Option<[[f64; 2]; 2]> = None;
    let mut rows = Vec::new();
    for count in ENTRIES.map(|count| bench.objects(count)) {
        let (mut own, mut all) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        let mut processor = [[Vec::new(), Vec::new()], [Vec::new(), Vec::new()]];
        for run in 1..=bench.runs {
            progress(&format!("maps: {count} entries, run {run} of {}", bench.runs))?;
            let tenant = Tenant::start(bench, 0, 0)?;
            let sides = [
                Workspace::new(bench, &one_value(count))?,
                Workspace::new(bench, &ours(&[&seats_of(count)]))?.with(&tenant),
            ];
            for (workspace, times) in sides.iter().zip([&mut own, &mut all]) {
                times[0].push(workspace.time(Step::Plan)?);
                workspace.time(Step::Apply)?;
                times[1].push(workspace.time(Step::Refresh)?);
            }
            let [_, ours] = &sides;
            for (times, step) in processor.iter_mut().rev().zip(steps.iter().rev()) {
                let time = ours.processor_time(*step)?;
                times[0].push(time.terraform);
                times[1].push(time.providers);
                if *step == Step::Refresh {
                    ours.time(Step::Destroy)?;
                }
            }
        }
        let [own, all] = [own, all].map(|times| times.map(median));
        let processor = processor.map(|times| times.map(median));
        rows.push((count, own, all, processor, before.replace(processor)));
    }
    for (n, step) in steps.into_iter().enumerate() {
        for (count, own, all, processor, half) in &rows {
            let [terraform, provider] = processor[n];
            let is_timed = !bench.quick && step == Step::Plan;
            let met = if *count == LIMIT.0 && is_timed {
                target(&format!("{} s", LIMIT.1), Some(provider <= LIMIT.1))
            } else {
                nothing()
            };
            let growth = half.map(|half| provider / half[n][1]);
            table.row([
                step.name().to_owned(),
                thousands(*count),
                seconds(all[n]),
                seconds(own[n]),
                seconds(terraform),
                seconds(provider),
                met,
                growth.map_or_else(nothing, |growth| format!("{growth:.2}")),
                growth.map_or_else(nothing, |growth| {
                    target(&format!("{GROWTH}"), Some(growth <= GROWTH).filter(|_| !bench.quick))
                }),
            ]);
            raw.push(json!({
                "command": step.name(), "entries": count, "seconds": all[n], "terraform_data": own[n],
                "processor": { "terraform": terraform, "provider": provider }, "growth": growth,
            }));
        }
    }
    let notes = vec![format!(
        "{}, of one `atlan_user_invites` in turns with one `terraform_data` that has the same map as its `input`: Terraform's own work on \
         the map. *Terraform* and *provider* are the processor times of the processes with `atlan_user_invites`, in runs of their own. A \
         plan without changes reads all people of the list. `requests_per_second = 0`.",
        medians_of(bench.runs)
    )];
    Ok(Section { title: "Thousands of entries in one resource".to_owned(), table, notes, raw: raw.into() })
}

/// The same map in a resource that is built into Terraform.
fn one_value(count: usize) -> String {
    format!("resource \"terraform_data\" \"this\" {{\n  input = {}\n}}\n", entries(count))
}
