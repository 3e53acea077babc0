//! `shapes_deep`: nested attributes in all four nestings, three levels deep, with defaults, secrets, write-only values
//! and computed parts on the way down.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{Args, Computed, Dynamic, Sensitive, WriteOnly};

use super::store::Shape;

/// A tree.
#[derive(Args)]
pub(crate) struct DeepArgs {
    /// One branch.
    one: Option<BranchArgs>,
    /// Branches in order.
    many: Option<Vec<BranchArgs>>,
    /// Leaves without order.
    several: Option<BTreeSet<LeafArgs>>,
    /// Branches by name.
    named: Option<BTreeMap<String, BranchArgs>>,
    /// A leaf that is stored nowhere.
    passing: Option<WriteOnly<Pass>>,
    /// Raised when `passing` changes.
    passing_version: Option<i64>,
    /// A nest that holds anything. Terraform has no nested attributes of open type in lists, maps and sets.
    nest: Option<Nest>,
    /// Where the tree stands; moved, it is another tree.
    #[attr(replace)]
    ground: Option<Ground>,
}

/// What is stored nowhere.
#[derive(Args)]
struct Pass {
    /// What it says.
    text: String,
    /// To whom.
    readers: Option<Vec<String>>,
}

/// A branch.
#[derive(Args)]
pub(crate) struct BranchArgs {
    /// What it is called.
    label: String,
    /// How heavy it is.
    #[attr(default = 1)]
    weight: i64,
    /// What opens it.
    code: Option<Sensitive<String>>,
    /// What opens it, stored nowhere.
    pin: Option<WriteOnly<String>>,
    /// One leaf.
    one: Option<LeafArgs>,
    /// Leaves in order.
    many: Option<Vec<LeafArgs>>,
    /// Leaves without order.
    several: Option<BTreeSet<LeafArgs>>,
    /// Leaves by name.
    named: Option<BTreeMap<String, LeafArgs>>,
}

/// A leaf.
#[derive(Args, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeafArgs {
    /// What it says.
    text: String,
    /// Whether it is green.
    #[attr(default = true)]
    green: bool,
    /// What it is about.
    tags: Option<BTreeSet<String>>,
    /// Veins by name.
    veins: Option<BTreeMap<String, Vein>>,
}

/// A vein.
#[derive(Args, PartialEq, Eq, PartialOrd, Ord)]
struct Vein {
    /// How long it is.
    #[attr(default = 7)]
    length: i64,
    /// What flows in it.
    sap: Option<Sensitive<String>>,
}

/// A nest.
#[derive(Args)]
struct Nest {
    /// What lies in it.
    content: Option<Dynamic>,
}

/// Where a tree stands.
#[derive(Args)]
struct Ground {
    /// Of what it is.
    soil: String,
    /// How deep it is.
    #[attr(default = 2)]
    depth: i64,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct DeepComputed {
    /// Type and number.
    #[attr(keep)]
    id: String,
    /// What is said of the one branch.
    #[attr(keep)]
    one: Option<BranchComputed>,
    /// What is said of the branches.
    #[attr(keep)]
    many: Option<Vec<BranchComputed>>,
    /// What is said of the named branches.
    #[attr(keep)]
    named: Option<BTreeMap<String, BranchComputed>>,
}

/// What is said of a branch.
#[derive(Computed)]
struct BranchComputed {
    /// The label in capitals.
    #[attr(follows(label))]
    title: String,
    /// What is said of the one leaf.
    #[attr(keep)]
    one: Option<LeafComputed>,
    /// What is said of the leaves.
    #[attr(keep)]
    many: Option<Vec<LeafComputed>>,
    /// What is said of the named leaves.
    #[attr(keep)]
    named: Option<BTreeMap<String, LeafComputed>>,
}

/// What is said of a leaf.
#[derive(Computed)]
struct LeafComputed {
    /// How long its text is.
    #[attr(follows(text))]
    length: i64,
    /// Given once.
    #[attr(keep)]
    mark: String,
}

pub(crate) struct Deep;

impl Shape for Deep {
    const NAME: &'static str = "deep";
    type Args = DeepArgs;
    type Computed = DeepComputed;

    fn answer(id: &str, args: &DeepArgs) -> DeepComputed {
        DeepComputed {
            id: id.to_owned(),
            one: args.one.as_ref().map(branch),
            many: args.many.as_ref().map(|many| many.iter().map(branch).collect()),
            named: args.named.as_ref().map(|named| by_name(named, branch)),
        }
    }
}

fn branch(args: &BranchArgs) -> BranchComputed {
    BranchComputed {
        title: args.label.to_uppercase(),
        one: args.one.as_ref().map(leaf),
        many: args.many.as_ref().map(|many| many.iter().map(leaf).collect()),
        named: args.named.as_ref().map(|named| by_name(named, leaf)),
    }
}

fn leaf(args: &LeafArgs) -> LeafComputed {
    LeafComputed { length: i64::try_from(args.text.len()).unwrap_or(i64::MAX), mark: "leaf".to_owned() }
}

fn by_name<A, B>(named: &BTreeMap<String, A>, answer: fn(&A) -> B) -> BTreeMap<String, B> {
    named.iter().map(|(name, args)| (name.clone(), answer(args))).collect()
}
