//! `demo_brittle`: panics in whatever Terraform or the framework asks of types and tables rather than of handlers.

use std::borrow::Cow;

use serde::Deserialize;
use tfplug::{
    Args, Change, Computed, CreateCx, Cx, Identity, IdentityUpgrades, MoveCx, Moves, PlanCx, Resource,
    Result, State, Text, Upgrades,
};

use super::Demo;
use super::thing::PASSWORDS;

/// Something brittle.
#[derive(Args, Clone)]
pub(crate) struct BrittleArgs {
    /// What it is made of.
    pub stuff: Touchy,
    /// How many.
    #[attr(replace_if = |_, planned| if *planned == 13 { panic!("no idea whether to replace") } else { false })]
    pub count_of: i64,
}

/// What is known of it.
#[derive(Computed, Clone)]
pub(crate) struct BrittleComputed {
    /// Number of it.
    #[attr(keep)]
    pub id: String,
    /// What else it is called.
    #[attr(keep)]
    pub alias: Touchy,
}

/// Names it.
#[derive(Identity, Clone, Debug, Deserialize)]
#[identity(version = 1)]
pub(crate) struct BrittleId {
    /// Number of it.
    pub id: String,
}

/// A text whose meaning is hard to tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Touchy(String);

impl Text for Touchy {
    const RULE: &'static str = "anything";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "unreadable" {
            panic!("no idea how to parse");
        }
        Ok(Touchy(text.to_owned()))
    }

    fn text(&self) -> Cow<'_, str> {
        if self.0 == "unwritable" {
            panic!("no idea how to write");
        }
        Cow::Borrowed(&self.0)
    }

    fn same(&self, other: &Self) -> bool {
        if self.0 == "alias of incomparable" || self.0 == "incomparable" || other.0 == "incomparable alias" {
            panic!("no idea how to compare");
        }
        self.0 == other.0
    }
}

pub(crate) struct Brittle;

impl Resource for Brittle {
    const NAME: &'static str = "brittle";
    type Provider = Demo;
    type Id = BrittleId;
    type Args = BrittleArgs;
    type Computed = BrittleComputed;

    async fn plan(_: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if change.is_create()
            && let Some(stuff) = change.planned(BrittleArgs::STUFF).known()
        {
            change.fill(BrittleComputed::ALIAS, Touchy(format!("alias of {}", stuff.0)));
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &BrittleArgs) -> Result<BrittleComputed> {
        cx.client.note(format!("create {}", args.stuff.0));
        if args.count_of == 7 {
            cx.created(&BrittleId { id: "7".to_owned() });
        }
        // Another spelling, so that the two have to be compared.
        let word = if args.stuff.0 == "incomparable" { "ALIAS" } else { "alias" };
        Ok(BrittleComputed { id: "1".to_owned(), alias: Touchy(format!("{word} of {}", args.stuff.0)) })
    }

    async fn read(
        _: &Cx<'_, Self>,
        id: &BrittleId,
        prior: Option<State<Self>>,
    ) -> Result<Option<State<Self>>> {
        Ok(prior.map(|prior| State {
            computed: BrittleComputed { id: id.id.clone(), alias: prior.computed.alias },
            args: prior.args,
        }))
    }

    async fn update(
        _: &Cx<'_, Self>,
        _: &BrittleId,
        prior: &State<Self>,
        args: &BrittleArgs,
    ) -> Result<BrittleComputed> {
        if args.count_of == 7 {
            return Ok(BrittleComputed {
                id: "7".to_owned(),
                alias: Touchy("incomparable alias".to_owned()),
            });
        }
        Ok(prior.computed.clone())
    }

    async fn delete(_: &Cx<'_, Self>, _: &BrittleId, _: &State<Self>) -> Result<()> {
        Ok(())
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none()
    }

    fn identity_upgrades() -> IdentityUpgrades<BrittleId> {
        IdentityUpgrades::none().from(0, |old: BrittleIdV0| {
            if old.number == 13 {
                panic!("no idea how to upgrade");
            }
            assert!(old.number < 1000, "no idea what {} is", old.number);
            Ok(BrittleId { id: old.number.to_string() })
        })
    }

    fn moves() -> Moves<Self> {
        Moves::none()
            .from("demo/other", "other_brittle", 3, |old: Other| {
                if old.stuff == "odd" {
                    panic!("no idea how to move");
                }
                assert!(!old.stuff.starts_with("odd-"), "no idea what {} is", old.stuff);
                Ok(State {
                    args: BrittleArgs { stuff: Touchy(old.stuff.clone()), count_of: 1 },
                    computed: BrittleComputed { id: "1".to_owned(), alias: Touchy(old.stuff) },
                })
            })
            .from_source("demo/demo", "demo_thing", 2, |cx: &MoveCx<'_>, old: Thing| {
                let named = cx.identity::<BrittleId>()?.map(|identity| identity.id);
                let passwords = cx.source.get(&PASSWORDS);
                let alias = Touchy(format!("{named:?} with {passwords:?} passwords"));
                Ok(State {
                    args: BrittleArgs { stuff: Touchy(old.label), count_of: 1 },
                    computed: BrittleComputed { id: old.id, alias },
                })
            })
            .from("demo/other", "demo_thing", 2, |old: Thing| {
                Ok(State {
                    args: BrittleArgs { stuff: Touchy(old.label.clone()), count_of: 1 },
                    computed: BrittleComputed { id: old.id, alias: Touchy(old.label) },
                })
            })
    }
}

/// The part of a `demo_thing` that something brittle can be made of.
#[derive(Deserialize)]
struct Thing {
    id: String,
    label: String,
}

/// How version 0 named it.
#[derive(Deserialize)]
struct BrittleIdV0 {
    number: i64,
}

/// What another provider stores.
#[derive(Deserialize)]
struct Other {
    stuff: String,
}
