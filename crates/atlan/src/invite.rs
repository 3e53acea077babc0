//! Invitations, never twice.
//!
//! The answer to an invitation carries no GUID, and sending one again may mail a person again. So: look for the
//! address first; send (`batch.rs`, together with whoever else is to be invited); find the GUID by address
//! (`batch/outcome.rs`, which also says what happens when the answer is lost or the request refused).

use std::pin::Pin;

use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, Existing, Result};
use crate::roles::WorkspaceRole;
use crate::snapshot::{Key, Kind, Need};
use crate::users::{User, fold_email};

/// Somebody to be invited.
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
        let turn = self.scope.run(self.shared.outbox.turn(&email)).await;
        let _turn = turn.map_err(|stop| self.stopped(stop, None))?;
        let coming = self.shared.outbox.coming();
        let role_id = self.role_by_name(invite.role).await?.id;
        if let Some(user) = self.find::<User>(Key::Natural(email.clone()), Need::Recent).await? {
            return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
        }
        self.send_invitation(email, invite.role, role_id, coming).await
    }

    /// As [`Client::invite`], for somebody whose invitation was sent by an earlier client that never learned the outcome
    /// ([`Error::OutcomeUnknown`]). That request may take effect even now, so the address must stay absent for as long as a
    /// request may take before it is sent again.
    ///
    /// # Errors
    /// As [`Client::invite`]; [`Error::AlreadyExists`] is the earlier invitation, most likely.
    pub async fn invite_after_unknown(&self, invite: &Invite) -> Result<User> {
        let config = self.config();
        let absent_by = Instant::now() + config.request_timeout.max(config.timing.absent_at_least);
        let email = fold_email(&invite.email);
        let look = |client: Client| {
            let key = Key::Natural(email.clone());
            // A future that borrowed the client could not be proven to be `Send`.
            let look: Look = Box::pin(async move { client.find(key, Need::Fresh).await });
            look
        };
        if let Some(user) = self.poll(absent_by, look).await? {
            User::shelf(&self.shared).wrote(&user, true);
            return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
        }
        match self.scope.stop() {
            Some(stop) => Err(self.stopped(stop, None)),
            None => self.invite(invite).await,
        }
    }
}
