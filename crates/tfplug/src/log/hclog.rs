//! Lines for Terraform: a JSON object each, with the keys of Go's hclog.
//! Source: `hashicorp/go-plugin:log_entry.go`.

use serde_json::{Map, Value};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Sink;
use super::event::Fields;
use super::rules::Screen;

/// Longest line that go-plugin reads in one piece, in bytes, with some room.
const MAX_LINE: usize = 60 << 10;

/// Writes each event as one line.
pub(super) struct Hclog {
    screen: Screen,
    /// Whether each line tells where in the code it comes from.
    caller: bool,
    sink: Sink,
}

impl Hclog {
    pub(super) fn new(screen: Screen, caller: bool, sink: Sink) -> Self {
        Self { screen, caller, sink }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Hclog {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        Fields::keep(attributes, id, &context, &self.screen);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        Fields::keep_more(record, id, &context, &self.screen);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(fields) = Fields::of_event(event, &context, &self.screen) else { return };
        (self.sink)(line(event, fields, self.caller).as_bytes());
    }
}

/// hclog's own keys must be strings, or Terraform itself panics: they go in last.
fn line(event: &Event<'_>, fields: Fields, caller: bool) -> String {
    let metadata = event.metadata();
    let own = [
        ("@level", level(*metadata.level()).to_owned()),
        ("@message", fields.message),
        ("@module", metadata.target().replace("::", ".")),
        ("@timestamp", format!("{:.6}", jiff::Timestamp::now())),
    ];
    let own = own.map(|(key, value)| (key.to_owned(), Value::String(value)));
    let mut object = fields.others;
    object.extend(own.clone());
    if let (true, Some(file), Some(line)) = (caller, metadata.file(), metadata.line()) {
        object.insert("@caller".to_owned(), Value::String(format!("{file}:{line}")));
    }
    let mut line = Value::Object(object).to_string();
    if line.len() > MAX_LINE {
        line = Value::Object(Map::from_iter(own)).to_string();
    }
    line.push('\n');
    line
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}
