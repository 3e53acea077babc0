//! What one resource for many people saves beside one for each: seats, and memberships of groups.

use std::error::Error;

use serde_json::json;

use super::table::{Section, Table, nothing, seconds, target};
use super::tenant::Tenant;
use super::workspace::{Step, Workspace, groups, ours, people};
use super::{Bench, progress, thousands};

/// Groups of the memberships.
const GROUPS: usize = 100;
/// People in each of them.
const IN_EACH: usize = 50;
/// People in the tenant of the memberships who are not managed.
const OTHERS: usize = 50_000;
/// Megabytes of a plan of 5,000 entries.
const LIMIT_OF_PLAN: f64 = 32.0;
/// Megabytes of a refresh of 5,000 memberships that reads everybody.
const LIMIT_OF_REFRESH: f64 = 64.0;

/// One way to manage something.
struct Way {
    what: String,
    resource: &'static str,
    configuration: String,
    /// People in the tenant who are not managed.
    others: usize,
    /// The command whose memory counts, the read mode for it, and its limit.
    memory: Option<(Step, &'static str, f64)>,
}

/// What one way has cost.
struct Cost {
    /// Seconds and requests of apply and of a plan without changes.
    times: [(f64, usize); 2],
    megabytes: Option<f64>,
}

pub(super) fn measure(bench: &Bench) -> Result<Section, Box<dyn Error>> {
    let head = [
        "what",
        "resource",
        ">apply",
        ">requests",
        ">plan, no changes",
        ">requests",
        ">peak, resident",
        "target",
    ];
    let (mut table, mut raw, mut notes) = (Table::new(&head), Vec::new(), Vec::new());
    let mut before: Option<(String, Cost)> = None;
    for way in ways(bench) {
        progress(&format!("many: {} by {}", way.what, way.resource))?;
        let cost = cost(bench, &way)?;
        let [apply, refresh] = cost.times;
        let (peak, met) = memory(bench, &way, &cost);
        table.row([
            way.what.clone(),
            format!("`{}`", way.resource),
            seconds(apply.0),
            thousands(apply.1),
            seconds(refresh.0),
            thousands(refresh.1),
            peak,
            met,
        ]);
        raw.push(json!({
            "what": way.what, "resource": way.resource, "apply": apply.0, "apply_requests": apply.1,
            "refresh": refresh.0, "refresh_requests": refresh.1, "peak_megabytes": cost.megabytes,
        }));
        if let Some((_, single)) = before.take_if(|(what, _)| *what == way.what) {
            let share = |n: usize| cost.times[n].0 / single.times[n].0;
            notes.push(format!(
                "{}: one resource for many takes {:.2} of the time of single ones for the apply, and {:.2} for the plan.",
                way.what,
                share(0),
                share(1)
            ));
        }
        before = Some((way.what, cost));
    }
    notes.push(format!(
        "Timed once. `requests_per_second = 0`. The times and requests of memberships are those of {GROUPS} groups and of the people, too, \
         who are one `atlan_user_invites`. *Peak*: `VmHWM` of the provider's process, for people in a plan of everybody who is new, for \
         memberships in a plan without changes with `read_mode = \"snapshot\"`, which reads all {} people of the tenant.",
        thousands(bench.objects(OTHERS))
    ));
    Ok(Section { title: "One resource for many".to_owned(), table, notes, raw: raw.into() })
}

fn ways(bench: &Bench) -> Vec<Way> {
    let seats = |count: usize, resource: &'static str, configuration: String| Way {
        what: format!("{} people", thousands(count)),
        resource,
        configuration,
        others: 0,
        memory: Some((Step::Plan, "auto", LIMIT_OF_PLAN)).filter(|_| resource == "atlan_user_invites"),
    };
    let memberships = |resource: &'static str, configuration: String| Way {
        what: format!("{} memberships", thousands(bench.objects(GROUPS) * IN_EACH)),
        resource,
        configuration: [seats_of(bench.objects(1000)), groups(bench.objects(GROUPS)), configuration].concat(),
        others: bench.objects(OTHERS),
        memory: Some((Step::Refresh, "snapshot", LIMIT_OF_REFRESH)),
    };
    let [some, all] = [1000, 5000].map(|count| bench.objects(count));
    let mut ways = vec![
        seats(some, "atlan_user_invite", people(some)),
        seats(some, "atlan_user_invites", seats_of(some)),
        seats(all, "atlan_user_invite", people(all)),
        seats(all, "atlan_user_invites", seats_of(all)),
        memberships("atlan_group_member", edges(bench.objects(GROUPS))),
        memberships("atlan_group_members", sets()),
    ];
    if !bench.full && !bench.quick {
        // It takes minutes.
        ways.retain(|way| !(way.resource == "atlan_user_invite" && way.what.starts_with("5,000")));
    }
    ways
}

fn cost(bench: &Bench, way: &Way) -> Result<Cost, Box<dyn Error>> {
    let tenant = Tenant::start(bench, way.others, 0)?;
    let mut workspace = Workspace::new(bench, &ours(&[&way.configuration]))?.with(&tenant);
    let apply = workspace.measure(Step::Apply, &tenant)?;
    let refresh = workspace.measure(Step::Refresh, &tenant)?;
    let kib = match way.memory {
        None => None,
        Some((Step::Plan, ..)) => {
            let tenant = Tenant::start(bench, way.others, 0)?;
            let new = Workspace::new(bench, &ours(&[&way.configuration]))?.with(&tenant);
            new.peak_memory(Step::Plan)?
        }
        Some((step, mode, _)) => {
            workspace = workspace.set("ATLAN_READ_MODE", mode);
            workspace.peak_memory(step)?
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "memory is far from 2^53 KiB")]
    let megabytes = kib.map(|kib| kib as f64 * 1024.0 / 1e6);
    let times = [apply, refresh].map(|sample| (sample.seconds, sample.requests.total()));
    Ok(Cost { times, megabytes })
}

/// The peak, and whether it is within its limit, as the table says it.
fn memory(bench: &Bench, way: &Way, cost: &Cost) -> (String, String) {
    let Some(((.., limit), megabytes)) = way.memory.zip(cost.megabytes) else {
        return (nothing(), nothing());
    };
    let met = Some(megabytes <= limit).filter(|_| !bench.quick);
    (format!("{megabytes:.1} MB"), target(&format!("{limit} MB"), met))
}

/// The people of [`people`], in one resource. They come in tens, because `range` gives no more than 1,024 numbers.
pub(super) fn seats_of(count: usize) -> String {
    format!("resource \"atlan_user_invites\" \"this\" {{\n  people = {}\n}}\n", entries(count))
}

/// Their map.
pub(super) fn entries(count: usize) -> String {
    format!(
        "merge([for ten in range({}) : {{ for n in range(10) : \"colleague-${{ten * 10 + n}}@numbers.example\" => {{ role = \"$member\" \
         }} }}]...)",
        count / 10
    )
}

fn edges(groups: usize) -> String {
    format!(
        "resource \"atlan_group_member\" \"this\" {{\n  count      = {}\n  group_id   = atlan_group.this[count.index % {groups}].id\n  \
         user       = \"colleague-${{(count.index % {groups} * 10 + floor(count.index / {groups})) % {people}}}@numbers.example\"\n  \
         depends_on = [atlan_user_invites.this]\n}}\n",
        groups * IN_EACH,
        people = groups * 10
    )
}

fn sets() -> String {
    format!(
        "resource \"atlan_group_members\" \"this\" {{\n  count      = length(atlan_group.this)\n  group_id   = \
         atlan_group.this[count.index].id\n  members    = [for k in range({IN_EACH}) : \"colleague-${{(count.index * 10 + k) % \
         (length(atlan_group.this) * 10)}}@numbers.example\"]\n  depends_on = [atlan_user_invites.this]\n}}\n"
    )
}
