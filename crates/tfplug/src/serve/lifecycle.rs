//! The end of the process and of the running calls: what asks for either, and how everything else learns of it.
//!
//! The end of the process is asked for once and for good: by Shutdown, or because the parent is gone. A stop is
//! Terraform's StopProvider: the running calls are to end early, later calls run as always. In a plugin SIGTERM and SIGHUP
//! are a stop, too. They often reach the whole process group, and Terraform then still has to hear what became of the
//! running calls; it ends the plugin afterwards.

use std::io;
use std::os::unix::process::parent_id;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How often we look whether our parent still lives.
const PARENT_POLL: Duration = Duration::from_secs(1);

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
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangups = signal(SignalKind::hangup())?;
        let mut interrupts = signal(SignalKind::interrupt())?;
        let lifecycle = self.clone();
        tokio::spawn(async move {
            loop {
                let name = tokio::select! {
                    () = lifecycle.ended() => return,
                    _ = terminate.recv() => "SIGTERM",
                    _ = hangups.recv() => "SIGHUP",
                    _ = interrupts.recv() => "SIGINT",
                };
                match signals {
                    Signals::Debug => lifecycle.end(),
                    // Terraform sends StopProvider for it, and ends at the second one.
                    Signals::Plugin if name == "SIGINT" => tracing::debug!("interrupt left to Terraform"),
                    Signals::Plugin => {
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
