//! The calls about API tokens and OAuth clients. Both kinds have the same calls; a type parameter says which kind is meant.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::client::{Client, Pages};
use crate::credentials::{Credential, Discarded, recently};
use crate::error::Result;
use crate::guid::Guid;

impl Client {
    /// The credential with this GUID. `None`: it is not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn credential<K: Credential>(&self, id: &Guid) -> Result<Option<K>> {
        self.areas.credentials.of::<K>().find(&self.api, id).await
    }

    /// All credentials of one kind, in the order of their creation, as of a few minutes ago or later.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn credentials<K: Credential>(&self) -> Result<Vec<K>> {
        self.areas.credentials.of::<K>().all(&self.api, recently(&self.api)).await
    }

    /// As [`Client::credentials`], as of now.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn credentials_now<K: Credential>(&self) -> Result<Vec<K>> {
        self.areas.credentials.of::<K>().all(&self.api, Instant::now()).await
    }

    /// All credentials of one kind in the order of their creation, read page by page as they are asked for, and not kept.
    pub fn credential_pages<K: Credential>(&self) -> Pages<K> {
        Pages { api: self.api.clone(), walk: self.areas.credentials.of::<K>().pages() }
    }

    /// Creates a credential, and returns it with its secret. Before each attempt, `name` gives a name that no other
    /// credential of the kind has. If an answer is lost, the secret is lost with it; that credential is then deleted,
    /// and another one is created.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when a credential of the last name may be there;
    /// [`Error::SecretLost`](crate::Error::SecretLost) when both answers were lost and what has appeared was deleted; failures of the requests.
    pub async fn create_credential<K: Credential>(
        &self,
        new: &K::New,
        name: impl FnMut() -> String + Send,
    ) -> Result<K> {
        self.areas.credentials.of::<K>().create(&self.api, new, name).await
    }

    /// Credentials that still have the name of an attempt ([`attempt_name`](crate::attempt_name)) to make one of this name, other
    /// than the attempts of this client: what a program left that was killed in the middle of a create, or what another
    /// program is making now. Costs no request after a recent read.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn left_over_credentials<K: Credential>(&self, display_name: &str) -> Result<Vec<K>> {
        self.areas.credentials.of::<K>().left_over(&self.api, display_name).await
    }

    /// Credentials with exactly these values, the name included, that the caller created within the last hour and that still work, without
    /// those that this client created. A program that was killed after a create and before it stored the outcome may have left them. If there
    /// is none, this costs no request after a recent read.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn recent_twins<K: Credential>(&self, values: &K::Update) -> Result<Vec<K>> {
        self.areas.credentials.recent_twins(&self.api, values).await
    }

    /// Other credentials than `id` with exactly these values, the name included, that `maker`, a user name, or the caller created and that still
    /// work, without those that this client created. If there is none, this costs no request after a recent read.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn twins<K: Credential>(
        &self,
        id: &Guid,
        maker: Option<&str>,
        values: &K::Update,
    ) -> Result<Vec<K>> {
        self.areas.credentials.twins(&self.api, (id, maker), values).await
    }

    /// The credential with this name, which an earlier client may have created with an unknown outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown)). `None`: it has been absent for as long as a request
    /// may take, so that request had no effect. Takes that time even if the deadline of the call is earlier.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn credential_after_unknown<K: Credential>(&self, name: &str) -> Result<Option<K>> {
        self.areas.credentials.of::<K>().find_after_unknown(&self.api, name).await
    }

    /// Gives a new credential its final name. `false`: the list does not show the credential yet.
    ///
    /// # Errors
    /// As [`Client::update_credential`].
    pub async fn name_credential<K: Credential>(&self, made: &K, update: &K::Update) -> Result<bool> {
        self.areas.credentials.of::<K>().name(&self.api, made, update).await
    }

    /// As [`Client::credential`], for one that an earlier client created and never saw in a list: waits for it to show. `None`:
    /// it has not for half a minute. Takes that time even if the deadline of the call is earlier.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn unseen_credential<K: Credential>(&self, id: &Guid) -> Result<Option<K>> {
        self.areas.credentials.of::<K>().unseen(&self.api, id).await
    }

    /// Changes a credential. Nothing is sent when nothing differs.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when the credential does not exist;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts the change but does not carry it out;
    /// failures of the requests.
    pub async fn update_credential<K: Credential>(&self, id: &Guid, update: &K::Update) -> Result<K> {
        self.areas.credentials.of::<K>().update(&self.api, id, update).await
    }

    /// Refuses what would delete the credential that makes the requests, unless `allow_self_lockout` says otherwise. `username`: of
    /// the service account.
    ///
    /// # Errors
    /// [`Error::OwnCredential`](crate::Error::OwnCredential); failures of the request that finds out who the caller is.
    pub async fn refuse_own_credential(&self, username: &str) -> Result<()> {
        self.areas.credentials.refuse_own(&self.api, username).await
    }

    /// Deletes a credential, and waits until the list no longer shows it. If it is deleted already, that is no error.
    /// `handle`: the GUID of an API token, the client id of an OAuth client. `username`: of its service account.
    ///
    /// # Errors
    /// [`Error::OwnCredential`](crate::Error::OwnCredential) when it is the one that makes the requests;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and the list goes on showing the credential; failures of
    /// the requests.
    pub async fn delete_credential<K: Credential>(&self, handle: &Guid, username: &str) -> Result<()> {
        self.areas.credentials.refuse_own(&self.api, username).await?;
        self.areas.credentials.of::<K>().remove(&self.api, handle).await
    }

    /// Deletes a credential that this client has created for itself, and waits until the list no longer shows it. If it
    /// is deleted already, that is no failure. If the answer to an earlier attempt was lost, there may be another credential
    /// of the same name; if the list shows it, it is deleted, too. `handle`: as in [`Client::delete_credential`]. `name`: the
    /// name that [`Client::create_credential`] used in its last attempt.
    pub async fn discard_credential<K: Credential>(&self, handle: &Guid, name: &str) -> Discarded {
        self.areas.credentials.of::<K>().discard(&self.api, handle, name).await
    }

    /// The time by the server's clock, from its answers so far. `None`: no answer has had a `Date` yet.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.api.server_time()
    }
}
