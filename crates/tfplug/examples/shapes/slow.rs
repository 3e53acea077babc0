//! `shapes_slow`: an object whose creation takes until somebody stops it, for Ctrl-C and for what is killed.

use tfplug::{Args, Computed, CreateCx, Cx, Error, Resource, Result, State};

use super::Shapes;
use super::store::ById;

/// An object that takes its time.
#[derive(Args)]
pub(crate) struct SlowArgs {
    /// Whether to wait for somebody to stop the creation.
    wait: bool,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct SlowComputed {
    /// Type and number.
    #[attr(keep)]
    id: String,
}

/// How long the request that is under way takes to answer after the stop: longer than a plugin has to end.
const LAST_ANSWER: std::time::Duration = std::time::Duration::from_millis(2500);

pub(crate) struct Slow;

impl Resource for Slow {
    const NAME: &'static str = "slow";
    type Provider = Shapes;
    type Id = ById;
    type Args = SlowArgs;
    type Computed = SlowComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &SlowArgs) -> Result<SlowComputed> {
        let id = cx.client.take(Self::NAME)?;
        cx.client.put(&id, args)?;
        cx.created(&ById { id: id.clone() });
        if args.wait {
            tracing::info!(target: "shapes", "waiting to be stopped");
            cx.cancelled().cancelled().await;
            tokio::time::sleep(LAST_ANSWER).await;
            return Err(Error::new("Stopped", "Somebody stopped the creation."));
        }
        Ok(SlowComputed { id })
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let args = cx.client.get(&id.id)?;
        Ok(args.map(|args| State { args, computed: SlowComputed { id: id.id.clone() } }))
    }

    async fn update(cx: &Cx<'_, Self>, id: &ById, _: &State<Self>, args: &SlowArgs) -> Result<SlowComputed> {
        cx.client.put(&id.id, args)?;
        Ok(SlowComputed { id: id.id.clone() })
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, _: &State<Self>) -> Result<()> {
        cx.client.remove(&id.id)
    }
}
