//! What a provider wants kept out of its log lines, by where it stands or how it looks. Beside the [`Masker`], which
//! knows secrets by their value: a rule also covers what nobody has told it, such as a token that a library prints.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::event::Fields;
use super::mask::MASK;
use super::{Masker, Settings};

/// A rule on log lines, for [`Provider::LOG_RULES`](crate::Provider::LOG_RULES). Diagnostics are left as they are. The
/// functions are called for each line: they neither log nor panic.
#[derive(Debug, Clone, Copy)]
pub enum LogRule {
    /// Masks the value of each field of this name, also of spans.
    MaskField(&'static str),
    /// Masks parts of messages and of fields: the first that the function finds, as bytes of the text, and so on after
    /// it. With the crate `regex`: `|text| SESSION.find(text).map(|found| found.range())`.
    MaskMatches(fn(&str) -> Option<Range<usize>>),
    /// Leaves out lines with a field of this name.
    OmitField(&'static str),
    /// Leaves out lines whose message the function takes. It sees the message masked.
    OmitMessage(fn(&str) -> bool),
}

/// All that stands between an event and its line.
#[derive(Clone)]
pub(super) struct Screen {
    masker: Masker,
    rules: &'static [LogRule],
}

impl Screen {
    pub(super) fn new(settings: &Settings, masker: &Masker) -> Self {
        Screen { masker: masker.clone(), rules: settings.rules }
    }

    /// A text without what must not be shown.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = self.masker.apply(text);
        for rule in self.rules {
            if let LogRule::MaskMatches(find) = rule
                && let Some(without) = without_matches(&masked, *find)
            {
                masked = Cow::Owned(without);
            }
        }
        masked
    }

    /// What stands in the place of a field's value, if a rule names the field.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        let names = |rule: &LogRule| matches!(rule, LogRule::MaskField(field) if *field == name);
        self.rules.iter().any(names).then(|| Value::from(MASK))
    }

    /// Whether the line is to be left out.
    pub(super) fn omits(&self, fields: &Fields) -> bool {
        self.rules.iter().any(|rule| match rule {
            LogRule::OmitField(name) => fields.others.contains_key(*name),
            LogRule::OmitMessage(takes) => takes(&fields.message),
            LogRule::MaskField(_) | LogRule::MaskMatches(_) => false,
        })
    }
}

/// The text with all matches masked; none if there are none. An empty match, or one that cuts a character, ends the
/// search.
fn without_matches(text: &str, find: fn(&str) -> Option<Range<usize>>) -> Option<String> {
    let (mut without, mut rest) = (String::new(), text);
    while let Some(found) = find(rest) {
        let (Some(before), Some(after), false) =
            (rest.get(..found.start), rest.get(found.end..), found.is_empty())
        else {
            break;
        };
        without.push_str(before);
        without.push_str(MASK);
        rest = after;
    }
    (rest.len() < text.len()).then(|| without + rest)
}
