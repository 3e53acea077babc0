//! Lines for Terraform: a JSON object each, with the keys of Go's hclog.
//! Source: `hashicorp/go-plugin:log_entry.go`.

use serde_json::{Map, Value};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::event::Fields;
use super::{Masker, Sink};

/// Longest line that go-plugin reads in one piece, in bytes, with some room.
const MAX_LINE: usize = 60 << 10;

/// Writes each event as one line.
pub(super) struct Hclog {
    masker: Masker,
    sink: Sink,
}

impl Hclog {
    pub(super) fn new(masker: Masker, sink: Sink) -> Self {
        Self { masker, sink }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Hclog {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        Fields::keep(attributes, id, &context, &self.masker);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        Fields::keep_more(record, id, &context, &self.masker);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let fields = Fields::of_event(event, &context, &self.masker);
        (self.sink)(line(event, fields).as_bytes());
    }
}

/// hclog's four keys must be strings, or Terraform itself panics: they go in last.
fn line(event: &Event<'_>, fields: Fields) -> String {
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
