//! Lines for the person who started the process with `-debug`.

use std::fmt::Write as _;

use serde_json::Value;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Sink;
use super::event::Fields;
use super::rules::Screen;

/// Writes each event as time (UTC), level, message and fields.
pub(super) struct Terminal {
    screen: Screen,
    sink: Sink,
}

impl Terminal {
    pub(super) fn new(screen: Screen, sink: Sink) -> Self {
        Self { screen, sink }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Terminal {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        Fields::keep(attributes, id, &context, &self.screen);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        Fields::keep_more(record, id, &context, &self.screen);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(fields) = Fields::of_event(event, &context, &self.screen) else { return };
        let metadata = event.metadata();
        let time = jiff::Timestamp::now().strftime("%H:%M:%S%.3f").to_string();
        let mut line = format!("{time} {:5} {}: {}", metadata.level(), metadata.target(), fields.message);
        for (key, value) in &fields.others {
            let _ = match value {
                Value::String(text) if is_word(text) => write!(line, " {key}={text}"),
                value => write!(line, " {key}={value}"), // a text comes in quotes
            };
        }
        line.push('\n');
        (self.sink)(line.as_bytes());
    }
}

/// Whether a text stands for itself without quotes.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '=')
}
