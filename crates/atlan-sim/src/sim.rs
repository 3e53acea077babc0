//! A running simulator, and everything a test does to it in process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::control::{self, ControlError, Fate};
use crate::exchange::Shared;
use crate::faults::{Moment, Rule};
use crate::inspect::{GroupView, OauthClientView, TokenView, UserView};
use crate::journal::{Entry, Journal, Outcome};
use crate::server;
use crate::settings::{KeyKind, Settings};
use crate::state::{Blueprint, Mail, Tenant};

/// How a simulator starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The bearer token the tenant accepts; `None` generates one.
    pub api_key: Option<String>,
    /// What kind of credential that is.
    pub key_kind: KeyKind,
    /// Generated people, besides the admin.
    pub users: usize,
    /// Generated groups.
    pub groups: usize,
    /// Delay before each request is processed.
    pub latency: Duration,
    /// Records on the largest page.
    pub page_limit: usize,
    /// Aliases of the tenant's identity providers.
    pub idps: Vec<String>,
}

/// The identity providers that Atlan's own clients know by name.
const IDPS: [&str; 5] = ["azure", "google", "jumpcloud", "okta", "onelogin"];

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            api_key: None,
            key_kind: KeyKind::ApiToken,
            users: 0,
            groups: 0,
            latency: Duration::ZERO,
            page_limit: 100,
            idps: IDPS.map(String::from).into(),
        }
    }
}

/// A tenant that answers on a socket until it is dropped.
///
/// It runs on a thread of its own, so that a test may block, for example until a `terraform` process ends.
#[derive(Debug)]
pub struct Sim {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// Requests held by a fault. Dropping this value releases them.
#[derive(Debug)]
#[must_use = "dropping it releases the requests"]
pub struct Hold {
    gate: CancellationToken,
}

impl Hold {
    /// Releases the held requests, and lets all later ones pass.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.gate.cancel();
    }
}

impl Sim {
    /// Starts a tenant. It accepts connections when this returns.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the thread cannot be started.
    pub async fn start(options: Options) -> io::Result<Self> {
        if options.page_limit == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the page limit starts at 1"));
        }
        let listener = std::net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let settings =
            Settings { key_kind: options.key_kind, page_limit: options.page_limit, ..Settings::default() };
        let api_key =
            options.api_key.unwrap_or_else(|| format!("atlan-sim-{}", uuid::Uuid::new_v4().simple()));
        let Options { users, groups, idps, .. } = options;
        let blueprint = Blueprint { api_key, users, groups, idps, settings };
        let shared = Arc::new(Shared::new(Tenant::new(blueprint, Clock::start()), options.latency));
        let stop = CancellationToken::new();

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (serving, stopped) = (Arc::clone(&shared), stop.clone());
        let thread = std::thread::Builder::new().name("atlan-sim".into()).spawn(move || {
            runtime.block_on(async move {
                let listener = match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => listener,
                    Err(error) => return tracing::error!(%error, "cannot serve"),
                };
                tokio::select! {
                    () = stopped.cancelled() => {}
                    never = server::serve(listener, serving) => match never {},
                }
            });
        })?;
        Ok(Self { shared, address, stop, thread: Some(thread) })
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bearer token the tenant accepts.
    pub fn api_key(&self) -> String {
        self.shared.tenant().blueprint.api_key.clone()
    }

    /// Id and secret of an OAuth client with the role `$admin`.
    pub fn oauth_client(&self) -> (String, String) {
        self.shared.tenant().built_in_client()
    }

    /// The requests so far.
    pub fn journal(&self) -> Journal {
        self.shared.recorder.journal()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        self.shared.recorder.clear();
    }

    /// Waits until a request with this method and path pattern has arrived (`*` stands for any), and returns the first
    /// in the journal. It need not be answered.
    pub async fn arrived(&self, method: &str, path: &str) -> Entry {
        self.arrived_times(method, path, 1).await
    }

    /// The same for the `n`th such request, from 1.
    pub async fn arrived_times(&self, method: &str, path: &str, n: usize) -> Entry {
        let wanted = |entries: &[Entry]| {
            entries.iter().filter(|entry| entry.fits(method, path)).nth(n.saturating_sub(1)).cloned()
        };
        self.until(wanted).await
    }

    /// Waits until every request so far has been answered or dropped.
    pub async fn idle(&self) {
        let open = |entry: &Entry| entry.outcome == Outcome::Open;
        self.until(|entries| (!entries.iter().any(open)).then_some(())).await;
    }

    /// Waits until `wanted` returns a value. It is called with the journal after every change.
    pub async fn until<T>(&self, wanted: impl Fn(&[Entry]) -> Option<T>) -> T {
        match self.shared.recorder.until(wanted).await {
            Some(found) => found,
            // Only when the simulator is gone, which the borrow of `self` rules out.
            None => std::future::pending().await,
        }
    }

    /// Resets the tenant: the people, groups and settings it started with, no faults, no mails, an empty journal. GUIDs
    /// of earlier records are not used again, and the clock is not reset.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// The invitee accepts, states a name and logs in.
    ///
    /// # Errors
    /// Nobody has the address, or there is no open invitation.
    pub fn accept(&self, email: &str) -> Result<(), ControlError> {
        control::befall(&mut self.shared.tenant(), email, Fate::Accept)
    }

    /// The open invitation runs out.
    ///
    /// # Errors
    /// Nobody has the address, or there is no open invitation.
    pub fn expire(&self, email: &str) -> Result<(), ControlError> {
        control::befall(&mut self.shared.tenant(), email, Fate::Expire)
    }

    /// A human admin disables the person.
    ///
    /// # Errors
    /// Nobody has the address.
    pub fn disable(&self, email: &str) -> Result<(), ControlError> {
        control::befall(&mut self.shared.tenant(), email, Fate::Disable)
    }

    /// A human admin enables the person.
    ///
    /// # Errors
    /// Nobody has the address.
    pub fn enable(&self, email: &str) -> Result<(), ControlError> {
        control::befall(&mut self.shared.tenant(), email, Fate::Enable)
    }

    /// Somebody removes the person, record and all.
    ///
    /// # Errors
    /// Nobody has the address.
    pub fn remove(&self, email: &str) -> Result<(), ControlError> {
        control::befall(&mut self.shared.tenant(), email, Fate::Remove)
    }

    /// A human admin invites somebody; the record has the address as it is spelt here, if the tenant preserves case.
    ///
    /// # Errors
    /// The address is taken, or there is no such role.
    pub fn invite(&self, email: &str, role: &str) -> Result<(), ControlError> {
        control::invite(&mut self.shared.tenant(), email, role)
    }

    /// A person comes by single sign-on or, if `scim`, by SCIM: active from the start and never invited.
    ///
    /// # Errors
    /// The address is taken, or there is no such role.
    pub fn admit(&self, email: &str, role: &str, scim: bool) -> Result<(), ControlError> {
        control::admit(&mut self.shared.tenant(), email, role, scim)
    }

    /// A person makes an API token of that name, which lives for five years. Returns its secret.
    ///
    /// # Errors
    /// Nobody has the address, or the name is taken.
    pub fn make_token(&self, email: &str, name: &str) -> Result<String, ControlError> {
        control::make_token(&mut self.shared.tenant(), email, name)
    }

    /// The person signs in through an identity provider whose claim lists these groups: somebody new is added, memberships of
    /// mapped groups are made to match, and with a role the workspace role is, too.
    ///
    /// # Errors
    /// No such provider or role, or the person is disabled.
    pub fn sign_in(
        &self,
        email: &str,
        idp: &str,
        groups: &[&str],
        role: Option<&str>,
    ) -> Result<(), ControlError> {
        let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        control::sign_in(&mut self.shared.tenant(), email, idp, &groups, role)
    }

    /// A human admin gives the person another role.
    ///
    /// # Errors
    /// Nobody has the address, or there is no such role.
    pub fn give_role(&self, email: &str, role: &str) -> Result<(), ControlError> {
        control::give_role(&mut self.shared.tenant(), email, role)
    }

    /// The address of the person changes, in Atlan or at the identity provider.
    ///
    /// # Errors
    /// Nobody has the old address, or somebody has the new one.
    pub fn give_address(&self, email: &str, address: &str) -> Result<(), ControlError> {
        control::give_address(&mut self.shared.tenant(), email, address)
    }

    /// Replaces all fault rules with these, and releases the requests that the old rules held.
    ///
    /// # Errors
    /// A rule that makes no sense.
    pub fn set_faults(&self, rules: Vec<Rule>) -> Result<(), ControlError> {
        control::set_faults(&self.shared, rules)
    }

    /// Adds a fault rule after the others.
    ///
    /// # Errors
    /// A rule that makes no sense.
    pub fn fault(&self, rule: Rule) -> Result<(), ControlError> {
        rule.check().map_err(ControlError::Invalid)?;
        self.shared.faults().add(rule);
        Ok(())
    }

    /// Holds matching requests, before or after they take effect, until the answer is released or dropped.
    pub fn hold(&self, method: &str, path: &str, moment: Moment) -> Hold {
        let rule = Rule { hold: Some(moment), ..Rule::on(method, path) };
        Hold { gate: self.shared.faults().add(rule) }
    }

    /// Sets these switches; `null` resets one to the value that the tenant started with.
    ///
    /// # Errors
    /// An unknown name, or a value the switch does not have. Then nothing changes.
    pub fn set(&self, switches: Value) -> Result<(), ControlError> {
        control::set(&mut self.shared.tenant(), &switches)
    }

    /// Skips time on the tenant's clock.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// All people, in the order in which they were added, including those whom lists do not show yet.
    pub fn users(&self) -> Vec<UserView> {
        crate::inspect::users(&self.shared.tenant())
    }

    /// The person with this address, whatever its case.
    pub fn user(&self, email: &str) -> Option<UserView> {
        let folded = email.trim().to_lowercase();
        self.users().into_iter().find(|user| user.email.to_lowercase() == folded)
    }

    /// All groups, in the order in which they were created, including those that lists do not show yet.
    pub fn groups(&self) -> Vec<GroupView> {
        crate::inspect::groups(&self.shared.tenant())
    }

    /// All API tokens but the one that the tenant starts with, in the order in which they were made.
    pub fn tokens(&self) -> Vec<TokenView> {
        crate::inspect::tokens(&self.shared.tenant()).split_off(1)
    }

    /// All OAuth clients but the one that the tenant starts with, in the order in which they were made.
    pub fn oauth_clients(&self) -> Vec<OauthClientView> {
        crate::inspect::oauth_clients(&self.shared.tenant()).split_off(1)
    }

    /// Every invitation mail that was sent since the start or the last reset.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.tenant().mails.clone()
    }

    /// How many invitation mails an address got, whatever its case.
    pub fn mails_to(&self, email: &str) -> usize {
        let folded = email.trim().to_lowercase();
        self.shared.tenant().mails.iter().filter(|mail| mail.email == folded).count()
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the simulator panicked");
        }
    }
}
