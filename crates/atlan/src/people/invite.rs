//! Invitations, never twice.
//!
//! The answer to an invitation carries no GUID, and sending one again may mail a person again. So the client looks for
//! the address first; then sends (`outbox.rs`, in one batch with other waiting invitations); then finds the GUID by
//! address (`outbox/outcome.rs`, which also says what happens when the answer is lost or the request is refused).

use std::pin::Pin;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, Existing, Result};
use crate::outbox::Turn;
use crate::reads::{Key, Kind, Need};
use crate::records::WorkspaceRole;
use crate::records::{User, fold_email};

/// How much earlier than an attempt, by the server's clock, an invitation may be dated that is its doing: the clocks of a
/// server's parts differ, and times are told in whole seconds.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(10);

/// A person to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Sent as [`fold_email`] writes it.
    pub email: String,
    /// The role from the start.
    pub role: WorkspaceRole,
}

/// A look for a person.
type Look = Pin<Box<dyn Future<Output = Result<Option<User>>> + Send>>;

impl Client {
    /// Invites somebody and waits until the list of users shows them. Invitations made at the same time leave in one
    /// request; a lone one waits for no other.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when the address is known; [`Error::OutcomeUnknown`] when the answer was lost, or the
    /// person doesn't show before the end of the call: look before inviting again; a refusal, for which
    /// [`Error::is_sso_refusal`] may hold; failures of the requests.
    pub async fn invite(&self, invite: &Invite) -> Result<User> {
        let email = fold_email(&invite.email);
        let _turn = self.turn(&email).await?;
        self.invite_in_turn(email, invite.role).await
    }

    /// As [`Client::invite`], for somebody whose invitation was sent by an earlier client that never learned the outcome
    /// ([`Error::OutcomeUnknown`]). That request may take effect even now, so the address must stay absent for as long as a
    /// request may take before it is sent again.
    ///
    /// # Errors
    /// As [`Client::invite`]; [`Error::AlreadyExists`] is the earlier invitation, most likely.
    pub async fn invite_after_unknown(&self, invite: &Invite) -> Result<User> {
        let email = fold_email(&invite.email);
        let _turn = self.turn(&email).await?;
        self.shared.outbox.doubt(&email, self.absent_by());
        self.invite_in_turn(email, invite.role).await
    }

    /// As [`Client::user_by_email`], for somebody whose invitation was sent by an earlier client that never learned the
    /// outcome. `None`: they have been absent for as long as a request may take, so that invitation came to nothing. Takes
    /// that time whatever the deadline of the call: half the time would prove nothing, however often it is tried.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the call is cancelled before that is known; failures of the requests.
    pub async fn user_after_unknown(&self, email: &str) -> Result<Option<User>> {
        let until = self.absent_by();
        self.looking_until(until).shown_by(fold_email(email), until).await
    }

    /// Whether an invitation was sent by this caller at `since` or later, by what the record says: for somebody found
    /// after an attempt whose outcome is unknown ([`Error::OutcomeUnknown`], which carries `since`; with several such
    /// attempts the earliest counts). Times are compared with a slack of ten seconds, for clocks of the server that
    /// differ. Without `since` the name alone decides. A record that does not say by whom and when is not ours: whoever
    /// asks in a later process did not see that the person was absent right before the attempt.
    ///
    /// # Errors
    /// Failures of the request that learns who the caller is.
    pub async fn invited_by_us(&self, user: &User, since: Option<Timestamp>) -> Result<bool> {
        let Some(invited_by) = &user.invited_by else { return Ok(false) };
        if !self.current().await?.has_name(invited_by) {
            return Ok(false);
        }
        let Some(since) = since else { return Ok(true) };
        let invited_at = user.invited_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        Ok(invited_at.is_some_and(|at| since.duration_since(at) <= CLOCK_SLACK))
    }

    async fn turn(&self, email: &str) -> Result<Turn<'_>> {
        self.scope.run(self.shared.outbox.turn(email)).await.map_err(|stop| self.stopped(stop, None))
    }

    async fn invite_in_turn(&self, email: String, role: WorkspaceRole) -> Result<User> {
        if let Some(until) = self.shared.outbox.doubted(&email) {
            let shown = self.shown_by(email.clone(), until).await?;
            self.shared.outbox.trust(&email);
            if let Some(user) = shown {
                return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
            }
        }
        let coming = self.shared.outbox.coming();
        let role_id = self.role_by_name(role).await?.id;
        if let Some(user) = self.find::<User>(Key::Natural(email.clone()), Need::Recent).await? {
            return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
        }
        let user = self.send_invitation(email, role, role_id, coming).await?;
        match user.role {
            // Our own invitee, with another role than we asked for.
            Some(other) if other != role => {
                tracing::warn!(%role, shown = %other, "an invited person has another role: changing it");
                self.settling().change_role(&user.id, role).await
            }
            _ => Ok(user),
        }
    }

    /// The time from which a person's absence proves that a request sent by now has had no effect.
    pub(crate) fn absent_by(&self) -> Instant {
        let config = self.config();
        Instant::now() + config.request_timeout.max(config.timing.absent_at_least)
    }

    /// Looks for a person until they appear, or until `until` has passed.
    async fn shown_by(&self, email: String, until: Instant) -> Result<Option<User>> {
        let look = |client: Client| {
            let key = Key::Natural(email.clone());
            // A future that borrowed the client could not be proven to be `Send`.
            let look: Look = Box::pin(async move { client.find(key, Need::Fresh).await });
            look
        };
        if let Some(user) = self.poll(until, look).await? {
            User::shelf(&self.shared).wrote(&user, true);
            return Ok(Some(user));
        }
        match self.scope.stop() {
            Some(stop) => Err(self.stopped(stop, None)),
            None => Ok(None),
        }
    }
}
