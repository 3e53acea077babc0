//! The size of the release binaries, plain and compressed.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::Bench;
use super::table::{Section, Table, nothing, target};

/// Megabytes, of a million bytes.
const PROVIDER_LIMIT: f64 = 12.0;

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let mut table = Table::new(&["binary, stripped", ">size", ">gzip -9", "target"]);
    let mut raw = json!({});
    for (name, file) in [("terraform-provider-atlan", &bench.provider), ("atlan-sim", &bench.simulator)] {
        let (size, packed) = (fs::metadata(file)?.len(), packed(file));
        let target = match name {
            "atlan-sim" => nothing(),
            _ => target(&format!("{PROVIDER_LIMIT} MB"), Some(megabytes(size) <= PROVIDER_LIMIT)),
        };
        let show = |bytes| format!("{:.1} MB", megabytes(bytes));
        table.row([format!("`{name}`"), show(size), packed.map_or_else(nothing, show), target]);
        raw[name] = json!({ "bytes": size, "gzip_bytes": packed });
    }
    Ok(Section { title: "Binaries".to_owned(), table, notes: Vec::new(), raw })
}

/// Size in bytes when compressed; `None` where there is no gzip.
fn packed(file: &Path) -> Option<u64> {
    let output = Command::new("gzip").args(["-9", "-c"]).arg(file).stdin(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout.len() as u64)
}

#[expect(clippy::cast_precision_loss, reason = "a file of 2^53 bytes is not to be expected")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
