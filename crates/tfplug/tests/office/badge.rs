//! A badge, named by parts of every kind that an identity can have; one of them may be left out.

use tfplug::{Args, Computed, Cx, Identity, Resource, Result, State};

use crate::Office;

/// A badge.
#[derive(Args, Clone)]
pub(crate) struct BadgeArgs {
    /// The group.
    #[attr(replace)]
    pub group: String,
    /// The seat in it.
    #[attr(replace)]
    pub seat: i64,
    /// How much of a seat.
    #[attr(replace)]
    pub share: f64,
    /// Whether it opens doors.
    #[attr(replace)]
    pub opens: bool,
    /// Another building.
    #[attr(replace)]
    pub site: Option<String>,
    /// Doors.
    #[attr(replace)]
    pub doors: Option<Vec<String>>,
    /// What is written on it.
    pub title: Option<String>,
}

#[derive(Computed, Clone)]
pub(crate) struct BadgeComputed {}

/// Names a badge.
#[derive(Identity, Clone, Debug)]
pub(crate) struct ByParts {
    /// The group.
    pub group: String,
    /// The seat in it.
    pub seat: i64,
    /// How much of a seat.
    pub share: f64,
    /// Whether it opens doors.
    pub opens: bool,
    /// Another building.
    pub site: Option<String>,
    /// Doors.
    pub doors: Option<Vec<String>>,
}

pub(crate) struct Badge;

impl Resource for Badge {
    const NAME: &'static str = "badge";
    type Provider = Office;
    type Id = ByParts;
    type Args = BadgeArgs;
    type Computed = BadgeComputed;

    async fn create(_: &Cx<'_, Self>, _: &BadgeArgs) -> Result<BadgeComputed> {
        Ok(BadgeComputed {})
    }

    /// It is what its name says, titled by who asks.
    async fn read(_: &Cx<'_, Self>, id: &ByParts, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let ByParts { group, seat, share, opens, site, doors } = id.clone();
        let title = prior.and_then(|prior| prior.args.title);
        let args = BadgeArgs { group, seat, share, opens, site, doors, title };
        Ok(Some(State { args, computed: BadgeComputed {} }))
    }

    async fn update(_: &Cx<'_, Self>, _: &ByParts, _: &State<Self>, _: &BadgeArgs) -> Result<BadgeComputed> {
        Ok(BadgeComputed {})
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByParts, _: &BadgeArgs) -> Result<()> {
        Ok(())
    }
}
