//! The listing of `demo_thing`.

use tfplug::{Args, CallCx, Config, Diagnostics, List, ListSink, Result};

use super::Demo;
use super::thing::{ById, Thing};

/// Which things to list.
#[derive(Args)]
#[args(timeouts(read = "1m"))]
pub(crate) struct ThingFilter {
    /// Those whose label begins so.
    pub prefix: Option<String>,
    /// Only their names, even where all is asked for.
    #[attr(default = false)]
    pub names: bool,
}

impl List for Thing {
    type Filter = ThingFilter;

    fn validate_filter(filter: &Config<'_, ThingFilter>, diagnostics: &mut Diagnostics) {
        match filter.get(ThingFilter::PREFIX).known().as_deref() {
            Some("panic") => panic!("no idea how to validate"),
            Some("*") => diagnostics.error_at(ThingFilter::PREFIX, "No pattern", "Leave it out to list all."),
            _ => {}
        }
    }

    async fn list(cx: &CallCx<'_, Demo>, filter: &ThingFilter, sink: &ListSink<Self>) -> Result<()> {
        let result = send(cx, filter, sink).await;
        cx.client.end();
        result
    }
}

async fn send(cx: &CallCx<'_, Demo>, filter: &ThingFilter, sink: &ListSink<Thing>) -> Result<()> {
    cx.client.step("list", Some(cx)).await?;
    for record in cx.client.all() {
        if !record.args.label.starts_with(filter.prefix.as_deref().unwrap_or_default()) {
            continue;
        }
        if record.args.label.contains("bad") {
            cx.client.step("page", Some(cx)).await?;
        }
        cx.client.note(format!("page with {}", record.id));
        let (label, id) = (record.args.label.clone(), ById { id: record.id.clone() });
        if filter.names {
            sink.send_identity(label, &id).await?;
        } else {
            sink.send(label, &id, &record.state()).await?;
        }
    }
    Ok(())
}
