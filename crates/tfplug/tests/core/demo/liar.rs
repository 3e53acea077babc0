//! `demo_liar`: breaks a promise on demand, to see that the breach is named.

use std::sync::atomic::{AtomicI64, Ordering};

use tfplug::value::Type;
use tfplug::{
    Args, At, Change, Computed, CreateCx, Cx, Diagnostic, Diagnostics, Dynamic, Error, Identity, PlanCx,
    Resource, Result, State,
};

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
    pub id: Option<String>,
    /// What is planned and may be answered otherwise.
    #[attr(follows(note))]
    pub word: i64,
    /// Something so odd that no message can hold it.
    #[attr(follows(note))]
    pub odd: Option<Dynamic>,
}

impl LiarComputed {
    fn new(id: &str, word: i64) -> Self {
        LiarComputed { id: Some(id.to_owned()), word, odd: None }
    }
}

/// A truth value that is none.
fn odd() -> Option<Dynamic> {
    Some(Dynamic::Typed(Box::new(Type::Bool), Box::new("maybe".into())))
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
            Some("named") => change.fill(LiarComputed::ID, "named".to_owned()),
            Some("final") => change.fill(LiarComputed::WORD, fresh()),
            _ => {}
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &LiarArgs) -> Result<LiarComputed> {
        let sound = LiarComputed::new(&args.lie, 2);
        match args.lie.as_str() {
            "told" => cx.created(&LiarId { id: "somebody else".to_owned() }),
            "named" => {
                cx.created(&LiarId { id: "somebody else".to_owned() });
                return Err(Error::new("Half done", "The rest failed."));
            }
            "nameless" => return Ok(LiarComputed { id: None, ..sound }),
            "odd" => return Ok(LiarComputed { odd: odd(), ..sound }),
            _ => {}
        }
        Ok(sound)
    }

    async fn read(_: &Cx<'_, Self>, id: &LiarId, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let lie = prior.as_ref().map_or_else(|| id.id.clone(), |prior| prior.args.lie.clone());
        let id = match lie.as_str() {
            "identity" if prior.is_some() => "somebody else".to_owned(),
            // As the remote side spells it.
            _ => id.id.to_lowercase(),
        };
        let note = prior.and_then(|prior| prior.args.note);
        Ok(Some(State { args: LiarArgs { lie, note }, computed: LiarComputed::new(&id, 2) }))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &LiarId,
        _: &State<Self>,
        args: &LiarArgs,
    ) -> Result<LiarComputed> {
        match args.note.as_deref() {
            Some("odd") => return Ok(LiarComputed { odd: odd(), ..LiarComputed::new(&id.id, 3) }),
            Some(doubt @ ("doubt" | "doubts")) => {
                let mut told = Diagnostics::new();
                told.push(Diagnostic::warning("Doubtful", "It may be a lie."));
                if doubt == "doubts" {
                    told.error("Refused", "It is a lie.");
                    told.push(Diagnostic::error("Refused", "So is this.").at(LiarArgs::LIE));
                }
                return Err(Error::from(told)).at(LiarArgs::NOTE);
            }
            Some("checkpoint") => {
                let computed = LiarComputed::new("somebody else", 3);
                cx.checkpoint(&State { args: args.clone(), computed });
                return Err(Error::new("Half done", "The rest failed."));
            }
            _ => {}
        }
        Ok(LiarComputed::new(if args.lie == "keep" { "somebody else" } else { &id.id }, 3))
    }

    async fn delete(_: &Cx<'_, Self>, _: &LiarId, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}
