use std::collections::BTreeMap;

use super::*;
use crate::schema::Kind;
use crate::value::{Dynamic, ValueError};
use crate::{
    Args, CallCx, Computed, ConfigureCx, CreateCx, Cx, DataSource, Fields, Function, FunctionError, Identity,
    List, ListSink, Registry, Resource, Result, Sensitive, State, Upgrades, WriteOnly,
};

/// A provider registered by somebody in a hurry.
#[derive(Args)]
struct NoArgs {}

struct Hurried;

impl Provider for Hurried {
    const NAME: &'static str = "hurried";
    const ADDRESS: &'static str = "example.com/test/hurried";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = NoArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: NoArgs) -> Result<()> {
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Plain>().resource::<Plain>().function::<Shout>().function::<Shout>();
        registry
            .resource::<Odd<0>>()
            .resource::<Odd<1>>()
            .resource::<Odd<3>>()
            .resource::<Odd<4>>()
            .resource::<Odd<5>>()
            .resource::<Odd<6>>()
            .list_resource::<Odd<2>>()
            .list_resource::<Odd<2>>()
            .data_source::<ByHand>()
            .data_source::<Limited>()
            .function::<Reveal>();
    }
}

/// An object.
#[derive(Args)]
struct ThingArgs {
    /// Words on it.
    #[attr(replace)]
    labels: Vec<String>,
    /// Words about it.
    #[attr(replace)]
    notes: BTreeMap<String, String>,
    /// Its title, which may change.
    title: String,
    /// Another, which may be missing.
    #[attr(replace)]
    subtitle: Option<String>,
    /// What nobody may see.
    #[attr(replace)]
    secret: Sensitive<String>,
    /// What nobody may store.
    password: Option<WriteOnly<String>>,
    /// Its rank. Only a lower one makes another object.
    #[attr(replace_if = |prior, planned| planned < prior)]
    rank: i64,
    /// Where it is. To leave that out is no reason for another object.
    #[attr(replace_if_configured)]
    place: Option<String>,
}

#[derive(Computed)]
struct ThingComputed {
    /// Its number.
    #[attr(keep)]
    id: String,
    /// How often it changed.
    #[attr(volatile)]
    revision: i64,
}

impl ThingComputed {
    fn new() -> Self {
        ThingComputed { id: String::new(), revision: 0 }
    }
}

/// Names an object: by text and by a list, as it may be.
#[derive(Clone, Debug, Identity)]
struct ById {
    /// Its number.
    id: String,
    /// Words on it.
    labels: Vec<String>,
}

/// Names an object by a map, which no import can give.
#[derive(Clone, Debug, Identity)]
struct ByNotes {
    /// Words about it.
    notes: BTreeMap<String, String>,
}

/// Names an object by what it has of another type.
#[derive(Clone, Debug, Identity)]
struct ByGuess {
    /// Its number.
    id: i64,
}

/// Names an object by all that names nothing.
#[derive(Clone, Debug, Identity)]
struct ByWhim {
    /// Its title.
    title: String,
    /// Another.
    subtitle: String,
    /// What nobody may see.
    secret: String,
    /// What nobody may store.
    password: String,
    /// How often it changed.
    revision: i64,
    /// Its rank.
    rank: i64,
    /// Where it is.
    place: Option<String>,
}

/// Names an object by what it may not have.
#[derive(Clone, Debug, Identity)]
struct ByChance {
    /// Another title.
    subtitle: Option<String>,
}

/// Names an object by what it hides from itself.
#[derive(Clone, Debug, Identity)]
struct ByVeil {
    /// Its number.
    id: WriteOnly<String>,
    /// Words on it.
    labels: Sensitive<Vec<String>>,
}

/// Implements a resource of these arguments that nobody calls.
macro_rules! resource {
    ($ty:ty, $name:literal, $id:ty $(, $upgrades:ident)?) => {
        impl Resource for $ty {
            $(
                /// Of what is the first version.
                fn $upgrades() -> Upgrades<Self> {
                    let made = |_: ()| Err(crate::Error::new("Never", "Nobody calls it."));
                    Upgrades::none().from(0, made).from(0, made)
                }
            )?

            const NAME: &'static str = $name;
            type Provider = Hurried;
            type Id = $id;
            type Args = ThingArgs;
            type Computed = ThingComputed;

            async fn create(_: &CreateCx<'_, Self>, _: &ThingArgs) -> Result<ThingComputed> {
                Ok(ThingComputed::new())
            }

            async fn read(
                _: &Cx<'_, Self>,
                _: &$id,
                prior: Option<State<Self>>,
            ) -> Result<Option<State<Self>>> {
                Ok(prior)
            }

            async fn update(
                _: &Cx<'_, Self>,
                _: &$id,
                _: &State<Self>,
                _: &ThingArgs,
            ) -> Result<ThingComputed> {
                Ok(ThingComputed::new())
            }

            async fn delete(_: &Cx<'_, Self>, _: &$id, _: &State<Self>) -> Result<()> {
                Ok(())
            }
        }
    };
}

struct Plain;
struct Odd<const N: usize>;

resource!(Plain, "plain", ById, upgrades);
resource!(Odd<0>, "by_notes", ByNotes);
resource!(Odd<1>, "by_guess", ByGuess);
resource!(Odd<2>, "only_listed", ById);
resource!(Odd<3>, "by_whim", ByWhim);
resource!(Odd<4>, "by_chance", ByChance);
resource!(Odd<5>, "hurried_plain", ById);
resource!(Odd<6>, "by_veil", ByVeil);

impl List for Odd<2> {
    type Filter = NoArgs;

    async fn list(_: &CallCx<'_, Hurried>, _: &NoArgs, _: &ListSink<Self>) -> Result<()> {
        Ok(())
    }
}

/// Structs whose traits are not derived, so that the compiler does not compare them.
macro_rules! by_hand {
    ($fields:ident, $role:ident, $kind:expr, $mode:ident) => {
        struct $fields;

        impl $role for $fields {}

        impl Fields for $fields {
            const DESCRIPTION: &'static str = "Written by hand.";

            fn attributes() -> Vec<Attribute> {
                vec![Attribute::new("size", $kind, Mode::$mode)]
            }

            fn from_object(_: &Dynamic) -> std::result::Result<Self, ValueError> {
                Ok($fields)
            }

            fn to_object(&self) -> BTreeMap<String, Dynamic> {
                BTreeMap::new()
            }
        }
    };
}

by_hand!(HandArgs, Args, Kind::Value(Type::Number), Optional);
by_hand!(HandComputed, Computed, Kind::Value(Type::String), Computed);

struct ByHand;

impl DataSource for ByHand {
    const NAME: &'static str = "by_hand";
    type Provider = Hurried;
    type Args = HandArgs;
    type Computed = HandComputed;

    async fn read(_: &CallCx<'_, Hurried>, _: &HandArgs) -> Result<HandComputed> {
        Ok(HandComputed)
    }
}

/// An object with limits that nothing comes of.
#[derive(Args)]
#[args(timeouts(create = "1m", read = "1m", close = "1m"))]
struct LimitedArgs {}

#[derive(Computed)]
#[computed(data)]
struct LimitedComputed {}

struct Limited;

impl DataSource for Limited {
    const NAME: &'static str = "limited";
    type Provider = Hurried;
    type Args = LimitedArgs;
    type Computed = LimitedComputed;

    async fn read(_: &CallCx<'_, Hurried>, _: &LimitedArgs) -> Result<LimitedComputed> {
        Ok(LimitedComputed {})
    }
}

/// Gives away what it is given.
struct Reveal;

impl Function for Reveal {
    const NAME: &'static str = "reveal";
    const SUMMARY: &'static str = "A secret";
    type Provider = Hurried;
    type Args = ShoutArgs;
    type Output = Vec<Sensitive<String>>;

    fn call(_: ShoutArgs) -> Result<Vec<Sensitive<String>>, FunctionError> {
        Ok(Vec::new())
    }
}

/// Says it loudly.
#[derive(Args)]
struct ShoutArgs {}

struct Shout;

impl Function for Shout {
    const NAME: &'static str = "shout";
    const SUMMARY: &'static str = "The same, loud";
    type Provider = Hurried;
    type Args = ShoutArgs;
    type Output = String;

    fn call(_: ShoutArgs) -> Result<String, FunctionError> {
        Ok(String::new())
    }
}

#[test]
fn what_is_registered_twice_or_listed_alone_is_found_and_so_is_a_wrong_identity() {
    assert_eq!(
        schema_problems::<Hurried>(),
        [
            "data source hurried_by_hand: size: it is number as an argument and string as a computed attribute",
            "function reveal: its result is sensitive or write-only, or holds what is, and Terraform shows results in clear",
            "data source hurried_limited: timeouts: nothing of this kind has the operation `create`",
            "data source hurried_limited: timeouts: nothing of this kind has the operation `close`",
            "hurried_by_chance: identity: one part at least is no `Option`, or nothing may name an object",
            "hurried_by_guess: identity id: no attribute has that name and type",
            "hurried_by_notes: identity notes: it is neither primitive nor a list of such",
            "hurried_by_veil: identity id: it is write-only, and an identity is stored",
            "hurried_by_veil: identity labels: it is sensitive, and an identity is stored and shown in clear",
            "hurried_by_whim: identity title: the attribute can change during the life of an object: an argument needs \
             `replace`, a computed one `keep`",
            "hurried_by_whim: identity subtitle: the attribute may be null and the part may not: make both an `Option`, or \
             neither",
            "hurried_by_whim: identity secret: the attribute is sensitive, and an identity is stored and shown in clear",
            "hurried_by_whim: identity password: the attribute is write-only, so that no state names the object",
            "hurried_by_whim: identity revision: the attribute can change during the life of an object: an argument needs \
             `replace`, a computed one `keep`",
            "hurried_by_whim: identity rank: the attribute can change during the life of an object: an argument needs \
             `replace`, a computed one `keep`",
            "hurried_by_whim: identity place: the attribute can change during the life of an object: an argument needs \
             `replace`, a computed one `keep`",
            "hurried_plain: upgrades: version 0 has two upgrades, and the second is never used",
            "hurried_plain: upgrades: version 0 is not older than the current one, 0",
            "hurried_hurried_plain: the prefix `hurried_` is put before the name: leave it out of `NAME`",
            "list resource hurried_only_listed: the resource itself is not registered",
            "resource hurried_plain: it is registered twice",
            "function shout: it is registered twice",
            "list resource hurried_only_listed: it is registered twice",
        ]
    );
}

#[test]
fn each_older_version_is_upgraded_once() {
    let of = |known: &[u32], current| {
        let mut wrong = Vec::new();
        versions("x", known.to_vec(), current, &mut wrong);
        wrong
    };
    for fine in [&[][..], &[0, 1, 2], &[2, 1], &[2]] {
        assert_eq!(of(fine, 3), [""; 0], "{fine:?}");
    }
    assert_eq!(of(&[], 0), [""; 0]);
    assert_eq!(of(&[0, 0], 1), ["x: version 0 has two upgrades, and the second is never used"]);
    assert_eq!(of(&[0, 1, 2, 3], 3), ["x: version 3 is not older than the current one, 3"]);
    assert_eq!(of(&[0, 1], 3), ["x: version 2 is missing, so its states could not be read"]);
    assert_eq!(
        of(&[0, 7], u32::MAX),
        [
            "x: versions 1 to 6 are missing, so their states could not be read",
            "x: versions 8 to 4294967294 are missing, so their states could not be read",
        ]
    );
}
