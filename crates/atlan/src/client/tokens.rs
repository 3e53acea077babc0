//! The calls about API tokens.

use jiff::Timestamp;

use std::sync::Arc;

use crate::client::{Client, Pages};
use crate::error::Result;
use crate::guid::Guid;
use crate::records::ApiToken;
use crate::tokens::{ApiTokenUpdate, NewApiToken};

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
