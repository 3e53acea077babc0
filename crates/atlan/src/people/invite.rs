//! Invitations, never twice.
//!
//! The answer to an invitation carries no GUID, and sending one again may mail a person again. So the client looks for
//! the address first; then sends (`outbox.rs`, in one batch with other waiting invitations); then finds the GUID by
//! address (`outbox/outcome.rs`, which also says what happens when the answer is lost or the request is refused).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::People;
use super::source::Everybody;
use crate::api::Api;
use crate::create::absent_by;
use crate::error::{Error, Existing, Result};
use crate::guid::Guid;
use crate::identity::Identity;
use crate::outbox::Carrier;
use crate::reads::{Key, Need, Reads};
use crate::records::{User, WorkspaceRole, fold_email};
use crate::request::Request;
use crate::turns::Turn;

/// Where invitations are sent to.
const INVITE: &str = "users";

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

/// How the outbox writes invitations, and finds their people.
#[derive(Debug)]
pub(crate) struct Invitations {
    pub(super) reads: Arc<Reads<Everybody>>,
    pub(super) identity: Arc<Identity>,
}

impl Carrier for Invitations {
    fn entry(&self, email: &str, role: WorkspaceRole, role_id: &Guid) -> Value {
        json!({ "email": email, "roleName": role.as_str(), "roleId": role_id })
    }

    fn request(&self, entries: Vec<Value>) -> Request {
        Request::create(INVITE, json!({ "users": entries }))
    }

    async fn look(&self, api: &Api, emails: &[String]) -> Result<Vec<User>> {
        let keys = emails.iter().cloned().map(Key::Natural).collect();
        self.reads.look(api, keys).await
    }

    async fn invited_by_us(&self, api: &Api, user: &User, since: Option<Timestamp>) -> Result<bool> {
        let Some(invited_by) = &user.invited_by else { return Ok(false) };
        if !self.identity.current(api).await?.has_name(invited_by) {
            return Ok(false);
        }
        let Some(since) = since else { return Ok(true) };
        let invited_at = user.invited_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        Ok(invited_at.is_some_and(|at| since.duration_since(at) <= CLOCK_SLACK))
    }

    fn shown(&self, user: &User) {
        self.reads.wrote(user, true);
    }
}

impl People {
    /// Invites somebody and waits until the list of users shows them.
    pub(crate) async fn invite(&self, api: &Api, invite: &Invite) -> Result<User> {
        let email = fold_email(&invite.email);
        let _turn = self.turn(api, &email).await?;
        self.invite_in_turn(api, email, invite.role).await
    }

    /// As [`People::invite`], for somebody whose invitation was sent by an earlier client that never learned the outcome.
    pub(crate) async fn invite_after_unknown(&self, api: &Api, invite: &Invite) -> Result<User> {
        let email = fold_email(&invite.email);
        let _turn = self.turn(api, &email).await?;
        self.outbox.doubts.add(&email, absent_by(api));
        self.invite_in_turn(api, email, invite.role).await
    }

    /// Looks for somebody whose invitation was sent by an earlier client that never learned the outcome.
    pub(crate) async fn find_after_unknown(&self, api: &Api, email: &str) -> Result<Option<User>> {
        let until = absent_by(api);
        self.shown_by(&api.looking_until(until), &fold_email(email), until).await
    }

    /// Whether an invitation was sent by this caller at `since` or later, by what the record says.
    pub(crate) async fn invited_by_us(
        &self,
        api: &Api,
        user: &User,
        since: Option<Timestamp>,
    ) -> Result<bool> {
        self.outbox.carrier().invited_by_us(api, user, since).await
    }

    async fn turn(&self, api: &Api, email: &str) -> Result<Turn<'_>> {
        api.wait("POST", INVITE, self.turns.take(email)).await
    }

    async fn invite_in_turn(&self, api: &Api, email: String, role: WorkspaceRole) -> Result<User> {
        if let Some(until) = self.outbox.doubts.until(&email) {
            let shown = self.shown_by(api, &email, until).await?;
            self.outbox.doubts.clear(&email);
            if let Some(user) = shown {
                return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
            }
        }
        let coming = self.outbox.coming();
        let role_id = self.roles.by_name(api, role).await?.id;
        if let Some(user) = self.reads.find(api, Key::Natural(email.clone()), Need::Recent).await? {
            return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
        }
        let user = self.outbox.send(api, email, role, role_id, coming).await?;
        match user.role {
            // Our own invitee, with another role than we asked for.
            Some(other) if other != role => {
                tracing::warn!(%role, shown = %other, "an invited person has another role: changing it");
                Box::pin(self.change_role(&api.settling(), &user.id, role)).await
            }
            _ => Ok(user),
        }
    }

    /// Looks for a person until they appear, or until `until` has passed.
    async fn shown_by(&self, api: &Api, email: &str, until: Instant) -> Result<Option<User>> {
        let look = |api: Api| async move {
            self.reads.find(&api, Key::Natural(email.to_owned()), Need::Fresh).await
        };
        if let Some(user) = api.poll(until, look).await? {
            self.reads.wrote(&user, true);
            return Ok(Some(user));
        }
        match api.scope.stop() {
            Some(stop) => Err(api.stopped("POST", INVITE, stop, None)),
            None => Ok(None),
        }
    }
}
