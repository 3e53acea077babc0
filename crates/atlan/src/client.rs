//! The client: what a program may ask of a tenant. It holds the areas together and does nothing itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::config::Config;
use crate::error::Result;
use crate::groups::{GroupUpdate, Groups, NewGroup};
use crate::guid::Guid;
use crate::identity::{Caller, Identity, OwnToken};
use crate::list::{Record, Walk};
use crate::mappings::{Mappings, NewSsoGroupMapping, SsoGroupMappingUpdate};
use crate::members::{Joined, Member, Members};
use crate::people::{Cancelled, Invite, People, Similar};
use crate::records::{ApiToken, Group, IdpAlias, Role, SsoGroupMapping, User, WorkspaceRole};
use crate::scope::Waited;
use crate::summary::Summary;
use crate::tokens::{ApiTokenUpdate, NewApiToken, Tokens};

/// A client of one tenant. Clones share connections, pace and everything learned; each carries the limits of its call.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) areas: Arc<Areas>,
    pub(crate) api: Api,
}

/// People or groups of the tenant, page by page in the order of the server's list. Each comes once, also if records move
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

impl Pages<ApiToken> {
    /// The API tokens of the next page. `None`: there is no other page.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn next(&mut self) -> Result<Option<Vec<ApiToken>>> {
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
    tokens: Tokens,
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
        let tokens = Tokens::new(&identity);
        let areas = Areas { people, groups, members, mappings: Mappings::default(), tokens };
        Ok(Self { areas: Arc::new(areas), api: Api::new(config)? })
    }

    /// The same client for one call. After the deadline or the cancellation no request starts and every wait ends; a
    /// write under way may still answer (at most `request_timeout` later), and the look-up that learns its GUID gets a
    /// few seconds more.
    pub fn within(&self, deadline: Option<Instant>, cancel: CancellationToken) -> Self {
        Self { areas: Arc::clone(&self.areas), api: self.api.within(deadline, cancel) }
    }

    /// How long this call, and whatever was cloned from it, has waited so far, and for what.
    pub fn waited(&self) -> Waited {
        self.api.waited()
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

/// Groups.
impl Client {
    /// The group with this GUID. `None`: it is not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group(&self, id: &Guid) -> Result<Option<Group>> {
        self.areas.groups.find(&self.api, id).await
    }

    /// As [`Client::group`], asked of the server after this call began: for a write that names the group. One that this client
    /// made counts although no list shows it yet.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group_for_write(&self, id: &Guid) -> Result<Option<Group>> {
        self.areas.groups.for_write(&self.api, id).await
    }

    /// Whether a list has shown a group that this client made. One that it didn't make counts as seen.
    pub fn has_seen_group(&self, id: &Guid) -> bool {
        self.areas.groups.has_seen(id)
    }

    /// A group as some earlier read or write has shown it, without a request: for messages.
    pub fn remembered_group(&self, id: &Guid) -> Option<Group> {
        self.areas.groups.remembered(id)
    }

    /// As [`Client::group`], for one that an earlier client made without ever seeing it in a list: waits for it to show.
    /// `None`: it has not for a minute. Takes that time whatever the deadline of the call.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the
    /// requests.
    pub async fn unseen_group(&self, id: &Guid) -> Result<Option<Group>> {
        self.areas.groups.unseen(&self.api, id).await
    }

    /// The group with this internal name, compared exactly.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group_by_name(&self, name: &str) -> Result<Option<Group>> {
        self.areas.groups.by_name(&self.api, name).await
    }

    /// All groups that people see under this name, in any of Unicode's normal forms; an alias need not be unique.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn groups_by_alias(&self, alias: &str) -> Result<Vec<Group>> {
        self.areas.groups.by_alias(&self.api, alias).await
    }

    /// All groups, read page by page as they are asked for, and not kept.
    pub fn group_pages(&self) -> Pages<Group> {
        Pages { api: self.api.clone(), walk: self.areas.groups.pages() }
    }

    /// All groups, in order of their names. Calls at the same time share their requests, and a list that was read less than
    /// a minute ago answers without one; what this client has written since is in it.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        self.areas.groups.all(&self.api).await
    }

    /// Makes a group, and waits until lists show it (at most until the end of the call, which is then no error).
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when the name is taken;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when no clear answer came and the group did not show: ask
    /// [`Client::created_by_us`] before taking over what shows later; failures of the requests.
    pub async fn create_group(&self, new: &NewGroup) -> Result<Group> {
        self.areas.groups.create(&self.api, new).await
    }

    /// The group with this internal name, which an earlier client may have made without ever learning the outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown)). `None`: it has been absent for as long as a request may take,
    /// so that request came to nothing. Takes that time whatever the deadline of the call.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the
    /// requests.
    pub async fn group_after_unknown(&self, name: &str) -> Result<Option<Group>> {
        self.areas.groups.find_after_unknown(&self.api, name).await
    }

    /// Whether a group was made by this caller at `since` or later, by what the record says: as
    /// [`Client::invited_by_us`] does for people.
    ///
    /// # Errors
    /// Failures of the request that learns who the caller is.
    pub async fn created_by_us(&self, group: &Group, since: Option<Timestamp>) -> Result<bool> {
        self.areas.groups.is_by_us(&self.api, group, since).await
    }

    /// Changes what is stated and leaves the rest. Nothing is sent when nothing differs. Returns the group as it then is.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when the group does not exist;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts the change and doesn't make it; failures of the
    /// requests.
    pub async fn update_group(&self, id: &Guid, update: &GroupUpdate) -> Result<Group> {
        self.areas.groups.update(&self.api, id, update).await
    }

    /// Deletes a group for good, and waits until lists show it no more. One that is deleted already is fine.
    ///
    /// # Errors
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and lists go on showing the group; its refusal when
    /// that was 404 and they do; failures of the requests.
    pub async fn delete_group(&self, id: &Guid) -> Result<()> {
        self.areas.groups.delete(&self.api, id).await
    }
}

/// API tokens.
impl Client {
    /// The token with this GUID. `None`: it is not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn api_token(&self, id: &Guid) -> Result<Option<ApiToken>> {
        self.areas.tokens.find(&self.api, id).await
    }

    /// All tokens, in the order of their creation, as of a few minutes ago or later.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn api_tokens(&self) -> Result<Arc<Vec<ApiToken>>> {
        self.areas.tokens.all(&self.api).await
    }

    /// All tokens in the order of their creation, read page by page as they are asked for, and not kept.
    pub fn api_token_pages(&self) -> Pages<ApiToken> {
        Pages { api: self.api.clone(), walk: self.areas.tokens.pages() }
    }

    /// Makes a token, and returns it with its secret, under the name that `name` gives for each attempt, before it leaves: a name that
    /// no other token has. If an answer is lost, the secret is lost with it; that token is deleted, and one more is made.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when a token of the last name may be there;
    /// [`Error::SecretLost`](crate::Error::SecretLost) when both answers were lost and nothing is left; failures of the requests.
    pub async fn create_api_token(
        &self,
        new: &NewApiToken,
        name: impl FnMut() -> String + Send,
    ) -> Result<ApiToken> {
        self.areas.tokens.create(&self.api, new, name).await
    }

    /// Tokens that still have the name of an attempt ([`attempt_name`](crate::attempt_name)) to make a token of this name, other
    /// than the attempts of this client: what a program left that was killed in the middle of a create, or what another
    /// program is making now. Costs no request after a recent read.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn left_over_api_tokens(&self, display_name: &str) -> Result<Vec<ApiToken>> {
        self.areas.tokens.left_over(&self.api, display_name).await
    }

    /// The token with this name, which an earlier client may have made without ever learning the outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown)). `None`: it has been absent for as long as a request may take, so
    /// that request came to nothing. Takes that time whatever the deadline of the call.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn api_token_after_unknown(&self, name: &str) -> Result<Option<ApiToken>> {
        self.areas.tokens.find_after_unknown(&self.api, name).await
    }

    /// Gives a token just made the name by which it is to be known. `false`: the list does not show the token yet.
    ///
    /// # Errors
    /// As [`Client::update_api_token`].
    pub async fn name_api_token(&self, made: &ApiToken, update: &ApiTokenUpdate) -> Result<bool> {
        self.areas.tokens.name(&self.api, made, update).await
    }

    /// As [`Client::api_token`], for one that an earlier client made without ever seeing it in a list: waits for it to show. `None`:
    /// it has not for half a minute. Takes that time whatever the deadline of the call.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn unseen_api_token(&self, id: &Guid) -> Result<Option<ApiToken>> {
        self.areas.tokens.unseen(&self.api, id).await
    }

    /// Changes a token. Nothing is sent when nothing differs.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when the token does not exist;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts the change and doesn't make it; failures of the requests.
    pub async fn update_api_token(&self, id: &Guid, update: &ApiTokenUpdate) -> Result<ApiToken> {
        self.areas.tokens.update(&self.api, id, update).await
    }

    /// Refuses what would delete the credential that makes the requests, unless `allow_self_lockout` says otherwise. `username`: of
    /// the service account.
    ///
    /// # Errors
    /// [`Error::OwnCredential`](crate::Error::OwnCredential); failures of the request that learns who the caller is.
    pub async fn refuse_own_credential(&self, username: &str) -> Result<()> {
        self.areas.tokens.refuse_own(&self.api, username).await
    }

    /// Deletes a token, and waits until the list shows it no more. One that is deleted already is fine. `username`: of its service
    /// account.
    ///
    /// # Errors
    /// [`Error::OwnCredential`](crate::Error::OwnCredential) when it is the one that makes the requests;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and the list goes on showing the token; failures of the
    /// requests.
    pub async fn delete_api_token(&self, id: &Guid, username: &str) -> Result<()> {
        self.areas.tokens.delete(&self.api, id, username).await
    }

    /// Deletes a token that this program has made for itself, and waits until the list shows it no more. One that is deleted already
    /// is fine.
    ///
    /// # Errors
    /// As [`Client::delete_api_token`], but for the credential that makes the requests, which it cannot be.
    pub async fn discard_api_token(&self, id: &Guid) -> Result<()> {
        self.areas.tokens.remove(&self.api, id).await
    }

    /// The time by the server's clock, from its answers so far. `None`: no answer told.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.api.server_time()
    }
}

/// SSO group mappings.
impl Client {
    /// The mapping with this id. `None`: the list of the identity provider lacks it, or the tenant has no such provider.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn sso_group_mapping(&self, idp: &IdpAlias, id: &Guid) -> Result<Option<SsoGroupMapping>> {
        self.areas.mappings.find(&self.api, idp, id).await
    }

    /// All group mappings of an identity provider, in the order of the server, as of a few minutes ago or later.
    ///
    /// # Errors
    /// A refusal with 404 when the tenant has no such provider; failures of the request.
    pub async fn sso_group_mappings(&self, idp: &IdpAlias) -> Result<Arc<Vec<SsoGroupMapping>>> {
        self.areas.mappings.all(&self.api, idp).await
    }

    /// A name for a new mapping, which no other has.
    pub fn new_mapping_name(&self, group_id: &Guid) -> String {
        self.areas.mappings.new_name(&self.api, group_id)
    }

    /// Makes a mapping, and waits until the list shows it, because the answer carries no id.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when the group has a mapping at the identity provider;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when no clear answer came and the mapping does not show; a refusal
    /// with 404 when the tenant has no such provider; failures of the requests.
    pub async fn create_sso_group_mapping(&self, new: &NewSsoGroupMapping) -> Result<SsoGroupMapping> {
        self.areas.mappings.create(&self.api, new).await
    }

    /// The mapping with this name, which an earlier client made without ever seeing it in a list: waits for it to show. `None`: it has
    /// not for a minute. Takes that time whatever the deadline of the call.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn unseen_sso_group_mapping(
        &self,
        idp: &IdpAlias,
        name: &str,
    ) -> Result<Option<SsoGroupMapping>> {
        self.areas.mappings.unseen(&self.api, idp, name).await
    }

    /// The mapping with this name, which an earlier client may have made without ever learning the outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown)). `None`: it has been absent for as long as a request may take,
    /// so that request came to nothing. Takes that time whatever the deadline of the call.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn sso_group_mapping_after_unknown(
        &self,
        idp: &IdpAlias,
        name: &str,
    ) -> Result<Option<SsoGroupMapping>> {
        self.areas.mappings.find_after_unknown(&self.api, idp, name).await
    }

    /// Changes a mapping and leaves the rest of its record. Nothing is sent when nothing differs.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when the mapping does not exist;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts the change and doesn't make it; failures of the
    /// requests.
    pub async fn update_sso_group_mapping(
        &self,
        idp: &IdpAlias,
        id: &Guid,
        update: &SsoGroupMappingUpdate,
    ) -> Result<SsoGroupMapping> {
        self.areas.mappings.update(&self.api, idp, id, update).await
    }

    /// Deletes a mapping, and waits until the list shows it no more. Memberships stay as they are. One that is deleted already is
    /// fine.
    ///
    /// # Errors
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and the list goes on showing the mapping; failures of
    /// the requests.
    pub async fn delete_sso_group_mapping(&self, idp: &IdpAlias, id: &Guid) -> Result<()> {
        self.areas.mappings.delete(&self.api, idp, id).await
    }
}

/// People and their invitations.
impl Client {
    /// The person with this GUID. `None`: not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn user(&self, id: &Guid) -> Result<Option<User>> {
        self.areas.people.find(&self.api, id).await
    }

    /// The person with this email address in any case, compared as [`fold_email`](crate::fold_email) does. The server's
    /// filter finds parts of addresses, too; those are not taken.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        self.areas.people.by_email(&self.api, email).await
    }

    /// The GUIDs of the people that lists have shown with this address in any case, if they are more than one: a server may
    /// keep the case of addresses. Ask after [`Client::user_by_email`].
    pub fn users_with_email(&self, email: &str) -> Vec<Guid> {
        self.areas.people.with_email(email)
    }

    /// Everybody with this user name in any case; nobody or one person, unless the tenant is strange.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn users_by_username(&self, username: &str) -> Result<Vec<User>> {
        self.areas.people.by_username(&self.api, username).await
    }

    /// Everybody with one of these addresses, which must be as [`fold_email`](crate::fold_email) gives them, in any order. One
    /// request for some 75 addresses; those that nobody has take one more for some 25.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users_by_emails(&self, emails: &BTreeSet<String>) -> Result<Vec<User>> {
        self.areas.people.by_emails(&self.api, emails).await
    }

    /// Everybody with one of these GUIDs, in any order. One request for some 75 GUIDs, if no whole list is at hand.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users_by_ids(&self, ids: &BTreeSet<Guid>) -> Result<Vec<User>> {
        self.areas.people.by_ids(&self.api, ids).await
    }

    /// Some people whose email address or user name resembles one that nobody has, and others: for a message. Takes at most
    /// two requests.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn similar_users(&self, by: Similar, text: &str) -> Result<Vec<User>> {
        self.areas.people.similar(&self.api, by, text).await
    }

    /// Everybody, read page by page as they are asked for, and not kept.
    pub fn user_pages(&self) -> Pages<User> {
        Pages { api: self.api.clone(), walk: self.areas.people.pages() }
    }

    /// Everybody, in order of user names. Calls at the same time share their requests, and a list that was read less than ten
    /// seconds ago answers without one; what this client has written since is in it.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users(&self) -> Result<Vec<User>> {
        self.areas.people.all(&self.api).await
    }

    /// Invites somebody and waits until the list of users shows them. Invitations made at the same time leave in one
    /// request; a lone one waits for no other.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when the address is known;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when the answer was lost, or the person doesn't show before
    /// the end of the call: look before inviting again; a refusal, for which
    /// [`Error::is_sso_refusal`](crate::Error::is_sso_refusal) may hold; failures of the requests.
    pub async fn invite(&self, invite: &Invite) -> Result<User> {
        self.areas.people.invite(&self.api, invite).await
    }

    /// As [`Client::invite`], for somebody whose invitation was sent by an earlier client that never learned the outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown)). That request may take effect even now, so the address
    /// must stay absent for as long as a request may take before it is sent again.
    ///
    /// # Errors
    /// As [`Client::invite`]; [`Error::AlreadyExists`](crate::Error::AlreadyExists) is the earlier invitation, most likely.
    pub async fn invite_after_unknown(&self, invite: &Invite) -> Result<User> {
        self.areas.people.invite_after_unknown(&self.api, invite).await
    }

    /// As [`Client::user_by_email`], for somebody whose invitation was sent by an earlier client that never learned the
    /// outcome. `None`: they have been absent for as long as a request may take, so that invitation came to nothing. Takes
    /// that time whatever the deadline of the call: half the time would prove nothing, however often it is tried.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the
    /// requests.
    pub async fn user_after_unknown(&self, email: &str) -> Result<Option<User>> {
        self.areas.people.find_after_unknown(&self.api, email).await
    }

    /// Whether an invitation was sent by this caller at `since` or later, by what the record says: for somebody found
    /// after an attempt whose outcome is unknown ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown), which carries
    /// `since`; with several such attempts the earliest counts). Times are compared with a slack of ten seconds, for clocks
    /// of the server that differ. Without `since` the name alone decides. A record that does not say by whom and when is
    /// not ours: a later process did not see that the person was absent right before the attempt.
    ///
    /// # Errors
    /// Failures of the request that learns who the caller is.
    pub async fn invited_by_us(&self, user: &User, since: Option<Timestamp>) -> Result<bool> {
        self.areas.people.invited_by_us(&self.api, user, since).await
    }

    /// Gives a person another workspace role; pending people, too. Nothing is sent when they have it already.
    ///
    /// # Errors
    /// [`Error::Lockout`](crate::Error::Lockout) when a role is lowered that the caller depends on;
    /// [`Error::NotFound`](crate::Error::NotFound) when there is no such person;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of the requests.
    pub async fn change_role(&self, id: &Guid, role: WorkspaceRole) -> Result<User> {
        self.areas.people.change_role(&self.api, id, role).await
    }

    /// Disables a person. Nothing is sent when they are disabled already.
    ///
    /// # Errors
    /// A refusal with 403 for most credentials: API tokens may not do this; [`Error::Lockout`](crate::Error::Lockout) when
    /// the caller depends on the person; [`Error::NotFound`](crate::Error::NotFound) when there is no such person;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of the requests.
    pub async fn disable(&self, id: &Guid) -> Result<User> {
        self.areas.people.disable(&self.api, id).await
    }

    /// Enables a disabled person. Nothing is sent when they can log in already.
    ///
    /// # Errors
    /// A refusal with 403 for most credentials: API tokens may not do this; [`Error::NotFound`](crate::Error::NotFound) when
    /// the person no longer exists; [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing;
    /// failures of the requests.
    pub async fn enable(&self, id: &Guid) -> Result<User> {
        self.areas.people.enable(&self.api, id).await
    }

    /// Cancels an invitation. A person who was already removed is no error. Whether it is still open is looked at before each
    /// attempt.
    ///
    /// # Errors
    /// [`Error::NotPending`](crate::Error::NotPending) when the person is active or disabled, also when they have become so
    /// meanwhile, because the same request would delete them without a word about what they own: what is to become of
    /// somebody active is the caller's to decide. A refusal with 403 or 404 where the credential or the tenant can't cancel;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of the requests.
    pub async fn cancel_invitation(&self, id: &Guid) -> Result<Cancelled> {
        self.areas.people.cancel_invitation(&self.api, id).await
    }
}

/// Memberships of people in groups.
impl Client {
    /// Somebody in a group. `None`: they are not in it, or the person or the group does not exist.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn member(&self, group: &Guid, user: &Guid) -> Result<Option<Member>> {
        self.areas.members.find(&self.api, group, user).await
    }

    /// As [`Client::member`], for a membership that an earlier client made without ever seeing it in a list
    /// ([`Joined::shown`]): waits for it to show. `None`: it has not for a minute. Takes that time whatever the deadline of the
    /// call.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn unseen_member(&self, group: &Guid, user: &Guid) -> Result<Option<Member>> {
        self.areas.members.unseen(&self.api, group, user).await
    }

    /// Everybody in a group, in order of their GUIDs, asked of the server now. `None`: there is no such group.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn members(&self, group: &Guid) -> Result<Option<Vec<Member>>> {
        self.areas.members.all(&self.api, group).await
    }

    /// The same group with the number of members that it has now, memberships included that this client has made or ended.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn counted(&self, group: Group) -> Result<Group> {
        self.areas.members.counted(&self.api, group).await
    }

    /// The groups of a person, in order of their internal names, asked of the server now. `None`: nobody has this GUID.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn groups_of(&self, user: &Guid) -> Result<Option<Vec<Group>>> {
        self.areas.members.groups_of(&self.api, user).await
    }

    /// Adds somebody to a group, and waits until a list shows it (at most until the end of the call, which is then no error).
    /// Nothing is sent for somebody who is in the group. Groups that wait for one person at the same time leave in one request.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when there is no such group or person; failures of the requests.
    pub async fn join(&self, group: &Guid, user: &User) -> Result<Joined> {
        self.areas.members.join(&self.api, group, user).await
    }

    /// Adds people who are known to be absent, and reads them back together. Outcomes are in the order of the people; errors are
    /// those of [`Client::join`].
    pub async fn join_all(&self, group: &Guid, users: &[User]) -> Vec<Result<Joined>> {
        self.areas.members.join_all(&self.api, group, users).await
    }

    /// Takes people out of a group, and waits until no list shows them in it. Somebody who is not in it is fine, and so is a
    /// group or person that does not exist. People who wait for one group at the same time leave in one request. Outcomes are in
    /// the order of the people: [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of
    /// the requests.
    pub async fn leave(&self, group: &Guid, users: &[Guid]) -> Vec<Result<()>> {
        self.areas.members.leave(&self.api, group, users).await
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
            client.invite_after_unknown(&Invite { email: "a@b.c".into(), role: WorkspaceRole::Guest }),
        );
        assert_send(client.change_role(&id, WorkspaceRole::Guest));
        assert_send(client.disable(&id));
        assert_send(client.member(&id, &id));
        assert_send(client.leave(&id, std::slice::from_ref(&id)));
        assert_send(client.cancel_invitation(&id));
    }
}
