//! `shapes_named`: an identity of several attributes of every kind, in its second version.

use serde::Deserialize;
use tfplug::{
    Args, CallCx, Computed, CreateCx, Cx, Error, Identity, IdentityUpgrades, List, ListSink, PrivateKey,
    Resource, Result, State,
};

use super::Shapes;
use super::store::Shelf;

/// An object with a long name.
#[derive(Args)]
pub(crate) struct NamedArgs {
    /// Where it is.
    #[attr(replace)]
    region: String,
    /// Which it is there.
    #[attr(replace)]
    number: i64,
    /// Whether it is the real one.
    #[attr(replace)]
    real: bool,
    /// Parts of the region.
    #[attr(replace)]
    zones: Vec<String>,
    /// Ends the name.
    #[attr(replace)]
    suffix: Option<String>,
    /// Whatever there is to say.
    note: Option<String>,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct NamedComputed {
    /// The whole name in one.
    #[attr(keep)]
    id: String,
}

/// Names it.
#[derive(Clone, Debug, Identity)]
#[identity(version = 1)]
pub(crate) struct Name {
    /// Where it is.
    region: String,
    /// Which it is there.
    number: i64,
    /// Whether it is the real one.
    real: bool,
    /// Parts of the region.
    zones: Vec<String>,
    /// Ends the name.
    suffix: Option<String>,
}

/// The identity of version 0 was region and number in one.
#[derive(Deserialize)]
struct NameV0 {
    path: String,
}

impl Name {
    fn id(&self) -> String {
        let real = if self.real { "real" } else { "fake" };
        let suffix = self.suffix.as_deref().unwrap_or_default();
        format!("named-{}-{}-{real}-{}-{suffix}", self.region, self.number, self.zones.join("+"))
    }

    fn of(args: &NamedArgs) -> Self {
        Name {
            region: args.region.clone(),
            number: args.number,
            real: args.real,
            zones: args.zones.clone(),
            suffix: args.suffix.clone(),
        }
    }
}

/// The region in which an object was made, remembered in private state.
pub(crate) const MADE_IN: PrivateKey<String> = PrivateKey::new("made_in");

pub(crate) struct Named;

impl Named {
    fn get(shelf: &Shelf, id: &str) -> Result<Option<State<Self>>> {
        let args = shelf.get(id)?;
        Ok(args.map(|args| State { args, computed: NamedComputed { id: id.to_owned() } }))
    }
}

impl Resource for Named {
    const NAME: &'static str = "named";
    type Provider = Shapes;
    type Id = Name;
    type Args = NamedArgs;
    type Computed = NamedComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &NamedArgs) -> Result<NamedComputed> {
        let name = Name::of(args);
        let id = name.id();
        cx.client.put(&id, args)?;
        cx.created(&name);
        cx.private.set(&MADE_IN, &args.region);
        Ok(NamedComputed { id })
    }

    async fn read(cx: &Cx<'_, Self>, name: &Name, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Named::get(&cx.client, &name.id())
    }

    async fn update(
        cx: &Cx<'_, Self>,
        name: &Name,
        _: &State<Self>,
        args: &NamedArgs,
    ) -> Result<NamedComputed> {
        cx.client.put(&name.id(), args)?;
        Ok(NamedComputed { id: name.id() })
    }

    async fn delete(cx: &Cx<'_, Self>, name: &Name, _: &State<Self>) -> Result<()> {
        cx.client.remove(&name.id())
    }

    async fn import(_: &Cx<'_, Self>, text: &str) -> Result<Name> {
        let parts: Vec<_> = text.splitn(3, '/').collect();
        let [region, number, rest @ ..] = parts.as_slice() else {
            return Err(Error::new("No such name", "Write `region/number` or `region/number/suffix`."));
        };
        Ok(Name {
            region: (*region).to_owned(),
            number: number.parse()?,
            real: true,
            zones: vec!["a".to_owned()],
            suffix: rest.first().map(|&suffix| suffix.to_owned()),
        })
    }

    fn identity_upgrades() -> IdentityUpgrades<Name> {
        IdentityUpgrades::none().from(0, |old: NameV0| {
            let (region, number) = old.path.split_once('/').unwrap_or((&old.path, "0"));
            Ok(Name {
                region: region.to_owned(),
                number: number.parse()?,
                real: true,
                zones: vec!["a".to_owned()],
                suffix: None,
            })
        })
    }
}

/// Which to list.
#[derive(Args)]
pub(crate) struct Which {
    /// Only those of that region.
    region: Option<String>,
}

impl List for Named {
    type Filter = Which;

    async fn list(cx: &CallCx<'_, Shapes>, which: &Which, sink: &ListSink<Self>) -> Result<()> {
        for id in cx.client.ids("named")? {
            if let Some(state) = Named::get(&cx.client, &id)?
                && which.region.as_ref().is_none_or(|region| *region == state.args.region)
            {
                sink.send(&id, &Name::of(&state.args), &state).await?;
            }
        }
        Ok(())
    }
}
