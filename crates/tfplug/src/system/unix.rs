//! Unix: signals, the parent process, private files.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::parent_id;
use std::time::Duration;

use tokio::signal::unix::{self, SignalKind, signal};

use super::Signal;

/// How often we look whether our parent still lives.
const PARENT_POLL: Duration = Duration::from_secs(1);

/// The signals that ask for an end.
pub(crate) struct Signals {
    terminate: unix::Signal,
    hangups: unix::Signal,
    interrupts: unix::Signal,
}

impl Signals {
    /// Handles the signals from now on.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangups: signal(SignalKind::hangup())?,
            interrupts: signal(SignalKind::interrupt())?,
        })
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Terminate("SIGTERM"),
            _ = self.hangups.recv() => Signal::Terminate("SIGHUP"),
            _ = self.interrupts.recv() => Signal::Interrupt,
        }
    }
}

/// Returns when the process that is the parent at the time of this call has ended.
pub(crate) fn end_of_parent() -> impl Future<Output = ()> {
    let parent = parent_id();
    async move {
        while parent_id() == parent {
            tokio::time::sleep(PARENT_POLL).await;
        }
    }
}

/// Makes files that only the user can read.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}
