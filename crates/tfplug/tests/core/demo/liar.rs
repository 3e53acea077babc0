//! `demo_liar`: breaks a promise on demand, to see that the breach is named.

use std::sync::atomic::{AtomicI64, Ordering};

use tfplug::{Args, Change, Computed, CreateCx, Cx, Identity, PlanCx, Resource, Result, State};

use super::Demo;

/// A liar.
#[derive(Args, Clone)]
pub(crate) struct LiarArgs {
    /// Which promise to break.
    pub lie: String,
    /// Anything.
    pub note: Option<String>,
}

/// What a liar says.
#[derive(Computed, Clone)]
pub(crate) struct LiarComputed {
    /// Name of the liar.
    #[attr(keep)]
    pub id: String,
    /// What is planned and may be answered otherwise.
    #[attr(follows(note))]
    pub word: i64,
}

/// Names a liar.
#[derive(Identity, Clone, Debug)]
pub(crate) struct LiarId {
    /// Name of the liar.
    pub id: String,
}

/// A number that is never the same, which no plan may depend on.
fn fresh() -> i64 {
    static NUMBERS: AtomicI64 = AtomicI64::new(100);
    NUMBERS.fetch_add(1, Ordering::SeqCst)
}

pub(crate) struct Liar;

impl Resource for Liar {
    const NAME: &'static str = "liar";
    type Provider = Demo;
    type Id = LiarId;
    type Args = LiarArgs;
    type Computed = LiarComputed;

    async fn plan(_: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        match change.planned(LiarArgs::LIE).known().as_deref() {
            Some("plan") => change.fill(LiarArgs::NOTE, "made up".to_owned()),
            Some("answer") => change.fill(LiarComputed::WORD, 1),
            Some("final") => change.fill(LiarComputed::WORD, fresh()),
            _ => {}
        }
        Ok(())
    }

    async fn create(_: &CreateCx<'_, Self>, args: &LiarArgs) -> Result<LiarComputed> {
        Ok(LiarComputed { id: args.lie.clone(), word: 2 })
    }

    async fn read(_: &Cx<'_, Self>, id: &LiarId, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let lie = prior.as_ref().map_or_else(|| id.id.clone(), |prior| prior.args.lie.clone());
        let id = if lie == "identity" { "somebody else".to_owned() } else { id.id.clone() };
        let note = prior.and_then(|prior| prior.args.note);
        Ok(Some(State { args: LiarArgs { lie, note }, computed: LiarComputed { id, word: 2 } }))
    }

    async fn update(_: &Cx<'_, Self>, id: &LiarId, _: &State<Self>, args: &LiarArgs) -> Result<LiarComputed> {
        let id = if args.lie == "keep" { "somebody else".to_owned() } else { id.id.clone() };
        Ok(LiarComputed { id, word: 3 })
    }

    async fn delete(_: &Cx<'_, Self>, _: &LiarId, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}
