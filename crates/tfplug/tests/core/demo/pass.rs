//! `demo_pass`: lets somebody in for one run.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tfplug::schema::not_blank;
use tfplug::{
    Args, CallCx, Computed, Config, Diagnostics, EphemeralResource, Opened, Renewed, Result, Sensitive,
};

use super::Demo;

/// A pass.
#[derive(Args)]
#[args(timeouts(open = "1m"))]
pub(crate) struct PassArgs {
    /// Who is let in.
    #[attr(check = not_blank())]
    pub guest: String,
    /// Where to.
    #[attr(default = "the hall")]
    pub place: String,
}

/// What lets somebody in.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct PassComputed {
    /// What to show at the door.
    pub code: Sensitive<String>,
}

/// A pass and how often it was renewed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Handle {
    guest: String,
    renewals: u32,
}

pub(crate) struct Pass;

impl EphemeralResource for Pass {
    const NAME: &'static str = "pass";
    type Provider = Demo;
    type Args = PassArgs;
    type Computed = PassComputed;
    type Handle = Handle;

    fn validate(config: &Config<'_, PassArgs>, diagnostics: &mut Diagnostics) {
        match config.get(PassArgs::GUEST).known().as_deref() {
            Some("panic") => panic!("no idea how to validate"),
            Some("nobody") => diagnostics.error_at(PassArgs::GUEST, "Nobody to let in", "Name somebody."),
            _ => {}
        }
    }

    async fn open(cx: &CallCx<'_, Demo>, args: &PassArgs) -> Result<Opened<Self>> {
        cx.client.note(format!("open for {} to {}", args.guest, args.place));
        cx.client.step("open", Some(cx)).await?;
        if args.guest == "stranger" {
            cx.warning_at(PassArgs::GUEST, "A stranger", "Nobody knows the guest.");
        }
        Ok(Opened {
            computed: PassComputed { code: Sensitive::new(format!("code of {}", args.guest)) },
            handle: Handle { guest: args.guest.clone(), renewals: 0 },
            renew_after: (args.guest != "short").then_some(Duration::from_secs(60)),
        })
    }

    async fn renew(cx: &CallCx<'_, Demo>, handle: Handle) -> Result<Renewed<Self>> {
        cx.client.step("renew", Some(cx)).await?;
        let renewals = handle.renewals + 1;
        cx.client.note(format!("renew {} for the {renewals}. time", handle.guest));
        let renew_after = (renewals < 2).then_some(Duration::from_secs(60));
        Ok(Renewed { handle: Handle { renewals, ..handle }, renew_after })
    }

    async fn close(cx: &CallCx<'_, Demo>, handle: Handle) -> Result<()> {
        cx.client.step("close", Some(cx)).await?;
        cx.client.note(format!("close {} as renewed {} times", handle.guest, handle.renewals));
        Ok(())
    }
}
