//! Objects that come from elsewhere than a plan: from what is stored, from an import, from another resource type; and the
//! way back, to a configuration.

use tonic::Request;

use super::Walk;
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::testing::Report;
use crate::testing::message::{conforming, identity, identity_known, identity_message, message, storable};
use crate::testing::schema::Resource;
use crate::testing::stored::{Object, Stored, StoredIdentity};
use crate::value::{Dynamic, json};

/// The state of an object of another type, and whose it is.
pub(in crate::testing) struct Source<'a> {
    pub(in crate::testing) provider: &'a str,
    pub(in crate::testing) type_name: &'a str,
    pub(in crate::testing) version: i64,
    pub(in crate::testing) state: &'a [u8],
    pub(in crate::testing) private: &'a [u8],
    pub(in crate::testing) identity: Option<&'a [u8]>,
}

impl Walk {
    /// Turns a stored object into one of the current schema.
    pub(in crate::testing) async fn upgrade(
        &self,
        resource: &Resource,
        stored: &Stored,
        report: &mut Report,
    ) -> Option<Object> {
        let current = resource.schema.version;
        if stored.version > current {
            report.error(
                "Resource instance managed by newer provider version",
                format!("The state has schema version {}, the provider {current}.", stored.version),
            );
            return None;
        }
        let raw = tf::RawState { json: stored.json.clone().into(), ..Default::default() };
        let request = tf::upgrade_resource_state::Request {
            type_name: resource.schema.name.clone(),
            version: stored.version,
            raw_state: Some(raw),
        };
        let answer = self.running.server.upgrade_resource_state(Request::new(request)).await;
        let answer = self.received(answer, report)?;
        if report.receive(answer.diagnostics) {
            return None;
        }
        let summary = "Invalid resource state upgrade";
        let value = conforming(answer.upgraded_state.as_ref(), &resource.schema.ty, summary, report)?;
        if value.is_null() {
            report.error(summary, "The upgraded state is null, so the object would be lost.");
            return None;
        }
        let identity = match &stored.identity {
            None => None,
            Some(identity) => Some(self.upgrade_identity(resource, identity, report).await?),
        };
        let sound = storable(resource, &value, summary, report);
        sound.then(|| Object { value, private: stored.private.clone(), identity, tainted: stored.tainted })
    }

    /// Turns a stored identity into one of the current version. Unlike for states, one of this version is not sent.
    async fn upgrade_identity(
        &self,
        resource: &Resource,
        stored: &StoredIdentity,
        report: &mut Report,
    ) -> Option<Dynamic> {
        let (current, ty) = (resource.identity.version, &resource.identity.ty);
        if stored.version > current {
            report.error(
                "Resource instance managed by newer provider version",
                format!("The state has identity version {}, the provider {current}.", stored.version),
            );
            return None;
        }
        if stored.version == current {
            return match json::decode(&stored.json, ty) {
                Ok(identity) => Some(identity),
                Err(error) => {
                    report.error("Invalid resource identity", error.to_string());
                    None
                }
            };
        }
        let raw = tf::RawState { json: stored.json.clone().into(), ..Default::default() };
        let request = tf::upgrade_resource_identity::Request {
            type_name: resource.schema.name.clone(),
            version: stored.version,
            raw_identity: Some(raw),
        };
        let answer = self.running.server.upgrade_resource_identity(Request::new(request)).await;
        let answer = self.received(answer, report)?;
        if report.receive(answer.diagnostics) {
            return None;
        }
        let summary = "Invalid resource identity upgrade";
        let Some(upgraded) = identity(resource, answer.upgraded_identity.as_ref(), summary, report)? else {
            report.error(summary, "The upgraded identity is null, so it would be lost.");
            return None;
        };
        identity_known(Some(&upgraded), report).then_some(upgraded)
    }

    /// Finds what an import names: an object as far as the import knows it, to be read next. `None` after an error, and
    /// when the import is deferred.
    pub(in crate::testing) async fn import(
        &self,
        resource: &Resource,
        id: &str,
        identity: Option<&Dynamic>,
        report: &mut Report,
    ) -> Option<Object> {
        let request = tf::import_resource_state::Request {
            type_name: resource.schema.name.clone(),
            id: id.to_owned(),
            client_capabilities: Some(self.capabilities()),
            identity: identity_message(resource, identity, report)?,
        };
        let answer = self.running.server.import_resource_state(Request::new(request)).await;
        let answer = self.received(answer, report)?;
        if report.receive(answer.diagnostics) || !self.defer(answer.deferred, report) {
            return None;
        }
        if self.deferral().is_some() {
            return None;
        }
        let summary = "Provider produced invalid import";
        let mut imported = answer.imported_resources;
        let (Some(found), true) = (imported.pop(), imported.is_empty()) else {
            report.error(summary, "An import has to answer with exactly one object.");
            return None;
        };
        if found.type_name != resource.schema.name {
            report.error(summary, format!("It answered with an object of type {:?}.", found.type_name));
            return None;
        }
        let value = conforming(found.state.as_ref(), &resource.schema.ty, summary, report)?;
        let named = self::identity(resource, found.identity.as_ref(), summary, report)?;
        if value.is_null() || (identity.is_some() && named.is_none()) {
            report.error(
                summary,
                "It answered without an object, or without the identity that it was asked for.",
            );
            return None;
        }
        let sound = storable(resource, &value, summary, report) && identity_known(named.as_ref(), report);
        let private = found.private.to_vec();
        sound.then_some(Object { value, private, identity: named, tainted: false })
    }

    /// Takes a state of another resource type over, as a `moved` block does.
    pub(in crate::testing) async fn move_state(
        &self,
        resource: &Resource,
        source: &Source<'_>,
        report: &mut Report,
    ) -> Option<Object> {
        let request = tf::move_resource_state::Request {
            source_provider_address: source.provider.to_owned(),
            source_type_name: source.type_name.to_owned(),
            source_schema_version: source.version,
            source_state: Some(tf::RawState { json: source.state.to_vec().into(), ..Default::default() }),
            target_type_name: resource.schema.name.clone(),
            source_private: source.private.to_vec().into(),
            source_identity: source
                .identity
                .map(|json| tf::RawState { json: json.to_vec().into(), ..Default::default() }),
            ..Default::default()
        };
        let answer = self.running.server.move_resource_state(Request::new(request)).await;
        let answer = self.received(answer, report)?;
        if report.receive(answer.diagnostics) {
            return None;
        }
        let summary = "Provider returned invalid value";
        let value = conforming(answer.target_state.as_ref(), &resource.schema.ty, summary, report)?;
        if value.is_null() {
            report.error(summary, "The moved state is null, so the object would be lost.");
            return None;
        }
        let identity = identity(resource, answer.target_identity.as_ref(), summary, report)?;
        let known = identity_known(identity.as_ref(), report);
        let sound = storable(resource, &value, summary, report) && known;
        sound.then(|| Object { value, private: answer.target_private.to_vec(), identity, tainted: false })
    }

    /// What a configuration would have to say to describe an object, as for `-generate-config-out`.
    pub(in crate::testing) async fn generate(
        &self,
        resource: &Resource,
        object: &Object,
        report: &mut Report,
    ) -> Option<Dynamic> {
        let ty = &resource.schema.ty;
        let request = tf::generate_resource_config::Request {
            type_name: resource.schema.name.clone(),
            state: Some(message(&object.value, ty, report)?),
        };
        let answer = self.running.server.generate_resource_config(Request::new(request)).await;
        let answer = self.received(answer, report)?;
        if report.receive(answer.diagnostics) {
            return None;
        }
        let summary = "Provider produced invalid configuration";
        let config = conforming(answer.config.as_ref(), ty, summary, report)?;
        if config.is_null() || !config.is_wholly_known() {
            report.error(summary, "A generated configuration is an object, and all of it is known.");
            return None;
        }
        Some(config)
    }
}
