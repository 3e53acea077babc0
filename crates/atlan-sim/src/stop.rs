//! Requests to end the simulator's process. Each kind of operating system has its own: signals, or console events.

use std::io;

#[cfg(unix)]
use self::unix::Signals;
#[cfg(not(unix))]
use self::windows::Signals;

/// Requests to end, from now on.
pub(crate) struct Stop(Signals);

impl Stop {
    /// Handles them from now on, in place of the system.
    pub(crate) fn new() -> io::Result<Self> {
        Signals::new().map(Self)
    }

    /// The first of them.
    pub(crate) async fn requested(mut self) {
        self.0.next().await;
    }
}

#[cfg(unix)]
mod unix {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// SIGTERM and SIGINT.
    pub(super) struct Signals {
        terminate: Signal,
        interrupt: Signal,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }

        pub(super) async fn next(&mut self) {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
        }
    }
}

/// Compiled, but not run yet.
#[cfg(not(unix))]
mod windows {
    use std::io;

    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

    /// Ctrl-C, Ctrl-Break and the end of the console.
    pub(super) struct Signals {
        interrupts: CtrlC,
        breaks: CtrlBreak,
        closes: CtrlClose,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self { interrupts: ctrl_c()?, breaks: ctrl_break()?, closes: ctrl_close()? })
        }

        pub(super) async fn next(&mut self) {
            tokio::select! {
                _ = self.interrupts.recv() => {}
                _ = self.breaks.recv() => {}
                _ = self.closes.recv() => {}
            }
        }
    }
}
