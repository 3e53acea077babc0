//! Users: people of the tenant from their invitation on. One record, one GUID, for all of a person's life here.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::attributes::Values;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::judged::Attempts;
use crate::list::{List, Record};
use crate::reads::{Key, Need};
use crate::records::{User, UserStatus, WorkspaceRole, fold_email};
use crate::request::{Request, filter};

/// How long an invitation can be accepted.
const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Columns asked for: no more than used, because pages of thousands of people are read. `loginEvents` and `lastLoginTime`
/// tell people who came by single sign-on from pending ones.
const COLUMNS: [&str; 10] = [
    "id",
    "username",
    "email",
    "emailVerified",
    "enabled",
    "isLocked",
    "workspaceRole",
    "attributes",
    "lastLoginTime",
    "loginEvents",
];

/// What cancelling an invitation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The record is gone; the address can be invited again.
    Removed,
    /// The record stays, disabled.
    Disabled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserWire {
    id: Option<Guid>,
    username: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    enabled: Option<bool>,
    is_locked: Option<bool>,
    workspace_role: Option<String>,
    attributes: Option<UserAttributes>,
    #[serde(default)]
    last_login_time: Value,
    #[serde(default)]
    login_events: Option<Vec<LoginEvent>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UserAttributes {
    invited_at: Values,
    invited_by: Values,
}

#[derive(Deserialize)]
struct LoginEvent {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl UserWire {
    fn status(&self, enabled: bool, now: Option<Timestamp>) -> UserStatus {
        if !enabled {
            return UserStatus::Disabled;
        }
        if self.is_locked == Some(true) || self.email_verified != Some(false) || self.has_logged_in() {
            return UserStatus::Active;
        }
        let invited_at = self.attributes.as_ref().and_then(|attributes| attributes.invited_at.first());
        let invited_at = invited_at.and_then(|text| text.parse::<Timestamp>().ok());
        match invited_at.zip(now) {
            Some((invited_at, now)) if now.duration_since(invited_at) > INVITATION_LIFE => {
                UserStatus::Expired
            }
            _ => UserStatus::Pending,
        }
    }

    /// The time of the last login is absent, null or 0 before the first one.
    fn has_logged_in(&self) -> bool {
        let at = self.last_login_time.as_f64().or_else(|| self.last_login_time.as_str()?.parse().ok());
        let is_login = |event: &LoginEvent| event.kind.as_deref() == Some("LOGIN");
        at.is_some_and(|at| at > 0.0) || self.login_events.iter().flatten().any(is_login)
    }
}

impl Record for User {
    type Wire = UserWire;

    /// Nobody can be invited as an account without address; it must not make a whole list unreadable.
    const OURS_BY: Option<&'static str> = Some("email");

    /// "Expired" is judged by the server's clock, so that a wrong clock here changes no status.
    fn read(wire: UserWire, answer: &Answer) -> Result<Self, &'static str> {
        let status = wire.status(wire.enabled.ok_or("enabled")?, answer.date);
        let id = wire.id.ok_or("id")?;
        let email = wire.email.filter(|email| !email.is_empty()).ok_or("email")?;
        let attributes = wire.attributes.unwrap_or_default();
        Ok(Self {
            id,
            email,
            username: wire.username.filter(|username| !username.is_empty()),
            role: wire.workspace_role.and_then(|role| role.parse().ok()),
            status,
            invited_at: attributes.invited_at.first().map(str::to_owned),
            invited_by: attributes.invited_by.first().map(str::to_owned),
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// The list of users, with the columns used.
pub(crate) fn users() -> List {
    let list = List::of("users").with("sort", "username").with("maxLoginEvents", "1");
    COLUMNS.iter().fold(list, |list, column| list.with("columns", column))
}

impl Client {
    /// The person with this GUID. `None`: not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn user(&self, id: &Guid) -> Result<Option<User>> {
        self.find(Key::Id(id.clone()), Need::Any).await
    }

    /// As [`Client::user`], asked of the server after this call began: for decisions about a write.
    pub(crate) async fn user_now(&self, id: &Guid) -> Result<Option<User>> {
        self.find(Key::Id(id.clone()), Need::Fresh).await
    }

    /// The person with this e-mail address in any case, compared as [`fold_email`] does. The server's filter finds
    /// parts of addresses, too; those are not taken.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        self.find(Key::Natural(fold_email(email)), Need::Any).await
    }

    /// The people with these e-mail addresses, in few requests, in no particular order. Found is who is stored under the
    /// folded address, as Atlan does it; confirm a miss with [`Client::user_by_email`], which finds any case.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users_by_emails<S: AsRef<str>>(&self, emails: &[S]) -> Result<Vec<User>> {
        let mut folded: Vec<String> = emails.iter().map(|email| fold_email(email.as_ref())).collect();
        folded.sort_unstable();
        folded.dedup();
        let mut found: Vec<User> = self.users_where("email", &folded).await?;
        found.retain(|user| folded.binary_search(&fold_email(&user.email)).is_ok());
        Ok(found)
    }

    /// The people with these user names, in few requests, in no particular order.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users_by_usernames<S: AsRef<str>>(&self, usernames: &[S]) -> Result<Vec<User>> {
        let mut names: Vec<String> = usernames.iter().map(|name| name.as_ref().to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        let mut found = self.users_where("username", &names).await?;
        found.retain(|user| user.username.as_ref().is_some_and(|name| names.binary_search(name).is_ok()));
        Ok(found)
    }

    /// Everybody, in order of user names.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users(&self) -> Result<Vec<User>> {
        self.list(&users()).await
    }

    async fn users_where(&self, field: &str, values: &[String]) -> Result<Vec<User>> {
        let mut found = Vec::new();
        for chunk in filter::parts(values, String::as_str) {
            let filter = filter::one_of(field, chunk.iter().map(String::as_str));
            found.extend(self.list::<User>(&users().filter(&filter)).await?);
        }
        Ok(found)
    }

    async fn existing_user(&self, id: &Guid) -> Result<User> {
        self.user_now(id).await?.ok_or_else(|| Error::NotFound { subject: format!("user {id}") })
    }

    /// Gives a person another workspace role; pending people, too. Nothing is sent when they have it already.
    ///
    /// # Errors
    /// [`Error::Lockout`] when a role is lowered that the caller depends on; [`Error::NotFound`] when the person is
    /// gone; [`Error::NotApplied`] when Atlan accepts and does nothing; failures of the requests.
    pub async fn change_role(&self, id: &Guid, role: WorkspaceRole) -> Result<User> {
        let role_id = self.role_by_name(role).await?.id;
        let mut attempts = Attempts::default();
        loop {
            let looked = Instant::now();
            let user = self.existing_user(id).await?;
            if user.role == Some(role) {
                self.shared.people.wrote(&user, true);
                return Ok(user);
            }
            let lowered = user.role.is_none_or(|present| role < present);
            let _guard = if lowered { self.refuse_lockout("lower the role of", &user).await? } else { None };
            let body = json!({ "roleId": role_id });
            let request = Request::judged(format!("users/{id}/roles/update"), Some(body));
            let Some(answer) = self.send_judged(request, looked, &mut attempts).await? else { continue };
            answer.void()?;
            let action = format!("the change of {} to {role}", user.email);
            return self.changed_user(id, action, |user| user.role == Some(role)).await;
        }
    }

    /// Disables a person. Nothing is sent when they are disabled already.
    ///
    /// # Errors
    /// A refusal with 403 for most credentials: API tokens may not do this; [`Error::Lockout`] when the caller depends on
    /// the person; [`Error::NotFound`] when the person is gone; [`Error::NotApplied`] when Atlan accepts and does
    /// nothing; failures of the requests.
    pub async fn disable(&self, id: &Guid) -> Result<User> {
        let mut attempts = Attempts::default();
        loop {
            let looked = Instant::now();
            let user = self.existing_user(id).await?;
            if user.status == UserStatus::Disabled {
                self.shared.people.wrote(&user, true);
                return Ok(user);
            }
            let _guard = self.refuse_lockout("disable", &user).await?;
            let request = Request::judged(format!("users/{id}"), Some(json!({ "enabled": false })));
            let Some(answer) = self.send_judged(request, looked, &mut attempts).await? else { continue };
            answer.void()?;
            let action = format!("the disabling of {}", user.email);
            return self.changed_user(id, action, |user| user.status == UserStatus::Disabled).await;
        }
    }

    /// Enables a disabled person. Nothing is sent when they can log in already.
    ///
    /// # Errors
    /// A refusal with 403 for most credentials: API tokens may not do this; [`Error::NotFound`] when the person no longer
    /// exists; [`Error::NotApplied`] when Atlan accepts and does nothing; failures of the requests.
    pub async fn enable(&self, id: &Guid) -> Result<User> {
        let mut attempts = Attempts::default();
        loop {
            let looked = Instant::now();
            let user = self.existing_user(id).await?;
            if user.status != UserStatus::Disabled {
                return Ok(user);
            }
            let request = Request::judged(format!("users/{id}"), Some(json!({ "enabled": true })));
            let Some(answer) = self.send_judged(request, looked, &mut attempts).await? else { continue };
            answer.void()?;
            let action = format!("the enabling of {}", user.email);
            return self.changed_user(id, action, |user| user.status != UserStatus::Disabled).await;
        }
    }

    /// Cancels an invitation. A person who was already removed is no error. Whether it is still open is looked at
    /// before each attempt.
    ///
    /// # Errors
    /// [`Error::NotPending`] when the person is active or disabled, also when they have become so meanwhile, because the
    /// same request would delete them without a word about what they own: what is to become of somebody active is the
    /// caller's to decide. A refusal with 403 or 404 where the credential or the tenant can't cancel;
    /// [`Error::NotApplied`] when Atlan accepts and does nothing; failures of the requests.
    pub async fn cancel_invitation(&self, id: &Guid) -> Result<Cancelled> {
        let mut attempts = Attempts::default();
        let user = loop {
            let looked = Instant::now();
            let Some(user) = self.user_now(id).await? else {
                self.shared.people.deleted(id);
                return Ok(Cancelled::Removed);
            };
            // Where cancelling disables, an attempt whose answer was lost has done that.
            if user.status == UserStatus::Disabled && attempts.made > 0 {
                self.shared.people.wrote(&user, true);
                return Ok(Cancelled::Disabled);
            }
            if !user.status.is_invited() {
                return Err(Error::NotPending { user: Box::new(user) });
            }
            let _guard = self.refuse_lockout("cancel the invitation of", &user).await?;
            let request = Request::judged(format!("users/{id}/delete"), None);
            match self.send_judged(request, looked, &mut attempts).await {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    answer.void()?;
                    break user;
                }
                // Gone meanwhile, or there is no such route; accepted meanwhile, or nobody may: the record tells.
                Err(error) if error.is_not_found() || error.is_forbidden() => {
                    return match self.settling().user_now(id).await? {
                        None => {
                            self.shared.people.deleted(id);
                            Ok(Cancelled::Removed)
                        }
                        Some(user) if user.status == UserStatus::Active => {
                            Err(Error::NotPending { user: Box::new(user) })
                        }
                        Some(_) => Err(error),
                    };
                }
                Err(error) => return Err(error),
            }
        };
        let until = Instant::now() + self.timing().settle;
        let outcome = |client: Client| async move {
            Ok(match client.user_now(id).await? {
                None => Some((Cancelled::Removed, None)),
                Some(user) if user.status == UserStatus::Disabled => Some((Cancelled::Disabled, Some(user))),
                Some(_) => None,
            })
        };
        match self.settling().poll(until, outcome).await? {
            Some((cancelled, Some(disabled))) => {
                // The record stays. To call it deleted would let its address pass for free.
                self.shared.people.wrote(&disabled, true);
                Ok(cancelled)
            }
            Some((cancelled, None)) => {
                self.shared.people.deleted(id);
                Ok(cancelled)
            }
            None => {
                let action = format!("the cancellation of the invitation of {}", user.email);
                Err(Error::NotApplied { action, shown: "the open invitation".to_owned() })
            }
        }
    }

    /// Reads a person until a change that Atlan accepted shows.
    async fn changed_user(&self, id: &Guid, action: String, done: impl Fn(&User) -> bool) -> Result<User> {
        let settling = self.settling();
        let until = Instant::now() + self.timing().settle;
        let done = &done;
        let shown = |client: Client| async move { Ok(client.user_now(id).await?.filter(done)) };
        if let Some(user) = settling.poll(until, shown).await? {
            self.shared.people.wrote(&user, true);
            return Ok(user);
        }
        let shown = settling.existing_user(id).await?;
        let role = shown.role.map_or("no role", WorkspaceRole::as_str);
        Err(Error::NotApplied { action, shown: format!("{role}, {}", shown.status) })
    }
}

mod invite;
mod lockout;
mod source;

pub use invite::Invite;

#[cfg(test)]
mod tests;
