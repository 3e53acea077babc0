//! Floating-point numbers that Terraform does not have.

use serde_json::json;
use tfplug::{
    Args, ByName, CallCx, Change, Computed, CreateCx, Cx, DataSource, Function, FunctionError, PlanCx,
    Resource, Result, State,
};

use crate::{Hasty, core};

/// A probe.
#[derive(Args, Clone)]
pub(crate) struct ProbeArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What it is of.
    pub title: Option<String>,
}

#[derive(Computed)]
pub(crate) struct ProbeComputed {
    /// What it measures.
    #[attr(volatile)]
    pub value: Option<f64>,
    /// What it has measured.
    #[attr(volatile)]
    pub log: Vec<f32>,
}

pub(crate) struct Probe;

/// What a probe measures that is at fault, or not.
fn measured(fails: impl Fn(&str) -> bool) -> ProbeComputed {
    ProbeComputed {
        value: Some(if fails("value") { f64::NAN } else { 0.5 }),
        log: vec![1.0, if fails("log") { f32::NEG_INFINITY } else { 2.0 }],
    }
}

impl Resource for Probe {
    const NAME: &'static str = "probe";
    type Provider = Hasty;
    type Id = ByName;
    type Args = ProbeArgs;
    type Computed = ProbeComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if cx.client.as_ref().is_some_and(|desk| desk.fails("plan")) {
            change.fill(ProbeComputed::VALUE, f64::INFINITY);
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, _: &ProbeArgs) -> Result<ProbeComputed> {
        Ok(measured(|fault| cx.client.fails(fault)))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let args = prior.map_or(ProbeArgs { name: id.name.clone(), title: None }, |prior| prior.args);
        Ok(Some(State { args, computed: measured(|fault| cx.client.fails(fault)) }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &ProbeArgs) -> Result<ProbeComputed> {
        Ok(measured(|fault| cx.client.fails(fault)))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_is_no_number_is_an_error_where_it_stands_and_loses_no_object() {
    for (fault, place, shown) in [("value", "value", "NaN"), ("log", "log[1]", "-infinity")] {
        let words = format!("{shown} is not a number that Terraform can store");
        let expected = |report: String| {
            assert!(report.starts_with(&format!("error at {place}: ")), "{report}");
            assert!(report.contains(&words), "{report}");
        };
        let (desk, core) = core();
        desk.fail(fault);
        let mut probe = core.resource("hasty_probe");
        expected(probe.try_apply(json!({ "name": "n" })).await.expect_err("no number").to_string());
        assert_eq!(probe.state()["name"], "n", "{fault}");
        expected(probe.try_refresh().await.expect_err("no number").to_string());
        desk.repair();
        probe.try_refresh().await.expect("a number");
        assert_eq!(probe.state()["value"], 0.5);
        probe.untaint();
        desk.fail(fault);
        let config = json!({ "name": "n", "title": "t" });
        let core = core.without_refresh();
        probe.set_core(&core);
        expected(probe.try_apply(config).await.expect_err("no number").to_string());
        assert_eq!(probe.state()["title"], "t", "{fault}");
        desk.repair();
        probe.try_refresh().await.expect("a number");
        assert_eq!(probe.state()["log"], json!([1, 2]), "{fault}");
    }
    let (desk, core) = core();
    desk.fail("plan");
    let report = core.resource("hasty_probe").try_plan(json!({ "name": "n" })).await.expect_err("no number");
    assert!(report.to_string().contains("infinity is not a number that Terraform can store"), "{report}");
}

/// A gauge.
#[derive(Args)]
pub(crate) struct GaugeArgs {}

#[derive(Computed)]
#[computed(data)]
pub(crate) struct GaugeComputed {
    /// What it shows.
    pub value: f64,
    /// What it has shown.
    pub log: Vec<f64>,
}

pub(crate) struct Gauge;

impl DataSource for Gauge {
    const NAME: &'static str = "gauge";
    type Provider = Hasty;
    type Args = GaugeArgs;
    type Computed = GaugeComputed;

    async fn read(cx: &CallCx<'_, Hasty>, _: &GaugeArgs) -> Result<GaugeComputed> {
        let of = |fault| if cx.client.fails(fault) { f64::NAN } else { 1.0 };
        Ok(GaugeComputed { value: of("value"), log: vec![of("log")] })
    }
}

/// Numbers.
#[derive(Args)]
pub(crate) struct QuotientsArgs {
    /// What to divide by.
    pub by: f64,
}

pub(crate) struct Quotients;

impl Function for Quotients {
    const NAME: &'static str = "quotients";
    const SUMMARY: &'static str = "Divides.";
    type Provider = Hasty;
    type Args = QuotientsArgs;
    type Output = Vec<f64>;

    fn call(args: QuotientsArgs) -> std::result::Result<Vec<f64>, FunctionError> {
        Ok(vec![1.0, 1.0 / args.by])
    }
}

#[tokio::test]
async fn what_is_no_number_is_an_error_of_a_data_source_and_of_a_function() {
    for (fault, place) in [("value", "value"), ("log", "log[0]")] {
        let (desk, core) = core();
        desk.fail(fault);
        let report = core.data_source("hasty_gauge").try_read(json!({})).await.expect_err("no number");
        let report = report.to_string();
        assert!(report.starts_with(&format!("error at {place}: ")), "{report}");
        assert!(report.contains("NaN is not a number that Terraform can store"), "{report}");
    }
    let (_, core) = core();
    let report = core.function("quotients").try_call([json!(0)]).await.expect_err("no number").to_string();
    assert!(report.contains("[1]: infinity is not a number that Terraform can store"), "{report}");
}
