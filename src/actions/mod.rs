//! Actions: what a configuration asks to be done to people once (Terraform 1.14 and later), one file each.
//!
//! All people are looked up and checked before the first write. Then they are handled one after another. If one
//! person fails, the action goes on with the others. Each person gets a line of progress, and the action ends with an
//! error that lists the people who failed.

mod disable_user;
mod enable_user;
mod enabled;
mod remove_user;
mod resend_invite;

use std::collections::{BTreeMap, BTreeSet};

use atlan::User;
use tfplug::{ActionCx, Duration, Error, Path, Result};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use disable_user::DisableUser;
pub use enable_user::EnableUser;
pub use remove_user::RemoveUser;
pub use resend_invite::ResendInvite;

use crate::credentials::causes;
use crate::explain;
use crate::members;
use crate::provider::{Atlan, Client};
use crate::types::Person;
use crate::workspace_role::guarded;

/// The client of an action, limited by its `timeout`.
fn limited(cx: &ActionCx<'_, Atlan>, timeout: &Duration) -> Client {
    cx.client.until(Instant::now() + timeout.get(), cx.cancelled())
}

/// Default `timeout`.
fn ten_minutes() -> Duration {
    std::time::Duration::from_secs(10 * 60).into()
}

/// The people that a set names, each once.
///
/// # Errors
/// One that lists all who are not known; failures of the requests.
async fn people(client: &Client, named: &BTreeSet<Person>, at: impl Into<Path>) -> Result<Vec<User>> {
    let mut looks = JoinSet::new();
    for (index, person) in named.iter().cloned().enumerate() {
        let client = client.clone();
        looks.spawn(async move { (index, client.person(&person).await, person) });
    }
    let (mut found, mut unknown) = (BTreeMap::new(), BTreeMap::new());
    while let Some(look) = looks.join_next().await {
        let (index, user, person) = look?;
        match user? {
            Some(user) => drop(found.insert(index, user)),
            None => drop(unknown.insert(index, person)),
        }
    }
    let mut seen = BTreeSet::new();
    let found = found.into_values().filter(|user| seen.insert(user.id.clone())).collect();
    let texts: Vec<String> = unknown.values().map(|person| members::nobody_there(client, person)).collect();
    match texts.as_slice() {
        [] => Ok(found),
        [text] => Err(Error::new("There is no such person", text).at(at)),
        several => {
            let summary = format!("{} people are not known to Atlan", several.len());
            Err(Error::new(summary, format!("Nothing was sent.\n\n{}", several.join("\n\n"))).at(at))
        }
    }
}

/// The person as they are now: a resource of this run may have read the list of people minutes ago, or changed the person since.
///
/// # Errors
/// If the person has been removed; failures of the request.
async fn now(client: &Client, user: &User, at: impl Into<Path>) -> Result<User> {
    still_there(client, user, client.user_as_left(&user.id).await, at)
}

/// The record of a person who was looked up anew. `user`: the earlier record, for the message.
///
/// # Errors
/// As [`now`].
fn still_there(
    client: &Client,
    user: &User,
    looked: atlan::Result<User>,
    at: impl Into<Path>,
) -> Result<User> {
    match looked {
        Err(atlan::Error::NotFound { .. }) => {
            let detail = format!(
                "{} (GUID {}) is no longer in the tenant {}: somebody has removed the person since this run read the list of people. \
                 Nothing was sent. Correct the configuration, and invoke the action again.",
                user.email,
                user.id,
                client.tenant()
            );
            Err(Error::new("There is no such person", detail).at(at))
        }
        now => now.map_err(|error| Error::from(error).at(at)),
    }
}

/// Refuses to begin, because of these people.
///
/// # Errors
/// Unless there is nothing to say.
fn none_of(attempt: &str, problems: &[String], at: impl Into<Path>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let list: String = problems.iter().map(|problem| format!("\n  - {problem}")).collect();
    Err(Error::new(format!("Could not {attempt}"), format!("Nothing was sent:\n{list}")).at(at))
}

/// What has become of people so far.
#[derive(Default)]
struct Outcomes {
    count: usize,
    failed: Vec<String>,
    advice: BTreeSet<String>,
}

impl Outcomes {
    /// Notes the outcome for one person, and tells it. `done`: what it comes to, such as `disabled`.
    async fn note<T>(
        &mut self,
        cx: &ActionCx<'_, Atlan>,
        user: &User,
        outcome: atlan::Result<T>,
        done: &str,
    ) {
        self.count += 1;
        let email = &user.email;
        match outcome {
            Ok(_) => cx.progress(format!("{email}: {done}")).await,
            Err(error) => {
                cx.progress(format!("{email}: failed")).await;
                self.failed.push(format!("\n  - {email}: {}", causes(&error)));
                let advice = match guarded(&cx.client, user, &error).await {
                    Some(why) => Some(format!("About {email}: {why}")),
                    None if error.is_forbidden() => Some(not_with_this(&cx.client).await),
                    None => explain::advice_of_actions(&error),
                };
                self.advice.extend(advice);
            }
        }
    }

    /// The end of the action. `verb` completes "Could not … 2 of 5 people"; `more` ends the error.
    fn end(self, verb: &str, more: Option<String>) -> Result<()> {
        if self.failed.is_empty() {
            return Ok(());
        }
        let people = if self.count == 1 { "person" } else { "people" };
        let summary = format!("Could not {verb} {} of {} {people}", self.failed.len(), self.count);
        let others = if self.failed.len() < self.count {
            "; the messages of the action say what was done for the others"
        } else {
            ""
        };
        let mut detail = format!("These failed{others}:\n{}", self.failed.concat());
        for advice in self.advice.into_iter().chain(more) {
            detail.push_str("\n\n");
            detail.push_str(&advice);
        }
        Err(Error::new(summary, detail))
    }
}

/// What to do about a 403.
async fn not_with_this(client: &Client) -> String {
    let whose = match client.current().await.map(atlan::Caller::kind) {
        Ok(atlan::CallerKind::ApiToken) => "An API token",
        Ok(atlan::CallerKind::OauthClient) => "This OAuth client",
        Ok(atlan::CallerKind::Person) | Err(_) => "This credential",
    };
    format!("{whose} may not do this. Use an admin's own token as `api_key`.")
}
