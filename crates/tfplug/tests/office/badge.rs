//! A badge, named by parts of every kind that an identity can have; one of them may be left out.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tfplug::{Args, Backoff, Computed, CreateCx, Cx, Identity, Observed, Resource, Result, State};

use crate::Office;

/// A badge.
#[derive(Args, Clone)]
#[args(timeouts(create = "10s", block))]
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

    /// Printing takes three looks; a badge titled "Nobody" never comes out.
    async fn create(cx: &CreateCx<'_, Self>, args: &BadgeArgs) -> Result<BadgeComputed> {
        let looks = AtomicU32::new(0);
        let moment = Backoff::new(Duration::from_millis(1), Duration::from_millis(2));
        cx.wait_until("the badge to be printed", moment, || async {
            let printed =
                looks.fetch_add(1, Ordering::Relaxed) == 2 && args.title.as_deref() != Some("Nobody");
            Ok(if printed { Observed::Done(()) } else { Observed::Pending("printing".to_owned()) })
        })
        .await?;
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

    async fn delete(_: &Cx<'_, Self>, _: &ByParts, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}
