//! Changes of nothing but `timeouts`. guide/time: "`update` is not called: the state takes the new limits, and no computed value
//! becomes unknown."

use serde_json::json;
use tfplug::{Args, ByName, Change, Computed, CreateCx, Cx, PlanCx, Resource, Result, State, Value};

use crate::{Hasty, core};

/// A meter.
#[derive(Args)]
#[args(timeouts(update = "5m"))]
pub(crate) struct MeterArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
}

#[derive(Computed)]
pub(crate) struct MeterComputed {
    /// How long the name is: `plan` says it each time, as in the guide's examples.
    #[attr(keep)]
    pub length: i64,
    /// Another one after each change.
    #[attr(volatile)]
    pub etag: i64,
}

pub(crate) struct Meter;

impl Resource for Meter {
    const NAME: &'static str = "meter";
    type Provider = Hasty;
    type Id = ByName;
    type Args = MeterArgs;
    type Computed = MeterComputed;

    async fn plan(_: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if let Value::Known(name) = change.planned(MeterArgs::NAME) {
            change.fill(MeterComputed::LENGTH, i64::try_from(name.len())?);
        }
        Ok(())
    }

    async fn create(_: &CreateCx<'_, Self>, args: &MeterArgs) -> Result<MeterComputed> {
        Ok(MeterComputed { length: i64::try_from(args.name.len())?, etag: 1 })
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(
        cx: &Cx<'_, Self>,
        _: &ByName,
        prior: &State<Self>,
        _: &MeterArgs,
    ) -> Result<MeterComputed> {
        cx.client.note("update");
        Ok(MeterComputed { length: prior.computed.length, etag: prior.computed.etag + 1 })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn other_timeouts_update_nothing_though_the_plan_fills_values_in() {
    let (desk, core) = core();
    let mut meter = core.resource("hasty_meter");
    meter.apply(json!({ "name": "n" })).await;
    let applied = meter.apply(json!({ "name": "n", "timeouts": { "update": "7m" } })).await;
    assert_eq!(applied.to_string(), "update: timeouts.update");
    assert_eq!((desk.calls(), &meter.state()["etag"]), (vec![], &json!(1)));
}
