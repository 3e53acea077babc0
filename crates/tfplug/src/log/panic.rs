//! What becomes of a panic's text. Almost every panic is caught where it happened, and becomes a diagnostic that asks
//! for a report; its place in the code goes to the log. One on the main thread ends the process: then Terraform shows
//! it to the user, provided that it starts with the word that Go starts with.

use std::any::Any;
use std::panic::{self, PanicHookInfo};

/// Replaces the default hook, whose several plain lines Terraform would log without level or connection.
pub(super) fn log_panics() {
    panic::set_hook(Box::new(|info| {
        if std::thread::current().name() == Some("main") {
            super::stderr(crash(info).as_bytes());
        } else {
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(target: "tfplug", location, "panic: {}", text(info.payload()));
        }
    }));
}

/// Lines that go-plugin recognises as a crash.
fn crash(info: &PanicHookInfo<'_>) -> String {
    let location = info.location().map(|location| format!("at {location}\n")).unwrap_or_default();
    format!("panic: {}\n\n{location}{}\n", text(info.payload()), std::backtrace::Backtrace::force_capture())
}

/// What the panic said.
fn text(payload: &dyn Any) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "unknown cause",
    }
}
