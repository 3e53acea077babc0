//! The calls about SSO group mappings.

use std::sync::Arc;

use crate::client::Client;
use crate::error::Result;
use crate::guid::Guid;
use crate::mappings::{NewSsoGroupMapping, SsoGroupMappingUpdate};
use crate::records::{Group, IdpAlias, SsoGroupMapping};

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

    /// The mapping of a group at an identity provider, asked of the server after this call began.
    ///
    /// # Errors
    /// A refusal with 404 when the tenant has no such provider; failures of the requests.
    pub async fn sso_group_mapping_of(
        &self,
        idp: &IdpAlias,
        group: &Group,
    ) -> Result<Option<SsoGroupMapping>> {
        self.areas.mappings.of(&self.api, idp, group).await
    }

    /// A name for a new mapping, which no other has.
    pub fn new_mapping_name(&self, group_id: &Guid) -> String {
        self.areas.mappings.new_name(&self.api, group_id)
    }

    /// Creates a mapping, and waits until the list shows it, because the answer carries no id.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when the group has a mapping at the identity provider;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when no clear answer came and the mapping does not show; a refusal
    /// with 404 when the tenant has no such provider; failures of the requests.
    pub async fn create_sso_group_mapping(&self, new: &NewSsoGroupMapping) -> Result<SsoGroupMapping> {
        self.areas.mappings.create(&self.api, new).await
    }

    /// The mapping with this name, which an earlier client created and never saw in a list: waits for it to show.
    /// `None`: it has not for a minute. Takes that time even if the deadline of the call is earlier.
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

    /// The mapping with this name, which an earlier client may have created with an unknown outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown)). `None`: it has been absent for as long as a request may take,
    /// so that request had no effect. Takes that time even if the deadline of the call is earlier.
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
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts the change but does not carry it out; failures of the
    /// requests.
    pub async fn update_sso_group_mapping(
        &self,
        idp: &IdpAlias,
        id: &Guid,
        update: &SsoGroupMappingUpdate,
    ) -> Result<SsoGroupMapping> {
        self.areas.mappings.update(&self.api, idp, id, update).await
    }

    /// Deletes a mapping, and waits until the list no longer shows it. Memberships stay as they are. If it is deleted
    /// already, that is no error.
    ///
    /// # Errors
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and the list goes on showing the mapping; failures of
    /// the requests.
    pub async fn delete_sso_group_mapping(&self, idp: &IdpAlias, id: &Guid) -> Result<()> {
        self.areas.mappings.delete(&self.api, idp, id).await
    }
}
