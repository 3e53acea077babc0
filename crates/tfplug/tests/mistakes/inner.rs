//! What a nested computed attribute says of when it changes, within one that says something else.

use std::collections::BTreeMap;

use serde_json::json;
use tfplug::testing::{Action, unknown};
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Resource, Result, State};

use crate::{Hasty, core};

/// A rack.
#[derive(Args, Clone)]
pub(crate) struct RackArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What it says.
    pub label: Option<String>,
    /// Its disks.
    pub disks: Option<BTreeMap<String, Disk>>,
    /// Its bays.
    #[attr(replace)]
    pub bays: Option<Vec<Bay>>,
    /// Its fans.
    #[attr(replace_if_configured)]
    pub fans: Option<Vec<Fan>>,
}

/// A disk.
#[derive(Args, Clone)]
pub(crate) struct Disk {
    /// How large it is.
    pub size: i64,
}

/// A bay.
#[derive(Args, Clone)]
pub(crate) struct Bay {
    /// How wide it is.
    pub width: Option<i64>,
}

/// A fan.
#[derive(Args, Clone)]
pub(crate) struct Fan {
    /// How fast it turns.
    pub speed: i64,
}

#[derive(Computed)]
#[computed(args = RackArgs)]
pub(crate) struct RackComputed {
    /// How it is.
    #[attr(keep)]
    pub health: Health,
    /// Its disks.
    #[attr(volatile)]
    pub disks: BTreeMap<String, DiskComputed>,
    /// Its bays.
    #[attr(keep)]
    pub bays: Vec<BayComputed>,
    /// Its fans.
    #[attr(follows(label))]
    pub fans: Vec<FanComputed>,
}

#[derive(Computed)]
pub(crate) struct Health {
    /// How often somebody has looked.
    #[attr(volatile)]
    pub looked: i64,
    /// Who looks.
    #[attr(keep)]
    pub by: String,
}

#[derive(Computed)]
#[computed(args = Disk)]
pub(crate) struct DiskComputed {
    /// Another one at each update of the rack.
    #[attr(volatile)]
    pub revision: i64,
}

#[derive(Computed)]
#[computed(args = Bay)]
pub(crate) struct BayComputed {
    /// How wide it is.
    #[attr(keep)]
    pub width: i64,
    /// Another one at each update of a bay that the provider gives.
    #[attr(volatile)]
    pub revision: i64,
}

#[derive(Computed)]
#[computed(args = Fan)]
pub(crate) struct FanComputed {
    /// Another one at each update of the label.
    #[attr(volatile)]
    pub revision: i64,
}

pub(crate) struct Rack;

fn answer(args: &RackArgs, revision: i64) -> RackComputed {
    let disks = args.disks.iter().flatten().map(|(name, _)| (name.clone(), DiskComputed { revision }));
    let bays = match &args.bays {
        Some(bays) => {
            bays.iter().map(|bay| BayComputed { width: bay.width.unwrap_or(1), revision: 0 }).collect()
        }
        None => vec![BayComputed { width: 1, revision }],
    };
    let fans = args.fans.iter().flatten().map(|_| FanComputed { revision });
    RackComputed {
        health: Health { looked: revision, by: "ada".to_owned() },
        disks: disks.collect(),
        bays,
        fans: fans.collect(),
    }
}

impl Resource for Rack {
    const NAME: &'static str = "rack";
    type Provider = Hasty;
    type Id = ByName;
    type Args = RackArgs;
    type Computed = RackComputed;

    async fn create(_: &CreateCx<'_, Self>, args: &RackArgs) -> Result<RackComputed> {
        Ok(answer(args, 1))
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(
        _: &Cx<'_, Self>,
        _: &ByName,
        prior: &State<Self>,
        args: &RackArgs,
    ) -> Result<RackComputed> {
        Ok(answer(args, prior.computed.health.looked + 1))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn objects_that_the_provider_gives_change_with_the_object_around_them() {
    let (_, core) = core();
    let mut rack = core.resource("hasty_rack");
    rack.apply(json!({ "name": "n", "label": "a" })).await;
    let plan = rack.plan(json!({ "name": "n", "label": "b" })).await;
    assert_eq!(plan.known_after_apply(), ["disks", "bays[0].revision", "fans", "health.looked"]);
    rack.apply(json!({ "name": "n", "label": "b" })).await;
    assert_eq!(rack.state()["health"], json!({ "by": "ada", "looked": 2 }));
    rack.plan_is_empty().await;
}

#[tokio::test]
async fn objects_of_an_attribute_that_changes_at_each_update_change_with_it() {
    let (_, core) = core();
    let mut rack = core.resource("hasty_rack");
    let config = |label: &str| json!({ "name": "n", "label": label, "disks": { "a": { "size": 1 } } });
    rack.apply(config("a")).await;
    let plan = rack.plan(config("b")).await;
    assert_eq!(
        plan.known_after_apply(),
        ["disks[\"a\"].revision", "bays[0].revision", "fans", "health.looked"]
    );
    rack.apply(config("b")).await;
    assert_eq!(rack.state()["disks"]["a"]["revision"], 2);
    rack.plan_is_empty().await;
}

#[tokio::test]
async fn what_objects_are_yet_to_get_replaces_nothing() {
    let (_, core) = core();
    let mut rack = core.resource("hasty_rack");
    let config = |label: &str, speed: i64| {
        let fans = json!([{ "speed": speed }, { "speed": 2 }]);
        json!({ "name": "n", "label": label, "fans": fans })
    };
    rack.apply(config("a", 1)).await;
    let plan = rack.plan(config("b", 1)).await;
    assert_eq!((plan.action(), plan.replaced_for()), (Action::Update, Vec::new()));
    assert_eq!(
        plan.known_after_apply(),
        ["disks", "bays[0].revision", "fans[0].revision", "fans[1].revision", "health.looked"]
    );
    rack.apply(config("b", 1)).await;
    assert_eq!(rack.state()["fans"][1], json!({ "revision": 2, "speed": 2 }));
    rack.plan_is_empty().await;

    // Another object does, a further one, and one that may be another.
    let mut further = config("b", 1);
    further["bays"] = json!([{ "width": 1 }, { "width": 1 }]);
    let mut open = config("b", 1);
    open["fans"][0]["speed"] = unknown();
    for (config, path) in [(config("c", 3), "fans"), (further, "bays"), (open, "fans")] {
        assert_eq!(rack.plan(config).await.replaced_for(), [path]);
    }
}
