//! How long a provider process takes to start, and how much memory it uses. The probe of crates/tfplug calls it as
//! Terraform does.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::table::{Section, Table, nothing, target};
use super::{Bench, median, progress};

pub(super) fn measure(bench: &Bench, probe: &Path) -> Result<Section, Box<dyn Error>> {
    let runs = if bench.quick { 5 } else { 50 };
    progress(&format!("start: {runs} processes"))?;
    let output = Command::new(probe)
        .arg(&bench.provider)
        .args(["--runs", &runs.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("the probe failed".into());
    }
    let raw: Value = serde_json::from_slice(&output.stdout)?;
    let list = |key: &str| -> Vec<f64> {
        raw[key].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };

    let mut table = Table::new(&["what", ">median", ">least", ">most", "target"]);
    let times = [
        ("start → handshake line", "line_ms", Some(5.0)),
        ("start → first schema answer, mutual TLS", "schema_ms", Some(10.0)),
        ("Shutdown → process gone", "gone_ms", None),
    ];
    for (what, key, limit) in times {
        let values = list(key);
        let limit = limit.map(|limit| (format!("{limit} ms"), limit));
        row(&mut table, what, &values, limit, |value| format!("{value:.1} ms"));
    }
    let memory = [
        ("idle memory after the schema, resident", "resident_kib", Some(8.0)),
        ("… of it not backed by a file", "anonymous_kib", None),
    ];
    for (what, key, limit) in memory {
        let values: Vec<f64> = list(key).iter().map(|kib| kib * 1024.0 / 1e6).collect();
        if !values.is_empty() {
            let limit = limit.map(|limit| (format!("{limit} MB"), limit));
            row(&mut table, what, &values, limit, |value| format!("{value:.1} MB"));
        }
    }
    let notes = vec![format!("{runs} processes, one after another. The client runs on a thread of its own.")];
    Ok(Section { title: "A process".to_owned(), table, notes, raw })
}

fn row(
    table: &mut Table,
    what: &str,
    values: &[f64],
    limit: Option<(String, f64)>,
    show: impl Fn(f64) -> String,
) {
    let middle = median(values.iter().copied());
    let (least, most) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
        (least.min(*value), most.max(*value))
    });
    let target = limit.map_or_else(nothing, |(text, limit)| target(&text, Some(middle <= limit)));
    table.row([what.to_owned(), show(middle), show(least), show(most), target]);
}
