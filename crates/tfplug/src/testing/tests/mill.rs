//! A provider with one object of each kind, none of which does anything.

use std::time::Duration;

use serde::Deserialize;

use super::NoArgs;
use crate::{
    Action, ActionCx, Args, CallCx, Computed, ConfigureCx, CreateCx, Cx, DataSource, EphemeralResource,
    Function, FunctionError, Identity, IdentityUpgrades, List, ListSink, Moves, Opened, Provider, Registry,
    Renewed, Resource, Result, State, WriteOnly,
};

pub(super) struct Mill;

impl Provider for Mill {
    const NAME: &'static str = "mill";
    const ADDRESS: &'static str = "example.com/test/mill";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = NoArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: NoArgs) -> Result<()> {
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<Wheel>()
            .list_resource::<Wheel>()
            .data_source::<Water>()
            .ephemeral_resource::<Flow>()
            .action::<Grind>()
            .function::<Double>();
    }
}

/// A wheel.
#[derive(Args, Clone)]
pub(super) struct WheelArgs {
    /// How large.
    pub(super) size: i64,
    /// What of.
    #[attr(replace)]
    pub(super) stuff: Option<String>,
    /// Opens it.
    pub(super) key: Option<WriteOnly<String>>,
}

/// What is known of a wheel.
#[derive(Computed, Clone)]
pub(super) struct WheelComputed {
    /// Its name.
    #[attr(keep)]
    pub(super) id: String,
    /// How often it was changed.
    #[attr(volatile)]
    pub(super) changes: i64,
}

/// Names a wheel.
#[derive(Identity, Clone, Debug)]
#[identity(version = 1)]
pub(super) struct WheelId {
    /// Its name.
    pub(super) id: String,
}

/// How version 0 named it, and what another resource stores.
#[derive(Deserialize)]
struct Old {
    name: String,
}

struct Wheel;

fn wheel(id: &str, size: i64) -> State<Wheel> {
    State {
        args: WheelArgs { size, stuff: None, key: None },
        computed: WheelComputed { id: id.to_owned(), changes: 0 },
    }
}

impl Resource for Wheel {
    const NAME: &'static str = "wheel";
    type Provider = Mill;
    type Id = WheelId;
    type Args = WheelArgs;
    type Computed = WheelComputed;

    async fn create(_: &CreateCx<'_, Self>, args: &WheelArgs) -> Result<WheelComputed> {
        Ok(wheel("w", args.size).computed)
    }

    async fn read(_: &Cx<'_, Self>, id: &WheelId, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(Some(prior.unwrap_or_else(|| wheel(&id.id, 1))))
    }

    async fn update(
        _: &Cx<'_, Self>,
        _: &WheelId,
        prior: &State<Self>,
        _: &WheelArgs,
    ) -> Result<WheelComputed> {
        Ok(WheelComputed { changes: prior.computed.changes + 1, ..prior.computed.clone() })
    }

    async fn delete(_: &Cx<'_, Self>, _: &WheelId, _: &State<Self>) -> Result<()> {
        Ok(())
    }

    fn identity_upgrades() -> IdentityUpgrades<WheelId> {
        IdentityUpgrades::none().from(0, |old: Old| Ok(WheelId { id: old.name }))
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("test/other", "other_wheel", 0, |old: Old| Ok(wheel(&old.name, 1)))
    }
}

impl List for Wheel {
    type Filter = NoArgs;

    async fn list(_: &CallCx<'_, Mill>, _: &NoArgs, sink: &ListSink<Self>) -> Result<()> {
        for name in ["a", "b", "c"] {
            sink.send(name, &WheelId { id: name.to_owned() }, &wheel(name, 1)).await?;
        }
        Ok(())
    }
}

/// Water.
#[derive(Args)]
pub(super) struct WaterArgs {
    /// Which river.
    pub(super) river: String,
}

/// What is known of water.
#[derive(Computed)]
#[computed(data)]
pub(super) struct WaterComputed {
    /// How much.
    pub(super) amount: i64,
}

struct Water;

impl DataSource for Water {
    const NAME: &'static str = "water";
    type Provider = Mill;
    type Args = WaterArgs;
    type Computed = WaterComputed;

    async fn read(_: &CallCx<'_, Mill>, _: &WaterArgs) -> Result<WaterComputed> {
        Ok(WaterComputed { amount: 1 })
    }
}

struct Flow;

impl EphemeralResource for Flow {
    const NAME: &'static str = "flow";
    type Provider = Mill;
    type Args = WaterArgs;
    type Computed = WaterComputed;
    type Handle = String;

    async fn open(_: &CallCx<'_, Mill>, args: &WaterArgs) -> Result<Opened<Self>> {
        let renew_after = Some(Duration::from_secs(60));
        Ok(Opened { computed: WaterComputed { amount: 1 }, handle: args.river.clone(), renew_after })
    }

    async fn renew(_: &CallCx<'_, Mill>, handle: String) -> Result<Renewed<Self>> {
        Ok(Renewed { handle, renew_after: Some(Duration::from_secs(60)) })
    }
}

struct Grind;

impl Action for Grind {
    const NAME: &'static str = "grind";
    type Provider = Mill;
    type Args = NoArgs;

    async fn invoke(cx: &ActionCx<'_, Mill>, _: &NoArgs) -> Result<()> {
        cx.progress("grinding").await;
        Ok(())
    }
}

/// Doubles a number.
#[derive(Args)]
pub(super) struct DoubleArgs {
    /// The number.
    pub(super) number: i64,
}

struct Double;

impl Function for Double {
    const NAME: &'static str = "double";
    const SUMMARY: &'static str = "Twice a number";
    type Provider = Mill;
    type Args = DoubleArgs;
    type Output = i64;

    fn call(args: DoubleArgs) -> Result<i64, FunctionError> {
        match args.number {
            0 => Err(FunctionError::new("Nothing to double.")),
            number => Ok(number * 2),
        }
    }
}
