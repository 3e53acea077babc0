//! The people for whom something failed, each with the reason. The next plan tries again.

use std::collections::BTreeMap;

use tfplug::{Call, Diagnostic, Diagnostics, Error};

use super::UserInvitesArgs;
use super::many::{MOST_NAMES, count, listed, without_guids};
use crate::explain;
use crate::members;

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Invite,
    /// The person has the seat already: the resource replaces itself.
    Replace,
    /// The person was in the tenant, and belongs to the entry now, but is not as configured.
    TakeOver,
    ChangeRole,
    Remove,
}

impl What {
    /// Completes "Could not …".
    fn attempt(self, email: &str) -> String {
        match self {
            What::Invite => format!("invite {email}"),
            What::Replace => format!("replace {email}"),
            What::TakeOver => format!("set up {email} as configured"),
            What::ChangeRole => format!("change the role of {email}"),
            What::Remove => format!("end the access of {email}"),
        }
    }

    /// Begins the reason.
    fn not_done(self) -> &'static str {
        match self {
            What::Invite => "not invited",
            What::Replace => "not replaced",
            What::TakeOver => "managed, but not as configured",
            What::ChangeRole => "role not changed",
            What::Remove => "not removed",
        }
    }
}

struct Failure {
    /// Folded.
    email: String,
    what: What,
    reason: String,
    messages: Vec<Diagnostic>,
    advice: Option<String>,
    is_sso_refusal: bool,
}

/// Everything that could not be done in one call.
#[derive(Default)]
pub(super) struct Outcome {
    failures: Vec<Failure>,
}

impl Outcome {
    pub(super) fn fail(&mut self, email: &str, what: What, error: Error) {
        let cause = error.downcast_ref::<atlan::Error>();
        let is_sso_refusal = cause.is_some_and(atlan::Error::is_sso_refusal);
        let is_unknown =
            matches!(what, What::Invite) && matches!(cause, Some(atlan::Error::OutcomeUnknown { .. }));
        let of_cause = cause.and_then(|cause| explain::advice_of_entries(cause));
        let why = cause.map(members::reason);
        let messages: Vec<Diagnostic> =
            error.into_diagnostics(&what.attempt(email), explain::advice_of_entries).into_iter().collect();
        let advice = of_cause.or_else(|| messages.first().and_then(next_step));
        let why = why.unwrap_or_else(|| messages.first().map(in_short).unwrap_or_default());
        // An unknown outcome says so itself.
        let reason = if is_unknown { why } else { format!("{}: {why}", what.not_done()) };
        self.failures.push(Failure {
            email: email.to_owned(),
            what,
            reason,
            messages,
            advice,
            is_sso_refusal,
        });
    }

    pub(super) fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// Whether something has failed for the person.
    pub(super) fn concerns(&self, email: &str) -> bool {
        self.failures.iter().any(|failure| failure.email == email)
    }

    /// Why it failed for whom.
    pub(super) fn failed(&self) -> BTreeMap<String, String> {
        self.failures.iter().map(|failure| (failure.email.clone(), failure.reason.clone())).collect()
    }

    /// The error about everybody for whom it failed.
    pub(super) fn into_error(mut self) -> Error {
        if let [_] = self.failures.as_slice()
            && let Some(failure) = self.failures.pop()
        {
            let mut diagnostics = Diagnostics::new();
            diagnostics.extend(failure.messages);
            return diagnostics.into();
        }
        let error = match self.failures.iter().find(|failure| failure.is_sso_refusal) {
            // The error is about the tenant, so the people need no reasons of their own.
            Some(Failure { messages, .. }) => {
                let refused = self.failures.iter().filter(|failure| failure.is_sso_refusal);
                let names = listed(refused.map(|failure| failure.email.as_str()));
                let why = messages.first().map(|message| message.detail.clone()).unwrap_or_default();
                let others = self.lines(|failure| !failure.is_sso_refusal);
                let others = if others.is_empty() { others } else { format!("\n\nFor others:\n\n{others}") };
                Error::new(self.summary(), format!("{why}\n\nNot invited: {names}.{others}"))
            }
            None => Error::new(self.summary(), format!("{}{}", self.lines(|_| true), self.advice())),
        };
        error.at(UserInvitesArgs::PEOPLE)
    }

    /// Warns about what was not done for some of so many people, in a create that must not fail.
    pub(super) fn send_warning(&self, call: &Call, people: usize) {
        if self.failures.is_empty() {
            return;
        }
        let others = if self.failures.len() < people { "The others are as configured. " } else { "" };
        let these = if self.failures.len() == 1 { "This person is" } else { "These people are" };
        // If only the status of somebody differs from the configuration, the next plan shows no update.
        let next = match self.failures.iter().all(|failure| failure.what == What::Replace) {
            true => "shows what is left to do",
            false => "shows an update that tries again",
        };
        call.warning_at(
            UserInvitesArgs::PEOPLE,
            self.summary(),
            format!(
                "{}\n\n{others}{these} in `failed`, and the next plan {next}.{}",
                self.lines(|_| true),
                self.advice()
            ),
        );
    }

    fn summary(&self) -> String {
        let first = self.failures.first().map(|failure| failure.what);
        let same = first.filter(|first| self.failures.iter().all(|failure| failure.what == *first));
        let what = match same {
            Some(What::Invite) => "invite",
            Some(What::Replace) => "replace",
            Some(What::TakeOver) => "set up",
            Some(What::ChangeRole) => "change the role of",
            Some(What::Remove) => "end the access of",
            None => "invite or change",
        };
        format!("Could not {what} {}", count(self.failures.len()))
    }

    /// What to do about the first reason that something is known about, as a paragraph.
    fn advice(&self) -> String {
        let advice = self.failures.iter().find_map(|failure| failure.advice.as_deref());
        advice.map(|advice| format!("\n\n{advice}")).unwrap_or_default()
    }

    /// One line for each reason, which names the people.
    fn lines(&self, of: impl Fn(&&Failure) -> bool) -> String {
        let mut reasons: Vec<(String, Vec<&Failure>)> = Vec::new();
        for failure in self.failures.iter().filter(of) {
            let reason = without_guids(&failure.reason.replace(&failure.email, "the person"));
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, failures)) => failures.push(failure),
                None => reasons.push((reason, vec![failure])),
            }
        }
        let line = |(reason, failures): &(String, Vec<&Failure>)| match failures.as_slice() {
            [one] => format!("  - {}: {}", one.email, one.reason),
            several => {
                format!("  - {}: {reason}", listed(several.iter().map(|failure| failure.email.as_str())))
            }
        };
        let mut lines: Vec<String> = reasons.iter().take(MOST_NAMES).map(line).collect();
        let others: usize = reasons.iter().skip(MOST_NAMES).map(|(_, failures)| failures.len()).sum();
        if others > 0 {
            lines.push(format!("  - and {others} more"));
        }
        lines.join("\n")
    }
}

/// What follows the first paragraph of a message, which says why.
fn next_step(message: &Diagnostic) -> Option<String> {
    message.detail.split_once("\n\n").map(|(_, rest)| rest.to_owned())
}

/// A message in one line.
fn in_short(message: &Diagnostic) -> String {
    let first = message.detail.split("\n\n").next().unwrap_or_default();
    if first.is_empty() { message.summary.clone() } else { first.to_owned() }
}
