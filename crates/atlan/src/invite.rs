//! Invitations, never twice.
//!
//! The answer to an invitation carries no GUID, and sending one again may mail a person again. So: look for the
//! address first; send; find the GUID by address. When the answer is lost, the request may still take effect later:
//! the address is looked up until it shows, or has been absent for as long as a request may take. Only then is it sent
//! again, once. A request that never left, a 429 and a 503 are sent again after a look.

use std::pin::Pin;

use serde_json::json;
use tokio::time::Instant;

use crate::client::Client;
use crate::create::Effect;
use crate::error::{Error, Existing, Result};
use crate::guid::Guid;
use crate::request::Request;
use crate::roles::WorkspaceRole;
use crate::users::{User, fold_email};

/// Somebody to be invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Sent as [`fold_email`] writes it.
    pub email: String,
    /// The role from the start.
    pub role: WorkspaceRole,
}

/// A look for a person. Boxed, because the compiler can't otherwise prove it `Send` where it is polled.
type Look = Pin<Box<dyn Future<Output = Result<Option<User>>> + Send>>;

/// An invitation on its way.
struct Sending<'a> {
    client: &'a Client,
    email: String,
    role: WorkspaceRole,
    role_id: Guid,
    /// Whether the person, if they show now, may be the doing of this call.
    may_be_ours: bool,
    /// Whether an answer was lost before: the next one that is lost is the last.
    sent_again: bool,
}

impl Client {
    /// Invites somebody and waits until the list of users shows them.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when the address is known; [`Error::OutcomeUnknown`] when the answer was lost, or the
    /// person doesn't show before the end of the call: look before inviting again; a refusal, for which
    /// [`Error::is_sso_refusal`] may hold; failures of the requests.
    pub async fn invite(&self, invite: &Invite) -> Result<User> {
        let email = fold_email(&invite.email);
        let role_id = self.role_by_name(invite.role).await?.id;
        if let Some(user) =
            self.find(crate::snapshot::Key::Natural(email.clone()), crate::snapshot::Need::Recent).await?
        {
            return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
        }
        let role = invite.role;
        Sending { client: self, email, role, role_id, may_be_ours: false, sent_again: false }.run().await
    }
}

impl Sending<'_> {
    async fn run(mut self) -> Result<User> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.post().await {
                Ok(()) => return self.find_invited().await,
                Err(error) => error,
            };
            self.may_be_ours |= error.may_have_created();
            match error.effect() {
                Effect::Refused => return self.refused(error).await,
                Effect::NotYet => {
                    if let Err(error) = self.client.pause_before_repeat(error, attempts).await {
                        return if self.may_be_ours { self.last_look(error).await } else { Err(error) };
                    }
                    match self.client.user_by_email_now(&self.email).await {
                        Ok(Some(user)) => return self.claim(user),
                        Ok(None) => {}
                        Err(error) if self.may_be_ours => return self.last_look(error).await,
                        Err(error) => return Err(error),
                    }
                }
                Effect::Unclear => {
                    if let Some(user) = self.watch(&error).await? {
                        return self.claim(user);
                    }
                    if self.sent_again || self.client.config().max_retries == 0 {
                        return Err(
                            self.unknown("the answer was lost, and the person has not shown up since", error)
                        );
                    }
                    self.sent_again = true;
                    tracing::warn!(%error, "the answer to an invitation was lost and nobody showed up: sending it once more");
                }
            }
        }
    }

    /// Looks for the person.
    fn look(&self) -> impl Fn(Client) -> Look {
        let email = self.email.clone();
        move |client| {
            let email = email.clone();
            Box::pin(async move { client.user_by_email_now(&email).await })
        }
    }

    async fn post(&self) -> Result<()> {
        let entry = json!({ "email": self.email, "roleName": self.role.as_str(), "roleId": self.role_id });
        let request = Request::create("users", json!({ "users": [entry] }));
        self.client.shared.transport.send(&self.client.scope, request).await?.void()
    }

    /// Finds the GUID of somebody whose invitation was accepted. "Not there yet" is no failure before the call ends.
    async fn find_invited(&self) -> Result<User> {
        let client = self.client.settling();
        let until =
            self.client.scope.deadline().unwrap_or_else(|| Instant::now() + client.timing().visible_within);
        match client.poll(until, self.look()).await {
            Ok(Some(user)) => Ok(user),
            Ok(None) => Err(Error::OutcomeUnknown {
                subject: self.subject(),
                why: "Atlan accepted it, but the person does not show in the list of users".to_owned(),
                last: None,
            }),
            Err(error) => Err(self.unknown("Atlan accepted it, but looking the person up failed", error)),
        }
    }

    /// Looks for somebody whose invitation may yet take effect, for as long as a request may take. `None`: absent all
    /// that time.
    async fn watch(&self, lost: &Error) -> Result<Option<User>> {
        let config = self.client.config();
        let window = config.request_timeout.max(config.timing.absent_at_least);
        let client = self.client.settling();
        let absent_by = Instant::now() + window;
        match client.poll(absent_by, self.look()).await {
            Ok(Some(user)) => Ok(Some(user)),
            Ok(None) if Instant::now() >= absent_by && self.client.scope.stop().is_none() => Ok(None),
            Ok(None) => {
                Err(self.unknown(&format!("{lost}, and the time to look for its effect is over"), None))
            }
            Err(error) => Err(self.unknown("the answer was lost, and looking the person up failed", error)),
        }
    }

    /// A refusal is final. After a lost answer, or when it says that the address is taken, the person must show.
    async fn refused(&self, error: Error) -> Result<User> {
        let never_left = matches!(error, Error::Stopped { .. });
        if never_left && self.may_be_ours {
            return self.last_look(error).await;
        }
        if self.may_be_ours && error.status() == Some(409) {
            return self.find_invited().await;
        }
        if never_left || !(self.may_be_ours || error.status() == Some(409)) {
            return Err(error);
        }
        let until = Instant::now() + self.client.timing().settle;
        match self.client.settling().poll(until, self.look()).await {
            Ok(Some(user)) => self.claim(user),
            Ok(None) | Err(_) => Err(error),
        }
    }

    /// One look at the end of the call, when an earlier attempt may have had an effect.
    async fn last_look(&self, error: Error) -> Result<User> {
        match self.client.settling().user_by_email_now(&self.email).await {
            Ok(Some(user)) => self.claim(user),
            Ok(None) | Err(_) => Err(self.unknown("an answer was lost before", error)),
        }
    }

    /// Somebody who shows now and didn't before: invited by us, or by somebody else in the same moment.
    fn claim(&self, user: User) -> Result<User> {
        if self.may_be_ours { Ok(user) } else { Err(Error::AlreadyExists(Existing::User(Box::new(user)))) }
    }

    fn subject(&self) -> String {
        format!("the invitation of {}", self.email)
    }

    fn unknown(&self, why: &str, last: impl Into<Option<Error>>) -> Error {
        Error::OutcomeUnknown {
            subject: self.subject(),
            why: why.to_owned(),
            last: last.into().map(Box::new),
        }
    }
}
