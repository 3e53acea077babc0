//! Counts of requests, which do not depend on the machine. Tests assert them. This file counts them by kind with the
//! real Terraform, because tests in process do not make calls in the same order.

use std::error::Error;

use serde_json::json;

use super::journal::Requests;
use super::table::{Section, Table, nothing, target};
use super::tenant::Tenant;
use super::workspace::{Step, Workspace, groups, ours, people};
use super::{Bench, progress, thousands};

/// Numbers of people who are refreshed, with a tenth as many groups.
const REFRESHED: [usize; 5] = [10, 100, 250, 500, 1000];

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let (many, tenant_size) = (bench.objects(1000), bench.objects(50_000));
    let mut table = Table::new(&["what", ">requests", "target", "by kind"]);
    let verdict = |met: bool| (!bench.quick).then_some(met);

    progress(&format!("requests: {many} invitations"))?;
    let tenant = Tenant::start(bench, 0, 0)?;
    let workspace = Workspace::new(bench, &ours(&[&people(many)]))?.with(&tenant);
    let invited = workspace.measure(Step::Apply, &tenant)?.requests;
    let posts = invited.with_method("POST");
    let of_all = target("240", verdict(invited.total() <= 240));
    row(&mut table, format!("{} new invitations, default parallelism", thousands(many)), &invited, of_all);
    let of_posts = target("120", verdict(posts <= 120));
    table.row(["… of them POST".to_owned(), thousands(posts), of_posts, nothing()]);
    let state_bytes = workspace.state_size()?;

    drop((workspace, tenant));

    let tenant = Tenant::start(bench, 0, 0)?;
    let workspace = Workspace::new(bench, "")?.with(&tenant);
    let mut refreshes = Vec::new();
    for count in REFRESHED.map(|count| bench.objects(count)) {
        let few = count / 10;
        progress(&format!("requests: refresh of {count} people, {few} groups"))?;
        workspace.configure(&ours(&[&people(count), &groups(few)]))?;
        workspace.time(Step::Apply)?;
        let refreshed = workspace.measure(Step::Refresh, &tenant)?.requests;
        let of_refresh =
            if count == many { target("12", verdict(refreshed.total() <= 12)) } else { nothing() };
        let what = format!(
            "refresh of {} people and {few} group{}",
            thousands(count),
            if few == 1 { "" } else { "s" }
        );
        row(&mut table, what, &refreshed, of_refresh);
        refreshes.push(json!({ "people": count, "groups": few, "requests": refreshed.raw() }));
    }
    drop((workspace, tenant));

    progress(&format!("requests: one person in a tenant of {tenant_size}"))?;
    let tenant = Tenant::start(bench, tenant_size, 0)?;
    let workspace = Workspace::new(bench, &ours(&[&people(1)]))?.with(&tenant);
    let invited_one = workspace.measure(Step::Apply, &tenant)?.requests;
    row(
        &mut table,
        format!("one new invitation in a tenant of {}", thousands(tenant_size)),
        &invited_one,
        nothing(),
    );
    let planned = workspace.measure(Step::Refresh, &tenant)?.requests;
    row(
        &mut table,
        format!("plan of one person in a tenant of {}", thousands(tenant_size)),
        &planned,
        target("2", verdict(planned.total() <= 2)),
    );

    #[expect(clippy::cast_precision_loss, reason = "the bytes of a state are far from 2^53")]
    let per_person = state_bytes as f64 / many as f64;
    let of_state = target("1.5 KB", verdict(per_person <= 1500.0));
    table.row(["state per person".to_owned(), format!("{:.2} KB", per_person / 1000.0), of_state, nothing()]);
    let raw = json!({
        "people": many, "tenant": tenant_size,
        "invitations": invited.raw(), "refreshes": refreshes,
        "one_invitation": invited_one.raw(), "one_plan": planned.raw(), "state_bytes_per_person": per_person,
    });
    let notes = vec![
        "From the simulator's journal, with pages of 100 records. An apply takes more requests on a busy machine, because Terraform \
         starts fewer creates at a time, so that fewer go into one batch. A refresh does not."
            .to_owned(),
    ];
    Ok(Section { title: "Requests".to_owned(), table, notes, raw })
}

fn row(table: &mut Table, what: String, requests: &Requests, target: String) {
    table.row([what, thousands(requests.total()), target, requests.to_string()]);
}
