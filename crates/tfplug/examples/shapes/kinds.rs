//! Objects of the other kinds, for the types that only they have, and for how they fail.

use tfplug::value::Type;
use tfplug::{
    Action, ActionCx, Args, CallCx, Computed, DataSource, Dynamic, EphemeralResource, Error, Function,
    FunctionError, Number, Opened, Result, Sensitive, Value,
};

use super::Shapes;
use super::plain::Point;

/// Something to look at.
#[derive(Args)]
pub(crate) struct MirrorArgs {
    /// Anything.
    open: Option<Dynamic>,
    /// Points in order.
    points: Option<Vec<Point>>,
}

/// What there is to see.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct MirrorComputed {
    /// Anything, twice.
    twice: Dynamic,
    /// The points, mirrored.
    mirrored: Vec<Image>,
}

/// A point on the other side.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct Image {
    /// To the left.
    x: i64,
}

pub(crate) struct Mirror;

impl DataSource for Mirror {
    const NAME: &'static str = "mirror";
    type Provider = Shapes;
    type Args = MirrorArgs;
    type Computed = MirrorComputed;

    async fn read(_: &CallCx<'_, Shapes>, args: &MirrorArgs) -> Result<MirrorComputed> {
        Ok(MirrorComputed {
            twice: match &args.open {
                Some(open) => Dynamic::List(vec![open.untyped().clone(), open.untyped().clone()]),
                None => Dynamic::Null,
            },
            mirrored: args.points.iter().flatten().map(|point| Image { x: -point.x }).collect(),
        })
    }
}

/// A ticket, good for one run.
#[derive(Args)]
pub(crate) struct TicketArgs {
    /// Where to.
    to: Option<Vec<String>>,
}

/// The ticket.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct TicketComputed {
    /// What is printed on it.
    code: Sensitive<String>,
}

pub(crate) struct Ticket;

impl EphemeralResource for Ticket {
    const NAME: &'static str = "ticket";
    type Provider = Shapes;
    type Args = TicketArgs;
    type Computed = TicketComputed;
    type Handle = String;

    async fn open(cx: &CallCx<'_, Shapes>, args: &TicketArgs) -> Result<Opened<Self>> {
        let to = args.to.clone().unwrap_or_default();
        if to.iter().any(|stop| stop == "nowhere") {
            return Err(Error::new("No ticket", "Nobody goes nowhere.").at(TicketArgs::TO));
        }
        let to = to.join("-");
        cx.client.note(&format!("opened a ticket to {to}"))?;
        Ok(Opened {
            computed: TicketComputed { code: Sensitive::new(format!("to-{to}")) },
            handle: to,
            renew_after: None,
        })
    }

    async fn close(cx: &CallCx<'_, Shapes>, to: String) -> Result<()> {
        cx.client.note(&format!("closed a ticket to {to}"))
    }

    async fn close_at_end(cx: &CallCx<'_, Shapes>, to: String) -> Result<()> {
        if to == "lost" {
            // Nobody waits for it as long as this takes.
            std::future::pending::<()>().await;
        }
        Self::close(cx, to).await
    }
}

/// Says it aloud.
#[derive(Args)]
pub(crate) struct AnnounceArgs {
    /// What to say, line by line.
    lines: Vec<String>,
}

pub(crate) struct Announce;

impl Action for Announce {
    const NAME: &'static str = "announce";
    type Provider = Shapes;
    type Args = AnnounceArgs;

    async fn invoke(cx: &ActionCx<'_, Shapes>, args: &AnnounceArgs) -> Result<()> {
        for line in &args.lines {
            cx.progress(line).await;
        }
        if args.lines.is_empty() {
            return Err(Error::new("Nothing to say", "Give a line.").at(AnnounceArgs::LINES));
        }
        cx.client.note(&format!("announced {}", args.lines.join(", ")))
    }
}

/// Turns a pair round.
#[derive(Args)]
pub(crate) struct SwapArgs {
    /// Text and number.
    pair: (String, Number),
}

pub(crate) struct Swap;

impl Function for Swap {
    const NAME: &'static str = "swap";
    const SUMMARY: &'static str = "A pair, turned round";
    type Provider = Shapes;
    type Args = SwapArgs;
    type Output = (Number, String);

    fn call(args: SwapArgs) -> Result<(Number, String), FunctionError> {
        let (text, number) = args.pair;
        Ok((number, text))
    }
}

/// Adds up.
#[derive(Args)]
pub(crate) struct TotalArgs {
    /// What is added up.
    #[attr(variadic)]
    parts: Vec<Option<i64>>,
}

pub(crate) struct Total;

impl Function for Total {
    const NAME: &'static str = "total";
    const SUMMARY: &'static str = "The sum of whole numbers; null counts as nothing";
    type Provider = Shapes;
    type Args = TotalArgs;
    type Output = i64;

    fn call(args: TotalArgs) -> Result<i64, FunctionError> {
        let sum = args.parts.into_iter().flatten().try_fold(0_i64, i64::checked_add);
        sum.ok_or_else(|| FunctionError::new("The sum is too large.").at(TotalArgs::PARTS))
    }
}

/// Tells types.
#[derive(Args)]
pub(crate) struct KindArgs {
    /// Anything, known or not.
    of: Value<Dynamic>,
}

pub(crate) struct Kind;

impl Function for Kind {
    const NAME: &'static str = "kind";
    const SUMMARY: &'static str = "What type a value is of";
    type Provider = Shapes;
    type Args = KindArgs;
    type Output = Value<String>;

    fn call(args: KindArgs) -> Result<Value<String>, FunctionError> {
        Ok(match args.of {
            Value::Known(Dynamic::Typed(ty, _)) => Value::Known(ty.to_string()),
            Value::Known(value) => Value::Known(Type::Dynamic.resolve(&value).to_string()),
            Value::Null => Value::Known("null".to_owned()),
            Value::Unknown => Value::Unknown,
        })
    }
}

/// Finds the middle.
#[derive(Args)]
pub(crate) struct CentreArgs {
    /// Points in order.
    points: Vec<Point>,
}

pub(crate) struct Centre;

impl Function for Centre {
    const NAME: &'static str = "centre";
    const SUMMARY: &'static str = "The point in the middle of others";
    type Provider = Shapes;
    type Args = CentreArgs;
    type Output = Option<Point>;

    fn call(args: CentreArgs) -> Result<Option<Point>, FunctionError> {
        let count = i64::try_from(args.points.len()).unwrap_or(i64::MAX);
        if count == 0 {
            return Ok(None);
        }
        let middle = |of: fn(&Point) -> i64| args.points.iter().map(of).sum::<i64>() / count;
        Ok(Some(Point { x: middle(|point| point.x), y: Some(middle(|point| point.y.unwrap_or(0))) }))
    }
}
