//! `demo_forgery`: is opened, and answers what its own schema does not allow.

use tfplug::schema::Kind;
use tfplug::value::{Type, ValueError};
use tfplug::{Args, Attr, CallCx, Computed, Dynamic, EphemeralResource, Opened, Result};

use super::Demo;

/// A forgery.
#[derive(Args)]
pub(crate) struct ForgeryArgs {}

/// What was forged.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct ForgeryComputed {
    /// Text, as it seems.
    pub seal: Seal,
}

/// Says that it is text, and is none.
pub(crate) struct Seal;

impl Attr for Seal {
    type Inner = Self;

    fn kind() -> Kind {
        Kind::Value(Type::String)
    }

    fn from_dynamic(_: &Dynamic) -> Result<Self, ValueError> {
        Ok(Seal)
    }

    fn to_dynamic(&self) -> Dynamic {
        Dynamic::Bool(true)
    }
}

pub(crate) struct Forgery;

impl EphemeralResource for Forgery {
    const NAME: &'static str = "forgery";
    type Provider = Demo;
    type Args = ForgeryArgs;
    type Computed = ForgeryComputed;
    type Handle = String;

    async fn open(cx: &CallCx<'_, Demo>, _: &ForgeryArgs) -> Result<Opened<Self>> {
        cx.client.note("open a forgery".to_owned());
        Ok(Opened {
            computed: ForgeryComputed { seal: Seal },
            handle: "forged".to_owned(),
            renew_after: None,
        })
    }

    async fn close(cx: &CallCx<'_, Demo>, handle: String) -> Result<()> {
        cx.client.step("close", Some(cx)).await?;
        cx.client.note(format!("close what was {handle}"));
        Ok(())
    }
}
