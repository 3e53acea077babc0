//! Whether a person can log in: disabling and enabling.
//!
//! Nothing is sent for a person who is as wanted already. The list of people decides that, but a list may lag: for a while after a person was
//! disabled, it shows them as enabled. So what this process has last asked for counts more than a list that shows the opposite.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    /// Whether the request before was for the opposite, and no list has shown it. Then a list that is as this one asked may be older than both.
    over_unseen: bool,
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
        let over_unseen = outcome == Outcome::Doubtful && self.is_in_doubt(id, enabled);
        self.all().insert(id.clone(), Asked { enabled, outcome, over_unseen });
    }

    /// A request to enable that was in doubt had no effect. `earlier`: what was asked for before it.
    fn forget_doubtful(&self, id: &Guid, earlier: Option<Asked>) {
        let mut all = self.all();
        let is_it = |asked: &Asked| asked.enabled && asked.outcome == Outcome::Doubtful;
        if !all.get(id).is_some_and(is_it) {
            return;
        }
        match earlier {
            Some(earlier) => all.insert(id.clone(), earlier),
            None => all.remove(id),
        };
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Guid, Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, id: &Guid) -> Option<Asked> {
        self.all().get(id).copied()
    }

    /// Whether the opposite was asked for, and no list has shown that.
    fn is_in_doubt(&self, id: &Guid, enabled: bool) -> bool {
        self.of(id).is_some_and(|asked| match asked.enabled == enabled {
            true => asked.over_unseen,
            false => asked.outcome != Outcome::Shown,
        })
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
            Some(Asked { enabled: true, outcome: Outcome::Accepted, .. })
                if user.status == UserStatus::Disabled =>
            {
                user.status = UserStatus::Active;
            }
            Some(
                Asked { enabled: false, outcome: Outcome::Accepted | Outcome::Doubtful, .. }
                | Asked { enabled: true, over_unseen: true, .. },
            ) if user.status == UserStatus::Active => {
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

    /// Whether this process has asked for the opposite, and no list has shown that.
    fn is_in_doubt(&self, id: &Guid, enabled: bool) -> bool {
        self.last_asked.is_in_doubt(id, enabled)
    }

    /// Enables or disables a person. Nothing is sent when they are as wanted already.
    pub(crate) async fn set_enabled(&self, api: &Api, id: &Guid, enabled: bool) -> Result<Switched> {
        let earlier = self.last_asked.of(id);
        let mut in_doubt = self.is_in_doubt(id, enabled);
        if earlier.is_some_and(|asked| asked.enabled != enabled) {
            // A request for the opposite whose answer was lost would undo this one.
            self.writes_are_over(api, id).await?;
        }
        let mut attempts = Attempts::default();
        let (user, _guard) = match self.ask(api, id, enabled, &mut in_doubt, &mut attempts).await {
            Ok(Reply::AsWanted(user)) => {
                if attempts.made > 0 {
                    self.last_asked.note(id, enabled, Outcome::Shown);
                }
                self.reads.wrote(&user, true);
                return Ok(Switched { user, sent: attempts.made > 0 });
            }
            Ok(Reply::Accepted(user, guard)) => (user, guard),
            // A list that is as wanted may be older than the opposite request.
            Err(error) if in_doubt => return Err(attempts.into_failure(error)),
            Err(error) => return self.not_accepted(api, id, (enabled, earlier), attempts, error).await,
        };
        self.last_asked.note(id, enabled, Outcome::Accepted);
        let what = if enabled { "enabling" } else { "disabling" };
        let action = format!("the {what} of {}", user.email);
        let changed = match self.changed(api, id, action, |user| is_wanted(user, enabled), None).await {
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
        Ok(Switched { user: changed, sent: true })
    }

    /// Asks until a list shows the person as wanted, or Atlan accepts the change.
    async fn ask(
        &self,
        api: &Api,
        id: &Guid,
        enabled: bool,
        in_doubt: &mut bool,
        attempts: &mut Attempts,
    ) -> Result<Reply<'_>> {
        loop {
            let looked = Instant::now();
            let user = attempts.looked(self.existing(api.clone(), id).await)?;
            // Once the list shows the opposite, it no longer lags.
            *in_doubt &= is_wanted(&user, enabled);
            if is_wanted(&user, enabled) && !*in_doubt {
                return Ok(Reply::AsWanted(user));
            }
            let user = as_asked(user, enabled, *in_doubt);
            let guard = match enabled {
                true => None,
                false => Box::pin(self.refuse_lockout(api, "disable", &user)).await?,
            };
            let request = Request::judged("users/{id}", Some(json!({ "enabled": enabled }))).about(id);
            let sent = send_judged(api, request, id, looked, attempts, || {}).await;
            if matches!(sent, Ok(Some(_))) || attempts.is_doubtful() {
                self.last_asked.note(id, enabled, Outcome::Doubtful);
            }
            if let Some(answer) = sent? {
                answer.void()?;
                return Ok(Reply::Accepted(user, guard));
            }
        }
    }

    /// The last attempt failed, or was not made. `asked`: for what, and what was asked for before.
    async fn not_accepted(
        &self,
        api: &Api,
        id: &Guid,
        asked: (bool, Option<Asked>),
        attempts: Attempts,
        error: Error,
    ) -> Result<Switched> {
        let ((enabled, earlier), is_noted) = (asked, attempts.is_doubtful());
        let look =
            |api: Api| async move { Ok(self.now(api, id).await?.filter(|user| is_wanted(user, enabled))) };
        match judged::ended(api, attempts, error, look).await {
            Ended::Shown(user) => {
                self.last_asked.note(id, enabled, Outcome::Shown);
                self.reads.wrote(&user, true);
                Ok(Switched { user, sent: true })
            }
            Ended::Failed(error) => {
                // A disable that may have taken effect stays in doubt: no other admin may count on this one.
                if is_noted && enabled {
                    self.last_asked.forget_doubtful(id, earlier);
                }
                Err(error)
            }
            Ended::Unclear(error) => Err(error),
        }
    }
}

/// What came of asking.
enum Reply<'a> {
    /// The person is as wanted.
    AsWanted(User),
    /// Atlan accepted the change. Until it shows, no other admin loses access.
    Accepted(User, Option<tokio::sync::MutexGuard<'a, ()>>),
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
