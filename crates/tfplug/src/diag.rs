//! Diagnostics: what a practitioner reads when something is wrong or worth knowing, and the error that handlers return.
//!
//! A handler returns [`Error`], made by `?` from any error type; [`At`] adds the attribute to blame. The pipeline adds
//! what was attempted ("Could not create shop_order") and the chain of causes, and the provider's
//! [`crate::Provider::advise`] adds what to do next, so that nobody repeats what the caller knows.

use std::error::Error as StdError;
use std::fmt;

use crate::value::Path;

/// What handlers return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation goes on.
    Warning,
}

/// One message to the practitioner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How severe it is.
    pub severity: Severity,
    /// One line without a final stop.
    pub summary: String,
    /// What happened, on which object, and what to do next. May be empty and may have several lines.
    pub detail: String,
    /// The attribute it is about; empty for the whole object.
    pub path: Path,
}

impl Diagnostic {
    /// An error about the whole object.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            path: Path::root(),
        }
    }

    /// A warning about the whole object.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail) }
    }

    /// The same about an attribute.
    #[must_use]
    pub fn at(self, path: impl Into<Path>) -> Self {
        Diagnostic { path: path.into(), ..self }
    }
}

/// Messages in the order in which they came up, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No message.
    pub fn new() -> Self {
        Diagnostics::default()
    }

    /// Adds a message unless the very same is there.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Adds an error about the whole object.
    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail));
    }

    /// Adds an error about an attribute.
    pub fn error_at(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail).at(path));
    }

    /// Adds a warning about the whole object.
    pub fn warning(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::warning(summary, detail));
    }

    /// Adds a warning about an attribute.
    pub fn warning_at(
        &mut self,
        path: impl Into<Path>,
        summary: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.push(Diagnostic::warning(summary, detail).at(path));
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` if no message is an error; warnings are then lost.
    ///
    /// # Errors
    /// All messages, if any of them is an error.
    pub fn into_result(self) -> Result<()> {
        if self.has_errors() { Err(self.into()) } else { Ok(()) }
    }

    /// The messages in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Why a handler failed: a cause of any type or a message of its own, and the attribute to blame, if any.
///
/// It does not implement [`std::error::Error`], so that `?` can make one from every type that does.
pub struct Error {
    cause: Cause,
    path: Path,
    attempt: Option<String>,
}

enum Cause {
    Message {
        summary: String,
        detail: String,
    },
    Source(Box<dyn StdError + Send + Sync>),
    Several(Diagnostics),
    /// The call is deferred: this is no failure, and nothing is reported.
    Deferred,
}

impl Error {
    /// A failure that stands for itself. `summary` is one line without a final stop; `detail` says what to do next.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Error::of(Cause::Message { summary: summary.into(), detail: detail.into() })
    }

    /// What ends a handler whose call is deferred.
    pub(crate) fn deferred() -> Self {
        Error::of(Cause::Deferred)
    }

    fn of(cause: Cause) -> Self {
        Error { cause, path: Path::root(), attempt: None }
    }

    /// The same with an attribute to blame; the innermost one wins.
    #[must_use]
    pub fn at(mut self, path: impl Into<Path>) -> Self {
        if self.path.is_root() {
            self.path = path.into();
        }
        self
    }

    /// The same with what was attempted, for the summary "Could not …": a verb and the object, such as `invite
    /// ada@example.com`. The innermost one wins. Without it the summary names the type of the object only.
    #[must_use]
    pub fn attempting(mut self, attempt: impl FnOnce() -> String) -> Self {
        if self.attempt.is_none() {
            self.attempt = Some(attempt());
        }
        self
    }

    /// The cause, when there is one of type `E`.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match &self.cause {
            Cause::Source(source) => source.downcast_ref(),
            Cause::Message { .. } | Cause::Several(_) | Cause::Deferred => None,
        }
    }

    /// The messages for the practitioner. `attempt` completes "Could not …" unless the error says better; `advise` may add
    /// what to do next.
    pub fn into_diagnostics(
        self,
        attempt: &str,
        advise: impl Fn(&(dyn StdError + 'static)) -> Option<String>,
    ) -> Diagnostics {
        let attempt = self.attempt.as_deref().unwrap_or(attempt);
        let (summary, detail) = match self.cause {
            Cause::Deferred => return Diagnostics::new(),
            Cause::Several(mut diagnostics) => {
                if !self.path.is_root() {
                    for diagnostic in diagnostics.0.iter_mut().filter(|diagnostic| diagnostic.path.is_root())
                    {
                        diagnostic.path = self.path.clone();
                    }
                }
                if !diagnostics.has_errors() {
                    // The handler has failed, whatever it says about it.
                    diagnostics.push(
                        Diagnostic::error(
                            format!("Could not {attempt}"),
                            "The provider gave no reason but the warnings beside this error.",
                        )
                        .at(self.path),
                    );
                }
                return diagnostics;
            }
            Cause::Message { summary, detail } => (summary, detail),
            Cause::Source(source) => {
                let mut detail = chain(&*source);
                if let Some(advice) = advise(&*source) {
                    detail = format!("{detail}\n\n{advice}");
                }
                (format!("Could not {attempt}"), detail)
            }
        };
        Diagnostics(vec![Diagnostic::error(summary, detail).at(self.path)])
    }
}

/// Several messages at once, as they are. Those about the whole object are about the attribute of [`Error::at`], if there is
/// one. Where none of them is an error, one that says what could not be done is added.
impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Error::of(Cause::Several(diagnostics))
    }
}

/// The whole chain of causes, outermost first; a cause that its parent already spells out is not repeated.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let cause = source.to_string();
        if !text.contains(&cause) {
            // What follows belongs to the same sentence.
            text.truncate(text.trim_end_matches('.').len());
            text.push_str(": ");
            text.push_str(&cause);
        }
        next = source.source();
    }
    sentence(text)
}

/// A text as a sentence: a capital at the start and one full stop at the end. A first word that is no plain word, such as
/// an address or a name with digits, is a value and keeps its case.
fn sentence(mut text: String) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    let plain =
        word.strip_suffix([',', ':', ';']).unwrap_or(word).chars().all(|c| c.is_alphabetic() || c == '-');
    if let Some(first) = text.chars().next()
        && plain
        && first.is_lowercase()
    {
        text.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    let end = text.trim_end_matches('.').len();
    if text.len() > end + 1 {
        text.truncate(end);
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(source: E) -> Self {
        Error::of(Cause::Source(Box::new(source)))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Message { summary, detail } => write!(f, "{summary}: {detail}"),
            Cause::Source(source) => write!(f, "{source:?}"),
            Cause::Several(diagnostics) => write!(f, "{diagnostics:?}"),
            Cause::Deferred => f.write_str("deferred"),
        }
    }
}

/// Names the attribute that a failure is about.
pub trait At<T> {
    /// The same result, blaming the attribute of that key on failure.
    ///
    /// # Errors
    /// What the result held.
    fn at(self, path: impl Into<Path>) -> Result<T>;
}

/// Names what a failure is the failure of.
pub trait Attempting<T> {
    /// The same result, with what was attempted on failure. See [`Error::attempting`].
    ///
    /// # Errors
    /// What the result held.
    fn attempting(self, attempt: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Error>> Attempting<T> for std::result::Result<T, E> {
    fn attempting(self, attempt: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| error.into().attempting(attempt))
    }
}

impl<T, E: Into<Error>> At<T> for std::result::Result<T, E> {
    fn at(self, path: impl Into<Path>) -> Result<T> {
        self.map_err(|error| error.into().at(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the request was refused")]
    struct Refused(#[source] Reason);

    #[derive(Debug, thiserror::Error)]
    #[error("no such role")]
    struct Reason;

    #[test]
    fn an_error_tells_attempt_causes_advice_and_attribute() {
        let failed: std::result::Result<(), Refused> = Err(Refused(Reason));
        let error = failed.at(Path::attribute("role")).unwrap_err().at(Path::attribute("outer"));
        let diagnostics = error.into_diagnostics("create demo_thing", |cause| {
            cause.downcast_ref::<Refused>().map(|_| "Ask an admin.".to_owned())
        });
        let diagnostic = diagnostics.into_iter().next().expect("one");
        assert_eq!(diagnostic.summary, "Could not create demo_thing");
        assert_eq!(diagnostic.detail, "The request was refused: no such role.\n\nAsk an admin.");
        assert_eq!(diagnostic.path, Path::attribute("role"), "the innermost path wins");
    }

    #[test]
    fn what_was_attempted_is_said_by_the_innermost_error_that_knows() {
        let failed: std::result::Result<(), Refused> = Err(Refused(Reason));
        let error = failed.attempting(|| "order the tea for Ada".into()).attempting(|| "order".into());
        let error = error.unwrap_err().into_diagnostics("create demo_thing", |_| None);
        assert_eq!(error.iter().next().expect("one").summary, "Could not order the tea for Ada");
    }

    #[test]
    fn a_sentence_starts_with_a_capital_unless_it_starts_with_a_value_and_has_one_full_stop() {
        for (text, expected) in [
            ("it is so", "It is so."),
            ("group-wide, it is", "Group-wide, it is."),
            ("ada@example.com is here", "ada@example.com is here."),
            ("data_team is here.", "data_team is here."),
            ("`name` is here..", "`name` is here."),
            ("e79cb8eb is here?", "e79cb8eb is here?"),
            ("", "."),
        ] {
            assert_eq!(sentence(text.to_owned()), expected);
        }
        #[derive(Debug, thiserror::Error)]
        #[error("it failed.")]
        struct Stopped(#[source] std::io::Error);
        assert_eq!(chain(&Stopped(std::io::Error::other("no tea."))), "It failed: no tea.");
    }

    #[test]
    fn several_messages_keep_their_places_and_get_one_where_they_have_none() {
        let mut several = Diagnostics::new();
        several.error("a", "b");
        several.push(Diagnostic::error("c", "d").at(Path::attribute("own")));
        let failed: Result<()> = Err(Error::from(several));
        let error = failed.at(Path::attribute("role")).unwrap_err();
        let diagnostics = error.into_diagnostics("update demo_thing", |_| None);
        let paths: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.path.to_string()).collect();
        assert_eq!(paths, ["role", "own"]);
    }

    #[test]
    fn warnings_alone_are_a_failure_all_the_same() {
        let mut warnings = Diagnostics::new();
        warnings.push(Diagnostic::warning("a", "b"));
        let diagnostics = Error::from(warnings).into_diagnostics("update demo_thing", |_| None);
        assert!(diagnostics.has_errors());
        let summaries: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect();
        assert_eq!(summaries, ["a", "Could not update demo_thing"]);
        let nothing = Error::from(Diagnostics::new()).into_diagnostics("update demo_thing", |_| None);
        assert!(nothing.has_errors());
    }

    #[test]
    fn the_same_message_is_kept_once() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error("a", "b");
        diagnostics.error("a", "b");
        assert_eq!(diagnostics.iter().count(), 1);
    }
}
