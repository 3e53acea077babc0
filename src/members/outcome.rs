//! The outcome of a change of many memberships: it names the people for whom the change failed, and the next plan tries again.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;

use atlan::{Joined, Stop, User};
use tfplug::{Attempting as _, Cx, Error, Resource, Result};

use super::{
    MOST_NAMES, Named, count, group_name, is_refusal, may_be_lost, pending, warn_of_others, warn_of_unseen,
};
use crate::explain;
use crate::provider::{Atlan, Client};
use crate::types::Guid;

/// What came of adding and removing people.
#[derive(Default)]
pub(crate) struct Outcome {
    failures: Vec<Failure>,
    joined: Vec<(String, Joined)>,
    /// GUIDs of people whom Atlan has accepted and whom no list shows so far.
    pub(crate) unseen: BTreeSet<String>,
}

struct Failure {
    id: atlan::Guid,
    email: String,
    is_removal: bool,
    reason: String,
    /// A summary that says more than what was attempted.
    summary: Option<String>,
    error: atlan::Error,
}

impl Failure {
    /// Whether the request may have had an effect all the same.
    fn is_unclear(&self) -> bool {
        self.error.is_unclear() || matches!(self.error, atlan::Error::GroupsLost { .. })
    }
}

impl Outcome {
    /// Adds people who are not in the group.
    pub(crate) async fn join(&mut self, client: &Client, group: &Guid, people: &[User]) {
        let mut name = None;
        for (user, joined) in people.iter().zip(client.join_all(group, people).await) {
            let error = match joined {
                Ok(joined) => {
                    if !joined.shown {
                        self.unseen.insert(user.id.as_str().to_owned());
                    }
                    self.joined.push((user.email.clone(), joined));
                    continue;
                }
                Err(error) => error,
            };
            let (mut why, mut summary) = (reason(&error), None);
            if user.status.is_invited() && is_refusal(&error) {
                if name.is_none() {
                    name = Some(group_name(client, group).await);
                }
                why = pending(user, name.as_deref().unwrap_or_default(), &error);
                summary = Some(format!("{} has not accepted the invitation yet", user.email));
            }
            self.failures.push(Failure {
                id: user.id.clone(),
                email: user.email.clone(),
                is_removal: false,
                reason: format!("not added: {why}"),
                summary,
                error,
            });
        }
    }

    /// Removes people from the group.
    pub(crate) async fn leave(&mut self, client: &Client, group: &Guid, people: &[Named]) {
        let ids: Vec<atlan::Guid> = people.iter().map(|person| person.id.clone()).collect();
        for (person, left) in people.iter().zip(client.leave(group, &ids).await) {
            let Err(error) = left else { continue };
            self.failures.push(Failure {
                id: person.id.clone(),
                email: person.email.clone(),
                is_removal: true,
                reason: match &error {
                    atlan::Error::NotSeen { .. } => reason(&error),
                    _ => format!("not removed: {}", reason(&error)),
                },
                summary: None,
                error,
            });
        }
    }

    /// Whether nothing of what was asked for has been done, and that is certain.
    pub(crate) fn is_nothing(&self, asked: usize) -> bool {
        asked > 0 && self.failures.len() >= asked && !self.failures.iter().any(Failure::is_unclear)
    }

    pub(crate) fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// GUIDs of people who are certainly not in the group although they should be.
    pub(crate) fn not_added(&self) -> BTreeSet<&atlan::Guid> {
        let failures = self.failures.iter().filter(|failure| !failure.is_removal && !failure.is_unclear());
        failures.map(|failure| &failure.id).collect()
    }

    /// GUIDs of people who may be in the group although they should not.
    pub(crate) fn not_removed(&self) -> BTreeSet<&atlan::Guid> {
        self.failures.iter().filter(|failure| failure.is_removal).map(|failure| &failure.id).collect()
    }

    /// Why it failed for whom, by folded address.
    pub(crate) fn failed(&self) -> BTreeMap<String, String> {
        let entry = |failure: &Failure| (atlan::fold_email(&failure.email), failure.reason.clone());
        self.failures.iter().map(entry).collect()
    }

    /// The error about everybody for whom it failed.
    pub(crate) async fn into_error(mut self, client: &Client, group: &Guid) -> Error {
        let name = group_name(client, group).await;
        if self.failures.len() == 1
            && let Some(failure) = self.failures.pop()
        {
            return one(client, group, &name, failure).await;
        }
        let advice = self.failures.first().and_then(|failure| explain::advice(&failure.error));
        let advice = advice.map(|advice| format!("\n\n{advice}")).unwrap_or_default();
        let people = count(self.failures.len());
        Error::new(
            format!("Could not add or remove {people}"),
            format!("In the group {name}:\n\n{}{advice}", self.lines()),
        )
    }

    /// Warns about what an add has met: other groups, and lists that do not show it.
    pub(crate) async fn warn_of_joined<R: Resource<Provider = Atlan>>(&self, cx: &Cx<'_, R>, group: &Guid) {
        let unseen = self.joined.iter().filter(|(_, joined)| !joined.shown);
        let unseen: Vec<String> = unseen.map(|(email, _)| email.clone()).collect();
        warn_of_unseen(cx, &unseen, group).await;
        for (email, joined) in &self.joined {
            warn_of_others(cx, email, group, joined).await;
        }
        for failure in &self.failures {
            if let atlan::Error::GroupsLost { email, groups, last } = &failure.error {
                let (summary, detail) = may_be_lost(&cx.client, email, group, groups, last).await;
                cx.warning(summary, detail);
            }
        }
    }

    /// Warns about what was not done, in a create that must not fail.
    pub(crate) async fn warn_of_failures<R: Resource<Provider = Atlan>>(&self, cx: &Cx<'_, R>, group: &Guid) {
        if self.failures.is_empty() {
            return;
        }
        cx.warning(
            format!("Could not add or remove {}", count(self.failures.len())),
            format!(
                "In the group {}:\n\n{}\n\nThe other members are as configured. These people are in `failed`, and the next plan shows \
                 an update that tries again.",
                group_name(&cx.client, group).await,
                self.lines()
            ),
        );
    }

    /// One line for each person.
    fn lines(&self) -> String {
        let failures = self.failures.iter().take(MOST_NAMES);
        let mut lines: Vec<String> =
            failures.map(|failure| format!("  - {}: {}", failure.email, failure.reason)).collect();
        let others = self.failures.len().saturating_sub(MOST_NAMES);
        if others > 0 {
            lines.push(format!("  - and {others} more"));
        }
        lines.join("\n")
    }
}

/// The error about one person.
async fn one(client: &Client, group: &Guid, name: &str, failure: Failure) -> Error {
    let Failure { email, is_removal, reason, summary, error, .. } = failure;
    if let Some(summary) = summary {
        return Error::new(summary, reason);
    }
    if let atlan::Error::GroupsLost { email, groups, last } = &error {
        let (summary, detail) = may_be_lost(client, email, group, groups, last).await;
        return Error::new(summary, detail);
    }
    let attempt = match is_removal {
        true => removal_attempted(&error, &email, name),
        false => format!("add {email} to the group {name}"),
    };
    let result: Result<std::convert::Infallible> = Err(error).attempting(|| attempt);
    match result {
        Err(error) => error,
    }
}

/// What failed, after "Could not".
pub(crate) fn removal_attempted(error: &atlan::Error, email: &str, group: &str) -> String {
    match error {
        atlan::Error::NotSeen { .. } => format!("see whether {email} has left the group {group}"),
        _ => format!("remove {email} from the group {group}"),
    }
}

/// An error and its causes, in one line.
pub(crate) fn reason(error: &atlan::Error) -> String {
    if let atlan::Error::Stopped { stop, last: None, .. } = error {
        return match stop {
            Stop::Cancelled => "not sent: interrupted".to_owned(),
            Stop::Deadline => "not sent: the time of the operation was over".to_owned(),
        };
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
