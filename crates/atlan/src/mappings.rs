//! SSO group mappings: look-ups, create, update, delete.
//!
//! One answer holds all mappers of an identity provider, and all calls share it (`listing.rs`). Other kinds of
//! mappers, such as those that fill user attributes, are ignored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::time::Instant;

use crate::api::Api;
use crate::create::{Creates, absent_by_after};
use crate::error::{Error, Existing, Origin, Result};
use crate::guid::Guid;
use crate::listing::Listing;
use crate::records::{Group, IdpAlias, SsoGroupMapping, mapping};
use crate::request::Request;
use crate::settle::{self, Settled};

mod create;
mod wire;

pub use create::NewSsoGroupMapping;
use create::{NewMappings, PATIENCE};

/// Path of the mappers of an identity provider.
const MAPPERS: &str = "idp/{alias}/mappers";

/// Changes of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoGroupMappingUpdate {
    /// New value in the claim.
    pub sso_group: String,
    /// New claim.
    pub attribute_name: String,
}

impl SsoGroupMappingUpdate {
    fn is_done_in(&self, mapping: &SsoGroupMapping) -> bool {
        mapping.sso_group == self.sso_group && mapping.attribute_name == self.attribute_name
    }

    /// The whole record with what changes: a server may replace what it has.
    fn body(&self, mapping: &SsoGroupMapping) -> Value {
        let mut record = mapping.record.clone();
        wire::set(&mut record, &self.sso_group, &self.attribute_name);
        Value::Object(record)
    }
}

/// The mappings of all identity providers, as they were last read.
#[derive(Debug, Default)]
pub(crate) struct Shelves(Mutex<BTreeMap<IdpAlias, Arc<Listing<Vec<SsoGroupMapping>>>>>);

impl Shelves {
    fn of(&self, idp: &IdpAlias) -> Arc<Listing<Vec<SsoGroupMapping>>> {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shelves.entry(idp.clone()).or_default())
    }

    /// The mappings of an identity provider as of `oldest` or later.
    async fn since(&self, api: &Api, idp: &IdpAlias, oldest: Instant) -> Result<Arc<Vec<SsoGroupMapping>>> {
        let request = Request::get(MAPPERS).at(idp);
        let path = request.path.clone();
        let read = || async { wire::read(&api.send(request).await?, idp) };
        self.of(idp).since(api, &path, oldest, read).await
    }

    async fn fresh(&self, api: &Api, idp: &IdpAlias) -> Result<Arc<Vec<SsoGroupMapping>>> {
        self.since(api, idp, Instant::now()).await
    }
}

/// The mappings of a tenant.
#[derive(Debug)]
pub(crate) struct Mappings {
    shelves: Arc<Shelves>,
    creates: Arc<Creates<NewMappings>>,
}

impl Default for Mappings {
    fn default() -> Self {
        let shelves = Arc::<Shelves>::default();
        let creates = Arc::new(Creates::new(NewMappings { shelves: Arc::clone(&shelves) }));
        Self { shelves, creates }
    }
}

impl Mappings {
    /// All mappings of an identity provider, as of a few minutes ago or later.
    pub(crate) async fn all(&self, api: &Api, idp: &IdpAlias) -> Result<Arc<Vec<SsoGroupMapping>>> {
        self.shelves.since(api, idp, recently(api)).await
    }

    /// Absence is confirmed. A tenant without the identity provider has no mapping of it.
    pub(crate) async fn find(&self, api: &Api, idp: &IdpAlias, id: &Guid) -> Result<Option<SsoGroupMapping>> {
        let asked = Instant::now();
        for oldest in [recently(api), asked] {
            match self.shelves.since(api, idp, oldest).await {
                Ok(all) => {
                    if let Some(found) = all.iter().find(|mapping| mapping.id == *id) {
                        return Ok(Some(found.clone()));
                    }
                }
                Err(error) if is_unknown_provider(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn now(&self, api: &Api, idp: &IdpAlias, id: &Guid) -> Result<Option<SsoGroupMapping>> {
        let all = self.shelves.fresh(api, idp).await?;
        Ok(all.iter().find(|mapping| mapping.id == *id).cloned())
    }

    /// The mapping of a group, by a list that was asked for after this call began.
    pub(crate) async fn of(
        &self,
        api: &Api,
        idp: &IdpAlias,
        group: &Group,
    ) -> Result<Option<SsoGroupMapping>> {
        let all = self.shelves.fresh(api, idp).await?;
        Ok(all.iter().find(|mapping| is_of(mapping, group)).cloned())
    }

    /// The name for a new mapping, which no other has.
    pub(crate) fn new_name(&self, api: &Api, group_id: &Guid) -> String {
        let now = api.server_time().unwrap_or_else(jiff::Timestamp::now);
        mapping::name(group_id, now.as_millisecond())
    }

    /// Makes a mapping, unless there is one of the group at that identity provider, and waits until the list shows it.
    pub(crate) async fn create(&self, api: &Api, new: &NewSsoGroupMapping) -> Result<SsoGroupMapping> {
        if let Some(existing) = self.of(api, &new.idp_alias, &new.group).await? {
            return Err(Error::AlreadyExists(Existing::SsoGroupMapping(Box::new(existing))));
        }
        self.creates.create(api, create::key(&new.idp_alias, &new.name), new.clone()).await
    }

    /// Looks for a mapping whose create was sent by an earlier client that never learned the outcome.
    pub(crate) async fn find_after_unknown(
        &self,
        api: &Api,
        idp: &IdpAlias,
        name: &str,
    ) -> Result<Option<SsoGroupMapping>> {
        self.wait_for(api, idp, name, absent_by_after(api, PATIENCE)).await
    }

    /// Looks for a mapping that an earlier client created and never saw in a list.
    pub(crate) async fn unseen(
        &self,
        api: &Api,
        idp: &IdpAlias,
        name: &str,
    ) -> Result<Option<SsoGroupMapping>> {
        self.wait_for(api, idp, name, Instant::now() + api.timing().visible_within / 2).await
    }

    async fn wait_for(
        &self,
        api: &Api,
        idp: &IdpAlias,
        name: &str,
        until: Instant,
    ) -> Result<Option<SsoGroupMapping>> {
        let api = api.looking_until(until);
        let look = |api: Api| async move {
            let all = self.shelves.fresh(&api, idp).await?;
            Ok(all.iter().find(|mapping| mapping.name == name).cloned())
        };
        match (api.poll(until, look).await, api.scope.stop()) {
            (Ok(None), Some(stop)) => Err(self.creates.stopped(&api, stop, None)),
            (Err(error), _) if is_unknown_provider(&error) => Ok(None),
            (found, _) => found,
        }
    }

    /// Changes a mapping and leaves the rest of its record. Nothing is sent when nothing differs.
    pub(crate) async fn update(
        &self,
        api: &Api,
        idp: &IdpAlias,
        id: &Guid,
        update: &SsoGroupMappingUpdate,
    ) -> Result<SsoGroupMapping> {
        let Some(present) = self.now(api, idp, id).await? else {
            return Err(Error::NotFound { subject: format!("the SSO group mapping {id} of {idp}") });
        };
        if update.is_done_in(&present) {
            return Ok(present);
        }
        let request = Request::set("idp/{alias}/mappers/{id}", Some(update.body(&present))).at(idp).about(id);
        let shown = |api: Api| async move {
            Ok(self.now(&api, idp, id).await?.filter(|mapping| update.is_done_in(mapping)))
        };
        let settled = settle::set(api, request, shown).await;
        self.shelves.of(idp).wrote();
        match settled? {
            Settled::Shown(mapping) => Ok(mapping),
            Settled::NotShown => {
                let values =
                    |sso_group: &str, claim: &str| format!("SSO group {sso_group:?}, claim {claim:?}");
                let wanted = values(&update.sso_group, &update.attribute_name);
                let action = format!("the change of the mapping {} to {wanted}", present.name);
                let shown = self.now(&api.settling(), idp, id).await?;
                let shown = shown.map(|mapping| values(&mapping.sso_group, &mapping.attribute_name));
                Err(Error::NotApplied {
                    action,
                    shown: shown.unwrap_or_else(|| "no such mapping".to_owned()),
                })
            }
            Settled::Unread(error) => {
                tracing::warn!(%id, %error, "the changed mapping could not be read back");
                let SsoGroupMappingUpdate { sso_group, attribute_name } = update.clone();
                Ok(SsoGroupMapping { sso_group, attribute_name, ..present })
            }
        }
    }

    /// Deletes a mapping, and waits until the list no longer shows it. One that was deleted already is no error.
    pub(crate) async fn delete(&self, api: &Api, idp: &IdpAlias, id: &Guid) -> Result<()> {
        let request = Request::set("idp/{alias}/mappers/{id}/delete", None).at(idp).about(id);
        let gone = |api: Api| async move {
            match self.now(&api, idp, id).await {
                Ok(found) => Ok(found.is_none().then_some(())),
                Err(error) if is_unknown_provider(&error) => Ok(Some(())),
                Err(error) => Err(error),
            }
        };
        let settled = settle::delete(api, request, gone).await;
        self.shelves.of(idp).wrote();
        match settled? {
            Settled::Shown(()) => Ok(()),
            Settled::NotShown => {
                let action = format!("the deletion of the SSO group mapping {id}");
                Err(Error::NotApplied { action, shown: "the mapping".to_owned() })
            }
            // That Atlan has accepted it proves nothing, and a destroyed object would not be read again.
            Settled::Unread(error) => Err(error),
        }
    }
}

/// From when on a list of another call answers a refresh.
fn recently(api: &Api) -> Instant {
    let now = Instant::now();
    now.checked_sub(api.sharing().snapshot_life).unwrap_or(now)
}

/// Whether a mapping is of that group. There is one at most for an identity provider, as Atlan's own clients have it.
fn is_of(mapping: &SsoGroupMapping, group: &Group) -> bool {
    mapping.group_name == group.name || mapping.group_id().as_ref() == Some(&group.id)
}

/// Whether Atlan has said that the tenant has no such identity provider. A page of a gateway says nothing.
fn is_unknown_provider(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| refusal.status == 404 && refusal.origin == Origin::Api)
}
