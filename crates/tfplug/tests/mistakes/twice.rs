//! Handlers that answer one attribute of both structs twice: with two values, or with another one than the configuration has.

use expect_test::expect;
use serde_json::json;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Resource, Result, State};

use crate::{Desk, Hasty, core};

/// A tank.
#[derive(Args, Clone)]
pub(crate) struct TankArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// How full it is.
    pub level: Option<i64>,
    /// How much of it is water.
    pub share: Option<f32>,
    /// What is in it.
    pub pipe: Option<Pipe>,
}

/// A pipe.
#[derive(Args, Clone)]
pub(crate) struct Pipe {
    /// How wide it is.
    pub width: Option<i64>,
}

#[derive(Computed)]
#[computed(args = TankArgs)]
pub(crate) struct TankComputed {
    /// Empty unless the configuration says otherwise.
    #[attr(keep)]
    pub level: i64,
    /// All of it unless the configuration says otherwise.
    #[attr(keep)]
    pub share: f32,
    /// A pipe.
    #[attr(keep)]
    pub pipe: Option<PipeComputed>,
}

#[derive(Computed)]
#[computed(args = Pipe)]
pub(crate) struct PipeComputed {
    /// Narrow unless the configuration says otherwise.
    #[attr(keep)]
    pub width: i64,
}

pub(crate) struct Tank;

fn computed(level: i64) -> TankComputed {
    TankComputed { level, share: 1.0, pipe: Some(PipeComputed { width: level }) }
}

fn answer(desk: &Desk, args: &TankArgs) -> TankComputed {
    let level = if desk.fails("clamped") { 7 } else { args.level.unwrap_or_default() };
    TankComputed { share: args.share.unwrap_or(1.0), ..computed(level) }
}

impl Resource for Tank {
    const NAME: &'static str = "tank";
    type Provider = Hasty;
    type Id = ByName;
    type Args = TankArgs;
    type Computed = TankComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &TankArgs) -> Result<TankComputed> {
        Ok(answer(&cx.client, args))
    }

    /// The level is 5 by now.
    async fn read(cx: &Cx<'_, Self>, id: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let said = |level| TankArgs {
            name: id.name.clone(),
            level: Some(level),
            share: prior.as_ref().and_then(|prior| prior.args.share),
            pipe: Some(Pipe { width: Some(level) }),
        };
        let old = prior.as_ref().map_or(3, |prior| prior.computed.level);
        let [args, computed_level] = match () {
            () if cx.client.fails("old arguments") => [old, 5],
            () if cx.client.fails("old answers") => [5, old],
            () if cx.client.fails("two levels") => [5, 6],
            () => [old, old],
        };
        let share = if cx.client.fails("new share") { 0.2 } else { said(args).share.unwrap_or(1.0) };
        Ok(Some(State { args: said(args), computed: TankComputed { share, ..computed(computed_level) } }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ByName, _: &State<Self>, args: &TankArgs) -> Result<TankComputed> {
        Ok(answer(&cx.client, args))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

fn config(level: i64) -> serde_json::Value {
    json!({ "name": "n", "level": level, "pipe": { "width": level } })
}

#[tokio::test]
async fn of_two_values_that_a_read_answers_the_one_that_differs_from_the_state_counts() {
    for fault in ["old arguments", "old answers"] {
        let (desk, core) = core();
        let mut tank = core.resource("hasty_tank");
        tank.apply(config(3)).await;
        desk.fail(fault);
        tank.refresh().await;
        assert_eq!(
            (&tank.state()["level"], &tank.state()["pipe"]["width"]),
            (&json!(5), &json!(5)),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn two_values_that_both_differ_from_the_state_are_named() {
    let (desk, core) = core();
    let mut tank = core.resource("hasty_tank");
    tank.apply(config(3)).await;
    desk.fail("two levels");
    let report = tank.try_refresh().await.expect_err("a bug");
    expect![[r#"
        error at level: The provider has a bug: it answered two values for one attribute
          What it read of hasty_tank has one value of level among the arguments and another one among the computed attributes. The state has neither, so nothing tells which one is true.

          Please report this with the configuration of the object."#]].assert_eq(&report.to_string());
    assert_eq!(tank.state()["level"], 3);
}

/// An import has no state that could decide.
#[tokio::test]
async fn two_values_of_an_import_are_named() {
    let (desk, core) = core();
    desk.fail("old answers");
    let report = core.resource("hasty_tank").try_import("n").await.expect_err("a bug").to_string();
    assert!(report.contains("two values"), "{report}");
}

#[tokio::test]
async fn an_answer_other_than_configured_is_named() {
    let (desk, core) = core();
    desk.fail("clamped");
    let mut tank = core.resource("hasty_tank");
    let report = tank.try_apply(config(3)).await.expect_err("a bug");
    expect![[r#"
        error at level: The provider has a bug: its answer breaks a rule of Terraform
          level: a known value has to come out as planned (planned: 3, result: 7)

          Please report this with the configuration of the object.
        error at pipe.width: The provider has a bug: its answer breaks a rule of Terraform
          pipe.width: a known value has to come out as planned (planned: 3, result: 7)

          Please report this with the configuration of the object."#]]
    .assert_eq(&report.to_string());
    // What is left out is the provider's to decide.
    desk.repair();
    let mut tank = core.resource("hasty_tank");
    tank.apply(config(3)).await;
    desk.fail("clamped");
    let report = tank.try_apply(config(4)).await.expect_err("a bug").to_string();
    assert!(report.contains("(planned: 4, result: 7)"), "{report}");
    let mut tank = core.resource("hasty_tank");
    tank.apply(json!({ "name": "n", "pipe": {} })).await;
    assert_eq!((&tank.state()["level"], &tank.state()["pipe"]["width"]), (&json!(7), &json!(7)));
}

/// A handler answers a number with the digits that its type holds.
#[tokio::test]
async fn fewer_digits_are_no_other_value() {
    let (desk, core) = core();
    let mut tank = core.resource("hasty_tank");
    tank.apply(json!({ "name": "n", "level": 1, "pipe": { "width": 1 }, "share": 0.123456789012 })).await;
    assert_eq!(tank.state()["share"], json!(0.123456789012));
    desk.fail("new share");
    tank.refresh().await;
    assert_eq!(tank.state()["share"], json!(0.2));
}
