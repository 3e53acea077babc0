//! What the plan of one resource with thousands of entries adds to Terraform's own time, and whether twice the entries take twice the time.

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
/// How many times as long twice the entries may take: twice, and what differs between two runs.
const GROWTH: f64 = 2.5;

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let head = [
        "command",
        ">entries",
        ">wall time",
        ">terraform_data",
        ">added",
        "target",
        ">÷ half the entries",
        "target",
    ];
    let (mut table, mut raw) = (Table::new(&head), Vec::new());
    let steps = [Step::Plan, Step::Refresh];
    let mut before: Option<[f64; 2]> = None;
    let mut rows = Vec::new();
    for count in ENTRIES.map(|count| bench.objects(count)) {
        let (mut own, mut all) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
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
        }
        let [own, all] = [own, all].map(|times| times.map(median));
        rows.push((count, own, all, before.replace(all)));
    }
    for (n, step) in steps.into_iter().enumerate() {
        for (count, own, all, half) in &rows {
            let added = all[n] - own[n];
            let is_timed = !bench.quick && step == Step::Plan;
            let met = if *count == LIMIT.0 && is_timed {
                target(&format!("{} s", LIMIT.1), Some(added <= LIMIT.1))
            } else {
                nothing()
            };
            let growth = half.map(|half| all[n] / half[n]);
            table.row([
                step.name().to_owned(),
                thousands(*count),
                seconds(all[n]),
                seconds(own[n]),
                seconds(added),
                met,
                growth.map_or_else(nothing, |growth| format!("{growth:.2}")),
                growth.map_or_else(nothing, |growth| {
                    target(&format!("{GROWTH}"), Some(growth <= GROWTH).filter(|_| !bench.quick))
                }),
            ]);
            raw.push(json!({
                "command": step.name(), "entries": count, "seconds": all[n], "terraform_data": own[n], "growth": growth,
            }));
        }
    }
    let notes = vec![format!(
        "{}, of one `atlan_user_invites` in turns with one `terraform_data` that has the same map as its `input`: Terraform's own work on \
         the map. A plan without changes reads all people of the list. `requests_per_second = 0`.",
        medians_of(bench.runs)
    )];
    Ok(Section { title: "Thousands of entries in one resource".to_owned(), table, notes, raw: raw.into() })
}

/// The same map in a resource that is built into Terraform.
fn one_value(count: usize) -> String {
    format!("resource \"terraform_data\" \"this\" {{\n  input = {}\n}}\n", entries(count))
}
