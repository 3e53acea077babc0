//! Log lines of the process, from `tracing` to standard error.
//!
//! Terraform reads them there: one JSON object a line in the form of Go's hclog, which it merges into its own log and
//! filters once more. A person who debugs gets readable lines instead. Either way every text passes the [`Masker`],
//! the one place that knows which secrets must not be shown, and which diagnostics pass, too.
//!
//! The level comes from Terraform's variables and holds for the crates of the provider; others (h2 alone writes
//! thousands of lines a plan) are heard from `warn` on. A part of the provider can have a variable of its own, and rules
//! of the provider say what else its lines must not show.
//! With none of the variables set nothing is logged, since Terraform would drop it: what must be known is a diagnostic.

mod event;
mod hclog;
mod mask;
mod panic;
mod rules;
mod terminal;

use std::io::Write as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

pub use self::mask::Masker;
pub use self::rules::LogRule;
use self::rules::Screen;

/// Where finished lines go. A function, so that tests can look at them.
type Sink = fn(&[u8]);

/// What is logged of a provider, and how loud.
pub(crate) struct Settings {
    /// The level of the crates in `targets`, if a variable sets one.
    level: Option<LevelFilter>,
    targets: &'static [&'static str],
    /// Parts with a level of their own, by the `tracing` target at which they begin.
    parts: Vec<(&'static str, LevelFilter)>,
    rules: &'static [LogRule],
}

impl Settings {
    /// Those of a provider whose name, targets, subsystems and rules these are, by the variables of the process.
    pub(crate) fn new(
        name: &str,
        targets: &'static [&'static str],
        subsystems: &'static [(&'static str, &'static str)],
        rules: &'static [LogRule],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let part = |(subsystem, target): &(&str, &'static str)| {
            let set = variable(&format!("{}_{}", variable_of(name), upper(subsystem)));
            set.filter(|value| !value.is_empty()).map(|value| (*target, level_of(&value)))
        };
        let parts = subsystems.iter().filter_map(part).collect();
        Settings { level: level(name, &variable), targets, parts, rules }
    }

    /// The level for the crates named, warnings for the rest. tfplug is always among those named.
    fn filter(&self, default: LevelFilter) -> Targets {
        let level = self.level.unwrap_or(default);
        Targets::new()
            .with_default(level.min(LevelFilter::WARN))
            .with_target("tfplug", level)
            .with_targets(self.targets.iter().map(|target| (*target, level)))
            .with_targets(self.parts.iter().copied())
    }

    /// Whether lines tell where they come from: who asks for everything wants to know.
    fn caller(&self) -> bool {
        self.level == Some(LevelFilter::TRACE)
    }
}

/// Starts logging in the form that Terraform reads.
pub(crate) fn to_terraform(settings: &Settings, masker: &Masker) {
    let layer = hclog::Hclog::new(Screen::new(settings, masker), settings.caller(), stderr);
    install(tracing_subscriber::registry().with(settings.filter(LevelFilter::OFF)).with(layer), masker);
}

/// Starts logging in the form that people read, by default from `info` on.
pub(crate) fn to_terminal(settings: &Settings, masker: &Masker) {
    let layer = terminal::Terminal::new(Screen::new(settings, masker), stderr);
    install(tracing_subscriber::registry().with(settings.filter(LevelFilter::INFO)).with(layer), masker);
}

fn install(subscriber: impl tracing::Subscriber + Send + Sync + 'static, masker: &Masker) {
    // Fails when there is a subscriber, in a program that serves twice: then that one has the word.
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        panic::log_panics(masker);
    }
}

/// The level that Terraform's variables ask of the provider called `name`: the most particular one that is set has the
/// word.
fn level(name: &str, variable: impl Fn(&str) -> Option<String>) -> Option<LevelFilter> {
    let set = [variable_of(name).as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()))?;
    Some(level_of(&set))
}

/// The variable for one provider alone.
fn variable_of(name: &str) -> String {
    format!("TF_LOG_PROVIDER_{}", upper(name))
}

fn upper(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// The level of that name. `JSON` asks for everything in another form, and so does, to Terraform, any word it doesn't
/// know.
fn level_of(word: &str) -> LevelFilter {
    match word.to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// One write a line, so that lines of several threads don't mix. A reader that is gone is no reason to fail.
fn stderr(line: &[u8]) {
    let _ = std::io::stderr().lock().write_all(line);
}

#[cfg(test)]
mod tests;
