//! The listing of a resource's objects: a task of its own sends them one by one, as fast as Terraform takes them.

use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::{Scope, handled, with_defaults};
use crate::diag::Diagnostics;
use crate::object::{AnyList, Call, Item, Operation, Private};
use crate::value::Dynamic;

/// How many objects may wait for Terraform before the handler waits, too.
const AHEAD: usize = 32;

/// What a list comes to: objects, and at the end what there is to say.
pub(crate) enum Event {
    Item(Item),
    End(Diagnostics),
}

/// Starts the list. It ends when the receiver is dropped.
pub(crate) fn list(
    list: Arc<dyn AnyList>,
    scope: Scope,
    config: &Dynamic,
    limit: u64,
    whole: bool,
) -> mpsc::Receiver<Event> {
    let (events, receiver) = mpsc::channel(1);
    let deadline = tokio::time::Instant::now() + list.timeouts().limit(Operation::Read, config);
    let filter = with_defaults(&list.schema().attributes, config);
    let work = async move {
        let call = Call::new(scope, deadline, Private::default());
        let (items, mut found) = mpsc::channel(AHEAD);
        let forward = async {
            while let Some(item) = found.recv().await {
                if events.send(Event::Item(item)).await.is_err() {
                    // Terraform wants no more: the next object the handler sends tells it.
                    found.close();
                }
            }
        };
        let handler = handled(&*list, "list", &call, list.list(&call, &filter, limit, whole, items));
        let ((_, diagnostics), ()) = tokio::join!(handler, forward);
        // Nobody may be listening any more.
        let _ = events.send(Event::End(diagnostics)).await;
    };
    // What it logs belongs to the call.
    tokio::spawn(work.in_current_span());
    receiver
}
