//! Machine credentials, which are API tokens and OAuth clients: look-ups, create, update, delete. Atlan shows their secrets once.
//!
//! All credentials of one kind come in one list, which all calls share (`listing.rs`). What one kind adds is in a file of its own.

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Creates, absent_by_after};
use crate::error::{Error, Existing, Result, Subject};
use crate::guid::Guid;
use crate::identity::{self, Identity};
use crate::list::{List, Record, Walk, Whole};
use crate::listing::Listing;
use crate::records::{ApiToken, OauthClient};
use crate::request::{Method, Request};
use crate::secret::Secret;
use crate::settle::{self, Settled};

mod create;
mod oauth_client;
mod token;

use create::{NewCredentials, PATIENCE};
pub use oauth_client::{NewOauthClient, OauthClientUpdate};
pub use token::{ApiTokenUpdate, NewApiToken};

/// A list that is shorter than that has come in one page: the smallest page that is asked for.
const PAGE: usize = 20;

/// How often a credential is made whose secret was lost with the answer.
const CREATES: usize = 2;

/// Greatest age of a credential that a killed program may have created and not stored: a person starts the next run within this time.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// A kind of machine credential: [`ApiToken`] or [`OauthClient`]. Only this crate adds kinds and calls the functions of the trait.
#[expect(
    private_bounds,
    private_interfaces,
    reason = "what a kind adds are its requests, which no other crate sees"
)]
pub trait Credential: Record + Clone + Debug + Send + Sync + 'static {
    /// What is to be made.
    type New: Clone + Debug + Send + Sync + 'static;
    /// What it is to be.
    type Update: Sync;

    /// Path of the list.
    const LIST: &'static str;
    /// `the API token`, for messages.
    const ONE: &'static str;
    /// `the list of API tokens`, for messages.
    const ALL: &'static str;

    /// The area of this kind.
    fn area(areas: &Areas) -> &Credentials<Self>;

    /// What an unknown outcome is about.
    fn subject(name: &str) -> Subject;
    /// What is in the way of a create.
    fn existing(self) -> Existing;

    /// The name that something new gets later.
    fn name_of(new: &Self::New) -> &str;
    /// The body of a create under this name.
    fn body(name: &str, new: &Self::New) -> Value;
    /// Where the answer of a create has the secret, for messages.
    const SECRET: &'static str;

    /// The record in the answer of a create. Without its secret it is of no use, as if the answer had been lost.
    fn made(answer: &Answer) -> Result<Self> {
        let made = Self::read(answer.json()?, answer);
        let made = made.map_err(|field| answer.unreadable(format!("`{field}` is missing")))?;
        match made.secret() {
            Some(_) => Ok(made),
            None => Err(answer.unreadable(format!("`{}` is missing", Self::SECRET))),
        }
    }

    /// Name shown in Atlan.
    fn display_name(&self) -> &str;
    /// The secret, which only the answer of a create has.
    fn secret(&self) -> Option<&Secret>;
    /// The same record with another name.
    fn named(self, name: &str) -> Self;

    /// Stable for the life of the credential.
    fn guid(&self) -> &Guid {
        self.id()
    }
    /// What its own requests call it: the GUID of an API token, the client id of an OAuth client.
    fn handle(&self) -> &Guid;
    /// Client id; with `service-account-` in front the user name.
    fn client_id(&self) -> &str;
    /// User name of its creator and the time of its creation, as far as the record tells.
    fn origin(&self) -> (Option<&str>, Option<Timestamp>);
    /// The end of its life, as far as the record tells. `None`: there is none.
    fn expires_at(&self) -> Option<Timestamp>;
    /// User name of its service account.
    fn username(&self) -> String {
        format!("service-account-{}", self.client_id())
    }
    /// The request that deletes what has this handle.
    fn delete(handle: &Guid) -> Request;
    /// The request for a change.
    fn change(&self, update: &Self::Update) -> Request;
    /// Whether the record is as asked.
    fn is_as(&self, update: &Self::Update) -> bool;
    /// The record as it is to be.
    fn changed(self, update: &Self::Update) -> Self;
    /// What a change concerns, for messages.
    fn values(&self) -> String;
}

/// All credentials of one kind, as they were last read.
#[derive(Debug)]
struct All<K>(Listing<Whole<K>>);

impl<K: Credential> All<K> {
    /// As of `oldest` or later. A record that cannot be read, of another program for example, must not keep the others from being managed.
    async fn since(&self, api: &Api, oldest: Instant) -> Result<Arc<Whole<K>>> {
        self.0.since(api, K::LIST, oldest, || async { api.whole(&list::<K>().readable()).await }).await
    }

    async fn now(&self, api: &Api, which: Which<'_>) -> Result<Option<K>> {
        which.of(&*self.since(api, Instant::now()).await?)
    }
}

/// Which credential is looked for.
#[derive(Clone, Copy)]
enum Which<'a> {
    Id(&'a Guid),
    Handle(&'a Guid),
    /// The name of an attempt, which no two have.
    Name(&'a str),
}

impl Which<'_> {
    /// # Errors
    /// [`Error::Unreadable`], if a record that cannot be read may be the one.
    fn of<K: Credential>(self, all: &Whole<K>) -> Result<Option<K>> {
        let is_it = |one: &&K| match self {
            Self::Id(id) => one.id() == id,
            Self::Handle(handle) => one.handle() == handle,
            Self::Name(name) => one.display_name() == name,
        };
        let found = all.records.iter().find(is_it).cloned();
        if found.is_none() {
            all.proves_absent(match self {
                Self::Id(guid) | Self::Handle(guid) => guid.as_str(),
                Self::Name(name) => name,
            })?;
        }
        Ok(found)
    }
}

fn list<K: Credential>() -> List {
    List::of(K::LIST).with("sort", "createdAt")
}

/// The credentials of a tenant, of each kind.
#[derive(Debug)]
pub(crate) struct Areas {
    tokens: Credentials<ApiToken>,
    oauth_clients: Credentials<OauthClient>,
    identity: Arc<Identity>,
}

impl Areas {
    pub(crate) fn new(identity: &Arc<Identity>) -> Self {
        Self {
            tokens: Credentials::default(),
            oauth_clients: Credentials::default(),
            identity: Arc::clone(identity),
        }
    }

    pub(crate) fn of<K: Credential>(&self) -> &Credentials<K> {
        K::area(self)
    }

    /// Credentials with these values that the caller created lately, without those that this process created.
    pub(crate) async fn recent_twins<K: Credential>(&self, api: &Api, values: &K::Update) -> Result<Vec<K>> {
        self.of::<K>().recent_twins(api, &self.identity, values).await
    }

    /// Other credentials with these values than `one`, a GUID, that its maker or the caller created.
    pub(crate) async fn twins<K: Credential>(
        &self,
        api: &Api,
        one: (&Guid, Option<&str>),
        values: &K::Update,
    ) -> Result<Vec<K>> {
        self.of::<K>().twins_of(api, &self.identity, one, values).await
    }

    /// Refuses what would delete the credential that makes the requests.
    pub(crate) async fn refuse_own(&self, api: &Api, username: &str) -> Result<()> {
        if !api.config().allow_self_lockout && self.identity.current(api).await?.has_name(username) {
            return Err(Error::OwnCredential { subject: format!("the credential {username}") });
        }
        Ok(())
    }
}

/// The credentials of one kind.
#[derive(Debug)]
pub(crate) struct Credentials<K: Credential> {
    all: Arc<All<K>>,
    creates: Arc<Creates<NewCredentials<K>>>,
    ours: Mutex<Ours>,
}

/// What this process has created.
#[derive(Debug, Default)]
struct Ours {
    /// Names of the attempts.
    attempts: HashSet<String>,
    /// The credentials that came of them.
    made: HashSet<Guid>,
}

impl<K: Credential> Default for Credentials<K> {
    fn default() -> Self {
        let all = Arc::new(All(Listing::default()));
        let creates = Arc::new(Creates::new(NewCredentials::new(Arc::clone(&all))));
        Self { all, creates, ours: Mutex::default() }
    }
}

impl<K: Credential> Credentials<K> {
    fn ours(&self) -> MutexGuard<'_, Ours> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them, as of `oldest` or later, and each of them readable.
    pub(crate) async fn all(&self, api: &Api, oldest: Instant) -> Result<Vec<K>> {
        let all = self.all.since(api, oldest).await?;
        all.complete()?;
        Ok(all.records.clone())
    }

    /// Page by page, not kept.
    pub(crate) fn pages(&self) -> Walk<K> {
        Walk::new(list::<K>())
    }

    /// Absence is confirmed.
    pub(crate) async fn find(&self, api: &Api, id: &Guid) -> Result<Option<K>> {
        let asked = Instant::now();
        match Which::Id(id).of(&*self.all.since(api, recently(api)).await?)? {
            None => self.confirmed(api, asked, id).await,
            found => Ok(found),
        }
    }

    /// In a list as of `oldest` or later. One may move from one page to another while pages are read, so a list of several pages proves no
    /// absence: then there is a second look.
    async fn confirmed(&self, api: &Api, oldest: Instant, id: &Guid) -> Result<Option<K>> {
        let all = self.all.since(api, oldest).await?;
        match Which::Id(id).of(&*all)? {
            None if all.len() >= PAGE => self.all.now(api, Which::Id(id)).await,
            found => Ok(found),
        }
    }

    /// Makes a credential under a name that no other has, and returns it with its secret. `name` gives a name for each attempt, before
    /// it leaves. If the answer is lost, the secret is lost with it: then that credential is deleted, and one more is made.
    pub(crate) async fn create(
        &self,
        api: &Api,
        new: &K::New,
        mut name: impl FnMut() -> String + Send,
    ) -> Result<K> {
        for _ in 0..CREATES {
            let name = name();
            self.ours().attempts.insert(name.clone());
            let made = match self.creates.create(api, name.clone(), new.clone()).await {
                // Nobody else has this name, so Atlan has made it all the same, and the secret is lost with the refusal.
                Err(error @ Error::AlreadyExists(_)) => {
                    match self.all.now(&api.settling(), Which::Name(&name)).await {
                        Ok(Some(made)) => made,
                        Ok(None) => return Err(self.creates.unknown(&name, REFUSED_AND_MADE, error)),
                        Err(error) => return Err(self.creates.unknown(&name, REFUSED_AND_MADE, error)),
                    }
                }
                made => made?,
            };
            if made.secret().is_some() {
                self.ours().made.insert(made.guid().clone());
                return Ok(made);
            }
            tracing::warn!(id = %made.id(), name, "a secret was lost with the answer: deleting {}", K::ONE);
            if let Err(error) = self.remove(&api.settling(), made.handle()).await {
                return Err(self.creates.unknown(
                    &name,
                    "its secret is lost, and it is not certain that it was deleted",
                    error,
                ));
            }
        }
        Err(Error::SecretLost { name: K::name_of(new).to_owned() })
    }

    /// Credentials that still have the name of an attempt to make one of this name, none of them made by this process. Costs no
    /// request after a recent read.
    pub(crate) async fn left_over(&self, api: &Api, display_name: &str) -> Result<Vec<K>> {
        let all = self.all.since(api, recently(api)).await?;
        let ours = self.ours();
        let is_left = |one: &&K| {
            is_attempt(one.display_name(), display_name) && !ours.attempts.contains(one.display_name())
        };
        Ok(all.records.iter().filter(is_left).cloned().collect())
    }

    /// Credentials with these values that the caller created lately. If there is none, this costs no request after a recent read.
    async fn recent_twins(&self, api: &Api, identity: &Identity, values: &K::Update) -> Result<Vec<K>> {
        let mut recent = self.twins(api, values).await?;
        let now = now(api);
        recent.retain(|one| one.origin().1.is_some_and(|at| now.duration_since(at) <= RECENT));
        self.of_caller(api, identity, recent).await
    }

    /// Other credentials with these values than `id` that its maker or the caller created. If there is none, this costs no request after a
    /// recent read.
    async fn twins_of(
        &self,
        api: &Api,
        identity: &Identity,
        (id, maker): (&Guid, Option<&str>),
        values: &K::Update,
    ) -> Result<Vec<K>> {
        let mut twins = self.twins(api, values).await?;
        twins.retain(|twin| twin.guid() != id);
        let is_of_maker =
            |twin: &K| maker.zip(twin.origin().0).is_some_and(|(one, other)| identity::same_name(one, other));
        let (mut of_maker, others): (Vec<K>, Vec<K>) = twins.into_iter().partition(is_of_maker);
        // What the maker created is certain without the caller.
        of_maker.extend(self.of_caller(api, identity, others).await.unwrap_or_default());
        Ok(of_maker)
    }

    /// Those that the caller created.
    async fn of_caller(&self, api: &Api, identity: &Identity, mut some: Vec<K>) -> Result<Vec<K>> {
        if !some.is_empty() {
            let caller = identity.current(api).await?;
            some.retain(|one| one.origin().0.is_some_and(|maker| caller.has_name(maker)));
        }
        Ok(some)
    }

    /// Working credentials with these values, without those that this process created.
    async fn twins(&self, api: &Api, values: &K::Update) -> Result<Vec<K>> {
        let all = self.all.since(api, recently(api)).await?;
        let (now, ours) = (now(api), self.ours());
        let is_twin = |one: &&K| {
            one.is_as(values)
                && one.expires_at().is_none_or(|end| end > now)
                && !ours.made.contains(one.guid())
        };
        Ok(all.records.iter().filter(is_twin).cloned().collect())
    }

    /// Looks for a credential whose create was sent by an earlier client that never learned the outcome.
    pub(crate) async fn find_after_unknown(&self, api: &Api, name: &str) -> Result<Option<K>> {
        let until = absent_by_after(api, PATIENCE);
        let api = api.looking_until(until);
        let look = |api: Api| async move { self.all.now(&api, Which::Name(name)).await };
        match (api.poll(until, look).await?, api.scope.stop()) {
            (None, Some(stop)) => Err(self.creates.stopped(&api, stop, None)),
            (found, _) => Ok(found),
        }
    }

    /// Gives a credential just made its name. Whether the list has shown it so: a new one may show late.
    pub(crate) async fn name(&self, api: &Api, made: &K, update: &K::Update) -> Result<bool> {
        match self.send(api, made, update, api.timing().visible_within).await? {
            Settled::Shown(_) => Ok(true),
            Settled::Unread(_) => Ok(false),
            Settled::NotShown => match self.all.now(&api.settling(), Which::Id(made.id())).await {
                Ok(Some(shown)) => Err(not_applied(made, update, Some(&shown))),
                _ => Ok(false),
            },
        }
    }

    /// Waits for a credential that an earlier client made to show.
    pub(crate) async fn unseen(&self, api: &Api, id: &Guid) -> Result<Option<K>> {
        let until = Instant::now() + api.timing().visible_within / 2;
        let api = api.looking_until(until);
        let look = |api: Api| async move { self.all.now(&api, Which::Id(id)).await };
        match (api.poll(until, look).await?, api.scope.stop()) {
            (None, Some(stop)) => Err(api.stopped("GET", K::LIST, stop, None)),
            (seen, _) => Ok(seen),
        }
    }

    /// Changes a credential. Nothing is sent when nothing differs.
    pub(crate) async fn update(&self, api: &Api, id: &Guid, update: &K::Update) -> Result<K> {
        let Some(present) = self.confirmed(api, Instant::now(), id).await? else {
            return Err(Error::NotFound { subject: format!("{} {id}", K::ONE) });
        };
        if present.is_as(update) {
            return Ok(present);
        }
        match self.send(api, &present, update, api.timing().settle).await? {
            Settled::Shown(changed) => Ok(changed),
            Settled::NotShown => {
                let shown = self.all.now(&api.settling(), Which::Id(present.id())).await?;
                Err(not_applied(&present, update, shown.as_ref()))
            }
            Settled::Unread(error) => {
                tracing::warn!(%id, %error, "the change of {} could not be read back", K::ONE);
                Ok(present.changed(update))
            }
        }
    }

    async fn send(&self, api: &Api, present: &K, update: &K::Update, within: Duration) -> Result<Settled<K>> {
        let id = present.id();
        let shown = |api: Api| async move {
            let now = self.all.now(&api, Which::Id(id)).await?;
            Ok(now.filter(|one| one.is_as(update)))
        };
        let request = present.change(update);
        let mut settled = settle::set_within(api, request.clone(), within, shown).await;
        // Atlan's SDKs differ in the method.
        if let Err(error) = &settled
            && request.method == Method::Put
            && matches!(error.status(), Some(404 | 405))
        {
            let request = Request { method: Method::Post, ..request };
            settled = settle::set_within(api, request, within, shown).await;
        }
        // The list that shows the change is as new as that.
        if !matches!(settled, Ok(Settled::Shown(_))) {
            self.all.0.wrote();
        }
        settled
    }

    /// Deletes what this process has created under this name. A failure does not keep the others from being tried.
    pub(crate) async fn discard(&self, api: &Api, handle: &Guid, name: &str) -> Discarded {
        let (mut left, mut twins) = (Vec::new(), Vec::new());
        left.extend(self.remove(api, handle).await.err().map(|error| (handle.clone(), error)));
        let most = self.creates.kind.most_twins(name);
        if most > 0 {
            let is_twin = |one: &&K| one.display_name() == name && one.handle() != handle;
            match self.all.since(api, Instant::now()).await {
                Ok(all) => twins.extend(all.records.iter().filter(is_twin).map(|twin| twin.handle().clone())),
                Err(error) => {
                    tracing::warn!(name, %error, "the list could not be read, which may have another {}", K::ONE)
                }
            }
        }
        let may_show = twins.len() < most;
        for twin in twins {
            left.extend(self.remove(api, &twin).await.err().map(|error| (twin, error)));
        }
        Discarded { left, may_show }
    }

    /// Deletes a credential, and waits until the list no longer shows it. One that was deleted already is no error.
    pub(crate) async fn remove(&self, api: &Api, handle: &Guid) -> Result<()> {
        let gone = |api: Api| async move {
            Ok(self.all.now(&api, Which::Handle(handle)).await?.is_none().then_some(()))
        };
        let settled = settle::delete(api, K::delete(handle), gone).await;
        self.all.0.wrote();
        match settled? {
            Settled::Shown(()) => Ok(()),
            Settled::NotShown => {
                let action = format!("the deletion of {} {handle}", K::ONE);
                Err(Error::NotApplied { action, shown: K::ONE.to_owned() })
            }
            // It was the credential of this client.
            Settled::Unread(error) if api.config().allow_self_lockout && error.has_lost_access() => Ok(()),
            // That Atlan has accepted it proves nothing, and a destroyed object would not be read again.
            Settled::Unread(error) => Err(error),
        }
    }
}

fn not_applied<K: Credential>(present: &K, update: &K::Update, shown: Option<&K>) -> Error {
    let wanted = present.clone().changed(update).values();
    let action = format!("the change of {} {:?} to {wanted}", K::ONE, present.display_name());
    Error::NotApplied { action, shown: shown.map_or_else(|| "no record of it".to_owned(), K::values) }
}

/// What is left of a credential that was to be deleted, and of others that were created under its name because an answer was lost.
#[derive(Debug)]
pub struct Discarded {
    /// Those that were not deleted, by the GUID of an API token or the client id of an OAuth client, and why.
    pub left: Vec<(Guid, Error)>,
    /// Whether there may be one that the list does not show yet, because the attempt whose answer was lost may take effect late. Also if the
    /// list could not be read.
    pub may_show: bool,
}

const REFUSED_AND_MADE: &str = "Atlan refused it and made it all the same";

/// The name of one attempt to make a credential of this name. `digits`: eight hexadecimal ones, different in each attempt.
pub fn attempt_name(display_name: &str, digits: &str) -> String {
    format!("{display_name} ~{digits}")
}

fn is_attempt(name: &str, display_name: &str) -> bool {
    let digits = name.strip_prefix(display_name).and_then(|rest| rest.strip_prefix(" ~"));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digits.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(is_hex))
}

/// By Atlan's clock, if its answers tell the time.
fn now(api: &Api) -> Timestamp {
    api.server_time().unwrap_or_else(Timestamp::now)
}

/// From when on a list of another call answers a refresh.
pub(crate) fn recently(api: &Api) -> Instant {
    let now = Instant::now();
    now.checked_sub(api.sharing().snapshot_life).unwrap_or(now)
}
