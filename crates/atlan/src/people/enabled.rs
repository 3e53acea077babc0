//! Whether a person can log in: disabling and enabling.
//!
//! Nothing is sent for a person who is as wanted already. The list of people decides that, but a list may lag: for a while after a person was
//! disabled, it shows them as enabled. So what this process has last asked for counts more than a list that shows the opposite.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use tokio::time::Instant;

use super::People;
use crate::api::Api;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::judged::{self, Attempts, Ended, send_judged};
use crate::records::{User, UserStatus};
use crate::request::Request;

/// A person who can log in now, or cannot any more.
#[derive(Clone, Debug)]
pub struct Switched {
    /// The person as they are now.
    pub user: User,
    /// Whether a request was sent. If not, the list of people showed the person as wanted.
    pub sent: bool,
}

/// What this process has last asked for, for each person. A request that certainly had no effect is not noted.
#[derive(Debug, Default)]
pub(super) struct LastAsked(Mutex<HashMap<Guid, Asked>>);

#[derive(Clone, Copy, Debug)]
struct Asked {
    enabled: bool,
    outcome: Outcome,
}

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It may have had no effect.
    Doubtful,
    /// Atlan has accepted it, and no list has shown it.
    Accepted,
    /// A list has shown it.
    Shown,
}

impl LastAsked {
    fn note(&self, id: &Guid, enabled: bool, outcome: Outcome) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(id.clone(), Asked { enabled, outcome });
    }

    fn of(&self, id: &Guid) -> Option<Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    /// What was asked for, if it was the opposite.
    fn opposite(&self, id: &Guid, enabled: bool) -> Option<Asked> {
        self.of(id).filter(|asked| asked.enabled != enabled)
    }
}

impl People {
    /// A person right before they are enabled or disabled, by a request that is sent after this call began.
    pub(crate) async fn before_set_enabled(&self, api: &Api, id: &Guid, enabled: bool) -> Result<User> {
        let in_doubt = self.is_in_doubt(id, enabled);
        Ok(as_asked(self.existing(api.clone(), id).await?, enabled, in_doubt))
    }

    /// A person as this process has left them, by a request that is sent after this call began. If in doubt, they are disabled.
    pub(crate) async fn as_left(&self, api: &Api, id: &Guid) -> Result<User> {
        let asked = self.last_asked.of(id);
        let mut user = self.existing(api.clone(), id).await?;
        match asked {
            Some(Asked { enabled: true, outcome: Outcome::Accepted })
                if user.status == UserStatus::Disabled =>
            {
                user.status = UserStatus::Active;
            }
            Some(Asked { enabled: false, outcome: Outcome::Accepted | Outcome::Doubtful })
                if user.status == UserStatus::Active =>
            {
                user.status = UserStatus::Disabled;
            }
            _ => {}
        }
        Ok(user)
    }

    /// Whether a person is disabled, or was disabled by this process although no list shows it yet.
    pub(crate) fn may_be_disabled(&self, user: &User) -> bool {
        user.status == UserStatus::Disabled || self.is_in_doubt(&user.id, true)
    }

    /// Whether this process has last asked for the opposite, and no list has shown that.
    fn is_in_doubt(&self, id: &Guid, enabled: bool) -> bool {
        self.last_asked.opposite(id, enabled).is_some_and(|asked| asked.outcome != Outcome::Shown)
    }

    /// Enables or disables a person. Nothing is sent when they are as wanted already.
    pub(crate) async fn set_enabled(&self, api: &Api, id: &Guid, enabled: bool) -> Result<Switched> {
        let opposite = self.last_asked.opposite(id, enabled);
        let mut in_doubt = opposite.is_some_and(|asked| asked.outcome != Outcome::Shown);
        if opposite.is_some() {
            // A request for the opposite whose answer was lost would undo this one.
            self.writes_are_over(api, id).await?;
        }
        let is_wanted = |user: &User| is_wanted(user, enabled);
        let mut attempts = Attempts::default();
        loop {
            let looked = Instant::now();
            let user = match attempts.looked(self.existing(api.clone(), id).await) {
                Ok(user) => user,
                Err(error) => return self.not_switched(api, id, enabled, &attempts, error).await,
            };
            // Once the list shows the opposite, it no longer lags.
            in_doubt &= is_wanted(&user);
            if is_wanted(&user) && !in_doubt {
                if attempts.made > 0 {
                    self.last_asked.note(id, enabled, Outcome::Shown);
                }
                self.reads.wrote(&user, true);
                return Ok(Switched { user, sent: attempts.made > 0 });
            }
            let user = as_asked(user, enabled, in_doubt);
            let guarded = match enabled {
                true => Ok(None),
                false => Box::pin(self.refuse_lockout(api, "disable", &user)).await,
            };
            let _guard = match guarded {
                Ok(guard) => guard,
                Err(error) => return self.not_switched(api, id, enabled, &attempts, error).await,
            };
            let request = Request::judged("users/{id}", Some(json!({ "enabled": enabled }))).about(id);
            let sent = send_judged(api, request, id, looked, &mut attempts, || {}).await;
            if matches!(sent, Ok(Some(_))) || attempts.doubtful_until().is_some() {
                self.last_asked.note(id, enabled, Outcome::Doubtful);
            }
            let answer = match sent {
                Ok(Some(answer)) => answer,
                Ok(None) => continue,
                Err(error) => return self.not_switched(api, id, enabled, &attempts, error).await,
            };
            answer.void()?;
            self.last_asked.note(id, enabled, Outcome::Accepted);
            let what = if enabled { "enabling" } else { "disabling" };
            let action = format!("the {what} of {}", user.email);
            let changed = match self.changed(api, id, action, is_wanted, None).await {
                // Atlan has accepted this, and the credential worked right before: it was that of the person.
                Err(error) if !enabled && api.config().allow_self_lockout && error.has_lost_access() => {
                    User { status: UserStatus::Disabled, ..user }
                }
                changed => changed?,
            };
            // In doubt, it is unknown whether the list shows this change or the state before the opposite one.
            if !in_doubt {
                self.last_asked.note(id, enabled, Outcome::Shown);
            }
            return Ok(Switched { user: changed, sent: true });
        }
    }

    /// After a failed attempt, or a failed look.
    async fn not_switched(
        &self,
        api: &Api,
        id: &Guid,
        enabled: bool,
        attempts: &Attempts,
        error: Error,
    ) -> Result<Switched> {
        let look =
            |api: Api| async move { Ok(self.now(api, id).await?.filter(|user| is_wanted(user, enabled))) };
        match judged::ended(api, attempts, error, look).await {
            Ended::Shown(user) => {
                self.last_asked.note(id, enabled, Outcome::Shown);
                self.reads.wrote(&user, true);
                Ok(Switched { user, sent: true })
            }
            Ended::Failed(error) | Ended::Unclear(error) => Err(error),
        }
    }
}

fn is_wanted(user: &User, enabled: bool) -> bool {
    (user.status != UserStatus::Disabled) == enabled
}

/// The person as this process has last asked for. `in_doubt`: it asked for the opposite of what is wanted now, and no list has shown that yet.
fn as_asked(mut user: User, enabled: bool, in_doubt: bool) -> User {
    match user.status {
        UserStatus::Active if enabled && in_doubt => user.status = UserStatus::Disabled,
        UserStatus::Disabled if !enabled && in_doubt => user.status = UserStatus::Active,
        _ => {}
    }
    user
}
