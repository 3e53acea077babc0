//! Signals that end the demo: remembered while a step runs, and waited for at the end.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Why a demo that was kept has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The signal with this name.
    Signal(&'static str),
    /// The tenant's process is not there any more.
    Tenant,
}

/// The signals since [`Signals::watch`], none of which ends this process any more.
pub(super) struct Signals {
    sender: mpsc::Sender<End>,
    receiver: mpsc::Receiver<End>,
    first: Cell<Option<&'static str>>,
}

impl Signals {
    /// Takes over the signals that ask a program to end. A signal that comes during a step takes effect after it.
    pub(super) fn watch() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut requests = {
            let _inside = runtime.enter();
            host::Requests::new()?
        };
        let (sender, receiver) = mpsc::channel();
        let ours = sender.clone();
        thread::Builder::new().name("signals".into()).spawn(move || {
            runtime.block_on(async move { while ours.send(End::Signal(requests.next().await)).is_ok() {} });
        })?;
        Ok(Self { sender, receiver, first: Cell::new(None) })
    }

    /// The first signal so far that [`Signals::wait`] has not returned.
    pub(super) fn came(&self) -> Option<&'static str> {
        for end in self.receiver.try_iter() {
            if let (End::Signal(name), None) = (end, self.first.get()) {
                self.first.set(Some(name));
            }
        }
        self.first.get()
    }

    /// # Errors
    /// A signal has come.
    pub(super) fn check(&self) -> Result<(), Box<dyn Error>> {
        self.came().map_or(Ok(()), |signal| Err(format!("ended by {signal}").into()))
    }

    /// Waits for a signal, or until `tenant_ended` returns.
    pub(super) fn wait(&self, tenant_ended: impl FnOnce() + Send + 'static) -> Result<End, Box<dyn Error>> {
        let sender = self.sender.clone();
        thread::Builder::new().name("tenant".into()).spawn(move || {
            tenant_ended();
            let _ = sender.send(End::Tenant); // nobody waits for it after a signal
        })?;
        let first = self.receiver.recv()?;
        if first == End::Tenant {
            // Ctrl-C on a terminal reaches the tenant, too, and its end may be noticed before the signal.
            return Ok(self.receiver.recv_timeout(Duration::from_secs(1)).unwrap_or(first));
        }
        Ok(first)
    }
}

#[cfg(unix)]
mod host {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// SIGINT, SIGTERM and SIGHUP.
    pub(super) struct Requests {
        interrupt: Signal,
        terminate: Signal,
        hangup: Signal,
    }

    impl Requests {
        pub(super) fn new() -> io::Result<Self> {
            let [interrupt, terminate, hangup] =
                [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
            Ok(Self { interrupt: interrupt?, terminate: terminate?, hangup: hangup? })
        }

        /// The name of the next one.
        pub(super) async fn next(&mut self) -> &'static str {
            tokio::select! {
                _ = self.interrupt.recv() => "Ctrl-C",
                _ = self.terminate.recv() => "SIGTERM",
                _ = self.hangup.recv() => "SIGHUP",
            }
        }
    }
}

/// Not compiled or run yet.
#[cfg(not(unix))]
mod host {
    use std::io;

    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

    /// Ctrl-C, Ctrl-Break and the end of the console.
    pub(super) struct Requests {
        interrupt: CtrlC,
        pause: CtrlBreak,
        close: CtrlClose,
    }

    impl Requests {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self { interrupt: ctrl_c()?, pause: ctrl_break()?, close: ctrl_close()? })
        }

        /// The name of the next one.
        pub(super) async fn next(&mut self) -> &'static str {
            tokio::select! {
                _ = self.interrupt.recv() => "Ctrl-C",
                _ = self.pause.recv() => "Ctrl-Break",
                _ = self.close.recv() => "the end of the console",
            }
        }
    }
}
