//! Answers that the provider's own structs cannot read back.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use tfplug::testing::Instance;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Error, Moves, Resource, Result, State, Upgrades};

use crate::{Desk, Hasty, core};

/// A ratio.
#[derive(Args, Clone)]
#[args(version = 1)]
pub(crate) struct RatioArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What it is of.
    pub title: Option<String>,
}

#[derive(Computed)]
pub(crate) struct RatioComputed {
    /// How much of how much.
    #[attr(volatile)]
    pub ratio: f64,
}

/// What other versions and other types have of a ratio.
#[derive(Deserialize)]
struct Half {
    name: String,
}

fn of_half(half: Half) -> Result<State<Ratio>> {
    let args = RatioArgs { name: half.name, title: None };
    Ok(State { args, computed: RatioComputed { ratio: f64::NAN } })
}

pub(crate) struct Ratio;

impl Resource for Ratio {
    const NAME: &'static str = "ratio";
    type Provider = Hasty;
    type Id = ByName;
    type Args = RatioArgs;
    type Computed = RatioComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &RatioArgs) -> Result<RatioComputed> {
        if cx.client.fails("checkpoint") {
            cx.checkpoint(&State { args: args.clone(), computed: RatioComputed { ratio: f64::NAN } });
            return Err(Error::new("Failed", "Half way."));
        }
        Ok(RatioComputed { ratio: if cx.client.fails("create") { f64::NAN } else { 0.5 } })
    }

    async fn read(cx: &Cx<'_, Self>, id: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        cx.client.note(if prior.is_some() { "read with prior" } else { "read" });
        let title = prior.and_then(|prior| prior.args.title);
        let args = RatioArgs { name: id.name.clone(), title };
        let ratio = if cx.client.fails("read") { f64::INFINITY } else { 0.25 };
        Ok(Some(State { args, computed: RatioComputed { ratio } }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &RatioArgs) -> Result<RatioComputed> {
        Ok(RatioComputed { ratio: if cx.client.fails("update") { f64::NAN } else { 0.75 } })
    }

    async fn delete(cx: &Cx<'_, Self>, _: &ByName, prior: &State<Self>) -> Result<()> {
        if cx.client.fails("delete") {
            cx.checkpoint(&State { args: prior.args.clone(), computed: RatioComputed { ratio: f64::NAN } });
            return Err(Error::new("Failed", "Half way."));
        }
        Ok(())
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, of_half)
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("demo/hasty", "hasty_half", 0, of_half)
    }
}

async fn the_next_read_mends(desk: &Desk, mut ratio: Instance) {
    desk.repair();
    desk.calls();
    // It is read without a prior state.
    ratio.refresh().await;
    assert_eq!((desk.calls(), &ratio.state()["ratio"]), (vec!["read".to_owned()], &json!(0.25)));
    ratio.destroy().await;
}

#[tokio::test]
async fn a_create_whose_answer_cannot_be_read_back_is_an_error_and_the_next_read_mends_it() {
    let (desk, core) = core();
    desk.fail("create");
    let mut ratio = core.resource("hasty_ratio");
    let report = ratio.try_apply(json!({ "name": "n" })).await.expect_err("a bug").to_string();
    assert!(
        report.starts_with("error at ratio: The provider has a bug: its answer cannot be read back"),
        "{report}"
    );
    assert_eq!(ratio.state(), json!({ "name": "n", "ratio": null, "title": null }));
    the_next_read_mends(&desk, ratio).await;
}

#[tokio::test]
async fn an_update_whose_answer_cannot_be_read_back_is_an_error_and_the_next_read_mends_it() {
    let (desk, core) = core();
    let mut ratio = core.resource("hasty_ratio");
    ratio.apply(json!({ "name": "n" })).await;
    desk.fail("update");
    let report = ratio.try_apply(json!({ "name": "n", "title": "t" })).await.expect_err("a bug").to_string();
    assert!(
        report.starts_with("error at ratio: The provider has a bug: its answer cannot be read back"),
        "{report}"
    );
    the_next_read_mends(&desk, ratio).await;
}

#[tokio::test]
async fn a_read_whose_answer_cannot_be_read_back_keeps_what_was_there() {
    let (desk, core) = core();
    let mut ratio = core.resource("hasty_ratio");
    ratio.apply(json!({ "name": "n" })).await;
    desk.fail("read");
    let report = ratio.try_refresh().await.expect_err("a bug").to_string();
    assert!(
        report.starts_with("error at ratio: The provider has a bug: its answer cannot be read back"),
        "{report}"
    );
    assert_eq!(ratio.state()["ratio"], json!(0.5));
    desk.repair();
    ratio.destroy().await;
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_read_back_is_an_error_and_the_next_read_mends_it() {
    let (desk, core) = core();
    desk.fail("checkpoint");
    let mut ratio = core.resource("hasty_ratio");
    let report = ratio.try_apply(json!({ "name": "n" })).await.expect_err("a failure").to_string();
    assert!(report.starts_with("error: Failed\n  Half way."), "{report}");
    assert!(
        report.contains("error at ratio: The provider has a bug: its answer cannot be read back"),
        "{report}"
    );
    the_next_read_mends(&desk, ratio).await;
}

#[tokio::test]
async fn a_checkpoint_of_a_delete_that_cannot_be_read_back_is_an_error_and_the_next_read_mends_it() {
    let (desk, core) = core();
    let mut ratio = core.resource("hasty_ratio");
    ratio.apply(json!({ "name": "n" })).await;
    desk.fail("delete");
    let report = ratio.try_destroy().await.expect_err("a failure").to_string();
    assert!(report.starts_with("error: Failed\n  Half way."), "{report}");
    assert!(
        report.contains("error at ratio: The provider has a bug: its answer cannot be read back"),
        "{report}"
    );
    the_next_read_mends(&desk, ratio).await;
}

#[tokio::test]
async fn what_a_look_before_a_delete_answers_has_to_be_read_back_too() {
    let (desk, core) = core();
    desk.fail("create");
    let mut ratio = core.without_refresh().resource("hasty_ratio");
    ratio.try_apply(json!({ "name": "n" })).await.expect_err("a bug");
    desk.fail("read");
    let report = ratio.try_destroy().await.expect_err("a bug").to_string();
    assert!(
        report.starts_with("error at ratio: The provider has a bug: its answer cannot be read back"),
        "{report}"
    );
    desk.repair();
    ratio.destroy().await;
}

/// Without a refresh Terraform stores it at once. What was stored before stays instead.
#[tokio::test]
async fn what_an_upgrade_or_a_move_answers_has_to_be_read_back_too() {
    let (_, core) = core();
    let stored = r#"{"name":"n"}"#;
    let (mut old, mut other) = (core.resource("hasty_ratio"), core.resource("hasty_ratio"));
    let upgraded = old.try_upgrade(0, stored).await;
    let moved = other.try_move("example.com/demo/hasty", "hasty_half", 0, stored).await;
    for (step, report) in [("upgrade", upgraded), ("move", moved)] {
        let report = report.expect_err(step).to_string();
        assert!(
            report.starts_with("error at ratio: The provider has a bug: its answer cannot be read back"),
            "{step}: {report}"
        );
    }
}

/// A record.
#[derive(Args)]
pub(crate) struct Record {
    /// What it says.
    pub text: String,
}

#[derive(Computed)]
pub(crate) struct RecordComputed {
    /// How long it is.
    #[attr(keep)]
    pub length: i64,
}

/// A zone.
#[derive(Args)]
pub(crate) struct ZoneArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// Its records.
    pub records: Option<BTreeMap<String, Record>>,
}

#[derive(Computed)]
pub(crate) struct ZoneComputed {
    /// Its records.
    #[attr(keep)]
    pub records: BTreeMap<String, RecordComputed>,
}

pub(crate) struct Zone;

/// A record that no configuration has: nothing says its text.
fn records() -> ZoneComputed {
    ZoneComputed { records: BTreeMap::from([("soa".to_owned(), RecordComputed { length: 3 })]) }
}

impl Resource for Zone {
    const NAME: &'static str = "zone";
    type Provider = Hasty;
    type Id = ByName;
    type Args = ZoneArgs;
    type Computed = ZoneComputed;

    async fn create(_: &CreateCx<'_, Self>, _: &ZoneArgs) -> Result<ZoneComputed> {
        Ok(records())
    }

    async fn read(_: &Cx<'_, Self>, id: &ByName, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let args = ZoneArgs { name: id.name.clone(), records: None };
        Ok(Some(State { args, computed: records() }))
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &ZoneArgs) -> Result<ZoneComputed> {
        Ok(records())
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nested_objects_of_the_provider_need_what_their_arguments_demand() {
    let (_, core) = core();
    let start = "error at records[\"soa\"].text: The provider has a bug: its answer cannot be read back";
    let mut zone = core.resource("hasty_zone");
    let report = zone.try_apply(json!({ "name": "n" })).await.expect_err("a bug").to_string();
    assert!(report.starts_with(start), "{report}");
    let mut zone = core.resource("hasty_zone");
    let report = zone.try_import("n").await.expect_err("a bug").to_string();
    assert!(report.starts_with(start), "{report}");
}
