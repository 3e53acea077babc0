//! The state of one object between calls, as Terraform stores it, and within a walk.

use super::schema::Resource;
use crate::value::{Dynamic, ValueError, json};

/// An object in the state file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) version: i64,
    pub(super) json: Vec<u8>,
    pub(super) private: Vec<u8>,
    /// Missing in states of clients and providers that knew no identities.
    pub(super) identity: Option<StoredIdentity>,
    pub(super) tainted: bool,
}

/// An object's identity in the state file, with a version of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredIdentity {
    pub(super) version: i64,
    pub(super) json: Vec<u8>,
}

/// An object within a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) value: Dynamic,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Dynamic>,
    pub(super) tainted: bool,
}

impl Object {
    /// What the state file holds of it.
    pub(super) fn store(&self, resource: &Resource) -> Result<Stored, ValueError> {
        let identity = self.identity.as_ref().map(|identity| {
            let json = json::encode(identity, &resource.identity.ty)?;
            Ok(StoredIdentity { version: resource.identity.version, json })
        });
        Ok(Stored {
            version: resource.schema.version,
            json: json::encode(&self.value, &resource.schema.ty)?,
            private: self.private.clone(),
            identity: identity.transpose()?,
            tainted: self.tainted,
        })
    }
}
