//! What a nested computed attribute says of when it changes, within one that says something else.

use std::collections::BTreeMap;

use serde_json::json;
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
}

/// A disk.
#[derive(Args, Clone)]
pub(crate) struct Disk {
    /// How large it is.
    pub size: i64,
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

pub(crate) struct Rack;

fn answer(args: &RackArgs, revision: i64) -> RackComputed {
    let disks = args.disks.iter().flatten().map(|(name, _)| (name.clone(), DiskComputed { revision }));
    RackComputed { health: Health { looked: revision, by: "ada".to_owned() }, disks: disks.collect() }
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
    assert_eq!(plan.known_after_apply(), ["disks", "health.looked"]);
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
    rack.apply(config("b")).await;
    assert_eq!(rack.state()["disks"]["a"]["revision"], 2);
    rack.plan_is_empty().await;
}
