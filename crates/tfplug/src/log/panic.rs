//! What becomes of a panic's text. Almost every panic is caught where it happened, and becomes a diagnostic that asks
//! for a report; its place in the code goes to the log. A panic on the main thread happens only while the process starts or
//! ends, when there may be no call to answer. If the command fails, newer versions of Terraform show its text to the user,
//! provided that it starts with `panic:`, as a Go program's does.

use std::any::Any;
use std::panic::{self, Location};

use super::Masker;

/// Replaces the default hook, whose several plain lines Terraform would log without level or connection.
pub(super) fn log_panics(masker: &Masker) {
    let masker = masker.clone();
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() == Some("main") {
            super::stderr(crash(text(info.payload()), info.location(), &masker).as_bytes());
        } else {
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(target: "tfplug", location, "panic: {}", text(info.payload()));
        }
    }));
}

/// Lines that go-plugin recognises as a crash.
fn crash(text: &str, location: Option<&Location<'_>>, masker: &Masker) -> String {
    let location = location.map(|location| format!("at {location}\n")).unwrap_or_default();
    let trace = std::backtrace::Backtrace::force_capture();
    format!("panic: {}\n\n{location}{trace}\n", masker.apply(text))
}

/// What the panic said.
fn text(payload: &dyn Any) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "unknown cause",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_shows_no_secret() {
        let masker = Masker::default();
        masker.mask("hunter22");
        let crash = crash("no such key: \"hunter22\"", Some(Location::caller()), &masker);
        assert!(crash.starts_with("panic: no such key: \"(sensitive)\"\n\nat "), "{crash}");
    }
}
