//! Windows: signals, the parent process, private files. Run under Wine, not on Windows yet.

use std::fs::OpenOptions;
use std::io;

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

use super::Signal;

/// The events of the console that ask for an end.
pub(crate) struct Signals {
    interrupts: CtrlC,
    breaks: CtrlBreak,
    closes: CtrlClose,
    shutdowns: CtrlShutdown,
}

impl Signals {
    /// Handles the events from now on.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupts: ctrl_c()?,
            breaks: ctrl_break()?,
            closes: ctrl_close()?,
            shutdowns: ctrl_shutdown()?,
        })
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupts.recv() => Signal::Interrupt,
            _ = self.breaks.recv() => Signal::Terminate("CTRL_BREAK"),
            _ = self.closes.recv() => Signal::Terminate("CTRL_CLOSE"),
            _ = self.shutdowns.recv() => Signal::Terminate("CTRL_SHUTDOWN"),
        }
    }
}

/// Never returns: no safe call tells of another process. The end of the client's connections tells instead.
pub(crate) fn end_of_parent() -> impl Future<Output = ()> {
    std::future::pending()
}

/// Leaves the options as they are: files inherit the rights of their folder.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
