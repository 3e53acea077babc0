//! A provider with one object of each kind and most shapes of attributes, whose handlers can't fail: whatever goes wrong
//! in a call of it is the framework's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;

use crate::types::Timestamp;
use crate::{
    Action, ActionCx, Args, CallCx, Computed, ConfigureCx, CreateCx, Cx, DataSource, Dynamic,
    EphemeralResource, Function, FunctionError, Identity, IdentityUpgrades, List, ListSink, Moves, Opened,
    Provider, Registry, Resource, Result, Sensitive, State, Upgrades, WriteOnly,
};

pub(super) struct Yard;

/// How to reach the yard.
#[derive(Args)]
pub(super) struct YardArgs {
    /// Where it is.
    address: Option<String>,
    /// Opens the gate.
    key: Option<Sensitive<String>>,
}

impl Provider for Yard {
    const NAME: &'static str = "yard";
    const ADDRESS: &'static str = "example.com/test/yard";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = YardArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, args: YardArgs) -> Result<()> {
        let _ = (args.address, args.key);
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<Boat>()
            .list_resource::<Boat>()
            .data_source::<Tide>()
            .ephemeral_resource::<Tide>()
            .action::<Horn>()
            .function::<Sum>();
    }
}

/// One rope.
#[derive(Args, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rope {
    /// How long.
    length: u32,
    /// What of.
    #[attr(default = "hemp".to_owned())]
    stuff: String,
}

/// People by their role.
type Crew = BTreeMap<String, Vec<String>>;

/// A boat.
#[derive(Args, Clone)]
#[args(version = 1)]
pub(super) struct BoatArgs {
    /// What it is called.
    #[attr(replace)]
    name: String,
    /// When it was built.
    built: Option<Timestamp>,
    /// How much it carries.
    load: Option<f64>,
    /// Who sails it, by role.
    crew: Option<Crew>,
    /// Its ropes.
    ropes: Option<BTreeSet<Rope>>,
    /// The one at the anchor.
    anchor: Option<Rope>,
    /// Anything else.
    more: Option<Dynamic>,
    /// Opens it.
    key: Option<WriteOnly<String>>,
    /// What it was worth.
    price: Option<Sensitive<i64>>,
}

/// What is known of a boat.
#[derive(Computed, Clone)]
pub(super) struct BoatComputed {
    /// Where it lies.
    #[attr(keep)]
    region: String,
    /// Where exactly.
    #[attr(keep)]
    number: i64,
}

/// Where a boat lies.
#[derive(Identity, Clone, Debug, PartialEq)]
#[identity(version = 1)]
pub(super) struct Place {
    /// The harbour.
    pub(super) region: String,
    /// The berth.
    pub(super) number: i64,
}

/// What was stored before.
#[derive(Deserialize)]
struct Old {
    name: String,
}

struct Boat;

fn boat(name: &str, place: &Place) -> State<Boat> {
    let args = BoatArgs {
        name: name.to_owned(),
        built: None,
        load: None,
        crew: None,
        ropes: None,
        anchor: None,
        more: None,
        key: None,
        price: None,
    };
    State { args, computed: BoatComputed { region: place.region.clone(), number: place.number } }
}

fn somewhere() -> Place {
    Place { region: "ops".to_owned(), number: 7 }
}

impl Resource for Boat {
    const NAME: &'static str = "boat";
    type Provider = Yard;
    type Id = Place;
    type Args = BoatArgs;
    type Computed = BoatComputed;

    async fn create(_: &CreateCx<'_, Self>, args: &BoatArgs) -> Result<BoatComputed> {
        Ok(boat(&args.name, &somewhere()).computed)
    }

    async fn read(_: &Cx<'_, Self>, id: &Place, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(Some(prior.unwrap_or_else(|| boat("found", id))))
    }

    async fn update(_: &Cx<'_, Self>, _: &Place, prior: &State<Self>, _: &BoatArgs) -> Result<BoatComputed> {
        Ok(prior.computed.clone())
    }

    async fn delete(_: &Cx<'_, Self>, _: &Place, _: &State<Self>) -> Result<()> {
        Ok(())
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, |old: Old| Ok(boat(&old.name, &somewhere())))
    }

    fn identity_upgrades() -> IdentityUpgrades<Place> {
        IdentityUpgrades::none().from(0, |old: Old| Ok(Place { region: old.name, number: 0 }))
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("test/other", "other_boat", 0, |old: Old| Ok(boat(&old.name, &somewhere())))
    }
}

impl List for Boat {
    type Filter = TideArgs;

    async fn list(_: &CallCx<'_, Yard>, filter: &TideArgs, sink: &ListSink<Self>) -> Result<()> {
        for number in 0..3 {
            let place = Place { region: filter.harbour.clone(), number };
            sink.send("a boat", &place, &boat("found", &place)).await?;
        }
        Ok(())
    }
}

/// The tide.
#[derive(Args)]
pub(super) struct TideArgs {
    /// Where.
    harbour: String,
    /// On which days.
    days: Option<Vec<Timestamp>>,
}

/// What is known of the tide.
#[derive(Computed)]
#[computed(data)]
pub(super) struct TideComputed {
    /// How high.
    height: f64,
}

struct Tide;

impl DataSource for Tide {
    const NAME: &'static str = "tide";
    type Provider = Yard;
    type Args = TideArgs;
    type Computed = TideComputed;

    async fn read(_: &CallCx<'_, Yard>, args: &TideArgs) -> Result<TideComputed> {
        Ok(TideComputed { height: args.days.as_ref().map_or(0.5, |days| days.len() as f64) })
    }
}

impl EphemeralResource for Tide {
    const NAME: &'static str = "tide";
    type Provider = Yard;
    type Args = TideArgs;
    type Computed = TideComputed;
    type Handle = String;

    async fn open(_: &CallCx<'_, Yard>, args: &TideArgs) -> Result<Opened<Self>> {
        let renew_after = Some(Duration::from_secs(60));
        Ok(Opened { computed: TideComputed { height: 0.5 }, handle: args.harbour.clone(), renew_after })
    }
}

struct Horn;

impl Action for Horn {
    const NAME: &'static str = "horn";
    type Provider = Yard;
    type Args = TideArgs;

    async fn invoke(cx: &ActionCx<'_, Yard>, args: &TideArgs) -> Result<()> {
        cx.progress(format!("over {}", args.harbour)).await;
        Ok(())
    }
}

/// What to sum up.
#[derive(Args)]
pub(super) struct SumArgs {
    /// The first.
    first: f64,
    /// A rope, whose length counts.
    rope: Option<Rope>,
    /// All others.
    #[attr(variadic)]
    more: Vec<f64>,
}

struct Sum;

impl Function for Sum {
    const NAME: &'static str = "sum";
    const SUMMARY: &'static str = "The sum of numbers";
    type Provider = Yard;
    type Args = SumArgs;
    type Output = f64;

    fn call(args: SumArgs) -> Result<f64, FunctionError> {
        let rope = args.rope.map_or(0.0, |rope| f64::from(rope.length) + rope.stuff.len() as f64);
        Ok(args.first + rope + args.more.iter().sum::<f64>())
    }
}
