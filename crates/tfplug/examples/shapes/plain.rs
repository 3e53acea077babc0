//! `shapes_plain`: values of every type, and collections of them; as arguments, and computed.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{Args, Choice, Computed, Dynamic, Number};

use super::store::Shape;

/// Something by key.
type ByKey<T> = BTreeMap<String, T>;

/// An object with values of every type.
#[derive(Args)]
pub(crate) struct PlainArgs {
    /// What it is called; another name makes another object.
    #[attr(replace)]
    name: String,
    /// True or false.
    flag: Option<bool>,
    /// A number of 32 bits.
    small: Option<i32>,
    /// A number of 64 bits.
    whole: Option<i64>,
    /// A number without a sign.
    natural: Option<u64>,
    /// A number with a few digits.
    rough: Option<f32>,
    /// A number with more digits.
    fine: Option<f64>,
    /// A number with as many digits as it takes.
    exact: Option<Number>,
    /// Anything.
    open: Option<Dynamic>,
    /// How large.
    #[attr(default = Size::Small)]
    size: Size,
    /// How many, one if nothing is said.
    #[attr(default = 1)]
    count_of: i64,
    /// Words if nothing is said.
    #[attr(default = vec!["a".to_owned(), "b".to_owned()])]
    words: Vec<String>,
    /// In order.
    flags: Option<Vec<bool>>,
    /// In order, of any size.
    numbers: Option<Vec<Number>>,
    /// Without order.
    texts: Option<BTreeSet<String>>,
    /// Without order.
    primes: Option<BTreeSet<i64>>,
    /// By key.
    labels: Option<BTreeMap<String, String>>,
    /// By key.
    shares: Option<BTreeMap<String, f64>>,
    /// Lists of a list.
    grid: Option<Vec<Vec<i64>>>,
    /// Sets by key.
    groups: Option<ByKey<BTreeSet<String>>>,
    /// Objects in lists of a list: objects of a type, not nested attributes.
    lines: Option<Vec<Vec<Point>>>,
    /// Objects in maps by key.
    places: Option<ByKey<ByKey<Point>>>,
}

/// Sizes.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

/// A place in the plane.
#[derive(Args)]
pub(crate) struct Point {
    /// To the right.
    pub(crate) x: i64,
    /// Up.
    pub(crate) y: Option<i64>,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct PlainComputed {
    /// Type and number.
    #[attr(keep)]
    id: String,
    /// Whether there is a flag.
    #[attr(follows(flag))]
    flagged: bool,
    /// The number without its sign.
    #[attr(follows(whole))]
    distance: f64,
    /// Beyond what 64 bits hold.
    #[attr(follows(small))]
    vast: Number,
    /// What was open, in a list.
    #[attr(follows(open))]
    boxed: Dynamic,
    /// The labels, turned round.
    #[attr(follows(labels))]
    keys: BTreeMap<String, String>,
    /// The texts in order.
    #[attr(follows(texts))]
    sorted: Vec<String>,
    /// Lengths of the texts.
    #[attr(volatile)]
    lengths: BTreeSet<i64>,
    /// An object with objects.
    #[attr(follows(name))]
    card: Card,
    /// Nothing, ever.
    #[attr(keep)]
    nothing: Option<bool>,
}

/// Says who it is.
#[derive(Computed)]
struct Card {
    /// The name in capitals.
    #[attr(volatile)]
    title: String,
    /// The name letter by letter.
    #[attr(volatile)]
    letters: Vec<Letter>,
}

/// A letter of a name.
#[derive(Computed)]
struct Letter {
    /// The letter.
    #[attr(volatile)]
    letter: String,
}

pub(crate) struct Plain;

impl Shape for Plain {
    const NAME: &'static str = "plain";
    type Args = PlainArgs;
    type Computed = PlainComputed;

    fn answer(id: &str, args: &PlainArgs) -> PlainComputed {
        let texts = args.texts.clone().unwrap_or_default();
        let labels = args.labels.clone().unwrap_or_default();
        let length = |text: &String| i64::try_from(text.len()).unwrap_or(i64::MAX);
        PlainComputed {
            id: id.to_owned(),
            flagged: args.flag.is_some(),
            // Bounded by the type, exact enough for a distance.
            distance: args.whole.map_or(0.0, |whole| whole.unsigned_abs() as f64),
            vast: Number::parse(&format!("1{:040}", args.small.unwrap_or(0).unsigned_abs()))
                .unwrap_or_else(|_| Number::from(0)),
            boxed: match &args.open {
                Some(open) => Dynamic::List(vec![open.untyped().clone()]),
                None => Dynamic::Null,
            },
            keys: labels.into_iter().map(|(key, label)| (label, key)).collect(),
            lengths: texts.iter().map(length).collect(),
            sorted: texts.into_iter().collect(),
            card: Card {
                title: args.name.to_uppercase(),
                letters: args.name.chars().map(|letter| Letter { letter: letter.into() }).collect(),
            },
            nothing: None,
        }
    }
}
