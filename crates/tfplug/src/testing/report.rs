//! What Terraform would print: diagnostics of the provider and of Terraform's own checks, as text for snapshots.

use std::fmt;

use crate::diag::{Diagnostic, Severity};
use crate::proto::tfplugin6 as tf;
use crate::value::{Path, Step};

/// The summary of what [`super::rules::disclosed`] finds.
pub(super) const DISCLOSED: &str = "Provider discloses a secret";

/// Diagnostics in the order in which they came up.
///
/// As text, each is `error at users["ada"].role: Summary` with the lines of its detail indented below.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Report(Vec<Diagnostic>);

impl Report {
    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The diagnostics in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub(super) fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail));
    }

    /// Adds what is wrong as errors; whether nothing is.
    pub(super) fn refuse(&mut self, summary: &str, problems: Vec<super::rules::Problem>) -> bool {
        let sound = problems.is_empty();
        problems.into_iter().for_each(|problem| self.error(summary, problem.to_string()));
        sound
    }

    pub(super) fn put_off(&mut self, summary: impl Into<String>, detail: impl fmt::Display) {
        self.push(Diagnostic::warning(summary, format!("Deferred to a later run: {detail}.")));
    }

    pub(super) fn append(&mut self, other: Report) {
        self.0.extend(other.0);
    }

    /// Without what another report says already.
    pub(super) fn beyond(mut self, other: &Report) -> Self {
        self.0.retain(|diagnostic| !other.0.contains(diagnostic));
        self
    }

    /// Takes the diagnostics of an answer; whether there was an error among them.
    pub(super) fn receive(&mut self, messages: Vec<tf::Diagnostic>) -> bool {
        let mut failed = false;
        for message in messages {
            let path: Path = message.attribute.map(path).unwrap_or_default();
            let severity = match tf::diagnostic::Severity::try_from(message.severity) {
                Ok(tf::diagnostic::Severity::Error) => Severity::Error,
                Ok(tf::diagnostic::Severity::Warning) => Severity::Warning,
                // Terraform prints it without a heading and goes on as if all were well.
                Ok(tf::diagnostic::Severity::Invalid) | Err(_) => {
                    self.error(
                        "Diagnostic without severity",
                        format!("{}: {}", message.summary, message.detail),
                    );
                    failed = true;
                    continue;
                }
            };
            failed |= severity == Severity::Error;
            if let Some(problem) = unfit(&message.summary, &message.detail) {
                self.error(
                    "Diagnostic that a terminal cannot show",
                    format!("{problem}: {:?}, {:?}", message.summary, message.detail),
                );
                failed = true;
                continue;
            }
            self.push(Diagnostic { severity, summary: message.summary, detail: message.detail, path });
        }
        failed
    }
}

/// Why a terminal cannot show these texts as they are meant. Terraform passes them on as they are.
fn unfit(summary: &str, detail: &str) -> Option<&'static str> {
    let escapes = |text: &str| text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    if summary.trim().is_empty() {
        Some("The summary is empty")
    } else if summary.contains('\n') {
        Some("The summary is longer than a line")
    } else if escapes(summary) || escapes(detail) {
        Some("It contains control characters")
    } else {
        None
    }
}

/// A path out of a message.
pub(crate) fn path(message: tf::AttributePath) -> Path {
    use tf::attribute_path::step::Selector;
    let steps = message.steps.into_iter().filter_map(|step| {
        Some(match step.selector? {
            Selector::AttributeName(name) => Step::Attribute(name),
            Selector::ElementKeyString(key) => Step::Key(key),
            Selector::ElementKeyInt(index) => Step::Index(usize::try_from(index).ok()?),
        })
    });
    steps.collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            })?;
            if !diagnostic.path.is_root() {
                write!(f, " at {}", diagnostic.path)?;
            }
            write!(f, ": {}", diagnostic.summary)?;
            for line in diagnostic.detail.lines() {
                f.write_str(if line.is_empty() { "\n" } else { "\n  " })?;
                f.write_str(line)?;
            }
        }
        Ok(())
    }
}

/// As Display, so that an `unwrap` in a test shows what a practitioner would read.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}\n")
    }
}
