//! Log lines of the process, from `tracing` to standard error.
//!
//! Terraform reads them there: one JSON object a line in the form of Go's hclog, which it merges into its own log and
//! filters once more. A person who debugs gets readable lines instead. Either way every text passes the [`Masker`],
//! the one place that knows which secrets must not be shown, and which diagnostics pass, too.
//!
//! The level comes from Terraform's variables and holds for the crates of the provider; others (h2 alone writes
//! thousands of lines a plan) are heard from `warn` on. With none of the variables set nothing is logged, since
//! Terraform would drop it: what must be known is a diagnostic.

mod event;
mod hclog;
mod mask;
mod panic;
mod terminal;

use std::io::Write as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

pub use self::mask::Masker;

/// Where finished lines go. A function, so that tests can look at them.
type Sink = fn(&[u8]);

/// Starts logging in the form that Terraform reads.
pub(crate) fn to_terraform(level: Option<LevelFilter>, targets: &[&str], masker: &Masker) {
    let layer = hclog::Hclog::new(masker.clone(), stderr);
    install(tracing_subscriber::registry().with(filter(level, LevelFilter::OFF, targets)).with(layer));
}

/// Starts logging in the form that people read, by default from `info` on.
pub(crate) fn to_terminal(level: Option<LevelFilter>, targets: &[&str], masker: &Masker) {
    let layer = terminal::Terminal::new(masker.clone(), stderr);
    install(tracing_subscriber::registry().with(filter(level, LevelFilter::INFO, targets)).with(layer));
}

fn install(subscriber: impl tracing::Subscriber + Send + Sync + 'static) {
    // Fails when there is a subscriber, in a program that serves twice: then that one has the word.
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        panic::log_panics();
    }
}

/// The level that Terraform's variables ask of the provider called `name`: the most particular one that is set has the
/// word. `JSON` asks for everything in another form, and so does, to Terraform, any word it doesn't know.
pub(crate) fn level(name: &str, variable: impl Fn(&str) -> Option<String>) -> Option<LevelFilter> {
    let ours = format!("TF_LOG_PROVIDER_{}", name.to_uppercase().replace('-', "_"));
    let set = [ours.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()))?;
    Some(match set.to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    })
}

/// `level` for the crates named, warnings for the rest. tfplug is always among those named.
fn filter(level: Option<LevelFilter>, default: LevelFilter, targets: &[&str]) -> Targets {
    let level = level.unwrap_or(default);
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("tfplug", level)
        .with_targets(targets.iter().map(|target| (*target, level)))
}

/// One write a line, so that lines of several threads don't mix. A reader that is gone is no reason to fail.
fn stderr(line: &[u8]) {
    let _ = std::io::stderr().lock().write_all(line);
}

#[cfg(test)]
mod tests;
