//! A provider without a cloud: what a thing is stands in its state, and a read spells every value in the server's way.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration as Span;

use tfplug::schema::checks::{any, at_least, base64, each, keys, lasting, len, matches, one_of, within};
use tfplug::types::{Cidr, Json, Timestamp, Uuid};
use tfplug::value::Refinements;
use tfplug::{
    Args, Change, Computed, ConfigureCx, CreateCx, Cx, Duration, Dynamic, Identity, PlanCx, Provider,
    Registry, Resource, Result, Sensitive, State, WriteOnly,
};

/// A provider with one thing.
pub(crate) struct Types;

/// How to log in.
#[derive(Args)]
#[args(exactly_one_of(key, token), required_together(token, user))]
pub(crate) struct TypesArgs {
    /// A key.
    #[attr(env = "TYPES_KEY")]
    pub key: Option<Sensitive<String>>,
    /// A token.
    #[attr(env = "TYPES_TOKEN")]
    pub token: Option<Sensitive<String>>,
    /// Whose token it is.
    #[attr(requires(token))]
    pub user: Option<String>,
}

impl Provider for Types {
    const NAME: &'static str = "types";
    const ADDRESS: &'static str = "example.com/demo/types";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = TypesArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: TypesArgs) -> Result<()> {
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Thing>();
    }
}

/// A thing of many types.
#[derive(Args, Clone)]
#[args(conflicts(ratio, big))]
pub(crate) struct ThingArgs {
    /// A document.
    pub json: Option<Json>,
    /// A time.
    pub at: Option<Timestamp>,
    /// An address.
    #[attr(check = within(&[Cidr::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Cidr::v4([192, 0, 2, 0], 24)]))]
    pub address: Option<IpAddr>,
    /// A network.
    pub network: Option<Cidr>,
    /// An identifier.
    pub uuid: Option<Uuid>,
    /// A length of time.
    #[attr(check = lasting(Span::from_secs(1)..=Span::from_secs(3600)))]
    pub wait: Option<Duration>,
    /// Documents.
    pub list: Option<Vec<Json>>,
    /// A share.
    #[attr(check = any([one_of(&[0]), at_least(0.5)]))]
    pub ratio: Option<f32>,
    /// A number that `i64` cannot hold.
    pub big: Option<u64>,
    /// Anything.
    pub open: Option<Dynamic>,
    /// Labels.
    #[attr(check = [len(..=2), keys(len(1..=3)), each(base64())])]
    pub labels: Option<BTreeMap<String, String>>,
    /// Ways in.
    pub access: Option<Vec<Access>>,
    /// The front door.
    pub door: Option<WriteOnly<Door>>,
    /// Other doors.
    pub doors: Option<Vec<Sensitive<Door>>>,
}

/// A door.
#[derive(Args, Clone)]
pub(crate) struct Door {
    /// What opens it.
    #[attr(check = matches("four digits", |code| code.len() == 4))]
    pub code: String,
    /// What to think of.
    pub hint: Option<String>,
}

/// A way in.
#[derive(Args, Clone)]
#[args(exactly_one_of(password, password_wo))]
pub(crate) struct Access {
    /// A secret.
    #[attr(prefer(password_wo), conflicts_with(hint))]
    pub password: Option<String>,
    /// A secret that is stored nowhere.
    #[attr(requires(version))]
    pub password_wo: Option<WriteOnly<String>>,
    /// Raised when the secret changes.
    pub version: Option<i64>,
    /// What to think of.
    pub hint: Option<String>,
    /// The fewest.
    #[attr(default = 1)]
    pub low: i64,
    /// The most.
    #[attr(at_least_sum_of(low))]
    pub high: Option<i64>,
}

#[derive(Computed, Clone)]
pub(crate) struct ThingComputed {
    /// The one there is.
    #[attr(keep)]
    pub id: String,
}

/// Names a thing.
#[derive(Identity, Clone, Debug)]
pub(crate) struct ById {
    /// The one there is.
    pub id: String,
}

pub(crate) struct Thing;

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Provider = Types;
    type Id = ById;
    type Args = ThingArgs;
    type Computed = ThingComputed;

    async fn plan(_: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        change.refine(ThingComputed::ID, Refinements::default().with_not_null().with_prefix("thing-"));
        change.refine(ThingArgs::JSON, Refinements::default().with_prefix("not ours to promise"));
        Ok(())
    }

    async fn create(_: &CreateCx<'_, Self>, args: &ThingArgs) -> Result<ThingComputed> {
        let door = args.door.as_ref().and_then(WriteOnly::get);
        assert_eq!(door.map(|door| door.code.len()), door.map(|_| 4));
        let broken = args.labels.as_ref().is_some_and(|labels| labels.contains_key("lie"));
        Ok(ThingComputed { id: if broken { "1" } else { "thing-1" }.to_owned() })
    }

    async fn read(_: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let Some(State { args, .. }) = prior else { return Ok(None) };
        let computed = ThingComputed { id: id.id.clone() };
        Ok(Some(State { args: as_the_server_spells(args), computed }))
    }

    async fn update(_: &Cx<'_, Self>, _: &ById, prior: &State<Self>, _: &ThingArgs) -> Result<ThingComputed> {
        Ok(prior.computed.clone())
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

fn as_the_server_spells(args: ThingArgs) -> ThingArgs {
    let respell = |json: &Json| Json::of(&json.to::<serde_json::Value>().unwrap()).unwrap();
    ThingArgs {
        json: args.json.as_ref().map(respell),
        at: args.at.map(|at| at.get().into()),
        wait: args.wait.map(|wait| wait.get().into()),
        list: args.list.map(|list| list.iter().map(respell).collect()),
        ..args
    }
}
