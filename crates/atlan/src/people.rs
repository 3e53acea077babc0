//! Users: people of the tenant from their invitation on. One record, one GUID, for all of a person's life here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::api::Api;
use crate::attributes::Values;
use crate::create::Batches;
use crate::error::{Error, Result};
use crate::guard::task_is_gone;
use crate::guid::Guid;
use crate::identity::{Caller, Identity};
use crate::judged::{self, Attempts, Ended, send_judged};
use crate::list::{Record, Walk};
use crate::outbox::Outbox;
use crate::reads::{Coming, Key, Need, Reads, Source as _};
use crate::records::{Role, User, UserStatus, WorkspaceRole, fold_email};
use crate::request::{Request, filter};
use crate::roles::Roles;
use crate::turns::Turns;

mod actions;
mod enabled;
mod invite;
mod lockout;
mod role;
mod source;

use actions::LastMailed;
pub use actions::{Removal, Resent, Submitted};
use enabled::LastAsked;
pub use enabled::Switched;
use invite::Invitations;
pub use invite::Invite;
#[cfg(test)]
pub(crate) use invite::Seat;
pub use lockout::Loss;
use lockout::Lowered;
pub use role::RoleChange;
pub(crate) use source::Everybody;

/// How long an invitation can be accepted.
const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Changes of roles between the look at the person and the request: as many as Terraform makes at a time.
const CHANGES_AT_ONCE: usize = 10;

/// What a person was looked for by in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Similar {
    /// The email address.
    Email,
    /// The user name.
    Username,
}

impl Similar {
    fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
        }
    }
}

/// What cancelling an invitation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The record no longer exists; the address can be invited again.
    Removed,
    /// The record stays, disabled.
    Disabled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserWire {
    id: Option<Guid>,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    enabled: Option<bool>,
    is_locked: Option<bool>,
    workspace_role: Option<String>,
    attributes: Option<UserAttributes>,
    #[serde(default)]
    is_scim_user: Value,
    #[serde(default)]
    last_login_time: Value,
    #[serde(default)]
    created_timestamp: Value,
    #[serde(default)]
    group_count: Value,
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
    #[serde(default)]
    time: Value,
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

    fn logins(&self) -> impl Iterator<Item = &LoginEvent> {
        self.login_events.iter().flatten().filter(|event| event.kind.as_deref() == Some("LOGIN"))
    }

    fn has_logged_in(&self) -> bool {
        moment(&self.last_login_time).is_some() || self.logins().next().is_some()
    }

    fn last_login_at(&self) -> Option<Timestamp> {
        moment(&self.last_login_time).or_else(|| self.logins().filter_map(|event| moment(&event.time)).max())
    }
}

/// A time in milliseconds since 1970, as a number or as text. The time of the last login is absent, null or 0 before the
/// first one.
fn moment(value: &Value) -> Option<Timestamp> {
    let at = value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|at| *at > 0.0)?;
    Timestamp::from_millisecond(at as i64).ok()
}

/// A count may come as a number or as text.
fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

impl Record for User {
    type Wire = UserWire;

    /// "Expired" is judged by the server's clock, so that a wrong clock here changes no status.
    fn read(wire: UserWire, answer: &Answer) -> Result<Self, &'static str> {
        let status = wire.status(wire.enabled.ok_or("enabled")?, answer.date);
        let last_login_at = wire.last_login_at();
        let id = wire.id.ok_or("id")?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let email = given(wire.email).ok_or("email")?;
        let attributes = wire.attributes.unwrap_or_default();
        Ok(Self {
            id,
            email,
            username: given(wire.username),
            role: wire.workspace_role.and_then(|role| role.parse().ok()),
            status,
            invited_at: attributes.invited_at.first().map(str::to_owned),
            invited_by: attributes.invited_by.first().map(str::to_owned),
            first_name: given(wire.first_name),
            last_name: given(wire.last_name),
            is_scim: wire.is_scim_user.as_bool(),
            last_login_at,
            created_at: moment(&wire.created_timestamp).filter(|_| attributes.invited_at.first().is_none()),
            is_in_groups: count(&wire.group_count).map(|count| count > 0),
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// The people of a tenant.
#[derive(Debug)]
pub(crate) struct People {
    reads: Arc<Reads<Everybody>>,
    pub(crate) outbox: Arc<Outbox<Invitations>>,
    /// Two calls for one address follow each other, so that the second finds what the first has made.
    turns: Turns,
    roles: Roles,
    pub(crate) identity: Arc<Identity>,
    /// Held from the look for another admin until the write: two demotions at once must not rely on each other.
    admins: Mutex<()>,
    /// Limits how many changes of roles are between the look at the person and the request. Without it, a request would wait behind hundreds
    /// of others, and the look would be too old when its turn comes.
    changes: Semaphore,
    /// Who was enabled or disabled by this process.
    last_asked: LastAsked,
    last_mailed: LastMailed,
    lowered: Lowered,
}

impl People {
    /// `in_flight` counts reads of all kinds.
    pub(crate) fn new(in_flight: &Arc<AtomicUsize>, identity: &Arc<Identity>) -> Self {
        let reads = Arc::new(Reads::new(Everybody, Arc::clone(in_flight)));
        let identity = Arc::clone(identity);
        let invitations = Invitations { reads: Arc::clone(&reads), identity: Arc::clone(&identity) };
        Self {
            reads,
            outbox: Arc::new(Outbox::new(invitations)),
            turns: Turns::default(),
            roles: Roles::default(),
            identity,
            admins: Mutex::new(()),
            changes: Semaphore::new(CHANGES_AT_ONCE),
            last_asked: LastAsked::default(),
            last_mailed: LastMailed::default(),
            lowered: Lowered::default(),
        }
    }

    /// How people were read, and why.
    pub(crate) fn how_read(&self) -> &'static str {
        self.reads.reason()
    }

    pub(crate) fn batches(&self) -> Batches {
        self.outbox.creates.flow().batches
    }

    pub(crate) async fn role(&self, api: &Api, role: WorkspaceRole) -> Result<Role> {
        self.roles.by_name(api, role).await
    }

    pub(crate) async fn role_named(&self, api: &Api, name: &str) -> Result<Option<Role>> {
        self.roles.named(api, name).await
    }

    pub(crate) async fn roles(&self, api: &Api, level: Option<&str>) -> Result<Vec<Role>> {
        self.roles.of_level(api, level).await
    }

    pub(crate) async fn current(&self, api: &Api) -> Result<&Caller> {
        self.identity.current(api).await
    }

    pub(crate) async fn find(&self, api: &Api, id: &Guid) -> Result<Option<User>> {
        self.reads.find(api, Key::Id(id.clone()), Need::Any).await
    }

    /// Whether there is such a person, by a list that is read after this call began.
    pub(crate) async fn exists(&self, api: &Api, id: &Guid) -> Result<bool> {
        Ok(self.now(api.clone(), id).await?.is_some())
    }

    /// As [`People::find`], asked of the server after this call began: for decisions about a write.
    async fn now(&self, api: Api, id: &Guid) -> Result<Option<User>> {
        self.reads.find(&api, Key::Id(id.clone()), Need::Fresh).await
    }

    pub(crate) async fn by_email(&self, api: &Api, email: &str) -> Result<Option<User>> {
        self.reads.find(api, Key::Natural(fold_email(email)), Need::Any).await
    }

    /// Everybody, page by page.
    pub(crate) fn pages(&self) -> Walk<User> {
        Walk::new(Everybody.list())
    }

    /// GUIDs of the people that lists have shown with this address in any case, if they are more than one.
    pub(crate) fn with_email(&self, email: &str) -> Vec<Guid> {
        self.reads.doubles(&fold_email(email))
    }

    /// Everybody with one of these addresses, which are folded.
    pub(crate) async fn by_emails(&self, api: &Api, emails: &BTreeSet<String>) -> Result<Vec<User>> {
        let mut users = self.reads.many(api, emails).await?;
        users.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        users.dedup_by(|one, other| one.id == other.id);
        Ok(users)
    }

    /// Everybody with one of these addresses, which are folded, as a look-up before an invitation finds them. The invitations that follow
    /// can do without a look-up of their own where whole pages have been read.
    pub(crate) async fn before_invitations(&self, api: &Api, emails: &BTreeSet<String>) -> Result<Vec<User>> {
        let mut looks = JoinSet::new();
        for email in emails {
            let (reads, api, key) = (Arc::clone(&self.reads), api.clone(), Key::Natural(email.clone()));
            looks.spawn(async move { reads.find(&api, key, Need::Recent).await });
        }
        let mut found = Vec::new();
        while let Some(look) = looks.join_next().await {
            found.extend(look.map_err(|_| task_is_gone(Everybody.name()))??);
        }
        Ok(found)
    }

    /// Everybody with one of these GUIDs.
    pub(crate) async fn by_ids(&self, api: &Api, ids: &BTreeSet<Guid>) -> Result<Vec<User>> {
        self.reads.with_ids(api, ids).await
    }

    /// Everybody with this user name, in any case.
    pub(crate) async fn by_username(&self, api: &Api, username: &str) -> Result<Vec<User>> {
        let wanted = username.to_lowercase();
        let mut users = match self.reads.every_known(api) {
            Some(known) => known,
            None => {
                let list = Everybody.list().seeking("username", [username]);
                api.list(&list.filter(&filter::equals("username", &wanted))).await?
            }
        };
        users
            .retain(|user: &User| user.username.as_deref().is_some_and(|name| name.to_lowercase() == wanted));
        Ok(users)
    }

    /// Some people whose email address or user name resembles one that nobody has. At most two pages are read; what they do
    /// not show is left out, because this only serves a message.
    pub(crate) async fn similar(&self, api: &Api, field: Similar, text: &str) -> Result<Vec<User>> {
        if let Some(known) = self.reads.every_known(api) {
            return Ok(known);
        }
        let local: Vec<char> = text.trim().split('@').next().unwrap_or_default().chars().collect();
        // A single typo leaves one half as it is.
        let part = local.len().div_ceil(2);
        let mut parts =
            vec![String::from_iter(&local[..part]), String::from_iter(&local[local.len() - part..])];
        parts.dedup();
        let mut found: Vec<User> = Vec::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let list = Everybody.list().filter(&filter::contains(field.name(), part));
            found.extend(api.page::<User>(&list, 0).await?.records);
        }
        found.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        found.dedup_by(|one, other| one.id == other.id);
        Ok(found)
    }

    pub(crate) async fn all(&self, api: &Api) -> Result<Vec<User>> {
        self.reads.all(api).await
    }

    async fn existing(&self, api: Api, id: &Guid) -> Result<User> {
        self.now(api, id).await?.ok_or_else(|| Error::NotFound { subject: format!("the person {id}") })
    }

    /// Waits until no write about a person that this client has sent can take effect any more.
    pub(crate) async fn writes_are_over(&self, api: &Api, id: &Guid) -> Result<()> {
        api.writes_are_over("users", &[id.as_str().to_owned()]).await
    }

    /// Cancels an invitation. A person who was already removed is no error. Whether it is still open is looked at before each
    /// attempt.
    pub(crate) async fn cancel_invitation(&self, api: &Api, id: &Guid) -> Result<Cancelled> {
        let mut attempts = Attempts::default();
        let user = loop {
            let looked = Instant::now();
            let user = match attempts.looked(self.now(api.clone(), id).await) {
                Ok(Some(user)) => user,
                Ok(None) => return Ok(self.note_cancelled(id, None)),
                Err(error) => return self.not_cancelled(api, id, attempts, error).await,
            };
            // Where cancelling disables, an attempt whose answer was lost has done that.
            if user.status == UserStatus::Disabled && attempts.made > 0 {
                return Ok(self.note_cancelled(id, Some(&user)));
            }
            if !user.status.is_invited() {
                return Err(Error::NotPending { user: Box::new(user) });
            }
            let _guard = match Box::pin(self.refuse_lockout(api, "cancel the invitation of", &user)).await {
                Ok(guard) => guard,
                Err(error) => return self.not_cancelled(api, id, attempts, error).await,
            };
            let request = Request::judged("users/{id}/delete", None).about(id);
            match send_judged(api, request, id, looked, &mut attempts, || {}).await {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    answer.void()?;
                    break user;
                }
                // Deleted meanwhile, or there is no such route; accepted meanwhile, or not permitted: the record tells.
                Err(error) if error.is_not_found() || error.is_forbidden() => {
                    return match self.now(api.settling(), id).await {
                        Ok(None) => Ok(self.note_cancelled(id, None)),
                        Ok(Some(user)) if user.status == UserStatus::Active => {
                            Err(Error::NotPending { user: Box::new(user) })
                        }
                        Err(unread) if !attempts.is_doubtful() => Err(unread),
                        _ => self.not_cancelled(api, id, attempts, error).await,
                    };
                }
                Err(error) => return self.not_cancelled(api, id, attempts, error).await,
            }
        };
        let until = Instant::now() + api.timing().settle;
        match api.settling().poll(until, |api| self.cancelled_by_now(api, id)).await? {
            Some(disabled) => Ok(self.note_cancelled(id, disabled.as_ref())),
            None => {
                let action = format!("the cancellation of the invitation of {}", user.email);
                Err(Error::NotApplied { action, shown: "the open invitation".to_owned() })
            }
        }
    }

    /// After a failed attempt to cancel, or a failed look.
    async fn not_cancelled(
        &self,
        api: &Api,
        id: &Guid,
        attempts: Attempts,
        error: Error,
    ) -> Result<Cancelled> {
        match judged::ended(api, attempts, error, |api| self.cancelled_by_now(api, id)).await {
            Ended::Shown(disabled) => Ok(self.note_cancelled(id, disabled.as_ref())),
            Ended::Failed(error) | Ended::Unclear(error) => Err(error),
        }
    }

    /// Somebody whose invitation was cancelled, if it was: as a disabled person, or gone (`None`).
    async fn cancelled_by_now(&self, api: Api, id: &Guid) -> Result<Option<Option<User>>> {
        Ok(match self.now(api, id).await? {
            None => Some(None),
            Some(user) => (user.status == UserStatus::Disabled).then_some(Some(user)),
        })
    }

    /// Notes a cancelled invitation.
    fn note_cancelled(&self, id: &Guid, disabled: Option<&User>) -> Cancelled {
        match disabled {
            // The record stays. To call it deleted would let its address pass for free.
            Some(disabled) => {
                self.reads.wrote(disabled, true);
                Cancelled::Disabled
            }
            None => {
                self.reads.deleted(id);
                Cancelled::Removed
            }
        }
    }

    /// Reads a person until a change that Atlan accepted shows. `coming`: the write, if it was announced.
    async fn changed(
        &self,
        api: &Api,
        id: &Guid,
        action: String,
        done: impl Fn(&User) -> bool,
        coming: Option<&Coming<Everybody>>,
    ) -> Result<User> {
        let settling = api.settling();
        let until = Instant::now() + api.timing().settle;
        let done = &done;
        let shown = |api| async move {
            let user = match coming {
                Some(coming) => {
                    self.reads.read_back(&api, coming, |user: Option<&User>| user.is_some_and(done)).await?
                }
                None => self.now(api, id).await?,
            };
            Ok(user.filter(done))
        };
        if let Some(user) = settling.poll(until, shown).await? {
            self.reads.wrote(&user, true);
            return Ok(user);
        }
        let shown = self.existing(settling, id).await?;
        let role = shown.role.map_or("no role", WorkspaceRole::as_str);
        Err(Error::NotApplied { action, shown: format!("{role}, {}", shown.status) })
    }
}

#[cfg(test)]
mod tests;
