//! How much memory `terraform query` takes in the provider's process: lists are read page by page, so a large tenant takes no more.

use std::error::Error;
use std::path::PathBuf;

use serde_json::json;

use super::table::{Section, Table, nothing, seconds, target};
use super::tenant::Tenant;
use super::workspace::{Step, Workspace, ours};
use super::{Bench, progress, thousands};

/// Megabytes in any tenant.
const LIMIT: f64 = 32.0;
/// People in the tenant.
const PEOPLE: [usize; 3] = [1000, 10_000, 50_000];
/// What is listed.
const LISTS: [&str; 2] = ["atlan_user_invite", "atlan_user_role"];
/// The first Terraform that has queries, and one that can be installed.
const FIRST: (u64, u64) = (1, 14);
const INSTALLED: &str = "1.15";

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let terraform = with_queries(bench)?;
    let (_, version) = xtask::terraform::version(&terraform)?;
    let mut table = Table::new(&["query", ">people", ">wall time", ">peak, resident", "target", "requests"]);
    let mut raw = Vec::new();
    for list in LISTS {
        for people in PEOPLE.map(|people| bench.objects(people)) {
            progress(&format!("queries: {list} of {people} people"))?;
            let tenant = Tenant::start(bench, people, 0)?;
            let workspace = Workspace::new(bench, &ours(&["provider \"atlan\" {}\n"]))?.with(&tenant);
            let workspace = workspace.by(&terraform);
            workspace.add("all.tfquery.hcl", &query(list))?;
            tenant.forget()?;
            let time = workspace.time(Step::Query)?;
            let requests = tenant.requests()?;
            let kib = workspace.peak_memory(Step::Query)?;
            #[expect(clippy::cast_precision_loss, reason = "memory is far from 2^53 KiB")]
            let megabytes = kib.map(|kib| kib as f64 * 1024.0 / 1e6);
            let met = megabytes.filter(|_| !bench.quick).map(|megabytes| megabytes <= LIMIT);
            table.row([
                format!("`{list}`"),
                thousands(people),
                seconds(time),
                megabytes.map_or_else(nothing, |megabytes| format!("{megabytes:.1} MB")),
                target(&format!("{LIMIT} MB"), met),
                requests.to_string(),
            ]);
            raw.push(json!({
                "list": list, "people": people, "seconds": time, "peak_kib": kib, "requests": requests.raw(),
            }));
        }
    }
    let notes = vec![format!(
        "Timed once, with Terraform v{version} and `include_resource = true`. *Peak*: `VmHWM` of the provider's process in a second query. \
         Terraform's own process takes more, because it keeps all that is found."
    )];
    Ok(Section { title: "Queries".to_owned(), table, notes, raw: raw.into() })
}

/// The Terraform of the other parts, or one that can be installed if that has no queries.
fn with_queries(bench: &Bench) -> Result<PathBuf, Box<dyn Error>> {
    let (_, version) = xtask::terraform::version(&bench.terraform)?;
    let mut parts = version.split('.').map_while(|part| part.parse().ok());
    match parts.next().zip(parts.next()) {
        Some(version) if version >= FIRST => Ok(bench.terraform.clone()),
        _ => Ok(xtask::terraform::install(INSTALLED)?),
    }
}

fn query(list: &str) -> String {
    format!(
        "list \"{list}\" \"all\" {{\n  provider         = atlan\n  include_resource = true\n  limit            = 100000\n}}\n"
    )
}
