//! Invitations, never twice.
//!
//! The answer to an invitation carries no GUID, and sending one again may mail a person again. So the client looks for
//! the address first; then sends (`outbox.rs`, in one batch with other waiting invitations); then finds the GUID by
//! address (`create.rs`, which also says what happens when the answer is lost or the request is refused).

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use super::People;
use super::source::Everybody;
use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Author, Entry, Form, Kind, no_effect_by};
use crate::error::{Error, Existing, Result, Subject};
use crate::guid::Guid;
use crate::identity::Identity;
use crate::reads::{Key, Need, Reads, Source as _};
use crate::records::{User, WorkspaceRole, fold_email};
use crate::request::Request;
use crate::turns::Turn;

/// Where invitations are sent to.
const INVITE: &str = "users";

/// A person to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Sent as [`fold_email`] writes it.
    pub email: String,
    /// Role of the invitation.
    pub role: WorkspaceRole,
}

/// The role of somebody to invite.
#[derive(Debug)]
pub(crate) struct Seat {
    role: WorkspaceRole,
    role_id: Guid,
}

impl Seat {
    pub(crate) fn new(role: WorkspaceRole, role_id: Guid) -> Self {
        Self { role, role_id }
    }
}

/// Invitations as creates.
#[derive(Debug)]
pub(crate) struct Invitations {
    pub(super) reads: Arc<Reads<Everybody>>,
    pub(super) identity: Arc<Identity>,
}

impl Kind for Invitations {
    type New = Seat;
    type Record = User;

    const REQUEST: &'static str = "the invitation";
    const ONE: &'static str = "the person";
    const LIST: &'static str = "the list of users";
    /// A second invitation may be a second mail.
    const IS_UNIQUE: bool = false;

    fn subject(key: &str) -> Subject {
        Subject::User(key.to_owned())
    }

    fn key<'a>(&self, user: &'a User) -> Cow<'a, str> {
        Everybody.natural(user)
    }

    fn existing(user: User) -> Existing {
        Existing::User(Box::new(user))
    }

    fn request(&self, entries: &[Entry<Self>]) -> Request {
        let entry = |entry: &Entry<Self>| {
            let Seat { role, role_id } = &entry.new;
            json!({ "email": entry.key, "roleName": role.as_str(), "roleId": role_id })
        };
        Request::create(INVITE, json!({ "users": entries.iter().map(entry).collect::<Vec<_>>() }))
    }

    fn made(&self, _: &[Entry<Self>], answer: &Answer) -> Result<Vec<User>> {
        answer.void().map(|()| Vec::new())
    }

    async fn look(&self, api: &Api, emails: &[String], form: Form) -> Result<Vec<User>> {
        let keys = emails.iter().cloned().map(Key::Natural).collect();
        match form {
            Form::Usual => self.reads.look_in_usual_form(api, keys).await,
            Form::Any => self.reads.look_in_any_form(api, keys).await,
        }
    }

    fn author(&self, user: &User) -> Author {
        author(user)
    }

    async fn is_by_us(&self, api: &Api, author: &Author, since: Option<Timestamp>) -> Result<bool> {
        self.identity.is_author(api, author, since).await
    }

    /// An open invitation with that role.
    fn is_as_asked(&self, seat: &Seat, user: &User) -> bool {
        user.status.is_invited() && user.role.is_none_or(|role| role == seat.role)
    }

    fn shown(&self, user: &User) {
        self.reads.wrote(user, true);
    }
}

fn author(user: &User) -> Author {
    let at = user.invited_at.as_deref().and_then(|at| at.parse().ok());
    Author { name: user.invited_by.clone(), at }
}

impl People {
    /// Invites somebody and waits until the list of users shows them, perhaps with another role.
    pub(crate) async fn invite(&self, api: &Api, invite: &Invite) -> Result<User> {
        let email = fold_email(&invite.email);
        let _turn = self.turn(api, &email).await?;
        self.invite_in_turn(api, email, invite.role).await
    }

    /// As [`People::invite`], for somebody whose invitation an earlier client sent with an unknown outcome. The
    /// look for that outcome does not count against the time of the call, which may be shorter.
    pub(crate) async fn invite_after_unknown(
        &self,
        api: &Api,
        invite: &Invite,
        is_accepted: bool,
    ) -> Result<User> {
        let email = fold_email(&invite.email);
        let _turn = self.turn(api, &email).await?;
        let until = no_effect_by(api, 1, is_accepted);
        self.outbox.creates.doubts.add(&email, until);
        self.invite_in_turn(&api.after_a_look_until(until), email, invite.role).await
    }

    /// Looks for somebody whose invitation an earlier client sent with an unknown outcome.
    pub(crate) async fn find_after_unknown(
        &self,
        api: &Api,
        email: &str,
        is_accepted: bool,
    ) -> Result<Option<User>> {
        let until = no_effect_by(api, 1, is_accepted);
        self.shown_by(&api.looking_until(until), &fold_email(email), until).await
    }

    /// Whether an invitation was sent by this caller at `since` or later, by what the record says.
    pub(crate) async fn invited_by_us(
        &self,
        api: &Api,
        user: &User,
        since: Option<Timestamp>,
    ) -> Result<bool> {
        self.identity.is_author(api, &author(user), since).await
    }

    async fn turn(&self, api: &Api, email: &str) -> Result<Turn> {
        api.wait("POST", INVITE, self.turns.take(email)).await
    }

    async fn invite_in_turn(&self, api: &Api, email: String, role: WorkspaceRole) -> Result<User> {
        if let Some(until) = self.outbox.creates.doubts.until(&email) {
            let shown = self.shown_by(api, &email, until).await?;
            self.outbox.creates.doubts.clear(&email);
            if let Some(user) = shown {
                return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
            }
        }
        let coming = self.outbox.coming();
        let role_id = self.roles.by_name(api, role).await?.id;
        if let Some(user) = self.reads.find(api, Key::Natural(email.clone()), Need::Recent).await? {
            return Err(Error::AlreadyExists(Existing::User(Box::new(user))));
        }
        self.outbox.send(api, email, Seat::new(role, role_id), coming).await
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
