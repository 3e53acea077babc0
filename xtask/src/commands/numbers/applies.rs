//! Applies with default settings, beside as many `terraform_data`: the time, and the requests that the provider makes for it.

use std::error::Error;

use serde_json::json;

use super::table::{Section, Table, nothing, seconds, target};
use super::tenant::Tenant;
use super::workspace::{Sample, Step, Workspace, groups, ours, people, terraform_data};
use super::{Bench, median, medians_of, progress, thousands};

/// A latency that tenants have.
const LATENCY_MS: u64 = 100;
/// Seconds that 1,000 invitations may take longer than as many `terraform_data`.
const INVITATIONS_SECONDS: f64 = 23.0;

/// What is applied.
struct Case {
    what: String,
    latency_ms: u64,
    count: usize,
    hcl: String,
    /// Most requests, and most of them POST.
    requests: usize,
    posts: Option<usize>,
    /// Most seconds beside those of `terraform_data`.
    seconds: Option<f64>,
}

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let (few, many) = (bench.objects(500), bench.objects(1000));
    let of_groups = |latency_ms| Case {
        what: format!("{} new groups", thousands(few)),
        latency_ms,
        count: few,
        hcl: ours(&[&groups(few)]),
        requests: 620,
        posts: None,
        seconds: None,
    };
    let invitations = Case {
        what: format!("{} new invitations", thousands(many)),
        latency_ms: LATENCY_MS,
        count: many,
        hcl: ours(&[&people(many)]),
        requests: 240,
        posts: Some(120),
        seconds: Some(INVITATIONS_SECONDS),
    };
    let mut table = Table::new(&[
        "apply",
        ">latency",
        ">wall time",
        ">terraform_data",
        "target",
        ">requests",
        "target",
        ">POST",
        "target",
    ]);
    let mut raw = Vec::new();
    for case in [of_groups(0), of_groups(LATENCY_MS), invitations] {
        let (mut samples, mut theirs) = (Vec::new(), Vec::new());
        for run in 1..=bench.runs {
            progress(&format!("{} at {} ms, run {run} of {}", case.what, case.latency_ms, bench.runs))?;
            samples.push(apply(bench, &case)?);
            theirs.push(Workspace::new(bench, &terraform_data(case.count))?.time(Step::Apply)?);
        }
        let (wall, other) =
            (median(samples.iter().map(|sample| sample.seconds)), median(theirs.iter().copied()));
        let Some(requests) = samples.first().map(|sample| &sample.requests) else { continue };
        let posts = requests.with_method("POST");
        let verdict = |met: bool| (!bench.quick).then_some(met);
        let of_time = case
            .seconds
            .map_or_else(nothing, |most| target(&format!("{most} s more"), verdict(wall - other <= most)));
        let of_posts =
            case.posts.map_or_else(nothing, |most| target(&most.to_string(), verdict(posts <= most)));
        table.row([
            case.what.clone(),
            format!("{} ms", case.latency_ms),
            seconds(wall),
            seconds(other),
            of_time,
            thousands(requests.total()),
            target(&case.requests.to_string(), verdict(requests.total() <= case.requests)),
            thousands(posts),
            of_posts,
        ]);
        raw.push(json!({
            "what": case.what, "latency_ms": case.latency_ms, "terraform_data": theirs,
            "runs": samples.iter().map(|sample| json!({ "seconds": sample.seconds, "requests": sample.requests.raw() }))
                .collect::<Vec<_>>(),
        }));
    }
    let notes = vec![format!(
        "{}, the two kinds taking turns; requests are those of the first run. The simulator waits for the latency before it \
         handles a request. All settings have their defaults, the pace included.",
        medians_of(bench.runs)
    )];
    Ok(Section { title: "Applies with default settings".to_owned(), table, notes, raw: raw.into() })
}

fn apply(bench: &Bench, case: &Case) -> Result<Sample, Box<dyn Error>> {
    let tenant = Tenant::start(bench, 0, case.latency_ms)?;
    let workspace = Workspace::new(bench, &case.hcl)?.with(&tenant).with_default_ceiling();
    workspace.measure(Step::Apply, &tenant)
}
