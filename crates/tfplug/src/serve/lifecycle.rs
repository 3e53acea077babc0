//! The end of the process and of the running calls: what asks for either, and how everything else learns of it.
//!
//! The end of the process is asked for once and for good: by Shutdown, or because the parent is gone. A stop is
//! Terraform's StopProvider: the running calls are to end early, later calls run as always. In a plugin SIGTERM and SIGHUP
//! are a stop, too. They often reach the whole process group, and Terraform then still has to hear what became of the
//! running calls; it ends the plugin afterwards.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::system::{self, Signal};

/// How long the client may be without a connection before it counts as gone.
const RECONNECT: Duration = Duration::from_secs(2);

/// A handle on the end of the process; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle {
    end: CancellationToken,
    /// What the running calls wait on: cancelled and replaced by each stop, and cancelled by the end.
    running: Arc<Mutex<CancellationToken>>,
}

/// What signals mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signals {
    /// Terraform started the process. It gets the signals of the process group, too, and ends the process itself.
    Plugin,
    /// A person started the process, and ends it by a signal.
    Debug,
}

impl Lifecycle {
    /// A process whose end nobody has asked for.
    pub(crate) fn new() -> Self {
        let end = CancellationToken::new();
        let running = Arc::new(Mutex::new(end.child_token()));
        Self { end, running }
    }

    /// Asks for the end.
    pub(crate) fn end(&self) {
        self.end.cancel();
    }

    /// Asks the running calls to end early. Later calls are not affected.
    pub(crate) fn stop(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *running, self.end.child_token()).cancel();
    }

    /// Cancelled when a call that begins now is to end early.
    pub(crate) fn call(&self) -> CancellationToken {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the end is asked for.
    pub(crate) fn ended(&self) -> WaitForCancellationFutureOwned {
        self.end.clone().cancelled_owned()
    }

    /// Handles the signals from now on. Called before the handshake line, after which one can come.
    pub(super) fn heed_signals(&self, signals: Signals) -> io::Result<()> {
        let mut received = system::Signals::new()?;
        let lifecycle = self.clone();
        tokio::spawn(async move {
            loop {
                let signal = tokio::select! {
                    () = lifecycle.ended() => return,
                    signal = received.next() => signal,
                };
                match (signals, signal) {
                    (Signals::Debug, _) => lifecycle.end(),
                    // Terraform sends StopProvider for it, and ends at the second one.
                    (Signals::Plugin, Signal::Interrupt) => tracing::debug!("interrupt left to Terraform"),
                    (Signals::Plugin, Signal::Terminate(name)) => {
                        tracing::debug!(signal = name, "running calls end early; Terraform ends the process");
                        lifecycle.stop();
                    }
                }
            }
        });
        Ok(())
    }

    /// Asks for the end when our parent is gone: a Terraform that crashed sends no Shutdown, and we would stay forever.
    pub(super) fn end_with_parent(&self) {
        let lifecycle = self.clone();
        let gone = system::end_of_parent();
        tokio::spawn(async move {
            tokio::select! {
                () = lifecycle.ended() => {}
                () = gone => {
                    tracing::warn!("the parent process is gone");
                    lifecycle.end();
                }
            }
        });
    }

    /// Asks for the end when the client has been without a connection for a while: where connections are TCP, the system may
    /// not tell us of our parent.
    pub(super) fn end_with_connections(&self, mut open: watch::Receiver<usize>) {
        let lifecycle = self.clone();
        tokio::spawn(async move {
            let gone = async {
                let _ = open.wait_for(|open| *open > 0).await;
                loop {
                    let _ = open.wait_for(|open| *open == 0).await;
                    if tokio::time::timeout(RECONNECT, open.wait_for(|open| *open > 0)).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = lifecycle.ended() => {}
                () = gone => {
                    tracing::warn!("the client has closed its connections");
                    lifecycle.end();
                }
            }
        });
    }
}
