//! The client: what a program may ask of a tenant. It passes calls on to the areas and does nothing itself. There is
//! one file of calls for each area.

mod credentials;
mod groups;
mod mappings;
mod memberships;
mod people;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::config::Config;
use crate::credentials::{self as machine, Credential};
use crate::error::Result;
use crate::groups::Groups;
use crate::identity::{Caller, Identity, OwnToken};
use crate::list::{Record, Walk};
use crate::mappings::Mappings;
use crate::members::{Member, Members};
use crate::people::People;
use crate::records::{Group, Role, User, WorkspaceRole};
use crate::scope::Waited;
use crate::summary::Summary;

/// A client of one tenant. Clones share connections, pace and everything that is known; each carries the limits of its call.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) areas: Arc<Areas>,
    pub(crate) api: Api,
}

/// People, groups or members, page by page in the order of the server's list. Each comes once, also if records move
/// between pages while they are read. Records that cannot be read, such as people without an address, are left out.
#[derive(Debug)]
pub struct Pages<T> {
    api: Api,
    walk: Walk<T>,
}

impl Pages<User> {
    /// The people of the next page. `None`: there is no other page.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn next(&mut self) -> Result<Option<Vec<User>>> {
        next(&self.api, &mut self.walk).await
    }
}

impl Pages<Group> {
    /// The groups of the next page. `None`: there is no other page.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn next(&mut self) -> Result<Option<Vec<Group>>> {
        next(&self.api, &mut self.walk).await
    }
}

impl Pages<Member> {
    /// The members of the next page. `None`: there is no other page.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn next(&mut self) -> Result<Option<Vec<Member>>> {
        next(&self.api, &mut self.walk).await
    }
}

impl<K: Credential> Pages<K> {
    /// The credentials of the next page. `None`: there is no other page.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn next(&mut self) -> Result<Option<Vec<K>>> {
        next(&self.api, &mut self.walk).await
    }
}

async fn next<T: Record>(api: &Api, walk: &mut Walk<T>) -> Result<Option<Vec<T>>> {
    if walk.is_done { Ok(None) } else { api.next_page(walk).await.map(Some) }
}

#[derive(Debug)]
pub(crate) struct Areas {
    pub(crate) people: Arc<People>,
    groups: Arc<Groups>,
    members: Arc<Members>,
    mappings: Mappings,
    pub(crate) credentials: machine::Areas,
}

impl Client {
    /// Makes a client, without any request.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) names the setting that breaks a rule.
    pub fn new(config: Config) -> Result<Self> {
        let in_flight = Arc::new(AtomicUsize::new(0));
        let identity = Arc::<Identity>::default();
        let people = Arc::new(People::new(&in_flight, &identity));
        let groups = Arc::new(Groups::new(&in_flight, &identity));
        let members = Arc::new(Members::new(&people, &groups));
        let credentials = machine::Areas::new(&identity);
        let areas = Areas { people, groups, members, mappings: Mappings::default(), credentials };
        Ok(Self { areas: Arc::new(areas), api: Api::new(config)? })
    }

    /// The same client for one call. After the deadline or the cancellation no request starts and every wait ends; a
    /// write under way may still answer (at most `request_timeout` later), and the look-up that learns its GUID gets a
    /// few seconds more.
    pub fn within(&self, deadline: Option<Instant>, cancel: CancellationToken) -> Self {
        Self { areas: Arc::clone(&self.areas), api: self.api.within(deadline, cancel) }
    }

    /// The same client for a call about many objects, which has much time: what Atlan has accepted and does not show within two
    /// minutes is not waited for until the end of the call, because a server may drop one entry of many without an error.
    #[must_use]
    pub fn watching_briefly(&self) -> Self {
        Self { areas: Arc::clone(&self.areas), api: self.api.with(self.api.scope.watching_briefly()) }
    }

    /// How long this call, and whatever was cloned from it, has waited so far, and for what. Together at most as long as it has lasted.
    pub fn waited(&self) -> Waited {
        self.api.has_waited()
    }

    /// What this client and its clones have done so far.
    pub fn summary(&self) -> Summary {
        let batches = self.areas.people.batches();
        Summary {
            batches: batches.count,
            invitations: batches.entries,
            largest_batch: batches.largest,
            people: self.areas.people.how_read(),
            groups: self.areas.groups.how_read(),
            ..self.api.counts()
        }
    }

    /// Address of the tenant.
    pub fn base_url(&self) -> &url::Url {
        &self.api.config().base_url
    }

    /// The identity behind the credentials. Read once and kept for the life of the client.
    ///
    /// # Errors
    /// Failures of the request; an answer without id or user name.
    pub async fn current(&self) -> Result<&Caller> {
        self.areas.people.current(&self.api).await
    }

    /// The tenant's record of a workspace role. Read once and kept for the life of the client.
    ///
    /// # Errors
    /// [`Error::RoleMissing`](crate::Error::RoleMissing) when the tenant's list lacks it; failures of the request.
    pub async fn role_by_name(&self, role: WorkspaceRole) -> Result<Role> {
        self.areas.people.role(&self.api, role).await
    }

    /// The role with this name, compared exactly. `None`: the tenant has none of that name.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn role_named(&self, name: &str) -> Result<Option<Role>> {
        self.areas.people.role_named(&self.api, name).await
    }

    /// The roles of one level; without a level, those that a person or an OAuth client can have. Server order.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn roles(&self, level: Option<&str>) -> Result<Vec<Role>> {
        self.areas.people.roles(&self.api, level).await
    }

    /// The name of the caller's role. Read once and kept. `None`: the tenant does not tell it.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn current_role(&self) -> Result<Option<String>> {
        self.areas.people.identity.role(&self.api).await
    }

    /// The API token that makes the requests. Read once and kept. `None`: the caller is no API token, or no list shows it.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn own_token(&self) -> Result<Option<OwnToken>> {
        self.areas.people.identity.own_token(&self.api).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Credentials, GroupUpdate, Invite, NewGroup, Secret, WorkspaceRole};

    fn assert_send<T: Send>(_: T) {}

    /// Futures hold each other by value: one that is large makes all above it larger, until a thread's stack overflows.
    #[test]
    fn calls_stay_small() {
        let url = crate::parse_base_url("https://example.atlan.com").expect("a URL");
        let client =
            Client::new(Config::new(url, Credentials::ApiKey(Secret::new("key")))).expect("good settings");
        let id: crate::Guid = "a".parse().expect("a GUID");
        let sizes = [
            size_of_val(&client.invite(&Invite { email: "a@b.c".into(), role: WorkspaceRole::Guest })),
            size_of_val(&client.change_role(&id, WorkspaceRole::Guest)),
            size_of_val(&client.cancel_invitation(&id)),
            size_of_val(&client.update_group(&id, &GroupUpdate::default())),
        ];
        assert!(sizes.iter().all(|size| *size < 8 << 10), "{sizes:?}");
    }

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
            client.invite_after_unknown(&Invite { email: "a@b.c".into(), role: WorkspaceRole::Guest }, false),
        );
        assert_send(client.change_role(&id, WorkspaceRole::Guest));
        assert_send(client.disable(&id));
        assert_send(client.member(&id, &id));
        assert_send(client.leave(&id, std::slice::from_ref(&id)));
        assert_send(client.cancel_invitation(&id));
    }
}
