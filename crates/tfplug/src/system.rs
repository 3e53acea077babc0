//! What differs between operating systems, and the only place that asks which one this is: the socket, signals, the parent,
//! private files. Everything above uses the names of this module.
//!
//! On Unix a client connects to a unix socket in a private folder. Where Rust's libraries have no unix sockets, which is on
//! Windows, it connects to a TCP port of 127.0.0.1, as go-plugin does there. Any user of the machine can reach that port, so
//! only TLS keeps others out.

mod listener;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod windows;

pub(crate) use self::listener::{Address, ListenError, Listener, Place, Stream};
#[cfg(unix)]
pub(crate) use self::unix::{Signals, end_of_parent, private};
#[cfg(not(unix))]
pub(crate) use self::windows::{Signals, end_of_parent, private};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C at the terminal.
    Interrupt,
    /// The end, by another way; with its name.
    Terminate(&'static str),
}
