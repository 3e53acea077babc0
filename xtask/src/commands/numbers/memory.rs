//! How much memory a refresh needs in a large tenant, by the kernel's own high-water mark of the provider's process.

use std::error::Error;

use serde_json::json;

use super::table::{Section, Table, nothing, target};
use super::tenant::Tenant;
use super::workspace::{Step, Workspace, ours, people};
use super::{Bench, progress, thousands};

/// Megabytes with a snapshot of the tenant.
const LIMIT: f64 = 64.0;

/// People in the tenant who are not managed.
const OTHERS: [usize; 4] = [0, 10_000, 25_000, 50_000];

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let managed = bench.objects(1000);
    let mut table = Table::new(&["refresh", ">tenant", "read_mode", ">peak, resident", "target", "requests"]);
    let mut raw = Vec::new();
    for others in OTHERS.map(|others| bench.objects(others)) {
        progress(&format!("memory: {managed} people in a tenant with {others} others"))?;
        let tenant = Tenant::start(bench, others, 0)?;
        let mut workspace = Workspace::new(bench, &ours(&[&people(managed)]))?.with(&tenant);
        workspace.time(Step::Apply)?;
        for mode in ["auto", "snapshot"] {
            workspace = workspace.set("ATLAN_READ_MODE", mode);
            tenant.forget()?;
            let kib = workspace.peak_memory(Step::Refresh)?;
            let requests = tenant.requests()?;
            #[expect(clippy::cast_precision_loss, reason = "memory is far from 2^53 KiB")]
            let megabytes = kib.map(|kib| kib as f64 * 1024.0 / 1e6);
            let target = if others == 0 {
                nothing()
            } else {
                let met = megabytes.filter(|_| !bench.quick).map(|megabytes| megabytes <= LIMIT);
                target(&format!("{LIMIT} MB"), met)
            };
            let peak = megabytes.map_or_else(nothing, |megabytes| format!("{megabytes:.1} MB"));
            let people = thousands(others + managed);
            table.row([
                format!("{} people", thousands(managed)),
                people,
                mode.to_owned(),
                peak,
                target,
                requests.to_string(),
            ]);
            raw.push(json!({
                "managed": managed, "others": others, "read_mode": mode, "peak_kib": kib, "requests": requests.raw(),
            }));
        }
    }
    let notes = vec!["`VmHWM` of the provider's process, read again and again while it runs.".to_owned()];
    Ok(Section { title: "Memory in a large tenant".to_owned(), table, notes, raw: raw.into() })
}
