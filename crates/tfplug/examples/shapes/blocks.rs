//! `shapes_blocks`: blocks of all four nestings, with blocks and nested attributes inside, for what has to look like a
//! provider of old.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::schema::len;
use tfplug::{Args, Computed, Dynamic, Sensitive, WriteOnly};

use super::store::Shape;

/// A house.
#[derive(Args)]
#[args(timeouts(create = "1m", delete = "1m", block))]
pub(crate) struct BlocksArgs {
    /// Its door, which it must have.
    #[attr(block)]
    door: Door,
    /// Its roof, which it may have.
    #[attr(block)]
    roof: Option<Roof>,
    /// Floors from the ground up.
    #[attr(block, check = len(..=3))]
    floor: Vec<Floor>,
    /// Trees around it.
    #[attr(block)]
    tree: BTreeSet<Tree>,
    /// Wings by name.
    #[attr(block)]
    wing: BTreeMap<String, Wing>,
    /// A chest, which holds anything. Several could not: Terraform wants collections to hold values of one type.
    #[attr(block)]
    chest: Option<Chest>,
    /// The plot it stands on; another plot, another house.
    #[attr(block, replace)]
    plot: Option<Plot>,
}

/// A door.
#[derive(Args)]
struct Door {
    /// Its colour.
    #[attr(default = "red".to_owned())]
    colour: String,
    /// What opens it.
    code: Option<Sensitive<String>>,
    /// What opens it, stored nowhere.
    pin: Option<WriteOnly<String>>,
}

/// A roof.
#[derive(Args)]
struct Roof {
    /// Of what it is.
    material: String,
    /// Windows in it.
    #[attr(block)]
    window: Vec<Window>,
}

/// A floor.
#[derive(Args)]
struct Floor {
    /// How high it is.
    #[attr(default = 3)]
    height: i64,
    /// Its windows.
    #[attr(block)]
    window: Vec<Window>,
    /// Rooms by name.
    rooms: Option<BTreeMap<String, Room>>,
}

/// A window.
#[derive(Args)]
struct Window {
    /// Where it looks.
    side: String,
    /// How many panes it has.
    #[attr(default = 4)]
    panes: i64,
}

/// A room.
#[derive(Args)]
struct Room {
    /// How large it is.
    #[attr(default = 20)]
    area: i64,
}

/// A tree.
#[derive(Args, PartialEq, Eq, PartialOrd, Ord)]
struct Tree {
    /// Which kind.
    kind: String,
    /// How high.
    height: Option<i64>,
    /// Birds in it.
    #[attr(block)]
    bird: BTreeSet<Bird>,
}

/// A bird.
#[derive(Args, PartialEq, Eq, PartialOrd, Ord)]
struct Bird {
    /// What it is called.
    name: String,
}

/// A wing.
#[derive(Args)]
struct Wing {
    /// Who lives there.
    people: Option<Vec<String>>,
}

/// A chest.
#[derive(Args)]
struct Chest {
    /// What is in it.
    content: Option<Dynamic>,
}

/// A plot.
#[derive(Args)]
struct Plot {
    /// Which number it has.
    number: i64,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct BlocksComputed {
    /// Type and number.
    #[attr(keep)]
    id: String,
    /// How high it is.
    #[attr(follows(floor))]
    height: i64,
    /// What is said of the floors.
    #[attr(keep)]
    floor: Vec<FloorComputed>,
}

/// What is said of a floor.
#[derive(Computed)]
struct FloorComputed {
    /// How many steps lead up.
    #[attr(follows(height))]
    steps: i64,
}

pub(crate) struct Blocks;

impl Shape for Blocks {
    const NAME: &'static str = "blocks";
    type Args = BlocksArgs;
    type Computed = BlocksComputed;

    fn answer(id: &str, args: &BlocksArgs) -> BlocksComputed {
        BlocksComputed {
            id: id.to_owned(),
            height: args.floor.iter().map(|floor| floor.height).sum(),
            floor: args.floor.iter().map(|floor| FloorComputed { steps: floor.height * 6 }).collect(),
        }
    }
}
