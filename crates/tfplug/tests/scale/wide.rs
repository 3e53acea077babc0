//! `wide_object`: twenty attributes, three of which hold as many nested objects as one likes, in a list, a set and a map.
//! Nothing is behind it: the state is all
//! there is. Shared by the tests that count and the benchmarks that time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tfplug::testing::{Core, Instance};
use tfplug::{
    Args, Computed, ConfigureCx, CreateCx, Cx, Identity, Provider, Registry, Resource, Result, State,
};

/// A resource by itself, of which nothing exists yet.
pub(crate) fn instance() -> Instance {
    Core::new::<Wide>().resource("wide_object")
}

/// A configuration with `count` nested objects in the attribute of that name. With another `edition` each of them
/// differs in one value.
pub(crate) fn config(holder: &str, count: usize, edition: usize) -> Json {
    let item = |index: usize| json!({ "name": format!("item {index:06}"), "size": index + edition, "note": "as before" });
    let mut config = json!({
        "a01": "one", "a02": "two", "a03": "three", "a04": 4, "a05": 5, "a06": true, "a07": "seven", "a09": 9,
        "a11": ["x", "y", "z"], "a12": { "key": "value" },
    });
    config[holder] = match holder {
        "map" => (0..count)
            .map(|index| (format!("key {index:06}"), item(index)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        _ => (0..count).map(item).collect(),
    };
    config
}

pub(crate) struct Wide;

/// No settings.
#[derive(Args)]
pub(crate) struct WideArgs {}

impl Provider for Wide {
    const NAME: &'static str = "wide";
    const ADDRESS: &'static str = "example.com/wide/wide";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = WideArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: WideArgs) -> Result<()> {
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Object>();
    }
}

/// An object.
#[derive(Args, Clone)]
pub(crate) struct ObjectArgs {
    /// Number 1.
    pub a01: String,
    /// Number 2.
    pub a02: String,
    /// Number 3.
    pub a03: String,
    /// Number 4.
    pub a04: i64,
    /// Number 5.
    pub a05: i64,
    /// Number 6.
    pub a06: bool,
    /// Number 7.
    pub a07: Option<String>,
    /// Number 8.
    pub a08: Option<String>,
    /// Number 9.
    pub a09: Option<i64>,
    /// Number 10.
    pub a10: Option<bool>,
    /// Number 11.
    pub a11: Option<Vec<String>>,
    /// Number 12.
    pub a12: Option<BTreeMap<String, String>>,
    /// Items in order.
    pub list: Option<Vec<ItemArgs>>,
    /// Items without order.
    pub set: Option<BTreeSet<LooseArgs>>,
    /// Items by key.
    pub map: Option<BTreeMap<String, ItemArgs>>,
}

/// An item.
#[derive(Args, Clone)]
pub(crate) struct ItemArgs {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: i64,
    /// What is said of it.
    pub note: Option<String>,
    /// How many there are.
    #[attr(default = 1)]
    pub count: i64,
}

/// An item of a set.
#[derive(Args, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LooseArgs {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: i64,
    /// What is said of it.
    pub note: Option<String>,
    /// How many there are.
    #[attr(default = 1)]
    pub count: i64,
}

/// What is answered.
#[derive(Computed, Clone)]
pub(crate) struct ObjectComputed {
    /// Number of the object.
    #[attr(keep)]
    pub id: String,
    /// Another name.
    #[attr(keep)]
    pub alias: String,
    /// Where it is.
    #[attr(follows(a01))]
    pub path: String,
    /// How often it was changed.
    #[attr(volatile)]
    pub revision: i64,
    /// Who made it.
    #[attr(keep)]
    pub owner: String,
    /// What is answered of the items.
    #[attr(keep)]
    pub list: Option<Vec<ItemComputed>>,
    /// What is answered of the items.
    #[attr(keep)]
    pub map: Option<BTreeMap<String, ItemComputed>>,
}

/// What is answered of an item.
#[derive(Computed, Clone)]
pub(crate) struct ItemComputed {
    /// Where it is.
    #[attr(follows(name))]
    pub place: String,
}

/// Names an object.
#[derive(Identity, Clone, Debug)]
pub(crate) struct ById {
    /// Number of the object.
    pub id: String,
}

pub(crate) struct Object;

impl Resource for Object {
    const NAME: &'static str = "object";
    type Provider = Wide;
    type Id = ById;
    type Args = ObjectArgs;
    type Computed = ObjectComputed;

    async fn create(_: &CreateCx<'_, Self>, args: &ObjectArgs) -> Result<ObjectComputed> {
        Ok(answer(args))
    }

    async fn read(_: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(
        _: &Cx<'_, Self>,
        _: &ById,
        _: &State<Self>,
        args: &ObjectArgs,
    ) -> Result<ObjectComputed> {
        Ok(answer(args))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }

    async fn import(_: &Cx<'_, Self>, text: &str) -> Result<ById> {
        Ok(ById { id: text.to_owned() })
    }
}

fn answer(args: &ObjectArgs) -> ObjectComputed {
    let item = |item: &ItemArgs| ItemComputed { place: format!("/{}", item.name) };
    ObjectComputed {
        id: "1".to_owned(),
        alias: "another".to_owned(),
        path: format!("/{}", args.a01),
        revision: 1,
        owner: "us".to_owned(),
        list: args.list.as_ref().map(|items| items.iter().map(item).collect()),
        map: args
            .map
            .as_ref()
            .map(|items| items.iter().map(|(key, value)| (key.clone(), item(value))).collect()),
    }
}
