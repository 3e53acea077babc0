//! Handles of ephemeral resources that cannot be read back.

use serde_json::json;
use tfplug::{Args, CallCx, Computed, EphemeralResource, Opened, Result};

use crate::{Hasty, core};

/// A ticket.
#[derive(Args)]
pub(crate) struct TicketArgs {}

#[derive(Computed)]
#[computed(data, args = TicketArgs)]
pub(crate) struct TicketComputed {
    /// Its number.
    pub number: u32,
}

pub(crate) struct Ticket;

impl EphemeralResource for Ticket {
    const NAME: &'static str = "ticket";
    type Provider = Hasty;
    type Args = TicketArgs;
    type Computed = TicketComputed;
    type Handle = f64;

    async fn open(cx: &CallCx<'_, Hasty>, _: &TicketArgs) -> Result<Opened<Self>> {
        let handle = if cx.client.fails("handle") { f64::NAN } else { 7.0 };
        Ok(Opened { computed: TicketComputed { number: 7 }, handle, renew_after: None })
    }

    async fn close(cx: &CallCx<'_, Hasty>, handle: f64) -> Result<()> {
        cx.client.note(format!("close {handle}"));
        Ok(())
    }
}

/// JSON has no NaN. Nobody could close the ticket later.
#[tokio::test]
async fn what_could_not_be_closed_later_is_closed_at_once() {
    let (desk, core) = core();
    desk.fail("handle");
    let opened = core.ephemeral("hasty_ticket").try_open(json!({})).await;
    let said = opened.map(drop).expect_err("a handle of no use").to_string();
    assert!(said.contains("its handle cannot be read back"), "{said}");
    assert_eq!(desk.calls(), ["close NaN"]);
}
