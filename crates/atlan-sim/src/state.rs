//! The tenant: its people, groups, roles, credentials, and the rules that govern them. Knows nothing of HTTP.
//!
//! A rule is a method of [`Tenant`], in the file of the records it concerns. It takes the caller and the request, and
//! either changes the tenant or returns a [`Refusal`]. If only a real tenant could tell what happens, the rule consults
//! the settings.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::rate::Rate;
use crate::reply::{Outcome, Refusal};
use crate::settings::{ExpiredRecord, Settings};

pub(crate) use credentials::Caller;
pub(crate) use events::AdminEvent;
pub(crate) use groups::{Group, GroupEdit, NewGroup};
pub(crate) use ids::{Ids, mix};
pub use invites::Mail;
pub(crate) use invites::{Invite, rfc3339};
pub(crate) use mappers::Mapper;
pub(crate) use members::Memberships;
pub(crate) use oauth_clients::{OauthClient, OauthEdit};
pub(crate) use personas::{PERSONAS, Persona};
pub(crate) use roles::{Role, WorkspaceRole};
pub(crate) use table::{Cell, Key, Row, Selection, Table};
pub(crate) use tokens::{ApiToken, TokenEdit};
pub(crate) use users::{Invitation, User, UserEdit};

mod credentials;
mod events;
mod groups;
mod ids;
mod invites;
mod mappers;
mod members;
mod oauth_clients;
mod personas;
mod roles;
mod seed;
mod table;
mod tokens;
mod users;

/// Values of a record that Keycloak keeps as arrays of strings.
pub(crate) type Attributes = BTreeMap<String, Vec<String>>;

/// What a tenant starts with, and returns to on reset.
#[derive(Debug, Clone)]
pub(crate) struct Blueprint {
    pub(crate) api_key: String,
    pub(crate) users: usize,
    pub(crate) groups: usize,
    /// Aliases of identity providers.
    pub(crate) idps: Vec<String>,
    pub(crate) settings: Settings,
}

/// One Atlan tenant.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) blueprint: Blueprint,
    pub(crate) users: Table<User>,
    pub(crate) groups: Table<Group>,
    pub(crate) roles: Table<Role>,
    pub(crate) tokens: Table<ApiToken>,
    pub(crate) oauth_clients: Table<OauthClient>,
    pub(crate) members: Memberships,
    pub(crate) mappers: Vec<Mapper>,
    pub(crate) mails: Vec<Mail>,
    pub(crate) events: Vec<AdminEvent>,
    ids: Ids,
    /// Bearer tokens of OAuth clients: key of the client and when the token lapses.
    sessions: HashMap<String, (Key, Duration)>,
    /// GUIDs of API tokens by their secret.
    secrets: HashMap<String, String>,
    /// GUIDs of people whose removal is under way, and when it is done.
    leaving: Vec<(Duration, String)>,
    rate: Rate,
}

impl Tenant {
    pub(crate) fn new(blueprint: Blueprint, clock: Clock) -> Self {
        Self::build(blueprint, clock, Ids::new())
    }

    fn build(blueprint: Blueprint, clock: Clock, ids: Ids) -> Self {
        let mut tenant = Self {
            settings: blueprint.settings.clone(),
            clock,
            blueprint,
            users: Table::new(),
            groups: Table::new(),
            roles: Table::new(),
            tokens: Table::new(),
            oauth_clients: Table::new(),
            members: Memberships::default(),
            mappers: Vec::new(),
            mails: Vec::new(),
            events: Vec::new(),
            ids,
            sessions: HashMap::new(),
            secrets: HashMap::new(),
            leaving: Vec::new(),
            rate: Rate::default(),
        };
        tenant.seed();
        tenant
    }

    /// Resets the tenant. The GUID counter continues, so that GUIDs from before the reset stay unknown.
    pub(crate) fn reset(&mut self) {
        *self = Self::build(self.blueprint.clone(), self.clock.clone(), self.ids.clone());
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    pub(crate) fn today(&self) -> Timestamp {
        self.clock.timestamp()
    }

    /// Applies every scheduled change that is due. Called before each request.
    pub(crate) fn catch_up(&mut self) {
        self.forget_expired_tokens();
        let now = self.now();
        let done = self.leaving.extract_if(.., |(at, _)| *at <= now);
        let mut gone: Vec<Key> =
            done.filter_map(|(_, id)| self.users.by_id(&id)).map(|(key, _)| key).collect();
        if self.settings.expired_record == ExpiredRecord::Remove {
            let today = self.today();
            let expired =
                |user: &User| user.is_pending() && self.expires_at(user).is_some_and(|at| at <= today);
            gone.extend(self.users.iter().filter(|(_, user)| expired(user)).map(|(key, _)| key));
        }
        for key in gone {
            self.drop_user(key);
        }
    }

    /// Counts the request against the rate of the address it comes from.
    ///
    /// # Errors
    /// The whole seconds until a request would be admitted again.
    pub(crate) fn admit(&mut self, from: IpAddr) -> Result<(), u64> {
        let allowed = self.settings.requests_per_minute;
        if allowed == 0 {
            return Ok(());
        }
        let (now, allowed) = (self.now(), usize::try_from(allowed).unwrap_or(usize::MAX));
        self.rate
            .admit(from, now, allowed, self.settings.rate_limit_window)
            .map_err(|left| left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }

    pub(crate) fn user(&self, id: &str) -> Outcome<(Key, &User)> {
        self.users.by_id(id).ok_or_else(|| Refusal::not_found(format!("user {id} not found")))
    }

    pub(crate) fn group(&self, id: &str) -> Outcome<(Key, &Group)> {
        self.groups.by_id(id).ok_or_else(|| Refusal::not_found(format!("group {id} not found")))
    }

    /// Changes a person because of a request; lists show the change after a delay. Other changes to a person are shown
    /// at once.
    pub(crate) fn change_user<R>(&mut self, key: Key, change: impl FnOnce(&mut User) -> R) -> Option<R> {
        self.lag_behind_user(key);
        self.users.change(key, change)
    }

    /// Makes lists show a person's current record for some time longer.
    fn lag_behind_user(&mut self, key: Key) {
        let lag = Duration::from_millis(self.settings.user_changes_visible_after_ms);
        if !lag.is_zero() {
            self.users.keep_showing(key, self.now() + lag);
        }
    }

    fn lag_behind_group(&mut self, key: Key) {
        let lag = Duration::from_millis(self.settings.group_changes_visible_after_ms);
        if !lag.is_zero() {
            self.groups.keep_showing(key, self.now() + lag);
        }
    }

    /// People by GUID, or a refusal that names the first unknown GUID.
    fn people(&self, ids: &[String]) -> Outcome<Vec<Key>> {
        let mut seen = HashSet::new();
        let ids = ids.iter().filter(|id| seen.insert(id.as_str()));
        ids.map(|id| self.user(id).map(|(key, _)| key)).collect()
    }
}
