//! The invocation of an action: progress while it runs, then exactly one end, whatever happens. After Ctrl-C, messages of progress are
//! collected, and the end has them as one warning.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{Scope, handled, with_defaults};
use crate::diag::Diagnostics;
use crate::object::{AnyAction, Call, Operation, Private};
use crate::value::Dynamic;

/// What an action comes to.
pub(crate) enum Event {
    Progress(String),
    End(Diagnostics),
}

/// What there is to say at plan time.
pub(crate) fn plan(action: &dyn AnyAction, scope: Scope, config: &Dynamic) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    action.plan(&Call::new(scope, deadline(action, config), Private::default()), config, &mut diagnostics);
    diagnostics
}

fn deadline(action: &dyn AnyAction, config: &Dynamic) -> Instant {
    Instant::now() + action.timeouts().limit(Operation::Invoke, config)
}

/// Starts the action. It goes on when the receiver is dropped: what was begun is better finished.
pub(crate) fn invoke(action: Arc<dyn AnyAction>, scope: Scope, config: &Dynamic) -> mpsc::Receiver<Event> {
    let (events, receiver) = mpsc::channel(16);
    let deadline = deadline(&*action, config);
    let args = with_defaults(&action.schema().attributes, config);
    let work = async move {
        let call = Call::new(scope, deadline, Private::default());
        let (progress, mut messages) = mpsc::channel(16);
        let forward = async {
            let mut held_back = Vec::new();
            while let Some(message) = messages.recv().await {
                // Terraform 1.15 crashes if it receives progress after Ctrl-C.
                match call.cancelled().is_cancelled() {
                    true => held_back.push(message),
                    false => drop(events.send(Event::Progress(message)).await),
                }
            }
            held_back
        };
        let handler = handled(&*action, "invoke", &call, action.invoke(&call, &args, progress));
        let ((_, mut diagnostics), held_back) = tokio::join!(handler, forward);
        if !held_back.is_empty() {
            diagnostics.warning("Done after the interrupt", held_back.join("\n"));
        }
        let _ = events.send(Event::End(diagnostics)).await;
    };
    // What it logs belongs to the call.
    tokio::spawn(work.in_current_span());
    receiver
}
