//! What is done to the cases of a batch: rounds of commands, some after the state was edited by hand.

use proptest::prelude::*;
use tfplug::testing::Asked;

use crate::lies::{Lie, Twist, What, lies};
use crate::provider::Fault;

/// What the rounds are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// A create, an update, and nothing.
    Changes,
    /// The same without a read before the update.
    WithoutRefresh,
    /// An update of a state of an older version, which lacks attributes.
    Upgrades,
    /// The same without a read.
    UpgradesWithoutRefresh,
    /// An import of what was created.
    Imports,
    /// Creates, updates and deletes that fail half way.
    Failures,
    /// Changes with lies about identities, which Terraform knows since 1.12.
    Identities,
}

pub(crate) const SCENES: &[(&str, Scene)] = &[
    ("changes", Scene::Changes),
    ("without_refresh", Scene::WithoutRefresh),
    ("upgrades", Scene::Upgrades),
    ("upgrades_without_refresh", Scene::UpgradesWithoutRefresh),
    ("imports", Scene::Imports),
    ("failures", Scene::Failures),
    ("identities", Scene::Identities),
];

/// What is done to the state before a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Nothing,
    /// The objects are as version 0 has stored them.
    Age,
    /// The objects are forgotten, and imported by the round.
    Import,
}

/// A command, and what is done before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    pub(crate) edit: Edit,
    /// Whether this is about the second configuration, not the first.
    pub(crate) second: bool,
    pub(crate) apply: bool,
    /// Whether nothing is configured any more.
    pub(crate) destroy: bool,
}

impl Scene {
    pub(crate) fn name(self) -> &'static str {
        SCENES.iter().find(|(_, scene)| *scene == self).unwrap().0
    }

    pub(crate) fn named(name: &str) -> Self {
        SCENES.iter().find(|(other, _)| *other == name).unwrap().1
    }

    pub(crate) fn rounds(self) -> Vec<Round> {
        let round = |edit, second, apply| Round { edit, second, apply, destroy: false };
        let create = round(Edit::Nothing, false, true);
        let (update, again) = (round(Edit::Nothing, true, true), round(Edit::Nothing, true, false));
        match self {
            Scene::Changes | Scene::WithoutRefresh | Scene::Identities => vec![create, update, again],
            Scene::Upgrades | Scene::UpgradesWithoutRefresh => {
                vec![create, round(Edit::Age, true, true), again]
            }
            Scene::Imports => {
                vec![create, round(Edit::Import, false, true), round(Edit::Nothing, false, false)]
            }
            Scene::Failures => {
                let destroy = Round { destroy: true, ..update };
                vec![create, update, update, again, destroy, destroy]
            }
        }
    }

    /// Whether objects are read before they are planned.
    pub(crate) fn refreshes(self) -> bool {
        !matches!(self, Scene::WithoutRefresh | Scene::UpgradesWithoutRefresh)
    }

    /// The lies that may be told.
    pub(crate) fn lies(self) -> BoxedStrategy<Option<Lie>> {
        let some = |lies: BoxedStrategy<Lie>| prop::option::weighted(0.7, lies).boxed();
        let later = || lies().prop_map(|lie| Lie { later: true, ..lie });
        match self {
            Scene::Changes => some(lies().boxed()),
            // What a create leaves that was lied about is no case for these.
            Scene::WithoutRefresh | Scene::Upgrades | Scene::UpgradesWithoutRefresh => some(later().boxed()),
            Scene::Imports => some(
                (later(), any::<bool>())
                    .prop_map(|(lie, imported)| match (imported, &lie.what) {
                        (true, What::Anything(..)) => Lie { asked: Asked::Import, later: false, ..lie },
                        _ => lie,
                    })
                    .boxed(),
            ),
            Scene::Failures => Just(None).boxed(),
            Scene::Identities => {
                let asked = prop_oneof![Just(Asked::Plan), Just(Asked::Apply), Just(Asked::Read)];
                // Terraform 1.12 refuses another identity than before, as `Core` does; later ones take it.
                some(
                    (asked, any::<bool>())
                        .prop_map(|(asked, later)| Lie {
                            asked,
                            later: later || asked == Asked::Read,
                            what: What::Identity(Twist::Unknown),
                        })
                        .boxed(),
                )
            }
        }
    }

    /// The failures that may happen.
    pub(crate) fn faults(self) -> BoxedStrategy<Option<Fault>> {
        let fault = prop_oneof![
            Just(Fault::Create { half_done: false }),
            Just(Fault::Create { half_done: true }),
            Just(Fault::Attempt { half_done: false }),
            Just(Fault::Attempt { half_done: true }),
            Just(Fault::Update { half_done: false }),
            Just(Fault::Update { half_done: true }),
            Just(Fault::Delete),
        ];
        match self {
            Scene::Failures => prop::option::weighted(0.8, fault).boxed(),
            _ => Just(None).boxed(),
        }
    }
}
