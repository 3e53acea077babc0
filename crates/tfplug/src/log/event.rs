//! A `tracing` event as data: its message and its fields with those of the spans around it, all masked. What both forms
//! of log line have in common.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::rules::Screen;

/// Longest text of one field, in bytes. go-plugin cuts lines at 64 KiB, which would leave two that are no JSON.
const MAX_TEXT: usize = 8 << 10;

/// Fields of a span or an event.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) message: String,
    pub(super) others: Map<String, Value>,
}

impl Fields {
    /// Those of an event and of its spans, inner ones before outer ones; nothing if the line is to be left out.
    pub(super) fn of_event<S>(event: &Event<'_>, context: &Context<'_, S>, screen: &Screen) -> Option<Self>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Self::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Self>() {
                fields.others.extend(of_span.others.clone());
            }
        }
        event.record(&mut Visitor { fields: &mut fields, screen });
        (!screen.omits(&fields)).then_some(fields)
    }

    /// Keeps the fields of a new span with it.
    pub(super) fn keep<S>(attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>, screen: &Screen)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Self::default();
        attributes.record(&mut Visitor { fields: &mut fields, screen });
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    /// Keeps fields that a span learns later.
    pub(super) fn keep_more<S>(record: &Record<'_>, id: &Id, context: &Context<'_, S>, screen: &Screen)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Self>()
        {
            record.record(&mut Visitor { fields, screen });
        }
    }
}

struct Visitor<'a> {
    fields: &'a mut Fields,
    screen: &'a Screen,
}

impl Visitor<'_> {
    fn text(&mut self, field: &Field, text: &str) {
        let text = shortened(&self.screen.text(text));
        match field.name() {
            "message" => self.fields.message = text,
            name => self.insert(name, Value::String(text)),
        }
    }

    /// A number or a truth value. A secret can be one, too, and then is masked as text.
    fn plain(&mut self, field: &Field, value: Value) {
        let text = value.to_string();
        if field.name() == "message" || self.screen.text(&text) != text {
            self.text(field, &text);
        } else {
            self.insert(field.name(), value);
        }
    }

    fn insert(&mut self, name: &str, value: Value) {
        let key = key(name);
        let value = self.screen.field(&key).unwrap_or(value);
        self.fields.others.insert(key, value);
    }
}

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.plain(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        self.text(field, &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}

/// The name of a field as a key. A leading `@` belongs to hclog, whose own keys must not be met: Terraform panics when
/// one of them isn't a string.
fn key(name: &str) -> String {
    name.strip_prefix("r#").unwrap_or(name).trim_start_matches('@').to_owned()
}

/// At most [`MAX_TEXT`] bytes of a text, after masking: half a secret is not recognised.
fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_TEXT);
    if end == text.len() {
        text.to_owned()
    } else {
        format!("{}… ({} bytes in all)", &text[..end], text.len())
    }
}
