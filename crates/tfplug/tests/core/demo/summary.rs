//! `demo_summary`: counts things.

use std::collections::BTreeMap;

use tfplug::schema::not_blank;
use tfplug::{Args, CallCx, Computed, Config, DataSource, Diagnostics, Error, Result};

use super::{Demo, DemoMeta};

/// Counts things.
#[derive(Args)]
#[args(timeouts(read = "1m"))]
pub(crate) struct SummaryArgs {
    /// Which things: those whose label begins so.
    #[attr(check = not_blank())]
    pub prefix: String,
    /// How many have to be there.
    #[attr(default = 0)]
    pub at_least: i64,
    /// What to look at.
    pub only: Option<Vec<FilterArgs>>,
}

/// What to look at.
#[derive(Args)]
pub(crate) struct FilterArgs {
    /// Name of a size.
    pub size: String,
}

/// What is counted.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct SummaryComputed {
    /// How many there are.
    pub total: i64,
    /// Numbers by label.
    pub ids: BTreeMap<String, String>,
    /// Who asks.
    pub author: Option<String>,
}

pub(crate) struct Summary;

impl DataSource for Summary {
    const NAME: &'static str = "summary";
    type Provider = Demo;
    type Args = SummaryArgs;
    type Computed = SummaryComputed;

    fn validate(config: &Config<'_, SummaryArgs>, diagnostics: &mut Diagnostics) {
        match config.get(SummaryArgs::PREFIX).known().as_deref() {
            Some("panic") => panic!("no idea how to validate"),
            Some("slow") => diagnostics.warning_at(SummaryArgs::PREFIX, "Slow", "It takes long."),
            _ => {}
        }
    }

    async fn read(cx: &CallCx<'_, Demo>, args: &SummaryArgs) -> Result<SummaryComputed> {
        cx.client.note(format!("count {}", args.prefix));
        cx.client.step("count", Some(cx)).await?;
        let found = cx.client.all();
        let found = found.iter().filter(|record| record.args.label.starts_with(&args.prefix));
        let ids: BTreeMap<_, _> =
            found.map(|record| (record.args.label.clone(), record.id.clone())).collect();
        let total = i64::try_from(ids.len()).unwrap();
        if total < args.at_least {
            let detail = format!("There are {total}, not {}.", args.at_least);
            return Err(Error::new("Too few things", detail).at(SummaryArgs::AT_LEAST));
        }
        let author = cx.meta::<DemoMeta>().and_then(|meta| meta.author);
        Ok(SummaryComputed { total, ids, author })
    }
}
