//! The client: the state that its areas share, and the limits of one call.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::sync::{Mutex, OnceCell};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Sharing, Timing};
use crate::error::{Error, Result};
use crate::identity::{Caller, Creator};
use crate::list::{List, Pager, Record};
use crate::outbox::Outbox;
use crate::reads::Shelf;
use crate::records::Group;
use crate::records::Role;
use crate::records::User;
use crate::scope::{Scope, Waited};
use crate::transport::Transport;

/// A client of one tenant. Clones share connections, pace and everything learned; each carries the limits of its call.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) scope: Scope,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) transport: Transport,
    pub(crate) pager: Pager,
    pub(crate) outbox: Outbox,
    pub(crate) people: Shelf<User>,
    pub(crate) groups: Shelf<Group>,
    /// Shared reads in flight, of all kinds.
    pub(crate) reading: AtomicUsize,
    pub(crate) roles: OnceCell<Vec<Role>>,
    pub(crate) caller: OnceCell<Caller>,
    pub(crate) creator: OnceCell<Creator>,
    /// Held from the look for another admin until the write: two demotions at once must not rely on each other.
    pub(crate) admins: Mutex<()>,
}

impl Client {
    /// Makes a client, without any request.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that breaks a rule.
    pub fn new(config: Config) -> Result<Self> {
        let shared = Shared {
            transport: Transport::new(config)?,
            pager: Pager::default(),
            outbox: Outbox::default(),
            people: Shelf::default(),
            groups: Shelf::default(),
            reading: AtomicUsize::new(0),
            roles: OnceCell::new(),
            caller: OnceCell::new(),
            creator: OnceCell::new(),
            admins: Mutex::new(()),
        };
        Ok(Self { shared: Arc::new(shared), scope: Scope::default() })
    }

    /// The same client for one call. After the deadline or the cancellation no request starts and every wait ends; a
    /// write under way may still answer (at most `request_timeout` later), and the look-up that learns its GUID gets a
    /// few seconds more.
    pub fn within(&self, deadline: Option<Instant>, cancel: CancellationToken) -> Self {
        Self { shared: Arc::clone(&self.shared), scope: Scope::new(deadline, cancel) }
    }

    /// How long this call, and whatever was cloned from it, has waited so far, and for what.
    pub fn waited(&self) -> Waited {
        self.scope.waited()
    }

    pub(crate) fn config(&self) -> &Config {
        self.shared.transport.config()
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.config().timing
    }

    pub(crate) fn sharing(&self) -> &Sharing {
        &self.config().sharing
    }

    /// The same client without limits, for work that several calls share.
    pub(crate) fn detached(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), scope: Scope::default() }
    }

    /// The same client, with a short grace after the end of its call: to learn what a finished write has done.
    pub(crate) fn settling(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), scope: self.scope.settling(self.timing().grace) }
    }

    /// The same client, with time to look until then, and once more after it: to learn what an earlier process has done.
    pub(crate) fn looking_until(&self, until: Instant) -> Self {
        let scope = self.scope.at_least_until(until + self.config().request_timeout);
        Self { shared: Arc::clone(&self.shared), scope }
    }

    pub(crate) async fn list<T: Record>(&self, list: &List) -> Result<Vec<T>> {
        self.shared.pager.all(&self.shared.transport, &self.scope, list).await
    }

    /// Looks until something shows, with growing pauses, or `until` has passed (a last look is made after it). `None`:
    /// it didn't show. A failed look counts as one that showed nothing, unless it was the last.
    ///
    /// `look` gets a client of its own: a future that borrowed it could not be proven to be `Send`.
    pub(crate) async fn poll<T, L>(&self, until: Instant, look: impl Fn(Client) -> L) -> Result<Option<T>>
    where
        L: Future<Output = Result<Option<T>>>,
    {
        let mut pause = self.timing().poll;
        loop {
            let started = Instant::now();
            let seen = look(self.clone()).await;
            match seen {
                Ok(Some(found)) => return Ok(Some(found)),
                Err(error @ Error::Stopped { .. }) => return Err(error),
                Err(error) if started >= until || !error.is_retryable() => return Err(error),
                Ok(None) if started >= until => return Ok(None),
                _ => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.scope.sleep(pause.min(left)).await.is_err() {
                return Ok(None);
            }
            pause = (pause * 2).min(self.timing().poll_max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Credentials, GroupUpdate, Invite, NewGroup, Secret, WorkspaceRole};

    fn assert_send<T: Send>(_: T) {}

    #[test]
    fn calls_can_move_between_threads() {
        let url = crate::parse_base_url("https://example.atlan.com").expect("a URL");
        let client =
            Client::new(Config::new(url, Credentials::ApiKey(Secret::new("key")))).expect("good settings");
        let id: crate::Guid = "a".parse().expect("a GUID");
        let new = NewGroup { name: "a".into(), alias: "A".into(), description: None, is_default: false };
        assert_send(client.create_group(&new));
        assert_send(client.update_group(&id, &GroupUpdate::default()));
        assert_send(client.delete_group(&id));
        assert_send(client.invite(&Invite { email: "a@b.c".into(), role: WorkspaceRole::Guest }));
        assert_send(
            client.invite_after_unknown(&Invite { email: "a@b.c".into(), role: WorkspaceRole::Guest }),
        );
        assert_send(client.change_role(&id, WorkspaceRole::Guest));
        assert_send(client.disable(&id));
        assert_send(client.cancel_invitation(&id));
    }
}
