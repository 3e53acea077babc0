//! The end of the process: who may ask for it, and how everything else learns of it.
//!
//! Asking is one way and for good. It is not Terraform's StopProvider, which only wants the work in hand to end soon
//! and goes on calling afterwards: that has a token of its own.

use std::io;
use std::os::unix::process::parent_id;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How often we look whether our parent still lives.
const PARENT_POLL: Duration = Duration::from_secs(1);

/// A handle on the end of the process; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle(CancellationToken);

/// What Ctrl-C means. Terraform's plugins are in its process group, so that it reaches all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// Terraform has heard it, too, and tells us what to do by StopProvider.
    Ignored,
    /// Nobody but us was meant.
    Ends,
}

impl Lifecycle {
    /// A process whose end nobody has asked for.
    pub(crate) fn new() -> Self {
        Self(CancellationToken::new())
    }

    /// Asks for the end.
    pub(crate) fn end(&self) {
        self.0.cancel();
    }

    /// Cancelled when the end is asked for.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.0
    }

    /// Waits until the end is asked for.
    pub(crate) fn ended(&self) -> WaitForCancellationFutureOwned {
        self.0.clone().cancelled_owned()
    }

    /// Takes the signals over, before the handshake line gives anybody a reason to send one. SIGTERM is an orderly end.
    pub(super) fn heed_signals(&self, interrupt: Interrupt) -> io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupts = signal(SignalKind::interrupt())?;
        let lifecycle = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = lifecycle.ended() => return,
                    _ = terminate.recv() => lifecycle.end(),
                    _ = interrupts.recv() => match interrupt {
                        Interrupt::Ignored => tracing::debug!("interrupt left to Terraform"),
                        Interrupt::Ends => lifecycle.end(),
                    },
                }
            }
        });
        Ok(())
    }

    /// Asks for the end when our parent is gone: a Terraform that crashed sends no Shutdown, and we would stay forever.
    pub(super) fn end_with_parent(&self) {
        let parent = parent_id();
        let lifecycle = self.clone();
        tokio::spawn(async move {
            let gone = async {
                while parent_id() == parent {
                    tokio::time::sleep(PARENT_POLL).await;
                }
            };
            tokio::select! {
                () = lifecycle.ended() => {}
                () = gone => {
                    tracing::warn!(parent, "the parent process is gone");
                    lifecycle.end();
                }
            }
        });
    }
}
